"""Predictions as SEG-Y with the headers of their source (torch-free)."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import seisgui
from seisgui.errors import InputError
from seisgui.learning import stored
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.export import ExportReport, export_segy
from seisgui.seismic.progress import Progress
from seisgui.seismic.segy import SegyVolume
from seisgui.seismic.volume import FloatArray

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord

KINDS = ("class", "probability", "uncertainty")
STEPS = {"int8": 100.0, "int16": 10000.0}  # what stands for 1 where a format has no fractions
CARD_LENGTH = 76


class PredictedVolume:
    """All that a run has predicted of a dataset, read inline by inline."""

    def __init__(self, project: Project, run_id: str, dataset_id: str, axes: VolumeAxes) -> None:
        self._project, self._run_id, self._dataset_id = project, run_id, dataset_id
        self.axes = axes
        sections = list(stored.predicted_sections(project, run_id, dataset_id))
        self._crosslines = [ref for ref in sections if ref.orientation is Orientation.CROSSLINE]
        self._across: stored.ByteArray | None = None

    def inline(self, index: int) -> stored.ByteArray:
        """(3, n_crossline, n_sample) uint8 of one inline; class 255 where nothing is predicted."""
        ref = SectionRef(Orientation.INLINE, int(self.axes.inline.numbers[index]))
        shape = self.axes.section_shape(Orientation.INLINE)
        found = stored.read_prediction(self._project, self._run_id, ref, self._dataset_id)
        if found is None or found.shape[1:] != shape:
            found = np.zeros((3, *shape), dtype=np.uint8)
            found[stored.CLASS] = stored.NOT_PREDICTED
        if self._crosslines:
            self._fill_from_crosslines(found, index)
        return found

    def _fill_from_crosslines(self, section: stored.ByteArray, index: int) -> None:
        across = self._crossline_sections()
        columns = [self.axes.section_index(ref) for ref in self._crosslines]
        empty = (section[stored.CLASS, columns] == stored.NOT_PREDICTED).all(axis=1)
        for column, values, wanted in zip(columns, across[:, :, index], empty, strict=True):
            if wanted:
                section[:, column] = values

    def _crossline_sections(self) -> stored.ByteArray:
        """(n_predicted_crossline, 3, n_inline, n_sample), read once."""
        if self._across is None:
            shape = (3, *self.axes.section_shape(Orientation.CROSSLINE))
            self._across = np.zeros((len(self._crosslines), *shape), dtype=np.uint8)
            self._across[:, stored.CLASS] = stored.NOT_PREDICTED
            for place, ref in enumerate(self._crosslines):
                found = stored.read_prediction(self._project, self._run_id, ref, self._dataset_id)
                if found is not None and found.shape == shape:
                    self._across[place] = found
        return self._across


def export_prediction(
    project: Project,
    run_id: str,
    out: Path,
    kind: str = "class",
    sample_format: str | None = None,
    partial: bool = False,
    dataset_id: str | None = None,
) -> Generator[Progress, None, ExportReport]:
    """Write what a run predicted as SEG-Y: 'class' ids, 'probability' of the class, or 'uncertainty' (entropy).

    Probability and uncertainty lie in 0-1; in int8 as percent, in int16 as ten-thousandths. Raises ``InputError``
    where nothing, or without ``partial`` not every trace, is predicted, and where the source is no SEG-Y file.
    """
    if kind not in KINDS:
        raise InputError(f"{kind!r} cannot be exported.", f"Choose one of {', '.join(KINDS)}.")
    record = project.run(run_id)
    dataset = project.dataset(dataset_id or record.dataset_id)
    source = project.open_volume(dataset_id=dataset.id)
    if not isinstance(source, SegyVolume):
        raise InputError(f"{source.name} is no SEG-Y file, so there are no headers to export with.")
    predicted = PredictedVolume(project, record.id, dataset.id, source.axes)
    chosen = sample_format or ("int8" if kind == "class" else "ieee")
    yield from check_whole(predicted, source, partial, record)
    scale = 1.0 if kind == "class" else STEPS.get(chosen, 1.0)

    def values(index: int) -> FloatArray:
        return section_values(predicted.inline(index), kind, scale)

    return (
        yield from export_segy(
            source, out, values, sample_format=chosen, cards=cards(record), sidecar=sidecar(record, kind, scale)
        )
    )


def check_whole(
    predicted: PredictedVolume, source: SegyVolume, partial: bool, record: RunRecord
) -> Generator[Progress, None, None]:
    """Raise ``InputError`` where there is nothing to export, or not all of it and nobody said ``partial``."""
    live = source.live_traces()
    reached = 0
    for index in range(predicted.axes.inline.count):
        known = (predicted.inline(index)[stored.CLASS] != stored.NOT_PREDICTED).any(axis=1)
        reached += int((known & live[index]).sum())
        yield Progress(index + 1, predicted.axes.inline.count, "Looking at what is predicted")
        if partial and reached:
            return
    if not reached:
        raise InputError(f"Run {record.id} has predicted nothing of {source.name} yet.", "Predict first.")
    if reached < int(live.sum()):
        raise InputError(
            f"Run {record.id} has predicted {reached:,} of {int(live.sum()):,} traces of {source.name}.",
            "Predict the whole volume, or export what is there (--partial).",
        )


def section_values(section: stored.ByteArray, kind: str, scale: float = 1.0) -> FloatArray:
    """Samples (n_crossline, n_sample) float32 of a stored section, NaN where nothing is predicted."""
    row = {"class": stored.CLASS, "probability": stored.CONFIDENCE, "uncertainty": stored.ENTROPY}[kind]
    values: FloatArray = section[row].astype(np.float32)
    if kind != "class":
        values *= scale / 255.0
    values[section[stored.CLASS] == stored.NOT_PREDICTED] = np.nan
    return values


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
