"""Zooms to a rectangle."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt

from seisgui.gui.tools.base import PaintSurface, Tool

LEAST_PIXELS = 6.0


class ZoomTool(Tool):
    """Drag a rectangle to see it large; a double click shows the whole section."""

    command_id = "view.zoom"
    title = "Zoom to rectangle"
    ends_by_double_click = True

    def __init__(self) -> None:
        self._corner: tuple[float, float] | None = None

    @property
    def active(self) -> bool:
        return self._corner is not None

    def press(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        self._corner = lateral, vertical

    def move(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        if self._corner is not None:
            u, v = self._corner
            corners = [(u, v), (lateral, v), (lateral, vertical), (u, vertical), (u, v)]
            view.canvas.overlay(outline=np.array(corners, dtype=np.float64))

    def release(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        corner = self._corner
        self.cancel(view)
        if corner is None:
            return
        here, there = view.canvas.view.pixel(lateral, vertical), view.canvas.view.pixel(*corner)
        if min(abs(here[0] - there[0]), abs(here[1] - there[1])) >= LEAST_PIXELS:
            u, v = sorted((corner[0], lateral)), sorted((corner[1], vertical))
            view.canvas.set_view(view.canvas.view.with_ranges((u[0], u[1]), (v[0], v[1])))

    def double_click(self, view: PaintSurface, lateral: float, vertical: float) -> None:
        self.cancel(view)
        view.canvas.fit()

    def finish(self, view: PaintSurface) -> None:
        self.cancel(view)

    def cancel(self, view: PaintSurface) -> None:
        self._corner = None
        view.canvas.overlay(outline=None)
