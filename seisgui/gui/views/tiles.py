"""An image that is made where it is looked at, and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from seisgui.gui.views.mixing import ByteArray

TILE = 64
MOST_KEPT = 64_000_000  # pixels of an image that is kept; what is in sight of a larger one is made each time

Part = tuple[slice, slice]  # rows, columns


class TiledImage:
    """(rows, columns, 4) uint8 BGRA."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._valid = np.zeros((-(-shape[0] // TILE), -(-shape[1] // TILE)), np.bool_)
        self._kept = shape[0] * shape[1] <= MOST_KEPT
        self._image = np.empty((*shape, 4) if self._kept else (0, 0, 4), np.uint8)

    def pixels(self, rows: slice, columns: slice, make: Callable[[Part], ByteArray]) -> ByteArray:
        """A part of the image; ``make`` gives the pixels of what is missing of it."""
        if not self._kept:
            return make((rows, columns))
        for part in self._missing(rows, columns):
            self._image[part] = make(part)
        return self._image[rows, columns]

    def invalidate(self, rows: slice, columns: slice) -> None:
        """Make this part anew when it is next asked for."""
        self._valid[tiles_of(rows), tiles_of(columns)] = False

    def _missing(self, rows: slice, columns: slice) -> Iterator[Part]:
        """Rectangles of tiles that have not been made, as few as they come."""
        down, across = tiles_of(rows), tiles_of(columns)
        valid = self._valid[down, across]  # a view
        while not valid.all():
            top, left = (int(place) for place in np.argwhere(~valid)[0])
            right = left + run_length(~valid[top, left:])
            bottom = top + run_length(~valid[top:, left:right].any(axis=1))
            valid[top:bottom, left:right] = True
            yield (
                slice((down.start + top) * TILE, min((down.start + bottom) * TILE, self.shape[0])),
                slice((across.start + left) * TILE, min((across.start + right) * TILE, self.shape[1])),
            )


def tiles_of(part: slice) -> slice:
    """The tiles that ``part`` of an axis touches."""
    return slice(max(part.start, 0) // TILE, -(-part.stop // TILE))


def run_length(flags: np.ndarray) -> int:
    """How many flags are set before the first that is not."""
    return len(flags) if flags.all() else int(flags.argmin())
