"""Layers that hold a section's prediction or labels against something else, and what is about to be accepted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import SeisguiError
from seisgui.gui.views.class_colours import class_colours, classes_of
from seisgui.gui.views.mixing import colour_table
from seisgui.gui.views.planes import Overlay
from seisgui.gui.views.review_planes import LEVELS, difference, matching, where_it_wins
from seisgui.gui.views.run_layers import Paper, scale_of_shares
from seisgui.interpretation.label_comparison import DISAGREE, disagreement

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.decimation import Pyramid
    from seisgui.gui.views.predictions import PredictionStore
    from seisgui.interpretation.facies import FaciesLabels
    from seisgui.seismic.axes import SectionRef

log = logging.getLogger(__name__)

DIFFERENCE_COLOURS = ("#ffe9a8", "#ffc04d", "#f57c1f", "#d7191c")  # from unsure to sure
DISAGREEMENT_COLOUR = "#e0218a"
CANDIDATE_OPACITY = 0.9


class ReviewLayers:
    """Makes the planes of the section on the screen; each is kept until what it was made of changes."""

    def __init__(self, state: WorkbenchState, predictions: PredictionStore) -> None:
        self._state, self._predictions = state, predictions
        self.candidate: NDArray[np.uint8] | None = None  # classes about to be accepted, 255 elsewhere
        self._kept: dict[str, tuple[tuple[object, ...], tuple[Pyramid, int]]] = {}

    def overlays(self, ref: SectionRef, shown: NDArray[np.uint8] | None, paper: Paper) -> dict[str, Overlay]:
        """Of a section and the prediction drawn on it, by layer, bottom first."""
        found = {}
        for name, make, colours in (
            ("probability", lambda: self._probability(ref, shown), lambda: scale_of_shares(paper)),
            ("difference", lambda: self._difference(ref, shown), difference_colours),
            ("disagreement", lambda: self._disagreement(ref), lambda: colour_table({DISAGREE: DISAGREEMENT_COLOUR})),
        ):
            layer = self._state.layer(name)
            plane = make() if layer.visible else None
            if plane is not None:
                found[name] = Overlay(*plane, colours(), layer.opacity)
        if self.candidate is not None:
            plane = self._plane("candidate", (self.candidate,), lambda: self.candidate)
            found["candidate"] = Overlay(*plane, colour_table(class_colours(self._state)), CANDIDATE_OPACITY)
        return found

    @property
    def follows_labels(self) -> bool:
        """Whether what is drawn depends on the labels in view."""
        return self._state.layer("disagreement").visible and bool(self._state.review.other_labels)

    def _plane(
        self, name: str, made_of: tuple[object, ...], make: Callable[[], NDArray[np.uint8]]
    ) -> tuple[Pyramid, int]:
        kept = self._kept.get(name)
        if kept is None or not same(kept[0], made_of):
            self._kept[name] = made_of, Overlay.plane_of(make())
        return self._kept[name][1]

    def _probability(self, ref: SectionRef, shown: NDArray[np.uint8] | None) -> tuple[Pyramid, int] | None:
        """The probability itself where it is at hand; before, that of the places where the class is predicted."""
        state = self._state
        class_id = probability_class(state)
        if class_id is None or state.run_id is None:
            return None
        array = self._predictions.probability(state.run_id, ref, state.dataset_id, class_id)
        if array is not None:
            return self._plane("probability", (array,), lambda: array)
        if shown is None:
            return None
        return self._plane("probability", (shown, class_id), lambda: where_it_wins(shown, class_id))

    def _difference(self, ref: SectionRef, shown: NDArray[np.uint8] | None) -> tuple[Pyramid, int] | None:
        state = self._state
        other_run = state.review.other_run
        if shown is None or not other_run or other_run == state.run_id:
            return None
        other = self._predictions.get(other_run, ref, state.dataset_id, shown.shape[1:])
        if other is None:
            return None
        names = [{k: c.name for k, c in classes_of(state, run).items()} for run in (state.run, state.record(other_run))]
        key = shown, other, tuple(names[0].items()), tuple(names[1].items())
        return self._plane("difference", key, lambda: difference(shown, other, matching(*names)))

    def _disagreement(self, ref: SectionRef) -> tuple[Pyramid, int] | None:
        labels, other = self._state.labels, self.other_labels()
        if labels is None or other is None:
            return None
        key = ref, labels.id, labels.revision, other.id, other.revision
        shape = labels.axes.section_shape(ref.orientation)

        def make() -> NDArray[np.uint8]:
            found = disagreement(labels, other, ref, slice(0, shape[0]), slice(0, shape[1]))
            return np.where(found == DISAGREE, np.uint8(DISAGREE), np.uint8(255))

        return self._plane("disagreement", key, make)

    def other_labels(self) -> FaciesLabels | None:
        """The second label set, where it is another one of the same dataset."""
        state = self._state
        wanted = state.review.other_labels
        if not wanted or state.project is None or state.labels is None or wanted == state.labels.id:
            return None
        with suppress(SeisguiError):
            other = state.project.labels(wanted)
            return other if other.dataset_id == state.labels.dataset_id else None
        return None


def same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether two tuples hold the same arrays and equal other things."""
    if len(one) != len(other):
        return False
    return all(a is b or not (isinstance(a, np.ndarray) or a != b) for a, b in zip(one, other, strict=True))


def probability_class(state: WorkbenchState) -> int | None:
    """Id, as the run in view has it, of the class whose probability is shown: the chosen one, else the one in hand."""
    known = classes_of(state, state.run)
    if state.review.class_id in known:
        return state.review.class_id
    labels = state.labels
    active = next((c.name for c in labels.classes if c.id == state.active_class), "") if labels is not None else ""
    return next((k for k, entry in known.items() if entry.name.casefold() == active.casefold()), None)


def difference_colours() -> NDArray[np.uint8]:
    return colour_table(dict(enumerate(DIFFERENCE_COLOURS[:LEVELS])))
