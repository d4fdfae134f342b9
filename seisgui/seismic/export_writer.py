"""The traces of an exported SEG-Y: headers read ahead by one thread, samples encoded here, written by another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic import ibm
from seisgui.seismic.export_headers import file_headers
from seisgui.seismic.file_structure import TRACE_HEADER_BYTES
from seisgui.seismic.progress import Pace, Progress
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
        """Write all traces: front to back where they are sorted by inline, else in groups of inlines."""
        if self._code == IBM and self.size >= 4 * ibm.COMPILE_FROM:
            ibm.warm()
        plan = _Plan.of(self._source)
        n_inline, n_crossline, _ = self._source.axes.shape
        node, live = self._source.node_of_trace, self._source.live_traces().ravel()
        pace = Pace()
        with (
            closing(TraceSink(path, self._head, self._trace_bytes, self.size, straight=plan.straight)) as sink,
            ThreadPoolExecutor(1, "SEG-Y headers") as reader,
        ):
            current, values = range(0), _NOTHING
            for inlines, positions, headers in self._with_headers(reader, plan.pieces(sink.most_rows)):
                if inlines != current:
                    values = yield from self._values(inlines, section_values, pace)
                    current = inlines
                block = sink.rows(positions)
                block[:, :TRACE_HEADER_BYTES] = headers
                nodes = node[positions]
                settled = self._settled(values, nodes - inlines.start * n_crossline, live[nodes])
                self._encode(block[:, TRACE_HEADER_BYTES:], settled)
            written = sink.finish()
        yield Progress(n_inline, n_inline, PHRASE)
        return written

    def _values(self, inlines: range, section_values: SectionValues, pace: Pace) -> Generator[Progress, None, Values]:
        """The values (n_node, n_sample) of neighbouring inlines."""
        sections: list[Values] = []
        for inline in inlines:
            self._source.file.check()
            yield from pace.tell(inline, self._source.axes.inline.count, PHRASE)
            sections.append(section_values(inline))
        joined: Values = sections[0] if len(sections) == 1 else np.concatenate(sections)
        return joined

    def _with_headers(
        self, reader: ThreadPoolExecutor, pieces: Iterator[tuple[range, IndexArray]]
    ) -> Iterator[tuple[range, IndexArray, ByteArray]]:
        """Pieces with their trace headers, which ``reader`` fetches ahead."""
        waiting: deque[tuple[range, IndexArray, Future[ByteArray]]] = deque()
        for inlines, positions in pieces:
            waiting.append((inlines, positions, reader.submit(self._source.file.headers, positions)))
            if len(waiting) > AHEAD:
                first, read, headers = waiting.popleft()
                yield first, read, headers.result()
        for inlines, positions, headers in waiting:
            yield inlines, positions, headers.result()

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


@dataclass(frozen=True)
class _Plan:
    """In which order the traces of a file are written: those of a group of inlines together, by their position.

    A group is one inline where that runs ``straight`` through the file. Elsewhere it is as many as fit into memory:
    traces that would lie scattered over the file then make runs.
    """

    straight: bool
    groups: list[range]  # of inlines
    order: IndexArray  # positions, group by group
    bounds: list[int]  # of the groups within the order

    @classmethod
    def of(cls, source: SegyVolume) -> _Plan:
        n_inline, n_crossline, n_sample = source.axes.shape
        row = source.node_of_trace // n_crossline
        straight = bool((np.diff(row) >= 0).all())
        together = 1 if straight else max(1, GROUP_BYTES // (4 * n_crossline * n_sample))
        groups = [range(first, min(first + together, n_inline)) for first in range(0, n_inline, together)]
        group = row // together
        order = np.arange(len(row)) if straight else np.argsort(group, kind="stable")
        return cls(straight, groups, order, np.searchsorted(group[order], np.arange(len(groups) + 1)).tolist())

    def pieces(self, most: int) -> Iterator[tuple[range, IndexArray]]:
        """Inlines of a group, and at most ``most`` of its positions at once."""
        for inlines, (low, high) in zip(self.groups, pairwise(self.bounds), strict=True):
            for start in range(low, high, most):
                yield inlines, self.order[start : min(start + most, high)]


def _missing(values: Values) -> BoolArray | None:
    """Where there is no value; None where there is one everywhere."""
    if values.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):  # a sum beyond float32 only costs the look at each value
            total = np.add.reduce(values, axis=None)  # one pass settles the usual case
        return None if np.isfinite(total) else ~np.isfinite(values)
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
