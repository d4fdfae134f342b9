"""From predictions to labels: accept what is confident, and fill between labelled sections (torch-free).

Both are journalled edits with their own provenance: 'accepted' and 'auto', told from 'human' ever after.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.classes import LEAVE, UNLABELLED, Source
from seisgui.learning.stored import CLASS, CONFIDENCE, NOT_PREDICTED, ByteArray
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.progress import finish
from seisgui.seismic.volume import BoolArray

if TYPE_CHECKING:
    from seisgui.interpretation.edits import Edit
    from seisgui.interpretation.facies import FaciesLabels
    from seisgui.interpretation.runs import RunRecord

ClassArray = NDArray[np.int16]
FARTHEST_LINES = 100  # between two labelled sections that are filled
FARTHEST_SAMPLES = 10.0  # from any label of either section: beyond, nothing is claimed


def acceptable(
    prediction: ByteArray, threshold: float, *, area: BoolArray | None = None, class_id: int | None = None
) -> ClassArray:
    """Values (n_lateral, n_sample) to paint of a stored prediction (3, n_lateral, n_sample); -2 leaves what is there.

    Taken is what has at least ``threshold`` (0-1) confidence, inside ``area`` (a lasso; None: everywhere), of
    ``class_id`` only where one is named. Raises ``InputError`` for a threshold outside 0-1.
    """
    if not 0.0 <= threshold <= 1.0:
        raise InputError(f"A confidence of {threshold:g} does not exist.", "Choose one between 0 and 1.")
    classes = prediction[CLASS]
    taken = (classes != NOT_PREDICTED) & (prediction[CONFIDENCE] >= np.uint8(np.ceil(255.0 * threshold)))
    if area is not None:
        taken &= area
    if class_id is not None:
        taken &= classes == class_id
    # Several times as fast as choosing between two.
    values: ClassArray = (classes - np.int16(LEAVE)) * taken + np.int16(LEAVE)
    return values


def accept(
    labels: FaciesLabels,
    ref: SectionRef,
    prediction: ByteArray,
    threshold: float,
    *,
    area: BoolArray | None = None,
    class_id: int | None = None,
) -> Edit | None:
    """Paint the confident part of a prediction where nothing is labelled yet, as 'accepted'; one undo step.

    None where nothing is confident or free. Raises ``InputError`` where the label set lacks a predicted class.
    """
    values = acceptable(prediction, threshold, area=area, class_id=class_id)
    return labels.paint_values(ref, 0, 0, values, Source.ACCEPTED, "Accept prediction", restrict="unlabelled")


def translated(prediction: ByteArray, record: RunRecord, labels: FaciesLabels) -> ByteArray:
    """A stored prediction in the class ids of a label set: by name where the run learnt from another set.

    Raises ``InputError`` naming the classes that the label set does not have.
    """
    if record.label_set_id == labels.id:
        return prediction
    known = {entry.name.casefold(): entry.id for entry in labels.classes}
    table = np.full(256, NOT_PREDICTED, dtype=np.uint8)
    used = set(np.unique(prediction[CLASS]).tolist()) - {NOT_PREDICTED}
    missing = [entry.name for entry in record.classes if entry.id in used and entry.name.casefold() not in known]
    if missing:
        raise InputError(
            f"The label set {labels.info.name!r} has no class {', '.join(missing)}.", "Add the class, then accept."
        )
    for entry in record.classes:
        table[entry.id] = known.get(entry.name.casefold(), NOT_PREDICTED)
    found = prediction.copy()
    found[CLASS] = table[prediction[CLASS]]
    return found


def between_sections(first: ClassArray, second: ClassArray, count: int) -> list[ClassArray]:
    """Classes of ``count`` sections evenly spaced between two labelled ones, -1 where nothing is claimed.

    Shape-based interpolation (Raya and Udupa, 1990): signed distances to the outline of every class are interpolated
    linearly, the largest positive one wins. Nothing is claimed outside all classes.
    """
    ids = sorted((set(np.unique(first).tolist()) & set(np.unique(second).tolist())) - {UNLABELLED})
    if not ids:
        return [np.full(first.shape, UNLABELLED, dtype=np.int16) for _ in range(count)]
    outlines = [np.stack([signed_distance(section == number) for number in ids]) for section in (first, second)]
    found = []
    for step in range(1, count + 1):
        share = np.float32(step / (count + 1))
        distance = (1 - share) * outlines[0] + share * outlines[1]
        best = distance.argmax(axis=0)
        inside = np.take_along_axis(distance, best[None], axis=0)[0] > 0
        found.append(np.where(inside, np.asarray(ids, dtype=np.int16)[best], np.int16(UNLABELLED)))
    return found


def signed_distance(mask: BoolArray) -> NDArray[np.float32]:
    """Distance to the outline of a mask in samples, positive inside; at most 10 samples outside count."""
    from scipy.ndimage import distance_transform_edt  # the window starts without scipy

    inside = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    outside = distance_transform_edt(~mask)
    return np.where(mask, inside, -np.minimum(outside, FARTHEST_SAMPLES)).astype(np.float32)


@dataclass(frozen=True)
class Gap:
    """The lines between two labelled ones, ``ends`` their classes (n_lateral, n_sample), -1 unlabelled."""

    refs: tuple[SectionRef, ...]
    ends: tuple[ClassArray, ClassArray]

    @property
    def shared(self) -> tuple[int, ...]:
        """Ids of the classes that both ends carry."""
        found = set(np.unique(self.ends[0]).tolist()) & set(np.unique(self.ends[1]).tolist())
        return tuple(sorted(found - {UNLABELLED}))

    def filled(self) -> list[ClassArray]:
        """Classes of the lines between, -2 where nothing is claimed; in any thread."""
        sections = between_sections(*self.ends, len(self.refs))
        return [np.where(classes == UNLABELLED, np.int16(LEAVE), classes) for classes in sections]


def gap_between(labels: FaciesLabels, first: SectionRef, second: SectionRef) -> Gap:
    """What ``propagate`` fills.

    Raises ``InputError`` where the two are no pair of parallel lines, are neighbours, lie too far apart, or share no
    class.
    """
    if first.orientation is not second.orientation or first.orientation is Orientation.TIME:
        raise InputError(f"{first} and {second} are not parallel lines.", "Choose two inlines or two crosslines.")
    axis = labels.axes.inline if first.orientation is Orientation.INLINE else labels.axes.crossline
    low, high = sorted((axis.index(first.number), axis.index(second.number)))
    if not 1 < high - low <= FARTHEST_LINES:
        raise InputError(
            f"Between {first} and {second} lie {max(high - low - 1, 0)} lines; 1 to {FARTHEST_LINES - 1} are filled.",
            "Choose two labelled lines with some, but not too many, between them.",
        )
    refs = [SectionRef(first.orientation, int(axis.numbers[index])) for index in range(low, high + 1)]
    gap = Gap(tuple(refs[1:-1]), (labels.section(refs[0])[0], labels.section(refs[-1])[0]))
    if not gap.shared:
        raise InputError(f"{first} and {second} share no labelled class to fill with.", "Paint the same class on both.")
    return gap


def fill_steps(labels: FaciesLabels, gap: Gap, sections: Sequence[ClassArray]) -> Generator[None, None, Edit | None]:
    """Paint what a gap was ``filled`` with where nothing is labelled, as 'auto'; one undo step, None of nothing.

    Labels may change between the steps: it then begins anew.
    """
    pairs = list(zip(gap.refs, sections, strict=True))
    while True:
        revision, patches = labels.revision, []
        for found in labels.section_patches(pairs, Source.AUTO, restrict="unlabelled"):
            patches += found
            yield
            if labels.revision != revision:
                break
        else:
            return labels.apply_patches(tuple(patches), "Propagate")


def propagate(labels: FaciesLabels, first: SectionRef, second: SectionRef) -> Edit:
    """Fill the unlabelled voxels of the lines between two labelled ones as 'auto'; one undo step.

    Raises ``InputError`` as ``gap_between`` does, and where nothing can be filled.
    """
    gap = gap_between(labels, first, second)
    edit = finish(fill_steps(labels, gap, gap.filled()))
    if edit is None:
        raise InputError(f"Between {first} and {second} nothing is free to be filled.", "Choose two other lines.")
    return edit
