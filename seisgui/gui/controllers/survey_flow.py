"""A whole survey predicted in the background: asked for once, shown as it grows, stopped and resumed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from seisgui.errors import SeisguiError
from seisgui.gui import places
from seisgui.gui.controllers.prediction_flow import PredictionFlow
from seisgui.gui.controllers.runs_flow import RunsFlow, known_run
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.predict_survey import Outlook, PredictSurveyDialog
from seisgui.gui.job_list import Job
from seisgui.gui.words import duration, file_size, run_title
from seisgui.jobs.messages import Failed, Notice, PartialPrediction, PredictRequest, VolumeGrown
from seisgui.learning.coverage import coverage
from seisgui.learning.survey import SurveyNeeds, survey_needs
from seisgui.seismic.axes import Orientation

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord
    from seisgui.seismic.axes import VolumeAxes

ROOM = 1.1  # free space wanted, as a multiple of what is needed


@dataclass(frozen=True, slots=True)
class Needs:
    """What is left to do and what is done, as (predicted, all) sections."""

    needs: SurveyNeeds
    done: tuple[int, int]


class SurveyFlow(QObject):
    """One whole-survey prediction at a time."""

    export_wanted = Signal()

    def __init__(self, desk: Desk, runs: RunsFlow, predictions: PredictionFlow, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._runs, self._predictions, self._window = desk, runs, predictions, window
        self.dialog: PredictSurveyDialog | None = None
        self.job: Job | None = None
        self._request: PredictRequest | None = None
        self._pace = Pace(None, "")
        self._failed: Failed | None = None

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"review.predict_volume": self.ask}

    # before

    def ask(self) -> None:
        """Show what predicting the volume in view with the current run takes."""
        state = self._desk.state
        if state.project is None or state.run_id is None or state.volume is None or self.dialog is not None:
            return
        if self.job is not None:
            self._desk.tell("A whole volume is being predicted already.", "Its progress is in the status bar.")
            return
        record = known_run(self._desk, state.run_id)
        if record is None:
            return
        dialog = PredictSurveyDialog(run_title(record), self._pairs(record), self._window)
        dialog.pair_changed.connect(lambda pair: self._look(dialog, record, pair))
        dialog.chosen.connect(self.start)
        dialog.finished.connect(lambda _: self._dialog_closed(dialog))
        self.dialog = dialog
        self._look(dialog, record, "")
        dialog.open()

    def _dialog_closed(self, dialog: PredictSurveyDialog) -> None:
        self.dialog = None
        dialog.deleteLater()

    def _pairs(self, record: RunRecord) -> list[tuple[str, str]]:
        """Runs across the sections of this one whose probabilities can be averaged in."""
        if len(self._desk.state.volume.axes.orientations) == 1:
            return []
        return [
            (other.id, f"{run_title(other)} ({other.orientation}s)")
            for other in reversed(self._runs.records)
            if other.orientation not in ("", record.orientation) and other.label_set_id == record.label_set_id
        ]

    def _look(self, dialog: PredictSurveyDialog, record: RunRecord, pair: str) -> None:
        project, request = self._desk.project, self._request_for(pair)

        def found(needs: Needs) -> None:
            if self.dialog is dialog and dialog.pair.currentData() == pair:
                dialog.show_outlook(self._outlook(record, needs))

        def failed(error: SeisguiError) -> None:
            if self.dialog is dialog and dialog.pair.currentData() == pair:
                dialog.warn(str(error))

        self._desk.background.run(lambda: look(project, request), found, failed)

    def _request_for(self, pair: str) -> PredictRequest:
        state = self._desk.state
        return PredictRequest(
            state.project.path, state.run_id, (), state.dataset_id, state.volume_id, with_run=pair or None
        )

    def _outlook(self, record: RunRecord, needs: Needs) -> Outlook:
        todo, (done, total) = needs.needs, needs.done
        begun = 0 < done < total and todo.sections < total
        sections = f"{todo.sections:,} sections" + (f"; {done:,} of {total:,} are predicted already" if begun else "")
        if not todo.sections:
            sections = f"Nothing: all {total:,} sections are predicted"
        voxels = todo.sections * math.prod(self._desk.state.volume.axes.shape) / max(total, 1)
        pace = float(places.settings().value(f"survey_pace/{record.network}", 0.0))
        known = f"about {duration(voxels / pace)} at the pace of the last time" if pace else "told once some are done"
        return Outlook(
            sections,
            f"up to {file_size(todo.bytes)} in the project, {file_size(todo.free)} are free",
            known if todo.sections else "none",
            todo.free >= ROOM * todo.bytes,
            begun,
            todo.sections > 0,
        )

    # running

    def start(self, pair: str = "") -> None:
        """Predict all sections that are missing; ``pair`` names a run whose probabilities are averaged in."""
        if self.job is not None or self._desk.project is None or self._desk.state.run_id is None:
            return
        self._begin(self._request_for(pair))

    def _begin(self, request: PredictRequest) -> None:
        record = known_run(self._desk, request.run_id)
        if self.job is not None or record is None:
            return
        project, volume = self._desk.project, self._desk.state.volume
        self._request, self._failed = request, None
        self._pace = Pace(volume.axes, record.network)
        self.job = self._desk.jobs.start(
            request,
            "Predicting the whole volume",
            on_event=self._event,
            on_finished=lambda _: self._finished(project, request),
            on_failed=self._take_failure,
            on_ended=self._ended,
            detail=f"With {run_title(record)}. Stop keeps the sections that are done.",
            pausable=True,
            keeps=True,
        )

    def _event(self, event: object) -> None:
        match event:
            case VolumeGrown():
                self._pace.grown(event)
                self._predictions.grown(event)
            case PartialPrediction():
                self._predictions.take(event)
            case Notice():
                self._desk.tell(event.sentence, event.hint)

    def _finished(self, project: Project, request: PredictRequest) -> None:
        """All is predicted, or the user has stopped it."""
        if self._desk.project is not project:
            return
        self._pace.keep()
        if request.dataset_id == self._desk.state.dataset_id:
            self._predictions.forget(request.run_id)
        stopped = self.job.stopping

        def told(done: tuple[int, int]) -> None:
            if self._desk.project is project:
                self._tell_end(request, *done, stopped=stopped)

        self._desk.background.run(lambda: coverage(project, request.run_id, request.dataset_id), told)

    def _tell_end(self, request: PredictRequest, done: int, total: int, *, stopped: bool) -> None:
        if stopped and done < total:
            self._desk.tell(
                f"Stopped: {done:,} of {total:,} sections are predicted and kept.",
                answers=(("Resume", lambda: self._resume(request)), ("Export…", self.export_wanted.emit)),
            )
        else:
            self._desk.tell("The whole volume is predicted.", answers=(("Export…", self.export_wanted.emit),))

    def _take_failure(self, failed: Failed) -> None:
        hint = f"Sections that are done are kept. {failed.hint}".strip()
        request = self._request
        self._desk.tell_failure(failed, hint, (("Resume", lambda: self._resume(request)),))

    def _resume(self, request: PredictRequest) -> None:
        if self._desk.project is not None and self._desk.project.path == request.project:
            self._begin(request)

    def _ended(self) -> None:
        self.job = None

    def stop(self) -> None:
        """The project goes: what is done stays, and the job is ended by the window."""
        if self.dialog is not None:
            self.dialog.reject()


class Pace:
    """Voxels predicted in a second, from the first slab on; kept for the next time."""

    def __init__(self, axes: VolumeAxes | None, network: str) -> None:
        self._axes, self._network = axes, network
        self._began: float | None = None
        self._last = 0.0
        self._done = 0

    def grown(self, news: VolumeGrown) -> None:
        """A slab is done."""
        now = time.monotonic()
        if self._began is None:
            self._began = now
            return
        axis = self._axes.inline if news.orientation is Orientation.INLINE else self._axes.crossline
        lines = round(abs(news.last - news.first) / abs(axis.step)) + 1
        self._done += lines * math.prod(self._axes.shape) // axis.count
        self._last = now

    def keep(self) -> None:
        """Remember it for the next outlook."""
        if self._began is not None and self._done and self._last > self._began:
            places.settings().setValue(f"survey_pace/{self._network}", self._done / (self._last - self._began))


def look(project: Project, request: PredictRequest) -> Needs:
    """What is to be done and what is done; reads files."""
    return Needs(survey_needs(project, request), coverage(project, request.run_id, request.dataset_id))
