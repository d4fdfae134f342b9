"""`seisgui suggest`, `compare-labels`, `propagate` and `accept`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
from seisgui.cli.predict_picks import PICKING
from seisgui.cli.project import opened
from seisgui.cli.review_picks import suggest_records
from seisgui.cli.runs import find_run
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesLabels


def suggest(
    project: ProjectArgument,
    run: RunOption,
    count: Annotated[int, typer.Option("-n", "--count", help="How many.")] = 5,
    dataset: DatasetOption = None,
    label_set: LabelSetOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """The next lines (or records) worth labelling, by what a run is unsure of, with reasons; of one line, stretches."""
    output = Output(as_json, progress)
    with opened(project, writes=False) as document:
        record = find_run(document, run)
        if record.task == PICKING:
            suggest_records(document, record, count, dataset, label_set, output)
            return
        from seisgui.learning.suggest import suggest_steps

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


def accept(
    project: ProjectArgument,
    run: RunOption,
    inline: Annotated[list[float] | None, typer.Option("--inline", metavar="N", help="Inline (repeatable).")] = None,
    crossline: Annotated[
        list[float] | None, typer.Option("--crossline", metavar="N", help="Crossline (repeatable).")
    ] = None,
    confidence: Annotated[
        float, typer.Option("--confidence", min=0.0, max=1.0, help="Accept what is at least as sure.")
    ] = 0.9,
    name: Annotated[str | None, typer.Option("--class", metavar="NAME", help="Only this class.")] = None,
    dataset: DatasetOption = None,
    label_set: LabelSetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the confident part of predictions labels of their own kind ('accepted'), where nothing is labelled."""
    refs = parse_sections(inline, crossline)
    if not refs:
        raise InputError("No section is named.", "Give --inline or --crossline.")
    output = Output(as_json)
    with opened(project, writes=True) as document:
        from seisgui.learning.review import accept as take
        from seisgui.learning.review import translated
        from seisgui.learning.stored import read_prediction

        record = find_run(document, run)
        labels = document.labels(label_set, document.dataset(dataset).id)
        class_id = None if name is None else class_called(labels, name)
        accepted = 0
        for ref in refs:
            found = read_prediction(document, record.id, ref, labels.dataset_id)
            if found is None:
                raise InputError(f"{ref} has not been predicted by {record.id}.", "Predict it first: seisgui predict.")
            edit = take(labels, ref, translated(found, record, labels), confidence, class_id=class_id)
            accepted += edit.voxels if edit is not None else 0
    output.document({"accepted": accepted, "run": record.id, "confidence": confidence})
    output.say(f"{accepted:,} voxels are labelled as 'accepted'; one undo step a section.")


def class_called(labels: FaciesLabels, name: str) -> int:
    """Id of a class of a label set by its name."""
    for entry in labels.classes:
        if entry.name.casefold() == name.strip().casefold():
            return entry.id
    known = ", ".join(entry.name for entry in labels.classes) or "none"
    raise InputError(f"The label set {labels.info.name!r} has no class {name!r}.", f"There are: {known}.")
