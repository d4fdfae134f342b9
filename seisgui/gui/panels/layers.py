"""Layers: an eye and an opacity for everything that is drawn on a section."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from seisgui.gui.icons import icon
from seisgui.gui.panels.widths import PanelArea
from seisgui.gui.state import Layer, WorkbenchState
from seisgui.gui.theme import Theme

ROW = 20  # pixels: nine layers fit into the dock of a laptop


class LayersPanel(PanelArea):
    """One row a layer, the topmost first; slider and eye change the layer at once in all panes."""

    help_requested = Signal(str)
    chosen = Signal(str, object)  # name of a layer, and what it is to show

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
        for row in self.rows:
            row.chosen.connect(self.chosen)
        self.setWidget(body)

    def offer(self, name: str, choices: list[tuple[str, object]], current: object) -> None:
        """What a layer can show, as (title, value)."""
        self._row(name).offer(choices, current)

    def show_choice(self, name: str, current: object) -> None:
        """What a layer shows now."""
        self._row(name).show_choice(current)

    def _row(self, name: str) -> LayerRow:
        return next(row for row in self.rows if row.layer.name == name)


class LayerRow(QWidget):
    """Eye, title, opacity and its figure, laid into the panel's grid; a title may have a choice below it."""

    chosen = Signal(str, object)

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
        self.eye.setFixedHeight(ROW)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"layer.{layer.name}.opacity")
        self.slider.setRange(0, 100)
        self.slider.setMinimumWidth(50)
        self.slider.setToolTip(f"Opacity of {layer.title.lower()}")
        self.figure = QLabel()
        self.figure.setMinimumWidth(self.figure.fontMetrics().horizontalAdvance("100 %"))
        self.title = QLabel(layer.title)
        self.choice = QComboBox()
        self.choice.setObjectName(f"layer.{layer.name}.choice")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(6)
        self.choice.setAccessibleName(layer.title)
        self.choice.setVisible(False)
        for column, widget in enumerate((self.eye, self.title, self.slider, self.figure)):
            grid.addWidget(widget, 2 * place, column)
        grid.addWidget(self.choice, 2 * place + 1, 1, 1, 3)
        self.choice.activated.connect(lambda _: self.chosen.emit(layer.name, self.choice.currentData()))
        self.eye.toggled.connect(self._set_visible)
        self.slider.valueChanged.connect(self._set_opacity)
        layer.events.visible.connect(self._show)
        layer.events.opacity.connect(self._show)
        theme.changed.connect(self._show)
        self.hide()
        self._show()

    def offer(self, choices: list[tuple[str, object]], current: object) -> None:
        """Let one of these be chosen, as (title, value), while the layer is shown."""
        self.choice.clear()
        for title, value in choices:
            self.choice.addItem(title, value)
        self.show_choice(current)
        self._show()

    def show_choice(self, current: object) -> None:
        index = self.choice.findData(current)
        if index >= 0:
            self.choice.setCurrentIndex(index)

    def _set_visible(self, visible: bool) -> None:
        self.layer.visible = visible

    def _set_opacity(self, percent: int) -> None:
        self.layer.opacity = percent / 100

    def _show(self) -> None:
        visible = self.layer.visible
        self.choice.setVisible(visible and self.choice.count() > 0)
        self.eye.setChecked(visible)
        self.eye.setIcon(icon("eye" if visible else "eye_off", self._theme.tones))
        self.eye.setToolTip(f"{'Hide' if visible else 'Show'} {self.layer.title.lower()}")
        percent = round(self.layer.opacity * 100)
        if self.slider.value() != percent:
            self.slider.setValue(percent)
        self.figure.setText(f"{percent} %")
        self.title.setEnabled(visible)
        self.slider.setEnabled(visible)
