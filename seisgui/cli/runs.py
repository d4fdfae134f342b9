"""`seisgui runs`: the ledger of training runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seisgui.cli.options import JsonOption, ProjectArgument
from seisgui.cli.output import Document, Output, plain
from seisgui.cli.project import opened
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord

SCORES = (
    ("pixel_accuracy", "Pixel accuracy"),
    ("mean_class_accuracy", "Mean class accuracy"),
    ("mean_iou", "Mean IoU"),
)


def runs(project: ProjectArgument, as_json: JsonOption = False) -> None:
    """Training runs, oldest first, with their scores on held-out labels."""
    output = Output(as_json)
    with opened(project, writes=False) as document:
        records = document.runs()
    output.document({"runs": [describe_run(record) for record in records]})
    if not records:
        output.say("No runs yet: seisgui train PROJECT --network forest")
        return
    rows = [
        [
            record.id,
            record.network,
            record.created,
            record.status,
            "yes" if record.settings.get("position") else "no",
            *(score_text(record.metrics, name) for name, _ in SCORES),
        ]
        for record in records
    ]
    columns = ["Run", "Network", "Made", "Status", "Position", *(title for _, title in SCORES)]
    output.table(columns, rows)


def describe_run(record: RunRecord) -> Document:
    """A run as JSON knows it."""
    document: Document = plain(record.to_json())
    return document


def find_run(document: Project, run_id: str) -> RunRecord:
    """The run meant by an id, the beginning of one, or 'latest'; raises ``InputError`` naming the choices."""
    records = document.runs()
    if not records:
        raise InputError(f"{document.path.name} has no runs yet.", "Make one: seisgui train PROJECT --network forest")
    if run_id == "latest":  # the raw result of a regularised run stands beside it
        return next((record for record in reversed(records) if "raw_of" not in record.settings), records[-1])
    exact = [record for record in records if record.id == run_id]
    matching = exact or [record for record in records if run_id and record.id.startswith(run_id)]
    if len(matching) == 1:
        return matching[0]
    known = ", ".join(record.id for record in records[-8:])
    what = "is the beginning of several runs" if matching else "is not a run of this project"
    raise InputError(f"{run_id!r} {what}.", f"Runs: {known}.")


def score_text(metrics: dict[str, Any], name: str) -> str:
    """A score with three decimals, '-' where the run was not scored."""
    value = metrics.get(name)
    return f"{value:.3f}" if isinstance(value, int | float) else "-"


def say_scores(metrics: dict[str, Any], output: Output, scratch: dict[str, Any] | None = None) -> None:
    """Scores of a run, of the run from ``scratch`` and of the baselines beside it."""
    if not any(name in metrics for name, _ in SCORES):
        return
    rows = [["this run", *(score_text(metrics, name) for name, _ in SCORES)]]
    bare = metrics.get("held_out_unsmoothed")
    if bare:
        rows.append(["this run, without smoothing", *(score_text(bare, name) for name, _ in SCORES)])
    if scratch:
        rows.append(["the same from scratch", *(score_text(scratch, name) for name, _ in SCORES)])
    for baseline, scores in (metrics.get("baselines") or {}).items():
        rows.append([baseline, *(score_text(scores, name) for name, _ in SCORES)])
    output.table(["Held-out labels", *(title for _, title in SCORES)], rows)
