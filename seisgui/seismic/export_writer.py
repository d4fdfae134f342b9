"""The traces of an exported SEG-Y: headers read ahead by one thread, samples encoded here, written by another."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic import ibm
from seisgui.seismic.export_headers import file_headers
from seisgui.seismic.file_structure import TRACE_HEADER_BYTES
from seisgui.seismic.progress import Progress
from seisgui.seismic.read_back import Written
from seisgui.seismic.sample_format import FORMATS, encode_into, order_character
from seisgui.seismic.segy import SegyVolume
from seisgui.seismic.trace_sink import ByteArray, IndexArray, TraceSink
from seisgui.seismic.volume import BoolArray, FloatArray

NO_VALUE = -1.0  # written where a trace or sample has no value
AHEAD = 3  # pieces of which headers are read before they are wanted
IBM = 1

Values = FloatArray | NDArray[np.signedinteger]
SectionValues = Callable[[int], Values]


class TraceWriter:
    """Writes values as a file with the headers of ``source``; counts the samples that carry one."""

    def __init__(self, source: SegyVolume, code: int, cards: Sequence[str]) -> None:
        self._source, self._code = source, code
        structure = source.structure
        original = source.file.read_bytes(0, structure.data_offset)
        self._head, self.used_cards = file_headers(original, structure, code, cards)
        self._trace_bytes = TRACE_HEADER_BYTES + structure.n_samples * FORMATS[code].width
        self._missing = 0

    @property
    def size(self) -> int:
        """Bytes of the file to be written."""
        return len(self._head) + self._source.structure.n_traces * self._trace_bytes

    @property
    def fraction(self) -> float:
        """Share of the samples that carry a value, once they are written."""
        structure = self._source.structure
        return 1.0 - self._missing / (structure.n_traces * structure.n_samples)

    def write(self, path: Path, section_values: SectionValues) -> Generator[Progress, None, Written]:
        """Write all traces, inline by inline; a file sorted by inline is written front to back."""
        if self._code == IBM and self.size >= 4 * ibm.COMPILE_FROM:
            ibm.warm()
        n_inline = self._source.axes.inline.count
        self._live = self._source.live_traces()
        row = self._source.node_of_trace // self._source.axes.crossline.count
        straight = bool((np.diff(row) >= 0).all())
        order = np.arange(len(row)) if straight else np.argsort(row, kind="stable")
        bounds = np.searchsorted(row[order], np.arange(n_inline + 1))
        began = time.perf_counter()
        with (
            closing(TraceSink(path, self._head, self._trace_bytes, straight=straight)) as sink,
            ThreadPoolExecutor(1, "SEG-Y headers") as reader,
        ):
            pieces = _pieces(order, bounds, sink.most_rows)
            current = -1
            values: Values = np.empty((0, 0), dtype=np.float32)
            for inline, positions, headers in self._with_headers(reader, pieces):
                if inline != current:
                    self._source.file.check()
                    yield Progress.since(began, inline, n_inline, "writing SEG-Y")
                    current, values = inline, section_values(inline)
                block = sink.rows(positions)
                block[:, :TRACE_HEADER_BYTES] = headers
                self._encode(block[:, TRACE_HEADER_BYTES:], self._settled(values, inline, positions))
            written = sink.finish()
        yield Progress(n_inline, n_inline, "writing SEG-Y")
        return written

    def _with_headers(
        self, reader: ThreadPoolExecutor, pieces: Iterator[tuple[int, IndexArray]]
    ) -> Iterator[tuple[int, IndexArray, ByteArray]]:
        """Pieces with their trace headers, which ``reader`` fetches ahead."""
        waiting: deque[tuple[int, IndexArray, Future[ByteArray]]] = deque()
        for inline, positions in pieces:
            waiting.append((inline, positions, reader.submit(self._source.file.headers, positions)))
            if len(waiting) > AHEAD:
                inline, positions, headers = waiting.popleft()
                yield inline, positions, headers.result()
        for inline, positions, headers in waiting:
            yield inline, positions, headers.result()

    def _settled(self, values: Values, inline: int, positions: IndexArray) -> Values:
        """The values (n_crossline, n_sample) of these traces of an inline, -1 where there are none."""
        columns = self._source.node_of_trace[positions] % self._source.axes.crossline.count
        first, last = int(columns[0]), int(columns[-1])
        neighbours = last - first + 1 == len(columns) and bool((np.diff(columns) == 1).all())
        chosen: Values = values[first : last + 1] if neighbours else values[columns]
        missing = _missing(chosen)
        live = self._live[inline, columns]
        if not live.all():
            missing = np.broadcast_to(~live[:, None], chosen.shape) if missing is None else missing | ~live[:, None]
        if missing is None:
            return chosen
        self._missing += int(np.count_nonzero(missing))
        return np.where(missing, chosen.dtype.type(NO_VALUE), chosen)

    def _encode(self, samples: ByteArray, values: Values) -> None:
        order, kind = self._source.structure.byte_order, FORMATS[self._code].kind
        if kind[0] == "i":
            _refuse_overflow(values, self._code)
            rounded = np.rint(values) if values.dtype.kind == "f" else values
            samples.view(order_character(order) + kind)[...] = rounded
        else:
            encode_into(samples, values.astype(np.float32, copy=False), self._code, order)


def _pieces(order: IndexArray, bounds: IndexArray, most: int) -> Iterator[tuple[int, IndexArray]]:
    """Inline by inline, at most ``most`` trace positions at once."""
    for inline, (low, high) in enumerate(pairwise(bounds.tolist())):
        for start in range(low, high, most):
            yield inline, order[start : min(start + most, high)]


def _missing(values: Values) -> BoolArray | None:
    """Where there is no value; None where there is one everywhere."""
    if values.dtype.kind == "f":
        # one pass settles the usual case
        return None if np.isfinite(np.add.reduce(values, axis=None)) else ~np.isfinite(values)
    return values == NO_VALUE if values.size and values.min() < 0 else None


def _refuse_overflow(values: Values, code: int) -> None:
    """Integers must hold every value: class 200 would silently become 127 in one signed byte."""
    limits = np.iinfo(FORMATS[code].kind)
    if values.size and (values.min() < limits.min or values.max() > limits.max):
        raise InputError(
            f"Values {values.min():g} to {values.max():g} do not fit {FORMATS[code].name}s "
            f"({limits.min} to {limits.max}).",
            "Export in another sample format.",
        )
