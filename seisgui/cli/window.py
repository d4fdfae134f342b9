"""`seisgui open`: the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seisgui.cli.qt import require_qt
from seisgui.errors import InputError


def open_window(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PROJECT | FILE...]", help="A project folder, or SEG-Y files.")
    ] = None,
) -> None:
    """Open the window, on a project or on files."""
    for path in paths or []:
        if not path.exists():
            raise InputError(f"{path} does not exist.", "Name a project folder (NAME.seisproj) or SEG-Y files.")
    require_qt(display=True)
    from seisgui.gui import app

    raise typer.Exit(app.main(list(paths or [])) or 0)
