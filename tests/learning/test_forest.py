"""The forest is repeatable, comes back from disk the same, and beats the published figures on the real line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from f3_line import f3_scale, f3_section, held_out
from safetensors.numpy import load_file, save_file
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from seisgui.errors import InputError
from seisgui.learning import forest
from seisgui.learning.features import FeatureCache
from seisgui.learning.metrics import confusion, facies_scores
from seisgui.learning.model import FaciesModel
from seisgui.learning.requests import TrainRequest
from seisgui.learning.snapshot import LabelledSection
from seisgui.learning.splits import blocked
from seisgui.learning.train import forest_settings
from seisgui.learning.trees import Trees
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.axes import Domain, LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes

SCALE = AmplitudeScale("P99", 1000.0, 4.0, "time", "ms")
QUICK = replace(forest.INSTANT, trees=10)
N_LATERAL, N_SAMPLE = 90, 80
AXES = VolumeAxes(LineAxis(10, 1, 30), LineAxis(100, 1, N_LATERAL), SampleAxis(0.0, 4.0, N_SAMPLE))
INLINE = SectionRef(Orientation.INLINE, 12)


def layers(seed: int = 0, shape: tuple[int, int] = (N_LATERAL, N_SAMPLE)) -> tuple[np.ndarray, np.ndarray]:
    """Raw amplitudes of a loud, slow layer over a quiet, fast one, and the layer of every pixel."""
    generator = np.random.default_rng(seed)
    sample = np.arange(shape[1])
    lower = sample >= shape[1] // 2
    trace = np.where(lower, 200 * np.sin(2 * np.pi * 0.3 * sample), 900 * np.sin(2 * np.pi * 0.08 * sample))
    amplitude = trace[None] + generator.normal(0, 20, shape)
    return amplitude.astype(np.float32), np.broadcast_to(lower, shape).astype(np.int16)


def labelled(ref: SectionRef = INLINE, axes: VolumeAxes = AXES, ids: tuple[int, int] = (3, 8)) -> LabelledSection:
    """Two strokes in each layer."""
    amplitude, layer = layers(shape=axes.section_shape(ref.orientation))
    classes = np.full(layer.shape, -1, dtype=np.int16)
    quarter = layer.shape[0] // 4
    for first in (0, 2 * quarter):
        here = np.s_[first : first + quarter]
        classes[here] = np.where(layer[here] == 1, ids[1], ids[0])
    return LabelledSection(ref, amplitude, classes, (classes >= 0).astype(np.uint8), axes)


def grown(section: LabelledSection | None = None, settings: forest.ForestSettings = QUICK, seed: int = 0, **wishes):
    section = section or labelled()
    return forest.fit([section], [section.labelled], SCALE, settings, seed=seed, jobs=1, **wishes)


@pytest.mark.parametrize("position", [True, False])
def test_it_learns_layers_and_is_a_facies_model(position: bool):
    model = grown(settings=replace(QUICK, position=position))
    amplitude, layer = layers(seed=5)
    probabilities = model.predict(amplitude, SectionRef(Orientation.INLINE, 20), AXES)
    assert isinstance(model, FaciesModel)
    assert (model.network, model.class_ids, model.uses_position) == ("forest", (3, 8), position)
    assert probabilities.shape == (2, N_LATERAL, N_SAMPLE)
    assert probabilities.dtype == np.float32
    assert probabilities.sum(axis=0) == pytest.approx(1.0, abs=1e-5)
    assert (probabilities.argmax(axis=0) == layer).mean() > 0.95


def test_a_seed_gives_the_same_forest_whatever_the_threads():
    amplitude, _ = layers(seed=5)
    section = labelled()
    one, two = (forest.fit([section], [section.labelled], SCALE, QUICK, seed=4, jobs=jobs) for jobs in (1, 2))
    other = grown(seed=5)
    first, same, different = (model.predict(amplitude, INLINE, AXES) for model in (one, two, other))
    assert (first == same).all()
    assert (first != different).any()


def test_predictions_are_identical_after_saving_and_loading(tmp_path: Path):
    model = grown(seed=2)
    path = model.save(tmp_path / "run")
    loaded = forest.ForestModel.load(tmp_path / "run", jobs=1)
    amplitude, _ = layers(seed=9)
    amplitude[10:14] = np.nan
    assert (loaded.predict(amplitude, INLINE, AXES) == model.predict(amplitude, INLINE, AXES)).all()
    assert (loaded.settings, loaded.scale, loaded.lines) == (model.settings, model.scale, model.lines)
    assert [entry.name for entry in path.parent.iterdir()] == [forest.FILE]


@pytest.mark.parametrize("step", [2, 3, 4, 7])
def test_a_coarse_prediction_tells_every_nth_pixel(step: int):
    model = grown(settings=replace(QUICK, smooth=(0.0, 0.0)))
    amplitude, _ = layers(seed=5)
    fine = model.predict(amplitude, INLINE, AXES)
    assert (model.predict(amplitude, INLINE, AXES, step=step) == fine[:, ::step, ::step]).all()
    smooth = grown().predict(amplitude, INLINE, AXES, step=step)
    assert smooth.shape == (2, -(-N_LATERAL // step), -(-N_SAMPLE // step))


def test_without_position_it_does_not_know_which_line_it_sees():
    amplitude, _ = layers(seed=5)
    both = [labelled(), labelled(SectionRef(Orientation.INLINE, 39))]
    refs = INLINE, SectionRef(Orientation.INLINE, 39)
    for settings, blind in ((replace(QUICK, smooth=(0.0, 0.0)), False), (forest.without_position(QUICK), True)):
        model = forest.fit(both, [part.labelled for part in both], SCALE, settings, jobs=1)
        assert model.lines == (() if blind else ("inline", "crossline"))
        here, there = (model.predict(amplitude, ref, AXES) for ref in refs)
        if blind:
            assert (here == there).all()


@pytest.mark.parametrize("shape", [(20, 30), (2, 30), (30, 2)])
def test_small_sections_are_learnt_and_predicted(shape: tuple[int, int]):
    axes = VolumeAxes(LineAxis(1, 1, 1), LineAxis(1, 1, shape[0]), SampleAxis(0.0, 4.0, shape[1]))
    amplitude, layer = layers(shape=shape)
    ref = SectionRef(Orientation.INLINE, 1)
    section = LabelledSection(ref, amplitude, layer, np.ones(shape, np.uint8), axes)
    found = grown(section).predict(amplitude, ref, axes)
    assert found.shape == (2, *shape)
    assert np.isfinite(found).all()


def test_holes_do_not_spoil_their_neighbours():
    model = grown()
    amplitude, layer = layers(seed=5)
    amplitude[30:45] = np.nan
    amplitude[60, 10:20] = np.nan
    found = model.predict(amplitude, INLINE, AXES)
    assert np.isfinite(found).all()
    beside = np.r_[20:30, 45:55]
    assert (found.argmax(axis=0) == layer)[beside].mean() > 0.9
    silent = model.predict(np.full_like(amplitude, np.nan), INLINE, AXES)
    assert np.isfinite(silent).all()


def test_crosslines_train_and_predict():
    ref = SectionRef(Orientation.CROSSLINE, 150)
    axes = VolumeAxes(LineAxis(10, 1, 60), AXES.crossline, AXES.sample)
    model = grown(labelled(ref, axes))
    assert model.lines == ("inline",)
    assert model.orientations == ("crossline",)
    amplitude, layer = layers(shape=(60, N_SAMPLE))
    assert (model.predict(amplitude, ref, axes).argmax(axis=0) == layer).mean() > 0.95


def test_a_small_correction_beside_large_areas_is_heard():
    axes = VolumeAxes(LineAxis(1, 1, 1), LineAxis(1, 1, 400), SampleAxis(0.0, 4.0, N_SAMPLE))
    ref = SectionRef(Orientation.INLINE, 1)
    section = labelled(ref, axes)
    amplitude, layer = layers(shape=(400, N_SAMPLE))
    classes = np.where(layer == 1, 8, 3).astype(np.int16)
    corrected = np.s_[180:220, 48:68]
    classes[corrected] = 3
    section = replace(section, amplitude=amplitude, classes=classes)
    found = np.asarray([3, 8])[grown(section, forest.INSTANT).predict(amplitude, ref, axes).argmax(axis=0)]
    assert (found[corrected] == 3).mean() >= 0.8
    rest = np.ones(classes.shape, dtype=bool)
    rest[160:240, 38:78] = False
    assert (found == classes)[rest].mean() > 0.95


@pytest.mark.parametrize(
    ("ref", "axes", "words"),
    [
        (SectionRef(Orientation.TIME, 40.0), AXES, "horizontal slice"),
        (INLINE, replace(AXES, sample=SampleAxis(0.0, 2.0, N_SAMPLE)), "4 ms a sample"),
        (INLINE, replace(AXES, sample=SampleAxis(0.0, 4.0, N_SAMPLE, Domain.DEPTH, "m")), "depth"),
    ],
)
def test_what_it_cannot_tell_is_refused_in_a_sentence(ref: SectionRef, axes: VolumeAxes, words: str):
    with pytest.raises(InputError, match=words):
        grown().predict(layers()[0], ref, axes)


def test_one_class_is_not_enough():
    with pytest.raises(InputError, match="two classes"):
        grown(labelled(ids=(3, 3)))


@pytest.mark.parametrize("wrong", [{"trees": 0}, {"features": "all"}, {"smooth": (-1.0, 2.0)}])
def test_impossible_settings_are_refused(wrong: dict):
    with pytest.raises(InputError):
        replace(QUICK, **wrong)


def test_progress_covers_sections_and_trees():
    section = labelled()
    steps = forest.fit_steps([section], [section.labelled], SCALE, replace(QUICK, trees=60), jobs=1)
    events = list(steps)
    assert [event.done for event in events] == [1, 2, 3, 4]
    assert {event.total for event in events} == {4}


def test_missing_and_damaged_files_are_told(tmp_path: Path):
    with pytest.raises(InputError, match="missing"):
        forest.ForestModel.load(tmp_path)
    path = grown().save(tmp_path)
    whole = path.read_bytes()
    for damaged in (b"", b"not a forest", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="damaged"):
            forest.ForestModel.load(tmp_path)
    path.write_bytes(whole)
    tensors = load_file(path)
    save_file(tensors, path)
    with pytest.raises(InputError, match="damaged"):
        forest.ForestModel.load(tmp_path)


@pytest.mark.parametrize("name", ["feature", "child", "roots"])
def test_arrays_that_would_lead_astray_are_no_forest(name: str):
    tensors = grown().trees.to_tensors()
    tensors[name] = tensors[name].copy()
    tensors[name][0] = 10**6 if name != "child" else 0
    with pytest.raises(ValueError, match="no forest"):
        Trees.from_tensors(tensors).predict(np.zeros((50, 3), dtype=np.float32))


@pytest.mark.parametrize("maker", [ExtraTreesClassifier, RandomForestClassifier])
def test_trees_as_arrays_vote_as_scikit_learn_does(maker: type):
    generator = np.random.default_rng(0)
    features = generator.normal(size=(3000, 6)).astype(np.float32)
    features[:, 5] = np.round(features[:, 5])
    truth = (features[:, 0] + features[:, 1] * features[:, 5] > 0).astype(int) + (features[:, 2] > 1)
    model = maker(12, random_state=0, min_samples_leaf=2, n_jobs=1).fit(features[:700], truth[:700])
    halves = [Trees.of(model.estimators_[part], range(3), 3) for part in (slice(0, 5), slice(5, 12))]
    found = Trees.joined(halves).predict(np.ascontiguousarray(features.T))
    assert np.abs(found.T - model.predict_proba(features)).max() < 1e-6
    planes = np.ascontiguousarray(np.tile(features.T, 3))
    assert (Trees.joined(halves).predict(planes, jobs=3)[:, :3000] == found).all()


@pytest.fixture(scope="module")
def f3_cache() -> FeatureCache:
    return FeatureCache()


@pytest.mark.parametrize(("layout", "position"), [("A", True), ("A", False), ("B", True)])
def test_it_beats_the_figures_to_beat_on_the_real_line(
    shared_data: Path, f3_cache: FeatureCache, layout: str, position: bool
):
    section = f3_section(shared_data)
    split = blocked([section], held_out(layout))
    part = split.sections[0]
    settings = replace(forest.ACCURATE, position=position)
    model = forest.fit([section], [part.training], f3_scale(section), settings, jobs=1, cache=f3_cache)
    found = np.asarray(model.class_ids)[model.predict(section.amplitude, section.ref, section.axes).argmax(axis=0)]
    matrix = confusion(section.classes[part.held_out], found[part.held_out], range(9))
    scores = facies_scores(matrix, range(9), split.trained_classes)
    wanted = {"A": (0.87, 0.85, 0.75), "B": (0.92, 0.89, 0.83)}[layout] if position else (0.82, 0.78, 0.66)
    assert scores.pixel_accuracy > wanted[0]
    assert scores.mean_class_accuracy > wanted[1]
    assert scores.mean_iou > wanted[2]


def test_smoothing_down_and_across_is_set_by_name():
    given = TrainRequest(Path("f3.seisproj"), settings={"smooth_across": 60, "smooth_down": "3"})
    assert forest_settings(forest.ACCURATE, given).smooth == (3.0, 60.0)
    half = TrainRequest(Path("f3.seisproj"), settings={"smooth": 4, "smooth_across": 9})
    assert forest_settings(forest.ACCURATE, half).smooth == (4.0, 9.0)
    assert forest_settings(forest.ACCURATE, TrainRequest(Path("f3.seisproj"))).smooth == forest.ACCURATE.smooth
