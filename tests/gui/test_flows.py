"""Flows through several parts: several files, training, runs, live, export, the sample survey with its tour."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from section_helpers import AXES, amplitude_of, drag, pixel, settle

from seisgui.gui.dialogs.export import ExportChoice
from seisgui.gui.main_window import MainWindow
from seisgui.seismic.segy import open_volume
from seisgui.seismic.segy_writer import write_segy


def paint(window: MainWindow, key: str, lateral: tuple[float, float], vertical: float) -> None:
    view = window.panes.views[0]
    QTest.keyClick(window, key)
    drag(view, [pixel(view, place, vertical) for place in np.linspace(*lateral, 6)])


def sentences(window: MainWindow) -> str:
    return " ".join(window.messages.sentences())


def predicted(window: MainWindow, revision: int = 0) -> bool:
    """Whether the section in view has its full prediction, not older than ``revision``."""
    entry = window.predictions.entry(window.state.run_id, window.panes.views[0].ref, window.state.dataset_id)
    return entry is not None and entry.step == 1 and entry.label_revision >= revision


def test_files_opened_together_share_the_project_of_the_first(
    qtbot, window: MainWindow, tmp_path: Path, shared_data: Path
):
    survey = tmp_path / "survey.sgy"
    write_segy(survey, amplitude_of(AXES), AXES)
    bad = tmp_path / "bad.sgy"
    bad.write_bytes(b"")
    gathers = Path(shutil.copy(shared_data / "segy" / "viking_small.segy", tmp_path))
    line = Path(shutil.copy(shared_data / "segy" / "f3_inline339_digitised.sgy", tmp_path))
    window.open_paths([survey, bad, gathers, line])

    def all_there() -> bool:
        if window.open_flow.dialog is not None:
            QTest.mouseClick(window.open_flow.dialog.open_button, Qt.MouseButton.LeftButton)
        return window.state.project is not None and len(window.state.project.datasets()) == 3

    qtbot.waitUntil(all_there, timeout=30000)
    assert window.state.project.path == tmp_path / "survey.seisproj"
    assert {dataset.kind for dataset in window.state.project.datasets()} == {"survey", "gathers", "line"}
    assert "bad.sgy" in " ".join(message.sentence for message in window.messages.history)
    tree = window.project_panel.tree.topLevelItem(0)
    assert tree.childCount() == 3


@pytest.mark.slow
def test_train_note_export_and_delete_a_run(qtbot, open_window: MainWindow, tmp_path: Path):
    window = open_window
    paint(window, "1", (5, 25), 20)
    paint(window, "2", (5, 25), 50)
    window.run_command("train.start")
    assert window.training_flow.running
    qtbot.waitUntil(lambda: not window.commands["train.start"].isEnabled(), timeout=2000)
    assert window.commands["train.stop"].isEnabled()
    qtbot.waitUntil(lambda: window.state.run_id is not None and predicted(window), timeout=90000)
    run_id = window.state.run_id
    assert window.runs.tree.topLevelItem(0).text(0).startswith("● forest")
    assert "label a second area" in window.training.phrase.text().lower()
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: predicted(window), timeout=30000)
    window.runs_flow.set_notes(run_id, "first try")
    assert window.runs.tree.topLevelItem(0).text(5) == "first try"

    window.run_command("file.export")
    dialog = window.export_flow.dialog
    qtbot.waitUntil(lambda: dialog.coverage.text().startswith("2 of 9"), timeout=5000)
    qtbot.waitUntil(lambda: "to be written" in dialog.room.text(), timeout=5000)
    window.export_flow.dialog.reject()
    out = tmp_path / "classes.sgy"
    window.export_flow.export(ExportChoice(run_id, out, "class", "int8", partial=True))
    qtbot.waitUntil(lambda: "verified" in sentences(window), timeout=30000)
    volume = open_volume(out)
    assert set(np.unique(volume.section(window.panes.views[0].ref))) <= {0.0, 1.0}
    volume.close()

    window.runs_flow.delete(run_id)
    assert window.state.run_id is None
    assert window.runs.tree.topLevelItemCount() == 0
    assert not window.state.project.run_folder(run_id).exists()
    qtbot.waitUntil(lambda: not window.commands["file.export"].isEnabled(), timeout=2000)


@pytest.mark.slow
def test_live_answers_a_stroke_freezes_and_leaves_nothing_when_discarded(qtbot, open_window: MainWindow):
    window = open_window
    paint(window, "1", (5, 25), 20)
    paint(window, "2", (5, 25), 50)
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert window.training_flow.live
    qtbot.waitUntil(lambda: window.state.run_id is not None and predicted(window), timeout=90000)
    run_id = window.state.run_id
    paint(window, "2", (30, 50), 20)
    revision = window.state.project.journal.revision
    qtbot.waitUntil(lambda: predicted(window, revision), timeout=30000)
    here = window.panes.views[0].ref
    answer = window.predictions.entry(run_id, here, window.state.dataset_id).array[0]
    assert (answer[32:48, 20] == 1).mean() > 0.8, "the stroke has been learnt"

    window.run_command("train.freeze")
    paint(window, "1", (30, 50), 65)
    frozen_at = window.state.project.journal.revision
    qtbot.waitUntil(lambda: bool(window.training_flow._held_back), timeout=30000)
    assert not predicted(window, frozen_at)
    window.run_command("train.freeze")
    qtbot.waitUntil(lambda: predicted(window, frozen_at), timeout=30000)

    window.run_command("train.discard")
    qtbot.waitUntil(lambda: not window.training_flow.running, timeout=30000)
    assert window.state.run_id is None
    assert [record.id for record in window.state.project.runs()] == []
    assert window.state.labels.class_counts()[1] > 0


@pytest.mark.slow
def test_the_sample_survey_opens_with_the_tour(qtbot, window: MainWindow):
    window.run_command("file.sample")
    qtbot.waitUntil(lambda: window.state.volume is not None, timeout=60000)
    settle(qtbot, *window.panes.views)
    assert window.guide.isVisible()
    assert "opened" in window.guide.done
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    paint(window, "1", (20, 60), 60)
    assert {"stepped", "painted"} <= window.guide.done
    assert "second class" not in window.guide.done
    paint(window, "2", (20, 60), 120)
    assert "second class" in window.guide.done


def test_another_label_set_starts_empty_with_the_same_classes(open_window: MainWindow):
    window = open_window
    paint(window, "2", (5, 25), 20)
    first = window.state.labels
    window.label_flow.rename(1, "sand")
    window.label_flow.add_label_set("second opinion")
    assert window.state.labels.id != first.id
    assert [entry.name for entry in window.state.labels.classes] == ["Class 1", "sand", "Class 3"]
    assert sum(window.state.labels.class_counts().values()) == 0
    assert (window.panes.views[0].state.labels.section(window.panes.views[0].ref)[0] == -1).all()
    window.label_flow.add_label_set("second opinion")
    assert "already" in sentences(window)
