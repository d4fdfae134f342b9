"""Predicted sections on disk (torch-free: the window reads them)."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import FailureError, InputError
from seisgui.learning.slabs import AXIS, SlabGroup
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.volume import BoolArray, FloatArray

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

NOT_PREDICTED = 255
CLASS, CONFIDENCE, ENTROPY = 0, 1, 2
KINDS = ("class", "confidence", "entropy")  # arrays of a predicted volume, (n_inline, n_crossline, n_sample) each
PROBABILITY = "probability_"  # + class id: arrays of single classes, 255 = 1
DAMAGED = (ValueError, RuntimeError)  # what Zarr raises where bytes of a shard are not those that were written
ByteArray = NDArray[np.uint8]

log = logging.getLogger(__name__)


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


def predicted_volume(project: Project, run_id: str, dataset_id: str) -> SlabGroup | None:
    """What there is of a whole-survey prediction; None where there is nothing, or it is of other axes."""
    group = SlabGroup.read(volume_path(project, run_id, dataset_id))
    axes = project.dataset(dataset_id).axes
    return group if group is not None and group.layout.axes == axes else None


def read_from_volume(project: Project, run_id: str, ref: SectionRef, dataset_id: str) -> ByteArray | None:
    """A section of the predicted volume; None where there is no volume or the section was not reached yet.

    Shape (3, n_lateral, n_sample), of a horizontal slice (3, n_inline, n_crossline).
    """
    group = predicted_volume(project, run_id, dataset_id)
    if group is None:
        return None
    where = [slice(None)] * 3
    index = group.layout.axes.section_index(ref)
    where[AXIS[ref.orientation]] = slice(index, index + 1)
    block = read_arrays(group, KINDS, where)
    section = block.squeeze(1 + AXIS[ref.orientation])
    return section if (section[CLASS] != NOT_PREDICTED).any() else None


def read_block(project: Project, run_id: str, dataset_id: str, inlines: slice) -> ByteArray:
    """Neighbouring inlines, by index, of the predicted volume: (3, n, n_crossline, n_sample) uint8.

    Class 255, confidence 0 and entropy 0 where nothing is predicted. ``inlines_together`` says how many are best
    read at once. Raises ``InputError`` where the dataset has no inlines.
    """
    group = predicted_volume(project, run_id, dataset_id)
    if group is not None:
        return read_arrays(group, KINDS, [inlines, slice(None), slice(None)])
    axes = project.dataset(dataset_id).axes
    if axes is None:
        raise InputError("Gathers have no inlines.", "Name a survey or a line.")
    count = len(range(*inlines.indices(axes.inline.count)))
    return empty_block(KINDS, (count, axes.crossline.count, axes.sample.count))


def inlines_together(project: Project, run_id: str, dataset_id: str) -> int:
    """How many inlines ``read_block`` reads with no more effort than one; blocks should begin at multiples of it."""
    group = predicted_volume(project, run_id, dataset_id)
    return 1 if group is None else group.layout.chunks[0]


def probability_name(class_id: int) -> str:
    """Name of the array that keeps the probability of one class."""
    return f"{PROBABILITY}{class_id}"


def kept_probabilities(project: Project, run_id: str, dataset_id: str) -> tuple[int, ...]:
    """Ids of the classes whose probability the predicted volume keeps."""
    group = predicted_volume(project, run_id, dataset_id)
    names = () if group is None else group.names
    return tuple(int(name.removeprefix(PROBABILITY)) for name in names if name.startswith(PROBABILITY))


def read_kept_probability(
    project: Project, run_id: str, ref: SectionRef, dataset_id: str, class_id: int
) -> ByteArray | None:
    """The probability of one class on a section of the predicted volume, 0-254 = 0-1, 255 where nothing is predicted.

    None where the volume has not kept it, or the section was not reached yet.
    """
    group = predicted_volume(project, run_id, dataset_id)
    name = probability_name(class_id)
    if group is None or name not in group.names:
        return None
    where = [slice(None)] * 3
    index = group.layout.axes.section_index(ref)
    where[AXIS[ref.orientation]] = slice(index, index + 1)
    block = read_arrays(group, (KINDS[CLASS], name), where)
    classes, share = block.squeeze(1 + AXIS[ref.orientation])
    predicted = classes != NOT_PREDICTED
    if not predicted.any():
        return None
    return np.where(predicted, np.minimum(share, NOT_PREDICTED - 1), NOT_PREDICTED).astype(np.uint8)


def read_arrays(group: SlabGroup, names: Sequence[str], where: Sequence[slice]) -> ByteArray:
    """A box of some arrays of a group, (n_name, n_inline, n_crossline, n_sample); empty outside of whole slabs."""
    layout = group.layout
    box = [range(*part.indices(count)) for part, count in zip(where, layout.axes.shape, strict=True)]
    block = empty_block(names, tuple(len(part) for part in box))
    across = box[layout.axis]
    if not block.size:
        return block
    slabs = range(across.start // layout.thickness, (across.stop - 1) // layout.thickness + 1)
    parts = whole_runs([slab for slab in slabs if group.is_done(slab)])
    if not parts:
        return block
    import zarr

    opened: Any = zarr.open_group(group.path, mode="r")
    arrays = [opened[name] for name in names]

    def read(first: int, last: int) -> None:
        start = max(layout.section_range(first).start, across.start)
        stop = min(layout.section_range(last).stop, across.stop)
        source, target = list(where), [slice(None)] * 3
        source[layout.axis] = slice(start, stop)
        target[layout.axis] = slice(start - across.start, stop - across.start)
        found = [array[tuple(source)] for array in arrays]
        block[(slice(None), *target)] = found

    for first, last in parts:
        try:
            read(first, last)
        except DAMAGED as error:
            log.warning("%s cannot be read: %s", group.path, error)
            for slab in range(first, last + 1):
                read_or_forget(group, slab, read)
    return block


def read_or_forget(group: SlabGroup, slab: int, read: Callable[[int, int], None]) -> None:
    """Read a slab; where the disk has spoilt it, it is no longer counted as done, so that it is predicted again."""
    try:
        read(slab, slab)
    except DAMAGED as error:
        found = SlabGroup.read(group.path)
        if isinstance(error, OSError) or found is None or found.key != group.key:
            raise  # the group itself is gone or another
        log.warning("slab %d of %s is damaged and counts as not predicted: %s", slab, group.path, error)
        with contextlib.suppress(OSError):
            group.marker(slab).unlink()


def whole_runs(slabs: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of every run of consecutive numbers."""
    parts: list[tuple[int, int]] = []
    for slab in slabs:
        if parts and parts[-1][1] == slab - 1:
            parts[-1] = parts[-1][0], slab
        else:
            parts.append((slab, slab))
    return parts


def empty_block(names: Sequence[str], shape: tuple[int, ...]) -> ByteArray:
    """(n_name, *shape) of nothing predicted."""
    block = np.zeros((len(names), *shape), dtype=np.uint8)
    for number, name in enumerate(names):
        block[number] = fill_value(name)
    return block


def fill_value(name: str) -> int:
    """What stands in an array of this name where nothing is predicted."""
    return NOT_PREDICTED if name == KINDS[CLASS] else 0


def forget_sections(
    project: Project, run_id: str, dataset_id: str, before_ns: int, refs: Sequence[SectionRef] | None = None
) -> None:
    """Remove files of single sections (None: of all) older than ``before_ns``: a survey predicted since replaces them.

    A live session leaves such files of every state of its weights; they would stand before those of the survey.
    """
    for ref in predicted_sections(project, run_id, dataset_id) if refs is None else refs:
        path = prediction_path(project, run_id, ref, dataset_id)
        with contextlib.suppress(OSError):
            if path.stat().st_mtime_ns < before_ns:
                path.unlink()


def predicted_sections(project: Project, run_id: str, dataset_id: str) -> Iterator[SectionRef]:
    """Sections of which a file is kept, in no particular order."""
    folder = project.prediction_folder(run_id) / dataset_id
    for path in sorted(folder.glob("*_*.npy")):
        orientation, _, number = path.stem.partition("_")
        try:
            yield SectionRef(Orientation(orientation), float(number))
        except ValueError:
            continue
