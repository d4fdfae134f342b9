"""Predicted sections on disk (torch-free: the window reads them)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import FailureError
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.volume import BoolArray, FloatArray

if TYPE_CHECKING:
    import zarr

    from seisgui.interpretation.project import Project

NOT_PREDICTED = 255
CLASS, CONFIDENCE, ENTROPY = 0, 1, 2
KINDS = ("class", "confidence", "entropy")  # arrays of a predicted volume, (n_inline, n_crossline, n_sample) each
AXIS = {Orientation.INLINE: 0, Orientation.CROSSLINE: 1, Orientation.TIME: 2}
ByteArray = NDArray[np.uint8]


def to_bytes(probabilities: FloatArray, class_ids: tuple[int, ...], live: BoolArray | None = None) -> ByteArray:
    """What is stored of probabilities (n_class, n_lateral, n_sample): (3, n_lateral, n_sample) uint8.

    Class (255 where ``live`` is False), confidence and entropy, the latter two scaled to 0-255; entropy as a share
    of its maximum.
    """
    best = probabilities.argmax(axis=0)
    stored = np.empty((3, *best.shape), dtype=np.uint8)
    stored[CLASS] = np.asarray(class_ids, dtype=np.uint8)[best]
    confidence = np.take_along_axis(probabilities, best[None], axis=0)[0]
    stored[CONFIDENCE] = np.clip(np.rint(255.0 * confidence), 0, 255)
    bounded = np.maximum(probabilities, 1e-12)
    entropy = -(bounded * np.log(bounded)).sum(axis=0) / np.log(max(len(class_ids), 2))
    stored[ENTROPY] = np.clip(np.rint(255.0 * entropy), 0, 255)
    if live is not None:
        stored[:, ~live] = np.array([NOT_PREDICTED, 0, 0], dtype=np.uint8)[:, None]
    return stored


def section_name(ref: SectionRef) -> str:
    """'inline_339': the file name of a section without its ending."""
    return f"{ref.orientation.value}_{ref.number:.10g}"


def prediction_path(project: Project, run_id: str, ref: SectionRef, dataset_id: str) -> Path:
    """Where the prediction of a section is kept."""
    return project.prediction_folder(run_id) / dataset_id / f"{section_name(ref)}.npy"


def write_array(path: Path, stored: ByteArray) -> Path:
    """Write an array whole or not at all.

    Raises ``FailureError`` where the disk refuses.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            np.save(file, stored, allow_pickle=False)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise FailureError(f"The prediction {path} cannot be written: {error.strerror or error}.") from error
    return path


def read_array(path: Path) -> ByteArray | None:
    """A stored (3, n_lateral, n_sample) uint8 array; None where it is missing or damaged."""
    try:
        stored = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if stored.ndim != 3 or stored.shape[0] != 3 or stored.dtype != np.uint8:
        return None
    return np.asarray(stored)


def read_prediction(project: Project, run_id: str, ref: SectionRef, dataset_id: str) -> ByteArray | None:
    """The stored prediction of a section, from its own file or from the predicted volume; None where there is none.

    Shape (3, n_lateral, n_sample), of a horizontal slice (3, n_inline, n_crossline).
    """
    if ref.orientation is not Orientation.TIME:
        found = read_array(prediction_path(project, run_id, ref, dataset_id))
        if found is not None:
            return found
    return read_from_volume(project, run_id, ref, dataset_id)


def volume_path(project: Project, run_id: str, dataset_id: str) -> Path:
    """Where the prediction of a whole volume is kept, a Zarr v3 group."""
    return project.prediction_folder(run_id) / dataset_id / "volume.zarr"


def read_from_volume(project: Project, run_id: str, ref: SectionRef, dataset_id: str) -> ByteArray | None:
    """A section of the predicted volume; None where there is no volume or the section was not reached yet."""
    path = volume_path(project, run_id, dataset_id)
    if not (path / "zarr.json").is_file():
        return None
    import zarr

    axes = project.dataset(dataset_id).axes
    if axes is None:
        return None
    where: list[slice | int] = [slice(None)] * 3
    where[AXIS[ref.orientation]] = axes.section_index(ref)
    group = zarr.open_group(path, mode="r")
    section = np.stack([np.asarray(read_zarr(group, name, tuple(where))) for name in KINDS])
    return section if (section[CLASS] != NOT_PREDICTED).any() else None


def read_zarr(group: zarr.Group, name: str, where: tuple[slice | int, ...]) -> ByteArray:
    """Part of one of the arrays of a predicted volume."""
    array: Any = group[name]
    return np.asarray(array[where], dtype=np.uint8)


def predicted_sections(project: Project, run_id: str, dataset_id: str) -> Iterator[SectionRef]:
    """Sections of which a file is kept, in no particular order."""
    folder = project.prediction_folder(run_id) / dataset_id
    for path in sorted(folder.glob("*_*.npy")):
        orientation, _, number = path.stem.partition("_")
        try:
            yield SectionRef(Orientation(orientation), float(number))
        except ValueError:
            continue
