"""Fill between two labelled lines: which two."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from seisgui.gui.panels.explorer import section_title
from seisgui.seismic.axes import SectionRef


class PropagateDialog(QDialog):
    """Two labelled lines of one orientation; ``outlook`` says what filling between them would do, or why it cannot."""

    chosen = Signal(object, object)  # SectionRef, SectionRef

    def __init__(
        self,
        refs: list[SectionRef],
        nearest: tuple[SectionRef, SectionRef],
        outlook: Callable[[SectionRef, SectionRef], tuple[str, bool]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.propagate")
        self.setWindowTitle("Fill between labelled lines")
        self._outlook = outlook
        self.first, self.second = QComboBox(objectName="propagate.first"), QComboBox(objectName="propagate.second")
        form = QFormLayout()
        for title, box, ref in (("From", self.first, nearest[0]), ("To", self.second, nearest[1])):
            for entry in refs:
                box.addItem(section_title(entry), entry)
            box.setCurrentIndex(refs.index(ref))
            box.currentIndexChanged.connect(self._look)
            form.addRow(title, box)
        self.says = QLabel()
        self.says.setWordWrap(True)
        note = QLabel(
            "The outlines of every class on both lines are interpolated. What is filled is marked as automatic: it is "
            "yours to review, trains with less weight and never scores. One undo takes it back."
        )
        note.setWordWrap(True)
        note.setProperty("role", "faint")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.fill = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.fill.setText("Fill")
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.says)
        layout.addWidget(note)
        layout.addWidget(self.buttons)
        self.resize(420, self.sizeHint().height())
        self._look()

    @property
    def pair(self) -> tuple[SectionRef, SectionRef]:
        return self.first.currentData(), self.second.currentData()

    def _look(self, *_: object) -> None:
        sentence, possible = self._outlook(*self.pair)
        self.says.setText(sentence)
        self.fill.setEnabled(possible)

    def _accept(self) -> None:
        self.chosen.emit(*self.pair)
        self.accept()
