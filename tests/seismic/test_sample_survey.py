"""The sample survey is the same every time, opens like any survey, and its facies are told apart by its data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.segy import open_segy
from seisgui.seismic.synthetic import AXES, CLASS_NAMES, SALT, SHALE, SampleSurvey, make_sample_survey, ricker


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleSurvey:
    return make_sample_survey(tmp_path_factory.mktemp("sample") / "sample_survey.sgy")


def test_it_opens_as_a_survey_with_coordinates(sample: SampleSurvey) -> None:
    volume = open_segy(sample.path)
    assert volume.axes == AXES
    assert volume.scan.confidence == "certain"
    assert volume.scan.problems == ()
    x, y = volume.coordinates() or pytest.fail("no coordinates")
    spacing = np.hypot(np.diff(x, axis=1), np.diff(y, axis=1))
    assert np.allclose(spacing, 25.0, atol=0.02)
    volume.close()


def test_the_textual_header_says_that_it_is_synthetic(sample: SampleSurvey) -> None:
    volume = open_segy(sample.path)
    assert "SYNTHETIC" in volume.scan.textual
    assert "INLINE 189-192" in volume.scan.textual
    volume.close()


def test_every_class_is_there_and_on_the_middle_line(sample: SampleSurvey) -> None:
    shares = np.bincount(sample.classes.ravel(), minlength=len(CLASS_NAMES)) / sample.classes.size
    assert shares.min() > 0.05
    assert set(np.unique(sample.classes[20])) == set(range(len(CLASS_NAMES)))


def test_it_is_the_same_for_the_same_seed(sample: SampleSurvey, tmp_path: Path) -> None:
    again = make_sample_survey(tmp_path / "again.sgy")
    other = make_sample_survey(tmp_path / "other.sgy", seed=1)
    assert again.path.read_bytes() == sample.path.read_bytes()
    assert other.path.read_bytes() != sample.path.read_bytes()


def test_amplitudes_have_the_character_of_their_facies(sample: SampleSurvey) -> None:
    volume = open_segy(sample.path)
    section = volume.section(SectionRef(Orientation.INLINE, 120))
    truth = sample.classes[20]
    flat = ndimage.minimum_filter(truth, 9) == ndimage.maximum_filter(truth, 9)  # away from boundaries
    classes = np.where(flat, truth, -1)
    rms = {name: float(np.sqrt((section[classes == index] ** 2).mean())) for index, name in enumerate(CLASS_NAMES)}
    assert rms[CLASS_NAMES[SHALE]] < 0.5 * rms["parallel beds"]
    assert rms["high amplitude carbonate"] > 1.3 * rms["parallel beds"]
    step = np.abs(np.diff(section, axis=0)).mean(axis=0)  # change from trace to trace
    assert np.isfinite(step).all()
    neighbours = [np.corrcoef(section[100:190].ravel(), section[101:191].ravel())[0, 1]]
    assert neighbours[0] > 0.6
    assert (classes == SALT).any()
    volume.close()


def test_ricker_is_symmetric_with_zero_mean() -> None:
    wavelet = ricker(30.0, 2.0)
    assert np.array_equal(wavelet, wavelet[::-1])
    assert wavelet.max() == wavelet[len(wavelet) // 2] == 1.0
    assert abs(wavelet.sum()) < 0.01
