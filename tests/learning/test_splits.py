"""No training label comes within the gap of a held-out pixel, whichever way the sections cross."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from f3_line import f3_section, held_out
from hypothesis import given, settings
from hypothesis import strategies as st

from seisgui.errors import InputError
from seisgui.learning.requests import HoldOut
from seisgui.learning.snapshot import LabelledSection
from seisgui.learning.splits import GAP, blocked, choose_blocks, near_training, random
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes

N_SAMPLE = 12
AXES = VolumeAxes(LineAxis(100, 2, 90), LineAxis(1000, 3, 200), SampleAxis(0.0, 4.0, N_SAMPLE))
INLINE, CROSSLINE = Orientation.INLINE, Orientation.CROSSLINE


def section(way: Orientation, index: int, classes: np.ndarray, source: int = 1, axes=AXES) -> LabelledSection:
    axis = axes.inline if way is INLINE else axes.crossline
    shape = axes.section_shape(way)
    full = np.full(shape, -1, dtype=np.int16)
    full[: classes.shape[0], : classes.shape[1]] = classes
    ref = SectionRef(way, int(axis.numbers[index]))
    return LabelledSection(
        ref, np.zeros(shape, np.float32), full, np.where(full >= 0, source, 0).astype(np.uint8), axes
    )


def scattered(way: Orientation, index: int, seed: int, share: float = 0.03) -> LabelledSection:
    """A section with labels on scattered pixels."""
    generator = np.random.default_rng(seed)
    shape = AXES.section_shape(way)
    classes = np.where(generator.random(shape) < share, generator.integers(0, 3, shape), -1)
    return section(way, index, classes)


def voxels(part: LabelledSection, mask: np.ndarray) -> np.ndarray:
    """Array indices (n, 3) of the masked pixels, worked out apart from the program."""
    lateral, sample = np.nonzero(mask)
    own = part.axes.section_index(part.ref)
    constant = np.full(len(lateral), own)
    first, second = (constant, lateral) if part.ref.orientation is INLINE else (lateral, constant)
    return np.column_stack([first, second, sample])


def closest(first: np.ndarray, second: np.ndarray) -> float:
    """Smallest distance between two sets of voxels, the largest of the three index differences."""
    if not (len(first) and len(second)):
        return np.inf
    return min(np.abs(second - one).max(axis=1).min() for one in first)


refs = st.tuples(st.sampled_from([INLINE, CROSSLINE]), st.integers(0, 89), st.integers(0, 5))
blocks = st.builds(
    lambda axis, first, width: HoldOut(axis, first, first + width),
    st.sampled_from(["inline", "crossline"]),
    st.integers(90, 1500),
    st.integers(0, 90),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(refs, min_size=1, max_size=4), st.lists(blocks, min_size=1, max_size=2), st.sampled_from([3, 20, 65]))
def test_no_training_label_is_within_the_gap_of_a_held_out_pixel(drawn, wanted, gap):
    sections = [scattered(way, index, seed) for way, index, seed in drawn]
    try:
        split = blocked(sections, wanted, gap)
    except InputError:
        return
    training = np.concatenate([voxels(part.section, part.training) for part in split.sections])
    scored = np.concatenate([voxels(part.section, part.held_out) for part in split.sections])
    assert closest(scored, training) > gap
    for part in split.sections:
        assert not (part.training & part.held_out).any()
        assert not ((part.training | part.held_out) & ~part.section.labelled).any()
    total = sum(int(part.section.labelled.sum()) for part in split.sections)
    assert total == len(training) + len(scored) + split.dropped


def test_a_crossing_line_loses_its_labels_near_the_block():
    sections = [scattered(INLINE, 40, 0), scattered(CROSSLINE, 50, 1), scattered(CROSSLINE, 180, 2)]
    split = blocked(sections, [HoldOut("crossline", 1090, 1120)], gap=30)
    along, near, far = split.sections
    assert along.held_out.any()
    assert along.training.any()
    assert not (near.training | near.held_out).any()
    assert far.training.sum() == far.section.labelled.sum()
    assert "30 traces, lines or samples" in split.sentence


def test_distance_counts_lines_not_line_numbers():
    everywhere = section(INLINE, 0, np.zeros(AXES.section_shape(INLINE), int))
    split = blocked([everywhere], [HoldOut("crossline", 1300, 1330)], gap=65)
    columns = np.flatnonzero(split.sections[0].training.any(axis=1))
    assert columns[columns < 100].max() == 100 - 66
    assert columns[columns > 110].min() == 110 + 66


def test_only_painted_and_imported_labels_score():
    generator = np.random.default_rng(0)
    classes = generator.integers(0, 2, AXES.section_shape(INLINE))
    for source, scores in ((1, True), (2, False), (3, False), (4, True)):
        split = blocked([section(INLINE, 0, classes, source)], [HoldOut("crossline", 1000, 1060)], gap=20)
        assert split.sections[0].held_out.any() == scores
        assert split.scored == scores
        assert not split.sections[0].training[:40].any()


def test_strokes_on_one_area_are_not_scored_and_all_train():
    classes = np.full(AXES.section_shape(INLINE), -1)
    for class_id in range(3):
        classes[20:45, 4 * class_id : 4 * class_id + 3] = class_id
    split = blocked([section(INLINE, 10, classes)])
    assert not split.scored
    assert split.hold_out == ()
    assert split.sentence == "not scored: label a second area"
    assert split.sections[0].training.sum() == (classes >= 0).sum()


def test_two_areas_give_a_block_that_stays_when_handed_back():
    wide = VolumeAxes(LineAxis(1, 1, 1), LineAxis(1, 1, 800), SampleAxis(0.0, 4.0, N_SAMPLE))
    classes = np.full(wide.section_shape(INLINE), -1)
    for first, width in ((0, 300), (500, 80)):
        for class_id in range(3):
            classes[first : first + width, 4 * class_id : 4 * class_id + 3] = class_id
    here = section(INLINE, 0, classes, axes=wide)
    split = blocked([here])
    assert split.scored
    assert split.trained_classes == (0, 1, 2)
    classes[:, 3] = 1
    again = blocked([section(INLINE, 0, classes, axes=wide)], split.hold_out)
    assert again.hold_out == split.hold_out
    assert choose_blocks([here]) == split.hold_out


def test_a_block_is_chosen_on_the_real_line_and_leaves_every_class(shared_data: Path):
    here = f3_section(shared_data)
    split = blocked([here])
    assert split.scored
    assert split.trained_classes == tuple(range(9))
    assert len(np.unique(here.classes[split.sections[0].held_out])) >= 5


@pytest.mark.parametrize(("layout", "salt"), [("A", 78), ("B", 360)])
def test_published_layouts_leave_the_published_training_labels(shared_data: Path, layout: str, salt: int):
    # layout A: the published 93 keep one trace at a distance of exactly 65; here the gap is 65 on both sides
    here = f3_section(shared_data)
    part = blocked([here], held_out(layout)).sections[0]
    assert (here.classes[part.training] == 7).sum() == salt
    columns = np.flatnonzero(part.held_out.any(axis=1))
    trained = np.flatnonzero(part.training.any(axis=1))
    assert np.abs(columns[:, None] - trained[None]).min() == GAP + 1


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (HoldOut("time", 0, 5), "cannot be held out"),
        (HoldOut("inline", 500, 600), "outside the survey"),
        (HoldOut("crossline", 1100, 1000), "ends before it begins"),
        (HoldOut("crossline", 1000, 2000), "no label to train on"),
    ],
)
def test_impossible_blocks_are_told_in_a_sentence(block: HoldOut, words: str):
    with pytest.raises(InputError, match=words):
        blocked([scattered(INLINE, 3, 0)], [block])


def test_a_block_without_labels_is_not_scored_and_says_so():
    classes = np.full(AXES.section_shape(INLINE), -1)
    classes[:20] = 1
    split = blocked([section(INLINE, 0, classes)], [HoldOut("crossline", 1500, 1560)], gap=10)
    assert not split.scored
    assert "no painted or imported label lies in crossline 1500-1560" in split.sentence


def test_random_split_repeats_with_its_seed_and_says_what_it_is_worth():
    here = scattered(INLINE, 0, 0, share=0.8)
    first, same, other = random([here], 1), random([here], 1), random([here], 2)
    assert (first.sections[0].held_out == same.sections[0].held_out).all()
    assert (first.sections[0].held_out != other.sections[0].held_out).any()
    assert (first.sections[0].training ^ first.sections[0].held_out)[here.labelled].all()
    assert "says nothing" in first.sentence


@settings(deadline=None, max_examples=40)
@given(refs, st.lists(refs, min_size=1, max_size=3), st.sampled_from([0, 2, 9, 40]))
def test_pixels_near_training_are_those_a_search_over_all_voxels_finds(asked, drawn, gap):
    here = scattered(*asked)
    training = [scattered(way, index, seed, share=0.005) for way, index, seed in drawn]
    near = near_training(here.ref, AXES, [(part.ref, part.labelled) for part in training], gap)
    places = np.concatenate([voxels(part, part.labelled) for part in training])
    every = voxels(here, np.ones(here.classes.shape, dtype=bool))
    step = max(1, len(every) // 150)
    expected = [closest(places, one[None]) <= gap for one in every[::step]]
    assert near.ravel()[::step].tolist() == expected
