"""Jobs whose outcome is one caller's alone."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import Future

import pytest

from seisgui.errors import FailureError
from seisgui.jobs.client import Answer, JobClient
from seisgui.jobs.errors import WorkerGoneError
from seisgui.jobs.messages import DATA, CallRequest, Priority

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
PATIENCE_S = 40.0


def ask(client: JobClient, function: str, **arguments) -> Answer:
    return client.ask(CallRequest(f"sample_jobs:{function}", arguments, DATA), Priority.VISIBLE)


def error_of(outcome: Future) -> BaseException | None:
    return outcome.exception(PATIENCE_S)


def until_heard(answer: Answer) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while answer.heard is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_caller_has_the_outcome_and_nobody_else_hears_of_the_job(worker):
    data = worker(DATA)
    answers = [ask(data.client, "count", steps=steps) for steps in (2, 3)]
    refused, blundered = ask(data.client, "refuse"), ask(data.client, "blunder")
    assert not data.client.jobs
    assert [answer.outcome.result(PATIENCE_S) for answer in answers] == [2, 3]
    assert all(answer.heard is not None for answer in answers)
    assert str(error_of(refused.outcome)) == "line.sgy has no traces. Copy it again."
    assert isinstance(error_of(blundered.outcome), FailureError)
    job = data.call("count", steps=1)
    assert data.result(job) == 1
    heard = {getattr(reply, "job_id", job) for _, reply in data.replies}
    assert heard == {job}


def test_a_cancelled_one_is_discarded_but_never_with_the_process(worker, monkeypatch):
    monkeypatch.setattr("seisgui.jobs.client.DISCARD_PATIENCE_S", 0.2)
    data = worker(DATA)
    job = data.call("hold_without_interpreter", seconds=1.5)  # as a long step of an export
    data.event(job)
    answer = ask(data.client, "count", steps=2)
    data.client.cancel(answer.job_id)
    assert "cancelled" in str(error_of(answer.outcome))
    assert data.result(job) is None


@posix_only
def test_a_dead_worker_ends_those_it_was_told_of_and_they_are_not_tried_again(worker):
    data = worker(DATA)
    running = ask(data.client, "count", steps=2000, seconds=0.01)
    until_heard(running)
    holding = data.call("hold_interpreter", priority=Priority.LIVE, seconds=30)
    data.event(holding)
    waiting = ask(data.client, "count", steps=3)
    time.sleep(0.1)
    os.kill(data.client.pid, signal.SIGKILL)
    for answer in (running, waiting):
        assert isinstance(error_of(answer.outcome), WorkerGoneError)
    assert waiting.heard is None
    assert ask(data.client, "count", steps=4).outcome.result(PATIENCE_S) == 4


def test_closing_answers_all_who_wait(worker):
    data = worker(DATA)
    running = ask(data.client, "count", steps=2000, seconds=0.01)
    until_heard(running)
    data.client.close()
    assert isinstance(running.outcome.exception(0), FailureError)
    with pytest.raises(RuntimeError):
        ask(data.client, "count", steps=1)
