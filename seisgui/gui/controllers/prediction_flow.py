"""Predictions of what is in sight: from memory, from disk, else from the compute process, coarse first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from seisgui.errors import SeisguiError
from seisgui.gui.desk import Desk
from seisgui.gui.job_list import Job
from seisgui.gui.views.panes import PaneGrid
from seisgui.jobs.messages import Failed, Notice, PartialPrediction, PredictRequest, Priority
from seisgui.learning.stored import prediction_path, read_array
from seisgui.seismic.axes import Orientation, SectionRef

logger = logging.getLogger(__name__)

REST_MS = 120  # lines passed faster than this while scrolling are not predicted


class PredictionFlow(QObject):
    """Keeps the sections in sight predicted by the current run."""

    arrived = Signal(object)  # PartialPrediction

    def __init__(self, desk: Desk, panes: PaneGrid, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._panes = desk, panes
        self._job: Job | None = None
        self._asked: PredictRequest | None = None
        self._volume_job: Job | None = None
        self._failed: set[tuple[str, SectionRef]] = set()  # asked once, failed: not asked again unasked
        self.suspended = False  # live training predicts what is in sight by itself
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self.request_visible)
        panes.refs_changed.connect(self._timer.start)
        desk.state.run_changed.connect(self._run_changed)
        desk.shown.connect(self._timer.start)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"review.predict": self.predict_again, "review.predict_volume": self.predict_volume}

    def take(self, partial: PartialPrediction) -> None:
        """A predicted section has come."""
        try:
            self._desk.predictions.put(partial)
        except SeisguiError as error:
            logger.warning("%s", error)
            return
        self.arrived.emit(partial)

    def visible(self) -> tuple[SectionRef, ...]:
        """Vertical sections in sight, the active one first."""
        return tuple(ref for ref in self._panes.refs if ref.orientation is not Orientation.TIME)

    def _run_changed(self, run_id: str) -> None:
        self._failed.clear()
        if run_id and self._timer.parent() is not None:
            self.request_visible()

    def request_visible(self) -> None:
        """Ask for the sections in sight that the current run has not predicted."""
        state = self._desk.state
        if self.suspended or state.project is None or state.run_id is None or state.volume is None:
            return
        wanted = tuple(ref for ref in self.visible() if not self._at_hand(ref) and self._worth_asking(ref))
        self._load_slices()
        if wanted and self._request(wanted) != self._asked:
            self._ask(wanted)

    def predict_again(self) -> None:
        """Ask for the sections in sight, also where they are there already."""
        self._failed.clear()
        if self._desk.state.run_id is not None and self.visible():
            self._ask(self.visible())

    def _worth_asking(self, ref: SectionRef) -> bool:
        return (self._desk.state.run_id or "", ref) not in self._failed

    def _at_hand(self, ref: SectionRef) -> bool:
        """In memory, or brought there from the run's folder."""
        state = self._desk.state
        held = self._desk.predictions.entry(state.run_id, ref, state.dataset_id)
        if held is not None:
            return held.step == 1
        array = read_array(prediction_path(state.project, state.run_id, ref, state.dataset_id))
        if array is None:
            return False
        self._put(ref, array)
        return True

    def _put(self, ref: SectionRef, array: Any) -> None:
        state = self._desk.state
        try:
            record = state.project.run(state.run_id)
        except SeisguiError:
            return
        path = prediction_path(state.project, state.run_id, ref, state.dataset_id)
        partial = PartialPrediction(state.run_id, ref, 1, path, record.label_revision, state.dataset_id, record.network)
        self._desk.predictions.put_array(partial, array)

    def _load_slices(self) -> None:
        """Horizontal slices come from a predicted volume, where there is one."""
        state = self._desk.state
        for ref in self._panes.refs:
            if ref.orientation is Orientation.TIME and not self._desk.predictions.entry(
                state.run_id, ref, state.dataset_id
            ):
                from seisgui.learning.stored import read_from_volume

                array = read_from_volume(state.project, state.run_id, ref, state.dataset_id)
                if array is not None:
                    self._put(ref, array)

    def _ask(self, refs: tuple[SectionRef, ...]) -> None:
        if self._job is not None:
            self._desk.jobs.cancel(self._job)
        request = self._asked = self._request(refs)
        title = f"Predicting {refs[0]}" + (f" and {len(refs) - 1} more" if len(refs) > 1 else "")
        job = self._desk.jobs.start(
            request,
            title,
            on_event=self._event,
            on_failed=lambda failed: self._not_predicted(request.run_id, refs, failed),
            on_ended=lambda: self._ended(job),
            priority=Priority.VISIBLE,
            quiet=True,
        )
        self._job = job

    def _request(self, refs: tuple[SectionRef, ...]) -> PredictRequest:
        """Predict these sections of the volume in view with the current run."""
        state = self._desk.state
        return PredictRequest(state.project.path, state.run_id, refs, state.dataset_id, state.volume_id)

    def _event(self, event: object) -> None:
        if isinstance(event, PartialPrediction):
            self.take(event)
        elif isinstance(event, Notice):
            self._desk.tell(event.sentence, event.hint)

    def _not_predicted(self, run_id: str, refs: tuple[SectionRef, ...], failed: Failed) -> None:
        self._failed.update((run_id, ref) for ref in refs)
        self._desk.tell_failure(failed)

    def _ended(self, job: Job) -> None:
        if self._job is job:
            self._job, self._asked = None, None

    def predict_volume(self) -> None:
        """Predict every section in the background."""
        state = self._desk.state
        if self._volume_job is not None or state.run_id is None:
            return
        run_id = state.run_id
        request = PredictRequest(state.project.path, run_id, (), state.dataset_id, state.volume_id)

        def finished(_: object) -> None:
            self._desk.predictions.forget(run_id)
            self.request_visible()
            self._desk.tell("The whole volume is predicted.", answers=(("Export…", self.export_wanted.emit),))

        self._volume_job = self._desk.jobs.start(
            request, "Predicting the volume", on_event=self._event, on_finished=finished, on_ended=self._volume_ended
        )

    export_wanted = Signal()

    def _volume_ended(self) -> None:
        self._volume_job = None

    def stop(self) -> None:
        """The project goes: end what runs for it."""
        self._timer.stop()
        for job in (self._job, self._volume_job):
            if job is not None:
                self._desk.jobs.cancel(job)
        self._failed.clear()
