"""Fills the connected samples that look like the one clicked."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt

from seisgui.gui.tools.base import PaintSurface, Tool
from seisgui.gui.tools.raster import flood
from seisgui.seismic.volume import BoolArray

PIXELS_TO_DOUBLE = 60.0


class FillTool(Tool):
    """Press shows the fill, moving away from the seed widens the tolerance, release paints it."""

    command_id = "label.fill"
    title = "Fill"

    def __init__(self) -> None:
        self._seed: tuple[float, float] | None = None
        self._covered: tuple[BoolArray, int, int] | None = None  # mask and its corner

    @property
    def active(self) -> bool:
        return self._seed is not None

    def press(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        if view.amplitude is None or view.frame is None or not view.frame.contains(lateral, vertical):
            return
        self._seed = lateral, vertical
        self._fill(view, 1.0)

    def move(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        if self._seed is not None:
            here, there = view.canvas.view.pixel(lateral, vertical), view.canvas.view.pixel(*self._seed)
            self._fill(view, 2.0 ** (math.dist(here, there) / PIXELS_TO_DOUBLE))

    def release(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        self.finish(view)

    def finish(self, view: PaintSurface) -> None:
        covered = self._covered
        self.cancel(view)
        if covered is not None:
            view.paint(*covered, self.title)

    def cancel(self, view: PaintSurface) -> None:
        self._seed = self._covered = None
        view.clear_preview()

    def _fill(self, view: PaintSurface, widening: float) -> None:
        tolerance = view.state.brush.tolerance * view.clip * widening
        lateral, vertical = self._seed
        mask = flood(view.amplitude, int(lateral), int(vertical), tolerance)
        self._covered = cut(mask)
        view.clear_preview()
        if self._covered is not None:
            view.show_preview(*self._covered)
        view.say(f"{int(mask.sum()):,} samples within {tolerance:.3g} of the amplitude; drag away to widen.")


def cut(mask: BoolArray) -> tuple[BoolArray, int, int] | None:
    """A mask within its bounding box, and the corner of the box; None where it is empty."""
    laterals, verticals = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
    if not len(laterals):
        return None
    i0, j0 = int(laterals[0]), int(verticals[0])
    return mask[i0 : laterals[-1] + 1, j0 : verticals[-1] + 1].copy(), i0, j0
