"""The ledger of training runs: what each one was made of and how well it did."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from seisgui.errors import InputError
from seisgui.interpretation.classes import FaciesClass

log = logging.getLogger(__name__)

FILE_NAME = "run.json"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One training run; ``amplitude`` is the JSON of its ``AmplitudeScale``, ``classes`` its own class list."""

    id: str
    task: str
    network: str
    created: str  # ISO 8601
    dataset_id: str = ""
    label_set_id: str = ""
    label_revision: int = 0
    start_from: str = "scratch"
    seed: int = 0
    split: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    classes: tuple[FaciesClass, ...] = ()
    amplitude: dict[str, Any] = field(default_factory=dict)
    orientation: str = ""
    status: str = "done"
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"classes": [item.to_json() for item in self.classes]}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> RunRecord:
        """Record of ``to_json``'s document; unknown keys of later versions are ignored."""
        known = {key: value for key, value in document.items() if key in cls.__dataclass_fields__}
        known["classes"] = tuple(FaciesClass.from_json(item) for item in known.get("classes", ()))
        return cls(**known)


def write_run(folder: Path, record: RunRecord) -> None:
    """Write ``run.json`` into a run's folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{FILE_NAME}.{os.getpid()}"
    with partial.open("w", encoding="utf-8") as file:
        json.dump(record.to_json(), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / FILE_NAME)


def read_run(folder: Path) -> RunRecord:
    """The record in a run's folder; ``InputError`` where there is none or it is damaged."""
    path = folder / FILE_NAME
    try:
        return RunRecord.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise InputError(f"There is no run in {folder}.", "Train again or restore the folder.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged: {error}.", "Restore it from a copy, or remove the folder.") from error


def stamp(folder: Path) -> str:
    """Tells one state of ``run.json`` from another; '' where there is none."""
    try:
        status = (folder / FILE_NAME).stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns}:{status.st_size}"


def run_folders(root: Path) -> list[Path]:
    """Folders below ``root`` that hold a run."""
    if not root.is_dir():
        return []
    return sorted(folder for folder in root.iterdir() if (folder / FILE_NAME).is_file())
