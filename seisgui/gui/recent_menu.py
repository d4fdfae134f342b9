"""File › Recent projects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from seisgui.gui import places


def add_recent_menu(menu: QMenu, before: QAction, open_path: Callable[[Path], None]) -> QMenu:
    """A submenu of projects opened lately, filled when it is opened."""
    recent = QMenu("Recent projects", menu)
    menu.insertMenu(before, recent)

    def fill() -> None:
        recent.clear()
        for path in places.recent():
            entry = recent.addAction(f"{path.stem} — {path.parent}")
            entry.triggered.connect(lambda _=False, path=path: open_path(path))
        if recent.isEmpty():
            recent.addAction("None yet").setEnabled(False)

    recent.aboutToShow.connect(fill)
    return recent
