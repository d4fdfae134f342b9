"""Records to what the eye gets: zero-phase bandpass, AGC, normalisation. Display only; networks never see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.amplitude import RULES
from seisgui.seismic.display import TINY, agc, percentile_clip
from seisgui.seismic.volume import FloatArray

ORDER = 4  # of the Butterworth filter, applied forwards and backwards
CHUNK = 1 << 17  # samples a step, so that temporaries stay in the cache
NORMALISATIONS = ("trace", "gather")


@dataclass(frozen=True, slots=True)
class RecordLook:
    """How records are shown.

    ``low_hz`` and ``high_hz``: corners of the bandpass, 0 = open on that side. ``agc_s``: AGC window in seconds,
    0 = none. ``normalise``: 'trace' (each trace by its own clip) or 'gather' (all by one). ``clip_rule`` is one of
    ``RULES``.
    """

    low_hz: float = 0.0
    high_hz: float = 0.0
    agc_s: float = 0.0
    normalise: str = "trace"
    clip_rule: str = "P99"
    gain_db: float = 0.0

    @property
    def factor(self) -> float:
        """What amplitudes are multiplied by."""
        return float(10.0 ** (self.gain_db / 20.0))

    @property
    def filtered(self) -> bool:
        return self.low_hz > 0 or self.high_hz > 0


def bandpass(amplitude: FloatArray, rate: float, low: float, high: float) -> FloatArray:
    """Zero-phase Butterworth bandpass, lowpass (``low`` 0) or highpass (``high`` 0) along the last axis, (..., n).

    ``rate`` in Hz. Holes (NaN) count as the mean of their trace and stay holes. Corners beyond Nyquist are left out.
    Raises ``InputError`` where the corners are the wrong way round.
    """
    from scipy.signal import butter, sosfiltfilt

    if 0 < high <= low:
        raise InputError(
            f"A bandpass from {low:g} to {high:g} Hz lets nothing through.", "Set the lower corner below the upper."
        )
    nyquist = rate / 2
    high = high if high < nyquist else 0.0
    if low >= nyquist or (low <= 0 and high <= 0) or amplitude.shape[-1] < 2:
        return amplitude
    if low > 0 and high > 0:
        sos = butter(ORDER, (low, high), "bandpass", fs=rate, output="sos")
    else:
        sos = butter(ORDER, max(low, high), "highpass" if low > 0 else "lowpass", fs=rate, output="sos")
    finite = np.isfinite(amplitude)
    level = np.nan_to_num(centred(amplitude))
    reach = min(3 * (2 * len(sos) + 1) * 8, amplitude.shape[-1] - 1)
    out = np.asarray(sosfiltfilt(sos, level, axis=-1, padlen=reach), np.float32)
    out[~finite] = np.nan
    return out


def centred(amplitude: FloatArray) -> FloatArray:
    """Traces (..., n) less their means, a new array; holes stay holes."""
    traces = amplitude.reshape(-1, amplitude.shape[-1])
    out = np.empty(traces.shape, np.float32)
    at_once = max(1, CHUNK // max(traces.shape[1], 1))
    for start in range(0, len(traces), at_once):
        part = traces[start : start + at_once]
        mean = part.sum(axis=1, keepdims=True, dtype=np.float64) / max(part.shape[1], 1)
        if not np.isfinite(mean).all():
            finite = np.isfinite(part)
            total = np.where(finite, part, 0).sum(axis=1, keepdims=True, dtype=np.float64)
            mean = total / np.maximum(finite.sum(axis=1, keepdims=True), 1)
        np.subtract(part, mean.astype(np.float32), out=out[start : start + at_once])
    return out.reshape(amplitude.shape)


def clips(amplitude: FloatArray, rule: str, normalise: str) -> NDArray[np.float32]:
    """What amplitudes (n, samples) are divided by so that 1 is the clip, (n,) float32, all above zero.

    One value where traces are shown on one scale, their own percentile of |amplitude| where each is normalised.
    """
    if rule not in RULES:
        raise InputError(f"{rule!r} is not a clip rule.", f"Choose one of {', '.join(RULES)}.")
    if normalise != "trace":
        return np.full(len(amplitude), percentile_clip(amplitude, rule) if amplitude.size else 1.0, np.float32)
    out = np.empty(len(amplitude), np.float32)
    at_once = max(1, CHUNK // max(amplitude.shape[1], 1))
    for start in range(0, len(amplitude), at_once):
        out[start : start + at_once] = _clips_of_traces(amplitude[start : start + at_once], rule)
    return out


def _clips_of_traces(part: FloatArray, rule: str) -> NDArray[np.float32]:
    """``percentile_clip`` of every trace (n,): all at once, and one by one those with holes or hardly a signal."""
    size = np.abs(part)
    wanted = RULES[rule] / 100.0 * (part.shape[1] - 1)
    place = int(wanted)
    size.partition(place, axis=1)
    low = size[:, place]
    high = size[:, place + 1 :].min(axis=1) if place + 1 < part.shape[1] else low
    found = low + np.float32(wanted - place) * (high - low)
    for row in np.flatnonzero(~(np.isfinite(size[:, place:].max(axis=1)) & (found > TINY))).tolist():
        found[row] = percentile_clip(part[row], rule)
    return np.asarray(found, np.float32)


def shown(amplitude: FloatArray, rate: float, look: RecordLook) -> FloatArray:
    """Records (n, components, samples) filtered, without offset, with AGC as ``look`` says; not scaled."""
    amplitude = bandpass(amplitude, rate, look.low_hz, look.high_hz) if look.filtered else centred(amplitude)
    window = round(look.agc_s * rate)
    if window > 1:
        n, components, samples = amplitude.shape
        amplitude = agc(amplitude.reshape(n * components, samples), window).reshape(amplitude.shape)
    return amplitude
