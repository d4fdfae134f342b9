"""Two label sets of one dataset side by side: how far two people, or one at two dates, agree."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.bricks import BRICK, Box, Triple
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.progress import Progress

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesLabels

AGREE, DISAGREE, NOT_COMPARED = 0, 1, 255
N_ID = 256
CLASS_BITS = np.uint16(0xFF)


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """One class by its name: voxels that either set calls so among those labelled in both, and that both do."""

    name: str
    first: int
    second: int
    both: int

    @property
    def agreement(self) -> float | None:
        """Dice: twice what both call so over what each calls so; None where neither does."""
        total = self.first + self.second
        return 2 * self.both / total if total else None


@dataclass(frozen=True, slots=True)
class LabelComparison:
    """Agreement over the ``compared`` voxels that both sets label; ``matrix`` rows are the first set's ``names``.

    ``kappa`` is Cohen's (1960): agreement beyond chance; None where nothing is compared or chance alone agrees.
    """

    names: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    compared: int
    only_first: int
    only_second: int
    agreement: float | None
    kappa: float | None
    classes: tuple[ClassAgreement, ...]

    def to_json(self) -> dict[str, Any]:
        classes = [{**asdict(entry), "agreement": entry.agreement} for entry in self.classes]
        return {**asdict(self), "classes": classes}

    @property
    def sentence(self) -> str:
        """Such as '12,004 voxels are labelled in both sets: 93.1 % agree, kappa .88'."""
        if not self.compared or self.agreement is None:
            return "No voxel is labelled in both sets."
        kappa = f", kappa {self.kappa:.2f}" if self.kappa is not None else ""
        return f"{self.compared:,} voxels are labelled in both sets: {self.agreement:.1%} agree{kappa}."


def compare_label_sets(first: FaciesLabels, second: FaciesLabels) -> LabelComparison:
    """Count agreement voxel by voxel; classes are matched by name, whatever their ids.

    Raises ``InputError`` where the sets belong to different datasets.
    """
    require_same_dataset(first, second)
    names, of_first, of_second = common_names(first, second)
    matrix = np.zeros((len(names), len(names)), dtype=np.int64)
    shift = between(first, second)
    for start, brick in first.store.labelled():
        place = (start[0] + shift[0], start[1] + shift[1], start[2] + shift[2])
        other = second.store.read(Box(place, BRICK))
        both = (brick != 0) & (other != 0)
        if both.any():
            rows, columns = of_first[ids(brick[both])], of_second[ids(other[both])]
            flat = np.bincount(rows * len(names) + columns, minlength=matrix.size)
            matrix += flat.reshape(matrix.shape)
    compared = int(matrix.sum())
    return LabelComparison(
        names=names,
        matrix=tuple(tuple(int(count) for count in row) for row in matrix),
        compared=compared,
        only_first=sum(first.class_counts().values()) - compared,
        only_second=sum(second.class_counts().values()) - compared,
        agreement=float(np.trace(matrix)) / compared if compared else None,
        kappa=cohen_kappa(matrix),
        classes=tuple(
            ClassAgreement(name, int(matrix[k].sum()), int(matrix[:, k].sum()), int(matrix[k, k]))
            for k, name in enumerate(names)
        ),
    )


def cohen_kappa(matrix: NDArray[np.int64]) -> float | None:
    """Cohen's kappa of a confusion matrix; None where it is not defined."""
    total = float(matrix.sum())
    if not total:
        return None
    observed = float(np.trace(matrix)) / total
    expected = float((matrix.sum(axis=0) * matrix.sum(axis=1)).sum()) / total**2
    return (observed - expected) / (1.0 - expected) if expected < 1.0 else None


def disagreement(
    first: FaciesLabels, second: FaciesLabels, ref: SectionRef, lateral: slice, vertical: slice
) -> NDArray[np.uint8]:
    """Part of a section, (n_lateral, n_vertical): 0 agreed, 1 disagreed, 255 where not both are labelled."""
    _, of_first, of_second = common_names(first, second)
    one, _ = first.section_window(ref, lateral, vertical)
    other, _ = second.section_window(ref, lateral, vertical)
    both = (one >= 0) & (other >= 0)
    differs = of_first[np.maximum(one, 0)] != of_second[np.maximum(other, 0)]
    return np.where(both, differs, NOT_COMPARED).astype(np.uint8)


def common_names(
    first: FaciesLabels, second: FaciesLabels
) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int64]]:
    """Names of all classes of two sets, and for each set the place of every class id among them (256,)."""
    places: dict[str, int] = {}
    names: list[str] = []
    tables = []
    for labels in (first, second):
        table = np.zeros(N_ID, dtype=np.int64)
        for entry in labels.classes:
            key = entry.name.strip().casefold()
            if key not in places:
                places[key] = len(names)
                names.append(entry.name)
            table[entry.id] = places[key]
        tables.append(table)
    return tuple(names), tables[0], tables[1]


def ids(packed: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Class ids of labelled voxels as bricks hold them."""
    return (packed & CLASS_BITS).astype(np.int64) - 1


def between(first: FaciesLabels, second: FaciesLabels) -> Triple:
    """What to add to a lattice node of the first set to get that of the second."""
    a, b = first.offset, second.offset
    return b[0] - a[0], b[1] - a[1], b[2] - a[2]


def require_same_dataset(first: FaciesLabels, second: FaciesLabels) -> None:
    """Raise ``InputError`` where two label sets have no voxel in common by nature."""
    if first.dataset_id != second.dataset_id:
        raise InputError(
            f"The label sets {first.info.name!r} and {second.info.name!r} belong to different datasets.",
            "Compare two label sets of the same survey or line.",
        )


def compare_in_project_steps(project_path: Path, first: str, second: str) -> Generator[Progress, None, LabelComparison]:
    """``compare_label_sets`` beside a window that has the project open."""
    from seisgui.interpretation.project import Project

    project = Project.open(project_path, read_only=True)
    try:
        yield Progress(0, 1, "Comparing label sets")
        return compare_label_sets(project.labels(first), project.labels(second))
    finally:
        project.close()
