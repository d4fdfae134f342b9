"""Label sets on disk: reading them, replaying the journal on top, writing changed bricks back."""

from __future__ import annotations

import json
import logging
import sqlite3
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seisgui.errors import InputError
from seisgui.interpretation.bricks import Key, Lattice, Packed, pack_brick, unpack_brick
from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.datasets import read_datasets
from seisgui.interpretation.edits import Change, ClassOperation, Edit, LayoutOperation, StoreOperation, VoxelOperation
from seisgui.interpretation.facies import FaciesLabels, LabelSetInfo
from seisgui.interpretation.journal import FOLDER, latest_revision, newer_edits

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

log = logging.getLogger(__name__)


def read_label_sets(connection: sqlite3.Connection, dataset_id: str | None) -> list[LabelSetInfo]:
    """Label sets of a dataset, or of all."""
    query = "SELECT id, name, author, dataset_id FROM label_sets WHERE ? IS NULL OR dataset_id = ? ORDER BY position"
    return [LabelSetInfo(*row) for row in connection.execute(query, (dataset_id, dataset_id))]


def insert_label_set(
    connection: sqlite3.Connection, info: LabelSetInfo, lattice: Lattice, classes: tuple[FaciesClass, ...] = ()
) -> None:
    """Row of a new label set and the classes it begins with; nothing before this moment concerns it."""
    listed = json.dumps([item.to_json() for item in classes])
    free = max((item.id for item in classes), default=-1) + 1
    connection.execute(
        "INSERT INTO label_sets VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(revision), 0) FROM changes), "
        "(SELECT COALESCE(MAX(position), 0) + 1 FROM label_sets))",
        (info.id, info.dataset_id, info.name, info.author, json.dumps(lattice.to_json()), listed, free),
    )


def load_labels(project: Project, connection: sqlite3.Connection, info: LabelSetInfo) -> FaciesLabels:
    """A label set as it stands on disk: its bricks, and the journal replayed on top of them."""
    connection.execute("BEGIN")
    try:
        row = connection.execute(
            "SELECT lattice, classes, next_class_id, flushed_revision FROM label_sets WHERE id = ?", (info.id,)
        ).fetchone()
        labels = FaciesLabels(project, info, Lattice(**json.loads(row[0])))
        flushed = int(row[3])
        labels.take_classes(tuple(FaciesClass.from_json(item) for item in json.loads(row[1])))
        try:
            labels.store.bricks = read_bricks(connection, info.id)
        except (zlib.error, ValueError):
            # the journal alone tells the same story, only more slowly
            log.warning("bricks of %s are damaged; its labels are rebuilt from the journal", info.name)
            flushed = 0
        labels.next_class_id = max(labels.next_class_id, int(row[2]))
        labels.revision = labels.flushed = last_touch(connection, info, flushed)
        upto = latest_revision(connection)
        replay(labels, connection, flushed, upto)
        axes = next(item.axes for item in read_datasets(connection) if item.id == info.dataset_id)
    finally:
        connection.execute("COMMIT")
    if axes is None:
        raise InputError(f"{info.dataset_id!r} holds gathers; facies labels need sections.", "Choose a survey.")
    labels.set_axes(axes)
    labels.seen = upto
    return labels


def read_bricks(connection: sqlite3.Connection, label_set_id: str) -> dict[Key, Packed]:
    """All bricks of a label set; ``zlib.error`` or ``ValueError`` where one is damaged."""
    query = "SELECT i, x, z, data FROM bricks WHERE label_set_id = ?"
    return {(i, x, z): unpack_brick(data) for i, x, z, data in connection.execute(query, (label_set_id,))}


def last_touch(connection: sqlite3.Connection, info: LabelSetInfo, upto: int) -> int:
    """The newest revision up to ``upto`` that changed this label set."""
    row = connection.execute(
        "SELECT COALESCE(MAX(c.revision), 0) FROM changes c JOIN entries e ON e.id = c.entry_id "
        "WHERE c.revision <= ? AND (e.label_set_id = ? OR (e.label_set_id IS NULL AND e.dataset_id = ?))",
        (upto, info.id, info.dataset_id),
    ).fetchone()
    return int(row[0])


def replay(labels: FaciesLabels, connection: sqlite3.Connection, after: int, upto: int) -> list[tuple[Edit, bool]]:
    """Apply journal rows with revision in (after, upto]; returns them."""
    folder = labels.project_path / FOLDER
    rows = list(newer_edits(connection, folder, labels.id, labels.dataset_id, after, upto))
    for edit, forward in rows:
        perform(labels, edit, forward)
        labels.revision = edit.revision
    return rows


def perform(labels: FaciesLabels, edit: Edit, forward: bool) -> None:
    """What one edit does to one label set."""
    for operation in edit.operations:
        if isinstance(operation, LayoutOperation) or operation.label_set_id != labels.id:
            continue
        if isinstance(operation, VoxelOperation):
            labels.write_patches(operation.patches, forward)
        elif isinstance(operation, ClassOperation):
            labels.take_classes(operation.after if forward else operation.before)
        elif isinstance(operation, StoreOperation):
            labels.replace_store(*operation.side(forward))


def catch_up(labels: FaciesLabels, connection: sqlite3.Connection, revision: int | None) -> list[Change]:
    """Bring labels up to ``revision`` (None: the newest); what changed, in order."""
    newest = latest_revision(connection)
    upto = newest if revision is None else min(revision, newest)
    if upto <= labels.seen:
        return []
    rows = replay(labels, connection, labels.seen, upto)
    labels.seen = upto
    if any(isinstance(operation, LayoutOperation) for edit, _ in rows for operation in edit.operations):
        show_dataset_as_of(labels, rows)
    return [edit.change(edit.revision) for edit, _ in rows]


def show_dataset_as_of(labels: FaciesLabels, rows: list[tuple[Edit, bool]]) -> None:
    """After a corrected layout: the axes that the last of ``rows`` left."""
    for edit, forward in rows:
        for operation in edit.operations:
            if isinstance(operation, LayoutOperation):
                labels.project.set_dataset(operation.dataset(forward))


def roll_back(labels: FaciesLabels, connection: sqlite3.Connection, revision: int) -> None:
    """Take labels back to an earlier revision by the journal."""
    folder = labels.project_path / FOLDER
    rows = list(newer_edits(connection, folder, labels.id, labels.dataset_id, revision, labels.seen))
    back = [(edit, not forward) for edit, forward in reversed(rows)]
    for edit, forward in back:
        perform(labels, edit, forward)
    show_dataset_as_of(labels, back)
    labels.seen = revision
    labels.revision = last_touch(connection, labels.info, revision)


@dataclass(frozen=True, slots=True)
class DirtyBricks:
    """Copies of changed bricks on their way to disk; ``complete`` where none is left behind."""

    info: LabelSetInfo
    bricks: dict[Key, Packed | None]
    lattice: Lattice
    classes: tuple[FaciesClass, ...]
    next_class_id: int
    revision: int
    complete: bool

    @classmethod
    def take(cls, labels: FaciesLabels, revision: int, limit: int) -> DirtyBricks:
        """Take at most ``limit`` changed bricks of a label set that stands at the project's ``revision``."""
        bricks = labels.store.take_dirty(limit)
        complete = not labels.store.dirty
        return cls(labels.info, bricks, labels.lattice, tuple(labels.classes), labels.next_class_id, revision, complete)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write rows of the bricks, and of the label set once its bricks are complete.

        Until then the journal is replayed from the earlier revision, which ends in the same state.
        """
        gone = [(self.info.id, *key) for key, brick in self.bricks.items() if brick is None]
        kept = [(self.info.id, *key, pack_brick(brick)) for key, brick in self.bricks.items() if brick is not None]
        connection.executemany("DELETE FROM bricks WHERE label_set_id = ? AND i = ? AND x = ? AND z = ?", gone)
        connection.executemany("INSERT OR REPLACE INTO bricks VALUES (?, ?, ?, ?, ?)", kept)
        if self.complete:
            connection.execute(
                "UPDATE label_sets SET lattice = ?, classes = ?, next_class_id = ?, flushed_revision = ? WHERE id = ?",
                (
                    json.dumps(self.lattice.to_json()),
                    json.dumps([item.to_json() for item in self.classes]),
                    self.next_class_id,
                    self.revision,
                    self.info.id,
                ),
            )
