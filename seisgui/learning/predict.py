"""Predictions of sections and whole volumes, in small steps, kept with the run."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from seisgui.errors import InputError
from seisgui.learning import stored
from seisgui.learning.adapt import Adapted, adapt, orientation_notice
from seisgui.learning.events import Control, Notice, PartialPrediction, Progress
from seisgui.learning.model import load_model
from seisgui.learning.requests import PredictRequest
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.volume import Volume

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord
    from seisgui.learning.adapt import OwnModel

logger = logging.getLogger(__name__)

COARSE_STEP = 8
PredictEvent = PartialPrediction | Progress | Notice


@dataclass(frozen=True)
class Predictor:
    """A run ready to predict sections of one volume."""

    project: Project
    record: RunRecord
    dataset_id: str
    volume: Volume
    adapted: Adapted

    def section(self, ref: SectionRef, step: int = 1) -> Generator[Progress, None, stored.ByteArray]:
        """The stored form (3, ceil(n_lateral / step), ceil(n_sample / step)) of a section's prediction."""
        amplitude = self.volume.section(ref)
        probabilities = yield from self.adapted.predict_steps(amplitude, ref, step)
        live = np.isfinite(amplitude[::step, ::step])
        return stored.to_bytes(probabilities, self.adapted.model.class_ids, live)

    def shown(self, ref: SectionRef, step: int) -> Generator[PredictEvent, None, None]:
        """Predict a section, keep it, and tell where it is."""
        array = yield from self.section(ref, step)
        if step == 1:
            path = stored.prediction_path(self.project, self.record.id, ref, self.dataset_id)
        else:
            path = self.project.tmp_folder / f"coarse_{stored.section_name(ref)}_{uuid.uuid4().hex[:8]}.npy"
        stored.write_array(path, array)
        yield PartialPrediction(
            self.record.id, ref, step, path, self.record.label_revision, self.dataset_id, self.record.network
        )


def predictor(project: Project, request: PredictRequest) -> Predictor:
    """Load a run and fit it to the dataset of a request."""
    record = project.run(request.run_id)
    dataset = project.dataset(request.dataset_id or known_dataset(project, record))
    if dataset.axes is None:
        raise InputError(f"{dataset.name} holds gathers; facies are predicted on a survey or a line.")
    volume = project.open_volume(request.volume_id, dataset.id)
    model = cast("OwnModel", load_model(project, record.id, request.device))
    return Predictor(
        project, record, dataset.id, volume, adapt(model, volume, trained_here=dataset.id == record.dataset_id)
    )


def known_dataset(project: Project, record: RunRecord) -> str | None:
    """The dataset of a run while the project still has it."""
    return record.dataset_id if any(each.id == record.dataset_id for each in project.datasets()) else None


def predict_sections(
    project: Project, request: PredictRequest, control: Control
) -> Generator[PredictEvent, None, None]:
    """Predict the sections of a request, coarse ones first; without ``refs`` the whole volume.

    Predictions are kept under ``predictions/<run>/``. Raises ``InputError`` where the run, its weights or the volume
    cannot be used.
    """
    if not request.refs:
        yield from predict_volume(project, request, control)
        return
    work = predictor(project, request)
    for ref in request.refs:
        if ref.orientation is Orientation.TIME:
            raise InputError(
                "A horizontal slice is not predicted by itself.", "Predict the whole volume, then look at the slice."
            )
    yield from told(work, request.refs)
    steps = (COARSE_STEP, 1) if request.coarse_first else (1,)
    for step in steps:
        for ref in request.refs:
            yield from work.shown(ref, step)
            if control.stop:
                return


def told(work: Predictor, refs: tuple[SectionRef, ...]) -> Iterator[Notice]:
    """Each sentence about the match of run and data once."""
    ways = [orientation_notice(work.record.orientation, ref) for ref in refs]
    for sentence in dict.fromkeys([*work.adapted.notices, *ways]):
        if sentence:
            yield Notice(sentence)


def predict_volume(project: Project, request: PredictRequest, control: Control) -> Generator[PredictEvent, None, None]:
    """Predict every section of a volume into ``volume.zarr``; a second call goes on where the first was stopped."""
    from seisgui.learning.volume_store import VolumeStore

    work = predictor(project, request)
    axes = work.volume.axes
    way = Orientation.CROSSLINE if work.record.orientation == "crossline" else Orientation.INLINE
    axis = axes.crossline if way is Orientation.CROSSLINE else axes.inline
    refs = tuple(SectionRef(way, int(number)) for number in axis.numbers)
    yield from told(work, refs[:1])
    path = stored.volume_path(project, work.record.id, work.dataset_id)
    store = VolumeStore.open(path, axes, way, {"run": work.record.id, "dataset": work.dataset_id})
    done = len(refs) - len(store.missing())
    for slab in store.slabs():
        sections = []
        for index in slab:
            for _ in (steps := _kept(work.section(refs[index]))):
                yield Progress(done, len(refs), f"Predicting {refs[index]}")
            sections.append(steps.value)
            done += 1
            yield Progress(done, len(refs), f"Predicted {refs[index]}")
            if control.stop:
                break
        store.write(slab[0], np.stack(sections, axis=1), complete=len(sections) == len(slab))
        if control.stop:
            return


class _kept:  # noqa: N801 - reads as a function at its one use
    """Iterate a generator and keep what it returns in ``value``."""

    def __init__(self, steps: Generator[Progress, None, stored.ByteArray]) -> None:
        self._steps = steps
        self.value: stored.ByteArray

    def __iter__(self) -> Iterator[Progress]:
        self.value = yield from self._steps
