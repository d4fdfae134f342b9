"""What long work tells while it runs: frozen data classes, torch-free.

Every long operation is a generator: it yields these events at step boundaries and returns its outcome. The
caller may stop iterating between two events (pause), set ``Control.stop`` (finish early, keep the best) or
close the generator (discard).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.progress import Progress

__all__ = [
    "Control",
    "CurvePoint",
    "Event",
    "Notice",
    "PartialPrediction",
    "PicksStored",
    "Progress",
    "RunSaved",
    "VolumeGrown",
]


OF_CLASS = "accuracy of class "


@dataclass(slots=True)
class Control:
    """Wishes of whoever runs the job; read at step boundaries."""

    stop: bool = False  # finish now and keep what is best so far


def of_class(class_id: int) -> str:
    """Name of a class's accuracy (share of its pixels that were found) among the figures of a curve's point."""
    return f"{OF_CLASS}{class_id}"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of the learning curves, at the end of an epoch or of a live burst (``epoch`` 0)."""

    run_id: str
    epoch: int
    update: int
    training: dict[str, float]  # "loss", "accuracy", "mean_class_accuracy", ..., and see ``of_class``
    held_out: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class PartialPrediction:
    """A section predicted by a run, as files under the project's ``tmp/`` or ``predictions/``.

    ``path`` is an .npy array (3, n_lateral', n_sample') uint8: class (255 = not predicted), confidence
    (0-255 = 0-1), entropy (0-255 = 0-1 of the maximum). ``step`` > 1 is a coarse one: element [i, j] stands for
    the pixels [i*step:(i+1)*step, j*step:(j+1)*step].
    """

    run_id: str
    ref: SectionRef
    step: int
    path: Path
    label_revision: int
    dataset_id: str = ""
    model: str = ""  # network that made it: in live mode the forest answers before the network does


@dataclass(frozen=True, slots=True)
class VolumeGrown:
    """Sections of a whole-survey prediction are on disk: line numbers ``first`` to ``last``, both included."""

    run_id: str
    dataset_id: str
    orientation: Orientation
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PicksStored:
    """The picks of a run in a dataset are on disk: ``path`` is their file, ``picks`` how many, by phase."""

    run_id: str
    dataset_id: str
    path: Path
    picks: dict[str, int]


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the user that is no error, e.g. 'not scored: label a second area'."""

    sentence: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class RunSaved:
    """A run (or a new revision of a live run) is on disk and may be adopted into the ledger."""

    run_id: str
    metrics: dict[str, float] = field(default_factory=dict)


Event = Progress | CurvePoint | PartialPrediction | PicksStored | Notice | RunSaved | VolumeGrown
