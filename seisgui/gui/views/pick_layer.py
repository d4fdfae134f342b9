"""Picks and probabilities over gathers and traces: what they are, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from seisgui.gui.views.chrome import Ink, small
from seisgui.gui.views.gather_window import GatherWindow

LETTER_ROOM = 20.0  # pixels a trace needs for the letter of its pick
BAR_ROOM = 7.0  # and for its uncertainty
CURVE_ROOM = 14.0  # and for its probability
BRIGHTER = 0.38  # on dark paper, of the way to white
PROPOSED = ("automatic",)  # drawn hollow: nobody has looked at them


@dataclass(frozen=True, slots=True)
class PickMark:
    """A pick as it is drawn; ``time`` and ``uncertainty`` in seconds, time from the first sample of the record."""

    pick_id: int | None
    phase: str
    time: float
    uncertainty: float | None = None
    polarity: str = ""  # '' | 'up' | 'down'
    provenance: str = "manual"
    probability: float | None = None


@dataclass(frozen=True)
class Curve:
    """Probability of phases along a record: arrays (n,) of 0..1, the first at ``t0`` s, one every ``dt`` s."""

    phases: Mapping[str, NDArray[np.float32]]
    t0: float
    dt: float


@dataclass
class PickLayer:
    """Marks and curves by record id."""

    marks: dict[str, tuple[PickMark, ...]] = field(default_factory=dict)  # no record without one
    curves: dict[str, Curve] = field(default_factory=dict)
    selected: int | None = None  # pick id
    version: int = 0  # goes up when records get or lose marks or curves

    def take(self, marks: Mapping[str, Sequence[PickMark]]) -> None:
        """These marks in place of all others."""
        self.marks = {record: tuple(found) for record, found in marks.items() if found}
        self.version += 1

    def take_record(self, record: str, marks: Sequence[PickMark]) -> None:
        """These marks of one record."""
        if marks:
            self.marks[record] = tuple(marks)
        else:
            self.marks.pop(record, None)
        self.version += 1

    def take_curve(self, record: str, curve: Curve | None) -> None:
        if curve is not None:
            self.curves[record] = curve
        else:
            self.curves.pop(record, None)
        self.version += 1


@dataclass(frozen=True)
class Shown:
    """One record on the screen: ``place`` of its (first) trace, ``rows`` traces, ``delay`` s of its first sample."""

    record_id: str
    place: float
    rows: int
    delay: float


@dataclass(frozen=True)
class PickStyle:
    """Colours and font of picks."""

    phase_colour: Callable[[str], str]
    ink: Ink
    font: QFont

    def colour_of(self, phase: str) -> QColor:
        """The colour of a phase, brighter on dark paper."""
        colour = QColor(self.phase_colour(phase))
        if self.ink.plot.lightnessF() > 0.5:
            return colour
        return QColor(*(round(part + BRIGHTER * (255 - part)) for part in colour.getRgb()[:3]))


def draw_picks(
    painter: QPainter, window: GatherWindow, layer: PickLayer, records: Iterable[Shown], style: PickStyle
) -> None:
    """All marks of the records in sight, dark or bright edges behind them so that they show on any amplitude."""
    strokes: dict[tuple[str, bool], list[QLineF]] = {}
    letters: list[tuple[PickMark, QPointF]] = []
    bars: list[tuple[PickMark, QLineF]] = []
    chosen: list[QLineF] = []
    phases: set[str] = set()  # where traces are too close for letters the first pick of each phase has one
    marks = list(marks_of(layer, records))
    barred, lettered = window.per_unit >= BAR_ROOM, not window.upright or window.per_unit >= LETTER_ROOM
    for (mark, shown), line in zip(marks, mark_lines(window, marks), strict=True):
        first = mark.phase not in phases
        phases.add(mark.phase)
        strokes.setdefault((mark.phase, mark.provenance in PROPOSED), []).append(line)
        if mark.pick_id is not None and mark.pick_id == layer.selected:
            chosen.append(line)
        if barred and mark.uncertainty:
            bars.append((mark, uncertainty_line(window, shown, mark)))
        if first or lettered:
            letters.append((mark, line.p1() if not window.upright else line.p2()))
    width = 2.4 if lettered else 2.0
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, barred)
    edge = QColor(style.ink.plot)
    edge.setAlpha(210)
    painter.setPen(QPen(edge, width + 2.2))
    painter.drawLines([line for lines in strokes.values() for line in lines])
    if chosen:
        painter.setPen(QPen(style.ink.text, width + 4.0))
        painter.drawLines(chosen)
    for (phase, proposed), lines in strokes.items():
        pen = QPen(style.colour_of(phase), width)
        if proposed:
            pen.setDashPattern([2.0, 1.3])
        painter.setPen(pen)
        painter.drawLines(lines)
    for mark, line in bars:
        _draw_bar(painter, line, style.colour_of(mark.phase), edge)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    taken: list[QRectF] = []
    for mark, point in letters:
        _draw_letter(painter, window, mark, point, style, taken)


def marks_of(layer: PickLayer, records: Iterable[Shown]) -> Iterator[tuple[PickMark, Shown]]:
    for shown in records:
        for mark in layer.marks.get(shown.record_id, ()):
            yield mark, shown


def mark_lines(window: GatherWindow, marks: Sequence[tuple[PickMark, Shown]]) -> list[QLineF]:
    """Across the trace of a gather, or through all components of a record: one line a mark."""
    if not marks:
        return []
    half = 0.46 if window.upright else 0.5
    rows = np.array([(shown.place, shown.rows - 1, mark.time + shown.delay) for mark, shown in marks])
    first = (rows[:, 0] - half - window.first) * window.per_unit
    last = (rows[:, 0] + rows[:, 1] + half - window.first) * window.per_unit
    along = (rows[:, 2] - window.t0) * window.per_second
    if window.upright:
        ends = np.stack([window.x + first, window.y + along, window.x + last, window.y + along], axis=1)
    else:
        ends = np.stack([window.x + along, window.y + first, window.x + along, window.y + last], axis=1)
    return [QLineF(*end) for end in ends.tolist()]


def uncertainty_line(window: GatherWindow, shown: Shown, mark: PickMark) -> QLineF:
    """From one standard deviation before to one after, in the middle of what the mark crosses."""
    place = shown.place + (shown.rows - 1) / 2
    ends = (mark.time + shown.delay - mark.uncertainty, mark.time + shown.delay + mark.uncertainty)
    return QLineF(*(QPointF(*window.pixel(place, time)) for time in ends))


def _draw_bar(painter: QPainter, line: QLineF, colour: QColor, edge: QColor) -> None:
    across = QPointF(4.0, 0.0) if abs(line.dx()) < abs(line.dy()) else QPointF(0.0, 5.0)
    lines = [line, *(QLineF(end - across, end + across) for end in (line.p1(), line.p2()))]
    for pen in (QPen(edge, 3.4), QPen(colour, 1.4)):
        painter.setPen(pen)
        painter.drawLines(lines)


def _draw_letter(
    painter: QPainter, window: GatherWindow, mark: PickMark, point: QPointF, style: PickStyle, taken: list[QRectF]
) -> None:
    """The phase in a chip of its colour, hollow for a proposal; an arrow where the first motion is known."""
    font = small(style.font)
    font.setBold(True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    text = mark.phase + {"up": " ▲", "down": " ▼"}.get(mark.polarity, "")
    size = metrics.horizontalAdvance(text) + 7, metrics.height() - 1
    if window.upright:
        left = max(point.x() - size[0], window.x + 1)
        box = QRectF(left, max(point.y() - size[1] - 2, window.y + 1), *size)
    else:
        box = QRectF(point.x() + 1, point.y(), *size)
        while any(box.intersects(other) for other in taken):
            box.moveTop(box.top() + size[1] + 1)
        taken.append(box)
    colour = style.colour_of(mark.phase)
    hollow = mark.provenance in PROPOSED
    painter.setPen(QPen(colour, 1.4))
    painter.setBrush(style.ink.plot if hollow else colour)
    painter.drawRoundedRect(box, 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(style.ink.text if hollow else on(colour))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def on(colour: QColor) -> QColor:
    """Black or white, whichever can be read on a colour."""
    bright = 0.299 * colour.red() + 0.587 * colour.green() + 0.114 * colour.blue()
    return QColor("black") if bright > 140 else QColor("white")


def curve_points(
    curve: NDArray[np.float32], t0: float, dt: float, window: GatherWindow
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Times and the largest values a pixel of a curve within the window; None where it does not reach there."""
    first = max(int(np.floor((window.t0 - t0) / dt)), 0)
    last = min(int(np.ceil((window.t1 - t0) / dt)) + 1, len(curve))
    if last - first < 2:
        return None
    step = max((last - first) // max(int(window.along), 1), 1)
    starts = np.arange(first, last, step)
    values = np.maximum.reduceat(curve[:last].astype(np.float64), starts) if step > 1 else curve[starts]
    return t0 + starts * dt, np.nan_to_num(np.asarray(values, np.float64))


def draw_curves(
    painter: QPainter, window: GatherWindow, layer: PickLayer, records: Iterable[Shown], style: PickStyle, strip: QRectF
) -> None:
    """Probabilities: in a ``strip`` under the traces, or beside each trace of a gather where there is room."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for shown in records:
        curve = layer.curves.get(shown.record_id)
        for phase, values in curve.phases.items() if curve is not None else ():
            found = curve_points(values, curve.t0 + shown.delay, curve.dt, window)
            if found is None:
                continue
            times, heights = found
            if window.upright:
                if window.per_unit < CURVE_ROOM:
                    continue
                points = [
                    QPointF(*window.pixel(shown.place + 0.45 * h, t)) for t, h in zip(times, heights, strict=True)
                ]
            else:
                x = window.x + (times - window.t0) * window.per_second
                y = strip.bottom() - heights * (strip.height() - 2)
                points = [QPointF(a, b) for a, b in zip(x, y, strict=True)]
            painter.setPen(QPen(style.colour_of(phase), 1.5))
            painter.drawPolyline(QPolygonF(points))
