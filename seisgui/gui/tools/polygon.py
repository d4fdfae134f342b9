"""Paints the inside of an outline, drawn freely or corner by corner."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt

from seisgui.gui.tools.base import PaintSurface, Tool
from seisgui.gui.tools.raster import polygon
from seisgui.seismic.volume import BoolArray

CLICK_PIXELS = 4.0


class PolygonTool(Tool):
    """A drag is a lasso and paints on release; clicks set corners, a double click or Enter closes, Esc forgets."""

    command_id = "label.polygon"
    title = "Polygon"
    hint: ClassVar[str] = "Click the next corner; a double click or Enter paints, Esc forgets."
    ends_by_double_click = True

    def __init__(self) -> None:
        self._points: list[tuple[float, float]] = []
        self._dragged: list[tuple[float, float]] = []
        self._pressed = False

    @property
    def active(self) -> bool:
        return bool(self._points or self._dragged)

    def press(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        self._pressed = True
        self._dragged = [(lateral, vertical)]
        self._show(view, (lateral, vertical))

    def move(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        if self._pressed:
            self._dragged.append((lateral, vertical))
            self._show(view)

    def hover(self, view: PaintSurface, lateral: float, vertical: float) -> None:
        if self._points:
            self._show(view, (lateral, vertical))

    def release(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        if not self._pressed:
            return
        self._pressed = False
        if self._is_click(view) or self._points:
            self._points.append((lateral, vertical))
            self._dragged = []
            self._show(view)
            view.say(self.hint)
        else:
            self.finish(view)

    def double_click(self, view: PaintSurface, lateral: float, vertical: float) -> None:
        self.finish(view)

    def finish(self, view: PaintSurface) -> None:
        points = np.array(self._points or self._dragged, dtype=np.float64)
        self.cancel(view)
        covered = polygon(points, view.frame.shape) if view.frame is not None and len(points) else None
        if covered is not None:
            self.take(view, *covered)

    def take(self, view: PaintSurface, mask: BoolArray, lateral0: int, vertical0: int) -> None:
        """Do with the inside what the tool is for."""
        view.paint(mask, lateral0, vertical0, self.title)

    def cancel(self, view: PaintSurface) -> None:
        self._points, self._dragged, self._pressed = [], [], False
        view.canvas.overlay(outline=None)

    def _is_click(self, view: PaintSurface) -> bool:
        pixels = np.array([view.canvas.view.pixel(*point) for point in self._dragged])
        return bool(np.abs(pixels - pixels[0]).max() < CLICK_PIXELS)

    def _show(self, view: PaintSurface, end: tuple[float, float] | None = None) -> None:
        points = [*self._points, *self._dragged] + ([end] if end is not None else [])
        if points:
            view.canvas.overlay(outline=np.array([*points, points[0]], dtype=np.float64))
