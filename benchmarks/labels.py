"""How fast labels are kept: strokes on disk, sections composed, the F3 label file imported."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.registry import Result

PROMISE = "a stroke is on disk within 10 ms (p95), 951 x 462 labels composed in 2 ms, the F3 label file read in 2 s"
COMMIT_MS, COMPOSE_MS, IMPORT_S = 10.0, 2.0, 2.0
STROKES = 300
SHARED = Path(__file__).parents[2] / "shared" / "data"


def measure() -> Result:
    """Drags of a 15 x 15 brush on a section as large as F3's, with real labels on it where they are at hand."""
    from seisgui.interpretation.exchange import import_labels
    from seisgui.interpretation.project import Project
    from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
    from seisgui.seismic.segy_writer import write_segy

    label_file = SHARED / "facies" / "f3_inline339_classification.ixz"
    axes = VolumeAxes(LineAxis(339, 1, 1), LineAxis(300, 1, 951), SampleAxis(0.0, 4.0, 462))
    numbers: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        write_segy(Path(folder) / "line.sgy", np.random.default_rng(0).normal(size=axes.shape), axes)
        with Project.create(Path(folder) / "p") as project:
            project.add_volume(Path(folder) / "line.sgy")
            labels, ref = project.labels(), SectionRef(Orientation.INLINE, 339)
            if label_file.is_file():
                began = time.perf_counter()
                import_labels(project, label_file)
                project.wait_saved()
                numbers["import_s"] = round(time.perf_counter() - began, 3)
            else:
                labels.add_classes([(None, f"class {number}", None) for number in range(9)])
            numbers |= strokes(project, labels, ref)
            numbers["compose_ms"] = median_ms(lambda: labels.section(ref), 200)
    figure = ", ".join(f"{name} {value:g}" for name, value in numbers.items())
    kept = numbers["commit_p95_ms"] <= COMMIT_MS and numbers["compose_ms"] <= COMPOSE_MS
    return Result(figure, kept and numbers.get("import_s", 0.0) <= IMPORT_S, numbers)


def strokes(project, labels, ref) -> dict[str, float]:
    """Milliseconds from the call of ``paint`` to 'saved', and of the call itself."""
    saved: dict[int, float] = {}
    project.saved.connect(lambda revision: saved.setdefault(revision, time.perf_counter()))
    rng = np.random.default_rng(0)
    commits, calls = [], []
    for _ in range(STROKES):
        mask = drag(rng)
        began = time.perf_counter()
        edit = labels.paint(ref, int(rng.integers(800)), int(rng.integers(380)), mask, int(rng.integers(9)))
        calls.append(time.perf_counter() - began)
        project.wait_saved()
        commits.append(saved_at(saved, edit.revision) - began)
        time.sleep(0.01)
    return {
        "commit_p50_ms": p(commits, 50),
        "commit_p95_ms": p(commits, 95),
        "paint_p50_ms": p(calls, 50),
        "paint_p95_ms": p(calls, 95),
    }


def saved_at(saved: dict[int, float], revision: int) -> float:
    """When 'saved' told of a revision; the signal comes a moment after the commit."""
    while revision not in saved:
        time.sleep(0)
    return saved[revision]


def drag(rng: np.random.Generator) -> np.ndarray:
    """The mask (140, 80) of a disc of 15 x 15 drawn along a wandering line."""
    mask = np.zeros((140, 80), dtype=bool)
    y, x = np.mgrid[-7:8, -7:8]
    disc, height = y**2 + x**2 <= 49, 30.0
    for lateral in range(0, 125, 3):
        height = float(np.clip(height + rng.normal(0, 2), 0, 64))
        mask[lateral : lateral + 15, int(height) : int(height) + 15] |= disc
    return mask


def median_ms(step, rounds: int) -> float:
    """Median time of a call in milliseconds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        step()
        times.append(time.perf_counter() - began)
    return p(times, 50)


def p(seconds: list[float], share: float) -> float:
    return round(float(np.percentile(seconds, share)) * 1000, 2)
