"""IBM floats are exact both ways, with and without the compiled kernels."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seisgui.seismic import ibm

LARGEST = float(np.finfo(np.float32).max)


@pytest.fixture(params=["numpy", "compiled"], autouse=True)
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ibm, "_kernels", None)
    if request.param == "compiled":
        ibm.warm()


def value_by_definition(word: int) -> float:
    """One word by the book, in Python's own arithmetic."""
    sign = -1.0 if word >> 31 else 1.0
    value = math.ldexp(word & 0xFFFFFF, 4 * ((word >> 24 & 127) - 64) - 24)
    return float(np.float32(sign * min(value, LARGEST)))


def test_two_million_random_words_are_exact() -> None:
    words = np.random.default_rng(1).integers(0, 1 << 32, 2_000_000, dtype=np.uint32)
    fraction = (words & 0xFFFFFF).astype(np.longdouble)
    exponent = 4 * ((words >> 24 & 127).astype(np.int64) - 64) - 24
    value = np.ldexp(fraction, exponent.astype(np.int32))
    expected = (np.minimum(value, LARGEST) * np.where(words >> 31, -1, 1)).astype(np.float32)
    assert np.array_equal(ibm.decode(words), expected)
    assert np.array_equal(ibm.decode(words.astype(">u4")), expected)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (0x42010000, 1.0),  # unnormalised: leading zero nibble
        (0x41100000, 1.0),
        (0xC276A000, -118.625),
        (0x00000000, 0.0),
        (0x80000000, 0.0),
        (0x44000001, 2.0**-8),
        (0x7FFFFFFF, LARGEST),
        (0xFFFFFFFF, -LARGEST),
        (0x00FFFFFF, 0.0),
    ],
)
def test_known_words(word: int, value: float) -> None:
    assert ibm.decode(np.array([word], dtype=np.uint32))[0] == value
    assert value_by_definition(word) == value


def test_every_decoded_word_survives_a_round_trip_as_a_value() -> None:
    words = np.random.default_rng(2).integers(0, 1 << 32, 200_000, dtype=np.uint32)
    values = ibm.decode(words)
    assert np.array_equal(ibm.decode(ibm.encode(values)), values)


def test_encoding_is_the_nearest_word() -> None:
    rng = np.random.default_rng(3)
    values = (rng.standard_normal(100_000) * 10.0 ** rng.uniform(-30, 30, 100_000)).astype(np.float32)
    words = ibm.encode(values)
    error = np.abs(ibm.decode(words).astype(np.float64) - values)
    _, exponent = np.frexp(np.abs(values.astype(np.float64)))
    spacing = np.ldexp(1.0, 4 * -(-exponent // 4) - 24)
    assert (error <= spacing / 2).all()
    assert ((words >> 20 & 0xF) > 0).all()  # normalised


def test_special_values_never_make_infinities() -> None:
    values = np.array([np.nan, np.inf, -np.inf, LARGEST, -0.0, 1e-45, 1.17e-38], dtype=np.float32)
    assert ibm.decode(ibm.encode(values)).tolist() == pytest.approx(
        [0.0, LARGEST, -LARGEST, LARGEST, 0.0, 1e-45, 1.17e-38]
    )


def test_shapes_are_kept() -> None:
    words = np.full((3, 4, 5), 0x41100000, dtype=np.uint32)
    assert ibm.decode(words).shape == (3, 4, 5)
    assert ibm.encode(np.ones((2, 7), dtype=np.float32)).shape == (2, 7)
