"""Changes of training windows that leave them geologically possible; upside down is none of them.

A window mirrored left to right shows the same rocks dipping the other way, a louder one another gain, a stretched one
another velocity, a moved one the same layers a little deeper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seisgui.learning.recipes import Recipe
from seisgui.seismic.volume import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Changes:
    """What is done to ``n`` windows, one value each; ``stretches`` are samples read per sample of the window."""

    mirrored: BoolArray  # (n,)
    gains: FloatArray  # (n,)
    stretches: NDArray[np.float64]  # (n,)
    shifts: NDArray[np.int64]  # (n, 2) traces and samples

    @classmethod
    def draw(cls, recipe: Recipe, generator: np.random.Generator, count: int) -> Changes:
        """As the switches of a recipe allow; what is switched off draws nothing."""
        mirrored = generator.random(count) < 0.5 if recipe.flip else np.zeros(count, dtype=bool)
        gains, stretches = np.ones(count, dtype=np.float32), np.ones(count)
        if recipe.amplitude_jitter:
            gains = np.exp(generator.normal(0.0, recipe.amplitude_jitter, count)).astype(np.float32)
        if recipe.stretch:
            stretches = np.exp(generator.uniform(-1.0, 1.0, count) * np.log1p(recipe.stretch))
        shifts = np.zeros((count, 2), dtype=np.int64)
        if recipe.shift:
            shifts = generator.integers(-recipe.shift, recipe.shift + 1, (count, 2))
        return cls(mirrored, gains, stretches, shifts)


def reach_of(recipe: Recipe, side: int) -> int:
    """Pixels beyond a window of one side that stretched and moved ones read."""
    return int(np.ceil(side * recipe.stretch / 2)) + recipe.shift + 1


def cut(
    padded: FloatArray, pad: int, first: tuple[int, int], sides: tuple[int, int], stretch: float, about: float
) -> FloatArray:
    """A window (n_channel, *sides) of a section padded by ``pad`` on all four sides.

    Pixel [i, j] shows lateral ``first[0] + i`` and sample ``first[1] + about + (j - about) * stretch``, between two
    samples linearly.
    """
    lateral = first[0] + pad
    if stretch == 1.0:
        sample = first[1] + pad
        return padded[:, lateral : lateral + sides[0], sample : sample + sides[1]]
    place = first[1] + pad + about + (np.arange(sides[1]) - about) * stretch
    before = np.clip(np.floor(place).astype(np.int64), 0, padded.shape[2] - 2)
    share = (place - before).astype(np.float32)
    rows = padded[:, lateral : lateral + sides[0]]
    return np.asarray(rows[:, :, before] * (1 - share) + rows[:, :, before + 1] * share)
