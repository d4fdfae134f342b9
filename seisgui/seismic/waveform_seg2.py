"""SEG-2: shots of refraction and engineering seismographs, by ObsPy; a trace is a record."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.obspy_reader import first_line, read_stream
from seisgui.seismic.record_table import SHOT, STATION, RecordTable, codes_of, make_table
from seisgui.seismic.sample_faults import sample_faults
from seisgui.seismic.table_records import TableRecords
from seisgui.seismic.volume import FloatArray

MAGIC = (b"\x55\x3a", b"\x3a\x55")
KEPT_BYTES = 256 << 20  # samples of files that are kept in memory; the others are read again


def is_seg2(head: bytes) -> bool:
    """True for the first bytes of a SEG-2 file."""
    return head[:2] in MAGIC


class _Kept:
    """Samples of the files read last; a shot is a megabyte, so files are read whole."""

    def __init__(self) -> None:
        self._files: OrderedDict[Path, list[FloatArray]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, path: Path) -> list[FloatArray] | None:
        with self._lock:
            if path in self._files:
                self._files.move_to_end(path)
            return self._files.get(path)

    def put(self, path: Path, traces: list[FloatArray]) -> None:
        with self._lock:
            if path in self._files:
                return
            self._files[path] = traces
            self._bytes += sum(trace.nbytes for trace in traces)
            while self._bytes > KEPT_BYTES and len(self._files) > 1:
                _, oldest = self._files.popitem(last=False)
                self._bytes -= sum(trace.nbytes for trace in oldest)


KEPT = _Kept()


class Seg2Records(TableRecords):
    """The traces of one SEG-2 file."""

    def __init__(self, path: Path, table: RecordTable, problems: tuple[str, ...]) -> None:
        super().__init__(path.stem, table, (SHOT, STATION), problems)
        self.path = path
        self._modified = path.stat().st_mtime_ns

    def read(self, indices: Sequence[int], first: int = 0, count: int | None = None) -> FloatArray:
        out = self.window(indices, first, count)
        traces = self._traces()
        for row, index in enumerate(indices):
            samples = traces[int(index)]
            begin, end = max(first, 0), min(first + out.shape[2], len(samples))
            if end > begin:
                out[row, 0, begin - first : end - first] = samples[begin:end]
        out[np.isinf(out)] = np.nan
        return out

    def _traces(self) -> list[FloatArray]:
        kept = KEPT.get(self.path)
        if kept is None:
            kept = _samples(_stream(self.path))
            if len(kept) != len(self.table):
                raise InputError(f"{self.path.name} was changed while it was open.", "Open it again.")
            KEPT.put(self.path, kept)
        return kept

    def origin(self, index: int) -> tuple[Path, tuple[int, ...]]:
        return self.path, (int(index),)


def open_seg2_records(path: Path, rate: float | None = None) -> Seg2Records:
    """Open a SEG-2 file; ``rate`` (Hz) overrules it. ``InputError`` where ObsPy cannot read it or it is empty."""
    stream = _stream(path)
    if not any(len(trace.data) for trace in stream):
        raise InputError(f"{path.name} holds no traces with samples.", "There is nothing to show in it.")
    headers = [dict(trace.stats.seg2) for trace in stream]
    rates = [rate or float(trace.stats.sampling_rate) for trace in stream]
    receivers = np.array([_place(header.get("RECEIVER_LOCATION")) for header in headers])
    sources = np.array([_place(header.get("SOURCE_LOCATION")) for header in headers])
    distance = np.sqrt(((receivers - sources) ** 2).sum(axis=1))
    side = np.sign(receivers[:, 0] - sources[:, 0])
    channels = np.array([_number(header.get("CHANNEL_NUMBER"), index + 1) for index, header in enumerate(headers)])
    codes, first = codes_of(channels)
    delay = np.array([_number(header.get("DELAY"), 0.0) for header in headers])
    start = np.array([float(trace.stats.starttime.timestamp) for trace in stream])
    table = make_table(
        rates,
        [len(trace.data) for trace in stream],
        stations=(codes, [f"channel {channel:g}" for channel in channels[first].tolist()]),
        gathers=(np.zeros(len(headers), dtype=np.int32), [path.stem]),
        start=start + delay if (start > 0).all() else None,
        offset=np.where(side < 0, -distance, distance),
        delay=delay,
    )
    KEPT.put(path, _samples(stream))
    problems = []
    if len(set(rates)) > 1:
        problems.append(f"sampling rates are mixed in {path.name}; each trace keeps its own")
    records = Seg2Records(path, table, tuple(problems))
    records.problems += tuple(sample_faults(records, "traces"))
    return records


def _stream(path: Path) -> Any:
    try:
        return read_stream("SEG2", io.BytesIO(path.read_bytes()))  # of a file name it leaves a damaged file open
    except Exception as error:
        raise InputError(
            f"{path.name} cannot be read as SEG-2: {first_line(error)}.", "It may be damaged; copy it again."
        ) from error


def _samples(stream: Any) -> list[FloatArray]:
    with np.errstate(invalid="ignore", over="ignore"):
        return [np.asarray(trace.data, dtype=np.float32) * np.float32(trace.stats.calib or 1.0) for trace in stream]


def _number(value: object, default: float) -> float:
    try:
        number = float(str(value).split()[0])
    except (ValueError, IndexError):
        return default
    return number if np.isfinite(number) else default


def _place(value: object) -> NDArray[np.float64]:
    """Up to three coordinates (m) of a location field; NaN where there is none."""
    place = np.zeros(3)
    try:
        numbers = [float(part) for part in str(value).split()[:3]]
    except ValueError:
        numbers = []
    if not numbers:
        return np.full(3, np.nan)
    place[: len(numbers)] = numbers
    return place
