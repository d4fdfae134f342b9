"""The part of `seisgui predict` and `seisgui score` that is about picked arrivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seisgui.cli.output import Output
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord

PICKING = "picking"
PICKS = "Picking"

WindowsOption = Annotated[
    str | None,
    typer.Option(
        "--windows",
        metavar="stitched|one-per-record",
        help="Picks: sliding windows over whole records, or one window each around its P.",
        rich_help_panel=PICKS,
    ),
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Picks: draws the windows of one-per-record.")
]
ThresholdOption = Annotated[
    float | None, typer.Option("--threshold", metavar="P", help="Picks: least probability of a pick (.5).")
]
StepOption = Annotated[
    int | None,
    typer.Option("--step", min=1, metavar="N", help="Picks: samples between two stitched windows (a quarter of one)."),
]
DistanceOption = Annotated[
    int | None, typer.Option("--distance", min=0, metavar="N", help="Picks: least distance of two, in samples (50).")
]
TrackOption = Annotated[
    bool | None, typer.Option("--track/--no-track", help="Picks: one a trace, followed across each gather.")
]


@dataclass(frozen=True)
class Laid:
    """What the options of picking say; None: as usual."""

    windows: str | None
    seed: int | None
    threshold: float | None
    step: int | None
    distance: int | None
    track: bool | None


def refuse(given: Mapping[str, Any], what: str, record: RunRecord) -> None:
    """Raise ``InputError`` where options are given that a run of another task does not know."""
    for option, value in given.items():
        if value is not None and value != []:
            raise InputError(f"{option} is for {what}; {record.id} is a run of {record.task}.", "Leave it out.")


def predict_picks(
    document: Project, record: RunRecord, laid: Laid, dataset: str | None, device: str | None, output: Output
) -> None:
    """Pick the records of a dataset in this process; torch is imported here."""
    from seisgui.learning.events import Control
    from seisgui.learning.picking.predict import predict_records
    from seisgui.learning.picking.requests import DISTANCE, STITCHED, PickPredictRequest

    target = document.gather_set(dataset or record.dataset_id or None)
    request = PickPredictRequest(
        document.path,
        record.id,
        target.id,
        windows=laid.windows or STITCHED,
        seed=laid.seed or 0,
        threshold=laid.threshold,
        distance=DISTANCE if laid.distance is None else laid.distance,
        step=laid.step,
        track=laid.track,
        device=device,
    )
    found = output.follow(predict_records(document, request, Control()), "picking")
    counts = {phase: sum(pick.phase == phase for pick in found.picks) for phase in found.phases}
    output.document(
        {"run": record.id, "dataset": target.id, "records": len(found.looked), "picks": counts, **found.settings}
    )
    told = ", ".join(f"{count:,} {phase}" for phase, count in counts.items())
    output.say(
        f"Run {record.id} has picked {told} on {len(found.looked):,} records of {target.name} "
        f"(threshold {found.settings['threshold']:g}, {found.settings['windows']})."
    )


def score_picks(
    document: Project,
    record: RunRecord,
    labels: Path | None,
    dataset: str | None,
    pick_set: str | None,
    tolerance: float | None,
    device: str | None,
    output: Output,
) -> None:
    """Score the picks of a run."""
    from seisgui.learning.picking.score_run import score_picks_steps
    from seisgui.learning.picking.scores import TOLERANCE_S

    chosen = TOLERANCE_S if tolerance is None else tolerance
    steps = score_picks_steps(
        document, record.id, labels, dataset=dataset, pick_set=pick_set, tolerance=chosen, device=device
    )
    result = output.follow(steps, "scoring")
    output.document(result)
    scores, within = result["scores"], ("1", "3", "5")
    phases = [phase for phase in scores if phase != "tolerance"]
    rows = [
        [
            phase,
            *(f"{scores[phase][name]:.3f}" for name in ("precision", "recall", "f1")),
            f"{scores[phase]['true_positive']} / {scores[phase]['false_positive']} / {scores[phase]['false_negative']}",
            f"{1e3 * scores[phase]['residual_mean']:+.1f} ± {1e3 * scores[phase]['residual_std']:.1f} ms",
            *(f"{scores[phase]['within'][number]:.3f}" for number in within),
        ]
        for phase in phases
    ]
    columns = ["Phase", "Precision", "Recall", "F1", "Right / false / missed", "Residuals", *(f"± {n}" for n in within)]
    output.table(columns, rows)
    output.say(
        f"Tolerance {chosen:g} s, threshold {result['threshold']:g}, {result['windows']}, "
        f"{result['records']:,} records; ± 1, 3, 5: share of the labels with a pick that many samples away."
    )
    if result["not_scored"]:
        output.say(f"Not scored, as there is no label: {', '.join(result['not_scored'])}.")
    if result["dropped"]:
        output.say(f"{result['dropped']:,} records that the run learned from were left out.")
