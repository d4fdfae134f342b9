"""A look at a file's geometry before it is opened: a sample of its trace headers, small enough for a message."""

from __future__ import annotations

import zlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.file_structure import TRACE_HEADER_BYTES, read_structure
from seisgui.seismic.progress import Progress
from seisgui.seismic.trace_file import TraceFile
from seisgui.seismic.trace_words import word_column

SAMPLED_HEADERS = 32_768
RUN = 16


@dataclass(frozen=True, slots=True)
class HeaderSample:
    """Trace headers at ``positions`` of a file, compressed."""

    n_traces: int
    byte_order: str
    positions: tuple[int, ...]
    packed: bytes

    def words(self, byte: int, width: int) -> NDArray[np.int64]:
        """The header word at ``byte`` (1-based, ``width`` 2 or 4) of every sampled trace, (n,)."""
        raw = np.frombuffer(zlib.decompress(self.packed), dtype=np.uint8).reshape(-1, TRACE_HEADER_BYTES)
        return np.asarray(word_column(raw, byte, width, self.byte_order), dtype=np.int64)


def header_sample_steps(path: Path, count: int = SAMPLED_HEADERS) -> Generator[Progress, None, HeaderSample]:
    """Read at most ``count`` trace headers spread over the file; raises ``InputError`` as ``scan`` does."""
    structure = read_structure(Path(path))
    yield Progress(0, 1, "reading trace headers")
    positions = spread(structure.n_traces, count)
    file = TraceFile(structure)
    try:
        raw = file.headers(positions)
    finally:
        file.close()
    packed = zlib.compress(raw.tobytes(), 3)
    return HeaderSample(structure.n_traces, structure.byte_order, tuple(positions.tolist()), packed)


def spread(n_traces: int, count: int) -> NDArray[np.int64]:
    """All traces of a small file, else short runs of neighbours spread evenly."""
    if n_traces <= count:
        return np.arange(n_traces, dtype=np.int64)
    starts = np.linspace(0, n_traces - RUN, max(count // RUN, 1)).astype(np.int64)
    return np.asarray(np.unique(starts[:, None] + np.arange(RUN)), dtype=np.int64)
