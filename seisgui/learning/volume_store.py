"""Writing a predicted volume: a Zarr v3 group, one shard a slab and array, each slab durable before it counts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.codecs import ZstdCodec

from seisgui.errors import FailureError
from seisgui.learning.slabs import SlabGroup, SlabLayout, marker_folder, size_of
from seisgui.learning.stored import ByteArray, fill_value
from seisgui.seismic.durable import synchronise, write_durably

LEVEL = 1  # of zstd: classes shrink to a few percent, and no disk is faster
PARTIAL = "*.partial"  # what Zarr leaves of a shard when the process is killed


def open_store(
    path: Path, layout: SlabLayout, names: Sequence[str], key: str, told: dict[str, Any] | None = None
) -> SlabGroup:
    """Open the group a stopped prediction left, or make it anew where it is of another key, cut or lacks an array.

    ``names`` are the arrays, each (n_inline, n_crossline, n_sample) uint8; ``told`` are further attributes of a
    new group. Only one process may do this at a time. Raises ``FailureError`` where the disk refuses.
    """
    group = SlabGroup.read(path)
    try:
        if group is not None and group.serves(layout, names, key):
            for left in (*path.rglob(PARTIAL), *marker_folder(path).glob(".*")):
                left.unlink()
            return group
        remove_store(path)
        return make_store(path, layout, tuple(names), key, told or {})
    except OSError as error:
        raise refused(path, error) from error


def make_store(path: Path, layout: SlabLayout, names: tuple[str, ...], key: str, told: dict[str, Any]) -> SlabGroup:
    """An empty group; its attributes come last, so that a half-made one is known as such."""
    group = zarr.open_group(path, mode="w", zarr_format=3)
    for name in names:
        group.create_array(
            name,
            shape=layout.axes.shape,
            chunks=layout.chunks,
            shards=layout.shards,
            dtype="uint8",
            fill_value=fill_value(name),
            compressors=[ZstdCodec(level=LEVEL, checksum=True)],
            dimension_names=("inline", "crossline", layout.axes.sample.domain.value),
        )
    attributes = {
        **told,
        "key": key,
        "arrays": list(names),
        "axes": layout.axes.to_json(),
        "orientation": layout.orientation.value,
        "thickness": layout.thickness,
    }
    group.attrs.update(attributes)
    marker_folder(path).mkdir(parents=True, exist_ok=True)
    return SlabGroup(path, key, names, layout)


def remove_store(path: Path) -> None:
    """Remove a group; its markers first, so that nothing half removed is taken for whole."""
    for folder in (marker_folder(path), path):
        if folder.exists():
            shutil.rmtree(folder)


def write_slab(group: SlabGroup, slab: int, block: ByteArray) -> None:
    """Write a whole slab and mark it as done once it is on the disk.

    ``block`` is (n_name, n_section, n_lateral, n_sample) in the order of ``group.names``. Raises ``FailureError``
    where the disk refuses.
    """
    layout = group.layout
    sizes = {}
    try:
        # what is left of an earlier attempt may be cut short, and Zarr would read it to complete a shard at the edge
        group.marker(slab).unlink(missing_ok=True)
        for name in group.names:
            layout.shard_file(group.path, name, slab).unlink(missing_ok=True)
        opened = zarr.open_group(group.path, mode="r+")
        for name, values in zip(group.names, block, strict=True):
            array: Any = opened[name]
            array[layout.place(slab)] = np.moveaxis(values, 0, layout.axis)
            shard = layout.shard_file(group.path, name, slab)
            sizes[name] = size_of(shard)
            if shard.exists():
                synchronise(shard)
                for folder in shard.relative_to(group.path / name).parents:
                    synchronise(group.path / name / folder)
        write_durably(group.marker(slab), json.dumps({"key": group.key, "sizes": sizes}).encode())
    except OSError as error:
        raise refused(group.path, error) from error


def refused(path: Path, error: OSError) -> FailureError:
    """The sentence for a disk that does not take the prediction."""
    return FailureError(
        f"The prediction {path} cannot be written: {error.strerror or error}.",
        "Free some space or check the disk, then predict again: finished slabs are kept.",
    )
