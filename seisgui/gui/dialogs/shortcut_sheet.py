"""All keys on one sheet, from the command table."""

from __future__ import annotations

import html

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from seisgui.gui.commands import COMMANDS, MENUS, WORKSPACES

MOUSE = (
    ("Left button", "paints with the active tool"),
    ("Right button", "erases"),
    ("Shift + drag", "draws straight"),
    ("Wheel", "steps through the lines"),
    ("Ctrl + wheel", "zooms about the cursor"),
    ("Middle button", "moves the section"),
)


class ShortcutSheet(QDialog):
    """Keys by menu; those of one workspace are marked with its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.shortcuts")
        self.setWindowTitle("Shortcuts")
        self.resize(760, 560)
        self.text = QTextBrowser()
        self.text.setHtml(sheet_html())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)


def sheet_html() -> str:
    """The sheet as two columns of tables."""
    blocks = [("Mouse", list(MOUSE))]
    titles = {space.name: space.title for space in WORKSPACES}
    for menu in MENUS:
        rows = []
        for entry in COMMANDS:
            if entry.menu.split("/")[0] == menu and entry.shortcut:
                where = f" ({titles[entry.workspace]})" if entry.workspace and len(titles) > 1 else ""
                rows.append((entry.keys, entry.title.rstrip("…") + where))
        if rows:
            blocks.append((menu, rows))
    columns: list[list[str]] = [[], []]
    lengths = [0, 0]
    for title, rows in blocks:
        side = lengths.index(min(lengths))
        lengths[side] += len(rows) + 2
        body = "".join(
            f"<tr><td><b>{html.escape(keys)}</b>&nbsp;&nbsp;</td><td>{html.escape(text)}</td></tr>"
            for keys, text in rows
        )
        columns[side].append(f"<h3>{title}</h3><table>{body}</table>")
    cells = "".join(f'<td valign="top" width="50%">{"".join(column)}</td>' for column in columns)
    return f'<table width="100%"><tr>{cells}</tr></table>'
