"""Moves a picked time to the event beneath it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REACH = 12  # samples on either side


def snap(trace: NDArray[np.floating], vertical: float, mode: str, reach: int = REACH) -> float:
    """The peak, trough or zero crossing of ``trace`` nearest to position ``vertical``, refined between samples.

    ``vertical`` comes back unchanged where there is none within ``reach`` samples, or mode is 'none'.
    """
    if mode == "none":
        return vertical
    first = max(int(vertical) - reach - 1, 0)
    piece = np.asarray(trace[first : int(vertical) + reach + 2], dtype=np.float64)
    if len(piece) < 3 or not np.isfinite(piece).all():
        return vertical
    found = zero_crossings(piece) if mode == "zero" else extrema(piece if mode == "peak" else -piece)
    found = found + first + 0.5
    found = found[np.abs(found - vertical) <= reach]
    return float(found[np.argmin(np.abs(found - vertical))]) if len(found) else vertical


def extrema(trace: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positive local maxima, by a parabola through three samples."""
    middle, before, after = trace[1:-1], trace[:-2], trace[2:]
    at = np.flatnonzero((middle >= before) & (middle > after) & (middle > 0))
    curvature = before[at] - 2 * middle[at] + after[at]
    shift = np.where(curvature < 0, 0.5 * (before[at] - after[at]) / np.where(curvature < 0, curvature, -1.0), 0.0)
    return at + 1 + np.clip(shift, -0.5, 0.5)


def zero_crossings(trace: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the straight line between two samples passes zero."""
    one, two = trace[:-1], trace[1:]
    at = np.flatnonzero((one == 0) | (one * two < 0))
    step = one[at] - two[at]
    return at + np.where(step != 0, one[at] / np.where(step != 0, step, 1.0), 0.0)
