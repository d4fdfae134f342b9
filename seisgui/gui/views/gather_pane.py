"""The gather view with the thin row above it: which gather of how many, component, mode."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.gather_state import GatherDisplay
from seisgui.gui.views.gather import GATHER, TRACES, GatherView


class GatherHeader(QWidget):
    """Mode, number of the gather (or record) in a box and on a slider, component, fit."""

    page_requested = Signal(int)  # position in the browser, from 0
    mode_requested = Signal(str)
    component_requested = Signal(str)
    fit_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode = QComboBox(objectName="gather.mode")
        self.mode.addItem("Gather", GATHER)
        self.mode.addItem("Traces", TRACES)
        self.mode.setToolTip("Records side by side (G), or the components of one record over each other (T)")
        self.number = QSpinBox(objectName="gather.number")
        self.number.setKeyboardTracking(False)
        self.number.setToolTip("Which gather or record; Enter goes there")
        self.last = QLabel()
        self.slider = QSlider(Qt.Orientation.Horizontal, objectName="gather.slider")
        self.slider.setMinimumWidth(40)
        self.component = QComboBox(objectName="gather.component_box")
        self.component.setToolTip("The component that gathers show (C)")
        self.fit_button = QToolButton(text="Fit", objectName="gather.fit_button")
        self.fit_button.setToolTip("Show all traces and all of their time (F)")
        self.fit_button.setAutoRaise(True)
        self.what = QLabel("Component")
        self.last.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 1, 4, 1)
        row.setSpacing(6)
        for widget in (
            self.mode, self.number, self.last, self.slider, self.what, self.component, self.fit_button,
        ):  # fmt: skip
            row.addWidget(widget, 100 if widget is self.slider else 0)
            widget.setFocusPolicy(Qt.FocusPolicy.ClickFocus if widget is not self.slider else Qt.FocusPolicy.NoFocus)
        self.number.valueChanged.connect(lambda value: self.page_requested.emit(value - 1))
        self.slider.valueChanged.connect(self.page_requested)
        self.mode.activated.connect(lambda: self.mode_requested.emit(self.mode.currentData()))
        self.component.activated.connect(lambda: self.component_requested.emit(self.component.currentText()))
        self.fit_button.clicked.connect(self.fit_requested)
        self.show_place(-1, 0)

    def show_place(self, position: int, count: int) -> None:
        """Which page of how many is in view."""
        with QSignalBlocker(self.number), QSignalBlocker(self.slider):
            self.number.setRange(min(count, 1), count)
            self.number.setValue(position + 1)
            self.slider.setRange(0, max(count - 1, 0))
            self.slider.setValue(max(position, 0))
        self.last.setText(f"of {count:,}" if count else "")
        for widget in (self.mode, self.number, self.slider, self.fit_button):
            widget.setEnabled(count > 0)

    def show_mode(self, mode: str, components: tuple[str, ...], component: str) -> None:
        """What is shown, and the components to choose from."""
        with QSignalBlocker(self.mode), QSignalBlocker(self.component):
            self.mode.setCurrentIndex(self.mode.findData(mode))
            if [self.component.itemText(i) for i in range(self.component.count())] != list(components):
                self.component.clear()
                self.component.addItems(components)
            self.component.setCurrentText(component)
        for widget in (self.what, self.component):
            widget.setVisible(len(components) > 1 and mode == GATHER)


class GatherPane(QWidget):
    """Header and view; the keyboard goes to the view."""

    def __init__(self, display: GatherDisplay, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = GatherHeader(self)
        self.view = GatherView(display, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.view, 1)
        self.setFocusProxy(self.view)
