"""Traces in perfect order are found by a rule, all others by a list, and both say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seisgui.seismic.regular import RegularGrid
from seisgui.seismic.trace_grid import ListedTraces, RegularTraces, trace_grid

COUNTS = st.integers(2, 7)
STEPS = st.sampled_from([-3, -1, 1, 2])


def nodes_of(grid: RegularGrid) -> tuple[np.ndarray, tuple[int, int]]:
    """Flat node of each trace from its line numbers, in ascending order of lines."""
    inline, crossline = grid.numbers(np.arange(grid.n_slow * grid.n_fast))
    rows, columns = (np.unique(numbers, return_inverse=True)[1] for numbers in (inline, crossline))
    shape = (len(np.unique(inline)), len(np.unique(crossline)))
    return rows * shape[1] + columns, shape


@given(COUNTS, COUNTS, STEPS, STEPS, st.booleans())
def test_the_rule_of_a_regular_survey_is_that_of_its_line_numbers(
    n_slow: int, n_fast: int, slow_step: int, fast_step: int, inline_is_slow: bool
) -> None:
    grid = RegularGrid((189, 193), 4, inline_is_slow, 100, slow_step, n_slow, 500, fast_step, n_fast)
    node, shape = nodes_of(grid)
    listed, rule = ListedTraces.of(node, shape), RegularTraces.of(grid)
    assert trace_grid(node, shape) == rule
    assert tuple(axis.count for axis in grid.axes()) == shape
    assert np.array_equal(rule.index, listed.index)
    assert np.array_equal(rule.node, listed.node)
    assert np.array_equal(rule.inline(1), listed.inline(1))
    assert np.array_equal(rule.crossline(1), listed.crossline(1))


@given(st.permutations(range(12)))
def test_any_other_order_is_listed_unless_it_follows_a_rule(order: list[int]) -> None:
    found = trace_grid(np.array(order), (3, 4))
    assert np.array_equal(found.index.reshape(-1)[order], np.arange(12))
    assert np.array_equal(found.node, order)


@pytest.mark.parametrize(("node", "shape"), [([0, 1, 3], (2, 2)), ([0, 1, 2, 2], (2, 2)), ([0, 1, 2, 3, 3], (2, 2))])
def test_holes_and_duplicates_are_listed(node: list[int], shape: tuple[int, int]) -> None:
    found = trace_grid(np.array(node), shape)
    assert isinstance(found, ListedTraces)
    for position, place in enumerate(node):
        assert found.index.reshape(-1)[place] == node.index(place) <= position
    assert set(found.index.reshape(-1)[[place for place in range(4) if place not in node]]) <= {-1}
