"""Fills between the two horizons above and below the click."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from seisgui.gui.tools.base import PaintSurface, Tool
from seisgui.seismic.volume import BoolArray


class FillBetweenTool(Tool):
    """One click: all traces between the nearest horizon above and the nearest one below."""

    command_id = "label.fill_between"
    title = "Fill between horizons"

    def press(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        frame = view.frame
        if frame is None or not frame.contains(lateral, vertical):
            return
        if frame.upwards:
            view.say("Fill between horizons works on inlines and crosslines, not on slices.")
            return
        bounds = enclosing(view.horizon_depths(), int(lateral), vertical)
        if bounds is None:
            view.say("No horizon both above and below this place: add two with File, Add horizon, or show the layer.")
            return
        mask = between(*bounds, frame.shape[1])
        if mask.any():
            view.paint(mask, 0, 0, self.title)


def enclosing(
    horizons: list[NDArray[np.float64]], lateral: int, vertical: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The nearest horizons above and below a position."""
    here = [(depths[lateral], index) for index, depths in enumerate(horizons) if np.isfinite(depths[lateral])]
    above = max((entry for entry in here if entry[0] <= vertical), default=None)
    below = min((entry for entry in here if entry[0] > vertical), default=None)
    if above is None or below is None:
        return None
    return horizons[above[1]], horizons[below[1]]


def between(upper: NDArray[np.float64], lower: NDArray[np.float64], n_vertical: int) -> BoolArray:
    """(n_lateral, n_vertical): sample centres between two horizons, where both exist."""
    centres = np.arange(n_vertical) + 0.5
    with np.errstate(invalid="ignore"):
        return (centres[None, :] >= upper[:, None]) & (centres[None, :] < lower[:, None])
