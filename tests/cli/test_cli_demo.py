"""The main job by one command, as the README promises it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.segy import open_volume

SHELL = [sys.executable, "-m", "seisgui.cli.main", "demo", "--headless"]


@pytest.mark.slow
def test_the_demo_paints_trains_predicts_exports_and_draws(tmp_path: Path):
    command = [*SHELL, "--network", "forest", "--screenshot", "pictures/window.png", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    forest = outcome["networks"][0]
    assert forest["truth"]["mean_class_accuracy"] > 0.7
    classes = open_volume(tmp_path / forest["exported"]).section(SectionRef(Orientation.INLINE, 119))
    assert classes.shape == (200, 256)
    assert set(np.unique(classes)) == {0, 1, 2, 3, 4}
    assert cv2.imread(str(tmp_path / "pictures" / "window.png")).shape == (1000, 1600, 3)
    runs = [path.name for path in (tmp_path / outcome["project"] / "runs").iterdir()]
    assert runs == [forest["run"]]


def test_the_demo_leaves_earlier_results_alone(seisgui, tmp_path: Path):
    (tmp_path / "mine.txt").touch()
    outcome = seisgui("demo", "--headless", "--results", tmp_path)
    assert outcome.status == 2
    assert "not an empty folder" in outcome.err
    assert seisgui("demo", "--headless", "--network", "resnet50").status == 2
