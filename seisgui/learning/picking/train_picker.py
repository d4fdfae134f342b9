"""The training of a picker: from picks to a run in the ledger."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from seisgui import catalogue
from seisgui.catalogue import NetworkInfo
from seisgui.catalogue.freezing import NONE, FreezePlan
from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning.events import Control, Event, Notice, Progress
from seisgui.learning.finetune import Outcome, finetune
from seisgui.learning.picking.look import PickLook
from seisgui.learning.picking.measure import measure_steps
from seisgui.learning.picking.normalise import WaveformScale
from seisgui.learning.picking.objective import PickObjective
from seisgui.learning.picking.pick_data import PickData, PickedRecord, prepare_picks
from seisgui.learning.picking.pick_recipe import SCRATCH_EPOCHS, PickRecipe
from seisgui.learning.picking.picker_model import PickerInfo, PickerModel, PickerStart, make_picker, read_start
from seisgui.learning.picking.register import COLOURS, has_picks, register_steps
from seisgui.learning.picking.windows import PickWindows, WindowShape
from seisgui.learning.requests import SCRATCH, TrainRequest
from seisgui.learning.train import kept_run
from seisgui.learning.train_network import progress_of
from seisgui.networks.weights import LoadReport, State, copy_state
from seisgui.seismic.records import SHOT

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.seismic.records import RecordSet

OWN_RATE = 2.5  # times that of the weights: records of a higher rate are taken sample by sample
VALIDATION_SHARE = 0.1
LEAST_FOR_VALIDATION = 20  # records below which all are trained on


def train_picker(project: Project, request: TrainRequest, control: Control) -> Generator[Event, None, RunRecord]:
    """Train a picker as ``learning.train.train`` says; with ``beside_scratch`` a second run follows.

    The run from scratch has a learning rate and a budget of its own.
    """
    info = catalogue.network(request.network)
    plan_of(info, request)  # refused before anything is read
    records = project.open_records(project.gather_set(request.dataset_id).id)
    recipe = recipe_of(info, request, records)
    start = None if request.start_from in SCRATCH else read_start(request.start_from, project, info.name)
    if request.epochs == 0 and not has_picks(project, request):
        return (yield from register_steps(project, request, start))
    data = prepare_picks(project, request, records, recipe)
    for sentence in (*data.records.problems, *(start.notices if start else ()), *data.notices):
        yield Notice(sentence)
    record = yield from one_picker(project, request, recipe, data, start, control)
    if not request.beside_scratch or control.stop:
        return record
    yield Notice(f"Now the same from scratch, beside {record.id}.")
    epochs = SCRATCH_EPOCHS * epochs_of(request)
    # an own learning rate counts for the weights it was chosen for
    own = {name: value for name, value in request.settings.items() if name != "learning_rate"}
    groups = data.split.groups
    fresh = replace(
        request, start_from="scratch", freeze=None, norms="eval", epochs=epochs, settings=own, hold_out_groups=groups
    )
    own_recipe = recipe_of(info, fresh, records)
    beside = yield from one_picker(project, fresh, own_recipe, data, None, control, beside=record.id)
    record = replace(record, settings={**record.settings, "beside": beside.id})
    write_run(project.run_folder(record.id), record)
    yield Notice(compared(record, beside))
    return record


def recipe_of(info: NetworkInfo, request: TrainRequest, records: RecordSet) -> PickRecipe:
    """Settings of the network, of a training from scratch or of first breaks where it is one, and of the request."""
    scratch = request.start_from in SCRATCH
    return PickRecipe.picking(info, request.settings, scratch=scratch, first_breaks=shows_shots(records))


def epochs_of(request: TrainRequest) -> int:
    """As asked, or what suits the network."""
    return catalogue.network(request.network).default_epochs if request.epochs is None else request.epochs


def shows_shots(records: RecordSet) -> bool:
    """Whether these are shot gathers of single traces, on which first breaks are picked."""
    return records.groupings[:1] == (SHOT,) and len(records.table.components) == 1


def plan_of(info: NetworkInfo, request: TrainRequest) -> FreezePlan:
    """What of the network learns; raises ``InputError`` for unknown presets."""
    return info.plan(request.freeze or NONE.name, request.norms)


def one_picker(
    project: Project,
    request: TrainRequest,
    recipe: PickRecipe,
    data: PickData,
    start: PickerStart | None,
    control: Control,
    beside: str | None = None,
) -> Generator[Event, None, RunRecord]:
    """One run on picks at hand; ``beside`` is the run that it is compared with."""
    began = time.monotonic()

    def learn(run_id: str, folder: Path) -> Generator[Event, None, RunRecord]:
        model, report = fresh_picker(request, recipe, data, start)
        if report is not None:
            yield Notice(report.sentence())
        before = copy_state(model.module) if report is not None and not fresh_modules(request) else None
        outcome = yield from fitted(model, request, recipe, data, run_id, control, retimed=before is not None)
        if before is not None and outcome is not None:
            keep_some(model, before, recipe.keep)
        model.save(folder)
        metrics = yield from measure_steps(model, recipe, data)
        metrics |= {**progress_of(outcome), "seconds": round(time.monotonic() - began, 2)}
        settings = settings_of(model, request, recipe, start, report)
        if beside is not None:
            settings["beside"] = beside
        status = "stopped" if outcome is not None and outcome.stopped_by_user else "finished"
        return picker_record(run_id, request, data, model, settings, metrics, status)

    return (yield from kept_run(project, request.network, learn))


def fresh_picker(
    request: TrainRequest, recipe: PickRecipe, data: PickData, start: PickerStart | None
) -> tuple[PickerModel, LoadReport | None]:
    """The picker that training begins with, from the weights of the seed and of ``start``."""
    info = catalogue.network(request.network)
    told = picker_info(info, recipe, data, start)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(request.seed)
        return make_picker(start, told, fresh=fresh_modules(request), device=request.device)


def fresh_modules(request: TrainRequest) -> tuple[str, ...]:
    """Modules that begin anew whatever the run starts from, as its strategy says."""
    presets = catalogue.network(request.network).presets
    return next((preset.fresh for preset in presets if preset.name == request.freeze), ())


def keep_some(model: PickerModel, before: State, share: float) -> None:
    """Mix a share of the starting weights into the trained ones: what few records teach goes too far by itself."""
    state = model.module.state_dict()
    with torch.no_grad():
        for name, tensor in state.items():
            if tensor.is_floating_point():
                tensor.lerp_(before[name].to(tensor), share)
    model.trained_further()


def picker_info(info: NetworkInfo, recipe: PickRecipe, data: PickData, start: PickerStart | None) -> PickerInfo:
    """What the picker of a training takes and tells: phases that are picked, components that there are."""
    table = data.records.table
    indices = [each.index for each in data.training]
    own = float(np.median(table.rate[indices]))
    before = start.info if start is not None else None
    rate = recipe.rate or (own if before is None or own > OWN_RATE * before.rate else before.rate)
    components = table.components
    if before is not None and len(before.components) == len(components):
        components = before.components
    longest = int(np.ceil(table.n_samples[indices].max() * rate / own))
    usual = before.samples if before is not None else info.patch
    samples = recipe.window or min(usual, max(longest, 64))
    scale = before.scale if before is not None else WaveformScale()
    if recipe.agc_ms:
        scale = replace(scale, agc=recipe.agc(rate))
    return PickerInfo(info.name, data.phases, tuple(components), rate, samples, scale)


def fitted(
    model: PickerModel,
    request: TrainRequest,
    recipe: PickRecipe,
    data: PickData,
    run_id: str,
    control: Control,
    *,
    retimed: bool = False,
) -> Generator[Event, None, Outcome | None]:
    """Train the picker in place; None where no epochs were asked for.

    ``retimed`` moves the targets as far to the other side as the share of the weights that is kept comes too late.
    """
    info = catalogue.network(request.network)
    epochs = epochs_of(request)
    if epochs == 0:
        return None
    learnt, checked = validation_split(data.training, recipe, request.seed)
    shape = shape_of(model)
    objective = PickObjective(model.phases, recipe.arrival_weight)
    moved: dict[str, float] = {}
    if retimed and recipe.retime and 0.0 < recipe.keep < 1.0:
        late = yield from lateness(model, recipe, data.records, learnt, request.seed)
        moved = {phase: -samples * recipe.keep / (1.0 - recipe.keep) for phase, samples in late.items()}
    outcome = yield from finetune(
        model.module,
        PickWindows(data.records, learnt, shape, recipe, request.seed, moved=moved),
        run_id=run_id,
        objective=objective,
        recipe=recipe,
        epochs=epochs,
        seed=request.seed,
        device=model.device,
        validation=look_of(data.records, checked, shape, recipe, request.seed),
        held_out=look_of(data.records, data.held_out, shape, recipe, request.seed),
        control=control,
        plan=plan_of(info, request),
        fixed_norms=not recipe.norms_learn,
    )
    model.trained_further()
    return outcome


def lateness(
    model: PickerModel, recipe: PickRecipe, records: RecordSet, learnt: Sequence[PickedRecord], seed: int
) -> Generator[Event, None, dict[str, float]]:
    """By how many samples the picker's picks come late on training records, by phase."""
    look = look_of(records, [each for each in learnt if each.times], shape_of(model), recipe, seed)
    if look is None:
        return {}
    work = look.residuals(model.module, model.device)
    while True:
        try:
            next(work)
        except StopIteration as outcome:
            found: dict[str, float] = outcome.value
            return found
        yield Progress(0, 1, "Measuring how late the starting weights pick")


def shape_of(model: PickerModel) -> WindowShape:
    """The windows that a picker learns from."""
    return WindowShape(model.samples, model.rate, model.components, model.phases, model.info.scale)


def look_of(
    records: RecordSet, picked: Sequence[PickedRecord], shape: WindowShape, recipe: PickRecipe, seed: int
) -> PickLook | None:
    """What tells after every epoch how the picker does; None without records."""
    if not any(each.times for each in picked):
        return None
    return PickLook.of(records, picked, shape, recipe, seed)


def validation_split(
    training: Sequence[PickedRecord], recipe: PickRecipe, seed: int
) -> tuple[list[PickedRecord], list[PickedRecord]]:
    """Records to learn from, and a tenth that says when to end (none of few, nor where nothing ends early)."""
    if not recipe.patience or len(training) < LEAST_FOR_VALIDATION:
        return list(training), []
    drawn = np.random.default_rng(seed).permutation(len(training))[: round(VALIDATION_SHARE * len(training))]
    away = set(drawn.tolist())
    return (
        [each for place, each in enumerate(training) if place not in away],
        [each for place, each in enumerate(training) if place in away and each.standing],
    )


def settings_of(
    model: PickerModel,
    request: TrainRequest,
    recipe: PickRecipe,
    start: PickerStart | None,
    report: LoadReport | None,
) -> dict[str, Any]:
    """How the run was made, for its record."""
    info = catalogue.network(request.network)
    settings: dict[str, Any] = {
        **recipe.to_json(),
        "epochs": epochs_of(request),
        "device": model.device.type,
        "plan": plan_of(info, request).to_json(),
        "phases": list(model.phases),
        "components": list(model.components),
        "sampling_rate": model.rate,
        "samples": model.samples,
        "scale": model.info.scale.to_json(),
    }
    if start is not None and report is not None:
        settings |= {"started_from": start.title, "loaded": report.sentence()}
    return settings


def picker_record(
    run_id: str,
    request: TrainRequest,
    data: PickData,
    model: PickerModel,
    settings: dict[str, Any],
    metrics: dict[str, Any],
    status: str,
) -> RunRecord:
    """The ledger's entry of a picker."""
    table = data.records.table
    trained = [table.id_of(index) for index in data.split.training] if settings["epochs"] else []
    classes = [FaciesClass(number, phase, COLOURS[number % len(COLOURS)]) for number, phase in enumerate(model.phases)]
    return RunRecord(
        id=run_id,
        task=request.task,
        network=request.network,
        created=datetime.now(UTC).isoformat(),
        dataset_id=data.dataset_id,
        label_set_id=data.pick_set_id,
        label_revision=data.revision,
        start_from=request.start_from,
        seed=request.seed,
        split={**data.split.to_json(), "training_records": trained},
        settings=settings,
        classes=tuple(classes),
        status=status,
        metrics={
            **metrics,
            "scored": data.split.scored,
            "sentence": data.split.sentence,
            "trained_classes": list(range(len(model.phases))),
        },
    )


def compared(record: RunRecord, beside: RunRecord) -> str:
    """What the starting weights brought, in a sentence."""
    ours, fresh = record.metrics.get("held_out") or {}, beside.metrics.get("held_out") or {}
    both = [phase for phase in ours if phase in fresh and isinstance(ours[phase], dict)]
    if not both:
        return f"{record.id} began with {record.start_from}, {beside.id} from scratch; neither is scored."
    told = ", ".join(f"{phase} {ours[phase]['f1']:.3f} against {fresh[phase]['f1']:.3f}" for phase in both)
    return f"F1 on held-out records with {record.start_from} ({record.id}) against from scratch ({beside.id}): {told}."
