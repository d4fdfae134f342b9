"""Moves the section under the mouse."""

from __future__ import annotations

from PySide6.QtCore import Qt

from seisgui.gui.tools.base import PaintSurface, Tool


class PanTool(Tool):
    """The sample under the mouse stays under it. The middle button is this tool, whatever the tool in hand."""

    command_id = "view.pan"
    title = "Pan"
    cursor = Qt.CursorShape.OpenHandCursor

    def __init__(self) -> None:
        self._held: tuple[float, float] | None = None

    @property
    def active(self) -> bool:
        return self._held is not None

    def press(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        self._held = lateral, vertical

    def move(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        if self._held is not None:
            seen = view.canvas.view
            here, there = seen.pixel(lateral, vertical), seen.pixel(*self._held)
            view.canvas.set_view(seen.panned(here[0] - there[0], here[1] - there[1]))

    def release(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        self._held = None

    def finish(self, view: PaintSurface) -> None:
        self._held = None

    cancel = finish
