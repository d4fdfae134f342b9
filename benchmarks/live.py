"""Live learning on the F3 line: how soon a stroke shows, whether it is taken over, and what it costs elsewhere.

Ten areas in the training part are painted as a class that the model does not see there. The overlay counts only if
it was made after learning from the stroke; the held-out blocks of layout A tell what else was lost. Each session first
learns until it rests; every later stroke comes when the network has answered the one before with its quick overlay
and with the one after learning as a whole.
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
    "class is taken over at >= 80 % of its pixels while held-out mean class accuracy falls by < .05 (times at the 95th "
    "percentile of ten strokes; share and accuracy of the worst of the first three, and the median of ten)"
)
NETWORKS = ("forest", "waldeland", "unet")
DATA = Path(__file__).parents[2] / "shared" / "data"
LAYOUT_A = ((443, 538), (775, 870), (1060, 1155))
LINE = SectionRef(Orientation.INLINE, 339)
AREAS = (  # first trace and sample
    *((20, 200), (330, 120), (650, 300), (25, 60), (310, 250)),
    *((365, 380), (645, 100), (640, 390), (5, 330), (365, 40)),
)
JUDGED = 3  # the first strokes: later ones contradict more and more of what the labels around them say
SIZE = (40, 30)
START_EPOCHS = 3
SHAPE = (951, 462)


@dataclass(frozen=True)
class Answer:
    """What followed from one stroke: seconds to the first overlay of any model and to the model's own full one."""

    coarse_s: float
    full_s: float
    taken_over: float
    lost: float  # held-out mean class accuracy
    later: tuple[float, float] | None = None  # taken over and lost after learning as a whole


def measure() -> Result:
    """Run a live session of the forest and one of each network, each with ten strokes."""
    if not DATA.is_dir():
        return not_measured("the F3 line and its labels are not at hand")
    folder = Path(tempfile.mkdtemp(prefix="live-"))
    try:
        numbers = {name: figures_of(session(folder / name, name)) for name in NETWORKS}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    kept = all(
        n["coarse_s"]["p95"] <= 1.0
        and n["full_s"]["p95"] <= 5.0
        and n["taken_over"]["worst"] >= 0.8
        and n["lost"]["worst"] < 0.05
        for n in numbers.values()
    )
    text = "; ".join(sentence(name, n) for name, n in numbers.items())
    return Result(text, kept, numbers)


def figures_of(answers: list[Answer]) -> dict[str, Any]:
    """Median and 95th percentile of the times, worst and median of what was taken over and lost."""
    found: dict[str, Any] = {}
    for name in ("coarse_s", "full_s"):
        values = [getattr(answer, name) for answer in answers]
        found[name] = {"median": rounded(np.median(values)), "p95": rounded(np.percentile(values, 95))}
    for name, worst in (("taken_over", min), ("lost", max)):
        values = [getattr(answer, name) for answer in answers]
        found[name] = {"worst": rounded(worst(values[:JUDGED])), "median": rounded(np.median(values))}
        found[name]["each"] = [rounded(value) for value in values]
    if later := [answer.later for answer in answers if answer.later is not None]:
        over, lost = np.median(later, axis=0)
        found["after_learning_as_a_whole"] = {"taken_over": rounded(over), "lost": rounded(lost)}
    return found


def rounded(value: Any) -> float:
    return round(float(value), 3)


def sentence(name: str, n: dict[str, Any]) -> str:
    """One model's figures for people."""
    coarse, full, over, lost = n["coarse_s"], n["full_s"], n["taken_over"], n["lost"]
    text = (
        f"{name}: coarse {coarse['median']:.2f} s (p95 {coarse['p95']:.2f}), full {full['median']:.2f} s "
        f"(p95 {full['p95']:.2f}), taken over {over['worst']:.0%} (median of ten {over['median']:.0%}), held-out "
        f"accuracy {-lost['worst']:+.3f} (median {-lost['median']:+.3f})"
    )
    if later := n.get("after_learning_as_a_whole"):
        text += f", after learning as a whole {later['taken_over']:.0%} and {-later['lost']:+.3f}"
    return text


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
            shown = [np.load(event.path) for event, _ in heard(steps) if own_full(event, network)][-1]
            answers = []
            for corner in AREAS:
                answer, shown = stroke(project, steps, box, shown, corner, network)
                answers.append(answer)
            steps.close()
    return answers


def own_full(event: PartialPrediction, network: str) -> bool:
    """Whether an overlay is the asked model's and of every pixel."""
    return event.model == network and event.step == 1


def stroke(
    project: Project,
    steps: Generator[Any, None, Any],
    box: list[LiveUpdate],
    shown: Any,
    corner: tuple[int, int],
    network: str,
) -> tuple[Answer, Any]:
    """Paint one area and listen to the first overlays; ``shown`` is the last one, the result the latest."""
    truth = true_classes()
    area = np.zeros(SHAPE, dtype=bool)
    area[corner[0] : corner[0] + SIZE[0], corner[1] : corner[1] + SIZE[1]] = True
    was = int(np.bincount(shown[0][area]).argmax())
    painted = (was + 3) % 9
    before = class_accuracy(shown[0], truth)
    labels = project.labels()
    labels.paint(LINE, *corner, np.ones(SIZE, dtype=bool), painted)
    project.wait_saved()
    box.append(LiveUpdate(labels.revision))
    coarse: float | None = None
    found: list[tuple[float, float, float]] = []
    for event, seconds in heard(steps):
        coarse = seconds if coarse is None else coarse
        if own_full(event, network):
            shown = np.load(event.path)
            over = float((shown[0][area] == painted).mean())
            found.append((seconds, over, before - class_accuracy(shown[0], truth)))
        if len(found) == 2:
            break
    assert coarse is not None
    return Answer(coarse, *found[0], found[1][1:] if len(found) > 1 else None), shown


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
    labels: np.ndarray = np.load(DATA / "facies" / "f3_inline339_9class.npz")["labels"].T.astype(np.int16)
    held = np.zeros(SHAPE[0], dtype=bool)
    for first, last in LAYOUT_A:
        held[first - 300 : last - 299] = True
    labels[~held] = -1
    return labels


def class_accuracy(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean over classes of the share found."""
    return float(np.mean([(predicted[truth == number] == number).mean() for number in np.unique(truth[truth >= 0])]))
