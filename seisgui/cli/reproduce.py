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
    weights: tuple[str, ...]
    download: bool
    bn_effect: bool
    device: str | None
    out: Path


def reproduce(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="dramsch2018")],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Folder with the survey and its labels.")
    ] = None,
    source: Annotated[Path | None, typer.Option("--source", metavar="FILE", help="The survey: F3 as SEG-Y.")] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", metavar="FILE", help="Its labels: MalenoV points, CSV, npz, SEG-Y.")
    ] = None,
    budget: Annotated[
        str, typer.Option("--budget", metavar="paper|cpu", help="cpu: at most 200 updates of 32 patches a run.")
    ] = "cpu",
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", min=0.01, help="Most time a network takes, all of its rows together (cpu: 10)."),
    ] = None,
    updates: Annotated[
        int | None, typer.Option("--updates", min=1, help="Most updates of a run, instead of the budget's.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=100, help="Every row is run so many times.")] = 3,
    networks: Annotated[
        list[str] | None, typer.Option("--networks", metavar="NAME", help="Only these (repeat, or join with commas).")
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option("--weights", metavar="NETWORK=FILE", help="ImageNet weights to load (repeat)."),
    ] = None,
    download: Annotated[
        bool, typer.Option("--download", help="Fetch ImageNet weights that are not at hand (626 MB).")
    ] = False,
    bn_effect: Annotated[
        bool, typer.Option("--bn-effect", help="Also show what frozen batch norms do to ResNet50.")
    ] = False,
    other_source: Annotated[
        Path | None, typer.Option("--other-source", metavar="FILE", help="A survey to pretrain on, for --bn-effect.")
    ] = None,
    other_labels: Annotated[Path | None, typer.Option("--other-labels", metavar="FILE", help="Its labels.")] = None,
    device: DeviceOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where rows and report go; named again, it goes on.")
    ] = None,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Repeat a published experiment; after Ctrl+C the same command goes on where it stood."""
    choice("EXPERIMENT", experiment, tuple(EXPERIMENTS))
    asked = Asked(
        data,
        source,
        labels,
        other_source,
        other_labels,
        budget,
        minutes,
        updates,
        seeds,
        tuple(name.strip() for given in networks or [] for name in given.split(",")),
        tuple(weights or []),
        download,
        bn_effect,
        device,
        out or Path(f"{experiment}-{budget}"),
    )
    EXPERIMENTS[experiment](asked, Output(as_json, progress))


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


EXPERIMENTS: dict[str, Callable[[Asked, Output], None]] = {"dramsch2018": dramsch2018}
