"""Peaks, scores and the scaling of windows, by the examples of the papers."""

import numpy as np
import pytest

from seisgui.errors import InputError
from seisgui.learning.picking.normalise import WaveformScale
from seisgui.learning.picking.peaks import detect_peaks, find_picks
from seisgui.learning.picking.pick_stream import PickStream
from seisgui.learning.picking.scores import match, match_maximum, scores_of, shares_within, tally, tally_maxima


def curve(heights, length=40):
    """Zeros with single peaks at these samples."""
    found = np.zeros(length)
    for place, height in heights.items():
        found[place] = height
    return found


def bells(times, length=2000, sigma=6.0, height=0.9):
    samples = np.arange(length)
    return sum(height * np.exp(-0.5 * ((samples - time) / sigma) ** 2) for time in times)


def test_a_larger_peak_within_the_distance_wins():
    assert detect_peaks(curve({1: 0.5, 3: 0.7, 8: 0.9, 11: 0.6}), mph=0.3, mpd=3).tolist() == [3, 8]


def test_peaks_further_apart_than_the_distance_both_stay():
    assert detect_peaks(curve({4: 0.7, 8: 0.9}), mph=0.3, mpd=3).tolist() == [4, 8]
    assert detect_peaks(curve({5: 0.7, 8: 0.9}), mph=0.3, mpd=3).tolist() == [8]


def test_low_peaks_and_flat_ones_are_left_out():
    heights = np.array([0, 0.2, 0, 0.5, 0.45, 0, 0.9, 0.2, 0])
    assert detect_peaks(heights, mph=0.3, mpd=0).tolist() == [3, 6]
    assert detect_peaks(heights, mph=0.3, mpd=0, threshold=0.1).tolist() == [6]


def test_nothing_is_no_peak():
    assert not len(detect_peaks(np.zeros(0)))
    assert not len(detect_peaks(np.full(50, np.nan)))
    assert not len(find_picks(np.zeros(10)))


@pytest.mark.parametrize("time", [500.0, 500.3, 499.6])
def test_times_lie_between_samples_and_widths_tell_how_sure_they_are(time):
    found = find_picks(bells([time]), mph=0.5)
    assert found.time == pytest.approx([time], abs=0.02)
    assert found.uncertainty == pytest.approx([6.0], rel=0.02)
    assert found.probability == pytest.approx([0.9], rel=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_a_curve_in_stretches_gives_the_picks_of_the_whole(seed):
    generator = np.random.default_rng(seed)
    length = 30_000
    whole = bells(generator.uniform(0, length, 120), length, 5.0, 0.7).astype(np.float32)
    whole += 0.1 * generator.random(length, dtype=np.float32)
    stream = PickStream(0.3, 50)
    cuts = np.sort(generator.integers(0, length, 25))
    found = [*(stream.add(stretch) for stretch in np.split(whole, cuts)), stream.end()]
    expected = find_picks(whole, 0.3, 50)
    for name in ("index", "time", "probability", "uncertainty"):
        assert np.concatenate([getattr(each, name) for each in found]) == pytest.approx(getattr(expected, name)), name


def test_the_worked_example_of_precision_and_recall():
    scores = scores_of(np.zeros(134), false=144 - 134, missed=142 - 134, tolerance=0.1)
    assert (scores.precision, scores.recall) == (134 / 144, 134 / 142)
    assert (scores.n_predicted, scores.n_true) == (144, 142)
    assert scores.f1 == pytest.approx(2 * scores.precision * scores.recall / (scores.precision + scores.recall))


def test_the_worked_example_from_records():
    true = {number: [5.0] for number in range(142)} | {number: [] for number in range(142, 150)}
    right = {number: [5.0 + 0.09 * (-1) ** number] for number in range(134)}
    late = {134: [5.2], 135: [4.0]}
    unasked = {number: [3.0] for number in range(142, 150)}
    scores = tally(true, right | late | unasked, 0.1)
    assert (scores.true_positive, scores.false_positive, scores.false_negative) == (134, 10, 8)
    assert (scores.precision, scores.recall, scores.tolerance) == (134 / 144, 134 / 142, 0.1)
    assert (scores.false_per_noise, scores.n_noise) == (1.0, 8)
    assert scores.residual_mean == pytest.approx(0.0)
    assert scores.residual_std == pytest.approx(0.09)


def test_an_outlying_pick_is_false_and_its_label_missed():
    found = match([5.0], [5.3])
    assert (found.residuals, found.false, found.missed) == ((), 1, 1)


def test_by_the_other_count_a_label_is_missed_only_where_nothing_was_picked():
    assert match_maximum([5.0], [(5.3, 0.9)]).missed == 0
    assert match_maximum([5.0], []).missed == 1
    true = {"right": [5.0], "outlying": [5.0], "silent": [5.0], "noise": []}
    picks = {"right": [(5.02, 0.9), (9.0, 0.6)], "outlying": [(7.0, 0.8)], "noise": [(1.0, 0.6)]}
    other = tally_maxima(true, picks)
    assert (other.true_positive, other.false_positive, other.false_negative) == (1, 2, 1)
    strict = tally(true, {name: [time for time, _ in each] for name, each in picks.items()})
    assert (strict.true_positive, strict.false_positive, strict.false_negative) == (1, 3, 2)


def test_each_label_takes_one_pick_and_the_nearest():
    found = match([1.0, 1.1], [1.04, 1.05, 1.13], 0.1)
    assert sorted(round(value, 3) for value in found.residuals) == [0.03, 0.04]
    assert (found.false, found.missed) == (1, 0)


def test_a_residual_of_the_tolerance_itself_counts():
    assert match([0.3], [0.4], 0.1).residuals == pytest.approx((0.1,))


def test_without_picks_and_labels_scores_are_zero_and_not_an_error():
    empty = tally({"a": []}, {})
    assert (empty.precision, empty.recall, empty.f1, empty.false_per_noise) == (0.0, 0.0, 0.0, 0.0)
    assert np.isnan(empty.residual_mean)


def test_shares_within_samples():
    true = {number: [1.0] for number in range(4)}
    picks = {0: [1.01], 1: [1.03], 2: [1.05]}
    rate = dict.fromkeys(range(4), 100.0)
    assert [shares_within(true, picks, samples, rate) for samples in (1, 3, 5)] == [0.25, 0.5, 0.75]


def test_windows_have_no_mean_and_unit_deviation():
    windows = np.random.default_rng(0).normal(1e5, 30.0, (4, 3, 700)).astype(np.float32)
    scaled = WaveformScale().apply(windows)
    assert scaled.dtype == np.float32
    assert scaled.mean(-1) == pytest.approx(0.0, abs=1e-3)
    assert scaled.std(-1) == pytest.approx(1.0, abs=1e-3)
    assert np.abs(WaveformScale("peak").apply(windows)).max(-1) == pytest.approx(1.0)


@pytest.mark.parametrize("value", [0.0, 5.0, -3e7])
def test_dead_components_come_out_as_nothing(value):
    windows = np.random.default_rng(0).normal(size=(1, 3, 200)).astype(np.float32)
    windows[0, 1] = value
    assert not WaveformScale().apply(windows)[0, 1].any()


def test_gaps_do_not_shift_the_rest():
    windows = np.random.default_rng(0).normal(50.0, 2.0, (1, 1, 400)).astype(np.float32)
    expected = WaveformScale().apply(windows[..., 100:])
    windows[..., :100] = np.nan
    found = WaveformScale().apply(windows)
    assert not found[..., :100].any()
    assert found[..., 100:] == pytest.approx(expected, abs=1e-4)


def test_a_drift_is_taken_off():
    time = np.arange(500, dtype=np.float32)
    windows = (3.0 * time + np.sin(time))[None, None]
    assert np.corrcoef(WaveformScale(detrend=True).apply(windows)[0, 0], np.sin(time))[0, 1] > 0.99


def test_agc_levels_the_amplitudes():
    generator = np.random.default_rng(0)
    windows = (generator.normal(size=2000) * np.where(np.arange(2000) < 1000, 1.0, 100.0))[None, None]
    scaled = WaveformScale(agc=101).apply(windows)[0, 0]
    assert scaled[:900].std() == pytest.approx(scaled[1100:].std(), rel=0.1)


def test_a_scale_survives_its_json():
    scale = WaveformScale("peak", True, 51)
    assert WaveformScale.from_json(scale.to_json()) == scale
    with pytest.raises(InputError, match="cannot be scaled"):
        WaveformScale("median")
