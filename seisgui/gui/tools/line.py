"""Draws along an event: one position a trace, as thick as the brush is high."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt

from seisgui.gui.tools.base import PaintSurface
from seisgui.gui.tools.raster import Centre, StrokeMask, snapped_to_grid, trace_path
from seisgui.gui.tools.stroke import StrokeTool, snapped

CLICK_PIXELS = 4.0


class LineTool(StrokeTool):
    """A drag follows the mouse trace by trace, each snapped on its own; Shift draws straight.

    Clicks set the points of a line instead; a double click or Enter ends it, Esc forgets it.
    """

    command_id = "label.line"
    title = "Line"
    ends_by_double_click = True

    def __init__(self) -> None:
        super().__init__()
        self._pressed_at: Centre = (0.0, 0.0)
        self._clicking = False

    def step(self, view: PaintSurface, stroke: StrokeMask, start: Centre, end: Centre) -> None:
        thickness = view.state.brush.samples
        column = np.ones((1, thickness), dtype=np.bool_)
        for trace, vertical in trace_path(start, end):
            centre = snapped_to_grid(snapped(view, trace, vertical), thickness)
            stroke.add(column, trace, round(centre - thickness / 2))

    def press(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        self._pressed_at = lateral, vertical
        if self._clicking:
            super().move(view, lateral, vertical, Qt.KeyboardModifier.NoModifier)
        else:
            super().press(view, lateral, vertical, modifiers)

    def release(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        here, there = view.canvas.view.pixel(lateral, vertical), view.canvas.view.pixel(*self._pressed_at)
        if self._clicking or math.dist(here, there) < CLICK_PIXELS:
            self._clicking = True
            view.say("Click the next point of the line; a double click or Enter ends it, Esc forgets it.")
        else:
            super().release(view, lateral, vertical, modifiers)

    def hover(self, view: PaintSurface, lateral: float, vertical: float) -> None:
        if self._clicking:
            view.canvas.overlay(outline=np.array([self._last, (lateral, vertical)], dtype=np.float64))

    def double_click(self, view: PaintSurface, lateral: float, vertical: float) -> None:
        self.finish(view)

    def finish(self, view: PaintSurface) -> None:
        self._end(view)
        super().finish(view)

    def cancel(self, view: PaintSurface) -> None:
        self._end(view)
        super().cancel(view)

    def _end(self, view: PaintSurface) -> None:
        self._clicking = False
        view.canvas.overlay(outline=None)
