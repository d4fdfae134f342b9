"""A small survey of three layers that differ in frequency and loudness, and a project with strokes on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seisgui.interpretation.facies import Source
from seisgui.interpretation.project import Project
from seisgui.learning.events import Control
from seisgui.learning.requests import HoldOut, TrainRequest
from seisgui.learning.train import train
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

N_CROSSLINE, N_SAMPLE = 240, 72
LAYERS = (0, 24, 48)  # first sample of each layer
CYCLES = (0.25, 0.12, 0.05)  # cycles a sample
LOUDNESS = (0.4, 1.0, 0.7)
HOLD_OUT = (HoldOut("crossline", 300, 330),)
QUICK = {"updates_per_epoch": 4, "batch": 8, "checked": 32}


def true_classes() -> np.ndarray:
    """(n_crossline, n_sample) int16 layer of every pixel."""
    return np.broadcast_to(np.digitize(np.arange(N_SAMPLE), LAYERS[1:]), (N_CROSSLINE, N_SAMPLE)).astype(np.int16)


def amplitudes(n_inline: int = 1, interval_ratio: float = 1.0, seed: int = 0) -> np.ndarray:
    """(n_inline, n_crossline, n_sample) float32; a ratio of .5 gives the same earth at half the sample interval."""
    generator = np.random.default_rng(seed)
    samples = np.arange(round((N_SAMPLE - 1) / interval_ratio) + 1) * interval_ratio
    layer = np.digitize(samples, LAYERS[1:])
    phase = np.cumsum(np.asarray(CYCLES)[layer]) * interval_ratio
    trace = np.asarray(LOUDNESS)[layer] * np.sin(2 * np.pi * phase)
    noise = generator.normal(0.0, 0.02, (n_inline, N_CROSSLINE, len(samples)))
    return (trace + noise).astype(np.float32)


def axes(n_inline: int = 1, interval: float = 4.0, n_sample: int = N_SAMPLE) -> VolumeAxes:
    return VolumeAxes(LineAxis(100, 1, n_inline), LineAxis(300, 1, N_CROSSLINE), SampleAxis(0.0, interval, n_sample))


def write_survey(path: Path, n_inline: int = 1, gain: float = 1.0, interval_ratio: float = 1.0) -> Path:
    """The survey as SEG-Y."""
    values = gain * amplitudes(n_inline, interval_ratio)
    write_segy(path, values, axes(n_inline, 4.0 * interval_ratio, values.shape[2]), sample_format=5)
    return path


def inline(number: int = 100) -> SectionRef:
    return SectionRef(Orientation.INLINE, number)


def make_project(folder: Path, *, n_inline: int = 1, strokes: bool = True) -> Project:
    """A project with the survey, classes 'top', 'middle', 'bottom' and strokes over two areas of the first inline."""
    project = Project.create(folder / "layers.seisproj")
    project.add_volume(write_survey(folder / "layers.sgy", n_inline))
    labels = project.labels()
    for name, colour in (("top", "#e69f00"), ("middle", "#56b4e9"), ("bottom", "#009e73")):
        labels.add_class(name, colour)
    if strokes:
        paint(project, 0, 40)
        paint(project, N_CROSSLINE - 60, 60)
    project.wait_saved()
    return project


def paint(
    project: Project, first: int, width: int, ref: SectionRef | None = None, source: Source = Source.HUMAN
) -> None:
    """Strokes of all layers over ``width`` traces, two samples away from the layer boundaries."""
    labels = project.labels()
    for class_id, top in enumerate(LAYERS):
        mask = np.ones((width, 20), dtype=bool)
        labels.paint(ref or inline(), first, top + 2, mask, labels.classes[class_id].id, source)
    project.wait_saved()


def run_training(project: Project, network: str, events: list | None = None, control: Control | None = None, **wishes):
    """Train to the end and return the record; events are appended to ``events``."""
    steps = train(project, TrainRequest(project.path, network=network, **wishes), control or Control())
    while True:
        try:
            event = next(steps)
        except StopIteration as outcome:
            return outcome.value
        if events is not None:
            events.append(event)
