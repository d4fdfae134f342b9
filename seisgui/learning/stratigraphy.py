"""Relative geological time: which reflectors are of one age, told from the dips of a section alone.

Every pixel gets the depth (in samples) that its reflector has on average over the section. Facies follow strata,
so that this is a better vertical position than two-way time; and averages taken along reflectors do not mix layers.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from seisgui.learning.filters import EPSILON, blur, derivatives, gaussian
from seisgui.seismic.volume import FloatArray

STEEPEST = 1.0  # samples a trace
REFERENCES = 12  # traces from which ages are carried over the section, then averaged
# (down, across) widths of the window dips are measured in and of the one they are averaged in, samples and traces
DIP_WINDOWS = (((3, 6), (6, 12)), ((5, 10), (12, 24)), ((5, 10), (24, 40)))
SMALLEST_AGE_STEP = 1e-3  # samples of age down one sample of the trace: keeps ages increasing


def relative_ages(scaled: FloatArray) -> FloatArray:
    """Relative geological time (3, n_lateral, n_sample) float32 in samples, from careful to very smooth dips.

    ``scaled`` (n_lateral, n_sample) without NaN; traces of zeros take the dips of their neighbours.
    """
    down, across = derivatives(scaled)
    count = min(REFERENCES, len(scaled))
    references = np.unique(np.linspace(0, len(scaled) - 1, count + 2)[1:-1].round().astype(np.int64))
    ages = [carry(slopes(down, across, *windows), references) for windows in DIP_WINDOWS]
    return np.stack(ages)


def slopes(
    down: FloatArray, across: FloatArray, window: tuple[float, float], average: tuple[float, float]
) -> FloatArray:
    """Reflector slope in samples a trace, (n_lateral, n_sample), weighted by how clear the dip is."""
    vertical, lateral = blur(down * down, *window), blur(across * across, *window)
    mixed = blur(down * across, *window)
    slope = -np.tan(np.clip(0.5 * np.arctan2(2 * mixed, vertical - lateral), -np.pi / 4, np.pi / 4))
    clarity = np.sqrt((vertical - lateral) ** 2 + 4 * mixed**2)
    weighted = blur(np.clip(slope, -STEEPEST, STEEPEST) * clarity, *average)
    return np.asarray(weighted / (blur(clarity, *average) + EPSILON**2), dtype=np.float32)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def carry(slope: FloatArray, references: NDArray[np.int64]) -> FloatArray:
    """Ages (n_lateral, n_sample) float32: depth of every pixel's reflector, averaged over the reference traces."""
    n_lateral, n_sample = slope.shape
    total = np.zeros((n_lateral, n_sample), dtype=np.float32)
    ages = np.empty((2, n_sample), dtype=np.float32)
    for reference in references:
        for direction in (1, -1):
            now = 0
            for j in range(n_sample):
                ages[now, j] = j
                if direction == 1:
                    total[reference, j] += j
            lateral = reference + direction
            while 0 <= lateral < n_lateral:
                before = lateral - direction
                for j in range(n_sample):
                    rise = np.float32(0.5) * (slope[lateral, j] + slope[before, j])
                    place = j - direction * rise
                    ages[1 - now, j] = at(ages[now], place)
                    total[lateral, j] += ages[1 - now, j]
                now = 1 - now
                lateral += direction
    return total / np.float32(len(references))


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def at(values: NDArray[np.float32], place: float) -> float:
    """Linear interpolation at a fractional index; beyond the ends values go on by one a sample."""
    last = len(values) - 1
    if place <= 0:
        return float(values[0] + place)
    if place >= last:
        return float(values[last] + (place - last))
    low = int(place)
    return float(values[low] + (place - low) * (values[low + 1] - values[low]))


@dataclass(frozen=True, slots=True)
class Flattening:
    """Where to look to flatten a section and to undo it: sample indices, all (n_lateral, n_sample) float32."""

    depth: FloatArray  # of an age on a trace
    age: FloatArray  # of a depth on a trace
    lateral: FloatArray

    @classmethod
    def of(cls, ages: FloatArray) -> Flattening:
        """From relative ages (n_lateral, n_sample) in samples."""
        n_lateral, n_sample = ages.shape
        samples = np.arange(n_sample, dtype=np.float32)
        increasing = np.maximum.accumulate(ages, axis=1) + np.float32(SMALLEST_AGE_STEP) * samples
        depth = np.stack([np.interp(samples, trace, samples) for trace in increasing]).astype(np.float32)
        lateral = np.repeat(np.arange(n_lateral, dtype=np.float32)[:, None], n_sample, axis=1)
        return cls(depth, increasing.astype(np.float32), lateral)

    def average(self, plane: FloatArray, down: float, across: float) -> FloatArray:
        """Gaussian mean along reflectors, ``down`` in samples of age and ``across`` in traces; shape of ``plane``."""
        flat = cv2.remap(plane, self.depth, self.lateral, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        flat = gaussian(np.asarray(flat, dtype=np.float32), down, across)
        back = cv2.remap(flat, self.age, self.lateral, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(back, dtype=np.float32)
