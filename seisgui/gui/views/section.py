"""A section of the survey: shows it, steps through it, and takes the brush."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from seisgui.gui.views.canvas import Canvas
from seisgui.gui.views.chrome import Ink, Message
from seisgui.gui.views.content import SectionContent
from seisgui.gui.views.decoration import decoration_of, same_bar
from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.gestures import Gestures, moved_to
from seisgui.gui.views.header import PaneHeader
from seisgui.gui.views.listeners import Listeners
from seisgui.gui.views.painting import PaintingMixin
from seisgui.gui.views.positions import SurveyPositions
from seisgui.gui.views.reader import SectionReader, SectionResult
from seisgui.gui.views.readout import read_out
from seisgui.gui.views.serving import Serving
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.volume import FloatArray

if TYPE_CHECKING:
    from psygnal import EmissionInfo

    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.predictions import PredictionStore
    from seisgui.interpretation.edits import Change
    from seisgui.interpretation.facies import Region

log = logging.getLogger(__name__)

SLOW_MS = 250

EMPTY = Message(
    "Nothing open yet",
    "Open a SEG-Y, or try the sample survey.",
    (
        ("Ctrl+O", "open a project or a SEG-Y"),
        ("wheel, PgUp, PgDn", "step through the lines"),
        ("B, then drag", "paint the class chosen with 1–9; the right button erases"),
        ("Ctrl+K", "find any command"),
    ),
)


class SectionView(PaintingMixin, QWidget):
    """One pane: header row and canvas.

    Signals: ``ref_changed`` (SectionRef), ``cursor`` (Readout, or None off the section), ``said`` (a sentence for the
    status bar), ``window_changed`` (panned or zoomed), ``place_chosen`` (inline, crossline, time or depth: Ctrl+click),
    ``kind_requested`` ('map'), ``area_drawn`` (SectionRef, mask of a lasso), ``settled`` (true amplitudes, or
    the reason why there are none, are on the screen).
    """

    ref_changed = Signal(object)
    cursor = Signal(object)
    said = Signal(str)
    window_changed = Signal()
    place_chosen = Signal(float, float, float)
    kind_requested = Signal(str)
    area_drawn = Signal(object, object)
    settled = Signal()

    def __init__(
        self,
        state: WorkbenchState,
        predictions: PredictionStore,
        parent: QWidget | None = None,
        *,
        reader: SectionReader | None = None,
        positions: SurveyPositions | None = None,
    ) -> None:
        super().__init__(parent)
        self.state = state
        self.erasing = False
        self.follows_crosshair = True
        self._marks: list[SectionRef] = []
        self._hovered: tuple[float, float] | None = None  # where the mouse is
        self._volume = None
        self.reader = reader or SectionReader(self)
        self.positions = positions or SurveyPositions(self)
        self._owns = reader is None, positions is None
        self.content = SectionContent(state, predictions)
        self.header = PaneHeader(self)
        self.canvas = Canvas(self)
        self.canvas.overlay(divider=state.review.divider)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.canvas, 1)
        self.setFocusProxy(self.canvas)
        self.gestures = Gestures(self)
        self.serving = Serving(self.reader, state, self)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._say_waiting)
        self._listen(predictions)
        self._show_survey()

    def _listen(self, predictions: PredictionStore) -> None:
        self.serving.served.connect(self._take)
        self.positions.ready.connect(self._decorate)
        self.positions.confirmed.connect(self.reload)
        self.header.ref_requested.connect(self.set_ref)
        self.header.kind_requested.connect(self._choose_kind)
        self.header.fit_requested.connect(self.fit)
        self.header.equal_toggled.connect(self._hold_aspect)
        self.canvas.viewport_changed.connect(self.window_changed)
        self._listeners, self._project_listeners = Listeners(), Listeners()
        on = self._listeners.on
        on(self.state.leaving, self.gestures.finish)
        on(self.state.shown, self._show_survey)
        on(self.state.run_changed, self._run_changed)
        on(self.state.cursor_moved, self._crosshair)
        on(self.state.tool_changed, self.gestures.tool_changed)
        on(self.state.display.events, self._display_changed)
        on(self.state.review.events, self._review_changed)
        for layer in self.state.layers:
            on(layer.events, self._layer_changed)
        on(predictions.changed, self.refresh_prediction)
        self.destroyed.connect(self._listeners.release)
        self.destroyed.connect(self._project_listeners.release)

    # -- what is shown -------------------------------------------------------------------------------------------

    @property
    def ref(self) -> SectionRef | None:
        """The section this view is on; None where nothing is open."""
        return self.content.frame.ref if self.content.frame is not None else None

    @property
    def frame(self) -> SectionFrame | None:
        return self.content.frame

    @property
    def amplitude(self) -> FloatArray | None:
        """True amplitudes (n_lateral, n_vertical) of the section; None until they have been read."""
        return self.content.amplitude

    @property
    def clip(self) -> float:
        """The amplitude at which colours saturate."""
        return self.content.clip

    @property
    def clips(self) -> tuple[float, float]:
        """The lowest and the highest amplitude that have a colour of their own."""
        return self.content.centre - self.content.clip, self.content.centre + self.content.clip

    @property
    def at_rest(self) -> bool:
        """Whether the section that the header names is on the screen, in true amplitudes."""
        content = self.content
        return content.frame is None or (content.shown == content.frame.ref and not content.rough)

    def set_ref(self, ref: SectionRef) -> None:
        """Go to a section; a stroke in progress is kept first."""
        volume = self.state.volume
        if volume is None:
            return
        axes = volume.axes
        if ref.orientation not in axes.orientations:
            ref = axes.middle()
        ref = SectionFrame(ref, axes).moved(0)
        if ref == self.ref and volume is self._volume:
            return
        self.gestures.finish()
        self.content.set_frame(SectionFrame(ref, axes))
        if volume is not self._volume:
            self.content.shown = None  # what is on the screen still is of another volume
            self.serving.follow(volume)
        self._volume = volume
        self.setObjectName(f"view.{ref.orientation.value}")
        self.header.show_frame(self.content.frame)
        self.canvas.say(None)
        self._apply_shape()
        self.canvas.show_frame(self.content.frame, self.content.planes)
        self._request()
        if self.content.shown is None:  # nothing of this survey and direction is on the screen yet
            self._decorate()
        self.ref_changed.emit(ref)

    def step(self, lines: int) -> None:
        """Go ``lines`` further; negative ones go back."""
        if self.content.frame is not None:
            self.set_ref(self.content.frame.moved(lines))

    def set_orientation(self, orientation: Orientation) -> None:
        """Show the section of another orientation through the middle of the window."""
        frame = self.content.frame
        if frame is None or frame.ref.orientation is orientation:
            return
        view = self.canvas.view
        n_lateral, n_vertical = frame.shape
        lateral = min(max((view.left + view.right) / 2, 0.5), n_lateral - 0.5)
        vertical = min(max((view.top + view.bottom) / 2, 0.5), n_vertical - 0.5)
        inline, crossline, sample = frame.place(lateral, vertical)
        number = {Orientation.INLINE: inline, Orientation.CROSSLINE: crossline}.get(orientation, sample)
        self.set_ref(SectionRef(orientation, number))

    def go_to(self, lateral: float, vertical: float) -> None:
        """Ask the other panes to pass through a position."""
        if self.content.frame is not None and self.content.frame.contains(lateral, vertical):
            self.place_chosen.emit(*self.content.frame.place(lateral, vertical))

    def fit(self) -> None:
        """Show the whole section."""
        self.canvas.fit()

    def zoom(self, factor: float) -> None:
        """Magnify about the centre; below 1 shrinks."""
        centre = self.canvas.plot_rect().center()
        self.canvas.set_view(self.canvas.view.zoomed(factor, factor, centre.x(), centre.y()))

    def ranges(self) -> dict[str, tuple[float, float]]:
        """The visible window by axis ('inline', 'crossline', 'sample') as (low, high) numbers."""
        frame, view = self.content.frame, self.canvas.view
        if frame is None:
            return {}
        lateral = tuple(frame.lateral_value(u) for u in view.lateral_range())
        vertical = tuple(frame.vertical_value(v) for v in view.vertical_range())
        return {frame.lateral_name: lateral, frame.vertical_name: vertical}

    def set_ranges(self, ranges: dict[str, tuple[float, float]]) -> None:
        """Show the given window along the axes that this section has."""
        frame = self.content.frame
        if frame is None:
            return
        lateral, vertical = ranges.get(frame.lateral_name), ranges.get(frame.vertical_name)
        if lateral is not None:
            lateral = tuple(frame.lateral_position(value) for value in lateral)
        if vertical is not None:
            vertical = tuple(frame.vertical_position(value) for value in vertical)
        self.canvas.set_view(self.canvas.view.with_ranges(lateral, vertical))

    def visible_amplitude(self) -> FloatArray | None:
        """True amplitudes of the visible window, (n_lateral, n_vertical)."""
        if self.content.amplitude is None or self.content.frame is None:
            return None
        lateral, vertical = self.canvas.view.visible_slices(*self.content.frame.shape)
        return self.content.amplitude[lateral, vertical]

    # -- refresh -------------------------------------------------------------------------------------------------

    def refresh_labels(self, region: Region | None = None) -> None:
        """Labels have changed within ``region`` (anywhere by default)."""
        if self.content.refresh_labels(region):
            if self.content.review.follows_labels:
                self.content.restyle()
            self.canvas.redraw()
        self._decorate()

    def refresh_prediction(self, ref: SectionRef | None = None) -> None:
        """A prediction of ``ref`` (or of any section) has come."""
        if self.content.frame is None or ref not in (None, self.ref):
            return
        self.content.load_prediction()  # it may be another run's, or a probability
        self.content.restyle()
        self.canvas.redraw()
        self._decorate()

    def reload(self) -> None:
        """Read the section again, for instance after its file was located anew."""
        if self.content.frame is not None:
            self.canvas.say(None)
            self.content.amplitude = None
            self.reader.forget()
            self._request()
            self._decorate()

    def _show_survey(self) -> None:
        """Another project, dataset, volume or label set is in view."""
        self.gestures.cancel()
        self._project_listeners.release()
        if self.state.project is not None:
            self._project_listeners.on(self.state.project.changed, self._project_changed)
        volume, before = self.state.volume, self._volume
        self.positions.follow(volume)
        if volume is None:
            self._volume = None
            self.serving.follow(None)
            self.content.set_frame(None)
            self.setObjectName("view.inline")
            self.header.show_frame(None)
            self.canvas.show_frame(None, None)
            self.canvas.say(EMPTY)
            return
        if volume is before and self.content.frame is not None:
            self.content.forget_surfaces()
            self.refresh_labels()
            self.refresh_prediction()
            return
        self.set_ref(self.ref or volume.axes.middle())

    def _project_changed(self, change: Change) -> None:
        if change.dataset_id not in (None, "", self.state.dataset_id):
            return
        labels = self.state.labels
        if change.kind == "labels" and labels is not None and change.label_set_id in (None, labels.id):
            self.refresh_labels(change.region)
        elif change.kind == "classes":
            self.content.load_labels()
            self._restyle()
        elif change.kind == "copies":
            self.serving.look_for_copies()
        elif change.kind in ("horizons", "datasets"):
            self.content.forget_surfaces()
            self._decorate()

    def _run_changed(self, _run_id: str) -> None:
        self.refresh_prediction()

    def _layer_changed(self, _info: EmissionInfo) -> None:
        self._restyle()

    def _review_changed(self, info: EmissionInfo) -> None:
        if info.signal.name == "divider":
            self.canvas.overlay(divider=self.state.review.divider)
        else:
            self.refresh_prediction()

    def show_candidate(self, classes: NDArray[np.uint8] | None) -> None:
        """Draw classes (n_lateral, n_vertical) that are about to be accepted, 255 elsewhere; None: no longer."""
        if self.content.planes is not None and classes is not self.content.review.candidate:
            self.content.show_candidate(classes)
            self.canvas.redraw()

    def _display_changed(self, info: EmissionInfo) -> None:
        name = info.signal.name
        if name == "clip_rule" and self.state.display.clip > 0:
            self.state.display.clip = 0.0  # choosing a rule takes the place of a clip set by hand
        if name in ("clip_rule", "clip", "gain_db", "agc_ms"):
            self._request()
        self._apply_shape()
        self._restyle()

    def _restyle(self) -> None:
        self.content.restyle()
        self.canvas.redraw()
        self._decorate()

    def _hold_aspect(self, hold: bool) -> None:
        self.state.display.aspect = "equal" if hold else "fit"

    def _apply_shape(self) -> None:
        frame, display = self.content.frame, self.state.display
        self.header.equal_button.setChecked(display.aspect == "equal")
        if frame is not None:
            self.canvas.set_shape(flip=display.flip, equal=self._equal() if display.aspect == "equal" else 0.0)

    def _equal(self) -> float:
        """Height of a sample over width of a trace: true to scale where both are in one unit, else 1."""
        frame, spacing = self.content.frame, self.positions.spacing
        lateral = getattr(spacing, frame.lateral_name)
        vertical = spacing.crossline if frame.upwards else frame.axes.sample.interval
        metric = frame.upwards or frame.axes.sample.unit == "m"
        return vertical / lateral if metric and np.isfinite(lateral + vertical) and lateral > 0 else 1.0

    # -- reading -------------------------------------------------------------------------------------------------

    def _request(self) -> None:
        frame = self.content.frame
        if frame is not None:
            wiggles = self.state.display.mode != "density" and not frame.upwards
            self.serving.request(frame, self.content.amplitude, self.canvas, expand=wiggles)
            self._slow.start()

    def _say_waiting(self) -> None:
        """Reading takes long enough to be noticed."""
        self.content.waiting = not self.at_rest
        self._decorate()

    def _take(self, result: SectionResult) -> None:
        if self.content.frame is None:
            return
        final = result.ref == self.content.frame.ref and not result.rough
        if final:
            self._slow.stop()
            self.content.waiting = False
        if result.sentence:
            self.content.planes.set_shade(None)
            title = f"{self.content.frame.title} cannot be shown"
            self.canvas.say(Message(title, f"{result.sentence} {result.hint}".strip(), warning=True))
            self.said.emit(result.sentence)
            self.content.amplitude = self.content.displayed = None
            self.settled.emit()
            return
        self.canvas.say(None)
        self.content.take(result)
        self.canvas.redraw()
        self._decorate()
        if final:
            self.settled.emit()
            if self._hovered is not None:
                self.hover(self._hovered)  # the amplitude under the mouse is another now

    # -- decoration ----------------------------------------------------------------------------------------------

    def set_marks(self, refs: list[SectionRef]) -> None:
        """Other sections in view: a line is drawn where they cut this one."""
        if refs != self._marks:
            self._marks = list(refs)
            self._decorate()

    def _decorate(self) -> None:
        """Everything over the section that follows from its content."""
        if self.content.frame is None:
            return
        before = self.canvas.decoration
        provisional = getattr(self._volume, "provisional", "")
        after = decoration_of(self.content, self.positions.spacing, self._marks, provisional)
        self.canvas.decoration = after
        self.canvas.redraw(axes=not same_bar(before.bar, after.bar))
        self._apply_shape()

    def _crosshair(self, inline: float, crossline: float, sample: float) -> None:
        here = self._hovered is not None
        if self.content.frame is None or not (here or self.follows_crosshair):
            return
        position = self.content.frame.project(inline, crossline, sample)
        hidden = (here and self.gestures.tool.shows_brush) or not np.isfinite(position).all()
        self.canvas.overlay(crosshair=None if hidden else position)

    def hover(self, position: tuple[float, float] | None) -> None:
        """The mouse is over a position, or has left."""
        frame = self.content.frame
        self._hovered = position
        if frame is None or position is None or not frame.contains(*position):
            self.state.cursor_moved.emit(np.nan, np.nan, np.nan)
            self.cursor.emit(None)
            return
        self.state.cursor_moved.emit(*frame.place(*position))
        self.cursor.emit(read_out(self.content, *position, self.positions.coordinates))

    # -- Qt ------------------------------------------------------------------------------------------------------

    def _choose_kind(self, kind: str) -> None:
        if kind in {orientation.value for orientation in Orientation}:
            self.set_orientation(Orientation(kind))
        else:
            self.kind_requested.emit(kind)

    def event(self, event: QEvent) -> bool:
        # Scripts and tests may send mouse, wheel and keys to the view itself; they reach the canvas all the same.
        if isinstance(event, QKeyEvent):
            return self.gestures.eventFilter(self.canvas, event) or super().event(event)
        if isinstance(event, QMouseEvent | QWheelEvent):
            point = self.canvas.mapFrom(self, event.position())
            if self.gestures.busy or self.canvas.rect().contains(point.toPoint()):
                return self.gestures.eventFilter(self.canvas, moved_to(event, point)) or super().event(event)
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "canvas"):
            self._theme()

    def showEvent(self, event: QEvent) -> None:
        super().showEvent(event)
        self._theme()

    def _theme(self) -> None:
        plot = Ink.of(self.palette()).plot
        self.content.paper = plot.blue(), plot.green(), plot.red()
        self._restyle()

    def hideEvent(self, event: QHideEvent) -> None:
        self.gestures.finish()
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """Keep a stroke in progress, stop listening, and join the threads that are this view's own."""
        self.gestures.finish()
        self._listeners.release()
        self._project_listeners.release()
        self.serving.stop()
        for owned, worker in zip(self._owns, (self.reader, self.positions), strict=True):
            if owned:
                worker.close()
