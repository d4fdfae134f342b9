"""The real labelled F3 line and the published layouts of held-out blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seisgui.learning.requests import HoldOut
from seisgui.learning.snapshot import LabelledSection
from seisgui.seismic.amplitude import AmplitudeScale, clip_value
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes

FIRST_CROSSLINE = 300
LAYOUTS = {"A": ((143, 238), (475, 570), (760, 855)), "B": ((0, 95), (300, 395), (600, 695))}


def f3_section(shared_data: Path) -> LabelledSection:
    """Inline 339 with its nine classes."""
    file = np.load(shared_data / "facies" / "f3_inline339_9class.npz")
    classes = np.ascontiguousarray(file["labels"].T).astype(np.int16)
    axes = VolumeAxes(LineAxis(339, 1, 1), LineAxis(FIRST_CROSSLINE, 1, 951), SampleAxis(0.0, 4.0, 462))
    source = np.where(classes >= 0, 4, 0).astype(np.uint8)
    ref = SectionRef(Orientation.INLINE, 339)
    return LabelledSection(ref, np.ascontiguousarray(file["seismic"].T), classes, source, axes)


def f3_scale(section: LabelledSection) -> AmplitudeScale:
    return AmplitudeScale("P99", clip_value(section.amplitude, "P99"), 4.0, "time", "ms")


def held_out(layout: str) -> tuple[HoldOut, ...]:
    return tuple(HoldOut("crossline", FIRST_CROSSLINE + a, FIRST_CROSSLINE + b) for a, b in LAYOUTS[layout])
