"""Scores of a run's picks against labels that its training did not see."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seisgui.errors import InputError
from seisgui.interpretation.pick_exchange import read_pick_file
from seisgui.learning.events import Control, PicksStored
from seisgui.learning.picking.one_window import SURE
from seisgui.learning.picking.predict import Event, predict_records
from seisgui.learning.picking.requests import PickPredictRequest
from seisgui.learning.picking.scores import TOLERANCE_S, shares_within, tally, tally_maxima
from seisgui.learning.picking.stored_picks import PredictedPicks, read_predicted
from seisgui.seismic.records import open_records

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord
    from seisgui.seismic.records import RecordSet

RECORD_FILES = (".npz", ".sgy", ".segy", ".su", ".hdf5", ".h5")
SAMPLES = (1, 3, 5)  # shares of labels with a pick that near are told too


@dataclass(frozen=True)
class Labels:
    """Times (s after the first sample) by phase and record; every record that counts is a key of ``records``."""

    records: frozenset[str]
    times: dict[str, dict[str, list[float]]]
    source: str

    def of(self, phase: str, record: str) -> list[float]:
        return self.times.get(phase, {}).get(record, [])


def score_picks_steps(
    project: Project,
    run_id: str,
    labels: Path | None = None,
    *,
    dataset: str | None = None,
    pick_set: str | None = None,
    tolerance: float = TOLERANCE_S,
    device: str | None = None,
) -> Generator[Event | PicksStored, None, dict[str, Any]]:
    """Score what a run has picked (records that it has not, it picks first), phase by phase.

    ``labels`` is a file of records with picks or of picks; None: the pick set of the project, picked by people.
    Records that the run learned from are left out and counted. Times are compared at the samples of the records, as
    people pick on samples. Returns ``{"scores": {"P": {...}, "S": {...}, "tolerance"}, ...}``; ``InputError`` where
    nothing is left to score.
    """
    if not tolerance > 0.0:
        raise InputError(f"A tolerance of {tolerance:g} s leaves no pick right.", "Give seconds above zero.")
    record = project.run(run_id)
    target = project.gather_set(dataset or record.dataset_id or None)
    records = project.open_records(target.id)
    known = read_labels(project, target.id, records, labels, pick_set)
    found = read_predicted(project, run_id, target.id)
    if found is None:
        found = yield from predict_records(
            project, PickPredictRequest(project.path, run_id, target.id, device=device), Control()
        )
    learned = trained_records(record) if target.id == record.dataset_id else frozenset()
    counted = {name for name in known.records if name in found.looked} - learned
    if not counted:
        raise InputError(
            f"No record with a label of {known.source} was predicted and unseen by the training: nothing to score.",
            "Score other records, or predict them first.",
        )
    scores, other, not_scored = score_phases(found, known, counted, records, tolerance)
    return {
        "scores": {**scores, "tolerance": tolerance},
        "other_count": other,
        "not_scored": not_scored,
        "tolerance": tolerance,
        "records": len(counted),
        "dropped": len(known.records & learned),
        "run": run_id,
        "network": record.network,
        "dataset": target.id,
        "labels": known.source,
        **{name: found.settings.get(name) for name in ("windows", "seed", "threshold", "step", "track")},
    }


def score_phases(
    found: PredictedPicks, known: Labels, counted: set[str], records: RecordSet, tolerance: float
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Scores by phase, by the other count, and the phases of which there is no label."""
    rate = {name: float(records.table.rate[records.table.index_of(name) or 0]) for name in counted}
    scores, other, not_scored = {}, {}, []
    for phase in found.phases:
        true = {}
        for name in sorted(counted):
            first, last = found.looked[name]
            true[name] = [time for time in known.of(phase, name) if first <= time <= last]
        if not any(true.values()):
            not_scored.append(phase)
            continue
        picks: dict[str, list[tuple[float, float]]] = {}
        for pick in found.picks:
            if pick.phase == phase and pick.record in true:
                at = round(pick.time * rate[pick.record]) / rate[pick.record]
                picks.setdefault(pick.record, []).append((at, pick.probability))
        times = {name: [time for time, _ in each] for name, each in picks.items()}
        empty = [name for name, each in true.items() if not each]
        scores[phase] = {
            **tally(true, times, tolerance).to_json(),
            "within": {str(n): shares_within(true, times, n, rate) for n in SAMPLES},
            "empty_picked": sum(name in times for name in empty) / len(empty) if empty else None,
        }
        other[phase] = tally_maxima(true, picks, tolerance).to_json()
    return scores, other, not_scored


def trained_records(record: RunRecord) -> frozenset[str]:
    """Ids of the records that a run learned from."""
    return frozenset(str(name) for name in record.split.get("training_records", ()))


def read_labels(
    project: Project, dataset_id: str, records: RecordSet, path: Path | None, pick_set: str | None = None
) -> Labels:
    """Labels of a file, or of a pick set of the project, by the ids of the dataset's records."""
    if path is None:
        return _own_labels(project, dataset_id, pick_set)
    if not path.exists():
        raise InputError(f"{path} does not exist.")
    if path.is_dir() or path.suffix.lower() in RECORD_FILES:
        return _labels_of_records(path, records)
    return _labels_of_picks(path, records)


def _own_labels(project: Project, dataset_id: str, pick_set: str | None) -> Labels:
    picks = [pick for pick in project.picks(pick_set, dataset_id).all() if pick.provenance in SURE]
    if not picks:
        raise InputError("Nobody has picked here.", "Pick some arrivals, or name a file: --labels FILE.")
    return _labels(((pick.record, pick.phase, pick.time) for pick in picks), None, "the pick set")


def _labels_of_records(path: Path, records: RecordSet) -> Labels:
    theirs = open_records([path])
    try:
        names = [theirs.table.id_of(index) for index in range(len(theirs.table))]
        if not theirs.known_picks:
            raise InputError(
                f"{path.name} holds records, but no picks.", "Name a file with p and s, or a CSV of picks."
            )
        ours = {name: name for name in names if records.table.index_of(name) is not None}
        if not ours and len(names) == len(records.table):
            ours = {name: records.table.id_of(index) for index, name in enumerate(names)}
        if not ours:
            raise InputError(
                f"None of the {len(names)} records of {path.name} is one of {records.name}.",
                "Name the labels of the records that were predicted.",
            )
        told = [
            (
                ours[pick.record_id],
                pick.phase,
                pick.time * _clock(theirs, pick.record_id, records, ours[pick.record_id]),
            )
            for pick in theirs.known_picks
            if pick.record_id in ours
        ]
        return _labels(told, frozenset(ours.values()), path.name)
    finally:
        theirs.close()


def _clock(theirs: RecordSet, name: str, records: RecordSet, own: str) -> float:
    """Seconds of ours for one of theirs: a file without a rate may have been given another one when it was added."""
    there, here = theirs.table.index_of(name), records.table.index_of(own)
    if there is None or here is None or theirs.table.n_samples[there] != records.table.n_samples[here]:
        return 1.0
    return float(theirs.table.rate[there] / records.table.rate[here])


def _labels_of_picks(path: Path, records: RecordSet) -> Labels:
    picks = read_pick_file(path, records).matched.picks
    return _labels(((pick.record, pick.phase, pick.time) for pick in picks), None, path.name)


def _labels(told: Any, names: frozenset[str] | None, source: str) -> Labels:
    times: dict[str, dict[str, list[float]]] = {}
    for record, phase, time in told:
        times.setdefault(phase, {}).setdefault(record, []).append(float(time))
    everywhere = frozenset(record for each in times.values() for record in each)
    return Labels(everywhere if names is None else names, times, source)
