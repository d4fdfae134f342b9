"""Whose turn it is: one loop over generators, decided again after every step.

Order: priority first (live, visible overlays, training, whole survey); within 'visible' the newest request,
because that is what the user looks at now; otherwise the oldest.
"""

from __future__ import annotations

import logging
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from seisgui.jobs.errors import failed_by
from seisgui.jobs.messages import Discarded, Finished, JobEvent, LiveUpdate, Priority, Reply, Request, Started
from seisgui.jobs.process_state import check_gradient_mode, random_states, restore_random_states
from seisgui.learning.events import Control, Progress

logger = logging.getLogger(__name__)

REST_S = 0.1  # a job that yields None has nothing to do and is asked again after this time, or on news for it
PROGRESS_INTERVAL_S = 0.05  # progress is told at most this often

Steps = Generator[Any, None, Any]


@dataclass(eq=False)
class Job:
    """One request on its way."""

    job_id: str
    request: Request
    priority: Priority
    order: int = 0
    control: Control = field(default_factory=Control)
    updates: deque[LiveUpdate] = field(default_factory=deque)
    steps: Steps | None = None
    paused: bool = False
    discarded: bool = False
    rests_until: float = 0.0
    progress_told: float = 0.0
    random: dict[str, Any] | None = None  # global random states, kept while others have their turn

    @property
    def rank(self) -> tuple[int, int]:
        newest_first = self.priority is Priority.VISIBLE
        return int(self.priority), -self.order if newest_first else self.order

    def inbox(self) -> LiveUpdate | None:
        """All waiting updates as one: the latest revision and the latest sections in view; None: no news."""
        merged: LiveUpdate | None = None
        while self.updates:
            update = self.updates.popleft()
            visible = update.visible
            if visible is None and merged is not None:
                visible = merged.visible
            merged = LiveUpdate(update.label_revision, visible)
        return merged


class Scheduler:
    """Runs jobs in the calling thread; wishes may come from any other.

    ``begin`` makes the generator of a job, ``tell`` sends a reply.
    """

    def __init__(self, begin: Callable[[Job], Steps], tell: Callable[[Reply], None]) -> None:
        self._begin, self._tell = begin, tell
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._submitted = 0
        self._closing = False
        self._current: Job | None = None

    # wishes, from the receiving thread

    def submit(self, job: Job) -> None:
        with self._changed:
            self._submitted += 1
            job.order = self._submitted
            self._jobs[job.job_id] = job
            self._changed.notify()

    def cancel(self, job_id: str, *, keep_best: bool) -> None:
        """End a job early with the best it has, or without a trace."""
        with self._changed:
            job = self._jobs.get(job_id)
            if job is None:
                return
            job.paused, job.rests_until = False, 0.0
            if keep_best and job.steps is not None:
                job.control.stop = True
            else:
                job.discarded = True
            self._changed.notify()

    def pause(self, job_id: str, *, paused: bool) -> None:
        with self._changed:
            if job := self._jobs.get(job_id):
                job.paused = paused
                self._changed.notify()

    def update(self, job_id: str, update: LiveUpdate) -> None:
        with self._changed:
            if job := self._jobs.get(job_id):
                job.updates.append(update)
                job.rests_until = 0.0
                self._changed.notify()

    def close(self) -> None:
        """Let ``run`` close all jobs at the next step boundary and return."""
        with self._changed:
            self._closing = True
            for job in self._jobs.values():
                job.control.stop = True
            self._changed.notify()

    def load(self) -> tuple[str | None, int]:
        """Id of the job that has the last turn (None: none), and how many others there are."""
        with self._changed:
            running = self._current.job_id if self._current is not None else None
            return running, len(self._jobs) - (running is not None)

    @property
    def answering(self) -> bool:
        """Whether a live session is there, which may be told of a stroke at any moment."""
        with self._changed:
            return any(job.priority is Priority.LIVE and not job.paused for job in self._jobs.values())

    # the loop, in the main thread of the worker

    def run(self, when_idle: Callable[[], bool] = lambda: False) -> None:
        """Run jobs until ``close``. ``when_idle`` does a piece of preparation and says whether it did."""
        while True:
            with self._changed:
                if self._closing:
                    break
                job, rest = self._next()
            if job is not None:
                self._turn(job)
            elif not when_idle():
                with self._changed:
                    if not self._closing and self._next()[0] is None:
                        self._changed.wait(rest)
        for job in list(self._jobs.values()):
            self._close_steps(job)

    def _next(self) -> tuple[Job | None, float | None]:
        """The job whose turn it is, or how long to wait (None: until a wish comes)."""
        now = time.monotonic()
        doomed = next((job for job in self._jobs.values() if job.discarded), None)
        if doomed is not None:
            return doomed, None
        ready = [job for job in self._jobs.values() if not job.paused]
        awake = [job for job in ready if job.rests_until <= now]
        if awake:
            return min(awake, key=lambda job: job.rank), None
        return None, min((job.rests_until for job in ready), default=now + 3600) - now

    def _turn(self, job: Job) -> None:
        """One step of one job."""
        if job.discarded:
            self._close_steps(job)
            self._end(job, Discarded(job.job_id))
            return
        self._change_over(job)
        try:
            if job.steps is None:
                self._tell(Started(job.job_id))
                job.steps = self._begin(job)
            event = next(job.steps)
            check_gradient_mode()
            self._pass_on(job, event)
        except StopIteration as end:
            self._finish(job, end.value)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a job raises ends that job alone
            self._fail(job, error)

    def _change_over(self, job: Job) -> None:
        """Give ``job`` the turn, with its own random numbers."""
        last = self._current
        if last is job:
            return
        if last is not None:
            last.random = random_states()
        if job.random is not None:
            restore_random_states(job.random)
        with self._changed:
            self._current = job

    def _finish(self, job: Job, result: Any) -> None:
        try:
            self._end(job, Finished(job.job_id, result))
        except (ValueError, TypeError, AttributeError, pickle.PicklingError) as error:
            self._fail(job, error)

    def _fail(self, job: Job, error: BaseException) -> None:
        logger.warning("job %s failed", job.job_id, exc_info=error)
        self._close_steps(job)
        self._end(job, failed_by(error, job))

    def _pass_on(self, job: Job, event: Any) -> None:
        now = time.monotonic()
        if event is None:
            with self._changed:
                if not (job.updates or job.control.stop or job.discarded):
                    job.rests_until = now + REST_S
            return
        if isinstance(event, Progress):
            if now - job.progress_told < PROGRESS_INTERVAL_S and event.done < event.total:
                return
            job.progress_told = now
        self._tell(JobEvent(job.job_id, event))

    def _end(self, job: Job, reply: Reply) -> None:
        with self._changed:
            self._jobs.pop(job.job_id, None)
            if self._current is job:
                self._current = None
        self._tell(reply)

    def _close_steps(self, job: Job) -> None:
        if job.steps is None:
            return
        try:
            job.steps.close()
        except Exception:
            logger.exception("job %s could not be closed cleanly", job.job_id)
