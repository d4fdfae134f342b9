"""First breaks: PhaseNet fine-tuned on a few gathers and tracked across others, beside STA/LTA with AIC.

    python -m benchmarks.first_breaks [--seeds 0 1 2] [--data deepfb halfmile] [--scratch] [--out FILE]

DeepFB: ten gathers to learn from, the other five scored; Halfmile: one shot to learn from, the other one scored, both
ways. Told are the shares of picked traces with a pick within 1, 3 and 5 samples, the share of picks within 3 samples
among those on traces that have one, and the share of empty traces that were picked.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pick_runs import DATA, WEIGHTS, done, picked_project, trained
from benchmarks.registry import Result, not_measured
from seisgui.interpretation.project import Project
from seisgui.learning.events import Control
from seisgui.learning.picking.classical import ClassicalPicker
from seisgui.learning.picking.predict import predict_records
from seisgui.learning.picking.requests import PickPredictRequest
from seisgui.learning.requests import HeldOutGroup

PROMISE = "first breaks: >= .78 of traces within 3 samples, precision >= .80, false picks on <= 30 % of empty traces"
GATHERS = DATA / "gathers"
FILES = {
    "deepfb": (GATHERS / "deepfb_obs_A.npz",),
    "halfmile": (GATHERS / "Halfmile_shot20041590_seg005.npz", GATHERS / "Halfmile_shot20281090_seg004.npz"),
}
LEARNED = 10  # gathers of DeepFB
FIGURES = ("within 1", "within 3", "within 5", "precision", "false picks")
Picked = dict[str, float]  # record -> s


def divisions(name: str, project: Project, seed: int) -> list[list[str]]:
    """Titles of the shots that are held out: once (DeepFB), or one after the other (Halfmile)."""
    titles = [group.title for group in project.open_records().groups("shot")]
    if name == "halfmile":
        return [[title] for title in titles]
    drawn = np.random.default_rng(seed).permutation(len(titles)).tolist()
    return [[titles[place] for place in drawn[LEARNED:]]]


def figures(project: Project, shots: Sequence[str], picked: Picked) -> dict[str, float]:
    """What came of the traces of some shots."""
    records = project.open_records()
    table, true = records.table, {pick.record_id: pick.time for pick in records.known_picks}
    indices = [index for group in records.groups("shot") if group.title in shots for index in group.records.tolist()]
    names = [table.id_of(index) for index in indices]
    rate = float(table.rate[indices[0]])
    away = [
        abs(round(picked[name] * rate) - round(true[name] * rate)) for name in names if name in picked and name in true
    ]
    n_true = sum(name in true for name in names)
    empty = [name in picked for name in names if name not in true]
    near = {n: sum(samples <= n for samples in away) for n in (1, 3, 5)}
    return {
        **{f"within {n}": count / n_true for n, count in near.items()},
        "precision": near[3] / max(len(away), 1),
        "false picks": float(np.mean(empty)) if empty else 0.0,
        "traces": n_true,
        "empty": len(empty),
    }


def of_run(project: Project, run: str, shots: Sequence[str]) -> Picked:
    """First P of every trace that a run picked."""
    records = project.open_records()
    names = [
        records.table.id_of(index)
        for group in records.groups("shot")
        if group.title in shots
        for index in group.records.tolist()
    ]
    request = PickPredictRequest(project.path, run, records=tuple(names), device="cpu", curves=False)
    found = done(predict_records(project, request, Control()))
    return {pick.record: pick.time for pick in reversed(found.picks) if pick.phase == "P"}


def classical(project: Project, shots: Sequence[str]) -> Picked:
    """STA/LTA with AIC, its parameters chosen on the other shots."""
    records = project.open_records()
    known = {records.table.index_of(pick.record_id): pick.time for pick in records.known_picks}
    groups = {group.title: group.records.tolist() for group in records.groups("shot")}
    learned = [index for title, members in groups.items() if title not in shots for index in members]
    picker = ClassicalPicker.chosen(records, {index: known.get(index) for index in learned})
    asked = [index for title in shots for index in groups[title]]
    return {records.table.id_of(index): time for index, time in picker.pick(records, asked).items()}


def one(
    name: str, seed: int, methods: Sequence[str], epochs: int | None = None, **settings: Any
) -> list[dict[str, Any]]:
    """Figures of every method and division."""
    rows = []
    with picked_project(FILES[name]) as project:
        for shots in divisions(name, project, seed):
            groups = [HeldOutGroup("shot", shot) for shot in shots]
            for method in methods:
                started = time.perf_counter()
                if method == "sta/lta + aic":
                    picked = classical(project, shots)
                else:
                    start = "scratch" if method == "scratch" else WEIGHTS
                    run = trained(project, start, groups, seed=seed, epochs=epochs, settings=settings)
                    picked = of_run(project, run, shots)
                found = figures(project, shots, picked)
                rows.append(
                    {
                        "data": name,
                        "seed": seed,
                        "method": method,
                        "shots": shots,
                        **found,
                        "seconds": time.perf_counter() - started,
                    }
                )
                told = ", ".join(f"{key} {found[key]:.3f}" for key in FIGURES)
                print(
                    f"{name} seed {seed} {method} on {len(shots)} shots: {told} ({rows[-1]['seconds']:.0f} s)",
                    flush=True,
                )
    return rows


def means(rows: Sequence[dict[str, Any]], data: str, method: str) -> dict[str, float]:
    some = [row for row in rows if row["data"] == data and row["method"] == method]
    return {key: float(np.mean([row[key] for row in some])) for key in FIGURES}


def measure() -> Result:
    """One seed of DeepFB."""
    if not all(file.is_file() for file in FILES["deepfb"]):
        return not_measured("the real gathers are not here")
    rows = one("deepfb", 0, ("sta/lta + aic", "fine-tuned"), epochs=3)
    tuned, other = means(rows, "deepfb", "fine-tuned"), means(rows, "deepfb", "sta/lta + aic")
    kept = tuned["within 3"] >= 0.78 and tuned["precision"] >= 0.8 and tuned["false picks"] <= 0.3
    figure = (
        f"DeepFB, one seed: within 1/3/5 samples {tuned['within 1']:.2f}/{tuned['within 3']:.2f}/"
        f"{tuned['within 5']:.2f}, "
        f"precision {tuned['precision']:.2f}, false picks {tuned['false picks']:.2f}; "
        f"STA/LTA + AIC within 3 {other['within 3']:.2f}"
    )
    return Result(figure, kept, {"rows": rows})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--data", nargs="+", default=list(FILES), choices=list(FILES))
    parser.add_argument("--methods", nargs="+", default=["sta/lta + aic", "fine-tuned"])
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--set", nargs="*", default=[], help="NAME=VALUE of the recipe")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    settings = {name: value for name, _, value in (each.partition("=") for each in options.set)}
    rows: list[dict[str, Any]] = []
    for data in options.data:
        for seed in options.seeds:
            rows += one(data, seed, options.methods, options.epochs, **settings)
    for data in options.data:
        for method in options.methods:
            found = means(rows, data, method)
            print(f"{data} {method}, mean: " + ", ".join(f"{key} {found[key]:.3f}" for key in FIGURES))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
