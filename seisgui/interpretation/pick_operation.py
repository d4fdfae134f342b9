"""One pick, the journal's operation on picks, and their rows in the project file."""

from __future__ import annotations

import json
import math
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.edits import Document

POLARITIES = ("", "up", "down")
PROVENANCES = ("manual", "automatic", "accepted", "imported", "rejected")


@dataclass(frozen=True, slots=True)
class Pick:
    """An arrival on one record; ``id`` 0 means that it is in no pick set yet."""

    id: int
    record: str  # as the record table names it
    phase: str  # P, S or any other name
    time: float  # s after the first sample of the record
    uncertainty: float | None = None  # s, one standard deviation
    polarity: str = ""  # '' | up | down
    provenance: str = "manual"  # manual | automatic | accepted | imported | rejected
    probability: float | None = None
    run_id: str | None = None
    method: str = ""
    weight: float = 1.0


COLUMNS = tuple(field.name for field in fields(Pick))


def require_valid(pick: Pick) -> None:
    """Raise ``InputError`` where a pick says something impossible."""
    who = f"The {pick.phase or 'nameless'} pick on {pick.record}"
    if not pick.phase.strip() or not pick.record:
        raise InputError(f"{who} lacks a phase or a record.", "Name the phase, for example P or S.")
    if not math.isfinite(pick.time):
        raise InputError(f"{who} has no finite time.", "Give seconds after the first sample.")
    if pick.uncertainty is not None and not 0.0 <= pick.uncertainty < math.inf:
        raise InputError(f"{who} has the uncertainty {pick.uncertainty!r}.", "Give seconds, zero or more.")
    if pick.probability is not None and not 0.0 <= pick.probability <= 1.0:
        raise InputError(f"{who} has the probability {pick.probability!r}.", "Give a number from 0 to 1.")
    if not 0.0 <= pick.weight < math.inf:
        raise InputError(f"{who} has the weight {pick.weight!r}.", "Give a number, zero or more.")
    for word, choices in ((pick.polarity, POLARITIES), (pick.provenance, PROVENANCES)):
        if word not in choices:
            raise InputError(f"{who} is marked {word!r}.", f"Choose one of {', '.join(filter(None, choices))}.")


@dataclass(frozen=True, slots=True)
class PickOperation:
    """Picks set, changed or deleted: those of ``before`` give way to those of ``after``, told apart by id."""

    kind: ClassVar[str] = "picks"
    label_set_id: str  # the pick set
    before: tuple[Pick, ...]
    after: tuple[Pick, ...]

    @property
    def voxels(self) -> int:
        """Number of picks touched, what the journal weighs an edit by."""
        return len(self.before) + len(self.after)

    @property
    def records(self) -> frozenset[str]:
        """Records on which something changed."""
        return frozenset(pick.record for pick in (*self.before, *self.after))

    @property
    def added(self) -> tuple[Pick, ...]:
        """Picks that were not there before, in the order in which they were given."""
        known = {pick.id for pick in self.before}
        return tuple(pick for pick in self.after if pick.id not in known)

    def apply(self, document: Document, forward: bool) -> None:
        document.set_picks(self.label_set_id, *self.sides(forward))

    def sides(self, forward: bool) -> tuple[tuple[Pick, ...], tuple[Pick, ...]]:
        """Picks that go, picks that come."""
        return (self.before, self.after) if forward else (self.after, self.before)

    def header(self) -> dict[str, Any]:
        return {"kind": self.kind, "label_set": self.label_set_id, "columns": list(COLUMNS)}

    def chunks(self) -> Iterator[bytes]:
        for picks in (self.before, self.after):
            yield zlib.compress(json.dumps([astuple(pick) for pick in picks]).encode(), 1)

    @classmethod
    def decode(cls, header: dict[str, Any], chunks: Iterator[bytes]) -> PickOperation:
        columns = header["columns"]
        before, after = (
            tuple(Pick(**dict(zip(columns, row, strict=True))) for row in json.loads(zlib.decompress(next(chunks))))
            for _ in range(2)
        )
        return cls(header["label_set"], before, after)


def write_picks(connection: sqlite3.Connection, operation: PickOperation, *, forward: bool) -> None:
    """Rows of the picks that an operation touches, as they are after it (or, backwards, before it)."""
    gone, come = operation.sides(forward)
    kept = {pick.id for pick in come}
    key = operation.label_set_id
    connection.executemany(
        "DELETE FROM picks WHERE pick_set_id = ? AND id = ?", [(key, pick.id) for pick in gone if pick.id not in kept]
    )
    marks = ", ".join("?" * (len(COLUMNS) + 1))
    connection.executemany(
        f"INSERT OR REPLACE INTO picks (pick_set_id, {', '.join(COLUMNS)}) VALUES ({marks})",  # noqa: S608
        ((key, *astuple(pick)) for pick in come),
    )
    free = max((pick.id for pick in operation.after), default=0) + 1
    connection.execute("UPDATE pick_sets SET next_pick_id = MAX(next_pick_id, ?) WHERE id = ?", (free, key))


def read_picks(connection: sqlite3.Connection, pick_set_id: str) -> Iterator[Pick]:
    """All picks of a set as they stand on disk, the oldest first."""
    query = f"SELECT {', '.join(COLUMNS)} FROM picks WHERE pick_set_id = ? ORDER BY id"  # noqa: S608
    for row in connection.execute(query, (pick_set_id,)):
        yield Pick(*row)
