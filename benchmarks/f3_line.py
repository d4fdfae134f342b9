"""The labelled F3 line of the facies benchmarks: a project on it, its classes, layouts of held-out blocks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.interpretation.palettes import DRAMSCH2018
from seisgui.interpretation.project import Project
from seisgui.learning.requests import HoldOut
from seisgui.seismic.axes import Orientation, SectionRef

DATA = Path(__file__).parents[2] / "shared" / "data"
VOLUME = DATA / "segy" / "f3_inline339_digitised.sgy"
LABELS = DATA / "facies" / "f3_inline339_9class.npz"
FIRST_CROSSLINE = 300
REF = SectionRef(Orientation.INLINE, 339)
LAYOUTS = {"A": ((143, 238), (475, 570), (760, 855)), "B": ((0, 95), (300, 395), (600, 695))}
SCORES = ("pixel_accuracy", "mean_class_accuracy", "mean_iou")
Columns = tuple[tuple[int, int], ...]


def at_hand() -> bool:
    """Whether the line and its labels are there."""
    return VOLUME.is_file() and LABELS.is_file()


def hold_out(blocks: Columns) -> tuple[HoldOut, ...]:
    """Blocks of columns (both ends included) as lines."""
    return tuple(HoldOut("crossline", FIRST_CROSSLINE + a, FIRST_CROSSLINE + b) for a, b in blocks)


@dataclass(frozen=True)
class Line:
    """All labels of the line: ``classes`` (951, 462) int16, -1 unlabelled."""

    classes: NDArray[np.int16]

    @classmethod
    def read(cls) -> Line:
        with np.load(LABELS) as file:
            return cls(np.ascontiguousarray(file["labels"].T).astype(np.int16))

    def inside(self, blocks: Columns) -> NDArray[np.int16]:
        """The labels of the blocks, -1 elsewhere."""
        kept = np.full_like(self.classes, -1)
        for first, last in blocks:
            kept[first : last + 1] = self.classes[first : last + 1]
        return kept

    def outside(self, blocks: Columns, gap: int) -> NDArray[np.int16]:
        """The labels further than ``gap`` columns from every block, -1 elsewhere."""
        kept = self.classes.copy()
        for first, last in blocks:
            kept[max(0, first - gap) : last + gap + 1] = -1
        return kept

    def write(self, path: Path, classes: NDArray[np.int16]) -> Path:
        """A label file of the line that ``score`` reads."""
        n_lateral, n_sample = classes.shape
        np.savez_compressed(
            path,
            labels=classes[None],
            inline=np.array([REF.number]),
            crossline=FIRST_CROSSLINE + np.arange(n_lateral),
            t_ms=4.0 * np.arange(n_sample),
        )
        return path


def new_project(path: Path) -> Project:
    """A project with the line and its nine classes, ids as in the label file, nothing labelled."""
    project = Project.create(path)
    project.add_volume(VOLUME)
    project.labels().add_classes([(number, name, colour) for number, (name, colour) in enumerate(DRAMSCH2018)])
    return project
