"""miniSEED: an index of its records made once from their headers, and windows decoded by ObsPy from it."""

from __future__ import annotations

import io
import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.obspy_reader import read_stream
from seisgui.seismic.open_files import SampleFile
from seisgui.seismic.volume import FloatArray
from seisgui.seismic.waveform_segments import EARLIEST_S, FASTEST_HZ, LATEST_S, Channel, Segment

HEAD = 128  # bytes of a record that are looked at: the fixed header and its first blockettes
FIXED = 48
SHORTEST = 128
BLOCK_BYTES = 4 << 20
DATA_CODES = np.frombuffer(b"DRQM", dtype=np.uint8)
TEXT_ENCODINGS = (0,)  # logs of the digitiser: no samples
MOST_BLOCKETTES = 8

log = logging.getLogger(__name__)

ByteArray = NDArray[np.uint8]
IndexArray = NDArray[np.int64]


def is_mseed(head: bytes) -> bool:
    """True where a file begins like miniSEED or full SEED: a sequence number and a record type."""
    if len(head) < FIXED or not all(byte in b"0123456789 \0" for byte in head[:6]):
        return False
    data = head[6:7] in {b"D", b"R", b"Q", b"M"} and head[7:8] in {b" ", b"\0"}
    return data or head[6:8] == b"V "


@dataclass(frozen=True, slots=True)
class _Index:
    """One row a record: place and length in the file, channel (bytes), start (POSIX s), rate (Hz), samples."""

    offset: IndexArray
    length: IndexArray
    channel: NDArray[np.bytes_]
    start: NDArray[np.float64]
    rate: NDArray[np.float64]
    count: IndexArray

    def rows(self, chosen: NDArray[np.generic]) -> _Index:
        return _Index(*(getattr(self, name)[chosen] for name in self.__slots__))


class MseedRun:
    """Records of one channel that follow one another without a gap."""

    def __init__(self, file: SampleFile, index: _Index) -> None:
        self._file = file
        self._offset, self._length = index.offset, index.length
        self._first = np.concatenate([[0], np.cumsum(index.count)])
        self._legible = all(32 <= byte < 127 for byte in bytes(index.channel[0]))
        self._warned = False

    def read(self, first: int, count: int) -> FloatArray:
        low = int(np.searchsorted(self._first, first, side="right")) - 1
        high = int(np.searchsorted(self._first, first + count, side="left"))
        samples = self._decoded(low, high)
        skip = first - int(self._first[low])
        return samples[skip : skip + count]

    def _decoded(self, low: int, high: int) -> FloatArray:
        """All samples of records [low, high); what cannot be decoded is NaN."""
        expected = int(self._first[high] - self._first[low])
        samples = _decode(self._raw(low, high))
        if len(samples) == expected:
            return samples
        if high - low > 1:
            middle = (low + high) // 2
            return np.concatenate([self._decoded(low, middle), self._decoded(middle, high)])
        if not self._warned:
            log.warning("%s: the record at byte %d is damaged", self._file.path.name, self._offset[low])
            self._warned = True
        return np.full(expected, np.nan, dtype=np.float32)

    def _raw(self, low: int, high: int) -> bytes:
        raw = bytearray(int(self._length[low:high].sum()))
        view, done = memoryview(raw), 0
        for begin, end in _joined(self._offset[low:high], self._length[low:high]):
            self._file.read_into(view[done : done + end - begin], begin)
            done += end - begin
        if not self._legible:
            self._blank_names(raw, self._length[low:high])
        return bytes(raw)

    @staticmethod
    def _blank_names(raw: bytearray, lengths: IndexArray) -> None:
        """Blank names that are no text: ObsPy stumbles over them, and here the index has them."""
        for begin in np.cumsum(lengths) - lengths:
            raw[begin + 8 : begin + 20] = b" " * 12

    def close(self) -> None:
        self._file.close()


def _joined(offset: IndexArray, length: IndexArray) -> Iterator[tuple[int, int]]:
    """Stretches [begin, end) of the file that hold these records and nothing between."""
    breaks = np.flatnonzero(offset[1:] != offset[:-1] + length[:-1]) + 1
    firsts = np.concatenate([[0], breaks])
    lasts = np.concatenate([breaks, [len(offset)]]) - 1
    yield from zip(offset[firsts].tolist(), (offset[lasts] + length[lasts]).tolist(), strict=True)


def _decode(raw: bytes) -> FloatArray:
    """Samples of consecutive records of one channel; empty where ObsPy cannot decode them."""
    try:
        stream = read_stream("MSEED", io.BytesIO(raw))
    except Exception as error:  # noqa: BLE001  libmseed's complaints have no common class
        log.info("miniSEED records were not decoded: %s", error)
        return np.empty(0, dtype=np.float32)
    if not len(stream):
        return np.empty(0, dtype=np.float32)
    stream.sort(["starttime"])
    return np.concatenate([np.asarray(trace.data, dtype=np.float32) for trace in stream])


def read_mseed(path: Path) -> tuple[list[Segment], list[str]]:
    """Segments of a miniSEED file and sentences on what is wrong; ``InputError`` where it has no samples at all."""
    file = SampleFile(path)
    index, cut = _index(file, file.size)
    problems = [f"{path.name} is cut off within its last record, which is left out"] if cut else []
    useful = (index.rate > 0.0) & (index.count > 0)
    sane = (index.rate <= FASTEST_HZ) & (index.start >= EARLIEST_S) & (index.start <= LATEST_S)
    damaged = int((useful & ~sane).sum())
    if damaged:
        problems.append(f"{damaged} of {len(sane)} pieces of {path.name} have damaged headers and are left out")
    index = index.rows(useful & sane)
    if not len(index.offset):
        raise InputError(f"{path.name} holds no samples: it is empty, or holds nothing but logs and headers.")
    return list(_segments(file, index)), problems


def _segments(file: SampleFile, index: _Index) -> Iterator[Segment]:
    index = index.rows(np.lexsort((index.start, index.rate, index.channel)))
    tolerance = 0.5 / index.rate[1:]
    follows = np.abs(index.start[1:] - (index.start + index.count / index.rate)[:-1]) <= tolerance
    follows &= (index.channel[1:] == index.channel[:-1]) & (index.rate[1:] == index.rate[:-1])
    bounds = [0, *(np.flatnonzero(~follows) + 1).tolist(), len(index.offset)]
    for low, high in itertools.pairwise(bounds):
        run = index.rows(np.arange(low, high))
        yield Segment(
            _channel(run.channel[0]),
            float(run.start[0]),
            float(run.rate[0]),
            int(run.count.sum()),
            MseedRun(file, run),
        )


def _channel(code: bytes) -> Channel:
    """Of the 12 bytes station, location, channel, network."""
    padded = "".join(chr(byte) if 32 <= byte < 127 else " " for byte in code.ljust(12, b" "))
    station, location, channel, network = padded[:5], padded[5:7], padded[7:10], padded[10:12]
    return Channel(*(part.strip(" \0") for part in (network, station, location, channel)))


def _index(file: SampleFile, size: int) -> tuple[_Index, bool]:
    """All data records of a file, and whether it ends within one."""
    head = _read(file, 0, min(size, BLOCK_BYTES))
    length = _record_length(head)
    if length and (index := _regular(file, size, length)) is not None:
        return index, bool(size % length >= HEAD)
    return _walked(file, size)


def _read(file: SampleFile, offset: int, count: int) -> ByteArray:
    block = np.empty(count, dtype=np.uint8)
    if count:
        file.read_into(memoryview(block.data), offset)
    return block


def _record_length(head: ByteArray) -> int:
    """Length by the first data record in the first bytes of a file; 0 where there is none."""
    for offset in range(0, len(head) - HEAD, SHORTEST):
        if head[offset + 6] in DATA_CODES:
            length = int(_lengths(head[None, offset : offset + HEAD])[0]) or _guessed_length(head[offset:])
            if length:
                return length
    return 0


def _guessed_length(block: ByteArray) -> int:
    """Length of a record that does not tell it: to where the next one begins, or the file ends."""
    for exponent in range(7, 17):
        length = 1 << exponent
        if len(block) == length or (len(block) > length + FIXED and is_mseed(block[length : length + FIXED].tobytes())):
            return length
    return 0


def _regular(file: SampleFile, size: int, length: int) -> _Index | None:
    """Index of a file whose records all have that length; None where they do not."""
    n_records = size // length
    parts = []
    at_once = max(1, BLOCK_BYTES // length)
    for low in range(0, n_records, at_once):
        high = min(low + at_once, n_records)
        block = _read(file, low * length, (high - low) * length).reshape(high - low, length)
        heads = block[:, :HEAD]
        data = np.isin(heads[:, 6], DATA_CODES)
        lengths = _lengths(heads[data])
        lengths[lengths == 0] = length
        if (lengths != length).any() or not _known_kinds(heads[~data]):
            return None
        parts.append(_parsed(heads[data], np.flatnonzero(data) * length + low * length, lengths))
    return _concatenated(parts)


def _known_kinds(heads: ByteArray) -> bool:
    """True where records without data are control headers of full SEED, or noise (blank)."""
    return bool(np.isin(heads[:, 6], np.frombuffer(b"VAST ", dtype=np.uint8)).all())


def _walked(file: SampleFile, size: int) -> tuple[_Index, bool]:
    """Index of a file with records of several lengths, record by record; what is none is stepped over."""
    heads, offsets = [], []
    offset, cut = 0, False
    while offset + HEAD <= size:
        head = _read(file, offset, HEAD)
        length = int(_lengths(head[None])[0]) if head[6] in DATA_CODES else 0
        if length and offset + length <= size:
            heads.append(head)
            offsets.append(offset)
        cut = bool(length) and offset + length > size
        offset += length or SHORTEST
    if not heads:
        return _concatenated([]), cut
    table = np.stack(heads)
    return _parsed(table, np.array(offsets, dtype=np.int64), _lengths(table)), cut


def _concatenated(parts: list[_Index]) -> _Index:
    if not parts:
        none, numbers = np.zeros(0, dtype=np.int64), np.zeros(0)
        return _Index(none, none, np.zeros(0, dtype="S12"), numbers, numbers, none)
    return _Index(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Index.__slots__))


def _words(heads: ByteArray, byte: int, kind: str) -> NDArray[np.float64]:
    """Numbers of ``kind`` ('u2', 'i4' ...) at ``byte`` of every head, in each head's own byte order."""
    width = int(kind[1])
    raw = np.ascontiguousarray(heads[:, byte : byte + width])
    big, little = (raw.view(order + kind)[:, 0].astype(np.float64) for order in "><")
    return np.where(_is_big(heads), big, little)


def _is_big(heads: ByteArray) -> NDArray[np.bool_]:
    """Byte order by whether year and day make sense."""
    raw = np.ascontiguousarray(heads[:, 20:24]).view(">u2")
    return (raw[:, 0] >= 1900) & (raw[:, 0] <= 2100) & (raw[:, 1] >= 1) & (raw[:, 1] <= 366)


def _blockettes(heads: ByteArray) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int64], ByteArray]]:
    """Blockette after blockette: which heads have one, its type, and its first 8 bytes."""
    rows = np.arange(len(heads))
    place = _words(heads, 46, "u2").astype(np.int64)
    big = _is_big(heads)
    for _ in range(MOST_BLOCKETTES):
        there = (place >= FIXED) & (place <= HEAD - 8)
        if not there.any():
            return
        columns = np.where(there, place, FIXED)[:, None] + np.arange(8)
        piece = np.ascontiguousarray(heads[rows[:, None], columns])
        kind, following = (
            np.where(
                big, piece[:, at : at + 2].copy().view(">u2")[:, 0], piece[:, at : at + 2].copy().view("<u2")[:, 0]
            )
            for at in (0, 2)
        )
        yield there, kind.astype(np.int64), piece
        place = np.where(there & (following > place), following, 0)


def _lengths(heads: ByteArray) -> IndexArray:
    """Record lengths by blockette 1000; 0 where there is none."""
    length = np.zeros(len(heads), dtype=np.int64)
    for there, kind, piece in _blockettes(heads):
        found = there & (kind == 1000) & (piece[:, 6] >= 7) & (piece[:, 6] <= 24)
        length[found] = 1 << piece[found, 6].astype(np.int64)
    return length


def _parsed(heads: ByteArray, offset: IndexArray, length: IndexArray) -> _Index:
    rate, microseconds = _header_rates(heads), np.zeros(len(heads))
    logs = np.zeros(len(heads), dtype=bool)
    for there, kind, piece in _blockettes(heads):
        exact = there & (kind == 100)
        actual = np.where(
            _is_big(heads), piece[:, 4:8].copy().view(">f4")[:, 0], piece[:, 4:8].copy().view("<f4")[:, 0]
        )
        usable = exact & np.isfinite(actual) & (actual > 0)
        rate[usable] = actual[usable]
        quality = there & (kind == 1001)
        microseconds[quality] = piece[quality, 5].view(np.int8)
        logs |= there & (kind == 1000) & np.isin(piece[:, 4], TEXT_ENCODINGS)
    count = _words(heads, 30, "u2").astype(np.int64)
    count[logs] = 0
    channel = np.ascontiguousarray(heads[:, 8:20]).view("S12")[:, 0]
    return _Index(offset.astype(np.int64), length, channel, _starts(heads) + microseconds / 1e6, rate, count)


def _header_rates(heads: ByteArray) -> NDArray[np.float64]:
    """Rate by factor and multiplier: negative ones divide."""
    factor, multiplier = _words(heads, 32, "i2"), _words(heads, 34, "i2")
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(factor > 0, factor, np.where(factor < 0, -1.0 / factor, 0.0))
        return np.where(multiplier > 0, rate * multiplier, np.where(multiplier < 0, -rate / multiplier, rate))


def _starts(heads: ByteArray) -> NDArray[np.float64]:
    """POSIX times with the correction that was not applied yet."""
    year, day = _words(heads, 20, "u2").astype(np.int64), _words(heads, 22, "u2")
    days = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + day - 1
    seconds = heads[:, 24] * 3600.0 + heads[:, 25] * 60.0 + heads[:, 26] + _words(heads, 28, "u2") / 1e4
    correction = np.where(heads[:, 36] & 2, 0.0, _words(heads, 40, "i4") / 1e4)
    return np.asarray(days * 86400.0 + seconds + correction)
