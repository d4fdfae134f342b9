"""What a command and a workspace are; the rows of the table are in ``command_table``."""

from __future__ import annotations

from dataclasses import dataclass

# What must be at hand before a command makes sense; see ``MainWindow``.
NEEDS = (
    "", "project", "volume", "labels", "copies", "run", "trainable", "livable", "training", "live", "undo", "redo",
    "reviewable", "swipe", "suggestions", "earlier run", "gathers", "shown", "picks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the user can ask for.

    ``menu`` is a path such as 'View/Panes'; ``workspace`` is '' for everywhere; ``terminal`` is the command-line
    equivalent; ``group`` makes a set of which one is checked; ``rule`` puts a line above it in the menu.
    """

    id: str
    title: str
    menu: str
    tip: str
    shortcut: tuple[str, ...] = ()
    workspace: str = ""
    icon: str = ""
    checkable: bool = False
    group: str = ""
    needs: str = ""
    terminal: str = ""
    short: str = ""  # text on the toolbar where the title is too long
    rule: bool = False
    in_views: bool = False  # the key counts only while a view has the keyboard

    @property
    def keys(self) -> str:
        """All shortcuts as text, '' where there is none."""
        return ", ".join(self.shortcut)


@dataclass(frozen=True, slots=True)
class Workspace:
    """An arrangement of docks: ``left`` and ``right`` from top to bottom; tuples within are tabs.

    ``centre`` is what stands between them: 'sections' or 'gathers'.
    """

    name: str
    title: str
    shortcut: str
    left: tuple[tuple[str, ...], ...]
    right: tuple[tuple[str, ...], ...]
    centre: str = "sections"


MENUS = ("File", "Edit", "View", "Label", "Train", "Review", "Export", "Help")
