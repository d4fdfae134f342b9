"""The layers of one section blended into one image: only what has changed is blended again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# One thread resizes a section in 2 ms; several would wait for each other while a network trains.
cv2.setNumThreads(1)

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
    section arrays do. ``image`` is (n_vertical, n_lateral, 4) uint8 BGRA.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        rows = shape[::-1]
        self.shade: ByteArray | None = None
        self.shade_colours = np.zeros((256, 4), np.uint8)
        self.seismic_opacity = 1.0
        self.background = (255, 255, 255)  # BGR
        self.labels = np.full(rows, UNLABELLED, np.uint8)
        self.preview = np.zeros(rows, np.bool_)  # where a gesture in progress would paint ...
        self.preview_class = UNLABELLED  # ... this class; 255 erases
        self.label_colours = np.zeros((256, 4), np.uint8)
        self.label_opacity = 0.0
        self.overlays: list[Overlay] = []  # between seismic and labels, bottom first
        self.image = np.zeros((*rows, 4), np.uint8)

    def set_shade(self, shade: ByteArray | None) -> None:
        """Take (n_lateral, n_vertical) shades, 255 = hole; None: not read yet."""
        self.shade = None if shade is None else np.ascontiguousarray(shade.T)

    def set_labels(self, window: Window, classes: NDArray[np.int16]) -> None:
        """Take classes (-1 = unlabelled) of a part of the section."""
        lateral, vertical = window
        index = np.where(classes < 0, UNLABELLED, classes).astype(np.uint8)
        self.labels[vertical, lateral] = index.T

    def whole(self) -> Window:
        return slice(0, self.shape[0]), slice(0, self.shape[1])

    def compose(self, window: Window | None = None) -> None:
        """Blend all layers within ``window`` (the whole section by default)."""
        asked = window or self.whole()
        lateral, vertical = (widened(part, 2, count) for part, count in zip(asked, self.shape, strict=True))
        part = (vertical, lateral)
        pixels = self._seismic(part)
        for overlay in self.overlays:
            blend(pixels, overlay.index[part], overlay.colours, overlay.opacity)
        if self.label_opacity > 0:
            labels = self._shown_labels(part)
            blend(pixels, labels, self.label_colours, self.label_opacity)
            blend(pixels, edges(labels), self.label_colours, 1.0)
        # The outermost samples do not know their neighbours' labels, so they are not written.
        written = tuple(widened(part, 1, count) for part, count in zip(asked, self.shape, strict=True))
        inside = tuple(
            slice(w.start - p.start, w.stop - p.start) for w, p in zip(written, (lateral, vertical), strict=True)
        )
        self.image[written[1], written[0]] = pixels[inside[1], inside[0]]

    def _seismic(self, part: tuple[slice, slice]) -> ByteArray:
        rows, columns = self.image[part].shape[:2]
        if self.shade is None or self.seismic_opacity <= 0:
            pixels = np.empty((rows, columns, 4), np.uint8)
            pixels[...] = (*self.background, 255)
            return pixels
        words = np.take(self.shade_colours.view(np.uint32).ravel(), self.shade[part])
        pixels = words.view(np.uint8).reshape(rows, columns, 4)
        if self.seismic_opacity < 1 and pixels.size:
            paper = np.empty_like(pixels)
            paper[...] = (*self.background, 255)
            pixels = cv2.addWeighted(pixels, self.seismic_opacity, paper, 1 - self.seismic_opacity, 0)
        return pixels

    def _shown_labels(self, part: tuple[slice, slice]) -> ByteArray:
        return np.where(self.preview[part], np.uint8(self.preview_class), self.labels[part])


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


def scaled(
    image: ByteArray, ranges: tuple[float, float, float, float], size: tuple[int, int], *, fine: bool
) -> tuple[ByteArray, int, int] | None:
    """The part ``(left, right, top, bottom)`` of an image magnified to ``size`` (width, height) pixels.

    Returns the pixels and the offset of their first column and row, or None where nothing is in sight. ``fine``
    averages where samples are smaller than pixels; samples larger than eight pixels stay crisp.
    """
    left, right, top, bottom = ranges
    columns = scaled_range(left, right, image.shape[1], size[0])
    rows = scaled_range(top, bottom, image.shape[0], size[1])
    if columns is None or rows is None:
        return None
    (i0, i1, x0, x1), (j0, j1, y0, y1) = columns, rows
    pixels = magnified(image[j0:j1, i0:i1], (x1 - x0, y1 - y0), fine=fine)
    mirrored, upwards = left > right, top > bottom
    if mirrored or upwards:
        pixels = np.ascontiguousarray(pixels[:: -1 if upwards else 1, :: -1 if mirrored else 1])
    return pixels, x0, y0


def magnified(source: ByteArray, size: tuple[int, int], *, fine: bool) -> ByteArray:
    """``source`` at ``size`` (width, height); samples larger than eight pixels stay crisp in that direction."""
    rows, columns = source.shape[:2]
    width, height = size
    if width > 8 * columns and height > 8 * rows:
        return cv2.resize(source, size, interpolation=cv2.INTER_NEAREST)
    if width > 8 * columns:
        source = cv2.resize(source, (width, rows), interpolation=cv2.INTER_NEAREST)
    elif height > 8 * rows:
        source = cv2.resize(source, (columns, height), interpolation=cv2.INTER_NEAREST)
    shrunk = width < 0.8 * columns or height < 0.8 * rows
    return cv2.resize(source, size, interpolation=cv2.INTER_AREA if fine and shrunk else cv2.INTER_LINEAR)


def scaled_range(start: float, end: float, count: int, pixels: int) -> tuple[int, int, int, int] | None:
    """Samples ``i0..i1`` that are in sight and the pixels ``x0..x1`` they fill."""
    low, high = min(start, end), max(start, end)
    i0, i1 = max(int(np.floor(low)), 0), min(int(np.ceil(high)), count)
    if i1 <= i0 or pixels <= 0:
        return None
    scale = pixels / (end - start)
    edges = sorted(((i0 - start) * scale, (i1 - start) * scale))
    x0, x1 = round(edges[0]), round(edges[1])
    return (i0, i1, x0, max(x1, x0 + 1))
