"""Notices that do not stop the work: sentences above the views, with a hint, an answer and details to copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

LIMIT = 3  # more would hide the seismic
SECONDS = {"information": 9.0}
ANSWER_SECONDS = 20.0  # information that offers something stays longer


@dataclass(frozen=True)
class Message:
    """A sentence for the user; ``level`` is information, warning or error; ``answers`` are (text, what it does)."""

    sentence: str
    hint: str = ""
    level: str = "information"
    details: str = ""
    answers: tuple[tuple[str, Callable[[], object]], ...] = field(default=())
    stays: bool = False


class MessageBar(QWidget):
    """The last few messages, newest on top."""

    shown = Signal(object)  # Message

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.history: list[Message] = []
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show a message; the same sentence twice is shown once."""
        for row in self.rows():
            if row.message.sentence == message.sentence:
                self._remove(row)
        self.history.append(message)
        row = MessageRow(message, self)
        row.closed.connect(lambda: self._remove(row))
        self._layout.insertWidget(0, row)
        for extra in self.rows()[LIMIT:]:
            self._remove(extra)
        self.show()
        self.shown.emit(message)

    def rows(self) -> list[MessageRow]:
        """The messages now on screen, newest first."""
        items = (self._layout.itemAt(i) for i in range(self._layout.count()))
        return [item.widget() for item in items if isinstance(item.widget(), MessageRow)]

    def sentences(self) -> list[str]:
        return [row.message.sentence for row in self.rows()]

    def clear(self) -> None:
        for row in self.rows():
            self._remove(row)

    def clear_information(self) -> None:
        """Take away what is neither a warning nor an error: it was about another project."""
        for row in self.rows():
            if row.message.level == "information":
                self._remove(row)

    def _remove(self, row: MessageRow) -> None:
        if self._layout.indexOf(row) < 0:
            return
        self._layout.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.setVisible(bool(self.rows()))


class MessageRow(QFrame):
    """One message."""

    closed = Signal()

    def __init__(self, message: Message, parent: QWidget) -> None:
        super().__init__(parent)
        self.message = message
        self.setProperty("message", message.level)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 6, 5)
        label = QLabel(f"{message.sentence} {message.hint}".strip())
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(label, 1)
        for text, answer in message.answers:
            button = QPushButton(text)
            button.clicked.connect(lambda _=False, do=answer: (self.closed.emit(), do()))
            row.addWidget(button)
        if message.details:
            copy = QPushButton("Copy details")
            copy.clicked.connect(lambda: QApplication.clipboard().setText(details(message)))
            row.addWidget(copy)
        close = QToolButton()
        close.setText("✕")
        close.setToolTip("Close this message")
        close.setAutoRaise(True)
        close.clicked.connect(self.closed.emit)
        row.addWidget(close)
        seconds = SECONDS.get(message.level)
        if seconds and not message.stays:
            seconds = ANSWER_SECONDS if message.answers else seconds
            QTimer.singleShot(int(seconds * 1000), self, self.closed.emit)


def details(message: Message) -> str:
    """What 'Copy details' puts on the clipboard."""
    return "\n".join(part for part in (message.sentence, message.hint, message.details) if part)
