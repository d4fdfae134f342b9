"""The compiled IBM kernels; import takes half a second, so ``seisgui.seismic.ibm`` does it late.

Loops without a branch, which the compiler turns into vector instructions; a result is used as scratch for the bits
of its scale, because that is how one reads bits as a number here.
"""

from __future__ import annotations

import os

import numpy as np

from seisgui.seismic.cache_folder import cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder() / "numba"))

import numba

from seisgui.seismic.ibm import (
    EXPONENT,
    FRACTION,
    INFINITE,
    LARGEST_BITS,
    LEAST,
    LEAST_NORMAL,
    MAGNITUDE,
    RAISED,
    ROOT,
    SIGN,
    IndexArray,
    UintArray,
)
from seisgui.seismic.volume import FloatArray

U32, I32, F32 = np.uint32, np.int32, np.float32
ROWS = "void(uint32[:, ::1], int64[::1], int64, float32[:, ::1], int64[::1])"


@numba.njit(ROWS, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def decode_rows(block: UintArray, source: IndexArray, skip: int, out: FloatArray, target: IndexArray) -> None:
    """``ibm.decode_rows`` of words in native order; indices are not checked."""
    n_sample = out.shape[1]
    for row in range(source.size):
        words = block[source[row], skip : skip + n_sample]
        value = out[target[row]]
        bits = value.view(U32)
        for i in range(n_sample):
            word = words[i]
            bits[i] = max(word & EXPONENT, LEAST) - ROOT
            root = value[i]
            value[i] = F32(I32(word & FRACTION)) * root * root
            bits[i] = min(bits[i], LARGEST_BITS) | (word & SIGN)


@numba.njit(ROWS, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def decode_swapped_rows(block: UintArray, source: IndexArray, skip: int, out: FloatArray, target: IndexArray) -> None:
    """As ``decode_rows``, of words in the other byte order."""
    n_sample = out.shape[1]
    for row in range(source.size):
        words = block[source[row], skip : skip + n_sample]
        value = out[target[row]]
        bits = value.view(U32)
        for i in range(n_sample):
            word = words[i]
            word = (
                (word >> U32(24))
                | ((word >> U32(8)) & U32(0xFF00))
                | ((word << U32(8)) & U32(0xFF0000))
                | (word << U32(24))
            )
            bits[i] = max(word & EXPONENT, LEAST) - ROOT
            root = value[i]
            value[i] = F32(I32(word & FRACTION)) * root * root
            bits[i] = min(bits[i], LARGEST_BITS) | (word & SIGN)


@numba.njit("void(float32[::1], uint32[::1])", cache=True, nogil=True)  # type: ignore[untyped-decorator]
def encode_into(amplitude: FloatArray, out: UintArray) -> None:
    """float32 -> the nearest IBM word; step by step as in ``ibm.encode``."""
    bits, value = amplitude.view(U32), out.view(F32)
    for i in range(amplitude.size):
        size = bits[i] & MAGNITUDE
        size = U32(0) if size > INFINITE else min(size, LARGEST_BITS)
        out[i] = size
        magnitude = value[i]
        small = size < LEAST_NORMAL
        value[i] = magnitude * (RAISED if small else F32(1))
        two = I32(I32(out[i] >> U32(23)) - (I32(158) if small else I32(126)))
        sixteens = I32((two + I32(3)) >> I32(2))
        out[i] = U32(I32(139) - I32(2) * sixteens) << U32(23)
        root = value[i]
        fraction = U32(I32(np.rint(magnitude * root * root)))
        word = (bits[i] & SIGN) | U32((sixteens + I32(64)) << I32(24)) | fraction
        out[i] = word if size != U32(0) else U32(0)


def prime() -> None:
    """Run the kernels once, so that the first real call finds them ready."""
    one, word, row = np.ones((1, 1), dtype=F32), np.empty((1, 1), dtype=U32), np.zeros(1, dtype=np.int64)
    encode_into(one[0], word[0])
    decode_rows(word, row, 0, one, row)
    decode_swapped_rows(word, row, 0, one, row)
