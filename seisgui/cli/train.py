"""`seisgui train` and `seisgui networks`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seisgui.catalogue.freezing import NORM_POLICIES
from seisgui.cli.options import (
    DatasetOption,
    DeviceOption,
    JsonOption,
    LabelSetOption,
    ProgressOption,
    ProjectArgument,
    choice,
    parse_hold_out,
    parse_settings,
)
from seisgui.cli.output import Output
from seisgui.cli.project import opened
from seisgui.cli.runs import describe_run, find_run, say_scores
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord
    from seisgui.learning.requests import TrainRequest

TASKS = ("facies", "picking")
USUAL = {"facies": "forest", "picking": "phasenet"}  # networks by task
CLIP_RULES = ("P95", "P97", "P99", "max")


def train(
    project: ProjectArgument,
    task: Annotated[str, typer.Option("--task", metavar="facies|picking", help="What is learned.")] = "facies",
    network: Annotated[
        str | None,
        typer.Option("--network", metavar="NAME", help="See `seisgui networks`; facies: forest, picking: phasenet."),
    ] = None,
    start_from: Annotated[
        str,
        typer.Option("--from", metavar="scratch|imagenet|built-in|latest|RUN|FILE", help="Weights to begin with."),
    ] = "scratch",
    freeze: Annotated[
        str | None,
        typer.Option(
            "--freeze", metavar="PRESET", help="What does not learn: see `seisgui networks`; or BRANCH=frozen;BRANCH=.1"
        ),
    ] = None,
    norms: Annotated[
        str, typer.Option("--norms", metavar="|".join(NORM_POLICIES), help="What frozen batch norms do meanwhile.")
    ] = "eval",
    beside_scratch: Annotated[
        bool, typer.Option("--beside-scratch", help="A second run from scratch, with the same labels and budget.")
    ] = False,
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            "--hold-out",
            metavar="inline:A-B|crossline:A-B|station:CODE|shot:ID|event:NAME",
            help="Lines, stations, shots or events kept for scoring (repeat).",
        ),
    ] = None,
    split: Annotated[
        str, typer.Option("--split", metavar="blocked|random", help="random: for reproducing old papers only.")
    ] = "blocked",
    position: Annotated[
        bool | None, typer.Option("--position/--no-position", help="Two-way time and line as input channels.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=0, help="Epochs of 50 updates; 0 registers the starting weights.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same run.")] = 0,
    device: DeviceOption = None,
    clip: Annotated[str, typer.Option("--clip", metavar="|".join(CLIP_RULES), help="Amplitude clip rule.")] = "P99",
    orientation: Annotated[
        str | None, typer.Option("--orientation", metavar="inline|crossline|both", help="Default: as painted.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the network (repeat).")
    ] = None,
    dataset: DatasetOption = None,
    label_set: LabelSetOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Train a network on the labels; Ctrl+C discards the run."""
    from seisgui import catalogue
    from seisgui.learning.requests import TrainRequest

    choice("--task", task, TASKS)
    choice("--split", split, ("blocked", "random"))
    choice("--clip", clip, CLIP_RULES)
    choice("--orientation", orientation, ("inline", "crossline", "both"))
    choice("--norms", norms, NORM_POLICIES)
    network = network or USUAL[task]
    info = catalogue.network(network)
    if freeze:
        info.plan(freeze, norms)
    held_out, groups = parse_hold_out(hold_out, task)
    chosen_settings = parse_settings(settings)
    output = Output(as_json, progress)
    with opened(project, writes=False) as document:
        dataset_id, label_set_id = where(document, dataset, label_set, task, bare=epochs == 0)
        if start_from == "latest":
            start_from = find_run(document, start_from).id
        request = TrainRequest(
            project=document.path,
            task=task,
            network=network,
            dataset_id=dataset_id,
            label_set_id=label_set_id,
            start_from=start_from,
            freeze=freeze,
            norms=norms,
            beside_scratch=beside_scratch,
            hold_out=held_out,
            hold_out_groups=groups,
            split=split,
            position=position,
            epochs=epochs,
            seed=seed,
            device=device,
            clip_rule=clip,
            orientation=orientation,
            settings=chosen_settings,
        )
        record = run_training(document, request, output)
        beside = document.run(record.settings["beside"]) if "beside" in record.settings else None
    output.document({"run": describe_run(record), **({"beside": describe_run(beside)} if beside else {})})
    output.say(f"Run {record.id} ({record.network}) is ready.")
    say_scores(record.metrics, output, beside.metrics if beside else None)


def run_training(document: Project, request: TrainRequest, output: Output) -> RunRecord:
    """Train in this process; torch is imported here and not before."""
    from seisgui.learning.events import Control
    from seisgui.learning.train import train as train_steps

    return output.follow(train_steps(document, request, Control()), "training")


def where(
    document: Project, dataset: str | None, label_set: str | None, task: str = "facies", *, bare: bool = False
) -> tuple[str, str | None]:
    """Ids of the dataset and the label set (of picking: the pick set) that were named, or of the only ones.

    With ``bare`` records may lack picks: weights are registered as they are.
    """
    chosen = document.gather_set(dataset) if task == "picking" else document.dataset(dataset)
    sets = document.pick_sets(chosen.id) if task == "picking" else document.label_sets(chosen.id)
    if task == "picking" and not sets and bare and label_set is None:
        return chosen.id, None
    if task == "picking" and not sets:
        raise InputError(
            f"Dataset {chosen.name} has no picks yet.", "Pick some in the window, or: seisgui import-picks"
        )
    if label_set is None:
        if len(sets) > 1:
            raise InputError(
                f"Dataset {chosen.name} has several label sets.",
                f"Choose one with --label-set: {', '.join(info.name for info in sets)}.",
            )
        if not sets:
            raise InputError(
                f"Dataset {chosen.name} has no labels yet.", "Paint some in the window, or: seisgui import-labels"
            )
        return chosen.id, sets[0].id
    for info in sets:
        if label_set in {info.id, info.name}:
            return chosen.id, info.id
    raise InputError(
        f"Dataset {chosen.name} has no label set {label_set!r}.",
        f"It has: {', '.join(info.name for info in sets) or 'none'}.",
    )


def networks(as_json: JsonOption = False) -> None:
    """The networks that can be trained, with layers and parameters."""
    from seisgui import catalogue

    output = Output(as_json)
    known = catalogue.networks()
    output.document({"networks": known})
    output.table(
        ["Name", "Task", "Sees", "Parameters", "Freeze presets", "What it is"],
        [
            [
                info.name,
                info.task,
                f"{info.receptive_field} px",
                f"{info.parameters:,}" if info.layers else "-",
                "\n".join(preset.name for preset in info.presets) or "-",
                info.description,
            ]
            for info in known
        ],
    )
