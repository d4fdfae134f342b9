"""Brush: size, neighbouring lines, what may be painted over, snapping, tolerance of the flood fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QSlider, QSpinBox, QWidget

from seisgui.gui.icons import swatch
from seisgui.gui.panels.widths import PanelArea
from seisgui.gui.state import Brush

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesClass

LARGEST = 301
SNAPS = (
    ("none", "nothing"),
    ("peak", "the nearest peak"),
    ("trough", "the nearest trough"),
    ("zero", "a zero crossing"),
)


class BrushPanel(PanelArea):
    """Everything about the hand that does not fit into the toolbar."""

    def __init__(self, brush: Brush, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.brush")
        self._brush = brush
        self.traces, self.samples, self.neighbours = QSpinBox(), QSpinBox(), QSpinBox()
        for spin in (self.traces, self.samples):
            spin.setRange(1, LARGEST)
        self.neighbours.setRange(0, 50)
        self.neighbours.setPrefix("± ")
        self.neighbours.setToolTip("Lines on either side that get the same stroke")
        self.restrict, self.snap = QComboBox(), QComboBox()
        self.restrict.setObjectName("brush.restrict")
        self.snap.setObjectName("brush.snap")
        for value, title in SNAPS:
            self.snap.addItem(title, value)
        self.tolerance, self.figure = QSlider(Qt.Orientation.Horizontal), QLabel()
        self.tolerance.setRange(1, 100)
        self.tolerance.setToolTip("How far amplitudes may differ from the clicked one, as a share of the clip")
        self.figure.setMinimumWidth(self.figure.fontMetrics().horizontalAdvance("100 %"))
        body = QWidget()
        form = QFormLayout(body)
        form.setContentsMargins(8, 8, 8, 8)
        size, fill = QHBoxLayout(), QHBoxLayout()
        for widget in (self.traces, QLabel("traces ×"), self.samples, QLabel("samples")):
            size.addWidget(widget)
        size.addStretch(1)
        fill.addWidget(self.tolerance, 1)
        fill.addWidget(self.figure)
        form.addRow("Size", size)
        form.addRow("Lines", self.neighbours)
        form.addRow("Paint over", self.restrict)
        form.addRow("Snap to", self.snap)
        form.addRow("Flood fill", fill)
        self.setWidget(body)
        self.fill_classes([])
        self._connect()
        self._show()

    def _connect(self) -> None:
        for spin, name in ((self.traces, "traces"), (self.samples, "samples"), (self.neighbours, "neighbours")):
            spin.valueChanged.connect(lambda value, name=name: setattr(self._brush, name, value))
        self.restrict.currentIndexChanged.connect(lambda: self._set("restrict", self.restrict.currentData()))
        self.snap.currentIndexChanged.connect(lambda: self._set("snap", self.snap.currentData()))
        self.tolerance.valueChanged.connect(lambda value: setattr(self._brush, "tolerance", value / 100))
        for name in ("traces", "samples", "neighbours", "restrict", "snap", "tolerance"):
            getattr(self._brush.events, name).connect(self._show)

    def _set(self, name: str, value: str | None) -> None:
        if value is not None and getattr(self._brush, name) != value:
            setattr(self._brush, name, value)

    def fill_classes(self, classes: list[FaciesClass]) -> None:
        """Offer 'only over' each of these classes."""
        self.restrict.blockSignals(True)
        self.restrict.clear()
        self.restrict.addItem("anything", "all")
        self.restrict.addItem("unlabelled pixels only", "unlabelled")
        for entry in classes:
            self.restrict.addItem(swatch(entry.colour), f"{entry.name} only", f"class:{entry.id}")
        self.restrict.blockSignals(False)
        if self.restrict.findData(self._brush.restrict) < 0:
            self._brush.restrict = "all"
        self._show()

    def _show(self) -> None:
        brush = self._brush
        self.traces.setValue(brush.traces)
        self.samples.setValue(brush.samples)
        self.neighbours.setValue(brush.neighbours)
        self.tolerance.setValue(round(brush.tolerance * 100))
        self.figure.setText(f"{round(brush.tolerance * 100)} %")
        for box, value in ((self.restrict, brush.restrict), (self.snap, brush.snap)):
            index = box.findData(value)
            if index >= 0 and index != box.currentIndex():
                box.setCurrentIndex(index)
