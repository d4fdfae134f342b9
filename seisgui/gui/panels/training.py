"""Training: network, where it starts from, what is frozen, held-out areas, curves; says what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from seisgui.catalogue import NetworkInfo
from seisgui.gui.panels.action_button import ActionButton
from seisgui.gui.panels.curves import LearningCurves
from seisgui.gui.panels.disclosure import Disclosure
from seisgui.gui.panels.freeze_tree import FreezeBox
from seisgui.gui.panels.training_start import StartBox
from seisgui.gui.panels.widths import PanelArea
from seisgui.gui.theme import Theme
from seisgui.learning.requests import HeldOutGroup, HoldOut

ORIENTATIONS = (("As painted", None), ("Inlines", "inline"), ("Crosslines", "crossline"), ("Both", "both"))


@dataclass(frozen=True)
class TrainingChoice:
    """What the panel says; ``None`` is the default of the network, of ``freeze`` that everything learns."""

    network: str
    start_from: str
    freeze: str | None
    norms: str
    beside_scratch: bool
    position: bool
    hold_out: tuple[HoldOut | HeldOutGroup, ...]
    epochs: int | None
    seed: int
    device: str | None
    orientation: str | None
    clip_rule: str


class TrainingPanel(PanelArea):
    """The form, the buttons and the curves; ``edited`` whenever the choice changes."""

    edited = Signal()
    hold_out_requested = Signal()

    def __init__(self, theme: Theme, networks: list[NetworkInfo], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.training")
        self._networks = {info.name: info for info in networks}
        self._hold_out: tuple[HoldOut | HeldOutGroup, ...] = ()
        self._began_with = ""
        self._task, self._last = "facies", {}  # the task in hand, and the network last chosen for each
        body = QWidget()
        self._layout = QVBoxLayout(body)
        self._layout.setContentsMargins(8, 6, 8, 6)
        self._make_fields(networks)
        self._layout.addLayout(self._form())
        self._layout.addWidget(self._more())
        self._layout.addWidget(self.missing)
        self._buttons = QVBoxLayout()
        self._layout.addLayout(self._buttons)
        self._layout.addWidget(self.progress)
        self._layout.addWidget(self.phrase)
        self.curves = LearningCurves(theme)
        self._layout.addWidget(self.curves, 1)
        self.setWidget(body)
        self._connect()
        self._network_changed()
        self.show_progress(None, "")
        self.set_hold_out(())

    def _make_fields(self, networks: list[NetworkInfo]) -> None:
        self.network = QComboBox()
        self.network.setObjectName("training.network")
        self._fill_networks(networks)
        self.network.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.about = _faint_label()
        self.start, self.freezing = StartBox(), FreezeBox()
        self.beside = QCheckBox("And from scratch, to compare")
        self.beside.setObjectName("training.beside")
        self.beside.setChecked(True)
        self.position = QCheckBox("Time and line number")
        self.position.setObjectName("training.position")
        self.position.setToolTip(
            "Give the network position beside amplitudes. Interpreters use it too; the scores say what it adds."
        )
        self.hold_out = QPushButton()
        self.hold_out.setObjectName("training.hold_out")
        self.epochs, self.seed = QSpinBox(), QSpinBox()
        self.epochs.setObjectName("training.epochs")
        self.epochs.setRange(0, 10_000)
        self.epochs.setSpecialValueText("default")
        self.seed.setObjectName("training.seed")
        self.seed.setRange(0, 999_999)
        self.device, self.orientation, self.clip_rule = QComboBox(), QComboBox(), QComboBox()
        self.device.setObjectName("training.device")
        self.set_devices([])
        for title, value in ORIENTATIONS:
            self.orientation.addItem(title, value)
        for rule in ("P95", "P97", "P99", "max"):
            self.clip_rule.addItem("Maximum" if rule == "max" else f"{rule[1:]} % of samples", rule)
        self.clip_rule.setCurrentIndex(2)
        self.missing = QLabel()
        self.missing.setObjectName("training.missing")
        self.missing.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(8)
        self.phrase = _faint_label()

    def _fill_networks(self, networks: list[NetworkInfo]) -> None:
        self.network.clear()
        for info in networks:
            self.network.addItem(info.title, info.name)
            self.network.setItemData(self.network.count() - 1, info.description, Qt.ItemDataRole.ToolTipRole)

    def set_networks(self, networks: list[NetworkInfo]) -> None:
        """Offer the networks of another task; each task has its last one back."""
        self._last[self._task] = self.network.currentData()
        self._networks = {info.name: info for info in networks}
        self._task = networks[0].task if networks else ""
        self.network.blockSignals(True)
        self._fill_networks(networks)
        self.network.setCurrentIndex(max(self.network.findData(self._last.get(self._task)), 0))
        self.network.blockSignals(False)
        facies = self._task == "facies"
        self._rows.setRowVisible(self.position, facies)
        for widget in (self.orientation, self.clip_rule):
            self._more_rows.setRowVisible(widget, facies)
        self._network_changed()

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setVerticalSpacing(4)
        form.addRow("Network", self.network)
        form.addRow(self.about)
        form.addRow("Start from", self.start)
        form.addRow("Freeze", self.freezing.preset)
        form.addRow(self.freezing)
        form.addRow("Beside it", self.beside)
        form.addRow("Position", self.position)
        form.addRow("Held out", self.hold_out)
        self._rows = form
        return form

    def _more(self) -> QWidget:
        details = QWidget()
        form = QFormLayout(details)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        for title, widget in (
            ("Epochs", self.epochs),
            ("Seed", self.seed),
            ("Device", self.device),
            ("Sections", self.orientation),
            ("Clip", self.clip_rule),
        ):
            form.addRow(title, widget)
        self._more_rows = form
        box = Disclosure("More settings", details)
        self.more = box.button
        return box

    def _connect(self) -> None:
        self.network.currentIndexChanged.connect(self._network_changed)
        self.start.changed.connect(self._start_changed)
        self.freezing.changed.connect(self.edited)
        self.beside.toggled.connect(self.edited)
        for box in (self.device, self.orientation, self.clip_rule):
            box.currentIndexChanged.connect(self.edited)
        for spin in (self.epochs, self.seed):
            spin.valueChanged.connect(self.edited)
        self.position.toggled.connect(self.edited)
        self.hold_out.clicked.connect(self.hold_out_requested)

    def add_actions(self, rows: list[list[QAction]]) -> None:
        """Buttons for these actions, a row each; the first one is the main one."""
        for place, actions in enumerate(rows):
            row = QHBoxLayout()
            row.setSpacing(3)
            for number, action in enumerate(actions):
                main = place == 0 and number == 0
                row.addWidget(ActionButton(action, main=main), 2 if main else 1)
            self._buttons.addLayout(row)

    def _network_changed(self) -> None:
        info = self._networks.get(self.network.currentData())
        if info is not None:
            figures = f" {info.parameters:,} parameters." if info.parameters else ""
            self.about.setText(f"{info.description}{figures}")
            self.position.setEnabled(info.offers_position)
            self.position.setChecked(info.offers_position and info.name == "forest")
            self.epochs.setEnabled(info.uses_torch)
            self.epochs.setSpecialValueText(f"default ({info.default_epochs})")
            self.start.set_network(info)
            self.freezing.set_network(info)
            for row in (self.freezing.preset, self.freezing, self.beside):
                self._rows.setRowVisible(row, info.uses_torch)
        self.edited.emit()

    def _start_changed(self) -> None:
        transfer = self.start.transfer
        self.freezing.set_transfer(transfer)
        self.beside.setEnabled(transfer)
        card = self.start.card
        if self._began_with != self.start.start_from and card is not None and card.position is not None:
            self.position.setChecked(card.position and self.position.isEnabled())  # the layers that see it fit so
        self._began_with = self.start.start_from
        self.beside.setToolTip(
            "A second run with the same labels, split, seed and budget: it says what the weights are worth here."
            if transfer
            else "This one is from scratch itself."
        )
        self.edited.emit()

    @property
    def choice(self) -> TrainingChoice:
        """What the form says now."""
        return TrainingChoice(
            network=self.network.currentData(),
            start_from=self.start.start_from,
            freeze=self.freezing.freeze,
            norms=self.freezing.plan.frozen_norms,
            beside_scratch=self.beside.isEnabled() and self.beside.isChecked(),
            position=self.position.isChecked(),
            hold_out=self._hold_out,
            epochs=self.epochs.value() or None,
            seed=self.seed.value(),
            device=self.device.currentData(),
            orientation=self.orientation.currentData(),
            clip_rule=self.clip_rule.currentData(),
        )

    def choose_network(self, name: str) -> None:
        """Choose a network where there is one of that name."""
        place = self.network.findData(name)
        if place >= 0:
            self.network.setCurrentIndex(place)

    def set_devices(self, devices: list[tuple[str, str]]) -> None:
        """Devices to choose from, as (title, id); automatic and CPU are always there."""
        before = self.device.currentData()
        self.device.blockSignals(True)
        self.device.clear()
        for title, value in (("Automatic", None), ("CPU", "cpu"), *devices):
            self.device.addItem(title, value)
        self.device.setCurrentIndex(max(self.device.findData(before), 0))
        self.device.blockSignals(False)

    def set_hold_out(self, hold_out: tuple[HoldOut | HeldOutGroup, ...]) -> None:
        """Held-out areas; none means chosen by the program."""
        self._hold_out = hold_out
        text = "; ".join(
            f"{part.axis} {part.first}–{part.last}" if isinstance(part, HoldOut) else part.name for part in hold_out
        )
        self.hold_out.setText(f"{text or 'Automatic'}…")
        self.hold_out.setToolTip(
            "Areas whose labels only score. Training labels within 65 traces, lines or samples of them are left out."
            if self._task == "facies"
            else "Stations, shots or events whose picks only score."
        )
        self.edited.emit()

    def show_missing(self, sentences: list[str], *, blocked: bool) -> None:
        """Say before Train what is missing or doubtful."""
        self.missing.setText("\n".join(sentences))
        self.missing.setVisible(bool(sentences))
        self.missing.setProperty("role", "bad" if blocked else "warning")
        self.missing.style().unpolish(self.missing)
        self.missing.style().polish(self.missing)

    def show_progress(self, share: float | None, phrase: str) -> None:
        """Progress 0..1 of the running job, with a phrase; an empty phrase hides both."""
        self.progress.setVisible(share is not None)
        if share is not None:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(share * 1000))
        self.phrase.setVisible(bool(phrase))
        self.phrase.setText(phrase)


def _faint_label() -> QLabel:
    label = QLabel()
    label.setProperty("role", "faint")
    label.setWordWrap(True)
    return label
