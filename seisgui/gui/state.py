"""What the window is looking at and holding in its hand: Qt-free, evented; views and panels listen."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from psygnal import Signal, SignalGroupDescriptor

from seisgui.errors import SeisguiError
from seisgui.gui.gather_state import GatherDisplay

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesLabels
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord
    from seisgui.seismic.axes import SectionRef
    from seisgui.seismic.records import RecordSet
    from seisgui.seismic.volume import Volume


@dataclass
class Brush:
    """The hand: size in traces x samples, and what it may touch."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()
    traces: int = 15
    samples: int = 15
    neighbours: int = 0  # lines painted on either side
    restrict: str = "all"  # all | unlabelled | class:<id>
    snap: str = "none"  # none | peak | trough | zero
    tolerance: float = 0.15  # flood fill: amplitude difference as a share of the clip


@dataclass
class Display:
    """How amplitudes become colours, the same in all panes."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()
    colour_map: str = "grey"
    clip_rule: str = "P99"
    gain_db: float = 0.0
    agc_ms: float = 0.0  # 0: off
    mode: str = "density"  # density | wiggle | both
    flip: bool = False
    clip: float = 0.0  # amplitude at which colours saturate; 0: by the clip rule
    aspect: str = "fit"  # fit | equal (metres against metres, else one trace as wide as one sample is high)


@dataclass
class Layer:
    """One layer of a section view."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()
    name: str = ""  # one of ``default_layers``
    title: str = ""
    visible: bool = True
    opacity: float = 1.0


@dataclass
class Review:
    """What the prediction and the labels in view are held against."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()
    class_id: int = -1  # whose probability is shown; -1: the class in hand
    other_run: str = ""  # the second run of difference and swipe; '' is none
    other_labels: str = ""  # the second label set; '' is none
    swipe: bool = False
    divider: float = 0.5  # of the width of a section view; left of it the run in view, right of it the other one


@dataclass(frozen=True)
class Suggested:
    """A line worth labelling, or the stretch ``first`` to ``last`` (numbers of the other axis) of one, and why."""

    ref: SectionRef
    reasons: tuple[str, ...]
    first: int | None = None
    last: int | None = None


def default_layers() -> list[Layer]:
    """The layers of a section view, bottom first."""
    return [
        Layer("seismic", "Seismic"),
        Layer("prediction", "Prediction", opacity=0.45),
        Layer("confidence", "Confidence", visible=False, opacity=0.6),
        Layer("entropy", "Uncertainty (entropy)", visible=False, opacity=0.6),
        Layer("probability", "Probability of", visible=False, opacity=0.6),
        Layer("difference", "Difference from", visible=False, opacity=0.75),
        Layer("disagreement", "Disagreement with", visible=False, opacity=0.75),
        Layer("labels", "Labels", opacity=0.7),
        Layer("horizons", "Horizons and faults"),
    ]


class WorkbenchState:
    """The shared state of one window.

    ``project`` and ``volume`` are set together by ``show``; ``labels`` is the active label set of the active
    dataset. ``records`` are those of the gather set ``records_id`` of the project, open beside the volume. ``tool``
    is a command id such as 'label.brush'. ``cursor`` is (inline, crossline, time or depth).
    """

    leaving = Signal()  # just before ``shown``: what is begun must be finished now
    shown = Signal()  # another project, dataset, volume or label set
    class_changed = Signal(int)
    tool_changed = Signal(str)
    cursor_moved = Signal(float, float, float)
    run_changed = Signal(str)
    suggested_changed = Signal()
    records_changed = Signal()  # another set of gathers, or none

    def __init__(self) -> None:
        self.project: Project | None = None
        self.volume: Volume | None = None
        self.dataset_id: str | None = None
        self.volume_id: str | None = None
        self.labels: FaciesLabels | None = None
        self.brush = Brush()
        self.display = Display()
        self.gathers = GatherDisplay()
        self.records: RecordSet | None = None
        self.records_id: str | None = None
        self.review = Review()
        self.layers = default_layers()
        self.suggested: tuple[Suggested, ...] = ()  # what is worth labelling next, the best first
        self._active_class = 0
        self._tool = "label.brush"
        self._run_id: str | None = None
        self._records: dict[str, RunRecord | None] = {}  # those that were looked for

    def show(
        self,
        project: Project | None,
        volume: Volume | None,
        dataset_id: str | None = None,
        volume_id: str | None = None,
        labels: FaciesLabels | None = None,
    ) -> None:
        """Make this the project, volume and label set of the window."""
        self.leaving.emit()
        if project is not self.project:
            self.show_records(None, None)
        self.project, self.volume, self.labels = project, volume, labels
        self.dataset_id, self.volume_id = dataset_id, volume_id
        self._run_id = None
        self._records.clear()
        self.review.other_run = self.review.other_labels = ""
        self.review.swipe = False
        self.suggest(())
        self.shown.emit()

    def show_records(self, records: RecordSet | None, dataset_id: str | None) -> None:
        """Make these the gathers of the window; they belong to a dataset of the project."""
        if records is not self.records or dataset_id != self.records_id:
            self.records, self.records_id = records, dataset_id
            self.records_changed.emit()

    def layer(self, name: str) -> Layer:
        return next(layer for layer in self.layers if layer.name == name)

    @property
    def active_class(self) -> int:
        return self._active_class

    @active_class.setter
    def active_class(self, class_id: int) -> None:
        if class_id != self._active_class:
            self._active_class = class_id
            self.class_changed.emit(class_id)

    @property
    def tool(self) -> str:
        return self._tool

    @tool.setter
    def tool(self, command_id: str) -> None:
        if command_id != self._tool:
            self._tool = command_id
            self.tool_changed.emit(command_id)

    @property
    def run_id(self) -> str | None:
        """The run whose predictions are shown."""
        return self._run_id

    @run_id.setter
    def run_id(self, run_id: str | None) -> None:
        if run_id != self._run_id:
            self._run_id = run_id
            self._records.pop(run_id or "", None)
            self.run_changed.emit(run_id or "")

    @property
    def run(self) -> RunRecord | None:
        """The record of the run whose predictions are shown; None where it has none (yet)."""
        return self.record(self._run_id) if self._run_id is not None else None

    def record(self, run_id: str) -> RunRecord | None:
        """The record of a run, read once; None where it has none (yet)."""
        if run_id and run_id not in self._records and self.project is not None:
            from seisgui.interpretation.runs import read_run

            self._records[run_id] = None
            with suppress(SeisguiError):
                self._records[run_id] = read_run(self.project.run_folder(run_id))
        return self._records.get(run_id)

    def suggest(self, lines: tuple[Suggested, ...]) -> None:
        """Mark lines as worth labelling next."""
        if lines != self.suggested:
            self.suggested = lines
            self.suggested_changed.emit()
