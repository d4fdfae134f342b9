"""Messages of the worker processes as Qt signals; the only place where jobs and Qt meet."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import (
    COMPUTE,
    DATA,
    CurvePoint,
    Discarded,
    Failed,
    Finished,
    JobEvent,
    LiveUpdate,
    Notice,
    PartialPrediction,
    Priority,
    Progress,
    Reply,
    Request,
    RunSaved,
    Started,
    Status,
    VolumeGrown,
    WorkerEnded,
    kind_of,
)

POLL_S = 0.5


class JobsBridge(QObject):
    """The two job clients of a window. Every signal about a job carries its id first.

    Signals arrive in the thread of the window. ``ended`` comes after each of ``finished``, ``failed`` and
    ``discarded``.
    """

    submitted = Signal(str, object)  # job id, request
    started = Signal(str)
    progress = Signal(str, object)  # Progress
    curve_point = Signal(str, object)  # CurvePoint
    prediction = Signal(str, object)  # PartialPrediction
    notice = Signal(str, object)  # Notice
    run_saved = Signal(str, object)  # RunSaved
    volume_grown = Signal(str, object)  # VolumeGrown
    finished = Signal(str, object)  # result
    failed = Signal(str, object)  # Failed: sentence, hint, details
    discarded = Signal(str)
    ended = Signal(str)
    status = Signal(object)  # Status of one worker
    worker_ended = Signal(object)  # WorkerEnded: a process has died; its jobs are told as failed

    def __init__(self, tmp: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._closed = False
        self._clients = {kind: JobClient(kind, tmp) for kind in (DATA, COMPUTE)}
        self._listeners = [_Listener(client, self) for client in self._clients.values()]
        for listener in self._listeners:
            listener.told.connect(self._pass_on)
            listener.start()

    def warm_up(self) -> None:
        """Start both processes in the background, so that their libraries are loaded when they are needed."""
        for client in self._clients.values():
            client.start()

    def submit(self, request: Request, priority: Priority | None = None) -> str:
        """Queue a job in the process that does such requests and return its id."""
        job_id = self._clients[kind_of(request)].submit(request, priority)
        self.submitted.emit(job_id, request)
        return job_id

    def stop(self, job_id: str) -> None:
        """Finish early and keep the best so far."""
        self._client_of(job_id).cancel(job_id, keep_best=True)

    def discard(self, job_id: str) -> None:
        """End the job; it leaves nothing."""
        self._client_of(job_id).cancel(job_id, keep_best=False)

    def pause(self, job_id: str) -> None:
        self._client_of(job_id).pause(job_id)

    def resume(self, job_id: str) -> None:
        self._client_of(job_id).resume(job_id)

    def live_update(self, job_id: str, update: LiveUpdate) -> None:
        self._client_of(job_id).live_update(job_id, update)

    def jobs(self) -> dict[str, Request]:
        """The jobs that have not ended yet."""
        return {job_id: request for client in self._clients.values() for job_id, request in client.jobs.items()}

    def client(self, kind: str) -> JobClient:
        return self._clients[kind]

    def close(self) -> None:
        """End both processes and the threads; no signal comes afterwards."""
        self._closed = True
        for client in self._clients.values():
            client.begin_close()
        for listener in self._listeners:
            listener.requestInterruption()
        for client in self._clients.values():
            client.close()
        for listener in self._listeners:
            listener.wait()

    def _client_of(self, job_id: str) -> JobClient:
        return self._clients[job_id.partition("-")[0]]

    def _pass_on(self, reply: Reply) -> None:
        if self._closed:  # what was on its way to this thread
            return
        match reply:
            case JobEvent(job_id, event):
                self._pass_on_event(job_id, event)
            case Started(job_id):
                self.started.emit(job_id)
            case Finished(job_id, result):
                self.finished.emit(job_id, result)
                self.ended.emit(job_id)
            case Failed(job_id):
                self.failed.emit(job_id, reply)
                self.ended.emit(job_id)
            case Discarded(job_id):
                self.discarded.emit(job_id)
                self.ended.emit(job_id)
            case Status():
                self.status.emit(reply)
            case WorkerEnded():
                self.worker_ended.emit(reply)

    def _pass_on_event(self, job_id: str, event: object) -> None:
        match event:
            case Progress():
                self.progress.emit(job_id, event)
            case CurvePoint():
                self.curve_point.emit(job_id, event)
            case PartialPrediction():
                self.prediction.emit(job_id, event)
            case Notice():
                self.notice.emit(job_id, event)
            case RunSaved():
                self.run_saved.emit(job_id, event)
            case VolumeGrown():
                self.volume_grown.emit(job_id, event)


class _Listener(QThread):
    """Waits for the replies of one client."""

    told = Signal(object)

    def __init__(self, client: JobClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self.setObjectName(f"jobs.{client.kind}")

    def run(self) -> None:
        while not self.isInterruptionRequested():
            for reply in self._client.poll(POLL_S):
                self.told.emit(reply)
