"""Header bytes corrected after painting: labels land on the same traces, as one undoable edit."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.bricks import BRICK, BrickStore, Key, Lattice, Packed
from seisgui.interpretation.datasets import Dataset, VolumeRecord, read_datasets
from seisgui.interpretation.edits import Edit, LayoutOperation, Operation, StoreOperation
from seisgui.interpretation.sources import ProjectSources, kind_of, same_axes
from seisgui.seismic.axes import VolumeAxes
from seisgui.seismic.segy import SegyLayout, SegyVolume, open_volume
from seisgui.seismic.volume import Volume

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesLabels, LabelSetInfo
    from seisgui.interpretation.journal import Journal

ORIENTATION_SHIFT = np.uint16(12)
NodeMap = NDArray[np.int64]  # (n_inline, n_crossline) of the old axes: flat node on the new ones, -1 where none


@dataclass(frozen=True, slots=True)
class LayoutReport:
    """What a corrected layout did: labelled voxels that moved with their traces, and those whose trace has no place."""

    moved: int
    lost: int
    axes: VolumeAxes


class RelayoutMixin(ProjectSources):
    """The part of a project that changes how its files are read."""

    journal: Journal
    _reader: sqlite3.Connection

    def label_sets(self, dataset_id: str | None = None) -> list[LabelSetInfo]:
        raise NotImplementedError

    def labels(
        self, label_set_id: str | None = None, dataset_id: str | None = None, revision: int | None = None
    ) -> FaciesLabels:
        raise NotImplementedError

    def require_layout(self, dataset_id: str) -> None:
        """Raise ``InputError`` where another process has corrected header bytes since this one opened the project.

        What is made here is kept by line numbers, which then mean other traces.
        """
        if not self.read_only:
            return
        here = self._datasets[dataset_id]
        there = next((item for item in read_datasets(self._reader) if item.id == dataset_id), None)
        if there is None or laid_out(there) != laid_out(here):
            raise InputError(f"The header bytes of {here.name} were corrected meanwhile.", "Do this again.")

    def change_layout(self, volume_id: str, layout: SegyLayout) -> LayoutReport:
        """Read a volume (and those beside it in its dataset) by another layout; labels go with their traces.

        One undoable edit. Volumes that are open keep their old axes: open them again. ``InputError`` where the file
        cannot be read that way, or another volume of the dataset would no longer fit.
        """
        self.require_writable()
        record = self.volume_record(volume_id)
        dataset = self._datasets[record.dataset_id]
        if dataset.axes is None:
            raise InputError(f"{record.name} holds gathers; its layout has no lines.", "Add it as a survey instead.")
        old = self.open_volume(record.id)
        new = open_volume(self.source_path(record.id), layout)
        try:
            after = self._laid_out(dataset, record, layout, new)
            nodes = node_map(old, new)
            sets = [self.labels(info.id) for info in self.label_sets(dataset.id)]
            moves = [move_labels(labels, nodes, new.axes) for labels in sets]
        finally:
            new.close()
        operations: list[Operation] = [move.operation for move in moves]
        operations.append(LayoutOperation(dataset, after))
        self.journal.apply(Edit(f"Correct the header bytes of {record.name}", dataset.id, None, tuple(operations)))
        return LayoutReport(sum(move.moved for move in moves), sum(move.lost for move in moves), new.axes)

    def _laid_out(self, dataset: Dataset, record: VolumeRecord, layout: SegyLayout, new: Volume) -> Dataset:
        resolved: SegyLayout = getattr(new, "layout", layout)
        after = replace(dataset, axes=new.axes, kind=kind_of(new.axes)).with_volume(
            replace(record, layout=resolved.to_json(), axes=new.axes)
        )
        for other in dataset.volumes:
            if other.id != record.id:
                after = after.with_volume(self._other_laid_out(other, layout, new.axes))
        return after

    def _other_laid_out(self, other: VolumeRecord, layout: SegyLayout, axes: VolumeAxes) -> VolumeRecord:
        volume = open_volume(self.source_path(other.id), layout)
        resolved: SegyLayout = getattr(volume, "layout", layout)
        found = volume.axes
        volume.close()
        if not same_axes(found, axes):
            raise InputError(
                f"{other.name} is in the same dataset and does not fit these header bytes.",
                "Make it a dataset of its own first.",
            )
        return replace(other, layout=resolved.to_json(), axes=found)


def laid_out(dataset: Dataset) -> tuple[VolumeAxes | None, dict[str, dict[str, Any] | None]]:
    """The axes, and how each volume is read."""
    return dataset.axes, {record.id: record.layout for record in dataset.volumes}


def node_map(old: Volume, new: Volume) -> NodeMap:
    """Where each old node's trace lies on the new axes; of several on one node only the one that is shown does."""
    n_inline, n_crossline, _ = old.axes.shape
    if not isinstance(old, SegyVolume) or not isinstance(new, SegyVolume):
        if old.axes.shape != new.axes.shape:
            raise InputError(f"{old.name} has other lines now.", "Add it as a dataset of its own.")
        return np.arange(n_inline * n_crossline, dtype=np.int64).reshape(n_inline, n_crossline)
    trace = old.trace_index
    node = np.where(trace >= 0, new.node_of_trace[np.maximum(trace, 0)], -1)
    shown = new.trace_index.ravel()[np.maximum(node, 0)] == trace
    return np.where(shown, node, -1)


def lines_swapped(nodes: NodeMap, n_crossline: int) -> bool:
    """True where a walk along an old inline goes along a new crossline."""
    if nodes.shape[1] < 2 and nodes.shape[0] < 2:
        return False
    axis = 1 if nodes.shape[1] > 1 else 0
    first, second = (nodes[:, :-1], nodes[:, 1:]) if axis == 1 else (nodes[:-1], nodes[1:])
    known = (first >= 0) & (second >= 0)
    if not known.any():
        return False
    same_inline = (first[known] // n_crossline == second[known] // n_crossline).mean()
    same_crossline = (first[known] % n_crossline == second[known] % n_crossline).mean()
    return bool(same_crossline > same_inline) if axis == 1 else bool(same_inline > same_crossline)


@dataclass(frozen=True, slots=True)
class LabelMove:
    """A label set on its new lattice."""

    operation: StoreOperation
    moved: int
    lost: int


def move_labels(labels: FaciesLabels, nodes: NodeMap, axes: VolumeAxes) -> LabelMove:
    """The labels of a set carried to the new nodes of their traces; samples keep their place in the trace."""
    store = BrickStore()
    moved = lost = 0
    n_crossline = axes.crossline.count
    swapped = lines_swapped(nodes, n_crossline)
    for start, brick in labels.store.labelled():
        local = np.nonzero(brick)
        values = brick[local]
        i, x, z = (place + (s - o) for place, s, o in zip(local, start, labels.offset, strict=True))
        inside = (i >= 0) & (i < nodes.shape[0]) & (x >= 0) & (x < nodes.shape[1])
        inside &= (z >= 0) & (z < axes.sample.count)
        target = nodes[np.where(inside, i, 0), np.where(inside, x, 0)]
        inside &= target >= 0
        moved += int(inside.sum())
        lost += int((~inside).sum())
        kept = target[inside]
        scatter(store, (kept // n_crossline, kept % n_crossline, z[inside]), turned(values[inside], swapped))
    before = dict(labels.store.bricks)
    operation = StoreOperation(labels.id, labels.lattice, Lattice.of(axes), before, dict(store.bricks))
    return LabelMove(operation, moved, lost)


def turned(values: Packed, swapped: bool) -> Packed:
    """Values with inline and crossline exchanged as the orientation painted in, where the lines are."""
    if not swapped:
        return values
    code = (values >> ORIENTATION_SHIFT) & np.uint16(0b11)
    flipped = np.where(code < 2, np.uint16(1) - np.minimum(code, np.uint16(1)), code)
    cleared = values & ~(np.uint16(0b11) << ORIENTATION_SHIFT)
    return (cleared | (flipped << ORIENTATION_SHIFT)).astype(np.uint16)


def scatter(store: BrickStore, nodes: tuple[NDArray[np.int64], ...], values: Packed) -> None:
    """Set single voxels of a store; ``nodes`` are three arrays (n,) of lattice places."""
    keys = np.stack([place // size for place, size in zip(nodes, BRICK, strict=True)])
    inside = np.stack([place % size for place, size in zip(nodes, BRICK, strict=True)])
    order = np.lexsort(keys)
    if not len(order):
        return
    ordered = keys[:, order]
    starts = np.flatnonzero(np.append(True, (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)))
    for first, last in zip(starts, [*starts[1:], len(order)], strict=True):
        picked = order[first:last]
        i, x, z = ordered[:, first].tolist()
        key: Key = (i, x, z)
        brick = store.bricks.setdefault(key, np.zeros(BRICK, dtype=np.uint16))
        brick[tuple(inside[:, picked])] = values[picked]
        store.dirty.add(key)
