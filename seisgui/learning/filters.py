"""Gaussian means and derivatives of sections: what attributes are made of."""

from __future__ import annotations

import cv2
import numpy as np

from seisgui.seismic.volume import FloatArray

EPSILON = 1e-3  # against division by zero; amplitudes are of order 1
COARSE_SIGMA = 5.0  # wider Gaussians are taken on a decimated copy


def blur(plane: FloatArray, sigma: float, lateral: float | None = None) -> FloatArray:
    """Gaussian mean; ``sigma`` down the trace in samples, ``lateral`` (the same unless given) in traces.

    Wide ones are taken on a decimated copy: four times fewer pixels for every halving.
    """
    lateral = sigma if lateral is None else lateral
    step = int(min(sigma, lateral) // COARSE_SIGMA) + 1
    if step == 1 or min(plane.shape) < 8 * step:
        return gaussian(plane, sigma, lateral)
    height, width = plane.shape
    small = cv2.resize(plane, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    small = gaussian(small, sigma / step, lateral / step)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def gaussian(plane: FloatArray, sigma: float, lateral: float) -> FloatArray:
    """Gaussian mean with mirrored borders, cut at three sigma."""
    size = [2 * max(1, round(3 * width)) + 1 for width in (sigma, lateral)]
    result = cv2.GaussianBlur(
        plane, (size[0], size[1]), sigmaX=sigma, sigmaY=lateral, borderType=cv2.BORDER_REFLECT_101
    )
    return np.asarray(result, dtype=np.float32)


def derivatives(scaled: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Derivatives down the trace and across traces (Scharr), both as ``scaled``."""
    down = cv2.Scharr(scaled, cv2.CV_32F, 1, 0, scale=1 / 32)
    across = cv2.Scharr(scaled, cv2.CV_32F, 0, 1, scale=1 / 32)
    return np.asarray(down, dtype=np.float32), np.asarray(across, dtype=np.float32)
