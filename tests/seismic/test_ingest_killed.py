"""An ingest killed at any moment leaves nothing that is taken for whole, and the next one makes the same copies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from segy_surveys import Survey

from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, VolumeAxes
from seisgui.seismic.display_copies import WHOLE, read_record

ROUNDS = 10
AXES = VolumeAxes(LineAxis(1, 1, 60), LineAxis(1, 1, 70), SampleAxis(0.0, 4.0, 120))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_ten_moments(make_survey: Callable[..., Survey], tmp_path: Path) -> None:
    source = make_survey(AXES).path
    command = [sys.executable, str(Path(__file__).with_name("ingest_victim.py")), str(source), str(tmp_path)]
    answer = subprocess.run([*command, str(ROUNDS)], stdout=subprocess.PIPE, check=True, timeout=120)
    told = json.loads(answer.stdout)
    truth = read_record(tmp_path / "undisturbed", WHOLE)
    assert truth is not None
    assert sum(one["killed"] for one in told) == ROUNDS
    assert any(0 < one["fraction"] < 1 for one in told)
    for number, one in enumerate(told):
        assert one["whole"] == (one["state"] == "complete")
        assert one["after"] == "complete"
        record = read_record(tmp_path / str(number), WHOLE)
        assert record is not None
        assert record.compander == truth.compander
        for way in Orientation:
            copy, true_copy = record.file(tmp_path / str(number), way), truth.file(tmp_path / "undisturbed", way)
            assert copy.read_bytes() == true_copy.read_bytes()
