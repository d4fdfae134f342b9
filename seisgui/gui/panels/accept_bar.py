"""Accept prediction as labels: the row above the views that says what would be accepted."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QWidget,
)

from seisgui.gui.icons import swatch

WHOLE, LASSO = "section", "lasso"
START = 90  # percent


class AcceptBar(QFrame):
    """Threshold, class and area; ``changed`` at every change, ``accepted`` and ``closed`` by button or key."""

    changed = Signal()
    accepted = Signal()
    closed = Signal()
    area_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.accept")
        self.setProperty("message", "information")
        self.threshold = QSlider(Qt.Orientation.Horizontal, objectName="accept.threshold")
        self.threshold.setRange(0, 100)
        self.threshold.setPageStep(5)
        self.threshold.setMinimumWidth(80)
        self.percent = QSpinBox(objectName="accept.percent", suffix=" %")
        self.percent.setRange(0, 100)
        self.classes = QComboBox(objectName="accept.class")
        self.area = QComboBox(objectName="accept.area")
        for box in (self.classes, self.area):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.area.addItem("the whole section", WHOLE)
        self.area.addItem("a lasso (drag around it)", LASSO)
        self.says = QLabel(objectName="accept.says")
        self.says.setWordWrap(True)
        self.take = QPushButton("Accept", objectName="accept.take")
        self.take.setProperty("role", "primary")
        self.take.setToolTip("Paint these samples as accepted labels, where nothing is labelled yet (Enter)")
        self.leave = QPushButton("Done", objectName="accept.close")
        self.leave.setToolTip("Leave the rest as it is (Esc)")
        self._offered: list[tuple[int, str, str]] | None = None
        self._lay_out()
        self.threshold.setValue(START)
        self.percent.setValue(START)
        self.threshold.valueChanged.connect(self._slid)
        self.percent.valueChanged.connect(self.threshold.setValue)
        self.classes.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.area.currentIndexChanged.connect(lambda _: self.area_changed.emit(self.area.currentData()))
        self.take.clicked.connect(self.accepted)
        self.leave.clicked.connect(self.closed)
        self.hide()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 5, 8, 5)
        grid.setVerticalSpacing(3)
        row = QHBoxLayout()
        row.setSpacing(6)
        for title, widgets in (
            ("Accept from confidence", (self.threshold, self.percent)),
            ("of", (self.classes,)),
            ("in", (self.area,)),
        ):
            row.addWidget(QLabel(title))
            for widget in widgets:
                row.addWidget(widget, 0 if widget is self.percent else 1)
        grid.addLayout(row, 0, 0, 1, 3)
        grid.addWidget(self.says, 1, 0)
        grid.addWidget(self.take, 1, 1)
        grid.addWidget(self.leave, 1, 2)
        grid.setColumnStretch(0, 1)

    @property
    def share(self) -> float:
        """The threshold as 0-1."""
        return self.threshold.value() / 100

    @property
    def class_id(self) -> int | None:
        """The only class to accept; None: all of them."""
        return self.classes.currentData()

    @property
    def by_lasso(self) -> bool:
        return self.area.currentData() == LASSO

    def choose_area(self, area: str) -> None:
        self.area.setCurrentIndex(self.area.findData(area))

    def fill_classes(self, classes: list[tuple[int, str, str]]) -> None:
        """Offer classes as (id, name, colour), keeping the choice."""
        if classes == self._offered:
            return
        before, self._offered = self.class_id, classes
        self.classes.blockSignals(True)
        self.classes.clear()
        self.classes.addItem("all classes", None)
        for class_id, name, colour in classes:
            self.classes.addItem(swatch(colour), name, class_id)
        self.classes.setCurrentIndex(max(self.classes.findData(before), 0))
        self.classes.blockSignals(False)

    def say(self, sentence: str, *, possible: bool) -> None:
        """What would be accepted, or why nothing can be."""
        self.says.setText(sentence)
        self.take.setEnabled(possible)

    def _slid(self, percent: int) -> None:
        self.percent.setValue(percent)
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.take.isEnabled():
                self.accepted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
