"""One edit: what it changes, before and after, and how that is written to disk."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from seisgui.interpretation.bricks import (
    BRICK,
    Box,
    BrickStore,
    Key,
    Lattice,
    Mask,
    Packed,
    pack_brick,
    unpack_brick,
)
from seisgui.interpretation.classes import FaciesClass, Region
from seisgui.interpretation.datasets import Dataset
from seisgui.interpretation.pick_operation import Pick, PickOperation


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit, an undo or a redo touched; views redraw only that.

    ``kind`` is 'labels', 'classes', 'datasets', 'horizons', 'picks', 'runs', 'copies', 'counts' (many labels have been
    counted anew) or 'layout'; ``region`` None means everything. ``records`` are those on which a pick changed.
    """

    kind: str
    dataset_id: str | None = None
    label_set_id: str | None = None
    region: Region | None = None
    revision: int = 0
    records: frozenset[str] = frozenset()


class Document(Protocol):
    """What operations act upon: the project's state in memory."""

    def set_voxels(self, label_set_id: str, patches: tuple[VoxelPatch, ...], forward: bool) -> None: ...

    def set_classes(self, label_set_id: str, classes: tuple[FaciesClass, ...]) -> None: ...

    def set_store(self, label_set_id: str, lattice: Lattice, bricks: dict[Key, Packed]) -> None: ...

    def set_dataset(self, dataset: Dataset) -> None: ...

    def set_picks(self, pick_set_id: str, gone: tuple[Pick, ...], come: tuple[Pick, ...]) -> None: ...


@dataclass(frozen=True, slots=True)
class VoxelPatch:
    """Changed voxels of one box: ``mask`` (box shape), values ``before`` and ``after`` at its True places."""

    box: Box
    mask: Mask
    before: Packed
    after: Packed

    def to_bytes(self) -> bytes:
        """Compressed: packed mask, before, after (little-endian)."""
        parts = np.packbits(self.mask).tobytes(), split_bytes(self.before), split_bytes(self.after)
        return zlib.compress(b"".join(parts), 1)

    @classmethod
    def from_bytes(cls, box: Box, data: bytes) -> VoxelPatch:
        raw = np.frombuffer(zlib.decompress(data), dtype=np.uint8)
        head = -(-box.size // 8)
        mask = np.unpackbits(raw[:head], count=box.size).astype(bool).reshape(box.shape)
        count = int(mask.sum())
        values = raw[head:].reshape(4, count).astype(np.uint16)
        return cls(box, mask, values[0] | (values[1] << 8), values[2] | (values[3] << 8))


def split_bytes(values: Packed) -> bytes:
    """Low bytes, then high bytes: runs of equal bytes compress well."""
    return np.ascontiguousarray(np.ascontiguousarray(values, "<u2").view(np.uint8).reshape(-1, 2).T).tobytes()


@dataclass(frozen=True, slots=True)
class VoxelOperation:
    """Voxels painted, erased, imported or filled."""

    kind: ClassVar[str] = "voxels"
    label_set_id: str
    patches: tuple[VoxelPatch, ...]

    @property
    def voxels(self) -> int:
        return sum(len(patch.after) for patch in self.patches)

    def apply(self, document: Document, forward: bool) -> None:
        document.set_voxels(self.label_set_id, self.patches, forward)

    def header(self) -> dict[str, Any]:
        boxes = [patch.box.to_json() for patch in self.patches]
        return {"kind": self.kind, "label_set": self.label_set_id, "boxes": boxes}

    def chunks(self) -> Iterator[bytes]:
        for patch in self.patches:
            yield patch.to_bytes()

    @classmethod
    def decode(cls, header: dict[str, Any], chunks: Iterator[bytes]) -> VoxelOperation:
        boxes = [Box.from_json(numbers) for numbers in header["boxes"]]
        return cls(header["label_set"], tuple(VoxelPatch.from_bytes(box, next(chunks)) for box in boxes))


@dataclass(frozen=True, slots=True)
class ClassOperation:
    """Classes added, renamed, recoloured, hidden or taken away."""

    kind: ClassVar[str] = "classes"
    label_set_id: str
    before: tuple[FaciesClass, ...]
    after: tuple[FaciesClass, ...]

    @property
    def voxels(self) -> int:
        return 0

    def apply(self, document: Document, forward: bool) -> None:
        document.set_classes(self.label_set_id, self.after if forward else self.before)

    def header(self) -> dict[str, Any]:
        before, after = ([item.to_json() for item in classes] for classes in (self.before, self.after))
        return {"kind": self.kind, "label_set": self.label_set_id, "before": before, "after": after}

    def chunks(self) -> Iterator[bytes]:
        return iter(())

    @classmethod
    def decode(cls, header: dict[str, Any], chunks: Iterator[bytes]) -> ClassOperation:  # noqa: ARG003
        before, after = (tuple(FaciesClass.from_json(item) for item in header[side]) for side in ("before", "after"))
        return cls(header["label_set"], before, after)


@dataclass(frozen=True, slots=True)
class StoreOperation:
    """All labels of a set moved to another lattice, as after corrected header bytes."""

    kind: ClassVar[str] = "store"
    label_set_id: str
    before_lattice: Lattice
    after_lattice: Lattice
    before: dict[Key, Packed]
    after: dict[Key, Packed]

    @property
    def voxels(self) -> int:
        return (len(self.before) + len(self.after)) * BRICK[0] * BRICK[1] * BRICK[2]

    def apply(self, document: Document, forward: bool) -> None:
        document.set_store(self.label_set_id, *self.side(forward))

    def side(self, forward: bool) -> tuple[Lattice, dict[Key, Packed]]:
        """Lattice and copies of the bricks after the operation, or before it."""
        lattice, bricks = (self.after_lattice, self.after) if forward else (self.before_lattice, self.before)
        return lattice, {key: brick.copy() for key, brick in bricks.items()}

    def header(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "label_set": self.label_set_id,
            "before_lattice": self.before_lattice.to_json(),
            "after_lattice": self.after_lattice.to_json(),
            "before": [list(key) for key in self.before],
            "after": [list(key) for key in self.after],
        }

    def chunks(self) -> Iterator[bytes]:
        for bricks in (self.before, self.after):
            for brick in bricks.values():
                yield pack_brick(brick)

    @classmethod
    def decode(cls, header: dict[str, Any], chunks: Iterator[bytes]) -> StoreOperation:
        before = {(k[0], k[1], k[2]): unpack_brick(next(chunks)) for k in header["before"]}
        after = {(k[0], k[1], k[2]): unpack_brick(next(chunks)) for k in header["after"]}
        lattices = Lattice(**header["before_lattice"]), Lattice(**header["after_lattice"])
        return cls(header["label_set"], *lattices, before, after)


@dataclass(frozen=True, slots=True)
class LayoutOperation:
    """Axes of a dataset and layouts of its volumes, before and after a correction of header bytes."""

    kind: ClassVar[str] = "layout"
    before: Dataset
    after: Dataset

    @property
    def voxels(self) -> int:
        return 0

    def apply(self, document: Document, forward: bool) -> None:
        document.set_dataset(self.dataset(forward))

    def dataset(self, forward: bool) -> Dataset:
        return self.after if forward else self.before

    def header(self) -> dict[str, Any]:
        return {"kind": self.kind, "before": self.before.to_json(), "after": self.after.to_json()}

    def chunks(self) -> Iterator[bytes]:
        return iter(())

    @classmethod
    def decode(cls, header: dict[str, Any], chunks: Iterator[bytes]) -> LayoutOperation:  # noqa: ARG003
        return cls(Dataset.from_json(header["before"]), Dataset.from_json(header["after"]))


Operation = VoxelOperation | ClassOperation | StoreOperation | LayoutOperation | PickOperation
DECODERS = {
    operation.kind: operation.decode
    for operation in (VoxelOperation, ClassOperation, StoreOperation, LayoutOperation, PickOperation)
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One undo step: a text for the menu and the operations that make it up."""

    text: str
    dataset_id: str
    label_set_id: str | None
    operations: tuple[Operation, ...]
    region: Region | None = None
    entry_id: int = 0
    revision: int = 0

    @property
    def kind(self) -> str:
        """Kind of the ``Change`` that it causes."""
        kinds = {operation.kind for operation in self.operations}
        return next((kind for kind in ("layout", "picks", "classes") if kind in kinds), "labels")

    @property
    def voxels(self) -> int:
        return sum(operation.voxels for operation in self.operations)

    def numbered(self, entry_id: int, revision: int) -> Edit:
        return replace(self, entry_id=entry_id, revision=revision)

    def change(self, revision: int) -> Change:
        records = [operation.records for operation in self.operations if isinstance(operation, PickOperation)]
        return Change(self.kind, self.dataset_id, self.label_set_id, self.region, revision, frozenset().union(*records))


def voxel_patch(store: BrickStore, box: Box, mask: Mask, after: Packed) -> VoxelPatch | None:
    """The voxels of ``mask`` that would change to ``after`` (box shape); None where none does."""
    before = store.read(box)
    changed = mask & (before != after)
    if not changed.any():
        return None
    return trimmed(box, changed, before, after)


def trimmed(box: Box, changed: Mask, before: Packed, after: Packed) -> VoxelPatch:
    """A patch cut down to the bounding box of what changed."""
    spans = []
    for axis in range(3):
        hit = np.flatnonzero(changed.any(axis=tuple(other for other in range(3) if other != axis)))
        spans.append((int(hit[0]), int(hit[-1]) + 1))
    cut = tuple(slice(low, high) for low, high in spans)
    start = tuple(s + span[0] for s, span in zip(box.start, spans, strict=True))
    shape = tuple(high - low for low, high in spans)
    mask = changed[cut]
    smaller = Box((start[0], start[1], start[2]), (shape[0], shape[1], shape[2]))
    return VoxelPatch(smaller, mask, before[cut][mask], after[cut][mask])


def bounding_box(patches: tuple[VoxelPatch, ...]) -> Box:
    """The smallest box around all patches (at least one)."""
    starts = np.array([patch.box.start for patch in patches])
    ends = starts + np.array([patch.box.shape for patch in patches])
    low, high = starts.min(axis=0), ends.max(axis=0)
    start, shape = low.tolist(), (high - low).tolist()
    return Box((start[0], start[1], start[2]), (shape[0], shape[1], shape[2]))


LENGTH = struct.Struct("<Q")


def join_chunks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Chunks with their lengths before them, ready to be written one after the other."""
    for chunk in chunks:
        yield LENGTH.pack(len(chunk))
        yield chunk


def cut_chunks(payload: bytes) -> Iterator[bytes]:
    """The inverse of :func:`join_chunks`."""
    position = 0
    while position < len(payload):
        (length,) = LENGTH.unpack_from(payload, position)
        position += LENGTH.size
        yield payload[position : position + length]
        position += length


def edit_chunks(edit: Edit) -> Iterator[bytes]:
    """All chunks of all operations, in order."""
    for operation in edit.operations:
        yield from operation.chunks()


def decode_operations(headers: list[dict[str, Any]], payload: bytes) -> tuple[Operation, ...]:
    """Operations from their headers and the payload bytes."""
    chunks = cut_chunks(payload)
    return tuple(DECODERS[header["kind"]](header, chunks) for header in headers)
