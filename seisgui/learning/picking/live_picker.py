"""The live session of a picker: it goes on learning after every pick and picks the records in view first."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seisgui import catalogue
from seisgui.errors import InputError
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning.checkpoint import WEIGHTS
from seisgui.learning.events import CurvePoint, Event, Notice, PicksStored, Progress, RunSaved
from seisgui.learning.finetune import Trainer
from seisgui.learning.picking.gather_picks import Curves, Found, gather_curves_steps, picks_of_curves
from seisgui.learning.picking.objective import PickObjective
from seisgui.learning.picking.pick_data import PickData, PickedRecord, read_pick_data
from seisgui.learning.picking.pick_recipe import PickRecipe
from seisgui.learning.picking.picker_model import PickerModel, PickerStart, read_start
from seisgui.learning.picking.requests import STITCHED
from seisgui.learning.picking.stored_picks import CurveWriter, PredictedPick, PredictedPicks, folder_of, write_predicted
from seisgui.learning.picking.train_picker import (
    fresh_picker,
    look_of,
    picker_record,
    plan_of,
    settings_of,
    shape_of,
    shows_shots,
)
from seisgui.learning.picking.windows import PickWindows
from seisgui.learning.prepare import new_run_id
from seisgui.learning.recipes import Setting
from seisgui.learning.requests import SCRATCH, LiveRequest, LiveUpdate
from seisgui.learning.revisions import keep_revision
from seisgui.learning.train import check_request
from seisgui.networks.weights import copy_state

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

FOCUS_SHARE = 0.5  # of the windows: the records picked last
FIRST_BURST_S, LEAST_FIRST = 0.6, 4  # learning before the first answer, and updates however slow the machine
BURST, BURSTS = 25, 6  # updates between two later answers, and how many of them while nobody picks
MOST_IN_VIEW = 400  # records that are picked after every burst
SETTINGS: dict[str, Setting] = {"averaging": 0.9, "schedule": "constant", "patience": 0, "batch": 8, "keep": 0.0}

Steps = Generator[Event | None, None, None]


class PickSession:
    """What a live session of picking knows between two picks; see ``learning.live.live``."""

    nothing = InputError("The live session ended before anything was learnt.", "Pick an arrival.")

    def __init__(self, project: Project, request: LiveRequest) -> None:
        check_request(request.train)
        self.project, self.request = project, request.train
        info = catalogue.network(request.train.network)
        scratch = request.train.start_from in SCRATCH
        self.start = None if scratch else read_start(request.train.start_from, project, info.name)
        self.dataset = project.gather_set(request.train.dataset_id)
        self.picks = project.picks(request.train.label_set_id, self.dataset.id)
        self.records = project.open_records(self.dataset.id)
        settings = {**SETTINGS, **request.train.settings}
        self.recipe = PickRecipe.picking(info, settings, scratch=scratch, first_breaks=shows_shots(self.records))
        self.in_view = request.records
        self.run_id = new_run_id(f"live-{request.train.network}")
        self.data: PickData | None = None
        self.record: RunRecord | None = None
        self.unsaved = False
        self._model: PickerModel | None = None
        self._trainer: Trainer | None = None
        self._source: PickWindows | None = None
        self._known: dict[int, PickedRecord] = {}
        self._figures: dict[str, float] = {}
        self._told: set[str] = set()

    def answer(self, update: LiveUpdate | None) -> Steps:
        """Everything that follows from new picks, or from other records coming into view."""
        if update is not None and update.records is not None:
            self.in_view = update.records
        if update is not None and update.label_revision > self.picks.revision:
            self.picks.catch_up(update.label_revision)
        try:
            data = self._read()
        except InputError as reason:
            yield Notice(reason.sentence, reason.hint)
            if self._model is not None:
                yield from self._pick(self._model)
            return
        for sentence in data.notices:
            if sentence not in self._told:
                self._told.add(sentence)
                yield Notice(sentence)
        model = self._take(data)
        yield from self._learn(FIRST_BURST_S, LEAST_FIRST, BURST)
        yield from self._pick(model)
        for _ in range(BURSTS):
            yield from self._learn(float("inf"), BURST, BURST)
            yield from self._pick(model)
            yield self.save("live")

    # ---- learning

    def _read(self) -> PickData:
        """The picks as they stand; a block is held out only where the request names one."""
        request = self.request
        if not request.hold_out_groups and request.split == "blocked":
            request = replace(request, split="none")
        return read_pick_data(self.records, self.picks, request, self.recipe)

    def _take(self, data: PickData) -> PickerModel:
        """Learn from these picks from now on, from those of the last moments above all."""
        focus = [index for index, each in data.picked.items() if self._known.get(index) != each]
        if self._model is None or self._trainer is None or data.phases != self._model.phases:
            self._model = self._grown(data)
            plan = plan_of(catalogue.network(self.request.network), self.request)
            objective = PickObjective(self._model.phases, self.recipe.arrival_weight)
            self._trainer = Trainer(
                self._model.module,
                objective,
                self.recipe,
                self._model.device,
                1,
                self.request.seed,
                plan,
                fixed_norms=not self.recipe.norms_learn,
            )
        seed = self.request.seed + self._trainer.done
        shape = shape_of(self._model)
        latest = focus if self._known else []
        self._source = PickWindows(data.records, data.training, shape, self.recipe, seed, latest, FOCUS_SHARE)
        self._known, self.data, self.unsaved = dict(data.picked), data, True
        return self._model

    def _grown(self, data: PickData) -> PickerModel:
        """The picker of the start, or with a new phase the one that learned so far."""
        if self._model is None:
            return fresh_picker(self.request, self.recipe, data, self.start)[0]
        assert self._trainer is not None
        known = PickerStart("the session", copy_state(self._trainer.best_module), self._model.info)
        return fresh_picker(self.request, self.recipe, data, known)[0]

    def _learn(self, seconds: float, least: int, most: int) -> Steps:
        """Update for about ``seconds`` and tell how it goes."""
        assert self._trainer is not None
        assert self._source is not None
        assert self.data is not None
        assert self._model is not None
        tally = PickObjective(self._model.phases).tally()
        ends = time.monotonic() + seconds
        for number in range(most):
            if number >= least and time.monotonic() >= ends:
                break
            self._trainer.update(self._source.draw(self.recipe.batch), tally)
            yield Progress(number + 1, most, "Live: learning from the picks")
        held_out = None
        look = look_of(self.records, self.data.held_out, shape_of(self._model), self.recipe, self.request.seed)
        if look is not None:
            held_out = yield from _drained(look(self._trainer.best_module, self._trainer.device))
            self._figures = held_out
        yield CurvePoint(self.run_id, self.data.revision, self._trainer.done, tally.scores(), held_out)

    # ---- picking

    def _pick(self, model: PickerModel) -> Steps:
        """Pick the records in view with what is learnt now, and keep that where the run keeps its picks."""
        assert self._trainer is not None
        indices = [index for name in self.in_view if (index := self.records.table.index_of(name)) is not None]
        if not indices:
            return
        now = PickerModel(self._trainer.best_module, model.info, model.device)
        curves = yield from gather_curves_steps(now, self.records, indices[:MOST_IN_VIEW], "Live: picking")
        yield self._store(curves, picks_of_curves(curves, self.records, self.recipe))

    def _store(self, curves: Curves, found: Found) -> PicksStored:
        table = self.records.table
        folder = folder_of(self.project, self.run_id, self.dataset.id)
        folder.mkdir(parents=True, exist_ok=True)
        writer = CurveWriter(folder)
        try:
            for index, probability in curves.probability.items():
                writer.add(table.id_of(index), probability, curves.rate[index])
            writer.finish()
        finally:
            writer.discard()
        picks = [
            PredictedPick(table.id_of(index), phase, pick.time, pick.probability, pick.uncertainty)
            for index, phases in found.items()
            for phase, each in phases.items()
            for pick in each
        ]
        looked = {
            table.id_of(index): (0.0, (probability.shape[-1] - 1) / curves.rate[index])
            for index, probability in curves.probability.items()
        }
        settings = {"windows": STITCHED, "threshold": self.recipe.threshold, "track": self.recipe.track}
        stored = PredictedPicks(tuple(picks), looked, curves.phases, settings, writer.places)
        path = write_predicted(folder, stored)
        counts = {phase: sum(pick.phase == phase for pick in picks) for phase in curves.phases}
        return PicksStored(self.run_id, self.dataset.id, path, counts)

    # ---- the run

    def save(self, status: str) -> RunSaved:
        """Write the picker as it is now as a new revision of the run."""
        assert self.data is not None
        assert self._model is not None
        assert self._trainer is not None
        folder = self.project.run_folder(self.run_id)
        folder.mkdir(parents=True, exist_ok=True)
        now = PickerModel(self._trainer.best_module, self._model.info, self._model.device)
        now.save(folder)
        settings = settings_of(now, self.request, self.recipe, self.start, None) | {"live": True}
        metrics: dict[str, Any] = {"held_out": self._figures or None, "updates": self._trainer.done}
        record = picker_record(self.run_id, self.request, self.data, now, settings, metrics, status)
        created = self.record.created if self.record else datetime.now(UTC).isoformat()
        self.record = replace(record, created=created)
        write_run(folder, self.record)
        keep_revision(folder, WEIGHTS, self.record)
        self.unsaved = False
        return RunSaved(self.run_id, self._figures)

    def finish(self, record: RunRecord) -> RunRecord:
        """Mark the run as finished."""
        finished = replace(record, status="finished")
        write_run(self.project.run_folder(self.run_id), finished)
        return finished


def _drained(work: Generator[None, None, dict[str, float]]) -> Generator[None, None, dict[str, float]]:
    return (yield from work)
