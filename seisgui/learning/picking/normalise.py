"""How windows are scaled before a picker sees them: one object for training and for prediction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import detrend

from seisgui.errors import InputError

FloatArray = NDArray[np.float32]
WAYS = ("std", "peak")


@dataclass(frozen=True, slots=True)
class WaveformScale:
    """Mean off, then divided by the standard deviation or the peak, every component of every window by itself.

    ``detrend`` takes a straight line off instead of the mean. With ``agc`` (samples) above 0 the amplitude is
    levelled first: divided by its root mean square in a running window of that many samples.
    """

    divide: str = "std"  # std | peak
    detrend: bool = False
    agc: int = 0

    def __post_init__(self) -> None:
        if self.divide not in WAYS or self.agc < 0:
            raise InputError(f"Records cannot be scaled by {self.divide!r} with an AGC of {self.agc} samples.")

    def apply(self, windows: NDArray[Any]) -> FloatArray:
        """Windows (n, C, samples) as a network sees them, float32; samples that are NaN become 0.

        A dead component (all the same value, or no samples) comes out as 0.
        """
        values = np.array(windows, np.float32)
        there = np.isfinite(values)
        whole = bool(there.all())
        if not whole:
            values[~there] = 0.0
        count = np.maximum(there.sum(-1, keepdims=True), 1).astype(np.float32)
        mean = values.mean(-1, dtype=np.float64, keepdims=True) * np.float32(values.shape[-1]) / count
        values -= mean.astype(np.float32)
        if self.detrend:
            values = detrend(values, axis=-1).astype(np.float32)
        if not whole:
            values[~there] = 0.0
        if self.agc:
            power = uniform_filter1d(np.square(values), self.agc, axis=-1, mode="nearest")
            values /= np.sqrt(power + 1e-6 * power.max(-1, keepdims=True) + np.finfo(np.float32).tiny)
        size = _spread(values, count) if self.divide == "std" else np.abs(values).max(-1, keepdims=True)
        # what a constant leaves after its mean was taken off is rounding, not signal
        dead = size <= 1e-6 * np.abs(mean) + np.finfo(np.float32).tiny
        values /= np.where(dead, np.float32(1.0), size)
        values[np.broadcast_to(dead, values.shape)] = 0.0
        return values

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> WaveformScale:
        return cls(str(document["divide"]), bool(document.get("detrend", False)), int(document.get("agc", 0)))


def _spread(values: FloatArray, count: FloatArray) -> FloatArray:
    """Standard deviation of values whose mean is 0, over ``count`` of them."""
    power: FloatArray = np.einsum("...i,...i->...", values, values)[..., None] / count
    return np.sqrt(power)
