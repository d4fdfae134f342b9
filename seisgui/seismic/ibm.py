"""IBM 32-bit floating point, exact in both directions.

A word is sign (1 bit), exponent of 16 in excess 64 (7 bits) and a 24-bit fraction. Unnormalised words (leading
zero nibbles) are legal and occur in real files; the arithmetic here does not care. The fraction fits float32, so
it is converted as an integer and multiplied twice by the root of its scale, which rounds once at most. Values
beyond float32 are clamped to its largest number. NumPy does the work at once; the compiled kernels, as fast as
copying, take over when ``warm`` has loaded them, which costs half a second and so never happens on the way to
the first section.
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

LARGEST_BITS = LARGEST.view(np.uint32)
SIGN, MAGNITUDE = np.uint32(0x80000000), np.uint32(0x7FFFFFFF)
EXPONENT, FRACTION = np.uint32(0x7F000000), np.uint32(0x00FFFFFF)
# The scale of a word is 2 ** (4 * exponent - 280). Its root as float32 has the exponent 2 * exponent - 140 + 127,
# one place lower than where the IBM exponent stands: no shift. Below exponent 26 every fraction rounds to zero.
LEAST, ROOT = np.uint32(26 << 24), np.uint32(13 << 23)
INFINITE = np.uint32(0x7F800000)
LEAST_NORMAL = np.uint32(0x00800000)
RAISED = np.float32(2.0**32)  # brings denormal numbers into the range in which the exponent can be read

UintArray = NDArray[np.uint32]
IndexArray = NDArray[np.int64]

_lock = threading.Lock()
_kernels: Any = None


def warm() -> None:
    """Load the compiled kernels (from the user's cache after the first time); safe in any thread.

    For work on whole volumes. A single section is decoded by NumPy within a millisecond or two.
    """
    global _kernels  # noqa: PLW0603
    with _lock:
        if _kernels is None:
            from seisgui.seismic import ibm_compiled

            ibm_compiled.prime()
            _kernels = ibm_compiled


def decode(words: UintArray) -> FloatArray:
    """IBM words in either byte order, any shape -> float32 of the same shape, correctly rounded, never Inf."""
    block = np.ascontiguousarray(words).reshape(1, -1)
    out = np.empty(block.shape, dtype=np.float32)
    row = np.zeros(1, dtype=np.int64)
    decode_rows(block, row, 0, out, row)
    return out.reshape(words.shape)


def decode_rows(block: UintArray, source: IndexArray, skip: int, out: FloatArray, target: IndexArray) -> None:
    """Decode rows ``source`` of ``block`` from word ``skip`` on into rows ``target`` of ``out``.

    ``block`` is (n, skip + n_sample or more) contiguous, in either byte order: traces as they stand in a file, header
    and all; ``out`` is (m, n_sample) float32 contiguous.
    """
    _check_rows(block, source, skip, out, target)
    if _kernels is None and len(source) * out.shape[1] >= COMPILE_FROM:
        warm()
    if _kernels is not None:
        kernel = _kernels.decode_rows if block.dtype.isnative else _kernels.decode_swapped_rows
        kernel(block.view(np.uint32), source, skip, out, target)
        return
    at_once = max(1, CHUNK // max(out.shape[1], 1))
    for start in range(0, len(source), at_once):
        words = block[as_slice(source[start : start + at_once]), skip : skip + out.shape[1]]
        rows = as_slice(target[start : start + at_once])
        for column in range(0, out.shape[1], CHUNK):
            part = slice(column, column + CHUNK)
            out[rows, part] = _decode_chunk(words[:, part].astype(np.uint32))


def as_slice(rows: IndexArray) -> slice | IndexArray:
    """Neighbouring rows as a slice, which copies nothing."""
    first, last = (int(rows[0]), int(rows[-1])) if len(rows) else (0, -1)
    neighbours = last - first + 1 == len(rows) and bool((np.diff(rows) == 1).all())
    return slice(first, last + 1) if neighbours else rows


def _check_rows(block: UintArray, source: IndexArray, skip: int, out: FloatArray, target: IndexArray) -> None:
    """Compiled code does not look at bounds, and NumPy takes negative ones."""
    if len(source) != len(target) or skip < 0 or skip + out.shape[1] > block.shape[1]:
        raise IndexError("rows of the block do not fit those of the result")
    for rows, table in ((source, block), (target, out)):
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(table):
            raise IndexError(f"rows {rows.min()} to {rows.max()} of {len(table)}")


def _decode_chunk(words: UintArray) -> FloatArray:
    root = words & EXPONENT
    np.maximum(root, LEAST, out=root)
    root -= ROOT
    amplitude = (words & FRACTION).view(np.int32).astype(np.float32)
    with np.errstate(over="ignore", under="ignore"):
        amplitude *= root.view(np.float32)
        amplitude *= root.view(np.float32)
    np.minimum(amplitude, LARGEST, out=amplitude)
    bits = amplitude.view(np.uint32)
    words &= SIGN
    bits |= words
    return amplitude


def encode(amplitude: NDArray[np.floating]) -> UintArray:
    """float32, any shape -> the nearest IBM word, native order; NaN becomes 0, Inf the largest float32."""
    flat = np.ascontiguousarray(amplitude, dtype=np.float32).reshape(-1)
    out = np.empty(flat.size, dtype=np.uint32)
    if _kernels is None and flat.size >= COMPILE_FROM:
        warm()
    if _kernels is not None:
        _kernels.encode_into(flat, out)
    else:
        for start in range(0, flat.size, CHUNK):
            out[start : start + CHUNK] = _encode_chunk(flat[start : start + CHUNK].view(np.uint32))
    return out.reshape(amplitude.shape)


def _encode_chunk(bits: UintArray) -> UintArray:
    size = bits & MAGNITUDE
    size[size > INFINITE] = 0  # NaN
    np.minimum(size, LARGEST_BITS, out=size)
    small = size < LEAST_NORMAL
    raised = size.view(np.float32) * np.where(small, RAISED, np.float32(1))
    two = (raised.view(np.int32) >> 23) - np.where(small, np.int32(158), np.int32(126))  # size < 2 ** two
    sixteens = (two + 3) >> 2  # the power of 16 that brings the fraction into [1/16, 1)
    root = ((139 - 2 * sixteens) << 23).view(np.float32)  # of 2 ** 24 / 16 ** sixteens
    fraction = np.rint(size.view(np.float32) * root * root).astype(np.uint32)  # below 2 ** 24: never carries
    words = np.asarray(((sixteens + 64) << 24).view(np.uint32) | fraction | (bits & SIGN))
    words[size == 0] = 0
    return words
