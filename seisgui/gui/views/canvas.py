"""The drawing surface of a section: one cached image, axes around it, crosshair and cursor on top."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QRegion, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from seisgui.gui.views import chrome
from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.magnify import Quality, exact_steps, scaled
from seisgui.gui.views.planes import SectionPlanes, Steps
from seisgui.gui.views.viewport import Viewport, fitted
from seisgui.gui.views.wiggle import lay, wiggle_mask

GRASP = 5.0  # pixels beside the divider where it can be grasped
NAME_ROOM = 240.0  # pixels beside the divider for what the sides are called
REST_MS = 100  # the fine image follows this long after the last motion


@dataclass(frozen=True, slots=True)
class Line:
    """A horizon or fault stick: positions (n, 2) lateral and vertical, broken at NaN."""

    points: NDArray[np.float64]
    colour: str
    name: str = ""
    dashed: bool = False
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Wiggles:
    """Amplitudes (n_lateral, n_vertical) to be drawn as traces."""

    amplitude: NDArray[np.float32]
    clip: float
    ink: tuple[int, int, int]  # BGR


@dataclass
class Decoration:
    """What lies over the section and changes only with its content."""

    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stale: bool = False
    other_stale: bool = False  # beyond the divider
    sides: tuple[str, str] | None = None  # what stands left and right of the divider; None: there is none
    wiggles: Wiggles | None = None
    bar: chrome.ColourBar | None = None
    spacing: tuple[float, str] = (1.0, "traces")


@dataclass
class Overlaid:
    """What moves with the mouse."""

    crosshair: tuple[float, float] | None = None  # position
    cursor: tuple[float, float, float, float] | None = None  # lateral, vertical, half width, half height
    cursor_colour: str = "#ffffff"
    outline: NDArray[np.float64] | None = None  # (n, 2) positions of a lasso or rectangle
    divider: float = 0.5  # of the width of the plot


class Canvas(QWidget):
    """Draws a ``SectionFrame`` with its planes; knows no amplitude, label or tool."""

    viewport_changed = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frame: SectionFrame | None = None
        self.planes: SectionPlanes | None = None
        self.view = Viewport(0, 1, 0, 1, 0, 0, 1, 1)
        self.decoration = Decoration()
        self.overlaid = Overlaid()
        self.message: chrome.Message | None = None
        self.fit_to_pane = True
        self.flip = False
        self.equal = 0.0
        self.frames = 0  # painted so far
        self._chrome = QPixmap()
        self._chrome_changed = True
        self._buffers: dict[bool, NDArray[np.uint8]] = {}
        self._images: dict[bool, QImage] = {}  # False: the section, True: as it is beyond the divider
        self._quality = Quality.REST
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._come_to_rest)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    # -- content -------------------------------------------------------------------------------------------------

    def show_frame(self, frame: SectionFrame | None, planes: SectionPlanes | None) -> None:
        """Draw another section.

        If the axes are the same the window stays where it is, and what was drawn too until ``redraw``: the labels of
        one section are never seen over the amplitudes of another.
        """
        same = (
            self.frame is not None
            and frame is not None
            and self.frame.axes == frame.axes
            and self.frame.ref.orientation == frame.ref.orientation
        )
        self.frame, self.planes = frame, planes
        if not same:
            self.fit_to_pane = True
            self._lay_out()
            self.viewport_changed.emit()
            self.redraw(axes=True)

    def redraw(self, *, axes: bool = False) -> None:
        """The image (and with ``axes`` all around it) has changed."""
        self._images.clear()
        if axes:
            self._chrome_changed = True
            self.update()
        elif self.frame is not None:
            self.update(self.plot_rect().toAlignedRect())

    def redraw_stroke(self) -> None:
        """A stroke has grown: quickly now, finely when it pauses."""
        self._until_rest(Quality.PAINTING)
        self.redraw()

    def say(self, message: chrome.Message | None) -> None:
        """Show a message in place of the section; None shows the section again."""
        if message != self.message:
            self.message = message
            self.redraw(axes=True)

    # -- window --------------------------------------------------------------------------------------------------

    def plot_rect(self) -> QRectF:
        return QRectF(self.view.x, self.view.y, self.view.width, self.view.height)

    def steps(self) -> Steps:
        """Samples a device pixel, lateral and vertical, 1 or more."""
        return exact_steps(self._window(), self._size(self.devicePixelRatioF()))

    @property
    def thins(self) -> bool:
        """Whether samples outnumber device pixels now or when the whole section is shown."""
        width, height = self._size(self.devicePixelRatioF())
        fits = self.frame is None or (self.frame.shape[0] <= width and self.frame.shape[1] <= height)
        return not fits or max(self.steps()) > 1.0

    def set_view(self, view: Viewport, *, fit: bool = False) -> None:
        """Show another window of the section."""
        if self.frame is None:
            return
        if self.equal > 0:
            view = self._with_aspect(view)
        view = view.within(*self.frame.shape)
        if view != self.view:
            self.fit_to_pane = fit
            self.view = view
            self._until_rest(Quality.MOVING)
            self.redraw(axes=True)
            self.viewport_changed.emit()

    def fit(self) -> None:
        """Show the whole section."""
        if self.frame is not None:
            self.set_view(self._fitted(), fit=True)

    def set_shape(self, *, flip: bool, equal: float) -> None:
        """Mirror the section, or hold the aspect (pixels a sample over pixels a trace; 0: free)."""
        if (flip, equal) == (self.flip, self.equal):
            return
        if flip != self.flip:
            self.view = replace(self.view, left=self.view.right, right=self.view.left)
        if equal != self.equal:
            self.fit_to_pane = True
        self.flip, self.equal = flip, equal
        self._lay_out()
        self.redraw(axes=True)
        self.viewport_changed.emit()

    def _plot(self) -> tuple[float, float, float, float]:
        if self.frame is None:
            return 0.0, 0.0, float(self.width()), float(self.height())
        room = chrome.margins(self.frame, self.font(), (self.width(), self.height()))
        x, y = float(round(room.left)), float(round(room.top))
        return x, y, max(self.width() - x - round(room.right), 8.0), max(self.height() - y - room.bottom, 8.0)

    def _fitted(self) -> Viewport:
        return fitted(self.frame.shape, self._plot(), upwards=self.frame.upwards, flip=self.flip, equal=self.equal)

    def _lay_out(self) -> None:
        if self.frame is None:
            return
        self.view = self._fitted() if self.fit_to_pane else self._kept_scale()

    def _kept_scale(self) -> Viewport:
        """On resizing the aspect is held where it is bound; otherwise the same window is shown."""
        view = self.view.placed(*self._plot())
        if self.equal > 0:
            view = self._with_aspect(view)
        return view.within(*self.frame.shape)

    def _with_aspect(self, view: Viewport) -> Viewport:
        """The same traces, and as many samples as the bound aspect lets into the pane."""
        middle = sum(view.vertical_range()) / 2
        half = view.height / (abs(view.lateral_scale) * self.equal) / 2
        return view.with_ranges(None, (middle - half, middle + half))

    def _until_rest(self, quality: Quality) -> None:
        self._quality = quality
        self._rest.start()

    def _come_to_rest(self) -> None:
        self._quality = Quality.REST
        self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()
        self.redraw(axes=True)
        self.resized.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange
        if event.type() in kinds:
            self._lay_out()
            self.redraw(axes=True)

    # -- overlaid ------------------------------------------------------------------------------------------------

    def overlay(self, **changes: object) -> None:
        """Move crosshair, cursor or outline; repaints only where they were and are."""
        before = self._overlaid_areas()
        self.overlaid = replace(self.overlaid, **changes)
        for area in before + self._overlaid_areas():
            self.update(area.toAlignedRect())

    def _overlaid_areas(self) -> list[QRectF]:
        plot, areas = self.plot_rect(), []
        if self.overlaid.crosshair is not None:
            x, y = self.view.pixel(*self.overlaid.crosshair)
            areas.append(QRectF(x - 2, plot.top(), 4, plot.height()).intersected(plot))
            areas.append(QRectF(plot.left(), y - 2, plot.width(), 4).intersected(plot))
        if self.decoration.sides is not None:
            areas.append(self.divider_rect().adjusted(-NAME_ROOM, 0, NAME_ROOM, 0).intersected(plot))
        if self.overlaid.cursor is not None:
            areas.append(self._cursor_rect().adjusted(-3, -3, 3, 3))
        if self.overlaid.outline is not None and len(self.overlaid.outline):
            areas.append(self._polygon(self.overlaid.outline).boundingRect().adjusted(-3, -3, 3, 3))
        return [area for area in areas if not area.isEmpty()]

    def _cursor_rect(self) -> QRectF:
        lateral, vertical, half_width, half_height = self.overlaid.cursor
        x0, y0 = self.view.pixel(lateral - half_width, vertical - half_height)
        x1, y1 = self.view.pixel(lateral + half_width, vertical + half_height)
        return QRectF(QPointF(x0, y0), QPointF(x1, y1)).normalized()

    def _polygon(self, points: NDArray[np.float64]) -> QPolygonF:
        return QPolygonF([QPointF(*self.view.pixel(u, v)) for u, v in points])

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        if self._chrome_changed or self._chrome.size() != self.size() * ratio:
            self._draw_chrome(ratio)
        for area in event.region().subtracted(self._covered()):
            painter.drawPixmap(QRectF(area), self._chrome, scaled_rect(QRectF(area), ratio))
        if self.frame is not None and self.message is None:
            area = QRectF(event.region().boundingRect()).intersected(self.plot_rect())
            for side, part in self._sides(area):
                if not part.isEmpty():
                    if side not in self._images:
                        self._images[side] = self._drawn_image(ratio, side)
                    self._paint_image(painter, part, ratio, self._images[side])
            painter.setClipRect(self.plot_rect())
            self._paint_overlaid(painter)
        painter.end()
        self.frames += 1

    def _paint_image(self, painter: QPainter, area: QRectF, ratio: float, image: QImage) -> None:
        painter.drawImage(area, image, scaled_rect(area.translated(-self.view.x, -self.view.y), ratio))

    def divider_rect(self) -> QRectF:
        """The line between the two sides, as wide as it can be grasped; it stands on a whole pixel."""
        x = self.view.x + round(self.overlaid.divider * self.view.width)
        return QRectF(x - GRASP, self.view.y, 2 * GRASP, self.view.height)

    def _sides(self, area: QRectF) -> list[tuple[bool, QRectF]]:
        """What of an area lies on which side of the divider."""
        if self.decoration.sides is None:
            return [(False, area)]
        x, plot = self.divider_rect().center().x(), self.plot_rect()
        left = QRectF(plot.topLeft(), QPointF(x, plot.bottom()))
        right = QRectF(QPointF(x, plot.top()), plot.bottomRight())
        return [(False, area.intersected(left)), (True, area.intersected(right))]

    def _covered(self) -> QRegion:
        """What the image paints, so that nothing else need be painted there."""
        if self.frame is None or self.message is not None:
            return QRegion()
        plot = self.plot_rect()
        return QRegion(QRect(math.ceil(plot.left()), math.ceil(plot.top()), int(plot.width()), int(plot.height())))

    def _draw_chrome(self, ratio: float) -> None:
        """Everything around the image, into a pixmap that is kept until it changes."""
        if self._chrome.size() != self.size() * ratio:
            self._chrome = QPixmap(self.size() * ratio)
            self._chrome.setDevicePixelRatio(ratio)
        ink = chrome.Ink.of(self.palette())
        painter = QPainter(self._chrome)
        painter.setClipRegion(QRegion(self.rect()).subtracted(self._covered()))
        painter.fillRect(self.rect(), ink.paper)
        if self.message is not None:
            chrome.draw_message(painter, QRectF(self.rect()), self.message, ink, self.font())
        elif self.frame is not None:
            chrome.draw_axes(painter, self.frame, self.view, ink, self.font())
            rect = self.bar_rect()
            if rect is not None:
                chrome.draw_colour_bar(painter, rect, self.decoration.bar, ink, self.font())
        painter.end()
        self._chrome_changed = False

    def bar_rect(self) -> QRectF | None:
        """Where the colour bar is drawn; None where it is not."""
        return chrome.bar_rect(self.view, self.width()) if self.decoration.bar is not None else None

    def _drawn_image(self, ratio: float, other: bool) -> QImage:
        width, height = self._size(ratio)
        pixels = self._pixels(width, height, other)
        if self.decoration.wiggles is not None:
            wiggles = self.decoration.wiggles
            lay(pixels, wiggle_mask(wiggles.amplitude, wiggles.clip, self.view, ratio), wiggles.ink)
        first = self._first_byte(pixels, self._buffers[other])
        image = QImage(first, width, height, pixels.strides[0], QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        self._decorate(image, stale=self.decoration.other_stale if other else self.decoration.stale)
        image.setDevicePixelRatio(1.0)  # from here on it is drawn by device pixels
        return image

    def _window(self) -> tuple[float, float, float, float]:
        return self.view.left, self.view.right, self.view.top, self.view.bottom

    def _size(self, ratio: float) -> tuple[int, int]:
        """Width and height of the image in device pixels."""
        return max(round(self.view.width * ratio), 1), max(round(self.view.height * ratio), 1)

    def _pixels(self, width: int, height: int, other: bool) -> NDArray[np.uint8]:
        """The section at device pixels, (height, width, 4); paper where it does not reach."""
        part = None
        if self.planes is not None:
            part = scaled(self.planes, self._window(), (width, height), self._quality, other=other)
        if part is not None and covers(*part, width, height):
            self._buffers[other], x, y = part
            return self._buffers[other][-y : height - y, -x : width - x]
        plot = chrome.Ink.of(self.palette()).plot
        buffer = self._buffers[other] = np.empty((height, width, 4), np.uint8)
        buffer.view(np.uint32).fill(plot.rgb())
        if part is not None:
            paste(buffer, *part)
        return buffer

    def _first_byte(self, pixels: NDArray[np.uint8], buffer: NDArray[np.uint8]) -> memoryview:
        """The buffer from the first byte of ``pixels`` on; the canvas keeps it alive."""
        offset = pixels.ctypes.data - buffer.ctypes.data
        return buffer.reshape(-1)[offset:].data

    def _decorate(self, image: QImage, *, stale: bool) -> None:
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self.view.x, -self.view.y)
        if stale:
            painter.fillRect(self._section_rect(), chrome.hatch())
        for line in self.decoration.lines:
            self._draw_line(painter, line)
        for row, note in enumerate(self.decoration.notes):
            chrome.draw_note(painter, self.view, note, row, self.font())
        if self.view.width > 240 and self.view.height > 140:
            chrome.draw_scale_bar(painter, self.view, *self.decoration.spacing, self.font())
        painter.end()

    def _section_rect(self) -> QRectF:
        n_lateral, n_vertical = self.frame.shape
        corners = QPointF(*self.view.pixel(0, 0)), QPointF(*self.view.pixel(n_lateral, n_vertical))
        return QRectF(*corners).normalized().intersected(self.plot_rect())

    def _draw_line(self, painter: QPainter, line: Line) -> None:
        pen = QPen(QColor(line.colour), 1.6)
        if line.dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setOpacity(line.opacity)
        pieces = unbroken(line.points)
        for piece in pieces:
            painter.drawPolyline(self._polygon(piece))
        if line.name and pieces:
            chrome.draw_name(painter, line.name, QPointF(*self.view.pixel(*pieces[0][0])), self.view, self.font())
        painter.setOpacity(1.0)

    def _paint_overlaid(self, painter: QPainter) -> None:
        plot = self.plot_rect()
        if self.overlaid.crosshair is not None:
            x, y = self.view.pixel(*self.overlaid.crosshair)
            for colour, style in (
                (QColor(0, 0, 0, 120), Qt.PenStyle.SolidLine),
                (QColor("white"), Qt.PenStyle.DotLine),
            ):
                painter.setPen(QPen(colour, 1, style))
                painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
                painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.decoration.sides is not None:
            chrome.draw_divider(painter, self.divider_rect(), self.decoration.sides, NAME_ROOM, self.font())
        if self.overlaid.outline is not None:
            self._paint_edged(painter, lambda: painter.drawPolyline(self._polygon(self.overlaid.outline)))
        if self.overlaid.cursor is not None:
            self._paint_edged(painter, lambda: painter.drawEllipse(self._cursor_rect()))

    def _paint_edged(self, painter: QPainter, draw: object) -> None:
        """Twice, dark under bright, so that it shows on any colour."""
        for colour, width in ((QColor(0, 0, 0, 180), 2.6), (QColor(self.overlaid.cursor_colour), 1.2)):
            painter.setPen(QPen(colour, width))
            draw()


def scaled_rect(rect: QRectF, ratio: float) -> QRectF:
    return QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)


def unbroken(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Pieces of a polyline between NaNs, each of two points at least."""
    good = np.isfinite(points).all(axis=1)
    pieces = (piece[np.isfinite(piece).all(axis=1)] for piece in np.split(points, np.flatnonzero(~good)))
    return [piece for piece in pieces if len(piece) > 1]


def covers(pixels: NDArray[np.uint8], x: int, y: int, width: int, height: int) -> bool:
    """Whether ``pixels`` at (x, y) leave nothing free of a pane."""
    return x <= 0 and y <= 0 and x + pixels.shape[1] >= width and y + pixels.shape[0] >= height


def paste(buffer: NDArray[np.uint8], pixels: NDArray[np.uint8], x: int, y: int) -> None:
    """Lay ``pixels`` into ``buffer`` with the corner at column ``x``, row ``y``, cut at the edges."""
    height, width = buffer.shape[:2]
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + pixels.shape[1], width), min(y + pixels.shape[0], height)
    if x1 > x0 and y1 > y0:
        buffer[y0:y1, x0:x1] = pixels[y0 - y : y1 - y, x0 - x : x1 - x]
