"""Layers: an eye and an opacity for everything that is drawn on a section."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from seisgui.gui.icons import icon
from seisgui.gui.panels.widths import PanelArea
from seisgui.gui.state import Layer, WorkbenchState
from seisgui.gui.theme import Theme


class LayersPanel(PanelArea):
    """One row a layer, the topmost first; slider and eye change the layer at once in all panes."""

    help_requested = Signal(str)

    def __init__(self, state: WorkbenchState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.layers")
        body = QWidget()
        outer = QVBoxLayout(body)
        outer.setContentsMargins(6, 6, 6, 6)
        grid = QGridLayout()
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(2, 1)
        outer.addLayout(grid)
        outer.addStretch(1)
        self.rows = [LayerRow(layer, theme, grid, place) for place, layer in enumerate(reversed(state.layers))]
        self.setWidget(body)


class LayerRow(QWidget):
    """Eye, title, opacity and its figure, laid into the panel's grid."""

    def __init__(self, layer: Layer, theme: Theme, grid: QGridLayout, place: int) -> None:
        super().__init__()
        self.setParent(grid.parentWidget())
        self.layer = layer
        self._theme = theme
        self.eye = QToolButton()
        self.eye.setObjectName(f"layer.{layer.name}.visible")
        self.eye.setCheckable(True)
        self.eye.setAutoRaise(True)
        self.eye.setProperty("role", "eye")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"layer.{layer.name}.opacity")
        self.slider.setRange(0, 100)
        self.slider.setMinimumWidth(50)
        self.slider.setToolTip(f"Opacity of {layer.title.lower()}")
        self.figure = QLabel()
        self.figure.setMinimumWidth(self.figure.fontMetrics().horizontalAdvance("100 %"))
        self.title = QLabel(layer.title)
        for column, widget in enumerate((self.eye, self.title, self.slider, self.figure)):
            grid.addWidget(widget, place, column)
        self.eye.toggled.connect(self._set_visible)
        self.slider.valueChanged.connect(self._set_opacity)
        layer.events.visible.connect(self._show)
        layer.events.opacity.connect(self._show)
        theme.changed.connect(self._show)
        self.hide()
        self._show()

    def _set_visible(self, visible: bool) -> None:
        self.layer.visible = visible

    def _set_opacity(self, percent: int) -> None:
        self.layer.opacity = percent / 100

    def _show(self) -> None:
        visible = self.layer.visible
        self.eye.setChecked(visible)
        self.eye.setIcon(icon("eye" if visible else "eye_off", self._theme.tones))
        self.eye.setToolTip(f"{'Hide' if visible else 'Show'} {self.layer.title.lower()}")
        percent = round(self.layer.opacity * 100)
        if self.slider.value() != percent:
            self.slider.setValue(percent)
        self.figure.setText(f"{percent} %")
        self.title.setEnabled(visible)
        self.slider.setEnabled(visible)
