"""The prediction of one run over a section, as the layers show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.gui.views.class_colours import colours_of
from seisgui.gui.views.mixing import UNLABELLED, colour_table, map_table
from seisgui.gui.views.planes import Overlay
from seisgui.seismic.colour_maps import colour_map

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.decimation import Pyramid
    from seisgui.interpretation.runs import RunRecord

LAYERS = ("prediction", "confidence", "entropy")  # in the order of a stored prediction's arrays
Paper = tuple[int, int, int]


class RunLayers:
    """Classes, confidence and entropy of ``drawn``, (3, n_lateral, n_vertical); planes are made when first seen."""

    def __init__(self) -> None:
        self.drawn: NDArray[np.uint8] | None = None
        self._planes: dict[int, tuple[Pyramid, int]] = {}

    def draw(self, prediction: NDArray[np.uint8] | None) -> None:
        """Take another prediction; None where there is none."""
        if prediction is not self.drawn:
            self.drawn, self._planes = prediction, {}

    def overlays(self, state: WorkbenchState, run: RunRecord | None, paper: Paper) -> list[Overlay]:
        """What the visible layers lay over the seismic, bottom first."""
        if self.drawn is None:
            return []
        found = []
        for plane, name in enumerate(LAYERS):
            layer = state.layer(name)
            if layer.visible:
                colours = scale_of_shares(paper) if plane else colour_table(colours_of(state, run))
                found.append(Overlay(*self._plane(plane), colours, layer.opacity))
        return found

    def _plane(self, plane: int) -> tuple[Pyramid, int]:
        """255 where nothing is predicted."""
        if plane not in self._planes:
            values = self.drawn[plane]
            if plane:
                values = np.minimum(values, np.uint8(UNLABELLED - 1))
                values[self.drawn[0] == UNLABELLED] = UNLABELLED
            self._planes[plane] = Overlay.plane_of(values)
        return self._planes[plane]


def scale_of_shares(paper: Paper) -> NDArray[np.uint8]:
    """Colours (256, 4) of probabilities and the like."""
    return map_table(colour_map("night to day"), paper)
