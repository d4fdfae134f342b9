"""An arrival followed across a gather, traces without one left alone, and the classical pickers beside."""

import numpy as np
import pytest
from arrivals import wave, write_gathers

from seisgui.learning.picking.classical import ClassicalPicker
from seisgui.learning.picking.tracking import best_path, evidence, likeness, local_lines, track
from seisgui.seismic.records import open_records


def curves(arrival, width=3.0, samples=400):
    return np.exp(-0.5 * ((np.arange(samples) - np.asarray(arrival)[:, None]) / width) ** 2)


def test_a_cycle_skip_on_one_trace_is_passed_by():
    arrival = 150 + 1.5 * np.arange(20)
    probability = 0.8 * curves(arrival)
    probability[9] = 0.1 * curves(arrival[9:10]) + 0.9 * curves(arrival[9:10] + 60)
    found = track(probability)
    np.testing.assert_allclose(found.sample, arrival, atol=0.7)


def test_traces_that_say_nothing_get_no_pick_and_break_no_path():
    arrival = 150 + np.arange(20)
    probability = 0.8 * curves(arrival)
    probability[[4, 5, 13]] = 0.0
    found = track(probability)
    assert np.flatnonzero(np.isnan(found.sample)).tolist() == [4, 5, 13]
    np.testing.assert_allclose(found.path, arrival, atol=1.0)


def test_nothing_is_tracked_where_nothing_is():
    assert np.isnan(track(np.zeros((6, 100))).sample).all()
    assert np.isnan(track(np.full((6, 100), np.nan)).sample).all()
    assert len(track(np.zeros((0, 100))).sample) == 0


def test_the_path_is_the_cheapest_of_all():
    generator = np.random.default_rng(0)
    score = generator.normal(size=(4, 6))
    choices = np.array(np.meshgrid(*[np.arange(6)] * 4, indexing="ij")).reshape(4, -1)
    total = score[np.arange(4)[:, None], choices].sum(axis=0) - 0.5 * (np.diff(choices, axis=0) ** 2).sum(axis=0)
    assert best_path(score, 1.0).tolist() == choices[:, total.argmax()].tolist()


def test_straight_lines_pass_through_straight_moveouts():
    line = 3.0 * np.arange(12) + 7.0
    np.testing.assert_allclose(local_lines(line, np.ones(12)), line, atol=1e-9)
    np.testing.assert_allclose(local_lines(line[:1], np.ones(1)), line[:1])


def test_a_noise_trace_bears_no_path_out():
    generator = np.random.default_rng(1)
    arrival = np.full(9, 200.0)
    traces = np.stack([wave(400, 200, 12, generator) for _ in range(9)]) + 0.05 * generator.standard_normal((9, 400))
    traces[4] = generator.standard_normal(400)
    told = evidence(traces, arrival, np.ones(9))
    assert told.argmin() == 4
    assert np.delete(told, 4).min() > told[4] + 1.0
    assert likeness(traces[:, 190:240])[4] < 0.5
    found = track(0.9 * curves(arrival))
    told = evidence(traces, found.path, found.total)
    sample = found.borne_out(traces, float(np.median(told)) - 1.0).sample
    assert np.flatnonzero(np.isnan(sample)).tolist() == [4]


def test_the_classical_picker_chooses_its_parameters(tmp_path):
    records = open_records([write_gathers(tmp_path / "gathers.npz")])
    known = {records.table.index_of(pick.record_id): pick.time for pick in records.known_picks}
    learned = {index: known.get(index) for index in range(24)}
    picker = ClassicalPicker.chosen(records, learned)
    found = picker.pick(records, list(range(24, 60)))
    true = [index for index in range(24, 60) if index in known]
    away = [abs(found[index] - known[index]) * 1000.0 for index in true if index in found]
    assert len(away) > 0.8 * len(true)
    assert np.median(away) <= 3
    assert sum(index in found for index in range(24, 60) if index not in known) < 6


@pytest.mark.parametrize("samples", [5, 60])
def test_traces_shorter_than_the_windows_have_no_classical_pick(samples):
    picker = ClassicalPicker(10, 100)
    from seisgui.learning.picking.classical import ratio_of

    assert picker.place(np.zeros(samples), ratio_of(np.zeros(samples), 10, 100)) is None
