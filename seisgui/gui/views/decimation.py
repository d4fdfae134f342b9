"""Planes at the resolution of the screen: where samples outnumber pixels, the one that stands out is kept.

A plane is (n_vertical, n_lateral). A pixel of a thinned plane stands for a block of samples. Of amplitudes it shows the
largest, sign kept, so that a bright event of a single sample stays in sight at any zoom; of classes the first that is
set. Blocks are counted from the first sample of the section, so that nothing flickers when it is moved.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

RankArray = NDArray[np.uint16]
Plane = NDArray[np.uint8] | NDArray[np.uint16]
Edges = NDArray[np.intp]  # (n + 1,) first sample of every block, and the end of the last

INFINITE = 0xFF00  # the first rank that is no number
UNSET = 255  # of classes: unlabelled or not predicted


def ranks_of(amplitude: NDArray[np.float32]) -> RankArray:
    """Rank of every amplitude by its size, sign kept: the larger stands out more; a hole (NaN) least of all, 0.

    The leading 15 bits of the size and one for the sign, so that clipping makes no two amplitudes equal.
    """
    if sys.byteorder != "little":
        raise NotImplementedError("amplitudes are taken apart by bytes, lowest first")
    leading = np.ascontiguousarray(amplitude, dtype=np.float32).view(np.uint16)[..., 1::2]
    ranks = leading << 1
    hole = ranks >= INFINITE
    ranks |= (leading >> 15) ^ 1
    np.maximum(ranks, 1, out=ranks)
    if hole.any():
        ranks[hole] = 0
    return ranks


def _amplitude_of_ranks() -> NDArray[np.float32]:
    """(65536,) float32: the amplitude that a rank stands for, NaN for the hole."""
    ranks = np.arange(1 << 16, dtype=np.uint32)
    middle = ((ranks >> 1) << 16) | 0x8000 | ((ranks & 1 ^ 1) << 31)
    amplitude = middle.view(np.float32).copy()
    amplitude[INFINITE:] = np.nan
    amplitude[0], amplitude[1] = np.nan, 0.0
    return amplitude


AMPLITUDE_OF_RANK = _amplitude_of_ranks()


def louder(one: Plane, other: Plane) -> Plane:
    """Of two planes of ranks the one that stands out more."""
    return np.maximum(one, other)


def first_set(one: Plane, other: Plane) -> Plane:
    """``one`` where it is set, else ``other``."""
    unset = one == UNSET
    return np.where(unset, other, one) if unset.any() else one


Choice = Callable[[Plane, Plane], Plane]


class Pyramid:
    """A plane and its halvings, each made when first asked for; a sample of level k stands for 2^k x 2^k.

    ``choose`` says which of two samples is kept.
    """

    def __init__(self, base: Plane, choose: Choice) -> None:
        self._choose = choose
        self._levels = [base]

    @property
    def base(self) -> Plane:
        return self._levels[0]

    def level(self, k: int) -> Plane:
        while len(self._levels) <= k:
            self._levels.append(halved(self._levels[-1], self._choose))
        return self._levels[k]

    def changed(self, rows: slice, columns: slice) -> None:
        """Make the halvings of a part of the base anew."""
        for k in range(1, len(self._levels)):
            finer, coarser = self._levels[k - 1], self._levels[k]
            rows, columns = (slice(part.start // 2, -(-part.stop // 2)) for part in (rows, columns))
            part = finer[2 * rows.start : 2 * rows.stop, 2 * columns.start : 2 * columns.stop]
            coarser[rows, columns] = halved(part, self._choose)

    def thinned(self, rows: Edges, columns: Edges, step: float) -> Plane:
        """A sample for each block of the base, (len(rows) - 1, len(columns) - 1); none is shorter than ``step``."""
        k = int(np.log2(step))
        level = self.level(k)
        vertical = coarser(rows, k, self.base.shape[0], level.shape[0])
        lateral = coarser(columns, k, self.base.shape[1], level.shape[1])
        part = level[vertical[0] : vertical[-1], lateral[0] : lateral[-1]]
        part = pooled(part, vertical - vertical[0], self._choose)
        if len(lateral) == part.shape[1] + 1:
            return part  # a sample each
        return cv2.transpose(pooled(cv2.transpose(part), lateral - lateral[0], self._choose))


def halved(plane: Plane, choose: Choice) -> Plane:
    """Half as many rows and columns; an odd last one stands alone."""
    if choose is louder:  # the largest of a neighbourhood is what a dilation is
        rows, columns = plane.shape
        grown = cv2.dilate(plane, np.ones((2, 2), np.uint8), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
        return np.ascontiguousarray(grown[0:rows:2, 0:columns:2])
    odd_rows, odd_columns = plane[1::2], plane[:, 1::2]
    if odd_rows.size:
        rows = plane[::2].copy()
        rows[: len(odd_rows)] = choose(rows[: len(odd_rows)], odd_rows)
    else:
        rows = plane
    out = rows[:, ::2].copy()
    if odd_columns.size:
        out[:, : odd_columns.shape[1]] = choose(out[:, : odd_columns.shape[1]], rows[:, 1::2])
    return out


def pooled(plane: Plane, edges: Edges, choose: Choice) -> Plane:
    """One row for each block of rows."""
    first, last = edges[:-1], edges[1:] - 1
    most = int((last - first).max(initial=0))
    if most == 0 and len(first) == len(plane):
        return plane
    out = plane[first]
    for offset in range(1, most + 1):
        out = choose(out, plane[np.minimum(first + offset, last)])
    return out


def blocks(count: int, step: float) -> int:
    """How many blocks of ``step`` samples cover ``count``."""
    return max(int(np.ceil(count / step - 1e-6)), 1)


def block_edges(start: int, stop: int, step: float, count: int) -> Edges:
    """Where blocks ``start..stop`` of ``step`` >= 1 samples begin and end; no block is empty."""
    edges = np.floor(np.arange(start, stop + 1) * step + 1e-6).astype(np.intp)
    if stop >= blocks(count, step):
        edges[-1] = count
    return edges


def coarser(edges: Edges, k: int, count: int, coarse_count: int) -> Edges:
    """Edges on the k-th halving of ``count`` samples; its last sample may stand for fewer than 2^k."""
    found = edges >> k
    if edges[-1] >= count:
        found[-1] = coarse_count
    return found
