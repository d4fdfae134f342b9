"""The labels that a run was trained on, kept with it: later scores must know where they lay (torch-free)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.learning.splits import Split
from seisgui.learning.stored import section_name
from seisgui.seismic.axes import Orientation, SectionRef

FILE = "training_labels.npz"
NONE = 255
ClassArray = NDArray[np.int16]


def write_training_labels(folder: Path, split: Split) -> None:
    """One uint8 array (n_lateral, n_sample) a section, 255 where nothing trained."""
    arrays = {
        section_name(part.section.ref): np.where(part.training, part.section.classes, NONE).astype(np.uint8)
        for part in split.sections
        if part.training.any()
    }
    with (folder / FILE).open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_training_labels(folder: Path) -> Sequence[tuple[SectionRef, ClassArray]]:
    """Sections with the class of every training pixel, -1 elsewhere.

    Raises ``InputError`` where the file is missing or damaged.
    """
    path = folder / FILE
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name]) for name in file.files}
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"The labels that the run was trained on cannot be read: {path}.", "Train again.") from error
    found = []
    for name, array in arrays.items():
        orientation, _, number = name.partition("_")
        classes = np.where(array == NONE, -1, array.astype(np.int16)).astype(np.int16)
        found.append((SectionRef(Orientation(orientation), float(number)), classes))
    return found
