"""Amplitude histogram and spectrum of the visible window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from seisgui.gui.views.chrome import Ink, amplitude_text, small
from seisgui.gui.views.reading import ReadingThread
from seisgui.gui.views.section import SectionView
from seisgui.gui.views.ticks import tick_text, ticks
from seisgui.seismic.display import histogram, spectrum

REST_MS = 200
MOST_TRACES = 600
LEAST_SAMPLES = 64
LEAST_FOR_SPECTRUM = 8


@dataclass(frozen=True, slots=True)
class SeenWindow:
    """What is in sight: true amplitudes (n_lateral, n_vertical), and what is needed to describe them."""

    amplitude: NDArray[np.float32]
    clips: tuple[float, float]  # where the colours saturate
    interval: float | None  # of the samples; None for slices, which have no spectrum
    unit: str  # of frequency

    @classmethod
    def of(cls, view: SectionView) -> SeenWindow | None:
        """None where nothing has been read or hardly anything is in sight."""
        amplitude, frame = view.visible_amplitude(), view.frame
        if amplitude is None or frame is None or amplitude.size < LEAST_SAMPLES:
            return None
        axis = frame.axes.sample
        unit = "Hz" if axis.unit == "ms" else f"cycles per k{axis.unit}"
        vertical = not frame.upwards and amplitude.shape[1] >= LEAST_FOR_SPECTRUM
        return cls(amplitude, view.clips, axis.interval if vertical else None, unit)


@dataclass(frozen=True, slots=True)
class WindowStatistics:
    """Of the visible window: counts per amplitude, and the mean amplitude spectrum (largest 1; empty for slices)."""

    counts: NDArray[np.int64]
    edges: NDArray[np.float64]
    frequency: NDArray[np.float64]
    strength: NDArray[np.float64]
    unit: str  # of frequency
    clips: tuple[float, float]  # where the colours saturate

    @classmethod
    def of(cls, seen: SeenWindow | None) -> WindowStatistics | None:
        """None where nothing is in sight; takes long enough on large sections to be worth a thread."""
        if seen is None:
            return None
        amplitude = seen.amplitude[:: max(len(seen.amplitude) // MOST_TRACES, 1)]
        if not np.isfinite(amplitude).any():
            return None
        counts, edges = histogram(amplitude)
        frequency = strength = np.empty(0)
        if seen.interval is not None:
            frequency, strength = spectrum(amplitude, seen.interval)
        return cls(counts, edges, frequency, strength, seen.unit, seen.clips)


class StatisticsView(QWidget):
    """Follows one section view; computes in a thread when the view has come to rest."""

    _ready = Signal(object)  # WindowStatistics or None, delivered in the window's thread

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view.statistics")
        self._view: SectionView | None = None
        self.statistics: WindowStatistics | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.compute)
        self._ready.connect(self._take)
        self._thread: ReadingThread = ReadingThread("statistics", lambda seen: (WindowStatistics.of(seen),), self._tell)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(280, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 140)

    def follow(self, view: SectionView | None) -> None:
        """Show the window of another view."""
        for signal in self._signals():
            signal.disconnect(self._rest.start)
        self._view = view
        for signal in self._signals():
            signal.connect(self._rest.start)
        self._rest.start()

    def _signals(self) -> tuple:
        return (self._view.window_changed, self._view.settled) if self._view is not None else ()

    def compute(self) -> None:
        """Take the statistics of what is in sight now; a hidden widget waits until it is shown."""
        if self.isVisible():
            self._thread.submit("window", SeenWindow.of(self._view) if self._view is not None else None)

    def shut_down(self) -> None:
        """Join the thread; nothing is computed afterwards."""
        self._rest.stop()
        self._thread.close()

    def _tell(self, result: tuple[WindowStatistics | None]) -> None:
        self._ready.emit(result[0])

    def _take(self, statistics: WindowStatistics | None) -> None:
        self.statistics = statistics
        self.update()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)
        self._rest.start()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = Ink.of(self.palette())
        painter.fillRect(self.rect(), ink.paper)
        painter.setFont(small(self.font()))
        found = self.statistics
        if found is None:
            painter.setPen(ink.faint)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Nothing in view")
            return
        upper = QRectF(0, 0, self.width(), self.height() / 2)
        self._draw_histogram(painter, upper, found, ink)
        lower = upper.translated(0, self.height() / 2)
        if len(found.frequency) > 1:
            self._draw_spectrum(painter, lower, found, ink)
        else:
            painter.setPen(ink.faint)
            painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, "No spectrum on a slice")
        painter.end()

    def _draw_histogram(self, painter: QPainter, box: QRectF, found: WindowStatistics, ink: Ink) -> None:
        low, high = float(found.edges[0]), float(found.edges[-1])
        plot = self._draw_axis(painter, box, (low, high), "Amplitude in view", ink, amplitude_text)
        width = plot.width() / len(found.counts)
        tallest = max(int(found.counts.max()), 1)
        for index, count in enumerate(found.counts):
            height = plot.height() * count / tallest
            painter.fillRect(QRectF(plot.left() + index * width, plot.bottom() - height, width, height), ink.accent)
        painter.setPen(QPen(ink.text, 1, Qt.PenStyle.DashLine))
        for clip in found.clips:
            if low < clip < high:
                x = plot.left() + (clip - low) / (high - low) * plot.width()
                painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _draw_spectrum(self, painter: QPainter, box: QRectF, found: WindowStatistics, ink: Ink) -> None:
        last = float(found.frequency[-1])
        plot = self._draw_axis(painter, box, (0.0, last), f"Frequency ({found.unit})", ink, tick_text)
        line = [
            QPointF(plot.left() + f / last * plot.width(), plot.bottom() - s * plot.height())
            for f, s in zip(found.frequency, found.strength, strict=True)
        ]
        filled = QPolygonF([QPointF(plot.left(), plot.bottom()), *line, QPointF(plot.right(), plot.bottom())])
        inside = QColor(ink.accent)
        inside.setAlpha(70)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inside)
        painter.drawPolygon(filled)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink.accent, 1.4))
        painter.drawPolyline(QPolygonF(line))

    def _draw_axis(
        self, painter: QPainter, box: QRectF, ends: tuple[float, float], title: str, ink: Ink, text_of: object
    ) -> QRectF:
        """The horizontal axis below a plot; returns the plot's rectangle."""
        metrics = QFontMetricsF(painter.font())
        plot = box.adjusted(14, 6, -14, -2.3 * metrics.height() - 4)
        low, high = ends
        widest = max(metrics.horizontalAdvance(text_of(end)) for end in ends) + 14
        painter.setPen(QPen(ink.faint, 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.setPen(ink.text)
        for value in ticks(low, high, max(int(plot.width() / widest), 2)):
            x = plot.left() + (value - low) / (high - low) * plot.width()
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 3))
            text = text_of(value)
            half = metrics.horizontalAdvance(text) / 2
            left = min(max(x - half, box.left()), box.right() - 2 * half)
            painter.drawText(QPointF(left, plot.bottom() + 4 + metrics.ascent()), text)
        row = QRectF(box.left(), plot.bottom() + 4 + metrics.height(), box.width(), metrics.height())
        painter.drawText(row, Qt.AlignmentFlag.AlignCenter, title)
        return plot
