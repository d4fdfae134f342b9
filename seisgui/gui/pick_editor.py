"""What a hand does to picks, as edits of the journal: one gesture or key, one undo step. Qt-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seisgui.errors import InputError
from seisgui.gui.pick_book import PickBook, Standing
from seisgui.interpretation.edits import Edit
from seisgui.interpretation.picks import Pick, Picks

DIGITS = 7  # after the point of a time in s


class PickEditor:
    """Edits of the pick set of a book; each returns the key of what the hand holds afterwards."""

    def __init__(self, book: PickBook) -> None:
        self._book = book

    @property
    def picks(self) -> Picks:
        """The pick set; ``InputError`` where none is open."""
        if self._book.picks is None:
            raise InputError("There is nothing to pick on.", "Open gathers in a project that can be written.")
        return self._book.picks

    def hold(self, record: str, time: float) -> float:
        """The time held to the record, without needless digits."""
        table = self._book.table
        index = table.index_of(record) if table is not None else None
        end = (int(table.n_samples[index]) - 1) / float(table.rate[index]) if index is not None else time
        return round(min(max(time, 0.0), end), DIGITS)

    def set_many(self, places: Sequence[tuple[str, float]], phase: str) -> int | None:
        """Set a phase at (record, time) places; where a record takes one pick of a phase, that one moves."""
        add, change = [], []
        for record, time in places:
            at = self.hold(record, time)
            present = [one for one in self.picks.of(record) if one.phase == phase] if self._book.one_each else []
            if present:
                nearest = min(present, key=lambda one: abs(one.time - at))
                change.append(by_hand(nearest, at))
            else:
                add.append(Pick(0, record, phase, at))
        count = len(add) + len(change)
        text = f"{'Pick' if add else 'Move'} {phase}" + (f" on {count:,} traces" if count > 1 else "")
        edit = self.picks.edit(text, add=add, change=change)
        return new_key(edit) if add else (change[0].id if change else None)

    def move(self, standing: Standing, time: float) -> int | None:
        """Put a pick elsewhere; a proposal that is moved becomes a pick set by hand."""
        pick = standing.pick
        at = self.hold(pick.record, time)
        if standing.key > 0:
            self.picks.edit(f"Move {pick.phase}", change=[by_hand(pick, at)])
            return standing.key
        add = [Pick(0, pick.record, pick.phase, at)]
        if not self._book.one_each and abs(at - pick.time) > self._book.near(pick.record):
            add.append(refused(pick))  # or it would come back
        return new_key(self.picks.edit(f"Move {pick.phase}", add=add))

    def change(self, standing: Standing, text: str, **values: object) -> int | None:
        """Say more of a pick (``uncertainty``, ``polarity``); a proposal is accepted by that."""
        pick = replace(standing.pick, **values)
        if standing.key > 0:
            self.picks.edit(text, change=[pick])
            return standing.key
        return new_key(self.picks.edit(text, add=[replace(pick, provenance="accepted")]))

    def delete(self, standing: Standing) -> None:
        """Take a pick away; a proposal is refused."""
        if standing.key < 0:
            self.reject([standing])
        else:
            self.picks.edit(f"Delete {standing.pick.phase}", remove=[standing.key])

    def accept(self, chosen: Sequence[Standing]) -> int | None:
        """Make proposals the interpreter's word; the key of the last one."""
        return self._decide(chosen, "accepted", "Accept")

    def reject(self, chosen: Sequence[Standing]) -> None:
        """Refuse proposals for good; ``InputError`` for a pick that somebody set."""
        for standing in chosen:
            if standing.pick.provenance in {"manual", "imported"}:
                raise InputError("Only proposals can be rejected.", "Delete takes a pick away.")
        self._decide(chosen, "rejected", "Reject")

    def _decide(self, chosen: Sequence[Standing], provenance: str, verb: str) -> int | None:
        decided = [one for one in chosen if one.pick.provenance != provenance]
        if not decided:
            return None
        add = [replace(one.pick, provenance=provenance) for one in decided if one.key < 0]
        change = [replace(one.pick, provenance=provenance) for one in decided if one.key > 0]
        what = decided[0].pick.phase if len(decided) == 1 else f"{len(decided):,} picks"
        edit = self.picks.edit(f"{verb} {what}", add=add, change=change)
        return new_key(edit) if add else change[-1].id

    def accept_above(self, threshold: float) -> int:
        """Accept all proposals of at least this probability, of several on a record the likeliest; how many."""
        best: dict[tuple[str, str, int], Standing] = {}
        for one in self._book.pending():
            if (one.pick.probability or 0.0) >= threshold:
                place = (one.pick.record, one.pick.phase, 0 if self._book.one_each else one.key)
                best[place] = one  # the list ends with the most certain
        self.accept(list(best.values()))
        return len(best)


def by_hand(pick: Pick, time: float) -> Pick:
    """The pick at another time, set by an interpreter now."""
    return replace(pick, time=time, provenance="manual", probability=None, run_id=None, method="")


def refused(pick: Pick) -> Pick:
    """The memory that somebody found no arrival there."""
    return replace(pick, id=0, provenance="rejected")


def new_key(edit: Edit | None) -> int | None:
    """Id of the first pick that an edit brought."""
    added = edit.operations[0].added if edit is not None else ()
    return added[0].id if added else None
