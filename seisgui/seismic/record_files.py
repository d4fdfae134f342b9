"""Which format a file of records has, by its first bytes, and which files of a folder are meant."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from seisgui.errors import InputError
from seisgui.seismic.npz import is_npz
from seisgui.seismic.records_seisbench import is_metadata, metadata_of, seisbench_files, waveforms_of
from seisgui.seismic.su import is_su
from seisgui.seismic.waveform_mseed import is_mseed
from seisgui.seismic.waveform_sac import HEADER_BYTES, is_sac
from seisgui.seismic.waveform_seg2 import is_seg2

HDF5 = b"\x89HDF"
MINISEED_3 = b"MS\x03"


class RecordFormat(Enum):
    """The formats of records that can be read."""

    NPZ = "npz"
    MSEED = "miniSEED"
    SAC = "SAC"
    SEG2 = "SEG-2"
    SEISBENCH = "SeisBench"
    SU = "Seismic Unix"
    SEGY = "SEG-Y"


def format_of(path: Path) -> RecordFormat:
    """The format by content; what nothing else claims is left to the reader of SEG-Y, which says what is wrong.

    ``InputError`` for what is known and cannot be read.
    """
    if is_npz(path):
        return RecordFormat.NPZ
    if is_metadata(path):
        return RecordFormat.SEISBENCH
    head, size = _head(path)
    if head.startswith(HDF5):
        if not metadata_of(path).is_file():
            raise InputError(
                f"{path.name} is an HDF5 file without {metadata_of(path).name} beside it.",
                "A SeisBench data set is a folder with both.",
            )
        return RecordFormat.SEISBENCH
    if head.startswith(MINISEED_3):
        raise InputError(f"{path.name} is miniSEED 3, which cannot be read yet.", "Convert it to miniSEED 2.")
    if is_seg2(head):
        return RecordFormat.SEG2
    if is_mseed(head):
        return RecordFormat.MSEED
    if is_sac(head, size):
        return RecordFormat.SAC
    if head and is_su(path):
        return RecordFormat.SU
    return RecordFormat.SEGY


def _head(path: Path) -> tuple[bytes, int]:
    """First bytes and size of a file; nothing where it cannot be read, which its reader will say better."""
    try:
        with path.open("rb") as file:
            return file.read(HEADER_BYTES), path.stat().st_size
    except OSError:
        return b"", 0


def _is_meant(file: Path, folder: Path) -> bool:
    """True for files that are neither hidden nor parts of a project."""
    inside = file.relative_to(folder).parts
    return file.is_file() and not any(part.startswith(".") or part.endswith(".seisproj") for part in inside)


def record_files(path: Path) -> list[Path]:
    """The file itself, or the files in a folder, sorted; ``InputError`` where there is nothing.

    Of a SeisBench data set these are the files of samples, whether the folder, the metadata or the samples are named.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist.", "Check the name, or locate the file.")
    if not path.is_dir():
        return [waveforms_of(path)] if is_metadata(path) else [path]
    files = seisbench_files(path) or sorted(file for file in path.rglob("*") if _is_meant(file, path))
    if not files:
        raise InputError(f"{path} is an empty folder.", "Choose the folder that holds the records.")
    return files
