"""Held-out areas: ranges of lines whose labels only score."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from seisgui.learning.requests import HoldOut
from seisgui.seismic.axes import LineAxis, VolumeAxes


class HoldOutDialog(QDialog):
    """No rows: the program chooses blocks by itself where there are enough labels."""

    chosen = Signal(object)  # tuple[HoldOut, ...]

    def __init__(self, axes: VolumeAxes, present: tuple[HoldOut, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.hold_out")
        self.setWindowTitle("Held-out areas")
        self._axes: dict[str, LineAxis] = {
            name: axis for name, axis in (("inline", axes.inline), ("crossline", axes.crossline)) if axis.count > 1
        }
        head = QLabel(
            "Labels in these areas are never trained on, they only score. Training labels within 65 traces, lines or "
            "samples of them are left out. Without areas the program chooses them, where there are enough labels."
        )
        head.setWordWrap(True)
        self.table = QTableWidget(0, 3)
        self.table.setHorizontalHeaderLabels(["Axis", "First line", "Last line"])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        add, remove = QPushButton("Add area"), QPushButton("Remove area")
        add.setObjectName("hold_out.add")
        add.clicked.connect(lambda: self.add_row(None))
        remove.clicked.connect(lambda: self.table.removeRow(max(self.table.currentRow(), 0)))
        row = QHBoxLayout()
        row.addWidget(add)
        row.addWidget(remove)
        row.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(head)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        layout.addWidget(buttons)
        self.resize(460, 340)
        for area in present:
            self.add_row(area)

    def add_row(self, area: HoldOut | None) -> None:
        """Add an area; without one, the last fifth of the longer axis."""
        name = max(self._axes, key=lambda key: self._axes[key].count)
        if area is None:
            axis = self._axes[name]
            area = HoldOut(name, axis.first + axis.step * (axis.count * 4 // 5), axis.last)
        row = self.table.rowCount()
        self.table.insertRow(row)
        which, first, last = QComboBox(), QSpinBox(), QSpinBox()
        which.addItems(list(self._axes))
        which.setCurrentText(area.axis)
        for spin, value in ((first, area.first), (last, area.last)):
            spin.setRange(-1_000_000_000, 1_000_000_000)
            spin.setValue(value)
        for column, widget in enumerate((which, first, last)):
            self.table.setCellWidget(row, column, widget)

    @property
    def hold_out(self) -> tuple[HoldOut, ...]:
        """The areas, each with the smaller number first."""
        areas = []
        for row in range(self.table.rowCount()):
            which, first, last = (self.table.cellWidget(row, column) for column in range(3))
            low, high = sorted((first.value(), last.value()))
            areas.append(HoldOut(which.currentText(), low, high))
        return tuple(areas)

    def _accept(self) -> None:
        self.chosen.emit(self.hold_out)
        self.accept()
