"""Two label sets beside each other: which one, and how far they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.dialogs.confusion import ConfusionTable

if TYPE_CHECKING:
    from seisgui.interpretation.label_comparison import LabelComparison

GREY = "#808080"


class CompareLabelsDialog(QDialog):
    """``chosen`` (label set id) asks for a comparison; ``drawn`` shows or hides the disagreement on the sections."""

    chosen = Signal(str)
    drawn = Signal(bool)

    def __init__(self, present: str, others: list[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.compare_labels")
        self.setWindowTitle("Compare two label sets")
        self._present = present
        self.other = QComboBox(objectName="compare_labels.other")
        for name, label_set in others:
            self.other.addItem(name, label_set)
        self.other.currentIndexChanged.connect(lambda _: self.chosen.emit(self.other.currentData()))
        row = QHBoxLayout()
        row.addWidget(QLabel(f"{present} against"))
        row.addWidget(self.other, 1)
        self.says = QLabel()
        self.says.setWordWrap(True)
        self.tabs = QTabWidget()
        self.draw = QCheckBox("Show the disagreement on the sections")
        self.draw.setObjectName("compare_labels.draw")
        self.draw.setChecked(True)
        self.draw.toggled.connect(self.drawn)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(self.says)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.draw)
        layout.addWidget(buttons)
        self.resize(720, 520)

    def wait(self) -> None:
        """The comparison is on its way."""
        self.says.setText("Comparing…")
        self.tabs.clear()

    def warn(self, sentence: str) -> None:
        self.says.setText(sentence)

    def show_comparison(self, found: LabelComparison, colours: dict[str, str]) -> None:
        """Show figures; ``colours`` by class name in lower case."""
        only = (
            f"{found.only_first:,} are labelled in {self._present} only, "
            f"{found.only_second:,} in {self.other.currentText()} only."
        )
        self.says.setText(f"{found.sentence} {only}")
        self.tabs.clear()
        if not found.compared:
            return
        self.tabs.addTab(self._classes(found), "Class by class")
        swatches = [colours.get(name.strip().casefold(), GREY) for name in found.names]
        matrix = ConfusionTable(found.names, swatches, found.matrix, self._present, self.other.currentText())
        self.tabs.addTab(matrix, "Confusion")

    def _classes(self, found: LabelComparison) -> QTableWidget:
        columns = ("Class", "Agreement (Dice)", self._present, self.other.currentText(), "Both")
        table = QTableWidget(len(found.classes), len(columns))
        table.setObjectName("compare_labels.classes")
        table.setHorizontalHeaderLabels(list(columns))
        table.verticalHeader().hide()
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for row, entry in enumerate(found.classes):
            share = "–" if entry.agreement is None else f"{entry.agreement:.3f}"
            counts = (f"{count:,}" for count in (entry.first, entry.second, entry.both))
            for column, text in enumerate((entry.name, share, *counts)):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                table.setItem(row, column, item)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        return table
