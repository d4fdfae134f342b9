"""Learning curves: loss and score as they come, for training and held-out labels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from seisgui.gui.theme import Theme, Tones
from seisgui.learning.events import CurvePoint

SCORES = ("mean_class_accuracy", "accuracy", "pixel_accuracy")  # the first one that is told is drawn


@dataclass
class Curve:
    """One line of a chart: points (x, y), drawn dashed for training labels where held-out ones exist."""

    title: str
    tone: str  # name of a tone of the theme, or '#rrggbb'
    dashed: bool = False
    points: list[tuple[float, float]] = field(default_factory=list)

    def colour(self, tones: Tones) -> QColor:
        return QColor(self.tone if self.tone.startswith("#") else getattr(tones, self.tone))


class Chart(QWidget):
    """Curves over epochs (or ``along``) with a title, axis figures and a legend; made for a narrow dock."""

    def __init__(
        self,
        title: str,
        theme: Theme,
        low: float | None = None,
        high: float | None = None,
        *,
        along: str = "epoch",
        legend: bool = True,
    ) -> None:
        super().__init__()
        self.title = title
        self._along, self._has_legend = along, legend
        self.curves: list[Curve] = []
        self._theme = theme
        self._limits = (low, high)
        self.setMinimumHeight(92)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() - 1, 6.5))
        painter.setFont(font)
        self._draw(painter, QFontMetricsF(font), self._theme.tones)
        painter.end()

    def _draw(self, painter: QPainter, metrics: QFontMetricsF, tones: Tones) -> None:
        line = metrics.height()
        box = QRectF(self.rect()).adjusted(metrics.horizontalAdvance("0.000") + 8, line + 4, -6, -line - 3)
        painter.fillRect(box, QColor(tones.base))
        painter.setPen(QPen(QColor(tones.border), 1))
        painter.drawRect(box)
        painter.setPen(QColor(tones.text))
        painter.drawText(QPointF(box.left(), box.top() - 5), self.title)
        drawn = [curve for curve in self.curves if curve.points]
        if not drawn:
            painter.setPen(QColor(tones.faint))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "comes with training")
            return
        xs = [x for curve in drawn for x, _ in curve.points]
        ys = [y for curve in drawn for _, y in curve.points]
        x0, x1 = min(xs), max(*xs, min(xs) + 1)
        y0, y1 = self._range(ys)
        self._figures(painter, metrics, tones, box, (x0, x1, y0, y1))
        painter.setClipRect(box)
        for curve in drawn:
            self._curve(painter, tones, box, curve, (x0, x1, y0, y1))
        painter.setClipping(False)
        if self._has_legend:
            self._legend(painter, metrics, tones, box, drawn)

    def _range(self, ys: list[float]) -> tuple[float, float]:
        low = min(ys) if self._limits[0] is None else self._limits[0]
        high = max(ys) if self._limits[1] is None else self._limits[1]
        return (low, high) if high > low else (low, low + 1)

    def _figures(
        self, painter: QPainter, metrics: QFontMetricsF, tones: Tones, box: QRectF, limits: tuple[float, ...]
    ) -> None:
        x0, x1, y0, y1 = limits
        painter.setPen(QColor(tones.faint))
        for value, y in ((y1, box.top() + metrics.ascent()), (y0, box.bottom())):
            text = f"{value:.3g}"
            painter.drawText(QPointF(box.left() - 4 - metrics.horizontalAdvance(text), y), text)
        last = f"{self._along} {x1:g}"
        painter.drawText(QPointF(box.left(), box.bottom() + metrics.ascent() + 2), f"{x0:g}")
        painter.drawText(
            QPointF(box.right() - metrics.horizontalAdvance(last), box.bottom() + metrics.ascent() + 2), last
        )

    def _curve(self, painter: QPainter, tones: Tones, box: QRectF, curve: Curve, limits: tuple[float, ...]) -> None:
        x0, x1, y0, y1 = limits
        places = [
            QPointF(box.left() + (x - x0) / (x1 - x0) * box.width(), box.bottom() - (y - y0) / (y1 - y0) * box.height())
            for x, y in curve.points
        ]
        style = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(curve.colour(tones), 1.8, style))
        painter.drawPolyline(QPolygonF(places))
        painter.setBrush(curve.colour(tones))
        painter.drawEllipse(places[-1], 2.2, 2.2)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _legend(self, painter: QPainter, metrics: QFontMetricsF, tones: Tones, box: QRectF, drawn: list[Curve]) -> None:
        right = box.right()
        for curve in reversed(drawn):
            text = f"{curve.title} {curve.points[-1][1]:.3f}"
            right -= metrics.horizontalAdvance(text)
            painter.setPen(curve.colour(tones))
            painter.drawText(QPointF(right, box.top() - 5), text)
            right -= 12


class LearningCurves(QWidget):
    """The two charts of a run; fed with ``CurvePoint`` events."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training.curves")
        self.loss = Chart("Loss", theme, low=0.0)
        self.score = Chart("Score", theme, low=0.0, high=1.0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.loss)
        layout.addWidget(self.score)
        self.clear()

    def clear(self) -> None:
        self.loss.curves = [Curve("training", "accent", dashed=True), Curve("held out", "warning")]
        self.score.curves = [Curve("training", "accent", dashed=True), Curve("held out", "warning")]
        self.update()

    def add(self, point: CurvePoint) -> None:
        """Add one point to each curve that it speaks of."""
        x = point.epoch or point.update
        for place, values in enumerate((point.training, point.held_out or {})):
            self._append(self.loss.curves[place], x, values.get("loss"))
            score = next((values[name] for name in SCORES if name in values), None)
            self._append(self.score.curves[place], x, score)
        self.loss.update()
        self.score.update()

    def _append(self, curve: Curve, x: float, y: float | None) -> None:
        if y is not None and math.isfinite(y):
            curve.points.append((float(x), float(y)))
