"""`seisgui reproduce`: published experiments, repeated on the user's own data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seisgui.cli.options import DeviceOption, JsonOption, ProgressOption, choice
from seisgui.cli.output import Document, Output
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.learning.reproduce.survey_files import SurveyFiles


DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR|FILE", help="dramsch2018: survey and labels; huynh2021: real picked records."),
]
SourceOption = Annotated[
    Path | None, typer.Option("--source", metavar="FILE", help="dramsch2018: the survey, F3 as SEG-Y.")
]
LabelsOption = Annotated[
    Path | None, typer.Option("--labels", metavar="FILE", help="Its labels: MalenoV points, CSV, npz, SEG-Y.")
]
BudgetOption = Annotated[
    str, typer.Option("--budget", metavar="paper|cpu", help="cpu: made for one core and half an hour.")
]
MinutesOption = Annotated[
    float | None,
    typer.Option("--minutes", min=0.01, help="Most time of training: a network's rows (cpu: 10), or all of huynh2021."),
]
UpdatesOption = Annotated[
    int | None, typer.Option("--updates", min=1, help="Most updates of a run, instead of the budget's.")
]
SeedsOption = Annotated[int, typer.Option("--seeds", min=1, max=100, help="Every row is run so many times.")]
NetworksOption = Annotated[
    list[str] | None,
    typer.Option("--networks", metavar="NAME", help="dramsch2018: only these (repeat, or join with commas)."),
]
StrategiesOption = Annotated[
    list[str] | None,
    typer.Option("--strategies", metavar="NAME", help="huynh2021: only these, and scratch beside (repeat, or commas)."),
]
WeightsOption = Annotated[
    list[str] | None,
    typer.Option("--weights", metavar="NETWORK=FILE", help="Weights to start from, such as phasenet=FILE (repeat)."),
]
DownloadOption = Annotated[
    bool, typer.Option("--download", help="Fetch ImageNet weights that are not at hand (626 MB).")
]
EffectOption = Annotated[
    bool, typer.Option("--bn-effect", help="dramsch2018: also show what frozen batch norms do to ResNet50.")
]
OtherSourceOption = Annotated[
    Path | None, typer.Option("--other-source", metavar="FILE", help="A survey to pretrain on, for --bn-effect.")
]
OtherLabelsOption = Annotated[Path | None, typer.Option("--other-labels", metavar="FILE", help="Its labels.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Where rows and report go; named again, it goes on.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command line, for whichever experiment."""

    data: Path | None
    source: Path | None
    labels: Path | None
    other_source: Path | None
    other_labels: Path | None
    budget: str
    minutes: float | None
    updates: int | None
    seeds: int
    networks: tuple[str, ...]
    strategies: tuple[str, ...]
    weights: tuple[str, ...]
    download: bool
    bn_effect: bool
    device: str | None
    out: Path


def reproduce(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="dramsch2018 or huynh2021")],
    data: DataOption = None,
    source: SourceOption = None,
    labels: LabelsOption = None,
    budget: BudgetOption = "cpu",
    minutes: MinutesOption = None,
    updates: UpdatesOption = None,
    seeds: SeedsOption = 3,
    networks: NetworksOption = None,
    strategies: StrategiesOption = None,
    weights: WeightsOption = None,
    download: DownloadOption = False,
    bn_effect: EffectOption = False,
    other_source: OtherSourceOption = None,
    other_labels: OtherLabelsOption = None,
    device: DeviceOption = None,
    out: OutOption = None,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Repeat a published experiment; after Ctrl+C the same command goes on where it stood."""
    choice("EXPERIMENT", experiment, tuple(EXPERIMENTS))
    asked = Asked(
        data=data,
        source=source,
        labels=labels,
        other_source=other_source,
        other_labels=other_labels,
        budget=budget,
        minutes=minutes,
        updates=updates,
        seeds=seeds,
        networks=named(networks),
        strategies=named(strategies),
        weights=tuple(weights or []),
        download=download,
        bn_effect=bn_effect,
        device=device,
        out=out or Path(f"{experiment}-{budget}"),
    )
    EXPERIMENTS[experiment](asked, Output(as_json, progress))


def named(texts: list[str] | None) -> tuple[str, ...]:
    """Names that were given one by one, or joined with commas."""
    return tuple(name.strip() for given in texts or [] for name in given.split(","))


def dramsch2018(asked: Asked, output: Output) -> None:
    """Dramsch & Lüthje (2018): facies networks on F3."""
    from dataclasses import replace

    from seisgui.learning.reproduce import budgets, survey_files

    budget = budgets.budget_named(asked.budget)
    if asked.minutes is not None:
        budget = replace(budget, minutes=asked.minutes)
    if asked.updates is not None:
        budget = budget.with_updates(asked.updates)
    networks = budgets.checked_networks(asked.networks)
    weights = picked_weights(asked.weights, networks)
    files = survey_files.chosen(asked.data, asked.source, asked.labels)
    other = other_survey(asked)
    from seisgui.learning.reproduce import dramsch2018 as experiment
    from seisgui.learning.reproduce import table

    wishes = experiment.Wishes(
        files=files,
        out=asked.out,
        budget=budget,
        networks=networks,
        seeds=tuple(range(asked.seeds)),
        weights=weights,
        download=asked.download,
        device=asked.device,
        norms_effect=asked.bn_effect,
        other=other,
    )
    document: Document = output.follow(experiment.reproduce_steps(wishes), "reproducing")
    output.document(document)
    output.say(table.text(document))
    output.say(f"The page with pictures: {document['page']}")


def picked_weights(texts: tuple[str, ...], networks: tuple[str, ...]) -> dict[str, Path]:
    """``vgg16=FILE`` repeated."""
    found: dict[str, Path] = {}
    for text in texts:
        network, sign, path = text.partition("=")
        if not sign or network not in networks or not path:
            raise InputError(f"--weights {text!r} is not understood.", f"Write NETWORK=FILE: {networks[-1]}=FILE.")
        found[network] = Path(path)
    return found


def other_survey(asked: Asked) -> SurveyFiles | None:
    """The survey that --bn-effect pretrains on: the one that was named, or Penobscot where the data folder has it."""
    from seisgui.learning.reproduce import survey_files

    named = (asked.other_source, asked.other_labels)
    if asked.other_source is not None and asked.other_labels is not None:
        return survey_files.SurveyFiles(asked.other_source, asked.other_labels)
    if any(named):
        raise InputError("--other-source and --other-labels go together.")
    return survey_files.penobscot_in(asked.data) if asked.bn_effect and asked.data is not None else None


def huynh2021(asked: Asked, output: Output) -> None:
    """Huynh (2021): six ways to transfer PhaseNet, on simulated records and on real ones."""
    from dataclasses import replace

    from seisgui.learning.reproduce import huynh_plan

    budget = huynh_plan.budget_named(asked.budget)
    if asked.updates is not None:
        budget = budget.with_updates(asked.updates)
    if asked.minutes is not None:
        budget = replace(budget, minutes=asked.minutes)
    strategies = huynh_plan.checked_strategies(asked.strategies)
    weights = picked_weights(asked.weights, ("phasenet",)).get("phasenet")
    for path in (asked.data, weights):
        if path is not None and not path.exists():
            raise InputError(f"{path} does not exist.")
    from seisgui.learning.reproduce import huynh2021 as experiment
    from seisgui.learning.reproduce import huynh_table

    wishes = experiment.Wishes(
        out=asked.out,
        budget=budget,
        strategies=strategies,
        seeds=tuple(range(asked.seeds)),
        real=asked.data,
        weights=weights,
        device=asked.device,
    )
    document: Document = output.follow(experiment.reproduce_steps(wishes), "reproducing")
    output.document(document)
    output.say(huynh_table.text(document))
    output.say(f"The page with pictures: {document['page']}")


EXPERIMENTS: dict[str, Callable[[Asked, Output], None]] = {"dramsch2018": dramsch2018, "huynh2021": huynh2021}
