"""Outlines an area of a prediction that is to become labels."""

from __future__ import annotations

from seisgui.gui.tools.base import PaintSurface
from seisgui.gui.tools.polygon import PolygonTool
from seisgui.seismic.volume import BoolArray


class LassoTool(PolygonTool):
    """A drag outlines freely, clicks set corners; what was outlined is handed to the view and nothing is painted."""

    command_id = "review.lasso"
    title = "Lasso"
    hint = "Click the next corner; a double click or Enter closes the lasso, Esc forgets."

    def take(self, view: PaintSurface, mask: BoolArray, lateral0: int, vertical0: int) -> None:
        view.take_area(mask, lateral0, vertical0)
