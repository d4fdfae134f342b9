"""Horizons and fault sticks from ASCII files are drawn on sections, and the space between two can be filled."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from section_helpers import AXES, labels_of, pixel

from seisgui.seismic.axes import Orientation


def horizon_file(folder, name, time_of):
    lines = [
        f"{inline} {crossline} {time_of(inline, crossline):.1f}"
        for inline in AXES.inline.numbers
        for crossline in AXES.crossline.numbers
    ]
    path = folder / f"{name}.txt"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def two_horizons(view, tmp_path):
    project, dataset = view.state.project, view.state.dataset_id
    project.add_horizon(horizon_file(tmp_path, "top", lambda i, x: 460.0), dataset)
    project.add_horizon(horizon_file(tmp_path, "base", lambda i, x: 560.0 + (x - 1001) * 0.2), dataset)
    return view


def test_horizons_are_drawn_where_they_lie_and_can_be_hidden(two_horizons):
    view = two_horizons
    colour = QColor(view.content.surfaces[0].colour)

    def on_the_line():
        x, y = view.canvas.view.pixel(40.5, (460 - 400) / 4 + 0.5)
        image = view.canvas.grab().toImage()
        nearby = [image.pixelColor(round(x), round(y) + dy) for dy in (-1, 0, 1)]
        return any(abs(c.red() - colour.red()) + abs(c.blue() - colour.blue()) < 60 for c in nearby)

    assert [line.name for line in view.content.surfaces] == ["top", "base"]
    assert on_the_line()
    view.state.layer("horizons").visible = False
    assert not on_the_line()


def test_one_click_fills_between_the_horizons(two_horizons):
    view = two_horizons
    view.state.tool = "label.fill_between"
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, pixel(view, 30.5, 25.5))
    painted = labels_of(view) >= 0
    times = AXES.sample.values
    for index in (0, 30, 59):
        expected = (times >= 460.0) & (times < 560.0 + index * 4 * 0.2)
        np.testing.assert_array_equal(painted[index], expected)
    assert view.state.project.journal.undo_text == "Fill between horizons"


def test_a_click_above_the_highest_horizon_paints_nothing_and_says_so(two_horizons):
    view = two_horizons
    said = []
    view.said.connect(said.append)
    view.state.tool = "label.fill_between"
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, pixel(view, 30.5, 5.5))
    assert (labels_of(view) == -1).all()
    assert "No horizon both above and below" in said[0]
    view.set_orientation(Orientation.TIME)
    QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, pixel(view, 3.5, 5.5))
    assert "not on slices" in said[-1]


def test_fault_sticks_are_drawn_on_the_lines_beside_them(view, tmp_path):
    path = tmp_path / "fault.txt"
    rows = [f"108 {1001 + 4 * k} {420 + 6 * k} 1" for k in range(10, 30)]
    rows += [f"100 {1001 + 4 * k} {420 + 6 * k} 2" for k in range(10, 30)]
    path.write_text("\n".join(rows))
    view.state.project.add_horizon(path, view.state.dataset_id)
    assert [line.fault for line in view.content.surfaces] == [True]
    np.testing.assert_allclose(view.content.surfaces[0].points[0], (10.5, (480 - 400) / 4 + 0.5))
    assert view.content.horizon_depths() == []
