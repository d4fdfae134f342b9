"""A thread that reads for the window: of each pane only the newest request counts."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Request = TypeVar("Request")
Result = TypeVar("Result")

# How long the window waits for a reading thread to let go of the interpreter; by default it is ten times longer.
sys.setswitchinterval(0.0005)

IDLE_S = 1.0  # the thread ends by itself after this long without a request


class ReadingThread(Generic[Request, Result]):
    """Serves requests one by one, in the order of their keys; a newer one of a key replaces one that has not begun.

    ``serve`` runs in the thread; what it returns is handed to ``deliver`` there, unless it is None.
    """

    def __init__(self, name: str, serve: Callable[[Request], Result | None], deliver: Callable[[Result], None]) -> None:
        self._name = name
        self._serve, self._deliver = serve, deliver
        self._lock = threading.Condition()
        self._waiting: dict[Hashable, Request] = {}
        self._thread: threading.Thread | None = None
        self._busy = False
        self._closed = False

    @property
    def idle(self) -> bool:
        """Whether nothing waits or is being read."""
        return not self._waiting and not self._busy

    @property
    def waits(self) -> bool:
        """Whether a request waits for the one that is being read."""
        return bool(self._waiting)

    def submit(self, key: Hashable, request: Request) -> Request | None:
        """Queue a request; returns the older one that it replaces."""
        with self._lock:
            if self._closed:
                return None
            replaced = self._waiting.pop(key, None)
            self._waiting[key] = request
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._lock.notify()
            return replaced

    def drop(self, key: Hashable) -> None:
        """Forget what waits under a key."""
        with self._lock:
            self._waiting.pop(key, None)

    def close(self) -> None:
        """Forget what waits and join the thread."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            self._lock.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        try:
            while (request := self._next()) is not None:
                result = self._serve(request)
                with self._lock:
                    self._busy = False
                    if self._closed:
                        break
                    # Delivered under the lock: close() must not return while a result is on its way out.
                    try:
                        if result is not None:
                            self._deliver(result)
                    except RuntimeError:  # the widget that owned this reader was deleted without being closed
                        break
        finally:
            with self._lock:
                self._busy = False
                if self._thread is threading.current_thread():
                    self._thread = None  # whatever ended it, the next request starts another

    def _next(self) -> Request | None:
        with self._lock:
            if not self._waiting and not self._closed:
                self._lock.wait(IDLE_S)
            if self._closed or not self._waiting:
                self._thread = None
                return None
            self._busy = True
            return self._waiting.pop(next(iter(self._waiting)))
