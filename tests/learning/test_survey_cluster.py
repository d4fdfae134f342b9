"""Whole surveys on a Dask cluster: real schedulers and workers, one of them killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
from layered import make_project, run_training

from seisgui.errors import InputError
from seisgui.interpretation.project import Project
from seisgui.learning import cluster, stored
from seisgui.learning.events import Control
from seisgui.learning.predict import predict_volume
from seisgui.learning.requests import PredictRequest

pytest.importorskip("distributed", reason="distributed is not installed: pip install 'seisgui[scale]'")

INLINES = 64


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A project with a forest: (folder, run id, what threads predict)."""
    folder = tmp_path_factory.mktemp("origin")
    with make_project(folder, n_inline=INLINES) as project:
        run_id = run_training(project, "forest", settings={"trees": 5}).id
    shutil.copytree(folder, folder.with_name("threads"))
    with Project.open(folder.with_name("threads") / "layers.seisproj", read_only=True) as project:
        for _ in predict_volume(project, PredictRequest(project.path, run_id), Control()):
            pass
        right = stored.read_block(project, run_id, "layers", slice(None))
    return folder, run_id, right


@contextmanager
def processes(folder):
    """Start processes of Dask that end with the block."""
    with ExitStack() as stack:

        def start(*arguments: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", "dask", *arguments]
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder)
            stack.callback(process.stderr.close)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield start


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address of a scheduler."""
    with processes(tmp_path_factory.mktemp("scheduler")) as start:
        process = start("scheduler", "--port", "0", "--no-dashboard", "--no-jupyter")
        found = None
        while found is None:
            found = re.search(r"Scheduler at:\s+(tcp://\S+)", process.stderr.readline())
        yield found[1]


@pytest.fixture
def started(tmp_path):
    with processes(tmp_path) as start:
        yield start


def worker(started, address: str) -> subprocess.Popen[str]:
    return started("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_worker_changes_nothing(origin, started, scheduler):
    folder, run_id, right = origin
    workers = [worker(started, scheduler) for _ in range(2)]
    path = folder / "layers.seisproj"
    command = [sys.executable, "-m", "seisgui", "predict", path, "--run", run_id, "--volume", "--json", "--progress"]
    with subprocess.Popen([*map(str, command), "--scheduler", scheduler], stdout=subprocess.PIPE, text=True) as told:
        events = []
        for line in told.stdout:
            events.append(json.loads(line))
            if events[-1].get("event") == "volume_grown" and workers[0].poll() is None:
                workers[0].send_signal(signal.SIGKILL)
                workers[0].wait()
    assert told.returncode == 0
    grown = [event["first"] for event in events if event.get("event") == "volume_grown"]
    assert sorted(grown) == list(range(100, 164, 8))
    assert workers[0].returncode == -signal.SIGKILL
    within = {event["done"] for event in events if event.get("event") == "progress"}
    assert len(within) > len(grown) + 1, "progress is told within slabs as well"
    with Project.open(path, read_only=True) as project:
        np.testing.assert_array_equal(stored.read_block(project, run_id, "layers", slice(None)), right)


def test_a_worker_that_does_not_see_the_project_says_so(origin, started, scheduler, tmp_path):
    folder, run_id, _ = origin
    worker(started, scheduler)
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    script = (
        "import sys; from seisgui.learning.cluster import on_cluster; from seisgui.learning.requests import *\n"
        "from seisgui.learning.survey_task import SlabTask; from pathlib import Path\n"
        "task = SlabTask(PredictRequest(Path(sys.argv[1]), sys.argv[2]), 0, Path(sys.argv[1]), 'key')\n"
        "try: list(on_cluster([task], sys.argv[3]))\n"
        "except Exception as error: print(error)\n"
    )
    gone = [str(tmp_path / "elsewhere" / "layers.seisproj"), run_id, scheduler]
    answer = subprocess.run([sys.executable, "-c", script, *gone], capture_output=True, text=True, check=True)
    assert re.match(r"The Dask worker on \S+ cannot see .*elsewhere.*a shared disk\.", answer.stdout), answer


def test_an_address_without_a_scheduler_is_told_within_seconds(origin, monkeypatch):
    folder, run_id, _ = origin
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    with Project.open(folder / "layers.seisproj", read_only=True) as project:
        shutil.rmtree(project.path / "predictions", ignore_errors=True)
        request = PredictRequest(project.path, run_id, scheduler="tcp://127.0.0.1:9")
        began = time.monotonic()
        with pytest.raises(InputError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
            list(predict_volume(project, request, Control()))
        assert time.monotonic() - began < 5
        with pytest.raises(InputError, match="'cluster' is no scheduler"):
            list(predict_volume(project, PredictRequest(project.path, run_id, scheduler="cluster"), Control()))
