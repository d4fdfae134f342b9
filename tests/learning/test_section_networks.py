"""Networks that see whole sections: trained on tiles, predicting the same in tiles as at once, live too."""

import numpy as np
import pytest
import torch
from layered import HOLD_OUT, QUICK, inline, make_project, run_training, true_classes

from seisgui import catalogue
from seisgui.cli.runs import find_run
from seisgui.interpretation.project import Project
from seisgui.learning import stored
from seisgui.learning.checkpoint import WEIGHTS, load_checkpoint
from seisgui.learning.events import Control, PartialPrediction
from seisgui.learning.live import live
from seisgui.learning.model import load_model
from seisgui.learning.predict import predict_sections
from seisgui.learning.requests import LiveRequest, LiveUpdate, PredictRequest, TrainRequest
from seisgui.learning.together import Together
from seisgui.learning.whole_sections import section_steps, tile_work, tiles_of
from seisgui.networks import registry
from seisgui.seismic.progress import finish

FEW = {**QUICK, "updates_per_epoch": 3, "batch": 2}


@pytest.fixture(scope="module")
def unet(tmp_path_factory):
    """A project with a short run of the small U-Net, not to be written to."""
    project = make_project(tmp_path_factory.mktemp("unet"), n_inline=2)
    settings = {"updates_per_epoch": 25, "batch": 2, "averaging": 0.5, "learning_rate": 3e-3, "settle": 8, "flip": True}
    record = run_training(project, "unet", hold_out=HOLD_OUT, epochs=1, position=True, settings=settings)
    yield project, record
    project.close()


def test_a_small_u_net_learns_the_layers(unet):
    _, record = unet
    assert record.metrics["pixel_accuracy"] > 0.8
    assert record.metrics["held_out"]["n_labelled"] == record.metrics["held_out"]["n"]
    assert record.metrics["position"] is True
    point = record.metrics["history"][0]
    assert np.isfinite(point["training"]["validation_loss"])
    assert np.isfinite(point["held_out"]["loss"])


def test_prediction_is_in_the_place_of_the_pixels(unet):
    project, record = unet
    volume = project.open_volume()
    model = load_model(project, record.id, "cpu")
    full = model.predict(volume.section(inline()), inline(), volume.axes)
    assert full.shape == (3, *true_classes().shape)
    np.testing.assert_allclose(full.sum(axis=0), 1.0, atol=1e-4)
    assert (full.argmax(axis=0) == true_classes()).mean() > 0.8
    coarse = model.predict(volume.section(inline()), inline(), volume.axes, step=4)
    np.testing.assert_allclose(coarse, full[:, ::4, ::4], atol=1e-6)


@pytest.mark.parametrize("name", ["unet", "vgg16-unet"])
def test_tiles_with_halo_tell_what_the_whole_section_tells(name):
    info = catalogue.network(name)
    torch.manual_seed(3)
    module = registry.build(name, 3, 2)
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_(0.0, 0.2)
    module.eval()
    height, most = (700, 21_000) if name == "unet" else (500, 16_000)
    stack = torch.rand(2, height, 37)
    with torch.inference_mode():
        at_once = finish(section_steps(tile_work(module), info, stack))
        tiled = finish(section_steps(tile_work(module), info, stack, most))
    assert len(tiles_of((height, 37), info.multiple, info.halo, most)) > 1
    assert at_once.shape == (3, height, 37)
    torch.testing.assert_close(tiled, at_once, rtol=0, atol=2e-5)


@pytest.mark.parametrize("most", [10**9, 200_000, 90_000, 1])
@pytest.mark.parametrize("shape", [(951, 462), (130, 3000), (2500, 90), (17, 5)])
def test_tiles_keep_every_pixel_once(shape, most):
    kept = np.zeros(shape, dtype=int)
    for tile in tiles_of(shape, 16, 112, most):
        kept[tile.kept] += 1
        for read, own, count in zip(tile.read, tile.kept, shape, strict=True):
            assert read.start % 16 == 0
            assert read.start == 0 or own.start - read.start >= 112
            assert read.stop == count or read.stop - own.stop == 112
        if most >= 90_000:
            assert np.prod([read.stop - read.start for read in tile.read]) <= most
    assert (kept == 1).all()


def test_work_is_in_short_steps():
    module = registry.build("unet", 3).eval()
    work = section_steps(tile_work(module), catalogue.network("unet"), torch.zeros(1, 64, 64))
    with torch.inference_mode():
        fractions = list(work)
    assert len(fractions) >= 8
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] <= 1.0


def test_sections_are_predicted_once_and_stored(unet):
    project, record = unet
    request = PredictRequest(project.path, record.id, refs=(inline(),), device="cpu")
    shown = [event for event in predict_sections(project, request, Control()) if isinstance(event, PartialPrediction)]
    assert [event.step for event in shown] == [1]  # a coarse look would cost as much
    classes = np.load(shown[0].path)[0]
    assert (classes == true_classes()).mean() > 0.8


def test_whole_surveys_are_predicted(unet):
    project, record = unet
    for _ in predict_sections(project, PredictRequest(project.path, record.id, device="cpu"), Control()):
        pass
    volume = project.open_volume()
    single = load_model(project, record.id, "cpu").predict(volume.section(inline(101)), inline(101), volume.axes)
    found = stored.read_from_volume(project, record.id, inline(101), record.dataset_id)
    assert (found[0] == single.argmax(axis=0)).mean() > 0.999


def test_regularised_output_is_smoother_and_the_raw_one_stays(project):
    record = run_training(
        project, "unet", hold_out=HOLD_OUT, epochs=1, settings={**FEW, "regularise": 3.0}, position=False
    )
    assert record.metrics["held_out_unsmoothed"]["loss"] != record.metrics["held_out"]["loss"]
    volume = project.open_volume()
    model = load_checkpoint(project.run_folder(record.id) / WEIGHTS, "cpu")
    assert model.regularise == 3.0
    raw, smooth = (
        each.predict(volume.section(inline()), inline(), volume.axes) for each in (model.unsmoothed(), model)
    )
    np.testing.assert_allclose(smooth.sum(axis=0), 1.0, atol=1e-4)
    assert np.abs(np.diff(smooth, axis=1)).mean() < 0.5 * np.abs(np.diff(raw, axis=1)).mean()
    np.testing.assert_allclose(raw.mean(), smooth.mean(), atol=1e-3)
    kept = project.run(record.settings["raw"])
    assert kept.settings["raw_of"] == record.id
    again = load_model(project, kept.id, "cpu").predict(volume.section(inline()), inline(), volume.axes)
    np.testing.assert_allclose(again, raw, atol=1e-6)
    assert kept.metrics["held_out"]["loss"] == pytest.approx(record.metrics["held_out_unsmoothed"]["loss"])
    assert find_run(project, "latest").id == record.id


def test_the_raw_result_of_a_regularised_forest_stays(project):
    record = run_training(project, "forest", hold_out=HOLD_OUT, settings={"trees": 20, "regularise": 2.0})
    kept = project.run(record.settings["raw"])
    model, raw = (load_model(project, each.id) for each in (record, kept))
    assert (model.settings.regularise, raw.settings.regularise) == (2.0, 0.0)
    assert raw.settings.smooth == model.settings.smooth
    plain = run_training(project, "forest", hold_out=HOLD_OUT, settings={"trees": 20})
    assert "raw" not in plain.settings
    assert plain.metrics["held_out"]["loss"] == pytest.approx(kept.metrics["held_out"]["loss"])


def test_strokes_are_answered_live(unet, tmp_path):
    before, record = unet
    inbox, stroke = [], (slice(100, 120), slice(4, 16))
    with make_project(tmp_path) as project, Project.open(project.path, read_only=True) as reader:
        start = before.run_folder(record.id) / WEIGHTS
        request = TrainRequest(project.path, network="unet", start_from=str(start), settings={"batch": 2})
        steps = live(reader, LiveRequest(request, (inline(),)), lambda: inbox.pop() if inbox else None, Control())
        assert next(own_overlays(steps))[0, 110, 10] != 2
        labels = project.labels()
        labels.paint(inline(), 100, 4, np.ones((20, 12), dtype=bool), 2)
        project.wait_saved()
        inbox.append(LiveUpdate(labels.revision))
        for answer, _ in zip(own_overlays(steps), range(4), strict=False):
            if (taken := (answer[0][stroke] == 2).mean()) > 0.8:
                break
        assert taken > 0.8
        steps.close()


def own_overlays(steps):
    """Full overlays of the network as they come."""
    for event in steps:
        if isinstance(event, PartialPrediction) and event.step == 1 and event.model == "unet":
            yield np.load(event.path)


def test_a_network_and_a_forest_predict_together(project):
    settings = {**FEW, "forest": 0.4, "smooth_across": 5.0}
    record = run_training(project, "unet", hold_out=HOLD_OUT, epochs=1, settings=settings)
    volume = project.open_volume()
    line = volume.section(inline()), inline(), volume.axes
    model = load_model(project, record.id, "cpu")
    assert isinstance(model, Together)
    assert (model.network, model.class_ids) == ("unet", (0, 1, 2))
    bare = model.unsmoothed()
    net, grown = bare.net.predict(*line), bare.forest.unsmoothed().predict(*line)
    np.testing.assert_allclose(bare.predict(*line), 0.6 * net + 0.4 * grown, atol=1e-5)
    assert np.abs(model.predict(*line) - bare.predict(*line)).max() > 0.01
    assert record.metrics["held_out"]["loss"] != record.metrics["held_out_unsmoothed"]["loss"]
    request = PredictRequest(project.path, record.id, refs=(inline(),), device="cpu")
    shown = [event for event in predict_sections(project, request, Control()) if isinstance(event, PartialPrediction)]
    classes = np.load(shown[-1].path)[0]
    assert (classes == model.predict(*line).argmax(axis=0)).mean() > 0.999
