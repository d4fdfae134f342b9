"""Picks: the phase in hand, how clicks set it, what has been picked, and what a run proposes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.panels.action_button import ActionButton
from seisgui.gui.pick_book import Picking

NEW = "New pick set…"


class PicksPanel(QWidget):
    """Shows what it is told; the flow listens."""

    pick_set_chosen = Signal(str)
    new_pick_set = Signal()
    run_chosen = Signal(str)
    accept_above = Signal(float)

    def __init__(self, picking: Picking | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.picks")
        self.picking = picking or Picking()
        self.pick_set = QComboBox(objectName="picks.set")
        self.pick_set.setToolTip("Whose picks are shown and changed")
        self.phrase = QLabel(objectName="picks.phrase")
        self.selected = QLabel(objectName="picks.selected")
        self.counts = QLabel(objectName="picks.counts")
        for label in (self.phrase, self.selected, self.counts):
            label.setWordWrap(True)
        self.phrase.setProperty("role", "faint")
        self.one_each = QCheckBox("One of a phase on each record", objectName="picks.one_each")
        self.one_each.setToolTip("A click where the phase is picked already moves that pick")
        self.go_on = QCheckBox("After A or X go to the next", objectName="picks.go_on")
        self.go_on.setToolTip("Review with one key a proposal, the least certain first")
        self.run = QComboBox(objectName="picks.run")
        self.run.setToolTip("The run whose picks are proposed")
        self.waiting = QLabel(objectName="picks.waiting")
        self.waiting.setWordWrap(True)
        self.threshold = QDoubleSpinBox(objectName="picks.threshold", minimum=0.0, maximum=1.0, value=0.9)
        self.threshold.setSingleStep(0.05)
        self.accept_all = QPushButton("Accept all from", objectName="picks.accept_all")
        self.accept_all.setToolTip("Accept every proposal of at least this probability; one undo takes them back")
        self._files = QHBoxLayout()
        self._build()
        self._connect()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.addWidget(QLabel("Picks of"), 0, 0)
        grid.addWidget(self.pick_set, 0, 1)
        grid.addWidget(QLabel("Proposals"), 1, 0)
        grid.addWidget(self.run, 1, 1)
        grid.setColumnStretch(1, 1)
        all_row = QHBoxLayout()
        all_row.addWidget(self.accept_all, 1)
        all_row.addWidget(self.threshold)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.phrase)
        layout.addWidget(self.selected)
        layout.addWidget(self.one_each)
        layout.addLayout(grid)
        layout.addWidget(self.waiting)
        layout.addWidget(self.go_on)
        layout.addLayout(all_row)
        layout.addWidget(self.counts)
        layout.addLayout(self._files)
        layout.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _connect(self) -> None:
        picking = self.picking
        self.one_each.setChecked(picking.one_each)
        self.go_on.setChecked(picking.go_on)
        self.one_each.toggled.connect(lambda on: setattr(picking, "one_each", on))
        self.go_on.toggled.connect(lambda on: setattr(picking, "go_on", on))
        picking.events.one_each.connect(self._show_one_each)
        self.pick_set.activated.connect(self._pick_set_activated)
        self.run.activated.connect(lambda: self.run_chosen.emit(self.run.currentData() or ""))
        self.accept_all.clicked.connect(lambda: self.accept_above.emit(self.threshold.value()))

    def add_actions(self, actions: list[QAction]) -> None:
        """Buttons for these actions."""
        for action in actions:
            self._files.addWidget(ActionButton(action))

    def _show_one_each(self, on: bool) -> None:
        self.one_each.setChecked(on)

    def _pick_set_activated(self) -> None:
        chosen = self.pick_set.currentData()
        if chosen is None:
            self.new_pick_set.emit()
        else:
            self.pick_set_chosen.emit(chosen)

    def fill_sets(self, sets: Sequence[tuple[str, str]], current: str) -> None:
        """Pick sets (id, name) to choose from."""
        with QSignalBlocker(self.pick_set):
            self.pick_set.clear()
            for key, name in sets:
                self.pick_set.addItem(name, key)
            self.pick_set.insertSeparator(self.pick_set.count())
            self.pick_set.addItem(NEW, None)
            self.pick_set.setCurrentIndex(max(self.pick_set.findData(current), 0))
        self.pick_set.setEnabled(bool(sets))

    def fill_runs(self, runs: Sequence[tuple[str, str]], current: str) -> None:
        """Runs (id, title) that have picked here, to choose from."""
        with QSignalBlocker(self.run):
            self.run.clear()
            self.run.addItem("none", "")
            for key, title in runs:
                self.run.addItem(title, key)
            self.run.setCurrentIndex(max(self.run.findData(current), 0))
        self.run.setEnabled(bool(runs))

    def show_counts(self, phases: dict[str, int], provenances: dict[str, int], waiting: int, run: bool) -> None:
        """What is picked, and how much waits."""
        total = sum(phases.values())
        by_phase = ", ".join(f"{count:,} {phase}" for phase, count in sorted(phases.items()))
        by_source = ", ".join(f"{count:,} {name}" for name, count in sorted(provenances.items()))
        self.counts.setText(f"{total:,} picks: {by_phase}<br>{by_source}" if total else by_source or "No picks yet.")
        self.counts.setTextFormat(Qt.TextFormat.RichText)
        nothing = "Every proposal is decided." if run else "No run has picked here yet."
        self.waiting.setText(f"{waiting:,} proposals wait; A accepts, X rejects, N goes on." if waiting else nothing)
        self.accept_all.setEnabled(waiting > 0)

    def say(self, phrase: str) -> None:
        """The next step."""
        self.phrase.setText(phrase)

    def show_selected(self, text: str) -> None:
        """What the hand holds."""
        self.selected.setText(text)
        self.selected.setVisible(bool(text))
