"""Positions, pixels and line numbers are turned into one another without loss."""

from __future__ import annotations

import numpy as np
import pytest

from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.magnify import Quality, exact_steps, scaled
from seisgui.gui.views.mixing import UNLABELLED, edges
from seisgui.gui.views.planes import Overlay, Ranks, SectionPlanes
from seisgui.gui.views.shading import Shading, shade
from seisgui.gui.views.ticks import line_ticks, nice_step, tick_text, ticks
from seisgui.gui.views.tiles import TiledImage
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


def test_no_event_of_a_single_sample_vanishes_from_afar():
    rng = np.random.default_rng(2)
    shades = np.full((613, 1009), 127, np.uint8)
    places = [(int(r), int(c)) for r, c in zip(rng.permutation(613)[:60], rng.permutation(1009)[:60], strict=True)]
    for index, place in enumerate(places):
        shades[place] = (254, 0)[index % 2]
    planes = planes_of(shades)
    for size in [(1000, 600), (731, 411), (300, 200), (90, 611), (40, 17)]:
        for quality in (Quality.REST, Quality.MOVING):
            pixels, x0, y0 = scaled(planes, (0, 1009, 0, 613), size, quality)
            for row, column in places:
                y, x = int((row + 0.5) * size[1] / 613) - y0, int((column + 0.5) * size[0] / 1009) - x0
                near = pixels[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3, 0]
                loudest = near.flat[np.abs(near.astype(int) - 127).argmax()]
                assert loudest in (0, 254), f"{row, column} is lost at {size}"
            shown = {int(value) for value in np.unique(pixels[..., 0])}
            assert shown <= {0, 127, 254}, "shades are picked, never averaged"


def test_thinning_favours_neither_peaks_nor_troughs_even_where_both_are_clipped():
    noise = np.random.default_rng(7).normal(size=(800, 1200)).astype(np.float32)
    shaded = shade(noise, Shading("P90"), thin=True)
    planes = SectionPlanes(noise.shape)
    planes.shade_colours[:, :3] = np.arange(256)[:, None]
    planes.take_shade(shaded.shades, Ranks.of(shaded.ranks, shaded.clip))
    pixels, _, _ = scaled(planes, (0, 800, 0, 1200), (190, 260), Quality.REST)
    values = pixels[..., 0].astype(float)
    assert abs(values.mean() - 127) < 3
    assert abs((values == 254).mean() - (values == 0).mean()) < 0.03
    assert (values == 254).mean() > 0.3


def test_a_section_thinned_in_advance_is_the_one_that_is_thinned_when_looked_at():
    amplitude = np.random.default_rng(8).normal(size=(1300, 701)).astype(np.float32)
    amplitude[200:230] = np.nan
    shaded = shade(amplitude, Shading(), thin=True)
    size, window = (411, 300), (0, 1300, 0, 701)
    images = []
    for advance in (False, True):
        planes = SectionPlanes(amplitude.shape)
        planes.shade_colours[:] = np.random.default_rng(9).integers(0, 256, (256, 4))
        ranks = Ranks.of(shaded.ranks, shaded.clip)
        if advance:
            ranks.make(exact_steps(window, size))
            assert ranks.made
        planes.take_shade(shaded.shades, ranks)
        images.append(scaled(planes, window, size, Quality.REST)[0])
    np.testing.assert_array_equal(*images)


def test_a_labelled_sample_never_vanishes_from_afar_and_no_class_is_made_up():
    planes = SectionPlanes((901, 507))
    planes.set_shade(np.full((901, 507), 127, np.uint8))
    planes.label_opacity = 1.0
    planes.label_colours[:] = np.arange(256)[:, None]
    labels = np.full((901, 507), -1, np.int16)
    rng = np.random.default_rng(3)
    places = rng.integers(0, (901, 507), (50, 2))
    labels[tuple(places.T)] = 40 + np.arange(50) % 3
    planes.set_labels(planes.whole(), labels)
    for size in [(700, 480), (220, 120), (51, 33)]:
        pixels, _, _ = scaled(planes, (0, 901, 0, 507), size, Quality.REST)
        seen = set(np.unique(pixels[..., 0]).tolist())
        assert {40, 41, 42} <= seen <= {0, 40, 41, 42}
        for lateral, vertical in places:
            x, y = int((lateral + 0.5) * size[0] / 901), int((vertical + 0.5) * size[1] / 507)
            assert pixels[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2, 0].max() >= 40
    patch = slice(450, 452), slice(250, 251)
    planes.set_labels(patch, np.full((2, 1), 9, np.int16))
    pixels, _, _ = scaled(planes, (0, 901, 0, 507), (220, 120), Quality.REST)
    assert 9 in pixels[..., 0], "a stroke reaches the thinned planes"


def test_samples_that_have_a_pixel_each_are_drawn_exactly():
    image = np.random.default_rng(4).integers(0, 255, (300, 500)).astype(np.uint8)
    pixels, x0, y0 = scaled(planes_of(image), (0, 500, 0, 300), (500, 300), Quality.REST)
    assert (x0, y0) == (0, 0)
    np.testing.assert_array_equal(pixels[..., 0], image)


@pytest.mark.parametrize("window", [(3.0, 903.0, 0.0, 600.0), (903.0, 3.0, 600.0, 0.0)])
def test_moving_a_thinned_section_moves_the_same_pixels(window):
    image = np.random.default_rng(5).integers(0, 255, (600, 2000)).astype(np.uint8)
    planes = planes_of(image)
    left, right, top, bottom = window
    before, x_before, _ = scaled(planes, window, (640, 430), Quality.REST)
    for pan in (137.3, 501.7):
        after, x_after, _ = scaled(planes, (left + pan, right + pan, top, bottom), (640, 430), Quality.REST)
        moved = pan * 640 / (left - right)  # to the left, or to the right where mirrored
        same = []
        for shift in (int(np.floor(moved)), int(np.ceil(moved))):
            start = max(shift, 0) + 1
            columns = np.arange(start, 600 - max(-shift, 0))
            same.append((before[:, columns - shift - x_before] == after[:, columns - x_after]).mean())
        assert max(same) > 0.999


def test_mixtures_that_are_looked_up_are_those_of_layers_blended_one_by_one(monkeypatch):
    rng = np.random.default_rng(6)
    planes = SectionPlanes((300, 280))
    planes.set_shade(rng.integers(0, 256, (300, 280)).astype(np.uint8))
    planes.shade_colours[:] = rng.integers(0, 256, (256, 4))
    planes.label_colours[:] = rng.integers(0, 256, (256, 4))
    planes.label_opacity, planes.seismic_opacity = 0.6, 0.8
    planes.set_labels(planes.whole(), rng.integers(-1, 4, (300, 280)).astype(np.int16))
    values = rng.integers(0, 6, (300, 280)).astype(np.uint8)
    values[values == 5] = 255
    colours = rng.integers(0, 256, (256, 4)).astype(np.uint8)
    planes.overlays = [Overlay(*Overlay.plane_of(values), colours, 0.45)]
    looked_up = planes.image.copy()
    monkeypatch.setattr("seisgui.gui.views.mixing.MOST_MIXTURES", 0)
    planes.label_opacity = 0.61
    planes.pixels((1.0, 1.0), slice(0, 1), slice(0, 1))
    planes.label_opacity = 0.6
    planes.invalidate()
    np.testing.assert_array_equal(planes.image, looked_up)


def test_only_tiles_in_sight_are_made_and_each_once():
    made = []

    def make(part):
        made.append(part)
        return np.full((part[0].stop - part[0].start, part[1].stop - part[1].start, 4), len(made), np.uint8)

    image = TiledImage((1000, 2000))
    image.pixels(slice(300, 700), slice(600, 900), make)
    assert made == [(slice(256, 704), slice(576, 960))]
    image.pixels(slice(300, 700), slice(600, 1100), make)
    assert made[1:] == [(slice(256, 704), slice(960, 1152))]
    image.invalidate(slice(400, 410), slice(700, 720))  # two tiles
    pixels = image.pixels(slice(0, 1000), slice(0, 2000), make)
    assert pixels.min() > 0
    covered = np.zeros((1000, 2000), int)
    for part in made:
        covered[part] += 1
    assert covered.max() == 2
    assert (covered == 2).sum() == 64 * 128


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
