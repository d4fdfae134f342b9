"""The network of a live session: it goes on learning from where it is."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seisgui import catalogue
from seisgui.learning.batches import TargetMap, WindowSource
from seisgui.learning.checkpoint import WEIGHTS, save_model
from seisgui.learning.class_objective import ClassObjective, ClassTally
from seisgui.learning.dense import NetworkModel, section_stack
from seisgui.learning.events import Progress
from seisgui.learning.finetune import Trainer
from seisgui.learning.live_head import FeatureMaps, has_quick_head, head_of, learn_head, reach_of_head
from seisgui.learning.prepare import TrainingData
from seisgui.learning.recipes import Recipe, Setting
from seisgui.learning.requests import TrainRequest
from seisgui.learning.starting_weights import Start
from seisgui.learning.train_network import (
    checkpoint_info,
    fresh_module,
    plan_of,
    position_lines,
    target_maps,
    window_source,
)
from seisgui.networks.device import choose_device
from seisgui.networks.weights import copy_state, take_over
from seisgui.seismic.axes import SectionRef, VolumeAxes
from seisgui.seismic.volume import BoolArray, FloatArray

PIXELS_AT_ONCE = 50_000
FOCUS_SHARE = 0.25  # of every batch: the latest strokes
SETTINGS: dict[str, Setting] = {
    "averaging": 0.9,
    "schedule": "constant",
    "patience": 0,
    "batch": 16,
    "smooth_down": 0.0,  # smoothing would wash a stroke away
    "smooth_across": 0.0,
    "regularise": 0.0,
    "forest": 0.0,  # it answers before the network does
}
TILE_SETTINGS: dict[str, Setting] = {"batch": 4}  # a tile has as many pixels as some hundred patches have outputs


@dataclass
class LiveNetwork:
    """Weights, optimiser and batches of one session."""

    request: TrainRequest
    start: Start | None
    lines: tuple[str, ...] | None = None
    class_ids: tuple[int, ...] = ()
    updates: int = 0
    _trainer: Trainer | None = None
    _source: WindowSource | None = None
    _data: TrainingData | None = None
    _stacks: dict[SectionRef, FloatArray] = field(default_factory=dict)
    _maps: FeatureMaps = field(default_factory=FeatureMaps)
    _targets: list[TargetMap] = field(default_factory=list)
    _focus: list[BoolArray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.info = catalogue.network(self.request.network)
        own = TILE_SETTINGS if self.info.output == "section" else {}
        self.recipe = Recipe.of(self.info, {**SETTINGS, **own, **self.request.settings})
        self.device = choose_device(self.request.device)

    def take(self, data: TrainingData, focus: Sequence[BoolArray]) -> None:
        """Learn from these labels from now on, from the ``focus`` pixels above all; new classes grow the head."""
        if self._trainer is None:
            self.lines, _ = position_lines(data, self.request, self.start)
        if self._trainer is None or data.class_ids != self.class_ids:
            module = self._grown(data.class_ids)
            plan = plan_of(self.info, self.request)
            objective = ClassObjective(data.class_ids, self.recipe)
            self._trainer = Trainer(module, objective, self.recipe, self.device, 1, self.request.seed, plan)
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
        self._targets, self._focus = targets, list(focus)
        self._source = window_source(self.info, data, stacks, targets, self.recipe, seed, focus, FOCUS_SHARE)

    def _grown(self, class_ids: tuple[int, ...]) -> nn.Module:
        # features stay valid: the convolutions do not change when the head grows
        start = self.start if self._trainer is None else None
        module, _ = fresh_module(self.info, class_ids, self.lines, self.request.seed, start)
        if self._trainer is not None:
            take_over(module, copy_state(self._trainer.best_module), self.class_ids, class_ids)
        return module

    def learn(self, seconds: float, least: int, most: int) -> Generator[Progress, None, dict[str, float]]:
        """Update for about ``seconds``, at least ``least`` and at most ``most`` times; returns the batches' scores."""
        assert self._trainer is not None
        assert self._source is not None
        tally = ClassTally(self.class_ids)
        ends = time.monotonic() + seconds
        for number in range(most):
            if number >= least and time.monotonic() >= ends:
                break
            self._trainer.update(self._source.draw(self.recipe.batch), tally)
            self.updates += 1
            yield Progress(number + 1, most, "Live: learning from the strokes")
        return tally.scores()

    def learn_head(self, seconds: float, least: int, most: int) -> Generator[Progress, None, None]:
        """Let the head learn from features at hand: many updates in a moment. Nothing where there are none."""
        assert self._trainer is not None
        assert self._data is not None
        module = self._trainer.best_module
        if not has_quick_head(module):
            return
        parts = list(zip(self._data.split.sections, self._targets, self._focus, strict=True))
        known = [(self._maps.get(part.section.ref), target, focus) for part, target, focus in parts]
        maps = [found for found, _, _ in known if found is not None]
        targets = [target for found, target, _ in known if found is not None]
        focus = [focused for found, _, focused in known if found is not None]
        work = learn_head(
            module, maps, targets, focus, FOCUS_SHARE, self.request.seed + self.updates, seconds, least, most
        )
        self.updates += yield from work
        self._trainer.share(head_of(module))

    @property
    def network(self) -> str:
        return self.info.name

    def knows(self, ref: SectionRef) -> bool:
        """Whether features of a section are at hand."""
        return self._maps.get(ref) is not None

    def predict_steps(
        self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, step: int, *, quick: bool
    ) -> Generator[Progress, None, FloatArray]:
        """Probabilities of a section; ``quick`` from features at hand, which later updates have left behind."""
        model = self.model
        module: Any = model.module
        if not has_quick_head(module):
            return (yield from model.predict_steps(amplitude, ref, axes, step=step))
        features = self._maps.get(ref) if quick else None
        whole = quick or step == 1 or model.sees_sections  # a coarse look at a whole section costs as much
        if features is None:
            features = yield from model.features_steps(amplitude, ref, axes, step=1 if whole else step)
            if whole:
                self._maps.put(ref, features)
        reach = reach_of_head(module)
        if whole and not reach:
            features = features[:, ::step, ::step]
        probabilities = yield from self._classified(features, reach)
        return probabilities[:, ::step, ::step] if reach else probabilities

    def _classified(self, features: Tensor, reach: int) -> Generator[Progress, None, FloatArray]:
        """Probabilities of what the head says of features, some traces at a time."""
        module: Any = self.model.module
        rows = max(1, PIXELS_AT_ONCE // features.shape[2])
        parts = []
        for first in range(0, features.shape[1], rows):
            before = min(first, reach)
            module.eval()
            with torch.inference_mode():
                seen = features[:, first - before : first + rows + reach]
                logits = module.classify_features(seen)[:, before : before + rows]
                parts.append(torch.softmax(logits.float(), 0).cpu().numpy())
            yield Progress(first, features.shape[1], "Live: predicting")
        return np.concatenate(parts, axis=1)

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
