"""The optimiser of a recipe, and its learning rate at any update."""

from __future__ import annotations

import math
from typing import Any

import torch

from seisgui.learning.recipes import TrainingRecipe

LEAST_RATE = 1e-6


def make_optimiser(groups: list[dict[str, Any]], recipe: TrainingRecipe) -> torch.optim.Optimizer:
    """Optimiser of parameter groups (see ``seisgui.networks.freezing.AppliedPlan.groups``)."""
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(
            groups,
            recipe.learning_rate,
            momentum=recipe.momentum,
            nesterov=recipe.nesterov,
            weight_decay=recipe.weight_decay,
        )
    return torch.optim.AdamW(groups, recipe.learning_rate, betas=(0.9, 0.999), weight_decay=recipe.weight_decay)


def learning_rate(recipe: TrainingRecipe, done: int, planned: int) -> float:
    """Learning rate of the next update after ``done`` of ``planned`` ones."""
    if recipe.schedule == "inverse":
        return recipe.learning_rate / (1.0 + recipe.decay * done)
    if recipe.schedule == "cosine":
        share = min(done / planned, 1.0)
        return max(LEAST_RATE, recipe.learning_rate * 0.5 * (1.0 + math.cos(math.pi * share)))
    return recipe.learning_rate
