"""Display: how amplitudes become colours, the same in all panes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QWidget,
)

from seisgui.gui.panels.widths import PanelArea
from seisgui.gui.state import Display
from seisgui.seismic.amplitude import RULES

MODES = (("density", "Variable density"), ("wiggle", "Wiggle"), ("both", "Density and wiggle"))
GAIN_DB = 30


class DisplayPanel(PanelArea):
    """Colour map, clip, gain, AGC and mode of the section views."""

    def __init__(self, display: Display, colour_maps: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.display")
        self._display = display
        body = QWidget()
        form = QFormLayout(body)
        form.setContentsMargins(8, 8, 8, 8)
        self.colour_map = self._choice([(name, name.replace("-", ", ").capitalize()) for name in colour_maps])
        self.clip = self._choice([(rule, _clip_title(rule)) for rule in RULES])
        self.mode = self._choice(MODES)
        self.gain, self.gain_figure = QSlider(Qt.Orientation.Horizontal), QLabel()
        self.gain.setRange(-2 * GAIN_DB, 2 * GAIN_DB)  # half decibels
        self.gain_figure.setMinimumWidth(self.gain_figure.fontMetrics().horizontalAdvance("+30.0 dB"))
        gain_row = QHBoxLayout()
        gain_row.addWidget(self.gain, 1)
        gain_row.addWidget(self.gain_figure)
        self.agc = QDoubleSpinBox()
        self.agc.setRange(0, 5000)
        self.agc.setSingleStep(50)
        self.agc.setDecimals(0)
        self.agc.setSpecialValueText("off")
        self.agc.setToolTip("Window of the automatic gain control; display only, networks never see it")
        self.flip = QCheckBox("Mirror left to right")
        form.addRow("Colours", self.colour_map)
        form.addRow("Clip", self.clip)
        form.addRow("Drawn as", self.mode)
        form.addRow("Gain", gain_row)
        form.addRow("AGC window", self.agc)
        form.addRow("", self.flip)
        self.setWidget(body)
        self._connect()
        self._show()

    def _choice(self, entries: object) -> QComboBox:
        box = QComboBox()
        for value, title in entries:
            box.addItem(title, value)
        return box

    def _connect(self) -> None:
        display = self._display
        self.colour_map.currentIndexChanged.connect(lambda: self._set("colour_map", self.colour_map.currentData()))
        self.clip.currentIndexChanged.connect(lambda: self._set("clip_rule", self.clip.currentData()))
        self.mode.currentIndexChanged.connect(lambda: self._set("mode", self.mode.currentData()))
        self.gain.valueChanged.connect(lambda value: self._set("gain_db", value / 2))
        self.agc.valueChanged.connect(lambda value: self._set("agc_ms", value))
        self.flip.toggled.connect(lambda on: self._set("flip", on))
        for name in ("colour_map", "clip_rule", "mode", "gain_db", "agc_ms", "flip"):
            getattr(display.events, name).connect(self._show)

    def _set(self, name: str, value: object) -> None:
        if getattr(self._display, name) != value:
            setattr(self._display, name, value)

    def _show(self) -> None:
        display = self._display
        for box, value in (
            (self.colour_map, display.colour_map),
            (self.clip, display.clip_rule),
            (self.mode, display.mode),
        ):
            index = box.findData(value)
            if index >= 0 and index != box.currentIndex():
                box.setCurrentIndex(index)
        self.gain.setValue(round(display.gain_db * 2))
        self.gain_figure.setText(f"{display.gain_db:+.1f} dB")
        self.agc.setValue(display.agc_ms)
        self.flip.setChecked(display.flip)

    def set_unit(self, unit: str) -> None:
        """Name the unit of the vertical axis beside the AGC window."""
        self.agc.setSuffix(f" {unit}")


def _clip_title(rule: str) -> str:
    return "Maximum" if rule == "max" else f"{rule[1:]} % of samples"
