"""Which slabs of a predicted volume are whole: layout and done-markers, read without opening an array (torch-free).

A whole-survey prediction is a Zarr v3 group ``NAME.zarr`` with one shard a slab and array, and beside it a folder
``NAME.done`` with one small file a slab, written after the slab's shards are on the disk. A slab counts only while
its marker carries the key of the group and its shards have the sizes the marker tells.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seisgui.seismic.axes import Orientation, VolumeAxes

AXIS = {Orientation.INLINE: 0, Orientation.CROSSLINE: 1, Orientation.TIME: 2}
THICKEST = 16  # sections of a slab
SLAB_BYTES = 64e6  # of its amplitudes, at most
FEWEST = 8  # slabs of a survey that has so many sections, so that the work can be shared
CHUNK = (64, 256)  # lateral positions and samples of an inner chunk: all three directions are read in reasonable time
MARKERS = ".done"
NO_FILE = -1  # size of the shard of a slab that is empty: Zarr keeps none


@dataclass(frozen=True, slots=True)
class SlabLayout:
    """How a volume of ``axes`` is cut: slabs of ``thickness`` neighbouring sections of one orientation."""

    axes: VolumeAxes
    orientation: Orientation
    thickness: int

    @classmethod
    def of(cls, axes: VolumeAxes, orientation: Orientation) -> SlabLayout:
        """The cut that suits the size of the sections; the same on every machine."""
        n_lateral, n_sample = axes.section_shape(orientation)
        count = axes.shape[AXIS[orientation]]
        most = min(THICKEST, SLAB_BYTES / (4 * n_lateral * n_sample), count / FEWEST)
        thickness = 1
        while 2 * thickness <= most:
            thickness *= 2
        return cls(axes, orientation, thickness)

    @property
    def axis(self) -> int:
        """Array axis across the sections."""
        return AXIS[self.orientation]

    @property
    def sections(self) -> int:
        """Number of sections."""
        return self.axes.shape[self.axis]

    @property
    def slabs(self) -> int:
        """Number of slabs."""
        return -(-self.sections // self.thickness)

    def section_range(self, slab: int) -> range:
        """Indices of the sections of a slab."""
        first = slab * self.thickness
        return range(first, min(first + self.thickness, self.sections))

    def place(self, slab: int) -> tuple[slice, slice, slice]:
        """Where a slab lies in an array (n_inline, n_crossline, n_sample)."""
        sections = self.section_range(slab)
        where = [slice(None)] * 3
        where[self.axis] = slice(sections.start, sections.stop)
        return where[0], where[1], where[2]

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of the inner chunks."""
        lateral, sample = CHUNK
        shape = [min(lateral, count) for count in self.axes.shape[:2]] + [min(sample, self.axes.sample.count)]
        shape[self.axis] = self.thickness
        return tuple(shape)

    @property
    def shards(self) -> tuple[int, ...]:
        """Shape of a shard: a slab, rounded up to whole chunks."""
        whole = [-(-count // chunk) * chunk for count, chunk in zip(self.axes.shape, self.chunks, strict=True)]
        whole[self.axis] = self.thickness
        return tuple(whole)

    def shard_file(self, path: Path, name: str, slab: int) -> Path:
        """The file of a slab of the array ``name``."""
        place = ["0", "0", "0"]
        place[self.axis] = str(slab)
        return path.joinpath(name, "c", *place)


@dataclass(frozen=True, slots=True)
class SlabGroup:
    """A group of arrays on disk: its key, the names of its arrays and how they are cut."""

    path: Path
    key: str
    names: tuple[str, ...]
    layout: SlabLayout

    @classmethod
    def read(cls, path: Path) -> SlabGroup | None:
        """What the metadata of a group tells; None where there is none, or it was not set up to the end."""
        attributes = document(path / "zarr.json").get("attributes") or {}
        try:
            axes = VolumeAxes.from_json(attributes["axes"])
            layout = SlabLayout(axes, Orientation(attributes["orientation"]), int(attributes["thickness"]))
            return cls(path, str(attributes["key"]), tuple(attributes["arrays"]), layout)
        except (KeyError, TypeError, ValueError):
            return None

    def serves(self, layout: SlabLayout, names: Sequence[str], key: str) -> bool:
        """Whether it is of this key and cut and has these arrays."""
        return self.key == key and self.layout == layout and set(names) <= set(self.names)

    def marker(self, slab: int) -> Path:
        """The file that says a slab is whole."""
        return marker_folder(self.path) / f"{slab:06d}"

    def is_done(self, slab: int) -> bool:
        """Whether a slab is whole: its marker is of this group, and the shards have the sizes it tells."""
        told = document(self.marker(slab))
        sizes = told.get("sizes")
        if told.get("key") != self.key or not isinstance(sizes, dict):
            return False
        return all(sizes.get(name) == size_of(self.layout.shard_file(self.path, name, slab)) for name in self.names)

    def done(self) -> list[int]:
        """The slabs that are whole, in order."""
        try:
            found = sorted(int(path.name) for path in marker_folder(self.path).iterdir() if path.name.isdigit())
        except FileNotFoundError:
            return []
        return [slab for slab in found if slab < self.layout.slabs and self.is_done(slab)]

    def begun_ns(self) -> int:
        """When the first of its slabs was finished, in ns since 1970; 0 where none is."""
        return min((self.marker(slab).stat().st_mtime_ns for slab in self.done()), default=0)

    def missing(self) -> list[int]:
        """The slabs still to be written, in order."""
        done = set(self.done())
        return [slab for slab in range(self.layout.slabs) if slab not in done]


def marker_folder(path: Path) -> Path:
    """Where the markers of a group are."""
    return path.with_suffix(MARKERS)


def size_of(path: Path) -> int:
    """Bytes of a file, ``NO_FILE`` where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return NO_FILE


def document(path: Path) -> dict[str, Any]:
    """A JSON object in a file; empty where it is missing or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
