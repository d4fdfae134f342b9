"""The compiled kernel of ingest; import takes half a second, so it is loaded when an ingest begins."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.cache_folder import cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder() / "numba"))

import numba

from seisgui.seismic.companding import CodeArray
from seisgui.seismic.volume import FloatArray

INFINITE = np.uint32(0x7F800000)


@numba.njit(  # type: ignore[untyped-decorator]
    "uint32(float32[:,::1], int64[::1], int8[::1], int8[:,::1])", cache=True, nogil=True
)
def encode_traces(amplitude: FloatArray, rows: NDArray[np.int64], table: CodeArray, codes: CodeArray) -> np.uint32:
    """Codes of traces (n, n_sample) into ``rows`` of ``codes`` (n_node, n_sample); bits of the largest |amplitude|.

    Two loops over a trace in the cache, of which the compiler vectorises the first.
    """
    bits = amplitude.view(np.uint32)
    peak = np.uint32(0)
    for trace in range(bits.shape[0]):
        source, target = bits[trace], codes[rows[trace]]
        largest = np.uint32(0)
        for sample in range(bits.shape[1]):
            size = source[sample] & np.uint32(0x7FFFFFFF)
            largest = max(largest, size if size < INFINITE else np.uint32(0))
        peak = max(peak, largest)
        for sample in range(bits.shape[1]):
            target[sample] = table[source[sample] >> np.uint32(16)]
    return peak
