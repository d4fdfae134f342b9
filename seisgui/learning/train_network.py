"""How a torch network becomes the model of a run."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from seisgui import catalogue
from seisgui.catalogue import NetworkInfo
from seisgui.catalogue.freezing import NONE, FreezePlan
from seisgui.learning import forest
from seisgui.learning.batches import (
    IGNORED,
    BatchSource,
    PixelSet,
    TargetMap,
    WindowSource,
    pixel_set,
    source_weights,
    validation_masks,
)
from seisgui.learning.checkpoint import WEIGHTS, CheckpointInfo, save_model
from seisgui.learning.class_objective import ClassObjective, PixelLook
from seisgui.learning.dense import AGE, WAVES, NetworkModel, channel_count, section_stack
from seisgui.learning.events import Control, Event, Notice
from seisgui.learning.finetune import Outcome, finetune
from seisgui.learning.model import Trained
from seisgui.learning.prepare import TrainingData
from seisgui.learning.recipes import Recipe
from seisgui.learning.requests import TrainRequest
from seisgui.learning.sampling import varying_lines
from seisgui.learning.starting_weights import Start, give_weights
from seisgui.learning.tiles import TileSource, tile_set
from seisgui.learning.together import Together
from seisgui.networks import registry
from seisgui.networks.device import choose_device
from seisgui.networks.weights import LoadReport
from seisgui.seismic.volume import BoolArray, FloatArray


def train_network(
    data: TrainingData,
    request: TrainRequest,
    start: Start | None,
    run_id: str,
    folder: Path,
    control: Control,
) -> Generator[Event, None, Trained]:
    """Train on a snapshot and write the checkpoint into ``folder``."""
    info = catalogue.network(request.network)
    recipe = Recipe.of(info, request.settings)
    plan = plan_of(info, request)
    device = choose_device(request.device)
    epochs = info.default_epochs if request.epochs is None else request.epochs
    lines, notice = position_lines(data, request, start)
    if notice:
        yield Notice(notice)
    module, report = fresh_module(info, data.class_ids, lines, request.seed, start)
    if report is not None:
        yield Notice(report.sentence())
    outcome = yield from _fitted(module, data, request, recipe, plan, epochs, lines, device, run_id, control)
    checkpoint = checkpoint_info(info.name, data, lines, recipe)
    model = NetworkModel(
        module.to(device),
        info,
        data.class_ids,
        data.scale,
        lines,
        device,
        smoothing=recipe.smoothing,
        mirrored=recipe.mirrored,
        regularise=recipe.regularise,
    )
    save_model(folder / WEIGHTS, model, checkpoint)
    together: NetworkModel | Together = model
    if recipe.forest:
        together = yield from with_forest(model, data, request, recipe, folder)
    settings: dict[str, Any] = {
        **recipe.to_json(),
        "epochs": epochs,
        "position": lines is not None,
        "device": device.type,
        "plan": plan.to_json(),
    }
    if start is not None and report is not None:
        settings |= {"started_from": start.title, "loaded": report.sentence()}
    return Trained(
        model=together,
        settings=settings,
        progress=progress_of(outcome),
        status="stopped" if outcome is not None and outcome.stopped_by_user else "finished",
    )


def with_forest(
    model: NetworkModel, data: TrainingData, request: TrainRequest, recipe: Recipe, folder: Path
) -> Generator[Event, None, Together]:
    """The network beside a forest that sees position if it does, grown on the same labels and kept in ``folder``."""
    settings = replace(
        forest.ACCURATE,
        position=model.uses_position,
        accepted_weight=recipe.accepted_weight,
        automatic_weight=recipe.automatic_weight,
    )
    masks = [part.training for part in data.split.sections]
    grown = yield from forest.fit_steps(data.sections, masks, data.scale, settings, seed=request.seed)
    grown.save(folder)
    return Together(model, grown, recipe.forest)


def plan_of(info: NetworkInfo, request: TrainRequest) -> FreezePlan:
    """What of the network learns; raises ``InputError`` for unknown presets, branches and ways to treat norms."""
    return info.plan(request.freeze or NONE.name, request.norms)


def position_lines(
    data: TrainingData, request: TrainRequest, start: Start | None
) -> tuple[tuple[str, ...] | None, str]:
    """Line axes among the position channels (None: no position), and a notice where the wish could not be met."""
    known = start.info if start is not None and start.info is not None else None
    info = catalogue.network(request.network)
    if known is not None and known.network == info.name:
        if request.position in (None, known.position):
            return known.lines, ""
        if info.output != "section":  # there position joins the decoder, and the encoder fits with and without
            word = "with" if known.position else "without"
            return known.lines, f"the weights to start from were trained {word} position, and so is this run"
    if not request.position:
        return None, ""
    if info.output == "section":
        # line numbers would tell a network that sees as much where each label lay
        return (AGE, WAVES), ""
    return (*varying_lines([section.ref for section in data.sections]), AGE), ""


def fresh_module(
    info: NetworkInfo, class_ids: tuple[int, ...], lines: tuple[str, ...] | None, seed: int, start: Start | None
) -> tuple[nn.Module, LoadReport | None]:
    """A network with the weights of ``seed``, and over them what ``start`` has for it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = registry.build(info.name, len(class_ids), channel_count(lines))
    return module, None if start is None else give_weights(start, module, info, class_ids)


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
    plan: FreezePlan,
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
    learnt = [np.where(mask, IGNORED, target) for mask, target in zip(masks, training, strict=True)]
    checked = [np.where(mask, target, IGNORED) for mask, target in zip(masks, training, strict=True)]
    held = target_maps(data, [part.held_out for part in data.split.sections])
    return (
        yield from finetune(
            module,
            window_source(info, data, stacks, learnt, recipe, request.seed),
            run_id=run_id,
            objective=ClassObjective(data.class_ids, recipe),
            recipe=recipe,
            epochs=epochs,
            seed=request.seed,
            device=device,
            validation=look_of(looked_at(info, stacks, checked, recipe, request.seed), data.class_ids),
            held_out=look_of(looked_at(info, stacks, held, recipe, request.seed), data.class_ids),
            control=control,
            plan=plan,
        )
    )


def window_source(
    info: NetworkInfo,
    data: TrainingData,
    stacks: Sequence[FloatArray],
    targets: Sequence[TargetMap],
    recipe: Recipe,
    seed: int,
    focus: Sequence[BoolArray] | None = None,
    focus_share: float = 0.0,
) -> WindowSource:
    """Patches or tiles around the labels of ``targets``, as the network takes them."""
    kind = TileSource if info.output == "section" else BatchSource
    weights = source_weights([section.source for section in data.sections], recipe)
    return kind(stacks, targets, info.patch, recipe, seed, focus, focus_share, weights)


def looked_at(
    info: NetworkInfo, stacks: Sequence[FloatArray], targets: Sequence[TargetMap], recipe: Recipe, seed: int
) -> PixelSet | None:
    """What is classified after every epoch of the pixels that have a target; None where there is none."""
    if info.output == "section":
        return tile_set(stacks, targets, info.patch)
    return pixel_set(stacks, targets, [target >= 0 for target in targets], info.patch, recipe.checked, seed)


def look_of(pixels: PixelSet | None, class_ids: tuple[int, ...]) -> PixelLook | None:
    """What tells the scores of ``looked_at``'s pixels."""
    return None if pixels is None else PixelLook(pixels, class_ids)


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
        regularise=recipe.regularise,
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
