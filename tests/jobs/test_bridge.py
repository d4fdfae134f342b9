"""Replies of the workers arrive in the window as Qt signals, in its own thread."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from seisgui.gui.jobs_bridge import JobsBridge
from seisgui.jobs.messages import COMPUTE, CallRequest, LiveUpdate


@pytest.fixture
def bridge(qapp, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    bridge = JobsBridge(tmp_path / "tmp")
    yield bridge
    bridge.close()


def call(function: str, **arguments) -> CallRequest:
    return CallRequest(f"sample_jobs:{function}", arguments)


def test_a_job_becomes_signals_in_the_thread_of_the_window(bridge, qtbot):
    heard = []
    for name in ("started", "progress", "finished", "ended"):
        getattr(bridge, name).connect(
            lambda job_id, *rest, name=name: heard.append((name, job_id, *rest, threading.current_thread()))
        )
    with qtbot.waitSignal(bridge.ended, timeout=20_000):
        job = bridge.submit(call("count", steps=1))
    here = threading.main_thread()
    assert heard[0] == ("started", job, here)
    assert heard[1][2].done == 1
    assert heard[2:] == [("finished", job, 1, here), ("ended", job, here)]


def test_stop_discard_and_live_reach_the_right_job(bridge, qtbot):
    with qtbot.waitSignal(bridge.progress, timeout=20_000):
        stopped = bridge.submit(call("count", steps=2000, seconds=0.01))
    discarded = bridge.submit(call("count", steps=2000, seconds=0.01))
    with qtbot.waitSignal(bridge.finished, timeout=5000) as finished:
        bridge.stop(stopped)
    assert finished.args[0] == stopped
    with qtbot.waitSignal(bridge.discarded, timeout=5000) as gone:
        bridge.discard(discarded)
    assert gone.args == [discarded]
    live = bridge.submit(call("echo_live"))
    with qtbot.waitSignal(bridge.notice, timeout=20_000) as notice:  # libraries may be loading meanwhile
        bridge.live_update(live, LiveUpdate(3))
    assert notice.args[1].sentence == "revision 3 None"
    bridge.pause(live)
    bridge.resume(live)
    assert list(bridge.jobs()) == [live]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_dead_worker_is_told_and_the_next_job_works(bridge, qtbot):
    with qtbot.waitSignal(bridge.progress, timeout=20_000):
        job = bridge.submit(call("count", steps=2000, seconds=0.01))
    ended = []
    bridge.worker_ended.connect(ended.append)
    with qtbot.waitSignal(bridge.failed, timeout=5000) as failed:
        os.kill(bridge.client(COMPUTE).pid, signal.SIGKILL)
    assert failed.args[0] == job
    assert failed.args[1].sentence == ended[0].sentence
    with qtbot.waitSignal(bridge.finished, timeout=20_000):
        bridge.submit(call("count", steps=1))


def test_no_signal_comes_after_close(bridge, qtbot):
    heard = []
    bridge.progress.connect(lambda *arguments: heard.append(arguments))
    with qtbot.waitSignal(bridge.progress, timeout=20_000):
        bridge.submit(call("count", steps=2000, seconds=0.01))
    bridge.close()
    heard.clear()
    qtbot.wait(200)
    assert heard == []
