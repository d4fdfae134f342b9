"""The table of spec/facies.md on the real F3 line, filled by the program's own commands.

    python -m benchmarks.facies_f3 [--networks forest waldeland] [--seeds 0 1 2] [--out FILE]

Runs ``seisgui new``, ``import-labels`` and ``train`` in a temporary folder, reads ``seisgui runs --json`` and prints
the mean over seeds of pixel accuracy / mean class accuracy / mean IoU on held-out labels for each layout, with and
without position, beside the position baselines.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "shared" / "data"
FIRST_CROSSLINE = 300
LAYOUTS = {"A": ((143, 238), (475, 570), (760, 855)), "B": ((0, 95), (300, 395), (600, 695))}
SCORES = ("pixel_accuracy", "mean_class_accuracy", "mean_iou")


def seisgui(*arguments: str | Path) -> str:
    """Standard output of one command of the program."""
    command = [sys.executable, "-m", "seisgui.cli.main", *map(str, arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{' '.join(command)}\n{answer.stderr}")
    return answer.stdout


def make_project(folder: Path) -> Path:
    """A project with the digitised F3 line and its published labels."""
    project = folder / "f3.seisproj"
    seisgui("new", project, "--volume", DATA / "segy" / "f3_inline339_digitised.sgy")
    seisgui("import-labels", project, DATA / "facies" / "f3_inline339_classification.ixz", "--format", "malenov")
    return project


def train(project: Path, network: str, layout: str, position: bool, seed: int) -> dict[str, Any]:
    """Metrics of one run; ``seconds`` is the wall time of the whole command."""
    held_out = [f"crossline:{FIRST_CROSSLINE + a}-{FIRST_CROSSLINE + b}" for a, b in LAYOUTS[layout]]
    options = [word for area in held_out for word in ("--hold-out", area)]
    options += ["--position" if position else "--no-position", "--seed", str(seed), "--device", "cpu"]
    started = time.perf_counter()
    seisgui("train", project, "--task", "facies", "--network", network, *options, "--json")
    seconds = time.perf_counter() - started
    run = json.loads(seisgui("runs", project, "--json"))["runs"][-1]
    return {**run["metrics"], "seconds": seconds}


def mean_scores(runs: list[dict[str, Any]], which: str = "held_out") -> list[float]:
    """Mean over runs of the three scores on held-out labels."""
    return [sum(run[which][score] for run in runs) / len(runs) for score in SCORES]


def line(name: str, layout: str, scores: list[float], rest: str = "") -> str:
    return f"{name:44} {layout}  " + "/".join(f"{value:.3f}" for value in scores) + f"  {rest}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=["forest", "waldeland"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--layouts", nargs="+", default=list(LAYOUTS))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder))
        for layout in options.layouts:
            for network in options.networks:
                for position in (False, True):
                    runs = [train(project, network, layout, position, seed) for seed in options.seeds]
                    seconds = sum(run["seconds"] for run in runs) / len(runs)
                    name = f"{network}, {'with' if position else 'without'} position"
                    print(line(name, layout, mean_scores(runs), f"{seconds:.0f} s a run"), flush=True)
                    rows.append({"name": name, "layout": layout, "scores": mean_scores(runs), "seconds": seconds})
                    if runs[0].get("held_out_unsmoothed"):
                        bare = mean_scores(runs, "held_out_unsmoothed")
                        print(line(f"{name}, unsmoothed", layout, bare), flush=True)
                        rows.append({"name": f"{name}, unsmoothed", "layout": layout, "scores": bare})
            for name, scores in runs[-1].get("baselines", {}).items():
                values = [scores[score] for score in SCORES]
                print(line(f"  baseline: {name}", layout, values), flush=True)
                rows.append({"name": name, "layout": layout, "scores": values})
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
