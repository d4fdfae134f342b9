"""Simulated sections with the seismic character of every sample: what the built-in weights are pretrained on.

Units between folded, tilted and faulted boundaries are filled with reflectivity of one character each and convolved
with a wavelet: bedding as strong or weak, continuous or broken, parallel, dipping, hummocky or chaotic, as seismic
stratigraphy tells them apart (Mitchum, Vail and Sangree, 1977). Nothing here comes from any survey.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates

from seisgui.seismic.synthetic import ricker
from seisgui.seismic.volume import FloatArray

CHARACTERS = (
    "strong continuous",
    "weak continuous",
    "transparent",
    "chaotic",
    "gently dipping",
    "steeply dipping",
    "hummocky",
    "broken",
    "sparse strong",
)
INTERVAL_MS = 4.0


@dataclass(frozen=True, slots=True)
class SimulatedSection:
    """``amplitude`` (n_lateral, n_sample) float32 in [-1, 1]; ``character`` int64 indices into ``CHARACTERS``."""

    amplitude: FloatArray
    character: NDArray[np.int64]


def simulated_section(generator: np.random.Generator, shape: tuple[int, int] = (256, 256)) -> SimulatedSection:
    """One section of 4 to 9 units; the same generator state gives the same section."""
    depth = geological_depth(generator, shape)
    n_unit = int(generator.integers(4, 10))
    edges = np.sort(generator.uniform(depth.min(), depth.max(), n_unit - 1))
    unit = np.searchsorted(edges, depth)
    of_unit = generator.permutation(np.resize(generator.permutation(len(CHARACTERS)), n_unit))
    reflectivity = np.zeros(shape, dtype=np.float32)
    for number in range(n_unit):
        inside = unit == number
        if inside.any():
            reflectivity[inside] = beds(generator, CHARACTERS[of_unit[number]], depth)[inside]
    reflectivity += (np.diff(unit, axis=1, prepend=unit[:, :1]) != 0) * generator.normal(0, 1.0, (1, 1))
    frequency = generator.uniform(18.0, 50.0)
    trace = wavelet_of(frequency, generator.uniform(-0.6, 0.6))
    amplitude = np.apply_along_axis(np.convolve, 1, reflectivity, trace, "same")
    amplitude = gaussian_filter1d(amplitude, generator.uniform(0.3, 1.5), axis=0)
    noise = gaussian_filter(generator.normal(size=shape), (generator.uniform(0.2, 1.5), 1.2))
    amplitude = amplitude + generator.uniform(0.02, 0.25) * amplitude.std() / noise.std() * noise
    drift = np.exp(generator.uniform(-0.8, 0.8) * np.linspace(-1, 1, shape[1]))
    amplitude = amplitude * drift
    clip = np.percentile(np.abs(amplitude), 99.0)
    return SimulatedSection(
        np.clip(amplitude / max(clip, 1e-9), -1, 1).astype(np.float32), of_unit[unit].astype(np.int64)
    )


def geological_depth(generator: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Depth of every sample in the undeformed column: folds that die out upwards, a tilt, and up to four faults."""
    n_lateral, n_sample = shape
    across, down = np.meshgrid(np.arange(n_lateral), np.arange(n_sample), indexing="ij")
    fold = sum(
        generator.uniform(2, 18) * np.sin(2 * np.pi * across / generator.uniform(60, 500) + generator.uniform(0, 6.3))
        for _ in range(3)
    )
    depth = down + fold * (0.3 + 0.7 * down / n_sample) + generator.uniform(-0.25, 0.25) * across
    for _ in range(int(generator.integers(0, 5))):
        plane = across - generator.uniform(0, n_lateral) - generator.uniform(-0.6, 0.6) * (down - n_sample / 2)
        depth = depth + (plane > 0) * generator.uniform(-25, 25)
    return np.asarray(depth, dtype=np.float32)


def beds(generator: np.random.Generator, character: str, depth: FloatArray) -> FloatArray:
    """Reflectivity of one character everywhere, as ``depth``."""
    across = np.arange(len(depth))[:, None]
    place, strength = depth, 1.0
    if character == "weak continuous":
        strength = 0.25
    elif character == "transparent":
        strength = 0.05
    elif character == "chaotic":
        place = place + 14 * smooth_noise(generator, depth.shape, (6.0, 5.0))
        strength = 0.6
    elif character in ("gently dipping", "steeply dipping"):
        slope = generator.uniform(0.12, 0.3) if character == "gently dipping" else generator.uniform(0.45, 1.0)
        place = place + slope * generator.choice([-1, 1]) * across
        strength = generator.uniform(0.4, 0.9)
    elif character == "hummocky":
        length = generator.uniform(18, 40)
        place = place + 4 * np.sin(2 * np.pi * across / length + 3 * smooth_noise(generator, depth.shape, (20.0, 20.0)))
        strength = 0.7
    elif character == "broken":
        place = place + 2.5 * smooth_noise(generator, depth.shape, (2.0, 3.0))
        strength = 0.45
    column = bed_column(generator, place, sparse=character == "sparse strong")
    index = place - place.min()
    found = map_coordinates(column, [index.ravel()], order=1).reshape(depth.shape)
    if character == "sparse strong":
        strength = 1.6
    if character in ("strong continuous", "weak continuous", "sparse strong"):
        strength = strength * np.exp(0.25 * smooth_noise(generator, depth.shape, (40.0, 8.0)))
    return np.asarray(strength * found, dtype=np.float32)


def bed_column(generator: np.random.Generator, place: FloatArray, *, sparse: bool) -> FloatArray:
    """Reflection coefficients by undeformed depth, long enough for every value of ``place``."""
    length = int(np.ceil(float(np.ptp(place)))) + 3
    column = generator.laplace(0, 1, length) * (generator.random(length) < (0.06 if sparse else 0.4))
    return column.astype(np.float32)


def smooth_noise(generator: np.random.Generator, shape: tuple[int, int], widths: tuple[float, float]) -> FloatArray:
    """Gaussian noise of unit spread, smooth over ``widths`` traces and samples."""
    noise = gaussian_filter(generator.normal(size=shape), widths)
    return np.asarray(noise / noise.std(), dtype=np.float32)


def wavelet_of(frequency: float, turn: float) -> NDArray[np.float64]:
    """A Ricker wavelet of ``frequency`` Hz at 4 ms, its phase turned by ``turn`` radians."""
    from scipy.signal import hilbert

    trace = np.asarray(ricker(frequency, INTERVAL_MS), dtype=np.float64)
    return np.asarray(np.cos(turn) * trace - np.sin(turn) * np.imag(hilbert(trace)))
