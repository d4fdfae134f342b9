"""Panes side by side share line numbers, zoom and crosshair unless they are unlinked."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from section_helpers import drag, labels_of, move, pixel, settle, turn_wheel

from seisgui.gui.views.frame import position_of
from seisgui.gui.views.map_geometry import nearest, outline
from seisgui.gui.views.panes import PaneGrid
from seisgui.gui.views.statistics import StatisticsView
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.volume import ArrayVolume


def test_four_panes_show_the_three_orientations_and_the_map(grid, qtbot):
    grid.set_layout(4)
    settle(qtbot, *grid.views)
    assert [view.objectName() for view in grid.views] == ["view.inline", "view.crossline", "view.time"]
    assert grid.panes[3].shows_map
    assert len(grid.refs) == 3
    assert grid.panes[3].map_pane.map.isVisible()


def test_fewer_panes_keep_their_sections(grid, qtbot):
    grid.set_layout(4)
    grid.views[0].set_ref(SectionRef(Orientation.INLINE, 104))
    grid.set_layout(1)
    assert grid.refs == (SectionRef(Orientation.INLINE, 104),)
    with pytest.raises(ValueError, match="3 panes"):
        grid.set_layout(3)


def test_linked_panes_of_one_orientation_step_together(grid, qtbot):
    grid.set_layout(2)
    first, second = grid.views
    second.set_orientation(Orientation.INLINE)
    settle(qtbot, first, second)
    turn_wheel(first, -1)
    assert first.ref.number == second.ref.number == 110
    grid.linked = False
    turn_wheel(first, -1)
    assert (first.ref.number, second.ref.number) == (112, 110)


def test_zoom_is_shared_along_common_axes(grid, qtbot):
    grid.set_layout(2)
    inline, crossline = grid.views
    settle(qtbot, inline, crossline)
    inline.set_ranges({"sample": (500.0, 600.0)})
    assert crossline.ranges()["sample"] == pytest.approx((500.0, 600.0))
    assert crossline.canvas.view.lateral_range() == (0, 9)
    grid.linked = False
    inline.fit()
    assert crossline.ranges()["sample"] == pytest.approx((500.0, 600.0))
    grid.linked = True
    assert crossline.ranges()["sample"] == pytest.approx(inline.ranges()["sample"])


def test_the_crosshair_follows_in_the_other_panes(grid, qtbot):
    grid.set_layout(4)
    inline, crossline, time = grid.views
    settle(qtbot, inline, crossline, time)
    point = pixel(inline, 20.5, 30.5)
    move(inline, point)
    lateral, vertical = inline.canvas.view.position(point.x(), point.y())
    assert inline.canvas.overlaid.crosshair is None
    assert crossline.canvas.overlaid.crosshair == pytest.approx((4.5, vertical))
    assert time.canvas.overlaid.crosshair == pytest.approx((4.5, lateral))
    grid.linked = False
    move(inline, pixel(inline, 40.5, 30.5))
    assert crossline.canvas.overlaid.crosshair == pytest.approx((4.5, vertical))


def test_ctrl_click_takes_the_other_panes_there(grid, qtbot):
    grid.set_layout(4)
    inline, crossline, time = grid.views
    settle(qtbot, inline, crossline, time)
    point = pixel(inline, 15.5, 22.5)
    QTest.mouseClick(inline.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, point)
    i, j = (int(p) for p in inline.canvas.view.position(point.x(), point.y()))
    assert crossline.ref.number == 1001 + 4 * i
    assert time.ref.number == 400 + 4 * j
    assert (labels_of(inline) == -1).all()


def test_labels_painted_in_one_pane_show_in_the_others(grid, qtbot):
    grid.set_layout(2)
    inline, crossline = grid.views
    settle(qtbot, inline, crossline)
    lateral = position_of(inline.frame.lateral_axis, crossline.ref.number)
    drag(inline, [pixel(inline, lateral - 5, 40), pixel(inline, lateral + 5, 40)])
    assert (labels_of(crossline) >= 0).sum() >= 3
    index = crossline.content.planes.labels
    assert (index != 255).sum() == (labels_of(crossline) >= 0).sum()


def test_a_pane_turns_into_the_map_and_back(grid, qtbot):
    pane = grid.panes[0]
    pane.view.header.kinds.setCurrentIndex(pane.view.header.kinds.findData("map"))
    pane.view.header.kinds.activated.emit(0)
    assert pane.shows_map
    assert grid.refs == ()
    header = pane.map_pane.header
    header.kinds.setCurrentIndex(header.kinds.findData("crossline"))
    header.kinds.activated.emit(0)
    assert not pane.shows_map
    assert pane.view.ref.orientation is Orientation.CROSSLINE


def test_a_click_on_the_map_goes_there(grid, qtbot):
    grid.set_layout(4)
    settle(qtbot, *grid.views)
    survey = grid.panes[3].map_pane.map
    transform = survey._transform()
    place = survey._coordinates()[0][2, 40], survey._coordinates()[1][2, 40]
    QTest.mouseClick(
        survey, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, transform.pixel(*place).toPoint()
    )
    assert grid.views[0].ref.number == 104
    assert abs(grid.views[1].ref.number - (1001 + 160)) <= 8


def test_the_outline_follows_missing_traces():
    x, y = np.meshgrid(np.arange(5.0), np.arange(4.0))
    live = np.ones((4, 5), dtype=bool)
    live[1, :2] = False
    edge = outline(x, y, live)
    assert [2.0, 1.0] in edge.tolist()
    assert [0.0, 1.0] not in edge.tolist()
    assert (edge[0] == edge[-1]).all()
    assert nearest(x, y, (3.2, 1.9)) == (2, 3)


def test_another_survey_replaces_the_sections(grid, qtbot):
    grid.set_layout(2)
    settle(qtbot, *grid.views)
    axes = grid.views[0].frame.axes
    other = type(axes)(type(axes.inline)(7, 1, 1), axes.crossline, axes.sample)
    grid._state.show(None, ArrayVolume(np.zeros(other.shape, np.float32), other))
    settle(qtbot, *grid.views)
    assert grid.views[0].ref == SectionRef(Orientation.INLINE, 7)
    assert grid.panes[1].shows_map
    grid._state.show(None, None)
    assert grid.views[0].ref is None
    assert grid.refs == ()


def test_statistics_are_those_of_the_visible_window(grid, qtbot):
    widget = StatisticsView()
    qtbot.addWidget(widget)
    widget.resize(300, 260)
    widget.follow(grid.active_view)
    widget.show()
    qtbot.waitUntil(lambda: widget.statistics is not None, timeout=3000)
    whole = widget.statistics
    # The test survey is a sinusoid of .45 radians a sample of 4 ms: 17.9 Hz.
    assert whole.frequency[whole.strength.argmax()] == pytest.approx(0.45 / (2 * np.pi * 0.004), abs=1.7)
    assert whole.unit == "Hz"
    grid.active_view.set_ranges({"sample": (420.0, 520.0)})
    qtbot.waitUntil(lambda: widget.statistics is not whole, timeout=3000)
    assert widget.statistics.counts.sum() < whole.counts.sum()
    image = widget.grab().toImage()
    assert len({image.pixel(x, y) for x in range(0, 300, 3) for y in range(0, 260, 3)}) > 4


def test_threads_end_with_the_grid(workplace, qtbot):
    grid = PaneGrid(workplace.state, workplace.predictions)
    qtbot.addWidget(grid)
    grid.resize(600, 400)
    grid.show()
    for number in range(100, 116, 2):
        grid.active_view.set_ref(SectionRef(Orientation.INLINE, number))
    grid.close()
    readers = {"section reader", "copy reader", "reading ahead", "display copies"}
    assert readers.isdisjoint(thread.name for thread in threading.enumerate())
    drag(grid.active_view, [QPoint(100, 100), QPoint(150, 150)], release=False)
    QApplication.processEvents()


def test_the_pane_that_keys_go_to_is_marked(qtbot, grid):
    assert not grid.views[0].header.marked
    grid.set_layout(2)
    settle(qtbot, *grid.views)
    second = grid.views[1]
    centre = QPointF(second.canvas.plot_rect().center()).toPoint()
    QTest.mouseClick(second.canvas, Qt.MouseButton.MiddleButton, pos=centre)
    assert [view.header.marked for view in grid.views] == [False, True]
    line = second.header.grab().toImage().pixelColor(3, second.header.height() - 1)
    assert line == second.header.palette().highlight().color()
