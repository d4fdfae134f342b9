"""Layers of one section mixed into pixels."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# One thread resizes a section in 2 ms; several would wait for each other while a network trains.
cv2.setNumThreads(1)

UNLABELLED = 255
HOLE = 255  # in the shade plane: no live trace
MOST_MIXTURES = 1 << 16  # of shades and classes, looked up at once
CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

ByteArray = NDArray[np.uint8]
IndexArray = NDArray[np.uint16]


@dataclass(frozen=True)
class Style:
    """Colours (256, 4) BGRA and opacities; ``overlays`` are those of the planes between seismic and labels."""

    shade_colours: ByteArray
    seismic_opacity: float
    background: tuple[int, int, int]
    overlays: tuple[tuple[ByteArray, float], ...]
    label_colours: ByteArray
    label_opacity: float

    @property
    def key(self) -> tuple[object, ...]:
        """Equal where all colours and opacities are."""
        overlays = tuple((colours.tobytes(), opacity) for colours, opacity in self.overlays)
        seismic = self.shade_colours.tobytes(), self.seismic_opacity, self.background
        return *seismic, overlays, self.label_colours.tobytes(), self.label_opacity


class Mixer:
    """Lays overlays and labels over shades.

    Where classes are few, every mixture that can occur is worked out once and then looked up: one look-up a pixel,
    whatever the number of layers. ``values`` are the numbers of values of the overlays and of the labels.
    """

    def __init__(self, style: Style, values: tuple[int, ...]) -> None:
        self._style = style
        self._values = values
        self._counts = [min(count, UNLABELLED) + 1 for count in values]  # 255 is a value of its own
        self._counts[-1] *= 2  # labels inside a patch, and on its edge
        self._few = int(np.prod(self._counts)) * 256 <= MOST_MIXTURES
        self._table: NDArray[np.uint32] | None = None

    def mixed(self, shade: ByteArray | None, overlays: list[ByteArray], labels: ByteArray) -> ByteArray:
        """(rows, columns, 4) BGRA of planes (rows, columns); no shade is paper."""
        plain = not overlays and (labels.size == 0 or labels.min() == UNLABELLED)
        if shade is None or plain or not self._few:
            return self._one_by_one(shade, overlays, labels, labels if plain else edges(labels))
        if self._table is None:
            self._table = self._mixtures()
        return np.take(self._table, self._index(shade, overlays, labels)).view(np.uint8).reshape(*shade.shape, 4)

    def _one_by_one(
        self, shade: ByteArray | None, overlays: list[ByteArray], labels: ByteArray, outline: ByteArray
    ) -> ByteArray:
        style = self._style
        pixels = seismic(shade, labels.shape, style)
        for plane, (colours, opacity) in zip(overlays, style.overlays, strict=True):
            blend(pixels, plane, colours, opacity)
        if style.label_opacity > 0:
            blend(pixels, labels, style.label_colours, style.label_opacity)
            blend(pixels, outline, style.label_colours, 1.0)
        return pixels

    def _mixtures(self) -> NDArray[np.uint32]:
        """Every mixture as a pixel: shades fastest, then the overlays from the first on, then the labels."""
        axes = np.indices((*self._counts[::-1], 256), dtype=np.intp).reshape(len(self._counts) + 1, -1)
        shade = axes[-1].astype(np.uint8)[None]
        planes = [values_of(axis, count) for axis, count in zip(axes[-2:0:-1], self._counts[:-1], strict=True)]
        half = self._counts[-1] // 2
        labels = values_of(axes[0] % half, half)
        outline = np.where(axes[0] >= half, labels, np.uint8(UNLABELLED))
        return self._one_by_one(shade, planes, labels, outline).view(np.uint32).reshape(-1)

    def _index(self, shade: ByteArray, overlays: list[ByteArray], labels: ByteArray) -> IndexArray:
        index = shade.astype(np.uint16)
        factor = 256
        for plane, count in zip(overlays, self._counts[:-1], strict=True):
            index += np.minimum(plane, np.uint8(count - 1)) * np.uint16(factor)
            factor *= count
        half = self._counts[-1] // 2
        if labels.size and labels.min() != UNLABELLED:
            index += np.minimum(labels, np.uint8(half - 1)) * np.uint16(factor)
            index += on_edge(labels) * np.uint16(factor * half)
        else:
            index += np.uint16(factor * (half - 1))
        return index


def values_of(slots: NDArray[np.intp], count: int) -> ByteArray:
    """(1, n) values of a plane by their place in the table; the last stands for none."""
    return np.where(slots == count - 1, UNLABELLED, slots).astype(np.uint8)[None]


def value_count(plane: ByteArray) -> int:
    """One more than the largest value of a plane, 255 (none) left out."""
    present = np.flatnonzero(cv2.calcHist([plane], [0], None, [256], [0, 256]).ravel()[:UNLABELLED])
    return int(present[-1]) + 1 if present.size else 0


def seismic(shade: ByteArray | None, shape: tuple[int, int], style: Style) -> ByteArray:
    """Shades in their colours on paper, (*shape, 4)."""
    if shade is None or style.seismic_opacity <= 0:
        return paper(*shape, style.background)
    words = np.take(style.shade_colours.view(np.uint32).ravel(), shade)
    pixels = words.view(np.uint8).reshape(*shape, 4)
    if style.seismic_opacity < 1 and pixels.size:
        blank = paper(*shape, style.background)
        pixels = cv2.addWeighted(pixels, style.seismic_opacity, blank, 1 - style.seismic_opacity, 0)
    return pixels


def paper(rows: int, columns: int, colour: tuple[int, int, int]) -> ByteArray:
    """(rows, columns, 4) of one colour (BGR)."""
    blank = np.empty((rows, columns, 4), np.uint8)
    blank.view(np.uint32).fill(int.from_bytes(bytes((*colour, 255)), sys.byteorder))
    return blank


def on_edge(index: ByteArray) -> ByteArray:
    """1 on every sample that has a neighbour of another value above, below or beside it, else 0."""
    return (cv2.dilate(index, CROSS) != cv2.erode(index, CROSS)).view(np.uint8)


def edges(index: ByteArray) -> ByteArray:
    """The outermost samples of every labelled patch; 255 elsewhere."""
    return np.where(on_edge(index), index, np.uint8(UNLABELLED)) if index.size else index


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
