"""From amplitudes, true ones or those of display copies, to shades by the display settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from seisgui.gui.views.decimation import RankArray, ranks_of
from seisgui.gui.views.mixing import ByteArray
from seisgui.seismic.amplitude import RULES
from seisgui.seismic.display import agc, percentile_clip, to_uint8

if TYPE_CHECKING:
    from seisgui.gui.state import Display
    from seisgui.seismic.axes import SampleAxis
    from seisgui.seismic.companding import CodeArray
    from seisgui.seismic.volume import FloatArray

# While lines pass by the clip is kept if the section's own is within this factor: no flicker, and never far off.
KEPT_WITHIN = 1.25


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

    def gained(self, clip: float) -> float:
        """The clip after gain."""
        return clip / 10.0 ** (self.gain_db / 20.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """What colours stand for, before gain: ``centre`` +- ``clip``."""

    clip: float
    centre: float = 0.0

    def near(self, other: Scale) -> bool:
        """Whether the eye would hardly tell the two apart, so that the other can be kept while lines pass by."""
        if not other.clip / KEPT_WITHIN <= self.clip <= other.clip * KEPT_WITHIN:
            return False
        return abs(self.centre - other.centre) <= (KEPT_WITHIN - 1.0) * other.clip


@dataclass(frozen=True, slots=True)
class Shaded:
    """Shades (n_vertical, n_lateral): 0..254, 127 = centre, 255 = hole, up to +-``clip`` about ``scale.centre``.

    ``ranks`` (n_vertical, n_lateral): the amplitudes less the centre ranked, where the section is to be thinned.
    ``displayed`` are amplitudes (n_lateral, n_vertical) after AGC less the centre; None where only codes of display
    copies were at hand and nobody asked for more. ``clip`` is that of ``scale`` after gain.
    """

    displayed: FloatArray | None
    shades: ByteArray
    clip: float
    scale: Scale
    ranks: RankArray | None = None


def shade(amplitude: FloatArray, shading: Shading, usual: Scale | None = None, *, thin: bool = False) -> Shaded:
    """Shade a section: about zero, or about the middle of its range where all values have one sign (velocities).

    ``usual`` is kept where the section's own scale is near it.
    """
    displayed = agc(amplitude, shading.agc_samples) if shading.agc_samples > 1 else amplitude
    scale = scale_of(displayed, shading)
    if usual is not None and scale.near(usual):
        scale = usual
    if scale.centre != 0.0:
        displayed = displayed - np.float32(scale.centre)
    clip = shading.gained(scale.clip)
    ranks = cv2.transpose(ranks_of(displayed)) if thin else None
    return Shaded(displayed, cv2.transpose(to_uint8(displayed, clip)), clip, scale, ranks)


def shade_codes(
    codes: CodeArray,
    table: FloatArray,
    shading: Shading,
    usual: Scale | None = None,
    *,
    expand: bool = False,
    thin: bool = False,
) -> Shaded:
    """Shade a section of display copies; ``table`` (256,) is the amplitude of code + 128, NaN for the hole.

    A code has one shade, so that 256 of them are worked out and looked up; AGC needs the amplitudes, and so does
    whoever draws wiggles (``expand``). ``usual`` is kept where the section's own scale is near it.
    """
    unsigned = codes.view(np.uint8)
    by_byte = np.roll(table, -128)  # as the codes lie in memory: 0..127, -128..-1
    if shading.agc_samples > 1:
        return shade(by_byte[unsigned], shading, usual, thin=thin)
    counts = cv2.calcHist([unsigned], [0], None, [256], [0, 256]).ravel()
    scale = scale_of_counts(by_byte, counts, shading)
    if usual is not None and scale.near(usual):
        scale = usual
    clip = shading.gained(scale.clip)
    by_byte = by_byte - np.float32(scale.centre)
    rows = cv2.transpose(unsigned)
    ranks = np.take(ranks_of(by_byte), rows) if thin else None
    displayed = by_byte[unsigned] if expand else None
    return Shaded(displayed, cv2.LUT(rows, to_uint8(by_byte, clip)), clip, scale, ranks)


def scale_of(displayed: FloatArray, shading: Shading) -> Scale:
    """The scale that a section asks for."""
    centre = middle_of_one_sided(displayed)
    if shading.clip > 0:
        return Scale(shading.clip, centre)
    about = displayed - np.float32(centre) if centre != 0.0 else displayed
    return Scale(percentile_clip(about, shading.clip_rule), centre)


def scale_of_counts(values: FloatArray, counts: NDArray[np.float32], shading: Shading) -> Scale:
    """The scale that a section asks for of which ``counts`` samples have each of ``values``."""
    present = (counts > 0) & np.isfinite(values)
    values, counts = values[present].astype(np.float64), counts[present].astype(np.float64)
    if not len(values):
        return Scale(shading.clip if shading.clip > 0 else 1.0)
    low, high = float(values.min()), float(values.max())
    centre = low / 2 + high / 2 if low * high > 0.0 else 0.0
    if shading.clip > 0:
        return Scale(shading.clip, centre)
    order = np.argsort(np.abs(values - centre))
    sizes = np.abs(values - centre)[order]
    shares = np.cumsum(counts[order]) / counts.sum()
    wanted = 1.0 if shading.clip_rule == "max" else RULES[shading.clip_rule] / 100.0
    clip = float(np.interp(wanted, shares, sizes))
    return Scale(clip if clip > 0.0 else float(sizes[-1]) or 1.0, centre)


def middle_of_one_sided(amplitude: FloatArray) -> float:
    """Middle of the range where all finite values lie on one side of zero; 0.0 for seismic amplitudes."""
    some = amplitude[:: max(len(amplitude) // 16, 1)]
    if some.min(initial=np.inf) < 0.0 < some.max(initial=-np.inf):
        return 0.0  # a few traces tell; holes among them compare as neither
    low, high = np.fmin.reduce(amplitude, axis=None), np.fmax.reduce(amplitude, axis=None)
    if not np.isfinite(low + high) or low * high <= 0.0:
        return 0.0
    return float(low / 2 + high / 2)
