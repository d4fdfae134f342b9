"""How a picker does on windows at hand, looked at after every epoch."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from seisgui.learning.picking.objective import PickObjective, PickTally
from seisgui.learning.picking.peaks import find_picks
from seisgui.learning.picking.pick_data import NOISE, PickedRecord
from seisgui.learning.picking.pick_recipe import PickRecipe
from seisgui.learning.picking.scores import PhaseScores, tally
from seisgui.learning.picking.windows import PickWindows, WindowShape
from seisgui.networks.device import out_of_memory_told
from seisgui.seismic.records import RecordSet

MOST = 256  # windows
AT_ONCE = 32
TOLERANCE = 10  # samples: 0.1 s at 100 Hz
LEAST_PAIRS = 5  # picks from which a lateness is told
PLAIN = {"flip": 0.0, "noise": 0.0, "stack": 0.0, "stretch": 0.0, "swap": 0.0, "vertical_only": 0.0, "extracts": 1}


@dataclass(frozen=True)
class PickLook:
    """Windows (n, C, samples), their targets and the samples of the arrivals (n a phase) that lie inside them."""

    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]
    arrivals: tuple[dict[str, tuple[float, ...]], ...]
    phases: tuple[str, ...]
    recipe: PickRecipe

    @classmethod
    def of(
        cls,
        records: RecordSet,
        picked: Sequence[PickedRecord],
        shape: WindowShape,
        recipe: PickRecipe,
        seed: int,
    ) -> PickLook:
        """One window of each record (of some of very many), as it stands in the data."""
        step = -(-len(picked) // MOST)
        plain = replace(recipe.changed(PLAIN), noise_windows=0.0, anywhere=0.0)
        source = PickWindows(records, picked[::step], shape, plain, seed)
        found = [source.window_of(each) for each in picked[::step]]
        inputs = np.concatenate([batch.inputs for batch, _ in found])
        targets = np.concatenate([batch.targets for batch, _ in found])
        return cls(inputs, targets, tuple(arrivals for _, arrivals in found), shape.phases, recipe)

    def __call__(self, module: nn.Module, device: torch.device) -> Generator[None, None, dict[str, float]]:
        """loss, accuracy (the mean F1 of the phases) and f1_P, f1_S ...; yields after every batch."""
        told = PickObjective(self.phases, self.recipe.arrival_weight).tally()
        probability = yield from self._probabilities(module, device, told)
        figures = {f"f1_{phase}": each.f1 for phase, each in self._scores(probability).items()}
        return {**told.scores(), "accuracy": float(np.mean(list(figures.values()))), **figures}

    def residuals(self, module: nn.Module, device: torch.device) -> Generator[None, None, dict[str, float]]:
        """Mean of predicted minus true samples of the pairs, of phases that have enough of them."""
        told = PickObjective(self.phases, self.recipe.arrival_weight).tally()
        probability = yield from self._probabilities(module, device, told)
        scores = self._scores(probability)
        return {phase: each.residual_mean for phase, each in scores.items() if each.true_positive >= LEAST_PAIRS}

    def _probabilities(
        self, module: nn.Module, device: torch.device, told: PickTally
    ) -> Generator[None, None, NDArray[np.float32]]:
        objective, parts = PickObjective(self.phases, self.recipe.arrival_weight), []
        module.eval()
        for first in range(0, len(self.inputs), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            with torch.inference_mode(), out_of_memory_told():
                outputs = module(torch.from_numpy(self.inputs[some]).to(device)).float()
                objective.loss(outputs, torch.from_numpy(self.targets[some]).to(device), None, told)
                parts.append(torch.softmax(outputs, dim=1).cpu().numpy())
            yield
        return np.concatenate(parts)

    def _scores(self, probability: NDArray[np.float32]) -> dict[str, PhaseScores]:
        """By phase, in samples."""
        found = {}
        for row, phase in enumerate(self.phases):
            if phase == NOISE:
                continue
            true = {number: each.get(phase, ()) for number, each in enumerate(self.arrivals)}
            picks = {
                number: find_picks(curve, self.recipe.threshold, self.recipe.min_distance).time.tolist()
                for number, curve in enumerate(probability[:, row])
            }
            found[phase] = tally(true, picks, TOLERANCE)
        return found
