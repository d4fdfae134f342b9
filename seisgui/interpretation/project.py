"""The project folder: everything people said about some seismic, in one SQLite file and a few side folders."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from psygnal import Signal

from seisgui.errors import FailureError, InputError, LockedError
from seisgui.interpretation import database
from seisgui.interpretation.bricks import Key, Lattice, Packed
from seisgui.interpretation.classes import FaciesClass, user_name
from seisgui.interpretation.copies import DisplayCopiesMixin
from seisgui.interpretation.datasets import Dataset, read_datasets, slug
from seisgui.interpretation.edits import Change, Edit, VoxelPatch
from seisgui.interpretation.facies import FaciesLabels, LabelSetInfo
from seisgui.interpretation.gather_sets import GatherSetsMixin
from seisgui.interpretation.journal import FOLDER, Journal, latest_revision, sweep_payloads
from seisgui.interpretation.label_store import (
    DirtyBricks,
    catch_up,
    insert_label_set,
    load_labels,
    read_label_sets,
    roll_back,
)
from seisgui.interpretation.lock import FILE_NAME as LOCK_NAME
from seisgui.interpretation.lock import ProjectLock
from seisgui.interpretation.pick_sets import PickSetsMixin
from seisgui.interpretation.picks import Picks
from seisgui.interpretation.relayout import RelayoutMixin
from seisgui.interpretation.run_ledger import RunLedger, sweep_partial_runs
from seisgui.interpretation.surfaces import SurfacesMixin
from seisgui.interpretation.writer import Job, Writer
from seisgui.seismic.mounts import on_network
from seisgui.seismic.volume import Volume

log = logging.getLogger(__name__)

SUFFIX = ".seisproj"
FLUSH_EDITS = 32  # edits between two writings of changed bricks
LATE_COMMIT_S = 1.0
FLUSH_BRICKS = 256  # bricks at most in one of them


class Project(RunLedger, RelayoutMixin, SurfacesMixin, PickSetsMixin, GatherSetsMixin, DisplayCopiesMixin):
    """One project folder, open for writing (with a lock) or read-only (never locked, sees what is committed).

    Belongs to the thread that opened it. ``saved`` and ``trouble`` are emitted from the writer thread.
    """

    changed = Signal(Change)
    saved = Signal(int)  # revision that is on disk now
    trouble = Signal(str)  # a sentence: something cannot be written

    def __init__(self, path: Path, *, read_only: bool, lock: ProjectLock | None, network: bool) -> None:
        super().__init__()
        self.path = path
        self.read_only = read_only
        self.notices: list[str] = []
        self._lock = lock
        self._closed = False
        self._labels: dict[str, FaciesLabels] = {}
        self._picks: dict[str, Picks] = {}
        self._volumes: dict[str, Volume] = {}
        self._retired: list[Volume] = []  # replaced by a correction, closed with the project
        self._edits_since_flush = 0
        file = path / database.FILE_NAME
        self._writer: Writer | None = None
        self._reader = database.connect(file, read_only=True)
        try:
            database.check_schema(self._reader, file)
            self._datasets = {item.id: item for item in read_datasets(self._reader)}
            self.journal = Journal(self, self._reader)
            self._writer = None if read_only else self._start_writer(file, network)
        except sqlite3.DatabaseError as error:
            self._reader.close()
            raise database.unreadable(file, error) from error
        except BaseException:
            self._reader.close()
            raise
        self.name = path.name.removesuffix(SUFFIX)

    # ---- opening and closing

    @classmethod
    def create(cls, path: Path) -> Project:
        """Make a new project folder (the suffix .seisproj is added where it is missing) and open it.

        ``InputError`` where something is there already or the place cannot be written.
        """
        path = Path(path).expanduser()
        path = path if path.name.endswith(SUFFIX) else path.with_name(path.name + SUFFIX)
        if path.exists() and (not path.is_dir() or any(file.name != LOCK_NAME for file in path.iterdir())):
            raise InputError(f"{path} exists already.", "Choose another name, or open it.")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{path} cannot be made: {error.strerror}.", "Choose another folder.") from error
        return cls._open_locked(path, break_lock=False)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, break_lock: bool = False) -> Project:
        """Open a project folder.

        ``LockedError`` where a living process has it open for writing; ``read_only`` never locks. ``break_lock`` takes
        the lock from a holder that gave no sign of life for a minute. ``InputError`` where it is no project.
        """
        path = find_project(Path(path).expanduser())
        if not read_only:
            return cls._open_locked(path, break_lock=break_lock)
        require_current_schema(path)
        return cls(path, read_only=True, lock=None, network=False)

    @classmethod
    def _open_locked(cls, path: Path, *, break_lock: bool) -> Project:
        lock = ProjectLock(path)
        try:
            lock.take(break_lock=break_lock)
        except PermissionError as error:
            raise LockedError(f"{path} cannot be written: {error.strerror}.", "Open it read-only.") from error
        try:
            database.migrate(path / database.FILE_NAME)
            network = on_network(path)
            project = cls(path, read_only=False, lock=lock, network=network)
        except BaseException:
            lock.release()
            raise
        project.tidy(network)
        return project

    def _start_writer(self, file: Path, network: bool) -> Writer:
        assert self._lock is not None
        return Writer(
            file,
            network=network,
            token=self._lock.token,
            heartbeat=self._lock.beat,
            on_saved=self.saved.emit,
            on_trouble=lambda error: self.trouble.emit(str(error)),
        )

    def tidy(self, network: bool) -> None:
        """Sweep what an earlier process left, and say what the user should know."""
        shutil.rmtree(self.path / "tmp", ignore_errors=True)
        sweep_payloads(self._reader, self.path / FOLDER)
        sweep_partial_runs(self.path / "runs")
        if network:
            sentence = (
                f"{self.name} lies on a network drive: saving is slower there, and only one computer "
                "at a time should write it."
            )
            self.notices.append(sentence)
            log.info(sentence)

    def close(self) -> None:
        """Write everything, release the lock. Raises ``FailureError`` where edits could not be written."""
        if self._closed:
            return
        self.close_display_copies()
        self.close_records()
        for volume in [*self._volumes.values(), *self._retired]:
            volume.close()
        self._volumes.clear()
        self._retired.clear()
        try:
            if self._writer is not None and self._writer.trouble is None:
                self.flush()
        finally:
            self._closed = True
            self._reader.close()  # before the writer, which can then fold the write-ahead log into the file
            self._end_writer()

    def _end_writer(self) -> None:
        try:
            if self._writer is not None:
                self._writer.close()
        finally:
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- writing

    def require_writable(self) -> None:
        """Raise ``LockedError`` in a read-only project."""
        if self._closed:
            raise FailureError(f"{self.name} is closed.", "Open it again.")
        if self._writer is None:
            raise LockedError(f"{self.name} is open read-only.", "Close the other window and open it again.")

    def submit(self, job: Job, revision: int | None = None) -> None:
        """Hand one transaction to the writer thread; ``saved`` follows with ``revision``."""
        self.require_writable()
        assert self._writer is not None
        self._writer.submit(job, revision)

    def wait_saved(self, timeout: float = 10.0) -> None:
        """Wait until everything is on disk; ``FailureError`` where that does not happen within ``timeout`` seconds."""
        if self._writer is None or self._writer.wait(timeout):
            return
        if self._writer.trouble is not None:
            raise self._writer.trouble
        raise FailureError(f"{self.path} was not written within {timeout:g} s.", "Check the disk.")

    def yield_to_writer(self, seconds: float) -> None:
        """Give the writer thread at most ``seconds`` to commit what it has."""
        if self._writer is not None:
            self._writer.wait(seconds)

    @property
    def all_saved(self) -> bool:
        """True where nothing waits to be written."""
        return self._writer is None or self._writer.pending == 0

    def announce(self, change: Change) -> None:
        """Tell the listeners of ``changed``."""
        self.changed.emit(change)

    def edited(self, edit: Edit, revision: int) -> None:
        """Called by the journal after an edit, an undo or a redo in memory."""
        touched = {getattr(operation, "label_set_id", None) for operation in edit.operations}
        kept: list[FaciesLabels | Picks] = [*self._labels.values(), *self._picks.values()]
        for said in kept:
            if said.id in touched:
                said.revision = revision
            said.seen = revision
        self._edits_since_flush += 1
        if self._edits_since_flush >= FLUSH_EDITS:
            self._edits_since_flush = 0
            for labels in self._labels.values():
                self._flush_labels(labels, FLUSH_BRICKS)

    def flush(self) -> None:
        """Write all changed bricks, so that the next opening has nothing to replay."""
        for labels in self._labels.values():
            while labels.store.dirty or labels.flushed != labels.revision:
                self._flush_labels(labels, FLUSH_BRICKS)
                self.wait_saved(60.0)

    def _flush_labels(self, labels: FaciesLabels, limit: int) -> None:
        if labels.flushed == labels.revision and not labels.store.dirty:
            return
        work = DirtyBricks.take(labels, self.journal.revision, limit)
        if work.complete:
            labels.flushed = labels.revision
        self.submit(work.write)

    # ---- what operations act upon

    def set_voxels(self, label_set_id: str, patches: tuple[VoxelPatch, ...], forward: bool) -> None:
        self.labels(label_set_id).write_patches(patches, forward)

    def set_classes(self, label_set_id: str, classes: tuple[FaciesClass, ...]) -> None:
        self.labels(label_set_id).take_classes(classes)

    def set_store(self, label_set_id: str, lattice: Lattice, bricks: dict[Key, Packed]) -> None:
        self.labels(label_set_id).replace_store(lattice, bricks)

    def set_dataset(self, dataset: Dataset) -> None:
        current = self._datasets[dataset.id]
        self._datasets[dataset.id] = laid_out = current.laid_out_as(dataset)
        for record in laid_out.volumes:
            if current.volume(record.id) != record:
                self._forget_volume(record.id)
        for labels in self._labels.values():
            if labels.dataset_id == dataset.id and laid_out.axes is not None:
                labels.set_axes(laid_out.axes)
        if not self.read_only:
            self.forget_predictions(dataset.id)  # they are kept by line numbers, which mean other traces now

    # ---- label sets

    def label_sets(self, dataset_id: str | None = None) -> list[LabelSetInfo]:
        """Label sets of a dataset (None: of all), in the order in which they were made."""
        if self._writer is not None:
            self.wait_saved()
        return read_label_sets(self._reader, None if dataset_id is None else self.dataset(dataset_id).id)

    def add_label_set(
        self, dataset_id: str | None, name: str, author: str | None = None, classes: Sequence[FaciesClass] = ()
    ) -> LabelSetInfo:
        """Make a label set for a dataset, beginning with these classes; ``InputError`` where the name is taken.

        It is no step of undo and redo, and neither are the classes it begins with.
        """
        self.require_writable()
        dataset = self.dataset(dataset_id)
        if dataset.axes is None:
            raise InputError(f"{dataset.name!r} holds gathers; facies labels need sections.", "Choose a survey.")
        existing = self.label_sets()
        if any(info.name == name and info.dataset_id == dataset.id for info in existing):
            raise InputError(f"{dataset.name!r} has a label set {name!r} already.", "Choose another name.")
        taken = {info.id for info in existing}
        info = LabelSetInfo(slug(f"{dataset.id}-{name}", taken), name, author or user_name(), dataset.id)
        lattice = Lattice.of(dataset.axes)
        self.submit(lambda connection: insert_label_set(connection, info, lattice, tuple(classes)))
        self.wait_saved()
        self.announce(Change("labels", dataset.id, info.id))
        return info

    def labels(
        self, label_set_id: str | None = None, dataset_id: str | None = None, revision: int | None = None
    ) -> FaciesLabels:
        """Facies labels by id or name; None: the first label set of the dataset, made on first use.

        ``revision`` (read-only projects) gives them as they were then. ``InputError`` names the choices.
        """
        if label_set_id in self._labels and revision is None:
            return self._labels[label_set_id]
        info = self._label_set(label_set_id, dataset_id)
        if info.id not in self._labels:
            self.wait_saved()
            try:
                self._labels[info.id] = load_labels(self, self._reader, info)
            except sqlite3.DatabaseError as error:
                raise database.unreadable(self.path / database.FILE_NAME, error) from error
        labels = self._labels[info.id]
        if revision is not None and revision < labels.seen:
            if not self.read_only:
                raise InputError("Earlier labels can be had in a read-only project only.", "Open it read-only.")
            roll_back(labels, self._reader, revision)
        return labels

    def _label_set(self, label_set_id: str | None, dataset_id: str | None) -> LabelSetInfo:
        if label_set_id is None:
            dataset = self.dataset(dataset_id)
            sets = self.label_sets(dataset.id)
            if sets:
                return sets[0]
            if self.read_only:
                raise InputError(f"{dataset.name!r} has no labels yet.", "Paint or import some.")
            return self.add_label_set(dataset.id, "default")
        sets = self.label_sets(dataset_id)
        found = [info for info in sets if info.id == label_set_id] or [i for i in sets if i.name == label_set_id]
        if len(found) != 1:
            names = ", ".join(repr(info.id) for info in sets) or "none"
            what = "several label sets" if found else "no label set"
            raise InputError(f"{self.name} has {what} {label_set_id!r}.", f"There are: {names}.")
        return found[0]

    def catch_up(self, labels: FaciesLabels, revision: int | None = None) -> list[Change]:
        """Bring labels of a read-only project up to ``revision`` (None: the newest); what changed."""
        if not self.read_only:
            return []
        self.wait_for_revision(revision)
        with self.reading() as connection:
            return catch_up(labels, connection, revision)

    def wait_for_revision(self, revision: int | None) -> None:
        """Give a revision that somebody has told a moment to be committed."""
        give_up = time.monotonic() + LATE_COMMIT_S
        while revision is not None and latest_revision(self._reader) < revision and time.monotonic() < give_up:
            time.sleep(0.005)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the file."""
        self._reader.execute("BEGIN")
        try:
            yield self._reader
        finally:
            self._reader.execute("COMMIT")

    def refresh(self) -> None:
        """In a read-only project: see datasets that were added meanwhile."""
        if self.read_only:
            self._datasets = {item.id: item for item in read_datasets(self._reader)}
            self._surfaces = None
            self.journal.read_stacks()

    # ---- folders and view state

    @property
    def tmp_folder(self) -> Path:
        """Folder for arrays that travel between processes; swept when the project is opened for writing."""
        folder = self.path / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def state(self, key: str) -> Any:
        """View state (last line, layers, docks) kept under ``key``; None where there is none."""
        self.wait_saved()
        row = self._reader.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def set_state(self, key: str, value: Any) -> None:
        """Keep view state; not undoable. Does nothing in a read-only project."""
        if self.read_only:
            return
        text = json.dumps(value)
        self.submit(lambda connection: write_state(connection, key, text))


def write_state(connection: sqlite3.Connection, key: str, text: str) -> None:
    """Row of one piece of view state."""
    connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, text))


def find_project(path: Path) -> Path:
    """The project folder at ``path``, with or without its suffix; ``InputError`` where there is none."""
    candidates = [path, path.with_name(path.name + SUFFIX)] if path.name else [path]
    for folder in candidates:
        if (folder / database.FILE_NAME).is_file():
            return folder.resolve()
    if path.name == database.FILE_NAME and path.is_file():
        return path.parent.resolve()
    if not path.exists():
        raise InputError(f"{path} does not exist.", "Make it with `seisgui new`, or check the name.")
    raise InputError(f"{path} is no project of this program.", f"A project is a folder NAME{SUFFIX}.")


def require_current_schema(path: Path) -> None:
    """Raise ``InputError`` where the file must be brought to a newer schema before it can be read."""
    file = path / database.FILE_NAME
    connection = database.connect(file, read_only=True)
    try:
        version = database.check_schema(connection, file)
    except sqlite3.DatabaseError as error:
        raise database.unreadable(file, error) from error
    finally:
        connection.close()
    if version < len(database.MIGRATIONS):
        raise InputError(f"{path} was made by an older version of the program.", "Open it for writing once.")
