"""Command palette (Ctrl+K): any command by a few letters."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.actions import Actions
from seisgui.gui.commands import COMMANDS, search

ROLE = Qt.ItemDataRole.UserRole
WIDTH, HEIGHT = 560, 380
STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}


class Palette(QFrame):
    """A line to type in and the commands that fit; Enter runs the chosen one, Esc closes."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.hide()
        self._actions = actions
        self._before: QWidget | None = None
        self.line = QLineEdit()
        self.line.setObjectName("palette.line")
        self.line.setPlaceholderText("Type a few letters of what you want to do")
        self.line.setClearButtonEnabled(True)
        self.list = QTreeWidget()
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(3)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.line)
        layout.addWidget(self.list)
        self.line.textChanged.connect(self._search)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(lambda _: self.run())

    def open(self) -> None:
        """Show over the upper middle of the window with an empty line."""
        window = self.parentWidget()
        width = min(WIDTH, window.width() - 40)
        self.setGeometry((window.width() - width) // 2, 70, width, min(HEIGHT, window.height() - 120))
        self.line.clear()
        self._search("")
        self.show()
        self.raise_()
        self._before = QApplication.focusWidget()
        self.line.setFocus()

    def chosen(self) -> str | None:
        """Id of the command that Enter would run."""
        item = self.list.currentItem()
        return None if item is None else item.data(0, ROLE)

    def run(self) -> None:
        """Close and do the chosen command, if it can be done now."""
        name = self.chosen()
        if name is not None and self._actions[name].isEnabled():
            self.close()
            self._actions[name].trigger()

    def _search(self, text: str) -> None:
        self.list.clear()
        hits = search(text, (entry for entry in COMMANDS if entry.id != "palette.open"))
        if not text.strip():
            hits.sort(key=lambda entry: not self._actions[entry.id].isEnabled())
        for entry in hits:
            action = self._actions[entry.id]
            item = QTreeWidgetItem([action.text().rstrip("…"), entry.menu.replace("/", " › "), entry.keys])
            item.setData(0, ROLE, entry.id)
            item.setToolTip(0, entry.tip)
            item.setDisabled(not action.isEnabled())
            item.setIcon(0, action.icon())
            self.list.addTopLevelItem(item)
        self.list.setCurrentItem(self.list.topLevelItem(0))

    def close(self) -> bool:
        """Hide, and give the keyboard back."""
        closed = super().close()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
        self._before = None
        return closed

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in STEPS:
                self._step(STEPS[event.key()])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.run()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        if event.type() == QEvent.Type.FocusOut and self.isVisible() and self.isActiveWindow():
            self.hide()
        return super().eventFilter(watched, event)

    def _step(self, by: int) -> None:
        count = self.list.topLevelItemCount()
        if count:
            place = self.list.indexOfTopLevelItem(self.list.currentItem())
            self.list.setCurrentItem(self.list.topLevelItem(min(max(place + by, 0), count - 1)))
