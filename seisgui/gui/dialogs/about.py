"""About: version, licence, libraries; and the text of a report."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from seisgui import __version__
from seisgui.gui.icons import plain_icon

LIBRARIES = ("PySide6-Essentials", "numpy", "scipy", "torch", "scikit-learn", "zarr", "safetensors")


class AboutDialog(QDialog):
    """Name, version, what it stands on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.about")
        self.setWindowTitle("About SeisGUI")
        picture = QLabel()
        picture.setPixmap(plain_icon("seisgui").pixmap(64, 64))
        title = QLabel(f"SeisGUI {__version__}")
        title.setProperty("role", "title")
        text = QLabel(
            "Paint a few labels on a seismic section, train a network, correct it, export the result as SEG-Y.\n\n"
            "Apache License 2.0. Nothing leaves this machine.\n\n" + "\n".join(libraries())
        )
        text.setWordWrap(True)
        body = QVBoxLayout()
        body.addWidget(title)
        body.addWidget(text)
        row = QHBoxLayout()
        row.addWidget(picture)
        row.addSpacing(14)
        row.addLayout(body, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(buttons)
        self.setMinimumWidth(440)


def libraries() -> list[str]:
    """'numpy 2.1.0' and so on, of those installed; read from metadata, nothing is imported."""
    lines = [f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return lines


def report(messages: list[str], device: str) -> str:
    """Version, system and the last messages, with the names of the user's folders masked."""
    home = re.escape(str(Path.home()))
    lines = [f"SeisGUI {__version__} on {platform.platform()}", *libraries(), f"Device: {device or 'not started'}", ""]
    text = "\n".join([*lines, "Last messages:", *(messages or ["none"])])
    text = re.sub(home + r"(?=[/\\]|$)", "~", text)
    return re.sub(r"(?:[A-Za-z]:)?(?:[/\\][^/\\\s:'\"]+)+[/\\](?=[^/\\\s])", ".../", text)
