"""Whole surveys: kept slab by slab, resumed, averaged over two directions, never half of one taken for whole."""

import numpy as np
import pytest
from layered import inline, make_project, run_training

from seisgui.learning import stored
from seisgui.learning.coverage import coverage
from seisgui.learning.events import Control, Progress, VolumeGrown
from seisgui.learning.predict import predict_sections, predict_volume
from seisgui.learning.requests import PredictRequest
from seisgui.seismic.axes import Orientation, SectionRef


def predict(project, run_id, **wishes):
    return list(predict_volume(project, PredictRequest(project.path, run_id, **wishes), Control()))


def section(project, record, ref):
    return stored.read_from_volume(project, record.id, ref, record.dataset_id)


@pytest.fixture
def survey(tmp_path):
    """A project with 20 inlines and a forest: (project, run record)."""
    with make_project(tmp_path, n_inline=20) as project:
        yield project, run_training(project, "forest", settings={"trees": 5})


def test_a_stopped_survey_is_resumed(survey):
    project, record = survey
    control = Control()
    request = PredictRequest(project.path, record.id, workers=1)
    for event in predict_volume(project, request, control):
        if isinstance(event, VolumeGrown):
            control.stop = True
    assert coverage(project, record.id, record.dataset_id) == (2, 20)
    assert section(project, record, inline(101)) is not None
    assert section(project, record, inline(102)) is None
    events = predict(project, record.id)
    assert next(event for event in events if isinstance(event, Progress)).done >= 2
    assert [event for event in events if isinstance(event, Progress)][-1].done == 20
    found = section(project, record, inline(119))
    request = PredictRequest(project.path, record.id, (inline(119),), coarse_first=False)
    alone = list(predict_sections(project, request, Control()))
    np.testing.assert_array_equal(np.load(alone[-1].path), found)
    across = section(project, record, SectionRef(Orientation.TIME, 40.0))
    assert across.shape == (3, 20, 240)
    np.testing.assert_array_equal(across[:, 19], found[:, :, 10])
    column = section(project, record, SectionRef(Orientation.CROSSLINE, 310))
    np.testing.assert_array_equal(column[:, 19], found[:, 10])
