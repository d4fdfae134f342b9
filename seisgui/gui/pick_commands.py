"""Commands that set, change and review picks."""

from __future__ import annotations

from seisgui.gui.command_kinds import Command

# fmt: off
_SETTING = (
    Command("pick.p", "Pick P", "Label/Picks", "A click sets P; drag along first breaks to pick many traces.", ("P",),
            "picking", checkable=True, group="pick phase", needs="picks", short="P"),
    Command("pick.s", "Pick S", "Label/Picks", "A click sets S; drag along it to pick many traces.", ("S",), "picking",
            checkable=True, group="pick phase", needs="picks", short="S"),
    Command("pick.look", "Only look", "Label/Picks", "Put the phase down: clicks choose picks and drags move them.",
            ("Esc",), "picking", checkable=True, group="pick phase", needs="picks", in_views=True, short="Look"),
    Command("pick.set", "Set here", "Label/Picks",
            "Set the phase in hand on the present trace, at the time of the last pick.", ("Return", "Enter"), "picking",
            needs="picks", rule=True, in_views=True),
    Command("pick.delete", "Delete pick", "Label/Picks", "Take the chosen pick away.", ("Del", "Backspace"), "picking",
            needs="picks", in_views=True),
    Command("pick.snap_now", "Snap to onset", "Label/Picks", "Move the chosen pick to the onset nearby.", ("Q",),
            "picking", needs="picks"),
    Command("pick.snap", "Clicks snap to onsets", "Label/Picks", "Every click and line snaps to the onset nearby.",
            ("Shift+Q",), "picking", checkable=True, needs="picks", short="Snap"),
    Command("pick.up", "First motion up", "Label/Picks", "Mark the chosen pick's polarity as up; again: unknown.",
            ("U",), "picking", needs="picks", rule=True),
    Command("pick.down", "First motion down", "Label/Picks", "Mark the chosen pick's polarity as down; again: unknown.",
            ("D",), "picking", needs="picks"),
    Command("pick.wider", "Less certain", "Label/Picks", "Widen the chosen pick's uncertainty; or drag its bar.",
            ("]",), "picking", needs="picks"),
    Command("pick.narrower", "More certain", "Label/Picks", "Narrow the chosen pick's uncertainty; or drag its bar.",
            ("[",), "picking", needs="picks"),
)

_MOVING = tuple(
    Command(f"pick.{name}", title, "Label/Picks", tip, (key,), "picking", needs=needs, in_views=True,
            rule=name == "left")
    for name, title, tip, key, needs in (
        ("left", "Trace to the left", "Go to the trace on the left, or to the record before.", "Left", "gathers"),
        ("right", "Trace to the right", "Go to the trace on the right, or to the next record.", "Right", "gathers"),
        ("left_ten", "Ten traces to the left", "Go ten traces to the left.", "Shift+Left", "gathers"),
        ("right_ten", "Ten traces to the right", "Go ten traces to the right.", "Shift+Right", "gathers"),
        ("earlier", "Nudge earlier", "Move the chosen pick one sample earlier.", "Up", "picks"),
        ("later", "Nudge later", "Move the chosen pick one sample later.", "Down", "picks"),
        ("earlier_ten", "Nudge ten earlier", "Move the chosen pick ten samples earlier.", "Shift+Up", "picks"),
        ("later_ten", "Nudge ten later", "Move the chosen pick ten samples later.", "Shift+Down", "picks"),
    )
)

_REVIEW = (
    Command("pick.predict", "Pick all records", "Review/Picks",
            "Let the run in use, or the newest one, propose picks on every record of the gathers in view.", ("Ctrl+R",),
            "picking", needs="picks", terminal="seisgui predict PROJECT --run RUN"),
    Command("pick.accept", "Accept proposal", "Review/Picks", "Make the proposed pick yours, and go to the next one.",
            ("A",), "picking", needs="picks", short="Accept"),
    Command("pick.reject", "Reject proposal", "Review/Picks", "Refuse the proposed pick for good, and go on.", ("X",),
            "picking", needs="picks", short="Reject"),
    Command("pick.next", "Next least certain proposal", "Review/Picks",
            "Go to the proposal with the lowest probability that nobody has decided on.", ("N",), "picking",
            needs="picks", short="Next"),
    Command("pick.accept_all", "Accept all proposals from a probability on", "Review/Picks",
            "Accept every proposal of at least the probability in the Picks panel, as one undo step.",
            workspace="picking", needs="picks"),
)

_FILES = (
    Command("file.import_picks", "Import picks…", "File",
            "Read picks from CSV, QuakeML, NonLinLoc, a SEG-Y header word, or those that the data bring.",
            workspace="picking", needs="picks", terminal="seisgui import-picks PROJECT FILE", short="Import…"),
    Command("file.export_picks", "Export picks…", "Export",
            "Write picks as CSV, QuakeML, NonLinLoc, or as first breaks into a copy of a SEG-Y.", workspace="picking",
            needs="picks", terminal="seisgui export-picks PROJECT OUT", short="Export…"),
    Command("edit.pick_set_add", "New pick set…", "Edit", "Start another set of picks, for another person or purpose.",
            workspace="picking", needs="picks"),
)
# fmt: on

PICK_COMMANDS: tuple[Command, ...] = _SETTING + _MOVING + _REVIEW + _FILES
