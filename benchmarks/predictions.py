"""A project with the 2 GB survey and a run that has predicted all of it, made once: what exports are measured on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.surveys import Sections, folder, survey
from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.project import Project
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning import stored
from seisgui.learning.slabs import SlabLayout
from seisgui.learning.volume_store import open_store, write_slab
from seisgui.seismic.axes import Orientation

RUN = "benchmark"
NAMES = ("salt", "sand", "shale", "chalk", "marl", "coal", "dolomite", "else")


def predicted_project(kind: str = "ieee") -> Path:
    """A project whose run ``RUN`` has predicted every sample of ``survey(kind)`` into its volume store."""
    path = folder() / f"predicted_{kind}.seisproj"
    if not path.exists():
        Project.create(path).close()
    with Project.open(path) as project:
        dataset = next(iter(project.datasets()), None) or project.add_volume(survey(kind))
        classes = tuple(FaciesClass(number, name, "#808080") for number, name in enumerate(NAMES))
        write_run(project.run_folder(RUN), RunRecord(RUN, "facies", "forest", "2026", dataset.id, classes=classes))
        fill(project, dataset.id)
    return path


def fill(project: Project, dataset_id: str) -> None:
    """Write the slabs that are missing: classes that follow the amplitude, confidence and entropy with grain."""
    axes = project.dataset(dataset_id).axes
    assert axes is not None
    layout = SlabLayout.of(axes, Orientation.INLINE)
    group = open_store(stored.volume_path(project, RUN, dataset_id), layout, stored.KINDS, json.dumps("benchmark"))
    missing = group.missing()
    sections = Sections(*axes.shape) if missing else None
    for slab in missing:
        amplitude = np.stack([sections[row] for row in layout.section_range(slab)])
        write_slab(group, slab, predicted(amplitude))


def predicted(amplitude: np.ndarray) -> stored.ByteArray:
    """(3, n_section, n_lateral, n_sample) uint8 as a network would leave it."""
    block = np.empty((3, *amplitude.shape), dtype=np.uint8)
    block[stored.CLASS] = np.clip(amplitude / 700 + 4, 0, len(NAMES) - 1)
    block[stored.CONFIDENCE] = np.clip(100 + np.abs(amplitude) / 20, 0, 255)
    block[stored.ENTROPY] = 255 - block[stored.CONFIDENCE]
    return block
