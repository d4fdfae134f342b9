"""Which format a file of records has, by its first bytes, and which files of a folder are meant."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from seisgui.errors import InputError
from seisgui.seismic.npz import is_npz
from seisgui.seismic.su import is_su


class RecordFormat(Enum):
    """The formats of records that can be read."""

    NPZ = "npz"
    SU = "Seismic Unix"
    SEGY = "SEG-Y"


def format_of(path: Path) -> RecordFormat:
    """The format by content; what nothing else claims is left to the reader of SEG-Y, which says what is wrong."""
    if is_npz(path):
        return RecordFormat.NPZ
    if path.is_file() and is_su(path):
        return RecordFormat.SU
    return RecordFormat.SEGY


def record_files(path: Path) -> list[Path]:
    """The file itself, or the files in a folder, sorted; ``InputError`` where there is nothing."""
    if not path.exists():
        raise InputError(f"{path} does not exist.", "Check the name, or locate the file.")
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    if not files:
        raise InputError(f"{path} is an empty folder.", "Choose the folder that holds the records.")
    return files
