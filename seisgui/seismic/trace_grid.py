"""Which trace of a file stands at which node of the survey: by a rule where the traces lie in perfect order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.regular import RegularGrid

IntArray = NDArray[np.int64]
Shape = tuple[int, int]


@dataclass(frozen=True)
class RegularTraces:
    """Every node has its trace, at ``origin + row * per_row + column * per_column``: nothing to keep in memory."""

    shape: Shape
    origin: int
    per_row: int
    per_column: int

    @classmethod
    def of(cls, grid: RegularGrid) -> RegularTraces:
        """As a sample of the headers suggests; rows and columns by ascending line numbers."""
        per_slow = grid.n_fast if grid.slow_step > 0 else -grid.n_fast
        per_fast = 1 if grid.fast_step > 0 else -1
        origin = (grid.n_slow - 1) * grid.n_fast * (per_slow < 0) + (grid.n_fast - 1) * (per_fast < 0)
        if grid.inline_is_slow:
            return cls((grid.n_slow, grid.n_fast), origin, per_slow, per_fast)
        return cls((grid.n_fast, grid.n_slow), origin, per_fast, per_slow)

    def inline(self, row: int) -> IntArray:
        """Positions in the file of one inline's traces, (n_crossline,)."""
        return self.origin + row * self.per_row + self.per_column * np.arange(self.shape[1], dtype=np.int64)

    def crossline(self, column: int) -> IntArray:
        """Positions in the file of one crossline's traces, (n_inline,)."""
        return self.origin + column * self.per_column + self.per_row * np.arange(self.shape[0], dtype=np.int64)

    @cached_property
    def index(self) -> IntArray:
        """Position of each node's trace, (n_inline, n_crossline); made when it is asked for."""
        columns = self.per_column * np.arange(self.shape[1], dtype=np.int64)
        return self.crossline(0)[:, None] + columns

    @cached_property
    def node(self) -> IntArray:
        """Flat node of each trace, (n_traces,); made when it is asked for."""
        found = np.empty(self.index.size, dtype=np.int64)
        found[self.index.reshape(-1)] = np.arange(found.size)
        return found


@dataclass(frozen=True, eq=False)
class ListedTraces:
    """A survey with holes, duplicates or turns: the flat ``node`` of each trace, (n_traces,), and the reverse.

    ``index`` (n_inline, n_crossline) is the position of each node's first trace, -1 where there is none.
    """

    shape: Shape
    node: IntArray
    index: IntArray

    @classmethod
    def of(cls, node: IntArray, shape: Shape) -> ListedTraces:
        index = np.full(shape[0] * shape[1], -1, dtype=np.int64)
        index[node[::-1]] = np.arange(len(node) - 1, -1, -1)
        return cls(shape, node, index.reshape(shape))

    def inline(self, row: int) -> IntArray:
        """Positions in the file of one inline's traces, -1 in holes, (n_crossline,)."""
        return np.asarray(self.index[row])

    def crossline(self, column: int) -> IntArray:
        """Positions in the file of one crossline's traces, -1 in holes, (n_inline,)."""
        return np.asarray(self.index[:, column])


TraceGrid = RegularTraces | ListedTraces


def trace_grid(node: IntArray, shape: Shape) -> TraceGrid:
    """The rule by which traces with these flat nodes lie, or else the list of them."""
    listed = ListedTraces.of(node, shape)
    if len(node) != shape[0] * shape[1]:
        return listed
    origin = int(listed.index[0, 0])
    per_row = int(listed.index[1, 0]) - origin if shape[0] > 1 else shape[1]
    per_column = int(listed.index[0, 1]) - origin if shape[1] > 1 else 1
    rule = RegularTraces(shape, origin, per_row, per_column)
    by_rule = all(np.array_equal(rule.inline(row), listed.index[row]) for row in range(shape[0]))
    return rule if by_rule else listed
