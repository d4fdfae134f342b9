"""Guide: the five-minute tour; each step ticks itself off when it is done."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from seisgui.gui.panels.widths import PanelArea


@dataclass(frozen=True)
class Step:
    """One step; ``event`` is what ticks it off, ``command`` what its button does."""

    event: str
    title: str
    text: str
    command: str = ""
    button: str = ""


STEPS = (
    Step("opened", "Look", "The sample survey is open. Turn the wheel to step through the inlines.", "file.sample",
         "Open the sample survey"),
    Step("stepped", "Go to another line", "PgUp and PgDn step; the slider and the number box above the section jump."),
    Step("painted", "Paint a first class", "Press 1 and drag over some layers. The right button erases.", "label.brush",
         "Take the brush"),
    Step("second class", "Paint a second class", "Press 2 and paint something that looks different, such as the salt."),
    Step("trained", "Train", "Press Train. A forest learns within a second or two; networks take longer.",
         "train.start", "Train"),
    Step("predicted", "Look at the prediction", "Colours lie over the whole section. Step on: other lines are "
         "predicted as they come into view."),
    Step("corrected", "Correct it", "Paint over what is wrong and train again. With Live each stroke teaches at once.",
         "train.live", "Switch Live on"),
    Step("exported", "Export", "Write the classes as SEG-Y with the original headers.", "file.export", "Export…"),
)  # fmt: skip


class GuidePanel(PanelArea):
    """All steps; done ones are ticked, the next one is open with its text and button."""

    command = Signal(str)
    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.guide")
        self.done: set[str] = set()
        body = QWidget()
        self._layout = QVBoxLayout(body)
        self._layout.setContentsMargins(10, 8, 10, 8)
        self._rows = [StepRow(step, number) for number, step in enumerate(STEPS, start=1)]
        for row in self._rows:
            row.command.connect(self.command)
            self._layout.addWidget(row)
        self.end = QLabel("That was the whole loop. F1 explains a panel, Ctrl+K finds any command.")
        self.end.setWordWrap(True)
        self.end.setProperty("role", "good")
        self._layout.addWidget(self.end)
        self._layout.addStretch(1)
        self.setWidget(body)
        self.restart()

    def restart(self) -> None:
        """Begin from the first step."""
        self.done = set()
        self._show()

    def tick(self, event: str) -> None:
        """Something happened; ticks the step that waits for it."""
        if event in {step.event for step in STEPS} - self.done:
            self.done.add(event)
            self._show()

    def _show(self) -> None:
        waiting = next((step.event for step in STEPS if step.event not in self.done), None)
        for row in self._rows:
            row.show_state(done=row.step.event in self.done, current=row.step.event == waiting)
        self.end.setVisible(waiting is None)
        current = next((row for row in self._rows if row.step.event == waiting), self.end)
        QTimer.singleShot(0, self, lambda: self.ensureWidgetVisible(current))


class StepRow(QWidget):
    """One step of the guide."""

    command = Signal(str)

    def __init__(self, step: Step, number: int) -> None:
        super().__init__()
        self.step, self._number = step, number
        self.title, self.text = QLabel(), QLabel(step.text)
        self.text.setWordWrap(True)
        self.button = QPushButton(step.button)
        self.button.clicked.connect(lambda: self.command.emit(step.command))
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 3, 0, 3)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addLayout(row)

    def show_state(self, *, done: bool, current: bool) -> None:
        self.title.setText(f"{'✓' if done else self._number}  {self.step.title}")
        self.title.setProperty("role", "good" if done else "heading" if current else "faint")
        self.title.style().unpolish(self.title)
        self.title.style().polish(self.title)
        self.text.setVisible(current)
        self.button.setVisible(current and bool(self.step.button))
