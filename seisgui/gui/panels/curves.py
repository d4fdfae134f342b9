"""Learning curves: loss and score as they come, for training and held-out labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from seisgui.gui.theme import Theme, Tones
from seisgui.learning.events import OF_CLASS, CurvePoint, of_class

SCORES = ("mean_class_accuracy", "accuracy", "pixel_accuracy")  # the first one that is told is drawn
ALL, HELD_OUT, TRAINING = "all", "held out", "training"


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
        self.along, self.has_legend = along, legend
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
        if self.has_legend:
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
        last = f"{self.along} {x1:g}"
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
    """The two charts of a run; fed with ``CurvePoint`` events. The lower one shows the mean or single classes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training.curves")
        self.loss = Chart("Loss", theme, low=0.0)
        self.score = Chart("Score", theme, low=0.0, high=1.0)
        self.which = QComboBox()
        self.which.setObjectName("training.curves.which")
        self.which.setToolTip("Accuracy in the lower chart: the share of a class's labelled pixels that were found.")
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.loss)
        layout.addWidget(self.which)
        layout.addWidget(self.score)
        self._points: list[CurvePoint] = []
        self._classes: dict[int, tuple[str, str]] = {}
        self.which.currentIndexChanged.connect(self._drawn_again)
        self.clear()

    def clear(self, classes: Sequence[tuple[int, str, str]] = ()) -> None:
        """Forget all points; the next ones may speak of these classes: id, name and colour."""
        self._points = []
        self._classes = {class_id: (name, colour) for class_id, name, colour in classes}
        self._offer([])
        self._drawn_again()

    def add(self, point: CurvePoint) -> None:
        """Add one point to each curve that it speaks of."""
        self._points.append(point)
        self._offer(sorted({class_id for each in self._points for class_id in classes_of(each)}))
        self._drawn_again()

    def _offer(self, class_ids: list[int]) -> None:
        """What the lower chart can show; the choice stays where it is still there."""
        entries: list[tuple[str, int | str]] = [("All classes together", ALL)]
        if class_ids:
            entries += [("Each class, held out", HELD_OUT), ("Each class, training", TRAINING)]
        entries += [(self._class(class_id)[0], class_id) for class_id in class_ids]
        if [self.which.itemData(place) for place in range(self.which.count())] == [value for _, value in entries]:
            return
        chosen = self.which.currentData()
        self.which.blockSignals(True)
        self.which.clear()
        for title, value in entries:
            self.which.addItem(title, value)
        self.which.setCurrentIndex(max(self.which.findData(chosen), 0))
        self.which.blockSignals(False)
        self.which.setVisible(len(entries) > 1)

    def _class(self, class_id: int) -> tuple[str, str]:
        return self._classes.get(class_id, (f"class {class_id}", "accent"))

    def _drawn_again(self) -> None:
        self.loss.curves = self._pair(lambda values: values.get("loss"), "warning")
        which = self.which.currentData()
        if which == ALL:
            score = self._pair(mean_score, "warning")
        elif isinstance(which, int):
            name = of_class(which)
            score = self._pair(lambda values: values.get(name), self._class(which)[1])
        else:
            score = self._each(1 if which == HELD_OUT else 0)
        self.score.curves, self.score.has_legend = score, which not in (HELD_OUT, TRAINING)
        for chart in (self.loss, self.score):
            chart.along = "update" if any(not point.epoch for point in self._points) else "epoch"
            chart.update()

    def _pair(self, value: Callable[[dict[str, float]], float | None], tone: str) -> list[Curve]:
        """One figure on training labels, dashed, and on held-out ones."""
        first = "accent" if tone == "warning" else tone
        return [
            Curve("training", first, True, self._line(0, value)),
            Curve("held out", tone, False, self._line(1, value)),
        ]

    def _each(self, side: int) -> list[Curve]:
        """Accuracy of every class on training labels (0) or held-out ones (1)."""
        found = []
        for class_id in sorted({class_id for point in self._points for class_id in classes_of(point)}):
            title, colour = self._class(class_id)
            name = of_class(class_id)
            line = self._line(side, lambda values, name=name: values.get(name))
            found.append(Curve(title, colour, side == 0, line))
        return found

    def _line(self, side: int, value: Callable[[dict[str, float]], float | None]) -> list[tuple[float, float]]:
        line = []
        for point in self._points:
            y = value((point.training, point.held_out or {})[side])
            if y is not None and math.isfinite(y):
                line.append((float(point.epoch or point.update), float(y)))
        return line


def mean_score(values: dict[str, float]) -> float | None:
    """The first of ``SCORES`` that is told."""
    return next((values[name] for name in SCORES if name in values), None)


def classes_of(point: CurvePoint) -> list[int]:
    """Classes whose accuracy a point tells."""
    names = {*point.training, *(point.held_out or {})}
    return [int(name.removeprefix(OF_CLASS)) for name in names if name.startswith(OF_CLASS)]
