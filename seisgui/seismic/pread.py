"""Reading at a place of a file, also where the system knows no ``pread``."""

from __future__ import annotations

import os
import threading

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
