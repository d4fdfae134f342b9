"""One training run, from labels to a record in the ledger: forest and networks alike."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Generator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seisgui import catalogue
from seisgui.errors import FailureError, InputError
from seisgui.interpretation.runs import RunRecord, read_run, write_run
from seisgui.learning import forest
from seisgui.learning.baselines import baselines_steps
from seisgui.learning.evaluation import evaluate_split, evaluate_unsmoothed, flat_figures
from seisgui.learning.events import Control, Event, Notice, RunSaved
from seisgui.learning.model import Trained
from seisgui.learning.prepare import TrainingData, new_run_id, prepare
from seisgui.learning.raw_result import is_regularised, raw_of, save_raw
from seisgui.learning.requests import SCRATCH, TrainRequest
from seisgui.learning.training_labels import write_training_labels

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.learning.starting_weights import Start

logger = logging.getLogger(__name__)

TASKS = ("facies", "picking")
Learn = Callable[[str, Path], Generator[Event, None, RunRecord]]  # id and folder of the run -> its record

FOREST_SETTINGS = (
    "trees",
    "min_leaf",
    "pixels",
    "smooth",
    "smooth_down",
    "smooth_across",
    "features",
    "regularise",
    "accepted_weight",
    "automatic_weight",
)


def train(project: Project, request: TrainRequest, control: Control) -> Generator[Event, None, RunRecord]:
    """Train as asked and write ``runs/<id>/``; the project may be read-only.

    Yields at least every update. Closing the generator discards the run; ``control.stop`` ends it with the best so
    far. With ``beside_scratch`` a second run follows; each record names the other as ``settings['beside']``, and the
    first is returned. Raises ``InputError`` for missing labels, one class only, unknown networks, recipes, freeze
    plans or starting weights.
    """
    check_request(request)
    if request.task == "picking":
        from seisgui.learning.picking.train_picker import train_picker

        return (yield from train_picker(project, request, control))
    start: Start | None = None
    if request.start_from not in SCRATCH:
        from seisgui.learning.starting_weights import start_steps

        start = yield from start_steps(project, request.start_from, catalogue.network(request.network))
    data = prepare(project, request, start.class_ids if start else ())
    for sentence in data.notices:
        yield Notice(sentence)
    record = yield from one_run(project, request, data, start, control)
    if not request.beside_scratch or control.stop:
        return record
    yield Notice(f"Now the same from scratch, beside {record.id}.")
    fresh = replace(request, start_from="scratch", freeze=None, norms="eval", position=record.settings["position"])
    beside = yield from one_run(project, fresh, data, None, control, beside=record.id)
    record = replace(record, settings={**record.settings, "beside": beside.id})
    write_run(project.run_folder(record.id), record)
    yield Notice(compared(record, beside))
    return record


def one_run(
    project: Project,
    request: TrainRequest,
    data: TrainingData,
    start: Start | None,
    control: Control,
    beside: str | None = None,
) -> Generator[Event, None, RunRecord]:
    """One run on labels at hand; ``beside`` is the run that it is compared with."""
    began = time.monotonic()
    made: list[Trained] = []

    def learn(run_id: str, folder: Path) -> Generator[Event, None, RunRecord]:
        if request.network == "forest":
            trained = yield from grow_forest(data, request, folder, control)
        else:
            from seisgui.learning.train_network import train_network

            trained = yield from train_network(data, request, start, run_id, folder, control)
        made.append(trained)
        metrics = yield from measured(trained, data)
        metrics["seconds"] = round(time.monotonic() - began, 2)
        write_training_labels(folder, data.split)
        record = make_record(run_id, request, data, trained, metrics)
        return record if beside is None else replace(record, settings={**record.settings, "beside": beside})

    record = yield from kept_run(project, request.network, learn)
    return (yield from with_raw(project, request, data, record, made[0])) if is_regularised(made[0]) else record


def with_raw(
    project: Project, request: TrainRequest, data: TrainingData, record: RunRecord, trained: Trained
) -> Generator[Event, None, RunRecord]:
    """Keep the raw result of a regularised run as a run beside it; each record names the other."""
    raw = raw_of(trained, record.id)

    def keep(run_id: str, folder: Path) -> Generator[Event, None, RunRecord]:
        save_raw(raw, project.run_folder(record.id), folder)
        metrics = yield from measured(raw, data)
        write_training_labels(folder, data.split)
        return make_record(run_id, request, data, raw, metrics)

    kept = yield from kept_run(project, request.network, keep)
    yield Notice(f"The raw result of {record.id}, not smoothed over neighbours, is kept as run {kept.id}.")
    record = replace(record, settings={**record.settings, "raw": kept.id})
    write_run(project.run_folder(record.id), record)
    return record


def kept_run(project: Project, network: str, learn: Learn) -> Generator[Event, None, RunRecord]:
    """A run of any task in the ledger, whole or not at all: ``learn`` writes its files and returns its record."""
    run_id = new_run_id(network)
    folder = project.run_folder(run_id)
    partial = folder.with_name(f".{run_id}.partial")
    try:
        partial.mkdir(parents=True)
        record = yield from learn(run_id, partial)
        write_run(partial, record)
        partial.replace(folder)
        record = read_run(folder)
    except OSError as error:
        raise FailureError(f"The run cannot be written to {folder}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    figures = flat_figures(record.metrics)
    logger.info("run %s: %s", run_id, figures)
    yield RunSaved(run_id, figures)
    return record


def compared(record: RunRecord, beside: RunRecord) -> str:
    """What the starting weights brought, in a sentence."""
    name = "mean_class_accuracy"
    ours, fresh = flat_figures(record.metrics).get(name), flat_figures(beside.metrics).get(name)
    if ours is None or fresh is None:
        return f"{record.id} began with {record.start_from}, {beside.id} from scratch; neither is scored."
    side = "held-out" if record.metrics.get("held_out") else "training"
    return (
        f"Mean class accuracy on {side} labels: {ours:.3f} with {record.start_from} ({record.id}), "
        f"{fresh:.3f} from scratch ({beside.id})."
    )


def check_request(request: TrainRequest) -> None:
    """Raise ``InputError`` for what no project could train."""
    if request.task not in TASKS:
        raise InputError(f"The task {request.task!r} is not known.", f"Choose {' or '.join(TASKS)}.")
    info = catalogue.network(request.network)
    if info.task != request.task:
        fitting = ", ".join(each.name for each in catalogue.networks(request.task)) or "none"
        raise InputError(f"{info.title} is a network for {info.task}.", f"Networks for {request.task}: {fitting}.")
    if request.beside_scratch and request.start_from in SCRATCH and not request.freeze:
        raise InputError("A run from scratch needs none from scratch beside it.", "Choose weights to start from.")
    if request.network == "forest" and request.freeze:
        raise InputError("A forest has nothing to freeze.")
    if request.epochs is not None and request.epochs < 0:
        raise InputError(f"A training cannot have {request.epochs} epochs.")


def grow_forest(
    data: TrainingData, request: TrainRequest, folder: Path, control: Control
) -> Generator[Event, None, Trained]:
    """The forest of a run; one that is stopped ends with the trees it has."""
    settings = forest.ACCURATE
    if request.position is not None:
        settings = replace(settings, position=request.position)
    settings = forest_settings(settings, request)
    masks = [part.training for part in data.split.sections]
    steps = forest.fit_steps(data.sections, masks, data.scale, settings, seed=request.seed)
    while True:
        try:
            event = next(steps)
        except StopIteration as outcome:
            model: forest.ForestModel = outcome.value
            break
        yield event
        if control.stop:
            logger.info("a forest takes seconds: it is finished rather than cut short")
    model.save(folder)
    return Trained(model, asdict(settings), {"epochs": 0, "updates": 0})


def forest_settings(settings: forest.ForestSettings, request: TrainRequest) -> forest.ForestSettings:
    """Settings of a request put into those of a forest."""
    changes: dict[str, Any] = {}
    for name, value in request.settings.items():
        if name == "smooth":
            changes[name] = (float(value), 2.0 * float(value))
        elif name in ("smooth_down", "smooth_across"):
            continue  # below, as a pair
        elif name in ("trees", "min_leaf", "pixels"):
            changes[name] = int(value)
        elif name == "features":
            changes[name] = str(value)
        elif name in ("regularise", "accepted_weight", "automatic_weight"):
            changes[name] = float(value)
        else:
            raise InputError(f"{name!r} is no setting of the forest.", f"Settings: {', '.join(FOREST_SETTINGS)}.")
    down, across = changes.get("smooth", settings.smooth)
    smooth = float(request.settings.get("smooth_down", down)), float(request.settings.get("smooth_across", across))
    return replace(settings, **changes | {"smooth": smooth})


def measured(trained: Trained, data: TrainingData) -> Generator[Event, None, dict[str, Any]]:
    """Scores of the model and of every position baseline beside it."""
    metrics = yield from evaluate_split(trained.model, data.split, int(trained.settings.get("scored", 0)))
    metrics["held_out_unsmoothed"] = yield from evaluate_unsmoothed(trained.model, data.split)
    metrics["baselines"] = yield from baselines_steps(data.split, data.scale)
    best = metrics["held_out"] or {}
    metrics.update({name: best[name] for name in ("pixel_accuracy", "mean_class_accuracy", "mean_iou") if name in best})
    metrics.update(
        scored=data.split.scored,
        sentence=data.split.sentence,
        gap=data.split.gap,
        dropped=data.split.dropped,
        position=trained.model.uses_position,
        trained_classes=list(data.split.trained_classes),
        **trained.progress,
    )
    return metrics


def make_record(
    run_id: str, request: TrainRequest, data: TrainingData, trained: Trained, metrics: dict[str, Any]
) -> RunRecord:
    """The ledger's entry of a run."""
    return RunRecord(
        id=run_id,
        task=request.task,
        network=request.network,
        created=datetime.now(UTC).isoformat(),
        dataset_id=data.dataset_id,
        label_set_id=data.labels.id,
        label_revision=data.label_revision,
        start_from=request.start_from,
        seed=request.seed,
        split=data.split.to_json(),
        settings=trained.settings,
        classes=data.classes,
        amplitude=data.scale.to_json(),
        orientation=data.orientation,
        status=trained.status,
        metrics=metrics,
        notes=trained.notes,
    )
