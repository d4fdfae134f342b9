"""From curves of probability to picks: peaks, times between samples, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

HEIGHT, DISTANCE = 0.3, 50  # of the published picker: probability, samples
FULL_WIDTH = 2.0 * np.sqrt(2.0 * np.log(2.0))  # of a bell curve at half its height, in standard deviations


@dataclass(frozen=True, slots=True)
class Peaks:
    """Peaks of a curve: ``index`` (n,) samples, ``time`` (n,) samples with a fraction, ``probability`` (n,).

    ``uncertainty`` (n,) is one standard deviation in samples, from the width of the peak at half its height.
    """

    index: NDArray[np.int64]
    time: NDArray[np.float64]
    probability: NDArray[np.float64]
    uncertainty: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.index)

    def shifted(self, samples: int) -> Peaks:
        """The same peaks, counted from ``samples`` earlier."""
        return Peaks(self.index + samples, self.time + samples, self.probability, self.uncertainty)


def detect_peaks(
    probability: NDArray[np.floating], mph: float = HEIGHT, mpd: int = DISTANCE, threshold: float = 0.0
) -> NDArray[np.int64]:
    """Samples (n,) of the peaks of a curve (samples,), in order.

    ``mph`` is the minimum height, ``mpd`` the minimum distance in samples (of two peaks no further apart than that
    the higher stays), ``threshold`` what a peak must rise above both its neighbours. NaN counts as nothing.
    """
    curve = np.nan_to_num(np.asarray(probability, np.float64), nan=0.0)
    found, _ = find_peaks(curve, height=mph, distance=mpd + 1, threshold=threshold or None)
    return found.astype(np.int64)


def find_picks(
    probability: NDArray[np.floating], mph: float = HEIGHT, mpd: int = DISTANCE, threshold: float = 0.0
) -> Peaks:
    """The peaks of a curve (samples,), with times from a parabola through the three highest samples of each."""
    curve = np.nan_to_num(np.asarray(probability, np.float64), nan=0.0)
    index = detect_peaks(curve, mph, mpd, threshold)
    if not len(index):
        empty = np.zeros(0)
        return Peaks(index, empty, empty, empty)
    left, top, right = curve[index - 1], curve[index], curve[index + 1]
    bend = left - 2.0 * top + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, -1.0), 0.0)
    widths = np.array([_width(curve, place) for place in index.tolist()])
    return Peaks(index, index + np.clip(shift, -0.5, 0.5), top, np.maximum(widths / FULL_WIDTH, 0.5))


def _width(curve: NDArray[np.float64], place: int) -> float:
    """Width of a peak in samples where it has half its height."""
    half = 0.5 * curve[place]
    return _descent(curve[place::-1], half) + _descent(curve[place:], half)


def _descent(curve: NDArray[np.float64], half: float) -> float:
    """Samples from the start of a curve to where it first falls below ``half``."""
    reach = 64
    below = np.flatnonzero(curve[:reach] < half)
    while not len(below) and reach < len(curve):
        reach *= 8
        below = np.flatnonzero(curve[:reach] < half)
    if not len(below):
        return float(len(curve))
    after = int(below[0])
    return after - float((half - curve[after]) / (curve[after - 1] - curve[after]))
