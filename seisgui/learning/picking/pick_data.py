"""What a picker learns from: records, picks with their weights, and which of them score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from seisgui.errors import InputError
from seisgui.learning.picking.pick_recipe import PickRecipe
from seisgui.learning.picking.split import PickSplit, split_records
from seisgui.learning.requests import TrainRequest
from seisgui.seismic.records import RecordSet

if TYPE_CHECKING:
    from seisgui.interpretation.picks import Pick, Picks
    from seisgui.interpretation.project import Project

NOISE = "N"
HUMAN = ("manual", "imported")  # the only picks that score
FEW_RECORDS = 5


@dataclass(frozen=True, slots=True)
class PickedRecord:
    """A record and what is known of it: times (s after its first sample) a phase.

    ``weight`` is that of its windows. ``standing`` tells whether all its picks are a person's or imported: only such
    records score. ``empty`` says that it was looked at and has no arrival.
    """

    index: int
    times: dict[str, tuple[float, ...]] = field(default_factory=dict)
    weight: float = 1.0
    standing: bool = True
    empty: bool = False

    @property
    def first(self) -> float | None:
        """Time of the first arrival."""
        return min((time for times in self.times.values() for time in times), default=None)

    @property
    def last(self) -> float | None:
        """Time of the last arrival."""
        return max((time for times in self.times.values() for time in times), default=None)


@dataclass(frozen=True)
class PickData:
    """One snapshot of everything that the training of a picker reads."""

    dataset_id: str
    pick_set_id: str
    revision: int
    records: RecordSet
    picked: dict[int, PickedRecord]
    split: PickSplit
    phases: tuple[str, ...]  # noise first, then those that are picked on training records, in order of their letters
    notices: tuple[str, ...]

    @property
    def training(self) -> list[PickedRecord]:
        return [self.picked[index] for index in self.split.training]

    @property
    def held_out(self) -> list[PickedRecord]:
        """Records that score: held out, with picks of people only."""
        return [self.picked[index] for index in self.split.held_out if self.picked[index].standing]


def prepare_picks(project: Project, request: TrainRequest, records: RecordSet, recipe: PickRecipe) -> PickData:
    """Read the picks once and split them; ``InputError`` where there is nothing to learn from."""
    dataset = project.gather_set(request.dataset_id)
    picks = project.picks(request.label_set_id, dataset.id)
    if request.label_revision is not None and picks.revision < request.label_revision:
        picks.catch_up(request.label_revision)
    return read_pick_data(records, picks, request, recipe)


def read_pick_data(records: RecordSet, picks: Picks, request: TrainRequest, recipe: PickRecipe) -> PickData:
    """The picks as they stand now, split."""
    picked = picked_records(records, picks, recipe)
    labelled = sorted(picked)
    if not any(each.times for each in picked.values()):
        raise InputError("There are no picks to train on.", "Pick a few arrivals, or import picks.")
    split = split_records(records, labelled, request.hold_out_groups, request.split, request.seed)
    training = [picked[index] for index in split.training]
    phases = tuple(sorted({phase for each in training for phase in each.times}))
    if not phases:
        raise InputError("No record that trains has a pick.", "Hold out fewer records, or pick more.")
    return PickData(
        dataset_id=picks.dataset_id,
        pick_set_id=picks.id,
        revision=picks.revision,
        records=records,
        picked=picked,
        split=split,
        phases=(NOISE, *phases),
        notices=tuple(_notices(split, training)),
    )


def picked_records(records: RecordSet, picks: Picks, recipe: PickRecipe) -> dict[int, PickedRecord]:
    """Records that something is known of, by index; picks of records that are gone are left out."""
    found: dict[int, PickedRecord] = {}
    for record_id in picks.records():
        index = records.table.index_of(record_id)
        if index is not None:
            found[index] = _picked(index, picks.of(record_id), recipe)
    for index in _empty_records(records, picks, found, recipe):
        found[index] = PickedRecord(index, empty=True)
    return found


def _picked(index: int, picks: Sequence[Pick], recipe: PickRecipe) -> PickedRecord:
    times: dict[str, tuple[float, ...]] = {}
    for pick in picks:
        times[pick.phase] = (*times.get(pick.phase, ()), pick.time)
    weight = min(_weight(pick, recipe) for pick in picks)
    return PickedRecord(index, times, weight, all(pick.provenance in HUMAN for pick in picks))


def _weight(pick: Pick, recipe: PickRecipe) -> float:
    share = {"accepted": recipe.accepted_weight, "automatic": recipe.automatic_weight}.get(pick.provenance, 1.0)
    return share * pick.weight


def _empty_records(records: RecordSet, picks: Picks, found: dict[int, PickedRecord], recipe: PickRecipe) -> list[int]:
    """Unpicked records of gathers that were looked at whole: imported picks come from finished gathers."""
    if recipe.empties == "no" or not found:
        return []
    table = records.table
    picked = np.array(sorted(found), dtype=np.int64)
    if recipe.empties == "auto":
        ids = [table.id_of(index) for index in picked.tolist()]
        imported = [any(pick.provenance == "imported" for pick in picks.of(record)) for record in ids]
        picked = picked[np.array(imported, dtype=bool)]
    beside = np.flatnonzero(np.isin(table.gather, np.unique(table.gather[picked])))
    return [index for index in beside.tolist() if index not in found]


def _notices(split: PickSplit, training: Sequence[PickedRecord]) -> list[str]:
    sentences = [] if split.scored and split.kind == "blocked" else [split.sentence]
    count = sum(bool(each.times) for each in training)
    if count < FEW_RECORDS:
        sentences.append(f"only {count} {'record has' if count == 1 else 'records have'} picks to train on")
    return sentences
