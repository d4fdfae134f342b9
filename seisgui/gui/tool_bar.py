"""Toolbar: tools with their names, brush size, class, undo and redo, training, overlay opacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolBar,
    QWidget,
    QWidgetAction,
)

from seisgui.gui.actions import Actions
from seisgui.gui.commands import TOOLBAR, command
from seisgui.gui.icons import swatch
from seisgui.gui.state import WorkbenchState

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesClass

LARGEST_BRUSH = 301
PAINTING = "facies"  # the workspace of brush, class and overlay


class MainToolBar(QToolBar):
    """The one toolbar of the window."""

    class_chosen = Signal(int)

    def __init__(self, actions: Actions, state: WorkbenchState, parent: QWidget | None = None) -> None:
        super().__init__("Tools", parent)
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setIconSize(QSize(18, 18))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._state = state
        self.size = BrushSize(state)
        self.classes = QComboBox()
        self.classes.setObjectName("toolbar.class")
        self.classes.setToolTip("Class to paint with (keys 1–9)")
        self.classes.setMinimumContentsLength(10)
        self.classes.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.classes.currentIndexChanged.connect(self._class_chosen)
        self.overlay = OverlaySlider(state)
        own = {"brush size": self.size, "class": _titled("Class", self.classes), "overlay": self.overlay}
        self._groups: list[tuple[QAction, list[tuple[str, QAction]]]] = []  # each behind its separator
        for group in TOOLBAR:
            separator = self.addSeparator()
            entries = []
            for name in group:
                if name in own:
                    entries.append((PAINTING, self.addWidget(own[name])))
                else:
                    self.addAction(actions[name])
                    entries.append((command(name).workspace, actions[name]))
            self._groups.append((separator, entries))
        self.show_workspace(PAINTING)

    def show_workspace(self, workspace: str) -> None:
        """Show what belongs to a workspace; actions hide themselves."""
        first = True
        for separator, entries in self._groups:
            for space, action in entries:
                if isinstance(action, QWidgetAction):
                    action.setVisible(space == workspace)
            any_shown = any(space in ("", workspace) for space, _ in entries)
            separator.setVisible(any_shown and not first)
            first = first and not any_shown

    def fill_classes(self, classes: list[FaciesClass], active: int) -> None:
        """Offer these classes."""
        self.classes.blockSignals(True)
        self.classes.clear()
        for place, entry in enumerate(classes):
            key = f"{place + 1}  " if place < 9 else ""
            self.classes.addItem(swatch(entry.colour), f"{key}{entry.name}", entry.id)
        self.classes.blockSignals(False)
        self.show_class(active)

    def show_class(self, class_id: int) -> None:
        index = self.classes.findData(class_id)
        if index >= 0 and index != self.classes.currentIndex():
            self.classes.blockSignals(True)
            self.classes.setCurrentIndex(index)
            self.classes.blockSignals(False)

    def _class_chosen(self, index: int) -> None:
        if index >= 0:
            self.class_chosen.emit(self.classes.itemData(index))


class BrushSize(QWidget):
    """Brush size in traces x samples."""

    def __init__(self, state: WorkbenchState) -> None:
        super().__init__()
        self._brush = state.brush
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(3)
        self.traces, self.samples = QSpinBox(), QSpinBox()
        for box, name, tip in (
            (self.traces, "traces", "Brush width in traces ([ and ])"),
            (self.samples, "samples", "Brush height in samples ([ and ])"),
        ):
            box.setObjectName(f"toolbar.{name}")
            box.setRange(1, LARGEST_BRUSH)
            box.setToolTip(tip)
            box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            box.setAlignment(Qt.AlignmentFlag.AlignCenter)
            box.setFixedWidth(box.fontMetrics().horizontalAdvance("0000") + 14)
        row.addWidget(QLabel("Size"))
        row.addWidget(self.traces)
        row.addWidget(QLabel("×"))
        row.addWidget(self.samples)
        self.traces.valueChanged.connect(self._set_traces)
        self.samples.valueChanged.connect(self._set_samples)
        self._brush.events.traces.connect(self._show)
        self._brush.events.samples.connect(self._show)
        self._show()

    def _set_traces(self, value: int) -> None:
        self._brush.traces = value

    def _set_samples(self, value: int) -> None:
        self._brush.samples = value

    def _show(self) -> None:
        self.traces.setValue(self._brush.traces)
        self.samples.setValue(self._brush.samples)


class OverlaySlider(QWidget):
    """Opacity of the predicted classes."""

    def __init__(self, state: WorkbenchState) -> None:
        super().__init__()
        self._layer = state.layer("prediction")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("toolbar.overlay")
        self.slider.setRange(0, 100)
        self.slider.setFixedWidth(90)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.slider.setToolTip("Opacity of the predicted classes")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.addWidget(QLabel("Overlay"))
        row.addWidget(self.slider)
        self.slider.valueChanged.connect(self._set)
        self._layer.events.opacity.connect(self._show)
        self._show()

    def _set(self, percent: int) -> None:
        self._layer.opacity = percent / 100

    def _show(self) -> None:
        percent = round(self._layer.opacity * 100)
        if percent != self.slider.value():
            self.slider.setValue(percent)


def _titled(title: str, widget: QWidget) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(4, 0, 4, 0)
    row.addWidget(QLabel(title))
    row.addWidget(widget)
    return box
