"""IBM 32-bit floating point, exact in both directions.

A word is sign (1 bit), exponent of 16 in excess 64 (7 bits) and a 24-bit fraction. Unnormalised words (leading
zero nibbles) are legal and occur in real files; the arithmetic here does not care. Values beyond float32 are
clamped to its largest number. NumPy does the work at once; the compiled kernels take over when ``warm`` has
loaded them, which costs half a second and so never happens on the way to the first section.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.volume import FloatArray

LARGEST = np.float32(np.finfo(np.float32).max)
CHUNK = 1 << 15  # words a step, so that temporaries stay in the cache
COMPILE_FROM = 8_000_000  # words in one call from which loading the kernels pays for itself

# scale of a word by its top byte: sign and 16 ** (exponent - 64) / 2 ** 24
SCALES = np.ldexp(np.where(np.arange(256) < 128, 1.0, -1.0), 4 * ((np.arange(256) & 127) - 64) - 24)

_lock = threading.Lock()
_kernels: Any = None


def warm() -> None:
    """Load the compiled kernels (from the user's cache after the first time); safe in any thread."""
    global _kernels  # noqa: PLW0603
    with _lock:
        if _kernels is None:
            from seisgui.seismic import ibm_compiled

            ibm_compiled.prime()
            _kernels = ibm_compiled


def decode(words: NDArray[np.uint32]) -> FloatArray:
    """IBM words in either byte order, any shape -> float32 of the same shape, correctly rounded, never Inf."""
    flat = np.ascontiguousarray(words).reshape(-1)
    out = np.empty(flat.size, dtype=np.float32)
    if _kernels is None and flat.size >= COMPILE_FROM:
        warm()
    if _kernels is not None:
        if flat.dtype.isnative:
            _kernels.decode_into(flat, out)
        else:
            _kernels.decode_swapped_into(flat.view(np.uint32), out)
    else:
        for start in range(0, flat.size, CHUNK):
            _decode_chunk(flat[start : start + CHUNK].astype(np.uint32), out[start : start + CHUNK])
    return out.reshape(words.shape)


def _decode_chunk(words: NDArray[np.uint32], out: FloatArray) -> None:
    fraction = (words & np.uint32(0x00FFFFFF)).astype(np.float64)
    fraction *= SCALES[words >> np.uint32(24)]
    np.clip(fraction, -float(LARGEST), float(LARGEST), out=fraction)
    out[:] = fraction


def encode(amplitude: NDArray[np.floating]) -> NDArray[np.uint32]:
    """float32, any shape -> the nearest IBM word, native order; NaN becomes 0, Inf the largest float32."""
    flat = np.ascontiguousarray(amplitude, dtype=np.float32).reshape(-1)
    out = np.empty(flat.size, dtype=np.uint32)
    if _kernels is None and flat.size >= COMPILE_FROM:
        warm()
    if _kernels is not None:
        _kernels.encode_into(flat, out)
    else:
        for start in range(0, flat.size, CHUNK):
            _encode_chunk(flat[start : start + CHUNK], out[start : start + CHUNK])
    return out.reshape(amplitude.shape)


def _encode_chunk(amplitude: FloatArray, out: NDArray[np.uint32]) -> None:
    value = np.nan_to_num(amplitude.astype(np.float64), nan=0.0, posinf=float(LARGEST), neginf=-float(LARGEST))
    fraction, exponent = np.frexp(np.abs(value))
    sixteens = -(-exponent // 4)  # power of 16, rounded up, so that the fraction lies in [1/16, 1)
    word = np.rint(np.ldexp(fraction, exponent - 4 * sixteens + 24)).astype(np.int64)
    carried = word == 1 << 24  # rounding carried into the next power
    word[carried] >>= 4
    sixteens = sixteens + carried
    word |= (sixteens.astype(np.int64) + 64) << 24
    word[value == 0.0] = 0
    word |= np.where(np.signbit(amplitude) & (value != 0.0), 1 << 31, 0)
    out[:] = word.astype(np.uint32)
