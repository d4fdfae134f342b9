"""Real worker processes for the tests of this room."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from following import Follower

from seisgui.jobs.client import JobClient


@pytest.fixture
def worker(monkeypatch, tmp_path):
    """Make clients whose workers can import ``sample_jobs``; all are closed at the end."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    followers = []

    def make(kind: str) -> Follower:
        followers.append(Follower(JobClient(kind, tmp_path / "tmp", logs=tmp_path / "log")))
        return followers[-1]

    yield make
    for follower in followers:
        started = time.monotonic()
        follower.client.close()
        assert time.monotonic() - started < 4
