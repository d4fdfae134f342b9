"""Runs: the ledger of training runs with scores beside the best position baseline."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

COLUMNS = ("Run", "Class acc.", "Baseline", "Accuracy", "IoU", "Notes")
HEAD_TIPS = (
    "Network and time; ● is the run whose predictions are shown",
    "Mean class accuracy on held-out labels",
    "The best position baseline's mean class accuracy on the same labels",
    "Pixel accuracy on held-out labels",
    "Mean intersection over union on held-out labels",
)
PICK_COLUMNS = ("Run", "P F1", "S F1", "P late", "P prec.", "Notes")
PICK_HEAD_TIPS = (
    "Network and time; ● is the run whose picks are proposed",
    "F1 of P on held-out records",
    "F1 of S on held-out records",
    "Mean residual of P on held-out records: how late its picks come",
    "Precision of P on held-out records",
)
EMPTY = {
    "facies": "No runs yet. Paint two classes and press Train.",
    "picking": "No runs yet. Pick a few arrivals and press Train.",
}
TIPS = {
    "current": "Show this run's predictions from now on, also an older one's",
    "compare": "Two or more runs beside each other and their baselines",
    "scores": "Confusion matrix and each class from run to run",
    "notes": "Write notes on this run",
    "delete": "Remove this run with its weights and predictions",
}
ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class RunRow:
    """One run as the panel shows it; figures are held-out scores, '–' where there are none."""

    run_id: str
    title: str
    accuracy: str
    class_accuracy: str
    iou: str
    baseline: str
    notes: str
    current: bool
    tip: str


class RunsPanel(QWidget):
    """Double-click makes a run current; buttons compare, note and delete."""

    made_current = Signal(str)
    compare = Signal(list)
    scores = Signal(str)
    notes = Signal(str)
    delete = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.runs")
        self.tree = QTreeWidget()
        self.tree.setObjectName("runs.list")
        self.tree.setColumnCount(len(COLUMNS))
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.tree.header()
        header.setStretchLastSection(True)
        for column in range(len(COLUMNS) - 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.empty = QLabel()
        self.empty.setProperty("role", "faint")
        self.empty.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.empty)
        layout.addWidget(self.tree, 1)
        layout.addLayout(self._buttons())
        self.tree.itemActivated.connect(lambda item: self.made_current.emit(item.data(0, ROLE)))
        self.tree.itemSelectionChanged.connect(self._enable)
        self.show_task("facies")
        self.fill([])

    def show_task(self, task: str) -> None:
        """Name the columns for runs of this task, 'facies' or 'picking'."""
        picking = task == "picking"
        self.tree.setHeaderLabels(list(PICK_COLUMNS if picking else COLUMNS))
        for column, tip in enumerate(PICK_HEAD_TIPS if picking else HEAD_TIPS):
            self.tree.headerItem().setToolTip(column, tip)
        self.empty.setText(EMPTY[task])

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        self.buttons: dict[str, QToolButton] = {}
        for text, name, action in (
            ("Use", "current", lambda: self._one(self.made_current)),
            ("Compare", "compare", lambda: self.compare.emit(self.selected())),
            ("Scores", "scores", lambda: self._one(self.scores)),
            ("Notes", "notes", lambda: self._one(self.notes)),
            ("Delete", "delete", lambda: self._one(self.delete)),
        ):
            button = QToolButton()
            button.setText(text)
            button.setObjectName(f"runs.{name}")
            button.setToolTip(TIPS[name])
            button.clicked.connect(lambda _=False, action=action: action())
            row.addWidget(button)
            self.buttons[name] = button
        row.addStretch(1)
        return row

    def selected(self) -> list[str]:
        return [item.data(0, ROLE) for item in self.tree.selectedItems()]

    def fill(self, rows: list[RunRow]) -> None:
        """Show these runs, the newest first."""
        kept = set(self.selected())
        self.tree.clear()
        for row in rows:
            title = f"● {row.title}" if row.current else row.title
            item = QTreeWidgetItem([title, row.class_accuracy, row.baseline, row.accuracy, row.iou, row.notes])
            item.setData(0, ROLE, row.run_id)
            for column in range(len(COLUMNS)):
                item.setToolTip(column, row.tip)
                if 0 < column < len(COLUMNS) - 1:
                    item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if row.current:
                font = QFont(self.tree.font())
                font.setBold(True)
                item.setFont(0, font)
            self.tree.addTopLevelItem(item)
            item.setSelected(row.run_id in kept)
        self.empty.setVisible(not rows)
        self._enable()

    def _enable(self) -> None:
        count = len(self.tree.selectedItems())
        for name, button in self.buttons.items():
            button.setEnabled(count >= 2 if name == "compare" else count == 1)

    def _one(self, signal: Signal) -> None:
        for run_id in self.selected()[:1]:
            signal.emit(run_id)
