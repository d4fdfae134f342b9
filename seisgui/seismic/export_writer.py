"""The traces of an exported SEG-Y: headers read ahead by one thread, samples encoded here, written by another."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

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
from seisgui.seismic.volume import BoolArray

NO_VALUE = -1.0  # written where a trace or sample has no value
AHEAD = 3  # pieces of which headers are read before they are wanted
IBM = 1
GROUP_BYTES = 64 << 20  # of values that are kept together where traces are not sorted by inline
PHRASE = "writing SEG-Y"

Values = NDArray[np.number[Any]]  # float32, or integers
SectionValues = Callable[[int], Values]
_NOTHING: Values = np.empty((0, 0), dtype=np.float32)


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
        """Write all traces: front to back where they are sorted by inline, else in groups of inlines.

        A group makes runs of neighbouring traces, where single ones would be scattered over the file.
        """
        if self._code == IBM and self.size >= 4 * ibm.COMPILE_FROM:
            ibm.warm()
        n_inline, n_crossline, n_sample = self._source.axes.shape
        row = self._source.node_of_trace // n_crossline
        straight = bool((np.diff(row) >= 0).all())
        together = 1 if straight else max(1, GROUP_BYTES // (4 * n_crossline * n_sample))
        groups = [range(first, min(first + together, n_inline)) for first in range(0, n_inline, together)]
        order = np.arange(len(row)) if straight else np.argsort(row // together, kind="stable")
        bounds = np.searchsorted(row[order] // together, np.arange(len(groups) + 1))
        live = self._source.live_traces().ravel()
        began = time.perf_counter()
        with (
            closing(TraceSink(path, self._head, self._trace_bytes, self.size, straight=straight)) as sink,
            ThreadPoolExecutor(1, "SEG-Y headers") as reader,
        ):
            current, values = -1, _NOTHING
            for group, positions, headers in self._with_headers(reader, _pieces(order, bounds, sink.most_rows)):
                if group != current:
                    values = yield from self._values(groups[group], section_values, began)
                    current = group
                block = sink.rows(positions)
                block[:, :TRACE_HEADER_BYTES] = headers
                nodes = self._source.node_of_trace[positions]
                chosen = self._settled(values, nodes - groups[group].start * n_crossline, live[nodes])
                self._encode(block[:, TRACE_HEADER_BYTES:], chosen)
            written = sink.finish()
        yield Progress(n_inline, n_inline, PHRASE)
        return written

    def _values(self, inlines: range, section_values: SectionValues, began: float) -> Generator[Progress, None, Values]:
        """The values (n_node, n_sample) of neighbouring inlines."""
        sections: list[Values] = []
        for inline in inlines:
            self._source.file.check()
            yield Progress.since(began, inline, self._source.axes.inline.count, PHRASE)
            sections.append(section_values(inline))
        joined: Values = sections[0] if len(sections) == 1 else np.concatenate(sections)
        return joined

    def _with_headers(
        self, reader: ThreadPoolExecutor, pieces: Iterator[tuple[int, IndexArray]]
    ) -> Iterator[tuple[int, IndexArray, ByteArray]]:
        """Pieces with their trace headers, which ``reader`` fetches ahead."""
        waiting: deque[tuple[int, IndexArray, Future[ByteArray]]] = deque()
        for group, positions in pieces:
            waiting.append((group, positions, reader.submit(self._source.file.headers, positions)))
            if len(waiting) > AHEAD:
                first, positions, headers = waiting.popleft()
                yield first, positions, headers.result()
        for group, positions, headers in waiting:
            yield group, positions, headers.result()

    def _settled(self, values: Values, nodes: IndexArray, live: BoolArray) -> Values:
        """The values (n_node, n_sample) at ``nodes``, -1 where there are none or the trace is not live."""
        first, last = int(nodes[0]), int(nodes[-1])
        neighbours = last - first + 1 == len(nodes) and bool((np.diff(nodes) == 1).all())
        chosen: Values = values[first : last + 1] if neighbours else values[nodes]
        missing = _missing(chosen)
        if not live.all():
            missing = np.broadcast_to(~live[:, None], chosen.shape) if missing is None else missing | ~live[:, None]
        if missing is None:
            return chosen
        self._missing += int(np.count_nonzero(missing))
        return np.where(missing, np.asarray(NO_VALUE, dtype=chosen.dtype), chosen)

    def _encode(self, samples: ByteArray, values: Values) -> None:
        order, kind = self._source.structure.byte_order, FORMATS[self._code].kind
        if kind[0] == "i":
            _refuse_overflow(values, self._code)
            rounded = np.rint(values) if values.dtype.kind == "f" else values
            samples.view(order_character(order) + kind)[...] = rounded
        else:
            encode_into(samples, values.astype(np.float32, copy=False), self._code, order)


def _pieces(order: IndexArray, bounds: IndexArray, most: int) -> Iterator[tuple[int, IndexArray]]:
    """Group by group, at most ``most`` trace positions at once."""
    for group, (low, high) in enumerate(pairwise(bounds.tolist())):
        for start in range(low, high, most):
            yield group, order[start : min(start + most, high)]


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
