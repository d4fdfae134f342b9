"""Which labels train and which ones score: blocks held out with a gap, so that a score means something.

A held-out block is a slab of inlines or crosslines through the whole survey. Everything nearer to it than the gap
is dropped on every section, in whichever orientation it was painted: a crossing line brings no training label
close to a held-out pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.learning.requests import HoldOut
from seisgui.learning.snapshot import LabelledSection
from seisgui.seismic.axes import LineAxis, Orientation, SectionRef, VolumeAxes
from seisgui.seismic.volume import BoolArray

GAP = 65  # traces, lines or samples: the receptive field of the patch networks
HUMAN, IMPORTED = 1, 4  # interpretation.facies.Source: the only labels that score
NOT_SCORED = "not scored: label a second area"
RANDOM_SENTENCE = "scored on random pixels beside training pixels: says nothing about new ground"
RANDOM_SHARE = 0.2  # of the labels, held out by the random split

# what an automatic block must leave and bring
LEAST_TRAINING_SHARE = 0.5  # of every class's labels
LEAST_KEPT_SHARE = 2 / 3  # of all labels: a score is not worth more than a third of what was painted
LEAST_PIXELS = 20  # of a class, on either side, to count as scorable here
LEAST_SCORABLE = 2
BLOCK_SHARES = (0.08, 0.12, 0.2)  # block width as a share of the labelled extent
GOOD_HELD_OUT = 0.2


@dataclass(frozen=True, slots=True)
class SplitSection:
    """A labelled section and the pixels that train and that score, both (n_lateral, n_sample) bool."""

    section: LabelledSection
    training: BoolArray
    held_out: BoolArray


@dataclass(frozen=True, slots=True)
class Split:
    """How labels were divided; ``sentence`` says why nothing is scored, or at what distance the score stands.

    ``hold_out`` are the blocks in force: hand them over again to keep them where they are. ``dropped`` counts the
    labelled pixels that neither train nor score.
    """

    kind: str  # blocked | random
    sections: tuple[SplitSection, ...]
    hold_out: tuple[HoldOut, ...]
    gap: int
    scored: bool
    sentence: str
    dropped: int

    @property
    def trained_classes(self) -> tuple[int, ...]:
        """Ids of the classes that training sees, ascending."""
        return classes_in(part.section.classes[part.training] for part in self.sections)

    def to_json(self) -> dict[str, object]:
        """For the run record."""
        return {
            "kind": self.kind,
            "hold_out": [str(block) for block in self.hold_out],
            "gap": self.gap,
            "scored": self.scored,
            "sentence": self.sentence,
            "dropped": self.dropped,
            "training_pixels": int(sum(part.training.sum() for part in self.sections)),
            "held_out_pixels": int(sum(part.held_out.sum() for part in self.sections)),
        }


def classes_in(arrays: Iterable[NDArray[np.integer]]) -> tuple[int, ...]:
    """Sorted class ids that occur in any of the arrays; -1 is none."""
    found = {int(class_id) for array in arrays for class_id in np.unique(array)}
    return tuple(sorted(found - {-1}))


def blocked(sections: Sequence[LabelledSection], hold_out: Sequence[HoldOut] = (), gap: int = GAP) -> Split:
    """Hold out blocks of lines with ``gap`` lines around them.

    Without ``hold_out`` a block is chosen; where none is possible everything trains and ``scored`` is False.
    Raises ``InputError`` for a block outside the survey, of an unknown axis, or one that leaves nothing to train on.
    """
    require_labels(sections)
    blocks = tuple(hold_out)
    for block in blocks:
        check_block(block, sections[0].axes)
    if not blocks:
        blocks = choose_blocks(sections, gap)
        if not blocks:
            return unscored(sections, (), gap, NOT_SCORED)
    parts = tuple(divide(section, blocks, gap) for section in sections)
    if not any(part.training.any() for part in parts):
        raise InputError(
            f"Holding out {describe(blocks)} with {gap} lines around it leaves no label to train on.",
            "Hold out fewer lines, or label more.",
        )
    dropped = sum(int((part.section.labelled & ~part.training & ~part.held_out).sum()) for part in parts)
    scored = any(part.held_out.any() for part in parts)
    sentence = (
        f"scored on {describe(blocks)}, {gap} traces, lines or samples from the nearest training label"
        if scored
        else f"not scored: no painted or imported label lies in {describe(blocks)}"
    )
    return Split("blocked", parts, blocks, gap, scored, sentence, dropped)


def random(sections: Sequence[LabelledSection], seed: int, share: float = RANDOM_SHARE) -> Split:
    """Random pixels of every section held out: for reproducing published figures only, no evidence of anything."""
    require_labels(sections)
    generator = np.random.default_rng(seed)
    parts = []
    for section in sections:
        drawn = generator.random(section.classes.shape) < share
        held_out = drawn & may_score(section)
        parts.append(SplitSection(section, section.labelled & ~held_out, held_out))
    scored = any(part.held_out.any() for part in parts)
    sentence = (
        "scored on random pixels next to training pixels: says nothing about new ground" if scored else NOT_SCORED
    )
    return Split("random", tuple(parts), (), 0, scored, sentence, 0)


def everything(sections: Sequence[LabelledSection]) -> Split:
    """All labels train, none scores."""
    require_labels(sections)
    return unscored(sections, (), GAP, "not scored: every label was used for training")


def unscored(sections: Sequence[LabelledSection], blocks: tuple[HoldOut, ...], gap: int, sentence: str) -> Split:
    parts = tuple(SplitSection(section, section.labelled, np.zeros_like(section.labelled)) for section in sections)
    return Split("blocked", parts, blocks, gap, scored=False, sentence=sentence, dropped=0)


def require_labels(sections: Sequence[LabelledSection]) -> None:
    if not any(section.labelled.any() for section in sections):
        raise InputError("There are no labels to train on.", "Paint a few strokes of two classes or more.")


def check_block(block: HoldOut, axes: VolumeAxes) -> None:
    """Raise ``InputError`` unless the block lies, at least in part, on the survey."""
    if block.axis not in {"inline", "crossline"}:
        raise InputError(f"{block.axis!r} cannot be held out.", "Write inline:FIRST-LAST or crossline:FIRST-LAST.")
    axis = line_axis(axes, block.axis)
    if block.first > block.last:
        raise InputError(f"The held-out block {describe([block])} ends before it begins.")
    if block.last < axis.first or block.first > axis.last:
        raise InputError(
            f"The held-out block {describe([block])} lies outside the survey.",
            f"Its {block.axis}s run from {axis.first} to {axis.last}.",
        )


def describe(blocks: Iterable[HoldOut]) -> str:
    """'crossline 443-538 and crossline 775-870'."""
    return " and ".join(f"{block.axis} {block.first}-{block.last}" for block in blocks)


def line_axis(axes: VolumeAxes, name: str) -> LineAxis:
    return axes.inline if name == "inline" else axes.crossline


def may_score(section: LabelledSection) -> BoolArray:
    """Labels a person stands for: painted or imported, never accepted or automatic ones."""
    return np.asarray(section.labelled & np.isin(section.source, (HUMAN, IMPORTED)))


def lines_of(ref: SectionRef, axes: VolumeAxes, axis: str) -> NDArray[np.int64]:
    """Line numbers of one axis along the laterals of a vertical section: (n_lateral,) or (1,) where it is constant."""
    if ref.orientation is Orientation.TIME:
        raise InputError("Labels of horizontal slices are split on the vertical sections that cross them.")
    if ref.orientation.value == axis:
        return np.array([round(ref.number)], dtype=np.int64)
    return line_axis(axes, axis).numbers


def distance_to(block: HoldOut, numbers: NDArray[np.int64], step: int) -> NDArray[np.float64]:
    """Distance of lines to a block, counted in lines; 0 inside."""
    outside = np.maximum(np.maximum(block.first - numbers, numbers - block.last), 0)
    return outside / step


def divide(section: LabelledSection, blocks: Sequence[HoldOut], gap: int) -> SplitSection:
    """Labels inside a block score, labels further than ``gap`` from every block train, the rest is dropped."""
    n_lateral = section.classes.shape[0]
    nearest = np.full(n_lateral, np.inf)
    for block in blocks:
        numbers = lines_of(section.ref, section.axes, block.axis)
        nearest = np.minimum(nearest, distance_to(block, numbers, line_axis(section.axes, block.axis).step))
    training = section.labelled & (nearest > gap)[:, None]
    held_out = may_score(section) & (nearest == 0)[:, None]
    return SplitSection(section, training, held_out)


# --- automatic choice ------------------------------------------------------------------------------------------


def choose_blocks(sections: Sequence[LabelledSection], gap: int = GAP) -> tuple[HoldOut, ...]:
    """The block that scores most classes while every class keeps enough training labels; () where none can.

    One slab of crosslines or inlines; the choice depends on the labels alone, so that it can be repeated.
    """
    axes = sections[0].axes
    ids = classes_in(section.classes for section in sections)
    best: tuple[tuple[float, ...], HoldOut] | None = None
    for name in ("crossline", "inline"):
        labelled, scorable = line_counts(sections, name, ids)
        for block in candidates(labelled, line_axis(axes, name), name):
            merit = judge(block, labelled, scorable, line_axis(axes, name), gap)
            if merit is not None and (best is None or merit > best[0]):
                best = merit, block
    return () if best is None else (best[1],)


def line_counts(
    sections: Sequence[LabelledSection], name: str, ids: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Labelled and scorable pixels per line of an axis and class, both (n_line, n_class)."""
    axis = line_axis(sections[0].axes, name)
    labelled = np.zeros((axis.count, len(ids)), dtype=np.int64)
    scorable = np.zeros_like(labelled)
    for section in sections:
        lines = lines_of(section.ref, section.axes, name)
        index = np.clip(np.rint((lines - axis.first) / axis.step).astype(np.int64), 0, axis.count - 1)
        standing = may_score(section)
        for column, class_id in enumerate(ids):
            here = section.classes == class_id
            per_lateral = here.sum(axis=1), (here & standing).sum(axis=1)
            for counts, found in zip((labelled, scorable), per_lateral, strict=True):
                np.add.at(counts[:, column], index, found if len(index) > 1 else found.sum(keepdims=True))
    return labelled, scorable


def candidates(labelled: NDArray[np.int64], axis: LineAxis, name: str) -> list[HoldOut]:
    """Slabs of some widths at some places between the first and the last labelled line."""
    lines = np.flatnonzero(labelled.sum(axis=1))
    if lines.size == 0:
        return []
    first, last = int(lines[0]), int(lines[-1])
    extent = last - first + 1
    found = []
    for width in sorted({max(1, round(extent * share)) for share in BLOCK_SHARES}):
        for start in range(first, last - width + 2, max(1, width // 4)):
            numbers = axis.numbers[[start, start + width - 1]]
            found.append(HoldOut(name, int(numbers[0]), int(numbers[1])))
    return found


def judge(
    block: HoldOut, labelled: NDArray[np.int64], scorable: NDArray[np.int64], axis: LineAxis, gap: int
) -> tuple[float, ...] | None:
    """How good a block is, larger is better; None where it may not be held out."""
    distance = distance_to(block, axis.numbers, axis.step)
    total = labelled.sum(axis=0)
    kept = labelled[distance > gap].sum(axis=0)
    held = scorable[distance == 0].sum(axis=0)
    if (kept < np.maximum(LEAST_TRAINING_SHARE * total, 1)).any():
        return None
    n_scorable = int(((held >= LEAST_PIXELS) & (kept >= LEAST_PIXELS)).sum())
    if n_scorable < LEAST_SCORABLE:
        return None
    held_share = float(held.sum() / total.sum())
    kept_share = float(kept.sum() / total.sum())
    if kept_share < LEAST_KEPT_SHARE:
        return None
    return n_scorable, kept_share - abs(held_share - GOOD_HELD_OUT)


# --- distance to training labels -------------------------------------------------------------------------------


def near_training(
    ref: SectionRef, axes: VolumeAxes, training: Sequence[tuple[SectionRef, BoolArray]], gap: int = GAP
) -> BoolArray:
    """Pixels of a vertical section within ``gap`` traces, lines or samples of a training pixel on any section.

    ``training`` holds sections of the same axes with their training masks (n_lateral, n_sample). Distance is the
    largest of the three index differences, so that a gap of 65 is a box of 65 in every direction.
    """
    shape = axes.section_shape(ref.orientation)
    touched = np.zeros(shape, dtype=np.uint8)
    here = axes.section_index(ref)
    for other, mask in training:
        there = axes.section_index(other)
        if other.orientation is ref.orientation:
            if abs(there - here) <= gap:
                touched |= mask
            continue
        # a crossing line: its laterals within the gap of this section, all on one lateral of ours
        first, last = max(0, here - gap), here + gap + 1
        touched[there] |= mask[first:last].any(axis=0)
    box = np.ones((2 * gap + 1, 2 * gap + 1), dtype=np.uint8)
    return np.asarray(cv2.dilate(touched, box, borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0)
