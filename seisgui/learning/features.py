"""Multi-scale seismic attributes of a section: what the forest looks at."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import scipy.fft

from seisgui.learning.filters import EPSILON, blur, derivatives
from seisgui.learning.stratigraphy import relative_ages
from seisgui.seismic.volume import FloatArray

SCALES = (1.5, 3.0, 6.0, 12.0)  # Gaussian widths in samples and traces: none reaches further across than 65 traces
# what lies above and below: scale and offsets in samples
CONTEXT = ((6.0, (-24, -12, 12, 24)), (12.0, (-64, -48, 48, 64)))
KINDS = ("local", "context")


@dataclass(frozen=True, slots=True)
class Attributes:
    """Of one section: ``planes`` (n_feature, n_lateral, n_sample), relative ``ages`` (3, n_lateral, n_sample)."""

    planes: FloatArray
    ages: FloatArray

    @property
    def nbytes(self) -> int:
        return self.planes.nbytes + self.ages.nbytes


def section_attributes(scaled: FloatArray, kind: str) -> Attributes:
    """Attributes of a vertical section.

    Parameters
    ----------
    scaled : float32 array
        (n_lateral, n_sample) amplitudes in [-1, 1] without NaN (``AmplitudeScale.apply``).
    kind : {'local', 'context'}
        Around every pixel, or also what lies above and below it.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not one of {KINDS}")
    return Attributes(section_planes(scaled, kind), relative_ages(scaled))


def section_planes(scaled: FloatArray, kind: str) -> FloatArray:
    """Attribute planes (n_feature, n_lateral, n_sample) float32: amplitude, envelope, phase; at every scale
    mean envelope, mean amplitude, frequency, variation of the envelope, dip and coherence.
    """
    envelope, cosine, frequency = instantaneous(scaled)
    down, across = derivatives(scaled)
    planes = [scaled, envelope, cosine]
    offsets = dict(CONTEXT) if kind == "context" else {}
    for sigma in SCALES:
        energy = blur(envelope, sigma)
        mean_frequency = blur(frequency * envelope, sigma) / (energy + EPSILON)
        variation = np.sqrt(np.maximum(blur(envelope * envelope, sigma) - energy * energy, 0))
        dip, coherence = structure(down, across, sigma)
        planes += [energy, blur(scaled, sigma), mean_frequency, variation, dip, coherence]
        for offset in offsets.get(sigma, ()):
            planes += [shifted(plane, offset) for plane in (energy, mean_frequency, coherence)]
    return np.stack(planes).astype(np.float32, copy=False)


def shifted(plane: FloatArray, offset: int) -> FloatArray:
    """The plane read ``offset`` samples further down; beyond the ends the last sample stands."""
    n_sample = plane.shape[1]
    return plane[:, np.clip(np.arange(n_sample) + offset, 0, n_sample - 1)]


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


def structure(down: FloatArray, across: FloatArray, sigma: float) -> list[FloatArray]:
    """Dip and coherence from the structure tensor averaged over ``sigma``."""
    vertical, lateral, mixed = blur(down * down, sigma), blur(across * across, sigma), blur(down * across, sigma)
    total = vertical + lateral + EPSILON * EPSILON
    coherence = np.sqrt((vertical - lateral) ** 2 + 4 * mixed**2) / total
    dip = 0.5 * np.arctan2(2 * mixed, vertical - lateral)
    return [dip.astype(np.float32), coherence.astype(np.float32)]


class FeatureCache:
    """The attributes of the sections used last, found by their content; bounded in bytes."""

    def __init__(self, most_bytes: int = 768 * 2**20) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, tuple[int, ...], bytes], Attributes] = OrderedDict()

    def get(self, scaled: FloatArray, kind: str) -> Attributes:
        """As :func:`section_attributes`; the result is shared, do not write to it."""
        scaled = np.ascontiguousarray(scaled)
        key = kind, scaled.shape, hashlib.blake2b(scaled.tobytes(), digest_size=16).digest()
        attributes = self._kept.pop(key, None)
        if attributes is None:
            attributes = section_attributes(scaled, kind)
        self._kept[key] = attributes
        while len(self._kept) > 1 and sum(kept.nbytes for kept in self._kept.values()) > self.most_bytes:
            self._kept.popitem(last=False)
        return attributes

    def clear(self) -> None:
        """Forget all sections."""
        self._kept.clear()
