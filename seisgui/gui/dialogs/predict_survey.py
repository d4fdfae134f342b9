"""Before a whole survey is predicted: how much there is to do, what it takes, and what may be averaged in."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget


@dataclass(frozen=True)
class Outlook:
    """What lies before the start; ``room`` is False where the disk has too little of it."""

    sections: str
    disk: str
    time: str
    room: bool = True
    begun: bool = False
    left: bool = True  # something is left to be predicted


class PredictSurveyDialog(QDialog):
    """``chosen`` with the run to be averaged in ('' for none); ``pair_changed`` asks for another outlook."""

    chosen = Signal(str)
    pair_changed = Signal(str)

    def __init__(self, run: str, pairs: list[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.predict_survey")
        self.setWindowTitle("Predict the whole volume")
        self.pair = QComboBox()
        self.pair.setObjectName("predict_survey.pair")
        self.pair.addItem("Nothing", "")
        for run_id, title in pairs:
            self.pair.addItem(title, run_id)
        self.sections, self.disk, self.time = QLabel("…"), QLabel("…"), QLabel("…")
        self.warning = QLabel()
        self.warning.setProperty("role", "bad")
        note = QLabel(
            "It goes on in the background; strokes and the sections in view come first. Stop keeps what is done, and "
            "the prediction shows in the views as it grows."
        )
        note.setProperty("role", "faint")
        for label in (self.sections, self.disk, self.time, self.warning, note):
            label.setWordWrap(True)
        form = QFormLayout()
        form.addRow("Run", QLabel(run))
        if pairs:
            form.addRow("Average with", self.pair)
        form.addRow("To do", self.sections)
        form.addRow("Disk", self.disk)
        form.addRow("Time", self.time)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.start = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.start.setObjectName("predict_survey.start")
        self.start.setProperty("role", "primary")
        self.start.setText("Predict")
        self.start.setEnabled(False)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.warning)
        layout.addWidget(note)
        layout.addWidget(buttons)
        self.warning.hide()
        self.setMinimumWidth(500)
        self.pair.currentIndexChanged.connect(self._pair_changed)

    def _pair_changed(self) -> None:
        self.start.setEnabled(False)
        self.pair_changed.emit(self.pair.currentData())

    def show_outlook(self, outlook: Outlook) -> None:
        """Say what there is to do and what it takes."""
        self.sections.setText(outlook.sections)
        self.disk.setText(outlook.disk)
        self.time.setText(outlook.time)
        self.warn("" if outlook.room else "There is not enough room on this disk: make some, or move the project.")
        self.start.setText("Resume" if outlook.begun else "Predict")
        self.start.setEnabled(outlook.room and outlook.left)

    def warn(self, sentence: str) -> None:
        """Say what stands in the way, '' for nothing."""
        self.warning.setText(sentence)
        self.warning.setVisible(bool(sentence))
        if sentence:
            self.start.setEnabled(False)

    def _accept(self) -> None:
        self.chosen.emit(self.pair.currentData())
        self.accept()
