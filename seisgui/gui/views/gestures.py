"""Mouse and keys of a section view: to the tool in hand, to line steps, to the colour bar."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from seisgui.gui.tools import TOOLS, Tool
from seisgui.gui.views.class_colours import class_colour, visible_classes

if TYPE_CHECKING:
    from seisgui.gui.views.section import SectionView

WHEEL_NOTCH = 120
ZOOM_NOTCH = 1.25
PIXELS_TO_DOUBLE_CLIP = 80.0
STEP_KEYS = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}
BRUSH_KEYS = {"[": -1, "]": 1}


class Gestures(QObject):
    """Filters the canvas's events; one gesture at a time, begun by a button and ended by the same."""

    def __init__(self, view: SectionView) -> None:
        super().__init__(view)
        self._view = view
        self._canvas = view.canvas
        self._tools = {name: kind() for name, kind in TOOLS.items()}
        self._held: Tool | None = None
        self._button = Qt.MouseButton.NoButton
        self._clip_from: tuple[float, float] | None = None  # pixel y and clip when the colour bar was grasped
        self._divides = False  # the divider is in the hand
        self._wheel = 0
        self._canvas.installEventFilter(self)
        self._handlers = {
            QEvent.Type.MouseButtonPress: self._press,
            QEvent.Type.MouseButtonDblClick: self._double_click,
            QEvent.Type.MouseMove: self._move,
            QEvent.Type.MouseButtonRelease: self._release,
            QEvent.Type.Wheel: self._wheel_turned,
            QEvent.Type.KeyPress: self._key,
            QEvent.Type.Leave: self._leave,
        }

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._canvas and self._canvas.frame is not None:
            # A section that cannot be shown can still be left by wheel and keys, and a stroke on it can be ended.
            stepping = event.type() in (QEvent.Type.Wheel, QEvent.Type.KeyPress)
            heard = stepping or self.busy or self._canvas.message is None
            handler = self._handlers.get(event.type()) if heard else None
            if handler is not None:
                return bool(handler(event))
        return False

    @property
    def tool(self) -> Tool:
        """The tool in hand."""
        return self._tools.get(self._view.state.tool, self._tools["view.pan"])

    @property
    def busy(self) -> bool:
        return self._held is not None

    def finish(self) -> None:
        """Keep what the gesture in progress has done: the section is about to change."""
        for tool in {self._held, self.tool} - {None}:
            if tool.active:
                tool.finish(self._view)
        self._let_go()

    def cancel(self) -> None:
        for tool in {self._held, self.tool} - {None}:
            if tool.active:
                tool.cancel(self._view)
        self._let_go()

    def _let_go(self) -> None:
        self._held = None
        self._button = Qt.MouseButton.NoButton
        self._view.erasing = False

    # -- mouse ---------------------------------------------------------------------------------------------------

    def _press(self, event: QMouseEvent) -> bool:
        if self._held is not None:
            return True
        if event.button() is Qt.MouseButton.LeftButton and self._on_bar(event.position()):
            self._clip_from = event.position().y(), self._view.clip
            return True
        if not self._canvas.plot_rect().contains(event.position()):
            return True
        if event.button() is Qt.MouseButton.LeftButton and self._on_divider(event.position()):
            self._divides = True
            return True
        chosen = {
            Qt.MouseButton.LeftButton: self.tool,
            Qt.MouseButton.RightButton: self._tools["label.eraser"],
            Qt.MouseButton.MiddleButton: self._tools["view.pan"],
        }.get(event.button())
        if chosen is None:
            return False
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and chosen is self.tool:
            self._view.go_to(*self._position(event))
            return True
        if not self._view.can_paint(chosen):
            return True
        self._held, self._button = chosen, event.button()
        chosen.press(self._view, *self._position(event), event.modifiers())
        self._show_cursor(event.position())
        return True

    def _move(self, event: QMouseEvent) -> bool:
        if self._clip_from is not None:
            start, clip = self._clip_from
            self._view.state.display.clip = clip * 2.0 ** ((start - event.position().y()) / PIXELS_TO_DOUBLE_CLIP)
            return True
        if self._divides:
            plot = self._canvas.plot_rect()
            self._view.state.review.divider = min(max((event.position().x() - plot.x()) / plot.width(), 0.0), 1.0)
            return True
        position = self._position(event)
        if self._held is not None:
            self._held.move(self._view, *position, event.modifiers())
        else:
            self.tool.hover(self._view, *position)
        self._show_cursor(event.position())
        self._view.hover(self._position(event))
        return True

    def _release(self, event: QMouseEvent) -> bool:
        if self._clip_from is not None:
            self._clip_from = None
            return True
        if self._divides:
            self._divides = False
            return True
        if self._held is not None and event.button() is self._button:
            held = self._held
            held.release(self._view, *self._position(event), event.modifiers())
            self._let_go()
        return True

    def _double_click(self, event: QMouseEvent) -> bool:
        if self._on_bar(event.position()):
            self._view.state.display.clip = 0.0
            return True
        if event.button() is not Qt.MouseButton.LeftButton:
            return self._press(event)
        if not self.tool.ends_by_double_click:  # two quick dabs are two dabs
            return self._press(event)
        self.tool.double_click(self._view, *self._position(event))
        self._let_go()
        return True

    def _leave(self, _event: QEvent) -> bool:
        if self._held is None:
            self._canvas.overlay(cursor=None)
            self._view.hover(None)
        return False

    def _on_bar(self, point: QPointF) -> bool:
        rect = self._canvas.bar_rect()
        return rect is not None and rect.adjusted(-4, -8, 12, 8).contains(point)

    def _on_divider(self, point: QPointF) -> bool:
        swept = self._view.state.review.swipe and self._held is None and not self.tool.active
        return swept and self._canvas.divider_rect().contains(point)

    def _position(self, event: QMouseEvent) -> tuple[float, float]:
        return self._canvas.view.position(event.position().x(), event.position().y())

    # -- cursor --------------------------------------------------------------------------------------------------

    def tool_changed(self, _tool: str) -> None:
        """Another tool was taken: an open polygon is forgotten, a drag goes on."""
        for tool in self._tools.values():
            if tool.active and tool is not self._held:
                tool.cancel(self._view)
        self._canvas.overlay(cursor=None)
        self.update_shape()

    def update_shape(self, point: QPointF | None = None) -> None:
        """The mouse pointer over the section, the colour bar and the rest."""
        if point is not None and self._on_bar(point):
            self._canvas.setCursor(Qt.CursorShape.SizeVerCursor)
        elif point is not None and self._on_divider(point):
            self._canvas.setCursor(Qt.CursorShape.SplitHCursor)
        elif point is None or self._canvas.plot_rect().contains(point):
            self._canvas.setCursor((self._held or self.tool).cursor)
        else:
            self._canvas.setCursor(Qt.CursorShape.ArrowCursor)

    def _show_cursor(self, point: QPointF) -> None:
        self.update_shape(point)
        tool, view = self._held or self.tool, self._view
        if not tool.shows_brush or self._on_divider(point) or not self._canvas.plot_rect().contains(point):
            self._canvas.overlay(cursor=None)
            return
        brush = view.state.brush
        lateral, vertical = tool.centre(view, *self._canvas.view.position(point.x(), point.y()))
        erases = view.erasing or tool.command_id == "label.eraser"
        colour = "#ffffff" if erases else class_colour(view.state, view.state.active_class)
        self._canvas.overlay(cursor=(lateral, vertical, brush.traces / 2, brush.samples / 2), cursor_colour=colour)

    # -- wheel and keys ------------------------------------------------------------------------------------------

    def _wheel_turned(self, event: QWheelEvent) -> bool:
        delta = event.angleDelta().y() or event.angleDelta().x()
        point = event.position()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            factor = ZOOM_NOTCH ** (delta / WHEEL_NOTCH)
            wide = not event.modifiers() & Qt.KeyboardModifier.AltModifier
            self._canvas.set_view(self._canvas.view.zoomed(factor if wide else 1.0, factor, point.x(), point.y()))
            return True
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._canvas.set_view(self._canvas.view.panned(delta * 0.5, 0.0))
            return True
        self._wheel -= delta
        steps = math.trunc(self._wheel / WHEEL_NOTCH)
        self._wheel -= steps * WHEEL_NOTCH
        if steps:
            self._view.step(steps)
        return True

    def _key(self, event: QKeyEvent) -> bool:
        view, key = self._view, event.key()
        if key in STEP_KEYS:
            view.step(STEP_KEYS[key] * (10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
        elif key == Qt.Key.Key_Escape:
            self.cancel()
        elif event.text() in BRUSH_KEYS:
            view.resize_brush(BRUSH_KEYS[event.text()])
        elif event.text() in tuple("123456789"):
            self._choose_class(int(event.text()) - 1)
        else:
            return False
        return True

    def _choose_class(self, index: int) -> None:
        classes = visible_classes(self._view.state)
        if index < len(classes):
            self._view.state.active_class = classes[index].id


def moved_to(event: QMouseEvent | QWheelEvent, point: QPointF) -> QMouseEvent | QWheelEvent:
    """The same event at another widget's ``point``."""
    if isinstance(event, QMouseEvent):
        return QMouseEvent(
            event.type(), point, event.globalPosition(), event.button(), event.buttons(), event.modifiers()
        )
    return QWheelEvent(
        point,
        event.globalPosition(),
        event.pixelDelta(),
        event.angleDelta(),
        event.buttons(),
        event.modifiers(),
        event.phase(),
        event.inverted(),
    )
