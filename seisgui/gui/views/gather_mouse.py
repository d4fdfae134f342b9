"""Mouse and wheel of a gather view: to whoever picks, else to moving and zooming."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

if TYPE_CHECKING:
    from seisgui.gui.views.gather import GatherView

WHEEL_NOTCH = 120
ZOOM_NOTCH = 1.25
SCROLLED = 0.15  # of the window that a notch scrolls by
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@dataclass
class Touch:
    """A mouse event on a record: ``record`` is its index in the record set, ``time`` s from its first sample.

    ``component`` is an index into the components of the set; ``button`` is that of a press or release, ``buttons``
    those held. Whoever uses a press sets ``taken``; otherwise the left button moves the picture.
    """

    record: int
    time: float
    component: int
    point: QPointF
    button: Qt.MouseButton = Qt.MouseButton.NoButton
    buttons: Qt.MouseButton = Qt.MouseButton.NoButton
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    double: bool = False
    taken: bool = False


class GatherMouse:
    """Translates events of one view."""

    def __init__(self, view: GatherView) -> None:
        self._view = view
        self._held = Qt.MouseButton.NoButton  # whose press somebody has taken
        self._grasped: QPointF | None = None  # where the picture was last dragged to
        self._drags = Qt.MouseButton.NoButton
        self._wheel = 0

    @property
    def busy(self) -> bool:
        return self._held != Qt.MouseButton.NoButton or self._grasped is not None

    def press(self, event: QMouseEvent, *, double: bool = False) -> None:
        if self.busy or not self._view.plot_rect().contains(event.position()):
            return
        touch = self._view.touch_at(event.position())
        if touch is not None and event.button() is not Qt.MouseButton.MiddleButton:
            self._fill(touch, event)
            touch.double = double
            self._view.pressed.emit(touch)
            if touch.taken:
                self._held = event.button()
                return
            if event.button() is Qt.MouseButton.LeftButton:
                self._view.set_current(touch.record)
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._grasped, self._drags = event.position(), event.button()

    def move(self, event: QMouseEvent) -> None:
        if self._grasped is not None:
            moved = event.position() - self._grasped
            self._grasped = event.position()
            self._view.set_view(self._view.view.panned(moved.x(), moved.y()))
            return
        touch = self._view.touch_at(event.position(), clamp=self._held != Qt.MouseButton.NoButton)
        if touch is not None:
            self._fill(touch, event)
            self._view.moved.emit(touch)
        self._view.hover(event.position())

    def release(self, event: QMouseEvent) -> None:
        if self._grasped is not None and event.button() is self._drags:
            self._grasped = None
        elif event.button() is self._held:
            self._held = Qt.MouseButton.NoButton
            touch = self._view.touch_at(event.position(), clamp=True)
            if touch is not None:
                self._fill(touch, event)
                self._view.released.emit(touch)

    def wheel(self, event: QWheelEvent) -> None:
        """Next gather or record; Shift scrolls, Ctrl zooms; long records are scrolled without Shift too."""
        delta = event.angleDelta().y() or event.angleDelta().x()
        keys = event.modifiers()
        view = self._view
        if keys & CONTROL:
            factor = ZOOM_NOTCH ** (delta / WHEEL_NOTCH)
            across = 1.0 if keys & SHIFT or not view.view.upright else factor
            point = event.position()
            view.set_view(view.view.zoomed(across, factor, point.x(), point.y()))
        elif keys & SHIFT or view.scrolls_time:
            view.scroll(-delta / WHEEL_NOTCH * SCROLLED)
        else:
            self._wheel += delta
            notches = math.trunc(self._wheel / WHEEL_NOTCH)
            self._wheel -= notches * WHEEL_NOTCH
            if notches:
                view.stepped.emit(-notches)
        event.accept()

    @staticmethod
    def _fill(touch: Touch, event: QMouseEvent) -> None:
        touch.button, touch.buttons, touch.modifiers = event.button(), event.buttons(), event.modifiers()
