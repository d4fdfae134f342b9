"""Gathers and records: reads them off the window's thread, and says where the mouse is on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from seisgui.gui.gather_state import GatherDisplay
from seisgui.gui.views.chrome import Message
from seisgui.gui.views.gather_canvas import GATHER, TRACES, GatherCanvas
from seisgui.gui.views.gather_mouse import GatherMouse, Touch
from seisgui.gui.views.gather_reader import Delivery, GatherReader
from seisgui.gui.views.listeners import Listeners
from seisgui.gui.views.pick_layer import Curve, PickLayer, PickMark
from seisgui.gui.views.picture import IndexArray, Picture, PictureRequest, fits_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seisgui.seismic.minmax import PyramidReader
    from seisgui.seismic.records import RecordSet

__all__ = ["GATHER", "TRACES", "GatherView", "PickMark", "Touch"]

SLOW_MS = 250
KEPT_GATHERS = 16  # whose record ids are kept
PAGE = 0.9  # of the window that a page moves on by
MARGIN = 0.5  # of the window that is wanted on either side of it
COARSER = 1.7  # zoomed in by more than this, a window is read anew
CONTINUOUS_S = 600.0  # records from this length on are scrolled by the wheel

EMPTY = Message(
    "No gather is shown",
    "Open a SEG-Y of shots, miniSEED, SAC, SEG-2 or npz waveforms, or choose a gather in the Gathers panel.",
    (
        ("Ctrl+O", "open a file or a project"),
        ("wheel, PgUp, PgDn", "step through gathers or records"),
        ("P, S, then click", "set a pick of that phase"),
        ("A, X, N", "accept or reject a proposal, go to the next least certain one"),
    ),
)


class GatherView(GatherCanvas):
    """Records side by side with time down (mode 'gather'), or the components of records over each other ('traces').

    Signals: ``pressed``, ``moved`` and ``released`` bring a ``Touch``; ``hovered`` a ``Touch`` or None;
    ``current_changed`` the record (index) that the keyboard is on; ``stepped`` how many gathers or records on the
    wheel went; ``shown`` when what was asked for, or why there is nothing, is on the screen.
    """

    pressed = Signal(object)
    moved = Signal(object)
    released = Signal(object)
    hovered = Signal(object)
    current_changed = Signal(int)
    stepped = Signal(int)
    shown = Signal()

    def __init__(self, display: GatherDisplay | None = None, parent: QWidget | None = None) -> None:
        super().__init__(display or GatherDisplay(), parent)
        self.setObjectName("view.gather")
        self.reader = GatherReader(self)
        self.pyramid: PyramidReader | None = None
        self.message = EMPTY
        self._asked: PictureRequest | None = None
        self._known_ids: dict[int, tuple[IndexArray, tuple[str, ...]]] = {}
        self._hover: QPointF | None = None
        self._mouse = GatherMouse(self)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._say_waiting)
        self._listeners = Listeners()
        self._listeners.on(self.display.events, self._display_changed)
        self.destroyed.connect(self._listeners.release)
        self.reader.ready.connect(self._take)

    # -- what is shown -------------------------------------------------------------------------------------------

    def set_source(self, source: RecordSet | None, pyramid: PyramidReader | None = None) -> None:
        """Another set of records, or none; what was on the screen goes."""
        self.reader.forget()
        self._known_ids.clear()
        self.source, self.pyramid = source, pyramid
        self.records, self._ids, self.title = np.zeros(0, np.int64), (), ""
        self.picture, self._asked, self._current, self._fit = None, None, -1, True
        self.layer = PickLayer()
        self.say(EMPTY)

    def show_records(
        self, source: RecordSet, indices: Sequence[int] | IndexArray, title: str = "", mode: str = GATHER
    ) -> None:
        """Show records (indices into the set); what was on the screen stays until they have been read.

        The time in view stays where the mode does.
        """
        if source is not self.source:
            self.set_source(source)
        records = np.asarray(indices, np.int64)
        if not len(records):
            self.say(Message("This gather has no records", "Choose another one in the Gathers panel.", warning=True))
            return
        keep = self.mode == mode and self.records.size > 0 and not self._fit
        count = len(self.records)
        self.records, self.title, self.mode = records, title, mode
        self._ids = self._ids_of(records)
        view = self.view
        if not keep:
            self._fit = True
        elif len(records) != count or not self.upright:
            view = replace(view, first=0.0, last=self.extent)
        self._place()
        if keep:
            self.view = replace(self.view, first=view.first, last=view.last).within(self.extent, 0.0, self.duration)
        if self._current not in records:
            self._make_current(int(records[0]))
        self.redraw()
        self._request()

    def _ids_of(self, records: IndexArray) -> tuple[str, ...]:
        """Ids of records; those of the gathers shown lately are at hand."""
        known = self._known_ids.get(id(records))
        if known is None or known[0] is not records:
            known = records, tuple(self.source.table.id_of(index) for index in records.tolist())
            self._known_ids[id(records)] = known
            while len(self._known_ids) > KEPT_GATHERS:
                self._known_ids.pop(next(iter(self._known_ids)))
        return known[1]

    @property
    def at_rest(self) -> bool:
        """Whether what was asked for last is on the screen."""
        if self._asked is None:
            return True
        picture = self.picture
        return picture is not None and picture.request.key == self._asked.key and not picture.partial

    @property
    def record_ids(self) -> tuple[str, ...]:
        """Ids of the records in view, in order."""
        return self._ids

    @property
    def component(self) -> int:
        """The component that gathers show."""
        components = self.source.table.components if self.source is not None else ()
        wanted = self.display.component
        return components.index(wanted) if wanted in components else max(len(components) - 1, 0)

    @property
    def scrolls_time(self) -> bool:
        """Whether the wheel moves through time: part of a long record is in view."""
        return not self.upright and self.duration > CONTINUOUS_S and self.view.t1 - self.view.t0 < 0.999 * self.duration

    @property
    def current(self) -> int:
        """Index of the record that the keyboard is on; -1: none."""
        return self._current

    def set_current(self, record: int) -> None:
        """Put the keyboard on a record in view and bring it in sight."""
        if record in self.records:
            self._make_current(int(record))
            self.ensure_visible(record)

    def _make_current(self, record: int) -> None:
        if record != self._current:
            self._current = record
            self.update()
            self.current_changed.emit(record)

    def step_current(self, steps: int) -> None:
        """The next record of the gather; where traces are shown the next record is asked for by ``stepped``."""
        if not self.upright or not self.records.size:
            self.stepped.emit(steps)
            return
        at = self._position(self._current)
        self.set_current(int(self.records[min(max(at + steps, 0), len(self.records) - 1)]))

    def _position(self, record: int) -> int:
        """Position of a record in the gather; the first where it is not in it."""
        found = np.flatnonzero(self.records == record)
        return int(found[0]) if found.size else 0

    def say(self, message: Message | None) -> None:
        """Show a message in place of records; None shows them again."""
        if message != self.message:
            self.message = message
            self.redraw()

    # -- picks ---------------------------------------------------------------------------------------------------

    def set_picks(self, marks: Mapping[str, Sequence[PickMark]]) -> None:
        """Draw these picks, by record id, in place of all others."""
        self.layer.take(marks)
        self.update()

    def set_record_picks(self, record_id: str, marks: Sequence[PickMark]) -> None:
        """Draw these picks of one record."""
        self.layer.take_record(record_id, marks)
        self.update()

    def set_selected(self, pick_id: int | None) -> None:
        """Mark a pick as the one that keys act on."""
        self.layer.selected = pick_id
        self.update()

    def set_probabilities(
        self, record_id: str, phases: Mapping[str, NDArray[np.float32]], t0: float = 0.0, dt: float = 0.01
    ) -> None:
        """Draw probabilities of phases along a record, the first at ``t0`` s; an empty mapping takes them away."""
        had = self.strip_rect()
        self.layer.take_curve(record_id, Curve(dict(phases), t0, dt) if phases else None)
        if self.strip_rect() != had:
            self._place()
        self.update()

    def clear_probabilities(self) -> None:
        for record in list(self.layer.curves):
            self.layer.take_curve(record, None)
        self._place()

    # -- reading -------------------------------------------------------------------------------------------------

    def request_for(self, records: IndexArray, window: tuple[float, float] | None = None) -> PictureRequest | None:
        """What would be asked for to show records as these are shown."""
        if self.source is None or not len(records):
            return None
        part = None
        if not fits_whole(self.source, records, upright=self.upright):
            part = window or self._window_to_read(records)
        return PictureRequest(
            self.source,
            self.pyramid,
            records,
            self.display.look(),
            self.upright,
            self.component if self.upright else 0,
            self.display.spacing == "offset" and self.upright,
            part,
            max(int(self.view.along * self.devicePixelRatioF()), 200),
        )

    def _window_to_read(self, records: IndexArray) -> tuple[float, float]:
        """The time in view, or that of the picture at hand while it reaches far enough and is as fine as is drawn."""
        (t0, t1), picture = self.window, self.picture
        span = t1 - t0
        if picture is not None and picture.request.window is not None and picture.request.records is records:
            low, high = picture.request.window
            near = max(t0 - MARGIN * span, 0.0) >= low - (high - low) - 1e-9 and (
                min(t1 + MARGIN * span, self.duration) <= high + (high - low) + 1e-9
            )
            if near and 1 / COARSER <= span / (high - low) <= 1.01:
                return picture.request.window
        return round(t0, 6), round(t1, 6)

    def _request(self) -> None:
        """Ask for what is to be shown, unless it is on the screen or at hand."""
        request = self.request_for(self.records)
        if request is None or (self._asked is not None and request.key == self._asked.key):
            return
        self._asked = request
        picture = self.reader.kept(request)
        if picture is not None:
            self._show_picture(picture)
            return
        self.reader.want(request)
        self._slow.start()

    def prepare(self, others: Sequence[IndexArray]) -> None:
        """Read other gathers, and the pages of time beside this one, in advance."""
        requests = [self.request_for(records) for records in others]
        if self.picture is not None and not self.picture.complete:
            t0, t1 = self.window
            span = t1 - t0
            for step in (PAGE, -PAGE):
                window = round(t0 + step * span, 6), round(t1 + step * span, 6)
                if window[1] > 0 and window[0] < self.duration:
                    requests.append(self.request_for(self.records, window))
        found = tuple(request for request in requests if request is not None)
        if found:
            self.reader.prepare(found)

    def _take(self, delivery: Delivery) -> None:
        if self._asked is None or delivery.request.key != self._asked.key:
            return
        if delivery.picture is not None:
            self._show_picture(delivery.picture)
            return
        self._slow.stop()
        self._waiting = False
        self.picture = None
        sentence = f"{delivery.sentence} {delivery.hint}".strip()
        self.say(Message(f"{self.title or 'This gather'} cannot be shown", sentence, warning=True))
        self.shown.emit()

    def _show_picture(self, picture: Picture) -> None:
        before = self.extent
        if not picture.partial:
            self._slow.stop()
            self._waiting = False
        self.picture, self.message = picture, None
        if self.extent != before:
            scale = self.extent / before
            self.view = replace(self.view, first=self.view.first * scale, last=self.view.last * scale)
        self._place()
        if picture.partial:
            return
        self.shown.emit()
        if self._hover is not None:
            self.hover(self._hover)

    def _say_waiting(self) -> None:
        self._waiting = not self.at_rest
        self.update()

    def _display_changed(self, *_: object) -> None:
        self._request()
        self._place()

    def set_view(self, view: object) -> None:
        super().set_view(view)
        if self.picture is not None and not self.picture.complete:
            self._request()

    # -- places --------------------------------------------------------------------------------------------------

    def touch_at(self, point: QPointF, *, clamp: bool = False) -> Touch | None:
        """The record, time and component under a pixel; None off the records, the nearest with ``clamp``."""
        if not self._pictured or self.message is not None:
            return None
        if not clamp and not self.plot_rect().contains(point):
            return None
        place, time = self.view.position(point.x(), point.y())
        if clamp:
            place = min(max(place, 1e-6), self.extent - 1e-6)
        elif not 0 <= place < self.extent:
            return None
        components = len(self.source.table.components)
        if self.upright:
            position, component = int(np.argmin(np.abs(self.picture.places - place))), self.component
        else:
            position, component = divmod(int(place), components)
        time -= float(self.picture.axis.delays[position])
        if clamp:
            record = self.records[position]
            table = self.source.table
            time = min(max(time, 0.0), float((table.n_samples[record] - 1) / table.rate[record]))
        return Touch(int(self.records[position]), time, component, point)

    def time_at(self, point: QPointF) -> float:
        """Seconds from the first sample of the record under (or nearest to) a pixel; not held to the record."""
        position = self._position(self.record_at(point))
        delay = float(self.picture.axis.delays[position]) if self._pictured else 0.0
        return self.view.position(point.x(), point.y())[1] - delay

    def record_at(self, point: QPointF) -> int:
        """Index of the record under, or nearest to, a pixel; -1 where none is shown."""
        touch = self.touch_at(point, clamp=True)
        return touch.record if touch is not None else -1

    def pos_of(self, record: int, time: float) -> QPointF:
        """The pixel of a time of a record: on its trace, or in the middle of its components."""
        position = self._position(record)
        delay = float(self.picture.axis.delays[position]) if self._pictured else 0.0
        rows = 0 if self.upright else len(self.source.table.components) - 1
        return QPointF(*self.view.pixel(self.place_of(position) + rows / 2, time + delay))

    def seconds_per_pixel(self) -> float:
        return 1.0 / self.view.per_second

    def ensure_visible(self, record: int, time: float | None = None) -> None:
        """Move as little as needed to bring a record, and a time of it, in sight."""
        position = self._position(record)
        view, place = self.view, self.place_of(position)
        if self.upright:
            span = view.last - view.first
            first = min(max(view.first, place + 0.5 - span), place - 0.5)
            view = replace(view, first=first, last=first + span)
        if time is not None and self._pictured:
            at, span = time + float(self.picture.axis.delays[position]), view.t1 - view.t0
            if not view.t0 + 0.02 * span <= at <= view.t1 - 0.02 * span:
                view = replace(view, t0=at - span / 2, t1=at + span / 2)
        self.set_view(view)

    def amplitude_at(self, touch: Touch) -> float | None:
        """The true amplitude of the sample nearest to a touch; None where it has not been read."""
        if not self._pictured or self.picture.raw is None:
            return None
        position = self._position(touch.record)
        time = touch.time + float(self.picture.axis.delays[position])
        sample = round((time - self.picture.start) * self.picture.rate)
        raw = self.picture.raw
        if not 0 <= sample < raw.shape[2]:
            return None
        value = float(raw[position, min(touch.component, raw.shape[1] - 1), sample])
        return value if np.isfinite(value) else None

    # -- Qt ------------------------------------------------------------------------------------------------------

    def hover(self, point: QPointF | None) -> None:
        """The mouse is over a pixel, or has left."""
        self._hover = point
        touch = self.touch_at(point) if point is not None else None
        time = self.view.position(point.x(), point.y())[1] if touch is not None else None
        if time != self._crosshair:
            self._crosshair = time
            self.update()
        self.hovered.emit(touch)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse.press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._mouse.press(event, double=True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._mouse.release(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._mouse.wheel(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self._mouse.busy:
            self.hover(None)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)

    def rest(self) -> None:
        """Ask for nothing more, and wait for what is being read: its file is about to be closed."""
        self.set_source(None)
        self.reader.wait()

    def shut_down(self) -> None:
        """Stop listening and join the reading threads."""
        self._listeners.release()
        self.reader.close()
