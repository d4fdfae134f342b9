"""Where the program keeps what it can make again: SEISGUI_CACHE, or the system's place for caches."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The user's cache folder of the program (not created here)."""
    chosen = os.environ.get("SEISGUI_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("seisgui", appauthor=False))
