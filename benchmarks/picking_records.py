"""PhaseNet fine-tuned on forty earthquake records, scored on other stations, beside the start and a run from scratch.

    python -m benchmarks.picking_records [--seeds 0 1 2 3 4] [--scratch 1] [--out FILE]

For every seed other stations are held out until forty records are left to learn from. Before and after are scored on
one window a record (threshold .5, tolerance .1 s, mean of three draws) and stitched.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pick_runs import DATA, WEIGHTS, picked_project, scored, trained
from benchmarks.registry import Result, not_measured
from seisgui.interpretation.project import Project
from seisgui.learning.picking.requests import ONE_PER_RECORD, STITCHED
from seisgui.learning.requests import HeldOutGroup

PROMISE = "fine-tuning on 40 records, other stations: P F1 >= .95, S F1 >= .84 (mean of seeds), |P bias| <= .01 s"
RECORDS = DATA / "waveforms" / "ncedc_phasenet_3c_A.npz"
LEARNED, TOLERANCE, DRAWS = 40, 0.1, 3
FIGURES = ("f1", "precision", "recall", "residual_mean", "residual_std")


def stations_out(project: Project, seed: int) -> tuple[list[HeldOutGroup], list[str]]:
    """Stations to hold out so that forty records are left, and the ids of their records."""
    records = project.open_records()
    groups = {group.title: group.records.tolist() for group in records.groups("station")}
    kept = 0
    held_out = []
    for station in np.random.default_rng(seed + 100).permutation(sorted(groups)).tolist():
        if kept + len(groups[station]) <= LEARNED:
            kept += len(groups[station])
        else:
            held_out.append(station)
    names = [records.table.id_of(index) for station in held_out for index in groups[station]]
    return [HeldOutGroup("station", station) for station in held_out], names


def measured(project: Project, run: str, names: Sequence[str], draws: int = DRAWS) -> dict[str, dict[str, float]]:
    """Scores of one window a record, mean over draws, and of whole records ('stitched P' ...)."""
    drawn = [scored(project, run, names, TOLERANCE, windows=ONE_PER_RECORD, seed=draw) for draw in range(draws)]
    whole = scored(project, run, names, TOLERANCE, windows=STITCHED)
    found = {
        phase: {name: float(np.mean([scores[phase][name] for scores in drawn])) for name in FIGURES} for phase in "PS"
    }
    return found | {f"stitched {phase}": {name: whole[phase][name] for name in FIGURES} for phase in "PS"}


def one_seed(seed: int, scratch: bool, epochs: int | None = None, **settings: Any) -> dict[str, Any]:
    """Before, after and from scratch."""
    with picked_project([RECORDS]) as project:
        groups, names = stations_out(project, seed)
        started = time.perf_counter()
        found: dict[str, Any] = {"seed": seed, "records": len(names)}
        before = trained(project, WEIGHTS, groups, epochs=0)
        found["before"] = measured(project, before, names)
        after = trained(project, WEIGHTS, groups, seed=seed, epochs=epochs, settings=settings)
        found["after"] = measured(project, after, names)
        if scratch:
            fresh = trained(project, "scratch", groups, seed=seed, epochs=18)
            found["scratch"] = measured(project, fresh, names)
        return found | {"seconds": time.perf_counter() - started}


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """One line a stage: mean (standard deviation over seeds) of F1, and the mean residual of P."""
    lines = []
    for stage in ("before", "after", "scratch"):
        some = [row[stage] for row in rows if stage in row]
        if some:
            told = []
            for phase in ("P", "S", "stitched P", "stitched S"):
                f1 = [scores[phase]["f1"] for scores in some]
                bias = np.mean([scores[phase]["residual_mean"] for scores in some])
                told.append(f"{phase} {np.mean(f1):.3f} ({np.std(f1):.3f}) bias {bias:+.4f} s")
            lines.append(f"{stage:8} {len(some)} seeds: " + ", ".join(told))
    return "\n".join(lines)


def measure() -> Result:
    """One seed with half of the updates; the whole table takes half an hour (see above)."""
    if not RECORDS.is_file():
        return not_measured("the real records are not here")
    row = one_seed(0, scratch=False, epochs=3)
    scores = row["after"]
    p, s, bias = scores["P"]["f1"], scores["S"]["f1"], scores["P"]["residual_mean"]
    before = row["before"]
    figure = (
        f"one seed, 150 updates: P F1 {before['P']['f1']:.3f} -> {p:.3f}, S {before['S']['f1']:.3f} -> {s:.3f}, "
        f"P bias {bias:+.3f} s"
    )
    return Result(figure, p >= 0.95 and s >= 0.84 and abs(bias) <= 0.01, row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--scratch", type=int, default=1, help="seeds that are trained from scratch, too")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--set", nargs="*", default=[], help="NAME=VALUE of the recipe")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    settings = {name: value for name, _, value in (each.partition("=") for each in options.set)}
    rows = []
    for place, seed in enumerate(options.seeds):
        rows.append(one_seed(seed, place < options.scratch, options.epochs, **settings))
        print(
            json.dumps(
                {
                    stage: rows[-1].get(stage) and {k: round(v["f1"], 3) for k, v in rows[-1][stage].items()}
                    for stage in ("before", "after", "scratch")
                }
            ),
            f"{rows[-1]['seconds']:.0f} s",
            flush=True,
        )
    print(summary(rows))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
