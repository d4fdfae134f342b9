"""The visible part of a section at the pixels of the screen."""

from __future__ import annotations

from enum import Enum, auto

import cv2
import numpy as np

from seisgui.gui.views.mixing import ByteArray
from seisgui.gui.views.planes import SectionPlanes, Steps


class Quality(Enum):
    """How samples become pixels: smoothly at rest and while painting, the nearest one while moving.

    Where samples outnumber pixels they are thinned to exactly one a pixel at rest; zooming shows the next coarser
    halving meanwhile.
    """

    REST = auto()
    PAINTING = auto()
    MOVING = auto()


def scaled(
    planes: SectionPlanes,
    ranges: tuple[float, float, float, float],
    size: tuple[int, int],
    quality: Quality,
    *,
    other: bool = False,
) -> tuple[ByteArray, int, int] | None:
    """The part ``(left, right, top, bottom)`` of a section magnified to ``size`` (width, height) pixels.

    Returns the pixels and the offset of their first column and row, or None where nothing is in sight. Samples
    larger than eight pixels stay crisp in any case. ``other``: with the overlays of the other side of the divider.
    """
    left, right, top, bottom = ranges
    exact = exact_steps(ranges, size)
    steps = exact if quality is Quality.REST or planes.has_image(exact, other=other) else halving_steps(exact)
    counts = planes.image_shape(steps)
    columns = scaled_range(left / steps[0], right / steps[0], counts[0], size[0], whole=steps[0] == exact[0] > 1)
    rows = scaled_range(top / steps[1], bottom / steps[1], counts[1], size[1], whole=steps[1] == exact[1] > 1)
    if columns is None or rows is None:
        return None
    (i0, i1, x0, x1), (j0, j1, y0, y1) = columns, rows
    pixels = magnified(planes.pixels(steps, slice(i0, i1), slice(j0, j1), other=other), (x1 - x0, y1 - y0), quality)
    mirrored, upwards = left > right, top > bottom
    if mirrored or upwards:
        pixels = np.ascontiguousarray(pixels[:: -1 if upwards else 1, :: -1 if mirrored else 1])
    return pixels, x0, y0


def exact_steps(ranges: tuple[float, float, float, float], size: tuple[int, int]) -> Steps:
    """Samples a pixel, lateral and vertical; 1 where pixels outnumber samples.

    Rounded, so that they stay the same while the section is moved.
    """
    left, right, top, bottom = ranges
    lateral, vertical = abs(right - left) / max(size[0], 1), abs(bottom - top) / max(size[1], 1)
    return max(float(f"{lateral:.9g}"), 1.0), max(float(f"{vertical:.9g}"), 1.0)


def halving_steps(exact: Steps) -> Steps:
    """The powers of two at or above ``exact``, so that what is thinned is magnified by less than two."""
    lateral, vertical = (2.0 ** np.ceil(np.log2(step)) for step in exact)
    return float(lateral), float(vertical)


def magnified(source: ByteArray, size: tuple[int, int], quality: Quality) -> ByteArray:
    """``source`` at ``size`` (width, height); samples larger than eight pixels stay crisp in that direction."""
    rows, columns = source.shape[:2]
    width, height = size
    if (width, height) == (columns, rows):
        return source.copy()  # the caller draws on it
    if width > 8 * columns and height > 8 * rows:
        return cv2.resize(source, size, interpolation=cv2.INTER_NEAREST)
    if width > 8 * columns:
        source = cv2.resize(source, (width, rows), interpolation=cv2.INTER_NEAREST)
    elif height > 8 * rows:
        source = cv2.resize(source, (columns, height), interpolation=cv2.INTER_NEAREST)
    moving = quality is Quality.MOVING
    return cv2.resize(source, size, interpolation=cv2.INTER_NEAREST if moving else cv2.INTER_LINEAR)


def scaled_range(
    start: float, end: float, count: int, pixels: int, *, whole: bool = False
) -> tuple[int, int, int, int] | None:
    """Samples ``i0..i1`` that are in sight and the pixels ``x0..x1`` they fill; ``whole``: a pixel for each."""
    low, high = min(start, end), max(start, end)
    i0, i1 = max(int(np.floor(low)), 0), min(int(np.ceil(high)), count)
    if i1 <= i0 or pixels <= 0:
        return None
    scale = pixels / (end - start)
    edges = sorted(((i0 - start) * scale, (i1 - start) * scale))
    x0, x1 = round(edges[0]), round(edges[1])
    if whole:
        x1 = x0 + i1 - i0
    return (i0, i1, x0, max(x1, x0 + 1))
