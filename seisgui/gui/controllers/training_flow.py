"""Train: what is missing, the request, events to curves, the new run made current; Live beside it.

What is learnt, facies or arrivals, is a subject's business (``training_subjects``); this is what all have in common.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from seisgui import catalogue
from seisgui.gui.controllers.prediction_flow import PredictionFlow
from seisgui.gui.controllers.runs_flow import known_run
from seisgui.gui.controllers.training_subjects import FaciesSubject, Subject, goes_on
from seisgui.gui.desk import Desk
from seisgui.gui.job_list import Job
from seisgui.gui.job_popup import describe
from seisgui.gui.panels.training import TrainingPanel
from seisgui.jobs.messages import (
    CurvePoint,
    Failed,
    Notice,
    PartialPrediction,
    PicksStored,
    Progress,
    RunSaved,
    TrainRequest,
)


class TrainingFlow(QObject):
    """One training or live session at a time."""

    changed = Signal()  # started, stopped, paused
    run_made = Signal(str)  # id of a run that is to be current
    pair_made = Signal(str, str)  # ids of a run and of the one from scratch beside it

    def __init__(self, desk: Desk, panel: TrainingPanel, predictions: PredictionFlow, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._panel = desk, panel
        self.subject: Subject = FaciesSubject(desk, predictions, self)
        self._subjects: dict[str, Subject] = {}
        self._job_subject: Subject = self.subject  # what the running job is about
        self.job: Job | None = None
        self.live = False
        self.frozen = False
        self.failed = False  # how the last one ended
        self.ready = False
        self.missing: list[str] = []
        self._summary = ""
        self._live_run = ""
        self._run_before: str | None = None
        self.held_against: str | None = None  # the run that the newest one is to replace; None: it goes on learning
        self._discarded = False
        self._blocks: dict[str, tuple[object, ...]] = {}  # held out by the last run of each label set
        self._areas: dict[tuple[Path, str], tuple[object, ...]] = {}  # held out by the user, by project and dataset
        self._shown_dataset: tuple[Path, str] | None = None
        self._held_back: list[PartialPrediction | PicksStored] = []
        self._unsent = False  # strokes that the live session is to hear of once they are on disk
        self._strokes = QTimer(self, singleShot=True, interval=0)
        self._strokes.timeout.connect(self._send_strokes)
        desk.changed.connect(self._document_changed)
        desk.saved.connect(self._saved)
        desk.shown.connect(self._shown)
        desk.state.records_changed.connect(self._leave_live)
        panel.edited.connect(self.check)
        panel.hold_out_requested.connect(lambda: self.subject.ask_hold_out(self._panel))
        self.add_subject(self.subject)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {
            "train.start": self.start,
            "train.stop": self.stop,
            "train.discard": self.discard,
            "train.pause": self.pause,
            "train.live": self.set_live,
            "train.freeze": self.freeze,
        }

    def add_subject(self, subject: Subject) -> None:
        """A task that can be trained in this window."""
        self._subjects[subject.task] = subject
        subject.told.connect(self._leave_live)
        subject.told.connect(self.check)

    def show_subject(self, task: str) -> None:
        """The panel is about this task from now on; a job that runs goes on being about its own."""
        if self._subjects[task] is not self.subject:
            self.subject = self._subjects[task]
            self._panel.set_networks(catalogue.networks(task))
            self._show_areas()
            if not self.running:
                self._panel.show_progress(None, "")
            self.check()

    # before

    def check(self) -> None:
        """Say what is missing; ``ready`` tells whether Train can be pressed."""
        subject = self.subject
        sentences, blocked = subject.look(self.request() if subject.present else None)
        self.ready = not blocked
        read_only = self._desk.project is not None and self._desk.project.read_only
        if read_only:
            self.ready, sentences = False, ["The project is open read-only: nothing can be trained into it."]
        if self._panel.start.missing:
            self.ready, sentences = False, [self._panel.start.missing]
        self.missing = sentences
        self._panel.show_missing(sentences, blocked=not self.ready)
        self.changed.emit()

    def request(self) -> TrainRequest:
        """What the panel asks for, on the labels or picks as they are now."""
        choice = self._panel.choice
        return self.subject.request(choice, choice.hold_out or self._blocks.get(self.subject.place[1] or "", ()))

    # training

    @property
    def running(self) -> bool:
        return self.job is not None

    @property
    def unkept(self) -> bool:
        """Whether closing now would lose a training; of a live session every revision is on disk."""
        return self.running and not self.live

    def start(self) -> None:
        """Train; a live session ends first."""
        if self.running or not self._may_begin():
            return
        info = catalogue.network(self._panel.choice.network)
        self._begin(self._desk.jobs.start(self.request(), f"Training {info.name}", **self._callbacks()))

    def _may_begin(self, *, waits: bool = False) -> bool:
        """Whether there is enough to learn from, and all of it on disk; says what is missing.

        What ``waits`` for labels may begin with none: the live session says itself what it waits for.
        """
        if not self.subject.present or self._desk.project.read_only:
            return False
        self.check()
        if self._panel.start.missing or not (self.ready or waits):
            self._desk.tell(" ".join(self.missing), level="warning")
            return False
        return self._desk.attempt(self._desk.project.wait_saved)

    def _begin(self, job: Job) -> None:
        self.job, self._summary, self.failed = job, "", False
        self._job_subject = self.subject
        self._panel.curves.clear(self.subject.classes)
        self._panel.show_progress(0.0, "Starting…")
        self.changed.emit()

    def _callbacks(self) -> dict[str, Any]:
        return {
            "on_event": self._event,
            "on_finished": self._finished,
            "on_failed": self._failed,
            "on_ended": self._ended,
        }

    @property
    def trains(self) -> TrainRequest | None:
        """What the running job was asked for."""
        if self.job is None:
            return None
        return self.job.request.train if self.live else self.job.request

    def _at_home(self) -> bool:
        """Whether the project that the job belongs to is the one in the window."""
        project, request = self._desk.project, self.trains
        return project is not None and request is not None and Path(request.project) == project.path

    def _shown(self) -> None:
        """Something else is in view: the last summary was about another; a live session ends, its best is kept."""
        self._show_areas()
        request = self.trains
        if request is None:
            self._summary = ""
            self._panel.show_progress(None, "")
            return
        self._leave_live()

    def _leave_live(self) -> None:
        """A live session learns from what is in view: of something else it ends, and its best is kept."""
        request = self.trains
        if not self.live or request is None:
            return
        if not (self._at_home() and self._job_subject.place == (request.dataset_id, request.label_set_id)):
            self.stop()

    def _show_areas(self) -> None:
        """Held-out areas are line numbers of one dataset: each has its own."""
        project, dataset_id = self._desk.project, self.subject.place[0]
        here = (project.path, dataset_id) if project is not None and dataset_id is not None else None
        if here == self._shown_dataset:
            return
        if self._shown_dataset is not None:
            self._areas[self._shown_dataset] = self._panel.choice.hold_out
        self._shown_dataset = here
        self._panel.set_hold_out(self._areas.get(here, ()) if here is not None else ())

    def _event(self, event: object) -> None:
        if isinstance(event, RunSaved | PartialPrediction | PicksStored) and not self._at_home():
            return  # it is on disk, and found when its project is opened again
        match event:
            case Progress():
                phrase = f"{event.phrase} · {describe(self.job)}" if event.phrase else describe(self.job)
                self._panel.show_progress(self.job.share or 0.0, phrase)
            case CurvePoint():
                self._panel.curves.add(event)
            case Notice():
                self._desk.tell(event.sentence, event.hint)
            case RunSaved(run_id):
                self._run_saved(run_id)
            case PartialPrediction() | PicksStored():
                self._take_prediction(event)

    def _run_saved(self, run_id: str) -> None:
        self._desk.project.runs()  # adopts what the compute process wrote
        if self.live and run_id != self._live_run:
            self._live_run, self.held_against = run_id, None
            self.run_made.emit(run_id)

    def _finished(self, record: Any) -> None:
        if record is None:
            return
        if not self._at_home():
            self._desk.tell(f"The training has ended; its run is kept in {Path(self.trains.project).name}.")
            return
        self._desk.project.runs()
        subject = self._job_subject
        self.held_against = self._run_before if self.live else subject.run_id
        self.run_made.emit(record.id)
        self._summary = subject.outcome(record)
        if beside := known_run(self._desk, str(record.settings.get("beside", ""))):
            self._summary = f"{self._summary} {subject.outcome_beside(beside)}".strip()
            self.pair_made.emit(record.id, beside.id)
        # An automatic block stays where it is: strokes painted inside it score, and never train.
        self._blocks[record.label_set_id] = subject.parsed(record.split.get("hold_out", []))

    def _failed(self, failed: Failed) -> None:
        self.failed = True
        self._desk.tell_failure(failed)

    def _ended(self) -> None:
        was_live, at_home = self.live, self._at_home()
        self.job, self.live, self.frozen, self._unsent = None, False, False, False
        self._job_subject.suspend(False)
        self._held_back.clear()
        self._panel.show_progress(None, self._summary)
        discarded, self._discarded = self._discarded, False
        if discarded and at_home:
            self._forget_live_run()
        elif was_live and at_home:
            self._job_subject.predict_again()  # live overlays are passing: those of the finished run are kept
        self.check()

    def _forget_live_run(self) -> None:
        """Take away what a discarded live session saved on its way."""
        project, run_id = self._desk.project, self._live_run
        if run_id and project is not None:
            self._job_subject.show_run(self._run_before)
            self._desk.attempt(lambda: project.delete_run(run_id))
            self._desk.predictions.forget(run_id)

    def stop(self) -> None:
        """End now and keep the best."""
        if self.job is not None:
            self._desk.jobs.cancel(self.job, keep_best=True)
            self.changed.emit()

    def discard(self) -> None:
        """End now and leave nothing; after a live session the run of before is shown again."""
        if self.job is not None:
            self._discarded = self.live
            self._desk.jobs.cancel(self.job)
            self.changed.emit()

    def pause(self, paused: bool) -> None:
        if self.job is not None:
            self._desk.jobs.pause(self.job, paused=paused)
            self._panel.show_progress(self.job.share, "Paused" if paused else "Going on…")
            self.changed.emit()

    # live

    def set_live(self, on: bool) -> None:
        """Begin or end learning from every stroke."""
        if not on:
            if self.live:
                self.stop()
            return
        if self.running or not self._may_begin(waits=True):
            self.changed.emit()
            return
        subject = self.subject
        train = replace(goes_on(self._desk, subject.run_id, self.request()), beside_scratch=False)
        self.live = True
        self._live_run = ""
        self._run_before = subject.run_id
        subject.suspend(True)
        self._begin(self._desk.jobs.start(subject.live_request(train), "Live training", **self._callbacks()))

    def freeze(self, frozen: bool) -> None:
        """Keep the overlay as it is, or let the newest through again."""
        self.frozen = frozen
        if not frozen:
            held, self._held_back = self._held_back, []
            for partial in held:
                self._take_prediction(partial)
        self.changed.emit()

    def visible_changed(self) -> None:
        """Other sections are in sight: the live session predicts those."""
        if self.live:
            self._strokes.start()

    def _document_changed(self, change: Any) -> None:
        if change.kind == "layout":
            self._blocks.clear()  # line numbers mean other lines now
            if self.live:
                self.stop()
        if self.live and change.kind in self._job_subject.kinds:
            self._strokes.start()

    def _send_strokes(self) -> None:
        if not self.live or self.job is None or not self._at_home():
            return
        self._unsent = not self._desk.project.all_saved
        if not self._unsent:  # the compute process reads the labels from the disk
            revision = self._desk.project.journal.revision
            self._desk.jobs.live_update(self.job, self._job_subject.live_update(revision))

    def _saved(self, _revision: int) -> None:
        if self._unsent:
            self._strokes.start()

    def _take_prediction(self, news: PartialPrediction | PicksStored) -> None:
        subject = self._job_subject
        if self.frozen:
            same = getattr(news, "ref", None)
            self._held_back = [held for held in self._held_back if getattr(held, "ref", None) != same] + [news]
            return
        here = news.dataset_id == subject.place[0]
        if self.live and here and news.run_id != subject.run_id:
            subject.show_run(news.run_id)
        subject.take(news)

    def worker_ended(self) -> None:
        """The compute process died: its jobs have been told as failed."""
        self.changed.emit()
