"""Preferences: theme, cache folder, device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.theme import CHOICES


@dataclass(frozen=True)
class Preferences:
    """What can be preferred; ``cache`` is '' for the system's place."""

    theme: str = "system"
    cache: str = ""
    ask_before_opening: bool = False
    display_copies: bool = True


class PreferencesDialog(QDialog):
    """The theme changes at once, the rest with OK."""

    chosen = Signal(object)  # Preferences
    theme_tried = Signal(str)

    def __init__(self, present: Preferences, cache_in_use: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.preferences")
        self.setWindowTitle("Preferences")
        self._before = present
        self.theme = QComboBox()
        for choice in CHOICES:
            self.theme.addItem({"system": "Like the system"}.get(choice, choice.capitalize()), choice)
        self.theme.setCurrentIndex(self.theme.findData(present.theme))
        self.theme.currentIndexChanged.connect(lambda: self.theme_tried.emit(self.theme.currentData()))
        self.cache = QLineEdit(present.cache)
        self.cache.setPlaceholderText(str(cache_in_use))
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(self.cache, 1)
        row.addWidget(browse)
        self.ask = QCheckBox("Show the geometry before opening, also where it is certain")
        self.ask.setChecked(present.ask_before_opening)
        self.copies = QCheckBox("Make display copies of large volumes")
        self.copies.setObjectName("preferences.copies")
        self.copies.setChecked(present.display_copies)
        about = QLabel(
            "They take three quarters of a volume's size in the project folder and show any section at once; "
            "they can be removed and made again at any time."
        )
        note = QLabel(
            "The cache holds what can be made again, such as compiled code; it is used from the next start on."
        )
        for text in (about, note):
            text.setProperty("role", "faint")
            text.setWordWrap(True)
        form = QFormLayout()
        form.addRow("Theme", self.theme)
        form.addRow("Cache folder", row)
        form.addRow("", note)
        form.addRow("Opening", self.ask)
        form.addRow("Large volumes", self.copies)
        form.addRow("", about)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self._cancel)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.setMinimumWidth(520)

    def _browse(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Cache folder", self.cache.text())
        if name:
            self.cache.setText(name)

    def _accept(self) -> None:
        self.chosen.emit(
            Preferences(
                self.theme.currentData(), self.cache.text().strip(), self.ask.isChecked(), self.copies.isChecked()
            )
        )
        self.accept()

    def _cancel(self) -> None:
        self.theme_tried.emit(self._before.theme)
        self.reject()
