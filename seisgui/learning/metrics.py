"""Scores of a facies classification: confusion matrix and what follows from it (numpy only)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNLABELLED = -1
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Scores of one class; ``n`` is its number of true pixels."""

    iou: float
    accuracy: float  # share of the class's true pixels that were found (recall)
    precision: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True)
class FaciesScores:
    """Scores over the scorable classes: those present in the scored labels and in the training labels.

    Pixels whose true class is not scorable are left out of every figure and counted in ``n_not_scorable``.
    Means are NaN where no class is scorable.
    """

    pixel_accuracy: float
    mean_class_accuracy: float
    mean_iou: float
    frequency_weighted_iou: float
    mean_f1: float
    per_class: dict[int, ClassScore]
    not_scorable: tuple[int, ...]
    n: int
    n_not_scorable: int

    def to_json(self) -> dict[str, Any]:
        """Plain data for run records and ``--json``; class ids become strings, NaN becomes None."""
        return {
            "pixel_accuracy": plain(self.pixel_accuracy),
            "mean_class_accuracy": plain(self.mean_class_accuracy),
            "mean_iou": plain(self.mean_iou),
            "frequency_weighted_iou": plain(self.frequency_weighted_iou),
            "mean_f1": plain(self.mean_f1),
            "per_class": {
                str(class_id): {
                    "iou": plain(score.iou),
                    "accuracy": plain(score.accuracy),
                    "precision": plain(score.precision),
                    "f1": plain(score.f1),
                    "n": score.n,
                }
                for class_id, score in self.per_class.items()
            },
            "not_scorable": list(self.not_scorable),
            "n": self.n,
            "n_not_scorable": self.n_not_scorable,
        }

    def summary(self) -> dict[str, float]:
        """The figures that a curve or a run list shows; NaN ones are left out."""
        figures = {
            "pixel_accuracy": self.pixel_accuracy,
            "mean_class_accuracy": self.mean_class_accuracy,
            "mean_iou": self.mean_iou,
            "frequency_weighted_iou": self.frequency_weighted_iou,
        }
        return {name: value for name, value in figures.items() if np.isfinite(value)}


def plain(value: float) -> float | None:
    """A float that JSON can carry."""
    return float(value) if np.isfinite(value) else None


def confusion(truth: NDArray[np.integer], predicted: NDArray[np.integer], class_ids: Sequence[int]) -> IntArray:
    """Confusion matrix (n_class, n_class): rows are true classes, columns predicted ones, ordered as ``class_ids``.

    Pixels that are unlabelled in ``truth`` (-1, or any id outside ``class_ids``) are ignored. Predictions outside
    ``class_ids`` cannot be placed in a column: ``ValueError``.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"truth {truth.shape} and prediction {predicted.shape} differ in shape")
    ids = np.asarray(class_ids, dtype=np.int64)
    true_index = positions(truth, ids)
    kept = true_index >= 0
    predicted_index = positions(predicted[kept], ids)
    if (predicted_index < 0).any():
        raise ValueError("a predicted class is not among class_ids")
    count = len(ids)
    flat = true_index[kept] * count + predicted_index
    return np.bincount(flat, minlength=count * count).reshape(count, count).astype(np.int64)


def positions(values: NDArray[np.integer], ids: IntArray) -> IntArray:
    """Position of every value in ``ids``, -1 where it is none of them; same shape as ``values``."""
    if ids.size == 0:
        return np.full(values.shape, -1, dtype=np.int64)
    order = np.argsort(ids)
    slot = np.clip(np.searchsorted(ids[order], values), 0, len(ids) - 1)
    index = order[slot]
    return np.where(ids[index] == values, index, -1).astype(np.int64)


def facies_scores(matrix: IntArray, class_ids: Sequence[int], trained: Iterable[int] | None = None) -> FaciesScores:
    """Scores from a confusion matrix (n_class, n_class).

    Parameters
    ----------
    matrix : int array
        As from :func:`confusion`.
    class_ids : sequence of int
        Class of every row and column.
    trained : iterable of int, optional
        Classes present in the training labels; None means all of ``class_ids``.
    """
    ids = [int(class_id) for class_id in class_ids]
    known = set(ids) if trained is None else {int(class_id) for class_id in trained}
    total = matrix.sum(axis=1)
    scorable = np.array([class_id in known for class_id in ids], dtype=bool) & (total > 0)
    # a class absent from one side says nothing about the model: its rows leave every figure
    kept = np.where(scorable[:, None], matrix, 0)
    hit = np.diagonal(kept).astype(np.float64)
    true = kept.sum(axis=1).astype(np.float64)
    called = kept.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        iou = hit / (true + called - hit)
        recall = hit / true
        precision = np.where(called > 0, hit / called, 0.0)
        f1 = 2 * hit / (true + called)
    per_class = {
        ids[i]: ClassScore(float(iou[i]), float(recall[i]), float(precision[i]), float(f1[i]), int(true[i]))
        for i in np.flatnonzero(scorable)
    }
    n = int(true.sum())
    return FaciesScores(
        pixel_accuracy=hit.sum() / n if n else float("nan"),
        mean_class_accuracy=mean(recall[scorable]),
        mean_iou=mean(iou[scorable]),
        frequency_weighted_iou=float((true * iou)[scorable].sum() / n) if n else float("nan"),
        mean_f1=mean(f1[scorable]),
        per_class=per_class,
        not_scorable=tuple(class_id for class_id, ok in zip(ids, scorable, strict=True) if not ok),
        n=n,
        n_not_scorable=int(matrix.sum()) - n,
    )


def mean(values: NDArray[np.float64]) -> float:
    """Mean, NaN (without a warning) of nothing."""
    return float(values.mean()) if values.size else float("nan")
