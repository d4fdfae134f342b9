"""Learning to pick in the window: the subject of training, what a run proposes, and which run is in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from seisgui.gui.controllers.training_subjects import base_request
from seisgui.gui.dialogs.hold_out_groups import HoldOutGroupsDialog
from seisgui.jobs.messages import (
    LiveRequest,
    LiveUpdate,
    Notice,
    PickPredictRequest,
    PicksStored,
    TrainRequest,
)
from seisgui.learning.requests import HeldOutGroup, HoldOut

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from seisgui.gui.controllers.gather_flow import GatherFlow
    from seisgui.gui.controllers.picking import PickFlows
    from seisgui.gui.controllers.runs_flow import RunsFlow
    from seisgui.gui.controllers.training_flow import TrainingFlow
    from seisgui.gui.controllers.workspace_flow import WorkspaceFlow
    from seisgui.gui.desk import Desk
    from seisgui.gui.job_list import Job
    from seisgui.gui.panels.training import TrainingChoice, TrainingPanel
    from seisgui.gui.views.gather import GatherView
    from seisgui.interpretation.runs import RunRecord

TASK, FACIES = "picking", "facies"
FEW_RECORDS = 10  # records with picks; fewer teach little
MOST_IN_VIEW = 200  # records that a live session keeps picked


class PickingSubject(QObject):
    """Arrivals picked on records."""

    task = TASK
    kinds = ("picks",)
    told = Signal()

    def __init__(self, desk: Desk, picks: PickFlows, view: GatherView, predictions: PickPredictions) -> None:
        super().__init__(predictions)
        self._desk, self._picks, self._view, self._predictions = desk, picks, view, predictions
        picks.hand.opened.connect(self.told)
        picks.hand.changed.connect(self.told)

    @property
    def present(self) -> bool:
        return self._desk.state.records is not None and self._picks.hand.book.picks is not None

    @property
    def place(self) -> tuple[str | None, str | None]:
        picks = self._picks.hand.book.picks
        return self._desk.state.records_id, picks.id if picks is not None else None

    @property
    def run_id(self) -> str | None:
        return self._picks.hand.book.run_id or None

    @property
    def classes(self) -> list[tuple[int, str, str]]:
        return []

    def look(self, _request: TrainRequest | None) -> tuple[list[str], bool]:
        picks = self._picks.hand.book.picks
        if self._desk.state.records is None:
            return [], True
        if picks is None or not len(picks):
            return ["Pick a few arrivals first, or import picks."], True
        sentences = []
        n_records = len(picks.records())
        if n_records < FEW_RECORDS:
            sentences.append(
                f"{n_records} {'record has' if n_records == 1 else 'records have'} picks: few to learn from."
            )
        phases = picks.counts()
        if len(phases) > 1 and min(phases.values()) < max(phases.values()) / 4:
            fewest = min(phases, key=phases.__getitem__)
            sentences.append(f"{fewest} is picked {phases[fewest]} times only.")
        return sentences, False

    def request(self, choice: TrainingChoice, hold_out: tuple[HeldOutGroup, ...]) -> TrainRequest:
        request = base_request(self._desk, choice, self.task, self.place)
        groups = tuple(group for group in hold_out if isinstance(group, HeldOutGroup))
        return replace(request, hold_out_groups=groups)

    def live_request(self, train: TrainRequest) -> LiveRequest:
        return LiveRequest(train, records=self._in_view())

    def live_update(self, revision: int) -> LiveUpdate:
        return LiveUpdate(revision, records=self._in_view())

    def _in_view(self) -> tuple[str, ...]:
        return tuple(self._view.record_ids)[:MOST_IN_VIEW]

    def ask_hold_out(self, panel: TrainingPanel) -> None:
        records, picks = self._desk.state.records, self._picks.hand.book.picks
        if records is None or picks is None:
            return
        by_record = Counter(records.table.index_of(pick.record) for pick in picks.all())
        groups = {
            by: [
                (group.title, sum(by_record[index] for index in group.records.tolist())) for group in records.groups(by)
            ]
            for by in records.groupings
        }
        present = tuple(group for group in panel.choice.hold_out if isinstance(group, HeldOutGroup))
        dialog = HoldOutGroupsDialog(groups, present, panel.window())
        dialog.chosen.connect(panel.set_hold_out)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def suspend(self, suspended: bool) -> None:
        self._predictions.suspended = suspended

    def take(self, event: object) -> None:
        if isinstance(event, PicksStored):
            self._picks.review.propose(event.run_id)

    def show_run(self, run_id: str | None) -> None:
        self._picks.review.propose(run_id or "")

    def predict_again(self) -> None:
        if self.run_id:
            self._predictions.predict(self.run_id)

    def outcome(self, record: RunRecord) -> str:
        figures = phase_figures(record)
        sentence = str(record.metrics.get("sentence") or "")
        sentence = f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""
        return f"{figures} within {tolerance_of(record)}. {sentence}".strip() if figures else sentence

    def outcome_beside(self, record: RunRecord) -> str:
        figures = phase_figures(record)
        return f"From scratch: {figures}." if figures else ""

    def parsed(self, hold_out: list[str]) -> tuple[HeldOutGroup | HoldOut, ...]:
        return tuple(map(HeldOutGroup.parse, hold_out))


def phase_figures(record: RunRecord) -> str:
    """F1 of every phase on held-out records, '' where the run was not scored."""
    held_out = record.metrics.get("held_out") or {}
    scored = {phase: each for phase, each in held_out.items() if isinstance(each, dict) and each.get("n_true")}
    return ", ".join(f"{phase} F1 {each['f1']:.3f}" for phase, each in scored.items())


def tolerance_of(record: RunRecord) -> str:
    """The tolerance of a run's scores, in words."""
    tolerance = record.metrics.get("tolerance")
    return f"{1000.0 * tolerance:g} ms" if isinstance(tolerance, int | float) else "the tolerance"


class PickPredictions(QObject):
    """Lets runs pick the gathers in view, one job at a time, and shows what they propose."""

    def __init__(self, desk: Desk, picks: PickFlows, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._picks = desk, picks
        self._job: Job | None = None
        self.suspended = False

    def show(self, run_id: str) -> None:
        """Propose the picks of a run; it picks first where it has not yet."""
        if run_id in {run.id for run in self._picks.review.runs()}:
            self._picks.review.propose(run_id)
        else:
            self.predict(run_id)

    def predict(self, run_id: str) -> None:
        """Pick all records of the gather set in view with a run."""
        state = self._desk.state
        if self.suspended or state.project is None or state.records_id is None:
            return
        if self._job is not None:
            self._desk.jobs.cancel(self._job)
        request = PickPredictRequest(state.project.path, run_id, state.records_id)
        project = state.project

        def finished(_outcome: object) -> None:
            if self._desk.project is project and self._desk.state.records_id == request.dataset_id:
                self._picks.review.propose(run_id)

        def ended() -> None:
            if self._job is job:
                self._job = None

        job = self._job = self._desk.jobs.start(
            request,
            "Picking arrivals",
            on_event=self._event,
            on_finished=finished,
            on_failed=self._desk.tell_failure,
            on_ended=ended,
        )

    def _event(self, event: object) -> None:
        if isinstance(event, Notice):
            self._desk.tell(event.sentence, event.hint)

    def stop(self) -> None:
        """The project goes."""
        if self._job is not None:
            self._desk.jobs.cancel(self._job)


class PickTraining(QObject):
    """Puts picking into the training panel and the list of runs while its workspace is shown."""

    def __init__(
        self,
        desk: Desk,
        training: TrainingFlow,
        runs: RunsFlow,
        picks: PickFlows,
        gathers: GatherFlow,
        view: GatherView,
        workspaces: WorkspaceFlow,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._desk, self._training, self._runs, self._picks, self._spaces = desk, training, runs, picks, workspaces
        self.predictions = PickPredictions(desk, picks, self)
        training.add_subject(PickingSubject(desk, picks, view, self.predictions))
        runs.picker = lambda: picks.hand.book.run_id or None
        runs.picker_chosen.connect(self.predictions.show)
        workspaces.entered.connect(self._enter)
        workspaces.changed.connect(self._enter)
        desk.state.records_changed.connect(training.check)
        desk.state.records_changed.connect(self._forget)
        self._moved = QTimer(self, singleShot=True, interval=200)
        self._moved.timeout.connect(training.visible_changed)
        gathers.moved.connect(self._moved.start)
        picks.review.proposed.connect(lambda _run_id: runs.refresh())

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"pick.predict": self.predict}

    def _enter(self) -> None:
        task = TASK if self._spaces.in_gathers else FACIES
        self._training.show_subject(task)
        self._runs.show_task(task)

    def _forget(self, *_: object) -> None:
        self.predictions.suspended = False

    def predict(self) -> None:
        """Pick all records with the run in use, or with the newest picker of the project."""
        wanted = self._picks.hand.book.run_id
        pickers = [record.id for record in self._runs.records if record.task == TASK]
        if not wanted and not pickers:
            self._desk.tell("No picker has been trained yet.", "Pick a few arrivals and press Train.")
            return
        self.predictions.predict(wanted or pickers[-1])
