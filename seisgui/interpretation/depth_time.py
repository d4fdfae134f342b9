"""Depth-time tables of wells: what their numbers mean, and whether that can be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.label_points import read_text

Values = NDArray[np.float64]

MD, TVDSS = "MD", "TVDSS"
INTERVAL_RANGE = (900.0, 7500.0)  # m/s; slower than mud or faster than dolomite, the table is read wrongly
SHORTEST = 20.0  # m over which an interval velocity is taken: shorter ones tell rounding, not rock


@dataclass(frozen=True, slots=True)
class TableMeaning:
    """What the two columns are: depth 'MD' or 'TVDSS', times 's' or 'ms', one-way or two-way."""

    depth: str = MD
    unit: str = "ms"
    two_way: bool = True

    def __str__(self) -> str:
        return f"{self.depth} in m against {'two' if self.two_way else 'one'}-way time in {self.unit}"


@dataclass(frozen=True)
class DepthTime:
    """Depths below the kelly bushing (measured depth of a vertical well, m) and two-way times in ms; both rise.

    ``velocities`` (n,) are interval velocities in m/s with their mid ``depths``; ``notes`` what was left out.
    """

    depth: Values
    time: Values
    meaning: TableMeaning
    notes: tuple[str, ...] = ()

    def time_at(self, depth: NDArray[np.floating]) -> Values:
        """Two-way time in ms at measured depths; beyond the table its end velocities go on."""
        depth = np.asarray(depth, dtype=np.float64)
        time = np.interp(depth, self.depth, self.time)
        for end, inner in ((0, 1), (-1, -2)):
            slope = (self.time[inner] - self.time[end]) / (self.depth[inner] - self.depth[end])
            beyond = depth < self.depth[0] if end == 0 else depth > self.depth[-1]
            time = np.where(beyond, self.time[end] + slope * (depth - self.depth[end]), time)
        return np.asarray(time)

    @property
    def velocities(self) -> tuple[Values, Values]:
        """Interval velocities in m/s over at least ``SHORTEST`` m, and the depths of their middles."""
        chosen = [0]
        for row in range(1, len(self.depth)):
            if self.depth[row] - self.depth[chosen[-1]] >= SHORTEST:
                chosen.append(row)
        if len(chosen) < 2:
            chosen = [0, len(self.depth) - 1]
        depth, time = self.depth[chosen], self.time[chosen]
        return np.diff(depth) / (np.diff(time) / 2000.0), 0.5 * (depth[1:] + depth[:-1])

    def shifted(self, shift_ms: float = 0.0, stretch: float = 1.0) -> DepthTime:
        """Times times ``stretch`` about the first, plus ``shift_ms``: a bulk tie."""
        if stretch <= 0.0:
            raise InputError(f"A stretch of {stretch:g} turns the well over.", "Choose one around 1.")
        return DepthTime(
            self.depth, self.time[0] + (self.time - self.time[0]) * stretch + shift_ms, self.meaning, self.notes
        )


def constant_velocity(velocity: float, kelly_bushing: float, deepest: float) -> DepthTime:
    """A table from one velocity in m/s below datum."""
    if not INTERVAL_RANGE[0] <= velocity <= INTERVAL_RANGE[1]:
        raise InputError(f"{velocity:g} m/s is no velocity of rock.", "Choose one between 1,400 and 7,000.")
    depth = np.array([kelly_bushing, max(deepest, kelly_bushing + 1.0)])
    return DepthTime(depth, (depth - kelly_bushing) * 2000.0 / velocity, TableMeaning(MD))


def read_depth_time(path: Path, meaning: TableMeaning | None = None, kelly_bushing: float = 0.0) -> DepthTime:
    """Read two columns, depth and time; ``meaning`` None takes the one that believable velocities point to.

    Raises ``InputError`` where the interval velocities that follow from ``meaning`` are none that rock has, naming the
    meaning that would fit.
    """
    path = Path(path)
    rows = _numbers(read_text(path))
    if len(rows) < 2:
        raise InputError(f"{path.name} needs two columns, depth and time, and at least two rows.")
    fitting = [guess for guess in MEANINGS if not _trouble(_table(rows, guess, kelly_bushing))]
    if meaning is None:
        if not fitting:
            raise InputError(
                f"{path.name} gives velocities that no rock has, whether its times are in s or ms, one-way or two-way.",
                "Check that the first column is depth in m and the second time.",
            )
        meaning = fitting[0]
    table = _table(rows, meaning, kelly_bushing)
    trouble = _trouble(table)
    if trouble:
        other = f"It would fit as {fitting[0]}." if fitting else "Check units and columns."
        raise InputError(f"{path.name}, read as {meaning}, {trouble}.", other)
    return table


def _numbers(text: str) -> Values:
    """The first two columns of all lines that begin with two numbers, (n, 2)."""
    rows = []
    for line in text.replace(",", " ").replace(";", " ").splitlines():
        try:
            rows.append([float(word) for word in line.split()[:2]])
        except ValueError:
            continue  # a line of words
    return np.array([row for row in rows if len(row) == 2 and np.isfinite(row).all()], dtype=np.float64).reshape(-1, 2)


MEANINGS = tuple(
    TableMeaning(depth, unit, two_way) for unit in ("ms", "s") for two_way in (True, False) for depth in (MD, TVDSS)
)


def _table(rows: Values, meaning: TableMeaning, kelly_bushing: float) -> DepthTime:
    depth = rows[:, 0] + (kelly_bushing if meaning.depth == TVDSS else 0.0)
    time = rows[:, 1] * (1000.0 if meaning.unit == "s" else 1.0) * (1.0 if meaning.two_way else 2.0)
    notes = []
    order = np.argsort(depth, kind="stable")
    if (np.diff(depth) < 0.0).any():
        notes.append(f"{int((np.diff(depth) < 0.0).sum())} rows go up instead of down; they were sorted.")
    depth, time = depth[order], time[order]
    rising = np.concatenate([[True], np.diff(depth) > 0.0])
    if not rising.all():
        notes.append(f"{int((~rising).sum())} depths are given twice; the first of each is kept.")
    depth, time = depth[rising], time[rising]
    later = time > np.maximum.accumulate(np.concatenate([[-np.inf], time[:-1]]))
    if not later.all():
        notes.append(f"{int((~later).sum())} rows have no later time than a shallower one; they were left out.")
    return DepthTime(depth[later], time[later], meaning, tuple(notes))


def _trouble(table: DepthTime) -> str:
    """What cannot be about a table, '' where it can."""
    if len(table.depth) < 2:
        return "has no two rows of which the deeper is later"
    velocities, depths = table.velocities
    outside = (velocities < INTERVAL_RANGE[0]) | (velocities > INTERVAL_RANGE[1])
    if outside.mean() > 0.1 or not INTERVAL_RANGE[0] <= float(np.median(velocities)) <= INTERVAL_RANGE[1]:
        worst = int(np.argmax(outside))
        return f"gives {velocities[worst]:,.0f} m/s around {depths[worst]:,.0f} m, which no rock has"
    return ""
