"""The runs of a project: records in the ledger, weights in folders."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

from seisgui.errors import FailureError, InputError
from seisgui.interpretation.edits import Change
from seisgui.interpretation.runs import RunRecord, read_run, run_folders, stamp, write_run
from seisgui.interpretation.writer import Job

log = logging.getLogger(__name__)


class RunLedger:
    """The part of a project that is about training runs."""

    path: Path
    read_only: bool
    _reader: sqlite3.Connection

    def submit(self, job: Job, revision: int | None = None) -> None:
        raise NotImplementedError

    def require_writable(self) -> None:
        raise NotImplementedError

    def wait_saved(self, timeout: float = 10.0) -> None:
        raise NotImplementedError

    def announce(self, change: Change) -> None:
        raise NotImplementedError

    def runs(self) -> list[RunRecord]:
        """All runs, oldest first; those that other processes wrote meanwhile are taken into the ledger."""
        self.wait_saved()
        known = {row[0]: (row[1], row[2]) for row in self._reader.execute("SELECT id, stamp, record FROM runs")}
        records = {run_id: RunRecord.from_json(json.loads(record)) for run_id, (_, record) in known.items()}
        adopted = []
        for folder in run_folders(self.path / "runs"):
            mark = stamp(folder)
            if folder.name in known and known[folder.name][0] == mark:
                continue
            try:
                record = read_run(folder)
            except InputError as error:
                log.warning("%s", error)
                continue
            records[record.id] = record
            adopted.append((record, mark))
        if adopted and not self.read_only:
            self.submit(lambda connection: write_records(connection, adopted))
            self.announce(Change("runs"))
        return sorted(records.values(), key=lambda record: (record.created, record.id))

    def run(self, run_id: str) -> RunRecord:
        """One run; ``InputError`` names the choices."""
        folder = self.run_folder(run_id)
        if stamp(folder):
            return read_run(folder)
        records = self.runs()
        found = next((record for record in records if record.id == run_id), None)
        if found is None:
            names = ", ".join(record.id for record in records) or "none yet"
            raise InputError(f"There is no run {run_id!r}.", f"Runs of this project: {names}.")
        return found

    def note_run(self, run_id: str, notes: str) -> None:
        """Put other notes to a run; ``InputError`` where its folder is gone."""
        self.require_writable()
        folder = self.run_folder(run_id)
        write_run(folder, replace(read_run(folder), notes=notes.strip()))
        self.runs()

    def delete_run(self, run_id: str) -> None:
        """Remove a run with its weights and predictions; this cannot be undone."""
        self.require_writable()
        record = self.run(run_id)
        for folder in (self.prediction_folder(record.id), self.run_folder(record.id)):
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                raise FailureError(f"{folder} could not be removed.", "Close programs that use it and try again.")
        self.submit(lambda connection: remove_record(connection, record.id))
        self.wait_saved()
        self.announce(Change("runs"))

    def run_folder(self, run_id: str) -> Path:
        """Folder of a run's record and weights (it need not exist)."""
        return self.path / "runs" / plain_name(run_id)

    def prediction_folder(self, run_id: str) -> Path:
        """Folder of what a run predicted (it need not exist); can be rebuilt."""
        return self.path / "predictions" / plain_name(run_id)

    def forget_predictions(self, dataset_id: str) -> None:
        """Remove what was predicted on a dataset whose lines or amplitudes are others now; it can be rebuilt."""
        for folder in (self.path / "predictions").glob(f"*/{plain_name(dataset_id)}"):
            shutil.rmtree(folder, ignore_errors=True)

    def mark_runs(self, dataset_id: str, note: str) -> None:
        """Add a note to every run of a dataset."""
        for record in self.runs():
            folder = self.run_folder(record.id)
            if record.dataset_id == dataset_id and stamp(folder):
                write_run(folder, replace(record, notes=f"{record.notes}\n{note}".strip()))
        self.runs()


def write_records(connection: sqlite3.Connection, adopted: list[tuple[RunRecord, str]]) -> None:
    """Rows of runs in the ledger."""
    connection.executemany(
        "INSERT OR REPLACE INTO runs (id, created, stamp, record) VALUES (?, ?, ?, ?)",
        [(record.id, record.created, mark, json.dumps(record.to_json())) for record, mark in adopted],
    )


def remove_record(connection: sqlite3.Connection, run_id: str) -> None:
    """Take a run out of the ledger."""
    connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))


def plain_name(run_id: str) -> str:
    """The id, if it can name a folder; ``InputError`` otherwise."""
    if not run_id or run_id in {".", ".."} or any(character in run_id for character in "/\\\0"):
        raise InputError(f"{run_id!r} is no name of a run.", "List the runs to see their names.")
    return run_id


ABANDONED_S = 24 * 3600.0


def sweep_partial_runs(folder: Path) -> None:
    """Remove what killed trainings left; a folder touched within a day may belong to one that still runs."""
    for partial in folder.glob(".*.partial"):
        if time.time() - partial.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(partial, ignore_errors=True)
