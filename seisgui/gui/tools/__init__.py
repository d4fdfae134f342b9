"""Tools turn gestures into edits: one tool a file; press, move, release."""

from __future__ import annotations

from seisgui.gui.tools.base import Tool
from seisgui.gui.tools.brush import BrushTool
from seisgui.gui.tools.eraser import EraserTool
from seisgui.gui.tools.fill import FillTool
from seisgui.gui.tools.fill_between import FillBetweenTool
from seisgui.gui.tools.lasso import LassoTool
from seisgui.gui.tools.line import LineTool
from seisgui.gui.tools.pan import PanTool
from seisgui.gui.tools.polygon import PolygonTool
from seisgui.gui.tools.zoom import ZoomTool

TOOLS: dict[str, type[Tool]] = {
    tool.command_id: tool
    for tool in (BrushTool, EraserTool, LineTool, PolygonTool, FillTool, FillBetweenTool, PanTool, ZoomTool, LassoTool)
}

__all__ = ["TOOLS", "Tool"]
