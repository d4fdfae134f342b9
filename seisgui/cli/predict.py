"""`seisgui predict` and `seisgui score`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seisgui.cli.options import (
    DatasetOption,
    DeviceOption,
    JsonOption,
    LabelSetOption,
    ProgressOption,
    ProjectArgument,
    RunOption,
    parse_sections,
)
from seisgui.cli.output import Output, plain
from seisgui.cli.predict_picks import (
    PICKING,
    DistanceOption,
    Laid,
    SeedOption,
    StepOption,
    ThresholdOption,
    TrackOption,
    WindowsOption,
    predict_picks,
    refuse,
    score_picks,
)
from seisgui.cli.project import opened
from seisgui.cli.runs import SCORES, find_run, score_text
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord
    from seisgui.learning.requests import PredictRequest
    from seisgui.seismic.axes import SectionRef, VolumeAxes

Sections = tuple["SectionRef", ...]


def predict(
    project: ProjectArgument,
    run: RunOption,
    inline: Annotated[
        list[float] | None, typer.Option("--inline", metavar="N", help="Predict this inline (repeat).")
    ] = None,
    crossline: Annotated[
        list[float] | None, typer.Option("--crossline", metavar="N", help="Predict this crossline (repeat).")
    ] = None,
    volume: Annotated[
        bool, typer.Option("--volume", help="Predict the whole survey; goes on where it stopped.")
    ] = False,
    other: Annotated[
        str | None, typer.Option("--with", metavar="RUN", help="With --volume: average with this run, across.")
    ] = None,
    probability: Annotated[
        list[str] | None,
        typer.Option("--probability", metavar="CLASS", help="With --volume: keep its probability too (repeat)."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="threads|tcp://HOST:PORT", help="With --volume: a Dask cluster."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, metavar="N", help="With --volume: slabs at a time, at most.")
    ] = None,
    windows: WindowsOption = None,
    seed: SeedOption = None,
    threshold: ThresholdOption = None,
    step: StepOption = None,
    distance: DistanceOption = None,
    track: TrackOption = None,
    dataset: DatasetOption = None,
    device: DeviceOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Predict sections, the whole volume, or the arrivals of records, and keep the result in the project."""
    only_volumes = {"--with": other, "--probability": probability, "--scheduler": scheduler, "--workers": workers}
    for option, value in only_volumes.items():
        if value is not None and not volume:
            raise InputError(f"{option} is for whole surveys.", "Add --volume.")
    if workers is not None and scheduler not in (None, "threads"):
        raise InputError("--workers counts threads of this computer.", "A cluster has the workers it was given.")
    output = Output(as_json, progress)
    only_picks = {
        "--windows": windows,
        "--seed": seed,
        "--threshold": threshold,
        "--step": step,
        "--distance": distance,
        "--track": track,
    }
    with opened(project, writes=False) as document:
        record = find_run(document, run)
        if record.task == PICKING:
            only_sections = {"--inline": inline, "--crossline": crossline, "--volume": volume or None, "--with": other}
            refuse({**only_sections, "--probability": probability, "--scheduler": scheduler}, "sections", record)
            predict_picks(
                document, record, Laid(windows, seed, threshold, step, distance, track), dataset, device, output
            )
            return
    refuse(only_picks, "picking arrivals", record)
    if volume and (inline or crossline):
        raise InputError("--volume predicts everything.", "Leave out --inline and --crossline.")
    if not (volume or inline or crossline):
        raise InputError("Nothing to predict was named.", "Give --inline N, --crossline N or --volume.")
    with opened(project, writes=False) as document:
        record = find_run(document, run)
        target = document.dataset(dataset or record.dataset_id)
        told = {"run": record.id, "dataset": target.id, "volume": volume}
        if volume:
            from seisgui.learning.requests import PredictRequest

            request = PredictRequest(
                document.path,
                record.id,
                dataset_id=target.id,
                device=device,
                scheduler=scheduler,
                workers=workers,
                with_run=find_run(document, other).id if other else None,
                probability_of=tuple(class_id(record, name) for name in probability or ()),
            )
            told |= predict_survey(document, request, output)
        refs = parse_sections(inline, crossline)
        check_sections(refs, target.axes)
        if refs:
            run_prediction(document, record.id, target.id, refs, device, output)
    sections = [str(ref) for ref in refs]
    output.document({**told, "sections": sections})
    output.say(f"Run {record.id} has predicted {', '.join(sections) or f'all of {target.name}'}.")


def class_id(record: RunRecord, name: str) -> int:
    """The class of a run that an id or a name means; raises ``InputError`` naming the choices."""
    found = [entry.id for entry in record.classes if name in (str(entry.id), entry.name)]
    if len(found) != 1:
        names = ", ".join(f"{entry.id} ({entry.name})" for entry in record.classes)
        raise InputError(f"Run {record.id} has no class {name!r}.", f"It has {names}.")
    return found[0]


def predict_survey(document: Project, request: PredictRequest, output: Output) -> dict[str, Any]:
    """Predict a whole survey in this process or on a cluster, after telling what that needs."""
    from seisgui.learning.events import Control
    from seisgui.learning.survey import survey_needs

    needs = survey_needs(document, request)
    if output.progress:
        output.line({"event": "needs", **plain(needs)})
    elif not output.as_json:
        sys.stderr.write(f"{needs.sentence}\n")
    from seisgui.learning.predict import predict_volume

    output.follow(predict_volume(document, request, Control()), "predicting")
    return {"needs": plain(needs)}


def check_sections(refs: Sections, axes: VolumeAxes | None) -> None:
    """Raises ``InputError`` where a line does not exist; the nearest one is not what was asked for."""
    from seisgui.seismic.axes import Orientation

    if axes is None:
        raise InputError("Gathers have no inlines and crosslines.", "Name a survey or line with --dataset.")
    for ref in refs:
        axis = axes.inline if ref.orientation is Orientation.INLINE else axes.crossline
        if ref.number not in axis.numbers:
            raise InputError(
                f"There is no {ref}.",
                f"{ref.orientation.value.capitalize()}s run from {axis.first} to {axis.last} in steps of {axis.step}.",
            )


def run_prediction(
    document: Project, run_id: str, dataset_id: str, refs: Sections, device: str | None, output: Output
) -> None:
    """Predict sections in this process; torch is imported here."""
    from seisgui.learning.events import Control
    from seisgui.learning.predict import predict_sections
    from seisgui.learning.requests import PredictRequest

    request = PredictRequest(document.path, run_id, refs, dataset_id=dataset_id, coarse_first=False, device=device)
    output.follow(predict_sections(document, request, Control()), "predicting")


def predict_missing(document: Project, run_id: str, dataset_id: str, refs: Sections, output: Output) -> None:
    """Predict those of ``refs`` that a run has not predicted yet."""
    from seisgui.learning.stored import read_prediction

    missing = tuple(ref for ref in refs if read_prediction(document, run_id, ref, dataset_id) is None)
    if missing:
        run_prediction(document, run_id, dataset_id, missing, None, output)


def score(
    project: ProjectArgument,
    run: RunOption,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="Labels the training did not see.")
    ] = None,
    dataset: DatasetOption = None,
    label_set: LabelSetOption = None,
    label_format: Annotated[
        str | None, typer.Option("--format", metavar="malenov|csv|segy|npz", help="Default: by name and content.")
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option("--tolerance", metavar="S", help="Picks: seconds that a right one may be off by (.1)."),
    ] = None,
    device: DeviceOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Score a run against labels that training did not see; those nearer than the gap to a training label drop out."""
    if labels is not None and not labels.exists():
        raise InputError(f"{labels} does not exist.")
    output = Output(as_json, progress)
    with opened(project, writes=False) as document:
        record = find_run(document, run)
        if record.task == PICKING:
            score_picks(document, record, labels, dataset, label_set, tolerance, device, output)
            return
        refuse({"--tolerance": tolerance}, "picking arrivals", record)
        from seisgui.learning.score import score_steps

        steps = score_steps(
            document, record.id, labels, dataset=dataset, label_set=label_set, format=label_format, device=device
        )
        result = output.follow(steps, "scoring")
    names = {str(facies.id): facies.name for facies in record.classes}
    for sentence in result.pop("notices", []):
        output.note(sentence)
    output.document(result)
    say_score(result["scores"], names, output)


def say_score(scores: dict[str, Any], names: dict[str, str], output: Output) -> None:
    """Scores as a table for people."""
    for name, title in SCORES:
        output.say(f"{title:22s}{score_text(scores, name)}")
    per_class = scores.get("per_class") or {}
    columns = ["iou", "accuracy", "f1", "n"]
    rows = [
        [names.get(str(number), str(number)), *(cell(values.get(column)) for column in columns)]
        for number, values in per_class.items()
    ]
    output.table(["Class", "IoU", "Accuracy", "F1", "Samples"], rows)
    if scores.get("not_scorable"):
        output.say(
            f"Not scorable: {', '.join(names.get(str(number), str(number)) for number in scores['not_scorable'])}"
        )
    output.say(
        f"{scores.get('dropped', 0):,} samples nearer than {scores.get('gap', '?')} traces, lines or samples "
        "to a training label were left out."
    )


def cell(value: Any) -> str:
    """A number as a table shows it."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if isinstance(value, float) else "-"
