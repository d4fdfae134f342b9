"""The layers of one section blended into one image: only what has changed is blended again."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# One thread resizes a section in 2 ms; several would wait for each other while a network trains.
cv2.setNumThreads(1)

MOST_BLENDED = 6_000_000  # samples of a section that is kept blended
UNLABELLED = 255
HOLE = 255  # in the shade plane: no live trace

ByteArray = NDArray[np.uint8]
Window = tuple[slice, slice]  # lateral, vertical


@dataclass
class Overlay:
    """One value plane over the seismic: ``index`` (n_vertical, n_lateral) uint8 into colours; 255 is transparent."""

    index: ByteArray
    colours: ByteArray  # (256, 4) BGRA, alpha unused
    opacity: float


class SectionPlanes:
    """Amplitude shades, labels and predictions of one section, and their blend.

    All planes are (n_vertical, n_lateral), row by row as on the screen; callers speak (lateral, vertical) as the
    section arrays do. What has changed is blended when it is next asked for. Very large sections are never blended
    as a whole: only what is in sight, at the resolution of the screen.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        rows = shape[::-1]
        self.shade: ByteArray | None = None  # 255 = hole; None: not read yet
        self.shade_colours = np.zeros((256, 4), np.uint8)
        self.seismic_opacity = 1.0
        self.background = (255, 255, 255)  # BGR
        self.labels = np.full(rows, UNLABELLED, np.uint8)
        self.preview = np.zeros(rows, np.bool_)  # where a gesture in progress would paint ...
        self.preview_class = UNLABELLED  # ... this class; 255 erases
        self._preview_window: Window | None = None
        self.label_colours = np.zeros((256, 4), np.uint8)
        self.label_opacity = 0.0
        self.overlays: list[Overlay] = []  # between seismic and labels, bottom first
        self.large = shape[0] * shape[1] > MOST_BLENDED
        self._image = np.zeros((0, 0, 4) if self.large else (*rows, 4), np.uint8)
        self._pending: Window | None = self.whole()

    # -- content -------------------------------------------------------------------------------------------------

    def set_shade(self, shade: ByteArray | None) -> None:
        """Take (n_lateral, n_vertical) shades, 255 = hole; None: not read yet."""
        self.shade = None if shade is None else np.ascontiguousarray(shade.T)
        self.invalidate()

    def set_labels(self, window: Window, classes: NDArray[np.int16]) -> None:
        """Take classes (-1 = unlabelled) of a part of the section."""
        lateral, vertical = window
        # -1 becomes 255 in eight bits.
        self.labels[vertical, lateral] = classes.astype(np.uint8).T
        self.invalidate(window)

    def add_preview(self, window: Window, mask: NDArray[np.bool_], class_id: int) -> None:
        """Show ``mask`` (n_lateral, n_vertical of the window) as ``class_id``; 255 as erased."""
        lateral, vertical = window
        self.preview_class = class_id
        self.preview[vertical, lateral] |= mask.T
        self._preview_window = window if self._preview_window is None else union(self._preview_window, window)
        self.invalidate(window)

    def clear_preview(self) -> bool:
        """Show the labels as they are; whether there was anything to clear."""
        window, self._preview_window = self._preview_window, None
        if window is None:
            return False
        self.preview[window[1], window[0]] = False
        self.invalidate(window)
        return True

    def whole(self) -> Window:
        return slice(0, self.shape[0]), slice(0, self.shape[1])

    def invalidate(self, window: Window | None = None) -> None:
        """Blend ``window`` (the whole section by default) anew before it is next seen."""
        window = window or self.whole()
        self._pending = window if self._pending is None else union(self._pending, window)

    # -- pixels --------------------------------------------------------------------------------------------------

    @property
    def image(self) -> ByteArray:
        """(n_vertical, n_lateral, 4) uint8 BGRA: all layers blended."""
        if self.large:
            return self._blended(*self.whole()[::-1])
        window, self._pending = self._pending, None
        if window is not None:
            self._blend_into_image(window)
        return self._image

    def pixels(self, rows: slice, columns: slice, size: tuple[int, int]) -> ByteArray:
        """A part of the image; of a very large section thinned to no less than ``size`` (width, height)."""
        if not self.large:
            return self.image[rows, columns]
        steps = [max((part.stop - part.start) // most, 1) for part, most in ((rows, size[1]), (columns, size[0]))]
        return self._blended(slice(rows.start, rows.stop, steps[0]), slice(columns.start, columns.stop, steps[1]))

    def _blend_into_image(self, window: Window) -> None:
        wide = [widened(part, 2, count) for part, count in zip(window, self.shape, strict=True)]
        pixels = self._blended(wide[1], wide[0])
        # The outermost samples do not know their neighbours' labels, so they are not written.
        written = [widened(part, 1, count) for part, count in zip(window, self.shape, strict=True)]
        inside = [slice(w.start - p.start, w.stop - p.start) for w, p in zip(written, wide, strict=True)]
        self._image[written[1], written[0]] = pixels[inside[1], inside[0]]

    def _blended(self, rows: slice, columns: slice) -> ByteArray:
        part = rows, columns
        pixels = self._seismic(part)
        for overlay in self.overlays:
            blend(pixels, overlay.index[part], overlay.colours, overlay.opacity)
        if self.label_opacity > 0:
            labels = self._shown_labels(part)
            if labels.size and labels.min() != UNLABELLED:
                blend(pixels, labels, self.label_colours, self.label_opacity)
                blend(pixels, edges(labels), self.label_colours, 1.0)
        return pixels

    def _seismic(self, part: tuple[slice, slice]) -> ByteArray:
        rows, columns = self.labels[part].shape
        if self.shade is None or self.seismic_opacity <= 0:
            return paper(rows, columns, self.background)
        words = np.take(self.shade_colours.view(np.uint32).ravel(), self.shade[part])
        pixels = words.view(np.uint8).reshape(rows, columns, 4)
        if self.seismic_opacity < 1 and pixels.size:
            blank = paper(rows, columns, self.background)
            pixels = cv2.addWeighted(pixels, self.seismic_opacity, blank, 1 - self.seismic_opacity, 0)
        return pixels

    def _shown_labels(self, part: tuple[slice, slice]) -> ByteArray:
        if self._preview_window is None:
            return self.labels[part]
        return np.where(self.preview[part], np.uint8(self.preview_class), self.labels[part])


def union(one: Window, other: Window) -> Window:
    """The smallest window around two."""
    pairs = zip(one, other, strict=True)
    lateral, vertical = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in pairs)
    return lateral, vertical


def paper(rows: int, columns: int, colour: tuple[int, int, int]) -> ByteArray:
    """(rows, columns, 4) of one colour (BGR)."""
    blank = np.empty((rows, columns, 4), np.uint8)
    blank.view(np.uint32).fill(int.from_bytes(bytes((*colour, 255)), sys.byteorder))
    return blank


def widened(part: slice, margin: int, count: int) -> slice:
    """``margin`` more on either side: painting changes the edges of what lies beside it."""
    return slice(max(part.start - margin, 0), min(part.stop + margin, count))


def edges(index: ByteArray) -> ByteArray:
    """The outermost samples of every labelled patch; 255 elsewhere."""
    inner = np.ones(index.shape, np.bool_)
    for one, two in ((index[1:], index[:-1]), (index[:, 1:], index[:, :-1])):
        differs = one != two
        rows, columns = slice(index.shape[0] - one.shape[0], None), slice(index.shape[1] - one.shape[1], None)
        inner[rows, columns] &= ~differs
        inner[: one.shape[0], : one.shape[1]] &= ~differs
    return np.where(inner, np.uint8(UNLABELLED), index)


def blend(pixels: ByteArray, index: ByteArray, colours: ByteArray, opacity: float) -> None:
    """Lay coloured values over BGRA ``pixels`` in place; index 255 leaves them as they are."""
    covered = (index != UNLABELLED).astype(np.uint8)
    if opacity <= 0 or not covered.any():
        return
    words = np.take(colours.view(np.uint32).ravel(), index)
    over = words.view(np.uint8).reshape(pixels.shape)
    cv2.copyTo(cv2.addWeighted(pixels, 1 - opacity, over, opacity, 0), covered, pixels)


def colour_table(colours: dict[int, str]) -> ByteArray:
    """(256, 4) BGRA from '#rrggbb' by class id; ids without a colour are mid grey."""
    table = np.full((256, 4), 128, np.uint8)
    table[:, 3] = 255
    for class_id, colour in colours.items():
        if 0 <= class_id < UNLABELLED:
            table[class_id, :3] = [int(colour[k : k + 2], 16) for k in (5, 3, 1)]
    return table


def map_table(colour_map: NDArray[np.uint8], hole: tuple[int, int, int]) -> ByteArray:
    """(256, 4) BGRA of a (256, 3) RGB map sampled on shades 0..254; shade 255 is ``hole`` (BGR)."""
    table = np.full((256, 4), 255, np.uint8)
    table[:255, :3] = colour_map[:255, ::-1]
    table[HOLE, :3] = hole
    return table
