"""Takes labels away with the brush's ellipse."""

from __future__ import annotations

from PySide6.QtCore import Qt

from seisgui.gui.tools.base import PaintSurface
from seisgui.gui.tools.brush import BrushTool


class EraserTool(BrushTool):
    """As the brush, but what it covers becomes unlabelled. The right button is this tool, whatever the tool in hand."""

    command_id = "label.eraser"
    title = "Erase"

    def press(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        view.erasing = True
        super().press(view, lateral, vertical, modifiers)
