"""What is urgent beside long jobs: an overlay beside a training, a stroke beside a whole survey; a death told."""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np

from benchmarks.registry import Result
from seisgui.interpretation.project import Project
from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import (
    COMPUTE,
    CallRequest,
    Discarded,
    Failed,
    JobEvent,
    LiveRequest,
    LiveUpdate,
    Notice,
    PartialPrediction,
    PredictRequest,
    Priority,
    Progress,
    TrainRequest,
)
from seisgui.learning.events import Control
from seisgui.learning.train import train
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.progress import finish
from seisgui.seismic.synthetic import make_sample_survey

PROMISE = (
    "a visible overlay gets its turn within one step of a running training; a dead worker is told in .5 s; a live "
    "stroke beside a whole-survey job is answered at most .25 s later than without one"
)
STEP_S = 0.05
STROKES = 6
LATER_S = 0.25
LINE = SectionRef(Orientation.INLINE, 108)
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


def wait_for(client: JobClient, job_id: str, kind: type, event: type = object) -> float:
    """Time at which the first reply of this kind, with this kind of event, came."""
    while True:
        for reply in client.poll(10.0):
            if isinstance(reply, kind) and reply.job_id == job_id and isinstance(getattr(reply, "event", None), event):
                return time.perf_counter()


def turns(client: JobClient) -> tuple[list[float], float]:
    """Seconds that overlays waited beside a busy training, and until the death of the process was told."""
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
    return waits, wait_for(client, training, Failed) - killed


def strokes(client: JobClient, project: Project, *, beside_survey: bool) -> list[float]:
    """Seconds from each stroke to the first overlay that has learnt from it."""
    survey_job = None
    if beside_survey:
        survey_job = client.submit(PredictRequest(project.path, project.runs()[0].id))
        wait_for(client, survey_job, JobEvent)
    live = client.submit(LiveRequest(forest(project), visible=(LINE,)))
    wait_for(client, live, JobEvent, PartialPrediction)
    waits = []
    top = 30 if beside_survey else 10  # what is painted twice is no news
    for number in range(STROKES):
        time.sleep(0.5)  # the session has come to rest
        project.labels().paint(LINE, 5 + 9 * number, top, np.ones((8, 8), dtype=bool), number % 2)
        project.wait_saved()
        asked = time.perf_counter()
        client.live_update(live, LiveUpdate(project.journal.revision))
        waits.append(answered(client, live, project.journal.revision) - asked)
    for job in (live, survey_job):
        if job is not None:
            assert job in client.jobs
            client.cancel(job)
            wait_for(client, job, Discarded)
    return waits[1:]


def answered(client: JobClient, job_id: str, revision: int) -> float:
    """Time at which an overlay of this label revision came."""
    while True:
        for reply in client.poll(10.0):
            event = getattr(reply, "event", None)
            if isinstance(event, PartialPrediction) and event.label_revision >= revision and reply.job_id == job_id:
                return time.perf_counter()


def forest(project: Project) -> TrainRequest:
    """A training of the instant model."""
    return TrainRequest(project.path, settings={"trees": 16})


def make_project(folder: Path) -> Project:
    """The sample survey with labels of one line and an untrained network, slow enough to outlast the strokes."""
    sample = make_sample_survey(folder / "sample.sgy")
    project = Project.create(folder / "strokes.seisproj")
    project.add_volume(sample.path)
    labels = project.labels()
    for name in sample.class_names:
        labels.add_class(name, "#808080")
    labels.paint_values(LINE, 0, 0, sample.classes[sample.axes.inline.index(LINE.number)][:60])
    project.wait_saved()
    finish(train(project, TrainRequest(project.path, network="waldeland", epochs=0), Control()))
    return project


def measure() -> Result:
    with JobClient(COMPUTE) as client:
        waits, told = turns(client)
    with (
        tempfile.TemporaryDirectory(prefix="preemption-") as folder,
        make_project(Path(folder)) as project,
        JobClient(COMPUTE) as client,
    ):
        alone = strokes(client, project, beside_survey=False)
        beside = strokes(client, project, beside_survey=True)
    median, worst = statistics.median(waits), max(waits)
    later = statistics.median(beside) - statistics.median(alone)
    figure = (
        f"turn after {median * 1e3:.0f} ms (median), {worst * 1e3:.0f} ms (worst) at steps of {STEP_S * 1e3:.0f} ms; "
        f"death told after {told * 1e3:.0f} ms; stroke answered after {statistics.median(alone) * 1e3:.0f} ms alone, "
        f"{statistics.median(beside) * 1e3:.0f} ms (worst {max(beside) * 1e3:.0f}) beside a whole survey"
    )
    return Result(
        figure,
        worst < 2.5 * STEP_S and told < 0.5 and later <= LATER_S,
        {"median_s": median, "worst_s": worst, "death_told_s": told, "alone_s": alone, "beside_survey_s": beside},
    )
