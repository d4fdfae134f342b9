"""Each tool turns a gesture into one edit of the right voxels."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from section_helpers import AXES, amplitude_of, drag, labels_of, move, pixel, position

from seisgui.gui.tools import TOOLS
from seisgui.gui.tools.fill_between import between, enclosing
from seisgui.gui.tools.raster import StrokeMask, ellipse_path, flood, polygon
from seisgui.gui.tools.snapping import snap

SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(("size", "wide", "high"), [((1, 1), 1, 1), ((7, 5), 7, 5), ((4, 6), 4, 6), ((2, 2), 2, 2)])
def test_a_dab_is_as_wide_and_high_as_the_brush(size, wide, high):
    centre = tuple(20.5 if part % 2 else 20.0 for part in size)
    mask, _, _ = ellipse_path(centre, centre, size)
    lateral, vertical = np.nonzero(mask)
    assert np.ptp(lateral) + 1 == wide
    assert np.ptp(vertical) + 1 == high


def test_strokes_are_cut_at_the_edges_of_the_section():
    stroke = StrokeMask((10, 10))
    stroke.add(*ellipse_path((0.5, 0.5), (0.5, 0.5), (5, 5)))
    stroke.add(*ellipse_path((30.5, 30.5), (40.5, 30.5), (5, 5)))
    mask, lateral0, vertical0 = stroke.cut()
    assert (lateral0, vertical0) == (0, 0)
    assert mask.shape == (3, 3)
    stroke.clear()
    assert stroke.cut() is None
    assert not stroke.mask.any()


def test_polygons_cover_the_sample_centres_inside():
    mask, i0, j0 = polygon(np.array([[2.0, 2.0], [8.0, 2.0], [8.0, 6.0], [2.0, 6.0]]), (20, 20))
    assert (i0, j0, mask.shape) == (2, 2, (6, 4))
    assert mask.all()
    mask, i0, j0 = polygon(np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]]), (20, 20))
    covered = {(i + i0, j + j0) for i, j in zip(*np.nonzero(mask), strict=True)}
    # centres at (i + .5) + (j + .5) = 10 lie on the edge itself and belong to neither side
    assert {(i, j) for i in range(10) for j in range(10) if i + j < 9} <= covered
    assert all(i + j <= 9 for i, j in covered)
    assert polygon(np.array([[1.0, 1.0], [1.2, 1.0], [1.0, 1.2]]), (20, 20)) is None
    assert polygon(np.array([[1.0, 1.0], [5.0, 1.0]]), (20, 20)) is None


def test_snapping_finds_the_event_between_samples():
    trace = np.cos(2 * np.pi * (np.arange(100) - 40.3) / 20)
    assert snap(trace, 44.0, "peak") == pytest.approx(40.8, abs=0.05)
    assert snap(trace, 44.0, "trough") == pytest.approx(50.8, abs=0.05)
    assert snap(trace, 44.0, "zero") == pytest.approx(45.8, abs=0.05)
    assert snap(trace, 44.0, "none") == 44.0
    assert snap(np.zeros(100), 44.0, "peak") == 44.0
    assert snap(np.full(100, np.nan), 44.0, "zero") == 44.0
    assert snap(trace, 1.0, "trough") == pytest.approx(10.8, abs=0.05)


def test_flood_fills_stay_within_the_connected_amplitudes():
    amplitude = np.zeros((30, 40), np.float32)
    amplitude[5:10, 5:20] = 10.0
    amplitude[20:25, 5:20] = 10.0
    amplitude[7, 10] = np.nan
    mask = flood(amplitude, 6, 6, 0.5)
    assert mask.sum() == 5 * 15 - 1
    assert not mask[20:25].any()
    assert not flood(amplitude, 7, 10, 0.5).any()


def test_fill_between_takes_the_nearest_horizons_and_only_where_both_are():
    shallow, upper, lower = np.full(6, 2.0), np.full(6, 10.0), np.array([20.0, 20, 20, 20, np.nan, 20])
    assert enclosing([lower, shallow, upper], 2, 15.0) == (pytest.approx(upper), pytest.approx(lower, nan_ok=True))
    assert enclosing([lower, shallow, upper], 2, 25.0) is None
    assert enclosing([lower, shallow, upper], 4, 15.0) is None
    mask = between(upper, lower, 40)
    assert mask[0].nonzero()[0].tolist() == list(range(10, 20))
    assert not mask[4].any()


def test_shift_paints_straight_from_where_the_drag_began(view):
    view.state.brush.traces = view.state.brush.samples = 3
    wanted = [pixel(view, 10.5, 20.5), pixel(view, 50.5, 20.5)]
    drag(view, [wanted[0], pixel(view, 30, 60), wanted[1]], modifiers=SHIFT)
    lateral, vertical = np.nonzero(labels_of(view) >= 0)
    assert set(vertical) == {19, 20, 21}
    assert np.ptp(lateral) == 42


def test_the_line_tool_covers_every_trace_once_with_the_brush_height(view):
    view.state.tool = "label.line"
    view.state.brush.samples = 3
    drag(view, [pixel(view, 10.5, 20.5), pixel(view, 30.5, 50.5), pixel(view, 50.5, 30.5)])
    counts = (labels_of(view) >= 0).sum(axis=1)
    assert (counts[10:51] >= 3).all()
    assert counts[:10].sum() == counts[51:].sum() == 0


def test_the_line_tool_snaps_trace_by_trace(view):
    view.state.tool = "label.line"
    view.state.brush.samples = 1
    view.state.brush.snap = "peak"
    points = [pixel(view, 5.5, 40.5), pixel(view, 30.5, 36.5), pixel(view, 50.5, 32.5)]
    drag(view, points)
    lateral, vertical = np.nonzero(labels_of(view) >= 0)
    amplitude = amplitude_of(AXES)[4]
    picked = amplitude[lateral, vertical]
    assert len(lateral) >= 40
    assert (picked > 900).all()


def test_a_line_by_clicks_goes_through_its_points_and_ends_with_a_double_click(view):
    view.state.tool = "label.line"
    view.state.brush.samples = 1
    points = [pixel(view, 10.5, 20.5), pixel(view, 30.5, 50.5), pixel(view, 50.5, 30.5)]
    for point in points:
        QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, NONE, point)
        move(view, point + QPoint(9, 9))
    assert (labels_of(view) == -1).all()
    QTest.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, NONE, points[-1])
    painted = labels_of(view) >= 0
    assert painted[10, 20]
    assert painted[30, 50]
    assert painted[50, 30]
    assert (painted.sum(axis=1)[10:51] >= 1).all()
    assert view.canvas.overlaid.outline is None
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, NONE, points[0])
    QTest.keyClick(view.canvas, Qt.Key.Key_Escape)
    QTest.keyClick(view.canvas, Qt.Key.Key_Return)
    np.testing.assert_array_equal(labels_of(view) >= 0, painted)


def test_a_lasso_paints_its_inside(view):
    view.state.tool = "label.polygon"
    corners = [pixel(view, 10, 10), pixel(view, 40, 10), pixel(view, 40, 50), pixel(view, 10, 50), pixel(view, 10, 12)]
    drag(view, corners)
    painted = labels_of(view) >= 0
    assert painted[12:38, 14:48].all()
    assert abs(int(painted.sum()) - 30 * 40) < 120
    assert view.canvas.overlaid.outline is None


def test_a_polygon_by_clicks_is_closed_with_enter_and_forgotten_with_escape(view):
    view.state.tool = "label.polygon"
    corners = [pixel(view, 10, 10), pixel(view, 40, 10), pixel(view, 40, 50)]
    for corner in corners:
        QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, NONE, corner)
        move(view, corner + QPoint(5, 5))
    assert (labels_of(view) == -1).all()
    QTest.keyClick(view.canvas, Qt.Key.Key_Return)
    assert abs(int((labels_of(view) >= 0).sum()) - 600) < 80
    view.state.project.journal.undo()
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, NONE, corners[0])
    QTest.keyClick(view.canvas, Qt.Key.Key_Escape)
    QTest.keyClick(view.canvas, Qt.Key.Key_Return)
    assert (labels_of(view) == -1).all()


def test_the_flood_fill_paints_what_it_showed_and_dragging_widens_it(view):
    view.state.tool = "label.fill"
    point = pixel(view, 30.5, 40.5)
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, NONE, point)
    i, j = (int(p) for p in position(view, point))
    amplitude = amplitude_of(AXES)[4]
    expected = flood(amplitude, i, j, view.state.brush.tolerance * view.clip)
    np.testing.assert_array_equal(labels_of(view) >= 0, expected)
    view.state.project.journal.undo()
    drag(view, [point, point + QPoint(40, 0), point + QPoint(80, 0)])
    assert (labels_of(view) >= 0).sum() > expected.sum()


def test_pan_and_zoom_tools_move_the_window_and_paint_nothing(view):
    view.state.tool = "view.zoom"
    drag(view, [pixel(view, 10, 20), pixel(view, 30, 40), pixel(view, 40, 60)])
    assert view.canvas.view.lateral_range() == pytest.approx((10, 40), abs=0.2)
    assert view.canvas.view.vertical_range() == pytest.approx((20, 60), abs=0.2)
    view.state.tool = "view.pan"
    start, end = pixel(view, 20, 30), pixel(view, 25, 45)
    under = position(view, start)
    drag(view, [start, end])
    assert position(view, end) == pytest.approx(under)
    view.state.tool = "label.brush"
    before = view.canvas.view
    drag(view, [end, start], Qt.MouseButton.MiddleButton)
    assert view.canvas.view != before
    assert (labels_of(view) == -1).all()
    assert view.state.project.journal.undo_text != "Brush"


def test_the_cursor_is_the_ellipse_that_is_painted(view):
    point = pixel(view, 30.3, 40.7)
    move(view, point)
    lateral, vertical, half_width, half_height = view.canvas.overlaid.cursor
    drag(view, [point, point])
    i, j = np.nonzero(labels_of(view) >= 0)
    assert (i.min(), i.max() + 1) == pytest.approx((lateral - half_width, lateral + half_width))
    assert (j.min(), j.max() + 1) == pytest.approx((vertical - half_height, vertical + half_height))


def test_changing_the_tool_forgets_an_open_polygon(view):
    view.state.tool = "label.polygon"
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, NONE, pixel(view, 10, 10))
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, NONE, pixel(view, 40, 10))
    view.state.tool = "label.brush"
    assert view.canvas.overlaid.outline is None
    view.state.tool = "label.polygon"
    QTest.keyClick(view.canvas, Qt.Key.Key_Return)
    assert (labels_of(view) == -1).all()


def test_the_clip_grip_on_the_colour_bar_changes_the_clip_and_a_double_click_resets_it(view, qtbot):
    before = view.clip
    bar = view.canvas.bar_rect()
    grip = bar.topLeft().toPoint() + QPoint(5, 4)
    drag(view, [grip, grip - QPoint(0, 40), grip - QPoint(0, 80)])
    qtbot.waitUntil(lambda: view.clip == pytest.approx(2 * before, rel=0.05), timeout=3000)
    QTest.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, NONE, grip)
    qtbot.waitUntil(lambda: view.clip == pytest.approx(before), timeout=3000)


def test_every_tool_says_its_command():
    assert set(TOOLS) == {
        "label.brush",
        "label.eraser",
        "label.line",
        "label.polygon",
        "label.fill",
        "label.fill_between",
        "review.lasso",
        "view.pan",
        "view.zoom",
    }


def test_fill_between_without_horizons_says_what_is_missing(view):
    said = []
    view.said.connect(said.append)
    view.state.tool = "label.fill_between"
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, NONE, pixel(view, 30, 40))
    assert "No horizon both above and below" in said[0]
