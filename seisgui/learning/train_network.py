"""How a torch network becomes the model of a run."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from seisgui import catalogue
from seisgui.learning.batches import IGNORED, BatchSource, TargetMap, pixel_set, validation_masks
from seisgui.learning.checkpoint import WEIGHTS, CheckpointInfo, StartingWeights, save_model
from seisgui.learning.dense import AGE, NetworkModel, channel_count, section_stack
from seisgui.learning.events import Control, Event, Notice
from seisgui.learning.finetune import Outcome, finetune
from seisgui.learning.model import Trained
from seisgui.learning.prepare import TrainingData
from seisgui.learning.recipes import Recipe
from seisgui.learning.requests import TrainRequest
from seisgui.learning.sampling import varying_lines
from seisgui.networks import registry
from seisgui.networks.device import choose_device
from seisgui.networks.weights import take_over
from seisgui.seismic.volume import BoolArray


def train_network(
    data: TrainingData,
    request: TrainRequest,
    start: StartingWeights | None,
    run_id: str,
    folder: Path,
    control: Control,
) -> Generator[Event, None, Trained]:
    """Train on a snapshot and write the checkpoint into ``folder``."""
    info = catalogue.network(request.network)
    recipe = Recipe.of(info, request.settings)
    device = choose_device(request.device)
    epochs = info.default_epochs if request.epochs is None else request.epochs
    lines, notice = position_lines(data, request, start)
    if notice:
        yield Notice(notice)
    module = fresh_module(info.name, data.class_ids, lines, request.seed, start).to(device)
    outcome = yield from _fitted(module, data, request, recipe, epochs, lines, device, run_id, control)
    checkpoint = checkpoint_info(info.name, data, lines, recipe)
    model = NetworkModel(module, info, data.class_ids, data.scale, lines, device, recipe.smoothing, recipe.mirrored)
    save_model(folder / WEIGHTS, model, checkpoint)
    settings = {**recipe.to_json(), "epochs": epochs, "position": lines is not None, "device": device.type}
    return Trained(
        model=model,
        settings=settings,
        progress=progress_of(outcome),
        status="stopped" if outcome is not None and outcome.stopped_by_user else "finished",
    )


def position_lines(
    data: TrainingData, request: TrainRequest, start: StartingWeights | None
) -> tuple[tuple[str, ...] | None, str]:
    """Line axes among the position channels (None: no position), and a notice where the wish could not be met."""
    if start is not None:
        used = start.info.lines
        if request.position is not None and request.position != start.info.position:
            word = "with" if start.info.position else "without"
            return used, f"the weights to start from were trained {word} position, and so is this run"
        return used, ""
    if not request.position:
        return None, ""
    return (*varying_lines([section.ref for section in data.sections]), AGE), ""


def fresh_module(
    name: str, class_ids: tuple[int, ...], lines: tuple[str, ...] | None, seed: int, start: StartingWeights | None
) -> nn.Module:
    """A network with the weights of ``seed``, or those of ``start`` with the head grown to ``class_ids``."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = registry.build(name, len(class_ids), channel_count(lines))
    if start is not None:
        take_over(module, start.state, start.info.class_ids, class_ids)
    return module


def target_maps(data: TrainingData, masks: list[BoolArray]) -> list[TargetMap]:
    """Index of the class of every masked pixel, -1 elsewhere, per section."""
    lookup = np.full(256, IGNORED, dtype=np.int64)
    lookup[list(data.class_ids)] = np.arange(len(data.class_ids))
    return [
        np.where(mask, lookup[np.clip(section.classes, 0, 255)], IGNORED)
        for section, mask in zip(data.sections, masks, strict=True)
    ]


def _fitted(
    module: nn.Module,
    data: TrainingData,
    request: TrainRequest,
    recipe: Recipe,
    epochs: int,
    lines: tuple[str, ...] | None,
    device: torch.device,
    run_id: str,
    control: Control,
) -> Generator[Event, None, Outcome | None]:
    if epochs == 0:
        return None
    info = catalogue.network(request.network)
    stacks = [section_stack(each.amplitude, data.scale, each.ref, each.axes, lines) for each in data.sections]
    training = target_maps(data, [part.training for part in data.split.sections])
    masks = validation_masks(training, request.seed) if recipe.patience else [np.zeros_like(t, bool) for t in training]
    validation = pixel_set(stacks, training, masks, info.patch, recipe.checked, request.seed)
    learnt = [np.where(mask, IGNORED, target) for mask, target in zip(masks, training, strict=True)]
    held = target_maps(data, [part.held_out for part in data.split.sections])
    held_out = pixel_set(stacks, held, [target >= 0 for target in held], info.patch, recipe.checked, request.seed)
    return (
        yield from finetune(
            module,
            BatchSource(stacks, learnt, info.patch, recipe, request.seed),
            run_id=run_id,
            n_class=len(data.class_ids),
            recipe=recipe,
            epochs=epochs,
            seed=request.seed,
            device=device,
            validation=validation,
            held_out=held_out,
            control=control,
        )
    )


def checkpoint_info(name: str, data: TrainingData, lines: tuple[str, ...] | None, recipe: Recipe) -> CheckpointInfo:
    """What stands beside the tensors of a run."""
    return CheckpointInfo(
        network=name,
        class_ids=data.class_ids,
        class_names=tuple(entry.name for entry in data.classes),
        scales={data.dataset_id: data.scale},
        lines=lines,
        orientation=data.orientation,
        smoothing=recipe.smoothing,
        mirrored=recipe.mirrored,
    )


def progress_of(outcome: Outcome | None) -> dict[str, Any]:
    """How training went, for the metrics."""
    if outcome is None:
        return {"epochs": 0, "updates": 0, "best_epoch": 0, "stopped_early": False, "history": []}
    return {
        "epochs": outcome.epochs,
        "updates": outcome.updates,
        "best_epoch": outcome.best_epoch,
        "stopped_early": outcome.stopped_early,
        "history": [
            {key: value for key, value in asdict(point).items() if key != "run_id"} for point in outcome.history
        ],
    }
