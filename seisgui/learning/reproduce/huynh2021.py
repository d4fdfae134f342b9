"""Huynh (2021) repeated: six ways to transfer PhaseNet, on simulated records and on real ones, several seeds."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from seisgui.errors import InputError
from seisgui.interpretation.project import Project
from seisgui.learning.events import Event, Notice, Progress
from seisgui.learning.picking.picker_model import PickerModel
from seisgui.learning.picking.simulate_shots import check_packages
from seisgui.learning.reproduce import huynh_page, huynh_table
from seisgui.learning.reproduce.clock import Clock, within_time
from seisgui.learning.reproduce.folder import Document, RowFolder, write_text
from seisgui.learning.reproduce.huynh_plan import (
    BEFORE,
    NAME,
    PHASES,
    SCRATCH,
    SNRS,
    Budget,
    Row,
    parts_of,
    plan_rows,
)
from seisgui.learning.reproduce.huynh_records import (
    check_real,
    held_out_stations,
    project_of,
    real_files,
    records_at,
    simulate_parts,
)
from seisgui.learning.reproduce.huynh_scores import Picked, Rule, arrivals_of, pick_steps, score
from seisgui.learning.reproduce.page import as_json
from seisgui.learning.requests import HeldOutGroup, TrainRequest

BUILT_IN = "built-in"
CHECKED_SHOTS = 8  # every so-many-th shot of a training part is looked at, not learned from
NOISE_SEED = 20210


@dataclass(frozen=True)
class Wishes:
    """What is to be repeated: ``real`` holds real records, ``weights`` replace what is pretrained."""

    out: Path
    budget: Budget
    strategies: tuple[str, ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    real: Path | None = None
    weights: Path | None = None
    device: str | None = None

    @property
    def mark(self) -> Document:
        """What all rows of a folder must share."""
        files = {name: str(path.resolve()) for name, path in (("real", self.real), ("weights", self.weights)) if path}
        return {"experiment": NAME, "budget": self.budget.to_json(), "files": files}


@dataclass(frozen=True)
class Bench:
    """The open projects that rows are trained and tested in."""

    simulated: Project
    real: Project | None
    start: str  # what transfer on simulated records starts from: a run, or a file


def reproduce_steps(wishes: Wishes) -> Generator[Event, None, Document]:
    """Run what is not there yet, write ``report.txt``, ``report.json`` and ``report.html``; returns the document.

    Closing the generator keeps the finished rows: the next call goes on with them. Raises ``InputError`` without
    Deepwave, for files that cannot be used, or an output folder of another experiment.
    """
    if not wishes.seeds:
        raise InputError("Nothing is repeated without a seed.", "Give --seeds 1 or more.")
    check_packages()
    own = [] if wishes.real is None else real_files(wishes.real)
    about = [check_real(own)] if own else []
    began = time.monotonic()
    folder = RowFolder(wishes.out, wishes.mark)
    rows = plan_rows(wishes.strategies, wishes.seeds, real=wishes.real is not None)
    parts = {part.name: part for part in parts_of(wishes.budget)}
    files = yield from simulate_parts(list(parts.values()), folder.rows)
    yield Progress(0, 1000, "reading the records")
    with ExitStack() as stack:
        simulated = stack.enter_context(project_of(files, wishes.out / "simulated.seisproj"))
        real = None
        if own:
            real = stack.enter_context(project_of({"real": own}, wishes.out / "real.seisproj"))
        pretrained = yield from pretrained_steps(wishes, simulated, folder)
        results = yield from run_rows(wishes, folder, rows, Bench(simulated, real, pretrained["start"]))
        if real is not None:
            about.append(stations_sentence(real, wishes.seeds))
        document = huynh_table.document(wishes.budget, rows, results, pretrained, about)
        document |= {"seeds": list(wishes.seeds), "wall_s": round(time.monotonic() - began, 1)}
        html = huynh_page.written(document, parts["test"], simulated, results)
    write_text(wishes.out / "report.html", html)
    write_text(wishes.out / "report.txt", huynh_table.text(document))
    write_text(wishes.out / "report.json", as_json(document))
    return {**document, "page": str(wishes.out / "report.html"), "project": str(wishes.out / "simulated.seisproj")}


def stations_sentence(real: Project, seeds: Sequence[int]) -> str:
    """How the real records are divided."""
    records = real.open_records()
    counts = [len(records_at(records, held_out_stations(records, seed))) for seed in seeds]
    return f"Half of the stations of the real records are held out, drawn anew by every seed: {counts} records to test."


def pretrained_steps(wishes: Wishes, project: Project, folder: RowFolder) -> Generator[Event, None, Document]:
    """What transfer on simulated records starts from: given weights, or a run on the source family, made once."""
    if wishes.weights is not None:
        return {"start": str(wishes.weights), "title": wishes.weights.name, "history": []}
    row = Row(SCRATCH, 0, "source")
    found = folder.read(row.key)
    if found is None:
        request = request_of(wishes, project, row, SCRATCH, wishes.budget.pretraining_epochs)
        clock = Clock(wishes.budget.seconds)
        record = yield from clock.told(within_time(project, request, row_limit(wishes)), "pretraining", 1.0)
        metrics = record.metrics
        found = {
            "start": record.id,
            "title": f"{wishes.budget.source} simulated records of plain layers",
            "history": metrics["history"],
            "updates": metrics["updates"],
            "seconds": metrics["seconds"],
        }
        folder.keep(row.key, found)
        yield Notice(f"Pretrained on {found['title']}: {found['updates']} updates, {found['seconds']:.0f} s")
    return found


def run_rows(
    wishes: Wishes, folder: RowFolder, rows: Sequence[Row], bench: Bench
) -> Generator[Event, None, dict[str, Document]]:
    """Figures of every row, by key; those of an earlier call are taken as they are."""
    results = {row.key: found for row in rows if (found := folder.read(row.key)) is not None}
    todo = [row for row in rows if row.key not in results]
    if results:
        yield Notice(f"Rows that are there already: {len(results)}; left: {len(todo)}.")
    clock = Clock(len(todo) * wishes.budget.seconds)
    for row in todo:
        result = yield from clock.told(run_row(wishes, row, bench), str(row), wishes.budget.seconds)
        folder.keep(row.key, result)
        results[row.key] = result
        yield Notice(f"{row}: {huynh_table.told(result)}")
    return results


def run_row(wishes: Wishes, row: Row, bench: Bench) -> Generator[Event, None, Document]:
    """Train one row, and score it on records that it has not seen."""
    project = bench.real if row.part == "real" and bench.real is not None else bench.simulated
    start = SCRATCH
    if row.strategy != SCRATCH:
        start = bench.start if row.part != "real" else str(wishes.weights or BUILT_IN)
    epochs = wishes.budget.epochs_of(row.strategy, real=row.part == "real")
    request = request_of(wishes, project, row, start, epochs)
    record = yield from within_time(project, request, row_limit(wishes))
    model = PickerModel.load(project, record.id, wishes.device)
    scores, picked = yield from score_steps(wishes.budget, row, project, model)
    metrics = record.metrics
    return {
        "strategy": row.strategy,
        "part": row.part,
        "seed": row.seed,
        "run": record.id,
        "scores": scores,
        "records": len(picked["P"]),
        "picked": {phase: {str(index): picks for index, picks in picked[phase].items()} for phase in PHASES},
        "updates": metrics.get("updates", 0),
        "seconds": metrics.get("seconds", 0.0),
        "history": metrics.get("history", []),
        "loaded": record.settings.get("loaded", ""),
        "learning_rate": record.settings.get("learning_rate"),
    }


def request_of(wishes: Wishes, project: Project, row: Row, start: str, epochs: int) -> TrainRequest:
    """One run of the program's own training."""
    dataset = dataset_of(project, row.part)
    records = project.open_records(dataset)
    if row.part == "real":
        away = tuple(HeldOutGroup("station", name) for name in held_out_stations(records, row.seed))
    else:
        away = tuple(HeldOutGroup("event", group.title) for group in records.groups("event")[::CHECKED_SHOTS])
    return TrainRequest(
        project.path,
        task="picking",
        network="phasenet",
        dataset_id=dataset,
        start_from=start,
        freeze=None if row.strategy in (SCRATCH, BEFORE) else row.strategy,
        hold_out_groups=away,
        epochs=epochs,
        seed=row.seed,
        device=wishes.device,
        settings=wishes.budget.settings(row.strategy, real=row.part == "real"),
    )


def dataset_of(project: Project, name: str) -> str:
    """Id of the gather set of that name."""
    return next(dataset.id for dataset in project.datasets() if dataset.name == name)


def row_limit(wishes: Wishes) -> float | None:
    """Seconds that the training of one row may take."""
    if wishes.budget.minutes is None:
        return None
    n = len(plan_rows(wishes.strategies, wishes.seeds, real=wishes.real is not None)) + 1
    return 60.0 * wishes.budget.minutes / n


def score_steps(
    budget: Budget, row: Row, project: Project, model: PickerModel
) -> Generator[Progress, None, tuple[Document, Picked]]:
    """Scores by SNR (only 'none' but for the main table), and the picks without noise."""
    real = row.part == "real"
    records = project.open_records(dataset_of(project, "real" if real else "test"))
    indices = records_at(records, held_out_stations(records, row.seed)) if real else range(len(records.table))
    rule = Rule(budget.threshold, budget.distance, budget.real_tolerance if real else budget.tolerance)
    arrivals = arrivals_of(records, indices)
    scores: Document = {}
    kept: Picked = {}
    for snr in SNRS if row.part == "training" else SNRS[:1]:
        picked = yield from pick_steps(model, records, indices, rule, snr, NOISE_SEED + row.seed)
        counted = score(picked, arrivals, rule.tolerance)
        scores[huynh_table.snr_name(snr)] = {
            counting: {phase: each.to_json() for phase, each in phases.items()} for counting, phases in counted.items()
        }
        kept = kept or picked
    return scores, kept
