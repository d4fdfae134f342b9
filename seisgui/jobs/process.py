"""Starting and ending one worker process."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

import platformdirs

from seisgui.jobs.messages import COMPUTE

logger = logging.getLogger(__name__)

LOGS_KEPT = 20
LOG_TAIL = 8000  # bytes of the log that go into the details of a failure
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


def log_folder() -> Path:
    """Where workers log: beside the caches where these have been moved, otherwise the user's log folder."""
    moved = os.environ.get("SEISGUI_CACHE")
    return Path(moved) / "log" if moved else platformdirs.user_log_path("seisgui", appauthor=False)


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_of(kind: str) -> int:
    """Threads of one computation: one core is left to the window."""
    return max(1, usable_cores() - 1) if kind == COMPUTE else 1


class WorkerProcess:
    """A running worker: its connection, its lifeline and its log."""

    def __init__(self, kind: str, logs: Path) -> None:
        self.kind = kind
        self.log = self._new_log(logs)
        ours, theirs = multiprocessing.Pipe()
        self.connection: Connection[Any, Any] = ours
        try:
            with self.log.open("ab") as log:
                self._process = self._start(theirs, log)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        logger.info("started the %s process %d", kind, self.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def _start(self, connection: Connection[Any, Any], log: IO[bytes]) -> subprocess.Popen[bytes]:
        handle = connection.fileno()
        command = [
            *_program(),
            "--kind",
            self.kind,
            "--connection",
            str(handle),
            "--threads",
            str(threads_of(self.kind)),
        ]
        # a session of its own: a terminal that closes under the window is no reason to end
        options: dict[str, Any] = {"pass_fds": (handle,), "start_new_session": True}
        if sys.platform == "win32":
            os.set_handle_inheritable(handle, True)
            startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
            options = {"startupinfo": startup, "creationflags": subprocess.CREATE_NO_WINDOW}
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=self._environment(), bufsize=0, **options
        )

    def _environment(self) -> dict[str, str]:
        threads = str(threads_of(self.kind))
        environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, threads), "OMP_WAIT_POLICY": "PASSIVE"}
        source = str(Path(__file__).parents[2])
        paths = environment.get("PYTHONPATH", "").split(os.pathsep)
        environment["PYTHONPATH"] = os.pathsep.join([path for path in [*paths, source] if path])
        return environment

    def _new_log(self, logs: Path) -> Path:
        logs.mkdir(parents=True, exist_ok=True)
        old = sorted(logs.glob("*.log"), key=written_at)
        for path in old[: -LOGS_KEPT + 1]:
            path.unlink(missing_ok=True)
        return logs / f"{self.kind}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{time.monotonic_ns() % 10**6}.log"

    def log_tail(self) -> str:
        """The end of what the worker has logged."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - LOG_TAIL))
                return log.read().decode(errors="replace")
        except OSError:
            return ""

    def wait(self, seconds: float) -> int | None:
        """Exit code (negative: signal), or None where it still runs after ``seconds``."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> int | None:
        """End it at once and release everything."""
        with contextlib.suppress(OSError):
            self._process.kill()
        code = self.wait(5.0)
        self.release()
        return code

    def release(self) -> None:
        """Close the connection and the lifeline."""
        for end in _closables(self.connection, self._process.stdin):
            with contextlib.suppress(OSError):
                end.close()


def _closables(*ends: Any) -> Iterable[Any]:
    return [end for end in ends if end is not None]


def _program() -> list[str]:
    """How this program starts itself as a worker; -P keeps a stray module in the current folder out."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--worker"]
    return [sys.executable, "-P", "-m", "seisgui.jobs.worker"]


def written_at(path: Path) -> float:
    """When a log was written last; 0 where another window has just swept it."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
