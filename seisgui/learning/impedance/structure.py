"""Following reflectors from trace to trace, so that what is known at one place can be carried along the beds.

The dip of every sample comes from the structure tensor (van Vliet & Verbeek 1995; Fehmers & Höcker 2003); beds are
followed from a trace by integrating dips. No picked horizon is needed, imported ones are not used here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from seisgui.learning.impedance.scores import filled_along_traces

Grid = NDArray[np.float64]

GRADIENT_WIDTH = 1.0  # traces and samples
TENSOR_WIDTH = (6.0, 5.0)  # traces, samples: wide enough for noise, narrow enough for folds
WEAK = 1e-9  # of the strongest energy: dips of silence are level


@dataclass(frozen=True)
class Beds:
    """Dips (n_trace, n_sample) of a section, in samples a trace, and what follows from them."""

    dips: Grid

    @classmethod
    def of(cls, seismic: NDArray[np.floating]) -> Beds:
        """From amplitudes (n_trace, n_sample); NaN counts as silence."""
        amplitude = np.nan_to_num(np.asarray(seismic, dtype=np.float64))
        scale = float(np.abs(amplitude).mean())
        amplitude = amplitude / scale if scale > 0.0 else amplitude
        across = ndimage.gaussian_filter(amplitude, GRADIENT_WIDTH, order=(1, 0))
        down = ndimage.gaussian_filter(amplitude, GRADIENT_WIDTH, order=(0, 1))
        mixed = ndimage.gaussian_filter(across * down, TENSOR_WIDTH)
        energy = ndimage.gaussian_filter(down * down, TENSOR_WIDTH)
        return cls(-mixed / (energy + WEAK * float(energy.max(initial=0.0)) + np.finfo(np.float64).tiny))

    def followed(self, trace: int) -> Grid:
        """Where the beds of one trace lie everywhere: (n_trace, n_sample) in samples, rising along every trace."""
        n_trace, n_sample = self.dips.shape
        places = np.empty((n_trace, n_sample))
        places[trace] = np.arange(n_sample)
        for step, stop in ((1, n_trace - 1), (-1, 0)):
            for at in range(trace, stop, step):
                places[at + step] = self._stepped(places[at], at, at + step)
        return places

    def _stepped(self, place: Grid, at: int, to: int) -> Grid:
        """Midpoint rule from one trace to its neighbour; beds may meet but never cross."""
        samples = np.arange(self.dips.shape[1])
        sign = to - at
        halfway = place + 0.5 * sign * np.interp(place, samples, self.dips[at])
        dip = np.interp(halfway, samples, 0.5 * (self.dips[at] + self.dips[to]))
        return np.asarray(np.maximum.accumulate(place + sign * dip + 1e-6 * samples) - 1e-6 * samples)

    def carried(self, trace: int, log: NDArray[np.floating]) -> tuple[Grid, Grid]:
        """A log (n_sample,) of one trace carried along the beds to all traces, and how far its samples moved.

        Both (n_trace, n_sample); the second in samples, positive downwards. Beyond the ends of the log its last value
        goes on.
        """
        samples = np.arange(self.dips.shape[1], dtype=np.float64)
        filled = filled_along_traces(np.asarray(log)[None])[0]
        places = self.followed(trace)
        values, moved = np.empty_like(places), np.empty_like(places)
        for at, place in enumerate(places):
            source = np.interp(samples, place + 1e-6 * samples, samples)
            values[at] = np.interp(source, samples, filled)
            moved[at] = samples - source
        return values, moved


def carried_model(
    beds: Beds, logs: dict[int, NDArray[np.floating]], power: float = 2.0, softening: float = 3.0
) -> tuple[Grid, Grid]:
    """Logs of several traces carried along the beds and averaged by inverse distance; and how far they moved."""
    n_trace = len(beds.dips)
    total, moved, weights = (np.zeros_like(beds.dips) for _ in range(3))
    for trace, log in logs.items():
        weight = (1.0 / (np.abs(np.arange(n_trace) - trace) + softening) ** power)[:, None]
        values, shift = beds.carried(trace, log)
        total, moved, weights = total + weight * values, moved + weight * shift, weights + weight
    return total / weights, moved / weights
