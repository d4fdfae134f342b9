"""How a run does class by class: confusion on held-out labels, and each class from run to run."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.dialogs.confusion import ConfusionTable
from seisgui.gui.icons import swatch
from seisgui.gui.panels.curves import Chart, Curve
from seisgui.gui.theme import Theme

MANY = 6  # classes that fit into the smaller dialog
COLUMNS = ("Class", "Accuracy", "Precision", "IoU", "F1", "Samples", "Run before")


@dataclass(frozen=True)
class ClassLine:
    """One class of a run: held-out figures as they are shown, and its accuracy in each run as (place, value)."""

    name: str
    colour: str
    figures: tuple[str, ...]  # in order of ``COLUMNS`` after the name
    history: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class ScoreSheet:
    """What the dialog shows of one run."""

    title: str
    sentence: str  # how it was scored, or why not
    lines: tuple[ClassLine, ...] = ()
    names: tuple[str, ...] = ()  # of the confusion's rows
    colours: tuple[str, ...] = ()
    matrix: tuple[tuple[int, ...], ...] = ()
    runs: int = 0  # in the histories


class ScoresDialog(QDialog):
    """A tab for the confusion matrix, one for classes from run to run."""

    def __init__(self, sheet: ScoreSheet, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.scores")
        self.setWindowTitle(f"Scores of {sheet.title}")
        said = QLabel(sheet.sentence)
        said.setWordWrap(True)
        self.tabs = QTabWidget()
        self.confusion: ConfusionTable | None = None
        if sheet.matrix:
            self.confusion = ConfusionTable(sheet.names, sheet.colours, sheet.matrix, "labelled", "predicted")
            self.tabs.addTab(self.confusion, "Confusion")
        if sheet.lines:
            self.tabs.addTab(self._classes(sheet, theme), "Class by class")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(said)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(buttons)
        self.tabs.setVisible(self.tabs.count() > 0)
        said.setMinimumWidth(320)
        if self.tabs.count():
            self.resize(980 if len(sheet.names) > MANY else 800, 560)

    def _classes(self, sheet: ScoreSheet, theme: Theme) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        self.chart = Chart(
            "Accuracy on held-out labels, run by run", theme, low=0.0, high=1.0, along="run", legend=False
        )
        self.chart.setMinimumHeight(160)
        self.chart.curves = [Curve(line.name, line.colour, points=list(line.history)) for line in sheet.lines]
        self.table = QTableWidget(len(sheet.lines), len(COLUMNS))
        self.table.setObjectName("scores.classes")
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for row, line in enumerate(sheet.lines):
            self.table.setItem(row, 0, QTableWidgetItem(swatch(line.colour), line.name))
            for column, text in enumerate(line.figures, start=1):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        note = QLabel(
            f"{sheet.runs} run{'s' if sheet.runs != 1 else ''} on the same held-out area, the oldest first. "
            "Accuracy is the share of a class's labelled samples that the run finds."
        )
        note.setProperty("role", "faint")
        note.setWordWrap(True)
        layout.addWidget(self.chart, 2)
        layout.addWidget(self.table, 3)
        layout.addWidget(note)
        return page
