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


def shade(amplitude: FloatArray, shading: Shading) -> tuple[FloatArray, NDArray[np.uint8], float]:
    """Amplitudes after AGC, shades (0..254, 127 = zero, 255 = hole) and the amplitude at which they saturate."""
    shown = agc(amplitude, shading.agc_samples) if shading.agc_samples > 1 else amplitude
    clip = shading.clip if shading.clip > 0 else percentile_clip(shown, shading.clip_rule)
    clip /= 10.0 ** (shading.gain_db / 20.0)
    return shown, to_uint8(shown, clip), clip
