"""Import labels: ids of the file and the names they get, in the open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)


class ImportLabelsDialog(QDialog):
    """One row an id of the file: how many points, and the class that they become (pre-filled, yours to change)."""

    chosen = Signal(object)  # class_map: dict[int, str]

    def __init__(
        self, path: Path, counts: Mapping[int, int], names: Mapping[int, str], why: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.import_labels")
        self.setWindowTitle(f"Import labels from {path.name}")
        total = sum(counts.values())
        head = QLabel(f"{path.name}: {total:,} labelled points in {len(counts)} classes. {why}")
        head.setWordWrap(True)
        self.table = QTableWidget(len(counts), 3)
        self.table.setObjectName("import.classes")
        self.table.setHorizontalHeaderLabels(["Id in the file", "Points", "Becomes class"])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        for row, class_id in enumerate(sorted(counts)):
            for column, text in ((0, str(class_id)), (1, f"{counts[class_id]:,}")):
                item = QTableWidgetItem(text)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setData(Qt.ItemDataRole.UserRole, class_id)
                self.table.setItem(row, column, item)
            self.table.setItem(row, 2, QTableWidgetItem(names.get(class_id, f"class {class_id}")))
        self.problem = QLabel()
        self.problem.setProperty("role", "bad")
        self.problem.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Import")
        self.ok.setObjectName("import.ok")
        self.ok.setProperty("role", "primary")
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self.table.itemChanged.connect(self._check)
        layout = QVBoxLayout(self)
        for widget in (head, self.table, self.problem, self.buttons):
            layout.addWidget(widget)
        self.resize(520, 420)

    @property
    def class_map(self) -> dict[int, str]:
        """Id in the file -> class name."""
        rows = range(self.table.rowCount())
        return {
            self.table.item(row, 0).data(Qt.ItemDataRole.UserRole): self.table.item(row, 2).text().strip()
            for row in rows
        }

    def _check(self) -> None:
        empty = [str(k) for k, name in self.class_map.items() if not name]
        self.problem.setText(f"Id {', '.join(empty)} needs a class name." if empty else "")
        self.problem.setVisible(bool(empty))
        self.ok.setEnabled(not empty)

    def _accept(self) -> None:
        self.chosen.emit(self.class_map)
        self.accept()
