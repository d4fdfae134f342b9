"""First breaks in a word of SEG-Y (or Seismic Unix) trace headers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.pick_matching import FilePick
from seisgui.interpretation.pick_operation import Pick
from seisgui.seismic.file_structure import TRACE_HEADER_BYTES, FileStructure, read_structure
from seisgui.seismic.records import RecordSet
from seisgui.seismic.su import is_su, read_su_structure

UNITS = {"ms": 1e3, "us": 1e6, "samples": 0.0}
NEEDED = {115: "the number of samples", 117: "the sample interval"}  # 2-byte words without which no file is read
LISTED = 3


@dataclass(frozen=True, slots=True)
class HeaderWord:
    """A word of the trace header (``byte`` counts from 1) that holds first breaks of one phase.

    In 'ms' and 'us' it is a time after the shot, so that the delay recording time counts; in 'samples' it counts from
    the first sample, 0-based. ``empty`` stands where there is no pick.
    """

    byte: int
    width: int = 4
    unit: str = "ms"
    phase: str = "P"
    empty: int = 0

    def __post_init__(self) -> None:
        if self.width not in {2, 4}:
            raise InputError(f"A header word has 2 or 4 bytes, not {self.width}.")
        if self.unit not in UNITS:
            raise InputError(f"{self.unit!r} is no unit of first breaks.", f"Choose one of {', '.join(UNITS)}.")
        if not 1 <= self.byte <= TRACE_HEADER_BYTES + 1 - self.width:
            raise InputError(
                f"Byte {self.byte} is outside the trace header.", f"It has bytes 1 to {TRACE_HEADER_BYTES}."
            )
        if not self.limits[0] <= self.empty <= self.limits[1]:
            raise InputError(f"{self.empty} does not fit into {self.width} bytes.")

    @property
    def limits(self) -> tuple[int, int]:
        """Smallest and largest value."""
        half = 1 << (8 * self.width - 1)
        return -half, half - 1

    @property
    def last_byte(self) -> int:
        return self.byte + self.width - 1

    def __str__(self) -> str:
        return f"bytes {self.byte}-{self.last_byte}"


def structure_of(path: Path, byte_order: str | None = None) -> FileStructure:
    """The frame of a SEG-Y or SU file; ``InputError`` where it is neither."""
    return read_su_structure(path, byte_order) if is_su(path) else read_structure(path, byte_order)


def words_in(content: NDArray[np.uint8], structure: FileStructure, word: HeaderWord) -> NDArray[np.signedinteger]:
    """The word of every trace, (n_traces,), a view of the bytes of the file."""
    kind = np.dtype(f"{'>' if structure.byte_order == 'big' else '<'}i{word.width}")
    start = structure.data_offset + word.byte - 1
    return np.ndarray((structure.n_traces,), kind, content, start, (structure.trace_bytes,))


def traces_of(records: RecordSet, path: Path) -> dict[int, int]:
    """Record of every trace (0-based) of a file of the set; of one with as many traces where it is not in the set.

    ``InputError`` where the set has no traces of such a file.
    """
    files: dict[Path, dict[int, int]] = {}
    for index in range(len(records.table)):
        origin = records.origin(index)
        if origin is not None:
            files.setdefault(origin[0].resolve(), {}).update(dict.fromkeys(origin[1], index))
    if path.resolve() in files:
        return files[path.resolve()]
    count = structure_of(path).n_traces
    alike = [traces for traces in files.values() if len(traces) == count]
    if len(alike) != 1:
        counts = ", ".join(f"{len(traces):,}" for traces in files.values()) or "none"
        raise InputError(
            f"{path.name} has {count:,} traces, and the files of the dataset {counts}.",
            "Read header words from the file that the records come from, or a copy of it.",
        )
    return alike[0]


def read_first_breaks(path: Path, records: RecordSet, word: HeaderWord) -> list[FilePick]:
    """Picks from the word of every trace that is not ``empty`` (or negative)."""
    structure = structure_of(path)
    content = np.memmap(path, dtype=np.uint8, mode="r")
    values = words_in(content, structure, word).astype(np.int64)
    table, found = records.table, []
    seen: set[tuple[int, int]] = set()  # components of one record say the same
    for trace, index in sorted(traces_of(records, path).items()):
        value = int(values[trace])
        if value in {word.empty, -1} or (index, value) in seen:
            continue
        seen.add((index, value))
        place, record = f"{path.name}, trace {trace + 1}", table.id_of(index)
        if word.unit == "samples":
            found.append(FilePick(place, word.phase, record, sample=float(value)))
        else:
            time = value / UNITS[word.unit] - float(table.delay[index])
            found.append(FilePick(place, word.phase, record, time=time))
    return found


@dataclass(frozen=True, slots=True)
class FilledWords:
    """What was written: traces with a pick, and traces whose word held something else before."""

    picked: int
    replaced: int


def write_first_breaks(
    source: Path, out: Path, records: RecordSet, picks: Sequence[tuple[int, Pick]], word: HeaderWord
) -> FilledWords:
    """Copy a file and put picks into a header word of the copy; every other byte stays as it is.

    ``picks`` come with the index of their record; of several on one trace the first counts. ``InputError`` where one
    does not fit into the word, or the word is needed to read the file.
    """
    for byte, meaning in NEEDED.items():
        if word.byte <= byte + 1 and byte <= word.last_byte:
            raise InputError(f"The {word} hold {meaning}; without it no program reads the file.", "Name another word.")
    structure = structure_of(source)
    values = header_values(structure, source, records, picks, word)
    shutil.copyfile(source, out)
    content = np.memmap(out, dtype=np.uint8, mode="r+")
    words = words_in(content, structure, word)
    replaced = int(np.count_nonzero((words != word.empty) & (words != values)))
    words[:] = values
    content.flush()
    return FilledWords(int(np.count_nonzero(values != word.empty)), replaced)


def header_values(
    structure: FileStructure,
    source: Path,
    records: RecordSet,
    picks: Sequence[tuple[int, Pick]],
    word: HeaderWord,
) -> NDArray[np.int64]:
    """Value of the word for every trace, (n_traces,)."""
    values = np.full(structure.n_traces, word.empty, dtype=np.int64)
    first: dict[int, float] = {}
    for index, pick in picks:
        if pick.phase == word.phase:
            first[index] = min(pick.time, first.get(index, pick.time))
    table = records.table
    for trace, index in traces_of(records, source).items():
        if index not in first:
            continue
        if word.unit == "samples":
            value = round(first[index] * float(table.rate[index]))
        else:
            value = round((first[index] + float(table.delay[index])) * UNITS[word.unit])
        require_fit(value, trace, word)
        values[trace] = value
    return values


def require_fit(value: int, trace: int, word: HeaderWord) -> None:
    """Raise ``InputError`` where a pick cannot be written, or would read as no pick."""
    low, high = word.limits
    if not low <= value <= high:
        raise InputError(
            f"The pick on trace {trace + 1} is {value} {word.unit}, and {word.width} bytes hold {low} to {high}.",
            "Use four bytes, or another unit.",
        )
    if value in {word.empty, -1}:
        raise InputError(
            f"The pick on trace {trace + 1} is {value} {word.unit}, which means that there is none.",
            "Choose another value for traces without a pick (--empty), or another unit.",
        )
