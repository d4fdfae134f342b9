"""What runs for this window: every job with its title, progress and what is to be done with its answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from seisgui.jobs.messages import (
    COMPUTE,
    Failed,
    LiveUpdate,
    Priority,
    Progress,
    Request,
    Status,
    WorkerEnded,
    kind_of,
)

if TYPE_CHECKING:
    from seisgui.gui.jobs_bridge import JobsBridge

logger = logging.getLogger(__name__)

MEASURED_S = 2.0  # a rate is guessed from no shorter time


@dataclass
class Job:
    """One running or waiting job.

    ``detail`` is said in its tooltip. ``background`` jobs stand behind all others in the status bar; ``keeps`` ones
    are stopped, not discarded, by their cross: what they have made stays.
    """

    id: str
    title: str
    request: Request
    kind: str
    on_event: Callable[[Any], None]
    on_finished: Callable[[Any], None]
    on_failed: Callable[[Failed], None] | None
    on_ended: Callable[[], None] | None = None
    quiet: bool = False  # not in the status bar, e.g. the overlay of the next line
    detail: str = ""
    background: bool = False
    pausable: bool = False
    keeps: bool = False
    progress: Progress | None = None
    paused: bool = False
    stopping: bool = False
    _measured_from: tuple[float, float] | None = None  # time and share since which it runs without a pause

    @property
    def share(self) -> float | None:
        """Progress as 0..1; None where it is not known."""
        if self.progress is None or self.progress.total <= 0:
            return None
        return min(max(self.progress.done / self.progress.total, 0.0), 1.0)

    def take(self, progress: Progress) -> None:
        """Take in news; where the job does not say how long it will take, tell from how long it took so far."""
        self.progress, share, now = progress, self.share, time.monotonic()
        if share is None:
            return
        if self._measured_from is None or share < self._measured_from[1]:
            self._measured_from = now, share
        since, first = self._measured_from
        if progress.eta_s is None and now - since > MEASURED_S and share > first:
            self.progress = replace(progress, eta_s=(now - since) * (1 - share) / (share - first))

    def hold(self, *, paused: bool) -> None:
        """Paused, or going on: the time in between says nothing about its speed."""
        self.paused, self._measured_from = paused, None


class JobList(QObject):
    """Jobs of one window; ``failed`` is for those whose owner has no answer of its own."""

    changed = Signal()
    failed = Signal(object, object)  # Job, Failed
    worker_ended = Signal(object)  # WorkerEnded
    status_changed = Signal(object)  # Status

    def __init__(self, bridge: JobsBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.jobs: dict[str, Job] = {}
        self.status: dict[str, Status] = {}
        for signal in (
            bridge.progress,
            bridge.curve_point,
            bridge.prediction,
            bridge.notice,
            bridge.run_saved,
            bridge.volume_grown,
        ):
            signal.connect(self._event)
        bridge.finished.connect(self._finished)
        bridge.failed.connect(self._failed)
        bridge.discarded.connect(self._discarded)
        bridge.status.connect(self._status)
        bridge.worker_ended.connect(self._worker_ended)

    def start(
        self,
        request: Request,
        title: str,
        *,
        on_event: Callable[[Any], None] | None = None,
        on_finished: Callable[[Any], None] | None = None,
        on_failed: Callable[[Failed], None] | None = None,
        on_ended: Callable[[], None] | None = None,
        priority: Priority | None = None,
        quiet: bool = False,
        detail: str = "",
        background: bool = False,
        pausable: bool = False,
        keeps: bool = False,
    ) -> Job:
        """Hand a request to its worker; the callbacks run in the window's thread."""
        job_id = self._bridge.submit(request, priority)
        job = Job(
            job_id,
            title,
            request,
            kind_of(request),
            on_event or _ignore,
            on_finished or _ignore,
            on_failed,
            on_ended,
            quiet,
            detail,
            background,
            pausable,
            keeps,
        )
        self.jobs[job_id] = job
        self.changed.emit()
        return job

    def cancel(self, job: Job, *, keep_best: bool = False) -> None:
        if job.id in self.jobs:
            job.stopping = True
            (self._bridge.stop if keep_best else self._bridge.discard)(job.id)
            self.changed.emit()

    def pause(self, job: Job, *, paused: bool) -> None:
        if job.id in self.jobs:
            job.hold(paused=paused)
            (self._bridge.pause if paused else self._bridge.resume)(job.id)
            self.changed.emit()

    def live_update(self, job: Job, update: LiveUpdate) -> None:
        if job.id in self.jobs:
            self._bridge.live_update(job.id, update)

    def visible(self) -> list[Job]:
        """Jobs worth a place in the status bar, oldest first, those in the background last."""
        return sorted((job for job in self.jobs.values() if not job.quiet), key=lambda job: job.background)

    def _event(self, job_id: str, event: Any) -> None:
        job = self.jobs.get(job_id)
        if job is None:
            return
        if isinstance(event, Progress):
            job.take(event)
            self.changed.emit()
        job.on_event(event)

    def _finished(self, job_id: str, result: Any) -> None:
        job = self.jobs.pop(job_id, None)
        if job is not None:
            self.changed.emit()
            job.on_finished(result)
            self._ended(job)

    def _failed(self, job_id: str, failed: Failed) -> None:
        job = self.jobs.pop(job_id, None)
        if job is None:
            return
        self.changed.emit()
        if job.on_failed is not None:
            job.on_failed(failed)
        else:
            self.failed.emit(job, failed)
        self._ended(job)

    def _discarded(self, job_id: str) -> None:
        job = self.jobs.pop(job_id, None)
        if job is not None:
            self.changed.emit()
            self._ended(job)

    def _ended(self, job: Job) -> None:
        if job.on_ended is not None:
            job.on_ended()

    def _status(self, status: Status) -> None:
        self.status[status.kind] = status
        self.status_changed.emit(status)

    def _worker_ended(self, news: WorkerEnded) -> None:
        self.status.pop(news.kind, None)
        self.worker_ended.emit(news)

    def device(self) -> str:
        """Device and memory of the compute process, '' before it is there."""
        status = self.status.get(COMPUTE)
        if status is None or not status.memory_mb:
            return ""
        memory = status.device_memory_mb or status.memory_mb
        return f"{status.device} · {memory / 1024:.1f} GB"


def _ignore(_: Any) -> None:
    """Nobody waits for this answer."""
