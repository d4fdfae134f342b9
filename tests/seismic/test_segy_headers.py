"""Headers for reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from seisgui.errors import InputError
from seisgui.seismic.headers import read_headers


def test_headers_have_names_bytes_and_values(f3_line: Path) -> None:
    with read_headers(f3_line) as headers:
        assert headers.textual.splitlines()[0].startswith("C 1 F3 NETHERLANDS INLINE 339")
        assert len(headers.textual.splitlines()) == 40
        assert headers.binary["Samples per trace"] == (3221, 462)
        assert headers.binary["Sample interval (µs)"] == (3217, 4000)
        assert headers.binary["Sample format code"] == (3225, 5)
        assert headers.trace_header(10)["Crossline"] == (193, 310)
        assert headers.trace_header(950)["Inline"] == (189, 339)
        with pytest.raises(InputError, match="there is no 952"):
            headers.trace_header(951)


def test_little_endian_and_extended_headers(shared_data: Path) -> None:
    with read_headers(shared_data / "segy/f3_23x18_int16_little_endian.sgy") as headers:
        assert headers.binary["Samples per trace"][1] == 75
        assert headers.trace_header(0)["Coordinate scalar"] == (71, -10)
    with read_headers(shared_data / "segy_odd/segyio_multi-text.sgy") as headers:
        assert len(headers.extended) == 4


def test_words_lie_where_the_standard_says() -> None:
    from seisgui.seismic.header_words import BINARY_WORDS, TRACE_WORDS

    trace = {word.byte: word.name for word in TRACE_WORDS}
    for byte, name in (
        (21, "CDP"),
        (37, "Offset"),
        (71, "Coordinate scalar"),
        (109, "Delay recording time"),
        (115, "Samples in this trace"),
        (117, "Sample interval (µs)"),
        (181, "CDP X"),
        (189, "Inline"),
        (193, "Crossline"),
        (215, "Time scalar"),
    ):
        assert trace[byte] == name
    binary = {word.byte: word.name for word in BINARY_WORDS}
    for byte, name in (
        (3217, "Sample interval (µs)"),
        (3221, "Samples per trace"),
        (3225, "Sample format code"),
        (3229, "Trace sorting code"),
        (3255, "Measurement system"),
        (3257, "Impulse polarity"),
        (3501, "Revision"),
        (3505, "Extended textual headers"),
    ):
        assert binary[byte] == name
