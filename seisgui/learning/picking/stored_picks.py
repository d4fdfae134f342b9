"""What a run picked, kept with it: ``predictions/<run>/<dataset>/picks.json`` and curves of probability; no torch."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from seisgui.errors import FailureError, InputError
from seisgui.seismic.volume import FloatArray

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

PICKS, CURVES = "picks.json", "curves.u8"
VERSION = 1
COLUMNS = ("record", "phase", "time", "probability", "uncertainty")


@dataclass(frozen=True, slots=True)
class PredictedPick:
    """A pick of a run: ``time`` and ``uncertainty`` (one standard deviation) in s after the record's first sample."""

    record: str
    phase: str
    time: float
    probability: float
    uncertainty: float


@dataclass(frozen=True)
class PredictedPicks:
    """All that a run picked in a dataset.

    ``looked`` tells by record which times (first, last, in s) were looked at. ``curves`` tells where in the file of
    curves those of a record begin, how many samples they have, and their rate; empty where none are kept.
    """

    picks: tuple[PredictedPick, ...]
    looked: dict[str, tuple[float, float]]
    phases: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    curves: dict[str, tuple[int, int, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "phases": list(self.phases),
            "settings": self.settings,
            "looked": self.looked,
            "curves": self.curves,
            "picks": {name: [getattr(pick, name) for pick in self.picks] for name in COLUMNS},
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> PredictedPicks:
        columns = [document["picks"][name] for name in COLUMNS]
        return cls(
            picks=tuple(PredictedPick(*row) for row in zip(*columns, strict=True)),
            looked={str(record): (float(edges[0]), float(edges[1])) for record, edges in document["looked"].items()},
            phases=tuple(document["phases"]),
            settings=dict(document["settings"]),
            curves={
                str(record): (int(at), int(n), float(rate)) for record, (at, n, rate) in document["curves"].items()
            },
        )


class CurveWriter:
    """Writes curves of probability one record after another, as bytes (0 to 255 for 0 to 1)."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / CURVES
        self._partial = folder / f".{CURVES}.{os.getpid()}"
        self._file: IO[bytes] = self._partial.open("wb")
        self.places: dict[str, tuple[int, int, float]] = {}

    def add(self, record: str, probability: FloatArray, rate: float) -> None:
        """Curves (n_arrival, samples) of a whole record."""
        self.places[record] = (self._file.tell(), probability.shape[-1], rate)
        self._file.write(np.round(255.0 * np.clip(probability, 0.0, 1.0)).astype(np.uint8).T.tobytes())

    def begin(self, record: str, rate: float) -> None:
        """The curves of a long record, which follow in stretches by ``go_on``."""
        self.places[record] = (self._file.tell(), 0, rate)

    def go_on(self, record: str, probability: FloatArray) -> None:
        """The next stretch (n_arrival, samples) of the record that was begun last."""
        at, count, rate = self.places[record]
        self._file.write(np.round(255.0 * np.clip(probability, 0.0, 1.0)).astype(np.uint8).T.tobytes())
        self.places[record] = (at, count + probability.shape[-1], rate)

    def finish(self) -> None:
        self._file.close()
        self._partial.replace(self.path)

    def discard(self) -> None:
        self._file.close()
        self._partial.unlink(missing_ok=True)


def folder_of(project: Project, run_id: str, dataset_id: str) -> Path:
    """Where a run's picks of a dataset are kept (it need not exist)."""
    return project.prediction_folder(run_id) / dataset_id


def write_predicted(folder: Path, found: PredictedPicks) -> Path:
    """Write the picks, whole or not at all."""
    path, partial = folder / PICKS, folder / f".{PICKS}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(found.to_json(), allow_nan=False), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.") from error
    return path


def read_predicted(project: Project, run_id: str, dataset_id: str) -> PredictedPicks | None:
    """What a run picked in a dataset; None where it has not picked there. ``InputError`` where the file is damaged."""
    path = folder_of(project, run_id, dataset_id) / PICKS
    try:
        return PredictedPicks.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"{path} is damaged ({error}).", "Predict the records again.") from error


def read_predicted_picks(project: Project, run_id: str, dataset_id: str) -> list[PredictedPick]:
    """The picks of a run in a dataset, record by record in order of time; empty where it has not picked there."""
    found = read_predicted(project, run_id, dataset_id)
    return list(found.picks) if found is not None else []


class CurveReader:
    """Curves of probability of a run, read as asked; any thread may ask."""

    def __init__(self, project: Project, run_id: str, dataset_id: str) -> None:
        found = read_predicted(project, run_id, dataset_id)
        self.phases: tuple[str, ...] = found.phases if found else ()
        self._places = found.curves if found else {}
        self._path = folder_of(project, run_id, dataset_id) / CURVES

    def rate(self, record: str) -> float | None:
        """Samples a second of a record's curves; None where there are none."""
        return self._places[record][2] if record in self._places else None

    def read(self, record: str, first: int = 0, count: int | None = None) -> FloatArray | None:
        """Probabilities (n_phase, count) of ``phases`` from sample ``first`` on; None where there are none."""
        if record not in self._places or not self._path.is_file():
            return None
        at, length, _ = self._places[record]
        first = max(first, 0)
        count = max(min(length - first, length if count is None else count), 0)
        n = len(self.phases)
        values = np.fromfile(self._path, np.uint8, count * n, offset=at + first * n)
        if values.size != count * n:
            return None
        return np.ascontiguousarray(values.reshape(count, n).T).astype(np.float32) / np.float32(255.0)
