"""Semi-supervised review: a run's picks held against the moveout of their shot before they become pseudo-labels."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from seisgui.errors import InputError
from seisgui.interpretation.pick_operation import Pick
from seisgui.learning.events import Progress
from seisgui.learning.picking.moveout import HUBER, OUTSIDE, Moveout, fit_moveout
from seisgui.learning.picking.one_window import SURE
from seisgui.learning.picking.stored_picks import PredictedPick, read_predicted
from seisgui.seismic.records import EVENT, SHOT

if TYPE_CHECKING:
    from seisgui.interpretation.picks import Picks
    from seisgui.interpretation.project import Project
    from seisgui.seismic.records import Group, RecordSet

WEIGHT = 0.3  # of a time that the moveout gave, in training
METHOD, REPLACED = "picker", "moveout"
AUTOMATIC, ACCEPTED = "automatic", "accepted"


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """How picks are reviewed.

    ``by`` is 'shot' or 'event' (None: what the records offer), ``way`` 'huber' or 'ransac'. Picks more than
    ``outside`` robust standard deviations from the moveout are flagged; their replacements get ``weight``. Picks on
    the moveout that are at least as sure as ``accept`` are accepted at once (None: none are).
    """

    by: str | None = None
    way: str = HUBER
    outside: float = OUTSIDE
    weight: float = WEIGHT
    accept: float | None = None

    def check(self) -> None:
        """Raise ``InputError`` for values without sense."""
        if not self.outside > 0.0 or not 0.0 <= self.weight <= 1.0:
            raise InputError("Picks are flagged beyond a number above 0; replacements weigh from 0 to 1.")
        if self.accept is not None and not 0.0 <= self.accept <= 1.0:
            raise InputError(f"A probability of {self.accept:g} does not lie from 0 to 1.")


@dataclass(frozen=True, slots=True)
class ReviewedGroup:
    """One phase of one shot: how many picks, which records lie off the moveout, and how closely the rest follow it.

    ``spread`` is in s, None where there were too few picks to fit.
    """

    title: str
    phase: str
    picks: int
    spread: float | None
    outliers: tuple[str, ...]


@dataclass
class Review:
    """What came of a review; ``picks`` are not in a pick set yet."""

    groups: list[ReviewedGroup] = field(default_factory=list)
    picks: list[Pick] = field(default_factory=list)
    skipped: int = 0  # picks of records and phases where a person has picked, or refused a pick nearby

    def to_json(self) -> dict[str, Any]:
        return {
            "groups": [
                {
                    "title": group.title,
                    "phase": group.phase,
                    "picks": group.picks,
                    "spread": group.spread,
                    "outliers": list(group.outliers),
                }
                for group in self.groups
            ],
            "picks": len(self.picks),
            "accepted": sum(pick.provenance == ACCEPTED for pick in self.picks),
            "replaced": sum(pick.method == REPLACED for pick in self.picks),
            "skipped": self.skipped,
        }


def review_steps(
    project: Project, run_id: str, picks: Picks, options: ReviewOptions | None = None
) -> Generator[Progress, None, Review]:
    """Hold the stored picks of a run on the dataset of ``picks`` against the moveout of their shots.

    The surest pick of a record and phase counts. Raises ``InputError`` where the run has not picked the dataset, or
    its records have no offsets.
    """
    options = options or ReviewOptions()
    options.check()
    records = project.open_records(picks.dataset_id)
    found = read_predicted(project, run_id, picks.dataset_id)
    if found is None:
        raise InputError(f"Run {run_id} has picked nothing here yet.", f"First: seisgui predict --run {run_id}")
    groups = groups_with_offsets(records, options.by)
    surest: dict[tuple[str, str], PredictedPick] = {}
    for pick in found.picks:
        best = surest.get((pick.record, pick.phase))
        if best is None or pick.probability > best.probability:
            surest[pick.record, pick.phase] = pick
    review = Review()
    for number, group in enumerate(groups):
        for phase in found.phases:
            _review_group(review, group, phase, surest, records, picks, run_id, options)
        yield Progress(number + 1, len(groups), f"Reviewing {group.title}")
    return review


def groups_with_offsets(records: RecordSet, by: str | None) -> list[Group]:
    """Shots (or events) of records that have offsets; ``InputError`` where there are none."""
    chosen = by or next((way for way in (SHOT, EVENT) if way in records.groupings), None)
    if chosen not in records.groupings or chosen not in (SHOT, EVENT):
        raise InputError(
            f"The records of {records.name} are not grouped by {chosen or 'shot or event'}.",
            f"They are grouped by {', '.join(records.groupings)}.",
        )
    if not np.isfinite(records.table.offset).any():
        raise InputError(
            f"The records of {records.name} have no offsets, so that no moveout can be fitted.",
            "Offsets come from trace headers, or from an array 'offset' of an npz.",
        )
    return records.groups(chosen)


def _review_group(
    review: Review,
    group: Group,
    phase: str,
    surest: dict[tuple[str, str], PredictedPick],
    records: RecordSet,
    picks: Picks,
    run_id: str,
    options: ReviewOptions,
) -> None:
    table = records.table
    known = np.isfinite(table.offset[group.records])
    members = [index for index in group.records[known].tolist() if (table.id_of(index), phase) in surest]
    if not members:
        return
    told = [surest[table.id_of(index), phase] for index in members]
    # what follows the moveout is the time after the shot, not after a first sample that may differ
    delay = table.delay[members]
    moveout = fit_moveout(
        table.offset[members],
        np.array([pick.time for pick in told]) + delay,
        phase=phase,
        way=options.way,
        outside=options.outside,
        interval=1.0 / float(table.rate[members[0]]),
    )
    flagged = tuple(pick.record for place, pick in enumerate(told) if moveout is not None and moveout.outlier[place])
    spread = None if moveout is None else moveout.spread
    review.groups.append(ReviewedGroup(group.title, phase, len(members), spread, flagged))
    for place, pick in enumerate(told):
        if _settled(picks, pick):
            review.skipped += 1
        else:
            review.picks.append(_pseudo_label(pick, moveout, place, float(delay[place]), run_id, options))


def _settled(picks: Picks, pick: PredictedPick) -> bool:
    """Whether a person has picked this phase of the record, or refused this proposal."""
    standing = any(each.phase == pick.phase and each.provenance in SURE for each in picks.of(pick.record))
    near = 3.0 * max(pick.uncertainty, 0.01)
    refused = any(
        each.phase == pick.phase and abs(each.time - pick.time) <= near for each in picks.rejected(pick.record)
    )
    return standing or refused


def _pseudo_label(
    pick: PredictedPick, moveout: Moveout | None, place: int, delay: float, run_id: str, options: ReviewOptions
) -> Pick:
    if moveout is not None and moveout.outlier[place]:
        time = max(float(moveout.replaced[place]) - delay, 0.0)
        uncertainty = max(moveout.spread, pick.uncertainty)
        return Pick(
            *(0, pick.record, pick.phase, time, uncertainty),
            provenance=AUTOMATIC,
            run_id=run_id,
            method=REPLACED,
            weight=options.weight,
        )
    sure = options.accept is not None and moveout is not None and pick.probability >= options.accept
    return Pick(
        *(0, pick.record, pick.phase, pick.time, pick.uncertainty),
        provenance=ACCEPTED if sure else AUTOMATIC,
        probability=min(pick.probability, 1.0),
        run_id=run_id,
        method=METHOD,
    )


def apply_review(picks: Picks, review: Review) -> int:
    """Put the pseudo-labels into the pick set, in place of automatic ones there: one undo step; how many there are."""
    meant = {(pick.record, pick.phase) for pick in review.picks}
    old = [pick.id for pick in picks.all() if pick.provenance == AUTOMATIC and (pick.record, pick.phase) in meant]
    picks.edit(f"Review {len(review.picks):,} picks", add=review.picks, remove=old)
    return len(review.picks)


def outlying_records(groups: Iterable[ReviewedGroup]) -> set[str]:
    """Records with a pick off the moveout of their shot."""
    return {record for group in groups for record in group.outliers}
