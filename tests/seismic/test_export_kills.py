"""An export that is killed at any moment leaves the old file or the whole new one, and what it left over is swept."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from segy_surveys import Survey

from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.drafts import draft_path, sweep_drafts

PROGRAM = Path(__file__).with_name("exporting_process.py")
KILLS = 10


class Exporter:
    """A process that exports on request, each time in a child that can be killed."""

    def __init__(self, source: Path, out: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, PROGRAM, source, out], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def export(self, number: int, kill_after_s: float | None = None) -> float:
        """Export ``number`` in every sample; the seconds it took."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        child, began = int(self._process.stdout.readline()), time.perf_counter()
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            with contextlib.suppress(ProcessLookupError):  # it was done already
                os.kill(child, signal.SIGKILL)
        assert self._process.stdout.readline() == "done\n"
        return time.perf_counter() - began

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the exports go, apart from the source."""
    path = tmp_path / "exports"
    path.mkdir()
    return path


@pytest.fixture
def exporter(make_survey: Callable[..., Survey], folder: Path) -> Iterator[Exporter]:
    axes = VolumeAxes(LineAxis(100, 1, 150), LineAxis(300, 1, 40), SampleAxis(0.0, 4.0, 100))
    exporter = Exporter(make_survey(axes).path, folder / "out.sgy")
    yield exporter
    exporter.close()


def number_in(out: Path) -> int | None:
    """The number in all samples of a whole export, None where there is no file; anything else fails."""
    if not out.exists():
        return None
    data = np.frombuffer(out.read_bytes()[3600:], dtype=np.int8).reshape(150 * 40, 240 + 100)
    numbers = np.unique(data[:, 240:])
    assert len(numbers) == 1
    return int(numbers[0])


def test_killed_exports_leave_whole_files_only(exporter: Exporter, folder: Path) -> None:
    out = folder / "out.sgy"
    seconds = min(exporter.export(1), exporter.export(2))
    whole = number_in(out)
    assert whole == 2
    chance = np.random.default_rng(0)
    interrupted = left_over = 0
    for number in range(3, 3 + KILLS):
        if number % 3 == 0:
            out.unlink(missing_ok=True)
            whole = None
        exporter.export(number, kill_after_s=chance.uniform(0, 1.1 * seconds))
        found = number_in(out)
        assert found in {whole, number}
        interrupted += found != number
        left_over += any(folder.glob(".*.part"))
        whole = found
        if (folder / "out.json").exists() and found is not None:
            assert json.loads((folder / "out.json").read_text())["number"] == found
    assert interrupted
    assert left_over
    exporter.export(99)
    assert number_in(out) == 99
    assert sorted(path.name for path in folder.iterdir()) == ["out.json", "out.sgy"]


def test_drafts_of_living_writers_and_other_computers_stay(folder: Path) -> None:
    mine = draft_path(folder)
    host = mine.name.removeprefix(".seisgui-").partition("-")[0]
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = folder / f".seisgui-{host}-{ended.pid}-00000000.part"
    elsewhere = folder / f".seisgui-{'0' * 8}-{ended.pid}-00000000.part"
    foreign = folder / ".download.part"
    for path in (mine, dead, elsewhere, foreign):
        path.write_bytes(b"x")
    assert sweep_drafts(folder) == 1
    assert sorted(folder.iterdir()) == sorted([mine, elsewhere, foreign])
