"""`seisgui export`: a prediction as SEG-Y with the source's headers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seisgui.cli.options import JsonOption, ProgressOption, ProjectArgument, RunOption, choice
from seisgui.cli.output import Output, plain
from seisgui.cli.predict import class_id
from seisgui.cli.project import opened
from seisgui.cli.runs import find_run
from seisgui.errors import InputError

KINDS = ("class", "probability", "uncertainty")
FORMATS = ("ibm", "ieee", "int8", "int16")


def export(
    project: ProjectArgument,
    run: RunOption,
    out: Annotated[Path, typer.Argument(metavar="OUT.sgy", help="The file to write.")],
    kind: Annotated[str, typer.Option("--kind", metavar="|".join(KINDS), help="What is written.")] = "class",
    sample_format: Annotated[
        str | None,
        typer.Option("--format", metavar="|".join(FORMATS), help="Default: int8 for classes, ieee for the rest."),
    ] = None,
    of_class: Annotated[
        str | None,
        typer.Option("--class", metavar="CLASS", help="With --kind probability: of this class, if it was kept."),
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Write what is predicted so far.")] = False,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Write a prediction as SEG-Y: headers byte for byte, verified by reading back, then put in place."""
    from seisgui.learning.export import export_prediction

    choice("--kind", kind, KINDS)
    choice("--format", sample_format, FORMATS)
    if out.is_dir() or not out.parent.is_dir():
        raise InputError(f"{out} cannot be written.", "Name a file in a folder that exists.")
    chosen = sample_format or ("int8" if kind == "class" else "ieee")
    output = Output(as_json, progress)
    with opened(project, writes=False) as document:
        record = find_run(document, run)
        wanted = None if of_class is None else class_id(record, of_class)
        steps = export_prediction(document, record.id, out, kind, chosen, partial, class_id=wanted)
        report = output.follow(steps, "writing")
    output.document({"run": record.id, "kind": kind, "class": wanted, "format": chosen, **plain(report)})
    output.say(
        f"Wrote {report.path}: {report.traces:,} traces, {100 * report.fraction_predicted:.1f} % predicted; "
        f"{report.seconds:.1f} s, verified in {report.verify_seconds:.1f} s. Settings: {report.sidecar.name}"
    )
