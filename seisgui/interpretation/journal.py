"""The journal: every edit one transaction and one undo step, kept across restarts."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seisgui.errors import FailureError
from seisgui.interpretation.classes import Region
from seisgui.interpretation.datasets import write_layouts
from seisgui.interpretation.edits import (
    Change,
    Edit,
    LayoutOperation,
    Operation,
    decode_operations,
    edit_chunks,
    join_chunks,
)
from seisgui.interpretation.pick_operation import PickOperation, write_picks

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

log = logging.getLogger(__name__)

FOLDER = "journal"
FILE_VOXELS = 1_000_000  # larger edits keep their payload in a file beside the database
RECENT_EDITS = 128
YIELD_S = 0.0025
RECENT_VOXELS = 4_000_000


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the history; ``state`` is 'done', 'undone' or 'discarded' (undone, then painted over)."""

    id: int
    text: str
    state: str
    created: str
    voxels: int
    dataset_id: str
    label_set_id: str | None


class Journal:
    """Undo and redo of a project. ``revision`` grows with every edit, undo and redo."""

    def __init__(self, project: Project, connection: sqlite3.Connection) -> None:
        self._project = project
        self._connection = connection
        self._recent: OrderedDict[int, Edit] = OrderedDict()
        self._done: list[tuple[int, str]] = []
        self._undone: list[tuple[int, str]] = []  # next to be redone last
        self.revision = 0
        self._next_id = 1
        self.read_stacks()

    def read_stacks(self) -> None:
        """Read revision and stacks from the file."""
        self.revision = latest_revision(self._connection)
        query = "SELECT id, text FROM entries WHERE state = ? ORDER BY id"
        self._done = list(self._connection.execute(query, ("done",)))
        self._undone = list(self._connection.execute(query, ("undone",)))[::-1]
        row = self._connection.execute("SELECT COALESCE(MAX(id), 0) FROM entries").fetchone()
        self._next_id = int(row[0]) + 1

    # ---- editing

    def apply(self, edit: Edit) -> Edit:
        """Make an edit: in memory at once, on disk by the writer; views are told. Returns it with its numbers.

        Raises ``LockedError`` in a read-only project, ``FailureError`` where the project can no longer be written.
        """
        self._project.require_writable()
        numbered = edit.numbered(self._next_id, self.revision + 1)
        self._run(numbered.operations, forward=True)
        discard = bool(self._undone)
        self._undone.clear()
        self._done.append((numbered.entry_id, numbered.text))
        self._remember(numbered)
        self._next_id += 1
        folder = self._project.path / FOLDER
        self._project.submit(lambda connection: write_entry(connection, numbered, folder, discard), numbered.revision)
        self._finish(numbered, numbered.revision)
        return numbered

    def undo(self) -> Change | None:
        """Take the last edit back; None where there is none."""
        return self._step(self._done, self._undone, forward=False)

    def redo(self) -> Change | None:
        """Make the last undone edit again; None where there is none."""
        return self._step(self._undone, self._done, forward=True)

    def _step(self, origin: list[tuple[int, str]], target: list[tuple[int, str]], forward: bool) -> Change | None:
        if not origin:
            return None
        self._project.require_writable()
        entry_id = origin[-1][0]
        edit = self._edit(entry_id)
        revision = self.revision + 1
        self._run(edit.operations, forward)
        target.append(origin.pop())
        self._project.submit(lambda connection: write_step(connection, edit, revision, forward=forward), revision)
        return self._finish(edit, revision)

    def _run(self, operations: tuple[Operation, ...], forward: bool) -> None:
        # operations of one edit touch different things, so their order is the same both ways
        for operation in operations:
            operation.apply(self._project, forward)

    def _finish(self, edit: Edit, revision: int) -> Change:
        self.revision = revision
        # a busy window would keep the interpreter from the writer thread, 5 ms at every turn: let it go first
        self._project.yield_to_writer(YIELD_S)
        self._project.edited(edit, revision)
        change = edit.change(revision)
        self._project.changed.emit(change)
        return change

    # ---- what can be done

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def undo_text(self) -> str:
        """Text of the edit that undo takes back; '' where there is none."""
        return self._done[-1][1] if self._done else ""

    @property
    def redo_text(self) -> str:
        """Text of the edit that redo makes again; '' where there is none."""
        return self._undone[-1][1] if self._undone else ""

    def history(self, limit: int | None = None) -> list[HistoryEntry]:
        """The newest ``limit`` edits, oldest first, as they stand on disk."""
        self._project.wait_saved()
        query = (
            "SELECT id, text, state, created, voxels, dataset_id, label_set_id FROM entries ORDER BY id DESC LIMIT ?"
        )
        rows = self._connection.execute(query, (-1 if limit is None else limit,))
        return [HistoryEntry(*row) for row in rows][::-1]

    # ---- edits in memory and on disk

    def _remember(self, edit: Edit) -> None:
        self._recent[edit.entry_id] = edit
        total = sum(item.voxels for item in self._recent.values())
        while len(self._recent) > 1 and (len(self._recent) > RECENT_EDITS or total > RECENT_VOXELS):
            _, old = self._recent.popitem(last=False)
            total -= old.voxels

    def _edit(self, entry_id: int) -> Edit:
        edit = self._recent.get(entry_id)
        if edit is None:
            self._project.wait_saved()
            edit = read_edit(self._connection, entry_id, self._project.path / FOLDER)
            self._remember(edit)
        return edit


def latest_revision(connection: sqlite3.Connection) -> int:
    """The newest revision on disk; 0 for a new project."""
    return int(connection.execute("SELECT COALESCE(MAX(revision), 0) FROM changes").fetchone()[0])


def now() -> str:
    """The present moment in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def write_entry(connection: sqlite3.Connection, edit: Edit, folder: Path, discard: bool) -> None:
    """Rows of a new edit; large payloads go to a file that is on disk before the row points to it."""
    payload: bytes | None = None
    file_name: str | None = None
    chunks = join_chunks(edit_chunks(edit))
    if edit.voxels > FILE_VOXELS:
        file_name = write_payload(folder, edit.entry_id, chunks)
    else:
        payload = b"".join(chunks)
    created = now()
    if discard:
        connection.execute("UPDATE entries SET state = 'discarded' WHERE state = 'undone'")
    connection.execute(
        "INSERT INTO entries (id, text, dataset_id, label_set_id, operations, region, voxels, payload, payload_file, "
        "state, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'done', ?)",
        (
            edit.entry_id,
            edit.text,
            edit.dataset_id,
            edit.label_set_id,
            json.dumps([operation.header() for operation in edit.operations]),
            json.dumps(asdict(edit.region)) if edit.region else None,
            edit.voxels,
            payload,
            file_name,
            created,
        ),
    )
    connection.execute("INSERT INTO changes VALUES (?, ?, 1, ?)", (edit.revision, edit.entry_id, created))
    write_tables_of(connection, edit, forward=True)


def write_step(connection: sqlite3.Connection, edit: Edit, revision: int, *, forward: bool) -> None:
    """Rows of an undo or a redo."""
    state = "done" if forward else "undone"
    connection.execute("UPDATE entries SET state = ? WHERE id = ?", (state, edit.entry_id))
    connection.execute("INSERT INTO changes VALUES (?, ?, ?, ?)", (revision, edit.entry_id, int(forward), now()))
    write_tables_of(connection, edit, forward=forward)


def write_tables_of(connection: sqlite3.Connection, edit: Edit, *, forward: bool) -> None:
    """Axes and layouts change in the tables of datasets and volumes as well, picks in their own."""
    for operation in edit.operations:
        if isinstance(operation, LayoutOperation):
            write_layouts(connection, operation.dataset(forward))
        elif isinstance(operation, PickOperation):
            write_picks(connection, operation, forward=forward)


def write_payload(folder: Path, entry_id: int, chunks: Iterator[bytes]) -> str:
    """Write the payload of a large edit; returns its file name."""
    folder.mkdir(exist_ok=True)
    name = f"{entry_id:08d}.bin"
    partial = folder / f"{name}.part"
    with partial.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / name)
    return name


COLUMNS = "e.id, e.text, e.dataset_id, e.label_set_id, e.operations, e.region, e.payload, e.payload_file"


def read_edit(connection: sqlite3.Connection, entry_id: int, folder: Path) -> Edit:
    """One edit from disk; ``FailureError`` where its payload file is gone."""
    row = connection.execute(f"SELECT {COLUMNS} FROM entries e WHERE id = ?", (entry_id,)).fetchone()  # noqa: S608
    return edit_of(row, folder)


def edit_of(row: tuple[Any, ...], folder: Path) -> Edit:
    """An edit from its row (``COLUMNS``)."""
    entry_id, text, dataset_id, label_set_id, operations, region, payload, file_name = row
    if file_name is not None:
        try:
            payload = (folder / file_name).read_bytes()
        except OSError as error:
            raise FailureError(
                f"The edit {text!r} cannot be read: {folder / file_name} is missing.",
                "Copy the project folder again, with all its files.",
            ) from error
    decoded = decode_operations(json.loads(operations), payload or b"")
    return Edit(text, dataset_id, label_set_id, decoded, region_of(region), entry_id)


def region_of(text: str | None) -> Region | None:
    """A region from its JSON text."""
    if text is None:
        return None
    box = json.loads(text)
    return Region(tuple(box["inline"]), tuple(box["crossline"]), tuple(box["sample"]))


def newer_edits(
    connection: sqlite3.Connection, folder: Path, label_set_id: str, dataset_id: str, after: int, upto: int
) -> Iterator[tuple[Edit, bool]]:
    """Edits of one label set with revision in (after, upto], in order: the edit, and if forward."""
    query = (
        f"SELECT {COLUMNS}, c.revision, c.forward FROM changes c JOIN entries e ON e.id = c.entry_id "  # noqa: S608
        "WHERE c.revision > ? AND c.revision <= ? AND (e.label_set_id = ? OR "
        "(e.label_set_id IS NULL AND e.dataset_id = ?)) ORDER BY c.revision"
    )
    for row in connection.execute(query, (after, upto, label_set_id, dataset_id)).fetchall():
        *columns, revision, forward = row
        yield replace(edit_of(tuple(columns), folder), revision=revision), bool(forward)


def sweep_payloads(connection: sqlite3.Connection, folder: Path) -> None:
    """Remove payload files that no committed edit points to: what a crash left behind."""
    if not folder.is_dir():
        return
    known = {row[0] for row in connection.execute("SELECT payload_file FROM entries WHERE payload_file IS NOT NULL")}
    for file in folder.iterdir():
        if file.name not in known:
            log.info("removing %s, which no edit points to", file)
            file.unlink(missing_ok=True)
