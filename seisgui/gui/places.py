"""Where the window keeps what is not in a project: preferences, the projects it makes itself, recent files."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from PySide6.QtCore import QSettings


def data_folder() -> Path:
    """Projects that the program makes unasked go here where the survey's own folder is read-only."""
    named = os.environ.get("SEISGUI_DATA")
    return Path(named) if named else Path(platformdirs.user_data_dir("seisgui", appauthor=False))


def settings() -> QSettings:
    """Preferences as an ini file in the user's configuration folder."""
    named = os.environ.get("SEISGUI_CONFIG")
    folder = Path(named) if named else Path(platformdirs.user_config_dir("seisgui", appauthor=False))
    return QSettings(str(folder / "seisgui.ini"), QSettings.Format.IniFormat)


RECENT_LIMIT = 10


def recent() -> list[Path]:
    """Projects opened lately that still exist, the latest first."""
    stored = settings().value("recent", [])
    names = [stored] if isinstance(stored, str) else list(stored or [])
    return [Path(name) for name in names if name and Path(name).exists()]


def remember(path: Path) -> None:
    """Put a project at the head of the recent ones."""
    others = [str(other) for other in recent() if other != path]
    store = settings()
    store.setValue("recent", [str(path), *others][:RECENT_LIMIT])
    store.sync()
