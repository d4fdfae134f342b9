"""Scores of a model on the labels of a split: whole sections predicted once, training and held-out labels apart."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from seisgui.learning.metrics import confusion, facies_scores, plain
from seisgui.learning.model import FaciesModel, SteppedModel
from seisgui.learning.splits import Split
from seisgui.seismic.axes import SectionRef, VolumeAxes
from seisgui.seismic.progress import Progress
from seisgui.seismic.volume import BoolArray, FloatArray


@dataclass
class LabelScores:
    """Loss, MAE of the class probabilities and confusion, summed over sections."""

    class_ids: tuple[int, ...]
    matrix: NDArray[np.int64] = field(init=False)
    pixels: int = 0
    _loss: float = 0.0
    _error: float = 0.0

    def __post_init__(self) -> None:
        self.matrix = np.zeros((len(self.class_ids),) * 2, dtype=np.int64)

    def add(self, probabilities: FloatArray, classes: NDArray[np.integer], mask: BoolArray) -> None:
        """Probabilities (n_class, ...) against class ids (...) where ``mask``; classes the model does not know count
        as wrong in loss and MAE, and stay out of the confusion.
        """
        truth = classes[mask]
        found = probabilities[:, mask]
        if not truth.size:
            return
        ids = np.asarray(self.class_ids)
        hit = truth[None] == ids[:, None]
        right = (found * hit).sum(axis=0)
        self._loss -= float(np.log(np.maximum(right, 1e-7)).sum())
        self._error += float(np.abs(found - hit).mean(axis=0).sum())
        self.pixels += truth.size
        self.matrix += confusion(truth, ids[found.argmax(axis=0)], self.class_ids)

    def to_json(self, trained: Sequence[int]) -> dict[str, Any] | None:
        """loss, mae, accuracy and all of ``FaciesScores``, the confusion with its class ids; None of no pixels."""
        if not self.pixels:
            return None
        scores = facies_scores(self.matrix, self.class_ids, trained).to_json()
        return {
            "loss": self._loss / self.pixels,
            "mae": self._error / self.pixels,
            "accuracy": plain(float(np.trace(self.matrix)) / self.pixels),
            **scores,
            "confusion": self.matrix.tolist(),
            "class_ids": list(self.class_ids),
        }


@runtime_checkable
class PixelModel(FaciesModel, Protocol):
    """A model for which single pixels are much cheaper than a section."""

    @property
    def by_pixel(self) -> bool: ...

    def most_scored(self) -> int:
        """Labelled pixels that a score looks at on a side, training or held-out: fewer, the dearer a pixel."""
        ...

    def predict_pixels(
        self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, pixels: NDArray[np.int64]
    ) -> Generator[Progress, None, FloatArray]:
        """Probabilities (n_class, n) of pixels (n, 2) of lateral and sample index."""
        ...


@runtime_checkable
class SmoothedModel(FaciesModel, Protocol):
    """A model whose probabilities may be smoothed."""

    def unsmoothed(self) -> FaciesModel | None:
        """The same model without smoothing; None where it has none."""
        ...


def thinned(masks: Sequence[BoolArray], most: int) -> list[BoolArray]:
    """About ``most`` of the pixels of all masks, drawn evenly and always the same."""
    total = sum(int(mask.sum()) for mask in masks)
    if total <= most:
        return list(masks)
    generator = np.random.default_rng(0)
    found = []
    for mask in masks:
        places = np.flatnonzero(mask)
        chosen = np.zeros(mask.size, dtype=bool)
        count = -(-len(places) * most // total)
        chosen[generator.choice(places, count, replace=False)] = True
        found.append(chosen.reshape(mask.shape))
    return found


def evaluate_unsmoothed(model: FaciesModel, split: Split) -> Generator[Progress, None, dict[str, Any] | None]:
    """Held-out scores without smoothing, which reaches further than the gap; None where nothing is smoothed."""
    bare = model.unsmoothed() if isinstance(model, SmoothedModel) else None
    if bare is None or not split.scored:
        return None
    scores = yield from evaluate_split(bare, split)
    held_out: dict[str, Any] | None = scores["held_out"]
    return held_out


def evaluate_split(model: FaciesModel, split: Split, most: int = 0) -> Generator[Progress, None, dict[str, Any]]:
    """``training`` and ``held_out`` scores of a model on the labels of a split (None where there are none).

    ``most`` bounds the pixels of a side that a model which predicts patch by patch looks at (0: as it asks for).

    Beside ``n``, the pixels a score looked at, stands ``n_labelled``, those there are.
    """
    training, held_out = LabelScores(model.class_ids), LabelScores(model.class_ids)
    sides = [part.training for part in split.sections], [part.held_out for part in split.sections]
    counts = [sum(int(mask.sum()) for mask in masks) for masks in sides]
    pixel_model = model if isinstance(model, PixelModel) and model.by_pixel else None
    if pixel_model is not None:
        most = most or pixel_model.most_scored()
        sides = thinned(sides[0], most), thinned(sides[1], most)
    for part, *masks in zip(split.sections, *sides, strict=True):
        if not (masks[0].any() or masks[1].any()):
            continue
        section = part.section
        if pixel_model is not None:
            for tally, mask in zip((training, held_out), masks, strict=True):
                pixels = np.argwhere(mask)
                found = yield from pixel_model.predict_pixels(section.amplitude, section.ref, section.axes, pixels)
                tally.add(found, section.classes[mask], np.ones(len(pixels), dtype=bool))
        else:
            probabilities = yield from predict_steps(model, section.amplitude, section.ref, section.axes)
            for tally, mask in zip((training, held_out), masks, strict=True):
                tally.add(probabilities, section.classes, mask)
        yield Progress(1000, 1000, f"Scored {section.ref}")
    scores: dict[str, Any] = {}
    for name, tally, count in zip(("training", "held_out"), (training, held_out), counts, strict=True):
        figures = tally.to_json(split.trained_classes)
        scores[name] = None if figures is None else {**figures, "n_labelled": count}
    return scores


def predict_steps(
    model: FaciesModel, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, step: int = 1
) -> Generator[Progress, None, FloatArray]:
    """Probabilities of a section in small steps where the model knows how, at once where it does not."""
    if isinstance(model, SteppedModel):
        return (yield from model.predict_steps(amplitude, ref, axes, step=step))
    yield Progress(0, 1, f"Predicting {ref}")
    return model.predict(amplitude, ref, axes, step=step)


def flat_figures(metrics: dict[str, Any]) -> dict[str, float]:
    """The held-out figures, or without any the training ones, that events and lists carry."""
    best = metrics.get("held_out") or metrics.get("training") or {}
    names = ("loss", "mae", "accuracy", "pixel_accuracy", "mean_class_accuracy", "mean_iou", "frequency_weighted_iou")
    of_phases = [name for name in best if name.startswith("f1_")]
    return {name: float(best[name]) for name in (*names, *of_phases) if best.get(name) is not None}
