"""Patches are cut where the labels are, classes are drawn equally often, and a seed repeats a draw."""

from __future__ import annotations

import numpy as np
import pytest

from seisgui.errors import InputError
from seisgui.learning.sampling import PatchSampler, position_channels, varying_lines
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes

AXES = VolumeAxes(LineAxis(10, 2, 5), LineAxis(100, 1, 9), SampleAxis(0.0, 4.0, 7))
INLINE = SectionRef(Orientation.INLINE, 14)
CROSSLINE = SectionRef(Orientation.CROSSLINE, 108)


def numbered(n_lateral: int, n_sample: int, start: int = 1) -> np.ndarray:
    """Every pixel has a value of its own, none is 0."""
    return (start + np.arange(n_lateral * n_sample, dtype=np.float32)).reshape(n_lateral, n_sample)


@pytest.mark.parametrize("size", [1, 4, 5, 64, 65])
def test_a_patch_holds_its_pixel_in_the_middle_and_zeros_beyond_the_border(size: int):
    section = numbered(20, 30)
    classes = np.full(section.shape, -1, dtype=np.int16)
    classes[0, 0], classes[19, 29], classes[7, 11] = 0, 1, 2
    patches, drawn = PatchSampler([section], [classes], [classes >= 0], size).draw(40)
    assert patches.shape == (40, 1, size, size)
    assert patches.dtype == np.float32
    half = size // 2
    padded = np.pad(section, size)
    for patch, class_id in zip(patches, drawn, strict=True):
        lateral, sample = {0: (0, 0), 1: (19, 29), 2: (7, 11)}[int(class_id)]
        assert patch[0, half, half] == section[lateral, sample]
        top, left = lateral + size - half, sample + size - half
        assert (patch[0] == padded[top : top + size, left : left + size]).all()


def test_classes_are_drawn_equally_often_and_pixels_only_where_allowed():
    section = numbered(40, 50)
    classes = np.zeros(section.shape, dtype=np.int16)
    classes[5, 5:8], classes[10] = 4, 9
    mask = np.ones(section.shape, dtype=bool)
    mask[5, 5] = False
    sampler = PatchSampler([section], [classes], [mask], 1)
    patches, drawn = sampler.draw(6000)
    assert sampler.class_ids == (0, 4, 9)
    assert [abs((drawn == class_id).mean() - 1 / 3) < 0.03 for class_id in (0, 4, 9)] == [True] * 3
    assert section[5, 5] not in patches
    assert (classes.ravel()[(patches[:, 0, 0, 0] - 1).astype(int)] == drawn).all()
    _, every_pixel = PatchSampler([section], [classes], [mask], 1, class_balanced=False).draw(6000)
    assert (every_pixel == 0).mean() > 0.9


def test_a_seed_repeats_a_draw_and_another_does_not():
    section, classes = numbered(30, 30), np.zeros((30, 30), dtype=np.int16)
    draw = [PatchSampler([section], [classes], [classes == 0], 3, seed=seed).draw(50)[0] for seed in (1, 1, 2)]
    assert (draw[0] == draw[1]).all()
    assert (draw[0] != draw[2]).any()


def test_sections_of_several_sizes_and_channels_come_together():
    first = np.stack([numbered(12, 9), -numbered(12, 9)])
    second = np.stack([numbered(5, 20, 1000), -numbered(5, 20, 1000)])
    classes = [np.zeros((12, 9), dtype=np.int16), np.ones((5, 20), dtype=np.int16)]
    patches, drawn = PatchSampler([first, second], classes, [c >= 0 for c in classes], 3).draw(200)
    assert patches.shape == (200, 2, 3, 3)
    assert (patches[:, 0] == -patches[:, 1]).all()
    assert ((patches[:, 0, 1, 1] >= 1000) == (drawn == 1)).all()


def test_new_strokes_fill_their_share():
    section, classes = numbered(30, 30), np.zeros((30, 30), dtype=np.int16)
    fresh = np.zeros((30, 30), dtype=bool)
    fresh[3, 3] = True
    sampler = PatchSampler([section], [classes], [classes == 0], 1, focus=[fresh], focus_share=0.25)
    patches, _ = sampler.draw(400)
    assert (patches == section[3, 3]).sum() >= 100
    nothing_new = PatchSampler([section], [classes], [classes == 0], 1, focus=[~(classes == 0)], focus_share=0.25)
    assert len(nothing_new.draw(8)[0]) == 8


def test_no_labelled_pixel_is_said():
    with pytest.raises(InputError, match="no labelled pixels"):
        PatchSampler([numbered(5, 5)], [np.full((5, 5), -1, np.int16)], [np.ones((5, 5), bool)], 3)


def test_position_runs_from_minus_one_to_one_along_each_axis():
    along = position_channels(INLINE, AXES)
    assert along.shape == (3, 9, 7)
    assert (along[0] == np.linspace(-1, 1, 7, dtype=np.float32)).all()
    assert (along[1] == 0).all()
    assert (along[2] == np.linspace(-1, 1, 9, dtype=np.float32)[:, None]).all()
    across = position_channels(CROSSLINE, AXES, ("crossline", "inline"))
    assert (across[1] == 1).all()
    assert (across[2, :, 0] == np.linspace(-1, 1, 5, dtype=np.float32)).all()


def test_position_is_refused_on_a_slice():
    with pytest.raises(InputError, match="vertical"):
        position_channels(SectionRef(Orientation.TIME, 8.0), AXES)


def test_one_inline_says_nothing_about_inlines():
    assert varying_lines([INLINE]) == ("crossline",)
    assert varying_lines([CROSSLINE]) == ("inline",)
    assert varying_lines([INLINE, SectionRef(Orientation.INLINE, 16)]) == ("inline", "crossline")
    assert varying_lines([INLINE, CROSSLINE]) == ("inline", "crossline")
