"""What may happen to a training window: polarity, noise, a second event, stretch, silent horizontals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
HORIZONTALS = (("E", "N"), ("1", "2"), ("X", "Y"), ("R", "T"))


def with_noise(window: FloatArray, snr_db: float, generator: np.random.Generator) -> FloatArray:
    """A window (C, samples) with white Gaussian noise: rms_noise = rms_signal / 10^(SNR / 20) a component."""
    rms = np.sqrt(np.mean(np.square(window), axis=-1, keepdims=True, dtype=np.float64))
    noise = generator.standard_normal(window.shape, np.float32)
    return np.asarray(window + noise * (rms / 10.0 ** (snr_db / 20.0)), dtype=np.float32)


def stretched(window: FloatArray, factor: float) -> FloatArray:
    """A window (C, samples) in which everything takes ``factor`` times as long; its beginning stays."""
    samples = np.arange(window.shape[-1])
    return np.stack([np.interp(samples / factor, samples, row) for row in window]).astype(np.float32)


def stacked(window: FloatArray, other: FloatArray, ratio: float) -> FloatArray:
    """A window (C, samples) with another on it whose greatest amplitude is ``ratio`` times its own."""
    own, theirs = float(np.abs(window).max()), float(np.abs(other).max())
    return window if not theirs else window + other * np.float32(ratio * own / theirs)


def horizontals(components: tuple[str, ...]) -> tuple[int, int] | None:
    """Places of the two horizontal components; None where there are not both."""
    letters = [name[-1:].upper() for name in components]
    for first, second in HORIZONTALS:
        if first in letters and second in letters:
            return letters.index(first), letters.index(second)
    return None
