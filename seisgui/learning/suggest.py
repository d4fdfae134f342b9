"""The next lines worth labelling, with reasons; on a single line the next stretches of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.learning import stored
from seisgui.learning.active import choose, described
from seisgui.learning.features import section_planes
from seisgui.learning.predictor import Predictor, predictor
from seisgui.learning.requests import PredictRequest
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.progress import Progress
from seisgui.seismic.volume import FloatArray

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesLabels
    from seisgui.interpretation.project import Project

STEP = 8  # pixels between two that are predicted: what a line is like as a whole
MOST_LINES = 40  # looked at along one axis
BANDS = 8  # of time, within which attributes are averaged
STRETCH = 30  # traces of a stretch of a single line
LABELLED_SHARE = 0.02  # of a stretch's samples from which it counts as labelled
FEW = 500  # labelled samples of a class below which it is rare
NOTICED = 0.02  # share of a line that a rare class must cover to be a reason
UNSURE = 1.15  # times the middle of all places


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line, or the stretch ``first`` to ``last`` (line numbers of the other axis) of one, and why."""

    ref: SectionRef
    reasons: tuple[str, ...]
    gain: float
    first: int | None = None
    last: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "orientation": self.ref.orientation.value,
            "number": self.ref.number,
            "first": self.first,
            "last": self.last,
            "gain": round(self.gain, 4),
            "reasons": list(self.reasons),
        }

    def __str__(self) -> str:
        return str(self.ref) if self.first is None else f"{self.ref}, traces {self.first} to {self.last}"


@dataclass(frozen=True)
class Place:
    """A candidate: what it looks like, where it lies, how unsure the model is there and what it sees."""

    ref: SectionRef
    columns: slice  # of the section
    appearance: NDArray[np.float64]
    entropy: float
    shares: dict[int, float]  # of the predicted classes
    labelled: bool


def suggest_steps(
    project: Project, run_id: str, count: int = 5, *, dataset: str | None = None, label_set: str | None = None
) -> Generator[Progress, None, list[Suggestion]]:
    """Rank what is not labelled yet by what a label there would teach.

    Every line looked at (at most 40 an axis) is predicted coarsely. Raises ``InputError`` where ``count`` is not
    positive, the run cannot predict the dataset, or everything is labelled.
    """
    if count < 1:
        raise InputError(f"{count} suggestions cannot be made.", "Ask for one or more.")
    work = predictor(project, PredictRequest(project.path, run_id, dataset_id=dataset))
    labels = project.labels(label_set, work.dataset_id)
    places: list[Place] = []
    refs = lines_to_look_at(work, labels)
    for number, ref in enumerate(refs):
        places += yield from places_of(work, labels, ref, whole=len(refs) > 1)
        yield Progress(number + 1, len(refs), f"Looking at {ref}")
    return ranked(places, labels, work, count)


def lines_to_look_at(work: Predictor, labels: FaciesLabels) -> list[SectionRef]:
    """Evenly spaced lines of the orientations the run knows, and all labelled ones."""
    axes = work.volume.axes
    ways = [way for way in axes.orientations if way is not Orientation.TIME]
    learnt = [way for way in ways if work.record.orientation in (way.value, "both", "")] or ways
    refs = [entry.ref for entry in labels.labelled_sections() if entry.ref.orientation in learnt]
    for way in learnt:
        axis = axes.inline if way is Orientation.INLINE else axes.crossline
        chosen = np.unique(np.linspace(0, axis.count - 1, min(MOST_LINES, axis.count)).round().astype(np.int64))
        refs += [SectionRef(way, int(axis.numbers[index])) for index in chosen]
    return list(dict.fromkeys(refs))


def places_of(
    work: Predictor, labels: FaciesLabels, ref: SectionRef, *, whole: bool
) -> Generator[Progress, None, list[Place]]:
    """The line as one place, or cut into stretches; places without a live trace are left out."""
    amplitude = work.volume.section(ref)
    prediction = yield from work.section(ref, STEP)
    planes = section_planes(work.adapted.model.scale.apply(amplitude), "local")
    classes, _ = labels.section(ref)
    n_lateral = len(amplitude)
    cuts = [slice(0, n_lateral)] if whole else stretches(n_lateral)
    found = []
    for columns in cuts:
        seen = prediction[:, columns.start // STEP : -(-columns.stop // STEP)]
        predicted = seen[stored.CLASS] != stored.NOT_PREDICTED
        if not predicted.any():
            continue
        present = np.bincount(seen[stored.CLASS][predicted], minlength=256) / predicted.sum()
        here = (classes[columns] >= 0).mean() >= (LABELLED_SHARE if not whole else 1e-9)
        found.append(
            Place(
                ref,
                columns,
                appearance(planes[:, columns]),
                float(seen[stored.ENTROPY][predicted].mean() / 255),
                {int(index): float(present[index]) for index in np.flatnonzero(present)},
                bool(here),
            )
        )
    return found


def stretches(n_lateral: int) -> list[slice]:
    """Stretches of 30 traces; the last one takes the rest."""
    starts = list(range(0, max(n_lateral - STRETCH // 2, 1), STRETCH))
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], n_lateral], strict=True)]


def appearance(planes: FloatArray) -> NDArray[np.float64]:
    """Mean attributes in bands of time, (n_attribute * bands,)."""
    bands = np.array_split(np.arange(planes.shape[2]), min(BANDS, planes.shape[2]))
    means = [planes[:, :, band[0] : band[-1] + 1].mean(axis=(1, 2)) for band in bands]
    return np.concatenate(means).astype(np.float64)


def ranked(places: list[Place], labels: FaciesLabels, work: Predictor, count: int) -> list[Suggestion]:
    """The best places with their reasons."""
    free = [index for index, place in enumerate(places) if not place.labelled]
    if not free:
        raise InputError("Every line that was looked at carries labels already.", "Correct what the prediction shows.")
    known = [index for index, place in enumerate(places) if place.labelled]
    position = np.array([centre_of(place, work) for place in places])
    space = described(np.stack([place.appearance for place in places]), position)
    entropy = np.array([place.entropy for place in places])
    chosen = choose(space, entropy, known, free, count)
    middle = float(np.median(entropy))
    counts = labels.class_counts()
    names = {entry.id: entry.name for entry in work.record.classes}
    found = []
    for choice in chosen:
        place = places[choice.index]
        labelled = [places[index] for index in known]
        reasons = (*unsure(place, middle), *rare(place, counts, names), *far(place, labelled, work))
        numbers = lateral_numbers(place, work)
        whole = place.columns.stop - place.columns.start == len(numbers)
        first, last = (None, None) if whole else (int(numbers[place.columns][0]), int(numbers[place.columns][-1]))
        reasons = reasons or ("it stands for many places like it",)
        found.append(Suggestion(place.ref, reasons, choice.gain, first, last))
    return found


def centre_of(place: Place, work: Predictor) -> tuple[float, float]:
    """Index of the line and of the middle of the stretch, by axis; a whole line lies in the middle of the other."""
    axes = work.volume.axes
    across = axes.section_index(place.ref)
    along = (place.columns.start + place.columns.stop - 1) / 2
    return (across, along) if place.ref.orientation is Orientation.INLINE else (along, across)


def lateral_numbers(place: Place, work: Predictor) -> NDArray[np.int64]:
    axes = work.volume.axes
    return (axes.crossline if place.ref.orientation is Orientation.INLINE else axes.inline).numbers


def unsure(place: Place, middle: float) -> tuple[str, ...]:
    if place.entropy < UNSURE * middle:
        return ()
    return (f"the model is unsure here (entropy {place.entropy:.2f}, elsewhere {middle:.2f})",)


def rare(place: Place, counts: dict[int, int], names: dict[int, str]) -> tuple[str, ...]:
    """Classes with few labels that are predicted here."""
    found = [
        (share, class_id)
        for class_id, share in place.shares.items()
        if share >= NOTICED and counts.get(class_id, 0) < FEW and class_id in names
    ]
    return tuple(
        f"{names[class_id]} is predicted on {share:.0%} of it and has {counts.get(class_id, 0):,} labelled samples"
        for share, class_id in sorted(found, reverse=True)[:2]
    )


def far(place: Place, labelled: list[Place], work: Predictor) -> tuple[str, ...]:
    """How far the nearest label of the same orientation lies, where that is a fifth of the axis or more."""
    same = [entry for entry in labelled if entry.ref.orientation is place.ref.orientation]
    if not same:
        return (f"no {place.ref.orientation.value} is labelled yet",)
    own = centre_of(place, work)
    whole = all(entry.ref == place.ref for entry in same)
    axis = (0 if place.ref.orientation is Orientation.INLINE else 1) ^ int(whole)
    nearest = min(abs(centre_of(entry, work)[axis] - own[axis]) for entry in same)
    if nearest < 0.2 * work.volume.axes.shape[axis]:
        return ()
    return (f"the nearest label is {nearest:.0f} {'traces' if whole else 'lines'} away",)


def suggest_in_project_steps(
    project_path: Path, run_id: str, count: int, dataset: str, label_set: str
) -> Generator[Progress, None, list[dict[str, Any]]]:
    """``suggest_steps`` beside a window that has the project open; the suggestions as JSON."""
    from seisgui.interpretation.project import Project

    project = Project.open(project_path, read_only=True)
    try:
        found = yield from suggest_steps(project, run_id, count, dataset=dataset, label_set=label_set)
        return [entry.to_json() for entry in found]
    finally:
        project.close()
