"""What labels are good for, told before a training: the sentences of the training panel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seisgui.interpretation.project import Project
from seisgui.learning.budget import budget_steps
from seisgui.learning.requests import HoldOut, TrainRequest
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.progress import finish
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(100, 1, 1), LineAxis(1001, 1, 600), SampleAxis(0.0, 4.0, 60))
LINE = SectionRef(Orientation.INLINE, 100)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    file = tmp_path / "line.sgy"
    write_segy(file, np.ones(AXES.shape, np.float32), AXES)
    project = Project.create(tmp_path / "line.seisproj")
    labels = project.labels(dataset_id=project.add_volume(file).id)
    for name in ("sand", "shale", "salt"):
        labels.add_class(name)
    yield project
    project.close()


def paint(project: Project, class_id: int, first: int, last: int, top: int) -> None:
    project.labels().paint(LINE, first, top, np.ones((last - first, 6), bool), class_id)


def told(project: Project, network: str = "forest", **choices: object) -> tuple[str, ...]:
    project.wait_saved()
    labels = project.labels()
    return finish(budget_steps(TrainRequest(project.path, "facies", network, labels.dataset_id, labels.id, **choices)))


def test_nothing_is_said_of_no_labels(project: Project):
    assert told(project) == ()


def test_a_single_area_is_not_scored_and_few_labels_are_counted(project: Project):
    paint(project, 0, 10, 60, 5)
    paint(project, 1, 10, 60, 20)
    paint(project, 2, 10, 12, 40)
    assert told(project) == (
        "Not scored: label a second area.",
        "Class salt has 12 training pixels on 1 section.",
    )


def test_labels_all_over_the_line_are_fine(project: Project):
    paint(project, 0, 0, 600, 5)
    paint(project, 1, 0, 600, 20)
    assert told(project) == ()


def test_classes_that_miss_the_held_out_area_or_lie_in_it_are_named(project: Project):
    paint(project, 0, 0, 600, 5)
    paint(project, 1, 0, 100, 20)
    paint(project, 2, 290, 320, 40)
    assert told(project, hold_out=(HoldOut("crossline", 1280, 1340),)) == (
        "Hardly scored for want of labels in the held-out area: shale.",
        "Not trained, all labels lie in or near the held-out area: salt.",
    )


def test_a_held_out_area_that_leaves_nothing_is_told_as_the_training_would(project: Project):
    paint(project, 0, 0, 600, 5)
    assert "leaves no label to train on" in told(project, hold_out=(HoldOut("crossline", 1001, 1600),))[0]


def test_few_labels_are_better_left_to_the_forest(project: Project):
    paint(project, 0, 0, 600, 5)
    paint(project, 1, 0, 100, 20)
    few = "With so few labels the forest does better: on F3, up to twenty strokes, no network came near it."
    assert few in told(project, "unet")
    assert few not in told(project, "forest")
    paint(project, 1, 0, 600, 20)
    assert few not in told(project, "unet")
