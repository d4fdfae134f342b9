"""Whole surveys: kept slab by slab, resumed, averaged over two directions, never half of one taken for whole."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from layered import inline, make_project, run_training

from seisgui.errors import FailureError, InputError
from seisgui.learning import stored, survey, survey_threads
from seisgui.learning.coverage import coverage
from seisgui.learning.events import Control, Notice, Progress, VolumeGrown
from seisgui.learning.model import load_model
from seisgui.learning.predict import predict_sections, predict_volume
from seisgui.learning.requests import PredictRequest
from seisgui.learning.slabs import SlabGroup, SlabLayout, marker_folder
from seisgui.learning.survey import CROSSWISE, survey_needs
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.folder_lock import folder_lock

INLINES = 20
SLABS = 10
COLUMN = SectionRef(Orientation.CROSSLINE, 310)
SLICE = SectionRef(Orientation.TIME, 40.0)


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A project with 20 inlines and runs of a forest and a network, to be copied: (folder, records)."""
    folder = tmp_path_factory.mktemp("survey")
    with make_project(folder, n_inline=INLINES) as project:
        records = {
            "forest": run_training(project, "forest", settings={"trees": 5}),
            "other forest": run_training(project, "forest", settings={"trees": 5}, seed=1),
            "waldeland": run_training(project, "waldeland", epochs=0),
        }
    return folder, records


@pytest.fixture
def records(origin):
    return origin[1]


@pytest.fixture
def project(origin, tmp_path):
    """A copy of the project in which nothing is predicted, open for reading."""
    from seisgui.interpretation.project import Project

    shutil.copytree(origin[0], tmp_path / "survey")
    with Project.open(tmp_path / "survey" / "layers.seisproj", read_only=True) as project:
        yield project


def predict(project, record, **wishes):
    return list(predict_volume(project, PredictRequest(project.path, record.id, **wishes), Control()))


def predict_some(project, record, slabs: int, **wishes) -> None:
    """Stop after so many slabs."""
    control, seen = Control(), 0
    request = PredictRequest(project.path, record.id, **{"workers": 1, **wishes})
    for event in predict_volume(project, request, control):
        seen += isinstance(event, VolumeGrown)
        control.stop = seen >= slabs


def section(project, record, ref):
    return stored.read_from_volume(project, record.id, ref, record.dataset_id)


def whole(project, record):
    return stored.read_block(project, record.id, record.dataset_id, slice(None))


def covered(project, record):
    return coverage(project, record.id, record.dataset_id)


def volume(project, record) -> Path:
    return stored.volume_path(project, record.id, record.dataset_id)


# ---- keeping and resuming


def test_a_stopped_survey_is_resumed(project, records):
    record = records["forest"]
    predict_some(project, record, 1)
    assert covered(project, record) == (2, INLINES)
    assert section(project, record, inline(101)) is not None
    assert section(project, record, inline(102)) is None
    assert (section(project, record, SLICE)[stored.CLASS, 2:] == stored.NOT_PREDICTED).all()
    progress = [event for event in predict(project, record) if isinstance(event, Progress)]
    assert progress[0].done >= 2
    assert (progress[-1].done, progress[-1].total) == (INLINES, INLINES)
    assert covered(project, record) == (INLINES, INLINES)


def test_a_section_of_the_survey_is_what_the_section_alone_gives(project, records):
    for record in (records["forest"], records["waldeland"]):
        predict_some(project, record, 1)
        request = PredictRequest(project.path, record.id, (inline(101),), coarse_first=False)
        alone = np.load(list(predict_sections(project, request, Control()))[-1].path)
        found = section(project, record, inline(101))
        np.testing.assert_array_equal(found, alone)
        np.testing.assert_array_equal(section(project, record, SLICE)[:, 1], found[:, :, 10])
        np.testing.assert_array_equal(section(project, record, COLUMN)[:, 1], found[:, 10])


@pytest.mark.parametrize("network", ["forest", "waldeland"])
def test_threads_side_by_side_predict_the_same(project, records, network, monkeypatch):
    record, some = records[network], 4 if network == "waldeland" else SLABS
    predict_some(project, record, some)
    right = whole(project, record)
    shutil.rmtree(volume(project, record).parent)
    monkeypatch.setattr(survey_threads, "computing_threads", lambda: 2)
    predict_some(project, record, some, workers=2)
    found = whole(project, record)
    both = (right[stored.CLASS] != stored.NOT_PREDICTED) & (found[stored.CLASS] != stored.NOT_PREDICTED)
    assert both.any(axis=(1, 2)).sum() >= 2 * some - 2
    np.testing.assert_array_equal(found[:, both], right[:, both])


def test_slabs_are_told_as_they_come_to_the_disk(project, records):
    record = records["forest"]
    told = []
    for event in predict_volume(project, PredictRequest(project.path, record.id, workers=1), Control()):
        if isinstance(event, VolumeGrown):
            told.append((event.orientation, event.first, event.last))
            assert section(project, record, inline(event.last)) is not None
    assert told == [(Orientation.INLINE, first, first + 1) for first in range(100, 120, 2)]


def test_progress_counts_sections_and_tells_the_time_left(project, records):
    progress = [event for event in predict(project, records["forest"], workers=1) if isinstance(event, Progress)]
    assert {event.done for event in progress} >= set(range(1, INLINES + 1))
    times = [event.eta_s for event in progress]
    assert times[0] is None
    assert times[-1] == 0.0
    assert all(time is not None and time > 0 for time in times if time not in (None, 0.0))


def test_nothing_is_predicted_twice(project, records):
    record = records["forest"]
    predict(project, record)
    before = {path: path.stat().st_mtime_ns for path in volume(project, record).rglob("*") if path.is_file()}
    events = predict(project, record)
    assert not [event for event in events if isinstance(event, VolumeGrown)]
    assert before == {path: path.stat().st_mtime_ns for path in volume(project, record).rglob("*") if path.is_file()}


def test_other_weights_begin_the_survey_anew(project, records):
    record = records["forest"]
    predict(project, record)
    first = whole(project, record)
    weights = "forest.safetensors"
    shutil.copy(project.run_folder(records["other forest"].id) / weights, project.run_folder(record.id) / weights)
    assert survey_needs(project, PredictRequest(project.path, record.id)).sections == INLINES
    predict_some(project, record, 1)
    assert covered(project, record) == (2, INLINES)
    assert (whole(project, record)[:, :2] != first[:, :2]).any()
    assert (whole(project, record)[stored.CLASS, 2:] == stored.NOT_PREDICTED).all()


def test_sections_predicted_earlier_by_other_weights_give_way_to_the_survey(project, records):
    record = records["forest"]
    folder = stored.prediction_path(project, record.id, inline(101), record.dataset_id)
    older = np.full((3, 240, 72), 7, dtype=np.uint8), np.full((3, INLINES, 72), 7, dtype=np.uint8)
    for ref, array in zip((inline(101), COLUMN), older, strict=True):
        stored.write_array(stored.prediction_path(project, record.id, ref, record.dataset_id), array)
    predict_some(project, record, 1)
    assert not folder.exists()
    assert (stored.read_prediction(project, record.id, inline(101), record.dataset_id) != 7).any()
    assert (stored.read_prediction(project, record.id, COLUMN, record.dataset_id) == 7).all()  # not yet replaced
    predict(project, record)
    assert (stored.read_prediction(project, record.id, COLUMN, record.dataset_id) != 7).any()
    newer = stored.write_array(folder, older[0])
    predict(project, record)
    assert newer.exists()


def test_a_file_edited_between_the_traces_of_its_fingerprint_is_predicted_anew(project, records):
    record = records["forest"]
    predict_some(project, record, 2)
    source = project.source_path(project.volume_record().id)
    with source.open("r+b") as file:
        file.seek(3600 + 5 * (240 + 4 * 72) + 240)
        file.write(b"\x3f\x80\x00\x00" * 72)
    assert project.changed_sources() == []
    assert survey_needs(project, PredictRequest(project.path, record.id)).sections == INLINES


def test_header_bytes_swapped_in_a_square_survey_begin_it_anew(project, records, monkeypatch):
    request = PredictRequest(project.path, records["forest"].id)
    key = survey.survey_plan(project, request).result.key
    volume = project.volume_record()
    swapped = replace(volume, layout={**volume.layout, "inline_byte": 193, "crossline_byte": 189})
    monkeypatch.setattr(project, "volume_record", lambda *_: swapped)
    assert survey.survey_plan(project, request).result.key != key


def test_a_task_of_a_survey_begun_anew_leaves_its_slabs_alone(project, records):
    from seisgui.learning.predictor import predictor
    from seisgui.learning.survey_task import SlabTask, slab_steps
    from seisgui.learning.volume_store import open_store

    record = records["forest"]
    request = PredictRequest(project.path, record.id)
    each = survey.survey_plan(project, request).result
    volume(project, record).parent.mkdir(parents=True)
    open_store(each.path, each.layout, each.names, each.key)
    steps = slab_steps(predictor(project, request), SlabTask(request, 0, each.path, each.key))
    next(steps)
    open_store(each.path, each.layout, each.names, "another")
    with pytest.raises(FailureError, match="begun anew by another job"):
        list(steps)
    assert not SlabGroup.read(each.path).layout.shard_file(each.path, "class", 0).exists()


def test_a_cut_shard_is_neither_shown_nor_counted_and_is_made_again(project, records):
    record = records["forest"]
    predict(project, record)
    right = whole(project, record)
    group = stored.predicted_volume(project, record.id, record.dataset_id)
    shard = group.layout.shard_file(group.path, "class", 3)
    shard.write_bytes(shard.read_bytes()[:-40])
    assert covered(project, record) == (INLINES - 2, INLINES)
    assert section(project, record, inline(106)) is None
    assert (section(project, record, COLUMN)[stored.CLASS, 6:8] == stored.NOT_PREDICTED).all()
    predict(project, record)
    np.testing.assert_array_equal(whole(project, record), right)


def test_a_shard_that_the_disk_has_spoilt_is_predicted_again(project, records):
    record = records["forest"]
    predict(project, record)
    right = whole(project, record)
    group = stored.predicted_volume(project, record.id, record.dataset_id)
    shard = group.layout.shard_file(group.path, "confidence", 3)
    good = shard.read_bytes()
    for place in range(20, len(good) // 2, 97):
        keep = group.marker(3).read_bytes()
        shard.write_bytes(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
        found = whole(project, record)
        np.testing.assert_array_equal(np.delete(found, [6, 7], axis=1), np.delete(right, [6, 7], axis=1))
        if group.is_done(3):
            np.testing.assert_array_equal(found, right)  # nothing depends on that byte
        assert (found[stored.CLASS, 6:8] == stored.NOT_PREDICTED).all() or (found == right).all()
        group.marker(3).write_bytes(keep)
    shard.write_bytes(bytes(len(good)))
    assert section(project, record, inline(106)) is None
    assert covered(project, record) == (INLINES - 2, INLINES)
    predict(project, record)
    np.testing.assert_array_equal(whole(project, record), right)


def test_markers_of_another_prediction_do_not_count(project, records):
    record = records["forest"]
    predict(project, record)
    path = volume(project, record)
    other = SlabGroup.read(path).marker(0).read_text().replace(SlabGroup.read(path).key, "another")
    SlabGroup.read(path).marker(0).write_text(other)
    assert SlabGroup.read(path).missing() == [0]


def test_a_group_that_was_not_set_up_to_the_end_is_made_anew(project, records):
    record = records["forest"]
    predict_some(project, record, 2)
    path = volume(project, record)
    (path / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group", "attributes": {}}')
    assert section(project, record, inline(100)) is None
    assert covered(project, record)[0] == 0
    predict(project, record)
    assert covered(project, record) == (INLINES, INLINES)


def test_closing_leaves_finished_slabs_and_nothing_half_written(project, records):
    record = records["forest"]
    steps = predict_volume(project, PredictRequest(project.path, record.id), Control())
    while not isinstance(next(steps), VolumeGrown):
        pass
    steps.close()
    done = covered(project, record)[0]
    assert 2 <= done < INLINES
    folder = volume(project, record).parent
    assert not list(folder.rglob("*.partial"))
    assert len(list(marker_folder(volume(project, record)).iterdir())) * 2 == done


def test_threads_rest_while_the_job_has_no_turn(project, records):
    record = records["forest"]
    steps = predict_volume(project, PredictRequest(project.path, record.id, workers=1), Control())
    while not isinstance(next(steps), VolumeGrown):
        pass
    time.sleep(0.1)  # the step under way
    before = covered(project, record)
    time.sleep(0.5)
    assert covered(project, record) == before
    assert before[0] < INLINES
    assert sum(isinstance(event, VolumeGrown) for event in steps) == SLABS - 1


def test_two_jobs_do_not_write_the_same_survey(project, records):
    record = records["forest"]
    folder = volume(project, record).parent
    folder.mkdir(parents=True)
    with folder_lock(folder, "predicting"), pytest.raises(FailureError, match="Another process is predicting"):
        predict(project, record)


# ---- two runs, single classes


def test_two_runs_are_averaged_over_both_directions(project, records):
    record, other = records["forest"], records["other forest"]
    events = predict(project, record, with_run=other.id)
    assert "trained on inlines, predicting a crossline" in [e.sentence for e in events if isinstance(e, Notice)]
    assert [event.done for event in events if isinstance(event, Progress)][-1] == INLINES + 240
    source = project.open_volume()
    one, two = (load_model(project, each.id) for each in (record, other))
    along = one.predict(source.section(inline(107)), inline(107), source.axes)[:, 10]
    across = two.predict(source.section(COLUMN), COLUMN, source.axes)[:, 7]
    expected = (along + across) / 2
    found = section(project, record, inline(107))[:, 10]
    clear = np.sort(expected, axis=0)[-1] - np.sort(expected, axis=0)[-2] > 0.01
    np.testing.assert_array_equal(found[stored.CLASS][clear], expected.argmax(axis=0)[clear])
    np.testing.assert_allclose(found[stored.CONFIDENCE] / 255, expected.max(axis=0), atol=0.004)
    assert not list(volume(project, record).parent.glob(f"{Path(CROSSWISE).stem}*"))


def test_an_average_is_resumed_in_either_pass(project, records):
    record, other = records["forest"], records["other forest"]
    predict(project, record, with_run=other.id)
    right = whole(project, record)
    shutil.rmtree(volume(project, record).parent)
    request = PredictRequest(project.path, record.id, with_run=other.id)
    for stop_at in (50, 245):
        control = Control()
        for event in predict_volume(project, request, control):
            control.stop = isinstance(event, Progress) and event.done >= stop_at
    assert 0 < covered(project, record)[0] < INLINES
    predict(project, record, with_run=other.id)
    np.testing.assert_array_equal(whole(project, record), right)


def test_a_damaged_half_of_an_average_is_not_averaged_in(project, records):
    record, other = records["forest"], records["other forest"]
    request = PredictRequest(project.path, record.id, with_run=other.id)
    control = Control()
    for event in predict_volume(project, request, control):
        control.stop = isinstance(event, Progress) and event.done >= 241
    group = SlabGroup.read(survey.survey_plan(project, request).crosswise.path)
    shard = group.layout.shard_file(group.path, group.names[0], 2)
    shard.write_bytes(bytes(shard.stat().st_size))
    with pytest.raises(FailureError, match="gone or not whole"):
        predict(project, record, with_run=other.id)
    assert group.missing() == [2]


def test_sections_of_one_run_do_not_stand_before_an_average(project, records):
    record, other = records["forest"], records["other forest"]
    request = PredictRequest(project.path, record.id, with_run=other.id)
    path = stored.prediction_path(project, record.id, inline(110), record.dataset_id)
    for event in predict_volume(project, request, Control()):
        if isinstance(event, VolumeGrown) and event.last < 110:  # as the window asks for what is in sight
            stored.write_array(path, np.full((3, 240, 72), 7, dtype=np.uint8))
    assert not path.exists()


def test_runs_of_other_label_sets_are_not_averaged(project, records):
    record, other = records["forest"], records["other forest"]
    path = project.run_folder(other.id) / "run.json"
    path.write_text(path.read_text().replace('"label_set_id": "layers-default"', '"label_set_id": "mine"'))
    with pytest.raises(InputError, match="their classes cannot be matched"):
        predict(project, record, with_run=other.id)


def test_the_probability_of_a_class_is_kept_on_request(project, records):
    record = records["forest"]
    predict(project, record)
    assert stored.kept_probabilities(project, record.id, record.dataset_id) == ()
    predict(project, record, probability_of=(1,))
    assert stored.kept_probabilities(project, record.id, record.dataset_id) == (1,)
    found = stored.read_kept_probability(project, record.id, inline(107), record.dataset_id, 1)
    source = project.open_volume()
    expected = load_model(project, record.id, "cpu").predict(source.section(inline(107)), inline(107), source.axes)[1]
    np.testing.assert_allclose(found / 255, np.minimum(expected, 254 / 255), atol=0.0021)
    assert stored.read_kept_probability(project, record.id, inline(107), record.dataset_id, 2) is None
    with pytest.raises(InputError, match="knows no class 9"):
        predict(project, record, probability_of=(9,))


# ---- needs


def test_the_need_is_told_before_and_counts_finished_slabs_out(project, records):
    record, other = records["forest"], records["other forest"]
    voxels = INLINES * 240 * 72
    needs = survey_needs(project, PredictRequest(project.path, record.id))
    assert (needs.bytes, needs.sections, needs.slabs, needs.temporary) == (3 * voxels, INLINES, SLABS, 0)
    both = survey_needs(project, PredictRequest(project.path, record.id, with_run=other.id, probability_of=(0,)))
    assert (both.bytes, both.sections, both.temporary) == (7 * voxels, INLINES + 240, 3 * voxels)
    predict_some(project, record, 4)
    assert survey_needs(project, PredictRequest(project.path, record.id)).sections == INLINES - 8


def test_a_full_disk_is_refused_beforehand(project, records, monkeypatch):
    monkeypatch.setattr(survey, "free_bytes", lambda _: 1_000_000)
    with pytest.raises(FailureError, match=r"needs 1 MB in .* where 1 MB are free"):
        predict(project, records["forest"])
    assert not volume(project, records["forest"]).exists()


def test_slabs_are_thin_where_sections_are_large_or_few():
    def thickness(*shape):
        axes = VolumeAxes(LineAxis(1, 1, shape[0]), LineAxis(1, 1, shape[1]), SampleAxis(0.0, 4.0, shape[2]))
        return SlabLayout.of(axes, Orientation.INLINE).thickness

    assert thickness(651, 951, 462) == 16
    assert thickness(5000, 5000, 2000) == 1
    assert thickness(1, 951, 462) == 1


# ---- the GPU's way, on the CPU


def test_bytes_made_on_the_device_are_those_made_by_numpy(project, records):
    from seisgui.learning.predictor import predictor
    from seisgui.learning.survey_gpu import gpu_section_steps
    from seisgui.learning.survey_task import section_steps
    from seisgui.seismic.progress import finish

    work = predictor(project, PredictRequest(project.path, records["waldeland"].id, device="cpu"))
    amplitude = work.volume.section(inline())
    amplitude[5] = np.nan
    names = (*stored.KINDS, stored.probability_name(2), stored.probability_name(7))
    other = np.random.default_rng(0).integers(0, 256, (3, *amplitude.shape), dtype=np.uint8)
    for averaged in (None, other):
        found = finish(gpu_section_steps(work, inline(), amplitude, names, averaged))
        expected = finish(section_steps(work, inline(), amplitude, names, averaged))
        assert (found[0] != expected[0]).mean() < 0.002  # classes of equal probability
        assert np.abs(found[1:].astype(int) - expected[1:]).max() <= 1
        assert (found[:, 5] == np.array([255, 0, 0, 0, 0])[:, None]).all()
