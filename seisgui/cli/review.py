"""`seisgui suggest`, `compare-labels` and `propagate`."""

from __future__ import annotations

from typing import Annotated

import typer

from seisgui.cli.options import (
    DatasetOption,
    JsonOption,
    LabelSetOption,
    ProgressOption,
    ProjectArgument,
    RunOption,
    parse_sections,
)
from seisgui.cli.output import Output
from seisgui.cli.project import opened
from seisgui.cli.runs import find_run
from seisgui.errors import InputError


def suggest(
    project: ProjectArgument,
    run: RunOption,
    count: Annotated[int, typer.Option("-n", "--count", help="How many.")] = 5,
    dataset: DatasetOption = None,
    label_set: LabelSetOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """The next lines worth labelling by what a run is unsure of, with reasons; on a single line its next stretches."""
    output = Output(as_json, progress)
    with opened(project, writes=False) as document:
        from seisgui.learning.suggest import suggest_steps

        record = find_run(document, run)
        steps = suggest_steps(document, record.id, count, dataset=dataset, label_set=label_set)
        found = output.follow(steps, "looking at lines")
    output.document({"run": record.id, "suggestions": [entry.to_json() for entry in found]})
    for number, entry in enumerate(found, start=1):
        output.say(f"{number}. {entry}: {'; '.join(entry.reasons)}")


def compare_labels(
    project: ProjectArgument,
    first: Annotated[str, typer.Argument(metavar="LABEL_SET", help="Name or id of a label set.")],
    second: Annotated[str, typer.Argument(metavar="LABEL_SET", help="Another one of the same dataset.")],
    as_json: JsonOption = False,
) -> None:
    """How far two label sets agree: per class, and Cohen's kappa."""
    output = Output(as_json)
    with opened(project, writes=False) as document:
        from seisgui.interpretation.label_comparison import compare_label_sets

        found = compare_label_sets(document.labels(first), document.labels(second))
    output.document(found.to_json())
    output.say(found.sentence)
    output.say(f"Labelled in {first} only: {found.only_first:,}; in {second} only: {found.only_second:,}.")
    rows = [
        [entry.name, share(entry.agreement), *(f"{count:,}" for count in (entry.first, entry.second, entry.both))]
        for entry in found.classes
    ]
    output.table(["Class", "Agreement (Dice)", first, second, "Both"], rows)


def share(value: float | None) -> str:
    """A share with three decimals, '-' where there is none."""
    return "-" if value is None else f"{value:.3f}"


def propagate(
    project: ProjectArgument,
    inline: Annotated[
        list[float] | None, typer.Option("--inline", metavar="N", help="Labelled inline (twice).")
    ] = None,
    crossline: Annotated[
        list[float] | None, typer.Option("--crossline", metavar="N", help="Labelled crossline (twice).")
    ] = None,
    dataset: DatasetOption = None,
    label_set: LabelSetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fill the lines between two labelled ones with labels of their own kind ('auto'), to be reviewed."""
    refs = parse_sections(inline, crossline)
    if len(refs) != 2:
        raise InputError("Two lines are needed to fill between.", "Give --inline or --crossline twice.")
    output = Output(as_json)
    with opened(project, writes=True) as document:
        from seisgui.learning.review import propagate as fill

        labels = document.labels(label_set, document.dataset(dataset).id)
        before = sum(labels.class_counts().values())
        fill(labels, refs[0], refs[1])
        added = sum(labels.class_counts().values()) - before
    output.document({"filled": added, "between": [str(ref) for ref in refs]})
    output.say(f"{added:,} voxels between {refs[0]} and {refs[1]} are labelled as 'auto'; one undo step.")
