"""Revisions of a live run: a checkpoint for every label revision, any of which can be taken back (torch-free)."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seisgui.errors import FailureError, InputError
from seisgui.interpretation.runs import RunRecord, write_run

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

FOLDER = "revisions"
RECORD = "run.json"


@dataclass(frozen=True, slots=True)
class Revision:
    """One checkpoint of a live run; ``metrics`` as in ``RunRecord``."""

    number: int  # counts from 1 in the order of saving
    label_revision: int
    created: str
    metrics: dict[str, Any]


def keep_revision(folder: Path, weights: str, record: RunRecord) -> int:
    """Copy the weights and record that stand in a run's folder into its revisions; returns the number.

    Weights that have gone on learning from the same labels replace those before them.
    """
    known = revisions_in(folder)
    number = known[-1].number + 1 if known else 1
    if known and known[-1].label_revision == record.label_revision:
        number = known[-1].number
    target = folder / FOLDER / f"{number:04d}"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / weights, target / weights)
    write_run(target, record)
    return number


def revisions_in(folder: Path) -> list[Revision]:
    """Revisions of a run's folder, oldest first; damaged ones are left out."""
    found = []
    for path in sorted((folder / FOLDER).glob(f"[0-9]*/{RECORD}")):
        try:
            record = RunRecord.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found.append(Revision(int(path.parent.name), record.label_revision, record.created, record.metrics))
    return found


def revisions(project: Project, run_id: str) -> list[Revision]:
    """Revisions of a run, oldest first; [] of a run that was not live."""
    return revisions_in(project.run_folder(run_id))


def restore_revision(project: Project, run_id: str, number: int) -> RunRecord:
    """Make an earlier revision the run's weights again; later ones stay where they are.

    Raises ``InputError`` where there is no such revision. Kept predictions of the run are removed: they tell what
    other weights thought.
    """
    folder = project.run_folder(run_id)
    source = folder / FOLDER / f"{number:04d}"
    if not (source / RECORD).is_file():
        known = ", ".join(str(revision.number) for revision in revisions_in(folder)) or "none"
        raise InputError(f"Run {run_id} has no revision {number}.", f"Revisions: {known}.")
    try:
        record = RunRecord.from_json(json.loads((source / RECORD).read_text(encoding="utf-8")))
        for path in source.glob("*.safetensors"):
            partial = folder / f".{path.name}.partial"
            shutil.copyfile(path, partial)
            partial.replace(folder / path.name)
        write_run(folder, record)
        shutil.rmtree(project.prediction_folder(run_id), ignore_errors=True)
    except OSError as error:
        raise FailureError(f"Revision {number} of {run_id} cannot be restored: {error.strerror or error}.") from error
    return record
