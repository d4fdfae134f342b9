"""Projects that were copied, whose files were moved or changed, or that somebody else has open."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton
from window_driver import WindowDriver

from seisgui.gui.dialogs.locate import LocateDialog
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(100, 1, 5), LineAxis(300, 1, 90), SampleAxis(0.0, 4.0, 100))
HOLD = """
import sys
from pathlib import Path
from seisgui.interpretation.project import Project
with Project.open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


def write_survey(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    amplitude = np.random.default_rng(seed).normal(scale=500.0, size=AXES.shape).astype(np.float32)
    write_segy(path, amplitude, AXES, sample_format=5)
    return path


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """Where the first test leaves what it made."""
    return tmp_path_factory.mktemp("made") / "kept"


@pytest.fixture
def painted(open_window, tmp_path, kept) -> tuple[Path, np.ndarray]:
    """A closed project beside its survey, with two classes and a run: its folder, and the labels of the middle line."""
    if not kept.is_dir():
        make_project(open_window(write_survey(kept.with_name("made") / "survey.sgy")))
        kept.with_name("made").rename(kept)  # nothing is where the project remembers it by its absolute path
    shutil.copytree(kept, tmp_path / "old")
    return tmp_path / "old" / "survey.seisproj", np.load(kept / "labels.npy")


def make_project(driver: WindowDriver) -> None:
    driver.key(Qt.Key.Key_B)
    for key, sample in (("1", 80), ("2", 280)):
        stroke(driver, key, sample)
    train(driver)
    np.save(driver.state.project.path.with_name("labels.npy"), driver.labels())
    driver.close()


def stroke(driver: WindowDriver, key: str, sample: float) -> None:
    driver.key(key)
    driver.stroke([(315, sample), (370, sample)])
    driver.wait_saved()


def train(driver: WindowDriver) -> None:
    """A forest, by Ctrl+T."""
    before = driver.state.run_id
    network = driver.window.training.network
    network.setCurrentIndex(network.findData("forest"))
    driver.key(Qt.Key.Key_T, "control")
    driver.wait(lambda: driver.state.run_id not in (None, before) and driver.overlay() is not None, 120)
    driver.wait(lambda: not driver.window.training_flow.running, 60)


def press_answer(driver: WindowDriver, text: str) -> None:
    """The button of a message in the message bar."""
    found = [button for button in driver.window.messages.findChildren(QPushButton) if button.text() == text]
    assert found, driver.heard
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)


def open_project(driver: WindowDriver, path: Path) -> None:
    heard = len(driver.heard)
    driver.window.open_paths([path])
    driver.wait(lambda: driver.state.project is not None or len(driver.heard) > heard, 20)
    driver.wait(lambda: driver.state.volume is None or driver.view.at_rest, 20)


@pytest.mark.slow
def test_a_copied_project_whose_segy_was_moved_is_located_and_goes_on(open_window, painted, tmp_path, monkeypatch):
    old, labels = painted
    copy = Path(shutil.copytree(old, tmp_path / "colleague" / old.name))
    wrong = write_survey(tmp_path / "archive" / "other.sgy", 9)
    moved = Path(shutil.move(tmp_path / "old" / "survey.sgy", tmp_path / "archive" / "f3_stack.sgy"))
    driver = open_window()
    open_project(driver, copy)
    assert driver.says("survey.sgy cannot be found where it was.")
    assert driver.state.volume is None
    assert sum(driver.state.labels.class_counts().values()) == (labels >= 0).sum()

    answers = [str(wrong), str(moved)]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (answers.pop(0), ""))
    press_answer(driver, "Locate…")
    dialog = driver.window.findChild(LocateDialog)
    button = dialog.findChild(QPushButton, "locate.survey")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "is not the file that was added" in dialog.rows["survey"][0].text()
    assert driver.state.volume is None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "found" in dialog.rows["survey"][0].text()
    dialog.close()
    driver.wait(lambda: driver.state.volume is not None and driver.view.at_rest, 20)
    assert driver.view_says == ""
    assert np.array_equal(driver.labels(), labels)

    driver.activate()
    driver.wait(lambda: driver.overlay() is not None, 30)  # the run came along
    stroke(driver, "3", 180)
    assert 2 in np.unique(driver.labels())
    train(driver)
    assert 2 in np.unique(driver.overlay())
    driver.close()
    driver = open_window()
    open_project(driver, copy)
    assert driver.state.volume is not None
    assert not driver.says("cannot be found")
    assert 2 in np.unique(driver.labels())


def test_a_project_copied_together_with_its_segy_needs_no_locating(open_window, painted, tmp_path):
    old, labels = painted
    shutil.copytree(old.parent, tmp_path / "stick")
    shutil.rmtree(old.parent)
    driver = open_window()
    open_project(driver, tmp_path / "stick" / old.name)
    assert driver.state.volume is not None
    assert not driver.says("cannot be found")
    assert np.array_equal(driver.labels(), labels)


def test_a_changed_source_is_reported_and_the_labels_stay(open_window, painted):
    old, labels = painted
    write_survey(old.with_name("survey.sgy"), 7)
    driver = open_window()
    open_project(driver, old)
    assert driver.says("survey.sgy has changed since it was added.")
    assert np.array_equal(driver.labels(), labels)
    run = driver.state.project.runs()[0]
    assert not run.notes
    press_answer(driver, "Accept the changed file")
    driver.wait(lambda: driver.view.at_rest, 10)
    assert "changed" in driver.state.project.run(run.id).notes
    assert not driver.state.project.changed_sources()
    assert driver.view_says == ""
    assert np.array_equal(driver.labels(), labels)
    driver.wait(lambda: driver.overlay() is not None, 60)  # predicted again, from the new amplitudes


@contextmanager
def held_by_another_process(project: Path) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD, str(project)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout.readline().strip() == "open"
            yield
        finally:
            other.communicate()


def test_a_project_that_another_process_has_open_is_opened_read_only(open_window, painted):
    old, labels = painted
    driver = open_window()
    with held_by_another_process(old):
        heard = len(driver.heard)
        open_project(driver, old)
        assert driver.state.project is None
        assert "is open for writing in process" in driver.heard[heard]
        press_answer(driver, "Open read-only")
        driver.wait(lambda: driver.state.volume is not None and driver.view.at_rest, 20)
        assert driver.state.project.read_only
        assert driver.says("is open read-only: you can look around, nothing can be changed.")
        assert np.array_equal(driver.labels(), labels)
        for name in ("train.start", "train.live", "edit.undo", "edit.class_add"):
            assert not driver.window.commands[name].isEnabled(), name
        look_around(driver)
        stroke(driver, "1", 200)
        driver.key(Qt.Key.Key_Z, "control")
        assert np.array_equal(driver.labels(), labels)
        driver.window.run_command("file.close_project")
    open_project(driver, old)
    assert not driver.state.project.read_only
    assert np.array_equal(driver.labels(), labels)
    stroke(driver, "1", 200)
    assert not np.array_equal(driver.labels(), labels)


def look_around(driver: WindowDriver) -> None:
    ref = driver.view.ref
    driver.key(Qt.Key.Key_PageDown)
    driver.key(Qt.Key.Key_PageUp)
    for name in ("view.crossline", "view.time", "view.panes2", "view.panes1", "view.inline"):
        driver.window.run_command(name)
        driver.window.grab()
    driver.view.set_ref(ref)
    driver.wait(lambda: driver.view.at_rest, 10)
