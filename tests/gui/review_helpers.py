"""Runs with hand-made predictions, as training and predicting leave them on disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from seisgui.gui.main_window import MainWindow
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning.stored import prediction_path, write_array
from seisgui.seismic.axes import SectionRef

SPLIT = {"kind": "blocked", "hold_out": ["crossline:1041-1081"], "gap": 65}
START = datetime(2024, 5, 1, 12, tzinfo=UTC)


def layered(window: MainWindow, border: int = 40, sure: float = 0.95, unsure: float = 0.5) -> np.ndarray:
    """(3, n_lateral, n_sample): class 0 above sample ``border``, class 1 below; unsure in the second half of traces."""
    n_lateral, n_sample = window.state.volume.axes.section_shape(window.panes.views[0].ref.orientation)
    array = np.zeros((3, n_lateral, n_sample), np.uint8)
    array[0, :, border:] = 1
    array[1] = round(255 * sure)
    array[1, n_lateral // 2 :] = round(255 * unsure)
    array[2] = 255 - array[1]
    return array


def make_run(
    window: MainWindow,
    run_id: str,
    prediction: np.ndarray | None = None,
    refs: tuple[SectionRef, ...] = (),
    metrics: dict[str, Any] | None = None,
    minutes: int = 0,
) -> RunRecord:
    """A run of the project in the window, with one prediction for some sections; it is in the ledger at once."""
    state = window.state
    record = RunRecord(
        run_id,
        "facies",
        "forest",
        (START + timedelta(minutes=minutes)).isoformat(),
        dataset_id=state.dataset_id,
        label_set_id=state.labels.id,
        label_revision=state.project.journal.revision,
        split=SPLIT,
        classes=tuple(state.labels.classes),
        metrics=metrics or {},
    )
    write_run(state.project.run_folder(run_id), record)
    for ref in refs:
        write_array(prediction_path(state.project, run_id, ref, state.dataset_id), prediction)
    window.runs_flow.refresh()
    return record


def scores(*accuracies: float, n: int = 40000) -> dict[str, Any]:
    """Metrics of a scored run with these accuracies of classes 0, 1, …"""
    per_class = {
        str(k): {"accuracy": value, "iou": value * 0.9, "precision": value, "f1": value, "n": n}
        for k, value in enumerate(accuracies)
    }
    right = [round(n * value) for value in accuracies]
    count = len(accuracies)
    matrix = [[right[i] if i == j else (n - right[i]) // max(count - 1, 1) for j in range(count)] for i in range(count)]
    mean = sum(accuracies) / count
    held_out = {"per_class": per_class, "confusion": matrix, "class_ids": list(range(count))}
    return {
        "held_out": held_out,
        "mean_class_accuracy": mean,
        "sentence": "scored on crossline 1041-1081, 65 traces, lines or samples from the nearest training label",
    }
