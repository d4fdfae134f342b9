"""Icons from resources/icons, coloured by the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from seisgui.gui.theme import Tones, mix
from seisgui.resources import resource

SIZES = (18, 24, 36)
LARGE = (16, 32, 64, 128)
TINTED = {"train": "good", "live": "bad", "stop": "text"}


@cache
def _drawing(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def render(drawing: str, size: int) -> QPixmap:
    """An SVG text as a square pixmap."""
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


@cache
def icon(name: str, tones: Tones, colour: str | None = None) -> QIcon:
    """The icon ``name`` in the colours of a theme; ``colour`` ('#rrggbb') overrides."""
    colour = colour or getattr(tones, TINTED.get(name, "text"))
    faded = mix(tones.faint, tones.window, 0.45).name()
    result = QIcon()
    for size in SIZES:
        result.addPixmap(render(_drawing(name).replace("#000000", colour), size), QIcon.Mode.Normal)
        result.addPixmap(render(_drawing(name).replace("#000000", tones.on_accent), size), QIcon.Mode.Selected)
        result.addPixmap(render(_drawing(name).replace("#000000", faded), size), QIcon.Mode.Disabled)
    return result


def plain_icon(name: str) -> QIcon:
    """An icon that keeps its own colours, e.g. the program's."""
    result = QIcon()
    for size in LARGE:
        result.addPixmap(render(_drawing(name), size))
    return result


def swatch(colour: str, size: int = 14) -> QIcon:
    """A small square of one colour, for class lists."""
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(colour))
    painter.setPen(QColor(0, 0, 0, 90))
    painter.drawRoundedRect(QRectF(0.5, 0.5, size - 1, size - 1), 3, 3)
    painter.end()
    result = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # Qt would tint the selected one: another class's colour
        result.addPixmap(pixmap, mode)
    return result
