"""Attributes are what their names say, on sections of any size, and relative ages follow reflectors."""

from __future__ import annotations

import numpy as np
import pytest

from seisgui.learning.features import FeatureCache, instantaneous, section_attributes, section_planes
from seisgui.learning.filters import blur, gaussian
from seisgui.learning.stratigraphy import Flattening, relative_ages

SLOPE = 0.4  # samples a trace


def dipping(n_lateral: int = 160, n_sample: int = 200) -> np.ndarray:
    """Reflectors of one constant dip with a wavelength that changes down the section."""
    depth = np.arange(n_sample)[None] - SLOPE * (np.arange(n_lateral)[:, None] - n_lateral / 2)
    return np.cos(2 * np.pi * (depth / 14 + (depth / 90) ** 2)).astype(np.float32)


def test_envelope_and_frequency_of_a_tone():
    tone = 0.5 * np.cos(2 * np.pi * 0.1 * np.arange(300, dtype=np.float32))[None].repeat(3, axis=0)
    envelope, cosine, frequency = instantaneous(tone)
    middle = slice(60, 240)
    assert envelope[:, middle] == pytest.approx(0.5, abs=0.02)
    assert frequency[:, middle] == pytest.approx(0.1, abs=0.004)
    assert np.abs(cosine).max() <= 1.0


@pytest.mark.parametrize("kind", ["local", "context"])
@pytest.mark.parametrize("shape", [(20, 30), (1, 40), (40, 1), (3, 2), (1, 1), (70, 500)])
def test_every_size_gives_finite_planes_of_its_size(kind: str, shape: tuple[int, int]):
    scaled = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    attributes = section_attributes(scaled, kind)
    assert attributes.planes.shape[1:] == shape
    assert attributes.planes.dtype == np.float32
    assert np.isfinite(attributes.planes).all()
    assert attributes.ages.shape == (3, *shape)
    assert np.isfinite(attributes.ages).all()


def test_dead_traces_and_silence_are_finite():
    scaled = dipping(60, 80)
    scaled[20:30] = 0
    for section in (scaled, np.zeros((30, 40), dtype=np.float32)):
        attributes = section_attributes(section, "context")
        assert np.isfinite(attributes.planes).all()
        assert np.isfinite(attributes.ages).all()


def test_ages_of_one_reflector_agree_across_the_section():
    scaled = dipping()
    n_lateral, n_sample = scaled.shape
    for ages in relative_ages(scaled):
        laterals = np.arange(20, n_lateral - 20)
        reflector = 100 + SLOPE * (laterals - n_lateral / 2)
        along = [
            np.interp(depth, np.arange(n_sample), ages[lateral])
            for lateral, depth in zip(laterals, reflector, strict=True)
        ]
        # carried by dips the age stays within two samples over 48 samples of structure
        assert np.ptp(along) < 2.0
        assert np.mean(along) == pytest.approx(100, abs=2.0)


def test_dead_traces_do_not_stop_ages():
    scaled = dipping()
    scaled[70:80] = 0
    ages = relative_ages(scaled)[1]
    before, after = ages[60, 100 + round(SLOPE * (60 - 80))], ages[100, 100 + round(SLOPE * (100 - 80))]
    assert before == pytest.approx(after, abs=2.5)


def test_an_average_along_reflectors_keeps_dipping_layers_apart():
    scaled = dipping()
    flattening = Flattening.of(relative_ages(scaled)[1])
    steered, level = flattening.average(scaled, 0.5, 8.0), blur(scaled, 0.5, 8.0)
    inside = np.s_[40:-40, 60:-60]
    assert steered[inside].std() > 0.85 * scaled[inside].std()
    assert level[inside].std() < 0.5 * scaled[inside].std()


def test_attributes_look_no_further_across_than_65_traces():
    scaled = dipping(300, 100)
    changed = scaled.copy()
    changed[:100] = 0
    for kind in ("local", "context"):
        same = section_planes(scaled, kind)[:, 170:] == section_planes(changed, kind)[:, 170:]
        assert same.all()


def test_a_wide_mean_on_a_decimated_copy_is_nearly_the_exact_one():
    plane = np.random.default_rng(0).uniform(0, 1, (240, 200)).astype(np.float32)
    assert np.abs(blur(plane, 12.0) - gaussian(plane, 12.0, 12.0)).max() < 0.01


def test_the_cache_knows_a_section_by_its_content_and_forgets_the_oldest():
    first, second = dipping(40, 50), dipping(50, 40)
    cache = FeatureCache()
    planes = cache.get(first, "local")
    assert cache.get(first.copy(), "local") is planes
    changed = first.copy()
    changed[3, 4] += 0.1
    assert cache.get(changed, "local") is not planes
    small = FeatureCache(most_bytes=planes.nbytes + 1)
    kept = small.get(first, "local")
    small.get(second, "local")
    assert small.get(first, "local") is not kept


def test_an_unknown_set_is_refused():
    with pytest.raises(ValueError, match="not one of"):
        section_attributes(dipping(20, 20), "all")
