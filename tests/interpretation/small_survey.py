"""The small survey of these tests: its axes, its file, sections of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(100, 2, 12), LineAxis(300, 1, 40), SampleAxis(0.0, 4.0, 70))
INLINE = SectionRef(Orientation.INLINE, 110)
CROSSLINE = SectionRef(Orientation.CROSSLINE, 320)
TIME = SectionRef(Orientation.TIME, 80.0)


def write_survey(path: Path, axes: VolumeAxes = AXES, **options: object) -> Path:
    """A SEG-Y file of noise with line numbers at 189 and 193."""
    amplitude = np.random.default_rng(1).normal(size=axes.shape).astype(np.float32)
    write_segy(path, amplitude, axes, **options)
    return path


def block(width: int = 8, height: int = 6) -> np.ndarray:
    return np.ones((width, height), dtype=bool)
