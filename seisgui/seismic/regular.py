"""A survey sorted without a gap is known from a few of its headers: where lines turn, and that samples agree.

Reading every header of a large file takes seconds; this takes some fifty reads, so that the first section can be
shown at once. What is found here is provisional until all headers have been read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

    def candidate(self) -> GeometryCandidate:
        """The same as a candidate of the ranking: full, without duplicates."""
        slow = _axis(self.slow_first, self.slow_step, self.n_slow)
        fast = _axis(self.fast_first, self.fast_step, self.n_fast)
        inline, crossline = (slow, fast) if self.inline_is_slow else (fast, slow)
        return GeometryCandidate(
            *self.pair,
            self.width,
            1.0,
            inline[0],
            crossline[0],
            *inline[1:],
            *crossline[1:],
            0,
            0,
        )


def _axis(first: int, step: int, count: int) -> tuple[int, int, int, int]:
    """Count, first, last and step with a positive step."""
    last = first + step * (count - 1)
    return count, min(first, last), max(first, last), abs(step)


def regular_grid(
    file: TraceFile, pair: Pair, width: int, positions: NDArray[np.int64], words: Words
) -> RegularGrid | None:
    """The regular grid that the pair numbers, checked at ``positions`` (whose words are given); None if it is none."""
    n_traces = file.structure.n_traces
    order = file.structure.byte_order

    def numbers_at(places: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        headers = file.headers(np.array(places, dtype=np.int64))
        return word_column(headers, pair[0], width, order), word_column(headers, pair[1], width, order)

    inline, crossline = numbers_at([0, 1, n_traces - 1])
    changes = int(inline[0] != inline[1]) + 2 * int(crossline[0] != crossline[1])
    if changes not in {1, 2}:
        return None
    inline_is_slow = changes == 2
    slow, fast = (inline, crossline) if inline_is_slow else (crossline, inline)

    def turned(place: int) -> bool:
        pair_there = numbers_at([place])
        return bool(pair_there[0 if inline_is_slow else 1][0] != slow[0])

    n_fast = _first_turn(turned, n_traces)
    if n_traces % n_fast:
        return None
    n_slow = n_traces // n_fast
    fast_step = int(fast[1] - fast[0])
    slow_step = int(slow[2] - slow[0]) // (n_slow - 1) if n_slow > 1 else 1
    if fast_step == 0 or slow_step == 0:
        return None
    grid = RegularGrid(pair, width, inline_is_slow, int(slow[0]), slow_step, n_slow, int(fast[0]), fast_step, n_fast)
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
