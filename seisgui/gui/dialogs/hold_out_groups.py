"""Held-out stations, shots or events: records whose picks only score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from seisgui.learning.requests import HeldOutGroup

TITLES = {"station": "Stations", "shot": "Shots", "event": "Events"}
ROLE = Qt.ItemDataRole.UserRole


class HoldOutGroupsDialog(QDialog):
    """``groups`` are (title, number of picks) by what records are grouped by; nothing checked: the program chooses."""

    chosen = Signal(object)  # tuple[HeldOutGroup, ...]

    def __init__(
        self,
        groups: Mapping[str, Sequence[tuple[str, int]]],
        present: tuple[HeldOutGroup, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.hold_out_groups")
        self.setWindowTitle("Held-out records")
        self._groups = {by: list(rows) for by, rows in groups.items()}
        head = QLabel(
            "Picks on these records are never trained on, they only score. Hold out whole stations or shots: the "
            "records of one station resemble each other. With none checked the program holds out every fifth."
        )
        head.setWordWrap(True)
        self.by = QComboBox()
        self.by.setObjectName("hold_out_groups.by")
        for by in self._groups:
            self.by.addItem(TITLES.get(by, by.capitalize()), by)
        self.list = QListWidget()
        self.list.setObjectName("hold_out_groups.list")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (head, self.by, self.list, buttons):
            layout.addWidget(widget)
        self.resize(420, 420)
        self._present = {str(group) for group in present}
        if present:
            self.by.setCurrentIndex(max(self.by.findData(present[0].by), 0))
        self.by.currentIndexChanged.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        self.list.clear()
        by = self.by.currentData()
        for title, picks in self._groups.get(by, ()):
            item = QListWidgetItem(f"{title}   {picks:,} picks" if picks else f"{title}   no picks")
            item.setData(ROLE, title)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            checked = str(HeldOutGroup(by, title)) in self._present
            item.setCheckState(Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
            self.list.addItem(item)

    def _accept(self) -> None:
        by = self.by.currentData()
        items = [self.list.item(row) for row in range(self.list.count())]
        checked = [item.data(ROLE) for item in items if item.checkState() is Qt.CheckState.Checked]
        self.chosen.emit(tuple(HeldOutGroup(by, title) for title in checked))
        self.accept()
