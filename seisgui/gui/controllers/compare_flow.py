"""What a section's prediction is held against: a second run, one class's probability, another label set."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMenu

from seisgui.errors import FailureError, SeisguiError
from seisgui.gui.controllers.runs_flow import RunsFlow
from seisgui.gui.desk import Desk
from seisgui.gui.job_list import Job
from seisgui.gui.panels.layers import LayersPanel
from seisgui.gui.views.class_colours import classes_of
from seisgui.gui.views.panes import PaneGrid
from seisgui.gui.views.prediction_reader import PredictionReader, StoredRequest, StoredResult
from seisgui.gui.views.review_layers import probability_class
from seisgui.gui.words import run_title
from seisgui.interpretation.classes import LabelSetInfo
from seisgui.jobs.messages import CallRequest, PartialPrediction, PredictRequest, Priority
from seisgui.jobs.scratch import take_array
from seisgui.learning.stored import read_kept_probability
from seisgui.seismic.axes import Orientation, SectionRef

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

REST_MS = 150  # lines passed faster than this are not looked for
STEP = 0.05  # of the width, that the divider moves at a key
PROBABILITIES = "seisgui.learning.probability:probability_steps"
_numbers = itertools.count(1)


class CompareFlow(QObject):
    """Chooses what is compared, and brings it for the sections in sight."""

    def __init__(self, desk: Desk, panes: PaneGrid, layers: LayersPanel, runs: RunsFlow, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._panes, self._layers, self._runs = desk, panes, layers, runs
        self._reader: PredictionReader | None = None
        self._jobs: dict[str, Job] = {}
        self._asked: set[tuple[object, ...]] = set()  # what was asked for once is not asked for again
        self._run_before = ""
        self._sets: list[LabelSetInfo] = []  # of the dataset in view besides the one in view
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._bring)
        state = desk.state
        panes.refs_changed.connect(self._timer.start)
        desk.predictions.changed.connect(self._start)
        desk.shown.connect(self._shown)
        desk.changed.connect(self._document_changed)
        runs.changed.connect(self._fill)
        state.class_changed.connect(self._start)
        state.run_changed.connect(self._run_changed)
        state.review.events.connect(self._start)
        for name in ("probability", "difference"):
            state.layer(name).events.visible.connect(lambda on, *, name=name: self._layer_shown(name, on))
        layers.chosen.connect(self._choose)

    def commands(self) -> dict[str, Callable[..., object]]:
        review = self._desk.state.review
        return {
            "review.swipe": self.swipe,
            "review.swipe_left": lambda: setattr(review, "divider", max(review.divider - STEP, 0.0)),
            "review.swipe_right": lambda: setattr(review, "divider", min(review.divider + STEP, 1.0)),
            "review.other_run": self.ask_other,
        }

    # choices

    def others(self) -> list[tuple[str, str]]:
        """Runs that the one in view can be held against, the newest first, as (title, id)."""
        state = self._desk.state
        return [
            (run_title(record), record.id)
            for record in reversed(self._runs.records)
            if record.id != state.run_id and record.dataset_id in ("", state.dataset_id)
        ]

    def swipe(self, on: bool) -> None:
        """Put a divider between the run in view and the second one."""
        review = self._desk.state.review
        review.divider = 0.5
        if on and not review.other_run:
            self._choose_newest()
        review.swipe = on

    def _choose_newest(self) -> None:
        others = self.others()
        if others:
            self._desk.state.review.other_run = others[0][1]

    def ask_other(self) -> None:
        """Offer the runs that can be the second one."""
        menu = QMenu(self._panes)
        menu.setObjectName("menu.other_run")
        for title, run_id in (*self.others(), ("No prediction", "")):
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(run_id == self._desk.state.review.other_run)
            action.triggered.connect(lambda _=False, run_id=run_id: self._choose("difference", run_id))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._panes.mapToGlobal(self._panes.rect().center()))

    def _choose(self, layer: str, value: object) -> None:
        """Take what was chosen in the row of a layer."""
        review = self._desk.state.review
        if layer == "probability":
            review.class_id = value
        elif layer == "difference":
            review.other_run = value
        else:
            review.other_labels = value

    def _layer_shown(self, name: str, on: bool) -> None:
        if on and name == "difference" and not self._desk.state.review.other_run:
            self._choose_newest()
            if not self._desk.state.review.other_run and self._desk.project is not None:
                self._desk.tell("There is no second run to differ from yet.", "Train again, then compare.")
        self._timer.start()

    def _shown(self) -> None:
        self._asked.clear()
        state = self._desk.state
        state.review.class_id = -1
        self._sets = []
        if state.project is not None and state.labels is not None:
            self._sets = [info for info in state.project.label_sets(state.dataset_id) if info.id != state.labels.id]
        self._fill()

    def _document_changed(self, change: object) -> None:
        if change.kind == "classes":
            self._fill()

    def _run_changed(self, run_id: str) -> None:
        """Where the second run becomes the first, the first becomes the second."""
        review = self._desk.state.review
        if run_id and run_id == review.other_run:
            review.other_run = self._run_before if self._run_before != run_id else ""
        self._run_before = run_id
        self._asked.clear()
        self._fill()
        self._timer.start()

    def _fill(self) -> None:
        """Offer what there is in the rows of the layers."""
        state, review = self._desk.state, self._desk.state.review
        known = classes_of(state, state.run) if state.project is not None else {}
        classes = [("the class in hand", -1), *((entry.name, class_id) for class_id, entry in known.items())]
        self._layers.offer("probability", classes, review.class_id)
        self._layers.offer("difference", [("no run", ""), *self.others()], review.other_run)
        sets = [(info.name, info.id) for info in self._sets]
        self._layers.offer("disagreement", [("no label set", ""), *sets], review.other_labels)

    # bringing it

    def _start(self, *_: object) -> None:
        self._fill_choice()
        if self._desk.state.run_id is not None and not self._timer.isActive():
            self._timer.start()

    def _fill_choice(self) -> None:
        review = self._desk.state.review
        for name, value in (
            ("probability", review.class_id),
            ("difference", review.other_run),
            ("disagreement", review.other_labels),
        ):
            self._layers.show_choice(name, value)

    def _bring(self) -> None:
        state = self._desk.state
        if state.project is None or state.volume is None or state.run_id is None:
            return
        if state.review.other_run and (state.review.swipe or state.layer("difference").visible):
            for ref in self._panes.refs:
                self._bring_other(ref)
        if state.layer("probability").visible:
            for ref in self._panes.refs:
                self._bring_probability(ref)

    def _bring_other(self, ref: SectionRef) -> None:
        state = self._desk.state
        held = self._desk.predictions.entry(state.review.other_run, ref, state.dataset_id)
        key = ("run", state.review.other_run, ref)
        if (held is not None and held.step == 1) or key in self._asked:
            return
        self._asked.add(key)
        if self._reader is None:
            self._reader = PredictionReader(self)
            self._reader.ready.connect(self._found)
        self._reader.submit(StoredRequest(state.project, state.review.other_run, ref, state.dataset_id))

    def _found(self, result: StoredResult) -> None:
        """The disk has been looked at; what it lacks is predicted."""
        request, state = result.request, self._desk.state
        if request.project is not state.project:
            return
        wanted = request.ref in self._panes.refs
        if result.array is not None or not wanted:
            self._asked.discard(("run", request.run_id, request.ref))  # it may be wanted again
        if result.array is not None:
            self._desk.predictions.put_array(result.partial, result.array)
        elif wanted and request.ref.orientation is not Orientation.TIME:
            asked = PredictRequest(
                state.project.path, request.run_id, (request.ref,), request.dataset_id, state.volume_id
            )
            self._ask(asked, f"Predicting {request.ref} with the second run", on_event=self._arrived)

    def _arrived(self, event: object) -> None:
        if isinstance(event, PartialPrediction):
            try:
                self._desk.predictions.put(event)
            except SeisguiError as error:
                logger.warning("%s", error)

    def _bring_probability(self, ref: SectionRef) -> None:
        state, predictions = self._desk.state, self._desk.predictions
        class_id, run_id = probability_class(state), state.run_id
        if class_id is None or predictions.probability(run_id, ref, state.dataset_id, class_id) is not None:
            return
        shown = predictions.entry(run_id, ref, state.dataset_id)
        key = ("probability", run_id, class_id, ref, shown.label_revision if shown is not None else None)
        if shown is None or shown.step > 1 or key in self._asked:
            return
        self._asked.add(key)
        project, dataset = state.project, state.dataset_id

        def take(array: NDArray[np.uint8] | None) -> None:
            if state.project is not project:
                return
            if array is not None:
                predictions.put_probabilities(self._partial(run_id, ref, shown.label_revision, ""), {class_id: array})
            elif ref.orientation is not Orientation.TIME:
                self._compute(run_id, ref)

        self._desk.background.run(lambda: read_kept_probability(project, run_id, ref, dataset, class_id), take)

    def _compute(self, run_id: str, ref: SectionRef) -> None:
        """Have the probability of every class worked out in the compute process."""
        state = self._desk.state
        path = state.project.tmp_folder / f"{os.getpid()}-probabilities-{next(_numbers)}.npy"
        arguments = {
            "project_path": state.project.path,
            "run_id": run_id,
            "ref": ref,
            "dataset_id": state.dataset_id,
            "volume_id": state.volume_id,
            "arrays": path,
        }
        project = state.project

        def take(found: object) -> None:
            if state.project is not project:
                path.unlink(missing_ok=True)
                return
            self._desk.background.run(lambda: read(found.arrays), lambda arrays: put(found, arrays))

        def put(found: object, arrays: NDArray[np.uint8]) -> None:
            if state.project is project:
                partial = self._partial(run_id, ref, found.label_revision, found.model)
                self._desk.predictions.put_probabilities(partial, dict(zip(found.class_ids, arrays, strict=True)))

        self._ask(CallRequest(PROBABILITIES, arguments), f"Probabilities on {ref}", on_finished=take)

    def _partial(self, run_id: str, ref: SectionRef, revision: int, model: str) -> PartialPrediction:
        path = self._desk.project.tmp_folder
        return PartialPrediction(run_id, ref, 1, path, revision, self._desk.state.dataset_id or "", model)

    def _ask(self, request: object, title: str, **callbacks: Callable[..., object]) -> None:
        job = self._desk.jobs.start(
            request,
            title,
            on_ended=lambda: self._jobs.pop(job.id, None),
            priority=Priority.VISIBLE,
            quiet=True,
            **callbacks,
        )
        self._jobs[job.id] = job

    def stop(self) -> None:
        """The project goes: end what runs for it."""
        self._timer.stop()
        for job in list(self._jobs.values()):
            self._desk.jobs.cancel(job)
        if self._reader is not None:
            self._reader.close()
            self._reader.deleteLater()
            self._reader = None
        self._asked.clear()


def read(path: object) -> NDArray[np.uint8]:
    """The arrays that a worker wrote; their file is removed."""
    try:
        return take_array(path)
    except (OSError, ValueError) as error:
        raise FailureError("The probabilities that were worked out could not be read.") from error
