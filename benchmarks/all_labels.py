"""All labels of F3 inline 339: a network, a forest and both together on held-out blocks, and what helped.

    python -m benchmarks.all_labels --full [--layouts A B] [--seeds 0 1 2] [--variants ...] [--work FOLDER]

Every run is the program's own ``train``; its probabilities are kept before smoothing, so that mirroring, the forest's
share and the smoothing are compared on the same runs. Which of these are used is decided by an inner split: each
stretch of training columns is held out from a training on the others, and the blocks are never looked at. With
``--work`` the probabilities are kept, and a second call goes on from them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.f3_line import LAYOUTS, REF, SCORES, Columns, Line, at_hand, hold_out, new_project
from benchmarks.few_labels import spread
from benchmarks.registry import Result, not_measured
from seisgui.interpretation.classes import Source
from seisgui.interpretation.project import Project
from seisgui.learning.ages import ages_of, smoothed_steps
from seisgui.learning.dense import NetworkModel
from seisgui.learning.events import Control
from seisgui.learning.forest import ForestModel
from seisgui.learning.metrics import confusion, facies_scores
from seisgui.learning.model import load_model
from seisgui.learning.requests import TrainRequest
from seisgui.learning.splits import GAP
from seisgui.learning.together import Together
from seisgui.learning.train import train
from seisgui.seismic.progress import finish

PROMISE = "all labels of F3 inline 339, layout B: network and forest together beat the forest with position"
SEEDS = (0, 1, 2)
CLASSES = 9
SMOOTHINGS = ((0.0, 0.0), (2.0, 16.0), (2.0, 32.0), (3.0, 60.0))  # samples down, traces across
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the forest
DEFAULT_SMOOTHING = (2.0, 16.0)  # of the forest
INNER = "half the updates"  # the variant that the inner split trains
KINDS = {"forest": (1.0,), "network": (0.0,), "both": SHARES[1:-1], "any": SHARES}
Settings = dict[str, float | int | str | bool]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Variant:
    """A way to train the network."""

    settings: Settings = field(default_factory=dict)
    epochs: int | None = None
    start_from: str = "scratch"
    position: bool = True


VARIANTS = {
    "as it is": Variant(),
    "class-weighted loss": Variant({"class_weight": 0.5}),
    "no augmentation": Variant({"flip": False, "amplitude_jitter": 0.0, "stretch": 0.0}),
    "half the updates": Variant(epochs=3),
    "twice the updates": Variant(epochs=12),
    "built-in start": Variant(start_from="built-in"),
    "without position": Variant(position=False),
}


@dataclass(frozen=True)
class Mix:
    """What is done to probabilities: the forest's share, mirroring of the network, smoothing."""

    share: float
    mirrored: bool
    smoothing: tuple[float, float]

    def __str__(self) -> str:
        down, across = self.smoothing
        flips = ", mirrored too" if self.mirrored else ""
        return f"forest's share {self.share:g}, smoothed by {down:g} samples and {across:g} traces{flips}"


MIXES = [
    Mix(share, mirrored, smoothing)
    for share, mirrored, smoothing in product(SHARES, (False, True), SMOOTHINGS)
    if share < 1 or not mirrored
]


@dataclass(frozen=True)
class Found:
    """Probabilities (9, n_lateral, n_sample) of one training for every smoothing, and the classes it knew."""

    planes: dict[tuple[str, tuple[float, float]], FloatArray]  # by 'net' | 'mirrored' | 'forest' and smoothing
    trained: tuple[int, ...]

    def mixed(self, mix: Mix) -> FloatArray:
        net = self.planes["mirrored" if mix.mirrored else "net", mix.smoothing]
        return (1 - mix.share) * net + mix.share * self.planes["forest", mix.smoothing]


@dataclass(frozen=True)
class Case:
    """A training: labels allowed, columns held out of them, seed, variant."""

    layout: str
    inner: int | None  # which stretch of training columns is held out; None: the blocks themselves
    seed: int
    variant: str

    @property
    def stretches(self) -> list[tuple[int, int]]:
        return stretches(LAYOUTS[self.layout])

    @property
    def blocks(self) -> Columns:
        return LAYOUTS[self.layout] if self.inner is None else (self.stretches[self.inner],)

    def labels(self, line: Line) -> NDArray[np.int16]:
        """What the project may know."""
        return line.classes if self.inner is None else line.outside(LAYOUTS[self.layout], GAP)

    @property
    def file(self) -> str:
        part = "blocks" if self.inner is None else f"inner{self.inner}"
        return f"{self.layout}-{part}-{self.seed}-{self.variant.replace(' ', '_')}.npz"


def stretches(blocks: Columns, columns: int = 951) -> list[tuple[int, int]]:
    """The columns further than the gap from every block, as (first, last)."""
    free = np.ones(columns + 2, dtype=bool)
    free[[0, -1]] = False
    for first, last in blocks:
        free[max(0, first - GAP) + 1 : last + GAP + 2] = False
    edges = np.flatnonzero(np.diff(free.astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


class Bench:
    """Trains what is asked for and keeps the probabilities."""

    def __init__(self, work: Path, settings: Settings) -> None:
        self.work, self.settings, self.line = work, settings, Line.read()

    def found(self, case: Case) -> Found:
        """Probabilities of a case, from the folder where they are there."""
        path = self.work / case.file
        if not path.is_file():
            self._train(case, path)
        with np.load(path) as file:
            raw = {name: file[name].astype(np.float32) for name in ("net", "mirrored", "forest")}
            scaled, trained = file["scaled"], tuple(file["trained"].tolist())
        ages, live = ages_of(scaled), np.ones(scaled.shape, dtype=bool)
        planes = {}
        for name, smoothing in product(raw, SMOOTHINGS):
            plane, (down, across) = raw[name], smoothing
            planes[name, smoothing] = (
                finish(smoothed_steps(plane, live, ages, down, across, 1)) if any(smoothing) else plane
            )
        return Found(planes, trained)

    def _train(self, case: Case, path: Path) -> None:
        variant = VARIANTS[case.variant]
        with tempfile.TemporaryDirectory() as folder:
            project = new_project(Path(folder) / "all.seisproj")
            project.labels().paint_values(REF, 0, 0, case.labels(self.line), Source.IMPORTED)
            project.wait_saved()
            request = TrainRequest(
                project.path,
                network="unet",
                start_from=variant.start_from,
                hold_out=hold_out(case.blocks),
                position=variant.position,
                epochs=variant.epochs,
                seed=case.seed,
                device="cpu",
                settings={"forest": 0.5, **self.settings, **variant.settings},
            )
            record = finish(train(project, request, Control()))
            kept = {**probabilities(project, record.id), "trained": np.array(record.metrics["trained_classes"])}
            np.savez(path, allow_pickle=False, **kept)
            project.close()

    def confusion(self, case: Case, found: Found, mix: Mix) -> NDArray[np.int64]:
        """Of the held-out labels whose class the training knew."""
        truth = self.line.inside(case.blocks)
        mask = np.isin(truth, found.trained)
        predicted = found.mixed(mix).argmax(axis=0)
        return confusion(truth[mask], predicted[mask], range(CLASSES))


def probabilities(project: Project, run: str) -> dict[str, NDArray[Any]]:
    """What network and forest of a run say of the line, each for itself and unsmoothed; the scaled amplitudes."""
    both = load_model(project, run, "cpu")
    assert isinstance(both, Together)
    volume = project.open_volume()
    amplitude = volume.section(REF)
    grown = both.forest.unsmoothed() or both.forest
    parts: dict[str, NDArray[Any]] = {"scaled": both.scale.apply(amplitude)}
    models: dict[str, NetworkModel | ForestModel] = {
        "net": both.net,
        "mirrored": replace(both.net, mirrored=True),
        "forest": grown,
    }
    for name, model in models.items():
        planes = np.zeros((CLASSES, *amplitude.shape), dtype=np.float16)
        planes[list(model.class_ids)] = model.predict(amplitude, REF, volume.axes)
        parts[name] = planes
    return parts


def scores(matrices: Iterable[NDArray[np.int64]]) -> dict[str, float]:
    """Scores of confusions summed."""
    total = np.sum(list(matrices), axis=0)
    found = facies_scores(total, range(CLASSES)).to_json()
    return {name: round(float(found[name]), 4) for name in SCORES}


def chosen(bench: Bench, layout: str) -> dict[str, Mix]:
    """For forest, network and both the mix with the best mean IoU where each stretch of training columns is held out
    in turn: seed 0, half the updates.
    """
    merits = inner_merits(bench, layout)
    best = {}
    for title, shares in KINDS.items():
        mixes = [mix for mix in MIXES if mix.share in shares]
        best[title] = max(mixes, key=lambda mix: merits[mix]["mean_iou"])
        print(f"inner split {layout}: {title}: {best[title]}: {written(merits[best[title]])}", flush=True)
    return best


def inner_merits(bench: Bench, layout: str) -> dict[Mix, dict[str, float]]:
    """Scores of every mix on the inner split, kept beside the probabilities."""
    path = bench.work / f"{layout}-inner.json"
    if path.is_file():
        kept = json.loads(path.read_text())
        return dict(zip(MIXES, kept, strict=True))
    matrices: dict[Mix, list[NDArray[np.int64]]] = {mix: [] for mix in MIXES}
    for number in range(len(stretches(LAYOUTS[layout]))):
        case = Case(layout, number, 0, INNER)
        found = bench.found(case)
        for mix, gathered in matrices.items():
            gathered.append(bench.confusion(case, found, mix))
    merits = {mix: scores(gathered) for mix, gathered in matrices.items()}
    path.write_text(json.dumps(list(merits.values())))
    return merits


def rows_of(
    bench: Bench, layout: str, seeds: Sequence[int], variants: Sequence[str], best: dict[str, Mix]
) -> list[dict[str, Any]]:
    """What every step brings on the blocks of a layout: scores by seed."""
    steps = {
        "forest, unsmoothed": Mix(1.0, False, (0.0, 0.0)),
        "forest, smoothed by 2 and 16 (its default)": Mix(1.0, False, DEFAULT_SMOOTHING),
        "forest, smoothed by 3 and 60": Mix(1.0, False, SMOOTHINGS[-1]),
        "forest, as the inner split says": best["forest"],
        "network, unsmoothed": Mix(0.0, False, (0.0, 0.0)),
        "network, unsmoothed, mirrored too": Mix(0.0, True, (0.0, 0.0)),
        "network, smoothed by 2 and 16": Mix(0.0, False, DEFAULT_SMOOTHING),
        "network, as the inner split says": best["network"],
        "both, half each, unsmoothed": Mix(0.5, False, (0.0, 0.0)),
        "both, half each, smoothed by 2 and 16": Mix(0.5, False, DEFAULT_SMOOTHING),
        "both, half each, smoothed by 3 and 60": Mix(0.5, False, SMOOTHINGS[-1]),
        "both, as the inner split says": best["both"],
        "forest, network or both, as the inner split says": best["any"],
    }
    rows = []
    for variant, seed in product(variants, seeds):
        case = Case(layout, None, seed, variant)
        found = bench.found(case)
        for title, mix in steps.items():
            if variant != "as it is" and title.startswith("forest"):
                continue
            values = scores([bench.confusion(case, found, mix)])
            rows.append({"layout": layout, "variant": variant, "seed": seed, "step": title, "mix": str(mix), **values})
        print(f"{layout} {variant}, seed {seed}: {rows[-1]['step']}: {written(rows[-1])}", flush=True)
    return rows


def written(values: dict[str, Any]) -> str:
    return "/".join(f"{values[name]:.3f}" for name in SCORES)


def summary(rows: list[dict[str, Any]]) -> list[str]:
    """A table: mean and standard deviation over seeds of pixel accuracy / mean class accuracy / mean IoU."""
    layouts = sorted({row["layout"] for row in rows})
    lines = ["| | " + " | ".join(layouts) + " |", "|---" * (len(layouts) + 1) + "|"]
    for variant, step in dict.fromkeys((row["variant"], row["step"]) for row in rows):
        cells = []
        for layout in layouts:
            here = [row for row in rows if (row["variant"], row["step"], row["layout"]) == (variant, step, layout)]
            cells.append(" / ".join(spread([row[name] for row in here]) for name in SCORES) if here else "")
        title = step if variant == "as it is" else f"{variant}: {step}"
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return lines


def measure() -> Result:
    """Layout B, one seed, half of the updates: both together against the forest, all with the default smoothing."""
    if not at_hand():
        return not_measured("the F3 line and its labels are not at hand")
    default = Mix(1.0, False, DEFAULT_SMOOTHING)
    best = {"forest": default, "network": replace(default, share=0.0), "both": replace(default, share=0.5)}
    with tempfile.TemporaryDirectory() as folder:
        bench, case = Bench(Path(folder), {}), Case("B", None, 0, "half the updates")
        found = bench.found(case)
        values = {title: scores([bench.confusion(case, found, mix)]) for title, mix in best.items()}
    figure = ", ".join(f"{title} {written(each)}" for title, each in values.items())
    kept = values["both"]["mean_iou"] > values["forest"]["mean_iou"]
    return Result(f"layout B, pixel accuracy/mean class accuracy/mean IoU: {figure}", kept, values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="both layouts, three seeds, all variants")
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS)
    parser.add_argument("--seeds", nargs="+", type=int)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of every network")
    parser.add_argument("--work", type=Path, help="folder in which probabilities are kept from call to call")
    parser.add_argument("--out", type=Path, help="a JSON file of all rows")
    options = parser.parse_args()
    if not options.full:
        result = measure()
        print(result.verdict, result.figure)
        return
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        bench = Bench(work, dict(entry.split("=", 1) for entry in options.set))
        rows: list[dict[str, Any]] = []
        for layout in options.layouts or LAYOUTS:
            best = chosen(bench, layout)
            rows += rows_of(bench, layout, options.seeds or SEEDS, options.variants or tuple(VARIANTS), best)
            if options.out:
                options.out.write_text(json.dumps(rows, indent=1))
    print("\n".join(["", *summary(rows)]))


if __name__ == "__main__":
    main()
