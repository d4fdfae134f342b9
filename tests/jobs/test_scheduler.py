"""What the scheduler knows of its jobs without running them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seisgui.jobs.messages import CallRequest, Priority
from seisgui.jobs.scheduler import Job, Scheduler


@pytest.mark.parametrize("priority", list(Priority))
def test_only_a_live_session_keeps_slow_preparations_away(priority):
    scheduler = Scheduler(lambda job: iter(()), lambda reply: None)
    assert not scheduler.answering
    scheduler.submit(Job("a", CallRequest("sample_jobs:nothing", {"path": Path("x")}, "compute"), priority))
    assert scheduler.answering == (priority is Priority.LIVE)
    scheduler.pause("a", paused=True)
    assert not scheduler.answering
