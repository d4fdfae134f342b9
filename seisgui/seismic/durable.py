"""Small files that are there whole or not at all, also after a power cut."""

from __future__ import annotations

import errno
import os
import uuid
from pathlib import Path

NO_FOLDERS = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EBADF}  # where a folder cannot be waited for


def write_durably(path: Path, content: bytes) -> None:
    """Replace a small file in one step that survives a crash of the machine; raises ``OSError`` as the disk does."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    synchronise(path.parent)


def synchronise(path: Path) -> None:
    """Wait until a file or folder is on the disk.

    Folders cannot be waited for on Windows and on some network mounts, where they are left to the system.
    """
    folder = path.is_dir()
    if folder and os.name == "nt":
        return
    try:
        descriptor = os.open(path, os.O_RDONLY if folder or os.name != "nt" else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if not folder or error.errno not in NO_FOLDERS:
            raise
