"""Docks: the panels of the window and how workspaces arrange them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from seisgui.gui.actions import Actions
from seisgui.gui.commands import WORKSPACES, Workspace, command

LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
GUIDE = "panel.guide"
SHARES = {"panel.project": 27, "panel.classes": 43, "panel.explorer": 30, "panel.layers": 38, "panel.training": 62}


@dataclass(frozen=True, slots=True)
class DockLayout:
    """Where docks are, and which are shown."""

    state: QByteArray
    shown: tuple[str, ...]


class Docks:
    """The docks of a window by command id; View › Panels shows and hides them."""

    def __init__(self, window: QMainWindow, panels: Mapping[str, QWidget], actions: Actions) -> None:
        self._window, self._actions = window, actions
        self.by_id = {name: self._make(name, panel) for name, panel in panels.items()}
        self.workspace = WORKSPACES[0]
        window.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AnimatedDocks
        )
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setCorner(Qt.Corner.TopLeftCorner, LEFT)
        window.setCorner(Qt.Corner.TopRightCorner, RIGHT)

    def _make(self, name: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(command(name).title, self._window)
        dock.setObjectName(name)
        dock.setWidget(panel)
        dock.setToolTip(f"{command(name).tip} F1 tells more.")
        action = self._actions[name]
        dock.toggleViewAction().toggled.connect(action.setChecked)
        return dock

    def commands(self) -> dict[str, object]:
        handlers: dict[str, object] = {
            name: (lambda on, dock=dock: self._set_shown(dock, on)) for name, dock in self.by_id.items()
        }
        return handlers

    def _set_shown(self, dock: QDockWidget, shown: bool) -> None:
        dock.setVisible(shown)
        if shown:
            dock.raise_()

    def show(self, name: str) -> None:
        """Bring a panel to the front."""
        self._set_shown(self.by_id[name], True)

    def arrange(self, space: Workspace) -> None:
        """Put the docks of a workspace where they belong; others are hidden."""
        self.workspace = space
        self.put_away()
        for area, columns in ((LEFT, space.left), (RIGHT, space.right)):
            for group in columns:
                first = self.by_id[group[0]]
                self._window.addDockWidget(area, first)
                first.show()
                for name in group[1:]:
                    self._window.addDockWidget(area, self.by_id[name])
                    self._window.tabifyDockWidget(first, self.by_id[name])
                    self.by_id[name].show()
                first.raise_()
        if GUIDE in self.by_id:
            self._window.addDockWidget(LEFT, self.by_id[GUIDE])
            self._window.tabifyDockWidget(self.by_id[space.left[-1][0]], self.by_id[GUIDE])
            self.by_id[GUIDE].hide()
        self.fit()

    def put_away(self) -> None:
        """Take all docks out of the window."""
        for dock in self.by_id.values():
            self._window.removeDockWidget(dock)

    def layout(self) -> DockLayout:
        """Where the docks are now."""
        shown = tuple(name for name, dock in self.by_id.items() if not dock.isHidden())
        return DockLayout(self._window.saveState(), shown)

    def restore(self, space: Workspace, layout: DockLayout | None) -> bool:
        """Put the docks of a workspace where they were left; False, and where they belong, if that is not known."""
        self.workspace = space
        self.put_away()
        if layout is None or not self._window.restoreState(layout.state):
            self.arrange(space)
            return False
        for name, dock in self.by_id.items():  # those that were put away are not in the state
            if dock.isHidden() == (name in layout.shown):
                dock.setVisible(name in layout.shown)
        return True

    def show_guide(self) -> None:
        """Give the guide the lower half of the left side."""
        guide = self.by_id[GUIDE]
        guide.show()
        guide.raise_()
        docks = [self.by_id[group[0]] for group in self.workspace.left[:-1]] + [guide]
        height = self._window.height()
        self._window.resizeDocks(docks, [height * 18 // 100, height * 32 // 100, height // 2], Qt.Orientation.Vertical)

    def fit(self) -> None:
        """Sensible sizes on a laptop and on a large screen."""
        space = self.workspace
        width, height = self._window.width(), self._window.height()
        left, right = (min(max(width // 6, 210), 280), min(max(width // 5, 290), 380))
        left_docks = [self.by_id[group[0]] for group in space.left]
        right_docks = [self.by_id[group[0]] for group in space.right]
        self._window.resizeDocks(left_docks[:1] + right_docks[:1], [left, right], Qt.Orientation.Horizontal)
        for docks in (left_docks, right_docks):
            sizes = [height * SHARES.get(dock.objectName(), 30) // 100 for dock in docks]
            self._window.resizeDocks(docks, sizes, Qt.Orientation.Vertical)
