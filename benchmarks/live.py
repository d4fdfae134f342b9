"""Live learning on the F3 line: how soon a stroke shows, whether it is taken over, and what it costs elsewhere.

Areas in the training part are painted as a class that the model does not see there. The overlay counts only if it
was made after learning from the stroke; the held-out blocks of layout A tell what else was lost.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.registry import Result, not_measured
from seisgui.interpretation.exchange import import_labels
from seisgui.interpretation.project import Project
from seisgui.learning import forest
from seisgui.learning.events import Control, PartialPrediction
from seisgui.learning.live import live
from seisgui.learning.requests import HoldOut, LiveRequest, LiveUpdate, TrainRequest
from seisgui.learning.train import train
from seisgui.seismic.axes import Orientation, SectionRef

PROMISE = (
    "live, 462 x 951, CPU: stroke to coarse overlay <= 1 s, to full overlay <= 5 s; a wrong area painted as another "
    "class is taken over at >= 80 % of its pixels while held-out mean class accuracy falls by < .05"
)
NETWORKS = ("forest", "waldeland", "unet")
DATA = Path(__file__).parents[2] / "shared" / "data"
LAYOUT_A = ((443, 538), (775, 870), (1060, 1155))
LINE = SectionRef(Orientation.INLINE, 339)
AREAS = ((20, 200), (330, 120), (650, 300))  # first trace and sample
SIZE = (40, 30)
START_EPOCHS = 3
SHAPE = (951, 462)


@dataclass(frozen=True)
class Answer:
    """What followed from one stroke, per model: seconds to its overlays, share taken over, accuracy lost."""

    model: str
    first_s: float  # to its first overlay of any step
    full_s: float
    taken_over: float
    lost: float


def measure() -> Result:
    """Run a live session of the forest and one of each network, each with three strokes."""
    if not DATA.is_dir():
        return not_measured("the F3 line and its labels are not at hand")
    folder = Path(tempfile.mkdtemp(prefix="live-"))
    try:
        answers = {name: session(folder / name, name) for name in NETWORKS}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    numbers: dict[str, Any] = {}
    kept = True
    for network, found in answers.items():
        # any model's first overlay has learnt from the stroke; the network's own ones are judged for what they show
        own = [answer for answer in found if answer.model == network]
        coarse = max(min(answer.first_s for answer in group) for group in by_stroke(found))
        figures = {
            "coarse_s": round(coarse, 2),
            "own_first_s": round(max(answer.first_s for answer in own), 2),
            "full_s": round(max(answer.full_s for answer in own), 2),
            "taken_over": round(min(answer.taken_over for answer in own), 3),
            "lost": round(max(answer.lost for answer in own), 3),
        }
        numbers[network] = figures
        kept &= figures["coarse_s"] <= 1.0 and figures["full_s"] <= 5.0
        kept &= figures["taken_over"] >= 0.8 and figures["lost"] < 0.05
    text = "; ".join(
        f"{name}: coarse {n['coarse_s']} s, own first {n['own_first_s']} s, full {n['full_s']} s, taken over "
        f"{n['taken_over']:.0%}, held-out accuracy -{n['lost']}"
        for name, n in numbers.items()
    )
    return Result(f"worst of three strokes, {text}", kept, numbers)


def by_stroke(answers: list[Answer]) -> list[list[Answer]]:
    """Answers of all models to each stroke."""
    count = len(answers) // len(AREAS)
    return [answers[place * count : (place + 1) * count] for place in range(len(AREAS))]


def session(folder: Path, network: str) -> list[Answer]:
    """Answers to the strokes, those of the forest before those of the network."""
    forest.warm()
    folder.mkdir()
    with Project.create(folder / "live.seisproj") as project:
        project.add_volume(DATA / "segy" / "f3_inline339_digitised.sgy")
        import_labels(project, DATA / "facies" / "f3_inline339_classification.ixz")
        project.wait_saved()
        held_out = tuple(HoldOut("crossline", first, last) for first, last in LAYOUT_A)
        start = "scratch"
        if network != "forest":
            start = finished(
                train(
                    project,
                    TrainRequest(project.path, network=network, hold_out=held_out, epochs=START_EPOCHS),
                    Control(),
                )
            ).id
        request = TrainRequest(project.path, network=network, hold_out=held_out, start_from=start)
        with Project.open(project.path, read_only=True) as reader:
            box: list[LiveUpdate] = []
            steps = live(reader, LiveRequest(request, (LINE,)), lambda: box.pop() if box else None, Control())
            shown = {event.model: np.load(event.path) for event, _ in heard(steps) if event.step == 1}
            answers = []
            for first, top in AREAS:
                found = stroke(project, steps, box, shown, (first, top))
                answers += [found[model] for model in sorted(found, key=lambda name: name == network)]
            steps.close()
    return answers


def stroke(
    project: Project,
    steps: Generator[Any, None, Any],
    box: list[LiveUpdate],
    shown: dict[str, Any],
    corner: tuple[int, int],
) -> dict[str, Answer]:
    """Paint one area and listen until the session rests; ``shown`` keeps the last full overlay of every model."""
    truth = true_classes()
    area = np.zeros(SHAPE, dtype=bool)
    area[corner[0] : corner[0] + SIZE[0], corner[1] : corner[1] + SIZE[1]] = True
    was = int(np.bincount(next(reversed(shown.values()))[0][area]).argmax())
    painted = (was + 3) % 9
    labels = project.labels()
    labels.paint(LINE, *corner, np.ones(SIZE, dtype=bool), painted)
    project.wait_saved()
    box.append(LiveUpdate(labels.revision))
    answers: dict[str, Answer] = {}
    first_seen: dict[str, float] = {}
    for event, seconds in heard(steps):
        first_seen.setdefault(event.model, seconds)
        if event.step > 1 or event.model in answers:
            continue
        now = np.load(event.path)
        answers[event.model] = Answer(
            event.model,
            first_seen[event.model],
            seconds,
            float((now[0][area] == painted).mean()),
            class_accuracy(shown[event.model][0], truth) - class_accuracy(now[0], truth),
        )
        shown[event.model] = now
    return answers


def heard(steps: Generator[Any, None, Any]) -> Generator[tuple[PartialPrediction, float], None, None]:
    """Overlays with the seconds since asking, until the session has nothing to do."""
    began = time.perf_counter()
    for event in steps:
        if event is None:
            return
        if isinstance(event, PartialPrediction):
            yield event, time.perf_counter() - began


def finished(steps: Generator[Any, None, Any]) -> Any:
    """What a generator returns in the end."""
    while True:
        try:
            next(steps)
        except StopIteration as outcome:
            return outcome.value


def true_classes() -> np.ndarray:
    """(951, 462) labels of the held-out blocks, -1 elsewhere."""
    labels = np.load(DATA / "facies" / "f3_inline339_9class.npz")["labels"].T.astype(np.int16)
    held = np.zeros(SHAPE[0], dtype=bool)
    for first, last in LAYOUT_A:
        held[first - 300 : last - 299] = True
    labels[~held] = -1
    return labels


def class_accuracy(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean over classes of the share found."""
    return float(np.mean([(predicted[truth == number] == number).mean() for number in np.unique(truth[truth >= 0])]))
