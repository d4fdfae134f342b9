"""Predictions as SEG-Y with the headers of their source (torch-free)."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import seisgui
from seisgui.errors import InputError
from seisgui.learning import stored
from seisgui.learning.predicted import PredictedVolume
from seisgui.seismic.export import ExportReport, export_segy
from seisgui.seismic.export_writer import Values
from seisgui.seismic.progress import Progress
from seisgui.seismic.segy import SegyVolume

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord

BESIDE = {"class": None, "probability": "confidence", "uncertainty": "entropy"}  # kind -> array beside the class
STEPS = {"int8": 100.0, "int16": 10000.0}  # what stands for 1 where a format has no fractions
CARD_LENGTH = 76


def export_prediction(
    project: Project,
    run_id: str,
    out: Path,
    kind: str = "class",
    sample_format: str | None = None,
    partial: bool = False,
    dataset_id: str | None = None,
    class_id: int | None = None,
) -> Generator[Progress, None, ExportReport]:
    """Write what a run predicted as SEG-Y: 'class' ids, 'probability' of the class, or 'uncertainty' (entropy).

    With ``class_id`` the probability is that of this class everywhere, which a predicted volume keeps on request.
    Probability and uncertainty lie in 0-1; in int8 as percent, in int16 as ten-thousandths. Raises ``InputError``
    where nothing, or without ``partial`` not every trace, is predicted, and where the source is no SEG-Y file.
    """
    if kind not in BESIDE:
        raise InputError(f"{kind!r} cannot be exported.", f"Choose one of {', '.join(BESIDE)}.")
    record = project.run(run_id)
    dataset = project.dataset(dataset_id or record.dataset_id)
    source = project.open_volume(dataset_id=dataset.id)
    if not isinstance(source, SegyVolume):
        raise InputError(f"{source.name} is no SEG-Y file, so there are no headers to export with.")
    beside = BESIDE[kind] if class_id is None else _of_class(project, record, dataset.id, kind, class_id)
    chosen = sample_format or ("int8" if kind == "class" else "ieee")
    scale = 1.0 if kind == "class" else STEPS.get(chosen, 1.0)
    told = sidecar(record, kind, scale) | ({} if class_id is None else {"class": class_id})
    if not (yield from source.confirm_steps()):
        raise source.other_geometry()
    with PredictedVolume(project, record.id, dataset.id, source.axes, beside) as predicted:
        check_whole(predicted, source, partial, record)
        return (
            yield from export_segy(
                source,
                out,
                lambda index: section_values(predicted.inline(index), scale),
                sample_format=chosen,
                cards=cards(record),
                sidecar=told,
            )
        )


def _of_class(project: Project, record: RunRecord, dataset_id: str, kind: str, class_id: int) -> str:
    """The array that keeps the probability of one class."""
    if kind != "probability":
        raise InputError(f"A class was named, but {kind} is not of one class.", "Export the probability.")
    if class_id not in stored.kept_probabilities(project, record.id, dataset_id):
        raise InputError(
            f"Run {record.id} has kept no probability of class {class_id}.",
            f"Predict the volume with it: --volume --probability {class_id}.",
        )
    return stored.probability_name(class_id)


def check_whole(predicted: PredictedVolume, source: SegyVolume, partial: bool, record: RunRecord) -> None:
    """Raise ``InputError`` where there is nothing to export, or not all of it and nobody said ``partial``."""
    live = source.live_traces()
    reached = int((predicted.reached() & live).sum())
    if not reached:
        raise InputError(f"Run {record.id} has predicted nothing of {source.name} yet.", "Predict first.")
    if reached < int(live.sum()) and not partial:
        raise InputError(
            f"Run {record.id} has predicted {reached:,} of {int(live.sum()):,} traces of {source.name}.",
            "Predict the whole volume, or export what is there (--partial).",
        )


def section_values(section: stored.ByteArray, scale: float = 1.0) -> Values:
    """Samples (n_crossline, n_sample) of a section as ``PredictedVolume`` gives it.

    Class ids as int16, -1 where nothing is predicted; or, where something stands beside the class, that as float32
    in 0 to ``scale``, NaN where nothing is predicted.
    """
    missing = section[0] == stored.NOT_PREDICTED
    if len(section) == 1:
        classes: Values = section[0].astype(np.int16)
        return np.where(missing, np.int16(-1), classes) if missing.any() else classes
    values: Values = section[1] * np.float32(scale / 255.0)
    return np.where(missing, np.float32(np.nan), values) if missing.any() else values


def cards(record: RunRecord) -> list[str]:
    """Two cards for the textual header: program and run, and the classes."""
    classes = " ".join(f"{entry.id}={entry.name}" for entry in record.classes)
    first = f"SEISGUI {seisgui.__version__} RUN {record.id} NETWORK {record.network}"
    return [first[:CARD_LENGTH], f"CLASSES {classes}"[:CARD_LENGTH]]


def sidecar(record: RunRecord, kind: str, scale: float) -> dict[str, Any]:
    """What the .json beside the file says of the run and the samples."""
    figures = {name: record.metrics.get(name) for name in ("pixel_accuracy", "mean_class_accuracy", "mean_iou")}
    return {
        "program": f"SeisGUI {seisgui.__version__}",
        "run": record.id,
        "network": record.network,
        "kind": kind,
        "one_is": scale if kind != "class" else None,
        "classes": [entry.to_json() for entry in record.classes],
        "amplitude": record.amplitude,
        "orientation": record.orientation,
        "scores": {**figures, "sentence": record.metrics.get("sentence", "")},
    }
