"""Many files, few of them open: a set of records may come from thousands, more than a process may hold."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from seisgui.errors import InputError
from seisgui.seismic.pread import ReadFile

MOST_OPEN = 200

Opened = TypeVar("Opened")


class OpenFiles:
    """The files that were used last; those that are let go are closed when nobody reads them any more."""

    def __init__(self, most: int = MOST_OPEN) -> None:
        self._most = most
        self._files: OrderedDict[object, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, owner: object, opening: Callable[[], Opened]) -> Opened:
        """What ``owner`` has opened, or opens now; the owner calls ``close`` at the end."""
        with self._lock:
            found: Opened | None = self._files.get(owner)
            if found is None:
                found = self._files[owner] = opening()
                while len(self._files) > self._most:
                    self._files.popitem(last=False)
            self._files.move_to_end(owner)
            return found

    def close(self, owner: object) -> None:
        """Let go of what ``owner`` has open."""
        with self._lock:
            self._files.pop(owner, None)

    def __len__(self) -> int:
        return len(self._files)


FILES = OpenFiles()


class SampleFile:
    """A file of samples, opened when it is read and known to be the same as at first; any thread may read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._closed = False
        try:
            self._identity = _identity(os.stat(path))  # noqa: PTH116  as for open files below
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error

    @property
    def size(self) -> int:
        return self._identity[1]

    def read_into(self, view: memoryview, offset: int) -> None:
        """Fill ``view``; ``InputError`` where the file has been closed, changed, cut off or removed."""
        if self._closed:
            raise InputError(f"{self.path.name} has been closed.", "Open it again.")
        file = FILES.get(self, self._open)
        try:
            whole = file.read_into(view, offset)
        except OSError as error:
            raise InputError(f"{self.path.name} cannot be read: {error.strerror or error}.") from error
        if not whole:
            raise InputError(f"{self.path.name} ends early: it was changed while it was open.", "Open it again.")

    def _open(self) -> ReadFile:
        try:
            file = ReadFile(self.path)
        except OSError as error:
            raise InputError(
                f"{self.path.name} is gone: {error.strerror or error} ({self.path}).", "Put it back, or locate it."
            ) from error
        if _identity(os.fstat(file.descriptor)) != self._identity:
            raise InputError(f"{self.path.name} was changed or replaced while it was open.", "Open it again.")
        return file

    def close(self) -> None:
        self._closed = True
        FILES.close(self)


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
