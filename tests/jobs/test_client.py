"""Jobs in a real worker process: queue, turns, stop, discard, pause, live news, errors."""

from __future__ import annotations

import os
import random
import sys
import time

import pytest

from seisgui.jobs.messages import (
    COMPUTE,
    DATA,
    Discarded,
    Failed,
    JobEvent,
    LiveUpdate,
    Notice,
    Priority,
    Progress,
    Started,
    Status,
)
from seisgui.jobs.process import threads_of, usable_cores
from seisgui.seismic.axes import Orientation, SectionRef


def test_a_job_tells_its_start_its_progress_and_its_result(worker):
    data = worker(DATA)
    job = data.call("count", steps=3)
    assert data.result(job) == 3
    replies = data.of(job)
    assert replies[0] == Started(job)
    assert replies[1] == JobEvent(job, Progress(1, 3, "counting"))
    assert replies[-2] == JobEvent(job, Progress(3, 3, "counting"))


def test_submitting_does_not_wait_for_the_process_to_start(worker):
    data = worker(DATA)
    started = time.perf_counter()
    data.call("count", steps=1)
    assert time.perf_counter() - started < 0.02


def test_visible_overlays_preempt_training_at_the_next_step(worker):
    compute = worker(COMPUTE)
    training = compute.call("count", steps=2000, seconds=0.02)
    compute.event(training)
    asked = time.monotonic()
    overlay = compute.call("announce", word="coarse", priority=Priority.VISIBLE)
    compute.end(overlay)
    answered = next(when for when, reply in compute.replies if isinstance(reply, JobEvent) and reply.job_id == overlay)
    assert answered - asked < 0.3
    assert training in compute.client.jobs
    compute.client.cancel(training)


def test_priorities_are_live_then_visible_then_training_then_whole_survey(worker):
    data = worker(DATA)
    gate = data.call("announce", word="gate", steps=1, seconds=0.5, priority=Priority.LIVE)
    data.started(gate)
    for priority in (Priority.VOLUME, Priority.TRAINING, Priority.VISIBLE, Priority.LIVE):
        last = data.call("announce", word=priority.name, steps=2, priority=priority)
    data.end(last)
    while data.client.jobs:
        data.replies += [(0.0, reply) for reply in data.client.poll(0.2)]
    told = [reply.event.sentence for _, reply in data.replies if isinstance(reply, JobEvent)]
    assert told == ["gate", "LIVE", "LIVE", "VISIBLE", "VISIBLE", "TRAINING", "TRAINING", "VOLUME", "VOLUME"]


def test_of_two_visible_requests_the_newer_comes_first_and_of_two_trainings_the_older(worker):
    data = worker(DATA)
    gate = data.call("announce", word="gate", steps=1, seconds=0.5, priority=Priority.LIVE)
    data.started(gate)
    jobs = [data.call("announce", word=word, priority=Priority.VISIBLE) for word in ("old view", "new view")]
    jobs += [data.call("announce", word=word, priority=Priority.TRAINING) for word in ("first run", "second run")]
    for job in jobs:
        data.end(job)
    told = [reply.event.sentence for _, reply in data.replies if isinstance(reply, JobEvent)]
    assert told == ["gate", "new view", "old view", "first run", "second run"]


def test_stop_lets_the_job_finish_with_what_it_has(worker):
    data = worker(DATA)
    job = data.call("count", steps=2000, seconds=0.01)
    data.event(job)
    data.client.cancel(job, keep_best=True)
    assert 0 < data.result(job) < 2000


def test_discard_closes_the_job_and_it_leaves_nothing(worker, tmp_path):
    data = worker(DATA)
    job = data.call("hold", folder=str(tmp_path))
    data.event(job)
    assert (tmp_path / "half-written.part").exists()
    data.client.cancel(job)
    assert data.end(job) == Discarded(job)
    assert not (tmp_path / "half-written.part").exists()


def test_a_job_discarded_before_its_turn_never_starts(worker):
    data = worker(DATA)
    running = data.call("count", steps=30, seconds=0.02)
    waiting = data.call("count", steps=1)
    data.client.cancel(waiting)
    assert data.end(waiting) == Discarded(waiting)
    assert data.result(running) == 30
    assert Started(waiting) not in data.of(waiting)


def test_a_paused_job_takes_no_step_until_it_goes_on(worker):
    data = worker(DATA)
    job = data.call("announce", word="step", steps=20, seconds=0.02)
    data.event(job)
    data.client.pause(job)
    data.result(data.call("count", steps=1))  # the pause has been read before this
    before = len(data.of(job))
    data.result(data.call("count", steps=10, seconds=0.03))
    assert len(data.of(job)) == before
    data.client.resume(job)
    assert data.result(job) == "step"


def test_a_paused_job_can_be_stopped_and_discarded(worker):
    data = worker(DATA)
    jobs = [data.call("count", steps=2000, seconds=0.01) for _ in range(2)]
    data.event(jobs[0])
    for job in jobs:
        data.client.pause(job)
    data.client.cancel(jobs[0], keep_best=True)
    data.client.cancel(jobs[1])
    assert data.result(jobs[0]) < 2000
    assert data.end(jobs[1]) == Discarded(jobs[1])


def test_live_news_reach_the_session_merged_and_it_rests_in_between(worker):
    compute = worker(COMPUTE)
    live = compute.call("echo_live", priority=Priority.LIVE)
    compute.started(live)
    section = SectionRef(Orientation.INLINE, 339)
    compute.client.live_update(live, LiveUpdate(7, (section,)))
    assert compute.event(live, Notice).sentence == f"revision 7 {(section,)}"
    # the session has nothing to do: training gets its turns
    assert compute.result(compute.call("count", steps=20, seconds=0.001)) == 20
    busy = compute.call("announce", word="busy", seconds=0.5, priority=Priority.LIVE)
    compute.started(busy)
    compute.client.live_update(live, LiveUpdate(8, (section,)))
    compute.client.live_update(live, LiveUpdate(9))
    compute.end(busy)
    compute.client.cancel(live, keep_best=True)
    assert compute.result(live) == [7, 9]
    assert compute.of(live)[2].event.sentence == f"revision 9 {(section,)}"


def test_an_error_for_the_user_keeps_its_sentence_and_hint(worker):
    data = worker(DATA)
    failed = data.end(data.call("refuse"))
    assert isinstance(failed, Failed)
    assert (failed.sentence, failed.hint) == ("line.sgy has no traces.", "Copy it again.")


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ("blunder", "The job blunder failed with an unexpected error: ZeroDivisionError"),
        ("exhaust", "The job exhaust failed because memory ran out."),
        ("too_large", "The job too_large failed with an unexpected error: ValueError"),
        ("unpicklable", "The job unpicklable failed with an unexpected error: "),
        ("no_such_job", "The job no_such_job failed with an unexpected error: AttributeError"),
    ],
)
def test_any_other_error_is_a_sentence_with_the_traceback_as_details(worker, job, sentence):
    data = worker(DATA)
    failed = data.end(data.call(job))
    assert isinstance(failed, Failed)
    assert failed.sentence.startswith(sentence)
    assert "Traceback" in failed.details
    assert data.result(data.call("count", steps=2)) == 2, "the worker goes on"


def test_a_job_that_yields_in_inference_mode_fails_and_leaves_the_next_one_alone(worker):
    compute = worker(COMPUTE)
    failed = compute.end(compute.call("leak_inference_mode"), seconds=60)
    assert isinstance(failed, Failed)
    assert "inference_mode" in failed.sentence
    assert compute.result(compute.call("count", steps=2)) == 2


def test_a_preempted_job_draws_the_same_random_numbers(worker):
    data = worker(DATA)
    alone = data.call("draw", seed=1, steps=20)
    data.event(alone)
    for seed in range(5):
        data.end(data.call("draw", seed=seed, steps=1, priority=Priority.VISIBLE))
    generator = random.Random(1)
    assert data.result(alone) == [generator.random() for _ in range(20)]


def test_workers_step_back_behind_the_window_and_carry_no_secret_in_their_arguments(worker):
    seen = {kind: worker(kind) for kind in (DATA, COMPUTE)}
    results = {kind: follower.result(follower.call("environment")) for kind, follower in seen.items()}
    assert results[DATA]["threads"] == "1"
    assert results[COMPUTE]["threads"] == str(threads_of(COMPUTE)) == str(max(1, usable_cores() - 1))
    assert results[COMPUTE]["nice"] > os.nice(0)
    assert results[COMPUTE]["session"] != os.getsid(0), "a closing terminal would end it"
    assert not results[DATA]["torch"]
    arguments = [argument for argument in results[COMPUTE]["arguments"] if argument]
    if sys.platform == "linux":
        assert arguments[1:6] == ["-P", "-m", "seisgui.jobs.worker", "--kind", "compute"]
        assert arguments[6] == "--connection"
        assert arguments[7].isdecimal()


def test_the_status_comes_every_second_and_names_the_running_job(worker):
    data = worker(DATA)
    job = data.call("count", steps=150, seconds=0.02)
    waiting = data.call("count", steps=1)
    status = data.until(lambda reply: isinstance(reply, Status) and reply.running == job)
    assert (status.waiting, status.device, status.pid) == (1, "CPU", data.client.pid)
    assert status.memory_mb > 5
    data.result(waiting)
    assert sum(isinstance(reply, Status) for _, reply in data.replies) >= 3


def test_libraries_are_loaded_in_the_background_and_a_job_does_not_wait_for_all_of_them(worker):
    compute = worker(COMPUTE)
    compute.client.start()
    compute.until(lambda reply: isinstance(reply, Status))
    compute.result(compute.call("count", steps=1))
    assert not any(isinstance(reply, Status) and reply.ready for _, reply in compute.replies)
    ready = compute.until(lambda reply: isinstance(reply, Status) and reply.ready, seconds=60)
    assert ready.threads == threads_of(COMPUTE)


def test_a_closed_client_takes_no_more_jobs_and_tells_nothing(worker):
    data = worker(DATA)
    data.result(data.call("count", steps=1))
    data.client.close()
    assert not data.client.alive
    with pytest.raises(RuntimeError, match="closed"):
        data.call("count", steps=1)
    assert data.client.poll(0.1) == []
