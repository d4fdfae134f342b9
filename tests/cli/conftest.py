"""Commands run in this process, as the shell would run them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seisgui.cli.main import run
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(10, 1, 3), LineAxis(300, 1, 240), SampleAxis(0.0, 4.0, 96))


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout; fails where anything else is there."""
        return json.loads(self.out)


@pytest.fixture
def seisgui(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `seisgui ARGUMENTS` and tell its exit status and what it wrote."""

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        status = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Outcome(status, out, err)

    return call


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A survey of three textures one below the other, and MalenoV points of its middle inline."""
    folder = tmp_path_factory.mktemp("tiny")
    random = np.random.default_rng(0)
    classes = np.zeros(AXES.shape, dtype=np.int16)
    classes[:, :, 32:64] = 1
    classes[:, :, 64:] = 2
    t = np.arange(AXES.sample.count)
    texture = np.stack([np.sin(t / 2.0), 0.2 * np.sin(t / 4.0), np.zeros_like(t, dtype=float)])
    amplitude = np.take_along_axis(texture[:, None, None, :], classes[None], axis=0)[0]
    amplitude = 1000 * (amplitude + random.normal(0, 0.05, AXES.shape) * (1 + 4 * (classes == 2)))
    survey, points = folder / "tiny.sgy", folder / "points.ixz"
    write_segy(survey, amplitude.astype(np.float32), AXES)
    rows = [
        f"11 {crossline} {4 * sample} {classes[1, crossline - 300, sample]}"
        for crossline in range(300, 540, 2)
        for sample in range(0, 96, 2)
    ]
    points.write_text("\n".join(rows) + "\n")
    return survey, points


@pytest.fixture(scope="session")
def trained_once(tiny: tuple[Path, Path]) -> Path:
    """A project with labels and one forest run, made once."""
    survey, points = tiny
    project = survey.parent / "tiny.seisproj"
    names = ("--class", "0=banded", "--class", "1=weak", "--class", "2=chaotic")
    for arguments in (
        ("new", project, "--volume", survey),
        ("import-labels", project, points, *names),
        ("train", project, "--network", "forest", "--hold-out", "crossline:300-360", "--set", "trees=20"),
    ):
        assert run([str(argument) for argument in arguments]) == 0
    return project


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    """A copy of that project of one's own."""
    return shutil.copytree(trained_once, tmp_path / trained_once.name)
