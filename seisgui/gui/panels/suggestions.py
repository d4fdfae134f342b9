"""Suggestions: lines worth labelling next, with reasons, and a way there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from seisgui.gui.panels.action_button import ActionButton
from seisgui.gui.panels.explorer import section_title
from seisgui.gui.state import Suggested

ROLE = Qt.ItemDataRole.UserRole
ASK = "Which line would teach the model most? Press Suggest when a run has been made."


class SuggestionsPanel(QWidget):
    """The best line first; a click or Enter goes there."""

    jump = Signal(object)  # Suggested

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.suggestions")
        self.list = QListWidget()
        self.list.setObjectName("suggestions.list")
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.phrase = QLabel(ASK)
        self.phrase.setProperty("role", "faint")
        self.phrase.setWordWrap(True)
        self._buttons = QHBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.phrase)
        layout.addWidget(self.list, 1)
        layout.addLayout(self._buttons)
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)

    def add_actions(self, actions: list[QAction]) -> None:
        """Buttons for these actions."""
        for action in actions:
            self._buttons.addWidget(ActionButton(action))

    def fill(self, suggestions: tuple[Suggested, ...]) -> None:
        """Show these, the best first."""
        self.list.clear()
        for number, entry in enumerate(suggestions, start=1):
            reasons = "\n".join(f"   {reason}" for reason in entry.reasons)
            item = QListWidgetItem(f"{number}. {title(entry)}\n{reasons}")
            item.setData(ROLE, entry)
            item.setToolTip("Click to go there")
            self.list.addItem(item)
        self.say("Best first; a click goes there." if suggestions else ASK)

    def say(self, phrase: str) -> None:
        """What is being done."""
        self.phrase.setText(phrase)

    def mark(self, entry: Suggested) -> None:
        """Show which one is looked at."""
        for row in range(self.list.count()):
            if self.list.item(row).data(ROLE) == entry:
                self.list.setCurrentRow(row)

    def _go(self, item: QListWidgetItem) -> None:
        self.jump.emit(item.data(ROLE))


def title(entry: Suggested) -> str:
    """'Inline 339', or 'Inline 339, traces 443 to 472'."""
    stretch = "" if entry.first is None else f", traces {entry.first} to {entry.last}"
    return f"{section_title(entry.ref)}{stretch}"
