"""Traces as lines with variable area, whatever their number, in one pass over the pixels.

At every pixel along time a trace covers an interval across it: from the smallest to the largest value it takes there,
and down to its base line where the area is filled. All intervals of a picture are summed up at once, with fractions at
their ends, so that lines are smooth and three hundred traces take a few milliseconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.volume import FloatArray

ByteArray = NDArray[np.uint8]

LINE = 1.15  # pixels that a line is wide at least


def extents(samples: FloatArray, edges: NDArray[np.float64]) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest value of traces (n, m) within each pixel, (n, pixels) each; NaN where there is none.

    ``edges`` (pixels + 1,) are ascending positions along the traces at which pixels meet; sample ``i`` is at ``i``.
    Between samples the trace is a straight line.
    """
    n, m = samples.shape
    pixels = len(edges) - 1
    low = np.full((n, pixels), np.nan, np.float32)
    high = np.full((n, pixels), np.nan, np.float32)
    first, last = np.searchsorted(edges, [0.0, m - 1.0], side="left")[0], np.searchsorted(edges, m - 1.0, side="right")
    first, last = max(int(first) - 1, 0), min(int(last), pixels)
    if m < 2 or first >= last:
        return low, high
    inside = np.clip(edges[first : last + 1], 0.0, m - 1.0)
    found = _blocks(samples, inside) if inside[-1] - inside[0] >= 2.0 * (last - first) else _between(samples, inside)
    low[:, first:last], high[:, first:last] = found
    return low, high


def _blocks(samples: FloatArray, edges: NDArray[np.float64]) -> tuple[FloatArray, FloatArray]:
    """Several samples a pixel: the extremes of those, and of the first of the next pixel, so that lines meet."""
    at = np.minimum(np.ceil(edges), samples.shape[1] - 1).astype(np.intp)
    part = samples[:, at[0] : at[-1] + 1]
    starts = at[:-1] - at[0]
    whole = bool(np.isfinite(part[:, :: max(part.shape[1] // 64, 1)]).all()) and bool(np.isfinite(part.sum()))
    least, most = (np.minimum, np.maximum) if whole else (np.fmin, np.fmax)
    ends = samples[:, at[1:]]
    return least(least.reduceat(part, starts, axis=1), ends), most(most.reduceat(part, starts, axis=1), ends)


def _between(samples: FloatArray, edges: NDArray[np.float64]) -> tuple[FloatArray, FloatArray]:
    """Few samples a pixel: straight lines between them, and the corners that lie within a pixel."""
    last = samples.shape[1] - 1
    before = np.minimum(np.floor(edges).astype(np.intp), last - 1)
    share = (edges - before).astype(np.float32)
    value = samples[:, before] * (1 - share) + samples[:, before + 1] * share
    low, high = np.minimum(value[:, :-1], value[:, 1:]), np.maximum(value[:, :-1], value[:, 1:])
    for corner in (np.ceil(edges[:-1]), np.floor(edges[1:])):
        within = (corner >= edges[:-1]) & (corner <= edges[1:])
        where = np.flatnonzero(within)
        at = samples[:, np.minimum(corner[where], last).astype(np.intp)]
        low[:, where], high[:, where] = np.fmin(low[:, where], at), np.fmax(high[:, where], at)
    return low, high


def lines_mask(
    low: FloatArray, high: FloatArray, bases: NDArray[np.float64], reach: float, width: int, *, fill: bool
) -> ByteArray:
    """(pixels, width) coverage 0..255 of traces whose values (n, pixels) are drawn ``reach`` pixels a unit.

    ``bases`` (n,) are the pixels across at which a trace is zero; ``fill`` fills positive lobes down to them.
    """
    pixels = low.shape[1]
    if fill:
        low = np.where(high > 0, np.minimum(low, 0), low)
    start, end = bases[:, None] + low * reach, bases[:, None] + high * reach
    short = (LINE - (end - start)) / 2
    grow = np.maximum(short, 0)
    start, end = start - grow, end + grow
    seen = np.isfinite(start) & (end > 0) & (start < width)
    row = np.broadcast_to(np.arange(pixels), start.shape)[seen]
    start, end = np.clip(start[seen], 0, width), np.clip(end[seen], 0, width)
    stride = width + 2
    place, weight = [], []
    for edge, sign in ((start, 1.0), (end, -1.0)):
        whole = edge.astype(np.intp)
        part = edge - whole
        at = row * stride + whole
        place += [at, at + 1]
        weight += [sign * (1 - part), sign * part]
    steps = np.bincount(np.concatenate(place), np.concatenate(weight), pixels * stride)
    cover = np.cumsum(steps.astype(np.float32).reshape(pixels, stride)[:, :width], axis=1)
    np.clip(cover, 0.0, 1.0, out=cover)
    cover *= 255.0
    return cover.astype(np.uint8)


def ink_table(paper: tuple[int, int, int], ink: tuple[int, int, int]) -> ByteArray:
    """(256, 4) BGRA from paper to ink (BGR)."""
    share = np.arange(256)[:, None] / 255.0
    table = np.full((256, 4), 255, np.uint8)
    table[:, :3] = np.rint(np.array(paper) * (1 - share) + np.array(ink) * share)
    return table
