"""Picking with real mouse and key events in the whole window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gather_helpers import RATE, arrival, drag, move, write_shots, write_waveforms
from pick_helpers import SHIFT, Hand
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from seisgui.gui.dialogs.header_word import HeaderWordDialog
from seisgui.gui.main_window import MainWindow
from seisgui.interpretation.project import Project
from seisgui.learning.picking.stored_picks import CurveWriter, folder_of

SAMPLE = 1 / RATE


@pytest.fixture
def hand(qtbot, window: MainWindow, tmp_path: Path) -> Hand:
    """A hand on the first of six shots of 24 traces."""
    return Hand(qtbot, window, write_shots(tmp_path / "shots.sgy"))


def test_a_phase_is_armed_by_its_key_and_a_click_sets_it(hand: Hand):
    hand.click(3, 0.5)
    assert hand.picks.all() == ()
    hand.press("P")
    assert hand.window.commands["pick.p"].isChecked()
    hand.click(3, 0.5)
    hand.press("S")
    hand.click(4, 0.75)
    (first,), (second,) = hand.on(3), hand.on(4)
    assert (first.phase, first.provenance, second.phase) == ("P", "manual", "S")
    assert first.time == pytest.approx(0.5, abs=hand.pixel)
    assert second.time == pytest.approx(0.75, abs=hand.pixel)
    assert hand.selected == second
    assert [mark.phase for mark in hand.marks(3)] == ["P"]
    hand.press("Escape")
    hand.click(5, 0.5)
    assert hand.on(5) == ()


def test_a_second_click_on_a_trace_moves_its_pick(hand: Hand):
    hand.press("P")
    hand.click(3, 0.5)
    hand.click(3, 0.9)
    (pick,) = hand.on(3)
    assert pick.time == pytest.approx(0.9, abs=hand.pixel)
    hand.window.picks.one_each.click()
    hand.click(3, 0.2)
    assert len(hand.on(3)) == 2


def test_a_drag_moves_a_pick_as_one_step_and_undo_takes_it_back(hand: Hand):
    hand.press("P")
    hand.click(3, 0.5)
    before = hand.on(3)
    hand.press("Escape")
    path = [hand.view.pos_of(3, time).toPoint() for time in (0.5, 0.55, 0.7, 0.8)]
    QTest.mousePress(hand.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, path[0])
    move(hand.view, path[2], Qt.MouseButton.LeftButton)
    assert hand.marks(3)[0].time == pytest.approx(0.7, abs=2 * hand.pixel)
    assert hand.on(3) == before  # shown, and not said before the button is let go
    move(hand.view, path[3], Qt.MouseButton.LeftButton)
    QTest.mouseRelease(hand.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, path[3])
    assert hand.on(3)[0].time == pytest.approx(0.8, abs=2 * hand.pixel)
    hand.do("edit.undo")
    assert hand.on(3) == before
    assert hand.marks(3)[0].time == before[0].time
    hand.do("edit.redo")
    assert hand.on(3)[0].time == pytest.approx(0.8, abs=2 * hand.pixel)


def test_escape_gives_up_a_drag(hand: Hand):
    hand.press("P")
    hand.click(3, 0.5)
    before = hand.on(3)
    start, end = (hand.view.pos_of(3, time).toPoint() for time in (0.5, 0.8))
    QTest.mousePress(hand.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    move(hand.view, end, Qt.MouseButton.LeftButton)
    hand.press("Escape")
    QTest.mouseRelease(hand.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert hand.on(3) == before
    assert hand.marks(3)[0].time == before[0].time
    assert hand.flow.picking.armed == "P"


def test_a_page_turned_in_the_middle_of_a_drag_ends_it(hand: Hand):
    hand.press("P")
    points = [hand.view.pos_of(trace, 0.5).toPoint() for trace in (2, 9, 15)]
    QTest.mousePress(hand.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[0])
    move(hand.view, points[1], Qt.MouseButton.LeftButton)
    hand.press("PageDown")
    move(hand.view, points[2], Qt.MouseButton.LeftButton)
    QTest.mouseRelease(hand.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[2])
    assert hand.picks.all() == ()


def test_arrows_go_to_traces_and_nudge_by_samples(hand: Hand):
    hand.press("P")
    for record in (3, 4, 14):
        hand.click(record, 0.5)
    hand.click(3, 0.5)
    hand.press("Right")
    assert (hand.view.current, hand.selected) == (4, hand.on(4)[0])
    hand.press("Right", modifier=SHIFT)
    assert (hand.view.current, hand.selected) == (14, hand.on(14)[0])
    before = hand.selected.time
    hand.press("Down", "Down", "Up", "Down")
    assert hand.selected.time == pytest.approx(before + 2 * SAMPLE, abs=1e-6)
    hand.press("Up", modifier=SHIFT)
    assert hand.on(14)[0].time == pytest.approx(before - 8 * SAMPLE, abs=1e-6)
    hand.press("Left", modifier=SHIFT)
    hand.press("Left")
    assert hand.view.current == 3
    hand.press("Left")
    assert (hand.view.current, hand.selected) == (2, None)


def test_delete_takes_the_chosen_pick_away_and_undo_brings_it_back(hand: Hand):
    hand.press("P")
    hand.click(3, 0.5)
    (pick,) = hand.on(3)
    hand.press("Delete")
    assert hand.on(3) == ()
    assert hand.marks(3) == ()
    QApplication.processEvents()
    QTest.keyClick(hand.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert hand.on(3) == (pick,)


def test_polarity_is_said_and_unsaid_by_its_key(hand: Hand):
    hand.press("P")
    hand.click(3, 0.5)
    hand.press("U")
    assert hand.on(3)[0].polarity == "up"
    hand.press("D")
    assert hand.marks(3)[0].polarity == "down"
    hand.press("D")
    assert hand.on(3)[0].polarity == ""


def test_the_end_of_the_bar_is_dragged_and_keys_scale_it(hand: Hand):
    hand.press("P")
    hand.click(3, 0.5)
    pick = hand.on(3)[0]
    hand.press("Escape")
    half = hand.marks(3)[0].uncertainty
    assert half > 0
    assert pick.uncertainty is None  # there is an end to be dragged, and nothing is said by it
    drag(hand.view, [hand.view.pos_of(3, pick.time + by).toPoint() for by in (half, 0.06, 0.1)])
    assert hand.on(3)[0].uncertainty == pytest.approx(0.1, abs=2 * hand.pixel)
    assert hand.on(3)[0].time == pick.time
    before = hand.on(3)[0].uncertainty
    drag(hand.view, [hand.view.pos_of(3, pick.time - by).toPoint() for by in (before, 0.06, 0.05)])
    assert hand.on(3)[0].uncertainty == pytest.approx(0.05, abs=2 * hand.pixel)
    before = hand.on(3)[0].uncertainty
    hand.press("BracketRight")
    assert hand.on(3)[0].uncertainty == pytest.approx(1.25 * before)


def test_a_drag_along_the_first_breaks_picks_many_traces_in_one_step(hand: Hand):
    hand.press("P")
    drag(hand.view, [hand.view.pos_of(trace, arrival(trace)).toPoint() for trace in (2, 6, 11, 20)])
    picked = [hand.on(trace) for trace in range(24)]
    assert [len(found) for found in picked] == [0, 0, *[1] * 19, 0, 0, 0]
    times = [picked[trace][0].time for trace in range(2, 21)]
    assert times == pytest.approx([arrival(trace) for trace in range(2, 21)], abs=2 * hand.pixel)
    assert hand.window.state.project.journal.undo_text == "Pick P on 19 traces"
    hand.do("edit.undo")
    assert hand.picks.all() == ()


def test_a_line_with_shift_is_straight(hand: Hand):
    hand.press("P")
    places = [hand.view.pos_of(2, 0.4), hand.view.pos_of(5, 0.9), hand.view.pos_of(8, 0.4)]
    points = [place.toPoint() for place in places]
    QTest.mousePress(hand.view, Qt.MouseButton.LeftButton, SHIFT, points[0])
    for place in points[1:]:
        move(hand.view, place, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(hand.view, Qt.MouseButton.LeftButton, SHIFT, points[-1])
    times = [hand.on(trace)[0].time for trace in range(2, 9)]
    assert times == pytest.approx([0.4] * 7, abs=2 * hand.pixel)


def test_clicks_and_lines_snap_to_onsets_where_that_is_wanted(hand: Hand):
    QTest.keyClick(hand.view, Qt.Key.Key_Q, SHIFT)
    hand.press("P")
    hand.click(7, arrival(7) + 0.04)
    assert hand.on(7)[0].time == pytest.approx(arrival(7), abs=2 * SAMPLE)
    drag(hand.view, [hand.view.pos_of(trace, arrival(trace) - 0.03).toPoint() for trace in (10, 15, 20)])
    times = [hand.on(trace)[0].time for trace in range(10, 21)]
    assert times == pytest.approx([arrival(trace) for trace in range(10, 21)], abs=2 * SAMPLE)
    QTest.keyClick(hand.view, Qt.Key.Key_Q, SHIFT)
    hand.click(2, arrival(2) + 0.05)
    assert hand.on(2)[0].time == pytest.approx(arrival(2) + 0.05, abs=hand.pixel)
    hand.press("Q")
    assert hand.on(2)[0].time == pytest.approx(arrival(2), abs=2 * SAMPLE)


def test_return_sets_the_phase_by_keyboard_alone(hand: Hand):
    hand.press("P")
    hand.click(3, 0.5)
    hand.press("Right")
    hand.press("Return")
    assert hand.on(4)[0].time == pytest.approx(sum(hand.view.window) / 2, abs=SAMPLE)
    hand.press("Up")
    assert hand.selected == hand.on(4)[0]


# ---- review


PROPOSED = [(2, "P", 0.3, 0.95), (5, "P", 0.4, 0.35), (30, "P", 0.5, 0.6), (8, "P", 0.45, 0.8)]


def test_proposals_are_drawn_and_accepted_and_rejected_by_one_key_each(hand: Hand):
    hand.propose(PROPOSED)
    assert [mark.provenance for mark in hand.marks(2)] == ["automatic"]
    hand.press("N")
    assert (hand.view.current, hand.selected.probability) == (5, 0.35)
    hand.press("A")
    (accepted,) = hand.on(5)
    assert (accepted.provenance, accepted.probability, accepted.run_id) == ("accepted", 0.35, "run-1")
    assert hand.selected.probability == 0.6  # on with the next, on another shot
    hand.qtbot.waitUntil(lambda: hand.name(30) in hand.view.record_ids)
    hand.press("X")
    assert hand.on(30) == ()
    assert hand.picks.rejected(hand.name(30))[0].probability == 0.6
    hand.press("A", "A")
    assert hand.flow.book.waiting() == 0
    assert [pick.provenance for pick in hand.picks.all()] == ["accepted"] * 3
    hand.do("edit.undo")
    assert hand.flow.book.waiting() == 1


def test_next_goes_from_the_least_certain_on_and_begins_anew(hand: Hand):
    hand.propose(PROPOSED)
    seen = []
    for _ in range(5):
        hand.press("N")
        seen.append(hand.selected.probability)
    assert seen == [0.35, 0.6, 0.8, 0.95, 0.35]


def test_a_next_after_a_decision_stays_where_the_decision_went(hand: Hand):
    hand.propose(PROPOSED)
    hand.press("N", "A", "N")
    assert hand.selected.probability == 0.6
    hand.press("N")
    assert hand.selected.probability == 0.8


def test_a_proposal_is_chosen_by_a_click_and_a_moved_one_is_a_pick_by_hand(hand: Hand):
    hand.propose(PROPOSED)
    hand.click(2, 0.3)
    assert hand.selected.probability == 0.95
    hand.press("Down")
    (pick,) = hand.on(2)
    assert (pick.provenance, pick.probability) == ("manual", None)
    assert pick.time == pytest.approx(0.3 + SAMPLE)
    assert len(hand.marks(2)) == 1
    drag(hand.view, [hand.view.pos_of(8, time).toPoint() for time in (0.45, 0.5, 0.6)])
    assert hand.on(8)[0].time == pytest.approx(0.6, abs=2 * hand.pixel)


def test_a_rejected_proposal_does_not_come_back_with_the_next_run(hand: Hand):
    hand.propose(PROPOSED)
    hand.click(2, 0.3)
    hand.press("X")
    hand.propose([(2, "P", 0.31, 0.99), (3, "P", 0.3, 0.5)], "run-2")
    hand.qtbot.waitUntil(lambda: hand.flow.book.run_id == "run-2")
    assert hand.marks(2) == ()
    assert [mark.phase for mark in hand.marks(3)] == ["P"]


def test_all_above_a_probability_are_accepted_in_one_step(hand: Hand):
    hand.propose(PROPOSED)
    hand.window.picks.threshold.setValue(0.7)
    QTest.mouseClick(hand.window.picks.accept_all, Qt.MouseButton.LeftButton)
    assert sorted(pick.probability for pick in hand.picks.all()) == [0.8, 0.95]
    hand.do("edit.undo")
    assert hand.picks.all() == ()


def test_a_decision_without_a_proposal_is_told_and_changes_nothing(hand: Hand):
    hand.press("P")
    hand.click(3, 0.5)
    hand.press("X")
    assert hand.on(3)[0].provenance == "manual"
    assert "Only proposals can be rejected" in " ".join(hand.window.messages.sentences())


# ---- records


def test_three_component_records_are_picked_as_traces(qtbot, window: MainWindow, tmp_path: Path):
    hand = Hand(qtbot, window, write_waveforms(tmp_path / "waves.npz"), "traces")
    hand.press("P")
    hand.click(0, 8.0)
    hand.press("S")
    hand.click(0, 12.0)
    assert [pick.phase for pick in hand.on(0)] == ["P", "S"]
    assert [pick.time for pick in hand.on(0)] == pytest.approx([8.0, 12.0], abs=hand.pixel)
    hand.press("Q")
    assert hand.on(0)[1].time == pytest.approx(12.0, abs=0.03)
    hand.press("Right")
    qtbot.waitUntil(lambda: hand.view.record_ids == (hand.name(1),))
    hand.press("P")
    hand.click(1, 9.0)
    assert hand.on(1)[0].time == pytest.approx(9.0, abs=hand.pixel)
    hand.do("edit.undo")
    hand.do("edit.undo")
    qtbot.waitUntil(lambda: hand.view.record_ids == (hand.name(0),))  # what is taken back is seen
    assert np.allclose([pick.time for pick in hand.on(0)], [8.0, 12.0], atol=hand.pixel)


def test_picks_of_the_data_are_imported_and_all_are_exported(qtbot, window: MainWindow, tmp_path: Path):
    file = write_waveforms(tmp_path / "waves.npz")
    hand = Hand(qtbot, window, file, "traces")
    window.picking.files.import_file(file)
    qtbot.waitUntil(lambda: len(hand.picks) == 10, timeout=5000)
    qtbot.waitUntil(lambda: "10 picks: 5 P, 5 S" in window.picks.counts.text())
    out = tmp_path / "picks.csv"
    window.picking.files.export(out)
    qtbot.waitUntil(out.is_file, timeout=5000)
    assert len(out.read_text().splitlines()) == 11
    hand.do("edit.undo")
    assert len(hand.picks) == 0


def test_every_pick_is_on_disk_when_saved_lights(hand: Hand):
    saved: list[int] = []
    hand.window.desk.saved.connect(saved.append)
    hand.press("P")
    for record in (3, 4, 5):
        hand.click(record, 0.5)
    revision = hand.picks.revision
    hand.qtbot.waitUntil(lambda: revision in saved, timeout=5000)
    with Project.open(hand.window.state.project.path, read_only=True) as looking:
        assert set(looking.picks().all()) == set(hand.picks.all())


def test_curves_of_the_run_are_drawn_for_the_records_in_view(qtbot, window: MainWindow, tmp_path: Path):
    hand = Hand(qtbot, window, write_waveforms(tmp_path / "waves.npz"), "traces")
    folder = folder_of(window.state.project, "run-1", hand.dataset)
    folder.mkdir(parents=True)
    writer = CurveWriter(folder)
    curve = np.zeros((2, 3000), np.float32)
    curve[0, 800], curve[1, 1200] = 0.8, 0.4
    writer.add(hand.name(0), curve, 100.0)
    writer.finish()
    hand.propose([(0, "P", 8.0, 0.8)], curves=writer.places)
    qtbot.waitUntil(lambda: hand.name(0) in hand.view.layer.curves)
    shown = hand.view.layer.curves[hand.name(0)]
    assert [int(np.argmax(shown.phases[phase])) for phase in ("P", "S")] == [800, 1200]
    assert (shown.t0, shown.dt) == (0.0, 0.01)
    hand.press("Right")
    qtbot.waitUntil(lambda: hand.view.record_ids == (hand.name(1),) and not hand.view.layer.curves)


def test_first_breaks_go_into_a_header_word_that_the_dialog_names(hand: Hand, tmp_path: Path):
    hand.press("P")
    drag(hand.view, [hand.view.pos_of(trace, 0.5).toPoint() for trace in (0, 12, 23)])
    dialog = HeaderWordDialog("Export first breaks", hand.window)
    dialog.byte.setValue(181)
    dialog.width_box.setCurrentIndex(1)
    out = tmp_path / "picked.sgy"
    hand.window.picking.files.export(out, dialog.word())
    hand.qtbot.waitUntil(out.is_file, timeout=5000)
    words = np.frombuffer(out.read_bytes()[3600:], np.uint8).reshape(-1, 240 + 4 * 500)[:24, 180:182]
    milliseconds = words.copy().view(">i2").ravel()
    assert np.abs(milliseconds - 500).max() <= 1000 * 2 * hand.pixel
    dialog.deleteLater()


def test_another_pick_set_is_another_interpreters(hand: Hand):
    hand.press("P")
    hand.click(3, 0.5)
    hand.window.picking.files.add_pick_set("Ann")
    assert hand.marks(3) == ()
    hand.click(3, 0.7)
    assert [len(hand.window.state.project.picks(name)) for name in ("default", "Ann")] == [1, 1]
    box = hand.window.picks.pick_set
    box.setCurrentIndex(box.findText("default"))
    box.activated.emit(box.currentIndex())
    assert hand.marks(3)[0].time == pytest.approx(0.5, abs=hand.pixel)
