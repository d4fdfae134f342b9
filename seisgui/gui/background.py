"""Short work that waits for a disk: one thread of the window, answers in the window's own thread."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from seisgui.errors import FailureError, SeisguiError

log = logging.getLogger(__name__)

IDLE_S = 1.0  # the thread ends by itself after this long without work


@dataclass(frozen=True, slots=True)
class _Work:
    do: Callable[[], Any]
    then: Callable[[Any], None]
    failed: Callable[[SeisguiError], None]


class Background(QObject):
    """Does one thing after the other off the window's thread; what takes long and computes belongs to a worker process.

    ``then`` and ``failed`` are called in the window's thread, also where the work was asked for by something that
    has gone meanwhile: they look for themselves whether the answer still matters.
    """

    _answered = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._answered.connect(lambda call, answer: None if self._closed else call(answer))

    def run(
        self,
        do: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[SeisguiError], None] | None = None,
    ) -> None:
        """Do something in the thread, then call ``then`` with what it returned, or ``failed`` with the error."""
        with self._lock:
            if self._closed:
                return
            self._waiting.put(_Work(do, then, failed or _log))
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="window background", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Forget what waits, and join the thread."""
        with self._lock:
            self._closed = True
            thread = self._thread
            self._waiting.put(None)
        if thread is not None:
            thread.join()

    def _serve(self) -> None:
        try:
            while (work := self._next()) is not None:
                call, answer = _done(work)
                with self._lock:
                    if self._closed:
                        return
                    self._answered.emit(call, answer)
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None  # whatever ended it, the next work starts another

    def _next(self) -> _Work | None:
        try:
            work = self._waiting.get(timeout=IDLE_S)
        except queue.Empty:
            with self._lock:
                if not self._waiting.empty() and not self._closed:
                    return self._waiting.get()
                self._thread = None
                return None
        return None if self._closed else work


def _done(work: _Work) -> tuple[Callable[[Any], None], Any]:
    """What is to be called with which answer."""
    try:
        return work.then, work.do()
    except SeisguiError as error:
        return work.failed, error
    except OSError as error:
        log.exception("work in the background")
        where = f" ({error.filename})" if error.filename else ""
        return work.failed, FailureError(f"A file could not be read: {error.strerror or error}{where}.")


def _log(error: SeisguiError) -> None:
    log.warning("%s", error)
