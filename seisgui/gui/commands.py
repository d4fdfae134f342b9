"""The one table of commands: menus, toolbar, keys, palette, shortcut sheet, docs and test names come from it."""

from __future__ import annotations

from collections.abc import Iterable

from seisgui.gui.command_table import COMMANDS, MENUS, TOOLBAR, WORKSPACES, Command, Workspace

__all__ = [
    "COMMANDS",
    "MENUS",
    "TOOLBAR",
    "WORKSPACES",
    "Command",
    "Workspace",
    "command",
    "conflicts",
    "markdown",
    "search",
]


def command(command_id: str) -> Command:
    """The command of that id; raises ``KeyError``."""
    return BY_ID[command_id]


BY_ID = {entry.id: entry for entry in COMMANDS}


def conflicts(commands: Iterable[Command] = COMMANDS) -> list[str]:
    """Sentences for every key that means two things within one workspace."""
    entries = list(commands)
    found = []
    for space in {entry.workspace for entry in entries} | {""}:
        taken: dict[str, str] = {}
        for entry in entries:
            if entry.workspace not in ("", space):
                continue
            for key in entry.shortcut:
                other = taken.setdefault(key.lower(), entry.id)
                if other != entry.id:
                    found.append(f"{key} is {other} and {entry.id} in workspace {space or 'any'}")
    return found


def match(query: str, text: str) -> float | None:
    """How well the letters of ``query`` occur in order in ``text`` (higher is better); None: they do not."""
    query, text = query.lower().replace(" ", ""), text.lower()
    if not query:
        return 0.0
    score, position, run = 0.0, -1, 0
    for letter in query:
        found = text.find(letter, position + 1)
        if found < 0:
            return None
        run = run + 1 if found == position + 1 else 1
        word_start = found == 0 or not text[found - 1].isalnum()
        score += run + (3.0 if word_start else 0.0) - 0.05 * (found - position)
        position = found
    return score - 0.01 * len(text)


def search(query: str, commands: Iterable[Command] = COMMANDS) -> list[Command]:
    """Commands that fit a few letters, best first; all in table order where ``query`` is empty."""
    scored = []
    for order, entry in enumerate(commands):
        by_title = match(query, entry.title)
        elsewhere = match(query, f"{entry.menu} {entry.title} {entry.id}")
        if elsewhere is None and query.strip() and query.strip().lower() in entry.tip.lower():
            elsewhere = 0.0
        best = max(
            (s for s in (by_title, None if elsewhere is None else elsewhere - 4.0) if s is not None), default=None
        )
        if best is not None:
            scored.append((-best if query.strip() else 0.0, order, entry))
    return [entry for _, _, entry in sorted(scored, key=lambda item: item[:2])]


def markdown() -> str:
    """The text of docs/commands.md."""
    lines = [
        "# Commands",
        "",
        "Generated from the command table by `python -m seisgui.gui.commands`; do not edit.",
        "",
        "Every command is a menu entry, can be found with Ctrl+K, and is named by its id in tests and scripts.",
    ]
    for menu in MENUS:
        lines += [
            "",
            f"## {menu}",
            "",
            "| Command | Keys | Id | What it does | Command line |",
            "|---|---|---|---|---|",
        ]
        for entry in COMMANDS:
            if entry.menu.split("/")[0] != menu:
                continue
            path = " › ".join([*entry.menu.split("/")[1:], entry.title])
            keys = ", ".join(f"`{key}`" for key in entry.shortcut)
            terminal = f"`{entry.terminal}`" if entry.terminal else ""
            lines.append(f"| {path} | {keys} | `{entry.id}` | {entry.tip} | {terminal} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
