"""Traces: how gathers and records are drawn. Display only; networks and picks never see it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QWidget,
)

from seisgui.gui.gather_state import GatherDisplay
from seisgui.gui.icons import swatch
from seisgui.gui.panels.widths import PanelArea
from seisgui.seismic.amplitude import RULES

DRAWN = (
    ("auto", "Traces where there is room"),
    ("wiggle", "Wiggle, filled"),
    ("lines", "Wiggle"),
    ("density", "Variable density"),
    ("both", "Density and wiggle"),
)
SPACINGS = (("trace", "Even steps"), ("offset", "Offset"))
NORMALISATIONS = (("trace", "Each trace by itself"), ("gather", "All alike"))
GAIN_DB = 40


class TracesPanel(PanelArea):
    """Drawing, normalisation, clip, gain, AGC, bandpass and colours of picks."""

    def __init__(self, display: GatherDisplay, colour_maps: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.traces")
        self._display = display
        body = QWidget()
        form = QFormLayout(body)
        form.setContentsMargins(8, 8, 8, 8)
        self.drawn = self._choice("drawn", DRAWN)
        self.spacing = self._choice("spacing", SPACINGS)
        self.normalise = self._choice("normalise", NORMALISATIONS)
        self.clip = self._choice(
            "clip_rule", [(rule, "Maximum" if rule == "max" else f"{rule[1:]} % of samples") for rule in RULES]
        )
        self.colour_map = self._choice(
            "colour_map", [(name, name.replace("-", ", ").capitalize()) for name in colour_maps]
        )
        self.agc = self._figure("agc_ms", 60_000, 50, " ms", 0)
        self.low, self.high = self._figure("low_hz", 20_000, 1, " Hz", 2), self._figure("high_hz", 20_000, 1, " Hz", 2)
        self.low.setToolTip("Lower corner of the bandpass; off leaves it open")
        self.high.setToolTip("Upper corner of the bandpass; off leaves it open")
        self.agc.setToolTip("Window of the automatic gain control; display only")
        self.probabilities = QCheckBox("Probabilities under the traces")
        self.probabilities.toggled.connect(lambda on: self._set("probabilities", on))
        form.addRow("Drawn as", self.drawn)
        form.addRow("Spacing", self.spacing)
        form.addRow("Scale", self.normalise)
        form.addRow("Clip", self.clip)
        form.addRow("Gain", self._gain_row())
        form.addRow("AGC window", self.agc)
        form.addRow("Bandpass from", self.low)
        form.addRow("to", self.high)
        self.note = QLabel("Zero phase, shown only: data and picks stay as they are.")
        self.note.setProperty("role", "faint")
        self.note.setWordWrap(True)
        form.addRow(self.note)
        form.addRow("Colours", self.colour_map)
        form.addRow("Picks", self._colours())
        form.addRow("", self.probabilities)
        self.setWidget(body)
        self._connect_events()
        self._show()

    def _choice(self, name: str, entries: object) -> QComboBox:
        box = QComboBox(objectName=f"traces.{name}")
        for value, title in entries:
            box.addItem(title, value)
        box.currentIndexChanged.connect(lambda: self._set(name, box.currentData()))
        return box

    def _figure(self, name: str, most: float, step: float, suffix: str, decimals: int) -> QDoubleSpinBox:
        box = QDoubleSpinBox(objectName=f"traces.{name}")
        box.setRange(0, most)
        box.setDecimals(decimals)
        box.setSingleStep(step)
        box.setSpecialValueText("off")
        box.setSuffix(suffix)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value: self._set(name, value))
        return box

    def _gain_row(self) -> QHBoxLayout:
        self.gain, self.gain_figure = QSlider(Qt.Orientation.Horizontal, objectName="traces.gain"), QLabel()
        self.gain.setRange(-GAIN_DB, GAIN_DB)
        self.gain_figure.setMinimumWidth(self.gain_figure.fontMetrics().horizontalAdvance("+40 dB"))
        self.gain.valueChanged.connect(lambda value: self._set("gain_db", float(value)))
        row = QHBoxLayout()
        row.addWidget(self.gain, 1)
        row.addWidget(self.gain_figure)
        return row

    def _colours(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.colours = {}
        for phase, name in (("P", "p_colour"), ("S", "s_colour")):
            button = QPushButton(phase, objectName=f"traces.{name}")
            button.setToolTip(f"Colour of {phase} picks; conventions differ")
            button.clicked.connect(lambda _=False, name=name, phase=phase: self._ask_colour(name, phase))
            self.colours[name] = button
            row.addWidget(button)
        return row

    def _ask_colour(self, name: str, phase: str) -> None:
        chosen = QColorDialog.getColor(QColor(getattr(self._display, name)), self, f"Colour of {phase} picks")
        if chosen.isValid():
            setattr(self._display, name, chosen.name())

    def _connect_events(self) -> None:
        self._display.events.connect(self._show)

    def _set(self, name: str, value: object) -> None:
        if getattr(self._display, name) != value:
            setattr(self._display, name, value)

    def _show(self, *_: object) -> None:
        display = self._display
        for box, value in (
            (self.drawn, display.drawn),
            (self.spacing, display.spacing),
            (self.normalise, display.normalise),
            (self.clip, display.clip_rule),
            (self.colour_map, display.colour_map),
        ):
            index = box.findData(value)
            if index >= 0 and index != box.currentIndex():
                box.setCurrentIndex(index)
        for figure, value in ((self.agc, display.agc_ms), (self.low, display.low_hz), (self.high, display.high_hz)):
            figure.setValue(value)
        self.gain.setValue(round(display.gain_db))
        self.gain_figure.setText(f"{display.gain_db:+.0f} dB")
        self.probabilities.setChecked(display.probabilities)
        for name, button in self.colours.items():
            button.setIcon(swatch(getattr(display, name)))
