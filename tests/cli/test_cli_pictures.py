"""The window as a picture, from the command line; each in a process of its own, as a user would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from seisgui.cli.strokes import strokes_of
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(10, 1, 3), LineAxis(300, 1, 120), SampleAxis(0.0, 4.0, 64))
SHELL = [sys.executable, "-m", "seisgui.cli.main"]


def test_strokes_stay_inside_their_class():
    truth = np.zeros((120, 90), dtype=np.int16)
    truth[:, 40:70] = 1
    truth[50:80, 60:] = 2
    strokes = strokes_of(truth, per_class=4, seed=1)
    assert {stroke.class_id for stroke in strokes} == {0, 1, 2}
    for stroke in strokes:
        height, width = stroke.mask.shape
        beneath = truth[stroke.lateral0 : stroke.lateral0 + height, stroke.vertical0 : stroke.vertical0 + width]
        assert (beneath[stroke.mask] == stroke.class_id).all()
    again = strokes_of(truth, per_class=4, seed=1)
    assert all(np.array_equal(one.mask, other.mask) for one, other in zip(strokes, again, strict=True))


def test_a_class_too_thin_to_paint_gets_no_stroke():
    truth = np.zeros((120, 90), dtype=np.int16)
    truth[:, 45] = 1
    assert {stroke.class_id for stroke in strokes_of(truth)} == {0}


@pytest.mark.slow
def test_the_window_as_a_picture(seisgui, tmp_path: Path):
    survey, project, out = tmp_path / "s.sgy", tmp_path / "s.seisproj", tmp_path / "window.png"
    write_segy(survey, np.random.default_rng(0).normal(0, 1000, AXES.shape).astype(np.float32), AXES)
    assert seisgui("new", project, "--volume", survey).status == 0
    command = [*SHELL, "screenshot", project, out, "--inline", "11", "--size", "1366x768", "--theme", "light", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["width"] == 1366
    picture = cv2.imread(str(out))
    assert picture.shape == (768, 1366, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 200  # amplitudes are drawn, not a blank window
    for arguments in (("--inline", "99"), ("--overlay", "nothing"), ("--size", "1x1"), ("--theme", "pink")):
        outcome = seisgui("screenshot", project, tmp_path / "no.png", *arguments)
        assert outcome.status == 2, outcome
    assert not (tmp_path / "no.png").exists()
