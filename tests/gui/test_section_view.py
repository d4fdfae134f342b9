"""A section view shows the survey, steps through it, and paints."""

from __future__ import annotations

import itertools
import os
import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from section_helpers import AXES, amplitude_of, drag, labels_of, move, pixel, position, settle, turn_wheel

from seisgui.gui.state import WorkbenchState
from seisgui.gui.views.predictions import PredictionStore
from seisgui.gui.views.section import SectionView
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.colour_maps import COLOUR_MAPS
from seisgui.seismic.display import percentile_clip, to_uint8
from seisgui.seismic.volume import ArrayVolume


def ellipse_path_by_hand(shape, path, size):
    """Every voxel whose centre is within the ellipse of some point of the path, point by point."""
    half = np.array(size) / 2
    painted = np.zeros(shape, dtype=bool)
    centres = np.stack(np.meshgrid(np.arange(shape[0]) + 0.5, np.arange(shape[1]) + 0.5, indexing="ij"), axis=-1)
    for start, end in itertools.pairwise(path):
        for share in np.linspace(0, 1, 400):
            point = np.array(start) * (1 - share) + np.array(end) * share
            painted |= (((centres - point) / half) ** 2).sum(axis=-1) <= 1 + 1e-9
    return painted


def test_a_stroke_paints_exactly_the_ellipse_along_the_path(view):
    points = [pixel(view, 12.4, 20.3), pixel(view, 30.6, 41.2), pixel(view, 44.5, 30.5)]
    drag(view, points)
    path = [tuple(np.floor(position(view, point)) + 0.5) for point in points]
    expected = ellipse_path_by_hand(view.frame.shape, path, (7, 5))
    painted = labels_of(view) == view.state.active_class
    # 400 points a segment come within 1e-3 of a voxel of the swept ellipse, which only the edge can notice
    assert (painted & ~expected).sum() <= 2
    assert not (expected & ~painted).any()
    assert painted.sum() > 150
    assert view.state.project.journal.can_undo


def test_fast_strokes_leave_no_gaps(view):
    view.state.brush.traces = view.state.brush.samples = 1
    drag(view, [pixel(view, 2.5, 3.5), pixel(view, 57.5, 70.5)])
    painted = labels_of(view) >= 0
    lateral, vertical = np.nonzero(painted)
    order = np.lexsort((lateral, vertical))
    steps = np.diff(np.stack([lateral, vertical])[:, order], axis=1)
    assert np.abs(steps).max() == 1
    assert vertical.max() - vertical.min() == 67


def test_the_right_button_erases_whatever_the_tool(view):
    drag(view, [pixel(view, 10, 30), pixel(view, 50, 30)])
    before = (labels_of(view) >= 0).sum()
    view.state.tool = "label.fill"
    drag(view, [pixel(view, 30, 20), pixel(view, 30, 40)], Qt.MouseButton.RightButton)
    after = labels_of(view)
    assert 0 < (after >= 0).sum() < before
    assert (after[30, 28:32] == -1).all()


def test_one_drag_is_one_undo_step_and_the_view_follows(view):
    drag(view, [pixel(view, 10, 30), pixel(view, 30, 35), pixel(view, 50, 30)])
    colour = QColor(view.state.labels.classes[0].colour)
    spot = pixel(view, 30.5, 35.5)
    view.state.layer("labels").opacity = 1.0
    assert view.canvas.grab().toImage().pixelColor(spot) == colour
    view.state.project.journal.undo()
    assert (labels_of(view) == -1).all()
    assert view.canvas.grab().toImage().pixelColor(spot) != colour
    assert not view.state.project.journal.can_undo or view.state.project.journal.undo_text != "Brush"
    view.state.project.journal.redo()
    assert view.canvas.grab().toImage().pixelColor(spot) == colour


def test_the_stroke_is_seen_before_the_button_goes_up_and_is_no_label_yet(view):
    view.state.layer("labels").opacity = 1.0
    drag(view, [pixel(view, 10, 30), pixel(view, 50, 30)], release=False)
    colour = QColor(view.state.labels.classes[0].colour)
    assert view.canvas.grab().toImage().pixelColor(pixel(view, 30.5, 30.5)) == colour
    assert (labels_of(view) == -1).all()
    QTest.keyClick(view.canvas, Qt.Key.Key_Escape)
    assert view.canvas.grab().toImage().pixelColor(pixel(view, 30.5, 30.5)) != colour
    QTest.mouseRelease(view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, pixel(view, 50, 30))
    assert (labels_of(view) == -1).all()


def test_a_stroke_is_kept_when_the_section_changes_under_it(view, qtbot):
    first = view.ref
    drag(view, [pixel(view, 10, 30), pixel(view, 50, 30)], release=False)
    QTest.keyClick(view.canvas, Qt.Key.Key_PageDown)
    settle(qtbot, view)
    assert view.ref.number == first.number + 2
    QTest.mouseRelease(view.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, pixel(view, 20, 60))
    assert (view.state.labels.section(first)[0] >= 0).sum() > 200
    assert (labels_of(view) == -1).all()


def test_painting_can_be_restricted_to_unlabelled_voxels(view):
    drag(view, [pixel(view, 10, 30), pixel(view, 50, 30)])
    first = labels_of(view) == 0
    view.state.active_class = view.state.labels.classes[1].id
    view.state.brush.restrict = "unlabelled"
    drag(view, [pixel(view, 30, 10), pixel(view, 30, 60)])
    after = labels_of(view)
    assert (after[first] == 0).all()
    assert (after == 1).sum() > 100


def test_neighbouring_lines_get_the_same_stroke(view):
    view.state.brush.neighbours = 1
    drag(view, [pixel(view, 10, 30), pixel(view, 50, 30)])
    number = view.ref.number
    here = labels_of(view)
    for other in (number - 2, number + 2):
        np.testing.assert_array_equal(view.state.labels.section(SectionRef(Orientation.INLINE, other))[0], here)
    assert (view.state.labels.section(SectionRef(Orientation.INLINE, number + 4))[0] == -1).all()


def test_number_keys_choose_the_class_and_brackets_the_brush(view):
    QTest.keyClicks(view.canvas, "3")
    assert view.state.active_class == view.state.labels.classes[2].id
    QTest.keyClicks(view.canvas, "9")
    assert view.state.active_class == view.state.labels.classes[2].id
    QTest.keyClicks(view.canvas, "]]")
    assert (view.state.brush.traces, view.state.brush.samples) > (8, 6)
    QTest.keyClicks(view.canvas, "[" * 20)
    assert (view.state.brush.traces, view.state.brush.samples) == (1, 1)


def test_wheel_page_keys_box_and_slider_step_by_lines(view, qtbot):
    assert view.ref == SectionRef(Orientation.INLINE, 108)
    turn_wheel(view, -1)
    assert view.ref.number == 110
    turn_wheel(view, 2)
    assert view.ref.number == 106
    QTest.keyClick(view.canvas, Qt.Key.Key_PageDown)
    assert view.ref.number == 108
    QTest.keyClick(view.canvas, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ShiftModifier)
    assert view.ref.number == 100
    view.header.number.setValue(113)
    view.header.number.editingFinished.emit()
    assert view.ref.number == 112
    assert view.header.slider.value() == 6
    view.header.slider.setValue(2)
    assert view.ref.number == 104
    settle(qtbot, view)
    np.testing.assert_allclose(view.amplitude, amplitude_of(AXES)[2], rtol=1e-5)


def test_ctrl_wheel_zooms_about_the_mouse(view):
    centre = view.canvas.plot_rect().center()
    before = view.canvas.view.position(centre.x(), centre.y())
    turn_wheel(view, 3, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_allclose(view.canvas.view.position(centre.x(), centre.y()), before)
    assert view.canvas.view.lateral_range()[1] - view.canvas.view.lateral_range()[0] == pytest.approx(60 / 1.25**3)
    view.fit()
    assert view.canvas.view.lateral_range() == (0, 60)


def test_shades_on_the_screen_are_those_of_the_true_amplitudes(view):
    turn_wheel(view, 20, Qt.KeyboardModifier.ControlModifier)
    for rule in ("P95", "P99", "max"):
        view.state.display.clip_rule = rule
        deadline = time.monotonic() + 5
        true = amplitude_of(AXES)[4]
        clip = percentile_clip(true, rule)
        while abs(view.clip - clip) > 1e-3 * clip and time.monotonic() < deadline:
            QApplication.processEvents()
        shades = to_uint8(true, view.clip)
        image = view.canvas.grab().toImage()
        seen = view.canvas.view
        lateral, vertical = seen.visible_slices(*view.frame.shape)
        for i in range(lateral.start + 1, lateral.stop - 1):
            for j in range(vertical.start + 1, vertical.stop - 1):
                x, y = seen.pixel(i + 0.5, j + 0.5)
                if y < seen.y + seen.height - 50:  # above the scale bar
                    assert image.pixelColor(int(x), int(y)).red() == COLOUR_MAPS["grey"][shades[i, j], 0]


def test_other_orientations_show_the_right_numbers(view, qtbot):
    view.set_orientation(Orientation.CROSSLINE)
    settle(qtbot, view)
    assert view.objectName() == "view.crossline"
    np.testing.assert_allclose(view.amplitude, amplitude_of(AXES)[:, AXES.section_index(view.ref)], rtol=1e-5)
    assert view.frame.lateral_title == "Inline"
    view.set_orientation(Orientation.TIME)
    settle(qtbot, view)
    assert view.objectName() == "view.time"
    assert view.frame.title.startswith("Time slice")
    drag(view, [pixel(view, 2.5, 20.5), pixel(view, 6.5, 40.5)])
    assert (labels_of(view) >= 0).sum() > 50


def test_the_read_out_tells_place_amplitude_and_class(view):
    told = []
    view.cursor.connect(told.append)
    drag(view, [pixel(view, 10.5, 30.5), pixel(view, 50.5, 30.5)])
    move(view, pixel(view, 30.5, 30.5))
    read = told[-1]
    i, j = (int(p) for p in position(view, pixel(view, 30.5, 30.5)))
    assert (read.inline, read.crossline, read.sample) == (108, 1001 + 4 * i, 400 + 4 * j)
    assert read.amplitude == pytest.approx(amplitude_of(AXES)[4, i, j], rel=1e-4)
    assert (read.class_name, read.provenance) == ("salt", "painted")
    assert "IL 108" in read.text()
    move(view, QPoint(3, 3))
    assert told[-1] is None


def test_an_empty_view_says_what_to_do_next(qtbot):
    view = SectionView(WorkbenchState(), PredictionStore())
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    assert "Open a SEG-Y, or try the sample survey" in view.canvas.message.sentence
    assert len(view.canvas.message.keys) == 4
    drag(view, [QPoint(100, 100), QPoint(200, 200)])
    QTest.keyClick(view.canvas, Qt.Key.Key_PageDown)
    image = view.canvas.grab().toImage()
    assert len({image.pixel(x, y) for x in range(100, 500, 2) for y in range(120, 300, 2)}) > 3
    view.close()


def test_a_file_truncated_while_open_is_said_in_the_view_and_other_lines_still_show(view, qtbot):
    file = view.state.project.source_path(view.state.volume_id)
    os.truncate(file, file.stat().st_size // 2)
    said = []
    view.said.connect(said.append)
    view.set_ref(SectionRef(Orientation.INLINE, 116))
    qtbot.waitUntil(lambda: view.canvas.message is not None, timeout=5000)
    assert file.name in view.canvas.message.sentence
    assert said
    turn_wheel(view, 8)
    assert view.ref.number == 100


def test_a_file_that_vanished_while_open_is_said_and_shown_again_when_it_is_back(view, qtbot):
    file = view.state.project.source_path(view.state.volume_id)
    away = file.rename(file.with_suffix(".away"))
    view.set_ref(SectionRef(Orientation.INLINE, 104))
    qtbot.waitUntil(lambda: view.canvas.message is not None, timeout=5000)
    assert file.name in view.canvas.message.sentence
    away.rename(file)
    view.reload()
    settle(qtbot, view)
    assert view.canvas.message is None
    np.testing.assert_allclose(view.amplitude, amplitude_of(AXES)[2], rtol=1e-5)


def test_a_file_replaced_by_another_while_open_is_said_in_the_view(view, qtbot):
    file = view.state.project.source_path(view.state.volume_id)
    file.with_suffix(".new").write_bytes(b"x" * 5000)
    file.with_suffix(".new").replace(file)
    view.set_ref(SectionRef(Orientation.INLINE, 104))
    qtbot.waitUntil(lambda: view.canvas.message is not None, timeout=5000)
    assert file.name in view.canvas.message.sentence


def test_holes_are_drawn_as_paper_not_as_amplitude(qtbot):
    amplitude = amplitude_of(AXES)
    amplitude[:, 20:30] = np.nan
    state = WorkbenchState()
    view = SectionView(state, PredictionStore())
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.show()
    state.show(None, ArrayVolume(amplitude, AXES))
    settle(qtbot, view)
    paper = view.canvas.palette().base().color()
    image = view.canvas.grab().toImage()
    assert {image.pixelColor(pixel(view, 25.5, v)).rgb() for v in range(5, 60, 5)} == {paper.rgb()}
    assert image.pixelColor(pixel(view, 35.5, 20)).rgb() != paper.rgb()
    view.close()


@pytest.mark.parametrize("mode", ["wiggle", "both"])
def test_wiggles_are_drawn(view, mode):
    before = view.canvas.grab().toImage()
    view.state.display.mode = mode
    after = view.canvas.grab().toImage()
    assert before != after
    inked = sum(after.pixelColor(x, 200).red() < 40 for x in range(100, 500))
    assert 20 < inked < 380


def test_painting_without_a_project_says_why(qtbot):
    state = WorkbenchState()
    view = SectionView(state, PredictionStore())
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    state.show(None, ArrayVolume(amplitude_of(AXES), AXES))
    settle(qtbot, view)
    said = []
    view.said.connect(said.append)
    drag(view, [pixel(view, 10, 30), pixel(view, 50, 30)])
    assert said == ["There is no label set to paint into: open or create a project first."]
    view.close()


def test_closing_the_view_in_the_middle_of_a_stroke_keeps_it(view):
    drag(view, [pixel(view, 10, 30), pixel(view, 50, 30)], release=False)
    ref = view.ref
    view.close()
    assert (view.state.labels.section(ref)[0] >= 0).sum() > 200


def test_mirrored_sections_paint_where_the_mouse_is(view):
    view.state.display.flip = True
    assert view.canvas.view.left > view.canvas.view.right
    point = pixel(view, 15.5, 30.5)
    assert point.x() > view.canvas.width() / 2
    drag(view, [point, point])
    assert labels_of(view)[15, 30] == 0


def test_events_sent_to_the_view_itself_reach_the_canvas(view):
    offset = view.canvas.mapTo(view, QPoint(0, 0))
    start, end = pixel(view, 20.5, 30.5) + offset, pixel(view, 40.5, 30.5) + offset
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert labels_of(view)[20, 30] == labels_of(view)[40, 30] == 0
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    assert view.ref.number == 110


def test_equal_aspect_is_held_through_zoom_and_resize(view):
    view.header.equal_button.click()
    assert view.state.display.aspect == "equal"
    for change in (
        lambda: view.zoom(1.7),
        lambda: view.resize(520, 620),
        lambda: view.set_ranges({"sample": (450, 500)}),
    ):
        change()
        QApplication.processEvents()
        assert abs(view.canvas.view.vertical_scale) == pytest.approx(abs(view.canvas.view.lateral_scale), rel=1e-6)
    view.header.equal_button.click()
    view.fit()
    assert view.canvas.view.lateral_range() == (0, 60)


def test_choosing_a_clip_rule_takes_the_place_of_a_clip_set_by_hand(view, qtbot):
    view.state.display.clip = 5000.0
    qtbot.waitUntil(lambda: view.clip == 5000.0, timeout=3000)
    view.state.display.clip_rule = "P95"
    qtbot.waitUntil(lambda: view.clip < 2000.0, timeout=3000)
    assert view.state.display.clip == 0.0


def test_gain_lowers_the_clip_and_agc_evens_the_trace(view, qtbot):
    before = view.clip
    view.state.display.gain_db = 6.0
    qtbot.waitUntil(lambda: view.clip == pytest.approx(before / 10**0.3, rel=1e-3), timeout=3000)
    view.state.display.agc_ms = 100.0
    qtbot.waitUntil(lambda: view.clip < 10, timeout=3000)
    assert view.canvas.decoration.bar.title == "After AGC"
    np.testing.assert_allclose(view.amplitude, amplitude_of(AXES)[4], rtol=1e-5)


def test_a_read_only_project_is_looked_at_and_not_painted(view, qtbot):
    path = view.state.project.path
    reading = type(view.state.project).open(path, read_only=True)
    dataset = reading.datasets()[0]
    state = WorkbenchState()
    other = SectionView(state, PredictionStore())
    qtbot.addWidget(other)
    other.resize(500, 400)
    other.show()
    state.show(
        reading, reading.open_volume(dataset_id=dataset.id), dataset.id, None, reading.labels(dataset_id=dataset.id)
    )
    settle(qtbot, other)
    said = []
    other.said.connect(said.append)
    drag(other, [pixel(other, 10, 30), pixel(other, 50, 30)])
    assert said == ["This project is open read-only here, so nothing can be painted."]
    assert (labels_of(other) == -1).all()
    other.close()
    reading.close()


def test_a_view_that_is_deleted_without_being_closed_no_longer_listens(workplace, qtbot):
    view = SectionView(workplace.state, workplace.predictions)
    view.resize(400, 300)
    view.show()
    settle(qtbot, view)
    view.deleteLater()
    QApplication.sendPostedEvents(view, 52)  # DeferredDelete
    QApplication.processEvents()
    workplace.state.layer("labels").opacity = 0.3
    workplace.state.tool = "label.polygon"
    workplace.state.labels.add_class("coal")
    workplace.predictions.changed.emit(None)


@pytest.fixture
def without_style_sheet(qapp):
    """A window of an earlier test may have left its theme's style sheet, which overrules a widget's palette."""
    kept = qapp.styleSheet()
    qapp.setStyleSheet("")
    yield
    qapp.setStyleSheet(kept)


def test_dark_and_light_papers_follow_the_palette(without_style_sheet, view):
    from PySide6.QtGui import QPalette

    palette = QPalette(view.palette())
    palette.setColor(QPalette.ColorRole.Window, QColor("#101010"))
    palette.setColor(QPalette.ColorRole.Base, QColor("#202020"))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#e0e0e0"))
    view.setPalette(palette)
    QApplication.processEvents()
    image = view.canvas.grab().toImage()
    assert image.pixelColor(2, 2).name() == "#101010"
    assert view.content.planes.background == (0x20, 0x20, 0x20)


def test_velocities_use_the_whole_colour_bar(qtbot):
    velocity = 1500 + 3000 * np.random.default_rng(0).random(AXES.shape).astype(np.float32)
    state = WorkbenchState()
    view = SectionView(state, PredictionStore())
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.show()
    state.show(None, ArrayVolume(velocity, AXES))
    settle(qtbot, view)
    assert view.clips == pytest.approx((1500, 4500), rel=0.03)
    assert view.canvas.decoration.bar.title == "Value"
    shades = view.content.planes.shade
    assert shades.min() < 5
    assert shades.max() > 249
    assert view.amplitude.min() > 1499
    view.close()
