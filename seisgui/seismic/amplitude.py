"""Clip and normalisation: one object for display, training, prediction and export."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.volume import FloatArray, Volume

RULES: dict[str, float] = {"P90": 90.0, "P95": 95.0, "P97": 97.0, "P99": 99.0, "max": 100.0}
SAMPLED_TRACES = 2000


def clip_value(amplitude: NDArray[np.floating], rule: str) -> float:
    """Percentile of |amplitude| over finite samples; 1.0 where every sample is zero or missing."""
    if rule not in RULES:
        raise InputError(f"{rule!r} is not a clip rule.", f"Choose one of {', '.join(RULES)}.")
    finite = np.abs(amplitude[np.isfinite(amplitude)])
    value = float(np.percentile(finite, RULES[rule])) if finite.size else 0.0
    if value <= 0.0 and finite.size:
        value = float(finite.max())
    return value if value > 0.0 else 1.0


@dataclass(frozen=True, slots=True)
class AmplitudeScale:
    """Symmetric clip about zero by a rule, then [-1, 1].

    The rule travels with a checkpoint; a new dataset gets its own ``value`` by the same rule.
    ``interval``, ``domain`` and ``unit`` are those of the sample axis the value was taken on.
    """

    rule: str
    value: float
    interval: float
    domain: str
    unit: str

    @classmethod
    def of(cls, volume: Volume, rule: str = "P99", seed: int = 0) -> AmplitudeScale:
        """Scale of a volume by ``rule``, from at most ``SAMPLED_TRACES`` traces."""
        axis = volume.axes.sample
        value = clip_value(volume.sample_traces(SAMPLED_TRACES, seed), rule)
        return cls(rule, value, axis.interval, axis.domain.value, axis.unit)

    def apply(self, amplitude: NDArray[np.floating]) -> FloatArray:
        """Clip and scale to [-1, 1] float32; missing samples become 0."""
        scaled = np.divide(amplitude, self.value, dtype=np.float32)
        np.nan_to_num(scaled, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        np.clip(scaled, -1.0, 1.0, out=scaled)
        return np.asarray(scaled, dtype=np.float32)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> AmplitudeScale:
        return cls(**document)
