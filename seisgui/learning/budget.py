"""What the labels at hand are good for, told before a training begins (torch-free, no amplitudes)."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from seisgui.errors import InputError
from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.project import Project
from seisgui.learning.prepare import notices_of, split_of
from seisgui.learning.requests import TrainRequest
from seisgui.learning.snapshot import LabelledSection, read_labels, wanted_refs
from seisgui.learning.splits import LEAST_PIXELS, Split
from seisgui.seismic.progress import Progress

MOST_NAMES = 3  # in one sentence
FEW_LABELS = 5000  # training pixels: about twenty brush strokes, up to which no network came near the forest


def budget_steps(request: TrainRequest) -> Generator[Progress, None, tuple[str, ...]]:
    """Sentences about the labels that a request would train and score on; the ones on disk count.

    Whether anything is scored, classes with few training labels, and classes that would not be scored.
    """
    project = Project.open(request.project, read_only=True)
    try:
        labels = project.labels(request.label_set_id, request.dataset_id)
        refs = wanted_refs(labels, labels.axes, request.orientation)
        sections: list[LabelledSection] = []
        for number, (ref, ways) in enumerate(refs):
            sections.append(read_labels(labels, ref, ways))
            yield Progress(number, len(refs), "Looking at labels")
        sections = [section for section in sections if section.labelled.any()]
        if not sections:
            return ()
        try:
            split = split_of(sections, request)
        except InputError as error:
            return (str(error),)
        trained = set(split.trained_classes)
        classes = [entry for entry in labels.classes if entry.id in trained]
        found = (*notices_of(split, classes), *not_scored(split, labels.classes), *better_choice(split, request))
        return tuple(sentence_of(text) for text in found)
    finally:
        project.close()


def not_scored(split: Split, classes: list[FaciesClass]) -> list[str]:
    """The classes that train but have hardly a label in the held-out area, and those that are held out altogether."""
    if not split.scored or split.kind != "blocked":
        return []
    trained, held = counts(split, "training"), counts(split, "held_out")
    lacking = [entry.name for entry in classes if trained[entry.id] and held[entry.id] < LEAST_PIXELS]
    lost = [entry.name for entry in classes if held[entry.id] and not trained[entry.id]]
    sentences = []
    if lacking:
        sentences.append(f"hardly scored for want of labels in the held-out area: {listed(lacking)}")
    if lost:
        sentences.append(f"not trained, all labels lie in or near the held-out area: {listed(lost)}")
    return sentences


def better_choice(split: Split, request: TrainRequest) -> list[str]:
    """What to train instead where labels are too few for a network; benchmarks/few_labels.py measured it."""
    if request.network == "forest" or sum(counts(split, "training").values()) >= FEW_LABELS:
        return []
    return ["with so few labels the forest does better: on F3, up to twenty strokes, no network came near it"]


def counts(split: Split, part: str) -> dict[int, int]:
    """Pixels of every class id that train or are held out."""
    total = np.zeros(256, dtype=np.int64)
    for section in split.sections:
        total += np.bincount(section.section.classes[getattr(section, part)], minlength=256)
    return dict(enumerate(total.tolist()))


def listed(names: list[str]) -> str:
    """'salt, sand, shale and 2 more'."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def sentence_of(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")
