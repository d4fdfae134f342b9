"""The compiled IBM kernels; import takes half a second, so ``seisgui.seismic.ibm`` does it late."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.cache_folder import cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder() / "numba"))

import numba

from seisgui.seismic.ibm import LARGEST, SCALES
from seisgui.seismic.volume import FloatArray

_LIMIT = float(LARGEST)


@numba.njit("void(uint32[::1], float32[::1])", cache=True, nogil=True)  # type: ignore[untyped-decorator]
def decode_into(words: NDArray[np.uint32], out: FloatArray) -> None:
    """IBM words -> float32, without a branch."""
    for i in range(words.size):
        word = words[i]
        value = np.float64(word & np.uint32(0x00FFFFFF)) * SCALES[word >> np.uint32(24)]
        out[i] = np.float32(min(max(value, -_LIMIT), _LIMIT))


@numba.njit("void(float32[::1], uint32[::1])", cache=True, nogil=True)  # type: ignore[untyped-decorator]
def encode_into(amplitude: FloatArray, out: NDArray[np.uint32]) -> None:
    """float32 -> the nearest IBM word."""
    bits = amplitude.view(np.uint32)
    for i in range(amplitude.size):
        word = bits[i]
        exponent = np.int64((word >> np.uint32(23)) & np.uint32(0xFF))
        fraction = np.int64(word & np.uint32(0x007FFFFF))
        if exponent == 255:  # NaN, or Inf taken as the largest number
            exponent, fraction = (np.int64(0), np.int64(0)) if fraction != 0 else (np.int64(254), np.int64(0x7FFFFF))
        if exponent == 0:
            exponent = np.int64(1)
            while fraction != 0 and fraction < 0x800000:
                fraction <<= 1
                exponent -= 1
        else:
            fraction |= 0x800000
        if fraction == 0:
            out[i] = np.uint32(0)
            continue
        two = exponent - 126  # |value| = fraction / 2**24 * 2**two
        sixteens = (two + 3) >> 2
        shift = 4 * sixteens - two
        # to nearest, ties to even, without a branch
        tie = (fraction >> shift) & (shift > 0)
        rounded = (fraction + (((np.int64(1) << shift) - 1) >> 1) + tie) >> shift
        carried = rounded >> 24
        rounded >>= 4 * carried
        sixteens += carried
        out[i] = np.uint32((word & np.uint32(0x80000000)) | np.uint32((sixteens + 64) << 24) | np.uint32(rounded))


@numba.njit("void(uint32[::1], float32[::1])", cache=True, nogil=True)  # type: ignore[untyped-decorator]
def decode_swapped_into(words: NDArray[np.uint32], out: FloatArray) -> None:
    """IBM words of the other byte order -> float32."""
    for i in range(words.size):
        word = words[i]
        high = word & np.uint32(0xFF)
        fraction = ((word >> np.uint32(24)) | ((word >> np.uint32(8)) & np.uint32(0xFF00))) | (
            (word & np.uint32(0xFF00)) << np.uint32(8)
        )
        value = np.float64(fraction) * SCALES[high]
        out[i] = np.float32(min(max(value, -_LIMIT), _LIMIT))


def prime() -> None:
    """Run both kernels once, so that the first real call finds them ready."""
    one = np.ones(1, dtype=np.float32)
    word = np.empty(1, dtype=np.uint32)
    encode_into(one, word)
    decode_into(word, one)
    decode_swapped_into(word, one)
