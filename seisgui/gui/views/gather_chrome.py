"""What stands around a gather or the traces of a record: time, offsets, trace numbers, stations, components."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from seisgui.gui.views.chrome import TICK, Ink, Margins, small
from seisgui.gui.views.gather_window import GatherWindow
from seisgui.gui.views.ticks import nice_step, tick_text, ticks

if TYPE_CHECKING:
    from seisgui.gui.views.picture import IndexArray
    from seisgui.seismic.records import RecordTable

MILLISECONDS_TO = 10.0  # s: records up to this long have their time in ms
CLOCK_FROM = 600.0  # s: from this length on time is written as h:mm:ss
CLOCK_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
ROW_LABEL = "NC.STATN.XX 00"


@dataclass(frozen=True)
class Labels:
    """Words beside the traces under a common ``title``; ``text`` gives those of a position in the gather."""

    title: str
    text: Callable[[int], str]


@dataclass(frozen=True)
class TimeUnit:
    """How time is written: seconds times ``factor`` in ``unit``, or as a clock; ``origin`` POSIX s, None: no clock."""

    unit: str
    factor: float
    clock: bool
    origin: float | None
    lead: float = 0.0

    @classmethod
    def of(cls, length: float, origin: float | None, lead: float = 0.0) -> TimeUnit:
        """For records of ``length`` seconds that begin ``lead`` s after the shot."""
        if length <= MILLISECONDS_TO:
            return cls("ms", 1000.0, False, origin, lead)
        return cls("s", 1.0, length >= CLOCK_FROM, origin, lead)

    @property
    def title(self) -> str:
        if self.origin is None:
            return f"Time ({'h:mm:ss' if self.clock else self.unit})"
        begun = datetime.fromtimestamp(self.origin, UTC)
        if self.clock:
            return f"Time of day, {begun:%Y-%m-%d} (UTC)"
        return f"Time after {begun:%Y-%m-%d %H:%M:%S}.{begun.microsecond // 10000:02d} UTC ({self.unit})"

    def ticks(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        """(time in s, its words) between two times, at most about ``most``."""
        if not self.clock or high - low < 5.0:
            ends = ((time + self.lead) * self.factor for time in (low, high))
            return [(value / self.factor - self.lead, tick_text(value)) for value in ticks(*ends, most)]
        base = (self.origin or self.lead) % 86400.0
        rough = (high - low) / max(most, 1)
        step = next((s for s in CLOCK_STEPS if s >= rough), CLOCK_STEPS[-1])
        first = math.ceil((base + low) / step) * step
        return [(at - base, clock_text(at)) for at in np.arange(first, base + high + 1e-9, step).tolist()]

    def text(self, time: float, rate: float) -> str:
        """A time for the readout, as finely as samples are."""
        places = max(0, math.ceil(math.log10(rate / self.factor) - 1e-9)) if rate > 0 else 3
        words = f"{(time + self.lead) * self.factor:.{places}f} {self.unit}"
        if self.origin is None:
            return words
        at = datetime.fromtimestamp(self.origin + time, UTC)
        return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} UTC&nbsp; {words}"


def clock_text(at: float) -> str:
    """Seconds of a day as h:mm or h:mm:ss."""
    whole = round(at) % 86400
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours:02d}:{minutes:02d}" if seconds == 0 else f"{hours:02d}:{minutes:02d}:{seconds:02d}"


def labels_of(table: RecordTable, records: IndexArray) -> Labels:
    """What tells the records of a gather apart: stations, else offsets, else trace numbers."""
    stations = table.station[records]
    several = len(np.unique(stations))
    offsets = table.offset[records]
    by_offset = bool(np.isfinite(offsets).all()) and len(np.unique(offsets)) > 1
    noun = counted_noun(table.stations)
    named = not noun and several == len(records) > 1  # stations that have names, each its own
    if named or (several > 1 and not by_offset):
        if noun:  # 'receiver 12' is 12 under Receiver
            return Labels(noun.capitalize(), lambda at: table.stations[stations[at]].rpartition(" ")[2])
        return Labels("Station", lambda at: table.stations[stations[at]])
    if by_offset:
        return Labels("Offset (m)", lambda at: tick_text(round(float(offsets[at]), 1)))
    return Labels("Trace", lambda at: str(int(records[at]) + 1))


@lru_cache(maxsize=4)
def counted_noun(names: tuple[str, ...]) -> str:
    """'receiver' of 'receiver 1', 'receiver 2' ...; '' where names are not of that kind."""
    parts = [name.rpartition(" ") for name in names]
    words = {word for word, _, _ in parts}
    return words.pop() if len(words) == 1 and all(number.isdigit() for _, _, number in parts) else ""


def gather_margins(upright: bool, font: QFont) -> Margins:
    """Room for axes and labels."""
    metrics = QFontMetricsF(small(font))
    line = metrics.height()
    if upright:
        return Margins(metrics.horizontalAdvance("88888") + line + TICK + 9, 2 * line + TICK + 9, 14, 9)
    return Margins(metrics.horizontalAdvance(ROW_LABEL) + 12, line + 6, 14, 2 * line + TICK + 7)


def draw_time_axis(
    painter: QPainter, window: GatherWindow, unit: TimeUnit, ink: Ink, font: QFont, height: float
) -> None:
    """On the left of a gather; at the foot of a pane of ``height`` for traces of a record."""
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    if window.upright:
        _time_down(painter, window, unit, ink, metrics)
    else:
        _time_right(painter, window, unit, ink, metrics, height)


def _time_down(painter: QPainter, window: GatherWindow, unit: TimeUnit, ink: Ink, metrics: QFontMetricsF) -> None:
    most = max(int(window.height / (metrics.height() * 2.6)), 2)
    for time, text in unit.ticks(window.t0, window.t1, most):
        y = window.pixel(0, time)[1]
        painter.setPen(QPen(ink.faint, 1))
        painter.drawLine(QPointF(window.x - TICK, y), QPointF(window.x, y))
        painter.setPen(ink.text)
        base = min(max(y + metrics.ascent() / 2 - 1, window.y + metrics.ascent() - 3), window.y + window.height)
        painter.drawText(QPointF(window.x - TICK - 3 - metrics.horizontalAdvance(text), base), text)
    painter.save()
    painter.translate(metrics.height() / 2 + 2, window.y + window.height / 2)
    painter.rotate(-90)
    box = QRectF(-window.height / 2, -metrics.height() / 2, window.height, metrics.height())
    painter.drawText(
        box, Qt.AlignmentFlag.AlignCenter, metrics.elidedText(unit.title, Qt.TextElideMode.ElideRight, box.width())
    )
    painter.restore()


def _time_right(
    painter: QPainter, window: GatherWindow, unit: TimeUnit, ink: Ink, metrics: QFontMetricsF, height: float
) -> None:
    foot = height - round(2 * metrics.height() + TICK + 7)
    most = max(int(window.width / (metrics.horizontalAdvance("00:00:00") + 28)), 2)
    for time, text in unit.ticks(window.t0, window.t1, most):
        x = window.pixel(0, time)[0]
        painter.setPen(QPen(ink.faint, 1))
        painter.drawLine(QPointF(x, foot), QPointF(x, foot + TICK))
        painter.setPen(ink.text)
        width = metrics.horizontalAdvance(text)
        left = min(max(x - width / 2, 0), window.x + window.width + 12 - width)
        painter.drawText(QPointF(left, foot + TICK + metrics.ascent() + 1), text)
    box = QRectF(window.x, foot + TICK + metrics.height() + 2, window.width, metrics.height())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, unit.title)


def draw_record_labels(
    painter: QPainter, window: GatherWindow, labels: Labels, places: np.ndarray, title: str, ink: Ink, font: QFont
) -> None:
    """Above the traces of a gather, as many as fit; the title of the gather stands over them."""
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    order = np.argsort(places, kind="stable")
    inside = order[(places[order] >= window.first) & (places[order] <= window.last)]
    if not len(inside):
        return
    widest = max(metrics.horizontalAdvance(labels.text(index)) for index in inside[:: max(len(inside) // 50, 1)]) + 18
    stride = max(int(nice_step(len(inside), max(int(window.width / widest), 1))), 1)
    free = 0.0
    chosen = order[::stride]
    across = window.x + (places[chosen] - window.first) * window.per_unit
    shown = (across >= window.x) & (across <= window.x + window.width)
    for index, x in zip(chosen[shown].tolist(), across[shown].tolist(), strict=True):
        text = labels.text(index)
        width = metrics.horizontalAdvance(text)
        left = min(max(x - width / 2, 1), window.x + window.width + 13 - width)
        painter.setPen(QPen(ink.faint, 1))
        painter.drawLine(QPointF(x, window.y - TICK), QPointF(x, window.y))
        if left >= free:
            painter.setPen(ink.text)
            painter.drawText(QPointF(left, window.y - TICK - 3), text)
            free = left + width + 8
    box = QRectF(window.x, 1, window.width, metrics.height())
    painter.setPen(ink.text)
    words = f"{labels.title}  ·  {title}" if title else labels.title
    painter.drawText(
        box, Qt.AlignmentFlag.AlignCenter, metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, box.width())
    )


def draw_title(painter: QPainter, window: GatherWindow, title: str, ink: Ink, font: QFont) -> None:
    """Which record it is, above its traces."""
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    painter.setPen(ink.text)
    box = QRectF(window.x, 2, window.width, metrics.height())
    text = metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def draw_row_labels(
    painter: QPainter, window: GatherWindow, rows: list[tuple[str, str]], ink: Ink, font: QFont
) -> None:
    """Left of traces over each other: the component large, the station small under it; lines between the rows."""
    strong = QFont(font)
    strong.setBold(True)
    metrics, faint = QFontMetricsF(strong), QFontMetricsF(small(font))
    for row, (component, station) in enumerate(rows):
        y = window.pixel(row + 0.5, 0)[1]
        if not window.y - 1 <= y <= window.y + window.height + 1:
            continue
        room = window.x - 10
        painter.setPen(ink.text)
        painter.setFont(strong)
        painter.drawText(
            QRectF(4, y - metrics.height(), room, metrics.height()), Qt.AlignmentFlag.AlignRight, component
        )
        if window.per_unit > metrics.height() + faint.height() + 2:
            painter.setFont(small(font))
            text = faint.elidedText(station, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(QRectF(4, y + 1, room, faint.height()), Qt.AlignmentFlag.AlignRight, text)


def draw_frame(painter: QPainter, rect: QRectF, ink: Ink) -> None:
    """A thin line around the plot."""
    for x, y, width, height in (
        (rect.x() - 1, rect.y() - 1, rect.width() + 2, 1),
        (rect.x() - 1, rect.bottom(), rect.width() + 2, 1),
        (rect.x() - 1, rect.y() - 1, 1, rect.height() + 2),
        (rect.right(), rect.y() - 1, 1, rect.height() + 2),
    ):
        painter.fillRect(QRectF(x, y, width, height), ink.faint)


def draw_strip(painter: QPainter, strip: QRectF, ink: Ink, font: QFont) -> None:
    """The paper under probabilities, with 0, one half and 1."""
    painter.fillRect(strip, ink.plot)
    painter.setFont(small(font))
    metrics = QFontMetricsF(painter.font())
    for value, text in ((0.0, "0"), (0.5, "0.5"), (1.0, "1")):
        y = strip.bottom() - value * (strip.height() - 2)
        if 0 < value < 1:
            painter.setPen(QPen(ink.faint, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(strip.left(), y), QPointF(strip.right(), y))
        painter.setPen(ink.text)
        base = min(max(y + metrics.ascent() / 2 - 1, strip.top() + metrics.ascent()), strip.bottom())
        painter.drawText(QPointF(strip.left() - 5 - metrics.horizontalAdvance(text), base), text)
    painter.save()
    painter.translate(metrics.height() / 2 + 4, strip.center().y())
    painter.rotate(-90)
    box = QRectF(-strip.height() / 2, -metrics.height() / 2, strip.height(), metrics.height())
    painter.drawText(
        box, Qt.AlignmentFlag.AlignCenter, metrics.elidedText("Probability", Qt.TextElideMode.ElideRight, box.width())
    )
    painter.restore()
    draw_frame(painter, strip, ink)


def draw_cursor(painter: QPainter, window: GatherWindow, place: float, ink: Ink) -> None:
    """A triangle above the trace that the keyboard is on."""
    x = window.pixel(place, 0)[0]
    if window.x - 1 <= x <= window.x + window.width + 1:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.accent)
        painter.drawPolygon(
            QPolygonF([QPointF(x, window.y), QPointF(x - 5, window.y - 7), QPointF(x + 5, window.y - 7)])
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
