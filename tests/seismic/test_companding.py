"""Eight bits keep what the eye can tell, whatever the range of a survey."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seisgui.seismic.companding import HOLE, Compander
from seisgui.seismic.display import percentile_clip, to_uint8
from seisgui.seismic.segy import open_volume

NOISE = np.random.default_rng(0).normal(size=(200, 500)).astype(np.float32)


def decoded(compander: Compander, amplitude: np.ndarray) -> np.ndarray:
    return compander.table()[compander.encode(amplitude).astype(np.int16) + 128]


@pytest.mark.parametrize("size", [1e-12, 1.0, 3e7, 1e30])
def test_amplitudes_come_back_within_a_few_percent_at_any_scale(size: float) -> None:
    amplitude = NOISE * np.float32(size)
    compander = Compander.of(amplitude)
    error = np.abs(decoded(compander, amplitude) - amplitude)
    step = float(np.median(np.abs(amplitude))) / 32
    assert (error <= 0.04 * np.abs(amplitude) + step).all()
    assert (decoded(compander, amplitude) * np.sign(amplitude) >= 0).all()


def test_ordinary_amplitudes_keep_fine_steps_beside_a_spike_a_thousand_times_larger() -> None:
    amplitude = NOISE.copy()
    amplitude[7, 7] = 5000.0
    compander = Compander.of(amplitude)
    error = np.abs(decoded(compander, amplitude) - amplitude)
    assert np.delete(error.ravel(), 7 * 500 + 7).max() < 0.05 * 5
    assert error[7, 7] < 0.06 * 5000
    median = float(np.median(np.abs(NOISE)))
    near_zero = np.unique(compander.encode(np.linspace(-median, median, 10_000, dtype=np.float32)))
    assert len(near_zero) > 30


@pytest.mark.parametrize("name", ["f3_inline339_digitised", "penobscot_xl1155", "volve10r12-full-twt-arb"])
@pytest.mark.parametrize("rule", ["P90", "P99", "max"])
def test_real_sections_are_shown_nearly_alike_at_any_clip(shared_data: Path, name: str, rule: str) -> None:
    volume = open_volume(shared_data / "segy" / f"{name}.sgy")
    compander = Compander.of(volume.sample_traces(100))
    amplitude = volume.section(volume.axes.middle())
    clip = percentile_clip(amplitude, rule)
    shown = to_uint8(compander.table(), clip)[compander.encode(amplitude).astype(np.int16) + 128]
    error = np.abs(shown.astype(int) - to_uint8(amplitude, clip))
    assert error.mean() < 1
    assert error.max() <= 6
    volume.close()


def test_a_known_peak_is_the_end_of_the_range() -> None:
    compander = Compander.of(NOISE, peak=1e9)
    assert compander.table()[-1] == pytest.approx(1e9)
    assert compander.encode(np.float32([1e9, -1e9])).tolist() == [127, -127]


def test_zero_is_zero_and_nan_and_infinity_are_holes() -> None:
    compander = Compander.of(NOISE)
    codes = compander.encode(np.float32([0.0, -0.0, np.nan, np.inf, -np.inf]))
    assert codes.tolist() == [0, 0, HOLE, HOLE, HOLE]
    table = compander.table()
    assert table[128] == 0.0
    assert np.isnan(table[0])
    assert (np.diff(table[1:]) > 0).all()


@pytest.mark.parametrize("traces", [np.zeros((0, 50)), np.zeros((3, 50)), np.full((3, 50), np.nan), np.ones((3, 50))])
def test_a_sample_without_amplitudes_still_gives_a_law(traces: np.ndarray) -> None:
    compander = Compander.of(traces.astype(np.float32))
    amplitude = np.float32([-1.0, 0.0, 1.0])
    assert np.allclose(decoded(compander, amplitude), amplitude, rtol=0.05)


def test_the_law_is_kept_as_json() -> None:
    compander = Compander.of(NOISE)
    assert Compander.from_json(compander.to_json()) == compander
    with pytest.raises(ValueError, match="unknown"):
        Compander.from_json({**compander.to_json(), "law": "a"})
