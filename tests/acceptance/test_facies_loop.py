"""The interpreter's whole job on the real F3 line: open, paint, train, correct, retrain, restart, export."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import segyio
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

# Strokes along the middle of three facies of inline 339 (crossline, two-way time in ms).
STROKES = {
    "1": [(420, 400), (560, 400)],
    "2": [(420, 1000), (560, 1000)],
    "3": [(420, 1600), (560, 1600)],
}


@pytest.fixture
def survey(tmp_path: Path, f3_line: Path) -> Path:
    return Path(shutil.copy(f3_line, tmp_path / "f3_inline339.sgy"))


def paint_three_classes(driver) -> None:
    driver.key(Qt.Key.Key_B)
    for key, points in STROKES.items():
        driver.key(key)
        driver.stroke(points)
        driver.wait_saved()


def choose(driver, network: str) -> None:
    box = driver.window.training.network
    box.setCurrentIndex(box.findData(network))


def wait_for_new_overlay(driver, run_before: str | None, seconds: float = 60) -> np.ndarray:
    driver.wait(lambda: driver.state.run_id not in (None, run_before) and driver.overlay() is not None, seconds)
    return driver.overlay().copy()


@pytest.mark.slow
def test_open_paint_train_correct_retrain_restart_and_export(open_window, survey, tmp_path):
    driver = open_window(survey)
    assert driver.says("339")
    paint_three_classes(driver)
    painted = driver.labels()
    assert set(np.unique(painted)) == {-1, 0, 1, 2}

    choose(driver, "forest")
    driver.key(Qt.Key.Key_T, "control")
    first = wait_for_new_overlay(driver, None)
    assert first.shape == (951, 462)
    axes = driver.state.volume.axes
    for class_id, points in enumerate(STROKES.values()):
        column, row = axes.crossline.index(points[0][0]), axes.sample.index(points[0][1])
        assert first[column, row] == class_id
    driver.wait(lambda: not driver.window.training_flow.running, 60)

    # Correct: an area that the first run called something else becomes class 3, and the network learns it.
    run = driver.state.run_id
    place = (1000.0, 400.0)
    driver.key("3")
    driver.stroke([place, (1100.0, 400.0)])
    driver.wait_saved()
    driver.key(Qt.Key.Key_T, "control")
    second = wait_for_new_overlay(driver, run)
    column, row = axes.crossline.index(1050), axes.sample.index(400)
    assert second[column, row] == 2

    # Undo and redo, across a restart.
    corrected = driver.labels()
    driver.wait(lambda: not driver.window.training_flow.running, 60)
    driver.key(Qt.Key.Key_Z, "control")
    assert np.array_equal(driver.labels(), painted)
    driver.wait_saved()
    project = driver.state.project.path
    driver.close()
    driver = open_window(project)
    assert np.array_equal(driver.labels(), painted)
    driver.key(Qt.Key.Key_Z, "control", "shift")
    assert np.array_equal(driver.labels(), corrected)
    driver.key(Qt.Key.Key_Z, "control", repeat=2)
    assert set(np.unique(driver.labels())) == {-1, 0, 1}
    driver.key(Qt.Key.Key_Y, "control", repeat=2)
    assert np.array_equal(driver.labels(), corrected)

    # The run of before the restart is still there, and is exported.
    out = tmp_path / "facies.sgy"
    export_classes(driver, out)
    check_export(survey, out, second)


@pytest.mark.slow
def test_waldeland_is_stopped_early_and_keeps_its_best(open_window, survey):
    driver = open_window(survey)
    paint_three_classes(driver)
    choose(driver, "waldeland")
    driver.key(Qt.Key.Key_T, "control")
    curves = driver.window.training.curves
    driver.wait(lambda: curves.loss.curves[0].points, 120)
    driver.window.run_command("train.stop")
    overlay = wait_for_new_overlay(driver, None, 120)
    assert set(np.unique(overlay)) <= {0, 1, 2}
    record = driver.state.project.run(driver.state.run_id)
    assert record.network == "waldeland"
    assert record.status == "stopped"


def export_classes(driver, out: Path) -> None:
    """Through the export dialog, with the keyboard."""
    driver.wait(lambda: driver.overlay() is not None, 30)
    driver.window.run_command("file.export")
    dialog = driver.window.export_flow.dialog
    dialog.out.clear()
    QTest.keyClicks(dialog.out, str(out))
    driver.wait(dialog.save.isEnabled, 10)
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    driver.wait(out.exists, 60)
    driver.wait(lambda: driver.says(out.name), 10)


def check_export(source: Path, out: Path, classes: np.ndarray) -> None:
    """Read back as spec/segy.md demands: headers byte for byte, classes as predicted."""
    with segyio.open(source, ignore_geometry=True) as before, segyio.open(out, ignore_geometry=True) as after:
        assert after.tracecount == before.tracecount
        traces = after.trace.raw[:]
        assert np.array_equal(traces.astype(int), classes.astype(int))
        for index in (0, 1, 475, 950):
            assert bytes(after.header[index].buf) == bytes(before.header[index].buf)
        changed = [key for key in before.bin if before.bin[key] != after.bin[key]]
        assert set(changed) <= {segyio.BinField.Format, segyio.BinField.SEGYRevision}
        cards = [
            (before.text[0][80 * card : 80 * card + 80], after.text[0][80 * card : 80 * card + 80])
            for card in range(40)
        ]
    altered = [(old, new) for old, new in cards if old != new]
    assert len(altered) <= 2
    assert all(not old[3:].strip() for old, _ in altered)
    assert out.with_suffix(out.suffix + ".json").exists() or out.with_suffix(".json").exists()
    assert not [path for path in out.parent.iterdir() if path.suffix in {".part", ".tmp"}]


def batched_cards(text: bytes) -> list[bytes]:
    """The forty cards of a textual header."""
    return [text[start : start + 80] for start in range(0, 3200, 80)]
