"""A drag that leaves a mark: brush, eraser and line differ only in what one step of it covers."""

from __future__ import annotations

from PySide6.QtCore import Qt

from seisgui.gui.tools.base import PaintSurface, Tool, shift_held
from seisgui.gui.tools.raster import Centre, StrokeMask, brush_centre
from seisgui.gui.tools.snapping import snap


class StrokeTool(Tool):
    """One edit a drag; what it covers is shown while it grows. Shift draws straight from where the drag began."""

    shows_brush = True

    def __init__(self) -> None:
        self._stroke: StrokeMask | None = None
        self._first: Centre = (0.0, 0.0)
        self._last: Centre = (0.0, 0.0)
        self._straight = False

    @property
    def active(self) -> bool:
        return self._stroke is not None

    def step(self, view: PaintSurface, stroke: StrokeMask, start: Centre, end: Centre) -> None:
        """Cover the way from ``start`` to ``end``."""
        raise NotImplementedError

    def press(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        if view.frame is None:
            return
        self._stroke = StrokeMask(view.frame.shape)
        self._first = self._last = self.centre(view, lateral, vertical)
        self._straight = False
        self._extend(view, self._first, self._first)

    def move(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        if self._stroke is None:
            return
        centre = self.centre(view, lateral, vertical)
        if shift_held(modifiers):
            self._straight = True
            self._stroke.clear()
            view.clear_preview()
            self._extend(view, self._first, centre)
        elif centre != self._last or self._straight:
            self._straight = False
            self._extend(view, self._last, centre)
        self._last = centre

    def release(self, view: PaintSurface, lateral: float, vertical: float, modifiers: Qt.KeyboardModifier) -> None:
        self.move(view, lateral, vertical, modifiers)
        self.finish(view)

    def finish(self, view: PaintSurface) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is None:
            return
        view.clear_preview()
        covered = stroke.cut()
        if covered is not None:
            view.paint(*covered, "Erase" if view.erasing else self.title)

    def cancel(self, view: PaintSurface) -> None:
        self._stroke = None
        view.clear_preview()

    def centre(self, view: PaintSurface, lateral: float, vertical: float) -> Centre:
        """The mouse position as a brush centre, snapped to an event where that is asked for."""
        brush = view.state.brush
        return brush_centre(lateral, snapped(view, lateral, vertical), (brush.traces, brush.samples))

    def _extend(self, view: PaintSurface, start: Centre, end: Centre) -> None:
        piece = StrokePiece(self._stroke)
        self.step(view, piece, start, end)
        for part, lateral0, vertical0 in piece.parts:
            view.show_preview(part, lateral0, vertical0)


class StrokePiece:
    """Adds to a stroke and remembers what was added."""

    def __init__(self, stroke: StrokeMask) -> None:
        self._stroke = stroke
        self.parts: list[tuple] = []

    def add(self, part: object, lateral0: int, vertical0: int) -> None:
        self._stroke.add(part, lateral0, vertical0)
        self.parts.append((part, lateral0, vertical0))


def snapped(view: PaintSurface, lateral: float, vertical: float) -> float:
    """``vertical`` moved to the event beneath it; unchanged off the section, on slices, and without a snap mode."""
    mode = view.state.brush.snap
    if mode == "none" or view.amplitude is None or view.frame is None or view.frame.upwards:
        return vertical
    if not view.frame.contains(lateral, vertical):
        return vertical
    return snap(view.amplitude[int(lateral)], vertical, mode)
