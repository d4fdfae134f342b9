"""Several surveys, a crooked line and gathers in one project; header bytes corrected after painting."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_driver import WindowDriver

from seisgui.gui.panels.project import ROLE
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.segy import SegyVolume
from seisgui.seismic.segy_writer import write_segy

# Inlines and crosslines share numbers, so that labels or predictions kept by number would land elsewhere.
AXES = VolumeAxes(LineAxis(100, 1, 40), LineAxis(90, 1, 64), SampleAxis(0.0, 4.0, 80))


def write_swapped(path: Path) -> Path:
    """A survey whose inline number is at byte 193 and whose crossline number is at byte 189."""
    amplitude = np.random.default_rng(1).normal(scale=300.0, size=AXES.shape).astype(np.float32)
    write_segy(path, amplitude, AXES, line_bytes=(193, 189))
    return path


def item_of(driver: WindowDriver, kind: str, name: str):
    """The line of the project tree."""
    tree = driver.window.project_panel.tree
    pending = [tree.topLevelItem(0)]
    while pending:
        item = pending.pop()
        node = item.data(0, ROLE)
        if node.kind == kind and name in node.title:
            return item
        pending += [item.child(row) for row in range(item.childCount())]
    raise AssertionError(f"no {kind} {name} in the project tree")


def show(driver: WindowDriver, name: str) -> None:
    """Double-click a volume in the project tree."""
    tree = driver.window.project_panel.tree
    item = item_of(driver, "volume", name)
    tree.scrollToItem(item)
    place = tree.visualItemRect(item).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    driver.wait(lambda: driver.state.volume.name == name and driver.view.at_rest, 20)
    assert driver.view_says == ""


def paint(driver: WindowDriver, key: str, at: tuple[float, float], wide: int = 8) -> None:
    """A stroke of a class about a place given as shares of the section's width and height."""
    canvas = driver.view.canvas
    rect = canvas.plot_rect()
    y = rect.top() + at[1] * rect.height()
    x = rect.left() + at[0] * rect.width()
    left, right = canvas.view.position(x - wide, y), canvas.view.position(x + wide, y)
    driver.key(key)
    driver.stroke([place(driver, left), place(driver, right)])
    driver.wait_saved()


def place(driver: WindowDriver, position: tuple[float, float]) -> tuple[float, float]:
    frame = driver.view.frame
    return frame.lateral_value(position[0]), frame.vertical_value(position[1])


def counts(driver: WindowDriver) -> dict[str, dict[int, int]]:
    """Painted samples of each class in each dataset that can be painted."""
    project = driver.state.project
    return {
        item.name: {key: n for key, n in project.labels(dataset_id=item.id).class_counts().items() if n}
        for item in project.datasets()
        if item.axes is not None
    }


@pytest.fixture
def project_of_four(open_window, shared_data, tmp_path) -> WindowDriver:
    """Two surveys, a crooked line and gathers in one project, each brought there through the window."""
    names = ("f3-ebcidctest.sgy", "f3_23x18_int16.sgy", "volve10r12-full-twt-arb.sgy", "viking_small.segy")
    files = [Path(shutil.copy(shared_data / "segy" / name, tmp_path)) for name in names]
    driver = open_window(files[0])
    assert driver.open(files[1], add=True) == "section"
    assert driver.open(files[2], add=True) == "dialog"
    assert "a 2-D line by CDP number" in driver.window.open_flow.dialog.geometry_line.text()
    driver.accept_dialog()
    driver.wait(lambda: driver.state.volume.name == files[2].stem and driver.view.at_rest, 20)
    assert driver.open(files[3], add=True) == "gathers"
    assert driver.says("pre-stack gathers")
    assert driver.window.docks.workspace.name == "picking"
    driver.key(Qt.Key.Key_1, "control")
    return driver


def test_surveys_a_line_and_gathers_live_in_one_project(open_window, project_of_four):
    driver = project_of_four
    project = driver.state.project
    assert [item.kind for item in project.datasets()] == ["survey", "survey", "line", "gathers"]
    surveys = [item.name for item in project.datasets() if item.axes is not None]
    first, second, line = surveys
    assert item_of(driver, "gathers", "viking_small") is not None

    # A class of the second survey's own; each is painted, and none sees the others' labels.
    driver.key(Qt.Key.Key_B)
    show(driver, first)
    paint(driver, "1", (0.3, 0.3))
    show(driver, second)
    paint(driver, "2", (0.5, 0.5))
    paint(driver, "4", (0.5, 0.8))
    show(driver, line)
    paint(driver, "3", (0.6, 0.4))
    full = counts(driver)
    assert {name: set(found) for name, found in full.items()} == {first: {0}, second: {1, 3}, line: {2}}
    assert [len(project.labels(dataset_id=item.id).classes) for item in project.datasets()[:3]] == [3, 4, 3]

    # Undo goes back through the surveys in the order of the strokes, and each is shown when its turn comes.
    driver.key(Qt.Key.Key_Z, "control")
    assert counts(driver) == {**full, line: {}}
    assert driver.state.volume.name == line
    driver.key(Qt.Key.Key_Z, "control")
    assert driver.state.volume.name == second
    assert driver.says("taken back on")
    assert counts(driver) == {**full, line: {}, second: {1: full[second][1]}}
    show(driver, first)
    driver.key(Qt.Key.Key_Y, "control", repeat=2)
    assert counts(driver) == full
    assert driver.state.volume.name == line

    # All of it after a restart; the survey seen last is shown.
    path = project.path
    driver.close()
    driver = open_window(path)
    assert counts(driver) == full
    assert driver.state.volume.name == line
    for name, found in full.items():
        show(driver, name)
        assert {int(value) for value in np.unique(driver.labels()) if value >= 0} == set(found)


def test_a_survey_without_labels_of_its_own_leaves_redo_alone(open_window, tmp_path, project_of_four):
    driver = project_of_four
    driver.key(Qt.Key.Key_B)
    paint(driver, "1", (0.5, 0.5))
    driver.key(Qt.Key.Key_Z, "control")
    assert not driver.state.project.journal.can_undo  # the classes to begin with are no edit
    assert driver.open(write_swapped(tmp_path / "late.sgy"), add=True) == "section"
    assert len(driver.state.labels.classes) == 3
    assert driver.state.project.journal.can_redo
    driver.key(Qt.Key.Key_Y, "control")
    assert driver.state.volume.name.startswith("volve")
    assert sum(driver.state.labels.class_counts().values()) > 0


# header bytes corrected after painting


def by_trace(driver: WindowDriver) -> dict[tuple[int, int], int]:
    """Class of every labelled sample by (trace in the file, sample)."""
    volume, labels = driver.state.volume, driver.state.labels
    assert isinstance(volume, SegyVolume)
    found = {}
    for index, number in enumerate(volume.axes.inline.numbers):
        classes, _ = labels.section(SectionRef(Orientation.INLINE, int(number)))
        for lateral, sample in np.argwhere(classes >= 0):
            found[int(volume.trace_index[index, lateral]), int(sample)] = int(classes[lateral, sample])
    return found


def correct_bytes(driver: WindowDriver, inline: int, crossline: int) -> None:
    """File › Correct header bytes, other bytes typed in, Enter."""
    driver.window.run_command("file.layout")
    dialog = driver.window.open_flow.dialog
    driver.wait(lambda: dialog.pages.currentIndex() == 1, 30)
    for spin, byte in ((dialog.inline_byte, inline), (dialog.crossline_byte, crossline)):
        spin.setFocus()
        spin.selectAll()
        QTest.keyClicks(spin, str(byte))
    driver.accept_dialog()
    driver.wait(lambda: driver.view.at_rest, 20)


def picture_of_labels(driver: WindowDriver) -> np.ndarray:
    """The label plane of the section in view as it is drawn, (n_lateral, n_sample)."""
    return driver.view.content.planes.labels.T.copy()


def test_labels_stay_on_their_traces_when_swapped_bytes_are_corrected(open_window, tmp_path):
    driver = open_window(write_swapped(tmp_path / "swapped.sgy"))
    assert driver.state.volume.axes.shape == (64, 40, 80)
    driver.key(Qt.Key.Key_B)
    paint(driver, "1", (0.3, 0.3))
    paint(driver, "2", (0.6, 0.7))
    driver.window.training.network.setCurrentIndex(driver.window.training.network.findData("forest"))
    driver.key(Qt.Key.Key_T, "control")
    driver.wait(lambda: driver.overlay() is not None and not driver.window.training_flow.running, 90)
    before, wrong = by_trace(driver), driver.state.volume.axes
    painted = driver.view.ref
    drawn = driver.labels()
    run = driver.state.run_id
    assert before

    correct_bytes(driver, 193, 189)
    assert driver.state.volume.axes == AXES
    assert by_trace(driver) == before
    assert driver.says("labels are on the same traces as before")
    driver.view.set_ref(SectionRef(Orientation.CROSSLINE, painted.number))  # what was called an inline
    driver.wait(lambda: driver.view.at_rest, 10)
    assert np.array_equal(driver.labels(), drawn)
    assert np.array_equal(picture_of_labels(driver) < 255, drawn >= 0)
    # the run is still the current one, and its overlay is of the section that is called so now
    assert driver.state.run_id == run
    driver.view.set_ref(SectionRef(Orientation.INLINE, painted.number))
    driver.wait(lambda: driver.overlay() is not None, 60)
    assert driver.overlay().shape == (64, 80)

    driver.key(Qt.Key.Key_Z, "control")
    assert driver.state.volume.axes == wrong
    driver.wait(lambda: driver.view.at_rest, 10)
    assert driver.view_says == ""
    assert by_trace(driver) == before
    driver.key(Qt.Key.Key_Y, "control")
    driver.wait(lambda: driver.state.volume.axes == AXES and driver.view.at_rest, 10)
    assert by_trace(driver) == before

    # painting goes on, and everything is there after a restart
    paint(driver, "3", (0.5, 0.2))
    after = by_trace(driver)
    assert set(after.values()) == {0, 1, 2}
    path = driver.state.project.path
    driver.close()
    driver = open_window(path)
    assert driver.state.volume.axes == AXES
    assert by_trace(driver) == after
    driver.key(Qt.Key.Key_Z, "control", repeat=2)
    assert driver.state.volume.axes == wrong
    assert by_trace(driver) == before


def test_wrong_header_bytes_tell_what_was_lost_and_undo_brings_it_back(open_window, tmp_path):
    driver = open_window(write_swapped(tmp_path / "swapped.sgy"))
    driver.key(Qt.Key.Key_B)
    paint(driver, "1", (0.3, 0.3))
    before, axes = by_trace(driver), driver.state.volume.axes
    correct_bytes(driver, 115, 117)  # samples and interval: the same in every trace
    driver.wait(lambda: driver.says("have no trace"), 10)
    driver.key(Qt.Key.Key_Z, "control")
    driver.wait(lambda: driver.state.volume.axes == axes and driver.view.at_rest, 10)
    assert by_trace(driver) == before
    assert driver.view_says == ""
