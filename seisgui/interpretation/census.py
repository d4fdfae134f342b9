"""How many voxels of each class lie on each painted section, kept up to date stroke by stroke."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from seisgui.interpretation.bricks import BRICK, Box, Mask, Packed, Triple
from seisgui.seismic.axes import Orientation

PAINTED_IN = (Orientation.INLINE, Orientation.CROSSLINE, Orientation.TIME)
ORIENTATION_SHIFT = 12  # bits 4-5 of the provenance byte, which is the high byte
N_CLASS = 256


def painted_code(orientation: Orientation) -> int:
    """0 inline, 1 crossline, 2 time."""
    return PAINTED_IN.index(orientation)


class Census:
    """Counts by (orientation painted in, lattice node of the section), then by class id."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, int], NDArray[np.int64]] = {}

    @classmethod
    def of(cls, bricks: Iterable[tuple[Triple, Packed]]) -> Census:
        """Counts of everything in bricks, each with its first node."""
        census = cls()
        for start, brick in bricks:
            if census._add_planes(start[0], brick):
                mask = ((brick >> ORIENTATION_SHIFT) & 0b11) != 0
                census._add(Box(start, BRICK), np.nonzero(mask), brick[mask], 1)
        return census

    def _add_planes(self, first: int, brick: Packed) -> bool:
        """Add what was painted on inlines, plane by plane; True where the brick holds anything else."""
        others = False
        for plane in np.flatnonzero(brick.any(axis=(1, 2))):
            table = np.bincount(brick[plane].ravel())
            values = np.flatnonzero(table)
            values = values[values != 0]
            here = values[(values >> ORIENTATION_SHIFT) & 0b11 == 0]
            others |= len(here) < len(values)
            if len(here):
                classes = np.bincount((here & 0xFF) - 1, table[here], N_CLASS).astype(np.int64)
                self._add_line((0, first + int(plane)), classes)
        return others

    def update(self, box: Box, mask: Mask, old: Packed, new: Packed) -> None:
        """Voxels of ``mask`` changed from ``old`` to ``new`` (values at its True places)."""
        places = np.nonzero(mask)
        self._add(box, places, old, -1)
        self._add(box, places, new, 1)

    def _add(self, box: Box, places: tuple[NDArray[np.intp], ...], values: Packed, sign: int) -> None:
        code = (values >> ORIENTATION_SHIFT) & 0b11
        for axis in range(3):
            mine = (code == axis) & (values != 0)
            if not mine.any():
                continue
            n_line = box.shape[axis]
            keys = places[axis][mine] * N_CLASS + ((values[mine] & 0xFF).astype(np.intp) - 1)
            table = np.bincount(keys, minlength=n_line * N_CLASS).reshape(n_line, N_CLASS)
            for line in np.flatnonzero(table.any(axis=1)):
                self._add_line((axis, box.start[axis] + int(line)), table[line] * sign)

    def _add_line(self, key: tuple[int, int], counts: NDArray[np.int64]) -> None:
        total = self._counts.get(key)
        total = counts.copy() if total is None else total + counts
        if total.any():
            self._counts[key] = total
        else:
            self._counts.pop(key, None)

    def sections(self) -> Iterator[tuple[int, int, dict[int, int]]]:
        """(orientation code, lattice node, voxels by class id), sorted."""
        for (code, node), counts in sorted(self._counts.items(), key=lambda item: item[0]):
            yield code, node, {int(i): int(counts[i]) for i in np.flatnonzero(counts)}

    def totals(self) -> dict[int, int]:
        """Voxels by class id."""
        if not self._counts:
            return {}
        total = np.sum(list(self._counts.values()), axis=0)
        return {int(i): int(total[i]) for i in np.flatnonzero(total)}
