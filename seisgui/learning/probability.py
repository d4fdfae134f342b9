"""The probability of every class on one section, for whoever wants to see more than the winner."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seisgui.interpretation.project import Project
from seisgui.learning import stored
from seisgui.learning.predictor import predictor
from seisgui.learning.requests import PredictRequest
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.progress import Progress


@dataclass(frozen=True, slots=True)
class Probabilities:
    """``arrays`` is an .npy file (n_class, n_lateral, n_sample) uint8 in order of ``class_ids``: 0-254 = 0-1.

    255 where the survey has no trace.
    """

    class_ids: tuple[int, ...]
    label_revision: int
    model: str
    arrays: Path


def probability_steps(
    project_path: Path, run_id: str, ref: SectionRef, dataset_id: str, volume_id: str | None, arrays: Path
) -> Generator[Progress, None, Probabilities]:
    """Predict a section and write the probability of every class to ``arrays``.

    Raises ``InputError`` where the run cannot predict the volume.
    """
    project = Project.open(project_path, read_only=True)
    try:
        work = predictor(project, PredictRequest(project_path, run_id, (ref,), dataset_id, volume_id))
        amplitude = work.volume.section(ref)
        found = yield from work.adapted.predict_steps(amplitude, ref)
        shares = np.clip(np.rint(found * (stored.NOT_PREDICTED - 1)), 0, stored.NOT_PREDICTED - 1).astype(np.uint8)
        shares[:, ~np.isfinite(amplitude)] = stored.NOT_PREDICTED
        stored.write_array(arrays, shares)
        return Probabilities(work.adapted.model.class_ids, work.record.label_revision, work.record.network, arrays)
    finally:
        project.close()
