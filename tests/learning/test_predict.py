"""Predictions: coarse first, kept with the run, on other data as well."""

from dataclasses import replace

import numpy as np
import pytest
from layered import QUICK, inline, make_project, run_training, write_survey

from seisgui.errors import InputError, SeisguiError
from seisgui.interpretation.project import Project
from seisgui.learning import stored
from seisgui.learning.adapt import orientation_notice, resample
from seisgui.learning.events import Control, Notice, PartialPrediction
from seisgui.learning.model import load_model
from seisgui.learning.predict import predict_sections
from seisgui.learning.requests import PredictRequest
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.layout import SegyLayout


def predict(project, run_id, refs=(), **wishes):
    return list(predict_sections(project, PredictRequest(project.path, run_id, tuple(refs), **wishes), Control()))


@pytest.mark.parametrize("network", ["forest", "waldeland"])
def test_coarse_comes_first_then_every_pixel(trained, network):
    project, records = trained
    events = predict(project, records[network].id, [inline()])
    shown = [event for event in events if isinstance(event, PartialPrediction)]
    assert [event.step for event in shown] == [8, 1]
    assert np.load(shown[0].path).shape == (3, 30, 9)
    full = stored.read_prediction(project, records[network].id, inline(), shown[1].dataset_id)
    assert full.shape == (3, 240, 72)
    assert shown[1].model == network
    assert shown[1].label_revision == records[network].label_revision


def test_stored_classes_are_those_of_the_model(trained):
    project, records = trained
    record = records["waldeland"]
    predict(project, record.id, [inline()], coarse_first=False)
    volume = project.open_volume()
    probabilities = load_model(project, record.id, "cpu").predict(volume.section(inline()), inline(), volume.axes)
    full = stored.read_prediction(project, record.id, inline(), record.dataset_id)
    np.testing.assert_array_equal(full[stored.CLASS], probabilities.argmax(axis=0))
    np.testing.assert_allclose(full[stored.CONFIDENCE] / 255, probabilities.max(axis=0), atol=0.003)


def test_entropy_is_a_share_of_the_possible():
    probabilities = np.array([[[1.0, 0.5]], [[0.0, 0.5]]], dtype=np.float32)
    array = stored.to_bytes(probabilities, (3, 9), np.array([[True, True]]))
    np.testing.assert_array_equal(array[:, 0], [[3, 3], [255, 128], [0, 255]])


def test_holes_are_not_predicted():
    live = np.array([[True], [False]])
    array = stored.to_bytes(np.full((2, 2, 1), 0.5, dtype=np.float32), (0, 1), live)
    assert array[:, 1, 0].tolist() == [stored.NOT_PREDICTED, 0, 0]
    assert array[stored.CLASS, 0, 0] == 0


def test_a_damaged_file_counts_as_not_predicted(trained):
    project, records = trained
    record = records["forest"]
    path = stored.prediction_path(project, record.id, inline(), "elsewhere")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x93NUMPY garbage")
    assert stored.read_array(path) is None


@pytest.mark.parametrize("refs", [(inline(101),), ()], ids=["section", "survey"])
def test_header_bytes_corrected_meanwhile_leave_no_prediction_on_other_lines(tmp_path, refs):
    with make_project(tmp_path, n_inline=16) as project:
        record = run_training(project, "forest", settings={"trees": 3})
        with Project.open(project.path, read_only=True) as beside:
            request = PredictRequest(project.path, record.id, refs, coarse_first=False, workers=1)
            steps = predict_sections(beside, request, Control())
            next(steps)
            volume = project.volume_record()
            layout = SegyLayout.from_json(volume.layout)
            swapped = replace(layout, inline_byte=layout.crossline_byte, crossline_byte=layout.inline_byte)
            project.change_layout(volume.id, swapped)
            project.wait_saved()
            with pytest.raises(SeisguiError, match=r"corrected meanwhile|was removed or begun anew"):
                list(steps)
        assert not list(project.prediction_folder(record.id).rglob("*.npy"))
        assert stored.predicted_volume(project, record.id, record.dataset_id) is None


def test_stop_between_two_sections_keeps_the_first(tmp_path):
    with make_project(tmp_path, n_inline=3) as project:
        record = run_training(project, "waldeland", epochs=0)
        control, shown = Control(), []
        request = PredictRequest(project.path, record.id, (inline(100), inline(101)), coarse_first=False)
        for event in predict_sections(project, request, control):
            if isinstance(event, PartialPrediction):
                shown.append(event)
                control.stop = True
        assert [event.ref for event in shown] == [inline(100)]


def test_another_orientation_is_told(tmp_path):
    with make_project(tmp_path, n_inline=70) as project:
        record = run_training(project, "waldeland", epochs=0)
        ref = SectionRef(Orientation.CROSSLINE, 320)
        events = predict(project, record.id, [ref], coarse_first=False)
        sentences = [event.sentence for event in events if isinstance(event, Notice)]
        assert sentences == ["trained on inlines, predicting a crossline"]
        assert np.load(events[-1].path).shape == (3, 70, 72)


def test_both_orientations_need_no_notice():
    assert orientation_notice("both", inline()) == ""
    assert orientation_notice("crossline", inline()) == "trained on crosslines, predicting an inline"


def test_another_survey_gets_its_own_clip_and_is_told(tmp_path):
    with make_project(tmp_path) as project:
        settings = {**QUICK, "updates_per_epoch": 20, "batch": 16}
        record = run_training(project, "waldeland", epochs=1, settings=settings)
        project.add_volume(write_survey(tmp_path / "loud.sgy", gain=1000.0), dataset="loud")
        loud = project.dataset("loud")
        events = predict(project, record.id, [inline()], dataset_id=loud.id, coarse_first=False)
        sentence = next(event.sentence for event in events if isinstance(event, Notice))
        assert "clipped at its own P99" in sentence
        own = predict(project, record.id, [inline()], coarse_first=False)
        agreement = (np.load(events[-1].path)[0] == np.load(own[-1].path)[0]).mean()
        assert agreement > 0.99


def test_another_sample_interval_is_resampled_and_told(tmp_path):
    with make_project(tmp_path) as project:
        settings = {**QUICK, "updates_per_epoch": 30, "batch": 16}
        record = run_training(project, "waldeland", epochs=1, settings=settings)
        project.add_volume(write_survey(tmp_path / "fine.sgy", interval_ratio=0.5), dataset="fine")
        fine = project.dataset("fine")
        events = predict(project, record.id, [inline()], dataset_id=fine.id)
        assert any("resampled" in event.sentence for event in events if isinstance(event, Notice))
        coarse, full = [np.load(event.path) for event in events if isinstance(event, PartialPrediction)]
        own = np.load(predict(project, record.id, [inline()], coarse_first=False)[-1].path)
        assert full.shape == (3, 240, 143)
        assert coarse.shape == (3, 30, 18)
        assert (full[0, :, ::2] == own[0]).mean() > 0.9


def test_resampling_keeps_a_sine():
    axes = VolumeAxes(LineAxis(1, 1, 1), LineAxis(1, 1, 2), SampleAxis(0.0, 2.0, 201))
    section = np.sin(2 * np.pi * 0.02 * axes.sample.values)[None].repeat(2, 0).astype(np.float32)
    values, other = resample(section, axes, 4.0)
    assert (other.sample.count, other.sample.interval) == (101, 4.0)
    expected = np.sin(2 * np.pi * 0.02 * other.sample.values)
    assert np.abs(values[0, 5:-5] - expected[5:-5]).max() < 0.06


def test_depth_is_not_predicted_with_time(tmp_path):
    from seisgui.learning.adapt import adapt
    from seisgui.seismic.axes import Domain
    from seisgui.seismic.volume import ArrayVolume

    with make_project(tmp_path) as project:
        record = run_training(project, "waldeland", epochs=0)
        model = load_model(project, record.id, "cpu")
        sample = SampleAxis(0.0, 4.0, 72, Domain.DEPTH, "m")
        axes = VolumeAxes(LineAxis(1, 1, 1), LineAxis(1, 1, 240), sample)
        volume = ArrayVolume(np.ones(axes.shape, dtype=np.float32), axes, "depth cube")
        with pytest.raises(InputError, match=r"trained on time \(ms\), depth cube is in depth \(m\)"):
            adapt(model, volume, trained_here=False)


def test_what_cannot_be_predicted_is_a_sentence(trained):
    project, records = trained
    record = records["forest"]
    with pytest.raises(InputError, match="horizontal slice"):
        predict(project, record.id, [SectionRef(Orientation.TIME, 40.0)])
    with pytest.raises(InputError, match="no-such-run"):
        predict(project, "no-such-run", [inline()])
    with pytest.raises(InputError, match="device"):
        predict(project, records["waldeland"].id, [inline()], device="cuda:9")


def test_missing_weights_are_a_sentence(project):
    record = run_training(project, "waldeland", epochs=0)
    (project.run_folder(record.id) / "weights.safetensors").unlink()
    with pytest.raises(InputError, match="weights of run"):
        predict(project, record.id, [inline()])
