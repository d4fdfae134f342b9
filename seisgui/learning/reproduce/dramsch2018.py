"""Dramsch & Lüthje (2018) repeated: three networks, the paper's split and an honest one, several seeds."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seisgui import catalogue
from seisgui.errors import InputError, SeisguiError
from seisgui.interpretation.project import Project
from seisgui.interpretation.runs import RunRecord
from seisgui.learning.events import Event, Notice, Progress
from seisgui.learning.reproduce import batch_norms, page, table
from seisgui.learning.reproduce.budgets import (
    IMAGENET,
    SCRATCH,
    SPLITS,
    Budget,
    Row,
    hold_out_of,
    plan_rows,
)
from seisgui.learning.reproduce.clock import Clock, within_time
from seisgui.learning.reproduce.folder import Document, RowFolder, write_text
from seisgui.learning.reproduce.pictures import predict_steps_of
from seisgui.learning.reproduce.survey_files import SurveyFiles, project_of
from seisgui.learning.requests import TrainRequest
from seisgui.networks.pretrained import at_hand, official, official_steps

NAME = "dramsch2018"
TRAINING_SHARE = 0.5  # of a row's time; the rest is for looking at labels and for the picture
USUAL_SECONDS = {"waldeland-same": 40.0, "vgg16": 300.0, "resnet50": 200.0}  # of a row without a bound, for the ETA
METRICS = ("loss", "mae", "accuracy", "mean_class_accuracy", "mean_iou", "frequency_weighted_iou", "mean_f1")
KEPT = (*METRICS, "per_class", "not_scorable", "confusion", "class_ids", "n", "n_labelled")


@dataclass(frozen=True)
class Wishes:
    """What is to be repeated; ``weights`` are picked ImageNet files by network, ``other`` is for the BN effect."""

    files: SurveyFiles
    out: Path
    budget: Budget
    networks: tuple[str, ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    weights: dict[str, Path] = field(default_factory=dict)
    download: bool = False
    device: str | None = None
    norms_effect: bool = False
    other: SurveyFiles | None = None


def reproduce_steps(wishes: Wishes) -> Generator[Event, None, Document]:
    """Run what is not there yet, write ``report.txt``, ``report.json`` and ``report.html``; returns the document.

    Closing the generator keeps the finished rows: the next call goes on with them. Raises ``InputError`` for files
    that cannot be used, or an output folder of another experiment.
    """
    if not wishes.seeds:
        raise InputError("Nothing is repeated without a seed.", "Give --seeds 1 or more.")
    began = time.monotonic()
    plan = {"experiment": NAME, "budget": wishes.budget.to_json(), "files": wishes.files.mark}
    folder = RowFolder(wishes.out, plan)
    yield Progress(0, 1000, f"Reading {wishes.files.source.name} and {wishes.files.labels.name}")
    with project_of(wishes.files, wishes.out / "f3.seisproj") as project:
        starts, absent = yield from starts_at_hand(wishes)
        for sentence in absent.values():
            yield Notice(sentence)
        rows = plan_rows(wishes.networks, wishes.seeds)
        results = yield from run_rows(project, wishes, folder, rows, starts)
        effect = None
        if wishes.norms_effect:
            effect = yield from batch_norms.effect_steps(project, wishes.other, folder, wishes.seeds, wishes.device)
        document = table.document(wishes.budget, rows, results, absent, effect)
        document |= {
            "data": wishes.files.mark,
            "seeds": list(wishes.seeds),
            "wall_s": round(time.monotonic() - began, 1),
        }
        html = page.written(document, project, wishes.out, results)
    write_text(wishes.out / "report.html", html)
    write_text(wishes.out / "report.txt", table.text(document))
    write_text(wishes.out / "report.json", page.as_json(document))
    return {**document, "page": str(wishes.out / "report.html"), "project": str(project.path)}


def starts_at_hand(wishes: Wishes) -> Generator[Event, None, tuple[dict[str, str], dict[str, str]]]:
    """``--from`` of the networks whose ImageNet weights are there, and a sentence for each network that has none."""
    starts: dict[str, str] = {}
    absent: dict[str, str] = {}
    for network in wishes.networks:
        info = catalogue.network(network)
        if not info.official:
            continue
        picked, weights = wishes.weights.get(network), official(info, IMAGENET)
        if picked is not None or at_hand(weights):
            yield from official_steps(weights, picked, download=False)  # a damaged file is told before hours of work
            starts[network] = IMAGENET if picked is None else f"{IMAGENET}:{picked}"
        elif wishes.download:
            try:
                yield from official_steps(weights)
                starts[network] = IMAGENET
            except SeisguiError as error:
                absent[network] = f"{network} from ImageNet is {table.NOT_MEASURED}. {error.sentence}"
        else:
            absent[network] = (
                f"{network} from ImageNet is {table.NOT_MEASURED}: {weights.file} is not in torch's cache. "
                f"Pick the file with --weights {network}=FILE, or allow --download ({weights.megabytes} MB)."
            )
    return starts, absent


def run_rows(
    project: Project, wishes: Wishes, folder: RowFolder, rows: Sequence[Row], starts: dict[str, str]
) -> Generator[Event, None, dict[str, Document]]:
    """Figures of every row that can be run, by key; those of an earlier call are taken as they are."""
    results = {row.key: found for row in rows if (found := folder.read(row.key)) is not None}
    todo = [row for row in rows if row.key not in results and (row.start == SCRATCH or row.network in starts)]
    if results:
        yield Notice(f"Rows that are there already: {len(results)}; left: {len(todo)}.")
    seconds = {row.network: row_seconds(wishes, row.network) for row in todo}
    clock = Clock(sum(seconds[row.network] for row in todo))
    for row in todo:
        limit = None if wishes.budget.minutes is None else seconds[row.network]
        result = yield from clock.told(run_row(project, wishes, row, starts, limit), str(row), seconds[row.network])
        yield from clock.told(
            predict_steps_of(project, result, folder.rows / f"{row.key}.npz", wishes.device)
            if row.seed == wishes.seeds[0]
            else nothing(),
            f"{row}: picture",
            0.0,
        )
        folder.keep(row.key, result)
        results[row.key] = result
        yield Notice(f"{row}: {table.figures_of(result)}")
    return results


def row_seconds(wishes: Wishes, network: str) -> float:
    """Time a row may take, or usually takes where there is no bound."""
    if wishes.budget.minutes is None:
        return USUAL_SECONDS[network]
    return 60.0 * wishes.budget.minutes / (len(SPLITS) * len(wishes.seeds))


def run_row(
    project: Project, wishes: Wishes, row: Row, starts: dict[str, str], limit: float | None
) -> Generator[Event, None, Document]:
    """Train one row within its time, and keep what the report needs of it."""
    axes = project.dataset().axes
    request = TrainRequest(
        project.path,
        network=row.network,
        start_from=SCRATCH if row.start == SCRATCH else starts[row.network],
        freeze=row.freeze,
        norms=row.norms,
        split=row.split,
        hold_out=hold_out_of(axes) if row.split == "blocked" and axes is not None else (),
        position=False,
        epochs=wishes.budget.epochs,
        seed=row.seed,
        device=wishes.device,
        settings=wishes.budget.settings(row.network),
    )
    record = yield from within_time(project, request, None if limit is None else limit * TRAINING_SHARE)
    return figures(record, row)


def figures(record: RunRecord, row: Row) -> Document:
    """What a report needs of a run."""
    metrics = record.metrics
    sides = {
        name: None if metrics.get(side) is None else {key: metrics[side].get(key) for key in KEPT}
        for name, side in (("train", "training"), ("test", "held_out"))
    }
    return {
        "network": row.network,
        "start": row.start,
        "split": row.split,
        "seed": row.seed,
        "norms": row.norms,
        "run": record.id,
        **sides,
        "updates": metrics["updates"],
        "epochs": metrics["epochs"],
        "best_epoch": metrics["best_epoch"],
        "stopped": "time" if record.status == "stopped" else "early" if metrics["stopped_early"] else "",
        "seconds": metrics["seconds"],
        "history": metrics["history"],
        "baselines": metrics["baselines"],
        "hold_out": record.split["hold_out"],
        "sentence": metrics["sentence"],
        "training_pixels": record.split["training_pixels"],
        "held_out_pixels": record.split["held_out_pixels"],
        "device": record.settings["device"],
        "learning_rate": record.settings["learning_rate"],
        "optimiser": record.settings["optimiser"],
        "freeze": row.freeze,
        "loaded": record.settings.get("loaded", ""),
    }


def nothing() -> Generator[Event, None, None]:
    """No work."""
    yield from ()
