"""The forest: trained in seconds on seismic attributes, the honest rival of every network and the instant teacher."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from seisgui.errors import InputError
from seisgui.interpretation.classes import Source
from seisgui.learning.features import KINDS, FeatureCache, section_attributes
from seisgui.learning.regularise import regularised
from seisgui.learning.sampling import position_channels, varying_lines
from seisgui.learning.snapshot import LabelledSection
from seisgui.learning.stratigraphy import Flattening
from seisgui.learning.trees import Trees
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.progress import Progress, finish
from seisgui.seismic.volume import BoolArray, FloatArray

FILE = "forest.safetensors"
FORMAT = 1
BATCH = 25  # trees grown between two reports of progress
AGE_COPIES = 2
AGE_TO_SMOOTH = 1  # which of the relative ages steers the smoothing


@dataclass(frozen=True, slots=True)
class ForestSettings:
    """What a forest is made of.

    ``position`` adds two-way time (or depth), the line numbers that vary, and relative geological time. ``features``
    is 'local', 'context' or 'auto': position tells what context would, so 'auto' takes context only without it.
    ``pixels`` bounds the training pixels of one class, ``smooth`` is the Gaussian over the probabilities along
    reflectors, in samples and traces (0, 0: none), ``regularise`` that in all directions, in pixels. Labels accepted
    from predictions and automatic ones count ``accepted_weight`` and ``automatic_weight``, others 1.
    """

    features: str = "auto"
    trees: int = 100
    min_leaf: int = 10
    pixels: int = 2000
    position: bool = True
    smooth: tuple[float, float] = (2.0, 16.0)
    regularise: float = 0.0
    accepted_weight: float = 0.5
    automatic_weight: float = 0.3

    def __post_init__(self) -> None:
        if self.features not in ("auto", *KINDS):
            raise InputError(f"{self.features!r} is no attribute set.", f"Choose auto, {' or '.join(KINDS)}.")
        if min(self.trees, self.min_leaf, self.pixels) < 1 or min(*self.smooth, self.regularise) < 0:
            raise InputError("A forest needs at least one tree, one pixel a class and one pixel a leaf.")

    @property
    def kind(self) -> str:
        """The attribute set that is used."""
        if self.features == "auto":
            return "local" if self.position else "context"
        return self.features


INSTANT = ForestSettings(trees=16, min_leaf=3, pixels=1000, smooth=(1.0, 6.0))
ACCURATE = ForestSettings()


@dataclass(frozen=True)
class ForestModel:
    """A trained forest; a ``FaciesModel``. ``class_ids`` are ordered as its probabilities."""

    class_ids: tuple[int, ...]
    settings: ForestSettings
    scale: AmplitudeScale
    lines: tuple[str, ...]  # line axes among the position features
    orientations: tuple[str, ...]  # of the sections it was trained on
    trees: Trees
    jobs: int = 1
    cache: FeatureCache = field(default_factory=FeatureCache, compare=False, repr=False)

    network = "forest"

    @property
    def uses_position(self) -> bool:
        """Whether two-way time and line numbers are among the features."""
        return self.settings.position

    def unsmoothed(self) -> ForestModel | None:
        """The same forest without smoothing and regularisation; None where it has none."""
        if not any(self.settings.smooth) and not self.settings.regularise:
            return None
        return replace(self, settings=replace(self.settings, smooth=(0.0, 0.0), regularise=0.0))

    def with_scale(self, scale: AmplitudeScale) -> ForestModel:
        """The same forest for amplitudes of another dataset."""
        return replace(self, scale=scale)

    def predict(self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1) -> FloatArray:
        """Class probabilities (n_class, ceil(n_lateral / step), ceil(n_sample / step)) float32 of a vertical section.

        ``amplitude`` (n_lateral, n_sample) raw, NaN in holes. Raises ``InputError`` for a horizontal slice, and where
        the sample interval or domain is not the one the forest was trained at.
        """
        return finish(self.predict_steps(amplitude, ref, axes, step=step))

    def predict_steps(
        self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1
    ) -> Generator[Progress, None, FloatArray]:
        """As ``predict``, yielding between attributes, trees and smoothing."""
        self.check(ref, axes)
        scaled = self.scale.apply(amplitude)
        parts = looked_at(scaled, ref, axes, self.settings, self.lines, self.cache)
        planes = np.concatenate([part[:, ::step, ::step] for part in parts])
        yield Progress(1, 3, "Predicting")
        probabilities = self.trees.predict(planes.reshape(len(planes), -1), self.jobs)
        shaped = probabilities.reshape(len(self.class_ids), *planes.shape[1:])
        yield Progress(2, 3, "Predicting")
        ages = self.cache.get(scaled, self.settings.kind).ages[AGE_TO_SMOOTH]
        live = np.isfinite(amplitude)
        along = smoothed(shaped, live, ages, self.settings.smooth, step)
        return regularised(along, live, self.settings.regularise, step) if self.settings.regularise else along

    def check(self, ref: SectionRef, axes: VolumeAxes) -> None:
        """Raise ``InputError`` where the forest cannot tell anything about such a section."""
        if ref.orientation is Orientation.TIME:
            raise InputError(
                "A forest looks at vertical sections and cannot predict a horizontal slice by itself.",
                "Predict the inlines or the whole survey, then look at the slice.",
            )
        sample = axes.sample
        if sample.domain.value != self.scale.domain or sample.unit != self.scale.unit:
            raise InputError(
                f"This forest was trained on {self.scale.domain} ({self.scale.unit}), the section is in "
                f"{sample.domain.value} ({sample.unit}).",
                "Train on labels of this survey.",
            )
        if abs(sample.interval - self.scale.interval) > 0.01 * self.scale.interval:
            raise InputError(
                f"This forest was trained at {self.scale.interval:g} {self.scale.unit} a sample, the section has "
                f"{sample.interval:g}.",
                "Train on labels of this survey, or resample it.",
            )

    def save(self, folder: Path) -> Path:
        """Write ``forest.safetensors`` into ``folder`` (made if missing), whole or not at all; returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        document = {
            "format": FORMAT,
            "class_ids": list(self.class_ids),
            "settings": asdict(self.settings),
            "scale": self.scale.to_json(),
            "lines": list(self.lines),
            "orientations": list(self.orientations),
        }
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        save_file(self.trees.to_tensors(), temporary, metadata={"forest": json.dumps(document)})
        temporary.replace(path)
        return path

    @classmethod
    def load(cls, folder: Path, jobs: int | None = None) -> ForestModel:
        """Read what :meth:`save` wrote; ``InputError`` where it is missing, damaged or newer than the program."""
        path = folder / FILE
        if not path.is_file():
            raise InputError(f"The forest of this run is missing: {path}.", "Train again or restore the file.")
        try:
            with safe_open(path, framework="numpy") as file:
                document = json.loads((file.metadata() or {})["forest"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            if document["format"] > FORMAT:
                raise InputError(f"{path} was written by a newer SeisGUI.", "Update the program.")
            settings = dict(document["settings"])
            settings["smooth"] = tuple(settings["smooth"])
            return cls(
                tuple(document["class_ids"]),
                ForestSettings(**settings),
                AmplitudeScale.from_json(document["scale"]),
                tuple(document["lines"]),
                tuple(document["orientations"]),
                Trees.from_tensors(tensors),
                default_jobs() if jobs is None else jobs,
            )
        except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
            raise InputError(f"{path} is damaged and cannot be read.", "Train again or restore the file.") from error


def default_jobs() -> int:
    """Threads for heavy work: one core is left to the window."""
    return max(1, (os.cpu_count() or 2) - 1)


def fit(
    sections: Sequence[LabelledSection],
    masks: Sequence[BoolArray],
    scale: AmplitudeScale,
    settings: ForestSettings = ACCURATE,
    *,
    seed: int = 0,
    jobs: int | None = None,
    cache: FeatureCache | None = None,
) -> ForestModel:
    """Train a forest on the masked pixels of labelled sections; see :func:`fit_steps`."""
    return finish(fit_steps(sections, masks, scale, settings, seed=seed, jobs=jobs, cache=cache))


def fit_steps(
    sections: Sequence[LabelledSection],
    masks: Sequence[BoolArray],
    scale: AmplitudeScale,
    settings: ForestSettings = ACCURATE,
    *,
    seed: int = 0,
    jobs: int | None = None,
    cache: FeatureCache | None = None,
) -> Generator[Progress, None, ForestModel]:
    """Train a forest, yielding after every section's attributes and every few trees; returns the model.

    The same labels, settings and seed give the same forest. Raises ``InputError`` with fewer than two classes.
    """
    from sklearn.ensemble import ExtraTreesClassifier

    jobs = default_jobs() if jobs is None else jobs
    cache = FeatureCache() if cache is None else cache
    class_ids = trained_classes(sections, masks)
    lines = varying_lines([section.ref for section in sections]) if settings.position else ()
    batches = -(-settings.trees // BATCH)
    total = len(sections) + batches
    picks = draw_pixels(sections, masks, class_ids, settings.pixels, seed)
    rows = []
    for number, (section, pick) in enumerate(zip(sections, picks, strict=True)):
        scaled = scale.apply(section.amplitude)
        parts = looked_at(scaled, section.ref, section.axes, settings, lines, cache)
        rows.append(np.concatenate([part.reshape(len(part), -1)[:, pick] for part in parts]).T)
        yield Progress(number + 1, total, "reading attributes")
    features = np.concatenate(rows)
    truth = np.concatenate([section.classes.ravel()[pick] for section, pick in zip(sections, picks, strict=True)])
    weights = source_weights(sections, picks, settings)
    forests = []
    for batch in range(batches):
        count = min(BATCH, settings.trees - batch * BATCH)
        grower = ExtraTreesClassifier(
            count,
            min_samples_leaf=settings.min_leaf,
            max_features="sqrt",
            class_weight="balanced",
            n_jobs=jobs,
            random_state=np.random.SeedSequence([seed, batch]).generate_state(1)[0] % 2**31,
        ).fit(features, truth, sample_weight=weights)
        forests.append(Trees.of(grower.estimators_, range(len(class_ids)), len(class_ids)))
        yield Progress(len(sections) + batch + 1, total, "growing trees")
    orientations = tuple(sorted({section.ref.orientation.value for section in sections}))
    return ForestModel(class_ids, settings, scale, lines, orientations, Trees.joined(forests), jobs, cache)


def source_weights(
    sections: Sequence[LabelledSection], picks: Sequence[NDArray[np.int64]], settings: ForestSettings
) -> NDArray[np.float64] | None:
    """How much every picked pixel counts by who labelled it; None where all count alike."""
    table = np.ones(256)
    table[Source.ACCEPTED], table[Source.AUTO] = settings.accepted_weight, settings.automatic_weight
    sources = np.concatenate([section.source.ravel()[pick] for section, pick in zip(sections, picks, strict=True)])
    weights = table[sources]
    return None if (weights == weights[:1]).all() else weights


def trained_classes(sections: Sequence[LabelledSection], masks: Sequence[BoolArray]) -> tuple[int, ...]:
    """Classes among the masked pixels, ascending; ``InputError`` with fewer than two."""
    found: set[int] = set()
    for section, mask in zip(sections, masks, strict=True):
        found |= {int(class_id) for class_id in np.unique(section.classes[mask])}
    class_ids = tuple(sorted(found - {-1}))
    if len(class_ids) < 2:
        raise InputError("A forest needs labels of at least two classes.", "Paint a stroke of another class.")
    return class_ids


def draw_pixels(
    sections: Sequence[LabelledSection],
    masks: Sequence[BoolArray],
    class_ids: Sequence[int],
    most: int,
    seed: int,
    *,
    evenly: bool = False,
) -> list[NDArray[np.int64]]:
    """Flat pixel indices per section: at most ``most`` of every class.

    A stroke is drawn in proportion to the square root of its area, so that a small correction is heard beside
    large areas; ``evenly`` draws every pixel alike.
    """
    generator = np.random.default_rng(seed)
    chosen: list[list[NDArray[np.int64]]] = [[] for _ in sections]
    for class_id in class_ids:
        places, weights = [], []
        for section, mask in zip(sections, masks, strict=True):
            place, weight = stroke_weights(mask & (section.classes == class_id))
            places.append(place)
            weights.append(np.ones(len(place)) if evenly else weight)
        weight = np.concatenate(weights)
        keep = np.ones(len(weight), dtype=bool)
        if len(weight) > most:
            # the largest of log(u) / weight: a weighted draw without replacement
            rank = np.log(generator.random(len(weight))) / weight
            keep[np.argpartition(-rank, most)[most:]] = False
        ends = np.cumsum([len(place) for place in places])[:-1]
        for number, (place, kept) in enumerate(zip(places, np.split(keep, ends), strict=True)):
            chosen[number].append(place[kept])
    return [np.sort(np.concatenate(parts)) for parts in chosen]


def stroke_weights(mask: BoolArray) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Flat indices of the masked pixels and, for each, one over the root of the area of its stroke."""
    count, stroke, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    place = np.flatnonzero(mask)
    area = statistics[:, cv2.CC_STAT_AREA].astype(np.float64) if count else np.ones(1)
    return place, 1.0 / np.sqrt(area[stroke.ravel()[place]])


def looked_at(
    scaled: FloatArray,
    ref: SectionRef,
    axes: VolumeAxes,
    settings: ForestSettings,
    lines: Sequence[str],
    cache: FeatureCache,
) -> list[FloatArray]:
    """Everything the trees look at, parts of (n, n_lateral, n_sample) float32 to be put one after another."""
    attributes = cache.get(scaled, settings.kind)
    if not settings.position:
        return [attributes.planes]
    last = max(1, scaled.shape[1] - 1)
    ages = attributes.ages * np.float32(2 / last) - np.float32(1)
    # trees draw the features they may split on: what says most is offered more than once
    return [attributes.planes, position_channels(ref, axes, lines), *[ages] * AGE_COPIES]


def smoothed(
    probabilities: FloatArray, live: BoolArray, ages: FloatArray, widths: tuple[float, float], step: int = 1
) -> FloatArray:
    """Probabilities averaged along reflectors, same shape; holes weigh nothing.

    ``probabilities`` (n_class, ...) stand at every ``step``-th pixel of ``live`` and of the relative ``ages``, both
    (n_lateral, n_sample).
    """
    down, across = widths[0] / step, widths[1] / step
    if max(down, across) < 0.3:
        return probabilities
    flattening = Flattening.of(ages[::step, ::step] / np.float32(step))
    weight = live[::step, ::step].astype(np.float32)
    if weight.all() or not weight.any():
        blurred = np.stack([flattening.average(plane, down, across) for plane in probabilities])
    else:
        share = flattening.average(weight, down, across)
        blurred = np.stack([flattening.average(plane * weight, down, across) for plane in probabilities])
        blurred = np.where(share > 1e-4, blurred / np.maximum(share, 1e-4), probabilities)
    return np.asarray(blurred / np.maximum(blurred.sum(axis=0), 1e-6), dtype=np.float32)


def without_position(settings: ForestSettings) -> ForestSettings:
    """The same forest, blind to where it looks."""
    return replace(settings, position=False)


def describe(settings: ForestSettings) -> dict[str, Any]:
    """Settings as plain data, for a run record."""
    return asdict(settings)


def warm() -> None:
    """Import scikit-learn and compile the tree walk ahead of the first stroke (about a second, cached on disk)."""
    from sklearn.ensemble import ExtraTreesClassifier

    features = np.array([[0.0], [1.0]], dtype=np.float32)
    grown = ExtraTreesClassifier(1, random_state=0).fit(features, [0, 1])
    Trees.of(grown.estimators_, range(2), 2).predict(np.ascontiguousarray(features.T))
    section_attributes(np.zeros((32, 32), dtype=np.float32), "local")
