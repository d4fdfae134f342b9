"""The prediction store holds the newest and finest prediction of each section; views draw it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor
from section_helpers import drag, pixel

from seisgui.errors import FailureError
from seisgui.gui.views.predictions import PredictionStore
from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning.events import PartialPrediction
from seisgui.seismic.axes import Orientation, SectionRef

REF = SectionRef(Orientation.INLINE, 108)


def partial(folder, array, *, step=1, revision=1, model="forest", run="run", name="p"):
    path = folder / f"{name}.npy"
    np.save(path, array)
    return PartialPrediction(run, REF, step, path, revision, "", model)


def constant(class_id, shape=(60, 80)):
    return np.full((3, *shape), class_id, np.uint8)


def test_the_file_may_go_once_it_has_been_put(tmp_path):
    store, told = PredictionStore(), []
    store.changed.connect(told.append)
    one = partial(tmp_path, constant(2))
    assert store.put(one)
    one.path.unlink()
    assert (store.get("run", REF) == 2).all()
    assert store.get("other", REF) is None
    assert told == [REF]


def test_coarse_predictions_are_enlarged_to_the_section(tmp_path):
    store = PredictionStore()
    coarse = np.arange(3 * 15 * 20, dtype=np.uint8).reshape(3, 15, 20)
    store.put(partial(tmp_path, coarse, step=4))
    full = store.get("run", REF, shape=(58, 77))
    assert full.shape == (3, 58, 77)
    assert full[0, 57, 76] == coarse[0, 14, 19]
    assert (full[1, 4:8, 8:12] == coarse[1, 1, 2]).all()


@pytest.mark.parametrize(
    ("later", "taken"),
    [
        ({"step": 4}, False),  # a coarse one of the same labels and model comes too late
        ({"step": 4, "revision": 2}, True),
        ({"revision": 0}, False),
        ({"step": 4, "model": "waldeland"}, True),
    ],
)
def test_newer_labels_or_another_model_win_and_coarse_ones_never_replace_fine(tmp_path, later, taken):
    store = PredictionStore()
    store.put(partial(tmp_path, constant(1)))
    step = later.get("step", 1)
    assert store.put(partial(tmp_path, constant(2, (60 // step, 80 // step)), name="q", **later)) is taken
    assert (store.get("run", REF)[0, 0, 0] == 2) is np.bool_(taken)


def test_a_prediction_is_stale_once_labels_are_newer(tmp_path):
    store = PredictionStore()
    store.put(partial(tmp_path, constant(1), revision=5))
    assert not store.stale("run", REF, 5)
    assert store.stale("run", REF, 6)
    assert not store.stale("nobody", REF, 6)


def test_files_that_are_no_prediction_are_refused_with_a_sentence(tmp_path):
    store = PredictionStore()
    with pytest.raises(FailureError, match=r"inline 108.*could not be read"):
        store.put(PartialPrediction("run", REF, 1, tmp_path / "gone.npy", 1))
    with pytest.raises(FailureError, match="is not a prediction"):
        store.put(partial(tmp_path, np.zeros((2, 4, 4), np.uint8)))
    (tmp_path / "text.npy").write_text("no array")
    with pytest.raises(FailureError, match="could not be read"):
        store.put(PartialPrediction("run", REF, 1, tmp_path / "text.npy", 1))


def test_memory_is_bounded_and_the_newest_stays(tmp_path):
    store = PredictionStore(most_bytes=50_000)
    for number in range(6):
        ref = SectionRef(Orientation.INLINE, number)
        store.put_array(PartialPrediction("run", ref, 1, tmp_path, 1), constant(1))
    held = [number for number in range(6) if store.get("run", SectionRef(Orientation.INLINE, number)) is not None]
    assert held == [3, 4, 5][-len(held) :]
    assert 1 <= len(held) <= 3


def test_the_overlay_shows_the_predicted_class_and_hatches_when_it_is_old(view, tmp_path):
    state, labels = view.state, view.state.labels
    state.layer("prediction").opacity = 1.0
    state.run_id = "run"
    predicted = constant(labels.classes[1].id)
    predicted[0, :, 40:] = 255  # not predicted
    predicted[1] = 204
    view.content.predictions.put(partial(tmp_path, predicted, revision=labels.revision))
    colour = QColor(labels.classes[1].colour)
    image = view.canvas.grab().toImage()
    assert image.pixelColor(pixel(view, 30.5, 20.5)) == colour
    assert image.pixelColor(pixel(view, 30.5, 60.5)) != colour
    told = []
    view.cursor.connect(told.append)
    view.hover((30.5, 20.5))
    assert (told[-1].predicted_name, told[-1].probability) == ("sand", pytest.approx(0.8))
    view.hover((30.5, 60.5))
    assert told[-1].predicted_name is None

    def colours():
        image = view.canvas.grab().toImage()
        return {image.pixel(x, y) for x in range(150, 300) for y in range(150, 200)}

    assert len(colours()) == 1
    drag(view, [pixel(view, 3, 70), pixel(view, 6, 70)])
    assert len(colours()) > 1
    assert any("Hatched" in note for note in view.canvas.decoration.notes)


def test_a_run_of_another_label_set_keeps_its_own_classes(view, workplace, tmp_path):
    state, project = view.state, workplace.project
    state.layer("prediction").opacity = 1.0
    kept = FaciesClass(1, "chalk", "#ff00ff")
    record = RunRecord("other", "facies", "forest", "2026", label_set_id="another", classes=(kept,))
    write_run(project.run_folder("other"), record)
    state.run_id = "other"
    view.content.predictions.put(partial(tmp_path, constant(1), run="other", revision=0))
    image = view.canvas.grab().toImage()
    assert image.pixelColor(pixel(view, 30.5, 20.5)) == QColor("#ff00ff")
    told = []
    view.cursor.connect(told.append)
    view.hover((30.5, 20.5))
    assert told[-1].predicted_name == "chalk"
    drag(view, [pixel(view, 3, 70), pixel(view, 6, 70)])
    assert not view.content.stale, "these labels are not those that it learnt from"


def test_uncertainty_is_drawn_as_a_layer_of_its_own(view, tmp_path):
    state = view.state
    state.run_id = "run"
    predicted = constant(0)
    predicted[2, :30] = 255
    view.content.predictions.put(partial(tmp_path, predicted, revision=state.labels.revision))
    state.layer("prediction").visible = False
    state.layer("entropy").opacity = 1.0
    before = view.canvas.grab().toImage()
    state.layer("entropy").visible = True
    image = view.canvas.grab().toImage()
    high, low = image.pixelColor(pixel(view, 10.5, 20.5)), image.pixelColor(pixel(view, 50.5, 20.5))
    assert high.lightness() > low.lightness() + 50
    assert before != image
