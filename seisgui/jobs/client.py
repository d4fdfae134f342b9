"""The window's end of a worker process.

No method waits for the worker: wishes are queued, and one thread of the client starts the process, sends,
receives and notices its death. After a death each job that had started is told as ``Failed``; jobs that had not
started are handed to a fresh worker, once: a job whose second worker dies before it starts fails as well.
"""

from __future__ import annotations

import logging
import multiprocessing
import queue
import threading
import time
import uuid
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Self

from seisgui.errors import FailureError
from seisgui.jobs.errors import WorkerGoneError, again_hint, end_sentence
from seisgui.jobs.messages import (
    Cancel,
    Discarded,
    Failed,
    Finished,
    JobEvent,
    Live,
    LiveUpdate,
    Pause,
    Priority,
    Reply,
    Request,
    Resume,
    Shutdown,
    Started,
    Status,
    Submit,
    Wish,
    WorkerEnded,
    priority_of,
)
from seisgui.jobs.process import WorkerProcess, log_folder
from seisgui.jobs.scratch import sweep

logger = logging.getLogger(__name__)

DISCARD_PATIENCE_S = 10.0  # a job that has not ended this long after Discard is ended with its process
SHUTDOWN_PATIENCE_S = 1.5
ATTEMPTS = 2


@dataclass(eq=False, slots=True)
class Answer:
    """What becomes of a job that one caller has asked for.

    ``outcome`` gives the result, or raises ``FailureError``: ``WorkerGoneError`` where the process has ended.
    """

    job_id: str
    outcome: Future[Any] = field(default_factory=Future)
    heard: float | None = None  # when it started or last told progress, by time.monotonic


@dataclass(slots=True)
class _Known:
    """A job between ``submit`` and its end."""

    submit: Submit
    answer: Answer | None = None
    started: bool = False
    paused: bool = False
    attempts: int = 0
    discard_by: float | None = None


class JobClient:
    """Queue, cancel and follow jobs in the worker process ``kind`` ('data' or 'compute'); use from any thread.

    ``tmp`` is the project's folder of arrays on their way; what dead processes left there is swept. The process
    starts with ``start`` (so that its libraries are loaded when they are needed) or with the first ``submit``.
    """

    def __init__(self, kind: str, tmp: Path | None = None, logs: Path | None = None) -> None:
        self.kind = kind
        self._tmp, self._logs = tmp, logs
        self._prefix = f"{kind}-{uuid.uuid4().hex[:6]}"
        self._lock = threading.Lock()
        self._jobs: dict[str, _Known] = {}
        self._wishes: deque[Wish] = deque()
        self._replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._wake_reader, self._wake_writer = multiprocessing.Pipe(duplex=False)
        self._worker: WorkerProcess | None = None
        self._wanted = self._closing = self._woken = False
        self._submitted = 0
        self._last_status: Status | None = None
        self._heard = 0.0
        self._thread: threading.Thread | None = None

    # what the window asks

    def start(self) -> None:
        """Start the process in the background, if it does not run."""
        with self._lock:
            self._wanted = True
        self._wake()

    def submit(self, request: Request, priority: Priority | None = None) -> str:
        """Queue a job and return its id."""
        return self._submit(request, priority).submit.job_id

    def ask(self, request: Request, priority: Priority | None = None) -> Answer:
        """Queue a job whose outcome is the caller's alone: nothing of it comes by ``poll`` or stands in ``jobs``.

        It is not tried again by a fresh worker, and one that was cancelled is never ended by force.
        """
        answer = self._submit(request, priority, asked=True).answer
        assert answer is not None
        return answer

    def _submit(self, request: Request, priority: Priority | None, *, asked: bool = False) -> _Known:
        with self._lock:
            if self._closing:
                raise RuntimeError("the job client is closed")
            self._submitted += 1
            job_id = f"{self._prefix}-{self._submitted}"
            submit = Submit(job_id, request, priority_of(request) if priority is None else priority)
            known = self._jobs[job_id] = _Known(submit, Answer(job_id) if asked else None)
            self._wishes.append(submit)
            self._wanted = True
        self._wake()
        return known

    def cancel(self, job_id: str, *, keep_best: bool = False) -> None:
        """Stop (``keep_best``: finish early with the best so far) or discard a job."""
        with self._lock:
            if (known := self._jobs.get(job_id)) and not keep_best and known.answer is None:
                known.discard_by = time.monotonic() + DISCARD_PATIENCE_S
        self._send(Cancel(job_id, keep_best))

    def pause(self, job_id: str) -> None:
        self._set_paused(job_id, paused=True)

    def resume(self, job_id: str) -> None:
        self._set_paused(job_id, paused=False)

    def _set_paused(self, job_id: str, *, paused: bool) -> None:
        with self._lock:
            if known := self._jobs.get(job_id):
                known.paused = paused
        self._send(Pause(job_id) if paused else Resume(job_id))

    def live_update(self, job_id: str, update: LiveUpdate) -> None:
        """News for a live session."""
        self._send(Live(job_id, update))

    def poll(self, timeout: float = 0.0) -> list[Reply]:
        """All replies that have come, waiting at most ``timeout`` seconds for the first; [] also once closed."""
        replies: list[Reply] = []
        try:
            first = self._replies.get(timeout=timeout) if timeout > 0 else self._replies.get_nowait()
            while True:
                if first is not None:
                    replies.append(first)
                first = self._replies.get_nowait()
        except queue.Empty:
            return replies

    @property
    def alive(self) -> bool:
        """Whether a worker process runs."""
        worker = self._worker
        return worker is not None and worker.alive

    @property
    def pid(self) -> int | None:
        """Process id of the worker, None where none runs."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    @property
    def status(self) -> Status | None:
        """The latest status of the running worker."""
        return self._last_status

    @property
    def silent_s(self) -> float:
        """Seconds since the worker was heard of; several seconds mean that it hangs or is suspended."""
        return time.monotonic() - self._heard if self.alive else 0.0

    @property
    def jobs(self) -> dict[str, Request]:
        """The jobs that have been submitted and have not ended yet, oldest first."""
        with self._lock:
            return {job_id: known.submit.request for job_id, known in self._jobs.items() if known.answer is None}

    def begin_close(self) -> None:
        """Let the worker end (its jobs are discarded) without waiting for it."""
        with self._lock:
            self._closing = True
        self._wake()

    def close(self) -> None:
        """End the worker (its jobs are discarded) and wait until it is gone, at most a few seconds."""
        self.begin_close()
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(2 * SHUTDOWN_PATIENCE_S)
            if thread.is_alive() and (worker := self._worker) is not None:
                worker.kill()  # it does not even read what it is sent
                thread.join()
        with self._lock:
            self._wake_reader.close()
            self._wake_writer.close()
        self._replies.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, wish: Wish) -> None:
        with self._lock:
            self._wishes.append(wish)
        self._wake()

    def _wake(self) -> None:
        """Make the client's thread look; one signal at a time, so that this never waits."""
        with self._lock:
            if self._wake_writer.closed:
                return
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._serve, name=f"jobs-{self.kind}", daemon=True)
                self._thread.start()
            if not self._woken:
                self._woken = True
                self._wake_writer.send_bytes(b"!")

    # the client's own thread

    def _serve(self) -> None:
        if self._tmp is not None:
            sweep(self._tmp)
        while not self._closing:
            if self._worker is None and self._wanted:
                self._start_worker()
            if self._worker is not None:
                self._send_wishes(self._worker)
            self._listen()
        self._end_worker()
        with self._lock:
            unanswered = [known for known in self._jobs.values() if known.answer is not None]
        for known in unanswered:
            self._tell(known, Failed(known.submit.job_id, "The window is being closed."), WorkerGoneError)

    def _listen(self) -> None:
        """Wait for the worker, a wish or a deadline, and take in what comes."""
        worker = self._worker
        sources: list[Any] = [self._wake_reader] + ([worker.connection] if worker else [])
        ready = wait(sources, self._patience())
        if self._wake_reader in ready:
            with self._lock:
                self._wake_reader.recv_bytes()
                self._woken = False
        if worker is None:
            return
        if worker.connection in ready and not self._receive(worker):
            self._mourn(worker, worker.wait(0.2))
        elif self._overdue():
            logger.warning("a discarded job does not end; ending the %s process", self.kind)
            self._mourn(worker, None)

    def _start_worker(self) -> None:
        self._wanted = False
        try:
            self._worker = WorkerProcess(self.kind, self._logs or log_folder())
        except OSError as error:
            logger.exception("the %s process cannot be started", self.kind)
            self._fail_all(f"The {self.kind} process cannot be started: {error.strerror or error}.", str(error))
            return
        self._heard = time.monotonic()

    def _send_wishes(self, worker: WorkerProcess) -> None:
        while True:
            with self._lock:
                if not self._wishes:
                    return
                wish = self._wishes.popleft()
                if isinstance(wish, Submit) and (known := self._jobs.get(wish.job_id)):
                    known.attempts += 1
            try:
                worker.connection.send(wish)
            except OSError:  # it has just died; the end of its pipe is noticed next, and unstarted jobs queued again
                return

    def _receive(self, worker: WorkerProcess) -> bool:
        """Take in one reply; False at the end of the pipe."""
        try:
            reply: Reply = worker.connection.recv()
        except (EOFError, OSError):
            return False
        self._heard = time.monotonic()
        known = None
        match reply:
            case Status():
                self._last_status = reply
            case Started(job_id) | JobEvent(job_id):
                with self._lock:
                    if known := self._jobs.get(job_id):
                        known.started = True
            case Finished(job_id) | Failed(job_id) | Discarded(job_id):
                with self._lock:
                    known = self._jobs.pop(job_id, None)
        self._tell(known, reply)
        return True

    def _tell(self, known: _Known | None, reply: Reply, failure: type[FailureError] = FailureError) -> None:
        """Hand on a reply, to who asked for the job where somebody did."""
        answer = None if known is None else known.answer
        if answer is None:
            self._replies.put(reply)
            return
        match reply:
            case Finished(_, result):
                answer.outcome.set_result(result)
            case Failed(_, sentence, hint):
                answer.outcome.set_exception(failure(sentence, hint))
            case Discarded():
                answer.outcome.set_exception(FailureError("It was cancelled."))
            case _:
                answer.heard = self._heard

    def _patience(self) -> float | None:
        with self._lock:
            deadlines = [known.discard_by for known in self._jobs.values() if known.discard_by is not None]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _overdue(self) -> bool:
        patience = self._patience()
        return patience is not None and patience <= 0

    def _mourn(self, worker: WorkerProcess, exit_code: int | None) -> None:
        """The worker is gone, or is ended here (``exit_code`` None): tell its jobs, and queue the others again."""
        forced = exit_code is None and worker.alive
        code = worker.kill()
        sentence = end_sentence(self.kind, code if exit_code is None else exit_code)
        if forced:
            sentence = f"The {self.kind} process did not answer and was ended."
        details = worker.log_tail()
        logger.warning("%s\n%s", sentence, details)
        with self._lock:
            self._worker, self._last_status = None, None
            ended = [known for known in self._jobs.values() if _ends_with_worker(known)]
            for known in ended:
                del self._jobs[known.submit.job_id]
            self._queue_again()
        self._replies.put(WorkerEnded(self.kind, sentence, code))
        for known in ended:
            self._tell(known, _farewell(known, sentence, details), WorkerGoneError)

    def _queue_again(self) -> None:
        """Put all jobs that are left before the wishes that had not been sent."""
        left = self._jobs.values()
        again: list[Wish] = [known.submit for known in left]
        again += [Pause(known.submit.job_id) for known in left if known.paused]
        unsent = [w for w in self._wishes if not isinstance(w, Submit | Shutdown) and w.job_id in self._jobs]
        self._wishes = deque([*again, *unsent])
        self._wanted = self._wanted or bool(again)

    def _fail_all(self, sentence: str, details: str) -> None:
        with self._lock:
            failed, self._jobs = self._jobs, {}
            self._wishes.clear()
        for known in failed.values():
            hint = again_hint(known.submit.request)
            self._tell(known, Failed(known.submit.job_id, sentence, hint, details), WorkerGoneError)

    def _end_worker(self) -> None:
        worker = self._worker
        if worker is None:
            return
        try:
            worker.connection.send(Shutdown())
        except OSError:
            logger.info("the %s process was gone before", self.kind)
        if worker.wait(SHUTDOWN_PATIENCE_S) is None:
            logger.warning("the %s process is busy and is ended", self.kind)
        worker.kill()
        self._worker = None


def _ends_with_worker(known: _Known) -> bool:
    """Whether a job is not to be tried again by a fresh worker."""
    if known.started or known.discard_by is not None or known.attempts >= ATTEMPTS:
        return True
    return known.answer is not None and known.attempts > 0


def _farewell(known: _Known, sentence: str, details: str) -> Reply:
    """The last reply of a job whose worker is gone."""
    submit = known.submit
    if known.discard_by is not None:
        return Discarded(submit.job_id)
    return Failed(submit.job_id, sentence, again_hint(submit.request), details)
