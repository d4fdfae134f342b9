"""Snapping to an onset: within a few samples of where an arrival begins, and never where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from seisgui.seismic.onset import onset_near


def trace(onset: int, noise: float = 0.02, seed: int = 0) -> np.ndarray:
    """Noise of 400 samples with a decaying wave from ``onset`` on."""
    t = np.arange(400 - onset)
    signal = np.random.default_rng(seed).normal(0, noise, 400)
    signal[onset:] += np.exp(-t / 60) * np.sin(2 * np.pi * t / 14 + 0.6)
    return signal.astype(np.float32)


@pytest.mark.parametrize("click", [-25, -8, 0, 8, 25])
def test_a_click_near_an_arrival_snaps_to_its_onset(click: int):
    found = [onset_near(trace(200, seed=seed), 200 + click) for seed in range(10)]
    assert all(abs(sample - 200) <= 2 for sample in found)


def test_an_arrival_out_of_reach_is_left_alone():
    assert onset_near(trace(300), 150) is None
    assert onset_near(trace(200), 200 - 60, reach=20) is None


@pytest.mark.parametrize(
    "dead", [np.zeros(400), np.full(400, np.nan), np.random.default_rng(1).normal(size=400), np.zeros(5)]
)
def test_where_nothing_begins_there_is_no_onset(dead: np.ndarray):
    assert onset_near(dead, 200) is None


def test_scale_and_offset_do_not_matter():
    assert onset_near(1e9 * trace(200) + 5e8, 195) == onset_near(trace(200), 195)


def test_real_first_breaks_are_met(shared_data):
    archive = np.load(shared_data / "gathers" / "deepfb_obs_A.npz")
    data, breaks, known = archive["data"], archive["first_break"], archive["has_pick"]
    away = []
    for gather, traced in zip(*np.nonzero(known), strict=True):
        true = int(breaks[gather, traced])
        for offset in (-10, 0, 10):
            found = onset_near(data[gather, traced], true + offset)
            away.append(abs(offset) if found is None else abs(found - true))
    assert np.median(away) <= 3
