"""Small files are there whole or not at all, on file systems of all kinds."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from seisgui.seismic.durable import synchronise, write_durably


def refuse(monkeypatch: pytest.MonkeyPatch, kind: str, code: int) -> None:
    """Let fsync of files or folders fail."""
    fsync = os.fsync

    def fails(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) == (kind == "folder"):
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fails)


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_mounts_that_cannot_sync_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    refuse(monkeypatch, "folder", code)
    write_durably(tmp_path / "record.json", b"new")
    assert (tmp_path / "record.json").read_bytes() == b"new"


def test_a_disk_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, "folder", errno.EIO)
    with pytest.raises(OSError, match="Input/output error"):
        synchronise(tmp_path)


def test_what_was_there_stays_where_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = tmp_path / "record.json"
    record.write_bytes(b"old")
    refuse(monkeypatch, "file", errno.EINVAL)
    with pytest.raises(OSError, match="Invalid argument"):
        write_durably(record, b"new")
    assert record.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]
