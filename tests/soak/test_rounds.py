"""Kill -9, again and again: three rounds in CI, fifty with ``-m soak``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from window_under_fire import STROKE_INLINE, WindowDriver, start_training

from seisgui.interpretation.project import Project
from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import COMPUTE, Failed, Finished, JobEvent, TrainRequest
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.synthetic import make_sample_survey

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
ROUNDS = [
    pytest.param(3, id="three"),
    pytest.param(50, id="fifty", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
]
GONE_S = 5.0


@pytest.fixture
def project_path(tmp_path) -> Path:
    """A project with the sample survey and two painted inlines."""
    survey = make_sample_survey(tmp_path / "sample.sgy")
    with_labels = Project.create(tmp_path / "soak.seisproj")
    with_labels.add_volume(survey.path)
    labels = with_labels.labels()
    for name, colour in zip(survey.class_names, ("#000000", "#444444", "#888888", "#cccccc", "#eeeeee"), strict=False):
        labels.add_class(name, colour)
    for index in (8, 24):
        ref = SectionRef(Orientation.INLINE, int(survey.axes.inline.numbers[index]))
        truth = np.clip(survey.classes[index], 0, 4)
        labels.paint_values(ref, 20, 0, truth[20:60])
    with_labels.wait_saved()
    with_labels.close()
    return with_labels.path


@pytest.fixture
def project(project_path):
    with Project.open(project_path) as opened:
        yield opened


def request(project: Path, **changes) -> TrainRequest:
    return TrainRequest(project, **{"network": "waldeland", "epochs": 1000, "device": "cpu", **changes})


def next_reply(client: JobClient, job_id: str, kind: type, seconds: float = 60.0):
    """The next reply of this kind; another end of the job fails the test."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for reply in client.poll(0.5):
            if getattr(reply, "job_id", None) != job_id:
                continue
            if isinstance(reply, kind):
                return reply
            assert not isinstance(reply, Failed | Finished), reply
    raise AssertionError(f"no {kind.__name__} within {seconds} s")


@pytest.mark.parametrize("rounds", ROUNDS)
def test_killing_the_compute_process_in_training_costs_the_run_and_nothing_else(project, rounds, tmp_path):
    counts = project.labels().class_counts()
    with JobClient(COMPUTE, project.tmp_folder, logs=tmp_path / "log") as client:
        for _ in range(rounds):
            job = client.submit(request(project.path))
            next_reply(client, job, JobEvent)
            killed = time.monotonic()
            os.kill(client.pid, signal.SIGKILL)
            failed = next_reply(client, job, Failed)
            assert time.monotonic() - killed < 1.0
            assert failed.sentence == "The compute process stopped unexpectedly (killed, or memory ran out)."
            assert failed.hint == "Your labels are safe; press Train again."
            assert project.runs() == []
        job = client.submit(request(project.path, network="forest"))
        next_reply(client, job, Finished)
    assert project.labels().class_counts() == counts
    assert [run.network for run in project.runs()] == ["forest"]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_killing_the_window_right_after_saved_loses_no_stroke_and_leaves_no_process(project_path, rounds):
    script = str(Path(__file__).with_name("window_under_fire.py"))
    for number in range(rounds):
        before = section_now(project_path)
        command = [sys.executable, script, str(project_path), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as window:
            words = window.stdout.readline().split()
            ours = psutil.Process(window.pid).children(recursive=True)
            window.kill()
        assert words[:1] == ["saved"], words
        lateral, vertical, *workers = (int(word) for word in words[1:])
        assert {process.pid for process in ours} >= set(workers)
        _, alive = psutil.wait_procs(ours, timeout=GONE_S)
        assert not alive
        assert_stroke_is_there_and_can_be_undone(project_path, before, lateral, vertical)


def section_now(path: Path) -> np.ndarray:
    with Project.open(path, read_only=True) as project:
        return project.labels().section(SectionRef(Orientation.INLINE, STROKE_INLINE))[0]


def assert_stroke_is_there_and_can_be_undone(path: Path, before: np.ndarray, lateral: int, vertical: int) -> None:
    ref = SectionRef(Orientation.INLINE, STROKE_INLINE)
    with Project.open(path) as project:
        labels = project.labels()
        painted = labels.section(ref)[0]
        assert painted[lateral, vertical] == labels.classes[1].id
        assert before[lateral, vertical] == -1
        assert project.journal.undo() is not None
        assert np.array_equal(labels.section(ref)[0], before)
        assert project.journal.redo() is not None
        assert np.array_equal(labels.section(ref)[0], painted)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_the_window_says_in_one_sentence_that_its_compute_process_was_killed(project_path, rounds, qtbot):
    driver = WindowDriver(qtbot, project_path)
    try:
        painted = driver.labels()
        for _ in range(rounds):
            start_training(driver)
            job = driver.window.training_flow.job
            driver.wait(lambda job=job: job.progress is not None, 60)
            os.kill(driver.window.bridge.client(COMPUTE).pid, signal.SIGKILL)
            driver.wait(lambda: not driver.window.training_flow.running, 5)
            assert [text for text in driver.window.messages.sentences() if "compute process" in text] == [
                "The compute process stopped unexpectedly (killed, or memory ran out)."
            ]
            driver.wait(lambda: driver.says("Your labels are safe; press Train again."), 5)
            assert np.array_equal(driver.labels(), painted)
        start_training(driver, "forest")
        driver.wait(lambda: driver.state.run_id is not None and not driver.window.training_flow.running, 60)
    finally:
        driver.close()
