"""The onset of an arrival near a place that somebody pointed at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REACH = 25  # samples on either side of the place
MARGIN = 6  # samples at least on either side of an onset
CLEAR = 2.0  # how many times larger the variance behind an onset is than before it, at least


def onset_near(trace: NDArray[np.floating], sample: int, reach: int = REACH) -> int | None:
    """The sample at which an arrival begins, within ``reach`` samples of ``sample``.

    ``trace`` is (samples,), NaN where there is nothing. The onset splits the window into two stretches that differ most
    (smallest Akaike information criterion of two autoregressive noises of order zero). None where the trace ends, is
    dead, or does not become livelier there.
    """
    first, last = max(sample - 2 * reach, 0), min(sample + 2 * reach + 1, len(trace))
    window = np.asarray(trace[first:last], dtype=np.float64)
    if not 0 <= sample < len(trace) or len(window) < 4 * MARGIN or not np.isfinite(window).all():
        return None
    window = window - window.mean()
    scale = np.abs(window).max()
    if scale == 0.0:
        return None
    window /= scale
    splits = np.arange(MARGIN, len(window) - MARGIN)
    before, after = split_variances(window, splits)
    criterion = splits * np.log(before) + (len(window) - splits) * np.log(after)
    near = np.abs(splits + first - sample) <= reach
    criterion[~near | (after < CLEAR * before)] = np.inf
    best = int(np.argmin(criterion))
    return int(splits[best]) + first if np.isfinite(criterion[best]) else None


def split_variances(
    window: NDArray[np.float64], splits: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance before and from each split on; never zero."""
    tiny = 1e-12
    total, squares = np.cumsum(window), np.cumsum(window**2)
    n = len(window)
    before = squares[splits - 1] / splits - (total[splits - 1] / splits) ** 2
    rest = n - splits
    after = (squares[-1] - squares[splits - 1]) / rest - ((total[-1] - total[splits - 1]) / rest) ** 2
    return np.maximum(before, tiny), np.maximum(after, tiny)
