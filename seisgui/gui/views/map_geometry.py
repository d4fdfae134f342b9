"""Where lines and the survey's edge lie on the map: Qt-free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seisgui.gui.views.positions import Coordinates
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes

Points = NDArray[np.float64]  # (n, 2): x and y


def map_coordinates(axes: VolumeAxes, coordinates: Coordinates | None) -> Coordinates:
    """Coordinates of every trace; without any, crossline numbers run to the east and inline numbers to the north."""
    if coordinates is not None and np.isfinite(coordinates[0]).any():
        return coordinates
    x, y = np.meshgrid(axes.crossline.numbers.astype(float), axes.inline.numbers.astype(float))
    return x, y


def outline(x: NDArray[np.float64], y: NDArray[np.float64], live: NDArray[np.bool_] | None) -> Points:
    """The survey's edge: the first and last live trace of every inline, or the line itself where there is but one."""
    there = np.isfinite(x) & np.isfinite(y)
    if live is not None:
        there &= live
    if x.shape[0] == 1 or x.shape[1] == 1:
        return np.stack([x[there], y[there]], axis=1)
    rows = np.flatnonzero(there.any(axis=1))
    first, last = there[rows].argmax(axis=1), x.shape[1] - 1 - there[rows, ::-1].argmax(axis=1)
    ways = [np.stack([x[rows, ends], y[rows, ends]], axis=1) for ends in (first, last)]
    edge = np.concatenate([ways[0], ways[1][::-1]])
    return np.concatenate([edge, edge[:1]])


def line_of(
    ref: SectionRef,
    axes: VolumeAxes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    stretch: tuple[int | None, int | None] = (None, None),
) -> Points:
    """The surface trace of an inline or crossline, or of a stretch of it (line numbers); empty for slices."""
    if ref.orientation is Orientation.TIME:
        return np.empty((0, 2))
    index = axes.section_index(ref)
    across = axes.crossline if ref.orientation is Orientation.INLINE else axes.inline
    first, last = (None if number is None else across.index(number) for number in stretch)
    part = slice(first, None if last is None else last + 1)
    at = (index, part) if ref.orientation is Orientation.INLINE else (part, index)
    points = np.stack([x[at], y[at]], axis=1)
    return points[np.isfinite(points).all(axis=1)]


def nearest(x: NDArray[np.float64], y: NDArray[np.float64], place: tuple[float, float]) -> tuple[int, int] | None:
    """Indices (inline, crossline) of the trace nearest to a place; None where no trace has coordinates."""
    distance = np.hypot(x - place[0], y - place[1])
    if not np.isfinite(distance).any():
        return None
    index = int(np.nanargmin(distance))
    return index // x.shape[1], index % x.shape[1]
