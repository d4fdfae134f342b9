"""The network of a live session: it goes on learning from where it is."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from seisgui import catalogue
from seisgui.learning.batches import BatchSource
from seisgui.learning.checkpoint import WEIGHTS, StartingWeights, save_model
from seisgui.learning.dense import NetworkModel, section_stack
from seisgui.learning.events import Progress
from seisgui.learning.finetune import Tally, Trainer
from seisgui.learning.prepare import TrainingData
from seisgui.learning.recipes import Recipe, Setting
from seisgui.learning.requests import TrainRequest
from seisgui.learning.train_network import checkpoint_info, fresh_module, position_lines, target_maps
from seisgui.networks.device import choose_device
from seisgui.networks.weights import copy_state, take_over
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.volume import BoolArray, FloatArray

FOCUS_SHARE = 0.5  # of every batch: the latest strokes
SETTINGS: dict[str, Setting] = {
    "averaging": 0.0,
    "schedule": "constant",
    "patience": 0,
    "batch": 16,
    "smooth_down": 1.0,  # wide smoothing would wash a stroke away
    "smooth_across": 6.0,
}


@dataclass
class LiveNetwork:
    """Weights, optimiser and batches of one session."""

    request: TrainRequest
    start: StartingWeights | None
    lines: tuple[str, ...] | None = None
    class_ids: tuple[int, ...] = ()
    updates: int = 0
    _trainer: Trainer | None = None
    _source: BatchSource | None = None
    _data: TrainingData | None = None
    _stacks: dict[SectionRef, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.info = catalogue.network(self.request.network)
        self.recipe = Recipe.of(self.info, {**SETTINGS, **self.request.settings})
        self.device = choose_device(self.request.device)

    def take(self, data: TrainingData, focus: Sequence[BoolArray]) -> None:
        """Learn from these labels from now on, from the ``focus`` pixels above all; new classes grow the head."""
        if self._trainer is None:
            self.lines, _ = position_lines(data, self.request, self.start)
        if self._trainer is None or data.class_ids != self.class_ids:
            module = self._grown(data.class_ids)
            self._trainer = Trainer(module, self.recipe, self.device, 1, self.request.seed)
            self.class_ids = data.class_ids
        self._data = data
        for section in data.sections:
            if section.ref not in self._stacks:
                self._stacks[section.ref] = section_stack(
                    section.amplitude, data.scale, section.ref, section.axes, self.lines
                )
        stacks = [self._stacks[section.ref] for section in data.sections]
        targets = target_maps(data, [part.training for part in data.split.sections])
        seed = self.request.seed + self.updates
        self._source = BatchSource(stacks, targets, self.info.patch, self.recipe, seed, focus, FOCUS_SHARE)

    def _grown(self, class_ids: tuple[int, ...]) -> nn.Module:
        module = fresh_module(
            self.info.name, class_ids, self.lines, self.request.seed, self.start if self._trainer is None else None
        )
        if self._trainer is not None:
            take_over(module, copy_state(self._trainer.best_module), self.class_ids, class_ids)
        return module

    def learn(self, seconds: float, least: int, most: int) -> Generator[Progress, None, dict[str, float]]:
        """Update for about ``seconds``, at least ``least`` and at most ``most`` times; returns the batches' scores."""
        assert self._trainer is not None
        assert self._source is not None
        tally = Tally(len(self.class_ids))
        ends = time.monotonic() + seconds
        for number in range(most):
            if number >= least and time.monotonic() >= ends:
                break
            self._trainer.update(*self._source.draw(self.recipe.batch), tally)
            self.updates += 1
            yield Progress(number + 1, most, "Live: learning from the strokes")
        return tally.scores()

    @property
    def model(self) -> NetworkModel:
        """The network as it predicts now."""
        assert self._trainer is not None
        assert self._data is not None
        return NetworkModel(
            self._trainer.best_module,
            self.info,
            self.class_ids,
            self._data.scale,
            self.lines,
            self.device,
            self.recipe.smoothing,
        )

    def save(self, folder: Path) -> None:
        """Write the checkpoint into a run's folder."""
        assert self._data is not None
        info = checkpoint_info(self.info.name, self._data, self.lines, self.recipe)
        save_model(folder / WEIGHTS, self.model, info)
