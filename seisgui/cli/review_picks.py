"""`seisgui review-picks`, and the part of `seisgui suggest` that is about records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seisgui.cli.options import DatasetOption, JsonOption, ProgressOption, ProjectArgument, RunOption
from seisgui.cli.output import Output
from seisgui.cli.predict_picks import PICKING
from seisgui.cli.project import opened
from seisgui.cli.runs import find_run
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord


def review_picks(
    project: ProjectArgument,
    run: RunOption,
    by: Annotated[str | None, typer.Option("--by", metavar="shot|event", help="Default: as the records are.")] = None,
    fit: Annotated[str, typer.Option("--fit", metavar="huber|ransac", help="The robust fit.")] = "huber",
    outside: Annotated[
        float, typer.Option("--outside", metavar="N", help="Flag picks beyond so many standard deviations.")
    ] = 3.0,
    weight: Annotated[
        float, typer.Option("--weight", metavar="W", help="Weight in training of times that the moveout gives.")
    ] = 0.3,
    accept: Annotated[
        float | None, typer.Option("--accept", metavar="P", help="Accept picks on the moveout that are as sure.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what is off the moveout, and keep nothing.")] = False,
    pick_set: Annotated[str | None, typer.Option("--pick-set", metavar="NAME", help="Where they go.")] = None,
    dataset: DatasetOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Hold a run's picks against the moveout of their shots; they become automatic picks, one undo step."""
    output = Output(as_json, progress)
    with opened(project, writes=True) as document:
        record = picking_run(document, run)
        from seisgui.learning.picking.review_picks import ReviewOptions, apply_review, review_steps

        picks = document.picks(pick_set, document.gather_set(dataset or record.dataset_id or None).id)
        options = ReviewOptions(by, fit, outside, weight, accept)
        review = output.follow(review_steps(document, record.id, picks, options), "reviewing")
        if not dry_run and review.picks:
            apply_review(picks, review)
            document.wait_saved()
    told = review.to_json()
    output.document({"run": record.id, "pick_set": picks.name, "kept": not dry_run, **told})
    rows = [
        [
            group.title,
            group.phase,
            f"{group.picks:,}",
            "-" if group.spread is None else f"{1000.0 * group.spread:.1f} ms",
            ", ".join(group.outliers[:4]) + (f" and {len(group.outliers) - 4} more" if len(group.outliers) > 4 else ""),
        ]
        for group in review.groups
    ]
    output.table(["Gather", "Phase", "Picks", "Spread", "Off the moveout"], rows)
    verb = "would become" if dry_run else "are now"
    output.say(
        f"{told['picks']:,} picks {verb} automatic picks of {picks.name}: {told['replaced']:,} of them with the time "
        f"of the moveout (weight {weight:g}), {told['accepted']:,} accepted. {told['skipped']:,} are settled already."
    )


def suggest_records(
    document: Project, record: RunRecord, count: int, dataset: str | None, pick_set: str | None, output: Output
) -> None:
    """The next records worth picking."""
    from seisgui.learning.picking.suggest_records import suggest_records_steps

    steps = suggest_records_steps(document, record.id, count, dataset=dataset, pick_set=pick_set)
    found = output.follow(steps, "looking at records")
    output.document({"run": record.id, "suggestions": [entry.to_json() for entry in found]})
    for number, entry in enumerate(found, start=1):
        output.say(f"{number}. {entry}: {'; '.join(entry.reasons)}")


def picking_run(document: Project, run: str) -> RunRecord:
    """A run that picks arrivals."""
    record = find_run(document, run)
    if record.task != PICKING:
        raise InputError(f"{record.id} is a run of {record.task}: it picks no arrivals.", "Name a run of picking.")
    return record
