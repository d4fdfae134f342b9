"""Which word of the trace headers holds first breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from seisgui.interpretation.pick_headers import HeaderWord

UNITS = (("ms after the shot", "ms"), ("µs after the shot", "us"), ("samples from the first, 0", "samples"))


class HeaderWordDialog(QDialog):
    """First byte, width, unit, phase, and what stands where there is no pick."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.header_word")
        self.setWindowTitle(title)
        self.byte = QSpinBox(objectName="header_word.byte", minimum=1, maximum=239, value=233)
        self.width_box = QComboBox(objectName="header_word.width")
        for width in (4, 2):
            self.width_box.addItem(f"{width} bytes", width)
        self.unit = QComboBox(objectName="header_word.unit")
        for text, unit in UNITS:
            self.unit.addItem(text, unit)
        self.phase = QLineEdit("P", objectName="header_word.phase")
        self.empty = QSpinBox(objectName="header_word.empty", minimum=-32768, maximum=32767, value=0)
        form = QFormLayout()
        for text, widget in (
            ("First byte (1–240)", self.byte), ("Width", self.width_box), ("Unit", self.unit), ("Phase", self.phase),
            ("Where there is no pick", self.empty),
        ):  # fmt: skip
            form.addRow(text, widget)
        note = QLabel("The data file itself is never changed: first breaks are written into a copy.")
        note.setWordWrap(True)
        note.setProperty("role", "faint")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(note)
        layout.addWidget(buttons)

    def word(self) -> HeaderWord:
        """The word that was named; ``InputError`` where there is none such."""
        from seisgui.interpretation.pick_headers import HeaderWord

        return HeaderWord(
            self.byte.value(),
            self.width_box.currentData(),
            self.unit.currentData(),
            self.phase.text().strip() or "P",
            self.empty.value(),
        )
