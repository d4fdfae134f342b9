"""A section of the survey: shows it, steps through it, and takes the brush."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from seisgui.errors import SeisguiError
from seisgui.gui.tools.base import Tool
from seisgui.gui.views.canvas import Canvas, Decoration, Line, Wiggles
from seisgui.gui.views.chrome import ColourBar, Ink, Message
from seisgui.gui.views.content import SectionContent
from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.gestures import Gestures
from seisgui.gui.views.header import PaneHeader
from seisgui.gui.views.listeners import Listeners
from seisgui.gui.views.map import ORIENTATION_COLOURS
from seisgui.gui.views.planes import UNLABELLED
from seisgui.gui.views.positions import SurveyPositions
from seisgui.gui.views.reader import SectionReader, SectionRequest, SectionResult
from seisgui.gui.views.readout import read_out
from seisgui.gui.views.shading import Shading
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.volume import BoolArray, FloatArray

if TYPE_CHECKING:
    from psygnal import EmissionInfo

    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.predictions import PredictionStore
    from seisgui.interpretation.edits import Change
    from seisgui.interpretation.facies import Region

log = logging.getLogger(__name__)

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
NO_LABELS = "There is no label set to paint into: open or create a project first."
READ_ONLY = "This project is open read-only here, so nothing can be painted."
NO_CLASS = "Choose a class first: add one in the Classes panel, or press 1–9."


class SectionView(QWidget):
    """One pane: header row and canvas.

    Signals: ``ref_changed`` (SectionRef), ``cursor`` (Readout, or None off the section), ``said`` (a sentence for the
    status bar), ``window_changed`` (panned or zoomed), ``place_chosen`` (inline, crossline, time or depth: Ctrl+click),
    ``kind_requested`` ('map'), ``activated`` (the pane was clicked), ``settled`` (true amplitudes are on the screen).
    """

    ref_changed = Signal(object)
    cursor = Signal(object)
    said = Signal(str)
    window_changed = Signal()
    place_chosen = Signal(float, float, float)
    kind_requested = Signal(str)
    activated = Signal()
    settled = Signal()
    _numbers = itertools.count()

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
        self._hovered = False
        self._pane = next(self._numbers)
        self._token = 0
        self._volume = None
        self.reader = reader or SectionReader(self)
        self.positions = positions or SurveyPositions(self)
        self._owns = reader is None, positions is None
        self.content = SectionContent(state, predictions)
        self.header = PaneHeader(self)
        self.canvas = Canvas(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.canvas, 1)
        self.setFocusProxy(self.canvas)
        self.gestures = Gestures(self)
        self._listen(predictions)
        self._show_survey()

    def _listen(self, predictions: PredictionStore) -> None:
        self.reader.ready.connect(self._take)
        self.positions.ready.connect(self._decorate)
        self.header.ref_requested.connect(self.set_ref)
        self.header.kind_requested.connect(self._choose_kind)
        self.header.fit_requested.connect(self.fit)
        self.header.equal_toggled.connect(self._hold_aspect)
        self.canvas.viewport_changed.connect(self.window_changed)
        self._listeners, self._project_listeners = Listeners(), Listeners()
        on = self._listeners.on
        on(self.state.shown, self._show_survey)
        on(self.state.run_changed, self._run_changed)
        on(self.state.cursor_moved, self._crosshair)
        on(self.state.display.events, self._display_changed)
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
    def at_rest(self) -> bool:
        """Whether the section that the header names is on the screen."""
        return self.content.frame is None or self.content.shown == self.content.frame.ref

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
        self._volume = volume
        self.content.set_frame(SectionFrame(ref, axes))
        self.setObjectName(f"view.{ref.orientation.value}")
        self.header.show_frame(self.content.frame)
        self.canvas.say(None)
        self._apply_shape()
        self.canvas.show_frame(self.content.frame, self.content.planes)
        self._request()
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
            self.canvas.redraw()
        self._decorate()

    def refresh_prediction(self, ref: SectionRef | None = None) -> None:
        """A prediction of ``ref`` (or of any section) has come."""
        if self.content.frame is None or ref not in (None, self.ref):
            return
        self.content.load_prediction()
        self.content.restyle()
        self.canvas.redraw()
        self._decorate()

    def reload(self) -> None:
        """Read the section again, for instance after its file was located anew."""
        if self.content.frame is not None:
            self.canvas.say(None)
            self.content.amplitude = None
            self._request()

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
        elif change.kind in ("horizons", "datasets"):
            self.content.forget_surfaces()
            self._decorate()

    def _run_changed(self, _run_id: str) -> None:
        self.refresh_prediction()

    def _layer_changed(self, _info: EmissionInfo) -> None:
        self._restyle()

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
        if frame is None:
            return
        self._token += 1
        vertical = frame.ref.orientation is not Orientation.TIME
        shading = Shading.of(self.state.display, frame.axes.sample, vertical=vertical)
        self.reader.submit(
            SectionRequest(self._pane, self._token, self._volume, frame.ref, shading, self.content.amplitude)
        )

    def _take(self, result: SectionResult) -> None:
        if result.pane != self._pane or result.token != self._token or self.content.frame is None:
            return
        if result.sentence:
            self.content.planes.set_shade(None)
            title = f"{self.content.frame.title} cannot be shown"
            self.canvas.say(Message(title, f"{result.sentence} {result.hint}".strip(), warning=True))
            self.said.emit(result.sentence)
            return
        self.canvas.say(None)
        self.content.take(result)
        self.canvas.redraw(axes=True)
        self._decorate()
        self.settled.emit()

    # -- decoration ----------------------------------------------------------------------------------------------

    def _decorate(self) -> None:
        """Everything over the section that follows from its content."""
        frame = self.content.frame
        if frame is None:
            return
        display = self.state.display
        wiggles = None
        if display.mode != "density" and self.content.amplitude is not None and not frame.upwards:
            below = self.content.planes.background if display.mode == "wiggle" else self._colour_of_zero()
            ink = (0, 0, 0) if sum(below) > 300 else (235, 235, 235)
            wiggles = Wiggles(self.content.amplitude, self.content.clip, ink)
        colours = self.content.planes.shade_colours
        title = "After AGC" if display.agc_ms > 0 and not frame.upwards else "Amplitude"
        before = self.canvas.decoration
        after = Decoration(
            lines=self._lines(),
            notes=self._notes(),
            stale=self.content.stale,
            wiggles=wiggles,
            bar=ColourBar(colours, self.content.clip, title),
            spacing=self._spacing(),
        )
        bar = before.bar is None or before.bar.clip != after.bar.clip or before.bar.title != after.bar.title
        bar = bar or not np.array_equal(before.bar.colours, colours)
        self.canvas.decoration = after
        self.canvas.redraw(axes=bar)
        self._apply_shape()

    def _colour_of_zero(self) -> tuple[int, int, int]:
        blue, green, red = (int(part) for part in self.content.planes.shade_colours[127, :3])
        return blue, green, red

    def set_marks(self, refs: list[SectionRef]) -> None:
        """Other sections in view: a line is drawn where they cut this one."""
        if refs != self._marks:
            self._marks = list(refs)
            self._decorate()

    def _lines(self) -> list[Line]:
        marks = [mark for ref in self._marks if (mark := mark_line(self.content.frame, ref)) is not None]
        opacity = self.state.layer("horizons").opacity
        surfaces = [Line(line.points, line.colour, line.name, opacity=opacity) for line in self.content.surfaces]
        return marks + surfaces

    def _notes(self) -> list[str]:
        notes = []
        provisional = getattr(self._volume, "provisional", "")
        if provisional:
            notes.append(provisional if isinstance(provisional, str) else "Geometry is provisional: still scanning.")
        if self.content.stale:
            notes.append("Hatched: predicted before the last labels were painted")
        return notes

    def _spacing(self) -> tuple[float, str]:
        spacing = getattr(self.positions.spacing, self.content.frame.lateral_name)
        return (spacing, "m") if np.isfinite(spacing) else (1.0, "traces")

    def _crosshair(self, inline: float, crossline: float, sample: float) -> None:
        here = self._hovered
        if self.content.frame is None or not (here or self.follows_crosshair):
            return
        position = self.content.frame.project(inline, crossline, sample)
        hidden = (here and self.gestures.tool.shows_brush) or not np.isfinite(position).all()
        self.canvas.overlay(crosshair=None if hidden else position)

    def hover(self, position: tuple[float, float] | None) -> None:
        """The mouse is over a position, or has left."""
        frame = self.content.frame
        self._hovered = position is not None
        if frame is None or position is None or not frame.contains(*position):
            self.state.cursor_moved.emit(np.nan, np.nan, np.nan)
            self.cursor.emit(None)
            return
        self.state.cursor_moved.emit(*frame.place(*position))
        self.cursor.emit(read_out(self.content, *position, self.positions.coordinates))

    # -- painting ------------------------------------------------------------------------------------------------

    def can_paint(self, tool: Tool) -> bool:
        """Whether ``tool`` may begin; says why not."""
        if not tool.command_id.startswith("label."):
            return True
        labels, project = self.state.labels, self.state.project
        erases = tool.command_id == "label.eraser"
        problem = ""
        if labels is None:
            problem = NO_LABELS
        elif project is not None and project.read_only:
            problem = READ_ONLY
        elif not erases and self.state.active_class not in {entry.id for entry in labels.classes}:
            problem = NO_CLASS
        if problem:
            self.said.emit(problem)
        return not problem

    def show_preview(self, mask: BoolArray, lateral0: int, vertical0: int) -> None:
        """Show ``mask`` as painted, restricted as the edit will be; only its bounding box is drawn again."""
        planes = self.content.planes
        n_lateral, n_vertical = planes.shape
        i0, j0 = max(lateral0, 0), max(vertical0, 0)
        i1, j1 = min(lateral0 + mask.shape[0], n_lateral), min(vertical0 + mask.shape[1], n_vertical)
        if i1 <= i0 or j1 <= j0:
            return
        window = slice(i0, i1), slice(j0, j1)
        part = mask[i0 - lateral0 : i1 - lateral0, j0 - vertical0 : j1 - vertical0] & self.content.allowed(window)
        planes.preview_class = UNLABELLED if self.erasing else self.state.active_class
        planes.preview[window[1], window[0]] |= part.T
        planes.compose(window)
        self.canvas.redraw()

    def clear_preview(self) -> None:
        """Show the labels as they are."""
        planes = self.content.planes
        if planes is None or not planes.preview.any():
            return
        rows, columns = planes.preview.any(axis=1).nonzero()[0], planes.preview.any(axis=0).nonzero()[0]
        planes.preview[...] = False
        planes.compose((slice(columns[0], columns[-1] + 1), slice(rows[0], rows[-1] + 1)))
        self.canvas.redraw()

    def paint(self, mask: BoolArray, lateral0: int, vertical0: int, label: str) -> None:
        """Paint or erase as one edit; what went wrong is said."""
        brush = self.state.brush
        restrict = "all" if self.erasing and brush.restrict == "unlabelled" else brush.restrict
        try:
            self.state.labels.paint(
                self.ref,
                lateral0,
                vertical0,
                mask,
                -1 if self.erasing else self.state.active_class,
                neighbours=brush.neighbours,
                restrict=restrict,
                label=label,
            )
        except SeisguiError as error:
            log.warning("painting failed: %s", error)
            self.said.emit(str(error))

    def horizon_depths(self) -> list[NDArray[np.float64]]:
        return self.content.horizon_depths()

    def say(self, sentence: str) -> None:
        self.said.emit(sentence)

    def resize_brush(self, steps: int) -> None:
        """Make the brush larger or smaller, keeping its proportions."""
        brush = self.state.brush
        factor = 1.25**steps
        for name in ("traces", "samples"):
            size = getattr(brush, name)
            wanted = max(round(size * factor), size + steps) if steps > 0 else min(round(size * factor), size + steps)
            setattr(brush, name, min(max(wanted, 1), 401))

    # -- Qt ------------------------------------------------------------------------------------------------------

    def _choose_kind(self, kind: str) -> None:
        if kind in {orientation.value for orientation in Orientation}:
            self.set_orientation(Orientation(kind))
        else:
            self.kind_requested.emit(kind)

    def event(self, event: QEvent) -> bool:
        # Mouse events sent to the view itself (by scripts and tests) reach the canvas beneath the position.
        if isinstance(event, QMouseEvent) and event.spontaneous():
            point = self.canvas.mapFrom(self, event.position())
            if self.canvas.rect().contains(point.toPoint()):
                return self._forward(event, point)
        return super().event(event)

    def _forward(self, event: QMouseEvent, point: QPointF) -> bool:
        forwarded = QMouseEvent(
            event.type(), point, event.globalPosition(), event.button(), event.buttons(), event.modifiers()
        )
        return self.gestures.eventFilter(self.canvas, forwarded)

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
        for owned, worker in zip(self._owns, (self.reader, self.positions), strict=True):
            if owned:
                worker.close()


def mark_line(frame: SectionFrame, ref: SectionRef) -> Line | None:
    """The line along which another section cuts this one; None where they are parallel."""
    if ref.orientation is frame.ref.orientation:
        return None
    across = {Orientation.INLINE: "inline", Orientation.CROSSLINE: "crossline"}.get(ref.orientation, "sample")
    n_lateral, n_vertical = frame.shape
    if across == frame.lateral_name:
        lateral = frame.lateral_position(ref.number)
        points = np.array([[lateral, 0.0], [lateral, n_vertical]])
    else:
        vertical = frame.vertical_position(ref.number)
        points = np.array([[0.0, vertical], [n_lateral, vertical]])
    return Line(points, ORIENTATION_COLOURS[ref.orientation], dashed=True)
