"""Commands of the workspace that arrivals are picked in."""

from __future__ import annotations

from seisgui.gui.command_kinds import Command
from seisgui.gui.pick_commands import PICK_COMMANDS

# fmt: off
_VIEWS = (
    Command("gather.gather", "As a gather", "View/Gathers", "Show records side by side, time down.", ("G",),
            "picking", checkable=True, group="gather mode", needs="gathers", short="Gather"),
    Command("gather.traces", "As traces", "View/Gathers",
            "Show the components of one record over each other, time to the right.", ("T",), "picking",
            checkable=True, group="gather mode", needs="gathers", short="Traces"),
    Command("gather.page_on", "Page on", "View/Gathers", "Move on by what is in view, then to the next gather.",
            ("Space",), "picking", needs="gathers", rule=True, in_views=True),
    Command("gather.page_back", "Page back", "View/Gathers", "Move back by what is in view.", ("Shift+Space",),
            "picking", needs="gathers", in_views=True),
    Command("gather.first", "First gather", "View/Gathers", "Go to the first gather or record.", ("Home",),
            "picking", needs="gathers", in_views=True),
    Command("gather.last", "Last gather", "View/Gathers", "Go to the last gather or record.", ("End",), "picking",
            needs="gathers", in_views=True),
    Command("gather.louder", "Louder", "View/Gathers", "Draw amplitudes 3 dB larger.", ("+", "="), "picking",
            needs="gathers", rule=True),
    Command("gather.softer", "Softer", "View/Gathers", "Draw amplitudes 3 dB smaller.", ("-",), "picking",
            needs="gathers"),
    Command("gather.bandpass", "Bandpass", "View/Gathers",
            "Show records through the bandpass of the Traces panel, or as they are.", ("B",), "picking",
            checkable=True, needs="gathers"),
    Command("gather.by_offset", "Spaced by offset", "View/Gathers",
            "Put the traces of a gather where their offsets are, or at even steps.", ("O",), "picking",
            checkable=True, needs="gathers"),
    Command("gather.component", "Next component", "View/Gathers", "Show another component in gathers.", ("C",),
            "picking", needs="gathers"),
    Command("gather.probabilities", "Probabilities", "View/Gathers", "Show or hide the curves under the traces.",
            ("Shift+P",), "picking", checkable=True, needs="gathers"),
)
# fmt: on

PICKING_COMMANDS: tuple[Command, ...] = _VIEWS + PICK_COMMANDS
