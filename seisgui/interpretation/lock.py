"""Who has the project open for writing: a lock file with host, process and heartbeat."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from seisgui.errors import LockedError

log = logging.getLogger(__name__)

FILE_NAME = "lock.json"
STALE_S = 60.0
START_TOLERANCE_S = 2.0
WRITING_S = 3.0


@dataclass(frozen=True, slots=True)
class LockHolder:
    """What a lock file says about the one who wrote it."""

    host: str
    pid: int
    started: float  # when that process started, to tell it from a later one with the same number
    heartbeat: float
    token: str
    node: int  # number of the file on its disk: a copied folder carries a lock that is nobody's

    @property
    def here(self) -> bool:
        """True where the holder ran on this machine."""
        return self.host == platform.node()

    @property
    def quiet_for(self) -> float:
        """Seconds since the last sign of life."""
        return max(0.0, time.time() - self.heartbeat)

    @property
    def dead(self) -> bool:
        """True where the process is certainly gone: it ran on this machine and does not any more."""
        if not self.here:
            return False
        try:
            return bool(abs(psutil.Process(self.pid).create_time() - self.started) > START_TOLERANCE_S)
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            return False


class ProjectLock:
    """The lock of one project folder, held from :meth:`take` to :meth:`release`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.token = uuid.uuid4().hex
        self._held = False

    def take(self, *, break_lock: bool = False) -> None:
        """Take the lock, from a dead holder too; raises ``LockedError`` where somebody else holds it.

        ``break_lock`` takes it as well from a holder that gave no sign of life for a minute.
        """
        if not self._create():
            holder = read_holder(self.path)
            if not (illegible_and_old(self.path) if holder is None else may_take_over(holder, self.path, break_lock)):
                raise locked(holder, self.path)
            self._remove_stale(holder)
            if not self._create():
                raise locked(read_holder(self.path), self.path)
        self._held = True

    def beat(self) -> None:
        """Refresh the heartbeat; raises ``LockedError`` where somebody took the lock meanwhile."""
        if not self._held:
            return
        holder = read_holder(self.path)
        if holder is not None and holder.token != self.token:
            self._held = False
            raise LockedError(
                f"The project {self.path.parent} was taken over by process {holder.pid} on {holder.host}.",
                "Close this window; edits since then are not saved.",
            )
        with self.path.open("r+" if holder else "w", encoding="utf-8") as file:
            self._write(file)

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        if not self._held:
            return
        self._held = False
        holder = read_holder(self.path)
        if holder is not None and holder.token == self.token:
            with contextlib.suppress(OSError):
                self.path.unlink()

    def _create(self) -> bool:
        try:
            descriptor = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            return False
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            self._write(file)
        return True

    def _write(self, file: Any) -> None:
        document = {
            "host": platform.node(),
            "pid": os.getpid(),
            "started": psutil.Process().create_time(),
            "heartbeat": time.time(),
            "token": self.token,
            "node": os.fstat(file.fileno()).st_ino,
        }
        # one write of constant length: a reader never sees half a document
        file.write(json.dumps(document).ljust(512))
        file.flush()

    def _remove_stale(self, holder: LockHolder | None) -> None:
        """Move the stale file away first: of two who try, one moves it."""
        aside = self.path.with_name(f"{FILE_NAME}.{self.token}")
        try:
            self.path.rename(aside)
        except FileNotFoundError:
            return
        moved = read_holder(aside)
        if holder is not None and moved is not None and moved.token != holder.token:
            # somebody was faster, and this is the lock just made: put it back
            with contextlib.suppress(FileExistsError, OSError):
                os.link(aside, self.path)
            aside.unlink()
            raise locked(moved, self.path)
        aside.unlink()
        if holder is not None:
            log.info("stale lock of process %d on %s removed", holder.pid, holder.host)


def read_holder(path: Path) -> LockHolder | None:
    """What the lock file says; None where there is none or it is not legible (then nobody vouches for it)."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return LockHolder(
            str(document["host"]),
            int(document["pid"]),
            float(document["started"]),
            float(document["heartbeat"]),
            str(document["token"]),
            int(document["node"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def may_take_over(holder: LockHolder, path: Path, break_lock: bool) -> bool:
    """True for a lock that nobody holds any more."""
    if holder.dead or (holder.here and copied(holder, path)):
        return True
    return break_lock and holder.quiet_for > STALE_S


def illegible_and_old(path: Path) -> bool:
    """True unless somebody is writing the lock at this very moment."""
    try:
        return time.time() - path.stat().st_mtime > WRITING_S
    except OSError:
        return True


def copied(holder: LockHolder, path: Path) -> bool:
    """True where the lock file came here with a copied folder."""
    try:
        return path.stat().st_ino != holder.node
    except OSError:
        return False


def locked(holder: LockHolder | None, path: Path) -> LockedError:
    """The sentence for the second opener."""
    if holder is None:
        return LockedError(f"The project {path.parent} is being opened by another process.", "Try again in a moment.")
    who = f"process {holder.pid}" + ("" if holder.here else f" on {holder.host}")
    if holder.quiet_for > STALE_S:
        return LockedError(
            f"The project {path.parent} is locked by {who}, which gave no sign of life for "
            f"{holder.quiet_for / 60:.0f} minutes.",
            "Open it read-only, or break the lock if that program is gone.",
        )
    return LockedError(
        f"The project {path.parent} is open for writing in {who}.",
        "Open it read-only, or close the other window first.",
    )
