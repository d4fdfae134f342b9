"""A whole survey predicted from the window: asked for, shown as it grows, stopped, resumed, held up by nobody."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from section_helpers import amplitude_of, drag, pixel, settle

from seisgui.gui.dialogs.predict_survey import Outlook, PredictSurveyDialog
from seisgui.gui.main_window import MainWindow
from seisgui.learning.coverage import coverage
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(100, 2, 32), LineAxis(1001, 4, 150), SampleAxis(400.0, 4.0, 120))  # eight slabs
NOT_PREDICTED = 255


def paint(window: MainWindow, key: str, lateral: tuple[float, float], vertical: float) -> None:
    view = window.panes.views[0]
    QTest.keyClick(window, key)
    drag(view, [pixel(view, place, vertical) for place in np.linspace(*lateral, 6)])


@pytest.fixture
def trained(qtbot, window: MainWindow, tmp_path: Path) -> MainWindow:
    """The window with a forest, a crossline and a time slice in sight."""
    file = tmp_path / "survey.sgy"
    write_segy(file, amplitude_of(AXES), AXES)
    window.project_flow.create(tmp_path / "survey.seisproj")
    assert window.project_flow.show(window.state.project.add_volume(file).id)
    settle(qtbot, *window.panes.views)
    paint(window, "1", (5, 60), 30)
    paint(window, "2", (5, 60), 90)
    window.run_command("train.start")
    qtbot.waitUntil(lambda: window.state.run_id is not None and not window.training_flow.running, timeout=90000)
    qtbot.waitUntil(lambda: held(window, window.panes.views[0].ref) is not None, timeout=30000)
    window.panes.set_layout(4)
    window.panes.panes[0].show_kind("crossline")
    window.panes.panes[1].show_kind("map")
    settle(qtbot, *window.panes.views)
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=30000)
    return window


def held(window: MainWindow, ref: SectionRef) -> np.ndarray | None:
    """Predicted classes of a section in memory, at full resolution."""
    entry = window.predictions.entry(window.state.run_id, ref, window.state.dataset_id)
    return entry.array[0] if entry is not None and entry.step == 1 else None


def slice_ref(window: MainWindow) -> SectionRef:
    return next(ref for ref in window.panes.refs if ref.orientation is Orientation.TIME)


def press(window: MainWindow, text: str) -> None:
    button = next(b for b in window.messages.findChildren(QPushButton) if b.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def said(window: MainWindow) -> str:
    return " ".join(window.messages.sentences())


def begin(qtbot, window: MainWindow) -> None:
    """Through the dialog."""
    window.run_command("review.predict_volume")
    dialog = window.survey_flow.dialog
    qtbot.waitUntil(dialog.start.isEnabled, timeout=10000)
    QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)


@pytest.mark.slow
def test_a_survey_grows_in_the_views_is_stopped_and_resumed(qtbot, trained: MainWindow):
    window, run_id, dataset = trained, trained.state.run_id, trained.state.dataset_id
    ref, seen = slice_ref(window), []
    assert held(window, ref) is None, "no slice is predicted before the volume is"
    window.predictions.changed.connect(lambda told: seen.append(held(window, ref)) if told == ref else None)

    window.run_command("review.predict_volume")
    dialog = window.survey_flow.dialog
    qtbot.waitUntil(dialog.start.isEnabled, timeout=10000)
    assert dialog.sections.text().startswith("32 sections")
    assert "are free" in dialog.disk.text()
    assert dialog.start.text() == "Predict"
    QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    job = window.survey_flow.job
    assert job.pausable

    qtbot.waitUntil(lambda: len(seen) > 0, timeout=60000)
    share = (seen[0] != NOT_PREDICTED).any(axis=1).mean()
    assert 0 < share < 1, "the slice shows the slabs that are done, while others are not"
    window.bar.cancel_requested.emit(job)
    qtbot.waitUntil(lambda: "Stopped" in said(window), timeout=30000)
    done, total = coverage(window.state.project, run_id, dataset)
    assert 0 < done < total == 32
    assert f"Stopped: {done} of 32 sections" in said(window)

    # A second look says how far it is.
    window.run_command("review.predict_volume")
    dialog = window.survey_flow.dialog
    qtbot.waitUntil(dialog.start.isEnabled, timeout=10000)
    assert f"{done} of 32 are predicted already" in dialog.sections.text()
    assert dialog.start.text() == "Resume"
    dialog.reject()
    press(window, "Resume")
    qtbot.waitUntil(lambda: coverage(window.state.project, run_id, dataset)[0] > done, timeout=60000)

    # The compute process dies: what is predicted is kept.
    os.kill(window.bridge.client("compute").pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: window.survey_flow.job is None, timeout=20000)
    assert "Sections that are done are kept" in window.messages.history[-1].hint
    assert coverage(window.state.project, run_id, dataset)[0] > done
    press(window, "Resume")
    qtbot.waitUntil(lambda: "The whole volume is predicted" in said(window), timeout=90000)
    assert coverage(window.state.project, run_id, dataset) == (32, 32)
    qtbot.waitUntil(lambda: held(window, ref) is not None and (held(window, ref) != NOT_PREDICTED).all(), timeout=10000)

    window.run_command("review.predict_volume")
    dialog = window.survey_flow.dialog
    qtbot.waitUntil(lambda: dialog.sections.text().startswith("Nothing"), timeout=10000)
    assert not dialog.start.isEnabled()
    dialog.reject()


@pytest.mark.slow
def test_a_live_stroke_is_answered_while_the_survey_is_predicted(qtbot, trained: MainWindow):
    window = trained
    window.panes.set_layout(1)
    window.panes.panes[0].show_kind("inline")
    settle(qtbot, *window.panes.views)
    begin(qtbot, window)
    survey = window.survey_flow.job
    qtbot.waitUntil(lambda: (survey.share or 0) > 0, timeout=60000)
    window.run_command("train.live")
    qtbot.waitUntil(lambda: window.training_flow.live, timeout=10000)
    paint(window, "2", (80, 140), 30)
    revision = window.state.project.journal.revision

    def answered() -> bool:
        entry = window.predictions.entry(window.state.run_id, window.panes.views[0].ref, window.state.dataset_id)
        return entry is not None and entry.label_revision >= revision

    qtbot.waitUntil(answered, timeout=30000)
    assert survey.id in window.jobs.jobs, "the stroke was answered before the survey was done"
    before = survey.share
    window.run_command("train.stop")
    qtbot.waitUntil(lambda: not window.training_flow.running, timeout=60000)
    qtbot.waitUntil(lambda: survey.id not in window.jobs.jobs or survey.share > before, timeout=60000)
    qtbot.waitUntil(lambda: "The whole volume is predicted" in said(window), timeout=90000)


def test_the_dialog_refuses_where_there_is_no_room_and_asks_again_for_a_pair(qtbot):
    dialog = PredictSurveyDialog("forest, 12:00", [("other", "forest, 11:00 (crosslines)")])
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.start.isEnabled()
    dialog.show_outlook(Outlook("32 sections", "up to 2 GB", "unknown", room=False))
    assert not dialog.start.isEnabled()
    assert "not enough room" in dialog.warning.text()
    dialog.show_outlook(Outlook("32 sections", "up to 1 GB", "unknown"))
    assert dialog.start.isEnabled()
    assert not dialog.warning.isVisible()
    with qtbot.waitSignal(dialog.pair_changed) as told:
        dialog.pair.setCurrentIndex(1)
    assert told.args == ["other"]
    assert not dialog.start.isEnabled(), "what it takes is not known yet"
    dialog.show_outlook(Outlook("128 sections", "up to 1.5 GB", "unknown"))
    with qtbot.waitSignal(dialog.chosen) as told:
        QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert told.args == ["other"]
