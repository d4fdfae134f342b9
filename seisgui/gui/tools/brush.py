"""Paints the active class with an ellipse."""

from __future__ import annotations

from seisgui.gui.tools.base import PaintSurface
from seisgui.gui.tools.raster import Centre, StrokeMask, ellipse_path
from seisgui.gui.tools.stroke import StrokeTool


class BrushTool(StrokeTool):
    """The ellipse of the brush moved along the mouse's path, without gaps between mouse events."""

    command_id = "label.brush"
    title = "Brush"

    def step(self, view: PaintSurface, stroke: StrokeMask, start: Centre, end: Centre) -> None:
        brush = view.state.brush
        stroke.add(*ellipse_path(start, end, (brush.traces, brush.samples)))
