"""A survey of the size of F3, every voxel by waldeland: on a GPU all of it, elsewhere some sections, extrapolated.

A machine that has torch and numpy and not the program's other libraries measures the same computation between arrays
in memory and plain files; its figure says so.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.registry import Result

PROMISE = (
    "whole survey: F3 (651 x 951 x 462), every voxel by waldeland, on one H200 in <= 10 s; memory bounded by a few "
    "slabs on any machine (below 1.5 GB without a GPU)"
)
SHAPE = (651, 951, 462)
CLASSES = 9
LIBRARIES = ("scipy", "cv2", "numba", "zarr", "dask", "psygnal", "psutil")
SECTIONS_S = 50.0  # without a GPU, as many sections as this takes
CUT = 32  # inlines of the survey that is made there
GPU_THREADS = 3
LIMIT_S, LIMIT_MB = 10.0, 1500.0


def measure() -> Result:
    """The whole survey on a GPU, a share of it elsewhere."""
    gpu = torch.cuda.is_available()
    lacking = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if lacking and not gpu:
        return Result(f"neither a GPU nor {', '.join(lacking)} here", None)
    if lacking:
        seconds = between_arrays(*SHAPE)
        text = (
            f"{seconds:.1f} s for all {SHAPE[0]} sections between memory and plain files ({', '.join(lacking)} lacking)"
        )
        return Result(f"{torch.cuda.get_device_name()}: {text}", seconds <= LIMIT_S, {"seconds": seconds})
    folder = Path(tempfile.mkdtemp(prefix="whole-survey-"))
    try:
        return in_a_project(folder, gpu)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def in_a_project(folder: Path, gpu: bool) -> Result:
    """As the program does it: from SEG-Y to Zarr."""
    from benchmarks.surveys import Watch
    from seisgui.interpretation.project import Project
    from seisgui.learning.events import Control, Progress
    from seisgui.learning.predict import predict_volume
    from seisgui.learning.requests import PredictRequest

    path, run_id = make_project(folder, SHAPE[0] if gpu else CUT)
    moments: list[tuple[float, int]] = []
    with Project.open(path, read_only=True) as project, Watch() as watch:
        control = Control()
        began = time.perf_counter()
        for event in predict_volume(project, PredictRequest(path, run_id), control):
            now = time.perf_counter() - began
            if isinstance(event, Progress) and (not moments or event.done > moments[-1][1]):
                moments.append((now, event.done))
            control.stop = not gpu and now > SECTIONS_S
        seconds = time.perf_counter() - began
    numbers: dict[str, Any] = {"peak_anonymous_mb": round(watch.peak_mb)}
    memory = f"memory at most {watch.peak_mb:.0f} MB"
    if gpu:
        numbers["seconds"] = round(seconds, 2)
        return Result(f"{torch.cuda.get_device_name()}: {seconds:.1f} s, {memory}", seconds <= LIMIT_S, numbers)
    (first, before), (last, done) = moments[1], moments[-1]
    pace = (last - first) / max(done - before, 1)
    numbers |= {"seconds_a_section": round(pace, 3), "sections": done - before}
    bound = "" if watch.peak_mb < LIMIT_MB else f", more than the {LIMIT_MB:.0f} MB promised"
    figure = (
        f"no GPU here; {done - before} of {SHAPE[0]} sections ({(done - before) / SHAPE[0]:.1%}) at {pace:.2f} s each: "
        f"{pace * SHAPE[0] / 60:.0f} min for all; {memory}{bound}"
    )
    return Result(figure, None if watch.peak_mb < LIMIT_MB else False, numbers)


def make_project(folder: Path, n_inline: int) -> tuple[Path, str]:
    """A survey and a run of waldeland whose weights are those it began with, without smoothing."""
    from benchmarks.surveys import survey
    from seisgui.interpretation.project import Project
    from seisgui.learning.events import Control
    from seisgui.learning.requests import TrainRequest
    from seisgui.learning.train import train
    from seisgui.seismic.axes import Orientation, SectionRef
    from seisgui.seismic.progress import finish

    with Project.create(folder / "f3.seisproj") as project:
        project.add_volume(survey("ieee", n_inline, *SHAPE[1:]))
        labels = project.labels()
        for number in range(CLASSES):
            labels.add_class(f"class {number}", "#808080")
        for number, each in enumerate(labels.classes):
            stroke = np.ones((40, 30), dtype=bool)
            labels.paint(SectionRef(Orientation.INLINE, 110), 20 + 90 * number, 20 + 45 * number, stroke, each.id)
        project.wait_saved()
        settings: dict[str, float | int | str | bool] = {"smooth_down": 0.0, "smooth_across": 0.0}
        request = TrainRequest(project.path, network="waldeland", epochs=0, settings=settings)
        return project.path, finish(train(project, request, Control())).id


def between_arrays(n_inline: int, n_crossline: int, n_sample: int) -> float:
    """Seconds for the same computation where the program's other libraries are not at hand.

    One thread at a time feeds the GPU, the others prepare sections and write what comes back, as in the program.
    """
    from seisgui.learning.stored import KINDS
    from seisgui.networks.waldeland import PATCH, build_waldeland

    device = torch.device("cuda")
    module = build_waldeland(CLASSES).eval().to(device)
    random = np.random.default_rng(0)
    sections = random.normal(size=(8, n_crossline, n_sample)).astype(np.float32)
    feeding = threading.Lock()
    folder = Path(tempfile.mkdtemp(prefix="whole-survey-"))
    out = np.memmap(folder / "planes", np.uint8, "w+", shape=(n_inline, len(KINDS), n_crossline, n_sample))

    def predict(number: int) -> None:
        half = PATCH // 2
        padded = np.pad(np.clip(sections[number % len(sections)], -1, 1), half)[None]
        with feeding:
            found = on_the_gpu(module, padded, device)
        out[number] = found

    try:
        predict(0)  # the libraries of the GPU are loaded
        began = time.perf_counter()
        with ThreadPoolExecutor(GPU_THREADS) as pool:
            list(pool.map(predict, range(n_inline)))
        out.flush()
        return time.perf_counter() - began
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def on_the_gpu(module: Any, padded: np.ndarray, device: torch.device) -> np.ndarray:
    """Planes (3, n_crossline, n_sample) uint8 of a padded section (1, h, w)."""
    from seisgui.learning.stored import KINDS
    from seisgui.learning.survey_gpu import byte_planes, to_device
    from seisgui.networks.device import autocast

    with torch.inference_mode(), autocast(device):
        steps = module.dense(to_device(padded, device), 1)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                probabilities = torch.softmax(end.value.float(), 0)
                break
        live = torch.ones(probabilities.shape[1:], dtype=torch.bool, device=device)
        return byte_planes(KINDS, probabilities, tuple(range(CLASSES)), live).cpu().numpy()
