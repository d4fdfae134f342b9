"""QActions, menus and keys made from the command table."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from seisgui.gui.commands import COMMANDS, MENUS, Command
from seisgui.gui.icons import icon
from seisgui.gui.theme import Tones

logger = logging.getLogger(__name__)


class Actions(QObject):
    """All actions of a window by command id."""

    done = Signal(str)  # command id, after it ran

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self._handlers: dict[str, Callable[..., object]] = {}
        self.submenus: dict[str, QMenu] = {}
        self.by_id = {entry.id: self._make(entry) for entry in COMMANDS}

    def __getitem__(self, command_id: str) -> QAction:
        return self.by_id[command_id]

    def _make(self, entry: Command) -> QAction:
        action = QAction(entry.title, self._window)
        action.setObjectName(entry.id)
        action.setShortcuts([QKeySequence(key) for key in entry.shortcut])
        action.setCheckable(entry.checkable)
        keys = f" ({entry.keys})" if entry.keys else ""
        action.setToolTip(f"{entry.title.rstrip('…')}{keys}: {entry.tip}")
        action.setStatusTip(entry.tip)
        action.setIconText(entry.short or entry.title.rstrip("…"))
        if entry.group:
            self._group(entry.group).addAction(action)
        if entry.in_views:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        else:
            self._window.addAction(action)
        action.triggered.connect(lambda checked=False, name=entry.id: self._run(name, checked))
        return action

    def _group(self, name: str) -> QActionGroup:
        if name not in self._groups:
            self._groups[name] = QActionGroup(self._window)
        return self._groups[name]

    def bind(self, handlers: Mapping[str, Callable[..., object]]) -> None:
        """Say what commands do; checkable ones get the new state as argument."""
        unknown = set(handlers) - set(self.by_id)
        if unknown:
            raise KeyError(f"not in the command table: {sorted(unknown)}")
        self._handlers.update(handlers)

    def unbound(self) -> list[str]:
        """Commands that nobody carries out; a test demands that there are none."""
        return sorted(set(self.by_id) - set(self._handlers))

    def _run(self, name: str, checked: bool) -> None:
        handler = self._handlers.get(name)
        if handler is None:
            logger.error("the command %s has no handler", name)
            return
        action = self.by_id[name]
        handler(checked) if action.isCheckable() and action.actionGroup() is None else handler()
        self.done.emit(name)

    def set_checked(self, command_id: str, checked: bool) -> None:
        """Show a state without carrying the command out."""
        self.by_id[command_id].setChecked(checked)

    def refresh(self, at_hand: set[str], workspace: str) -> None:
        """Enable what can be done with what is at hand, in this workspace."""
        for entry in COMMANDS:
            fits = entry.workspace in ("", workspace)
            self.by_id[entry.id].setVisible(fits)
            self.by_id[entry.id].setEnabled(fits and (not entry.needs or entry.needs in at_hand))
        for menu in self.submenus.values():
            menu.menuAction().setVisible(any(action.isVisible() for action in menu.actions()))

    def colour(self, tones: Tones) -> None:
        """Draw the icons in the colours of a theme."""
        for entry in COMMANDS:
            if entry.icon:
                self.by_id[entry.id].setIcon(icon(entry.icon, tones))

    def fill_menus(self) -> None:
        """Build the menu bar."""
        bar = self._window.menuBar()
        menus = {name: bar.addMenu(f"&{name}") for name in MENUS}
        for name, menu in menus.items():
            menu.setObjectName(f"menu.{name.lower()}")
            menu.setToolTipsVisible(True)
        for entry in COMMANDS:
            top, _, rest = entry.menu.partition("/")
            menu = menus[top]
            if rest:
                menu = self._submenu(menu, entry.menu, rest)
            if entry.rule:
                menu.addSeparator()
            menu.addAction(self.by_id[entry.id])

    def _submenu(self, menu: QMenu, path: str, title: str) -> QMenu:
        if path not in self.submenus:
            self.submenus[path] = menu.addMenu(title)
            self.submenus[path].setToolTipsVisible(True)
        return self.submenus[path]
