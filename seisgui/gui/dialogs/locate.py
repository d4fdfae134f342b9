"""Locate missing sources: where moved SEG-Y files are now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)


@dataclass(frozen=True)
class Missing:
    """A volume whose file is not where it was."""

    volume_id: str
    name: str
    path: Path


class LocateDialog(QDialog):
    """One row a missing file; ``locate(volume_id, path)`` answers with a sentence where the file is another one."""

    def __init__(
        self, missing: Sequence[Missing], locate: Callable[[str, Path], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.locate")
        self.setWindowTitle("Locate missing sources")
        self._locate = locate
        layout = QVBoxLayout(self)
        head = QLabel(
            "These files are not where they were. Labels and runs are safe; say where the files are now."
            if missing
            else "All source files of this project are in their places."
        )
        head.setWordWrap(True)
        layout.addWidget(head)
        self.rows: dict[str, tuple[QLabel, QPushButton]] = {}
        for entry in missing:
            layout.addLayout(self._row(entry))
        layout.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.accept)
        layout.addWidget(buttons)
        self.setMinimumWidth(560)

    def _row(self, entry: Missing) -> QHBoxLayout:
        row = QHBoxLayout()
        text = QLabel(f"{entry.name}\n{entry.path}")
        text.setWordWrap(True)
        button = QPushButton("Locate…")
        button.setObjectName(f"locate.{entry.volume_id}")
        button.clicked.connect(lambda: self._browse(entry))
        row.addWidget(text, 1)
        row.addWidget(button)
        self.rows[entry.volume_id] = (text, button)
        return row

    def _browse(self, entry: Missing) -> None:
        name, _ = QFileDialog.getOpenFileName(self, f"Where is {entry.path.name}?", str(entry.path.parent))
        if name:
            self.try_path(entry, Path(name))

    def try_path(self, entry: Missing, path: Path) -> None:
        """Take this file for the missing one."""
        problem = self._locate(entry.volume_id, path)
        text, button = self.rows[entry.volume_id]
        text.setText(f"{entry.name}\n{problem or f'found: {path}'}")
        button.setEnabled(bool(problem))
