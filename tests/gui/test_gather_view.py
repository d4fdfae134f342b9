"""The gather view: what stands where, mouse and wheel, picks, probabilities, settings, records that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gather_helpers import RATE, arrival, at_rest, drag, move, point, shot_amplitude, turn_wheel, write_shots
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from seisgui.errors import InputError
from seisgui.gui.views.gather import GATHER, TRACES, GatherView, PickMark
from seisgui.gui.views.picture import TimeAxis
from seisgui.seismic.record_table import NamedIds, RecordTable, make_table
from seisgui.seismic.records import RecordSet, open_records
from seisgui.seismic.table_records import TableRecords

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class ArrayRecords(TableRecords):
    """Records of an array (n, components, samples)."""

    def __init__(self, table: RecordTable, samples: np.ndarray, fails: bool = False) -> None:
        super().__init__("array", table, ("event",), ())
        self.samples, self.fails = samples, fails

    def read(self, indices, first=0, count=None):
        if self.fails:
            raise InputError("The file is gone.", "Locate it.")
        out = self.window(indices, first, count)
        for row, index in enumerate(indices):
            part = self.samples[index][:, first : first + out.shape[2]]
            out[row, :, : part.shape[1]] = part
        return out


@pytest.fixture
def shots(tmp_path: Path) -> Iterator[RecordSet]:
    """Six shots of 24 traces."""
    records = open_records([write_shots(tmp_path / "shots.sgy")])
    yield records
    records.close()


@pytest.fixture
def view(qtbot, shots: RecordSet) -> Iterator[GatherView]:
    """The first shot, shown."""
    widget = GatherView()
    qtbot.addWidget(widget)
    widget.resize(900, 600)
    widget.show()
    qtbot.waitExposed(widget)
    show(qtbot, widget, shots)
    yield widget
    widget.close()


def show(qtbot, view: GatherView, records: RecordSet, number: int = 0, mode: str = GATHER) -> None:
    group = records.groups(records.groupings[0])[number]
    view.show_records(records, group.records, group.title, mode)
    at_rest(qtbot, view)


def grabbed(view: GatherView) -> np.ndarray:
    """(height, width, 3) uint8 RGB of the widget."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def test_a_pixel_and_a_time_of_a_record_belong_together(view: GatherView):
    for record, time in ((0, 0.0), (11, 0.7), (23, 1.99)):
        place = view.pos_of(record, time)
        assert view.record_at(place) == record
        assert view.time_at(place) == pytest.approx(time, abs=1e-6)
    assert view.duration == pytest.approx(499 / RATE)


def test_the_arrival_is_drawn_where_it_is(view: GatherView):
    view.display.drawn = "lines"
    view.set_view(replace(view.view, first=10.0, last=13.0))
    view.repaint()
    picture = grabbed(view)
    x = round(view.pos_of(11, 0).x())
    dark = picture[..., 0] < 128
    rows = np.arange(picture.shape[0])
    time = np.array([view.time_at(QPointF(x, row)) for row in rows])
    beside = dark[:, x + 15 : x + 60].any(axis=1)
    inside = (time > 0.05) & (time < 1.0)
    first = time[inside & beside].min()
    assert first == pytest.approx(arrival(11), abs=0.012)


def test_the_amplitude_under_the_mouse_is_that_of_the_file(view: GatherView):
    touch = view.touch_at(view.pos_of(5, 100 / RATE))
    assert (touch.record, touch.component) == (5, 0)
    assert touch.time == pytest.approx(100 / RATE, abs=1e-6)
    assert view.amplitude_at(touch) == pytest.approx(float(shot_amplitude()[0, 5, 100]), rel=1e-5)


def test_what_is_on_the_screen_stays_until_the_next_gather_has_been_read(qtbot, view: GatherView, shots: RecordSet):
    before = view.picture
    group = shots.groups("shot")[3]
    view.show_records(shots, group.records, group.title)
    view.repaint()
    assert view.picture is before
    assert np.ptp(grabbed(view)[200:400, 200:700]) > 100
    at_rest(qtbot, view)
    assert view.picture.request.records.tolist() == group.records.tolist()


def test_the_time_in_view_stays_from_gather_to_gather(qtbot, view: GatherView, shots: RecordSet):
    view.set_window(0.3, 0.8)
    show(qtbot, view, shots, 4)
    assert view.window == pytest.approx((0.3, 0.8))


def test_a_gather_read_in_advance_is_there_at_once(qtbot, view: GatherView, shots: RecordSet):
    group = shots.groups("shot")[1]
    view.prepare([group.records])
    at_rest(qtbot, view)
    view.show_records(shots, group.records, group.title)
    assert view.at_rest


def test_a_press_goes_to_whoever_takes_it(qtbot, view: GatherView):
    seen = []

    def take(touch) -> None:
        touch.taken = True
        seen.append(("press", touch.record, touch.button, touch.modifiers))

    view.pressed.connect(take)
    view.moved.connect(lambda touch: seen.append(("move", touch.record, touch.buttons)))
    view.released.connect(lambda touch: seen.append(("release", touch.record)))
    window = view.view
    drag(view, [point(view, 3, 0.5), point(view, 8, 0.6), QPoint(880, 590)])
    left = Qt.MouseButton.LeftButton
    assert seen[0][:3] == ("press", 3, left)
    assert ("move", 8, left) in seen
    assert seen[-1] == ("release", 23), "held to the records also outside the plot"
    assert view.view == window


def test_the_left_button_moves_the_picture_where_nobody_takes_it(view: GatherView):
    view.zoom(4.0)
    window, record = view.view, view.record_at(view.plot_rect().center())
    centre = view.plot_rect().center().toPoint()
    drag(view, [centre, centre + QPoint(40, 30)])
    assert view.view.t0 == pytest.approx(window.t0 - 30 / window.per_second)
    assert view.view.first == pytest.approx(window.first - 40 / window.per_unit)
    assert view.current == record


def test_the_middle_button_moves_the_picture_whatever_is_armed(view: GatherView):
    view.pressed.connect(lambda touch: setattr(touch, "taken", True))
    view.zoom(3.0)
    window = view.view
    centre = view.plot_rect().center().toPoint()
    drag(view, [centre, centre + QPoint(-25, 10)], Qt.MouseButton.MiddleButton)
    assert view.view.first == pytest.approx(window.first + 25 / window.per_unit)


def test_the_wheel_steps_zooms_and_scrolls(qtbot, view: GatherView):
    with qtbot.waitSignal(view.stepped) as stepped:
        turn_wheel(view, -1)
    assert stepped.args == [1]
    centre = view.plot_rect().center()
    under = view.view.position(centre.x(), centre.y())
    turn_wheel(view, 2, CONTROL)
    assert view.view.position(centre.x(), centre.y()) == pytest.approx(under)
    assert view.view.last - view.view.first == pytest.approx(24 / 1.25**2)
    span = view.view.last - view.view.first
    turn_wheel(view, 1, CONTROL | SHIFT)
    assert view.view.last - view.view.first == pytest.approx(span), "Shift keeps the traces"
    first = view.view.first
    turn_wheel(view, -1, SHIFT)
    assert view.view.first > first


def test_zooming_out_ends_at_the_whole_gather(view: GatherView):
    turn_wheel(view, -5, CONTROL)
    assert (view.view.first, view.view.last) == (0.0, 24.0)
    assert view.window == pytest.approx((0.0, view.duration))


def test_the_keyboard_goes_from_trace_to_trace_and_stays_in_sight(qtbot, view: GatherView):
    view.set_view(replace(view.view, first=0.0, last=4.0))
    for _ in range(9):
        view.step_current(1)
    assert view.current == 9
    assert view.view.first < 9 < view.view.last
    view.step_current(-100)
    assert view.current == 0
    assert view.view.first == pytest.approx(0.0)


def test_picks_are_drawn_at_their_times_in_their_colours(view: GatherView):
    table = view.source.table
    mark = PickMark(1, "P", 1.0)
    before = grabbed(view).astype(int)
    view.set_picks({table.id_of(10): [mark], table.id_of(14): [replace(mark, phase="S")]})
    after = grabbed(view).astype(int)
    for record, colour in ((10, "#0072b2"), (14, "#d55e00")):
        place = view.pos_of(record, 1.0)
        want = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        around = after[round(place.y()) - 1 : round(place.y()) + 2, round(place.x())]
        assert np.abs(around - want).max(axis=1).min() < 40
    changed = np.argwhere(np.abs(after - before).sum(axis=2) > 30)
    time = [view.time_at(QPointF(column, row)) for row, column in changed.tolist()]
    assert min(time) > 0.9
    assert max(time) < 1.05


def test_picks_of_other_records_leave_nothing_behind(view: GatherView):
    before = grabbed(view)
    view.set_picks({"trace 99999": [PickMark(1, "P", 1.0)]})
    np.testing.assert_array_equal(grabbed(view), before)
    view.set_picks({})
    np.testing.assert_array_equal(grabbed(view), before)


def test_probabilities_have_a_strip_of_their_own_under_traces(qtbot, view: GatherView, shots: RecordSet):
    view.show_records(shots, [7], "trace", TRACES)
    at_rest(qtbot, view)
    height = view.view.height
    curve = np.exp(-(((np.arange(500) / RATE - 0.9) / 0.02) ** 2)).astype(np.float32)
    view.set_probabilities(shots.table.id_of(7), {"P": curve}, 0.0, 1 / RATE)
    assert view.view.height < height
    strip = view.strip_rect()
    picture = grabbed(view)
    blue = (picture[..., 2].astype(int) - picture[..., 0] > 80).nonzero()
    inside = [(x, y) for y, x in zip(*blue, strict=True) if strip.contains(QPointF(x, y))]
    top = min(inside, key=lambda place: place[1])
    assert view.time_at(QPointF(top[0], view.view.y + 5)) == pytest.approx(0.9, abs=0.02)
    view.display.probabilities = False
    assert view.strip_rect() is None
    assert view.view.height == height


def test_traces_by_offset_stand_where_their_offsets_are(qtbot, tmp_path: Path):
    table = make_table([100.0] * 4, [200] * 4, offset=np.array([0.0, 10.0, 20.0, 80.0]))
    records = ArrayRecords(table, np.random.default_rng(0).standard_normal((4, 1, 200)).astype(np.float32))
    view = GatherView()
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.show_records(records, [0, 1, 2, 3])
    view.display.spacing = "offset"
    at_rest(qtbot, view)
    x = [view.pos_of(record, 0.5).x() for record in range(4)]
    steps = np.diff(x)
    assert steps[2] == pytest.approx(6 * steps[0], rel=1e-3)
    assert view.record_at(QPointF(x[2] + 2 * steps[0], 250)) == 2
    view.display.drawn = "density"
    middle = view.picture.density
    assert middle.shape[0] > 4, "even columns, with a gap"
    view.close()


def test_records_of_one_event_are_shown_by_the_clock(qtbot):
    start = np.array([1000.0, 1002.5])
    table = make_table([100.0, 100.0], [1000, 1000], start=start, ids=NamedIds(["a", "b"]))
    samples = np.zeros((2, 1, 1000), np.float32)
    samples[0, 0, 600], samples[1, 0, 350] = 1.0, 1.0  # at the same moment
    view = GatherView()
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.show_records(ArrayRecords(table, samples), [0, 1])
    at_rest(qtbot, view)
    assert view.pos_of(0, 6.0).y() == pytest.approx(view.pos_of(1, 3.5).y())
    assert np.nanargmax(view.picture.raw[0, 0]) == np.nanargmax(view.picture.raw[1, 0]) == 600
    assert view.touch_at(view.pos_of(1, 3.5)).time == pytest.approx(3.5)
    view.close()


def test_records_of_other_days_begin_together():
    table = make_table([100.0, 100.0], [1000, 1000], start=np.array([0.0, 86400.0]))
    axis = TimeAxis.of(table, np.array([0, 1]))
    assert axis.delays.tolist() == [0.0, 0.0]
    assert axis.end == pytest.approx(9.99)


def test_records_of_another_rate_are_interpolated_for_the_eye(qtbot):
    table = make_table([100.0, 50.0], [1000, 500])
    samples = np.zeros((2, 1, 1000), np.float32)
    samples[0, 0] = np.sin(np.arange(1000) / 100)
    samples[1, 0, :500] = np.sin(np.arange(500) / 50)
    view = GatherView()
    qtbot.addWidget(view)
    view.show_records(ArrayRecords(table, samples), [0, 1])
    at_rest(qtbot, view)
    raw = view.picture.raw[:, 0]
    np.testing.assert_allclose(raw[0, :998], raw[1, :998], atol=1e-3)
    view.close()


def test_what_cannot_be_read_is_said_and_can_be_left(qtbot, view: GatherView, shots: RecordSet):
    broken = ArrayRecords(make_table([100.0], [100]), np.zeros((1, 1, 100), np.float32), fails=True)
    view.show_records(broken, [0], "shot 7")
    qtbot.waitUntil(lambda: view.message is not None and view.message.warning, timeout=5000)
    assert "shot 7 cannot be shown" in view.message.title
    assert "The file is gone." in view.message.sentence
    show(qtbot, view, shots, 2)
    assert view.message is None


def test_dead_and_broken_traces_are_drawn_without_harm(qtbot):
    samples = np.random.default_rng(0).standard_normal((3, 3, 400)).astype(np.float32)
    samples[0, 1] = np.nan
    samples[1, :, 100:200] = np.nan
    samples[2] = 0.0
    table = make_table([100.0] * 3, [400] * 3, components=tuple("ENZ"))
    records = ArrayRecords(table, samples)
    view = GatherView()
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.show()
    for mode, indices in ((GATHER, [0, 1, 2]), (TRACES, [0]), (TRACES, [1]), (TRACES, [2])):
        view.show_records(records, indices, "", mode)
        at_rest(qtbot, view)
        for drawn in ("density", "wiggle", "both", "auto"):
            view.display.drawn = drawn
            view.repaint()
    assert [name for name, note in view._rows() if note == "no signal"] == list("ENZ")
    view.close()


def test_the_bandpass_is_shown_and_not_baked_in(qtbot, view: GatherView):
    raw = view.picture.raw.copy()
    unfiltered = view.picture.low
    view.display.low_hz, view.display.high_hz = 5.0, 30.0
    at_rest(qtbot, view)
    assert not np.allclose(view.picture.low, unfiltered)
    np.testing.assert_array_equal(view.picture.raw, raw)
    assert any("5–30 Hz" in note for note in view._notes())


def test_hovering_tells_record_and_time(qtbot, view: GatherView):
    seen = []
    view.hovered.connect(seen.append)
    move(view, point(view, 6, 0.8))
    assert (seen[-1].record, round(seen[-1].time, 2)) == (6, 0.8)
    move(view, QPoint(3, 3))
    assert seen[-1] is None


def test_a_click_puts_the_keyboard_on_a_trace(view: GatherView):
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=point(view, 17, 0.4))
    assert view.current == 17
