"""The amplitudes of a picture as pixels: density, lines, or lines with variable area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seisgui.gui.views.canvas import paste
from seisgui.gui.views.gather_window import GatherWindow
from seisgui.gui.views.magnify import Quality, scaled
from seisgui.gui.views.mixing import ByteArray, map_table
from seisgui.gui.views.picture import Picture
from seisgui.gui.views.trace_painter import extents, ink_table, lines_mask
from seisgui.seismic.colour_maps import COLOUR_MAPS

AUTO_SPACING = 7.0  # pixels from trace to trace above which gathers are drawn as traces
LEAST_SPACING = 5.0  # between drawn traces: where they lie closer every n-th is left
REACH = 1.3  # of the spacing, that a trace leaves its base line at the clip
MOST_REACH = 70.0  # pixels
ROW_REACH = 0.46


@dataclass(frozen=True)
class Drawing:
    """How a picture is drawn; colours are BGR."""

    mode: str  # auto | wiggle | lines | density | both
    colour_map: str
    paper: tuple[int, int, int]
    ink: tuple[int, int, int]

    def lines(self, window: GatherWindow) -> bool:
        """Whether traces are drawn as lines."""
        if not window.upright:
            return True
        return self.mode in ("wiggle", "lines", "both") or (self.mode == "auto" and window.per_unit >= AUTO_SPACING)

    def density(self, window: GatherWindow) -> bool:
        return window.upright and (self.mode in ("density", "both") or not self.lines(window))

    @property
    def filled(self) -> bool:
        return self.mode in ("auto", "wiggle", "both")


def draw(picture: Picture, window: GatherWindow, drawing: Drawing, ratio: float, quality: Quality) -> ByteArray:
    """(height, width, 4) BGRA device pixels of the plot; ``ratio`` device pixels a pixel."""
    width, height = max(round(window.width * ratio), 1), max(round(window.height * ratio), 1)
    if drawing.density(window) and picture.density is not None:
        pixels = _density(picture, window, drawing, (width, height), quality)
        if drawing.lines(window):
            mask = _gather_mask(picture, window, (width, height), ratio, filled=drawing.filled)
            pixels[mask > 96] = (*drawing.ink, 255)
        return pixels
    if window.upright:
        mask = _gather_mask(picture, window, (width, height), ratio, filled=drawing.filled)
    else:
        mask = _rows_mask(picture, window, (width, height), filled=drawing.mode in ("wiggle", "both"))
    table = ink_table(drawing.paper, drawing.ink)
    return np.take(table.view(np.uint32).ravel(), mask).view(np.uint8).reshape(height, width, 4)


def _density(
    picture: Picture, window: GatherWindow, drawing: Drawing, size: tuple[int, int], quality: Quality
) -> ByteArray:
    planes = picture.density
    table = map_table(COLOUR_MAPS[drawing.colour_map], drawing.paper)
    if planes.background != drawing.paper or not np.array_equal(planes.shade_colours, table):
        planes.shade_colours, planes.background = table, drawing.paper
        planes.invalidate()
    rows = [(time - picture.start) * picture.rate + 0.5 for time in (window.t0, window.t1)]
    found = scaled(planes, (window.first / picture.cell, window.last / picture.cell, *rows), size, quality)
    pixels = np.empty((size[1], size[0], 4), np.uint8)
    pixels[...] = (*drawing.paper, 255)
    if found is not None:
        paste(pixels, *found)
    return pixels


def _edges(picture: Picture, window: GatherWindow, pixels: int) -> np.ndarray:
    """Positions in the picture's samples at which pixels along time meet."""
    return (np.linspace(window.t0, window.t1, pixels + 1) - picture.start) * picture.rate


def _values(picture: Picture, rows: np.ndarray | slice, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Extremes (rows, pixels) of traces of a picture: of its samples, or of stretches of time."""
    m = picture.low.shape[2]
    first, last = min(max(int(edges[0]) - 1, 0), m - 1), min(max(int(edges[-1]) + 3, 2), m)
    low, high = (values.reshape(-1, m)[:, first:last][rows] for values in (picture.low, picture.high))
    if picture.sampled:
        return extents(low, edges - first)
    return extents(low, edges - first)[0], extents(high, edges - first)[1]


def _gather_mask(
    picture: Picture, window: GatherWindow, size: tuple[int, int], ratio: float, *, filled: bool
) -> ByteArray:
    """(height, width) coverage of the traces of a gather; every n-th where they lie too close."""
    stride = stride_of(window)
    margin = 2.0 * stride
    seen = np.flatnonzero((picture.places >= window.first - margin) & (picture.places <= window.last + margin))
    seen = seen[seen % stride == 0]
    low, high = _values(picture, seen, _edges(picture, window, size[1]))
    np.clip(low, -1.0, 1.0, out=low)
    np.clip(high, -1.0, 1.0, out=high)
    bases = (picture.places[seen] - window.first) * window.per_unit * ratio
    reach = min(REACH * window.per_unit * stride, MOST_REACH)
    return lines_mask(low, high, bases, reach * ratio, size[0], fill=filled)


def stride_of(window: GatherWindow) -> int:
    """Every how many-th trace is drawn as a line."""
    return max(int(np.ceil(LEAST_SPACING / window.per_unit)), 1)


def _rows_mask(picture: Picture, window: GatherWindow, size: tuple[int, int], *, filled: bool) -> ByteArray:
    """(height, width) coverage of traces over each other, time to the right, first row on top.

    The largest amplitude in view fills its row; with normalisation by gather all rows have one scale.
    """
    n = picture.low.shape[0] * picture.low.shape[1]
    low, high = _values(picture, slice(None), _edges(picture, window, size[0]))
    largest = np.fmax(np.abs(low), np.abs(high)).max(axis=1, initial=0.0, where=np.isfinite(low))
    look = picture.request.look
    if look.normalise == "gather":
        largest[:] = largest.max(initial=0.0)
    scale = look.factor / np.maximum(largest, np.finfo(np.float32).tiny)[:, None]
    low, high = np.clip(low * scale, -1.05, 1.05), np.clip(high * scale, -1.05, 1.05)
    per_row = size[1] / (window.last - window.first)
    bases = (np.arange(n) + 0.5 - window.first) * per_row
    if filled:
        low = np.where(high > 0, np.minimum(low, 0), low)
    # upwards is positive: the largest value is the first pixel
    mask = lines_mask(-high, -low, bases, ROW_REACH * per_row, size[1], fill=False)
    return np.ascontiguousarray(mask.T)
