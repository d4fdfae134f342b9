"""Positions, pixels and line numbers are turned into one another without loss."""

from __future__ import annotations

import numpy as np
import pytest

from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.magnify import Quality, scaled
from seisgui.gui.views.planes import UNLABELLED, SectionPlanes, edges
from seisgui.gui.views.ticks import line_ticks, nice_step, tick_text, ticks
from seisgui.gui.views.viewport import Viewport, fitted
from seisgui.gui.views.wiggle import wiggle_mask
from seisgui.interpretation.facies import Region
from seisgui.learning.stored import section_name
from seisgui.seismic.axes import Domain, LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes

AXES = VolumeAxes(LineAxis(100, 2, 9), LineAxis(1001, 4, 60), SampleAxis(400.0, 4.0, 80))


@pytest.mark.parametrize("orientation", list(Orientation))
def test_places_and_positions_are_inverse(orientation):
    number = {Orientation.INLINE: 104, Orientation.CROSSLINE: 1041, Orientation.TIME: 480.0}[orientation]
    frame = SectionFrame(SectionRef(orientation, number), AXES)
    place = frame.place(3.5, 7.5)
    assert frame.project(*place) == pytest.approx((3.5, 7.5))
    i, j, k = frame.indices(3.5, 7.5)
    expected = AXES.inline.numbers[i], AXES.crossline.numbers[j], AXES.sample.values[k]
    assert place == pytest.approx(expected)


def test_titles_name_the_axes_and_units():
    frame = SectionFrame(SectionRef(Orientation.INLINE, 104), AXES)
    assert (frame.title, frame.lateral_title, frame.vertical_title) == ("Inline 104", "Crossline", "Two-way time (ms)")
    depth = VolumeAxes(AXES.inline, AXES.crossline, SampleAxis(0.0, 5.0, 80, Domain.DEPTH, "m"))
    assert SectionFrame(SectionRef(Orientation.CROSSLINE, 1001), depth).vertical_title == "Depth (m)"
    assert SectionFrame(SectionRef(Orientation.TIME, 100.0), depth).title == "Depth slice 100 m"


def test_large_line_numbers_are_told_in_full():
    axes = VolumeAxes(LineAxis(1_000_001, 1, 9), LineAxis(2_000_001, 1, 9), SampleAxis(0.0, 4.0, 80))
    refs = [SectionRef(Orientation.INLINE, number) for number in (1_000_004, 1_000_005)]
    assert SectionFrame(refs[0], axes).title == "Inline 1000004"
    assert str(refs[0]) == "inline 1000004"
    assert [section_name(ref) for ref in refs] == ["inline_1000004", "inline_1000005"]


def test_stepping_stops_at_the_ends():
    frame = SectionFrame(SectionRef(Orientation.CROSSLINE, 1001), AXES)
    assert frame.moved(3).number == 1013
    assert frame.moved(-3).number == 1001
    assert frame.moved(1000).number == 1001 + 59 * 4


def test_a_region_is_cut_to_the_section():
    region = Region(inline=(104, 106), crossline=(1009, 1021), sample=(500.0, 520.0))
    frame = SectionFrame(SectionRef(Orientation.INLINE, 104), AXES)
    assert frame.window_of(region) == (slice(2, 6), slice(25, 31))
    assert SectionFrame(SectionRef(Orientation.INLINE, 108), AXES).window_of(region) is None
    on_slice = SectionFrame(SectionRef(Orientation.TIME, 512.0), AXES).window_of(region)
    assert on_slice == (slice(2, 4), slice(2, 6))


def test_ticks_are_round_and_stepped_lines_are_real_lines():
    assert ticks(0.0, 1848.0, 10) == [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0, 1200.0, 1400.0, 1600.0, 1800.0]
    assert nice_step(7.0, 3) == 2.5
    for first, step in ((1001, 4), (300, 1), (7, 3), (1155, 25)):
        numbers = set(range(first, first + step * 200, step))
        found = line_ticks(first, first + step * 199, 8, first, step)
        assert 2 <= len(found) <= 12
        assert all(value in numbers for value in found)
    assert line_ticks(300, 1250, 10, 300, 1) == [float(value) for value in range(300, 1251, 100)]
    assert tick_text(1250.0) == "1250"


def test_fitting_shows_everything_and_equal_aspect_keeps_the_scale():
    view = fitted((100, 50), (10, 20, 800, 600), upwards=False, flip=False)
    assert view.pixel(0, 0) == (10, 20)
    assert view.pixel(100, 50) == (810, 620)
    view = fitted((100, 50), (0, 0, 800, 600), upwards=True, flip=True, equal=2.0)
    assert abs(view.vertical_scale) == pytest.approx(2 * abs(view.lateral_scale))
    assert view.lateral_scale < 0
    assert view.vertical_scale < 0
    for u, v in ((0, 0), (100, 50)):
        x, y = view.pixel(u, v)
        assert -1e-6 <= x <= 800 + 1e-6
        assert -1e-6 <= y <= 600 + 1e-6


def test_zoom_keeps_the_point_under_the_mouse_and_pan_cannot_lose_the_section():
    view = Viewport(0, 100, 0, 50, 0, 0, 800, 600)
    before = view.position(200, 100)
    assert view.zoomed(3, 3, 200, 100).position(200, 100) == pytest.approx(before)
    far = view.zoomed(1000, 1000, 200, 100)
    assert abs(far.lateral_scale) == pytest.approx(64)
    lost = view.zoomed(4, 4, 200, 100).panned(1e6, -1e6).within(100, 50)
    assert lost.left < 0 < lost.right
    assert lost.top < 50 < lost.bottom


def planes_of(shades):
    """Planes whose image shows ``shades`` (n_vertical, n_lateral) as grey."""
    planes = SectionPlanes(shades.shape[::-1])
    planes.set_shade(shades.T)
    planes.shade_colours[:, :3] = np.arange(256)[:, None]
    return planes


@pytest.mark.parametrize("window", [(0, 60, 0, 40), (60, 0, 0, 40), (10.3, 20.7, 35.2, 5.1), (-20, 80, -10, 50)])
def test_magnified_pixels_show_the_sample_they_lie_on(window):
    image = np.random.default_rng(0).integers(0, 255, (40, 60)).astype(np.uint8)
    left, right, top, bottom = window
    size = (1200, 800)
    pixels, x0, y0 = scaled(planes_of(image), window, size, Quality.PAINTING)
    view = Viewport(left, right, top, bottom, 0, 0, *size)
    for u in range(1, 59, 7):
        for v in range(1, 39, 5):
            x, y = view.pixel(u + 0.5, v + 0.5)
            column, row = int(x) - x0, int(y) - y0
            if 4 <= x < size[0] - 4 and 4 <= y < size[1] - 4:
                assert pixels[row, column, 0] == image[v, u]


def test_nothing_in_sight_is_nothing_to_draw():
    assert scaled(SectionPlanes((4, 4)), (10, 20, 0, 4), (100, 100), Quality.REST) is None


def test_blending_a_window_gives_the_same_as_blending_everything():
    rng = np.random.default_rng(1)
    planes = SectionPlanes((70, 50))
    planes.set_shade(rng.integers(0, 256, (70, 50)).astype(np.uint8))
    planes.shade_colours[:] = rng.integers(0, 256, (256, 4))
    planes.label_colours[:] = rng.integers(0, 256, (256, 4))
    planes.label_opacity = 0.6
    before = planes.image.copy()
    patch = slice(20, 33), slice(10, 41)
    planes.set_labels(patch, rng.integers(-1, 3, (13, 31)).astype(np.int16))
    planes.add_preview((slice(25, 30), slice(12, 20)), np.ones((5, 8), dtype=bool), 1)
    local = planes.image.copy()
    assert (local != before).any()
    planes.invalidate()
    np.testing.assert_array_equal(local, planes.image)
    planes.clear_preview()
    planes.set_labels(planes.whole(), np.full((70, 50), -1, np.int16))
    np.testing.assert_array_equal(before, planes.image)


def test_very_large_sections_are_blended_in_sight_only(monkeypatch):
    monkeypatch.setattr("seisgui.gui.views.planes.MOST_BLENDED", 1000)
    shades = np.tile(np.arange(200, dtype=np.uint8), (50, 1))
    planes = planes_of(shades)
    assert planes.large
    pixels, x0, y0 = scaled(planes, (100, 200, 0, 50), (50, 25), Quality.PAINTING)
    assert (pixels.shape, x0, y0) == ((25, 50, 4), 0, 0)
    assert np.abs(pixels[12, :, 0].astype(int) - np.arange(100, 200, 2)).max() <= 2
    planes.label_opacity = 1.0
    planes.label_colours[3] = (1, 2, 3, 255)
    planes.set_labels((slice(100, 120), slice(0, 50)), np.full((20, 50), 3, np.int16))
    pixels, _, _ = scaled(planes, (100, 200, 0, 50), (50, 25), Quality.PAINTING)
    assert (pixels[:, :9, :3] == (1, 2, 3)).all()


def test_edges_are_the_outermost_samples_of_a_patch():
    index = np.full((9, 9), UNLABELLED, np.uint8)
    index[2:7, 2:7] = 3
    found = edges(index)
    assert (found != UNLABELLED).sum() == 16
    assert found[4, 4] == UNLABELLED
    assert found[2, 4] == 3


def test_wiggles_fill_positive_lobes_to_the_right_of_their_trace():
    amplitude = np.zeros((3, 40), np.float32)
    amplitude[1, 15:25] = 1.0
    view = Viewport(0, 3, 0, 40, 0, 0, 300, 400)
    mask = wiggle_mask(amplitude, 1.0, view, 1.0)
    assert mask[200, 160:250].all()
    assert not mask[200, 60:140].any()
    assert mask[50, 150] > 0
    amplitude[1] = np.nan
    assert not wiggle_mask(amplitude, 1.0, view, 1.0)[:, 120:200].any()
