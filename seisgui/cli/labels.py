"""Labels in and out, undo and redo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seisgui.cli.options import (
    BreakLockOption,
    DatasetOption,
    JsonOption,
    LabelSetOption,
    ProjectArgument,
    choice,
    parse_class_map,
)
from seisgui.cli.output import Output, plain
from seisgui.cli.project import opened
from seisgui.errors import InputError

FORMATS = ("malenov", "csv", "segy", "npz")
FormatOption = Annotated[
    str | None, typer.Option("--format", metavar="|".join(FORMATS), help="Default: by the file's name and content.")
]


def import_labels(
    project: ProjectArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="MalenoV points, CSV, SEG-Y or npz.")],
    dataset: DatasetOption = None,
    label_set: LabelSetOption = None,
    label_format: FormatOption = None,
    class_map: Annotated[
        list[str] | None,
        typer.Option("--class", metavar="N=NAME", help="Name of number N in the file (repeat): --class 0=else."),
    ] = None,
    break_lock: BreakLockOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read labels into a label set; one step in the project's history, which `undo` takes back."""
    from seisgui.interpretation import exchange

    choice("--format", label_format, FORMATS)
    mapping = parse_class_map(class_map)
    if mapping is not None:
        check_numbers(mapping, exchange.inspect_labels(file, label_format).counts, file)
    output = Output(as_json)
    with opened(project, writes=True, break_lock=break_lock) as document:
        report = exchange.import_labels(
            document, file, dataset=dataset, label_set=label_set, format=label_format, class_map=mapping
        )
        document.wait_saved()
    output.document(plain(report))
    output.say(
        f"{report.points:,} labelled samples from {file.name} ({report.duplicates:,} listed twice, "
        f"{report.outside:,} outside the survey, {report.conflicts:,} with conflicting classes)."
    )
    output.say(f"Classes: {', '.join(f'{number} = {name}' for number, name in sorted(report.classes.items()))}")
    if report.names_assumed:
        output.note(
            f"{file.name} tells no class names; those of the 2018 paper were taken.",
            "Give your own with --class 0=NAME, or rename them: seisgui classes PROJECT --rename 0=NAME",
        )


def check_numbers(mapping: dict[int, str], counts: dict[int, int], file: Path) -> None:
    """Raises ``InputError`` where a mapping names a number that the file does not hold."""
    unknown = sorted(set(mapping) - set(counts))
    if unknown:
        raise InputError(
            f"{file.name} holds no class number {', '.join(map(str, unknown))}.",
            f"It holds {', '.join(map(str, sorted(counts)))}.",
        )


def export_labels(
    project: ProjectArgument,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    dataset: DatasetOption = None,
    label_set: LabelSetOption = None,
    label_format: FormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a label set to a file."""
    from seisgui.interpretation import exchange

    choice("--format", label_format, FORMATS)
    output = Output(as_json)
    with opened(project, writes=False) as document:
        report = exchange.export_labels(document, out, format=label_format, dataset=dataset, label_set=label_set)
    output.document(plain(report))
    output.say(f"Wrote {out}.")


def undo(project: ProjectArgument, break_lock: BreakLockOption = False, as_json: JsonOption = False) -> None:
    """Take back the last step of the project's history."""
    step(project, break_lock, as_json, forward=False)


def redo(project: ProjectArgument, break_lock: BreakLockOption = False, as_json: JsonOption = False) -> None:
    """Do again what was taken back."""
    step(project, break_lock, as_json, forward=True)


def step(project: Path, break_lock: bool, as_json: bool, *, forward: bool) -> None:
    """One step along the history."""
    output = Output(as_json)
    with opened(project, writes=True, break_lock=break_lock) as document:
        journal = document.journal
        if not (journal.can_redo if forward else journal.can_undo):
            raise InputError(f"There is nothing to {'redo' if forward else 'undo'} in {document.path.name}.")
        text = journal.redo_text if forward else journal.undo_text
        if forward:
            journal.redo()
        else:
            journal.undo()
        document.wait_saved()
        revision = journal.revision
    output.document({"step": text, "forward": forward, "revision": revision})
    output.say(f"{'Redone' if forward else 'Undone'}: {text}")
