"""What a picker is to answer: a bump around every arrival, noise elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


def bump(samples: int, centre: float, sigma: float, half_width: float) -> FloatArray:
    """A bell curve (samples,) of height 1 around ``centre`` (samples, with a fraction), 0 beyond ``half_width``."""
    found = np.zeros(samples, np.float32)
    first, last = max(0, int(np.ceil(centre - half_width))), min(samples - 1, int(np.floor(centre + half_width)))
    if first <= last:
        away = np.arange(first, last + 1) - centre
        found[first : last + 1] = np.exp(-0.5 * np.square(away / sigma))
    return found


def target(
    samples: int,
    phases: Sequence[str],
    arrivals: Mapping[str, Sequence[float]],
    sigma: float,
    half_width: float,
    unknown: Sequence[str] = (),
) -> FloatArray:
    """Probabilities (n_phase, samples) wanted of a window, in the order of ``phases``, noise ('N') among them.

    ``arrivals`` are places in samples a phase; those outside the window reach in with their bump. Where bumps overlap
    they are scaled to sum to 1. Phases that are ``unknown`` here are NaN: nobody has said whether they arrive.
    """
    found = np.zeros((len(phases), samples), np.float32)
    for row, phase in enumerate(phases):
        for place in arrivals.get(phase, ()):
            np.maximum(found[row], bump(samples, place, sigma, half_width), out=found[row])
    total = found.sum(axis=0)
    found /= np.maximum(total, 1.0)
    if "N" in phases:
        found[phases.index("N")] = 1.0 - np.minimum(total, 1.0)
    for phase in unknown:
        found[phases.index(phase)] = np.nan
    return found
