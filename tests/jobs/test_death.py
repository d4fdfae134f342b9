"""Workers die, and windows die: what is told, what goes on, what is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import COMPUTE, DATA, Discarded, Failed, Priority, Started, WorkerEnded

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@posix_only
def test_a_killed_worker_is_noticed_at_once_and_the_next_job_gets_a_fresh_one(worker):
    compute = worker(COMPUTE)
    job = compute.call("count", steps=2000, seconds=0.01)
    compute.event(job)
    first = compute.client.pid
    killed = time.monotonic()
    os.kill(first, signal.SIGKILL)
    failed = compute.end(job)
    assert time.monotonic() - killed < 0.5
    assert failed.sentence == "The compute process stopped unexpectedly (killed, or memory ran out)."
    assert failed.hint == "Your labels are safe; try again."
    assert not compute.client.alive
    assert compute.result(compute.call("count", steps=3)) == 3
    assert compute.client.pid != first


@posix_only
def test_jobs_that_had_not_started_are_done_by_the_fresh_worker(worker):
    compute = worker(COMPUTE)
    running = compute.call("count", steps=2000, seconds=0.01)
    waiting = [compute.call("count", steps=n) for n in (3, 4)]
    compute.event(running)
    os.kill(compute.client.pid, signal.SIGKILL)
    assert isinstance(compute.end(running), Failed)
    assert [compute.result(job) for job in waiting] == [3, 4]
    assert sum(isinstance(reply, WorkerEnded) for _, reply in compute.replies) == 1


@posix_only
def test_every_job_that_had_started_is_told(worker):
    compute = worker(COMPUTE)
    training = compute.call("count", steps=2000, seconds=0.01)
    compute.event(training)
    live = compute.call("count", steps=2000, seconds=0.01, priority=Priority.LIVE)
    compute.event(live)
    os.kill(compute.client.pid, signal.SIGKILL)
    assert isinstance(compute.end(training), Failed)
    assert isinstance(compute.end(live), Failed)


@posix_only
def test_a_paused_job_that_had_not_started_stays_paused_in_the_fresh_worker(worker):
    compute = worker(COMPUTE)
    running = compute.call("count", steps=2000, seconds=0.01)
    paused = compute.call("count", steps=5)
    compute.client.pause(paused)
    compute.event(running)
    os.kill(compute.client.pid, signal.SIGKILL)
    compute.end(running)
    compute.result(compute.call("count", steps=1))
    assert Started(paused) not in compute.of(paused)
    compute.client.resume(paused)
    assert compute.result(paused) == 5


@posix_only
def test_a_segmentation_fault_is_named_and_its_traceback_kept(worker):
    compute = worker(COMPUTE)
    failed = compute.end(compute.call("crash"))
    assert "segmentation fault" in failed.sentence
    assert "sample_jobs.py" in failed.details


def test_a_worker_that_cannot_start_is_a_sentence(worker, monkeypatch):
    compute = worker(COMPUTE)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    failed = compute.end(compute.call("count", steps=1))
    assert failed.sentence == "The compute process cannot be started: No such file or directory."


def test_a_worker_that_dies_before_any_job_starts_is_tried_twice(worker, monkeypatch, tmp_path):
    broken = tmp_path / "sitecustomize.py"
    broken.write_text("raise SystemExit(9)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    compute = worker(COMPUTE)
    failed = compute.end(compute.call("count", steps=1))
    assert isinstance(failed, Failed)
    assert "stopped unexpectedly" in failed.sentence
    assert sum(isinstance(reply, WorkerEnded) for _, reply in compute.replies) == 2


def test_a_discarded_job_that_does_not_end_is_ended_by_force(worker, monkeypatch):
    monkeypatch.setattr("seisgui.jobs.client.DISCARD_PATIENCE_S", 0.5)
    compute = worker(COMPUTE)
    job = compute.call("hold_interpreter", seconds=30)
    compute.event(job)
    time.sleep(0.1)
    asked = time.monotonic()
    compute.client.cancel(job)
    assert compute.end(job) == Discarded(job)
    assert time.monotonic() - asked < 1.5
    assert compute.result(compute.call("count", steps=2)) == 2


@pytest.mark.parametrize("job", ["hold_interpreter", "hold_without_interpreter"])
def test_closing_does_not_wait_for_a_long_c_call(worker, job):
    compute = worker(COMPUTE)
    compute.event(compute.call(job, seconds=30))
    pid = compute.client.pid
    started = time.monotonic()
    compute.client.close()
    assert time.monotonic() - started < 2.5
    assert not psutil.pid_exists(pid)


WINDOW = """
import sys, time
from pathlib import Path
from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import CallRequest, JobEvent
clients = [JobClient(kind, logs=Path(sys.argv[1])) for kind in ("data", "compute")]
for client in clients:
    client.submit(CallRequest("sample_jobs:" + sys.argv[2], eval(sys.argv[3]), client.kind))
for client in clients:
    while not any(isinstance(reply, JobEvent) for reply in client.poll(1)):
        pass
print(*[client.pid for client in clients], flush=True)
time.sleep(60)
"""


@posix_only
@pytest.mark.parametrize(
    ("job", "arguments"),
    [("hold_interpreter", "dict(seconds=30)"), ("hold_without_interpreter", "dict(seconds=30)")],
)
def test_workers_end_within_two_seconds_of_the_window(tmp_path, monkeypatch, job, arguments):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    command = [sys.executable, "-c", WINDOW, str(tmp_path), job, arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as window:
        workers = [psutil.Process(int(pid)) for pid in window.stdout.readline().split()]
        assert len(workers) == 2
        window.kill()
    _, alive = psutil.wait_procs(workers, timeout=2.0)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@posix_only
def test_an_orphaned_job_is_closed_and_leaves_no_half_written_file(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    command = [sys.executable, "-c", WINDOW, str(tmp_path), "hold", f"dict(folder={str(tmp_path)!r})"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as window:
        workers = [psutil.Process(int(pid)) for pid in window.stdout.readline().split()]
        assert (tmp_path / "half-written.part").exists()
        window.kill()
    psutil.wait_procs(workers, timeout=2.0)
    assert not (tmp_path / "half-written.part").exists()


@posix_only
def test_a_suspended_worker_falls_silent_and_can_still_be_closed(tmp_path):
    client = JobClient(DATA, logs=tmp_path)
    client.start()
    while not client.poll(5):
        pass
    os.kill(client.pid, signal.SIGSTOP)
    time.sleep(1.5)
    assert client.silent_s > 1
    started = time.monotonic()
    client.close()
    assert time.monotonic() - started < 4


def test_the_installed_program_starts_itself_as_a_worker_as_a_frozen_one_does(worker, monkeypatch):
    program = Path(sys.executable).with_name("seisgui")
    if not program.exists():
        pytest.skip(f"the program is not installed: {program} does not exist")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    compute = worker(COMPUTE)
    arguments = compute.result(compute.call("environment"))["arguments"]
    assert "--worker" in arguments
