"""Headers for reading, and gathers before stack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from segy_surveys import Survey, set_word

from seisgui.errors import InputError
from seisgui.seismic.gathers import NpzGathers, SegyGathers, open_gathers
from seisgui.seismic.headers import read_headers

MakeSurvey = Callable[..., Survey]


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


def test_real_shots(shared_data: Path) -> None:
    gathers = open_gathers(shared_data / "segy/viking_small.segy")
    assert isinstance(gathers, SegyGathers)
    assert (gathers.n_gathers, gathers.n_traces, gathers.key_byte) == (4, 480, 9)
    assert gathers.keys[:, 0].tolist() == [3, 4, 5, 6]
    assert gathers.gather(2).shape == (120, 600)
    assert gathers.title(0) == "field record 3"
    offsets = gathers.offsets(1)
    assert offsets is not None
    assert (offsets[0], offsets[-1]) == (-3237.0, -262.0)
    source, receiver = gathers.source_and_receivers(3) or pytest.fail("no coordinates")
    assert np.allclose(receiver[:, 0] - source[:, 0], gathers.offsets(3), atol=1.0)
    gathers.close()


def test_gathers_by_position_may_be_interleaved(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    data = bytearray(survey.path.read_bytes())
    for trace in range(54):
        set_word(data, trace, 189, 7)
        set_word(data, trace, 193, 100 + trace % 6)
        set_word(data, trace, 37, 250 * (trace // 6))
    survey.path.write_bytes(data)
    gathers = open_gathers(survey.path)
    assert gathers.n_gathers == 6
    assert isinstance(gathers, SegyGathers)
    assert gathers.positions(2).tolist() == list(range(2, 54, 6))
    flat = survey.amplitude.reshape(54, 25)
    assert np.array_equal(gathers.gather(2), flat[2::6])
    assert np.array_equal(gathers.offsets(2), 250.0 * np.arange(9))
    gathers.close()


def test_npz_gathers(shared_data: Path, tmp_path: Path) -> None:
    shots = open_gathers(shared_data / "gathers/deepfb_obs_A.npz")
    assert isinstance(shots, NpzGathers)
    assert (shots.n_gathers, shots.gather(3).shape, shots.interval_stated) == (15, (32, 2048), False)
    panel = open_gathers(shared_data / "gathers/Halfmile_shot20041590_seg005.npz")
    assert (panel.gather(0).shape, panel.sample.interval) == ((101, 751), 2.0)
    np.savez(tmp_path / "none.npz", other=np.zeros(3))
    with pytest.raises(InputError, match="holds no gathers"):
        open_gathers(tmp_path / "none.npz")
