"""Amplitudes to what the eye gets: gain, AGC, clip, uint8; and the histogram and spectrum of what is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.amplitude import RULES
from seisgui.seismic.volume import FloatArray

ZERO, TOP, HOLE = 127, 254, 255
MAGNITUDE, INFINITE = np.uint32(0x7FFFFFFF), np.uint32(0x7F800000)
AGC_CHUNK = 1 << 14  # samples a step, so that temporaries stay in the cache
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
    n_trace, n_sample = amplitude.shape
    half = min(window_samples // 2, n_sample)
    inside = np.minimum(np.arange(n_sample) + half + 1, n_sample) - np.maximum(np.arange(n_sample) - half, 0)
    at_once = max(1, AGC_CHUNK // max(n_sample, 1))
    out = np.empty(amplitude.shape, dtype=np.float32)
    # squares summed up to each sample, with zeros before the trace and the total after it: no case at the ends
    power = np.zeros((at_once, half + n_sample + 1 + half))
    for start in range(0, n_trace, at_once):
        part = amplitude[start : start + at_once]
        mean, summed = np.square(part, dtype=np.float64), power[: len(part)]
        if not np.isfinite(mean.sum()):
            mean[~np.isfinite(mean)] = 0.0
        np.cumsum(mean, 1, out=summed[:, half + 1 : half + 1 + n_sample])
        total = summed[:, half + n_sample, None]
        summed[:, half + n_sample + 1 :] = total
        np.subtract(summed[:, 2 * half + 1 :], summed[:, :n_sample], out=mean)
        mean /= inside
        np.maximum(mean, 1e-6 * total / n_sample + np.finfo(np.float32).tiny, out=mean)
        np.sqrt(mean, out=mean)
        np.divide(part, mean, out=out[start : start + at_once], casting="same_kind")
    return out


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
    """Percentile of |amplitude| by a rule such as 'P99', as ``np.percentile`` has it; holes do not count.

    1.0 where every sample is zero or missing.
    """
    if rule not in RULES:
        raise InputError(f"{rule!r} is not a clip rule.", f"Choose one of {', '.join(RULES)}.")
    # the bits of |amplitude| are in the order of its values, with infinities and NaN above all
    size = np.ascontiguousarray(amplitude, dtype=np.float32).view(np.uint32).reshape(-1) & MAGNITUDE
    total = int(np.count_nonzero(size < INFINITE))
    if total == 0:
        return 1.0
    value = _percentile(size, total, RULES[rule] / 100.0) if rule != "max" else 0.0
    if value < TINY:  # the rule wants the largest, or most of the section is dead
        value = float((size if total == len(size) else size[size < INFINITE]).max().view(np.float32))
    return value if value >= TINY else 1.0


def _percentile(size: NDArray[np.uint32], total: int, share: float) -> float:
    """Value below which ``share`` of the ``total`` smallest lie, between two of them by linear interpolation."""
    wanted = share * (total - 1)
    place = int(wanted)
    zeros = len(size) - int(np.count_nonzero(size))
    if place + 1 < zeros:
        return 0.0
    if zeros > len(size) // 8 and place >= zeros:  # selecting is slow among many equal values
        size, place, total, wanted = size[size > 0], place - zeros, total - zeros, wanted - zeros
    size.partition(place)
    above = size[place + 1 :].min() if place + 1 < total else size[place]
    low, high = np.array([size[place], above]).view(np.float32).astype(np.float64)
    return float(low + (wanted - place) * (high - low))


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
