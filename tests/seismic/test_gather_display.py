"""Records for the eye: the bandpass moves nothing, holes stay holes, every trace fills its room."""

from __future__ import annotations

import numpy as np
import pytest

from seisgui.errors import InputError
from seisgui.seismic.display import percentile_clip
from seisgui.seismic.gather_display import RecordLook, bandpass, centred, clips, shown

RATE = 200.0


def wave(hz: float, n: int = 2000) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(n) / RATE).astype(np.float32)


def test_the_bandpass_keeps_what_lies_inside_and_takes_the_rest():
    mixed = wave(10.0) + wave(60.0) + wave(0.2)
    found = bandpass(mixed, RATE, 5.0, 20.0)
    inner = slice(400, 1600)
    assert np.abs(found[inner] - wave(10.0)[inner]).max() < 0.02


def test_the_bandpass_has_no_phase():
    spike = np.zeros(801, np.float32)
    spike[400] = 1.0
    found = bandpass(spike, RATE, 2.0, 40.0)
    assert np.argmax(found) == 400
    np.testing.assert_allclose(found, found[::-1], atol=1e-4)


@pytest.mark.parametrize(("low", "high", "left"), [(20.0, 0.0, 60.0), (0.0, 20.0, 5.0)])
def test_one_corner_may_be_open(low: float, high: float, left: float):
    found = bandpass(wave(5.0) + wave(60.0), RATE, low, high)[400:1600]
    assert np.corrcoef(found, wave(left)[400:1600])[0, 1] > 0.99


def test_corners_beyond_nyquist_are_left_out_and_wrong_ones_refused():
    trace = wave(10.0)
    np.testing.assert_array_equal(bandpass(trace, RATE, 0.0, 150.0), trace)
    np.testing.assert_array_equal(bandpass(trace, RATE, 120.0, 0.0), trace)
    with pytest.raises(InputError, match="lets nothing through"):
        bandpass(trace, RATE, 20.0, 10.0)


def test_holes_stay_holes_and_leave_their_neighbours_alone():
    trace = np.stack([wave(10.0), wave(10.0)])
    trace[0, 900:950] = np.nan
    found = bandpass(trace, RATE, 2.0, 40.0)
    assert np.isnan(found[0, 900:950]).all()
    assert np.isfinite(found[0, :900]).all()
    assert np.isfinite(found[1]).all()
    assert np.isnan(centred(trace)[0, 900:950]).all()


def test_a_dead_component_stays_dead():
    dead = np.full((1, 2, 100), np.nan, np.float32)
    dead[0, 1] = 0.0
    found = shown(dead, RATE, RecordLook(low_hz=1.0, high_hz=20.0, agc_s=0.1))
    assert np.isnan(found[0, 0]).all()
    assert (found[0, 1] == 0).all()


def test_traces_are_scaled_by_themselves_or_alike():
    traces = np.stack([wave(10.0), 100 * wave(10.0)])
    each = clips(traces, "max", "trace")
    np.testing.assert_allclose(each, [1.0, 100.0], rtol=1e-2)
    alike = clips(traces, "max", "gather")
    assert alike[0] == alike[1] == pytest.approx(100.0, rel=1e-2)


def test_the_offset_of_a_trace_goes_and_agc_evens_it_out():
    trace = (wave(10.0) * np.linspace(1, 50, 2000) + 500).astype(np.float32)[None, None]
    found = shown(trace, RATE, RecordLook(agc_s=0.5))[0, 0]
    assert abs(found.mean()) < 0.1
    assert 0.5 < np.std(found[:500]) / np.std(found[-500:]) < 2.0


def test_clips_of_many_traces_are_those_of_each():
    rng = np.random.default_rng(3)
    traces = rng.standard_normal((300, 800)).astype(np.float32) * rng.uniform(0.1, 1e6, (300, 1)).astype(np.float32)
    traces[7, 100:] = 0.0
    traces[8] = 0.0
    traces[9, ::3] = np.nan
    traces[10] = np.nan
    for rule in ("P90", "P99", "max"):
        one_by_one = [percentile_clip(trace, rule) for trace in traces]
        np.testing.assert_allclose(clips(traces, rule, "trace"), one_by_one, rtol=1e-5)
