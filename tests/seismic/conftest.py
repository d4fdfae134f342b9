"""Small surveys written by the program, with amplitudes that name their own place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from segy_surveys import Survey, telling_amplitude

from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.segy_writer import write_segy


@pytest.fixture
def make_survey(tmp_path: Path) -> Callable[..., Survey]:
    """Write a survey of 6 x 9 x 25 (or of given axes) and say what is in it."""

    def make(axes: VolumeAxes | None = None, name: str = "survey.sgy", **options: object) -> Survey:
        axes = axes or VolumeAxes(LineAxis(100, 1, 6), LineAxis(300, 2, 9), SampleAxis(0.0, 4.0, 25))
        amplitude = telling_amplitude(axes)
        path = tmp_path / name
        write_segy(path, amplitude, axes, **options)  # type: ignore[arg-type]
        return Survey(path, axes, amplitude)

    return make
