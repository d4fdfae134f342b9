"""Scores, followed beds and baselines of impedance inversion."""

import numpy as np
import pytest

from seisgui.errors import InputError
from seisgui.learning.impedance.baselines import RidgeSettings, TraceRidge, interpolated, mean_of_labels
from seisgui.learning.impedance.scores import high_passed, impedance_scores
from seisgui.learning.impedance.structure import Beds, carried_model
from seisgui.seismic.impedance_models import built_in, post_stack


def test_scores_by_hand():
    truth = np.array([[1.0, 2.0, 3.0, 4.0] * 3, [2.0, 2.0, 4.0, 4.0] * 3])
    predicted = truth + np.array([[0.5], [-0.5]])
    scores = impedance_scores(truth, predicted, np.ones_like(truth, dtype=bool))
    assert np.isclose(scores.r2, 1.0 - 24 * 0.25 / ((truth - truth.mean()) ** 2).sum())
    assert np.isclose(scores.pcc, np.corrcoef(truth.ravel(), predicted.ravel())[0, 1])
    assert np.isclose(scores.pcc_squared, scores.pcc**2)
    assert scores.r2 < scores.pcc_squared
    assert np.isclose(scores.r2_worst, 1.0 - 0.25 / 1.0)
    assert (scores.traces, scores.samples) == (2, 24)


def test_scores_of_nothing_and_of_holes():
    truth = np.full((2, 20), np.nan)
    with pytest.raises(InputError, match="No sample"):
        impedance_scores(truth, np.ones((2, 20)), np.ones((2, 20), dtype=bool))
    truth[0] = np.arange(20.0)
    predicted = np.full((2, 20), np.nan)
    with pytest.raises(InputError, match="not predicted"):
        impedance_scores(truth, predicted, np.ones((2, 20), dtype=bool))


def test_high_pass_takes_the_trend_and_leaves_the_band():
    time = np.arange(400) * 0.004
    beds = np.sin(2 * np.pi * 25.0 * time)
    section = np.stack([5.0e6 + 1.0e6 * time + 2.0e5 * beds, np.full(400, np.nan)])
    section[0, :40] = np.nan
    result = high_passed(section, 4.0)
    assert np.isnan(result[0, :40]).all()
    assert np.isnan(result[1]).all()
    assert np.allclose(result[0, 100:340] / 2.0e5, beds[100:340], atol=0.05)
    with pytest.raises(InputError, match="below 125 Hz"):
        high_passed(section, 4.0, 200.0)


@pytest.fixture(scope="module")
def dipping():
    """A section whose beds dip .4 samples a trace, its log-impedance, and the shift of each trace."""
    rng = np.random.default_rng(0)
    series = np.convolve(rng.standard_normal(700), np.hanning(9), mode="same")
    shift = 0.4 * np.arange(80)
    places = np.arange(300.0)[None, :] - shift[:, None] + 150.0
    log = np.interp(places, np.arange(700), series)
    seismic = np.gradient(log, axis=1)
    return seismic, log, shift


def test_beds_are_followed_across_a_dipping_section(dipping):
    seismic, log, shift = dipping
    beds = Beds.of(seismic)
    assert np.isclose(np.median(beds.dips[10:70, 30:270]), 0.4, atol=0.03)
    places = beds.followed(20)
    assert np.allclose(places[60, 60:240] - np.arange(60, 240), shift[60] - shift[20], atol=1.0)
    assert (np.diff(places, axis=1) >= 0.0).all()
    values, moved = beds.carried(20, log[20])
    assert np.corrcoef(values[60, 60:240], log[60, 60:240])[0, 1] > 0.9
    assert np.isclose(np.median(moved[60, 60:240]), 16.0, atol=1.0)
    model, _ = carried_model(beds, {10: log[10], 70: log[70]})
    assert np.corrcoef(model[40, 60:240], log[40, 60:240])[0, 1] > 0.9


def test_beds_of_silence_are_level():
    places = Beds.of(np.zeros((5, 30))).followed(2)
    assert np.allclose(places, np.arange(30)[None, :], atol=1e-3)


def test_interpolation_meets_the_labels_and_stays_level_beyond():
    labels = {2: np.array([1.0, 2.0, np.nan]), 6: np.array([3.0, 6.0, 9.0])}
    section = interpolated(labels, (9, 3))
    assert np.allclose(section[2], [1.0, 2.0, 2.0])
    assert np.allclose(section[4], [2.0, 4.0, 5.5])
    assert np.allclose(section[8], [3.0, 6.0, 9.0])
    assert np.allclose(section[0], section[2])
    assert np.allclose(mean_of_labels(labels, (9, 3))[5], [2.0, 4.0, 9.0])


def test_ridge_beats_interpolation_on_the_faulted_margin():
    model = built_in("margin")
    seismic = post_stack(model.impedance, 4.0)[::2]
    truth = model.impedance[::2].astype(np.float64)
    chosen = [30, 90, 150, 210, 270]
    labels = {trace: np.where(model.rock[2 * trace], truth[trace], np.nan) for trace in chosen}
    scored = model.rock[::2].copy()
    scored[chosen] = False
    ridge = TraceRidge(RidgeSettings(window=10))
    predicted = ridge.predict(seismic, labels, 4.0)
    ours = impedance_scores(truth, predicted, scored)
    theirs = impedance_scores(truth, interpolated(labels, truth.shape), scored)
    assert ours.r2 > theirs.r2
    assert ridge.penalty > 0.0


def test_ridge_without_labels():
    with pytest.raises(InputError, match="known impedance"):
        TraceRidge().predict(np.zeros((4, 50)), {1: np.full(50, np.nan)}, 4.0)
