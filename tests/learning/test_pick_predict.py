"""Arrivals are found once wherever they lie, in records of any length, rate and state, in bounded memory."""

import json

import numpy as np
import pytest
from spikes import keep_run, predict, project_of, records_file, spike_picker, times_of, waveforms

from seisgui.errors import InputError
from seisgui.interpretation.project import Project
from seisgui.learning.events import Control, Notice, PicksStored
from seisgui.learning.picking.one_window import draw_starts
from seisgui.learning.picking.pick_stream import PickStream
from seisgui.learning.picking.picker_model import BATCH, make_picker, read_start
from seisgui.learning.picking.predict import predict_records
from seisgui.learning.picking.requests import PickPredictRequest
from seisgui.learning.picking.resampled import Resampled
from seisgui.learning.picking.stitched import Stitching, stitch_steps
from seisgui.learning.picking.stored_picks import CurveReader, folder_of, read_predicted, read_predicted_picks
from seisgui.seismic.records import open_records

RATE = 100.0


def streamed(model, data, stitching, threshold=0.5):
    """Picked P of one record (components, samples) in samples, stretch by stretch, and the curve."""
    stream, found, parts = PickStream(threshold, 50), [], []
    read = lambda first, count: data[None, :, first : first + count]  # noqa: E731 - a reader of an array
    for first, probability in stitch_steps(model, read, 1, data.shape[-1], stitching):
        assert first == sum(part.shape[-1] for part in parts)
        parts.append(probability[0])
        found.append(stream.add(probability[0, model.index_of("P")]))
    found.append(stream.end())
    return np.concatenate([each.time for each in found]), np.concatenate(parts, axis=-1)


@pytest.fixture(scope="module")
def seams():
    """Every place of a record of 14,000 samples where something begins or ends, and a little beside it."""
    stitching = Stitching.of(spike_picker())
    starts = stitching.starts(14_000)
    borders = np.concatenate([starts, starts + stitching.samples, starts + stitching.edge, [BATCH * stitching.step]])
    near = (borders[:, None] + [-3, 0, 4]).ravel()
    return np.unique(near[(near > 30) & (near < 13_970)])


def test_an_arrival_slid_across_every_seam_is_picked_once(seams):
    model = spike_picker()
    noise = np.random.default_rng(1).normal(size=(3, 14_000)).astype(np.float32)
    bump = 40.0 * np.exp(-0.5 * (np.arange(-30, 31) / 6.0) ** 2)
    for at in seams[::2].tolist():
        data = noise.copy()
        data[2, at - 30 : at + 31] += bump.astype(np.float32)
        picks, curve = streamed(model, data, Stitching.of(model))
        assert picks == pytest.approx([at], abs=1.5), at
        assert curve.shape == (3, 14_000)
        assert curve.sum(0) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("shift", [-20, -1, 0, 7, 40])
def test_real_arrivals_slid_across_the_seam_of_two_batches_are_picked_once(shared_data, shift):
    start = read_start(str(shared_data / "weights" / "phasenet_original_ncedc.pt"))
    model, _ = make_picker(start, start.info)
    with np.load(shared_data / "waveforms" / "ncedc_phasenet_3c_A.npz") as file:
        record, p = file["data"][4], int(file["p"][4])
    stitching = Stitching.of(model)
    seam = BATCH * stitching.step  # where the first stretch ends and the second begins
    generator = np.random.default_rng(0)
    before = record[:, : p - 200]
    noise = before.mean(-1, keepdims=True) + before.std(-1, keepdims=True) * generator.normal(size=(3, 16_000))
    event = slice(p - 100, p + 2500)
    data = noise.astype(np.float32)
    at = seam + shift
    data[:, at - 100 : at + 2500] = record[:, event]
    picks, _ = streamed(model, data, stitching)
    assert len(picks[np.abs(picks - at) < 60]) == 1


def test_short_stretches_are_read_however_long_the_record():
    model, stitching = spike_picker(), Stitching.of(spike_picker())
    asked = []

    def read(first, count):
        asked.append((first, count))
        return np.zeros((1, 3, count), np.float32)

    length = 400_000
    stretches = [(first, part.shape[-1]) for first, part in stitch_steps(model, read, 1, length, stitching)]
    assert max(count for _, count in asked) <= BATCH * stitching.step + stitching.samples
    assert sum(count for _, count in stretches) == length
    assert max(count for _, count in stretches) <= BATCH * stitching.step + stitching.samples


@pytest.mark.parametrize("length", [10, 500, 3000, 3001, 3002, 3751, 9001])
def test_records_of_any_length_are_covered(length):
    model = spike_picker()
    data = np.random.default_rng(0).normal(size=(3, length)).astype(np.float32)
    _, curve = streamed(model, data, Stitching.of(model))
    assert curve.shape == (3, length)
    assert np.isfinite(curve).all()


def test_nothing_arrives_in_a_gap():
    model = spike_picker()
    data = waveforms([(4000, None)])[0]
    data[:, 3900:4100] = np.nan
    picks, curve = streamed(model, data, Stitching.of(model))
    assert not len(picks)
    assert (curve[0, 3900:4100] == 1.0).all()
    assert not curve[1:, 3900:4100].any()


def test_a_gap_costs_no_arrival_beside_it():
    model = spike_picker()
    data = waveforms([(4500, None)])[0]
    data[:, 2000:4400] = np.nan
    picks, _ = streamed(model, data, Stitching.of(model))
    assert picks == pytest.approx([4500], abs=1.5)


def test_the_picks_of_a_project_are_kept_with_the_run(tmp_path):
    arrivals = [(3000, 3600), (5000, None), (None, None), ([1500, 6000], 7000)]
    with project_of(tmp_path, records_file(tmp_path / "a.npz", arrivals)) as project:
        dataset = project.gather_set().id
        found, events = predict(project)
        assert next(event for event in events if isinstance(event, PicksStored)).picks == {"P": 4, "S": 2}
        assert read_predicted_picks(project, "spikes", dataset) == list(found.picks)
        table = project.open_records().table
        for row, (p, s) in enumerate(arrivals):
            for phase, expected in (("P", p), ("S", s)):
                wanted = np.atleast_1d([] if expected is None else expected) / RATE
                assert times_of(found, phase, table.id_of(row)) == pytest.approx(wanted, abs=0.02)
        assert all(0.5 <= pick.probability <= 1.0 and 0.005 <= pick.uncertainty < 0.2 for pick in found.picks)
        assert found.settings["windows"] == "stitched"
        curves = CurveReader(project, "spikes", dataset)
        whole = curves.read(table.id_of(0))
        assert whole.shape == (2, 9001)
        assert whole[0, 3000] > 0.9 > 0.1 > whole[0, 2000]
        assert np.array_equal(curves.read(table.id_of(0), 2990, 20), whole[:, 2990:3010])
        assert curves.rate(table.id_of(0)) == RATE
        assert curves.read("nobody") is None


def test_long_records_stream_and_give_the_picks_of_short_ones(tmp_path):
    arrivals = [([4000, 30_000, 55_000], 42_000)]
    path = records_file(tmp_path / "long.npz", arrivals, data=waveforms(arrivals, 60_000))
    with project_of(tmp_path, path) as project:
        found, _ = predict(project)
        (record,) = found.looked
        assert times_of(found, "P", record) == pytest.approx([40.0, 300.0, 550.0], abs=0.02)
        assert times_of(found, "S", record) == pytest.approx([420.0], abs=0.02)
        assert CurveReader(project, "spikes", project.gather_set().id).read(record).shape == (2, 60_000)


@pytest.mark.parametrize("rate", [50.0, 100.0, 125.0, 250.0, 99.97])
def test_records_of_another_rate_are_picked_at_the_right_time(tmp_path, rate):
    count = round(90 * rate)
    seconds = np.arange(count) / rate
    data = np.random.default_rng(0).normal(size=(1, 3, count)).astype(np.float32)
    data[0, 2] += (40.0 * np.exp(-0.5 * ((seconds - 41.3) / 0.06) ** 2)).astype(np.float32)
    path = records_file(tmp_path / "rate.npz", [(None, None)], rate=rate, data=data)
    with project_of(tmp_path, path) as project:
        found, _ = predict(project)
        assert [pick.time for pick in found.picks] == pytest.approx([41.3], abs=0.03)


def test_files_of_several_rates_are_picked_together(tmp_path):
    slow = records_file(tmp_path / "slow.npz", [(2000, None)], rate=50.0, data=waveforms([(2000, None)], 4000))
    fast = records_file(tmp_path / "fast.npz", [(5000, None)], rate=100.0)
    with project_of(tmp_path, slow, fast) as project:
        found, events = predict(project)
        assert [pick.time for pick in found.picks] == pytest.approx([40.0, 50.0], abs=0.03)
        assert any(isinstance(event, Notice) and "sampling rates" in event.sentence for event in events)


@pytest.mark.parametrize("rate", [40.0, 250.0])
def test_a_resampled_record_is_the_same_in_pieces(tmp_path, rate):
    data = np.random.default_rng(3).normal(size=(2, 3, 2500)).astype(np.float32)
    data[1, :, 700:800] = np.nan
    with_gaps = open_records([records_file(tmp_path / "r.npz", [(None, None)] * 2, rate=rate, data=data)])
    source = Resampled(with_gaps, [0, 1], 100.0, ("E", "N", "Z"))
    assert source.rate == pytest.approx(100.0)
    whole = source.read(0, source.longest)
    assert np.isnan(whole[1]).any()
    assert not np.isnan(whole[0]).any()
    for first, count in ((0, 100), (37, 211), (333, 400), (source.longest - 50, 50)):
        piece = source.read(first, count)
        assert np.allclose(piece, whole[..., first : first + count], atol=1e-5, equal_nan=True)


def test_a_vertical_alone_is_taken_as_the_vertical(tmp_path):
    data = waveforms([(3000, None)])[:, 2:]
    path = records_file(tmp_path / "z.npz", [(3000, None)], data=data, components=np.array(["Z"]))
    with project_of(tmp_path, path) as project:
        found, _ = predict(project)
        assert [pick.time for pick in found.picks] == pytest.approx([30.0], abs=0.02)


def test_one_window_a_record_holds_the_arrival_and_is_drawn_by_the_seed(tmp_path):
    arrivals = [(int(at), None) for at in np.linspace(400, 8800, 12)]
    with project_of(tmp_path, records_file(tmp_path / "a.npz", arrivals)) as project:
        table = project.open_records().table
        first, _ = predict(project, windows="one-per-record", seed=1)
        again, _ = predict(project, windows="one-per-record", seed=1)
        other, _ = predict(project, windows="one-per-record", seed=2)
        assert first.picks == again.picks
        assert first.looked == again.looked != other.looked
        for row, (p, _) in enumerate(arrivals):
            begin, end = first.looked[table.id_of(row)]
            assert end - begin == pytest.approx(30.0)
            assert times_of(first, "P", table.id_of(row)) == pytest.approx([p / RATE], abs=0.02)


def test_windows_start_so_that_the_arrival_lies_300_to_2000_samples_in():
    drawn = np.linspace(0.0, 0.999999, 5000)
    starts = draw_starts(drawn, [30.0] * 5000, np.full(5000, 9001), 3001, RATE)
    inside = 3000 - starts
    assert (inside.min(), inside.max()) == (300, 2000)
    assert draw_starts(np.array([0.5]), [None], np.array([2000]), 3001, RATE).tolist() == [0]
    assert draw_starts(np.array([0.0]), [1.0], np.array([9001]), 3001, RATE).tolist() == [0]


def test_picks_of_people_say_where_the_window_lies(tmp_path):
    path = tmp_path / "bare.npz"
    np.savez(path, data=waveforms([(7000, None)]), sampling_rate=100.0)
    with project_of(tmp_path, path) as project:
        from seisgui.interpretation.pick_operation import Pick

        record = project.open_records().table.id_of(0)
        project.picks().edit("pick", add=[Pick(0, record, "P", 70.0)])
        for seed in range(4):
            found, _ = predict(project, windows="one-per-record", seed=seed)
            assert times_of(found, "P", record) == pytest.approx([70.0], abs=0.02)


def test_tracked_picks_follow_a_gather_and_leave_empty_traces_alone(tmp_path):
    arrivals = [(1000 + 3 * row, None) for row in range(12)] + [(None, None)] * 2
    names = np.array([f"trace-{row}" for row in range(14)])
    path = records_file(
        tmp_path / "g.npz", arrivals, data=waveforms(arrivals, 3001), name=names, shot=np.zeros(14, np.int64)
    )
    with project_of(tmp_path, path) as project:
        found, _ = predict(project, track=True)
        table = project.open_records().table
        assert found.settings["track"] is True
        for row, (p, _) in enumerate(arrivals):
            assert times_of(found, "P", table.id_of(row)) == pytest.approx([] if p is None else [p / RATE], abs=0.06)


def test_only_some_records_are_picked_where_they_are_named(tmp_path):
    with project_of(tmp_path, records_file(tmp_path / "a.npz", [(3000, None)] * 3)) as project:
        name = project.open_records().table.id_of(1)
        found, _ = predict(project, records=(name,))
        assert {pick.record for pick in found.picks} == set(found.looked) == {name}
        with pytest.raises(InputError, match="There is no record 'nobody'"):
            predict(project, records=("nobody",))


def test_a_prediction_that_is_stopped_or_closed_leaves_the_one_before(tmp_path):
    arrivals = [(3000, None)] * 40
    with project_of(tmp_path, records_file(tmp_path / "a.npz", arrivals)) as project:
        before, _ = predict(project, threshold=0.6)
        dataset = project.gather_set().id
        control = Control()
        for _ in (steps := predict_records(project, PickPredictRequest(project.path, "spikes"), control)):
            control.stop = True
        closed = predict_records(project, PickPredictRequest(project.path, "spikes"), Control())
        next(closed)
        closed.close()
        steps.close()
        assert read_predicted(project, "spikes", dataset).settings == before.settings
        assert {path.name for path in folder_of(project, "spikes", dataset).iterdir()} == {"picks.json", "curves.u8"}


def test_a_project_open_elsewhere_can_be_predicted(tmp_path):
    with project_of(tmp_path, records_file(tmp_path / "a.npz", [(3000, None)])) as project:
        with Project.open(project.path, read_only=True) as beside:
            found, _ = predict(beside)
        assert len(found.picks) == 1
        assert read_predicted_picks(project, "spikes", project.gather_set().id) == list(found.picks)


def test_curves_are_left_out_where_nobody_wants_them(tmp_path):
    with project_of(tmp_path, records_file(tmp_path / "a.npz", [(3000, None)])) as project:
        predict(project)
        found, _ = predict(project, curves=False)
        dataset = project.gather_set().id
        assert not found.curves
        assert {path.name for path in folder_of(project, "spikes", dataset).iterdir()} == {"picks.json"}
        assert CurveReader(project, "spikes", dataset).read(found.picks[0].record) is None


@pytest.mark.parametrize("damage", ["{", "{}", json.dumps({"picks": {}, "looked": 3})])
def test_damaged_picks_are_a_sentence(tmp_path, damage):
    with project_of(tmp_path, records_file(tmp_path / "a.npz", [(3000, None)])) as project:
        predict(project)
        dataset = project.gather_set().id
        (folder_of(project, "spikes", dataset) / "picks.json").write_text(damage)
        with pytest.raises(InputError, match="is damaged"):
            read_predicted_picks(project, "spikes", dataset)
        assert len(predict(project)[0].picks) == 1
        assert len(read_predicted_picks(project, "spikes", dataset)) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"windows": "sideways"}, "no way to lay windows"),
        ({"threshold": 1.5}, "no probability"),
        ({"step": 0}, "counted in samples"),
    ],
)
def test_requests_without_sense_are_refused(tmp_path, changes, told):
    with pytest.raises(InputError, match=told):
        PickPredictRequest(tmp_path, "spikes", **changes).check()


def test_a_run_of_facies_picks_no_arrivals(tmp_path):
    with project_of(tmp_path, records_file(tmp_path / "a.npz", [(3000, None)])) as project:
        keep_run(project, spike_picker(), "other", project.gather_set().id)
        path = project.run_folder("other") / "run.json"
        path.write_text(path.read_text().replace('"picking"', '"facies"'))
        with pytest.raises(InputError, match="picks no arrivals"):
            predict(project, "other")
        (project.run_folder("spikes") / "weights.safetensors").write_bytes(b"no weights")
        with pytest.raises(InputError, match="no readable safetensors"):
            predict(project)
