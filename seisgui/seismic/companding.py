"""Amplitudes of a whole survey in 8 bits, fine for the weak ones and coarse for the strong ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.volume import FloatArray

HOLE = -128  # the code of no amplitude
TOP = 127
FINE = 32  # steps within the median amplitude, about zero
HEADROOM = 4.0  # of the range over the largest sampled amplitude
LEAST_REACH = 256.0  # of the range, in medians: bright spots between the sampled traces
LARGEST = float(np.finfo(np.float32).max)
SMALLEST = 1e-30  # medians below are taken for this, so that codes stay within normal floats

CodeArray = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Compander:
    """The mu-law: amplitude a -> sign(a) 127 ln(1 + mu |a| / scale) / ln(1 + mu), rounded.

    ``scale`` is the amplitude of code 127, beyond which everything is 127. Steps are equal about zero and grow in
    proportion to the amplitude further out.
    """

    law: str
    scale: float
    mu: float

    @classmethod
    def of(cls, traces: FloatArray, peak: float | None = None) -> Compander:
        """The law for a survey of which ``traces`` are a sample.

        It reaches well beyond the sample, or exactly to ``peak`` where the largest amplitude of all is known.
        """
        size = np.abs(traces[np.isfinite(traces) & (traces != 0)]).astype(np.float64)
        median = max(float(np.median(size)), SMALLEST) if size.size else (peak or 1.0) / LEAST_REACH
        largest = float(size.max()) if size.size else 0.0
        scale = peak if peak is not None else max(HEADROOM * largest, LEAST_REACH * median)
        scale = min(max(scale, LEAST_REACH * median / 4), LARGEST)
        ratio = max(scale * FINE / (TOP * median), 2.0)
        mu = ratio
        for _ in range(100):  # mu / ln(1 + mu) = ratio makes the first step median / FINE
            mu = ratio * float(np.log1p(mu))
        return cls("mu", scale, mu)

    def encode(self, amplitude: FloatArray) -> CodeArray:
        """Codes -127..127 of amplitudes of any shape, -128 where they are NaN or infinite."""
        bits = np.ascontiguousarray(amplitude, dtype=np.float32).view(np.uint32)
        return np.asarray(self.code_table()[bits >> np.uint32(16)])

    def code_table(self) -> CodeArray:
        """Code by the leading 16 bits of a float32, (65536,) int8: amplitudes are told apart to .4 %."""
        middle = (np.arange(1 << 16, dtype=np.uint32) << np.uint32(16)) | np.uint32(0x8000)
        hole = (middle & np.uint32(0x7F800000)) == 0x7F800000
        middle[hole] = 0
        value = middle.view(np.float32).astype(np.float64)
        step = np.log1p(np.abs(value) * (self.mu / self.scale)) * (TOP / np.log1p(self.mu))
        codes = np.asarray(np.copysign(np.minimum(np.rint(step), TOP), value), dtype=np.int8)
        codes[hole] = HOLE
        return codes

    def table(self) -> FloatArray:
        """Amplitude of code + 128, (256,) float32; NaN for the hole."""
        codes = np.arange(-128, 128, dtype=np.float64)
        size = np.expm1(np.abs(codes) / TOP * np.log1p(self.mu)) * (self.scale / self.mu)
        size = np.minimum(size, LARGEST)
        out = np.asarray(np.copysign(size, codes), dtype=np.float32)
        out[0] = np.nan
        return out

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Compander:
        """The law of ``to_json``'s document; ``ValueError`` where this program does not know it."""
        if document["law"] != "mu":
            raise ValueError(f"unknown companding law {document['law']!r}")
        return cls("mu", float(document["scale"]), float(document["mu"]))
