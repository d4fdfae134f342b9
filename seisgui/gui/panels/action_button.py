"""A push button that does, shows and follows an action."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton


class ActionButton(QPushButton):
    """As wide as its text; ``main`` is the one that stands out."""

    def __init__(self, action: QAction, *, main: bool = False) -> None:
        super().__init__()
        self._action = action
        self.setObjectName(f"button.{action.objectName()}")
        if main:
            self.setProperty("role", "primary")
        self.setCheckable(action.isCheckable())
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def minimumSizeHint(self) -> QSize:
        """As narrow as the text: four of them stand in a narrow dock."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 12, super().minimumSizeHint().height())

    def _follow(self) -> None:
        self.setText(self._action.iconText())
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.setChecked(self._action.isChecked())
