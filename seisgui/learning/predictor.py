"""A run ready to predict one volume."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from seisgui.errors import InputError
from seisgui.learning import stored
from seisgui.learning.adapt import Adapted, adapt, orientation_notice
from seisgui.learning.events import Notice, Progress
from seisgui.learning.model import load_model
from seisgui.learning.requests import PredictRequest
from seisgui.learning.survey import known_dataset
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.volume import Volume

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord
    from seisgui.learning.adapt import OwnModel


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


def told(work: Predictor, refs: tuple[SectionRef, ...]) -> Iterator[Notice]:
    """Each sentence about the match of run and data once."""
    ways = [orientation_notice(work.record.orientation, ref) for ref in refs]
    for sentence in dict.fromkeys([*work.adapted.notices, *ways]):
        if sentence:
            yield Notice(sentence)
