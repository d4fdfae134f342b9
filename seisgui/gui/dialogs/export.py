"""Export: what, in which format, of which run; says what will be written before it is."""

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

from seisgui.gui.words import file_size

KINDS = (
    ("class", "Class ids"),
    ("probability", "Probability of the predicted class"),
    ("uncertainty", "Uncertainty (entropy, 0–1)"),
)
FORMATS = {
    "class": (
        ("int8", "8-bit integer"),
        ("int16", "16-bit integer"),
        ("ieee", "32-bit IEEE float"),
        ("ibm", "32-bit IBM float"),
    ),
    "": (("ieee", "32-bit IEEE float"), ("ibm", "32-bit IBM float")),
}


@dataclass(frozen=True)
class ExportChoice:
    """What the dialog says."""

    run_id: str
    out: Path
    kind: str
    sample_format: str
    partial: bool


class ExportDialog(QDialog):
    """``chosen`` once the user agrees; the coverage line tells how much of the survey the run has predicted."""

    chosen = Signal(object)  # ExportChoice
    run_changed = Signal(str)
    predict_wanted = Signal(str)  # run id: predict the whole volume first
    target_changed = Signal()  # another file or sample format: how large will it be, is there room?

    def __init__(
        self, runs: list[tuple[str, str]], current: str | None, beside: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.export")
        self.setWindowTitle("Export prediction as SEG-Y")
        self._beside = beside
        self._named = False
        self.run, self.kind, self.sample_format = QComboBox(), QComboBox(), QComboBox()
        for run_id, title in runs:
            self.run.addItem(title, run_id)
        self.run.setCurrentIndex(max(self.run.findData(current), 0))
        for kind, title in KINDS:
            self.kind.addItem(title, kind)
        self.out = QLineEdit()
        for name, widget in (("run", self.run), ("kind", self.kind), ("format", self.sample_format), ("out", self.out)):
            widget.setObjectName(f"export.{name}")
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(self.out, 1)
        row.addWidget(browse)
        self.coverage, self.room, self.note = (
            QLabel("…"),
            QLabel(),
            QLabel(
                "Trace headers are copied byte for byte; class −1 stands where nothing is predicted and in holes. "
                "The file is read back and compared before it takes its name."
            ),
        )
        for label in (self.coverage, self.room):
            label.setWordWrap(True)
        self.room.setObjectName("export.room")
        self.note.setWordWrap(True)
        self.note.setProperty("role", "faint")
        self.partial = QCheckBox("Export what there is")
        self.partial.setObjectName("export.partial")
        self.partial.toggled.connect(self._enable)
        self.predict = QPushButton("Predict the whole volume first")
        self.predict.setObjectName("export.predict")
        self.predict.clicked.connect(self._predict_first)
        form = QFormLayout()
        form.addRow("Run", self.run)
        form.addRow("What", self.kind)
        form.addRow("Sample format", self.sample_format)
        form.addRow("File", row)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        self.save.setText("Export")
        self.save.setObjectName("export.ok")
        self.save.setProperty("role", "primary")
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        row = QHBoxLayout()
        row.addWidget(self.predict)
        row.addWidget(self.partial)
        row.addStretch(1)
        layout.addWidget(self.room)
        layout.addWidget(self.coverage)
        layout.addLayout(row)
        layout.addWidget(self.note)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(540)
        self._complete, self._fits = False, True
        self.partial.hide()
        self.predict.hide()
        self.kind.currentIndexChanged.connect(self._kind_changed)
        self.run.currentIndexChanged.connect(self._run_changed)
        self.out.textEdited.connect(self._named_by_hand)
        self.sample_format.currentIndexChanged.connect(self.target_changed)
        self.out.textChanged.connect(self.target_changed)
        self._kind_changed()

    def _named_by_hand(self) -> None:
        self._named = True
        self._enable()

    def _run_changed(self) -> None:
        self._suggest()
        self.run_changed.emit(self.run.currentData() or "")

    def _kind_changed(self) -> None:
        kind = self.kind.currentData()
        self.sample_format.clear()
        for value, title in FORMATS.get(kind, FORMATS[""]):
            self.sample_format.addItem(title, value)
        self._suggest()

    def _suggest(self) -> None:
        if not self._named:
            network = self.run.currentText().partition(",")[0].replace(" ", "_") or "run"
            name = f"{self._beside.stem}_{self.kind.currentData()}_{network}.sgy"
            self.out.setText(str(self._beside.with_name(name)))
        self._enable()

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export as", self.out.text(), "SEG-Y (*.sgy *.segy)")
        if name:
            self._named = True
            self.out.setText(name)

    def show_coverage(self, fraction: float, predicted: int, total: int) -> None:
        """How much of the volume the run has predicted: sections and the fraction of traces."""
        self._complete = fraction >= 1.0
        if self._complete:
            self.coverage.setText(
                "Everything is predicted." if total == 1 else f"All {total:,} sections are predicted."
            )
        else:
            self.coverage.setText(
                f"{predicted:,} of {total:,} sections are predicted ({100 * fraction:.1f} %). "
                + ("What is missing is written as not predicted." if predicted else "There is nothing to export yet.")
            )
        self.partial.setVisible(not self._complete and predicted > 0)
        self.predict.setVisible(not self._complete)
        if not predicted:
            self.partial.setChecked(False)
        self._enable()

    def show_room(self, size: int, free: int, *, fits: bool) -> None:
        """How large the file will be, and what is free on its disk."""
        self._fits = fits
        too_small = "" if fits else " Choose another disk, or a smaller sample format."
        self.room.setText(f"{file_size(size)} to be written, {file_size(free)} are free.{too_small}")
        self.room.setProperty("role", "faint" if fits else "bad")
        self.room.style().polish(self.room)
        self._enable()

    def forget_room(self) -> None:
        """Nothing is known of the place."""
        self._fits = True
        self.room.setText("")
        self._enable()

    def _predict_first(self) -> None:
        self.predict_wanted.emit(self.run.currentData())
        self.reject()

    def _enable(self) -> None:
        ready = bool(self.out.text().strip()) and self.run.count() > 0 and self._fits
        self.save.setEnabled(ready and (self._complete or self.partial.isChecked()))

    @property
    def choice(self) -> ExportChoice:
        return ExportChoice(
            self.run.currentData(),
            Path(self.out.text().strip()),
            self.kind.currentData(),
            self.sample_format.currentData(),
            self.partial.isChecked(),
        )

    def _accept(self) -> None:
        self.chosen.emit(self.choice)
        self.accept()
