"""A survey sorted without a gap is known from a few of its headers: where lines turn, and that samples agree.

Reading every header of a large file takes seconds; this takes some fifty reads, so that the first section can be
shown at once. What is found here is provisional until all headers have been read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.axes import LineAxis
from seisgui.seismic.geometry import GeometryCandidate
from seisgui.seismic.trace_file import TraceFile
from seisgui.seismic.trace_words import Words, word_column

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RegularGrid:
    """Traces in perfect order: ``fast`` turns first; numbers as stored, so steps may be negative."""

    pair: Pair
    width: int
    inline_is_slow: bool
    slow_first: int
    slow_step: int
    n_slow: int
    fast_first: int
    fast_step: int
    n_fast: int

    def numbers(self, positions: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Inline and crossline numbers of the traces at ``positions``."""
        slow = self.slow_first + positions // self.n_fast * self.slow_step
        fast = self.fast_first + positions % self.n_fast * self.fast_step
        return (slow, fast) if self.inline_is_slow else (fast, slow)

    def axes(self) -> tuple[LineAxis, LineAxis]:
        """The axes of inline and crossline numbers."""
        slow = LineAxis(min(self.slow_first, self._slow_last), abs(self.slow_step), self.n_slow)
        fast = LineAxis(min(self.fast_first, self._fast_last), abs(self.fast_step), self.n_fast)
        return (slow, fast) if self.inline_is_slow else (fast, slow)

    @property
    def _slow_last(self) -> int:
        return self.slow_first + self.slow_step * (self.n_slow - 1)

    @property
    def _fast_last(self) -> int:
        return self.fast_first + self.fast_step * (self.n_fast - 1)

    def candidate(self) -> GeometryCandidate:
        """The same as a candidate of the ranking: full, without duplicates."""
        inline, crossline = self.axes()
        return GeometryCandidate(
            *self.pair,
            self.width,
            1.0,
            inline.count,
            crossline.count,
            inline.first,
            inline.last,
            inline.step,
            crossline.first,
            crossline.last,
            crossline.step,
            0,
            0,
        )


def regular_grid(
    file: TraceFile, pair: Pair, width: int, positions: NDArray[np.int64], words: Words
) -> RegularGrid | None:
    """The regular grid that the pair numbers, checked at ``positions`` (whose words are given); None if it is none."""
    n_traces = file.structure.n_traces
    order = file.structure.byte_order

    def numbers_at(places: list[int]) -> tuple[list[int], list[int]]:
        headers = file.headers(np.array(places, dtype=np.int64))
        inline, crossline = (word_column(headers, byte, width, order).tolist() for byte in pair)
        return inline, crossline

    inline, crossline = numbers_at([0, 1, n_traces - 1])
    changes = (inline[0] != inline[1]) + 2 * (crossline[0] != crossline[1])
    if changes not in {1, 2}:
        return None
    inline_is_slow = changes == 2
    slow, fast = (inline, crossline) if inline_is_slow else (crossline, inline)

    def turned(place: int) -> bool:
        return numbers_at([place])[0 if inline_is_slow else 1][0] != slow[0]

    n_fast = _first_turn(turned, n_traces)
    if n_traces % n_fast:
        return None
    n_slow = n_traces // n_fast
    fast_step = fast[1] - fast[0]
    slow_step = (slow[2] - slow[0]) // (n_slow - 1) if n_slow > 1 else 1
    if fast_step == 0 or slow_step == 0:
        return None
    grid = RegularGrid(pair, width, inline_is_slow, slow[0], slow_step, n_slow, fast[0], fast_step, n_fast)
    expected = grid.numbers(positions)
    agrees = np.array_equal(expected[0], words[pair[0]]) and np.array_equal(expected[1], words[pair[1]])
    return grid if agrees else None


def _first_turn(turned: Callable[[int], bool], n_traces: int) -> int:
    """Smallest position at which the slow number differs from the first, by doubling and halving."""
    high = 2
    while high < n_traces and not turned(high):
        high *= 2
    low, high = high // 2, min(high, n_traces)
    while high - low > 1:
        middle = (low + high) // 2
        if turned(middle):
            high = middle
        else:
            low = middle
    return high
