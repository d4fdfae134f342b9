"""The command table: one source for menus, keys, palette, shortcut sheet and docs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seisgui.gui import commands
from seisgui.gui.command_kinds import NEEDS
from seisgui.gui.commands import COMMANDS, MENUS, TOOLBAR, WORKSPACES, command, conflicts, markdown, search
from seisgui.gui.dialogs.shortcut_sheet import sheet_html
from seisgui.resources import resource


def test_no_key_means_two_things_in_one_workspace():
    assert conflicts() == []


def test_a_key_used_twice_in_one_workspace_is_found():
    twice = replace(command("label.eraser"), shortcut=("b",))
    assert "label.brush" in conflicts([command("label.brush"), twice])[0]


def test_a_key_may_mean_something_else_in_another_workspace():
    elsewhere = replace(command("label.polygon"), id="pick.p", workspace="picking")
    assert conflicts([command("label.polygon"), elsewhere]) == []
    everywhere = replace(elsewhere, workspace="")
    assert conflicts([command("label.polygon"), everywhere]) != []


def test_ids_are_unique_and_every_entry_is_complete():
    assert len({entry.id for entry in COMMANDS}) == len(COMMANDS)
    for entry in COMMANDS:
        assert "." in entry.id
        assert entry.title
        assert entry.tip.endswith("."), entry.id
        assert entry.menu.split("/")[0] in MENUS, entry.id
        assert entry.needs in NEEDS, entry.id


def test_names_that_scripts_rely_on_are_there():
    promised = (
        "label.brush label.eraser label.line label.polygon label.fill label.fill_between train.start train.stop"
        " train.live view.inline view.crossline view.time panel.layers panel.runs file.open file.export edit.undo"
        " edit.redo palette.open workspace.facies"
    )
    for name in promised.split():
        assert command(name).id == name


def test_every_icon_is_drawn():
    for name in {entry.icon for entry in COMMANDS} - {""}:
        assert "<svg" in resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def test_workspaces_and_toolbar_name_commands():
    own = {"brush size", "class", "overlay"}
    for group in TOOLBAR:
        for name in group:
            assert name in own or command(name)
    for space in WORKSPACES:
        assert command(f"workspace.{space.name}").shortcut == (space.shortcut,)
        for column in (*space.left, *space.right):
            for name in column:
                assert command(name).checkable


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("train", "train.start"), ("exp pred", "file.export"), ("brsh", "label.brush"), ("sample", "file.sample")],
)
def test_a_few_letters_find_the_command(typed: str, expected: str):
    assert search(typed)[0].id == expected


def test_letters_that_fit_nothing_find_nothing():
    assert search("qqzzxx") == []


def test_an_empty_search_lists_all_in_table_order():
    assert [entry.id for entry in search(" ")] == [entry.id for entry in COMMANDS]


def test_the_document_is_what_the_table_generates():
    document = Path(commands.__file__).parents[2] / "docs" / "commands.md"
    assert document.read_text(encoding="utf-8") == markdown(), "run: python -m seisgui.gui.commands > docs/commands.md"


def test_the_shortcut_sheet_shows_every_key():
    sheet = sheet_html()
    for entry in COMMANDS:
        if entry.shortcut:
            assert entry.title.rstrip("…").replace("'", "&#x27;") in sheet, entry.id
