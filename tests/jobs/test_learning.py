"""Real training, prediction and live sessions on the sample survey, in real worker processes."""

from __future__ import annotations

import os
import signal
import statistics
import time
from pathlib import Path

import numpy as np
import pytest
from following import Follower

from seisgui.interpretation.project import Project
from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import (
    COMPUTE,
    DATA,
    CurvePoint,
    Discarded,
    ExportRequest,
    Failed,
    Finished,
    JobEvent,
    LiveRequest,
    LiveUpdate,
    PartialPrediction,
    PredictRequest,
    Progress,
    RunSaved,
    Status,
    TrainRequest,
    VolumeGrown,
)
from seisgui.learning.coverage import coverage
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.synthetic import make_sample_survey

INLINE = SectionRef(Orientation.INLINE, 108)
OTHER = SectionRef(Orientation.INLINE, 120)


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    return make_sample_survey(tmp_path_factory.mktemp("survey") / "sample.sgy")


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """One compute process with its libraries loaded, for all tests that let it live."""
    client = JobClient(COMPUTE, logs=tmp_path_factory.mktemp("log"))
    follower = Follower(client)
    client.start()
    follower.until(lambda reply: isinstance(reply, Status) and reply.ready, seconds=60)
    yield follower
    client.close()


@pytest.fixture
def compute(warm):
    """The warm process without jobs of other tests."""
    warm.replies.clear()
    yield warm
    for job in list(warm.client.jobs):
        warm.client.cancel(job)
        warm.end(job)


@pytest.fixture
def project(survey, tmp_path):
    """A project with the sample survey and labels on a part of one inline: little to learn, quickly learnt."""
    with Project.create(tmp_path / "jobs.seisproj") as made:
        made.add_volume(survey.path)
        labels = made.labels()
        for name in survey.class_names:
            labels.add_class(name, "#808080")
        labels.paint_values(INLINE, 0, 0, survey.classes[survey.axes.inline.index(INLINE.number)][:60])
        made.wait_saved()
        yield made


def train(project: Project, network: str = "forest", **changes) -> TrainRequest:
    settings = {"trees": 10} if network == "forest" else {"batch": 4, "updates_per_epoch": 2}
    return TrainRequest(project.path, network=network, device="cpu", settings=settings, **changes)


def trained_forest(compute, project: Project) -> str:
    return compute.result(compute.client.submit(train(project))).id


def test_training_tells_progress_and_curves_and_ends_with_a_run_in_the_ledger(compute, project):
    job = compute.client.submit(train(project, "waldeland", epochs=2))
    record = compute.result(job)
    events = [reply.event for reply in compute.of(job) if isinstance(reply, JobEvent)]
    assert any(isinstance(event, Progress) for event in events)
    assert [event.epoch for event in events if isinstance(event, CurvePoint)] == [1, 2]
    assert isinstance(events[-1], RunSaved)
    assert [run.id for run in project.runs()] == [record.id]


def test_stop_keeps_the_best_so_far_as_a_run(compute, project):
    job = compute.client.submit(train(project, "waldeland", epochs=1000))
    compute.event(job, CurvePoint)
    compute.client.cancel(job, keep_best=True)
    record = compute.result(job)
    assert record.status == "stopped"
    assert [run.id for run in project.runs()] == [record.id]


def test_discard_leaves_no_run_and_no_folder(compute, project):
    job = compute.client.submit(train(project, "waldeland", epochs=1000))
    compute.event(job, Progress)
    compute.client.cancel(job)
    assert compute.end(job) == Discarded(job)
    assert project.runs() == []
    assert list((project.path / "runs").glob("*")) == []


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_after_a_kill_in_training_labels_are_unharmed_and_the_next_training_works(worker, project):
    compute = worker(COMPUTE)
    counts = project.labels().class_counts()
    job = compute.client.submit(train(project, "waldeland", epochs=1000))
    compute.event(job, Progress)
    os.kill(compute.client.pid, signal.SIGKILL)
    failed = compute.end(job)
    assert failed.sentence == "The compute process stopped unexpectedly (killed, or memory ran out)."
    assert failed.hint == "Your labels are safe; press Train again."
    assert trained_forest(compute, project)
    assert project.labels().class_counts() == counts


def test_training_without_labels_is_a_sentence(compute, survey, tmp_path):
    with Project.create(tmp_path / "empty.seisproj") as empty:
        empty.add_volume(survey.path)
        empty.wait_saved()
        failed = compute.end(compute.client.submit(train(empty)))
    assert isinstance(failed, Failed)
    assert "unexpected error" not in failed.sentence


def test_a_visible_section_is_predicted_while_a_training_runs(compute, project):
    run = trained_forest(compute, project)
    request = PredictRequest(project.path, run, (OTHER,))
    compute.end(compute.client.submit(request))  # what is read and compiled on first use
    training = compute.client.submit(train(project, "waldeland", epochs=1000))
    compute.event(training, Progress)
    waits = []
    for _ in range(3):
        asked = time.monotonic()
        job = compute.client.submit(request)
        compute.event(job, PartialPrediction)
        waits.append(time.monotonic() - asked)
        assert isinstance(compute.end(job), Finished)
    assert training in compute.client.jobs
    assert statistics.median(waits) < 2.0, waits


def test_predictions_come_as_files_with_three_planes(compute, project, survey):
    run = trained_forest(compute, project)
    job = compute.client.submit(PredictRequest(project.path, run, (OTHER,)))
    assert isinstance(compute.end(job), Finished)
    told = [reply.event for reply in compute.of(job) if isinstance(getattr(reply, "event", None), PartialPrediction)]
    assert [event.step for event in told] == [8, 1]
    full = np.load(told[-1].path)
    assert full.shape == (3, *survey.axes.section_shape(Orientation.INLINE))
    assert full.dtype == np.uint8


def test_a_preempted_training_gives_the_same_weights_as_an_undisturbed_one(compute, project):
    run = trained_forest(compute, project)
    request = train(project, "waldeland", epochs=3)
    alone = compute.result(compute.client.submit(request))
    disturbed_job = compute.client.submit(request)
    compute.event(disturbed_job, CurvePoint)
    prediction = compute.client.submit(PredictRequest(project.path, run, (OTHER,), coarse_first=False))
    assert isinstance(compute.end(prediction), Finished)
    assert disturbed_job in compute.client.jobs, "the training was over before it was disturbed"
    disturbed = compute.result(disturbed_job)
    first, second = (next(project.run_folder(each.id).glob("*.safetensors")) for each in (alone, disturbed))
    assert weights(first).keys() == weights(second).keys()
    for name, values in weights(first).items():
        np.testing.assert_array_equal(values, weights(second)[name], err_msg=name)


def weights(path: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(path)


def test_a_live_session_answers_each_stroke_and_stops_with_its_run(compute, project):
    request = LiveRequest(train(project), visible=(OTHER,))
    job = compute.client.submit(request)
    first = compute.event(job, PartialPrediction)
    assert first.ref == OTHER
    labels = project.labels()
    labels.paint(INLINE, 10, 10, np.ones((12, 12), dtype=bool), 1)
    project.wait_saved()
    compute.client.live_update(job, LiveUpdate(project.journal.revision))
    answer = compute.until(
        lambda reply: (
            isinstance(reply, JobEvent)
            and isinstance(reply.event, PartialPrediction)
            and reply.event.label_revision >= project.journal.revision
        )
    )
    assert answer.job_id == job
    compute.client.cancel(job, keep_best=True)
    record = compute.result(job)
    assert record.label_revision == project.journal.revision
    assert [run.id for run in project.runs()] == [record.id]


def test_a_stroke_is_answered_while_a_whole_survey_is_predicted(compute, project):
    run = compute.result(compute.client.submit(train(project, "waldeland", epochs=1))).id
    survey_job = compute.client.submit(PredictRequest(project.path, run))
    compute.event(survey_job, Progress)
    live = compute.client.submit(LiveRequest(train(project), visible=(OTHER,)))
    compute.event(live, PartialPrediction)
    labels = project.labels()
    labels.paint(INLINE, 10, 10, np.ones((12, 12), dtype=bool), 1)
    project.wait_saved()
    revision = project.journal.revision
    compute.client.live_update(live, LiveUpdate(revision))
    compute.until(
        lambda reply: (
            isinstance(reply, JobEvent)
            and isinstance(reply.event, PartialPrediction)
            and reply.event.label_revision >= revision
        )
    )
    assert survey_job in compute.client.jobs, "the survey was over before the stroke was answered"
    compute.client.cancel(live)
    compute.end(live)
    compute.replies.clear()
    compute.event(survey_job, VolumeGrown)
    compute.client.cancel(survey_job)
    assert compute.end(survey_job) == Discarded(survey_job)
    done, total = coverage(project, run, project.run(run).dataset_id)
    assert 0 < done < total


def test_training_gets_its_turn_while_a_live_session_rests(compute, project):
    live = compute.client.submit(LiveRequest(train(project), visible=(OTHER,)))
    compute.event(live, RunSaved)
    assert isinstance(compute.end(compute.client.submit(train(project))), Finished)
    assert live in compute.client.jobs


def test_export_runs_in_the_data_process(compute, worker, project, tmp_path):
    data = worker(DATA)
    run = trained_forest(compute, project)
    end = compute.end(compute.client.submit(PredictRequest(project.path, run, (OTHER,))))
    assert isinstance(end, Finished), end
    out = tmp_path / "classes.sgy"
    job = data.client.submit(ExportRequest(project.path, run, out, sample_format="ieee", partial=True))
    end = data.end(job, seconds=60)
    assert isinstance(end, Finished), end
    assert end.result.path == out
    assert out.stat().st_size > 0


def test_live_comes_before_everything_else(compute, project):
    training = compute.client.submit(train(project, "waldeland", epochs=1000))
    compute.event(training, Progress)
    live = compute.client.submit(LiveRequest(train(project), visible=(OTHER,)))
    compute.event(live, PartialPrediction)
    assert training in compute.client.jobs
