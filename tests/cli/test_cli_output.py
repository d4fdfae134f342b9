"""Results on stdout, the rest on stderr; JSON alone where it was asked for."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from seisgui.cli.output import Output
from seisgui.learning.events import CurvePoint, Notice, Progress


def some_work() -> Generator[object, None, str]:
    yield Progress(1, 2, "training")
    yield Notice("Not scored.", "Label a second area.")
    yield CurvePoint("run", 1, 50, {"loss": 0.5}, {"loss": float("nan")})
    return "done"


def test_json_is_one_line_with_the_notices(capsys: pytest.CaptureFixture[str]):
    output = Output(as_json=True)
    assert output.follow(some_work()) == "done"
    output.say("not for programs")
    output.document({"path": Path("a"), "count": np.int64(3), "score": float("nan"), "array": np.arange(2)})
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "path": "a",
        "count": 3,
        "score": None,
        "array": [0, 1],
        "notices": ["Not scored. Label a second area."],
    }
    assert out.count("\n") == 1
    assert err == ""


def test_progress_lines_come_before_the_document(capsys: pytest.CaptureFixture[str]):
    output = Output(as_json=True, progress=True)
    output.follow(some_work())
    output.document({"ready": True})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("event") for line in lines] == ["progress", "curve_point", None]
    assert lines[1]["held_out"] == {"loss": None}


def test_people_read_results_on_stdout_and_notices_on_stderr(capsys: pytest.CaptureFixture[str]):
    output = Output()
    output.follow(some_work())
    output.say("Run 1 is ready.")
    out, err = capsys.readouterr()
    assert out == "Run 1 is ready.\n"
    assert "Not scored. Label a second area." in err
    assert "epoch 1: loss 0.500; held out: loss nan" in err


def test_an_interrupt_closes_the_work():
    closed = []

    def endless() -> Generator[Progress, None, None]:
        try:
            yield Progress(0, 1)
            raise KeyboardInterrupt
        finally:
            closed.append(True)

    with pytest.raises(KeyboardInterrupt):
        Output().follow(endless())
    assert closed == [True]
