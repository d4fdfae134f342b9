"""Which samples a gesture covers: ellipses along a path, lines, polygons."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.volume import BoolArray

Centre = tuple[float, float]


@dataclass
class StrokeMask:
    """What a stroke has covered so far on a section of ``shape`` (n_lateral, n_vertical), with its bounding box."""

    shape: tuple[int, int]
    mask: BoolArray = field(init=False)
    box: tuple[int, int, int, int] | None = None  # lateral from, to, vertical from, to (exclusive)

    def __post_init__(self) -> None:
        self.mask = np.zeros(self.shape, dtype=np.bool_)

    def add(self, part: BoolArray, lateral0: int, vertical0: int) -> None:
        """Add a mask whose corner lies at (lateral0, vertical0); what is off the section is cut."""
        i0, j0 = max(lateral0, 0), max(vertical0, 0)
        i1 = min(lateral0 + part.shape[0], self.shape[0])
        j1 = min(vertical0 + part.shape[1], self.shape[1])
        if i1 <= i0 or j1 <= j0:
            return
        self.mask[i0:i1, j0:j1] |= part[i0 - lateral0 : i1 - lateral0, j0 - vertical0 : j1 - vertical0]
        old = self.box or (i0, i1, j0, j1)
        self.box = min(old[0], i0), max(old[1], i1), min(old[2], j0), max(old[3], j1)

    def clear(self) -> None:
        if self.box is not None:
            i0, i1, j0, j1 = self.box
            self.mask[i0:i1, j0:j1] = False
        self.box = None

    def cut(self) -> tuple[BoolArray, int, int] | None:
        """The mask within its bounding box and the corner of the box; None where nothing is covered."""
        if self.box is None:
            return None
        i0, i1, j0, j1 = self.box
        part = self.mask[i0:i1, j0:j1]
        return (part.copy(), i0, j0) if part.any() else None


def brush_centre(lateral: float, vertical: float, size: tuple[int, int]) -> Centre:
    """Where a brush of ``size`` traces x samples sits: on a sample if the size is odd, between two if it is even."""
    return snapped_to_grid(lateral, size[0]), snapped_to_grid(vertical, size[1])


def snapped_to_grid(position: float, size: int) -> float:
    return math.floor(position) + 0.5 if size % 2 else float(round(position))


def ellipse_path(start: Centre, end: Centre, size: tuple[int, int]) -> tuple[BoolArray, int, int]:
    """The samples whose centre lies in the ellipse of ``size`` moved straight from ``start`` to ``end``.

    Returns the mask (h_lateral, h_vertical) and its corner.
    """
    half = size[0] / 2, size[1] / 2
    i0, i1 = covered(start[0], end[0], half[0])
    j0, j1 = covered(start[1], end[1], half[1])
    # In units of the half axes the swept ellipse is all points within 1 of the segment.
    u = (np.arange(i0, i1) + 0.5 - start[0])[:, None] / half[0]
    v = (np.arange(j0, j1) + 0.5 - start[1])[None, :] / half[1]
    du, dv = (end[0] - start[0]) / half[0], (end[1] - start[1]) / half[1]
    length = du * du + dv * dv
    along = np.clip((u * du + v * dv) / length, 0.0, 1.0) if length > 0 else 0.0
    distance = (u - along * du) ** 2 + (v - along * dv) ** 2
    return distance <= 1.0 + 1e-9, i0, j0


def covered(start: float, end: float, half: float) -> tuple[int, int]:
    """Indices ``first..last`` (exclusive) of the samples within ``half`` of the interval."""
    return math.floor(min(start, end) - half), math.ceil(max(start, end) + half)


def trace_path(start: Centre, end: Centre) -> list[tuple[int, float]]:
    """One vertical position for every trace passed between two centres: (trace, vertical)."""
    first, last = math.floor(start[0]), math.floor(end[0])
    if first == last:
        return [(last, end[1])]
    step = 1 if last > first else -1
    traces = range(first, last + step, step)
    slope = (end[1] - start[1]) / (end[0] - start[0])
    return [(trace, start[1] + slope * (trace + 0.5 - start[0])) for trace in traces]


def polygon(points: NDArray[np.float64], shape: tuple[int, int]) -> tuple[BoolArray, int, int] | None:
    """The samples whose centre lies in a closed polygon of positions (n, 2); None where there is none."""
    if len(points) < 3:
        return None
    i0, i1 = max(math.floor(points[:, 0].min()), 0), min(math.ceil(points[:, 0].max()), shape[0])
    j0, j1 = max(math.floor(points[:, 1].min()), 0), min(math.ceil(points[:, 1].max()), shape[1])
    if i1 <= i0 or j1 <= j0:
        return None
    mask = even_odd(points, np.arange(i0, i1) + 0.5, np.arange(j0, j1) + 0.5)
    return (mask, i0, j0) if mask.any() else None


def even_odd(points: NDArray[np.float64], lateral: NDArray[np.float64], vertical: NDArray[np.float64]) -> BoolArray:
    """Even-odd rule at the grid of ``lateral`` x ``vertical``: crossings of each trace with the outline."""
    inside = np.zeros((len(lateral), len(vertical)), dtype=np.bool_)
    for (u0, v0), (u1, v1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if u0 == u1:
            continue
        low, high = np.searchsorted(lateral, sorted((u0, u1)))
        crossing = v0 + (lateral[low:high] - u0) * (v1 - v0) / (u1 - u0)
        inside[low:high] ^= vertical[None, :] > crossing[:, None]
    return inside


def flood(amplitude: NDArray[np.float32], lateral: int, vertical: int, tolerance: float) -> BoolArray:
    """The connected samples within ``tolerance`` of the amplitude at a seed, (n_lateral, n_vertical)."""
    image = np.ascontiguousarray(amplitude, dtype=np.float32)
    seed = float(image[lateral, vertical])
    if not np.isfinite(seed):
        return np.zeros(image.shape, dtype=np.bool_)
    within = (np.abs(image - seed) <= tolerance).astype(np.uint8)
    mask = np.zeros((image.shape[0] + 2, image.shape[1] + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
    cv2.floodFill(within, mask, (vertical, lateral), 1, 0, 0, flags)
    return mask[1:-1, 1:-1].astype(np.bool_)
