"""Records for picking, whatever they were stored in: waveforms of stations, shot gathers, labelled data sets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from seisgui.errors import InputError
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.record_files import RecordFormat, format_of, record_files
from seisgui.seismic.record_table import (
    EVENT,
    SHOT,
    STATION,
    Group,
    KnownPick,
    RecordTable,
    join_tables,
    unique_names,
)
from seisgui.seismic.records_npz import open_npz_records
from seisgui.seismic.records_segy import open_segy_records
from seisgui.seismic.records_seisbench import open_seisbench
from seisgui.seismic.table_records import TableRecords
from seisgui.seismic.volume import FloatArray
from seisgui.seismic.waveform_mseed import read_mseed
from seisgui.seismic.waveform_sac import read_sac
from seisgui.seismic.waveform_seg2 import open_seg2_records
from seisgui.seismic.waveform_segments import Segment, StationRecords

SEGY_SUFFIXES = {".sgy", ".segy", ".seg", ".su"}

TOLD = 5  # files that cannot be used and are named one by one

__all__ = [
    "EVENT",
    "SHOT",
    "STATION",
    "Group",
    "JoinedRecords",
    "KnownPick",
    "OpenedFiles",
    "RecordSet",
    "RecordTable",
    "open_files",
    "open_records",
    "record_files",
    "told_of",
]


class RecordSet(Protocol):
    """What every source of records offers; any thread may ask.

    ``groupings`` are those of 'shot', 'station', 'event' and 'position' that make sense, the usual one first.
    ``known_picks`` came with the data; ``problems`` are sentences for the user. ``assumed_rate``: nobody has stated
    the sampling rate of some records.
    """

    name: str
    table: RecordTable
    groupings: tuple[str, ...]
    problems: tuple[str, ...]
    assumed_rate: bool

    @property
    def known_picks(self) -> tuple[KnownPick, ...]: ...

    def read(self, indices: Sequence[int], first: int = 0, count: int | None = None) -> FloatArray:
        """Samples [first, first + count) of records: (n, component, count) float32, read from the file as asked.

        NaN outside a record and in gaps; ``count`` None means to the end of the longest of them.
        """
        ...

    def groups(self, by: str) -> list[Group]: ...

    def origin(self, index: int) -> tuple[Path, tuple[int, ...]] | None:
        """File of a record and the positions (0-based) of its traces there; None where the file has no traces."""
        ...

    def close(self) -> None: ...


class JoinedRecords(TableRecords):
    """Several record sets as one: the records of the first, then those of the second, and so on."""

    def __init__(
        self, name: str, parts: Sequence[RecordSet], prefixes: Sequence[str], problems: Sequence[str] = ()
    ) -> None:
        table = join_tables([part.table for part in parts], prefixes)
        groupings = tuple(dict.fromkeys(by for part in parts for by in part.groupings))
        told = (*problems, *(problem for part in parts for problem in part.problems), *_mixed_rates(name, parts))
        super().__init__(name, table, groupings, told)
        self.assumed_rate = any(part.assumed_rate for part in parts)
        self._parts, self._prefixes = tuple(parts), tuple(prefixes)
        self._first = np.cumsum([0, *(len(part.table) for part in parts)])
        self._places = [[table.components.index(component) for component in part.table.components] for part in parts]

    def read(self, indices: Sequence[int], first: int = 0, count: int | None = None) -> FloatArray:
        out = self.window(indices, first, count)
        wanted = np.asarray(indices, dtype=np.int64)
        which = np.searchsorted(self._first, wanted, side="right") - 1
        for number in np.unique(which).tolist():
            rows = np.flatnonzero(which == number)
            local = wanted[rows] - self._first[number]
            piece = self._parts[number].read(local.tolist(), first, out.shape[2])
            out[np.ix_(rows, np.array(self._places[number]))] = piece
        return out

    @property
    def known_picks(self) -> tuple[KnownPick, ...]:
        return tuple(
            KnownPick(f"{prefix}/{pick.record_id}" if prefix else pick.record_id, pick.phase, pick.time)
            for prefix, part in zip(self._prefixes, self._parts, strict=True)
            for pick in part.known_picks
        )

    def origin(self, index: int) -> tuple[Path, tuple[int, ...]] | None:
        number = int(np.searchsorted(self._first, index, side="right")) - 1
        return self._parts[number].origin(int(index) - int(self._first[number]))

    def close(self) -> None:
        for part in self._parts:
            part.close()


def _mixed_rates(name: str, parts: Sequence[RecordSet]) -> list[str]:
    rates = [part.table.rate for part in parts if len(part.table)]
    if len(rates) < 2 or any((each != each[0]).any() for each in rates):
        return []  # a part that mixes them says so itself
    found = sorted({float(each[0]) for each in rates})
    if len(found) < 2:
        return []
    text = ", ".join(f"{rate:g}" for rate in found)
    return [f"the files of {name} have several sampling rates ({text} Hz); each record keeps its own"]


def open_records(
    paths: Sequence[Path],
    layout: SegyLayout | None = None,
    rate: float | None = None,
    names: Sequence[str] | None = None,
) -> RecordSet:
    """The records of ``open_files``."""
    return open_files(paths, layout, rate, names).records


@dataclass(frozen=True, slots=True)
class OpenedFiles:
    """A record set, the files that it comes from, and why others were left out."""

    records: RecordSet
    used: tuple[Path, ...]
    refusals: tuple[InputError, ...]


def open_files(
    paths: Sequence[Path],
    layout: SegyLayout | None = None,
    rate: float | None = None,
    names: Sequence[str] | None = None,
) -> OpenedFiles:
    """Open files (or folders) of records as one set: SEG-Y, Seismic Unix, npz, miniSEED, SAC, SEG-2, SeisBench.

    ``rate`` (Hz) overrules what files without a clock say, ``layout`` is for SEG-Y. ``names`` (one a path) stand
    before the ids of records that have none of their own where there are several files; by default those of the
    files. A file that cannot be used is named in ``problems``; ``InputError`` where none can.
    """
    if rate is not None and not 0.0 < rate < 1e9:
        raise InputError(f"{rate:g} Hz is no sampling rate.", "State it in Hz, for example --rate 250.")
    opening = _Opening(layout, rate)
    files, labels = _files(paths, names, opening.refusals)
    several = len(files) + len(opening.refusals) > 1
    for file, label in zip(files, labels, strict=True):
        opening.add(file, label if several else "")
    name = Path(paths[0]).stem + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
    return OpenedFiles(opening.finish(name), tuple(opening.used), tuple(opening.refusals))


class _Opening:
    """Record sets opened one by one; channels of stations are gathered, for a record lies in several files."""

    def __init__(self, layout: SegyLayout | None, rate: float | None) -> None:
        self._layout, self._rate = layout, rate
        self._parts: list[RecordSet] = []
        self._prefixes: list[str] = []
        self._segments: list[Segment] = []
        self._problems: list[str] = []
        self.used: list[Path] = []
        self.refusals: list[InputError] = []

    def add(self, file: Path, prefix: str) -> None:
        """Open one file; what cannot be used is remembered."""
        try:
            kind = format_of(file)
            if kind in {RecordFormat.MSEED, RecordFormat.SAC}:
                segments, problems = (read_mseed if kind is RecordFormat.MSEED else read_sac)(file)
                self._segments += segments
                self._problems += problems
            else:
                self._parts.append(self._open(file, kind))
                self._prefixes.append("" if kind is RecordFormat.SEISBENCH else prefix)
            self.used.append(file)
        except InputError as refusal:
            self.refusals.append(refusal if file.suffix.lower() in SEGY_SUFFIXES else _unknown(file, refusal))

    def _open(self, file: Path, kind: RecordFormat) -> RecordSet:
        stated = 1000.0 / self._layout.interval if self._layout is not None and self._layout.interval else None
        rate = self._rate or stated
        if kind is RecordFormat.NPZ:
            return open_npz_records(file, rate)
        if kind is RecordFormat.SEG2:
            return open_seg2_records(file, rate)
        if kind is RecordFormat.SEISBENCH:
            return open_seisbench(file, rate)
        return open_segy_records(file, self._layout, rate)

    def finish(self, name: str) -> RecordSet:
        """All of it as one set; ``InputError`` where nothing could be opened."""
        told = [*told_of(self.refusals), *self._problems]
        if self._segments:
            self._parts.append(StationRecords(name, self._segments))
            self._prefixes.append("")
        if not self._parts:
            raise self.refusals[0]
        if len(self._parts) == 1 and not told and not self._prefixes[0]:
            return self._parts[0]
        return JoinedRecords(name, self._parts, self._prefixes, told)


def told_of(refusals: Sequence[InputError]) -> list[str]:
    """Sentences on files that were left out; of many the first few."""
    told = [str(refusal) for refusal in refusals[:TOLD]]
    more = len(refusals) - len(told)
    return [*told, f"{more} more files cannot be used"] if more else told


def _unknown(file: Path, refusal: InputError) -> InputError:
    """In other words where the reader of SEG-Y was merely the last one asked."""
    if "SEG-Y" not in refusal.sentence:
        return refusal
    known = re.search(r" is (an? [^,]+), not SEG-Y", refusal.sentence)
    kind = f"{known[1]}, " if known else ""
    return InputError(
        f"{file.name} is {kind}in none of the formats of records: {', '.join(each.value for each in RecordFormat)}.",
        "Unpack or convert it first.",
    )


def _files(
    paths: Sequence[Path], names: Sequence[str] | None, refusals: list[InputError]
) -> tuple[list[Path], list[str]]:
    """Files with a name each that is theirs alone; what is missing goes to ``refusals``."""
    if not paths:
        raise InputError("No file of records was named.", "Name one or more files.")
    files: list[Path] = []
    labels: list[str] = []
    for path, label in zip(paths, names or [Path(path).stem for path in paths], strict=True):
        try:
            found = record_files(Path(path))
        except InputError as refusal:
            refusals.append(refusal)
            continue
        files += found
        labels += [label] if len(found) == 1 else [file.stem for file in found]
    return files, unique_names(np.array(labels, dtype=np.str_)).tolist()
