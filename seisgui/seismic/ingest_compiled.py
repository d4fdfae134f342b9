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
    "uint32(float32[:,::1], int64[::1], int8[::1], int8[:,:,::1], int8[:,:,::1])", cache=True, nogil=True
)
def encode_traces(
    amplitude: FloatArray, nodes: NDArray[np.int64], table: CodeArray, inlines: CodeArray, crosslines: CodeArray
) -> np.uint32:
    """Codes of traces (n, n_sample) at flat ``nodes`` of a block, in both orders; bits of the largest |amplitude|.

    ``inlines`` (n_row, n_column, n_sample) and ``crosslines`` (n_column, n_row, n_sample) get the same codes. The
    compiler vectorises the first loop over a trace; the second is bound by the look-up.
    """
    bits = amplitude.view(np.uint32)
    n_column = inlines.shape[1]
    peak = np.uint32(0)
    for trace in range(bits.shape[0]):
        row, column = nodes[trace] // n_column, nodes[trace] % n_column
        source, target = bits[trace], inlines[row, column]
        largest = np.uint32(0)
        for sample in range(bits.shape[1]):
            size = source[sample] & np.uint32(0x7FFFFFFF)
            largest = max(largest, size if size < INFINITE else np.uint32(0))
        peak = max(peak, largest)
        other = crosslines[column, row]
        for sample in range(bits.shape[1]):
            code = table[source[sample] >> np.uint32(16)]
            target[sample] = code
            other[sample] = code
    return peak
