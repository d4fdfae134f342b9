"""Multi-scale seismic attributes of a section: what the forest looks at."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import cv2
import numpy as np
import scipy.fft

from seisgui.seismic.volume import FloatArray

SCALES = {
    "instant": (1.5, 3.0, 6.0, 12.0),
    "full": (1.5, 3.0, 6.0, 12.0, 20.0),
}
EPSILON = 1e-3  # against division by zero; amplitudes are of order 1
COARSE_SIGMA = 5.0  # wider Gaussians are taken on a decimated copy


def section_features(scaled: FloatArray, kind: str) -> FloatArray:
    """Attribute planes (n_feature, n_lateral, n_sample) float32 of a vertical section.

    Parameters
    ----------
    scaled : float32 array
        (n_lateral, n_sample) amplitudes in [-1, 1] without NaN (``AmplitudeScale.apply``).
    kind : {'instant', 'full'}
        The small set that answers a stroke, or the large one.
    """
    scales = SCALES[kind]
    envelope, cosine, frequency = instantaneous(scaled)
    along, across = derivatives(scaled)
    planes = [scaled, envelope, cosine]
    for sigma in scales:
        energy = blur(envelope, sigma)
        planes += [energy, blur(scaled, sigma)]
        planes.append(blur(frequency * envelope, sigma) / (energy + EPSILON))
        planes.append(np.sqrt(np.maximum(blur(envelope * envelope, sigma) - energy * energy, 0)))
        planes += structure(along, across, sigma)
    return np.stack(planes).astype(np.float32, copy=False)


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


def instantaneous(scaled: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Envelope, cosine of the phase and frequency (cycles per sample) of the analytic trace, each as ``scaled``."""
    n_sample = scaled.shape[1]
    padded = scipy.fft.next_fast_len(2 * n_sample, real=False)
    spectrum = scipy.fft.fft(scaled, padded, axis=1)
    spectrum[:, 1 : (padded + 1) // 2] *= 2
    spectrum[:, padded // 2 + 1 :] = 0
    trace = scipy.fft.ifft(spectrum, axis=1)[:, :n_sample].astype(np.complex64)
    envelope = np.abs(trace)
    cosine = trace.real / (envelope + EPSILON)
    turn = trace[:, 1:] * np.conj(trace[:, :-1])
    frequency = np.zeros_like(envelope)
    frequency[:, 1:] = np.arctan2(turn.imag, turn.real) / (2 * np.pi)
    return envelope, cosine.astype(np.float32), frequency.astype(np.float32)


def derivatives(scaled: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Derivatives down the trace and across traces (Scharr), both as ``scaled``."""
    down = cv2.Scharr(scaled, cv2.CV_32F, 1, 0, scale=1 / 32)
    across = cv2.Scharr(scaled, cv2.CV_32F, 0, 1, scale=1 / 32)
    return np.asarray(down, dtype=np.float32), np.asarray(across, dtype=np.float32)


def structure(down: FloatArray, across: FloatArray, sigma: float) -> list[FloatArray]:
    """Dip and coherence from the structure tensor averaged over ``sigma``."""
    vertical, lateral, mixed = blur(down * down, sigma), blur(across * across, sigma), blur(down * across, sigma)
    total = vertical + lateral + EPSILON * EPSILON
    coherence = np.sqrt((vertical - lateral) ** 2 + 4 * mixed**2) / total
    dip = 0.5 * np.arctan2(2 * mixed, vertical - lateral)
    return [dip.astype(np.float32), coherence.astype(np.float32)]


class FeatureCache:
    """The attribute planes of the sections used last, found by their content; bounded in bytes."""

    def __init__(self, most_bytes: int = 768 * 2**20) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, tuple[int, ...], bytes], FloatArray] = OrderedDict()

    def get(self, scaled: FloatArray, kind: str) -> FloatArray:
        """As :func:`section_features`; the result is shared, do not write to it."""
        scaled = np.ascontiguousarray(scaled)
        key = kind, scaled.shape, hashlib.blake2b(scaled.data, digest_size=16).digest()
        planes = self._kept.pop(key, None)
        if planes is None:
            planes = section_features(scaled, kind)
        self._kept[key] = planes
        while len(self._kept) > 1 and sum(kept.nbytes for kept in self._kept.values()) > self.most_bytes:
            self._kept.popitem(last=False)
        return planes

    def clear(self) -> None:
        """Forget all sections."""
        self._kept.clear()
