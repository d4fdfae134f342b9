"""Draws along an event: one position a trace, as thick as the brush is high."""

from __future__ import annotations

import numpy as np

from seisgui.gui.tools.base import PaintSurface
from seisgui.gui.tools.raster import Centre, StrokeMask, snapped_to_grid, trace_path
from seisgui.gui.tools.stroke import StrokeTool, snapped


class LineTool(StrokeTool):
    """Follows the mouse trace by trace (each snapped on its own); Shift draws straight."""

    command_id = "label.line"
    title = "Line"

    def step(self, view: PaintSurface, stroke: StrokeMask, start: Centre, end: Centre) -> None:
        thickness = view.state.brush.samples
        column = np.ones((1, thickness), dtype=np.bool_)
        for trace, vertical in trace_path(start, end):
            centre = snapped_to_grid(snapped(view, trace, vertical), thickness)
            stroke.add(column, trace, round(centre - thickness / 2))
