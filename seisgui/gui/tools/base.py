"""What every tool has in common, and what a view offers to it."""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from seisgui.gui.state import WorkbenchState
from seisgui.gui.views.canvas import Canvas
from seisgui.gui.views.frame import SectionFrame
from seisgui.seismic.volume import BoolArray, FloatArray


class PaintSurface(Protocol):
    """The side of a section view that tools see. Positions are continuous, arrays (n_lateral, n_vertical)."""

    state: WorkbenchState
    canvas: Canvas
    erasing: bool  # the gesture in progress erases, whatever the tool

    @property
    def frame(self) -> SectionFrame | None: ...

    @property
    def amplitude(self) -> FloatArray | None: ...

    @property
    def clip(self) -> float: ...

    def show_preview(self, mask: BoolArray, lateral0: int, vertical0: int) -> None:
        """Show what would be painted, before it is."""
        ...

    def clear_preview(self) -> None: ...

    def paint(self, mask: BoolArray, lateral0: int, vertical0: int, label: str) -> None:
        """Paint ``mask`` with the active class (or erase it) as one edit."""
        ...

    def take_area(self, mask: BoolArray, lateral0: int, vertical0: int) -> None:
        """Tell whoever asked for an area of the section that it has been outlined."""
        ...

    def horizon_depths(self) -> list[NDArray[np.float64]]:
        """Vertical positions (n_lateral,) of the visible horizons, NaN where they are absent."""
        ...

    def say(self, sentence: str) -> None:
        """Tell the user in the status bar."""
        ...


class Tool:
    """One gesture at a time: ``press``, any number of ``move``, ``release``; ``cancel`` leaves no trace."""

    command_id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    shows_brush: ClassVar[bool] = False  # the cursor is the brush's ellipse
    ends_by_double_click: ClassVar[bool] = False  # else a double click is two presses
    cursor: ClassVar[Qt.CursorShape] = Qt.CursorShape.CrossCursor

    @property
    def active(self) -> bool:
        """Whether a gesture is under way that ``finish`` or ``cancel`` would end."""
        return False

    def press(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        """The button went down."""

    def move(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        """The mouse moved with the button down."""

    def hover(self, view: PaintSurface, lateral: float, vertical: float) -> None:
        """The mouse moved with no button down."""

    def release(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        """The button went up."""

    def double_click(self, view: PaintSurface, lateral: float, vertical: float) -> None:
        """A second click in the same place."""

    def finish(self, view: PaintSurface) -> None:
        """Keep what the gesture has done so far: the section changes, or Enter was pressed."""

    def cancel(self, view: PaintSurface) -> None:
        """Forget the gesture."""


def shift_held(modifiers: Qt.KeyboardModifier) -> bool:
    return bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
