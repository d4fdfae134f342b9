"""The one thread that writes the project file."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seisgui.errors import FailureError, LockedError, SeisguiError
from seisgui.interpretation.database import connect, require_space, set_durability

log = logging.getLogger(__name__)

Job = Callable[[sqlite3.Connection], None]
RETRY_S = 0.5
HEARTBEAT_S = 5.0
CHECK_S = 1.0  # wall clock: a lock is taken from a process that slept, never from one that wrote a second ago


@dataclass(frozen=True, slots=True)
class Task:
    """One transaction; ``revision`` is told as saved once it is committed."""

    job: Job
    revision: int | None = None


class Writer:
    """Runs transactions in the order in which they were handed over, on a thread of its own.

    A transaction that fails because the disk is full or gone is tried again until it succeeds or the writer is closed;
    ``on_trouble`` gets the sentence once. ``on_saved`` and ``on_trouble`` are called from the writer thread.
    """

    def __init__(
        self,
        path: Path,
        *,
        network: bool,
        token: str,
        heartbeat: Callable[[], None],
        on_saved: Callable[[int], None],
        on_trouble: Callable[[SeisguiError], None],
    ) -> None:
        self._path = path
        self._token = token
        self._heartbeat = heartbeat
        self._on_saved = on_saved
        self._on_trouble = on_trouble
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._idle = threading.Condition()
        self._pending = 0
        self._closing = False
        self.trouble: SeisguiError | None = None
        self._dead = False
        self._checked = 0.0
        self._ousted = False  # somebody else took the lock
        self._connection = connect(path, read_only=False)
        try:
            self.mode = set_durability(self._connection, network)
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('writer', ?)", (token,))
        except sqlite3.Error:
            self._connection.close()
            raise
        self._thread = threading.Thread(target=self._run, name="project-writer", daemon=True)
        self._thread.start()

    @property
    def pending(self) -> int:
        """Transactions handed over and not yet committed."""
        return self._pending

    def submit(self, job: Job, revision: int | None = None) -> None:
        """Hand over one transaction; raises ``FailureError`` where the writer has given up."""
        if self._dead and self.trouble is not None:
            raise self.trouble
        with self._idle:
            self._pending += 1
        self._tasks.put(Task(job, revision))

    def wait(self, timeout: float) -> bool:
        """Wait until everything handed over is committed; False after ``timeout`` seconds or when that is hopeless."""
        with self._idle:
            self._idle.wait_for(lambda: self._pending == 0 or self._dead, timeout)
            return self._pending == 0

    def close(self) -> None:
        """Commit what is pending, close the file; raises the trouble where something could not be written."""
        self._closing = True
        self._tasks.put(None)
        self._thread.join()
        if self._pending and self.trouble is not None:
            raise self.trouble

    def _run(self) -> None:
        beat = time.monotonic()
        while True:
            try:
                task = self._tasks.get(timeout=max(0.05, beat + HEARTBEAT_S - time.monotonic()))
            except queue.Empty:
                beat = self._beat()
                if self._ousted:
                    break
                continue
            if task is None or not self._carry_out(task):
                break
            if time.monotonic() - beat > HEARTBEAT_S:
                beat = self._beat()
            if self._ousted:
                break
        self._end()

    def _carry_out(self, task: Task) -> bool:
        """Commit one task, as often as it takes; False where the writer must end."""
        while True:
            try:
                self._transaction(task)
                break
            except (sqlite3.OperationalError, OSError) as error:
                self._report(require_space(error, self._path.parent))
                if self._closing:
                    return False
                self._beat()
                time.sleep(RETRY_S)
            except SeisguiError as error:
                self._report(error)
                return False
            except Exception as error:  # a fault of ours must not silently lose what follows
                log.exception("writing the project failed")
                self._report(FailureError(f"The project {self._path.parent} cannot be written: {error}."))
                return False
        self.trouble = None
        with self._idle:
            self._pending -= 1
            self._idle.notify_all()
        if task.revision is not None:
            self._tell_saved(task.revision)
        return True

    def _transaction(self, task: Task) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            if abs(time.time() - self._checked) > CHECK_S:
                self._require_token()
            task.job(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _require_token(self) -> None:
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'writer'").fetchone()
        if row is None or row[0] != self._token:
            raise LockedError(
                f"Another process writes the project {self._path.parent} now.",
                "Close this window; edits since then are not saved.",
            )
        self._checked = time.time()

    def _tell_saved(self, revision: int) -> None:
        try:
            self._on_saved(revision)
        except Exception:
            log.exception("a listener of 'saved' failed")

    def _report(self, error: SeisguiError) -> None:
        first = self.trouble is None
        self.trouble = error
        if first:
            log.error("%s", error)
            try:
                self._on_trouble(error)
            except Exception:
                log.exception("a listener of 'trouble' failed")

    def _beat(self) -> float:
        try:
            self._heartbeat()
        except OSError as error:
            log.warning("the lock file cannot be refreshed: %s", error)
        except LockedError as error:
            self._ousted = True
            self._report(error)
        return time.monotonic()

    def _end(self) -> None:
        with self._idle:
            self._dead = True
            self._idle.notify_all()
        try:
            self._connection.execute("PRAGMA optimize")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()
        except sqlite3.Error as error:
            log.warning("closing %s: %s", self._path, error)
