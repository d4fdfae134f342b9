"""Files on their way to becoming whole: their names, and what dead writers left behind."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
import uuid
import zlib
from pathlib import Path

import psutil

logger = logging.getLogger(__name__)

NAME = re.compile(r"\.seisgui-(?P<host>[0-9a-f]{8})-(?P<owner>\d+)-[0-9a-f]{8}\.part")


def draft_path(folder: Path) -> Path:
    """A new name for a file that this process writes in ``folder`` and renames once it is whole."""
    return folder / f".seisgui-{_host()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.part"


def sweep_drafts(folder: Path) -> int:
    """Remove drafts whose writer, on this computer, is dead; returns how many."""
    removed = 0
    for path in folder.glob(".seisgui-*.part"):
        name = NAME.fullmatch(path.name)
        if name and name["host"] == _host() and not _is_alive(int(name["owner"])):
            with contextlib.suppress(OSError):
                path.unlink()
                removed += 1
    if removed:
        logger.info("removed %d left-over drafts from %s", removed, folder)
    return removed


def _host() -> str:
    return f"{zlib.crc32(socket.gethostname().encode()):08x}"


def _is_alive(process_id: int) -> bool:
    try:
        return bool(psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
