"""What the window offers is offered by the shell too."""

from __future__ import annotations

import re
import shlex

from seisgui.cli.main import COMMANDS
from seisgui.gui.command_table import COMMANDS as WINDOW_COMMANDS


def test_every_command_line_named_by_the_window_exists(seisgui):
    names = {name for name, _, _ in COMMANDS}
    lines = [command.terminal for command in WINDOW_COMMANDS if command.terminal]
    assert len(lines) > 10
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "seisgui"
        assert words[1] in names, line
        options = [word for word in words if word.startswith("--")]
        help_page = re.sub(r"\s", "", seisgui(words[1], "--help").out)
        for option in options:
            assert option in help_page, line
