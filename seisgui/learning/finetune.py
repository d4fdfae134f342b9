"""The training loop: updates, running average of the weights, early stopping, events."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from seisgui.catalogue.freezing import FreezePlan
from seisgui.learning.batches import Batch, WindowSource
from seisgui.learning.events import Control, CurvePoint, Progress
from seisgui.learning.optimisers import learning_rate, make_optimiser
from seisgui.learning.recipes import TrainingRecipe
from seisgui.networks.device import autocast, out_of_memory_told
from seisgui.networks.freezing import apply_plan
from seisgui.networks.weights import State, copy_state

WARM_AVERAGE = 10  # the running average starts short and grows to its decay


class Tally(Protocol):
    """What is summed over batches, on the device until asked for."""

    def scores(self) -> dict[str, float]:
        """loss, accuracy and what else the task tells; {} where nothing was added."""
        ...


class Objective(Protocol):
    """What a task wants of its network: how windows go through it, and what is minimised."""

    def tally(self) -> Any:
        """A fresh ``Tally`` that ``loss`` adds to."""
        ...

    def outputs(self, module: nn.Module, batch: Tensor) -> Tensor:
        """The network's logits of a batch of windows."""
        ...

    def loss(self, outputs: Tensor, targets: Tensor, weights: Tensor | None, tally: Any) -> Tensor:
        """The number to be minimised, told to ``tally`` beside the logits and targets."""
        ...


# how well weights do on windows at hand: yields between short pieces of work
Look = Callable[[nn.Module, torch.device], Generator[None, None, dict[str, float]]]


class Trainer:
    """A network under training: one update at a time, so that the caller decides when.

    With ``fixed_norms`` batch norms learn scale and shift but keep the statistics they came with: those of a batch of
    few records are worth less than those of the thousands that the weights were trained on.
    """

    def __init__(
        self,
        module: nn.Module,
        objective: Objective,
        recipe: TrainingRecipe,
        device: torch.device,
        updates: int,
        seed: int = 0,
        plan: FreezePlan | None = None,
        *,
        fixed_norms: bool = False,
    ) -> None:
        self._seed, self._objective, self._fixed_norms = seed, objective, fixed_norms
        self.recipe, self.device, self.planned = recipe, device, max(1, updates)
        self.module: nn.Module = module.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.done = 0
        self._applied = apply_plan(self.module, plan or FreezePlan())
        self._optimiser = make_optimiser(self._applied.groups(recipe.learning_rate), recipe)
        self._scaler = torch.amp.GradScaler(device.type, enabled=device.type == "cuda" and _half(device))
        self._average: nn.Module = copy.deepcopy(self.module) if recipe.averaging else self.module

    @property
    def best_module(self) -> nn.Module:
        """The weights that predict: the running average, or the latest ones without averaging."""
        return self._average

    def share(self, layers: nn.Module) -> None:
        """Let the weights in training start from ``layers`` of ``best_module``, which were changed."""
        if self._average is self.module:
            return
        own = {id(tensor) for tensor in layers.state_dict(keep_vars=True).values()}
        named = self._average.state_dict(keep_vars=True).items()
        self.module.load_state_dict({name: tensor for name, tensor in named if id(tensor) in own}, strict=False)

    def update(self, drawn: Batch, tally: Any) -> None:
        """One step of the optimiser on windows and their targets."""
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(self.recipe, self.done, self.planned) * group["factor"]
        self._applied.train()
        if self._fixed_norms:
            for norm in self._norms(self.module):
                norm.eval()
        batch = laid_out(self._moved(drawn.inputs))
        wanted = self._moved(drawn.targets)
        weights = None if drawn.weights is None else self._moved(drawn.weights)
        with out_of_memory_told(), self._own_randomness():
            with autocast(self.device, on_cpu=self.recipe.bfloat16):
                outputs = self._objective.outputs(self.module, batch)
                loss = self._objective.loss(outputs.float(), wanted, weights, tally)
            self._optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(self._scaler.scale(loss))
            self._scaler.step(self._optimiser)
            self._scaler.update()
        self.done += 1
        self._follow()

    def settle(self, source: WindowSource) -> Generator[None, None, None]:
        """Give the batch norms of the averaged weights the statistics of these weights, which no average tells.

        Yields after every batch; frozen norms stay as they are.
        """
        module = self.best_module
        norms = [norm for norm in self._norms(module) if norm.weight is not None and norm.weight.requires_grad]
        if not self.recipe.settle or not norms or self._fixed_norms:
            return
        module.eval()
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all batches
            norm.train()
        for _ in range(self.recipe.settle):
            batch = laid_out(self._moved(source.draw(self.recipe.batch).inputs))
            with torch.no_grad(), autocast(self.device), out_of_memory_told():
                self._objective.outputs(module, batch)
            yield
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        module.eval()

    @staticmethod
    def _norms(module: nn.Module) -> list[_BatchNorm]:
        return [layer for layer in module.modules() if isinstance(layer, _BatchNorm)]

    @contextmanager
    def _own_randomness(self) -> Generator[None, None, None]:
        """Dropout drawn from this training's seed, whatever else runs between two updates."""
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self._seed * 1_000_003 + self.done)
            yield

    def _moved(self, array: NDArray[Any]) -> Tensor:
        tensor = torch.from_numpy(array)
        return tensor.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else tensor

    @torch.no_grad()
    def _follow(self) -> None:
        if self._average is self.module:
            return
        decay = min(self.recipe.averaging, (1 + self.done) / (WARM_AVERAGE + self.done))
        for mean, latest in zip(self._average.state_dict().values(), self.module.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(latest, 1.0 - decay)
            else:
                mean.copy_(latest)


def laid_out(batch: Tensor) -> Tensor:
    """Images with their channels last, where convolutions are fastest; other tensors in their own order."""
    return batch.contiguous(memory_format=torch.channels_last if batch.ndim == 4 else torch.contiguous_format)


def _half(device: torch.device) -> bool:
    return 7 <= torch.cuda.get_device_capability(device)[0] < 8


@dataclass
class EarlyStopping:
    """Best weights so far, and whether neither loss nor accuracy has improved for ``patience`` epochs."""

    patience: int
    best: State | None = None
    best_epoch: int = 0
    _loss: float = math.inf
    _accuracy: float = -math.inf
    _waited: int = 0

    def told(self, epoch: int, scores: dict[str, float] | None, module: nn.Module) -> bool:
        """Take one epoch's validation scores; True where training should end."""
        if not scores or not self.patience:
            self.best, self.best_epoch = None, epoch
            return False
        better = scores["loss"] < self._loss or scores["accuracy"] > self._accuracy
        if scores["loss"] < self._loss or self.best is None:
            self.best, self.best_epoch = copy_state(module), epoch
        self._loss = min(self._loss, scores["loss"])
        self._accuracy = max(self._accuracy, scores["accuracy"])
        self._waited = 0 if better else self._waited + 1
        return self._waited >= self.patience


@dataclass(frozen=True, slots=True)
class Outcome:
    """How training went; the weights are in the module."""

    epochs: int
    updates: int
    best_epoch: int
    stopped_early: bool
    stopped_by_user: bool
    history: tuple[CurvePoint, ...]


def finetune(
    module: nn.Module,
    source: WindowSource,
    *,
    run_id: str,
    objective: Objective,
    recipe: TrainingRecipe,
    epochs: int,
    seed: int,
    device: torch.device,
    validation: Look | None,
    held_out: Look | None,
    control: Control,
    plan: FreezePlan | None = None,
    fixed_norms: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Progress | CurvePoint, None, Outcome]:
    """Train ``module`` in place: yields after every update, ends with the best weights in it.

    ``validation`` decides when to end; ``held_out`` is only looked at.
    """
    total = epochs * recipe.updates_per_epoch
    trainer = Trainer(module, objective, recipe, device, total, seed, plan, fixed_norms=fixed_norms)
    stopping = EarlyStopping(recipe.patience)
    history: list[CurvePoint] = []
    began = clock()
    ended = False
    for epoch in range(1, epochs + 1):
        tally = objective.tally()
        for _ in range(recipe.updates_per_epoch):
            trainer.update(source.draw(recipe.batch), tally)
            left = (clock() - began) / trainer.done * (total - trainer.done)
            yield Progress(trainer.done, total, f"Training, epoch {epoch} of {epochs}", left)
            if control.stop:
                break
        for _ in trainer.settle(source):
            yield Progress(trainer.done, total, f"Settling batch norms, epoch {epoch} of {epochs}")
        checked = yield from _looked_at(trainer, validation)
        seen = yield from _looked_at(trainer, held_out)
        ended = stopping.told(epoch, checked, trainer.best_module)
        training = tally.scores()
        training.update({f"validation_{name}": value for name, value in (checked or {}).items()})
        history.append(CurvePoint(run_id, epoch, trainer.done, training, seen))
        yield history[-1]
        if ended or control.stop:
            break
    state = stopping.best if stopping.best is not None else copy_state(trainer.best_module)
    module.load_state_dict(state)
    return Outcome(len(history), trainer.done, stopping.best_epoch, ended, control.stop, tuple(history))


def _looked_at(trainer: Trainer, look: Look | None) -> Generator[Progress, None, dict[str, float] | None]:
    if look is None:
        return None
    work = look(trainer.best_module, trainer.device)
    while True:
        try:
            next(work)
        except StopIteration as outcome:
            scores: dict[str, float] = outcome.value
            return scores
        yield Progress(trainer.done, trainer.planned, "Looking at held-out labels")
