"""Arrays on their way between processes: .npy files in the project's ``tmp`` folder.

A file is named after the process that wrote it, so that whatever a dead process left can be swept at start
without touching the files of a living one.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

STALE_S = 3600.0  # files that do not name their process

_numbers = itertools.count(1)


def put_array(folder: Path, array: NDArray[Any]) -> Path:
    """Write ``array`` to a new file in ``folder`` (complete before it has its name) and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{next(_numbers)}.npy"
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as stream:
            np.save(stream, array, allow_pickle=False)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return path


def take_array(path: Path) -> NDArray[Any]:
    """Read an array and remove its file; raises ``FileNotFoundError`` where somebody has taken it already."""
    array: NDArray[Any] = np.load(path, allow_pickle=False)
    path.unlink(missing_ok=True)
    return array


def sweep(folder: Path) -> int:
    """Remove what dead processes left: files named after them, and others older than an hour; returns how many."""
    removed = 0
    for path in folder.glob("*"):
        if path.is_file() and _is_left_over(path):
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
    if removed:
        logger.info("removed %d left-over files from %s", removed, folder)
    return removed


def _is_left_over(path: Path) -> bool:
    owner, dash, _ = path.name.partition("-")
    if dash and owner.isdecimal():
        return not psutil.pid_exists(int(owner))
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime > STALE_S
    return False
