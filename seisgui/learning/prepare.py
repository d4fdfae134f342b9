"""What a training starts from: labels, amplitudes, split and amplitude scale, and sentences about all of them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seisgui.errors import InputError
from seisgui.learning import splits
from seisgui.learning.requests import TrainRequest
from seisgui.learning.snapshot import LabelledSection, snapshot
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.volume import Volume

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesClass, FaciesLabels
    from seisgui.interpretation.project import Project

FEW_PIXELS = 200  # labelled pixels of a class below which a notice says so


@dataclass(frozen=True)
class TrainingData:
    """One snapshot of everything that a training reads; ``sections`` are those of ``split`` in order."""

    dataset_id: str
    labels: FaciesLabels
    label_revision: int
    volume: Volume
    sections: tuple[LabelledSection, ...]
    split: splits.Split
    scale: AmplitudeScale
    classes: tuple[FaciesClass, ...]  # those that the model tells, in order of their ids
    orientation: str  # inline | crossline | both
    notices: tuple[str, ...]

    @property
    def class_ids(self) -> tuple[int, ...]:
        return tuple(entry.id for entry in self.classes)


def new_run_id(network: str) -> str:
    """A fresh id that sorts by time: '20240131-120102-waldeland-1f3a'."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{network}-{secrets.token_hex(2)}"


def prepare(project: Project, request: TrainRequest, known_ids: Sequence[int] = ()) -> TrainingData:
    """Read labels and amplitudes once and split them.

    ``known_ids`` are classes that the starting weights know already: they stay, labelled or not. Raises ``InputError``
    where there is nothing, or only one class, to learn from.
    """
    dataset = project.dataset(request.dataset_id)
    if dataset.axes is None:
        raise InputError(f"{dataset.name} holds gathers; facies are trained on a survey or a line.")
    labels = project.labels(request.label_set_id, dataset.id)
    if request.label_revision is not None and labels.revision < request.label_revision:
        labels.catch_up(request.label_revision)
    volume = project.open_volume(dataset_id=dataset.id)
    return read_data(labels, volume, AmplitudeScale.of(volume, request.clip_rule), request, known_ids)


def read_data(
    labels: FaciesLabels,
    volume: Volume,
    scale: AmplitudeScale,
    request: TrainRequest,
    known_ids: Sequence[int] = (),
    *,
    automatic: bool = True,
) -> TrainingData:
    """The labels as they stand now, with their amplitudes, split; without ``automatic`` no block is chosen."""
    sections = snapshot(labels, volume, request.orientation)
    chosen = automatic or request.hold_out or request.split != "blocked"
    split = split_of(sections, request) if chosen else splits.everything(sections)
    trained = split.trained_classes
    check_classes(trained, labels, split)
    wanted = set(trained) | set(known_ids)
    classes = tuple(sorted((entry for entry in labels.classes if entry.id in wanted), key=lambda entry: entry.id))
    return TrainingData(
        dataset_id=labels.dataset_id,
        labels=labels,
        label_revision=labels.revision,
        volume=volume,
        sections=tuple(sections),
        split=split,
        scale=scale,
        classes=classes,
        orientation=orientation_of(sections),
        notices=tuple(notices_of(split, classes)),
    )


def split_of(sections: Sequence[LabelledSection], request: TrainRequest) -> splits.Split:
    """The split that a request asks for."""
    if request.split == "random":
        return splits.random(sections, request.seed)
    if request.split != "blocked":
        raise InputError(f"{request.split!r} is no way to split labels.", "Choose blocked or random.")
    return splits.blocked(sections, request.hold_out)


def check_classes(trained: Sequence[int], labels: FaciesLabels, split: splits.Split) -> None:
    """Raise ``InputError`` unless two classes are there to be told apart."""
    if len(trained) >= 2:
        return
    names = ", ".join(entry.name for entry in labels.classes if entry.id in trained) or "none"
    where = "outside the held-out block" if split.scored or split.hold_out else "in this label set"
    raise InputError(
        f"Training needs labels of at least two classes; there is only {names} {where}.",
        "Paint a stroke of another class.",
    )


def orientation_of(sections: Sequence[LabelledSection]) -> str:
    """inline, crossline, or both."""
    ways = {section.ref.orientation.value for section in sections}
    return ways.pop() if len(ways) == 1 else "both"


def notices_of(split: splits.Split, classes: Sequence[FaciesClass]) -> list[str]:
    """Sentences that are no errors: why nothing is scored, and which classes have few labels."""
    sentences = [] if split.scored and split.kind == "blocked" else [split.sentence]
    for entry in classes:
        counts = [int((part.section.classes[part.training] == entry.id).sum()) for part in split.sections]
        pixels, lines = sum(counts), sum(count > 0 for count in counts)
        if 0 < pixels < FEW_PIXELS:
            plural = "section" if lines == 1 else "sections"
            sentences.append(f"class {entry.name} has {pixels} training pixels on {lines} {plural}")
    return sentences
