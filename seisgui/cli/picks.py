"""Picked arrivals in and out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seisgui.cli.options import BreakLockOption, DatasetOption, JsonOption, ProjectArgument, choice
from seisgui.cli.output import Output, plain
from seisgui.cli.project import opened

if TYPE_CHECKING:
    from seisgui.interpretation.pick_headers import HeaderWord

FORMATS = ("csv", "quakeml", "nonlinloc", "segy-header")
UNITS = ("ms", "us", "samples")
PickSetOption = Annotated[
    str | None,
    typer.Option(
        "--pick-set", "--label-set", metavar="NAME", help="Name or id, where a dataset has several pick sets."
    ),
]
FormatOption = Annotated[
    str | None, typer.Option("--format", metavar="|".join(FORMATS), help="Default: by the file's name and content.")
]
ByteOption = Annotated[
    int | None, typer.Option("--byte", metavar="N", help="First byte (1-240) of the trace-header word of first breaks.")
]
WidthOption = Annotated[int, typer.Option("--width", metavar="2|4", help="Bytes of that word.")]
UnitOption = Annotated[
    str,
    typer.Option(
        "--unit", metavar="|".join(UNITS), help="Of the word: time after the shot, or samples from the first, 0."
    ),
]
PhaseOption = Annotated[str, typer.Option("--phase", metavar="P", help="Phase of the first breaks in that word.")]
EmptyOption = Annotated[int, typer.Option("--empty", metavar="N", help="What the word holds where there is no pick.")]


def header_word(byte: int | None, width: int, unit: str, phase: str, empty: int) -> HeaderWord | None:
    """The word that the options spell out; None where none is named."""
    from seisgui.interpretation.pick_headers import HeaderWord

    return None if byte is None else HeaderWord(byte, width, unit, phase, empty)


def import_picks(
    project: ProjectArgument,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV, QuakeML or NonLinLoc; SEG-Y with first breaks; or the data with picks in them."
        ),
    ],
    dataset: DatasetOption = None,
    pick_set: PickSetOption = None,
    pick_format: FormatOption = None,
    byte: ByteOption = None,
    width: WidthOption = 4,
    unit: UnitOption = "ms",
    phase: PhaseOption = "P",
    empty: EmptyOption = 0,
    break_lock: BreakLockOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read picks into a pick set; one step in the project's history, which `undo` takes back."""
    from seisgui.interpretation import pick_exchange

    choice("--format", pick_format, FORMATS)
    word = header_word(byte, width, unit, phase, empty)
    output = Output(as_json)
    with opened(project, writes=True, break_lock=break_lock) as document:
        report = pick_exchange.import_picks(
            document, file, dataset=dataset, pick_set=pick_set, file_format=pick_format, word=word
        )
        document.wait_saved()
    for sentence in report.notes:
        output.note(sentence)
    output.document(plain(report))
    there = f", {report.present:,} were there already" if report.present else ""
    output.say(
        f"{report.added:,} of {report.read:,} picks of {report.file.name} added to {report.pick_set!r}{there} "
        f"({phases_text(report.phases)})."
    )


def export_picks(
    project: ProjectArgument,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    dataset: DatasetOption = None,
    pick_set: PickSetOption = None,
    pick_format: FormatOption = None,
    byte: ByteOption = None,
    width: WidthOption = 4,
    unit: UnitOption = "ms",
    phase: PhaseOption = "P",
    empty: EmptyOption = 0,
    details: Annotated[
        bool, typer.Option("--details", help="CSV: three columns more (uncertainty, polarity, provenance).")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a pick set to a file, or as first breaks into a copy of the SEG-Y file."""
    from seisgui.interpretation import pick_exchange

    choice("--format", pick_format, FORMATS)
    word = header_word(byte, width, unit, phase, empty)
    output = Output(as_json)
    with opened(project, writes=False) as document:
        report = pick_exchange.export_picks(
            document, out, dataset=dataset, pick_set=pick_set, file_format=pick_format, word=word, details=details
        )
    for sentence in report.notes:
        output.note(sentence)
    output.document(plain(report))
    output.say(
        f"Wrote {report.picks:,} picks of {report.records:,} records ({phases_text(report.phases)}) to {report.file}."
    )


def phases_text(phases: dict[str, int]) -> str:
    """'12 P, 9 S'."""
    return ", ".join(f"{count:,} {phase}" for phase, count in sorted(phases.items())) or "none"
