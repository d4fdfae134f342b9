"""Few labels: at most twenty strokes on F3 inline 339, blocks held out with a gap, all models beside the baselines.

    python -m benchmarks.few_labels --full [--layouts A B] [--budgets 9 14 20] [--seeds 0 1 2] [--out FILE]

Strokes are what a hand would draw: short brush strokes along the labels, one a class first, later ones where a class
has most ground without a stroke; a smaller budget is the beginning of a larger one. Every model is trained by the
program's own ``train`` on the strokes alone and scored by its ``score`` against the full labels of the held-out
blocks, none nearer than 65 traces to a stroke. With ``--out`` rows that the file holds are not measured again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.f3_line import LAYOUTS, REF, SCORES, Line, at_hand, hold_out, new_project
from benchmarks.registry import Result, not_measured
from seisgui.learning.baselines import baselines
from seisgui.learning.dense import NetworkModel
from seisgui.learning.evaluation import LabelScores
from seisgui.learning.events import Control
from seisgui.learning.forest import ACCURATE, ForestModel
from seisgui.learning.model import load_model
from seisgui.learning.prepare import prepare
from seisgui.learning.requests import TrainRequest
from seisgui.learning.score import score
from seisgui.learning.splits import GAP, SplitSection
from seisgui.learning.together import Together
from seisgui.learning.train import train
from seisgui.seismic.progress import finish

PROMISE = "nine strokes on F3 inline 339: the program's default model is no worse than a network from scratch"
BUDGETS, SEEDS = (9, 14, 20), (0, 1, 2)
THICKNESS = 7  # samples of a brush stroke
LENGTHS = (40, 90)  # traces
PLACES = 12  # that are thought of for every stroke
BoolArray = NDArray[np.bool_]
Settings = dict[str, float | int | str | bool]


@dataclass(frozen=True)
class Model:
    """A way to train."""

    network: str
    start_from: str = "scratch"
    settings: Settings = field(default_factory=dict)
    freeze: str | None = None


MODELS = {
    "forest": Model("forest"),
    "waldeland": Model("waldeland"),
    "unet": Model("unet"),
    "unet, built-in": Model("unet", "built-in"),
    "unet, built-in, encoder frozen": Model("unet", "built-in", freeze="encoder"),
}
EPOCHS = {"unet": 2, "waldeland": 3}  # 150 updates each; twice as many made a U-Net worse on nine strokes
OWN_SETTINGS: dict[str, Settings] = {"unet": {"updates_per_epoch": 75, "settle": 10}}
POSITION = {True: "with position", False: "without position", None: ""}
AND_FOREST = ", and forest"  # half of the probabilities each, smoothed as the forest's are


@dataclass(frozen=True)
class Stroke:
    """A connected stroke of one class, (n_lateral, n_sample)."""

    class_id: int
    mask: BoolArray


def strokes(classes: NDArray[np.int16], count: int, seed: int) -> list[Stroke]:
    """``count`` strokes on labels (-1: none to draw on), the first ones one a class."""
    generator = np.random.default_rng([seed, 339])
    ids, areas = np.unique(classes[classes >= 0], return_counts=True)
    drawn: list[Stroke] = []
    given = dict.fromkeys(ids.tolist(), 0)
    painted = np.zeros(classes.shape, dtype=bool)
    first = generator.permutation(ids).tolist()
    while len(drawn) < count:
        if first:
            class_id = first.pop()
        else:
            share = {i: area**0.5 / (1 + given[i]) for i, area in zip(ids.tolist(), areas.tolist(), strict=True)}
            class_id = max(share, key=lambda i: share[i])
        mask = one_stroke((classes == class_id) & ~painted, drawn, class_id, generator)
        given[class_id] += 1
        painted |= mask
        drawn.append(Stroke(class_id, mask))
    return drawn


def one_stroke(free: BoolArray, drawn: Iterable[Stroke], class_id: int, generator: np.random.Generator) -> BoolArray:
    """A stroke on free labels of a class, of some places that come to mind the one farthest from its other strokes."""
    places = np.argwhere(free)
    candidates = places[generator.integers(len(places), size=PLACES)]
    middles = [np.argwhere(stroke.mask).mean(axis=0) for stroke in drawn if stroke.class_id == class_id]
    if middles:
        distance = np.abs(candidates[:, None] - np.array(middles)[None]).sum(axis=2).min(axis=1)
        start = candidates[distance.argmax()]
    else:
        start = candidates[0]
    length = int(generator.integers(*LENGTHS))
    left = int(generator.integers(length))
    mask = np.zeros_like(free)
    for direction, reach in ((-1, left), (1, length - left)):
        lateral, sample = start.tolist()
        for _ in range(reach):
            sample = towards_middle(free[lateral], sample)
            rows = slice(max(0, sample - THICKNESS // 2), sample + THICKNESS // 2 + 1)
            mask[lateral, rows] = free[lateral, rows]
            lateral += direction
            if not 0 <= lateral < len(free) or not free[lateral, sample]:
                break
    return connected(mask, *start.tolist())


def towards_middle(trace: BoolArray, sample: int) -> int:
    """One sample nearer to the middle of the label on a trace: a hand keeps clear of its rims."""
    top = bottom = sample
    while top > 0 and trace[top - 1]:
        top -= 1
    while bottom + 1 < len(trace) and trace[bottom + 1]:
        bottom += 1
    return sample + int(np.sign((top + bottom) // 2 - sample))


def connected(mask: BoolArray, lateral: int, sample: int) -> BoolArray:
    """The part of a mask that holds together, about a pixel of it."""
    import cv2

    count, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    near = parts[lateral, max(0, sample - 1) : sample + 2]
    wanted = int(near.max()) if count > 1 else 0
    return np.asarray((parts == wanted) & mask)


class Desk:
    """One line, layout and seed: a project in which strokes are painted, and what they are scored on."""

    def __init__(self, folder: Path, layout: str, seed: int, budget: int) -> None:
        self.line, self.blocks, self.seed = Line.read(), LAYOUTS[layout], seed
        self.forests: dict[bool, str] = {}  # runs, by whether they see position
        self.project = new_project(folder / f"{layout}{seed}-{budget}.seisproj")
        self.truth = self.line.inside(self.blocks)
        self.file = self.line.write(folder / f"{layout}{seed}-{budget}.npz", self.truth)
        self.strokes = strokes(self.line.outside(self.blocks, GAP), budget, seed)
        labels = self.project.labels()
        for stroke in self.strokes:
            labels.paint(REF, 0, 0, stroke.mask, stroke.class_id)
        self.project.wait_saved()

    @property
    def pixels(self) -> int:
        return int(sum(stroke.mask.sum() for stroke in self.strokes))

    def request(self, model: Model, position: bool, settings: Settings) -> TrainRequest:
        return TrainRequest(
            self.project.path,
            network=model.network,
            start_from=model.start_from,
            freeze=model.freeze,
            hold_out=hold_out(self.blocks),
            position=position,
            seed=self.seed,
            device="cpu",
            epochs=EPOCHS.get(model.network),
            settings={
                **model.settings,
                **OWN_SETTINGS.get(model.network, {}),
                **(settings if model.network != "forest" else {}),
            },
        )

    def measured(self, name: str, position: bool, settings: Settings) -> list[dict[str, Any]]:
        """Rows of one model on the held-out blocks, for a network that sees sections also beside the forest."""
        model = MODELS[name]
        began = time.perf_counter()
        record = finish(train(self.project, self.request(model, position, settings), Control()))
        seconds = time.perf_counter() - began
        found = score(self.project, record.id, self.file, device="cpu")["scores"]
        if found["dropped"]:
            raise SystemExit("a stroke lies nearer than the gap to a held-out block")
        place = {"kind": "model", "position": position}
        rows = [{**place, "name": name, **scores_of(found), "seconds": round(seconds, 1)}]
        if model.network == "forest":
            self.forests[position] = record.id
        if model.network == "unet":
            rows.append({**place, "name": name + AND_FOREST, **scores_of(self.together(record.id, position))})
        return rows

    def together(self, run: str, position: bool) -> dict[str, Any]:
        """Scores of a network and the forest of the same strokes, as the setting ``forest`` makes them."""
        if position not in self.forests:
            request = self.request(MODELS["forest"], position, {})
            self.forests[position] = finish(train(self.project, request, Control())).id
        net = load_model(self.project, run, "cpu")
        grown = load_model(self.project, self.forests[position], "cpu")
        assert isinstance(net, NetworkModel)
        assert isinstance(grown, ForestModel)
        both = Together(replace(net, smoothing=ACCURATE.smooth), grown, 0.5)
        volume = self.project.open_volume()
        probabilities = both.predict(volume.section(REF), REF, volume.axes)
        tally = LabelScores(both.class_ids)
        tally.add(probabilities, self.truth, self.truth >= 0)
        return tally.to_json(both.class_ids) or {}

    def baselines(self) -> dict[str, dict[str, Any]]:
        """Scores of what needs no network, on the same strokes and blocks."""
        data = prepare(self.project, self.request(MODELS["forest"], True, {}))
        (part,) = data.split.sections
        held_out = self.truth >= 0
        # the truth of the blocks comes from the label file: the project holds nothing but the strokes
        section = replace(part.section, classes=np.where(held_out, self.truth, part.section.classes))
        split = replace(data.split, sections=(SplitSection(section, part.training, held_out),), scored=True)
        return {name: scores_of(found) for name, found in baselines(split, data.scale, jobs=1).items()}


def scores_of(found: dict[str, Any]) -> dict[str, Any]:
    return {name: round(float(found[name]), 4) for name in SCORES}


@dataclass
class Table:
    """Rows as they are measured, kept in a file from one call to the next."""

    path: Path | None
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.path is not None and self.path.is_file():
            self.rows = json.loads(self.path.read_text())

    def has(self, **key: Any) -> bool:
        return any(all(row.get(name) == value for name, value in key.items()) for row in self.rows)

    def add(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        if self.path is not None:
            self.path.write_text(json.dumps(self.rows, indent=1))


def measured_rows(
    table: Table,
    layouts: Iterable[str],
    budgets: Iterable[int],
    seeds: Iterable[int],
    names: Iterable[str],
    positions: Iterable[bool],
    settings: Settings,
) -> None:
    """Measure what the table lacks."""
    for layout in layouts:
        for seed in seeds:
            for budget in budgets:
                with tempfile.TemporaryDirectory() as folder:
                    desk = Desk(Path(folder), layout, seed, budget)
                    place = {"layout": layout, "budget": budget, "seed": seed}
                    if not table.has(**place, kind="baseline"):
                        for name, scores in desk.baselines().items():
                            table.add({**place, "kind": "baseline", "name": name, "pixels": desk.pixels, **scores})
                    for name in names:
                        for position in positions:
                            if table.has(**place, kind="model", name=name, position=position):
                                continue
                            for row in desk.measured(name, position, settings):
                                table.add({**place, **row})
                                print(text_of(table.rows[-1]), flush=True)
                    desk.project.close()


def text_of(row: dict[str, Any]) -> str:
    word = POSITION[row.get("position")]
    values = "/".join(f"{row[name]:.3f}" for name in SCORES)
    return f"{row['layout']} {row['budget']:3} strokes, seed {row['seed']}  {row['name']:28} {word:17} {values}"


def summary(rows: list[dict[str, Any]], layout: str) -> list[str]:
    """Lines of a table: mean and standard deviation over seeds of mean class accuracy / mean IoU for every budget."""
    here = [row for row in rows if row["layout"] == layout]
    budgets = sorted({row["budget"] for row in here})
    titles = list(dict.fromkeys((row["name"], row.get("position")) for row in here))
    lines = [f"| layout {layout} | " + " | ".join(f"{budget} strokes" for budget in budgets) + " |"]
    lines.append("|---" * (len(budgets) + 1) + "|")
    for name, position in titles:
        cells = []
        for budget in budgets:
            found = [r for r in here if (r["name"], r.get("position"), r["budget"]) == (name, position, budget)]
            cells.append(" / ".join(spread([row[score] for row in found]) for score in SCORES[1:]) if found else "")
        word = POSITION[position]
        lines.append(f"| {name} {word} | " + " | ".join(cells) + " |")
    return lines


def spread(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.3f}"
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"


def measure() -> Result:
    """The default model and a network from scratch on nine strokes, layout A, one seed."""
    if not at_hand():
        return not_measured("the F3 line and its labels are not at hand")
    table = Table(None)
    measured_rows(table, "A", BUDGETS[:1], SEEDS[:1], ("forest", "unet"), (True,), {})
    found = {row["name"]: row["mean_class_accuracy"] for row in table.rows if row["kind"] == "model"}
    figure = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
    return Result(f"mean class accuracy, layout A: {figure}", found["forest"] >= found["unet"], {"rows": table.rows})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="all models, budgets, seeds, with and without position")
    parser.add_argument("--layouts", nargs="+", default=["A"])
    parser.add_argument("--budgets", nargs="+", type=int)
    parser.add_argument("--seeds", nargs="+", type=int)
    parser.add_argument("--models", nargs="+", choices=MODELS)
    parser.add_argument("--position", choices=("both", "with", "without"))
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of the networks")
    parser.add_argument("--out", type=Path, help="a JSON file of rows, continued where it is there")
    options = parser.parse_args()
    positions = {"both": (True, False), "with": (True,), "without": (False,)}
    table = Table(options.out)
    measured_rows(
        table,
        options.layouts,
        options.budgets or (BUDGETS if options.full else BUDGETS[:1]),
        options.seeds or (SEEDS if options.full else SEEDS[:1]),
        options.models or (tuple(MODELS) if options.full else ("forest", "unet")),
        positions[options.position or ("both" if options.full else "with")],
        dict(entry.split("=", 1) for entry in options.set),
    )
    for layout in options.layouts:
        print("\n".join(["", *summary(table.rows, layout)]))


if __name__ == "__main__":
    main()
