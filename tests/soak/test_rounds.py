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
from headless_window import STROKE_INLINE, stroke_place

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
    script = str(Path(__file__).with_name("headless_window.py"))
    for number in range(rounds):
        command = [sys.executable, script, str(project_path), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as window:
            words = window.stdout.readline().split()
            ours = psutil.Process(window.pid).children(recursive=True)
            window.kill()
        assert words[:1] == ["saved"], words
        assert {process.pid for process in ours} >= {int(word) for word in words[1:]}
        _, alive = psutil.wait_procs(ours, timeout=GONE_S)
        assert not alive
        assert_stroke_is_there_and_can_be_undone(project_path, number)


def assert_stroke_is_there_and_can_be_undone(path: Path, number: int) -> None:
    project = Project.open(path)
    lateral, vertical = stroke_place(number)
    ref = SectionRef(Orientation.INLINE, STROKE_INLINE)

    def stroke():
        return project.labels().section(ref)[0][lateral : lateral + 6, vertical : vertical + 6]

    assert (stroke() == 1).all()
    project.journal.undo()
    assert (stroke() == -1).all()
    project.journal.redo()
    assert (stroke() == 1).all()
    project.wait_saved()
    project.close()
