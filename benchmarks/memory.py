"""What the program takes of the memory with a 2 GB survey: real commands and the real window, each process by itself.

Anonymous memory (RssAnon) counts, sampled fifty times a second, of the largest process of each; the page cache does
not, which the system takes back. Predictions of the whole survey are stopped after a while.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.predictions import RUN, predicted_project
from benchmarks.registry import Result
from benchmarks.surveys import Watch, folder, survey
from seisgui.interpretation.project import Project
from seisgui.learning.events import Control
from seisgui.learning.requests import TrainRequest
from seisgui.learning.train import train
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.progress import finish

PROMISE = "opening, ingesting, predicting and exporting the 2 GB survey take less than 1.5 GB a process (RssAnon)"
LIMIT_MB = 1500.0
PREDICTED_S = 20.0
WINDOW = """
import sys, time
from pathlib import Path
from seisgui.gui.app import application, create_window
def until(condition, seconds):
    end = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < end, "nothing came"
        app.processEvents()
        time.sleep(0.001)
app = application()
window = create_window(Path(sys.argv[1]))
window.resize(1366, 768)
window.show()
until(lambda: window.state.volume is not None and window.panes.views[0].at_rest, 120)
until(lambda: not window.state.volume.provisional, 300)
window.shut_down()
window.deleteLater()
app.processEvents()
"""


def measure() -> Result:
    place = Path(tempfile.mkdtemp(prefix="memory_", dir=folder()))
    try:
        peaks = measured_in(place)
    finally:
        shutil.rmtree(place)
    figure = ", ".join(f"{name} {peak:.0f}" for name, peak in peaks.items())
    return Result(f"at most, in MB a process: {figure}", max(peaks.values()) < LIMIT_MB, {"peak_mb": peaks})


def measured_in(place: Path) -> dict[str, float]:
    """Peak of every piece of work, in MB."""
    file = place / "survey.sgy"  # under a name of its own, so that it has no project yet
    os.link(survey("ieee"), file)
    with Project.create(place / "memory.seisproj") as project:
        project.add_volume(file)
        forest, waldeland = (trained(project, network) for network in ("forest", "waldeland"))
    predict = [*seisgui("predict", project.path), "--volume", "--run"]
    return {
        "scan": peak(place, seisgui("scan", file)),
        "window": peak(place, [sys.executable, "-c", WINDOW, str(file)]),
        "ingest": peak(place, seisgui("ingest", project.path)),
        "predict with forest": peak(place, [*predict, forest], PREDICTED_S),
        "predict with waldeland": peak(place, [*predict, waldeland], PREDICTED_S),
        "export floats": peak(place, exporting(place, "probability")),
        "export classes": peak(place, exporting(place, "class")),
    }


def trained(project: Project, network: str) -> str:
    """A run of some strokes; of networks the weights they begin with."""
    labels = project.labels()
    if not labels.classes:
        for number in range(3):
            added = labels.add_class(f"class {number}", "#808080")
            stroke = np.ones((60, 60), dtype=bool)
            labels.paint(SectionRef(Orientation.INLINE, 110), 100 + 200 * number, 100 + 300 * number, stroke, added.id)
        project.wait_saved()
    request = TrainRequest(project.path, network=network)
    return finish(train(project, request if network == "forest" else replace(request, epochs=0), Control())).id


def seisgui(command: str, *arguments: Path | str) -> list[str]:
    """A command as the shell would run it."""
    return [sys.executable, "-m", "seisgui", command, *map(str, arguments)]


def exporting(place: Path, kind: str) -> list[str]:
    return seisgui("export", predicted_project("ieee"), "--run", RUN, place / f"{kind}.sgy", "--kind", kind)


def peak(place: Path, command: Sequence[str], stop_after_s: float | None = None) -> float:
    """The most memory that a process of the command takes, in MB; it is interrupted after ``stop_after_s``."""
    own = {f"SEISGUI_{name}": f"{place}/{name.lower()}" for name in ("CONFIG", "DATA")}
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, **own}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    with Watch(running.pid) as watch:
        try:
            _, told = running.communicate(timeout=stop_after_s)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.communicate(timeout=60)
            running.kill()
            return watch.peak_mb
    if running.returncode:
        raise RuntimeError(f"{' '.join(command[:6])} ended with {running.returncode}: {told[-2000:]}")
    return watch.peak_mb
