"""What a section view offers to the tools: preview, paint, and why not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal

from seisgui.errors import SeisguiError
from seisgui.gui.views.mixing import UNLABELLED
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.volume import BoolArray

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.tools.base import Tool
    from seisgui.gui.views.canvas import Canvas
    from seisgui.gui.views.content import SectionContent

log = logging.getLogger(__name__)

NO_LABELS = "There is no label set to paint into: open or create a project first."
READ_ONLY = "This project is open read-only here, so nothing can be painted."
NO_CLASS = "Choose a class first: add one in the Classes panel, or press 1–9."


class PaintingMixin:
    """The part of a section view that paints; see ``tools.base.PaintSurface``."""

    state: WorkbenchState
    content: SectionContent
    canvas: Canvas
    said: Signal
    area_drawn: Signal
    erasing: bool
    ref: SectionRef | None

    def can_paint(self, tool: Tool) -> bool:
        """Whether ``tool`` may begin; says why not."""
        if not tool.command_id.startswith("label."):
            return True
        labels, project = self.state.labels, self.state.project
        erases = tool.command_id == "label.eraser"
        problem = ""
        if labels is None:
            problem = NO_LABELS
        elif project is not None and project.read_only:
            problem = READ_ONLY
        elif not erases and self.state.active_class not in {entry.id for entry in labels.classes}:
            problem = NO_CLASS
        if problem:
            self.said.emit(problem)
        return not problem

    def show_preview(self, mask: BoolArray, lateral0: int, vertical0: int) -> None:
        """Show ``mask`` as painted, restricted as the edit will be; only its bounding box is drawn again."""
        planes = self.content.planes
        n_lateral, n_vertical = planes.shape
        i0, j0 = max(lateral0, 0), max(vertical0, 0)
        i1, j1 = min(lateral0 + mask.shape[0], n_lateral), min(vertical0 + mask.shape[1], n_vertical)
        if i1 <= i0 or j1 <= j0:
            return
        window = slice(i0, i1), slice(j0, j1)
        part = mask[i0 - lateral0 : i1 - lateral0, j0 - vertical0 : j1 - vertical0] & self.content.allowed(window)
        planes.add_preview(window, part, UNLABELLED if self.erasing else self.state.active_class)
        self.canvas.redraw_stroke()

    def clear_preview(self) -> None:
        """Show the labels as they are."""
        if self.content.planes is not None and self.content.planes.clear_preview():
            self.canvas.redraw_stroke()

    def paint(self, mask: BoolArray, lateral0: int, vertical0: int, label: str) -> None:
        """Paint or erase as one edit; what went wrong is said."""
        brush = self.state.brush
        restrict = "all" if self.erasing and brush.restrict == "unlabelled" else brush.restrict
        try:
            self.state.labels.paint(
                self.ref,
                lateral0,
                vertical0,
                mask,
                -1 if self.erasing else self.state.active_class,
                neighbours=brush.neighbours,
                restrict=restrict,
                label=label,
            )
        except SeisguiError as error:
            log.warning("painting failed: %s", error)
            self.said.emit(str(error))

    def take_area(self, mask: BoolArray, lateral0: int, vertical0: int) -> None:
        """Tell of an outlined area, as a mask of the whole section."""
        area = np.zeros(self.content.planes.shape, dtype=np.bool_)
        area[lateral0 : lateral0 + mask.shape[0], vertical0 : vertical0 + mask.shape[1]] = mask
        self.area_drawn.emit(self.ref, area)

    def horizon_depths(self) -> list[NDArray[np.float64]]:
        return self.content.horizon_depths()

    def say(self, sentence: str) -> None:
        self.said.emit(sentence)

    def resize_brush(self, steps: int) -> None:
        """Make the brush larger or smaller, keeping its proportions."""
        brush = self.state.brush
        factor = 1.25**steps
        for name in ("traces", "samples"):
            size = getattr(brush, name)
            wanted = max(round(size * factor), size + steps) if steps > 0 else min(round(size * factor), size + steps)
            setattr(brush, name, min(max(wanted, 1), 401))
