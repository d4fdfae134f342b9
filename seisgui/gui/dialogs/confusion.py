"""A confusion matrix: shares of each row as shades, counts where the mouse rests."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHeaderView, QLabel, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from seisgui.gui.icons import swatch
from seisgui.gui.theme import mix

LONGEST = 24  # letters of a class name beside a row
COLUMN = 68  # pixels


class ConfusionTable(QWidget):
    """``matrix`` (n, n) of counts: rows are ``rows`` (such as 'labelled'), columns ``columns`` ('predicted')."""

    def __init__(
        self,
        names: Sequence[str],
        colours: Sequence[str],
        matrix: Sequence[Sequence[int]],
        rows: str,
        columns: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        note = QLabel(f"Rows: {rows}. Columns: {columns}. Each row adds up to 1; counts are under the mouse.")
        note.setProperty("role", "faint")
        note.setWordWrap(True)
        self.table = QTableWidget(len(names), len(names) + 1)
        self.table.setObjectName("confusion.table")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for place, (name, colour) in enumerate(zip(names, colours, strict=True)):
            self.table.setVerticalHeaderItem(place, titled(name, name, colour))
            self.table.setHorizontalHeaderItem(place, titled(name, f"{columns}: {name}", colour))
        self.table.setHorizontalHeaderItem(len(names), QTableWidgetItem("samples"))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(40)
        header.setDefaultSectionSize(COLUMN)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        for row, counts in enumerate(matrix):
            self._fill_row(row, names, counts, rows, columns)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table, 1)
        layout.addWidget(note)

    def _fill_row(self, row: int, names: Sequence[str], counts: Sequence[int], rows: str, columns: str) -> None:
        total = sum(counts)
        for column, count in enumerate(counts):
            share = count / total if total else 0.0
            item = QTableWidgetItem(f"{share:.2f}" if count else ("·" if total else ""))
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            item.setToolTip(
                f"{rows}: {names[row]}\n{columns}: {names[column]}\n{count:,} of {total:,} samples ({share:.1%})"
            )
            colour = self._shade(share, right=row == column)
            item.setBackground(colour)
            item.setForeground(QColor("black" if colour.lightnessF() > 0.5 else "white"))
            self.table.setItem(row, column, item)
        item = QTableWidgetItem(f"{total:,}")
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.table.setItem(row, len(counts), item)

    def _shade(self, share: float, *, right: bool) -> QColor:
        base = self.palette().color(QPalette.ColorRole.Base).name()
        return mix(base, "#2f8f6b" if right else "#d0602f", min(share, 1.0) ** 0.7)


def titled(name: str, tip: str, colour: str) -> QTableWidgetItem:
    """A header with the swatch of its class."""
    item = QTableWidgetItem(swatch(colour), name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…")
    item.setToolTip(tip)
    return item
