"""The table of a record set: one row a record, in columns, so that half a million traces cost no objects."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

IndexArray = NDArray[np.int64]
SHOT, STATION, EVENT = "shot", "station", "event"


class RecordIds(Protocol):
    """Stable names of records: what picks are kept by."""

    def __len__(self) -> int: ...

    def of(self, index: int) -> str: ...

    def find(self, record_id: str) -> int | None: ...


@dataclass(frozen=True, slots=True)
class NumberedIds:
    """'trace 1', 'trace 2' ...: records that have no names, counted from 1 in the order of their file."""

    count: int
    noun: str = "trace"

    def __len__(self) -> int:
        return self.count

    def of(self, index: int) -> str:
        return f"{self.noun} {index + 1}"

    def find(self, record_id: str) -> int | None:
        match = re.fullmatch(rf"{re.escape(self.noun)} ([1-9]\d{{0,17}})", record_id)
        index = int(match[1]) - 1 if match else -1
        return index if 0 <= index < self.count else None


class NamedIds:
    """Names that the file gives; one that is there twice gets a number."""

    def __init__(self, names: Sequence[str] | NDArray[np.str_]) -> None:
        self._names = unique_names(np.asarray(names, dtype=np.str_).reshape(-1))

    def __len__(self) -> int:
        return len(self._names)

    def of(self, index: int) -> str:
        return str(self._names[index])

    @cached_property
    def _order(self) -> IndexArray:
        return np.argsort(self._names, kind="stable")

    def find(self, record_id: str) -> int | None:
        place = int(np.searchsorted(self._names, record_id, sorter=self._order))
        index = int(self._order[place]) if place < len(self._names) else -1
        return index if index >= 0 and self._names[index] == record_id else None


@dataclass(frozen=True, slots=True)
class JoinedIds:
    """Ids of several files one after another; where a prefix is not empty, it stands before them with a slash."""

    prefixes: tuple[str, ...]
    parts: tuple[RecordIds, ...]

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def of(self, index: int) -> str:
        for prefix, part in zip(self.prefixes, self.parts, strict=True):
            if index < len(part):
                return f"{prefix}/{part.of(index)}" if prefix else part.of(index)
            index -= len(part)
        raise IndexError(index)

    def find(self, record_id: str) -> int | None:
        first = 0
        for prefix, part in zip(self.prefixes, self.parts, strict=True):
            if not prefix or record_id.startswith(f"{prefix}/"):
                found = part.find(record_id.removeprefix(f"{prefix}/") if prefix else record_id)
                if found is not None:
                    return first + found
            first += len(part)
        return None


@dataclass(frozen=True, slots=True)
class RecordTable:
    """What is known of every record without its samples; arrays are (n,).

    ``start`` is the POSIX time (s) of the first sample, 0 where ``has_clock`` is False. ``delay`` is the time (s) of
    the first sample after the shot. ``rate`` is in Hz, ``offset`` in m, NaN where unknown.
    ``components`` are those of the set; a record that lacks one reads NaN there.
    """

    stations: tuple[str, ...]
    station: NDArray[np.int32]
    gathers: tuple[str, ...]
    gather: NDArray[np.int32]
    start: NDArray[np.float64]
    rate: NDArray[np.float64]
    n_samples: IndexArray
    offset: NDArray[np.float64]
    delay: NDArray[np.float64]
    has_clock: bool
    components: tuple[str, ...]
    ids: RecordIds

    def __len__(self) -> int:
        return len(self.rate)

    def id_of(self, index: int) -> str:
        """Key of a record, unique in the set and the same whenever it is opened."""
        return self.ids.of(int(index))

    def index_of(self, record_id: str) -> int | None:
        """The record of that key, or None."""
        return self.ids.find(record_id)

    def station_of(self, index: int) -> str:
        return self.stations[int(self.station[index])]

    def gather_of(self, index: int) -> str:
        return self.gathers[int(self.gather[index])]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Records shown together: (n,) int64, in order of offset, or of the file where there is none."""

    title: str
    records: IndexArray


@dataclass(frozen=True, slots=True)
class KnownPick:
    """A pick that came with the data: ``time`` in s after the first sample of the record."""

    record_id: str
    phase: str  # 'P' | 'S'
    time: float


def make_table(
    rate: NDArray[np.float64] | Sequence[float],
    n_samples: NDArray[np.int64] | Sequence[int],
    *,
    stations: tuple[NDArray[np.int32], Sequence[str]] | None = None,
    gathers: tuple[NDArray[np.int32], Sequence[str]] | None = None,
    start: NDArray[np.float64] | None = None,
    offset: NDArray[np.float64] | None = None,
    delay: NDArray[np.float64] | None = None,
    components: Sequence[str] = ("Z",),
    ids: RecordIds | None = None,
) -> RecordTable:
    """A table with what is not known left empty; ``stations`` and ``gathers`` are codes (n,) and titles."""
    rates = np.asarray(rate, dtype=np.float64)
    n = len(rates)
    station, station_titles = stations or (np.zeros(n, dtype=np.int32), ("trace",))
    gather, gather_titles = gathers or (np.zeros(n, dtype=np.int32), ("records",))
    return RecordTable(
        tuple(station_titles),
        station.astype(np.int32),
        tuple(gather_titles),
        gather.astype(np.int32),
        np.zeros(n) if start is None else start.astype(np.float64),
        rates,
        np.asarray(n_samples, dtype=np.int64),
        np.full(n, np.nan) if offset is None else offset.astype(np.float64),
        np.zeros(n) if delay is None else delay.astype(np.float64),
        start is not None,
        tuple(components),
        ids if ids is not None else NumberedIds(n),
    )


def join_tables(tables: Sequence[RecordTable], prefixes: Sequence[str]) -> RecordTable:
    """Tables one after another; equal titles of stations become one, those of gathers are told apart by prefix."""
    if len(tables) == 1:
        return tables[0] if not prefixes[0] else replace(tables[0], ids=JoinedIds((prefixes[0],), (tables[0].ids,)))
    stations, station = _joined_codes([(table.stations, table.station) for table in tables])
    gathers, gather = _joined_codes(
        [(titles, table.gather) for titles, table in zip(_apart(tables, prefixes), tables, strict=True)]
    )

    def column(name: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(table, name) for table in tables])

    return RecordTable(
        stations,
        station,
        gathers,
        gather,
        column("start"),
        column("rate"),
        np.concatenate([table.n_samples for table in tables]),
        column("offset"),
        column("delay"),
        all(table.has_clock for table in tables),
        join_components([table.components for table in tables]),
        JoinedIds(tuple(prefixes), tuple(table.ids for table in tables)),
    )


def _apart(tables: Sequence[RecordTable], prefixes: Sequence[str]) -> list[tuple[str, ...]]:
    """Titles of gathers; one that several files have begins with the file: shots are numbered anew in each."""
    seen = Counter(title for table in tables for title in set(table.gathers))
    return [
        tuple(f"{prefix}: {title}" if prefix and seen[title] > 1 else title for title in table.gathers)
        for table, prefix in zip(tables, prefixes, strict=True)
    ]


def _joined_codes(
    parts: Sequence[tuple[tuple[str, ...], NDArray[np.int32]]],
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    known: dict[str, int] = {}
    columns = []
    for titles, codes in parts:
        new = np.array([known.setdefault(title, len(known)) for title in titles], dtype=np.int32)
        columns.append(new[codes] if len(new) else codes)
    return tuple(known), np.concatenate(columns)


COMPONENT_ORDER = "EN12RTXYZH"


def join_components(sets: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The components that occur in any of the sets, in the order E, N, Z (X, Z)."""
    found = list(dict.fromkeys(component for components in sets for component in components))
    return tuple(sorted(found, key=lambda name: (COMPONENT_ORDER + name).index(name)))


def codes_of(values: NDArray[np.generic]) -> tuple[NDArray[np.int32], IndexArray]:
    """Codes (n,) of distinct rows in order of first appearance, and the position of the first of each."""
    _, first, inverse = np.unique(values, axis=0, return_index=True, return_inverse=True)
    appearance = np.argsort(first, kind="stable")
    rank = np.empty(len(first), dtype=np.int32)
    rank[appearance] = np.arange(len(first), dtype=np.int32)
    return rank[inverse.reshape(-1)], first[appearance].astype(np.int64)


def group_records(codes: NDArray[np.int32], titles: Sequence[str], offset: NDArray[np.float64]) -> list[Group]:
    """The records of every title, in order of offset; titles without records are left out."""
    order = np.lexsort((np.arange(len(codes)), offset, codes))
    counts = np.bincount(codes, minlength=len(titles))
    pieces = np.split(order.astype(np.int64), np.cumsum(counts)[:-1])
    return [Group(title, piece) for title, piece in zip(titles, pieces, strict=True) if len(piece)]


def unique_names(names: NDArray[np.str_]) -> NDArray[np.str_]:
    """The names, those after the first of several equal ones with ' 2', ' 3' ... behind."""
    if len(np.unique(names)) == len(names):
        return names
    taken = set(names.tolist())
    out: list[str] = []
    seen: set[str] = set()
    for name in names.tolist():
        candidate, number = name, 1
        while candidate in seen or (number > 1 and candidate in taken):
            number += 1
            candidate = f"{name} {number}"
        seen.add(candidate)
        out.append(candidate)
    return np.array(out, dtype=np.str_)


def clock_text(posix: float, *, separator: str = " ") -> str:
    """A POSIX time as '2019-07-06 03:19:53.04' (UTC)."""
    moment = datetime.fromtimestamp(round(posix, 2), UTC)
    return moment.strftime(f"%Y-%m-%d{separator}%H:%M:%S") + f".{round(moment.microsecond / 1e4):02d}"
