"""What can be asked of a picker: frozen data classes that travel between processes, torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seisgui.errors import InputError

STITCHED, ONE_PER_RECORD = "stitched", "one-per-record"
WINDOWS = (STITCHED, ONE_PER_RECORD)
THRESHOLD, DISTANCE = 0.5, 50
STEP = 0.25  # of a window, between two windows of a stitched prediction


@dataclass(frozen=True, slots=True)
class PickPredictRequest:
    """Records (``None``: all of the dataset) to be picked by a run.

    ``windows`` 'stitched' looks at whole records, 'one-per-record' at one window of each, drawn with ``seed`` so that
    a P that is known lies a tenth to two thirds in. ``threshold`` is the least probability of a pick, ``distance`` the
    least distance of two picks of a phase in samples; ``step`` the samples between two windows (None: a quarter of
    one). Curves of probability are kept where ``curves`` is true (None: where they take little room). ``track`` picks
    along whole gathers (None: as the run says).
    """

    project: Path
    run_id: str
    dataset_id: str | None = None
    records: tuple[str, ...] | None = None
    windows: str = STITCHED
    seed: int = 0
    threshold: float | None = None
    distance: int = DISTANCE
    step: int | None = None
    curves: bool | None = None
    track: bool | None = None
    device: str | None = None

    def check(self) -> None:
        """Raise ``InputError`` for what cannot be done."""
        if self.windows not in WINDOWS:
            raise InputError(f"{self.windows!r} is no way to lay windows.", f"Choose one of: {', '.join(WINDOWS)}.")
        if self.threshold is not None and not 0.0 < self.threshold < 1.0:
            raise InputError(f"A threshold of {self.threshold:g} is no probability between 0 and 1.")
        if self.distance < 0 or (self.step is not None and self.step < 1):
            raise InputError("The distance of picks and the step of windows are counted in samples, from 0 and 1.")
