"""The survey from above: its outline, the lines in view, the labelled and the suggested lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from seisgui.gui.views.chrome import Ink, Message, draw_chip, draw_message, small
from seisgui.gui.views.frame import section_title
from seisgui.gui.views.listeners import Listeners
from seisgui.gui.views.map_geometry import line_of, map_coordinates, nearest, outline
from seisgui.gui.views.ticks import tick_text, ticks
from seisgui.seismic.axes import Orientation, SectionRef

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.positions import SurveyPositions
    from seisgui.interpretation.edits import Change

ORIENTATION_COLOURS = {Orientation.INLINE: "#e4572e", Orientation.CROSSLINE: "#2e9e5b", Orientation.TIME: "#3b7dd8"}
LABELLED_COLOUR = "#d4a72c"
SUGGESTED_COLOUR = "#c046d3"
EMPTY = Message("No survey open", "The map shows the outline of the survey, the lines in view and the labelled lines.")


@dataclass(frozen=True, slots=True)
class MapTransform:
    """Map coordinates to pixels, north up, one scale for both directions unless they are line numbers."""

    x0: float
    y0: float
    scale_x: float
    scale_y: float
    rect: QRectF

    def pixel(self, x: float, y: float) -> QPointF:
        return QPointF(
            self.rect.left() + (x - self.x0) * self.scale_x, self.rect.bottom() - (y - self.y0) * self.scale_y
        )

    def place(self, point: QPointF) -> tuple[float, float]:
        return (
            self.x0 + (point.x() - self.rect.left()) / self.scale_x,
            self.y0 + (self.rect.bottom() - point.y()) / self.scale_y,
        )


def fitted(points: NDArray[np.float64], rect: QRectF, *, equal: bool) -> MapTransform:
    """All ``points`` (n, 2) in ``rect`` with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.maximum(high - low, max(float((high - low).max()) * 0.02, 1e-6)) * 1.12
    scale_x, scale_y = rect.width() / span[0], rect.height() / span[1]
    if equal:
        scale_x = scale_y = min(scale_x, scale_y)
    middle = (low + high) / 2
    return MapTransform(
        middle[0] - rect.width() / scale_x / 2, middle[1] - rect.height() / scale_y / 2, scale_x, scale_y, rect
    )


class SurveyMap(QWidget):
    """Draws the survey; a click asks the section views to pass through that place."""

    place_chosen = Signal(float, float, float)  # inline, crossline, nan

    def __init__(self, state: WorkbenchState, positions: SurveyPositions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view.map")
        self._state = state
        self._positions = positions
        self._shown: list[SectionRef] = []
        self._labelled: list[SectionRef] = []
        self._cursor: tuple[float, float] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        positions.ready.connect(self.update)
        self._listeners, self._project_listeners = Listeners(), Listeners()
        self._listeners.on(state.shown, self._show_survey)
        self._listeners.on(state.cursor_moved, self._move_cursor)
        self._listeners.on(state.suggested_changed, self._show_suggested)
        self.destroyed.connect(self._listeners.release)
        self.destroyed.connect(self._project_listeners.release)
        self._show_survey()

    def sizeHint(self) -> QSize:
        return QSize(320, 280)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, 100)

    def set_shown(self, refs: list[SectionRef]) -> None:
        """The sections that the other panes show."""
        if refs != self._shown:
            self._shown = list(refs)
            self.update()

    def shut_down(self) -> None:
        self._listeners.release()
        self._project_listeners.release()

    def _show_survey(self) -> None:
        self._project_listeners.release()
        if self._state.project is not None:
            self._project_listeners.on(self._state.project.changed, self._project_changed)
        self._positions.follow(self._state.volume)
        self._list_labelled()

    def _project_changed(self, change: Change) -> None:
        if change.kind in ("labels", "layout", "counts"):
            self._list_labelled()

    def _list_labelled(self) -> None:
        labels = self._state.labels
        sections = labels.labelled_sections() if labels is not None and labels.counted else []
        self._labelled = [section.ref for section in sections if section.ref.orientation is not Orientation.TIME]
        self.update()

    def _show_suggested(self) -> None:
        self.update()

    def _move_cursor(self, inline: float, crossline: float, _sample: float) -> None:
        self._cursor = (inline, crossline) if np.isfinite(inline + crossline) else None
        self.update()

    # -- drawing -------------------------------------------------------------------------------------------------

    def _coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return map_coordinates(self._state.volume.axes, self._positions.coordinates)

    def _plot(self) -> QRectF:
        metrics = QFontMetricsF(small(self.font()))
        left = metrics.horizontalAdvance("8888888") + 14
        return QRectF(left, 8, max(self.width() - left - 12, 10), max(self.height() - 2.6 * metrics.height() - 16, 10))

    def _transform(self) -> MapTransform | None:
        if self._state.volume is None:
            return None
        edge = outline(*self._coordinates(), self._positions.live)
        return fitted(edge, self._plot(), equal=self._positions.coordinates is not None) if len(edge) else None

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = Ink.of(self.palette())
        painter.fillRect(self.rect(), ink.paper)
        transform = self._transform()
        if transform is None:
            draw_message(painter, QRectF(self.rect()), EMPTY, ink, self.font())
            return
        painter.fillRect(transform.rect, ink.plot)
        self._draw_axes(painter, transform, ink)
        painter.setClipRect(transform.rect)
        self._draw_survey(painter, transform, ink)
        painter.end()

    def _draw_survey(self, painter: QPainter, transform: MapTransform, ink: Ink) -> None:
        axes, (x, y) = self._state.volume.axes, self._coordinates()
        edge = polygon(transform, outline(x, y, self._positions.live))
        inside = QColor(ink.accent)
        inside.setAlpha(36)
        painter.setPen(QPen(ink.text, 1.4))
        if min(x.shape) > 1:
            painter.setBrush(inside)
            painter.drawPolygon(edge)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.drawPolyline(edge)
        for ref in self._labelled:
            painter.setPen(QPen(QColor(LABELLED_COLOUR), 6))
            painter.drawPolyline(polygon(transform, line_of(ref, axes, x, y)))
        self._draw_suggested(painter, transform)
        names = []
        for ref in dict.fromkeys(self._shown):
            points = line_of(ref, axes, x, y)
            if len(points):
                painter.setPen(QPen(QColor(ORIENTATION_COLOURS[ref.orientation]), 2.4))
                painter.drawPolyline(polygon(transform, points))
                names.append((section_title(ref, axes), ORIENTATION_COLOURS[ref.orientation]))
        if self._labelled:
            names.append(("labelled", LABELLED_COLOUR))
        if self._state.suggested:
            names.append(("suggested", SUGGESTED_COLOUR))
        self._draw_legend(painter, transform.rect, names)
        if self._cursor is not None:
            i, j = axes.inline.index(self._cursor[0]), axes.crossline.index(self._cursor[1])
            if np.isfinite(x[i, j] + y[i, j]):
                painter.setPen(QPen(ink.text, 1.4))
                painter.drawEllipse(transform.pixel(x[i, j], y[i, j]), 4, 4)

    def _draw_suggested(self, painter: QPainter, transform: MapTransform) -> None:
        """Lines worth labelling next, dashed; of a single line the stretch."""
        axes, (x, y) = self._state.volume.axes, self._coordinates()
        painter.setPen(QPen(QColor(SUGGESTED_COLOUR), 3, Qt.PenStyle.DashLine))
        for line in self._state.suggested:
            painter.drawPolyline(polygon(transform, line_of(line.ref, axes, x, y, (line.first, line.last))))

    def _draw_legend(self, painter: QPainter, rect: QRectF, names: list[tuple[str, str]]) -> None:
        painter.setFont(small(self.font()))
        metrics = QFontMetricsF(painter.font())
        width = max((metrics.horizontalAdvance(name) for name, _ in names), default=0) + 30
        box = QRectF(rect.left() + 6, rect.top() + 6, width, metrics.height() * len(names) + 8)
        if not names or box.width() > rect.width() * 0.8 or box.height() > rect.height() * 0.6:
            return
        draw_chip(painter, box)
        for row, (name, colour) in enumerate(names):
            y = box.top() + 4 + metrics.height() * (row + 0.5)
            painter.setPen(QPen(QColor(colour), 2.4))
            painter.drawLine(QPointF(box.left() + 6, y), QPointF(box.left() + 18, y))
            painter.setPen(QColor("white"))
            painter.drawText(QPointF(box.left() + 24, y + metrics.ascent() / 2 - 1), name)

    def _draw_axes(self, painter: QPainter, transform: MapTransform, ink: Ink) -> None:
        painter.setFont(small(self.font()))
        metrics, rect = QFontMetricsF(painter.font()), transform.rect
        (x0, y1), (x1, y0) = transform.place(rect.topLeft()), transform.place(rect.bottomRight())
        for value in ticks(x0, x1, max(int(rect.width() / 90), 2)):
            point = transform.pixel(value, y0)
            painter.setPen(QPen(ink.faint, 1))
            painter.drawLine(point, point + QPointF(0, 4))
            painter.setPen(ink.text)
            text = tick_text(value)
            left = min(point.x() - metrics.horizontalAdvance(text) / 2, self.width() - metrics.horizontalAdvance(text))
            painter.drawText(QPointF(left, point.y() + 5 + metrics.ascent()), text)
        for value in ticks(y0, y1, max(int(rect.height() / 50), 2)):
            point = transform.pixel(x0, value)
            painter.setPen(QPen(ink.faint, 1))
            painter.drawLine(point, point - QPointF(4, 0))
            painter.setPen(ink.text)
            text = tick_text(value)
            painter.drawText(point + QPointF(-7 - metrics.horizontalAdvance(text), metrics.ascent() / 2 - 1), text)
        located = self._positions.coordinates is not None
        title = "X and Y (m)" if located else "Crossline (east) and inline (north): the file has no coordinates"
        box = QRectF(0, self.height() - metrics.height() - 3, self.width() - 8, metrics.height())
        title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, title)
        painter.setPen(QPen(ink.faint, 1))
        painter.drawRect(rect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        transform = self._transform()
        if transform is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        found = nearest(*self._coordinates(), transform.place(event.position()))
        if found is not None:
            axes = self._state.volume.axes
            inline, crossline = axes.inline.numbers[found[0]], axes.crossline.numbers[found[1]]
            self.place_chosen.emit(float(inline), float(crossline), float("nan"))


def polygon(transform: MapTransform, points: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([transform.pixel(x, y) for x, y in points])
