"""The same small survey predicted by one Dask worker, by two, and by the threads of one process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.registry import Result, not_measured
from benchmarks.surveys import survey
from seisgui.interpretation.project import Project
from seisgui.learning.events import Control
from seisgui.learning.predict import predict_volume
from seisgui.learning.requests import PredictRequest, TrainRequest
from seisgui.learning.survey_threads import computing_threads
from seisgui.learning.train import train
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.progress import finish

PROMISE = "scale-out: two one-thread Dask workers >= 1.7 x one, and >= .9 x the plain run with all threads"
SHAPE = (48, 200, 300)
ROUNDS = 3
LEAST_GAIN, LEAST_SHARE = 1.7, 0.9


def measure() -> Result:
    """Interleaved rounds on warm workers; the best of each."""
    cores = computing_threads()
    if cores < 2:
        return not_measured("this machine has one core")
    folder = Path(tempfile.mkdtemp(prefix="scale-out-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        path, run_id = make_project(folder)
        one, two = cluster(stack, folder, 1), cluster(stack, folder, 2)
        ways = {"one": one, "two": two, "plain": None}
        best = dict.fromkeys(ways, float("inf"))
        for number in range(ROUNDS + 1):
            for name, scheduler in ways.items():
                took = seconds(path, run_id, scheduler)
                if number:  # the first time everything is loaded
                    best[name] = min(best[name], took)
    gain, share = best["one"] / best["two"], best["plain"] / best["two"]
    figure = (
        f"two workers {gain:.2f} x one, {share:.2f} x the plain run with {cores} threads "
        f"({best['one']:.1f}, {best['two']:.1f} and {best['plain']:.1f} s)"
    )
    kept = gain >= LEAST_GAIN and share >= LEAST_SHARE
    return Result(figure, kept, {"gain": round(gain, 3), "share": round(share, 3)})


def make_project(folder: Path) -> tuple[Path, str]:
    """A small survey and a forest."""
    with Project.create(folder / "small.seisproj") as project:
        project.add_volume(survey("ieee", *SHAPE))
        labels = project.labels()
        for name in ("one", "two", "three"):
            labels.add_class(name, "#808080")
        for number, each in enumerate(labels.classes):
            stroke = np.ones((40, 30), dtype=bool)
            labels.paint(SectionRef(Orientation.INLINE, 110), 20 + 50 * number, 20 + 90 * number, stroke, each.id)
        project.wait_saved()
        return project.path, finish(train(project, TrainRequest(project.path), Control())).id


def cluster(stack: ExitStack, folder: Path, workers: int) -> str:
    """The address of a scheduler with so many workers of one thread."""
    scheduler = started(stack, folder, "scheduler", "--port", "0", "--no-dashboard", "--no-jupyter")
    address = None
    while address is None:
        address = re.search(r"Scheduler at:\s+(tcp://\S+)", scheduler.stderr.readline())
    for _ in range(workers):
        started(stack, folder, "worker", address[1], "--nthreads", "1", "--no-nanny", "--no-dashboard")
    return address[1]


def started(stack: ExitStack, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A process of Dask that ends with the stack; its log goes to a file but for the scheduler's."""
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
    command = [sys.executable, "-m", "dask", *arguments]
    told = subprocess.PIPE if arguments[0] == "scheduler" else subprocess.DEVNULL
    process = subprocess.Popen(command, stderr=told, text=True, cwd=folder, env=surroundings)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def seconds(path: Path, run_id: str, scheduler: str | None) -> float:
    """The time of one prediction, from nothing."""
    shutil.rmtree(path / "predictions", ignore_errors=True)
    with Project.open(path, read_only=True) as project:
        began = time.perf_counter()
        for _ in predict_volume(project, PredictRequest(path, run_id, scheduler=scheduler), Control()):
            pass
        return time.perf_counter() - began
