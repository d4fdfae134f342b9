"""What a picker is trained for: cross-entropy against the bumps around arrivals."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from seisgui.learning.picking.pick_data import NOISE

FLOOR = -1e4  # stands for the logarithm of nothing


@dataclass
class PickTally:
    """Losses and mean absolute errors of batches, on the device until asked for."""

    loss: list[Tensor] = field(default_factory=list)
    error: list[Tensor] = field(default_factory=list)

    def scores(self) -> dict[str, float]:
        """loss, mae; {} where empty."""
        if not self.loss:
            return {}
        return {"loss": float(torch.stack(self.loss).mean()), "mae": float(torch.stack(self.error).mean())}


@dataclass(frozen=True)
class PickObjective:
    """Cross-entropy between target and output distribution, averaged over samples.

    Where a target is NaN nobody has said whether that phase arrives: its probability and that of noise are then one.
    ``arrival_weight`` is that of the phases, noise counts 1.
    """

    phases: tuple[str, ...]
    arrival_weight: float = 1.0

    def tally(self) -> PickTally:
        return PickTally()

    def outputs(self, module: nn.Module, batch: Tensor) -> Tensor:
        """Logits (n, n_phase, samples)."""
        outputs: Tensor = module(batch)
        return outputs

    def loss(self, outputs: Tensor, targets: Tensor, weights: Tensor | None, tally: PickTally) -> Tensor:
        """Outputs and targets (n, n_phase, samples), weights (n,)."""
        logarithms = functional.log_softmax(outputs, dim=1)
        unknown = torch.isnan(targets)
        noise = self.phases.index(NOISE)
        if bool(unknown.any()):
            told = torch.where(unknown, logarithms, torch.full_like(logarithms, FLOOR))
            either = torch.logsumexp(torch.cat([told, logarithms[:, [noise]]], dim=1), dim=1)
            logarithms = torch.cat([logarithms[:, :noise], either[:, None], logarithms[:, noise + 1 :]], dim=1)
            targets = torch.where(unknown, 0.0, targets)
        of_class = torch.full((len(self.phases), 1), self.arrival_weight, device=outputs.device)
        of_class[noise] = 1.0
        losses = -(targets * logarithms * of_class).sum(dim=1).mean(dim=-1)
        loss = losses.mean() if weights is None else (losses * weights).sum() / weights.sum().clamp(min=1e-6)
        with torch.no_grad():
            away = (torch.softmax(outputs, dim=1) - targets).abs()
            tally.error.append(away[~unknown].mean())
        tally.loss.append(loss.detach())
        return loss
