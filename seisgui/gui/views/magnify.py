"""The visible part of a section at the pixels of the screen."""

from __future__ import annotations

from enum import Enum, auto

import cv2
import numpy as np

from seisgui.gui.views.planes import ByteArray, SectionPlanes


class Quality(Enum):
    """How samples become pixels: averaged at rest, interpolated while painting, the nearest one while moving."""

    REST = auto()
    PAINTING = auto()
    MOVING = auto()


def scaled(
    planes: SectionPlanes, ranges: tuple[float, float, float, float], size: tuple[int, int], quality: Quality
) -> tuple[ByteArray, int, int] | None:
    """The part ``(left, right, top, bottom)`` of a section magnified to ``size`` (width, height) pixels.

    Returns the pixels and the offset of their first column and row, or None where nothing is in sight. Samples
    larger than eight pixels stay crisp in any case.
    """
    left, right, top, bottom = ranges
    columns = scaled_range(left, right, planes.shape[0], size[0])
    rows = scaled_range(top, bottom, planes.shape[1], size[1])
    if columns is None or rows is None:
        return None
    (i0, i1, x0, x1), (j0, j1, y0, y1) = columns, rows
    target = x1 - x0, y1 - y0
    pixels = magnified(planes.pixels(slice(j0, j1), slice(i0, i1), target), target, quality)
    mirrored, upwards = left > right, top > bottom
    if mirrored or upwards:
        pixels = np.ascontiguousarray(pixels[:: -1 if upwards else 1, :: -1 if mirrored else 1])
    return pixels, x0, y0


def magnified(source: ByteArray, size: tuple[int, int], quality: Quality) -> ByteArray:
    """``source`` at ``size`` (width, height); samples larger than eight pixels stay crisp in that direction."""
    rows, columns = source.shape[:2]
    width, height = size
    if width > 8 * columns and height > 8 * rows:
        return cv2.resize(source, size, interpolation=cv2.INTER_NEAREST)
    if width > 8 * columns:
        source = cv2.resize(source, (width, rows), interpolation=cv2.INTER_NEAREST)
    elif height > 8 * rows:
        source = cv2.resize(source, (columns, height), interpolation=cv2.INTER_NEAREST)
    if quality is Quality.MOVING:
        return cv2.resize(source, size, interpolation=cv2.INTER_NEAREST)
    shrunk = width < 0.8 * columns or height < 0.8 * rows
    averaged = shrunk and quality is Quality.REST
    return cv2.resize(source, size, interpolation=cv2.INTER_AREA if averaged else cv2.INTER_LINEAR)


def scaled_range(start: float, end: float, count: int, pixels: int) -> tuple[int, int, int, int] | None:
    """Samples ``i0..i1`` that are in sight and the pixels ``x0..x1`` they fill."""
    low, high = min(start, end), max(start, end)
    i0, i1 = max(int(np.floor(low)), 0), min(int(np.ceil(high)), count)
    if i1 <= i0 or pixels <= 0:
        return None
    scale = pixels / (end - start)
    edges = sorted(((i0 - start) * scale, (i1 - start) * scale))
    x0, x1 = round(edges[0]), round(edges[1])
    return (i0, i1, x0, max(x1, x0 + 1))
