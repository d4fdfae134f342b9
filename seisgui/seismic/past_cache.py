"""Large files written and read past the page cache, where the system allows it.

That is as fast as the disk, costs a fraction of the processor's time and takes no memory from other programs.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 4096  # of addresses, offsets and sizes
DIRECT = getattr(os, "O_DIRECT", 0)
PLAIN = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_past_cache(path: Path, flags: int) -> tuple[int, bool]:
    """A descriptor, and whether it goes past the page cache."""
    if DIRECT:
        try:
            return os.open(path, flags | DIRECT | PLAIN, 0o666), True
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
    return open_through_cache(path, flags), False


def open_through_cache(path: Path, flags: int) -> int:
    """A descriptor as any other."""
    return os.open(path, flags | PLAIN, 0o666)


def refused(error: OSError) -> bool:
    """True where a file system takes no such access after all, though it opened the file for it."""
    return error.errno == errno.EINVAL


def aligned(size: int) -> NDArray[np.uint8]:
    """Memory that can be written from and read into past the page cache."""
    raw = np.empty(size + ALIGNMENT, dtype=np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size]
