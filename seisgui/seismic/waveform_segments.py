"""Waveforms by station and clock: stretches of samples of single channels put together as records.

A record is what one instrument of a station wrote without a long break: its components side by side on one clock,
NaN in gaps. Only headers are looked at here; samples are read from the segments as they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.record_table import (
    EVENT,
    STATION,
    KnownPick,
    NamedIds,
    RecordTable,
    clock_text,
    codes_of,
    join_components,
    make_table,
)
from seisgui.seismic.sample_faults import FEW_SAMPLES, fault_sentences
from seisgui.seismic.table_records import TableRecords
from seisgui.seismic.volume import FloatArray

SHORTEST_BREAK_S = 60.0  # a silence longer than this, and than the record so far, begins a new record
EARLIEST_S, LATEST_S = -2.3e9, 7.3e9  # years 1897 to 2201: other clocks are damaged
FASTEST_HZ = 1e8
YEAR_S = 366 * 86400.0  # what starts in the first year of the clock has none
TOLD = 3  # of many faults of one kind, so many are told one by one


class SampleSource(Protocol):
    """Samples of one segment."""

    def read(self, first: int, count: int) -> FloatArray:
        """Samples [first, first + count), (count,) float32; NaN where they are damaged."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Channel:
    """Who wrote it: 'NC', 'MCB', '', 'HHZ'."""

    network: str
    station: str
    location: str
    code: str

    @property
    def place(self) -> str:
        return f"{self.network}.{self.station}" if self.network else self.station or "station"

    @property
    def instrument(self) -> str:
        """Place, location, and band and instrument letters: 'NC.MCB.HH', 'NC.MCB.00.HH'."""
        return ".".join(part for part in (self.place, self.location, self.code[:-1]) if part)

    @property
    def component(self) -> str:
        """The last letter; horizontals named 1 and 2 stand for N and E."""
        letter = self.code[-1:].upper() or "Z"
        return {"1": "N", "2": "E"}.get(letter, letter)


@dataclass(frozen=True, slots=True)
class Segment:
    """Samples of one channel without a gap: ``start`` is POSIX time (s), ``rate`` in Hz.

    ``picks`` are (phase, POSIX time). ``event`` keeps apart what has no date: segments of one name belong together.
    """

    channel: Channel
    start: float
    rate: float
    count: int
    source: SampleSource
    offset: float = np.nan
    picks: tuple[tuple[str, float], ...] = ()
    event: str = ""

    @property
    def end(self) -> float:
        return self.start + self.count / self.rate


@dataclass(frozen=True, slots=True)
class _Piece:
    """A segment within a record: its component and the record's sample at which it begins."""

    component: int
    first: int
    segment: Segment


@dataclass(frozen=True, slots=True)
class _Record:
    """Segments of one instrument that belong together."""

    instrument: str
    place: str
    start: float
    rate: float
    segments: tuple[Segment, ...]

    @property
    def count(self) -> int:
        return max(round((item.start - self.start) * self.rate) + item.count for item in self.segments)


class StationRecords(TableRecords):
    """Records put together from segments; every reading goes to the files, for the samples asked for."""

    def __init__(self, name: str, segments: Sequence[Segment], problems: Sequence[str] = ()) -> None:
        records = _records(segments)
        components = join_components([(segment.channel.component,) for segment in segments])
        self._pieces = [_pieces(record, components) for record in records]
        table = _table(records, components)
        super().__init__(name, table, (EVENT, STATION), (*problems, *_clock_faults(segments, records)))
        self._picks = tuple(
            KnownPick(table.id_of(index), phase, time - record.start)
            for index, record in enumerate(records)
            for segment in record.segments
            for phase, time in segment.picks
            if 0.0 <= time - record.start < record.count / record.rate
        )
        self._sources = {id(segment.source): segment.source for segment in segments}
        if sum(segment.count for segment in segments) <= FEW_SAMPLES:
            self.problems = (*self.problems, *self._sample_faults())

    @property
    def known_picks(self) -> tuple[KnownPick, ...]:
        return self._picks

    def _sample_faults(self) -> list[str]:
        """Sentences on components that are dead and on samples that are no numbers; reads all of them."""
        dead = np.zeros((len(self.table), len(self.table.components)), dtype=bool)
        broken = np.zeros(len(self.table), dtype=bool)
        for row, pieces in enumerate(self._pieces):
            alive = np.zeros(len(self.table.components), dtype=bool)
            for piece in pieces:
                samples = piece.segment.source.read(0, piece.segment.count)
                finite = samples[np.isfinite(samples)]
                broken[row] |= len(finite) < len(samples)
                dead[row, piece.component] = True
                alive[piece.component] |= bool(len(finite)) and bool((finite != finite[0]).any())
            dead[row] &= ~alive
        return fault_sentences(self.name, self.table.components, dead, broken, "records")

    def read(self, indices: Sequence[int], first: int = 0, count: int | None = None) -> FloatArray:
        out = self.window(indices, first, count)
        for row, index in enumerate(indices):
            for piece in self._pieces[int(index)]:
                begin = max(first, piece.first)
                end = min(first + out.shape[2], piece.first + piece.segment.count)
                if end > begin:
                    samples = piece.segment.source.read(begin - piece.first, end - begin)
                    _put(out[row, piece.component, begin - first : end - first], samples)
        return out

    def close(self) -> None:
        for source in self._sources.values():
            source.close()


def _put(target: FloatArray, samples: FloatArray) -> None:
    """What was there first stays: in an overlap of clocks the segment that began earlier is shown."""
    np.copyto(target, samples, where=np.isnan(target))
    target[np.isinf(target)] = np.nan


def _records(segments: Sequence[Segment]) -> list[_Record]:
    by_instrument: dict[tuple[str, float, str], list[Segment]] = {}
    for segment in segments:
        key = segment.channel.instrument, round(segment.rate, 6), segment.event
        by_instrument.setdefault(key, []).append(segment)
    found = []
    for (instrument, _, _), members in by_instrument.items():
        members.sort(key=lambda item: item.start)
        for together in _without_long_breaks(members):
            first = together[0]
            found.append(_Record(instrument, first.channel.place, first.start, first.rate, tuple(together)))
    return sorted(found, key=lambda record: (record.start, record.instrument))


def _without_long_breaks(members: Sequence[Segment]) -> Iterable[list[Segment]]:
    together = [members[0]]
    begin, end = members[0].start, members[0].end
    for segment in members[1:]:
        if segment.start - end > max(SHORTEST_BREAK_S, end - begin):
            yield together
            together, begin, end = [], segment.start, segment.end
        together.append(segment)
        end = max(end, segment.end)
    yield together


def _pieces(record: _Record, components: tuple[str, ...]) -> list[_Piece]:
    return [
        _Piece(
            components.index(segment.channel.component), round((segment.start - record.start) * record.rate), segment
        )
        for segment in record.segments
    ]


def _table(records: Sequence[_Record], components: tuple[str, ...]) -> RecordTable:
    places = np.array([record.place for record in records], dtype=np.str_)
    station, first = codes_of(places)
    events, titles = _events(records)
    offsets = [next((s.offset for s in record.segments if np.isfinite(s.offset)), np.nan) for record in records]
    dated = min(record.start for record in records) > YEAR_S
    names = [_name(record) for record in records]
    return make_table(
        [record.rate for record in records],
        [record.count for record in records],
        stations=(station, places[first].tolist()),
        gathers=(events, titles),
        start=np.array([record.start for record in records]) if dated else None,
        offset=np.array(offsets),
        components=components,
        ids=NamedIds(names),
    )


def _name(record: _Record) -> str:
    """'NC.MCB.HH/2019-07-06T03:19:53.04', or with the name of the event where there is no date."""
    when = record.segments[0].event or clock_text(record.start, separator="T")
    return f"{record.instrument}/{when}"


def _events(records: Sequence[_Record]) -> tuple[NDArray[np.int32], list[str]]:
    """Records whose times overlap belong together, those without a date by name; in order of start."""
    codes = np.zeros(len(records), dtype=np.int32)
    titles: list[str] = []
    named: dict[str, int] = {}
    end, current = -np.inf, -1
    for index, record in enumerate(records):
        event = record.segments[0].event
        if event:
            if event not in named:
                named[event] = len(titles)
                titles.append(event)
            codes[index] = named[event]
            continue
        if record.start >= end:
            current = len(titles)
            titles.append(clock_text(record.start)[:19])
        codes[index] = current
        end = max(end, record.start + record.count / record.rate)
    return codes, titles


def _clock_faults(segments: Sequence[Segment], records: Sequence[_Record]) -> list[str]:
    """Sentences on gaps, overlaps, components named 1 and 2, and mixed rates."""
    gaps, overlaps = [], []
    for record in records:
        by_channel: dict[Channel, list[Segment]] = {}
        for segment in record.segments:
            by_channel.setdefault(segment.channel, []).append(segment)
        for channel, members in by_channel.items():
            end = members[0].end
            for segment in members[1:]:
                silence = segment.start - end
                what = f"{abs(silence):.4g} s in {record.instrument}{channel.code[-1:]} at {clock_text(end)}"
                if silence > 0.5 / record.rate:
                    gaps.append(what)
                elif silence < -0.5 / record.rate:
                    overlaps.append(what)
                end = max(end, segment.end)
    problems = [*_told("gap", gaps), *_told("overlap of clocks", overlaps, "; the earlier samples are shown")]
    renamed = sorted({s.channel.instrument for s in segments if s.channel.code[-1:] in {"1", "2"}})
    if renamed:
        some = ", ".join(renamed[:TOLD]) + (f" and {len(renamed) - TOLD} more" if len(renamed) > TOLD else "")
        problems.append(f"components 1 and 2 of {some} are shown as N and E, not rotated")
    rates = sorted({record.rate for record in records})
    if len(rates) > 1:
        text = ", ".join(f"{rate:g}" for rate in rates[:6])
        problems.append(f"sampling rates are mixed ({text} Hz); each record keeps its own")
    return problems


def _told(noun: str, found: Sequence[str], end: str = "") -> list[str]:
    if not found:
        return []
    if len(found) <= TOLD:
        return [f"{noun} of {what}{end}" for what in found]
    return [f"{len(found)} {noun.replace('gap', 'gaps').replace('overlap', 'overlaps')}, the first of {found[0]}{end}"]
