"""Files that ship with the program: icons, palettes, sample recipes."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def resource_folder() -> Path:
    """The resources beside the installed package, or those of the source tree."""
    installed = Path(__file__).parent / "_resources"
    return installed if installed.is_dir() else Path(__file__).parents[1] / "resources"


def resource(name: str) -> Path:
    """Path of one resource file; raises ``FileNotFoundError`` where the installation lacks it."""
    path = resource_folder() / name
    if not path.exists():
        raise FileNotFoundError(f"resource {name} is missing from {resource_folder()}")
    return path
