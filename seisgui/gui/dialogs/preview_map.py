"""Preview map: where the traces would lie with the chosen header bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from seisgui.gui.theme import Theme

CELLS = 220  # finest grid that is drawn


class PreviewMap(QWidget):
    """Sampled traces by crossline (right) and inline (up), with the first and last numbers of both."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("open.map")
        self.setMinimumSize(230, 190)
        self._theme = theme
        self._inline: NDArray[np.int64] | None = None
        self._crossline: NDArray[np.int64] | None = None
        self._note = "reading trace headers…"

    def show_lines(self, inline: NDArray[np.int64], crossline: NDArray[np.int64], note: str = "") -> None:
        """Draw these traces, (n,) each."""
        self._inline, self._crossline, self._note = inline, crossline, note
        self.update()

    def show_note(self, note: str) -> None:
        """Say why there is no map."""
        self._inline = self._crossline = None
        self._note = note
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        tones, metrics = self._theme.tones, QFontMetricsF(self.font())
        line = metrics.height()
        painter.fillRect(self.rect(), QColor(tones.base))
        painter.setPen(QColor(tones.text))
        box = QRectF(self.rect()).adjusted(metrics.horizontalAdvance("000000") + 8, 8, -10, -2 * line - 6)
        if self._inline is None or self._crossline is None or not len(self._inline):
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self._note)
            painter.end()
            return
        self._draw_traces(painter, box, QColor(tones.accent))
        painter.setPen(QPen(QColor(tones.border), 1))
        painter.drawRect(box)
        painter.setPen(QColor(tones.text))
        x0, x1, y0, y1 = (int(v) for v in self._limits())
        bottom = box.bottom() + metrics.ascent() + 2
        painter.drawText(QPointF(box.left(), bottom), str(x0))
        last = str(x1)
        painter.drawText(QPointF(box.right() - metrics.horizontalAdvance(last), bottom), last)
        title = QRectF(box.left(), box.bottom(), box.width(), line + 2)
        painter.drawText(title, Qt.AlignmentFlag.AlignHCenter, "crossline")
        for value, y in ((y1, box.top() + metrics.ascent()), (y0, box.bottom())):
            painter.drawText(QPointF(box.left() - 5 - metrics.horizontalAdvance(str(value)), y), str(value))
        painter.drawText(QPointF(4, box.center().y()), "inline")
        painter.setPen(QColor(tones.faint))
        painter.drawText(
            QRectF(4, self.height() - line - 2, self.width() - 8, line), Qt.AlignmentFlag.AlignRight, self._note
        )
        painter.end()

    def _limits(self) -> tuple[int, int, int, int]:
        return self._crossline.min(), self._crossline.max(), self._inline.min(), self._inline.max()

    def _draw_traces(self, painter: QPainter, box: QRectF, colour: QColor) -> None:
        x0, x1, y0, y1 = self._limits()
        x = (self._crossline - x0) / max(x1 - x0, 1)
        y = (self._inline - y0) / max(y1 - y0, 1)
        columns = min(len(np.unique(self._crossline)), CELLS)
        rows = min(len(np.unique(self._inline)), CELLS)
        cells = np.zeros((rows, columns, 4), dtype=np.uint8)
        row, column = (1 - y) * (rows - 1), x * (columns - 1)
        cells[np.round(row).astype(int), np.round(column).astype(int)] = colour.getRgb()
        image = QImage(cells.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        painter.drawImage(box.adjusted(2, 2, -2, -2), image)
