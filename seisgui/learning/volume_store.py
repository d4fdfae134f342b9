"""A predicted volume on disk: a Zarr v3 group of three uint8 arrays, written slab by slab."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from seisgui.errors import FailureError
from seisgui.learning.stored import AXIS, KINDS, NOT_PREDICTED, ByteArray
from seisgui.seismic.axes import Orientation, VolumeAxes

SLAB = 16  # sections written together: one layer of chunks
CHUNK = 128
ROOM = 1.1  # free space wanted, as a share of the need


@dataclass(frozen=True)
class VolumeStore:
    """Arrays ``class`` (255 = not predicted), ``confidence``, ``entropy``, each (n_inline, n_crossline, n_sample)."""

    group: zarr.Group
    axis: int
    shape: tuple[int, int, int]

    @classmethod
    def open(cls, path: Path, axes: VolumeAxes, way: Orientation, attributes: dict[str, Any]) -> VolumeStore:
        """Open what a stopped prediction left, or make it anew.

        Raises ``FailureError`` where the disk has no room for it.
        """
        key = json.dumps({**attributes, "axes": axes.to_json(), "way": way.value}, sort_keys=True)
        if (path / "zarr.json").is_file():
            group = zarr.open_group(path, mode="r+")
            if group.attrs.get("key") == key:
                return cls(group, AXIS[way], axes.shape)
            shutil.rmtree(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        check_room(path.parent, axes.shape)
        group = zarr.open_group(path, mode="w", zarr_format=3)
        chunks = [min(CHUNK, count) for count in axes.shape]
        chunks[AXIS[way]] = min(SLAB, axes.shape[AXIS[way]])
        for kind in KINDS:
            fill = NOT_PREDICTED if kind == "class" else 0
            group.create_array(kind, shape=axes.shape, chunks=tuple(chunks), dtype="uint8", fill_value=fill)
        group.attrs.update({**attributes, "key": key, "done": []})
        return cls(group, AXIS[way], axes.shape)

    def missing(self) -> list[int]:
        """Indices of sections that are not predicted yet."""
        return [index for slab in self.slabs() for index in slab]

    def slabs(self) -> list[range]:
        """Sections still to be predicted, in slabs of whole chunks."""
        done: Any = self.group.attrs["done"]
        count = self.shape[self.axis]
        return [range(first, min(first + SLAB, count)) for first in range(0, count, SLAB) if first not in done]

    def write(self, first: int, slab: ByteArray, *, complete: bool) -> None:
        """Write sections ``first ...``: slab (3, n_section, n_lateral, n_sample)."""
        where: list[slice] = [slice(None)] * 3
        where[self.axis] = slice(first, first + slab.shape[1])
        for kind, values in zip(KINDS, slab, strict=True):
            array: Any = self.group[kind]
            array[tuple(where)] = np.moveaxis(values, 0, self.axis)
        if complete:
            done: Any = self.group.attrs["done"]
            self.group.attrs["done"] = [*done, first]


def check_room(folder: Path, shape: tuple[int, int, int]) -> None:
    """Raise ``FailureError`` where the disk cannot hold a predicted volume of this shape."""
    need = len(KINDS) * int(np.prod(shape, dtype=np.int64))
    free = shutil.disk_usage(folder).free
    if free < ROOM * need:
        raise FailureError(
            f"Predicting the whole volume needs {need / 1e9:.1f} GB in {folder}, where {free / 1e9:.1f} GB are free.",
            "Free some space, or move the project to a larger disk.",
        )
