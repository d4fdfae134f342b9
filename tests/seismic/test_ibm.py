"""IBM floats are exact both ways, with and without the compiled kernels."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seisgui.seismic import ibm

LARGEST = float(np.finfo(np.float32).max)


@pytest.fixture(params=["numpy", "compiled"], autouse=True)
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ibm, "_kernels", None)
    if request.param == "compiled":
        ibm.warm()


def value_by_definition(word: int) -> float:
    """One word by the book, in exact rational arithmetic, rounded once to float32."""
    value = Fraction(word & 0xFFFFFF, 1 << 24) * Fraction(16) ** ((word >> 24 & 127) - 64)
    return (-1.0 if word >> 31 else 1.0) * nearest_float32(value)


def nearest_float32(value: Fraction) -> float:
    """The float32 nearest to a value >= 0, ties to even, clamped to the largest."""
    if value == 0:
        return 0.0
    two = value.numerator.bit_length() - value.denominator.bit_length()
    two -= value < Fraction(2) ** two  # 2 ** two <= value < 2 ** (two + 1)
    spacing = Fraction(2) ** max(two - 23, -149)
    return float(min(round(value / spacing) * spacing, Fraction(LARGEST)))


SINGLE_BITS = [1 << place for place in range(24)]
FILLED = [(1 << place) - 1 for place in range(25)]  # 0 among them
ODD_FRACTIONS = [0xFFFFFE, 0x800001, 0x7FFFFE, 0x555555, 0xAAAAAB, 0x000003, 0x012345, 0x0FEDCB]
FRACTIONS = [*SINGLE_BITS, *FILLED, *ODD_FRACTIONS, *np.random.default_rng(5).integers(0, 1 << 24, 60).tolist()]


def test_all_exponents_and_signs_are_exact_normalised_or_not() -> None:
    words = [
        sign << 31 | exponent << 24 | fraction for sign in (0, 1) for exponent in range(128) for fraction in FRACTIONS
    ]
    expected = np.array([value_by_definition(word) for word in words])
    array = np.array(words, dtype=np.uint32)
    for decoded in (ibm.decode(array), ibm.decode(array.astype(">u4"))):
        assert np.array_equal(decoded, expected.astype(np.float32))
        assert np.array_equal(np.signbit(decoded), array >> 31 == 1)


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


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_a_float_comes_back_within_the_precision_of_the_format(values: list[float]) -> None:
    back = ibm.decode(ibm.encode(np.array(values, dtype=np.float32)))
    for value, found in zip(values, back.tolist(), strict=True):
        sixteens = 0
        while value and Fraction(16) ** sixteens <= abs(Fraction(value)):
            sixteens += 1
        while value and Fraction(16) ** (sixteens - 1) > abs(Fraction(value)):
            sixteens -= 1
        assert abs(Fraction(found) - Fraction(value)) <= Fraction(16) ** sixteens / (1 << 25)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-(1 << 21), 1 << 21), st.integers(-126, 100))
def test_numbers_of_21_bits_come_back_as_they_were(digits: int, power: int) -> None:
    value = np.array([np.ldexp(float(digits), power)], dtype=np.float32)
    assert ibm.decode(ibm.encode(value))[0] == value[0]


def test_rows_of_a_block_are_decoded_where_they_stand() -> None:
    rng = np.random.default_rng(7)
    block = rng.integers(0, 1 << 32, (9, 23), dtype=np.uint32).astype(">u4")
    source, target = np.array([7, 2, 3]), np.array([0, 4, 1])
    out = np.full((6, 20), np.nan, dtype=np.float32)
    ibm.decode_rows(block, source, 3, out, target)
    assert np.array_equal(out[target], ibm.decode(block[source, 3:]))
    assert np.isnan(out[[2, 3, 5]]).all()


@pytest.mark.parametrize("bad", [{"source": 9}, {"source": -1}, {"target": 6}, {"skip": 4}])
def test_rows_outside_the_block_are_an_error(bad: dict[str, int]) -> None:
    where = {"source": 1, "target": 1, "skip": 3} | bad
    block, out = np.zeros((9, 23), dtype=np.uint32), np.zeros((6, 20), dtype=np.float32)
    with pytest.raises((IndexError, ValueError)):
        ibm.decode_rows(block, np.array([where["source"]]), where["skip"], out, np.array([where["target"]]))


def test_shapes_are_kept() -> None:
    words = np.full((3, 4, 5), 0x41100000, dtype=np.uint32)
    assert ibm.decode(words).shape == (3, 4, 5)
    assert ibm.encode(np.ones((2, 7), dtype=np.float32)).shape == (2, 7)
