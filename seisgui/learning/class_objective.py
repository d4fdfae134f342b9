"""What facies networks are trained for: cross-entropy of the labelled pixels, and the scores told beside it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seisgui.learning.batches import IGNORED, PixelSet
from seisgui.learning.events import of_class
from seisgui.learning.finetune import laid_out
from seisgui.learning.metrics import facies_scores
from seisgui.learning.recipes import Recipe
from seisgui.networks.device import autocast, out_of_memory_told

LEAST_WEIGHT = 1e-6  # of a batch, so that one without any weight teaches nothing


@dataclass
class ClassTally:
    """Loss, MAE and confusion summed over batches, on the device until asked for.

    ``class_ids`` are the classes of the outputs in order.
    """

    class_ids: tuple[int, ...]
    loss: list[Tensor] = field(default_factory=list)
    error: list[Tensor] = field(default_factory=list)
    confusion: Tensor | None = None

    def add(self, logits: Tensor, targets: Tensor, loss: Tensor) -> None:
        """Logits (n, n_class) and targets (n,), none of them ignored."""
        probabilities = torch.softmax(logits.detach().float(), 1)
        count = len(self.class_ids)
        truth = functional.one_hot(targets, count)
        self.loss.append(loss.detach())
        self.error.append((probabilities - truth).abs().mean())
        found = torch.bincount(targets * count + logits.argmax(1), minlength=count**2)
        self.confusion = found if self.confusion is None else self.confusion + found

    def scores(self) -> dict[str, float]:
        """loss, mae, accuracy, mean_class_accuracy, mean_iou, frequency_weighted_iou, mean_f1; {} where empty.

        Beside them the accuracy of every class there was, see ``events.of_class``.
        """
        if self.confusion is None:
            return {}
        count = len(self.class_ids)
        matrix = self.confusion.reshape(count, count).cpu().numpy().astype(np.int64)
        scored = facies_scores(matrix, self.class_ids)
        return {
            "loss": float(torch.stack(self.loss).mean()),
            "mae": float(torch.stack(self.error).mean()),
            "accuracy": float(scored.pixel_accuracy),
            "mean_class_accuracy": scored.mean_class_accuracy,
            "mean_iou": scored.mean_iou,
            "frequency_weighted_iou": scored.frequency_weighted_iou,
            "mean_f1": scored.mean_f1,
            **{of_class(class_id): score.accuracy for class_id, score in scored.per_class.items()},
        }


@dataclass(frozen=True)
class ClassObjective:
    """Cross-entropy over the labelled outputs of a batch."""

    class_ids: tuple[int, ...]
    recipe: Recipe

    def tally(self) -> ClassTally:
        return ClassTally(self.class_ids)

    def outputs(self, module: Any, batch: Tensor) -> Tensor:
        """Logits of patches, of lattices of patches, or of tiles."""
        outputs: Tensor = module.windows(batch) if self.recipe.lattice > 1 else module(batch)
        return outputs

    def loss(self, outputs: Tensor, targets: Tensor, weights: Tensor | None, tally: ClassTally) -> Tensor:
        """Outputs (n, n_class) or (n, n_class, h, w), targets and weights without the axis of classes."""
        known = targets.flatten() != IGNORED
        logits, wanted = flat(outputs, targets)
        loss = self._loss(logits, wanted, None if weights is None else weights.flatten()[known])
        tally.add(logits, wanted, loss)
        return loss

    def _loss(self, logits: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
        smoothing, of_class = self.recipe.label_smoothing, None
        if self.recipe.class_weight:
            counts = torch.bincount(targets, minlength=len(self.class_ids)).float()
            of_class = torch.where(counts > 0, counts.clamp(min=1) ** -self.recipe.class_weight, 0.0)
        if weights is None:
            return functional.cross_entropy(logits, targets, of_class, label_smoothing=smoothing)
        losses = functional.cross_entropy(logits, targets, of_class, label_smoothing=smoothing, reduction="none")
        shares = weights if of_class is None else weights * of_class[targets]
        return (losses * weights).sum() / shares.sum().clamp(min=LEAST_WEIGHT)


def flat(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (m, n_class) and targets (m,) of the outputs whose class is known."""
    if logits.ndim == 4:
        logits = logits.permute(0, 2, 3, 1).flatten(0, 2)
    targets = targets.flatten()
    known = targets != IGNORED
    return logits[known], targets[known]


@dataclass(frozen=True)
class PixelLook:
    """Classifies patches or tiles at hand, yielding after every batch."""

    pixels: PixelSet
    class_ids: tuple[int, ...]

    def __call__(self, module: nn.Module, device: torch.device) -> Generator[None, None, dict[str, float]]:
        tally = ClassTally(self.class_ids)
        module.eval()
        for first in range(0, len(self.pixels.targets), self.pixels.at_once):
            inputs = np.ascontiguousarray(self.pixels.inputs[first : first + self.pixels.at_once])
            targets = torch.from_numpy(self.pixels.targets[first : first + self.pixels.at_once]).to(device)
            with torch.inference_mode(), autocast(device), out_of_memory_told():
                batch = laid_out(torch.from_numpy(inputs).to(device))
                logits, wanted = flat(module(batch).float(), targets)
                tally.add(logits, wanted, functional.cross_entropy(logits, wanted))
            yield
        return tally.scores()
