"""Display copies made from the window: unasked, held, cancelled, resumed, removed; the death of the data process."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from section_helpers import amplitude_of, settle

from seisgui.gui import places
from seisgui.gui.controllers import copies_flow
from seisgui.gui.job_popup import JobRow
from seisgui.gui.main_window import MainWindow
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.segy import SegyLayout
from seisgui.seismic.segy_writer import write_segy

LARGE = VolumeAxes(LineAxis(1, 1, 320), LineAxis(1, 1, 320), SampleAxis(0.0, 4.0, 512))  # two blocks of an ingest
SMALL = VolumeAxes(LineAxis(100, 2, 12), LineAxis(1001, 4, 60), SampleAxis(400.0, 4.0, 80))


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """210 MB of amplitudes, enough to be caught in the middle of an ingest."""
    path = tmp_path_factory.mktemp("large") / "large.sgy"
    line = np.random.default_rng(0).normal(scale=1000.0, size=(320, 512)).astype(np.float32)
    write_segy(path, np.broadcast_to(line, LARGE.shape), LARGE, sample_format=5)
    return path


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.sgy"
    write_segy(path, amplitude_of(SMALL), SMALL)
    return path


def opened(qtbot, window: MainWindow, file: Path, project: Path) -> None:
    window.project_flow.create(project)
    assert window.project_flow.show(window.state.project.add_volume(file).id)
    settle(qtbot, *window.panes.views)


def only_job(qtbot, window: MainWindow):
    """The job that makes copies, once it has got on."""
    qtbot.waitUntil(lambda: any(job.background for job in window.jobs.visible()), timeout=20000)
    job = next(job for job in window.jobs.visible() if job.background)
    qtbot.waitUntil(lambda: job.progress is not None and job.progress.done > 0, timeout=20000)
    return job


def kind(window: MainWindow) -> str:
    state = window.copies_flow.states.get(window.state.volume_id)
    return "" if state is None else state.kind


def panel_line(window: MainWindow) -> str:
    """What the project panel says of display copies."""
    found = window.project_panel.tree.findItems(
        "Display copies", Qt.MatchFlag.MatchStartsWith | Qt.MatchFlag.MatchRecursive
    )
    return found[0].text(0) if found else ""


def said(window: MainWindow) -> str:
    return " ".join(window.messages.sentences())


def answer(qtbot, window: MainWindow, text: str) -> None:
    """Press a button in the message bar."""
    qtbot.waitUntil(lambda: any(row.message.answers and row.isVisible() for row in window.messages.rows()))
    button = next(b for b in window.messages.findChildren(QPushButton) if b.text() == text and b.isVisible())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_copies_are_made_unasked_held_stopped_and_resumed(qtbot, window: MainWindow, large_file: Path, tmp_path: Path):
    opened(qtbot, window, large_file, tmp_path / "p.seisproj")
    job = only_job(qtbot, window)
    assert "157 MB" in job.detail
    window.bar.strip.list_wanted.emit()
    row = window.bar.popup.findChild(JobRow)
    QTest.mouseClick(row.pause, Qt.MouseButton.LeftButton)
    assert job.paused
    qtbot.waitUntil(lambda: kind(window) == "paused")
    assert panel_line(window).startswith("Display copies: paused at")
    assert row.figure.text().startswith("paused at")
    QTest.mouseClick(row.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.jobs.visible(), timeout=10000)
    assert not window.bar.popup.isVisible()
    assert "stopped" in said(window)

    # Not begun again unasked, by looking at the volume anew; begun again when asked.
    window.project_flow.show(window.state.dataset_id)
    qtbot.wait(300)
    assert not window.jobs.visible()
    assert window.state.project.display_copies() is None
    told: list[str] = []
    window.desk.changed.connect(lambda change: told.append(change.kind))
    answer(qtbot, window, "Go on")
    qtbot.waitUntil(lambda: kind(window) == "complete", timeout=30000)
    assert panel_line(window) == "Display copies: ready"
    assert "copies" in told
    copies = window.state.project.display_copies()
    assert copies.codes(window.panes.views[0].ref).shape == (320, 512)

    window.run_command("file.remove_copies")
    qtbot.waitUntil(lambda: kind(window) == "none", timeout=10000)
    assert not window.state.project.display_folder(window.state.volume_id).exists()
    assert window.state.project.display_copies() is None
    assert not window.jobs.visible()


def test_the_death_of_the_data_process_is_told_and_the_copies_go_on(
    qtbot, window: MainWindow, large_file: Path, tmp_path: Path
):
    opened(qtbot, window, large_file, tmp_path / "p.seisproj")
    only_job(qtbot, window)
    os.kill(window.bridge.client("data").pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: "data process stopped" in said(window), timeout=10000)
    qtbot.waitUntil(lambda: not window.jobs.visible(), timeout=10000)
    assert kind(window) in ("partial", "none")
    before = window.panes.views[0].ref
    window.run_command("view.next")
    assert window.panes.views[0].ref != before, "the window lives"
    answer(qtbot, window, "Go on")
    qtbot.waitUntil(lambda: kind(window) == "complete", timeout=30000)


def test_a_scan_does_not_wait_for_copies(qtbot, window: MainWindow, large_file: Path, small_file: Path, tmp_path: Path):
    opened(qtbot, window, large_file, tmp_path / "p.seisproj")
    job = only_job(qtbot, window)
    window.open_flow.open_file(small_file, own_project=False)
    qtbot.waitUntil(lambda: len(window.state.project.datasets()) == 2, timeout=20000)
    assert job.id in window.jobs.jobs, "the copies were still being made"
    assert window.copies_flow.states["large"].kind == "making"


def test_small_volumes_and_unwanted_copies_are_left_alone(qtbot, window: MainWindow, small_file: Path, tmp_path: Path):
    opened(qtbot, window, small_file, tmp_path / "p.seisproj")
    assert panel_line(window) == ""
    places.settings().setValue("display_copies", "false")
    window.copies_flow.large_bytes = 0
    window.project_flow.show(window.state.dataset_id)
    qtbot.waitUntil(lambda: panel_line(window) == "Display copies: none", timeout=5000)
    assert not window.jobs.visible()
    window.run_command("file.make_copies")
    qtbot.waitUntil(lambda: kind(window) == "complete", timeout=20000)


def test_a_full_disk_is_told_once(qtbot, window: MainWindow, small_file: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(copies_flow.shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - 1000, 1000))
    window.copies_flow.large_bytes = 0
    opened(qtbot, window, small_file, tmp_path / "p.seisproj")
    qtbot.waitUntil(lambda: "no room for display copies of small" in said(window), timeout=5000)
    heard = len(window.messages.history)
    window.project_flow.show(window.state.dataset_id)
    qtbot.wait(300)
    assert len(window.messages.history) == heard
    assert not window.jobs.visible()


def test_copies_of_other_header_bytes_are_offered_anew(qtbot, window: MainWindow, small_file: Path, tmp_path: Path):
    window.copies_flow.large_bytes = 0
    opened(qtbot, window, small_file, tmp_path / "p.seisproj")
    qtbot.waitUntil(lambda: kind(window) == "complete", timeout=20000)
    window.open_flow._change_layout(window.state.volume_id, SegyLayout(193, 189))
    qtbot.waitUntil(lambda: kind(window) == "stale", timeout=10000)
    assert panel_line(window) == "Display copies: out of date"
    assert window.state.project.display_copies() is None
    answer(qtbot, window, "Make them anew")
    qtbot.waitUntil(lambda: kind(window) == "complete", timeout=20000)
    assert window.state.project.display_copies().axes.shape == (60, 12, 80)


def test_copies_go_on_when_the_project_is_opened_again(qtbot, window: MainWindow, large_file: Path, tmp_path: Path):
    opened(qtbot, window, large_file, tmp_path / "p.seisproj")
    only_job(qtbot, window)
    window.project_flow.close()
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=10000)
    assert said(window) == ""
    window.project_flow.open(tmp_path / "p.seisproj")
    qtbot.waitUntil(lambda: kind(window) == "complete", timeout=30000)


def test_a_read_only_project_gets_no_copies(qtbot, window: MainWindow, small_file: Path, tmp_path: Path):
    opened(qtbot, window, small_file, tmp_path / "p.seisproj")
    window.project_flow.close()
    shutil.rmtree(tmp_path / "p.seisproj" / "display", ignore_errors=True)
    window.copies_flow.large_bytes = 0
    window.project_flow.open(tmp_path / "p.seisproj", read_only=True)
    qtbot.waitUntil(lambda: kind(window) == "none", timeout=5000)
    qtbot.waitUntil(lambda: not window.commands["file.make_copies"].isEnabled(), timeout=2000)
    assert not window.jobs.visible()
