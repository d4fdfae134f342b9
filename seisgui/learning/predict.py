"""Predictions of sections and whole volumes, in small steps, kept with the run."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from typing import TYPE_CHECKING

from seisgui.errors import InputError
from seisgui.learning import stored
from seisgui.learning.events import Control, Notice, PartialPrediction, Progress, VolumeGrown
from seisgui.learning.predictor import Predictor, predictor, told
from seisgui.learning.requests import PredictRequest
from seisgui.learning.whole_survey import predict_volume
from seisgui.seismic.axes import Orientation, SectionRef

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

__all__ = ["predict_sections", "predict_volume"]

COARSE_STEP = 8
PredictEvent = PartialPrediction | Progress | Notice | VolumeGrown


def predict_sections(
    project: Project, request: PredictRequest, control: Control
) -> Generator[PredictEvent, None, None]:
    """Predict the sections of a request, coarse ones first; without ``refs`` the whole volume.

    Predictions are kept under ``predictions/<run>/``. Raises ``InputError`` where the run, its weights or the volume
    cannot be used, and where header bytes are corrected meanwhile.
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
    coarse = request.coarse_first and not getattr(work.adapted.model, "sees_sections", False)
    steps = (COARSE_STEP, 1) if coarse else (1,)
    for step in steps:
        for ref in request.refs:
            yield from shown(work, ref, step)
            if control.stop:
                return


def shown(work: Predictor, ref: SectionRef, step: int) -> Generator[PredictEvent, None, None]:
    """Predict a section, keep it, and tell where it is."""
    array = yield from work.section(ref, step)
    project, record = work.project, work.record
    project.require_layout(work.dataset_id)
    if step == 1:
        path = stored.prediction_path(project, record.id, ref, work.dataset_id)
    else:
        path = project.tmp_folder / f"coarse_{stored.section_name(ref)}_{uuid.uuid4().hex[:8]}.npy"
    stored.write_array(path, array)
    yield PartialPrediction(record.id, ref, step, path, record.label_revision, work.dataset_id, record.network)
