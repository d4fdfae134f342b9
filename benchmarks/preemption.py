"""How long an overlay of a visible section waits for its turn while a training runs, and how soon a death is told."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Generator

from benchmarks.registry import Result
from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import COMPUTE, CallRequest, Failed, JobEvent, Notice, Priority, Progress

PROMISE = "a visible overlay gets its turn within one step of a running training; a dead worker is told in .5 s"
STEP_S = 0.05
ROUNDS = 20


def busy_steps() -> Generator[Progress, None, None]:
    """A training without an end whose steps compute for ``STEP_S`` each."""
    while True:
        until = time.perf_counter() + STEP_S
        while time.perf_counter() < until:
            sum(range(1000))
        yield Progress(0, 1)


def answer() -> Generator[Notice, None, None]:
    """An overlay that takes no time."""
    yield Notice("here")


def wait_for(client: JobClient, job_id: str, kind: type) -> float:
    """Time at which the first reply of this kind came."""
    while True:
        for reply in client.poll(10.0):
            if isinstance(reply, kind) and reply.job_id == job_id:
                return time.perf_counter()


def measure() -> Result:
    with JobClient(COMPUTE) as client:
        training = client.submit(CallRequest("benchmarks.preemption:busy_steps"))
        wait_for(client, training, JobEvent)
        waits = []
        for _ in range(ROUNDS):
            asked = time.perf_counter()
            job = client.submit(CallRequest("benchmarks.preemption:answer"), Priority.VISIBLE)
            waits.append(wait_for(client, job, JobEvent) - asked)
            time.sleep(0.03)
        assert client.pid is not None
        killed = time.perf_counter()
        os.kill(client.pid, signal.SIGKILL)
        told = wait_for(client, training, Failed) - killed
    median, worst = statistics.median(waits), max(waits)
    figure = (
        f"turn after {median * 1e3:.0f} ms (median), {worst * 1e3:.0f} ms (worst) at steps of {STEP_S * 1e3:.0f} ms"
    )
    return Result(
        f"{figure}; death told after {told * 1e3:.0f} ms",
        worst < 2.5 * STEP_S and told < 0.5,
        {"median_s": median, "worst_s": worst, "death_told_s": told},
    )
