"""Baselines score what a copy of the labels would, and agree with the published figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from f3_line import f3_scale, f3_section, held_out

from seisgui.learning.baselines import TITLES, baselines, baselines_steps
from seisgui.learning.requests import HoldOut
from seisgui.learning.snapshot import LabelledSection
from seisgui.learning.splits import blocked
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes

FIGURES = ("pixel_accuracy", "mean_class_accuracy", "mean_iou")
NEAREST, COPIED = TITLES["nearest_label"], TITLES["nearest_section"]
SCALE = AmplitudeScale("P99", 1.0, 4.0, "time", "ms")
N_CROSSLINE, N_SAMPLE = 60, 40
AXES = VolumeAxes(LineAxis(1, 1, 200), LineAxis(1, 1, N_CROSSLINE), SampleAxis(0.0, 4.0, N_SAMPLE))


def section(number: int, boundary: int, ids: tuple[int, int] = (2, 6)) -> LabelledSection:
    """An inline with one class above a sample and another below it."""
    classes = np.full((N_CROSSLINE, N_SAMPLE), ids[0], dtype=np.int16)
    classes[:, boundary:] = ids[1]
    noise = np.random.default_rng(number).uniform(-1, 1, classes.shape).astype(np.float32)
    return LabelledSection(
        SectionRef(Orientation.INLINE, number), noise, classes, np.ones(classes.shape, np.uint8), AXES
    )


def test_the_nearest_section_is_copied_and_the_majority_of_rows_is_not():
    sections = [section(10, 30), section(20, 30), section(120, 12)]
    scores = baselines(blocked([*sections, section(199, 12)], [HoldOut("inline", 199, 199)]), SCALE, jobs=1)
    assert set(scores) == set(TITLES.values())
    assert scores[COPIED]["pixel_accuracy"] == 1.0
    assert scores[NEAREST]["pixel_accuracy"] == 1.0
    rows = scores[TITLES["majority_per_row"]]["pixel_accuracy"]
    assert rows == pytest.approx(1 - 18 / N_SAMPLE)
    assert scores[TITLES["majority"]]["pixel_accuracy"] == pytest.approx(12 / N_SAMPLE)
    assert scores[TITLES["majority"]]["mean_class_accuracy"] == 0.5


def test_a_trace_without_labels_at_a_time_takes_the_nearest_of_that_trace():
    strokes = section(10, 20)
    sparse = replace(strokes, classes=np.where(np.arange(N_SAMPLE) % 10 == 5, strokes.classes, -1).astype(np.int16))
    scores = baselines(blocked([sparse, section(100, 21)], [HoldOut("inline", 100, 100)]), SCALE, jobs=1)
    assert scores[COPIED]["pixel_accuracy"] == 1.0


def test_untrained_classes_are_not_scorable_and_json_carries_everything():
    parts = [section(10, 20), section(100, 20, (2, 9))]
    scores = baselines(blocked(parts, [HoldOut("inline", 100, 100)]), SCALE, jobs=1)
    document = json.loads(json.dumps(scores))
    assert document[NEAREST]["not_scorable"] == [6, 9]
    assert document[NEAREST]["pixel_accuracy"] == 1.0


def test_what_is_not_scored_has_no_baselines():
    assert baselines(blocked([section(10, 20)]), SCALE) == {}
    assert list(baselines_steps(blocked([section(10, 20)]), SCALE)) == []


@pytest.mark.parametrize(
    ("layout", "nearest", "local"), [("A", (0.770, 0.747, 0.627), 0.740), ("B", (0.857, 0.868, 0.786), 0.766)]
)
def test_published_figures_on_the_real_line(shared_data: Path, layout: str, nearest: tuple[float, ...], local: float):
    line = f3_section(shared_data)
    scores = baselines(blocked([line], held_out(layout)), f3_scale(line), jobs=1)
    assert [scores[NEAREST][name] for name in FIGURES] == pytest.approx(nearest, abs=0.006)
    assert scores[TITLES["forest_local"]]["pixel_accuracy"] == pytest.approx(local, abs=0.05)
    assert scores[TITLES["forest_local_time"]]["pixel_accuracy"] > scores[TITLES["forest_local"]]["pixel_accuracy"]
    assert scores[TITLES["majority"]]["pixel_accuracy"] < 0.2
