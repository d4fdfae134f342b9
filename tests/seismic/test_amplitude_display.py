"""Gain, AGC, clip, uint8, histogram, spectrum and colour maps do what an interpreter expects."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seisgui.errors import InputError
from seisgui.seismic.amplitude import AmplitudeScale, clip_value
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.colour_maps import COLOUR_MAPS, DIVERGING, colour_map
from seisgui.seismic.display import HOLE, agc, gain, histogram, percentile_clip, spectrum, to_uint8
from seisgui.seismic.synthetic import ricker
from seisgui.seismic.volume import ArrayVolume


def test_uint8_is_symmetric_about_zero_and_marks_holes() -> None:
    amplitude = np.array([[-9.0, -2.0, -1.0, 0.0, 1.0, 2.0, 9.0, np.nan, np.inf, -np.inf]], dtype=np.float32)
    assert to_uint8(amplitude, 2.0).tolist() == [[0, 0, 64, 127, 191, 254, 254, HOLE, 254, 0]]
    ramp = np.linspace(-3, 3, 1001, dtype=np.float32)
    assert np.abs(to_uint8(ramp, 2.0).astype(int) + to_uint8(-ramp, 2.0) - 254).max() <= 1


@pytest.mark.parametrize("rule", ["P90", "P95", "P97", "P99", "max"])
@pytest.mark.parametrize("kind", ["plain", "spiky", "muted", "few values", "holes"])
def test_clip_is_the_percentile(rule: str, kind: str) -> None:
    rng = np.random.default_rng(0)
    amplitude = (rng.standard_normal((951, 462)) * 3000).astype(np.float32)
    if kind == "spiky":
        amplitude[5, :20] = 1e9
    elif kind == "muted":
        amplitude[:, :400] = 0.0
    elif kind == "few values":
        amplitude = np.rint(amplitude / 3000)
    elif kind == "holes":
        amplitude[:10, :10] = np.nan
        amplitude[20, 20:30] = np.inf
    assert percentile_clip(amplitude, rule) == pytest.approx(clip_value(amplitude, rule), rel=1e-6)


@given(
    st.lists(st.sampled_from([0.0, 0.0, 1.0, -1.0, 3.5, -1e-3, 1e20, float("nan"), float("inf")]), min_size=1),
    st.sampled_from(["P90", "P95", "P99"]),
)
def test_clip_of_a_few_samples_is_the_percentile(values: list[float], rule: str) -> None:
    amplitude = np.array([values], dtype=np.float32)
    assert percentile_clip(amplitude, rule) == pytest.approx(clip_value(amplitude, rule), rel=1e-6)


def test_clip_of_empty_zero_and_sparse_sections() -> None:
    assert percentile_clip(np.full((3, 4), np.nan, np.float32), "P99") == 1.0
    assert percentile_clip(np.zeros((3, 4), np.float32), "max") == 1.0
    sparse = np.zeros((1000, 10), np.float32)
    sparse[0, 0] = -7.0
    assert percentile_clip(sparse, "P99") == 7.0
    with pytest.raises(InputError, match="is not a clip rule"):
        percentile_clip(sparse, "P42")


def test_clip_and_uint8_keep_up_with_the_wheel() -> None:
    amplitude = (np.random.default_rng(0).standard_normal((951, 462))).astype(np.float32)
    best = min(timed(lambda: to_uint8(amplitude, percentile_clip(amplitude, "P99"))) for _ in range(10))
    assert best < 0.02  # some 3 ms on an idle machine


def timed(work: object) -> float:
    began = time.perf_counter()
    assert callable(work)
    work()
    return time.perf_counter() - began


def test_gain_in_decibels() -> None:
    assert gain(np.array([1.0], np.float32), 20.0)[0] == pytest.approx(10.0)


def test_agc_evens_out_amplitudes_and_keeps_holes() -> None:
    rng = np.random.default_rng(0)
    decay = np.exp(-np.arange(400) / 60.0)
    amplitude = (rng.standard_normal((50, 400)) * decay * 1000).astype(np.float32)
    amplitude[3] = np.nan
    even = agc(amplitude, 51)
    rms = np.sqrt(np.nanmean(even**2, axis=0))
    assert 0.6 < rms.min() < rms.max() < 1.4
    assert np.isnan(even[3]).all()
    assert np.array_equal(agc(amplitude, 0), amplitude, equal_nan=True)
    assert np.isfinite(agc(np.zeros((2, 30), np.float32), 9)).all()


def test_agc_equals_its_definition() -> None:
    amplitude = np.random.default_rng(1).standard_normal((3, 40)).astype(np.float32)
    expected = np.empty_like(amplitude)
    for window_samples in (9, 500):
        half = window_samples // 2
        for sample in range(40):
            window = amplitude[:, max(sample - half, 0) : sample + half + 1]
            expected[:, sample] = amplitude[:, sample] / np.sqrt((window.astype(float) ** 2).mean(axis=1))
        assert np.allclose(agc(amplitude, window_samples), expected, rtol=1e-5)


def test_spectrum_peaks_at_the_wavelet_frequency() -> None:
    trace = np.zeros((4, 500), np.float32)
    trace[:, 250 - 15 : 250 + 16] = ricker(30.0, 4.0)
    frequencies, amplitudes = spectrum(trace, 4.0)
    assert frequencies[amplitudes.argmax()] == pytest.approx(30.0, abs=1.5)
    assert amplitudes.max() == 1.0
    assert spectrum(np.full((2, 50), np.nan, np.float32), 4.0)[1].max() == 0.0


def test_histogram_counts_every_sample_in_its_range() -> None:
    amplitude = np.random.default_rng(0).standard_normal((100, 200)).astype(np.float32)
    amplitude[0] = np.nan
    counts, edges = histogram(amplitude)
    assert counts.sum() == np.count_nonzero(np.abs(amplitude[1:]) <= edges[-1])
    assert edges[0] == -edges[-1]


@pytest.mark.parametrize("name", sorted(COLOUR_MAPS))
def test_colour_maps_are_whole_and_distinct(name: str) -> None:
    table = colour_map(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert np.abs(np.diff(table.astype(int), axis=0)).max() <= 12  # no jumps


@pytest.mark.parametrize("name", DIVERGING)
def test_diverging_maps_are_neutral_at_zero(name: str) -> None:
    red, green, blue = COLOUR_MAPS[name][127].astype(int)
    assert max(red, green, blue) - min(red, green, blue) < 12


def test_amplitude_scale_travels_as_plain_data() -> None:
    axes = VolumeAxes(LineAxis(1, 1, 3), LineAxis(1, 1, 5), SampleAxis(0.0, 4.0, 50))
    data = np.random.default_rng(0).standard_normal(axes.shape)
    data[0, 0] = np.nan
    scale = AmplitudeScale.of(ArrayVolume(data, axes))
    assert AmplitudeScale.from_json(scale.to_json()) == scale
    scaled = scale.apply(data.astype(np.float32))
    assert scaled.min() == -1.0
    assert scaled.max() == 1.0
    assert (scaled[0, 0] == 0.0).all()
