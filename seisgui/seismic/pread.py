"""Reading at a place of a file, also where the system knows no ``pread``."""

from __future__ import annotations

import os
import threading
from pathlib import Path

HAS_PREAD = hasattr(os, "preadv")


def pread_into(descriptor: int, view: memoryview, offset: int, lock: threading.Lock) -> int:
    """Read what is at ``offset`` into ``view``, as much as comes at once; returns how many bytes, 0 at the end.

    ``lock`` is that of the descriptor: without ``pread``, moving and reading must be one step.
    """
    if HAS_PREAD:
        return os.preadv(descriptor, [view], offset)
    with lock:
        os.lseek(descriptor, offset, os.SEEK_SET)
        data = os.read(descriptor, len(view))
    view[: len(data)] = data
    return len(data)


class ReadFile:
    """A file open for reading from any thread, closed when the last one lets go of it.

    Closing it under a reader would hand its number to the next file that is opened, and that one would be read.
    """

    def __init__(self, path: Path) -> None:
        self.descriptor = -1
        self._lock = threading.Lock()
        self.descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))

    def read_into(self, view: memoryview, offset: int) -> bool:
        """Fill ``view``; False where the file ends before."""
        done = 0
        while done < len(view):
            got = pread_into(self.descriptor, view[done:], offset + done, self._lock)
            if got <= 0:
                return False
            done += got
        return True

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
