"""Started by a test: predictions of a survey that are killed, each in a process of its own, forked to start at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# loaded before the first fork
import dask.threaded  # noqa: F401
import numpy as np

from seisgui.interpretation.project import Project
from seisgui.learning import cluster, forest, survey_threads, volume_store  # noqa: F401
from seisgui.learning.coverage import coverage
from seisgui.learning.events import Control
from seisgui.learning.predict import predict_volume
from seisgui.learning.requests import PredictRequest
from seisgui.learning.stored import CLASS, NOT_PREDICTED, read_block


@dataclass(frozen=True)
class Moment:
    """So many slabs after the start, and then so much later."""

    slabs: int
    later_s: float


def started(path: Path, request: PredictRequest) -> int:
    """Process of a prediction."""
    child = os.fork()
    if child == 0:
        with Project.open(path, read_only=True) as project:
            for _ in predict_volume(project, request, Control()):
                pass
        os._exit(0)
    return child


def markers(path: Path, run_id: str) -> int:
    """Slabs marked as done."""
    folder = path / "predictions" / run_id / "layers" / "volume.done"
    return len(list(folder.glob("[0-9]*"))) if folder.is_dir() else 0


def ended(child: int) -> bool:
    """Whether a process has come to its end; it can still be waited for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def killed_at(path: Path, request: PredictRequest, moment: Moment, right: np.ndarray) -> dict[str, object]:
    """Kill a prediction at a moment; what is there then."""
    wanted = markers(path, request.run_id) + moment.slabs
    child = started(path, request)
    while markers(path, request.run_id) < wanted and not ended(child):
        time.sleep(0.002)
    time.sleep(moment.later_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    pid = os.fork()  # Zarr's threads would not survive the next fork
    if pid == 0:
        told = found(path, request.run_id, right)
        (path / "told.json").write_text(json.dumps({"killed": os.WIFSIGNALED(status), **told}))
        os._exit(0)
    os.waitpid(pid, 0)
    return json.loads((path / "told.json").read_text())


def found(path: Path, run_id: str, right: np.ndarray) -> dict[str, object]:
    """Sections that count as predicted, and whether what is shown is right and neither more nor less than those."""
    with Project.open(path, read_only=True) as project:
        block = read_block(project, run_id, "layers", slice(None))
        shown = (block[CLASS] != NOT_PREDICTED).any(axis=(1, 2))
        done, _ = coverage(project, run_id, "layers")
        return {"done": done, "shown": int(shown.sum()), "right": bool((block[:, shown] == right[:, shown]).all())}


def main(path: Path, run_id: str, kills: int) -> None:
    request = PredictRequest(path, run_id)
    began = time.monotonic()
    os.waitpid(started(path, request), 0)
    took_s = time.monotonic() - began
    pid = os.fork()
    if pid == 0:
        with Project.open(path, read_only=True) as project:
            np.save(path / "right.npy", read_block(project, run_id, "layers", slice(None)))
        os._exit(0)
    os.waitpid(pid, 0)
    right = np.load(path / "right.npy")
    shutil.rmtree(path / "predictions")
    rng = random.Random(os.getpid())
    told: list[dict[str, object]] = []
    beginnings = 0
    while sum(bool(kill["killed"]) for kill in told) < kills and len(told) < 4 * kills:
        moment = Moment(len(told) % 2, rng.uniform(0, took_s / 4))
        told.append({"beginning": beginnings, **killed_at(path, request, moment, right)})
        if not told[-1]["killed"]:  # it was quicker: from the beginning, so that there is something to kill
            shutil.rmtree(path / "predictions")
            beginnings += 1
    os.waitpid(started(path, request), 0)
    left = [str(file.name) for file in (path / "predictions").rglob("*") if file.name.endswith(".partial")]
    end = {**found(path, run_id, right), "left": left}
    sys.stdout.write(json.dumps({"took_s": took_s, "kills": told, "end": end}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
