"""Exported predictions carry the source's headers and exactly what was predicted."""

import json

import numpy as np
import pytest
from layered import inline, make_project, run_training

from seisgui.errors import InputError
from seisgui.learning import stored
from seisgui.learning.events import Control
from seisgui.learning.export import export_prediction
from seisgui.learning.predict import predict_sections, predict_volume
from seisgui.learning.requests import PredictRequest
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.segy import open_volume


def export(project, run_id, out, *arguments, **wishes):
    steps = export_prediction(project, run_id, out, *arguments, **wishes)
    while True:
        try:
            next(steps)
        except StopIteration as outcome:
            return outcome.value


@pytest.fixture(scope="module")
def predicted(tmp_path_factory):
    """A survey of three inlines, all predicted: (project, run id)."""
    with make_project(tmp_path_factory.mktemp("export"), n_inline=3) as project:
        record = run_training(project, "forest", settings={"trees": 5})
        list(predict_volume(project, PredictRequest(project.path, record.id), Control()))
        yield project, record.id


@pytest.mark.parametrize(
    ("kind", "sample_format", "row", "scale"),
    [
        ("class", "int8", stored.CLASS, 1.0),
        ("class", None, stored.CLASS, 1.0),
        ("probability", "ieee", stored.CONFIDENCE, 1 / 255),
        ("uncertainty", "int16", stored.ENTROPY, 10000 / 255),
    ],
)
def test_samples_are_what_was_predicted(predicted, tmp_path, kind, sample_format, row, scale):
    project, run_id = predicted
    report = export(project, run_id, tmp_path / "out.sgy", kind, sample_format)
    assert report.fraction_predicted == 1.0
    found = open_volume(tmp_path / "out.sgy").section(inline(101))
    expected = stored.read_prediction(project, run_id, inline(101), project.dataset(None).id)[row] * scale
    np.testing.assert_allclose(found, expected, atol=0.5 if sample_format == "int16" else 1e-6)


def test_the_sidecar_tells_run_and_classes(predicted, tmp_path):
    project, run_id = predicted
    export(project, run_id, tmp_path / "out.sgy")
    told = json.loads((tmp_path / "out.json").read_text())
    assert told["run"] == run_id
    assert [entry["name"] for entry in told["classes"]] == ["top", "middle", "bottom"]


def test_a_part_needs_to_be_asked_for(tmp_path):
    with make_project(tmp_path, n_inline=3) as project:
        record = run_training(project, "forest", settings={"trees": 5})
        out = tmp_path / "out.sgy"
        with pytest.raises(InputError, match="predicted nothing"):
            export(project, record.id, out)
        list(predict_sections(project, PredictRequest(project.path, record.id, (inline(101),)), Control()))
        with pytest.raises(InputError, match="240 of 720 traces"):
            export(project, record.id, out)
        assert not out.exists()
        report = export(project, record.id, out, "class", "int8", True)
        assert report.fraction_predicted == pytest.approx(1 / 3)
        volume = open_volume(out)
        assert (volume.section(inline(100)) == -1).all()
        assert (volume.section(inline(101)) >= 0).all()


def test_predicted_crosslines_are_exported(tmp_path):
    with make_project(tmp_path, n_inline=70) as project:
        record = run_training(project, "waldeland", epochs=0)
        ref = SectionRef(Orientation.CROSSLINE, 320)
        request = PredictRequest(project.path, record.id, (ref,), coarse_first=False)
        events = list(predict_sections(project, request, Control()))
        export(project, record.id, tmp_path / "out.sgy", "class", "int8", True)
        found = open_volume(tmp_path / "out.sgy").section(ref)
        np.testing.assert_array_equal(found, np.load(events[-1].path)[stored.CLASS])


def test_unknown_kinds_are_refused(predicted, tmp_path):
    with pytest.raises(InputError, match="cannot be exported"):
        export(*predicted, tmp_path / "out.sgy", "impedance")
