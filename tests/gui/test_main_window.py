"""The main window: starts fast and without torch, opens, paints, saves, undoes, survives bad files and deaths."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QLineEdit, QWidget
from section_helpers import AXES, amplitude_of, drag, labels_of, pixel, settle

from seisgui.gui.app import tell_unexpected
from seisgui.gui.commands import COMMANDS
from seisgui.gui.dialogs.import_labels import ImportLabelsDialog
from seisgui.gui.main_window import MainWindow
from seisgui.interpretation.project import Project
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.segy import SegyLayout
from seisgui.seismic.segy_writer import write_segy

CONTROL = Qt.KeyboardModifier.ControlModifier
START = """
import json, sys, time
began = time.perf_counter()
from PySide6.QtWidgets import QApplication
from seisgui.gui.app import create_window
window = create_window()
window.show()
QApplication.processEvents()
seconds = time.perf_counter() - began
heavy = sorted(name for name in ("torch", "sklearn", "pyqtgraph", "numba") if name in sys.modules)
print(json.dumps({"seconds": seconds, "heavy": heavy}))
window.close()
"""
HOLD = """
from pathlib import Path
from seisgui.interpretation.project import Project
project = Project.create(Path({path!r}))
print("held", flush=True)
input()
project.close()
"""


def paint(window: MainWindow, key: str, lateral: tuple[float, float], vertical: float) -> None:
    """Press a class key and drag along a row of the first pane."""
    view = window.panes.views[0]
    QTest.keyClick(window, key)
    places = np.linspace(*lateral, 6)
    drag(view, [pixel(view, place, vertical) for place in places])


def sentences(window: MainWindow) -> str:
    return " ".join(window.messages.sentences())


# start


def test_the_window_starts_without_torch(tmp_path: Path):
    """A process of its own; the promise is 1.5 s, the test allows for a busy machine."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "SEISGUI_CONFIG": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["heavy"] == []
    assert told["seconds"] < 6


def test_every_command_is_carried_out_and_found_by_its_id(window: MainWindow):
    assert window.commands.unbound() == []
    for entry in COMMANDS:
        action = window.findChild(QAction, entry.id)
        assert action is not None, entry.id
        assert action.text()
        if entry.id.startswith("panel."):
            dock = window.findChild(QDockWidget, entry.id)
            assert dock.widget().objectName() == entry.id
    menus = [action.text().replace("&", "") for action in window.menuBar().actions()]
    assert menus == ["File", "Edit", "View", "Label", "Train", "Review", "Export", "Help"]


def test_with_nothing_open_the_window_says_what_to_do_next(window: MainWindow):
    texts = " ".join(label.text() for label in window.findChildren(QLabel) if label.isVisible())
    assert "Open a SEG-Y, or try the sample survey" in texts
    usable = {entry.id for entry in COMMANDS if window.commands[entry.id].isEnabled()}
    assert {"file.open", "file.sample", "palette.open"} <= usable
    assert not usable & {"train.start", "edit.undo", "file.export", "label.brush", "view.next"}


def test_the_window_fits_a_laptop(open_window: MainWindow):
    open_window.run_command("view.panes2")
    open_window.resize(1366, 768)
    QApplication.processEvents()
    assert (open_window.width(), open_window.height()) == (1366, 768)


# painting


def test_strokes_light_saved_and_undo_by_key(qtbot, open_window: MainWindow):
    window = open_window
    paint(window, "1", (5, 25), 20)
    assert window.bar.saved.text().endswith(("saving…", "saved"))
    qtbot.waitUntil(lambda: window.bar.is_saved, timeout=5000)
    window.state.project.wait_saved()
    painted = labels_of(window.panes.views[0])
    assert set(np.unique(painted)) == {-1, 0}
    qtbot.waitUntil(lambda: "Brush" in window.commands["edit.undo"].text(), timeout=2000)
    assert window.commands["edit.undo"].isEnabled()
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert (labels_of(window.panes.views[0]) == -1).all()
    qtbot.waitUntil(window.commands["edit.redo"].isEnabled, timeout=2000)
    QTest.keyClick(window, Qt.Key.Key_Y, CONTROL)
    assert np.array_equal(labels_of(window.panes.views[0]), painted)


def test_the_light_goes_on_only_when_the_disk_has_it(open_window: MainWindow):
    window = open_window
    window.state.project.wait_saved()
    paint(window, "1", (5, 25), 20)
    window.bar.show_saved(False)
    window._saved(window.state.project.journal.revision - 1)
    assert not window.bar.is_saved, "an older revision says nothing of the last stroke"
    window._saved(window.state.project.journal.revision)
    assert window.bar.is_saved


def test_counts_explorer_and_missing_labels_follow_strokes(qtbot, open_window: MainWindow):
    window = open_window
    paint(window, "1", (5, 25), 20)
    qtbot.waitUntil(lambda: window.explorer.refs() == [window.panes.views[0].ref], timeout=2000)
    assert "second class" in window.training.missing.text()
    window.run_command("train.start")
    assert "second class" in sentences(window)
    assert not window.training_flow.running
    paint(window, "2", (5, 25), 50)
    qtbot.waitUntil(lambda: window.training_flow.ready, timeout=2000)
    counts = [window.classes.tree.topLevelItem(row).text(2) for row in range(2)]
    assert all(int(count.replace(",", "")) > 50 for count in counts)


def test_a_key_beyond_the_list_adds_a_class(open_window: MainWindow):
    QTest.keyClick(open_window, "5")
    names = [entry.name for entry in open_window.state.labels.classes]
    assert names == ["Class 1", "Class 2", "Class 3", "Class 4", "Class 5"]
    assert open_window.state.active_class == open_window.state.labels.classes[4].id
    assert open_window.tools.classes.currentData() == open_window.state.active_class


def test_tools_brush_and_panes_by_key(open_window: MainWindow):
    window = open_window
    QTest.keyClick(window, "e")
    assert window.state.tool == "label.eraser"
    assert window.commands["label.eraser"].isChecked()
    view = window.panes.views[0]
    view.canvas.setFocus()
    QTest.keyClick(view.canvas, Qt.Key.Key_Space)
    assert window.state.tool == "label.brush"
    before = window.state.brush.traces
    QTest.keyClick(window, "]")
    assert window.state.brush.traces > before
    assert window.tools.size.traces.value() == window.state.brush.traces
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert view.ref == SectionRef(Orientation.INLINE, 110)
    QTest.keyClick(window, "x")
    assert view.ref.orientation is Orientation.CROSSLINE
    assert window.findChild(QWidget, "view.crossline") is view


def test_letters_typed_into_a_field_stay_letters(open_window: MainWindow):
    window = open_window
    window.run_command("palette.open")
    line = window.help_flow.palette.findChild(QLineEdit, "palette.line")
    QTest.keyClicks(line, "erb2")
    assert line.text() == "erb2"
    assert window.state.tool == "label.brush"
    window.help_flow.palette.close()


def test_the_palette_finds_and_runs(open_window: MainWindow):
    window = open_window
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    palette = window.help_flow.palette
    QTest.keyClicks(palette.line, "eraser")
    assert palette.chosen() == "label.eraser"
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.state.tool == "label.eraser"
    assert not palette.isVisible()


def test_classes_are_renamed_merged_and_hidden_as_edits(open_window: MainWindow):
    window = open_window
    paint(window, "1", (5, 25), 20)
    window.label_flow.rename(0, "salt")
    assert window.tools.classes.itemText(0).endswith("salt")
    assert window.commands["label.class1"].text() == "salt"
    window.label_flow.rename(1, "SALT")
    assert "already" in sentences(window)
    assert window.classes.tree.topLevelItem(1).text(1) == "Class 2", "the refused name is not shown"
    window.label_flow.merge(0, 2)
    assert window.state.labels.class_counts()[2] > 0
    window.label_flow.undo()
    window.label_flow.undo()
    assert window.state.labels.classes[0].name == "Class 1"


def test_jumps_go_from_labelled_section_to_labelled_section(open_window: MainWindow):
    window = open_window
    view = window.panes.views[0]
    for number in (102, 114):
        view.set_ref(SectionRef(Orientation.INLINE, number))
        paint(window, "1", (5, 25), 20)
    view.set_ref(SectionRef(Orientation.INLINE, 108))
    window.run_command("label.next_labelled")
    assert view.ref.number == 114
    window.run_command("label.previous_labelled")
    assert view.ref.number == 102
    window.run_command("label.previous_labelled")
    assert "No labelled inline before" in sentences(window)


# opening


def test_a_file_opens_with_a_project_beside_it_and_goes_on_there(qtbot, window: MainWindow, tmp_path: Path):
    file = tmp_path / "line.sgy"
    write_segy(file, amplitude_of(AXES), AXES)
    window.open_paths([file])
    qtbot.waitUntil(lambda: window.state.volume is not None, timeout=20000)
    assert "9 inlines" in sentences(window)
    assert str(tmp_path / "line.seisproj") in sentences(window)
    settle(qtbot, *window.panes.views)
    paint(window, "2", (5, 25), 20)
    window.panes.views[0].set_ref(SectionRef(Orientation.INLINE, 104))
    window.state.layer("labels").opacity = 0.4
    window.run_command("file.close_project")
    assert window.state.volume is None
    window.state.layer("labels").opacity = 1.0
    window.open_paths([file])
    assert window.state.volume is not None, "its project is known, nothing is scanned again"
    assert window.panes.views[0].ref.number == 104
    assert window.state.layer("labels").opacity == 0.4
    assert window.state.labels.class_counts()[1] > 0
    assert window.state.active_class == 1


def test_a_guess_is_asked_about(qtbot, window: MainWindow, tmp_path: Path, shared_data: Path):
    file = Path(shutil.copy(shared_data / "segy" / "volve10r12-full-twt-arb.sgy", tmp_path))
    window.open_paths([file])
    qtbot.waitUntil(lambda: window.open_flow.dialog is not None or window.state.volume is not None, timeout=20000)
    if window.open_flow.dialog is not None:
        qtbot.waitUntil(lambda: window.open_flow.dialog._sample is not None, timeout=20000)
        QTest.mouseClick(window.open_flow.dialog.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.state.volume is not None, timeout=10000)
    assert window.state.volume.axes.shape == (1, 225, 850)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000)),
        lambda path: path.write_bytes(b"not seismic at all " * 400),
        lambda path: None,
    ],
    ids=["empty", "a picture", "text", "absent"],
)
def test_a_bad_file_is_a_sentence_and_the_window_lives(qtbot, window: MainWindow, tmp_path: Path, make):
    path = tmp_path / "bad.sgy"
    make(path)
    window.open_paths([path])
    qtbot.waitUntil(lambda: window.messages.sentences() != [], timeout=20000)
    assert "bad.sgy" in sentences(window)
    assert "Traceback" not in sentences(window)
    assert window.state.volume is None
    assert not (tmp_path / "bad.seisproj").exists(), "no project is made for what cannot be opened"


def test_a_project_open_elsewhere_is_offered_read_only(window: MainWindow, tmp_path: Path):
    path = tmp_path / "shared.seisproj"
    hold = HOLD.format(path=str(path))
    holder = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline().strip() == "held"
        window.open_paths([path])
        assert "open for writing" in sentences(window)
        answers = dict(window.messages.rows()[0].message.answers)
        answers["Open read-only"]()
        assert window.state.project.read_only
        assert "read-only" in sentences(window)
        assert not window.commands["edit.class_add"].isEnabled()
    finally:
        holder.communicate("\n", timeout=20)


def test_moved_sources_are_located(qtbot, window: MainWindow, tmp_path: Path):
    file = tmp_path / "survey.sgy"
    write_segy(file, amplitude_of(AXES), AXES)
    with Project.create(tmp_path / "moved.seisproj") as project:
        dataset = project.add_volume(file)
        project.labels(dataset_id=dataset.id).add_class("salt")
    elsewhere = tmp_path / "archive"
    elsewhere.mkdir()
    file.rename(elsewhere / "survey.sgy")
    window.open_paths([tmp_path / "moved.seisproj"])
    assert window.state.volume is None
    assert window.state.labels.classes[0].name == "salt"
    assert "cannot be found" in sentences(window)
    assert window.project_flow._locate_one(dataset.volumes[0].id, tmp_path / "absent.sgy")
    assert window.project_flow._locate_one(dataset.volumes[0].id, elsewhere / "survey.sgy") == ""
    settle(qtbot, *window.panes.views)
    assert window.state.volume is not None
    assert window.centre.currentWidget() is window.panes


def test_corrected_header_bytes_keep_labels_on_their_traces(open_window: MainWindow):
    window = open_window
    paint(window, "1", (5, 25), 20)
    before = window.state.labels.class_counts()[0]
    window.open_flow._change_layout(window.state.volume_id, SegyLayout(193, 189))
    assert window.state.volume.axes.shape == (60, 9, 80)
    assert window.state.labels.class_counts()[0] == before
    sections = [section.ref.orientation for section in window.state.labels.labelled_sections()]
    assert set(sections) == {Orientation.CROSSLINE}
    window.label_flow.undo()
    assert window.state.project.dataset().axes.shape == (9, 60, 80)


def test_labels_are_imported_through_the_dialog(qtbot, window: MainWindow, tmp_path: Path, f3_line, f3_labels):
    window.open_paths([Path(shutil.copy(f3_line, tmp_path / "f3.sgy"))])
    qtbot.waitUntil(lambda: window.state.volume is not None, timeout=20000)
    window.label_flow.import_file(f3_labels)
    qtbot.waitUntil(lambda: window.findChild(ImportLabelsDialog) is not None, timeout=30000)
    dialog = window.findChild(ImportLabelsDialog)
    dialog.table.item(0, 2).setText("anything else")
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "158,812" in sentences(window), timeout=30000)
    assert not list(window.state.project.tmp_folder.iterdir()), "what was read is handed over and gone"
    names = {entry.name: entry.id for entry in window.state.labels.classes}
    assert "anything else" in names
    assert window.state.labels.class_counts()[names["salt"]] > 5000
    window.label_flow.undo()
    assert sum(window.state.labels.class_counts().values()) == 0


def test_an_exception_that_nobody_expected_is_told(window: MainWindow, caplog):
    try:
        {}["nothing"]
    except KeyError as error:
        tell_unexpected(window, KeyError, error, error.__traceback__)
    assert "KeyError" in sentences(window)
    assert "Traceback" in window.messages.history[-1].details
    assert "unexpected" in caplog.text


# workers


def test_closing_the_window_ends_its_workers(qtbot, open_window: MainWindow):
    qtbot.waitUntil(lambda: all(open_window.bridge.client(kind).pid for kind in ("data", "compute")), timeout=20000)
    open_window.close()
    assert open_window.state.project is None
    assert not any(open_window.bridge.client(kind).alive for kind in ("data", "compute"))


def test_the_death_of_the_compute_process_is_one_sentence(qtbot, open_window: MainWindow):
    window = open_window
    paint(window, "1", (5, 25), 20)
    paint(window, "2", (5, 25), 50)
    window.training.network.setCurrentIndex(window.training.network.findData("waldeland"))
    window.training.epochs.setValue(500)
    window.run_command("train.start")
    assert window.training_flow.running
    qtbot.waitUntil(lambda: window.training_flow.job.progress is not None, timeout=60000)
    os.kill(window.bridge.client("compute").pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not window.training_flow.running, timeout=20000)
    told = [text for text in window.messages.sentences() if "process" in text]
    assert len(told) == 1, window.messages.sentences()
    assert window.state.labels.class_counts()[0] > 0
    qtbot.waitUntil(window.commands["train.start"].isEnabled, timeout=2000)
