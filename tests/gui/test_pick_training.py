"""Learning to pick in the whole window: a few picks, Train, proposals, live; real events and the real worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from gather_helpers import write_shots
from pick_helpers import Hand
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QListWidget, QPushButton

from seisgui.gui.dialogs.hold_out_groups import HoldOutGroupsDialog
from seisgui.gui.main_window import MainWindow
from seisgui.gui.panels.action_button import ActionButton
from seisgui.interpretation.picks import Pick
from seisgui.learning.requests import HeldOutGroup

SLOW_MS = 120_000


@pytest.fixture
def hand(qtbot, window: MainWindow, tmp_path: Path) -> Hand:
    """A hand on the first of six shots of 24 traces."""
    return Hand(qtbot, window, write_shots(tmp_path / "shots.sgy"))


def pick_first_breaks(hand: Hand, shots: range) -> None:
    """Pick every fourth trace of some shots, as a person with a key for it would."""
    records = hand.window.state.records
    groups = records.groups("shot")
    picks = [
        Pick(0, records.table.id_of(int(record)), "P", 0.3 + 0.01 * place)
        for shot in shots
        for place, record in enumerate(groups[shot].records.tolist())
        if place % 4 == 0
    ]
    hand.picks.edit("Pick P", add=picks)
    QApplication.processEvents()


def test_the_panel_says_what_is_missing_and_follows_the_workspace(hand: Hand):
    window = hand.window
    training = window.training
    assert training.network.itemData(0) == "phasenet"
    assert "Pick a few arrivals" in training.missing.text()
    assert not training.position.isVisibleTo(training)
    hand.press("P")
    hand.click(3, 0.5)
    hand.qtbot.waitUntil(lambda: window.training_flow.ready, timeout=3000)
    assert "1 record has picks" in training.missing.text()
    request = window.training_flow.request()
    assert (request.task, request.network, request.dataset_id) == ("picking", "phasenet", hand.dataset)
    assert request.label_set_id == hand.picks.id
    window.commands["workspace.facies"].trigger()
    assert training.network.findData("forest") >= 0
    assert training.position.isVisibleTo(training)
    window.commands["workspace.picking"].trigger()
    assert training.network.currentData() == "phasenet"


def test_held_out_shots_are_chosen_in_a_dialog(hand: Hand):
    pick_first_breaks(hand, range(4))
    QTest.mouseClick(hand.window.training.findChild(QPushButton, "training.hold_out"), Qt.MouseButton.LeftButton)
    dialog = hand.window.findChild(HoldOutGroupsDialog)
    rows = dialog.findChild(QListWidget)
    by = dialog.findChild(QComboBox, "hold_out_groups.by")
    by.setCurrentIndex(by.findData("shot"))
    assert "6 picks" in rows.item(0).text()
    rows.item(1).setCheckState(Qt.CheckState.Checked)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    title = hand.window.state.records.groups("shot")[1].title
    assert hand.window.training_flow.request().hold_out_groups == (HeldOutGroup("shot", title),)
    assert title in hand.window.training.hold_out.text()


def test_train_proposes_picks_on_the_other_records_and_the_run_is_listed(hand: Hand):
    window, qtbot = hand.window, hand.qtbot
    pick_first_breaks(hand, range(5))
    window.training.epochs.setValue(1)
    qtbot.waitUntil(lambda: window.training_flow.ready, timeout=3000)
    qtbot.waitUntil(window.commands["train.start"].isEnabled, timeout=3000)
    button = next(each for each in window.training.findChildren(ActionButton) if each.text() == "Train")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.training_flow.running
    qtbot.waitUntil(lambda: not window.training_flow.running, timeout=SLOW_MS)
    assert not window.training_flow.failed
    (record,) = (run for run in window.state.project.runs() if run.task == "picking")
    qtbot.waitUntil(lambda: window.picking.hand.book.run_id == record.id, timeout=SLOW_MS)
    assert window.runs.tree.topLevelItemCount() == 1
    assert window.runs.tree.headerItem().text(1) == "P F1"
    assert window.state.run_id is None
    assert "F1" in window.training.phrase.text()
    window.commands["workspace.facies"].trigger()
    assert window.runs.tree.topLevelItemCount() == 0


def test_live_learns_from_a_pick_and_what_it_leaves_proposes(hand: Hand):
    window, qtbot = hand.window, hand.qtbot
    pick_first_breaks(hand, range(4))
    qtbot.waitUntil(window.commands["train.live"].isEnabled, timeout=3000)
    hand.do("train.live")
    qtbot.waitUntil(lambda: window.picking.hand.book.run_id != "", timeout=SLOW_MS)
    hand.press("P")
    hand.click(7, 0.5)
    assert hand.on(7)
    hand.do("train.stop")
    qtbot.waitUntil(lambda: not window.training_flow.running, timeout=SLOW_MS)
    assert not window.training_flow.failed
    runs = [run for run in window.state.project.runs() if run.task == "picking"]
    assert [run.id for run in runs] == [window.picking.hand.book.run_id]


def test_predicting_without_a_picker_is_a_sentence(hand: Hand):
    hand.do("pick.predict")
    assert any("No picker" in sentence for sentence in hand.window.messages.sentences())


def test_the_run_in_use_comes_back_and_not_the_newest(hand: Hand):
    window, qtbot = hand.window, hand.qtbot
    book = window.picking.hand.book
    hand.propose([(0, "P", 0.4, 0.9)], "run-1")
    hand.propose([(1, "P", 0.5, 0.9)], "run-2")
    qtbot.waitUntil(lambda: book.run_id == "run-2", timeout=5000)
    window.runs_flow.make_current("run-1")
    qtbot.waitUntil(lambda: book.run_id == "run-1", timeout=5000)
    other = window.state.project.add_pick_set(hand.dataset, "second reader")
    window.picking.hand.open(other.id)
    qtbot.waitUntil(lambda: book.picks.id == other.id and book.run_id == "run-1" and book.waiting() == 1, timeout=5000)


def test_live_ends_when_another_pick_set_is_opened(hand: Hand):
    window, qtbot = hand.window, hand.qtbot
    pick_first_breaks(hand, range(4))
    other = window.state.project.add_pick_set(hand.dataset, "second reader")
    qtbot.waitUntil(window.commands["train.live"].isEnabled, timeout=3000)
    hand.do("train.live")
    assert window.training_flow.live
    window.picking.hand.open(other.id)
    qtbot.waitUntil(lambda: not window.training_flow.running, timeout=SLOW_MS)
