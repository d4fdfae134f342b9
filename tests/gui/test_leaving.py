"""Leaving while something runs: the window, the project, the label set. Nothing learnt is lost unasked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from section_helpers import AXES, amplitude_of, drag, pixel

from seisgui.gui.main_window import MainWindow
from seisgui.interpretation.project import Project
from seisgui.learning.requests import HoldOut
from seisgui.seismic.axes import LineAxis
from seisgui.seismic.segy_writer import write_segy


def paint(window: MainWindow, key: str, lateral: tuple[float, float], vertical: float) -> None:
    view = window.panes.views[0]
    QTest.keyClick(window, key)
    drag(view, [pixel(view, place, vertical) for place in np.linspace(*lateral, 6)])


def begin_long_training(qtbot, window: MainWindow) -> None:
    """A network that would train for minutes, past its first step."""
    paint(window, "1", (5, 25), 20)
    paint(window, "2", (5, 25), 50)
    window.training.network.setCurrentIndex(window.training.network.findData("waldeland"))
    window.training.epochs.setValue(5000)
    window.run_command("train.start")
    qtbot.waitUntil(lambda: window.training_flow.job.progress is not None, timeout=90000)


def runs_in(path: Path) -> list[str]:
    with Project.open(path, read_only=True) as project:
        return [record.network for record in project.runs()]


def answer(window: MainWindow, role: QMessageBox.ButtonRole) -> None:
    box = window.closing_flow.question
    button = next(button for button in box.buttons() if box.buttonRole(button) == role)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.slow
def test_closing_during_a_training_asks_and_keeps_its_best(qtbot, open_window: MainWindow):
    window = open_window
    begin_long_training(qtbot, window)
    path = window.state.project.path

    assert not window.close(), "the window stays until the user has answered"
    answer(window, QMessageBox.ButtonRole.RejectRole)
    assert window.training_flow.running
    assert window.isVisible()

    window.close()
    answer(window, QMessageBox.ButtonRole.AcceptRole)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=120000)
    assert runs_in(path) == ["waldeland"]


@pytest.mark.slow
def test_another_project_during_a_training_keeps_the_best_in_its_own(qtbot, open_window: MainWindow, tmp_path: Path):
    window = open_window
    begin_long_training(qtbot, window)
    path = window.state.project.path
    window.project_flow.create(tmp_path / "other.seisproj")
    assert "kept in its project" in " ".join(window.messages.sentences())
    qtbot.waitUntil(lambda: not window.training_flow.running, timeout=120000)
    assert window.state.run_id is None
    assert window.runs_flow.records == []
    assert runs_in(path) == ["waldeland"]
    window.close()
    assert window.closing_flow.question is None


@pytest.mark.slow
def test_a_live_session_ends_when_another_label_set_is_shown(qtbot, open_window: MainWindow):
    window = open_window
    paint(window, "1", (5, 25), 20)
    paint(window, "2", (5, 25), 50)
    window.run_command("train.live")
    qtbot.waitUntil(lambda: window.state.run_id is not None, timeout=90000)
    window.label_flow.add_label_set("second look")
    qtbot.waitUntil(lambda: not window.training_flow.running, timeout=30000)
    assert len(window.runs_flow.records) == 1


def test_another_run_is_asked_for_though_the_first_one_is_on_its_way(qtbot, open_window: MainWindow):
    asked = []
    open_window.bridge.submitted.connect(lambda _job, request: asked.append(request.run_id))
    open_window.state.run_id = "first"
    qtbot.waitUntil(lambda: asked == ["first"], timeout=5000)
    open_window.state.run_id = "second"
    qtbot.waitUntil(lambda: asked == ["first", "second"], timeout=5000)
    for job in list(open_window.jobs.jobs.values()):
        open_window.jobs.cancel(job)


def test_what_belongs_to_one_survey_does_not_follow_to_the_next(qtbot, open_window: MainWindow, tmp_path: Path):
    window = open_window
    first = window.state.dataset_id
    window.desk.tell("Something about this survey.", stays=True)
    window.state.display.clip = 12.0
    window.training.set_hold_out((HoldOut("crossline", 1001, 1041),))
    view = window.panes.views[0]
    view.hover((5.5, 5.5))
    assert "IL" in window.bar.position.text()

    other = tmp_path / "other.sgy"
    write_segy(other, amplitude_of(AXES), replace(AXES, inline=LineAxis(500, 1, 9)))
    added = window.state.project.add_volume(other)
    assert window.project_flow.show(added.id)
    assert not view.at_rest, "the amplitudes on the screen are still those of the other survey"
    assert window.state.display.clip == 0.0
    assert window.training.choice.hold_out == ()
    assert window.bar.position.text() == ""
    window.project_flow.show(first)
    assert window.training.choice.hold_out == (HoldOut("crossline", 1001, 1041),)
    window.project_flow.create(tmp_path / "empty.seisproj")
    assert "Something about this survey." not in window.messages.sentences()
