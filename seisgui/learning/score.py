"""Scores of a run against labels that its training did not see."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.exchange import read_mask
from seisgui.learning.evaluation import LabelScores
from seisgui.learning.predictor import Predictor, predictor
from seisgui.learning.requests import PredictRequest
from seisgui.learning.snapshot import SOURCE_BITS
from seisgui.learning.splits import GAP, HUMAN, IMPORTED, near_training
from seisgui.learning.training_labels import read_training_labels
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.progress import Progress, finish

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

ClassArray = NDArray[np.int16]


@dataclass(frozen=True)
class Scored:
    """A section, the labels that count, and how many were dropped for lying near a training label."""

    ref: SectionRef
    classes: ClassArray
    dropped: int


def score(
    project: Project,
    run_id: str,
    labels: Path | None = None,
    *,
    dataset: str | None = None,
    label_set: str | None = None,
    format: str | None = None,  # noqa: A002 - the word of the command line
    device: str | None = None,
    gap: int = GAP,
) -> dict[str, Any]:
    """See :func:`score_steps`."""
    return finish(
        score_steps(
            project, run_id, labels, dataset=dataset, label_set=label_set, format=format, device=device, gap=gap
        )
    )


def score_steps(
    project: Project,
    run_id: str,
    labels: Path | None = None,
    *,
    dataset: str | None = None,
    label_set: str | None = None,
    format: str | None = None,  # noqa: A002 - the word of the command line
    device: str | None = None,
    gap: int = GAP,
) -> Generator[Progress, None, dict[str, Any]]:
    """Score a run against a file of labels, or against a label set of the project (painted and imported labels).

    Labels within ``gap`` traces, lines or samples of a training label are dropped and counted. Returns
    ``{"scores": {pixel_accuracy, mean_class_accuracy, mean_iou, per_class, gap, dropped, ...}}``. Raises
    ``InputError`` where no label is left.
    """
    work = predictor(project, PredictRequest(project.path, run_id, dataset_id=dataset, device=device))
    sections = (
        read_mask(labels, work.volume.axes, format)
        if labels is not None
        else label_sections(project, work.dataset_id, label_set)
    )
    chosen = far_from_training(work, sections, gap)
    dropped = sum(section.dropped for section in chosen)
    if not any((section.classes >= 0).any() for section in chosen):
        where = str(labels) if labels is not None else "the label set"
        raise InputError(
            f"No label of {where} lies further than {gap} traces, lines or samples from a training label: "
            f"nothing to score ({dropped:,} dropped).",
            "Score against labels of another area.",
        )
    tally = LabelScores(work.adapted.model.class_ids)
    for section in chosen:
        mask = section.classes >= 0
        if mask.any():
            amplitude = work.volume.section(section.ref)
            probabilities = yield from work.adapted.predict_steps(amplitude, section.ref)
            tally.add(probabilities, section.classes, mask & np.isfinite(amplitude))
    trained = [int(number) for number in work.record.metrics.get("trained_classes", tally.class_ids)]
    scores = tally.to_json(trained) or {}
    return {
        "scores": {
            **scores,
            "gap": gap,
            "dropped": dropped,
            "labels": str(labels) if labels is not None else (label_set or "label set"),
            "position": work.adapted.model.uses_position,
        },
        "run": work.record.id,
        "network": work.record.network,
        "notices": list(work.adapted.notices),
    }


def label_sections(project: Project, dataset_id: str, label_set: str | None) -> list[tuple[SectionRef, ClassArray]]:
    """Painted and imported labels of a label set on the vertical sections that carry them."""
    labels = project.labels(label_set, dataset_id)
    found = []
    for entry in labels.labelled_sections():
        if entry.ref.orientation is Orientation.TIME:
            continue
        classes, provenance = labels.section(entry.ref)
        standing = np.isin(provenance & SOURCE_BITS, (HUMAN, IMPORTED))
        found.append((entry.ref, np.where(standing, classes, -1).astype(np.int16)))
    return found


def far_from_training(work: Predictor, sections: Sequence[tuple[SectionRef, ClassArray]], gap: int) -> list[Scored]:
    """The labels that may count; on another dataset than that of the training all may."""
    if work.dataset_id != work.record.dataset_id:
        return [Scored(ref, classes, 0) for ref, classes in sections]
    folder = work.project.run_folder(work.record.id)
    training = [(ref, classes >= 0) for ref, classes in read_training_labels(folder)]
    chosen = []
    for ref, classes in sections:
        near = near_training(ref, work.volume.axes, training, gap) & (classes >= 0)
        chosen.append(Scored(ref, np.where(near, -1, classes).astype(np.int16), int(near.sum())))
    return chosen
