"""What is drawn around and over a section: axes, colour bar, scale bar, sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPalette, QPen, QPixmap, QPolygonF

from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.ticks import line_ticks, nice_step, tick_text, ticks
from seisgui.gui.views.viewport import Viewport
from seisgui.seismic.axes import LineAxis

BAR_WIDTH = 14
TICK = 5
SCALE_BAR_ROOM = 46


@dataclass(frozen=True, slots=True)
class Message:
    """What a view says instead of a section, or over it."""

    title: str
    sentence: str = ""
    keys: tuple[tuple[str, str], ...] = ()  # key, what it does
    warning: bool = False


@dataclass(frozen=True, slots=True)
class ColourBar:
    """The colours (256, 4) BGRA from -clip to +clip about a centre, and what they measure."""

    colours: np.ndarray
    clip: float
    centre: float = 0.0
    title: str = "Amplitude"


@dataclass(frozen=True, slots=True)
class Margins:
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours of a theme."""

    paper: QColor
    text: QColor
    faint: QColor
    plot: QColor
    accent: QColor

    @classmethod
    def of(cls, palette: QPalette) -> Ink:
        text = palette.color(QPalette.ColorRole.WindowText)
        faint = QColor(text)
        faint.setAlpha(110)
        return cls(
            palette.color(QPalette.ColorRole.Window),
            text,
            faint,
            palette.color(QPalette.ColorRole.Base),
            palette.color(QPalette.ColorRole.Highlight),
        )


def small(font: QFont) -> QFont:
    smaller = QFont(font)
    if font.pointSizeF() > 0:
        smaller.setPointSizeF(max(font.pointSizeF() - 1.0, 7.0))
    return smaller


def axis_ticks(axis: object, low: float, high: float, most: int) -> list[float]:
    """Ticks within ``low..high`` and within the axis."""
    if isinstance(axis, LineAxis):
        low, high = max(low, axis.first), min(high, axis.last)
        return line_ticks(low, high, most, axis.first, axis.step) if high >= low else []
    low, high = max(low, axis.start), min(high, axis.last)
    return ticks(low, high, most) if high >= low else []


def margins(frame: SectionFrame, font: QFont, size: tuple[float, float]) -> Margins:
    """Room for the axes and, where the pane is large enough, the colour bar."""
    metrics = QFontMetricsF(small(font))
    axis = frame.vertical_axis
    ends = (axis.first, axis.last) if isinstance(axis, LineAxis) else (axis.start, axis.last)
    widest = max(metrics.horizontalAdvance(tick_text(round(end, 1))) for end in (*ends, 8888))
    line = metrics.height()
    right = BAR_WIDTH + metrics.horizontalAdvance("+8.88e-88") + 26 if size[0] >= 420 and size[1] >= 200 else 12
    return Margins(widest + line + TICK + 9, 2 * line + TICK + 5, right, 9)


def draw_axes(painter: QPainter, frame: SectionFrame, view: Viewport, ink: Ink, font: QFont) -> None:
    """The lateral axis on top, the vertical one on the left, both with titles."""
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    draw_lateral_axis(painter, frame, view, ink, metrics)
    draw_vertical_axis(painter, frame, view, ink, metrics)
    for x, y, width, height in (
        (view.x - 1, view.y - 1, view.width + 2, 1),
        (view.x - 1, view.y + view.height, view.width + 2, 1),
        (view.x - 1, view.y - 1, 1, view.height + 2),
        (view.x + view.width, view.y - 1, 1, view.height + 2),
    ):
        painter.fillRect(QRectF(x, y, width, height), ink.faint)


def draw_lateral_axis(painter: QPainter, frame: SectionFrame, view: Viewport, ink: Ink, metrics: QFontMetricsF) -> None:
    low, high = (frame.lateral_value(u) for u in view.lateral_range())
    widest = max(metrics.horizontalAdvance(tick_text(round(v))) for v in (low, high)) + 16
    most = max(int(view.width / max(widest, 40)), 2)
    for value in axis_ticks(frame.lateral_axis, low, high, most):
        x = view.pixel(frame.lateral_position(value), 0)[0]
        painter.setPen(QPen(ink.faint, 1))
        painter.drawLine(QPointF(x, view.y - TICK), QPointF(x, view.y))
        text = tick_text(value)
        width = metrics.horizontalAdvance(text)
        painter.setPen(ink.text)
        left = min(max(x - width / 2, 0), painter.clipBoundingRect().right() - width - 1)
        painter.drawText(QPointF(left, view.y - TICK - 3), text)
    painter.setPen(ink.text)
    title = QRectF(view.x, 1, view.width, metrics.height())
    painter.drawText(title, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, frame.lateral_title)


def draw_vertical_axis(
    painter: QPainter, frame: SectionFrame, view: Viewport, ink: Ink, metrics: QFontMetricsF
) -> None:
    low, high = (frame.vertical_value(v) for v in view.vertical_range())
    most = max(int(view.height / (metrics.height() * 2.6)), 2)
    for value in axis_ticks(frame.vertical_axis, low, high, most):
        y = view.pixel(0, frame.vertical_position(value))[1]
        painter.setPen(QPen(ink.faint, 1))
        painter.drawLine(QPointF(view.x - TICK, y), QPointF(view.x, y))
        text = tick_text(value)
        painter.setPen(ink.text)
        base = min(max(y + metrics.ascent() / 2 - 1, view.y + metrics.ascent() - 3), view.y + view.height)
        painter.drawText(QPointF(view.x - TICK - 3 - metrics.horizontalAdvance(text), base), text)
    painter.save()
    painter.setPen(ink.text)
    painter.translate(metrics.height() / 2 + 2, view.y + view.height / 2)
    painter.rotate(-90)
    box = QRectF(-view.height / 2, -metrics.height() / 2, view.height, metrics.height())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, frame.vertical_title)
    painter.restore()


def bar_rect(view: Viewport, width: float) -> QRectF | None:
    """Where the colour bar lies in a pane of ``width``; None where there is no room."""
    if width - (view.x + view.width) < BAR_WIDTH + 30:
        return None
    height = min(view.height - 52, 320)
    return QRectF(view.x + view.width + 12, view.y + 22, BAR_WIDTH, height)


def draw_colour_bar(painter: QPainter, rect: QRectF, bar: ColourBar, ink: Ink, font: QFont) -> None:
    """Positive on top; the two grips mark the clip and can be dragged."""
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    strip = np.ascontiguousarray(bar.colours[254::-1][:, None, :])
    painter.drawImage(rect, QImage(strip.data, 1, 255, 4, QImage.Format.Format_RGB32))
    painter.setPen(QPen(ink.faint, 1))
    painter.drawRect(rect)
    painter.setPen(ink.text)
    painter.drawText(QPointF(rect.left(), rect.top() - 10), bar.title)
    most = max(int(rect.height() / (metrics.height() * 2.5)), 2)
    for value in ticks(bar.centre - bar.clip, bar.centre + bar.clip, most):
        y = rect.center().y() - (value - bar.centre) / bar.clip * rect.height() / 2
        painter.setPen(QPen(ink.faint, 1))
        painter.drawLine(QPointF(rect.right() + 1, y), QPointF(rect.right() + 4, y))
        painter.setPen(ink.text)
        painter.drawText(QPointF(rect.right() + 9, y + metrics.ascent() / 2 - 1), amplitude_text(value))
    painter.drawText(QPointF(rect.left(), rect.bottom() + metrics.ascent() + 8), clip_text(bar))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(ink.text)
    for y, way in ((rect.top(), -1), (rect.bottom(), 1)):
        tip = QPointF(rect.center().x(), y)
        painter.drawPolygon(QPolygonF([tip, tip + QPointF(-4, 5 * way), tip + QPointF(4, 5 * way)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def clip_text(bar: ColourBar) -> str:
    return f"clip {amplitude_text(bar.clip)[1:]}" if bar.centre == 0.0 else f"± {amplitude_text(bar.clip)[1:]}"


def amplitude_text(value: float) -> str:
    """Signed, with three digits; powers of ten only where they are needed."""
    if value == 0:
        return "0"
    size = abs(value)
    text = f"{size:.3g}" if 1e-3 <= size < 1e3 else f"{round(size):d}" if 1e3 <= size < 1e6 else f"{size:.2e}"
    return ("+" if value > 0 else "−") + text.replace("e+0", "e+").replace("e-0", "e-")


def draw_scale_bar(painter: QPainter, view: Viewport, spacing: float, unit: str, font: QFont) -> None:
    """A bar of round length at the lower left; ``spacing`` is the width of a trace in ``unit``."""
    per_pixel = spacing / abs(view.lateral_scale)
    length = nice_step(per_pixel * min(view.width / 4, 160), 1)
    if length / per_pixel > view.width / 2:
        length /= 2
    width = length / per_pixel
    text = f"{length:g} {unit}" if length < 1000 or unit != "m" else f"{length / 1000:g} km"
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    box = QRectF(view.x + 10, view.y + view.height - 34, max(width, metrics.horizontalAdvance(text)) + 14, 26)
    draw_chip(painter, box)
    painter.setPen(QPen(QColor("white"), 2))
    y = box.bottom() - 6
    painter.drawLine(QPointF(box.left() + 7, y), QPointF(box.left() + 7 + width, y))
    for x in (box.left() + 7, box.left() + 7 + width):
        painter.drawLine(QPointF(x, y - 3), QPointF(x, y + 1))
    painter.drawText(QPointF(box.left() + 7, y - 5), text)


def hatch() -> QBrush:
    """Diagonal strokes, dark beside bright, that show on any colour."""
    tile = QPixmap(14, 14)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    for colour, shift in ((QColor(0, 0, 0, 95), 0), (QColor(255, 255, 255, 95), 1)):
        painter.setPen(QPen(colour, 1))
        for start in (-14, 0, 14):
            painter.drawLine(start + shift, 14, start + 14 + shift, 0)
    painter.end()
    return QBrush(tile)


def draw_chip(painter: QPainter, box: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(20, 24, 30, 170))
    painter.drawRoundedRect(box, 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def draw_name(painter: QPainter, name: str, at: QPointF, view: Viewport, font: QFont) -> None:
    """The name of a line above its beginning, kept within the plot; dark behind bright so that it can be read."""
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    width = metrics.horizontalAdvance(name)
    x = min(max(at.x(), view.x) + 6, view.x + view.width - width - 6)
    if not view.y - 4 <= at.y() <= view.y + view.height + 4 or at.x() > view.x + view.width:
        return
    y = max(at.y() - 4, view.y + metrics.ascent() + 2)
    colour = painter.pen().color()
    painter.setPen(QColor(0, 0, 0, 200))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(QPointF(x + dx, y + dy), name)
    painter.setPen(colour)
    painter.drawText(QPointF(x, y), name)


def draw_note(painter: QPainter, view: Viewport, text: str, row: int, font: QFont) -> None:
    """A short sentence in the upper left corner of the section."""
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(view.width - 32, 20))
    height = metrics.height() + 6
    box = QRectF(view.x + 8, view.y + 8 + row * (height + 4), metrics.horizontalAdvance(shown) + 14, height)
    draw_chip(painter, box)
    painter.setPen(QColor("white"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)


def draw_divider(painter: QPainter, rect: QRectF, sides: tuple[str, str], room: float, font: QFont) -> None:
    """The line in the middle of ``rect`` with a grip, and what stands on either side of it, each in ``room`` pixels."""
    middle = rect.center()
    for colour, width in ((QColor(0, 0, 0, 200), 3.0), (QColor("white"), 1.4)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(middle.x(), rect.top()), QPointF(middle.x(), rect.bottom()))
    draw_chip(painter, QRectF(middle.x() - 5, middle.y() - 14, 10, 28))
    painter.setPen(QPen(QColor("white"), 1.2))
    for dx in (-2, 2):
        painter.drawLine(QPointF(middle.x() + dx, middle.y() - 7), QPointF(middle.x() + dx, middle.y() + 7))
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    for name, left in zip(sides, (True, False), strict=True):
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room - 24)
        width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 4
        x = middle.x() - 7 - width if left else middle.x() + 7
        box = QRectF(x, rect.bottom() - height - SCALE_BAR_ROOM, width, height)
        draw_chip(painter, box)
        painter.setPen(QColor("white"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def draw_message(painter: QPainter, rect: QRectF, message: Message, ink: Ink, font: QFont) -> None:
    """A title, a sentence and the keys that matter, centred."""
    wrap = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignHCenter)
    width = min(rect.width() - 24, 520)
    title_font, key_font = QFont(font), QFont(font)
    title_font.setPointSizeF(max(font.pointSizeF(), 8) + 4)
    title_font.setBold(True)
    key_font.setBold(True)
    title_height = QFontMetricsF(title_font).boundingRect(QRectF(0, 0, width, 400), wrap, message.title).height()
    metrics = QFontMetricsF(font)
    text_height = metrics.boundingRect(QRectF(0, 0, width, 400), wrap, message.sentence).height()
    row = metrics.height() * 1.5
    total = title_height + 10 + text_height + (18 + row * len(message.keys) if message.keys else 0)
    left, y = rect.center().x() - width / 2, max(rect.center().y() - total / 2, rect.top() + 8)
    painter.setPen(ink.text)
    painter.setFont(title_font)
    painter.drawText(QRectF(left, y, width, title_height), wrap, message.title)
    y += title_height + 10
    painter.setFont(font)
    painter.drawText(QRectF(left, y, width, text_height), wrap, message.sentence)
    y += text_height + 18
    key_width = max((QFontMetricsF(key_font).horizontalAdvance(key) for key, _ in message.keys), default=0)
    text_width = max((metrics.horizontalAdvance(text) for _, text in message.keys), default=0)
    left = rect.center().x() - (key_width + 16 + text_width) / 2
    for key, text in message.keys:
        painter.setFont(key_font)
        painter.drawText(QRectF(left, y, key_width, row), Qt.AlignmentFlag.AlignRight, key)
        painter.setFont(font)
        painter.drawText(QPointF(left + key_width + 16, y + metrics.ascent()), text)
        y += row
