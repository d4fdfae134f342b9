"""`seisgui classes`: the class list of a label set, and changes to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from seisgui.cli.options import BreakLockOption, DatasetOption, JsonOption, LabelSetOption, ProjectArgument
from seisgui.cli.output import Output, plain
from seisgui.cli.project import opened
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesLabels

Change = Callable[["FaciesLabels"], object]


def classes(
    project: ProjectArgument,
    dataset: DatasetOption = None,
    label_set: LabelSetOption = None,
    add: Annotated[list[str] | None, typer.Option("--add", metavar="NAME", help="A new class.")] = None,
    rename: Annotated[list[str] | None, typer.Option("--rename", metavar="CLASS=NAME", help="Another name.")] = None,
    recolour: Annotated[
        list[str] | None, typer.Option("--recolour", metavar="CLASS=#rrggbb", help="Another colour.")
    ] = None,
    merge: Annotated[
        list[str] | None, typer.Option("--merge", metavar="CLASS=INTO", help="All labels of a class become another's.")
    ] = None,
    hide: Annotated[list[str] | None, typer.Option("--hide", metavar="CLASS", help="Leave out of lists.")] = None,
    break_lock: BreakLockOption = False,
    as_json: JsonOption = False,
) -> None:
    """The class list with counts; or change it. CLASS is a number or a name."""
    changes = [
        *[adding(name) for name in add or []],
        *[renaming(*pair("--rename", text)) for text in rename or []],
        *[recolouring(*pair("--recolour", text)) for text in recolour or []],
        *[merging(*pair("--merge", text)) for text in merge or []],
        *[hiding(text) for text in hide or []],
    ]
    output = Output(as_json)
    with opened(project, writes=bool(changes), break_lock=break_lock) as document:
        labels = document.labels(label_set, document.dataset(dataset).id)
        for change in changes:
            change(labels)
        if changes:
            document.wait_saved()
        counts = labels.class_counts()
        rows = [{**plain(facies), "count": counts.get(facies.id, 0)} for facies in labels.classes]
    output.document({"classes": rows})
    output.table(
        ["Class", "Name", "Colour", "Samples"],
        [[str(row["id"]), row["name"], row["colour"], f"{row['count']:,}"] for row in rows],
    )


def adding(name: str) -> Change:
    """A new class in the next colour of the default palette."""

    def change(labels: FaciesLabels) -> None:
        from seisgui.interpretation.palettes import DEFAULT

        labels.add_class(name, DEFAULT[len(labels.classes) % len(DEFAULT)])

    return change


def renaming(which: str, name: str) -> Change:
    return lambda labels: labels.rename_class(class_number(labels, which), name)


def recolouring(which: str, colour: str) -> Change:
    return lambda labels: labels.recolour_class(class_number(labels, which), colour)


def merging(which: str, into: str) -> Change:
    return lambda labels: labels.merge_class(class_number(labels, which), class_number(labels, into))


def hiding(which: str) -> Change:
    return lambda labels: labels.hide_class(class_number(labels, which))


def class_number(labels: FaciesLabels, text: str) -> int:
    """The id of the class meant by a number or a name; raises ``InputError`` naming the classes."""
    for facies in labels.classes:
        if text.strip() in {str(facies.id), facies.name}:
            return int(facies.id)
    known = ", ".join(f"{facies.id} = {facies.name}" for facies in labels.classes)
    raise InputError(f"There is no class {text.strip()!r}.", f"Classes: {known or 'none yet'}.")


def pair(option: str, text: str) -> tuple[str, str]:
    """``a=b`` -> ('a', 'b')."""
    first, sign, second = text.partition("=")
    if not sign or not first.strip() or not second.strip():
        raise InputError(f"{option} {text!r} is not of the form CLASS=VALUE.")
    return first.strip(), second.strip()
