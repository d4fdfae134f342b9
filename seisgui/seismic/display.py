"""Amplitudes to what the eye gets: gain, AGC, clip, uint8; and the histogram and spectrum of what is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.amplitude import RULES
from seisgui.seismic.volume import FloatArray

ZERO, TOP, HOLE = 127, 254, 255
BINS = 1 << 16
TINY = float(np.finfo(np.float32).tiny) * ZERO  # clips below would overflow in the division


def gain(amplitude: FloatArray, db: float) -> FloatArray:
    """Amplitudes raised by ``db`` decibels."""
    return amplitude if db == 0.0 else amplitude * np.float32(10.0 ** (db / 20.0))


def agc(amplitude: FloatArray, window_samples: int) -> FloatArray:
    """Automatic gain control: each sample over the RMS of the window about it along its trace.

    ``amplitude`` is (n_trace, n_sample) float32; NaN counts as 0 in the window and stays NaN. Windows are cut at
    the ends of the trace. The result has an RMS of about 1.
    """
    if window_samples <= 1:
        return amplitude
    n_sample = amplitude.shape[1]
    half = window_samples // 2
    power = np.zeros((len(amplitude), n_sample + 1))
    np.cumsum(
        np.square(np.nan_to_num(amplitude, nan=0.0, posinf=0.0, neginf=0.0), dtype=np.float64), 1, out=power[:, 1:]
    )
    low = np.maximum(np.arange(n_sample) - half, 0)
    high = np.minimum(np.arange(n_sample) + half + 1, n_sample)
    mean = (power[:, high] - power[:, low]) / (high - low)
    floor = 1e-6 * power[:, -1:] / n_sample + np.finfo(np.float32).tiny
    return np.asarray(amplitude / np.sqrt(np.maximum(mean, floor)), dtype=np.float32)


def to_uint8(amplitude: FloatArray, clip: float) -> NDArray[np.uint8]:
    """Amplitudes to 0..254, symmetric about zero (127); -clip and below 0, clip and above 254; holes (NaN) 255."""
    scaled = np.multiply(amplitude, np.float32(ZERO / clip), dtype=np.float32)
    scaled += np.float32(ZERO + 0.5)
    holes = np.isnan(scaled)
    np.clip(scaled, 0.0, np.float32(TOP + 0.5), out=scaled)
    if holes.any():
        scaled[holes] = HOLE
    return scaled.astype(np.uint8)


def percentile_clip(amplitude: FloatArray, rule: str) -> float:
    """Percentile of |amplitude| by a rule such as 'P99', from a histogram of 65,536 bins; holes do not count.

    The bins are the leading 16 bits of the float, so spikes of any size cost no resolution; within a bin the
    percentile is interpolated. 1.0 where every sample is zero or missing.
    """
    if rule not in RULES:
        raise InputError(f"{rule!r} is not a clip rule.", f"Choose one of {', '.join(RULES)}.")
    bits = np.ascontiguousarray(amplitude, dtype=np.float32).view(np.uint32).reshape(-1) & np.uint32(0x7FFFFFFF)
    counts = np.bincount((bits >> np.uint32(15)).view(np.int32), minlength=BINS)[: 0x7F800000 >> 15]
    total = int(counts.sum())
    if total == 0:
        return 1.0
    if rule == "max":
        finite = bits[bits < 0x7F800000]
        value = float(finite.max().view(np.float32))
    else:
        value = _percentile(np.cumsum(counts), RULES[rule] / 100.0 * total)
        if value < TINY:  # within the bin of zero: most of the section is dead
            value = float(bits[bits < 0x7F800000].max().view(np.float32))
    return value if value >= TINY else 1.0


def _percentile(cumulated: NDArray[np.int64], wanted: float) -> float:
    """Value below which ``wanted`` samples lie, by linear interpolation within its bin."""
    place = min(int(np.searchsorted(cumulated, wanted)), len(cumulated) - 1)
    before = int(cumulated[place - 1]) if place else 0
    inside = int(cumulated[place]) - before
    edges = np.array([place << 15, (place + 1) << 15], dtype=np.uint32).view(np.float32).astype(np.float64)
    share = (wanted - before) / inside if inside else 0.0
    return float(edges[0] + share * (edges[1] - edges[0]))


def histogram(amplitude: FloatArray, bins: int = 101) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Counts (bins,) and bin edges (bins + 1,), symmetric about zero up to P99 times 1.5."""
    finite = amplitude[np.isfinite(amplitude)]
    limit = min(1.5 * percentile_clip(amplitude, "P99"), percentile_clip(amplitude, "max"))
    counts, edges = np.histogram(finite, bins=bins, range=(-limit, limit))
    return counts, edges


def spectrum(amplitude: FloatArray, interval: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean amplitude spectrum of traces (n_trace, n_sample): frequencies and amplitudes, the largest being 1.

    ``interval`` in ms gives Hz, in m cycles per km. Traces with holes are left out.
    """
    whole = amplitude[np.isfinite(amplitude).all(axis=1)]
    n_sample = amplitude.shape[1]
    frequencies = np.asarray(np.fft.rfftfreq(n_sample, interval / 1000.0), dtype=np.float64)
    if len(whole) == 0:
        return frequencies, np.zeros(len(frequencies))
    step = max(1, len(whole) // 500)
    tapered = (whole[::step] - whole[::step].mean(axis=1, keepdims=True)) * np.hanning(n_sample)
    mean = np.asarray(np.abs(np.fft.rfft(tapered, axis=1)).mean(axis=0), dtype=np.float64)
    return frequencies, mean / max(float(mean.max()), np.finfo(np.float64).tiny)
