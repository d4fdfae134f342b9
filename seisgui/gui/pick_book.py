"""What stands on records: the picks of a pick set, and the proposals of a run that nobody has decided on. Qt-free."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from psygnal import SignalGroupDescriptor

from seisgui.interpretation.picks import Pick, Picks

if TYPE_CHECKING:
    from seisgui.learning.picking.stored_picks import PredictedPick
    from seisgui.seismic.record_table import RecordTable

NEAR = 50  # samples within which a pick and a proposal are about the same arrival
AUTOMATIC = "automatic"
LONG_S = 300.0  # records from this length on may hold several arrivals of a phase


@dataclass
class Picking:
    """How the hand picks."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()
    armed: str = ""  # phase that a click sets; '' is none
    snap: bool = False  # clicks snap to the onset
    one_each: bool = True  # one pick of a phase a record
    go_on: bool = True  # after a decision go to the next proposal


@dataclass(frozen=True, slots=True)
class Standing:
    """A pick (``key`` is its id) or a proposal (``key`` is negative)."""

    key: int
    pick: Pick

    @property
    def proposed(self) -> bool:
        """Whether somebody has still to decide on it."""
        return self.pick.provenance == AUTOMATIC


@dataclass
class Proposals:
    """The picks of a run: by key, by record, and in order of certainty, the least certain first."""

    run_id: str = ""
    standing: dict[int, Standing] = field(default_factory=dict)
    by_record: dict[str, list[Standing]] = field(default_factory=dict)
    order: list[tuple[float, int]] = field(default_factory=list)

    @classmethod
    def of(cls, predicted: Iterable[PredictedPick], run_id: str) -> Proposals:
        """Made of what a run has picked; in any thread."""
        made = cls(run_id)
        for number, item in enumerate(predicted, 1):
            pick = Pick(
                0, item.record, item.phase, item.time, item.uncertainty, "", AUTOMATIC, item.probability, run_id
            )
            standing = Standing(-number, pick)
            made.standing[-number] = standing
            made.by_record.setdefault(item.record, []).append(standing)
        made.order = sorted(map(place_of, made.standing.values()))
        return made


def place_of(standing: Standing) -> tuple[float, int]:
    """Place of a proposal in the order of certainty."""
    return (standing.pick.probability or 0.0, standing.key)


@dataclass
class PickBook:
    """Picks and proposals of one dataset; views, keys and the panel ask it."""

    picks: Picks | None = None
    table: RecordTable | None = None
    one_each: bool = True
    _proposals: Proposals = field(default_factory=Proposals)
    _waits: dict[str, int] = field(default_factory=dict)  # undecided proposals by record
    _order: list[tuple[float, int]] | None = None
    _n_automatic: int = 0

    def open(self, picks: Picks | None, table: RecordTable | None) -> None:
        """Another pick set, or none; proposals go."""
        self.picks, self.table = picks, table
        if table is not None and len(table):
            longest = float((table.n_samples / table.rate).max())
            self.one_each = longest < LONG_S
        self.propose(Proposals())

    def propose(self, proposals: Proposals) -> None:
        """Take the picks of a run in place of those of another."""
        self._proposals, self._order = proposals, None
        self._waits = {record: len(found) for record, found in proposals.by_record.items()}
        self._recount(self.picks.records(rejected=True) if self.picks is not None else ())

    @property
    def run_id(self) -> str:
        """The run that proposes, '' for none."""
        return self._proposals.run_id

    # ---- asking

    def near(self, record: str) -> float:
        """Seconds within which two arrivals of a record are the same."""
        index = self.table.index_of(record) if self.table is not None else None
        return NEAR / float(self.table.rate[index]) if index is not None else 0.1

    def on(self, record: str) -> list[Standing]:
        """Everything on a record that is drawn and can be chosen."""
        own = [] if self.picks is None else [Standing(pick.id, pick) for pick in self.picks.of(record)]
        return own + self.open_proposals(record)

    def open_proposals(self, record: str) -> list[Standing]:
        """Proposals on a record that nobody has decided on."""
        proposals = self._proposals.by_record.get(record)
        if not proposals:
            return []
        decided = self._decided_on(record)
        return [one for one in proposals if not decided.covers(one.pick)]

    def marked(self, record: str) -> bool:
        """Whether anything may stand on a record; quick."""
        return record in self._proposals.by_record or (self.picks is not None and self.picks.touches(record))

    def _decided_on(self, record: str) -> Decided:
        picks = self.picks
        own, refused = (picks.of(record), picks.rejected(record)) if picks is not None else ((), ())
        return Decided(own, refused, self.near(record) if own or refused else 0.0, self.one_each)

    def get(self, key: int | None) -> Standing | None:
        """What has this key, where it still stands."""
        if key is None:
            return None
        if key < 0:
            found = self._proposals.standing.get(key)
            gone = found is None or self._decided_on(found.pick.record).covers(found.pick)
            return None if gone else found
        if self.picks is None or not self.picks.has(key):
            return None
        pick = self.picks.get(key)
        return None if pick.provenance == "rejected" else Standing(key, pick)

    def nearest(self, record: str, time: float, phase: str = "") -> Standing | None:
        """What stands nearest to a time of a record, of that phase where there is one of it."""
        standing = self.on(record)
        wanted = [one for one in standing if one.pick.phase == phase] or standing
        return min(wanted, key=lambda one: abs(one.pick.time - time), default=None)

    # ---- review

    def pending(self) -> list[Standing]:
        """All that waits for a decision, the least certain first."""
        waiting = [one for record in self._proposals.by_record for one in self.open_proposals(record)]
        return sorted([*waiting, *self._automatic()], key=place_of)

    def waiting(self) -> int:
        """How many wait for a decision."""
        own = self.picks.provenances().get(AUTOMATIC, 0) if self.picks is not None else 0
        return sum(self._waits.values()) + own

    def _automatic(self) -> list[Standing]:
        picks = [] if self.picks is None else self.picks.all()
        return [Standing(pick.id, pick) for pick in picks if pick.provenance == AUTOMATIC]

    def after(self, place: tuple[float, int] | None) -> Standing | None:
        """The next least certain one after a place in the order of certainty; from the beginning at its end."""
        order = self._sorted()
        start = bisect_right(order, place) if place is not None else 0
        for _, key in (*order[start:], *order[:start]):
            found = self.get(key)
            if found is not None and found.proposed:
                return found
        return None

    def set_one_each(self, on: bool) -> None:
        """Whether a record has one pick of a phase."""
        self.one_each = on
        self._recount(self.picks.records(rejected=True) if self.picks is not None else ())

    def _recount(self, records: Iterable[str]) -> None:
        for record in records:
            if record in self._proposals.by_record:
                self._waits[record] = len(self.open_proposals(record))

    def touched(self, records: Iterable[str]) -> None:
        """Picks of these records have changed: what waits there, and what no interpreter has seen, may be other now."""
        self._recount(records)
        if self.picks is not None and self.picks.provenances().get(AUTOMATIC, 0) != self._n_automatic:
            self._order = None

    def _sorted(self) -> list[tuple[float, int]]:
        if self._order is None:
            own = self._automatic()
            self._n_automatic = len(own)
            self._order = sorted([*self._proposals.order, *map(place_of, own)]) if own else self._proposals.order
        return self._order


class Decided:
    """What somebody has said on a record: arrivals there, and places where there is none."""

    def __init__(self, own: Sequence[Pick], refused: Sequence[Pick], near: float, one_each: bool) -> None:
        self._near = near
        self._phases = {pick.phase for pick in own} if one_each else set()
        self._times: dict[str, list[float]] = {}
        for pick in (*own, *refused):
            self._times.setdefault(pick.phase, []).append(pick.time)
        for times in self._times.values():
            times.sort()

    def covers(self, proposal: Pick) -> bool:
        """Whether a proposal is about something that is decided."""
        if proposal.phase in self._phases:
            return True
        times = self._times.get(proposal.phase, [])
        place = bisect_left(times, proposal.time - self._near)
        return place < len(times) and times[place] <= proposal.time + self._near
