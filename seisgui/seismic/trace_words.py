"""Words of many trace headers as arrays, read in pieces with progress."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.progress import Progress
from seisgui.seismic.sample_format import order_character
from seisgui.seismic.trace_file import ByteArray, IndexArray, TraceFile

HEADERS_A_STEP, BYTES_A_STEP = 20_000, 16 << 20  # a step is short, so that others get at the disk

WordArray = NDArray[np.int32]
Words = dict[int, WordArray]


def word_column(headers: ByteArray, byte: int, width: int, byte_order: str) -> WordArray:
    """One word (1-based ``byte``, 2 or 4 wide, signed) of trace headers (n, 240) uint8 -> (n,) int32."""
    raw = np.ascontiguousarray(headers[:, byte - 1 : byte - 1 + width])
    return raw.view(f"{order_character(byte_order)}i{width}")[:, 0].astype(np.int32)


def read_words(
    file: TraceFile, words: Sequence[tuple[int, int]], positions: IndexArray | None = None
) -> Generator[Progress, None, Words]:
    """Words (byte, width) of the traces at ``positions`` (all where None), as int32 arrays by byte."""
    n_trace = file.structure.n_traces if positions is None else len(positions)
    at_once = max(1, min(HEADERS_A_STEP, BYTES_A_STEP // file.structure.trace_bytes)) if positions is None else n_trace
    order = file.structure.byte_order
    columns: Words = {byte: np.empty(n_trace, dtype=np.int32) for byte, _ in words}
    for start in range(0, n_trace, at_once):
        stop = min(start + at_once, n_trace)
        headers = file.headers(np.arange(start, stop) if positions is None else positions[start:stop])
        for byte, width in words:
            columns[byte][start:stop] = word_column(headers, byte, width, order)
        yield Progress(stop, n_trace, "reading trace headers")
    return columns
