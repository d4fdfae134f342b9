"""Records of pre-stack SEG-Y and Seismic Unix files: a trace each, told apart by their headers, read by window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic import words_cache
from seisgui.seismic.file_structure import FileStructure, read_structure
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.open_files import FILES
from seisgui.seismic.progress import finish
from seisgui.seismic.record_table import SHOT, STATION, NumberedIds, RecordTable, codes_of, make_table
from seisgui.seismic.sample_faults import sample_faults
from seisgui.seismic.scan import check_trace_lengths
from seisgui.seismic.su import is_su, read_su_structure
from seisgui.seismic.table_records import TableRecords
from seisgui.seismic.trace_components import components_of
from seisgui.seismic.trace_coordinates import scale_factor
from seisgui.seismic.trace_file import TraceFile
from seisgui.seismic.trace_kind import gather_key
from seisgui.seismic.trace_words import Words, read_words
from seisgui.seismic.volume import FloatArray

RECORD, CHANNEL, SOURCE_POINT, CDP, TRACE_ID, OFFSET, SCALAR = 9, 13, 17, 21, 29, 37, 71
SOURCE, RECEIVER = (73, 77), (81, 85)
DELAY, INTERVAL, TIME_SCALAR = 109, 117, 215
CLOCK = (157, 159, 161, 163, 165)  # year, day of the year, hour, minute, second
LONG = (RECORD, CHANNEL, SOURCE_POINT, CDP, OFFSET, *SOURCE, *RECEIVER, 189, 193)
SHORT = (TRACE_ID, SCALAR, DELAY, INTERVAL, *CLOCK, TIME_SCALAR)
READ = (*((byte, 4) for byte in LONG), *((byte, 2) for byte in SHORT))
DEAD = 2
LONGEST_DELAY_S, FARTHEST_M = 3600.0, 10_000_000  # beyond these the words hold something else
POSITION = "position"  # gathers by CDP, or by inline and crossline


class SegyRecords(TableRecords):
    """Traces of a SEG-Y or SU file: ``traces`` (n_record, n_component) are their positions, -1 where there is none."""

    def __init__(
        self,
        file: TraceFile,
        traces: NDArray[np.int64],
        table: RecordTable,
        groupings: tuple[str, ...],
        problems: tuple[str, ...],
    ) -> None:
        super().__init__(file.path.stem, table, groupings, problems)
        self.path, self._structure, self._identity = file.path, file.structure, file.identity
        self._traces = traces
        self._closed = False
        FILES.get(self, lambda: file)

    def read(self, indices: Sequence[int], first: int = 0, count: int | None = None) -> FloatArray:
        out = self.window(indices, first, count)
        begin, end = max(first, 0), min(first + out.shape[2], self._structure.n_samples)
        if end > begin and len(indices):
            file = self._opened()
            file.check()
            wanted = self._traces[np.asarray(indices, dtype=np.int64)]
            there = wanted >= 0
            piece = file.windows(wanted[there], begin, end - begin)
            piece[np.isinf(piece)] = np.nan
            if piece.shape[1] == out.shape[2] and there.all():
                return piece.reshape(out.shape)
            out[there, begin - first : end - first] = piece
        return out

    def _opened(self) -> TraceFile:
        """The file, opened again where others were read meanwhile; ``InputError`` where it is another one now."""
        if self._closed:
            raise InputError(f"{self.path.name} has been closed.", "Open it again.")
        file = FILES.get(self, lambda: TraceFile(self._structure))
        if file.identity != self._identity:
            FILES.close(self)
            raise InputError(f"{self.path.name} was changed or replaced while it was open.", "Open it again.")
        return file

    def origin(self, index: int) -> tuple[Path, tuple[int, ...]]:
        return self.path, tuple(trace for trace in self._traces[index].tolist() if trace >= 0)

    def close(self) -> None:
        self._closed = True
        FILES.close(self)


def open_segy_records(path: Path, layout: SegyLayout | None = None, rate: float | None = None) -> SegyRecords:
    """Open a SEG-Y or SU file trace by trace, from its trace headers; ``rate`` (Hz) overrules them.

    ``InputError`` where it is neither, its traces have no common length, or nothing tells the sample interval.
    """
    layout = layout or SegyLayout()
    su = is_su(path)
    file = TraceFile(read_su_structure(path, layout.byte_order) if su else read_structure(path, layout.byte_order))
    try:
        if not su:
            check_trace_lengths(file)
        words = _words(file, su=su)
        if rate is None and layout.interval:
            rate = 1000.0 / layout.interval
        components = components_of(words)
        several = len(components.names) > 1
        of_records = {byte: column[components.first] for byte, column in words.items()} if several else words
        table, groupings = _table(file.structure, of_records, rate, components.names)
        problems = _problems(file.structure, words, table)
        records = SegyRecords(file, components.traces, table, groupings, tuple(problems))
        dead = words[TRACE_ID][components.first] == DEAD
        records.problems += tuple(sample_faults(records, "traces" if len(components.names) == 1 else "records", dead))
        return records
    except BaseException:
        file.close()
        raise


def _words(file: TraceFile, *, su: bool) -> Words:
    if su:  # bytes 181 and on mean something else there
        words = finish(read_words(file, [entry for entry in READ if entry[0] <= 180]))
        zero = np.zeros(file.structure.n_traces, dtype=np.int32)
        return words | dict.fromkeys((189, 193, TIME_SCALAR), zero)
    kept = words_cache.load(file, READ)
    if kept is None:
        kept = finish(read_words(file, READ))
        words_cache.store(file, READ, kept)
    return kept


def _table(
    structure: FileStructure, words: Words, rate: float | None, components: tuple[str, ...]
) -> tuple[RecordTable, tuple[str, ...]]:
    n = len(words[RECORD])
    byte, noun = _gathered_by(words, structure.sort_code)
    keys = [words[189], words[193]] if byte == 189 else [words[byte]]
    gather, first = codes_of(np.stack(keys, axis=1))
    if len(first) == n > 1:  # a stack: no two traces share a position
        keys, noun = keys[:1], "inline" if byte == 189 else noun
        gather, first = codes_of(keys[0])
    rows = np.stack([key[first] for key in keys], axis=1).tolist()
    titles = [f"{noun} {' / '.join(str(value) for value in row)}" for row in rows]
    by_shot = byte in {RECORD, SOURCE_POINT}
    table = make_table(
        _rates(structure, words, rate),
        np.full(n, structure.n_samples),
        stations=_stations(words),
        gathers=(gather, titles),
        start=_clock(words),
        offset=_offsets(words),
        delay=_delays(words),
        components=components,
        ids=NumberedIds(n, "record" if len(components) > 1 else "trace"),
    )
    return table, (SHOT, STATION) if by_shot else (POSITION, STATION)


def _gathered_by(words: Words, sort_code: int) -> tuple[int, str]:
    """The word that tells gathers apart; that of the shot where the file lies in order of shots."""
    n_traces = len(words[RECORD])
    for byte, noun in ((RECORD, "field record"), (SOURCE_POINT, "source point")):
        runs = 1 + int(np.count_nonzero(np.diff(words[byte])))
        if 1 < runs < n_traces and runs == len(np.unique(words[byte])):
            return byte, noun
    byte, noun, _ = gather_key(words, sort_code)
    return byte, noun


def _stations(words: Words) -> tuple[NDArray[np.int32], list[str]]:
    """Receivers by their coordinates where several traces share them, else by channel."""
    n = len(words[CHANNEL])
    x, y = (words[byte] for byte in RECEIVER)
    if x.any() or y.any():
        codes, first = codes_of((x.astype(np.int64) << 32) ^ (y.astype(np.int64) & 0xFFFFFFFF))
        if len(first) <= n / 2:
            factor = scale_factor(words[SCALAR][first])
            places = zip((x[first] * factor).tolist(), (y[first] * factor).tolist(), strict=True)
            return codes, [f"receiver {east:.10g} / {north:.10g}" for east, north in places]
    codes, first = codes_of(words[CHANNEL])
    if len(first) == 1 or len(first) > max(n / 2, 2000):
        return np.zeros(n, dtype=np.int32), ["trace"]
    return codes, [f"channel {channel}" for channel in words[CHANNEL][first].tolist()]


def _rates(structure: FileStructure, words: Words, rate: float | None) -> NDArray[np.float64]:
    """Hz of every trace: as stated, else of its own header where these differ, else of the file's."""
    n = len(words[INTERVAL])
    if rate is not None:
        return np.full(n, float(rate))
    own = words[INTERVAL] & 0xFFFF
    if (own > 0).all() and (own != own[0]).any():
        return np.asarray(1e6 / own)
    if structure.interval_us <= 0:
        raise InputError(
            f"{structure.path.name} gives no sampling rate: its sample interval is zero.", "State one: --rate"
        )
    return np.full(n, 1e6 / structure.interval_us)


def _offsets(words: Words) -> NDArray[np.float64] | None:
    """Offsets (m) by the header word, else by the coordinates of source and receiver."""
    if (words[OFFSET] != words[OFFSET][0]).any():
        return words[OFFSET].astype(np.float64) if np.abs(words[OFFSET]).max() <= FARTHEST_M else None
    places = [words[byte] for byte in (*SOURCE, *RECEIVER)]
    if places[0].any() or places[1].any():
        if not (places[2].any() or places[3].any()):
            return None
        factor = scale_factor(words[SCALAR])
        east, north = ((places[axis + 2].astype(np.float64) - places[axis]) * factor for axis in (0, 1))
        return np.hypot(east, north)
    return words[OFFSET].astype(np.float64) if words[OFFSET].any() else None


def _delays(words: Words) -> NDArray[np.float64]:
    """Delay recording time (s); byte 215 scales it, negative divides. What cannot be one is taken as none."""
    delays = words[DELAY] * scale_factor(words[TIME_SCALAR]) / 1000.0
    return delays if np.abs(delays).max() <= LONGEST_DELAY_S else np.zeros(len(delays))


def _clock(words: Words) -> NDArray[np.float64] | None:
    """POSIX times where every trace has a sensible one."""
    year, day, hour, minute, second = (words[byte].astype(np.int64) for byte in CLOCK)
    sensible = (year >= 1950) & (year < 2200) & (day >= 1) & (day <= 366)
    sensible &= (hour >= 0) & (hour < 24) & (minute >= 0) & (minute < 60) & (second >= 0) & (second < 61)
    if not sensible.all():
        return None
    days = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + day - 1
    return np.asarray(days * 86400.0 + hour * 3600 + minute * 60 + second) + _delays(words)


def _problems(structure: FileStructure, words: Words, table: RecordTable) -> list[str]:
    name, problems = structure.path.name, list(structure.problems)
    if structure.trailing:
        missing = structure.trace_bytes - structure.trailing
        problems.append(
            f"{name} is cut off: its last trace lacks {missing} of {structure.trace_bytes} bytes and is left out"
        )
    dead = int(np.count_nonzero(words[TRACE_ID] == DEAD))
    if dead:
        problems.append(f"{dead} of {structure.n_traces} traces of {name} are marked dead")
    rates = np.unique(table.rate)
    if len(rates) > 1:
        problems.append(
            f"{name} mixes {len(rates)} sampling rates, {rates[0]:g} to {rates[-1]:g} Hz; each trace keeps its own"
        )
    return problems
