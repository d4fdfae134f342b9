"""From true amplitudes to shades by the display settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.display import agc, percentile_clip, to_uint8

if TYPE_CHECKING:
    from seisgui.gui.state import Display
    from seisgui.seismic.axes import SampleAxis
    from seisgui.seismic.volume import FloatArray


@dataclass(frozen=True, slots=True)
class Shading:
    """How amplitudes become shades: ``clip`` > 0 overrules the clip rule, ``agc_samples`` 0 means no AGC."""

    clip_rule: str = "P99"
    clip: float = 0.0
    gain_db: float = 0.0
    agc_samples: int = 0

    @classmethod
    def of(cls, display: Display, axis: SampleAxis, *, vertical: bool) -> Shading:
        """The settings of a window for sections of a survey; AGC works along traces only."""
        samples = round(display.agc_ms / axis.interval) if vertical and display.agc_ms > 0 else 0
        return cls(display.clip_rule, display.clip, display.gain_db, samples)


@dataclass(frozen=True, slots=True)
class Shaded:
    """Amplitudes after AGC less ``centre``, and their shades (0..254, 127 = centre, 255 = hole) up to +-``clip``."""

    displayed: FloatArray
    shades: NDArray[np.uint8]
    clip: float
    centre: float


def shade(amplitude: FloatArray, shading: Shading) -> Shaded:
    """Shade a section: about zero, or about the middle of its range where all values have one sign (velocities)."""
    displayed = agc(amplitude, shading.agc_samples) if shading.agc_samples > 1 else amplitude
    centre = middle_of_one_sided(displayed)
    if centre != 0.0:
        displayed = displayed - np.float32(centre)
    clip = shading.clip if shading.clip > 0 else percentile_clip(displayed, shading.clip_rule)
    clip /= 10.0 ** (shading.gain_db / 20.0)
    return Shaded(displayed, to_uint8(displayed, clip), clip, centre)


def middle_of_one_sided(amplitude: FloatArray) -> float:
    """Middle of the range where all finite values lie on one side of zero; 0.0 for seismic amplitudes."""
    low, high = np.fmin.reduce(amplitude, axis=None), np.fmax.reduce(amplitude, axis=None)
    if not np.isfinite(low + high) or low * high <= 0.0:
        return 0.0
    return float(low / 2 + high / 2)
