"""Live learning in the window: a stroke is answered by an overlay; Freeze, undo, Stop."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from window_driver import WindowDriver

SOON_S = 15.0  # the promise is one second; shared machines are given more, benchmarks/instant_window.py measures


def press(driver: WindowDriver, command: str) -> None:
    """A button of the training panel, with the mouse."""
    button = driver.window.training.findChild(QPushButton, f"button.{command}")
    driver.wait(button.isEnabled, 5)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def newest(driver: WindowDriver):
    """What is held for the section in view."""
    state = driver.state
    if state.run_id is None:
        return None
    return driver.window.predictions.entry(state.run_id, driver.view.ref, state.dataset_id)


def answered(driver: WindowDriver, revision: int, step: int = 8) -> bool:
    """Whether the overlay in view has learnt from the labels as of ``revision``, at least every ``step`` pixels."""
    entry = newest(driver)
    return entry is not None and entry.label_revision >= revision and entry.step <= step


def classes(driver: WindowDriver) -> set[int]:
    return {int(value) for value in np.unique(newest(driver).array[0]) if value != 255}


def stroke(driver: WindowDriver, key: str, points: list[tuple[float, float]]) -> float:
    """Paint and tell how many seconds until the section in view is classified anew, at any step."""
    driver.key(key)
    driver.stroke(points)
    began = time.perf_counter()
    revision = driver.state.project.journal.revision
    driver.wait(lambda: answered(driver, revision), SOON_S)
    return time.perf_counter() - began


@pytest.mark.slow
def test_live_answers_strokes_freezes_follows_undo_and_keeps_its_run(open_window, f3_line, tmp_path, record_property):
    driver = open_window(Path(shutil.copy(f3_line, tmp_path / "line.sgy")))
    network = driver.window.training.network
    network.setCurrentIndex(network.findData("forest"))
    driver.wait(driver.window.jobs.device, 60)
    press(driver, "train.live")
    driver.wait(lambda: driver.window.training_flow.live, 5)
    driver.key(Qt.Key.Key_B)
    driver.key("1")
    driver.stroke([(420, 400), (560, 400)])
    driver.wait(lambda: driver.says("two classes") or driver.says("second class"), SOON_S)
    assert newest(driver) is None

    first = stroke(driver, "2", [(420, 1000), (560, 1000)])
    record_property("seconds from the first stroke of a second class to its overlay", round(first, 2))
    full = driver.state.project.journal.revision
    driver.wait(lambda: answered(driver, full, 1), SOON_S)
    assert classes(driver) == {0, 1}
    assert newest(driver).array.shape == (3, 951, 462)

    later = stroke(driver, "3", [(420, 1600), (560, 1600)])
    record_property("seconds from a later stroke to its overlay", round(later, 2))
    third = driver.state.project.journal.revision
    driver.wait(lambda: answered(driver, third, 1), SOON_S)
    assert classes(driver) == {0, 1, 2}
    with_three = newest(driver).array.copy()

    # Freeze keeps what is seen; going on shows what was learnt meanwhile.
    press(driver, "train.freeze")
    driver.key("1")
    driver.stroke([(900, 1600), (1100, 1600)])
    driver.wait_saved()
    QTest.qWait(1500)
    assert newest(driver).label_revision == third
    assert np.array_equal(newest(driver).array, with_three)
    frozen = driver.state.project.journal.revision
    press(driver, "train.freeze")
    driver.wait(lambda: answered(driver, frozen, 1), SOON_S)
    assert not np.array_equal(newest(driver).array, with_three)

    # The model forgets what is taken back.
    driver.key(Qt.Key.Key_Z, "control", repeat=2)
    undone = driver.state.project.journal.revision
    assert undone > frozen
    driver.wait(lambda: answered(driver, undone, 1), SOON_S)
    assert classes(driver) == {0, 1}

    # Stop keeps the run.
    press(driver, "train.stop")
    driver.wait(lambda: not driver.window.training_flow.running, 30)
    (run,) = driver.state.project.runs()
    assert (run.status, run.network) == ("finished", "forest")
    assert driver.state.run_id == run.id
    driver.wait(lambda: driver.overlay() is not None, 30)
    assert set(np.unique(driver.overlay())) == {0, 1}
    counts = driver.state.labels.class_counts()
    driver.close()
    driver = open_window(tmp_path / "line.seisproj")
    assert [record.id for record in driver.state.project.runs()] == [run.id]
    assert driver.state.labels.class_counts() == counts
