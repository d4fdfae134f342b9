"""Picked arrivals of a set of gathers: one pick set an interpreter, every change an edit of the journal."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from seisgui.errors import InputError
from seisgui.interpretation.classes import LabelSetInfo
from seisgui.interpretation.edits import Change, Edit
from seisgui.interpretation.journal import FOLDER, latest_revision, newer_edits
from seisgui.interpretation.label_store import last_touch
from seisgui.interpretation.pick_operation import (
    POLARITIES,
    PROVENANCES,
    Pick,
    PickOperation,
    read_picks,
    require_valid,
)

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

__all__ = ["POLARITIES", "PROVENANCES", "Pick", "Picks"]

REJECTED = "rejected"


class Picks:
    """Picks of one pick set in memory; every change goes through the project's journal.

    Belongs to the thread that opened the project. ``revision`` is the journal revision of its last change. A rejected
    pick says where somebody found no arrival; it is no pick, and only ``rejected`` gives it.
    """

    def __init__(self, project: Project, info: LabelSetInfo, next_id: int = 1) -> None:
        self._project = project
        self.info = info
        self.id = info.id
        self.name = info.name
        self.dataset_id = info.dataset_id
        self.revision = 0
        self.seen = 0  # revision up to which the journal was read
        self._next_id = next_id
        self._picks: dict[int, Pick] = {}
        self._by_record: dict[str, dict[int, Pick]] = {}
        self._phases: Counter[str] = Counter()  # without rejected ones
        self._provenances: Counter[str] = Counter()

    # ---- reading

    def of(self, record: str) -> tuple[Pick, ...]:
        """Picks on a record in order of time, without rejected ones."""
        held = self._by_record.get(record)
        return in_order(pick for pick in held.values() if pick.provenance != REJECTED) if held else ()

    def rejected(self, record: str) -> tuple[Pick, ...]:
        """Proposals on a record that somebody refused."""
        held = self._by_record.get(record)
        return in_order(pick for pick in held.values() if pick.provenance == REJECTED) if held else ()

    def all(self, *, rejected: bool = False) -> tuple[Pick, ...]:
        """All picks in the order in which they were set; with ``rejected`` the refused ones among them."""
        return tuple(pick for pick in self._picks.values() if rejected or pick.provenance != REJECTED)

    def get(self, pick_id: int) -> Pick:
        """The pick of that id; ``InputError`` where there is none."""
        try:
            return self._picks[pick_id]
        except KeyError:
            raise InputError(f"The pick set {self.name!r} has no pick {pick_id}.", "It may be deleted.") from None

    def has(self, pick_id: int) -> bool:
        """Whether there is a pick (or a refusal) of that id."""
        return pick_id in self._picks

    def records(self, *, rejected: bool = False) -> set[str]:
        """Records that carry picks; with ``rejected`` also those where somebody refused one."""
        if rejected:
            return set(self._by_record)
        return {
            record
            for record, picks in self._by_record.items()
            if any(pick.provenance != REJECTED for pick in picks.values())
        }

    def touches(self, record: str) -> bool:
        """Whether there is a pick or a refusal on a record."""
        return record in self._by_record

    def counts(self) -> dict[str, int]:
        """Number of picks a phase."""
        return {phase: count for phase, count in self._phases.items() if count}

    def provenances(self) -> dict[str, int]:
        """Number of picks a provenance, rejected ones among them."""
        return {provenance: count for provenance, count in self._provenances.items() if count}

    def __len__(self) -> int:
        return sum(self.counts().values())

    # ---- editing

    def edit(
        self, text: str, *, add: Sequence[Pick] = (), change: Sequence[Pick] = (), remove: Iterable[int] = ()
    ) -> Edit | None:
        """Set, change (told by id) and delete picks: one transaction, one undo step. None where nothing changes.

        Added picks get ids that were never used before: ``edit.operations[0].added``. ``InputError`` for an unknown id
        or an impossible pick; nothing is changed then.
        """
        for pick in (*add, *change):
            require_valid(pick)
        gone = [self.get(pick_id) for pick_id in dict.fromkeys(remove)]
        changed = [pick for pick in change if self.get(pick.id) != pick]
        fresh = tuple(replace(pick, id=number) for number, pick in enumerate(add, self._next_id))
        before = (*gone, *(self.get(pick.id) for pick in changed))
        if len({pick.id for pick in before}) < len(before):
            raise InputError("A pick cannot be changed twice in one step.", "Name every pick once.")
        if not before and not fresh:
            return None
        operation = PickOperation(self.id, before, (*changed, *fresh))
        return self._project.journal.apply(Edit(text, self.dataset_id, self.id, (operation,)))

    # ---- what the journal calls

    def exchange(self, gone: Sequence[Pick], come: Sequence[Pick]) -> None:
        """Take picks out and put others in, without a journal entry."""
        for pick in gone:
            self._count(pick, -1)
            self._picks.pop(pick.id, None)
            held = self._by_record.get(pick.record, {})
            held.pop(pick.id, None)
            if not held:
                self._by_record.pop(pick.record, None)
        for pick in come:
            self._count(pick, 1)
            self._picks[pick.id] = pick
            self._by_record.setdefault(pick.record, {})[pick.id] = pick
            self._next_id = max(self._next_id, pick.id + 1)

    def _count(self, pick: Pick, by: int) -> None:
        self._provenances[pick.provenance] += by
        self._phases[pick.phase] += by if pick.provenance != REJECTED else 0

    def catch_up(self, revision: int | None = None) -> list[Change]:
        """In a read-only project: apply journal rows newer than those seen, up to ``revision``; what changed."""
        if not self._project.read_only:
            return []
        self._project.wait_for_revision(revision)
        with self._project.reading() as connection:
            newest = latest_revision(connection)
            upto = newest if revision is None else min(revision, newest)
            return [] if upto <= self.seen else self._walk(connection, upto)

    def _walk(self, connection: sqlite3.Connection, upto: int) -> list[Change]:
        folder = self._project.path / FOLDER
        changes = []
        for edit, forward in newer_edits(connection, folder, self.id, self.dataset_id, self.seen, upto):
            self._perform(edit, forward)
            self.revision = edit.revision
            changes.append(edit.change(edit.revision))
        self.seen = upto
        return changes

    def roll_back(self, connection: sqlite3.Connection, revision: int) -> None:
        """Go back to an earlier revision by the journal (read-only projects)."""
        folder = self._project.path / FOLDER
        rows = list(newer_edits(connection, folder, self.id, self.dataset_id, revision, self.seen))
        for edit, forward in reversed(rows):
            self._perform(edit, not forward)
        self.seen = revision
        self.revision = last_touch(connection, self.info, revision)

    def _perform(self, edit: Edit, forward: bool) -> None:
        for operation in edit.operations:
            if isinstance(operation, PickOperation) and operation.label_set_id == self.id:
                self.exchange(*operation.sides(forward))


def in_order(picks: Iterable[Pick]) -> tuple[Pick, ...]:
    """Picks by time, then by phase."""
    return tuple(sorted(picks, key=lambda pick: (pick.time, pick.phase, pick.id)))


def load_picks(project: Project, connection: sqlite3.Connection, info: LabelSetInfo) -> Picks:
    """A pick set as it stands on disk."""
    connection.execute("BEGIN")
    try:
        row = connection.execute("SELECT next_pick_id FROM pick_sets WHERE id = ?", (info.id,)).fetchone()
        picks = Picks(project, info, int(row[0]))
        picks.exchange((), tuple(read_picks(connection, info.id)))
        picks.seen = latest_revision(connection)
        picks.revision = last_touch(connection, info, picks.seen)
    finally:
        connection.execute("COMMIT")
    return picks


def read_pick_sets(connection: sqlite3.Connection, dataset_id: str | None) -> list[LabelSetInfo]:
    """Pick sets of a dataset, or of all, in the order in which they were made."""
    query = "SELECT id, name, author, dataset_id FROM pick_sets WHERE ? IS NULL OR dataset_id = ? ORDER BY position"
    return [LabelSetInfo(*row) for row in connection.execute(query, (dataset_id, dataset_id))]


def insert_pick_set(connection: sqlite3.Connection, info: LabelSetInfo) -> None:
    """Row of a new pick set."""
    connection.execute(
        "INSERT INTO pick_sets VALUES (?, ?, ?, ?, 1, (SELECT COALESCE(MAX(position), 0) + 1 FROM pick_sets))",
        (info.id, info.dataset_id, info.name, info.author),
    )
