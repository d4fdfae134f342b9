"""What can be asked of learning: frozen data classes that travel between processes, torch-free."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from seisgui.errors import InputError
from seisgui.seismic.axes import SectionRef

SCRATCH = ("", "scratch")
GROUPED_BY = ("station", "shot", "event")
WRITTEN = re.compile(r"\s*(inline|crossline)\s*:\s*(-?\d+)\s*(?:-\s*(-?\d+)\s*)?$")


@dataclass(frozen=True, slots=True)
class HoldOut:
    """Held-out lines ``first..last`` (inclusive, line numbers) of one axis, 'inline' or 'crossline'."""

    axis: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.axis}:{self.first}-{self.last}"

    @classmethod
    def parse(cls, text: str) -> HoldOut:
        """Read ``axis:first-last`` (or ``axis:line``), as run records hold it; raises ``InputError``."""
        match = WRITTEN.match(text)
        if match is None:
            raise InputError(
                f"{text.strip()!r} does not name a held-out area.",
                "Write inline:100-120 or crossline:443-538 (line numbers, both ends included).",
            )
        first, last = sorted((int(match[2]), int(match[3] or match[2])))
        return cls(match[1], first, last)


@dataclass(frozen=True, slots=True)
class HeldOutGroup:
    """Held-out records for picking: all of one 'station', 'shot' or 'event'."""

    by: str
    name: str

    def __str__(self) -> str:
        return f"{self.by}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> HeldOutGroup:
        """Read ``station:CODE``, ``shot:ID`` or ``event:NAME``, as run records hold it; raises ``InputError``."""
        by, sign, name = (part.strip() for part in text.partition(":"))
        if by not in GROUPED_BY or not sign or not name:
            raise InputError(
                f"{text.strip()!r} does not name held-out records.", "Write station:NC.MCB, shot:12 or event:NAME."
            )
        return cls(by, name)


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """One training run. ``None`` means the recipe's default.

    ``start_from`` is scratch, imagenet or imagenet-v2 (with ':' and a path for a picked file), built-in, the id of a
    run, the folder of a run of any project, or a file of weights. ``freeze`` is a preset of the network, or branches
    as ``FreezePlan.to_text`` writes them; ``norms`` is what frozen batch norms do (``freezing.NORM_POLICIES``).
    ``beside_scratch`` trains a second run from scratch with the same labels, split, seed and budget.
    """

    project: Path
    task: str = "facies"
    network: str = "forest"
    dataset_id: str | None = None
    label_set_id: str | None = None
    label_revision: int | None = None
    start_from: str = "scratch"
    freeze: str | None = None
    norms: str = "eval"
    beside_scratch: bool = False
    hold_out: tuple[HoldOut, ...] = ()
    hold_out_groups: tuple[HeldOutGroup, ...] = ()  # of picking
    split: str = "blocked"  # blocked | random
    position: bool | None = None  # two-way time and lateral position as input channels
    epochs: int | None = None
    seed: int = 0
    device: str | None = None
    clip_rule: str = "P99"
    orientation: str | None = None  # inline | crossline | both; None: as painted
    settings: dict[str, float | int | str | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """Sections (or with ``refs`` empty the whole volume) to be predicted by a run.

    Of a whole volume only: ``scheduler`` is 'threads' (None: the same) or the address of a Dask cluster,
    ``workers`` bounds the threads, ``with_run`` names a run whose probabilities across the sections are averaged in,
    ``probability_of`` the ids of classes whose probability is kept.
    """

    project: Path
    run_id: str
    refs: tuple[SectionRef, ...] = ()
    dataset_id: str | None = None
    volume_id: str | None = None
    coarse_first: bool = True
    device: str | None = None
    scheduler: str | None = None
    workers: int | None = None
    with_run: str | None = None
    probability_of: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """A live session: ``train`` names network, label set and split; ``visible`` the sections to keep predicted.

    A session of picking keeps the records of ``records`` (ids) picked, in that order.
    """

    train: TrainRequest
    visible: tuple[SectionRef, ...] = ()
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveUpdate:
    """New strokes or picks up to ``label_revision``, or other sections or records in view (None: unchanged)."""

    label_revision: int
    visible: tuple[SectionRef, ...] | None = None
    records: tuple[str, ...] | None = None
