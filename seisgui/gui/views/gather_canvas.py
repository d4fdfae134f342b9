"""The drawing surface of gathers and traces: one cached image, axes around it, picks and curves on top."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from seisgui.gui.gather_state import GatherDisplay
from seisgui.gui.views import chrome, gather_chrome
from seisgui.gui.views.gather_image import Drawing, draw, stride_of
from seisgui.gui.views.gather_window import GatherWindow
from seisgui.gui.views.magnify import Quality
from seisgui.gui.views.pick_layer import PickLayer, PickStyle, Shown, draw_curves, draw_picks
from seisgui.gui.views.picture import IndexArray, Picture, TimeAxis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seisgui.gui.views.mixing import ByteArray
    from seisgui.seismic.records import RecordSet

GATHER, TRACES = "gather", "traces"
REST_MS = 100  # the fine image follows this long after the last motion
STRIP = 0.2  # of the height for probabilities under the traces


class GatherCanvas(QWidget):
    """Draws a ``Picture``; knows no record set to read from and no tool. ``view_changed``: panned or zoomed."""

    view_changed = Signal()

    def __init__(self, display: GatherDisplay, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.display = display
        self.source: RecordSet | None = None
        self.records: IndexArray = np.zeros(0, np.int64)
        self.title = ""
        self.mode = GATHER
        self.view = GatherWindow(0, 1, 0, 1, 0, 0, 1, 1)
        self.picture: Picture | None = None
        self.layer = PickLayer()
        self.message: chrome.Message | None = None
        self.frames = 0  # painted so far
        self._ids: tuple[str, ...] = ()
        self._current = -1
        self._fit = True  # all of it is shown, also after resizing
        self._waiting = False
        self._crosshair: float | None = None  # time under the mouse
        self._image: QImage | None = None
        self._shown_image: QImage | None = None  # what was drawn last
        self._pixels: ByteArray | None = None  # the bytes of the image
        self._chrome: QPixmap | None = None
        self._labelled: IndexArray | None = None  # the records that the labels at hand are of
        self._marked_of: tuple[tuple[int, int], tuple[str, ...]] | None = None
        self._marked_at = np.zeros(0, np.intp)
        self._label_words = gather_chrome.Labels("", str)
        self._quality = Quality.REST
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._come_to_rest)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    @property
    def upright(self) -> bool:
        return self.mode == GATHER

    # -- what there is -------------------------------------------------------------------------------------------

    @property
    def time_axis(self) -> TimeAxis | None:
        """The common time of the records in view."""
        if self.source is None or not self.records.size:
            return None
        return TimeAxis.of(self.source.table, self.records)

    @property
    def duration(self) -> float:
        """Seconds that the records in view last."""
        axis = self.time_axis
        return axis.end if axis is not None else 0.0

    @property
    def extent(self) -> float:
        """Units across: traces of a gather, rows of traces."""
        if self.source is None:
            return 1.0
        if not self.upright:
            return float(max(len(self.records) * len(self.source.table.components), 1))
        return self.picture.extent if self._pictured else float(max(len(self.records), 1))

    @property
    def _pictured(self) -> bool:
        """Whether the picture at hand is one of the records in view."""
        return self.picture is not None and np.array_equal(self.picture.request.records, self.records)

    @property
    def window(self) -> tuple[float, float]:
        """The time in view, in seconds from the start of the picture."""
        return self.view.t0, self.view.t1

    def places(self) -> NDArray[np.float64]:
        """(n,) where the trace (or the first row) of each record stands across."""
        if self.upright and self._pictured and self.picture.request.upright:
            return self.picture.places
        rows = 1 if self.upright else len(self.source.table.components)
        return np.arange(len(self.records)) * rows + 0.5

    def place_of(self, position: int) -> float:
        """Where the trace (or the first row) of the record at a position of the gather stands across."""
        return float(self.places()[position])

    def shown_records(self) -> Iterator[Shown]:
        """The records in sight that have picks or probabilities, with their places and delays."""
        if not self._pictured:
            return
        delays = self.picture.axis.delays
        rows = 1 if self.upright else len(self.source.table.components)
        places = self.places()
        marked = self._marked()
        there = places[marked]
        inside = (there + rows - 0.5 > self.view.first) & (there - 0.5 < self.view.last)
        for index in marked[inside].tolist():
            yield Shown(self._ids[index], float(places[index]), rows, float(delays[index]))

    def _marked(self) -> NDArray[np.intp]:
        """Positions in the gather of the records that have picks or probabilities."""
        key = id(self.layer), self.layer.version
        if self._marked_of is None or self._marked_of[0] != key or self._marked_of[1] is not self._ids:
            marks, curves = self.layer.marks, self.layer.curves
            found = [at for at, name in enumerate(self._ids) if name in marks or name in curves]
            self._marked_of, self._marked_at = (key, self._ids), np.array(found, np.intp)
        return self._marked_at

    # -- window --------------------------------------------------------------------------------------------------

    def plot_rect(self) -> QRectF:
        return QRectF(self.view.x, self.view.y, self.view.width, self.view.height)

    def set_view(self, view: GatherWindow) -> None:
        """Show another part."""
        if self.source is None or not self.records.size:
            return
        view = view.within(self.extent, 0.0, self.duration)
        if view != self.view:
            self._fit = False
            self.view = view
            self._quality = Quality.MOVING
            self._rest.start()
            self.redraw()
            self.view_changed.emit()

    def set_window(self, t0: float, t1: float) -> None:
        """Show the time ``t0`` to ``t1`` in seconds."""
        self.set_view(replace(self.view, t0=min(t0, t1), t1=max(t0, t1)))

    def fit(self) -> None:
        """Show all traces and all of their time."""
        if self.source is not None and self.records.size:
            self._fit = True
            self.view = replace(self.view, first=0.0, last=self.extent, t0=0.0, t1=self.duration)
            self.redraw()
            self.view_changed.emit()

    def zoom(self, factor: float) -> None:
        """Magnify about the middle, along time and in gathers across the traces too."""
        middle = self.plot_rect().center()
        self.set_view(self.view.zoomed(factor if self.upright else 1.0, factor, middle.x(), middle.y()))

    def scroll(self, share: float) -> None:
        """Move on by a share of the window: along traces through time, in gathers across them; to an end by inf."""
        along = min(max(share * (self.view.t1 - self.view.t0), -self.duration), self.duration)
        across = min(max(share * (self.view.last - self.view.first), -self.extent), self.extent)
        if self.upright:
            self.set_view(replace(self.view, first=self.view.first + across, last=self.view.last + across))
        else:
            self.set_view(replace(self.view, t0=self.view.t0 + along, t1=self.view.t1 + along))

    def _place(self) -> None:
        """The rectangle of the plot, after resizing or where probabilities come or go."""
        room = gather_chrome.gather_margins(self.upright, self.font())
        x, y = float(round(room.left)), float(round(room.top))
        width, height = self.width() - x - round(room.right), self.height() - y - round(room.bottom)
        strip = self.strip_rect()
        height -= strip.height() + 6 if strip is not None else 0
        view = replace(self.view, upright=self.upright).placed(x, y, max(width, 8.0), max(height, 8.0))
        if self._fit:
            view = replace(view, first=0.0, last=self.extent, t0=0.0, t1=max(self.duration, 1e-6))
        self.view = view
        self.redraw()

    def strip_rect(self) -> QRectF | None:
        """Where probabilities are drawn under traces; None where there are none."""
        curves = self.layer.curves
        if self.upright or not self.display.probabilities or not any(name in curves for name in self._ids):
            return None
        room = gather_chrome.gather_margins(False, self.font())
        height = round(STRIP * self.height())
        width = max(self.width() - round(room.left) - round(room.right), 8)
        return QRectF(round(room.left), self.height() - round(room.bottom) - height, width, height)

    def redraw(self) -> None:
        """Image and axes have changed."""
        self._image = self._chrome = None
        self.update()

    def _come_to_rest(self) -> None:
        self._quality = Quality.REST
        self._image = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange
        if event.type() in kinds:
            self._place()

    # -- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        ink = chrome.Ink.of(self.palette())
        if self._chrome is None or self._chrome.size() != self.size() * ratio:
            self._draw_chrome(ratio, ink)
        painter.drawPixmap(QPointF(0, 0), self._chrome)
        if self.message is None and self.upright and self._current in self.records:
            at = int(np.flatnonzero(self.records == self._current)[0])
            gather_chrome.draw_cursor(painter, self.view, self.place_of(at), ink)
        if self.message is None and self.picture is not None:
            if self._image is None and (self.picture.request.upright == self.upright or self._shown_image is None):
                self._draw_image(ratio, ink)
            image = self._image or self._shown_image  # the other way of looking stays until this one has been read
            plot = self.plot_rect()
            painter.drawImage(plot, image, QRectF(image.rect()))
            if self._pictured:
                self._draw_over(painter, ink)
        if self._waiting and self.message is None:
            window = self.view
            painter.setClipping(False)
            chrome.draw_note(painter, window, f"Reading {self.title or 'records'} …", len(self._notes()), self.font())
        painter.end()
        self.frames += 1

    def drawing(self, ink: chrome.Ink) -> Drawing:
        """How amplitudes are drawn in the present theme."""
        display = self.display
        return Drawing(display.drawn, display.colour_map, _bgr(ink.plot), _bgr(ink.text))

    def _draw_image(self, ratio: float, ink: chrome.Ink) -> None:
        self._pixels = np.ascontiguousarray(draw(self.picture, self.view, self.drawing(ink), ratio, self._quality))
        height, width = self._pixels.shape[:2]
        self._image = self._shown_image = QImage(
            self._pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32
        )

    def _notes(self) -> list[str]:
        """Short sentences in the corner of the plot."""
        if not self._pictured:
            return []
        notes = list(self.picture.notes)
        look = self.picture.request.look
        if look.filtered and not notes:
            low, high = (f"{corner:g}" if corner > 0 else "" for corner in (look.low_hz, look.high_hz))
            words = f"{low}–{high} Hz" if low and high else f"above {low} Hz" if low else f"below {high} Hz"
            notes.append(f"Shown {words}, zero phase; data stay as they are")
        stride = stride_of(self.view)
        if self.upright and stride > 1 and self.drawing(chrome.Ink.of(self.palette())).lines(self.view):
            notes.append(f"Every {stride}{ {2: 'nd', 3: 'rd'}.get(stride, 'th') } trace is drawn")
        return notes

    def _draw_over(self, painter: QPainter, ink: chrome.Ink) -> None:
        """Curves, picks and the line under the mouse."""
        style = PickStyle(self.display.colour_of, ink, self.font())
        strip = self.strip_rect()
        plot = self.plot_rect()
        painter.setClipRect(plot if strip is None else plot.united(strip))
        records = list(self.shown_records())
        if self.display.probabilities and self.layer.curves:
            draw_curves(painter, self.view, self.layer, records, style, strip or QRectF())
        painter.setClipRect(plot)
        if self._crosshair is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(ink.faint, 1, Qt.PenStyle.DotLine))
            ends = (self.view.pixel(self.view.first, self._crosshair), self.view.pixel(self.view.last, self._crosshair))
            painter.drawLine(*(QPointF(*end) for end in ends))
        draw_picks(painter, self.view, self.layer, records, style)
        for row, note in enumerate(self._notes()):
            chrome.draw_note(painter, self.view, note, row, self.font())
        painter.setClipping(False)

    def _draw_chrome(self, ratio: float, ink: chrome.Ink) -> None:
        """Everything around the image, into a pixmap that is kept until it changes."""
        self._chrome = QPixmap(self.size() * ratio)
        self._chrome.setDevicePixelRatio(ratio)
        self._chrome.fill(ink.paper)
        painter = QPainter(self._chrome)
        if self.message is not None:
            chrome.draw_message(painter, QRectF(self.rect()), self.message, ink, self.font())
        elif self.source is not None and self.records.size:
            self._draw_axes(painter, ink)
        painter.end()

    def _draw_axes(self, painter: QPainter, ink: chrome.Ink) -> None:
        table, axis, font = self.source.table, self.time_axis, self.font()
        origin = float(table.start[self.records].min()) if table.has_clock and self._one_origin(axis) else None
        unit = gather_chrome.TimeUnit.of(axis.end, origin, axis.lead)
        gather_chrome.draw_time_axis(painter, self.view, unit, ink, font, self.height())
        if self.upright:
            gather_chrome.draw_record_labels(painter, self.view, self._labels(), self.places(), self.title, ink, font)
        else:
            gather_chrome.draw_row_labels(painter, self.view, self._rows(), ink, font)
            gather_chrome.draw_title(painter, self.view, self.title, ink, font)
        gather_chrome.draw_frame(painter, self.plot_rect(), ink)
        strip = self.strip_rect()
        if strip is not None:
            gather_chrome.draw_strip(painter, strip, ink, font)

    def _labels(self) -> gather_chrome.Labels:
        """Words beside the records in view, made once for each gather."""
        if self._labelled is not self.records:
            self._labelled, self._label_words = self.records, gather_chrome.labels_of(self.source.table, self.records)
        return self._label_words

    def _rows(self) -> list[tuple[str, str]]:
        """Component and station of every row of traces; those without a signal say so."""
        table = self.source.table
        silent = set()
        if self._pictured and not self.picture.request.upright:
            flat = np.maximum(np.abs(self.picture.low), np.abs(self.picture.high)).reshape(
                -1, self.picture.low.shape[2]
            )
            silent = set(np.flatnonzero(~(np.nan_to_num(flat).max(axis=1, initial=0.0) > 0)).tolist())
        return [
            (component, "no signal" if (row := at * len(table.components) + c) in silent and row >= 0 else station)
            for at, station in enumerate(table.station_of(record) for record in self.records.tolist())
            for c, component in enumerate(table.components)
        ]

    def _one_origin(self, axis: TimeAxis) -> bool:
        """Whether the records in view are shown by one clock."""
        return len(self.records) == 1 or bool(axis.delays.any())


def _bgr(colour: QColor) -> tuple[int, int, int]:
    return colour.blue(), colour.green(), colour.red()
