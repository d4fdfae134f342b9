"""The live session: every stroke is answered by the forest at once, then by the network that goes on learning."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seisgui import catalogue
from seisgui.errors import InputError
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning import forest, stored
from seisgui.learning.evaluation import LabelScores, predict_steps
from seisgui.learning.events import Control, CurvePoint, Event, Notice, PartialPrediction, RunSaved, of_class
from seisgui.learning.features import FeatureCache
from seisgui.learning.model import FaciesModel
from seisgui.learning.prepare import TrainingData, new_run_id, read_data
from seisgui.learning.requests import SCRATCH, LiveRequest, LiveUpdate
from seisgui.learning.revisions import keep_revision
from seisgui.learning.train import check_request
from seisgui.learning.training_labels import write_training_labels
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.volume import BoolArray, FloatArray, Volume

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.learning.live_network import LiveNetwork
    from seisgui.learning.picking.live_picker import PickSession
    from seisgui.learning.starting_weights import Start

FOREST_STEP = 4
COARSE_STEP = 8
HEAD_BURST_S = 2.0  # the head learning from features at hand
HEAD_UPDATES = 100, 240  # at least, at most
FIRST_BURST_S = 0.3  # learning before the network's coarse overlay
SECOND_BURST_S = 1.6  # and between the coarse and the full one
LEAST_FIRST, LEAST_SECOND = 2, 6  # updates, however slow the machine
LATER_BURST = 25  # updates between two overlays while nobody paints
LATER_BURSTS = 6
READY = 0.6  # accuracy on its batches from which the network's overlay is better than none

Inbox = Callable[[], LiveUpdate | None]
Steps = Generator[Event | None, None, None]


def live(
    project: Project, request: LiveRequest, inbox: Inbox, control: Control
) -> Generator[Event | None, None, RunRecord]:
    """Learn from every stroke as it comes, until ``control.stop``; one run with a checkpoint a revision.

    ``inbox`` gives what came in since it was last asked, or None. Yields None while there is nothing to do. Ending it
    or closing the generator keeps all revisions saved so far; ``revisions.restore_revision`` goes back to one. Raises
    ``InputError`` where the request names things that do not exist, or the session ends without any run.
    """
    session = yield from session_of(project, request)
    work = session.answer(None)
    while not control.stop:
        update = inbox()
        if update is not None:
            work.close()
            work = session.answer(update)
        yield next(work, None)
    work.close()
    if session.unsaved and session.data is not None:
        yield session.save("finished")
    record = session.record
    if record is None:
        raise session.nothing
    return session.finish(record)


def session_of(project: Project, request: LiveRequest) -> Generator[Event | None, None, Session | PickSession]:
    """The session of the request's task, with the weights it begins with."""
    if request.train.task == "picking":
        from seisgui.learning.picking.live_picker import PickSession

        return PickSession(project, request)
    start: Start | None = None
    if request.train.start_from not in SCRATCH:
        from seisgui.learning.starting_weights import start_steps

        network = catalogue.network(request.train.network)
        start = yield from start_steps(project, request.train.start_from, network)
    return Session(project, request, start)


class SectionMemory:
    """A volume whose sections are read once: a live session looks at the same few again and again."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._sections: dict[SectionRef, FloatArray] = {}

    @property
    def name(self) -> str:
        return self._volume.name

    @property
    def axes(self) -> VolumeAxes:
        return self._volume.axes

    def section(self, ref: SectionRef) -> FloatArray:
        """As ``Volume.section``; the array is shared and must not be written to."""
        if ref not in self._sections:
            self._sections[ref] = self._volume.section(ref)
        return self._sections[ref]

    def live_traces(self) -> BoolArray:
        return self._volume.live_traces()

    def coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        return self._volume.coordinates()

    def sample_traces(self, count: int, seed: int = 0) -> FloatArray:
        return self._volume.sample_traces(count, seed)

    def close(self) -> None:
        """The volume belongs to the project."""


class Session:
    """What a live session knows between two strokes."""

    nothing = InputError("The live session ended before anything was learnt.", "Paint strokes of two classes.")

    def __init__(self, project: Project, request: LiveRequest, start: Start | None = None) -> None:
        check_request(request.train)
        self.project, self.request = project, request.train
        self.visible = request.visible
        self.dataset = project.dataset(request.train.dataset_id)
        self.labels = project.labels(request.train.label_set_id, self.dataset.id)
        self.volume = SectionMemory(project.open_volume(dataset_id=self.dataset.id))
        self.start = start
        self.run_id = new_run_id(f"live-{request.train.network}")
        self.data: TrainingData | None = None
        self.record: RunRecord | None = None
        self.unsaved = False
        self._cache = FeatureCache()
        self._seen: dict[SectionRef, NDArray[np.int16]] = {}
        self._forest: forest.ForestModel | None = None
        self._told: set[str] = set()
        self._figures: dict[str, Any] = {}

    @cached_property
    def scale(self) -> AmplitudeScale:
        return AmplitudeScale.of(self.volume, self.request.clip_rule)

    @cached_property
    def network(self) -> LiveNetwork | None:
        """The learning network; None where the forest is all that was asked for."""
        if self.request.network == "forest":
            return None
        from seisgui.learning.live_network import LiveNetwork

        return LiveNetwork(self.request, self.start)

    def answer(self, update: LiveUpdate | None) -> Steps:
        """Everything that follows from a stroke, or from other sections coming into view."""
        if update is not None and update.visible is not None:
            self.visible = update.visible
        focus = self._read(update)
        if isinstance(focus, Notice):
            yield focus
            yield from self._look_ahead()
            return
        assert self.data is not None
        yield from self._notices(self.data)
        yield from self._forest_answers(self.data)
        if self.network is not None:
            yield from self._network_answers(self.network, self.data, focus)
        else:
            yield self.save("live")

    # ---- labels

    def _read(self, update: LiveUpdate | None) -> list[BoolArray] | Notice:
        """Bring labels up to date; the pixels that changed since the last answer, or why there is nothing to learn."""
        if update is not None and update.label_revision > self.labels.revision:
            self.labels.catch_up(update.label_revision)
        known = self.start.class_ids if self.start else ()
        known = (*known, *(self.data.class_ids if self.data else ()))
        try:
            data = read_data(self.labels, self.volume, self.scale, self.request, known, automatic=False)
        except InputError as reason:
            return Notice(reason.sentence, reason.hint)
        focus = []
        for part in data.split.sections:
            before = self._seen.get(part.section.ref)
            changed = np.zeros_like(part.training) if self.data is None else part.training
            if before is not None:
                changed = part.training & (part.section.classes != before)
            focus.append(changed)
        if self.data is None:
            self._keep_seen(data)
        self.data = data
        self.unsaved = True
        return focus

    def _keep_seen(self, data: TrainingData) -> None:
        # not before the answer was shown: strokes that come in quick succession are learnt together
        self._seen = {section.ref: section.classes for section in data.sections}

    def _notices(self, data: TrainingData) -> Generator[Event, None, None]:
        for sentence in data.notices:
            if sentence not in self._told and "pixels" not in sentence:
                self._told.add(sentence)
                yield Notice(sentence)

    # ---- models

    @property
    def _forest_settings(self) -> forest.ForestSettings:
        if self.request.position is None:
            return forest.INSTANT
        return replace(forest.INSTANT, position=self.request.position)

    def _look_ahead(self) -> Steps:
        """Attributes of the sections in view, while a second class is waited for."""
        for ref in self.visible:
            if ref.orientation is not Orientation.TIME:
                self._cache.get(self.scale.apply(self.volume.section(ref)), self._forest_settings.kind)
                yield None

    def _forest_answers(self, data: TrainingData) -> Steps:
        masks = [part.training for part in data.split.sections]
        self._forest = yield from forest.fit_steps(
            data.sections, masks, data.scale, self._forest_settings, seed=self.request.seed, cache=self._cache
        )
        yield from self._overlays(self._forest, FOREST_STEP, data)
        self._figures = yield from self._overlays(self._forest, 1, data)

    def _network_answers(self, network: LiveNetwork, data: TrainingData, focus: Sequence[BoolArray]) -> Steps:
        network.take(data, focus)
        if any(network.knows(ref) for ref in self.visible):
            # what the convolutions saw is at hand: the head learns the stroke and answers at once
            yield from network.learn_head(HEAD_BURST_S, *HEAD_UPDATES)
            yield from self._overlays(network, 1, data, quick=True)
        else:
            scores = yield from network.learn(FIRST_BURST_S, LEAST_FIRST, LATER_BURST)
            if scores["accuracy"] >= READY:
                yield from self._overlays(network, COARSE_STEP, data)
        for number in range(1 + LATER_BURSTS):
            burst = (SECOND_BURST_S, LEAST_SECOND) if number == 0 else (math.inf, LATER_BURST)
            scores = yield from network.learn(*burst, LATER_BURST)
            held_out = None
            if scores["accuracy"] >= READY:
                yield from self._refreshed(network, data)
                held_out = self._figures.get("held_out")
            yield CurvePoint(self.run_id, 0, network.updates, scores, curve_figures(held_out))
            yield self.save("live")

    def _refreshed(self, network: LiveNetwork, data: TrainingData) -> Steps:
        """Look at the sections in view with the new convolutions, let the head learn from that, and show it."""
        for ref in self.visible:
            if ref.orientation is not Orientation.TIME:
                yield from network.predict_steps(self.volume.section(ref), ref, self.volume.axes, 1, quick=False)
        yield from network.learn_head(HEAD_BURST_S, *HEAD_UPDATES)
        self._figures = yield from self._overlays(network, 1, data, quick=True)

    def _overlays(
        self, model: FaciesModel | LiveNetwork, step: int, data: TrainingData, *, quick: bool = False
    ) -> Generator[Event | None, None, dict[str, Any]]:
        """Predict the sections in view; a full prediction also scores the labels of those sections."""
        training, held_out = LabelScores(model.class_ids), LabelScores(model.class_ids)
        parts = {part.section.ref: part for part in data.split.sections}
        for ref in self.visible:
            if ref.orientation is Orientation.TIME:
                continue
            amplitude = self.volume.section(ref)
            if isinstance(model, FaciesModel):
                probabilities = yield from predict_steps(model, amplitude, ref, self.volume.axes, step)
            else:
                probabilities = yield from model.predict_steps(amplitude, ref, self.volume.axes, step, quick=quick)
            array = stored.to_bytes(probabilities, model.class_ids, np.isfinite(amplitude[::step, ::step]))
            path = self._overlay_path(ref, model, step)
            stored.write_array(path, array)
            yield PartialPrediction(self.run_id, ref, step, path, data.label_revision, self.dataset.id, model.network)
            if step == 1 and ref in parts:
                training.add(probabilities, parts[ref].section.classes, parts[ref].training)
                held_out.add(probabilities, parts[ref].section.classes, parts[ref].held_out)
        if step == 1 and model.network == self.request.network:
            self._keep_seen(data)
        trained = data.split.trained_classes
        return {"training": training.to_json(trained), "held_out": held_out.to_json(trained)}

    def _overlay_path(self, ref: SectionRef, model: FaciesModel | LiveNetwork, step: int) -> Path:
        final = model.network == self.request.network and step == 1
        if final:
            return stored.prediction_path(self.project, self.run_id, ref, self.dataset.id)
        return self.project.tmp_folder / f"{self.run_id}_{model.network}_{stored.section_name(ref)}_{step}.npy"

    # ---- the run

    def save(self, status: str) -> RunSaved:
        """Write the model as it is now as a new revision of the run."""
        data = self.data
        assert data is not None
        folder = self.project.run_folder(self.run_id)
        folder.mkdir(parents=True, exist_ok=True)
        if self.network is not None:
            self.network.save(folder)
        elif self._forest is not None:
            self._forest.save(folder)
        write_training_labels(folder, data.split)
        self.record = self._record(data, status)
        write_run(folder, self.record)
        keep_revision(folder, self.weights_name, self.record)
        self.unsaved = False
        best = self._figures.get("held_out") or self._figures.get("training") or {}
        return RunSaved(self.run_id, {name: best[name] for name in ("loss", "accuracy") if name in best})

    @property
    def weights_name(self) -> str:
        """File name of the checkpoint in the run's folder."""
        if self.network is None:
            return forest.FILE
        from seisgui.learning.checkpoint import WEIGHTS

        return WEIGHTS

    def finish(self, record: RunRecord) -> RunRecord:
        """Mark the run as finished."""
        finished = replace(record, status="finished")
        write_run(self.project.run_folder(self.run_id), finished)
        return finished

    def _record(self, data: TrainingData, status: str) -> RunRecord:
        position = self.network.lines is not None if self.network else bool(self._forest and self._forest.uses_position)
        held_out = self._figures.get("held_out") or {}
        named = {name: held_out[name] for name in ("pixel_accuracy", "mean_class_accuracy", "mean_iou") if held_out}
        return RunRecord(
            id=self.run_id,
            task=self.request.task,
            network=self.request.network,
            created=self.record.created if self.record else datetime.now(UTC).isoformat(),
            dataset_id=data.dataset_id,
            label_set_id=data.labels.id,
            label_revision=data.label_revision,
            start_from=self.request.start_from,
            seed=self.request.seed,
            split=data.split.to_json(),
            settings={"live": True, "position": position},
            classes=data.classes,
            amplitude=data.scale.to_json(),
            orientation=data.orientation,
            status=status,
            metrics={
                **self._figures,
                **named,
                "scored": bool(held_out),
                "sentence": data.split.sentence,
                "gap": data.split.gap,
                "position": position,
                "trained_classes": list(data.split.trained_classes),
                "updates": self.network.updates if self.network else 0,
            },
        )


def curve_figures(scores: dict[str, Any] | None) -> dict[str, float] | None:
    """What a curve shows of ``LabelScores.to_json``: loss, accuracy and that of every class scored."""
    if scores is None:
        return None
    figures = {"loss": scores["loss"], "accuracy": scores["accuracy"]}
    figures |= {of_class(int(class_id)): each["accuracy"] for class_id, each in scores["per_class"].items()}
    return {name: value for name, value in figures.items() if value is not None}
