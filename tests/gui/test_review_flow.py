"""Review: what lies between a prediction and a decision, by real mouse and key events on the whole window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from review_helpers import layered, make_run, scores
from section_helpers import drag, labels_of, move, pixel, settle

from seisgui.gui.main_window import MainWindow
from seisgui.interpretation.classes import Source
from seisgui.interpretation.runs import read_run
from seisgui.learning.requests import HoldOut
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def reviewed(qtbot, open_window: MainWindow) -> MainWindow:
    """The window on an inline with two classes and a run that predicts them in two layers."""
    window = open_window
    for _ in range(2):
        window.label_flow.choose_key(len(window.state.labels.classes) + 1)
    window.state.project.wait_saved()
    ref = window.panes.views[0].ref
    make_run(window, "20240501-forest-a", layered(window), (ref,))
    window.runs_flow.make_current("20240501-forest-a")
    qtbot.waitUntil(lambda: window.panes.views[0].content.prediction is not None, timeout=10000)
    QApplication.processEvents()
    return window


def sentences(window: MainWindow) -> str:
    return " ".join(window.messages.sentences())


def candidate(window: MainWindow) -> np.ndarray | None:
    QApplication.processEvents()
    return window.panes.views[0].content.review.candidate


def sources_of(window: MainWindow) -> np.ndarray:
    """Who set the labels of the section in view."""
    return window.state.labels.section(window.panes.views[0].ref)[1] & 0b111


def back_to(qtbot, window: MainWindow) -> None:
    """Without a window system nothing gives the keyboard back when a dialog closes."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)


def colour_at(window: MainWindow, point: QPoint) -> tuple[int, int, int]:
    image = window.panes.views[0].canvas.grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(round(point.x() * ratio), round(point.y() * ratio)).getRgb()[:3]


# accept


def test_what_is_confident_enough_is_drawn_then_accepted_as_one_undo_step(qtbot, reviewed: MainWindow):
    window, view, bar = reviewed, reviewed.panes.views[0], reviewed.accept_bar
    QTest.keyClick(window, Qt.Key.Key_A)
    assert bar.isVisible()
    assert bar.threshold.hasFocus()
    shown = candidate(window)
    assert (shown[:30, :40] == 0).all()
    assert (shown[:30, 40:] == 1).all()
    assert (shown[30:] == 255).all(), "the unsure half is left alone"
    assert "2,400 samples" in bar.says.text()
    for _ in range(40):
        QTest.keyClick(bar.threshold, Qt.Key.Key_Left)
    assert bar.percent.value() == 50
    assert (candidate(window) != 255).all()
    assert "4,800 samples" in bar.says.text()
    for _ in range(40):
        QTest.keyClick(bar.threshold, Qt.Key.Key_Right)
    assert (labels_of(view) == -1).all(), "nothing is painted before it is accepted"
    QTest.mouseClick(bar.take, LEFT)
    assert (labels_of(view)[:30, :40] == 0).all()
    assert (labels_of(view)[30:] == -1).all()
    assert set(np.unique(sources_of(window))) == {0, Source.ACCEPTED}
    assert "2,400 samples" in sentences(window)
    candidate(window)
    assert not bar.take.isEnabled(), "all of it is labelled now"
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert (labels_of(view) == -1).all()
    QTest.keyClick(bar.threshold, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert candidate(window) is None


def test_labels_of_a_person_are_left_alone(qtbot, reviewed: MainWindow):
    window, view = reviewed, reviewed.panes.views[0]
    QTest.keyClick(window, "2")
    drag(view, [pixel(view, 10, 20), pixel(view, 20, 20)])
    painted = labels_of(view) == 1
    QTest.keyClick(window, Qt.Key.Key_A)
    assert f"{int(painted.sum())} more are labelled already" in window.accept_bar.says.text()
    assert (candidate(window)[painted] == 255).all()
    QTest.keyClick(window, Qt.Key.Key_A)
    assert (labels_of(view)[painted] == 1).all()
    assert (sources_of(window)[painted] == Source.HUMAN).all()
    assert (sources_of(window) == Source.ACCEPTED).sum() == 2400 - painted.sum()


def test_only_what_lies_in_the_lasso_and_of_one_class_is_accepted(qtbot, reviewed: MainWindow):
    window, view, bar = reviewed, reviewed.panes.views[0], reviewed.accept_bar
    before = window.state.tool
    QTest.keyClick(window, Qt.Key.Key_A, SHIFT)
    assert bar.isVisible()
    assert window.state.tool == "review.lasso"
    assert candidate(window) is None
    assert "Drag around" in bar.says.text()
    assert not bar.take.isEnabled()
    corners = [(5, 20), (25, 20), (25, 60), (5, 60)]
    drag(view, [pixel(view, *corner) for corner in corners])
    shown = candidate(window)
    assert (shown[6:24, 21:40] == 0).all()
    assert (shown[6:24, 40:59] == 1).all()
    outside = np.ones(shown.shape, bool)
    outside[4:26, 19:61] = False
    assert (shown[outside] == 255).all()
    bar.classes.setFocus()
    QTest.keyClick(bar.classes, Qt.Key.Key_Down)
    QTest.keyClick(bar.classes, Qt.Key.Key_Down)
    assert bar.class_id == 1
    assert (candidate(window)[6:24, 21:40] == 255).all()
    QTest.keyClick(bar, Qt.Key.Key_Return)
    assert set(np.unique(labels_of(view))) == {-1, 1}
    assert (labels_of(view)[6:24, 41:59] == 1).all()
    QTest.mouseClick(bar.leave, LEFT)
    assert window.state.tool == before


def test_classes_of_another_label_set_are_matched_by_name(qtbot, reviewed: MainWindow):
    window = reviewed
    names = [entry.name for entry in window.state.labels.classes]
    window.label_flow.add_label_set("second opinion")
    labels = window.state.labels
    labels.rename_class(0, "spare")
    labels.rename_class(1, names[0])
    labels.rename_class(0, names[1])
    window.runs_flow.make_current("20240501-forest-a")
    qtbot.waitUntil(lambda: window.panes.views[0].content.prediction is not None, timeout=10000)
    QTest.keyClick(window, Qt.Key.Key_A)
    QTest.keyClick(window, Qt.Key.Key_A)
    assert (labels_of(window.panes.views[0])[:30, :40] == 1).all()
    labels.rename_class(0, "something else")
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    window.state.labels.rename_class(0, "unknown")
    candidate(window)
    assert f"no class {names[1]}" in window.accept_bar.says.text()


# swipe and difference


def test_a_divider_stands_between_two_runs_and_is_dragged_by_mouse_and_keys(qtbot, reviewed: MainWindow):
    window, view, canvas = reviewed, reviewed.panes.views[0], reviewed.panes.views[0].canvas
    make_run(window, "20240501-forest-b", layered(window, border=60), (view.ref,), minutes=5)
    for layer in window.state.layers:
        layer.opacity = 1.0
    plot = canvas.plot_rect()
    middle = pixel(view, 30, 50).y()  # class 1 by the first run, class 0 by the second
    at = [QPoint(round(plot.left() + share * plot.width()), middle) for share in (0.2, 0.8)]
    first = colour_at(window, at[0])
    assert colour_at(window, at[1]) == first
    QTest.keyClick(window, Qt.Key.Key_S)
    assert window.state.review.other_run == "20240501-forest-b"
    other = colour_at(window, QPoint(at[0].x(), pixel(view, 30, 20).y()))  # of class 0
    qtbot.waitUntil(lambda: colour_at(window, at[1]) == other, timeout=10000)
    assert colour_at(window, at[0]) == first

    grip = canvas.divider_rect().center().toPoint()
    target = QPoint(round(plot.left() + 0.9 * plot.width()), grip.y())
    labels = window.state.project.journal.revision
    drag(view, [grip, target])
    assert window.state.review.divider == pytest.approx(0.9, abs=0.01)
    assert window.state.project.journal.revision == labels, "dragging the divider paints nothing"
    assert colour_at(window, at[1]) == first
    for _ in range(16):
        QTest.keyClick(window, Qt.Key.Key_Left, CONTROL)
    assert window.state.review.divider == pytest.approx(0.1, abs=0.02)
    assert colour_at(window, at[0]) == other

    # honest at every zoom: left of the divider the first run, right of it the second, to the pixel
    view.zoom(3.0)
    view.canvas._come_to_rest()
    divider = round(canvas.divider_rect().center().x())
    row = pixel(view, 30, 45).y()
    assert colour_at(window, QPoint(divider - 4, row)) == first
    assert colour_at(window, QPoint(divider + 4, row)) == other
    QTest.keyClick(window, Qt.Key.Key_S)
    assert colour_at(window, at[1]) == first


def test_swipe_against_no_prediction_shows_the_seismic(qtbot, reviewed: MainWindow):
    window, view = reviewed, reviewed.panes.views[0]
    window.state.layer("prediction").opacity = 1.0
    plot = view.canvas.plot_rect()
    right = QPoint(round(plot.left() + 0.8 * plot.width()), round(plot.center().y()))
    covered = colour_at(window, right)
    QTest.keyClick(window, Qt.Key.Key_S)
    bare = colour_at(window, right)
    assert bare != covered
    window.state.layer("prediction").visible = False
    assert colour_at(window, right) == bare
    assert view.canvas.decoration.sides[1] == "no prediction"


def test_where_two_runs_differ_is_a_layer(qtbot, reviewed: MainWindow):
    window, view = reviewed, reviewed.panes.views[0]
    make_run(window, "20240501-forest-b", layered(window, border=60), (view.ref,), minutes=5)
    QTest.keyClick(window, Qt.Key.Key_D, SHIFT)
    assert window.state.review.other_run == "20240501-forest-b"
    overlays = view.content.planes
    qtbot.waitUntil(lambda: len(overlays.overlays) == 2, timeout=10000)
    differs = overlays.overlays[-1].plane.base.T
    assert (differs[:, :40] == 255).all()
    assert (differs[:30, 40:60] == 3).all(), "both sure"
    assert (differs[30:, 40:60] == 2).all(), "both unsure"
    assert (differs[:, 60:] == 255).all()
    row = next(row for row in window.layers.rows if row.layer.name == "difference")
    assert row.choice.isVisible()
    assert row.choice.currentText().startswith("forest")
    row.choice.setFocus()
    QTest.keyClick(row.choice, Qt.Key.Key_Up)
    QTest.keyClick(row.choice, Qt.Key.Key_Return)
    window.runs_flow.make_current("20240501-forest-b")
    assert window.state.review.other_run in ("20240501-forest-a", "")


# runs


def finish(window: MainWindow, run_id: str, minutes: int, *accuracies: float) -> None:
    """A training ends with a run of these held-out accuracies."""
    record = make_run(window, run_id, metrics=scores(*accuracies), minutes=minutes)
    window.training_flow.held_against = window.state.run_id
    window.training_flow.run_made.emit(record.id)
    QApplication.processEvents()


def test_a_clearly_worse_retrain_does_not_replace_the_present_run_unasked(qtbot, open_window: MainWindow):
    window = open_window
    for _ in range(2):
        window.label_flow.choose_key(len(window.state.labels.classes) + 1)
    finish(window, "run-1", 0, 0.9, 0.8)
    assert window.state.run_id == "run-1"
    finish(window, "run-2", 1, 0.91, 0.79)
    assert window.state.run_id == "run-2", "as good as before: it is current"
    finish(window, "run-3", 2, 0.92, 0.5)
    assert window.state.run_id == "run-2"
    assert "clearly worse" in sentences(window)
    assert "0.79 → 0.50" in sentences(window)
    QTest.mouseClick(answer(window, "Compare"), LEFT)
    dialog = QApplication.activeModalWidget()
    assert dialog.objectName() == "dialog.compare"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    back_to(qtbot, window)
    assert "clearly worse" in sentences(window), "comparing is no answer"
    QTest.mouseClick(answer(window, "Keep the present one"), LEFT)
    assert window.state.run_id == "run-2"
    assert "clearly worse" not in sentences(window)
    finish(window, "run-4", 3, 0.92, 0.4)
    QTest.mouseClick(answer(window, "Use it anyway"), LEFT)
    assert window.state.run_id == "run-4"

    # roll back, by key and by the panel
    qtbot.waitUntil(window.commands["review.roll_back"].isEnabled, timeout=2000)
    QTest.keyClick(window, Qt.Key.Key_Backspace, CONTROL)
    assert window.state.run_id == "run-3"
    window.docks.show("panel.runs")
    tree = window.runs.tree
    item = tree.topLevelItem(3)
    QApplication.processEvents()
    tree.scrollToItem(item)
    QTest.mouseClick(tree.viewport(), LEFT, pos=QPoint(20, tree.visualItemRect(item).center().y()))
    QTest.mouseClick(window.runs.buttons["current"], LEFT)
    assert window.state.run_id == "run-1"
    assert tree.topLevelItem(3).text(0).startswith("●")
    assert window.state.project.state("runs.current")[window.state.dataset_id] == "run-1"


def answer(window: MainWindow, text: str) -> QPushButton:
    QApplication.processEvents()
    buttons = window.messages.findChildren(QPushButton)
    return next(button for button in buttons if button.text() == text and button.isVisible())


def test_scores_class_by_class(qtbot, open_window: MainWindow):
    window = open_window
    for _ in range(2):
        window.label_flow.choose_key(len(window.state.labels.classes) + 1)
    finish(window, "run-1", 0, 0.9, 0.8)
    finish(window, "run-2", 1, 0.95, 0.85)
    qtbot.waitUntil(window.commands["review.scores"].isEnabled, timeout=2000)
    QTest.keyClick(window, Qt.Key.Key_M, CONTROL)
    dialog = QApplication.activeModalWidget()
    assert dialog.objectName() == "dialog.scores"
    cell = dialog.confusion.table.item(0, 1)
    assert cell.text() == "0.05"
    assert "2,000 of 40,000" in cell.toolTip()
    assert dialog.confusion.table.item(0, 0).text() == "0.95"
    tab = dialog.tabs.tabBar()
    QTest.mouseClick(tab, LEFT, pos=tab.tabRect(1).center())
    assert dialog.table.item(1, 1).text() == "0.850"
    assert dialog.table.item(1, 6).text() == "0.800 (+0.050)"
    assert dialog.chart.curves[1].points == [(1.0, 0.8), (2.0, 0.85)]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


# labels beside labels


def paint(window: MainWindow, key: str, vertical: float, half: float = 8) -> None:
    view = window.panes.views[0]
    QTest.keyClick(window, key)
    drag(view, [pixel(view, place, vertical) for place in np.linspace(20 - half, 20 + half, 5)])


def go_to(qtbot, window: MainWindow, number: int) -> None:
    window.panes.views[0].set_ref(SectionRef(Orientation.INLINE, number))
    settle(qtbot, window.panes.views[0])


def test_lines_between_two_labelled_ones_are_filled_as_automatic(qtbot, open_window: MainWindow):
    window = open_window
    window.state.brush.traces = window.state.brush.samples = 15
    go_to(qtbot, window, 102)
    paint(window, "1", 30)
    go_to(qtbot, window, 114)
    paint(window, "1", 34)
    go_to(qtbot, window, 110)
    QTest.keyClick(window, Qt.Key.Key_B, CONTROL)
    dialog = window.review_flow.labels.dialog
    assert [ref.number for ref in dialog.pair] == [102, 114]
    assert "5 lines" in dialog.says.text()
    QTest.keyClick(dialog.second, Qt.Key.Key_Up)
    assert "0 lines" in dialog.says.text()
    assert not dialog.fill.isEnabled()
    QTest.keyClick(dialog.second, Qt.Key.Key_Down)
    revision = window.state.project.journal.revision
    QTest.mouseClick(dialog.fill, LEFT)
    qtbot.waitUntil(lambda: "filled as automatic" in sentences(window), timeout=10000)
    view = window.panes.views[0]
    assert (labels_of(view)[16:24, 31:33] == 0).all()
    assert set(np.unique(sources_of(window))) == {0, Source.AUTO}
    back_to(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert (labels_of(view) == -1).all()
    assert window.state.project.journal.revision > revision
    go_to(qtbot, window, 102)
    assert (labels_of(view) == 0).any(), "one undo takes back the filling only"


def test_two_label_sets_are_compared_and_their_disagreement_drawn(qtbot, open_window: MainWindow):
    window, view = open_window, open_window.panes.views[0]
    window.state.brush.traces = window.state.brush.samples = 15
    paint(window, "1", 30)
    paint(window, "2", 60)
    first = window.state.labels
    window.label_flow.add_label_set("second opinion")
    paint(window, "1", 30)
    paint(window, "1", 60)
    agreed, differ = (first.section(view.ref)[0] == 0).sum(), (first.section(view.ref)[0] == 1).sum()
    window.run_command("review.compare_labels")
    dialog = window.review_flow.labels.dialog
    qtbot.waitUntil(lambda: dialog.tabs.count() == 2, timeout=20000)
    assert f"{agreed + differ:,} voxels" in dialog.says.text()
    assert "kappa" in dialog.says.text()
    assert f"{agreed / (agreed + differ):.1%} agree" in dialog.says.text()
    planes = view.content.planes
    assert (planes.overlays[-1].plane.base.T == 1).sum() == differ
    QTest.mouseClick(dialog.draw, LEFT, pos=QPoint(8, dialog.draw.height() // 2))
    assert not window.state.layer("disagreement").visible
    assert planes.overlays == []
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    back_to(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_G, SHIFT)
    assert (planes.overlays[-1].plane.base.T == 1).sum() == differ
    QTest.keyClick(window, "2")
    drag(view, [pixel(view, 12, 60), pixel(view, 28, 60)])
    assert (planes.overlays[-1].plane.base.T == 1).sum() == 0, "it follows the brush"


# the compute process


@pytest.mark.slow
def test_probability_of_a_class_suggestions_and_warnings_from_a_real_run(qtbot, open_window: MainWindow):
    window, view = open_window, open_window.panes.views[0]
    paint(window, "1", 20, 15)
    window.state.brush.traces = window.state.brush.samples = 3
    paint(window, "2", 55, 15)
    said = window.training.missing
    qtbot.waitUntil(lambda: "Not scored: label a second area." in said.text(), timeout=20000)
    count = window.state.labels.class_counts()[1]
    assert f"Class Class 2 has {count} training pixels on 1 section." in said.text()
    QTest.keyClick(window, Qt.Key.Key_T, CONTROL)
    qtbot.waitUntil(lambda: view.content.prediction is not None and view.content.prediction_step == 1, timeout=90000)

    QTest.keyClick(window, Qt.Key.Key_C, SHIFT)
    run_id, dataset = window.state.run_id, window.state.dataset_id
    qtbot.waitUntil(lambda: window.predictions.probability(run_id, view.ref, dataset, 1) is not None, timeout=30000)
    share = window.predictions.probability(run_id, view.ref, dataset, 1)
    winning = view.content.prediction[0] == 1
    assert share[winning].min() >= 126
    assert 0 < share[~winning].max() <= 128
    qtbot.waitUntil(lambda: view.content.planes.overlays[-1].plane.base.T.tolist() == share.tolist(), timeout=5000)
    assert read_run(window.state.project.run_folder(run_id)).classes

    QTest.keyClick(window, Qt.Key.Key_N)
    assert window.suggestions.isVisible()
    qtbot.waitUntil(lambda: window.suggestions.list.count() > 0, timeout=60000)
    suggested = window.state.suggested
    assert all(entry.reasons for entry in suggested)
    assert view.ref not in {entry.ref for entry in suggested}
    item = window.suggestions.list.item(0)
    assert suggested[0].reasons[0] in item.text()
    box = window.suggestions.list
    QTest.mouseClick(box.viewport(), LEFT, pos=box.visualItemRect(item).center())
    assert view.ref == suggested[0].ref
    QTest.keyClick(window, Qt.Key.Key_N, SHIFT)
    assert view.ref == suggested[1 % len(suggested)].ref
    window.panes.set_layout(2)
    window.panes.panes[1].show_kind("map")
    bare = window.panes.panes[1].map_pane.map.grab().toImage()
    window.state.suggest(())
    assert window.panes.panes[1].map_pane.map.grab().toImage() != bare, "the suggested lines were drawn"


@pytest.mark.slow
def test_the_second_run_predicts_what_it_has_not_yet(qtbot, open_window: MainWindow):
    window, view = open_window, open_window.panes.views[0]
    paint(window, "1", 20, 15)
    paint(window, "2", 55, 15)
    window.run_command("train.start")
    qtbot.waitUntil(lambda: window.state.run_id is not None and not window.training_flow.running, timeout=90000)
    first = window.state.run_id
    make_run(window, "29990101-forest-z", layered(window), (view.ref,), minutes=10**7)
    window.runs_flow.make_current("29990101-forest-z")
    QTest.keyClick(window, Qt.Key.Key_S)
    assert window.state.review.other_run == first
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    settle(qtbot, view)
    place = window.state.dataset_id
    qtbot.waitUntil(lambda: getattr(window.predictions.entry(first, view.ref, place), "step", 0) == 1, timeout=60000)
    assert view.content.planes.other_overlays
    assert not view.canvas.decoration.other_stale
    QTest.keyClick(window, "2")
    drag(view, [pixel(view, 10, 60), pixel(view, 20, 60)])
    assert view.canvas.decoration.other_stale, "the labels are newer than the second run, too"


@pytest.mark.slow
def test_a_retrain_on_wrong_labels_is_held_back(qtbot, window: MainWindow, tmp_path: Path):
    axes = VolumeAxes(LineAxis(100, 1, 1), LineAxis(1001, 1, 600), SampleAxis(0.0, 4.0, 60))
    _, j, k = np.indices(axes.shape)
    wave = np.where(k < 30, np.sin(0.4 * k + 0.03 * j), np.sin(1.4 * k + 0.05 * j))
    file = tmp_path / "line.sgy"
    write_segy(file, (1000 * wave).astype(np.float32), axes)
    window.project_flow.create(tmp_path / "line.seisproj")
    assert window.project_flow.show(window.state.project.add_volume(file).id)
    view = window.panes.views[0]
    settle(qtbot, view)
    window.label_flow.choose_key(2)
    labels = window.state.labels
    for class_id, vertical in ((0, 5), (1, 38)):
        labels.paint(view.ref, 0, vertical, np.ones((600, 15), bool), class_id)
    window.training.position.setChecked(False)
    QTest.keyClick(window, Qt.Key.Key_T, CONTROL)
    qtbot.waitUntil(lambda: window.state.run_id is not None and not window.training_flow.running, timeout=90000)
    first = window.state.run_id
    assert window.state.run.split["scored"]

    block = HoldOut.parse(window.state.run.split["hold_out"][0])
    outside = np.ones((600, 15), bool)
    outside[block.first - 1001 : block.last - 1000] = False
    outside[::12] = False
    labels.paint(view.ref, 0, 38, outside, 0)
    QTest.keyClick(window, Qt.Key.Key_L, CONTROL)
    qtbot.waitUntil(lambda: len(window.runs_flow.records) == 2, timeout=90000)
    assert window.state.run_id != first, "while it learns, the live run is in view"
    QTest.keyClick(window, Qt.Key.Key_L, CONTROL)
    qtbot.waitUntil(lambda: not window.training_flow.running, timeout=90000)
    assert window.state.run_id == first
    assert "clearly worse" in sentences(window)
    QTest.mouseClick(answer(window, "Keep the present one"), LEFT)

    QTest.keyClick(window, Qt.Key.Key_T, CONTROL)
    qtbot.waitUntil(lambda: "clearly worse" in sentences(window), timeout=90000)
    assert window.state.run_id == first
    assert len(window.runs_flow.records) == 3
    QTest.mouseClick(answer(window, "Use it anyway"), LEFT)
    assert window.state.run_id == window.runs_flow.records[-1].id != first


def test_moving_over_the_divider_shows_that_it_can_be_dragged(reviewed: MainWindow):
    window, view = reviewed, reviewed.panes.views[0]
    QTest.keyClick(window, Qt.Key.Key_S)
    QApplication.processEvents()
    move(view, view.canvas.divider_rect().center().toPoint())
    assert view.canvas.cursor().shape() is Qt.CursorShape.SplitHCursor
    move(view, pixel(view, 5, 40))
    assert view.canvas.cursor().shape() is not Qt.CursorShape.SplitHCursor
