"""What position alone, or simple attributes alone, would score: printed beside every network.

A network that does not beat these has learnt less than a copy of the nearest label knows.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from seisgui.learning.features import FeatureCache
from seisgui.learning.forest import default_jobs, draw_pixels
from seisgui.learning.metrics import confusion, facies_scores
from seisgui.learning.sampling import position_channels
from seisgui.learning.splits import Split, SplitSection, lines_of
from seisgui.learning.trees import Trees
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.progress import Progress, finish

TITLES = {
    "majority": "majority class",
    "majority_per_row": "majority per time row",
    "nearest_label": "nearest label in (t, .15 x)",
    "nearest_section": "nearest labelled section copied",
    "forest_local": "random forest, local attributes",
    "forest_local_time": "random forest, local attributes and time",
}
LINE_WEIGHT = 0.15  # samples that one line or trace of distance counts
MOST_PIXELS = 500_000  # on either side; beyond it a random draw stands for all
FOREST_TREES = 50
FOREST_PIXELS = 1000  # a class
MOST_KEPT = 8  # splits whose scores are kept: runs of one split come after each other
IntArray = NDArray[np.int64]
_kept: dict[str, dict[str, dict[str, Any]]] = {}


class Points:
    """Labelled pixels of one side of a split: ``place`` (n, 3) inline, crossline and sample index, ``classes`` (n,)."""

    def __init__(self, parts: Sequence[SplitSection], held_out: bool, seed: int) -> None:
        masks = [part.held_out if held_out else part.training for part in parts]
        total = sum(int(mask.sum()) for mask in masks)
        generator = np.random.default_rng(seed)
        places, classes = [], []
        self.masks = []
        for part, mask in zip(parts, masks, strict=True):
            if total > MOST_PIXELS:
                mask = mask & (generator.random(mask.shape) < MOST_PIXELS / total)
            self.masks.append(mask)
            places.append(indices(part, mask))
            classes.append(part.section.classes[mask])
        self.place = np.concatenate(places)
        self.classes = np.concatenate(classes).astype(np.int64)


def indices(part: SplitSection, mask: NDArray[np.bool_]) -> IntArray:
    """Inline, crossline and sample index (n, 3) of the masked pixels of a section."""
    axes = part.section.axes
    lateral, sample = np.nonzero(mask)
    found = [
        np.broadcast_to((lines_of(part.section.ref, axes, name) - axis.first) // axis.step, mask.shape[:1])[lateral]
        for name, axis in (("inline", axes.inline), ("crossline", axes.crossline))
    ]
    return np.column_stack([*found, sample]).astype(np.int64)


def baselines(
    split: Split, scale: AmplitudeScale, *, seed: int = 0, jobs: int | None = None
) -> dict[str, dict[str, Any]]:
    """Scores (``FaciesScores.to_json``) of every baseline on the held-out labels of a split; {} if it is not scored.

    Keys are the titles of ``TITLES``.
    """
    return finish(baselines_steps(split, scale, seed=seed, jobs=jobs))


def baselines_steps(
    split: Split, scale: AmplitudeScale, *, seed: int = 0, jobs: int | None = None
) -> Generator[Progress, None, dict[str, dict[str, Any]]]:
    """As :func:`baselines`, yielding after each of them; the scores of the splits asked for last are kept."""
    if not split.scored:
        return {}
    key = _digest(split, scale, seed)
    if key not in _kept:
        _kept[key] = yield from _computed(split, scale, seed, jobs)
        while len(_kept) > MOST_KEPT:
            del _kept[next(iter(_kept))]
    return copy.deepcopy(_kept[key])


def _digest(split: Split, scale: AmplitudeScale, seed: int) -> str:
    """Tells one division of labels from another."""
    state = hashlib.blake2b(repr((scale, seed, split.trained_classes)).encode(), digest_size=16)
    for part in split.sections:
        state.update(repr((part.section.ref, part.section.classes.shape)).encode())
        for array in (part.section.classes, part.training, part.held_out, part.section.amplitude):
            state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()


def _computed(
    split: Split, scale: AmplitudeScale, seed: int, jobs: int | None
) -> Generator[Progress, None, dict[str, dict[str, Any]]]:
    training = Points(split.sections, held_out=False, seed=seed)
    held_out = Points(split.sections, held_out=True, seed=seed)
    trained = split.trained_classes
    ids = sorted({*trained, *np.unique(held_out.classes).tolist()})
    scores: dict[str, dict[str, Any]] = {}
    makers = {
        "majority": majority,
        "majority_per_row": majority_per_row,
        "nearest_label": nearest_label,
        "nearest_section": nearest_section,
    }
    for name, make in makers.items():
        scores[TITLES[name]] = score(held_out, make(training, held_out), ids, trained)
        yield Progress(len(scores), len(TITLES), "scoring the baselines")
    cache = FeatureCache()
    for name, with_time in (("forest_local", False), ("forest_local_time", True)):
        if len(trained) >= 2:
            predicted = forest(split, held_out, scale, with_time, seed, default_jobs() if jobs is None else jobs, cache)
            scores[TITLES[name]] = score(held_out, predicted, ids, trained)
        yield Progress(len(scores), len(TITLES), "scoring the baselines")
    return scores


def score(held_out: Points, predicted: IntArray, ids: Sequence[int], trained: Sequence[int]) -> dict[str, Any]:
    return facies_scores(confusion(held_out.classes, predicted, ids), ids, trained).to_json()


def majority(training: Points, held_out: Points) -> IntArray:
    """The most frequent training class everywhere; the lowest id where two are equally frequent."""
    ids, counts = np.unique(training.classes, return_counts=True)
    return np.full(len(held_out.classes), ids[counts.argmax()], dtype=np.int64)


def majority_per_row(training: Points, held_out: Points) -> IntArray:
    """The most frequent training class of the same time or depth; of the nearest labelled one where there is none."""
    ids, column = np.unique(training.classes, return_inverse=True)
    rows, row = np.unique(training.place[:, 2], return_inverse=True)
    counts = np.zeros((len(rows), len(ids)), dtype=np.int64)
    np.add.at(counts, (row, column), 1)
    return np.asarray(ids[counts.argmax(axis=1)][nearest_of(rows, held_out.place[:, 2])], dtype=np.int64)


def nearest_of(sorted_values: IntArray, wanted: IntArray) -> IntArray:
    """Index of the nearest of ascending values to each wanted one; the lower of two equally near."""
    after = np.clip(np.searchsorted(sorted_values, wanted), 1, max(1, len(sorted_values) - 1))
    before = after - 1
    after = np.minimum(after, len(sorted_values) - 1)
    nearer = np.abs(sorted_values[after] - wanted) < np.abs(wanted - sorted_values[before])
    return np.where(nearer, after, before).astype(np.int64)


def nearest_label(training: Points, held_out: Points) -> IntArray:
    """The class of the nearest training pixel in (sample, .15 line), no seismic at all."""
    weight = np.array([LINE_WEIGHT, LINE_WEIGHT, 1.0])
    _, nearest = KDTree(training.place * weight).query(held_out.place * weight)
    return np.asarray(training.classes[nearest])


def nearest_section(training: Points, held_out: Points) -> IntArray:
    """Every trace copied from the nearest labelled trace, at the nearest labelled sample of it."""
    traces, owner = np.unique(training.place[:, :2], axis=0, return_inverse=True)
    order = np.lexsort((training.place[:, 2], owner))
    starts = np.searchsorted(owner[order], np.arange(len(traces) + 1))
    wanted, asking = np.unique(held_out.place[:, :2], axis=0, return_inverse=True)
    _, source = KDTree(traces).query(wanted)
    predicted = np.empty(len(held_out.classes), dtype=np.int64)
    by_trace = np.argsort(asking, kind="stable")
    bounds = np.searchsorted(asking[by_trace], np.arange(len(wanted) + 1))
    for trace, origin in enumerate(np.asarray(source).tolist()):
        mine = by_trace[bounds[trace] : bounds[trace + 1]]
        there = order[starts[origin] : starts[origin + 1]]
        predicted[mine] = training.classes[there[nearest_of(training.place[there, 2], held_out.place[mine, 2])]]
    return predicted


def forest(
    split: Split, held_out: Points, scale: AmplitudeScale, with_time: bool, seed: int, jobs: int, cache: FeatureCache
) -> IntArray:
    """A plain random forest on local attributes, pixel by pixel, with or without two-way time (or depth)."""
    from sklearn.ensemble import RandomForestClassifier

    ids = split.trained_classes
    sections = [part.section for part in split.sections]
    picks = draw_pixels(sections, [part.training for part in split.sections], ids, FOREST_PIXELS, seed, evenly=True)
    features: list[NDArray[Any]] = []
    asked: list[NDArray[Any]] = []
    for section, pick, mask in zip(sections, picks, held_out.masks, strict=True):
        planes = cache.get(scale.apply(section.amplitude), "local").planes
        if with_time:
            planes = np.concatenate([planes, position_channels(section.ref, section.axes, ())])
        flat = planes.reshape(len(planes), -1)
        features.append(flat[:, pick].T)
        asked.append(flat[:, np.flatnonzero(mask)])
    truth = np.concatenate([section.classes.ravel()[pick] for section, pick in zip(sections, picks, strict=True)])
    grower = RandomForestClassifier(
        FOREST_TREES, min_samples_leaf=5, class_weight="balanced", n_jobs=jobs, random_state=seed
    ).fit(np.concatenate(features), truth)
    trees = Trees.of(grower.estimators_, range(len(ids)), len(ids))
    probabilities = trees.predict(np.ascontiguousarray(np.concatenate(asked, axis=1)), jobs)
    return np.asarray(np.asarray(ids)[probabilities.argmax(axis=0)], dtype=np.int64)
