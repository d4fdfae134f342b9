"""What suggestions are worth: the F3 line in blocks of 30 columns, labelled one by one as suggested, at random, or
farthest from the labels; the same number of labelled blocks, twenty seeds, paired.

Of every seed a third of the blocks is held out for all three alike, two blocks are labelled at the start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.registry import Result, not_measured
from seisgui.learning import forest, suggest
from seisgui.learning.active import choose, described
from seisgui.learning.features import FeatureCache
from seisgui.learning.metrics import confusion, facies_scores
from seisgui.learning.snapshot import LabelledSection
from seisgui.seismic.amplitude import AmplitudeScale, clip_value
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes

PROMISE = "blocks chosen by suggestion teach no less than random ones: F3 inline 339, 30 columns, 20 seeds, paired"
DATA = Path(__file__).parents[2] / "shared" / "data" / "facies" / "f3_inline339_9class.npz"
SEEDS, START, ROUNDS = 20, 2, 6
WAYS = ("random", "farthest", "suggested")
SETTINGS = replace(forest.INSTANT, trees=24)


@dataclass(frozen=True)
class Line:
    """The labelled line, its blocks, and what they look like."""

    section: LabelledSection
    scale: AmplitudeScale
    blocks: list[slice]
    appearance: np.ndarray
    cache: FeatureCache

    def mask(self, blocks: list[int]) -> np.ndarray:
        found = np.zeros(self.section.classes.shape, bool)
        for index in blocks:
            found[self.blocks[index]] = True
        return found & self.section.labelled


def measure() -> Result:
    """Mean class accuracy on the held-out blocks, averaged over the rounds, of all three ways."""
    if not DATA.is_file():
        return not_measured("the F3 line and its labels are not at hand")
    line = read_line()
    curves = {way: np.array([labelled_by(line, way, seed) for seed in range(SEEDS)]) for way in WAYS}
    means = {way: float(found.mean()) for way, found in curves.items()}
    gains = {way: (curves["suggested"] - curves[way]).mean(axis=1) for way in WAYS[:2]}
    spread = {way: float(gain.std(ddof=1) / np.sqrt(SEEDS)) for way, gain in gains.items()}
    kept = bool(gains["random"].mean() >= 0.0)
    figure = (
        ", ".join(f"{way} {mean:.3f}" for way, mean in means.items())
        + "; suggested against "
        + ", ".join(
            f"{way} {gain.mean():+.3f} ± {spread[way]:.3f} ({int((gain > 0).sum())} of {SEEDS} seeds better)"
            for way, gain in gains.items()
        )
    )
    by_round = {way: found.mean(axis=0).round(4).tolist() for way, found in curves.items()}
    return Result(f"mean class accuracy {figure}", kept, {"means": means, "by_round": by_round})


def read_line() -> Line:
    file = np.load(DATA)
    classes = np.ascontiguousarray(file["labels"].T).astype(np.int16)
    amplitude = np.ascontiguousarray(file["seismic"].T)
    axes = VolumeAxes(LineAxis(339, 1, 1), LineAxis(300, 1, len(classes)), SampleAxis(0.0, 4.0, classes.shape[1]))
    source = np.where(classes >= 0, 4, 0).astype(np.uint8)
    section = LabelledSection(SectionRef(Orientation.INLINE, 339), amplitude, classes, source, axes)
    scale = AmplitudeScale("P99", clip_value(amplitude, "P99"), 4.0, "time", "ms")
    cache = FeatureCache()
    planes = cache.get(scale.apply(amplitude), "local").planes
    blocks = [
        block for block in suggest.stretches(len(classes)) if (classes[block] >= 0).mean() >= suggest.LABELLED_SHARE
    ]
    looks = np.stack([suggest.appearance(planes[:, block]) for block in blocks])
    return Line(section, scale, blocks, looks, cache)


def labelled_by(line: Line, way: str, seed: int) -> list[float]:
    """Mean class accuracy after every round."""
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(line.blocks)).tolist()
    held_out, pool = order[: len(order) // 3], sorted(order[len(order) // 3 :])
    labelled = [int(index) for index in generator.choice(pool, START, replace=False)]
    found = []
    for number in range(ROUNDS + 1):
        probabilities, ids = predicted(line, labelled, seed)
        if number:
            found.append(accuracy(line, held_out, ids[probabilities.argmax(axis=0)]))
        free = [index for index in pool if index not in labelled]
        labelled.append(next_block(line, way, labelled, free, probabilities, generator))
    return found


def predicted(line: Line, labelled: list[int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    masks = [line.mask(labelled)]
    model = forest.fit([line.section], masks, line.scale, SETTINGS, seed=seed, cache=line.cache)
    return model.predict(line.section.amplitude, line.section.ref, line.section.axes), np.asarray(model.class_ids)


def accuracy(line: Line, held_out: list[int], classes: np.ndarray) -> float:
    mask = line.mask(held_out)
    ids = tuple(range(9))
    return facies_scores(confusion(line.section.classes[mask], classes[mask], ids), ids).mean_class_accuracy


def next_block(
    line: Line,
    way: str,
    labelled: list[int],
    free: list[int],
    probabilities: np.ndarray,
    generator: np.random.Generator,
) -> int:
    if way == "random":
        return int(generator.choice(free))
    if way == "farthest":
        distance = np.abs(np.array(free)[:, None] - np.array(labelled)[None]).min(axis=1)
        return int(generator.choice(np.array(free)[distance == distance.max()]))
    bounded = np.maximum(probabilities, 1e-9)
    entropy = -(bounded * np.log(bounded)).sum(axis=0) / np.log(len(bounded))
    unsure = np.array([entropy[block].mean() for block in line.blocks])
    middles = np.array([[0.0, (block.start + block.stop) / 2] for block in line.blocks])
    return choose(described(line.appearance, middles), unsure, labelled, free, 1)[0].index
