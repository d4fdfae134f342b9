"""The next records worth picking, with reasons: what a run is unsure of, unlike what has been picked."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.learning.active import choose, described
from seisgui.learning.events import Control, Progress
from seisgui.learning.picking.one_window import SURE
from seisgui.learning.picking.predict import predict_records
from seisgui.learning.picking.requests import PickPredictRequest
from seisgui.learning.picking.review_picks import outlying_records, review_steps
from seisgui.learning.picking.stored_picks import PredictedPicks, read_predicted

if TYPE_CHECKING:
    from seisgui.interpretation.picks import Picks
    from seisgui.interpretation.project import Project
    from seisgui.seismic.records import RecordSet

MOST = 1500  # records weighed against each other
UNSURE, OFF_MOVEOUT = 0.5, 1.0  # unsureness from which it is a reason; that of a pick off its shot's moveout
NOTHING = 0.4  # unsureness of a phase that was not found


@dataclass(frozen=True, slots=True)
class RecordSuggestion:
    """A record, why a pick there would teach most, and the share of all unsureness that it would take away."""

    record: str
    reasons: tuple[str, ...]
    gain: float

    def to_json(self) -> dict[str, Any]:
        return {"record": self.record, "gain": round(self.gain, 4), "reasons": list(self.reasons)}

    def __str__(self) -> str:
        return self.record


def suggest_records_steps(
    project: Project, run_id: str, count: int = 5, *, dataset: str | None = None, pick_set: str | None = None
) -> Generator[Any, None, list[RecordSuggestion]]:
    """Rank records without a person's pick; those not yet predicted by the run are predicted first.

    Raises ``InputError`` where ``count`` is not positive or every record carries picks.
    """
    if count < 1:
        raise InputError(f"{count} suggestions cannot be made.", "Ask for one or more.")
    target = project.gather_set(dataset or project.run(run_id).dataset_id or None)
    records = project.open_records(target.id)
    found = read_predicted(project, run_id, target.id)
    if found is None:
        found = yield from predict_records(project, PickPredictRequest(project.path, run_id, target.id), Control())
    sets = project.pick_sets(target.id)
    picks = project.picks(pick_set, target.id) if sets or pick_set else None
    picked = {pick.record for pick in picks.all() if pick.provenance in SURE} if picks is not None else set()
    names = _looked_at(list(found.looked), picked)
    if all(name in picked for name in names):
        raise InputError("Every record carries picks already.", "Correct what the run proposes.")
    off = yield from _off_moveout(project, run_id, picks)
    return _ranked(records, found, names, picked, off, count)


def _looked_at(names: Sequence[str], picked: set[str]) -> list[str]:
    """At most some records: all picked ones that fit, and an even share of the others."""
    known = [name for name in names if name in picked][: MOST // 2]
    free = [name for name in names if name not in picked]
    step = max(1, -(-len(free) // (MOST - len(known))))
    return [*known, *free[::step]]


def _off_moveout(project: Project, run_id: str, picks: Picks | None) -> Generator[Progress, None, set[str]]:
    """Records with a pick off the moveout, where the data know offsets."""
    if picks is None:
        return set()
    try:
        review = yield from review_steps(project, run_id, picks)
    except InputError:
        return set()  # without offsets there is no moveout
    return outlying_records(review.groups)


def _ranked(
    records: RecordSet, found: PredictedPicks, names: list[str], picked: set[str], off: set[str], count: int
) -> list[RecordSuggestion]:
    best = {(pick.record, pick.phase): pick for pick in sorted(found.picks, key=lambda pick: pick.probability)}
    rows = np.array([records.table.index_of(name) for name in names], np.int64)
    unsure = np.array([[_unsureness(best.get((name, phase))) for phase in found.phases] for name in names])
    whole = unsure.mean(axis=1)
    whole[[place for place, name in enumerate(names) if name in off]] = OFF_MOVEOUT
    looks = np.array([[_looks(best.get((name, phase))) for phase in found.phases] for name in names])
    space = described(looks.reshape(len(names), -1), _places(records, rows))
    known = [place for place, name in enumerate(names) if name in picked]
    free = [place for place, name in enumerate(names) if name not in picked]
    stations = {records.table.station_of(int(rows[place])) for place in known}
    suggestions = []
    for choice in choose(space, whole, known, free, count):
        name, index = names[choice.index], int(rows[choice.index])
        reasons = [
            f"{phase} is unsure (probability {best[name, phase].probability:.2f})"
            if (name, phase) in best
            else f"no {phase} was found"
            for phase, value in zip(found.phases, unsure[choice.index], strict=True)
            if value >= (UNSURE if (name, phase) in best else NOTHING)
        ]
        if name in off:
            reasons.insert(0, "a pick lies off the moveout of its shot")
        if known and records.table.station_of(index) not in stations:
            reasons.append(f"nothing of {records.table.station_of(index)} is picked yet")
        suggestions.append(
            RecordSuggestion(name, tuple(reasons) or ("it stands for many records like it",), choice.gain)
        )
    return suggestions


def _unsureness(pick: Any) -> float:
    return NOTHING if pick is None else 1.0 - abs(2.0 * pick.probability - 1.0)


def _looks(pick: Any) -> tuple[float, float, float]:
    return (0.0, 0.0, 0.0) if pick is None else (pick.time, pick.probability, pick.uncertainty)


def _places(records: RecordSet, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Gather, station and offset (n, 3) of records, as places."""
    table = records.table
    offset = np.nan_to_num(table.offset[rows], nan=0.0)
    return np.stack([table.gather[rows], table.station[rows], offset], axis=1).astype(np.float64)
