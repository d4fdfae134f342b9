"""Sparse voxels in bricks, keyed by their place on a lattice of line numbers and times or depths."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.classes import Region
from seisgui.seismic.axes import VolumeAxes

Key = tuple[int, int, int]
Triple = tuple[int, int, int]
Packed = NDArray[np.uint16]  # low byte: class id + 1 (0 unlabelled); high byte: provenance
Mask = NDArray[np.bool_]

BRICK: Triple = (8, 32, 64)  # inlines x crosslines x samples, 32 KiB
ALIGNMENT = 1e-3  # of a step: how far a line or sample may lie off the lattice


@dataclass(frozen=True, slots=True)
class Box:
    """A box of lattice nodes: first node and shape, ordered (inline, crossline, sample)."""

    start: Triple
    shape: Triple

    @property
    def size(self) -> int:
        return self.shape[0] * self.shape[1] * self.shape[2]

    def to_json(self) -> list[int]:
        return [*self.start, *self.shape]

    @classmethod
    def from_json(cls, numbers: list[int]) -> Box:
        return cls((numbers[0], numbers[1], numbers[2]), (numbers[3], numbers[4], numbers[5]))


@dataclass(frozen=True, slots=True)
class Lattice:
    """Regular nodes in line numbers and ms or m: node (0, 0, 0) and the three steps."""

    inline: int
    inline_step: int
    crossline: int
    crossline_step: int
    sample: float
    interval: float

    @classmethod
    def of(cls, axes: VolumeAxes) -> Lattice:
        """The lattice on which the samples of ``axes`` lie, its origin at their first sample."""
        return cls(
            axes.inline.first,
            axes.inline.step,
            axes.crossline.first,
            axes.crossline.step,
            axes.sample.start,
            axes.sample.interval,
        )

    def offset(self, axes: VolumeAxes) -> Triple:
        """Lattice node of the first sample of ``axes``; ``InputError`` where they lie on another lattice."""
        steps = (axes.inline.step, axes.crossline.step, axes.sample.interval)
        own = (self.inline_step, self.crossline_step, self.interval)
        counts = axes.shape
        # one line has no step that could disagree
        fits = all(n == 1 or abs(a - b) <= ALIGNMENT * abs(b) for a, b, n in zip(steps, own, counts, strict=True))
        first = (axes.inline.first, axes.crossline.first, axes.sample.start)
        origin = (self.inline, self.crossline, self.sample)
        distance = [(a - b) / s for a, b, s in zip(first, origin, own, strict=True)]
        nodes = [round(d) for d in distance]
        if not fits or any(abs(d - n) > ALIGNMENT for d, n in zip(distance, nodes, strict=True)):
            raise InputError(
                "The lines or samples of this volume lie between those of the labels.",
                "Open it as a dataset of its own, or correct its header bytes.",
            )
        return nodes[0], nodes[1], nodes[2]

    def region(self, box: Box) -> Region:
        """The box in line numbers and ms or m, both ends included."""
        last = [s + n - 1 for s, n in zip(box.start, box.shape, strict=True)]
        return Region(
            (self.inline + box.start[0] * self.inline_step, self.inline + last[0] * self.inline_step),
            (self.crossline + box.start[1] * self.crossline_step, self.crossline + last[1] * self.crossline_step),
            (self.sample + box.start[2] * self.interval, self.sample + last[2] * self.interval),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class BrickStore:
    """Voxels in memory; ``dirty`` names the bricks that changed since they were last taken for the disk."""

    def __init__(self) -> None:
        self.bricks: dict[Key, Packed] = {}
        self.dirty: set[Key] = set()

    def read(self, box: Box) -> Packed:
        """Values of a box, shape ``box.shape``, 0 where nothing is stored."""
        values = np.zeros(box.shape, dtype=np.uint16)
        for key, inside, outside in pieces(box, self.bricks):
            brick = self.bricks.get(key)
            if brick is not None:
                values[outside] = brick[inside]
        return values

    def write(self, box: Box, mask: Mask, values: Packed) -> None:
        """Set the voxels of ``mask`` to ``values`` (both of shape ``box.shape``)."""
        for key, inside, outside in pieces(box):
            wanted = mask[outside]
            if not wanted.any():
                continue
            brick = self.bricks.get(key)
            if brick is None:
                brick = self.bricks[key] = np.zeros(BRICK, dtype=np.uint16)
            np.copyto(brick[inside], values[outside], where=wanted)
            self.dirty.add(key)

    def take_dirty(self, limit: int | None = None) -> dict[Key, Packed | None]:
        """Copies of at most ``limit`` changed bricks (None for those that became empty); they count as clean now."""
        keys = sorted(self.dirty)[:limit]
        taken: dict[Key, Packed | None] = {}
        for key in keys:
            brick = self.bricks.get(key)
            if brick is not None and not brick.any():
                del self.bricks[key]
                brick = None
            taken[key] = None if brick is None else brick.copy()
        self.dirty.difference_update(keys)
        return taken

    def labelled(self) -> Iterator[tuple[Triple, Packed]]:
        """First node and values of every brick."""
        for key, brick in self.bricks.items():
            yield origin_of(key), brick


def origin_of(key: Key) -> Triple:
    """First lattice node of a brick."""
    return key[0] * BRICK[0], key[1] * BRICK[1], key[2] * BRICK[2]


Slices = tuple[slice, slice, slice]


def pieces(box: Box, among: Collection[Key] | None = None) -> Iterator[tuple[Key, Slices, Slices]]:
    """Bricks that a box touches, of ``among`` alone if given: key, slices inside the brick, slices inside the box."""
    i, x, z = ({key: cut for key, *cut in axis_pieces(box.start[k], box.shape[k], BRICK[k])} for k in range(3))
    keys: Iterable[Key] = itertools.product(i, x, z)
    if among is not None and len(among) < len(i) * len(x) * len(z):  # a line crosses many places where nothing lies
        keys = [key for key in tuple(among) if key[0] in i and key[1] in x and key[2] in z]
    elif among is not None:
        keys = filter(among.__contains__, keys)
    for key in keys:
        (in_i, out_i), (in_x, out_x), (in_z, out_z) = i[key[0]], x[key[1]], z[key[2]]
        yield key, (in_i, in_x, in_z), (out_i, out_x, out_z)


def axis_pieces(start: int, count: int, size: int) -> Iterator[tuple[int, slice, slice]]:
    """The same along one axis."""
    if count <= 0:
        return
    for number in range(start // size, (start + count - 1) // size + 1):
        low = max(start, number * size)
        high = min(start + count, (number + 1) * size)
        yield number, slice(low - number * size, high - number * size), slice(low - start, high - start)


def pack_brick(brick: Packed) -> bytes:
    """A brick for the disk: little-endian class bytes, then provenance bytes, compressed."""
    split = np.ascontiguousarray(brick, dtype="<u2").view(np.uint8).reshape(-1, 2)
    return zlib.compress(np.ascontiguousarray(split.T).tobytes(), 1)


def unpack_brick(data: bytes) -> Packed:
    """The inverse of :func:`pack_brick`."""
    split = np.frombuffer(zlib.decompress(data), dtype=np.uint8).reshape(2, -1).astype(np.uint16)
    packed: Packed = (split[0] | (split[1] << 8)).reshape(BRICK)
    return packed
