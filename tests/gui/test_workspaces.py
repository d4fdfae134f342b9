"""Workspaces: files lead to where their data belong, keys mean what the workspace says, nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gather_helpers import at_rest, point, turn_wheel, write_shots, write_waveforms
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from section_helpers import settle

from seisgui.gui.main_window import MainWindow
from seisgui.gui.views.gather import GATHER, TRACES
from seisgui.interpretation.picks import Pick

CONTROL = Qt.KeyboardModifier.ControlModifier


def wait_for_gathers(qtbot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.state.records is not None, timeout=30000)
    at_rest(qtbot, window.gather_pane.view)


def open_file(qtbot, window: MainWindow, path: Path) -> None:
    window.open_paths([path])
    wait_for_gathers(qtbot, window)


@pytest.fixture
def shots(qtbot, window: MainWindow, tmp_path: Path) -> MainWindow:
    """The window on six shots of 24 traces."""
    open_file(qtbot, window, write_shots(tmp_path / "shots.sgy"))
    return window


def visible_docks(window: MainWindow) -> set[str]:
    return {name for name, dock in window.docks.by_id.items() if not dock.isHidden()}


def press(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    window.gather_pane.view.setFocus()
    QTest.keyClick(window.gather_pane.view, key, modifiers)


def test_shots_lead_to_picking(shots: MainWindow):
    assert shots.docks.workspace.name == "picking"
    assert shots.centre.currentWidget() is shots.gather_pane
    assert {"panel.gathers", "panel.traces", "panel.project"} <= visible_docks(shots)
    assert not {"panel.classes", "panel.layers"} & visible_docks(shots)
    flow = shots.gather_flow
    assert (flow.by, flow.mode, flow.pages) == ("shot", GATHER, 6)
    assert shots.gathers.model.rowCount() == 6
    assert "101" in shots.gather_pane.view.title


def test_waveforms_dropped_on_the_window_are_shown_as_traces(qtbot, window: MainWindow, tmp_path: Path):
    file = write_waveforms(tmp_path / "waves.npz")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    actions, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    window.dropEvent(QDropEvent(QPointF(300, 300), actions, mime, buttons, Qt.KeyboardModifier.NoModifier))
    wait_for_gathers(qtbot, window)
    assert window.docks.workspace.name == "picking"
    assert window.gather_flow.mode == TRACES
    assert window.gather_pane.view.records.tolist() == [0]
    assert window.gather_flow.pages == 5


def test_the_survey_stays_open_beside_gathers(qtbot, open_window: MainWindow, tmp_path: Path):
    window, volume = open_window, open_window.state.volume
    window.open_flow._add_gathers([write_shots(tmp_path / "shots.sgy")], own_project=False)
    wait_for_gathers(qtbot, window)
    assert window.state.volume is volume
    QTest.keyClick(window, Qt.Key.Key_1, CONTROL)
    assert window.docks.workspace.name == "facies"
    assert window.centre.currentWidget() is window.panes
    assert {"panel.classes", "panel.layers", "panel.training"} <= visible_docks(window)
    assert "panel.gathers" not in visible_docks(window)
    QTest.keyClick(window, Qt.Key.Key_3, CONTROL)
    assert window.centre.currentWidget() is window.gather_pane
    settle(qtbot, *window.panes.views)


def test_a_volume_in_the_project_tree_leads_back_to_sections(qtbot, open_window: MainWindow, tmp_path: Path):
    window = open_window
    window.open_flow._add_gathers([write_shots(tmp_path / "shots.sgy")], own_project=False)
    wait_for_gathers(qtbot, window)
    project = window.project_panel.tree.topLevelItem(0)
    window.project_panel.tree.itemActivated.emit(project.child(0).child(0), 0)
    assert window.docks.workspace.name == "facies"
    gathers = window.project_panel.tree.topLevelItem(0).child(1)
    window.project_panel.tree.itemActivated.emit(gathers.child(0), 0)
    assert window.docks.workspace.name == "picking"
    assert window.centre.currentWidget() is window.gather_pane
    settle(qtbot, *window.panes.views)


def test_keys_belong_to_their_workspace(qtbot, open_window: MainWindow, tmp_path: Path):
    window = open_window
    window.state.tool = "label.brush"
    window.open_flow._add_gathers([write_shots(tmp_path / "shots.sgy")], own_project=False)
    wait_for_gathers(qtbot, window)
    for key in (Qt.Key.Key_P, Qt.Key.Key_E, Qt.Key.Key_G):
        press(window, key)
    assert window.state.tool == "label.brush"
    press(window, Qt.Key.Key_T)
    assert window.gather_flow.mode == TRACES
    window.run_command("workspace.facies")
    window.panes.active_view.setFocus()
    QTest.keyClick(window.panes.active_view, Qt.Key.Key_G)
    assert window.state.tool == "label.fill"
    assert window.gather_flow.mode == TRACES
    settle(qtbot, *window.panes.views)


def test_commands_of_another_workspace_are_not_in_the_menus(shots: MainWindow):
    assert not shots.commands["label.brush"].isVisible()
    assert shots.commands["gather.traces"].isVisible()
    shots.run_command("workspace.facies")
    assert shots.commands["label.brush"].isVisible()
    assert not shots.commands["gather.traces"].isVisible()


def test_pages_by_keys_wheel_panel_and_header(qtbot, shots: MainWindow):
    view, flow = shots.gather_pane.view, shots.gather_flow
    press(shots, Qt.Key.Key_PageDown)
    assert flow.page_number == 1
    turn_wheel(view, -2)
    assert flow.page_number == 3
    press(shots, Qt.Key.Key_PageUp)
    assert flow.page_number == 2
    shots.gathers.table.selectRow(4)
    assert flow.page_number == 4
    shots.gather_pane.header.number.setValue(6)
    assert flow.page_number == 5
    press(shots, Qt.Key.Key_PageDown)
    assert flow.page_number == 5, "there are only six"
    press(shots, Qt.Key.Key_Home)
    assert flow.page_number == 0
    at_rest(qtbot, view)
    assert view.records[0] == 0
    assert shots.gathers.table.currentIndex().row() == 0


def test_space_pages_through_a_gather_and_then_to_the_next(qtbot, shots: MainWindow):
    view = shots.gather_pane.view
    view.zoom(2.0)
    first = view.view.first
    press(shots, Qt.Key.Key_Space)
    assert view.view.first > first
    for _ in range(3):
        press(shots, Qt.Key.Key_Space)
    assert shots.gather_flow.page_number == 1
    at_rest(qtbot, view)


def test_one_record_as_traces_and_back(qtbot, shots: MainWindow):
    view = shots.gather_pane.view
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=point(view, 9, 0.5))
    press(shots, Qt.Key.Key_T)
    at_rest(qtbot, view)
    assert view.records.tolist() == [9]
    press(shots, Qt.Key.Key_PageDown)
    at_rest(qtbot, view)
    assert view.records.tolist() == [10]
    press(shots, Qt.Key.Key_G)
    at_rest(qtbot, view)
    assert (len(view.records), view.current) == (24, 10)


def test_another_grouping_keeps_the_record_in_view(qtbot, window: MainWindow, tmp_path: Path):
    open_file(qtbot, window, write_waveforms(tmp_path / "waves.npz"))
    window.gather_flow.go_to_page(3)
    panel = window.gathers
    panel.grouping.setCurrentIndex(panel.grouping.findData("station"))
    panel.grouping.activated.emit(panel.grouping.currentIndex())
    at_rest(qtbot, window.gather_pane.view)
    assert window.gather_flow.by == "station"
    assert window.gather_pane.view.records.tolist() == [3]


def test_the_panel_counts_picks_of_each_gather(qtbot, shots: MainWindow):
    project, table = shots.state.project, shots.state.records.table
    picks = project.picks(dataset_id=shots.state.records_id)
    picks.edit("Pick", add=[Pick(0, table.id_of(index), "P", 0.5) for index in (24, 25, 47, 60)])
    qtbot.waitUntil(lambda: shots.gathers.model.picked.sum() == 4, timeout=10000)
    assert shots.gathers.model.picked.tolist() == [0, 3, 1, 0, 0, 0]
    assert "4 picks on 2 of them" in shots.gathers.summary.text()
    project.journal.undo()
    qtbot.waitUntil(lambda: shots.gathers.model.picked.sum() == 0, timeout=10000)


def test_the_traces_panel_changes_what_is_drawn(qtbot, shots: MainWindow):
    view, panel = shots.gather_pane.view, shots.traces
    panel.low.setValue(8.0)
    panel.high.setValue(40.0)
    panel.normalise.setCurrentIndex(panel.normalise.findData("gather"))
    panel.drawn.setCurrentIndex(panel.drawn.findData("density"))
    panel.gain.setValue(6)
    at_rest(qtbot, view)
    look = view.picture.request.look
    assert (look.low_hz, look.high_hz, look.normalise, look.gain_db) == (8.0, 40.0, "gather", 6.0)
    press(shots, Qt.Key.Key_B)
    assert panel.low.value() == 0
    press(shots, Qt.Key.Key_B)
    assert (panel.low.value(), panel.high.value()) == (8.0, 40.0), "the corners used last"
    press(shots, Qt.Key.Key_Plus)
    assert panel.gain.value() == 9
    press(shots, Qt.Key.Key_O)
    assert panel.spacing.currentData() == "offset"
    at_rest(qtbot, view)


def test_wrong_corners_are_said_in_the_view(qtbot, shots: MainWindow):
    shots.traces.high.setValue(10.0)
    shots.traces.low.setValue(30.0)
    view = shots.gather_pane.view
    qtbot.waitUntil(lambda: view.message is not None, timeout=15000)
    assert "lets nothing through" in view.message.sentence
    shots.traces.low.setValue(3.0)
    at_rest(qtbot, view)
    assert view.message is None


def test_the_readout_says_record_time_and_amplitude(qtbot, shots: MainWindow):
    view = shots.gather_pane.view
    view.hover(view.pos_of(3, 0.4))
    assert "trace 4" in shots.bar.position.text()
    assert "400 ms" in shots.bar.coordinates.text()
    assert "offset 130 m" in shots.bar.coordinates.text()
    assert "amp" in shots.bar.amplitude.text()


def test_empty_states_say_what_to_do(window: MainWindow):
    window.run_command("workspace.picking")
    assert window.centre.currentWidget() is window.empty
    assert "No gathers open yet" in window.empty.title.text()
    assert "waveforms" in window.empty.open.text()
    assert not window.empty.sample.isVisible()
    window.run_command("workspace.facies")
    assert window.empty.title.text() == "Nothing open yet"
    assert window.empty.sample.isVisible()


def test_a_survey_alone_has_no_gathers_and_says_so(qtbot, open_window: MainWindow):
    QTest.keyClick(open_window, Qt.Key.Key_3, CONTROL)
    assert open_window.centre.currentWidget() is open_window.empty
    assert "has no gathers" in open_window.empty.title.text()
    QTest.keyClick(open_window, Qt.Key.Key_1, CONTROL)
    assert open_window.centre.currentWidget() is open_window.panes


def test_the_project_goes_on_where_it_was_left(qtbot, shots: MainWindow):
    path = shots.state.project.path
    shots.gather_flow.go_to_page(3)
    shots.state.gathers.gain_db = 6.0
    at_rest(qtbot, shots.gather_pane.view)
    shots.run_command("file.close_project")
    assert shots.state.records is None
    assert shots.gathers.model.rowCount() == 0
    shots.state.gathers.gain_db = 0.0
    shots.open_paths([path])
    wait_for_gathers(qtbot, shots)
    assert shots.docks.workspace.name == "picking"
    assert shots.gather_flow.page_number == 3
    assert shots.state.gathers.gain_db == 6.0


def test_a_missing_file_is_said_and_the_workspace_stays(qtbot, shots: MainWindow, tmp_path: Path):
    path = shots.state.project.path
    shots.run_command("file.close_project")
    (tmp_path / "shots.sgy").unlink()
    shots.open_paths([path])
    view = shots.gather_pane.view
    qtbot.waitUntil(lambda: view.message is not None and view.message.warning, timeout=20000)
    assert "cannot be shown" in view.message.title
    assert shots.centre.currentWidget() is shots.gather_pane


def test_closing_the_project_while_it_is_read_leaves_nothing_behind(qtbot, window: MainWindow, tmp_path: Path):
    amplitude = np.random.default_rng(0).standard_normal((20, 100, 800)).astype(np.float32)
    open_file(qtbot, window, write_shots(tmp_path / "many.sgy", amplitude))
    for _ in range(12):
        window.gather_flow.step(1)
    window.run_command("file.close_project")
    assert window.gather_pane.view.picture is None
    assert window.gather_pane.view.reader.idle


def test_panels_stay_where_they_were_put_in_each_workspace(qtbot, shots: MainWindow):
    shots.docks.by_id["panel.traces"].hide()
    shots.run_command("workspace.facies")
    shots.docks.by_id["panel.layers"].hide()
    shots.run_command("workspace.picking")
    assert "panel.traces" not in visible_docks(shots)
    assert "panel.classes" not in visible_docks(shots)
    shots.run_command("workspace.facies")
    assert "panel.layers" not in visible_docks(shots)
    shots.run_command("workspace.facies")
    assert "panel.layers" in visible_docks(shots), "asked for again the panels go where they belong"
