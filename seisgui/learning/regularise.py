"""Regularised output: probabilities averaged over neighbouring pixels, the raw ones being a switch away."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from seisgui.seismic.volume import BoolArray, FloatArray

LEAST_WIDTH = 0.3  # of a Gaussian, in pixels: narrower ones change nothing
LEAST_WEIGHT = 1e-4


def regularised(probabilities: FloatArray, live: BoolArray, width: float, step: int = 1) -> FloatArray:
    """Probabilities (n_class, ...) after a Gaussian of a standard deviation of ``width`` traces and samples.

    They stand at every ``step``-th pixel of ``live`` (n_lateral, n_sample); holes weigh nothing.
    """
    sigma = width / step
    if sigma < LEAST_WIDTH:
        return probabilities
    weight = live[::step, ::step].astype(np.float32)
    share = gaussian_filter(weight, sigma)
    known = share > LEAST_WEIGHT
    result = np.empty_like(probabilities)
    for number, plane in enumerate(probabilities):
        averaged = gaussian_filter(plane * weight, sigma)
        result[number] = np.where(known, averaged / np.maximum(share, LEAST_WEIGHT), plane)
    result /= np.maximum(result.sum(axis=0), 1e-6)
    return result
