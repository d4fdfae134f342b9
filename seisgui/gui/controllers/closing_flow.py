"""Closing the window while a training runs: nothing learnt is lost unasked."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from seisgui.gui.controllers.training_flow import TrainingFlow
from seisgui.gui.desk import Desk

KEEP, DISCARD = QMessageBox.ButtonRole.AcceptRole, QMessageBox.ButtonRole.DestructiveRole


class ClosingFlow(QObject):
    """Asks what becomes of a training; closes the window once its best is on disk."""

    def __init__(self, desk: Desk, training: TrainingFlow, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._training, self._window = desk, training, window
        self._wanted = self._agreed = False
        self.question: QMessageBox | None = None
        training.changed.connect(self._training_changed)

    def may_close(self) -> bool:
        """Whether the window may close now; where a training would be lost the user is asked."""
        if self._agreed or not self._training.unkept:
            return True
        if self.question is None:
            self._ask()
        return False

    def _ask(self) -> None:
        title = self._training.job.title
        text = f"{title} is not finished. What is to become of it?"
        box = self.question = QMessageBox(QMessageBox.Icon.Question, "Close", text, parent=self._window)
        box.setObjectName("dialog.close")
        box.setDefaultButton(box.addButton("Keep the best and close", KEEP))
        box.addButton("Discard and close", DISCARD)
        box.addButton("Go on training", QMessageBox.ButtonRole.RejectRole)
        box.finished.connect(self._answered)
        box.open()

    def _answered(self, _result: int) -> None:
        box, self.question = self.question, None
        button = box.clickedButton()
        role = box.buttonRole(button) if button is not None else QMessageBox.ButtonRole.RejectRole
        box.deleteLater()
        self._agreed = role == DISCARD
        self._wanted = role == KEEP
        if self._wanted and self._training.running:
            self._training.stop()
            self._desk.tell("The window closes as soon as the best of the training is on disk.", stays=True)
        if self._agreed or self._wanted:
            self._training_changed()

    def _training_changed(self) -> None:
        if self._wanted and not self._training.running:
            self._wanted = False
            if self._training.failed:  # the reason is on the window; nothing was kept
                return
            QTimer.singleShot(0, self._window, self._window.close)
        elif self._agreed:
            QTimer.singleShot(0, self._window, self._window.close)
