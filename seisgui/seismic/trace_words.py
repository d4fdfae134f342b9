"""Words of many trace headers as arrays, read in pieces with progress."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.progress import Progress
from seisgui.seismic.sample_format import order_character
from seisgui.seismic.trace_file import ByteArray, IndexArray, TraceFile

HEADERS_A_STEP = 20_000

Words = dict[int, NDArray[np.int64]]


def word_column(headers: ByteArray, byte: int, width: int, byte_order: str) -> NDArray[np.int64]:
    """One word (1-based ``byte``, 2 or 4 wide, signed) of trace headers (n, 240) uint8 -> (n,) int64."""
    raw = np.ascontiguousarray(headers[:, byte - 1 : byte - 1 + width])
    return raw.view(f"{order_character(byte_order)}i{width}")[:, 0].astype(np.int64)


def read_words(
    file: TraceFile, words: Sequence[tuple[int, int]], positions: IndexArray | None = None
) -> Generator[Progress, None, Words]:
    """Words (byte, width) of the traces at ``positions`` (all where None), as int64 arrays by byte."""
    where = np.arange(file.structure.n_traces) if positions is None else positions
    order = file.structure.byte_order
    columns: Words = {byte: np.empty(len(where), dtype=np.int64) for byte, _ in words}
    for start in range(0, len(where), HEADERS_A_STEP):
        stop = min(start + HEADERS_A_STEP, len(where))
        headers = file.headers(where[start:stop])
        for byte, width in words:
            columns[byte][start:stop] = word_column(headers, byte, width, order)
        yield Progress(stop, len(where), "reading trace headers")
    return columns
