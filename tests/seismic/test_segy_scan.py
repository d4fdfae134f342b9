"""What a scan says of real and odd files: kind, geometry, how sure, and the sentence where it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from segy_surveys import Survey, reorder_traces, set_word

from seisgui.errors import InputError
from seisgui.seismic.axes import Domain
from seisgui.seismic.geometry import stated_pair
from seisgui.seismic.progress import Progress
from seisgui.seismic.segy import open_volume, scan, scan_steps

MakeSurvey = Callable[..., Survey]

# file: kind, inlines (first, last, count), crosslines, confidence
REAL = {
    "segy/f3-ebcidctest.sgy": ("volume", (105, 106, 2), (300, 399, 100), "certain"),
    "segy/f3-withdead.sgy": ("volume", (111, 133, 23), (875, 892, 18), "certain"),
    "segy/f3_23x18_int16.sgy": ("volume", (111, 133, 23), (875, 892, 18), "certain"),
    "segy/f3_23x18_int16_little_endian.sgy": ("volume", (111, 133, 23), (875, 892, 18), "certain"),
    "segy/f3_inline339_digitised.sgy": ("line", (339, 339, 1), (300, 1250, 951), "certain"),
    "segy/penobscot_il1075-1092_int8.sgy": ("volume", (1075, 1092, 18), (1000, 1480, 481), "certain"),
    "segy/penobscot_xl1155.sgy": ("line", (1000, 1600, 601), (1155, 1155, 1), "certain"),
    "segy/volve10-migvel-depth-sub3d.sgy": ("volume", (10087, 10155, 18), (2148, 2352, 52), "certain"),
    "segy/volve10r12-full-twt-arb.sgy": ("line", (1, 1, 1), (1, 225, 225), "likely"),
    "segy_odd/segyio_Format1lsb.sgy": ("volume", (111, 133, 23), (875, 892, 18), "certain"),
    "segy_odd/segyio_Format8msb.sgy": ("volume", (111, 133, 23), (875, 892, 18), "certain"),
    "segy_odd/segyio_acute-small.sgy": ("volume", (1, 5, 5), (20, 24, 5), "certain"),
    "segy_odd/segyio_delay-scalar.sgy": ("line", (2500, 2500, 1), (1883, 1883, 1), "likely"),
    "segy_odd/segyio_small-lsb.sgy": ("volume", (1, 5, 5), (20, 24, 5), "certain"),
    "segy_odd/segyio_tiny.sgy": ("volume", (1, 3, 3), (20, 21, 2), "certain"),
}
GATHERS = {
    "segy/viking_small.segy": "480 traces in 4 field records",
    "segy_odd/segyio_1x1.sgy": "4 traces",
    "segy_odd/segyio_1xN.sgy": "24 traces in 6 inline-crossline positions",
    "segy_odd/segyio_Mx1.sgy": "24 traces in 6 inline-crossline positions",
    "segy_odd/segyio_small-ps.sgy": "24 traces in 12 inline-crossline positions",
    "segy_odd/segyio_shot-gather.sgy": "61 traces in 4 field records",
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_surveys_and_lines(shared_data: Path, name: str) -> None:
    kind, inlines, crosslines, confidence = REAL[name]
    found = scan(shared_data / name)
    best = found.candidates[0]
    assert (found.kind, found.confidence) == (kind, confidence)
    assert (best.inline_first, best.inline_last, best.n_inline) == inlines
    assert (best.crossline_first, best.crossline_last, best.n_crossline) == crosslines
    assert found.complete
    volume = open_volume(shared_data / name)
    assert volume.axes.shape == (inlines[2], crosslines[2], found.n_samples)
    assert np.isfinite(volume.section(volume.axes.middle())).any()
    volume.close()


@pytest.mark.parametrize("name", sorted(GATHERS))
def test_pre_stack_files_are_gathers(shared_data: Path, name: str) -> None:
    found = scan(shared_data / name)
    assert found.kind == "gathers"
    assert GATHERS[name] in found.geometry
    with pytest.raises(InputError, match="Add it as gathers"):
        open_volume(shared_data / name)


def test_details_that_people_trip_over(shared_data: Path) -> None:
    holes = scan(shared_data / "segy/f3-withdead.sgy")
    assert "175 of 414 nodes without a trace" in holes.geometry
    depth = scan(shared_data / "segy/volve10-migvel-depth-sub3d.sgy")
    assert (depth.domain, depth.unit, depth.interval) == (Domain.DEPTH, "m", 20.0)
    assert (depth.candidates[0].inline_step, depth.candidates[0].crossline_step) == (4, 4)
    line = scan(shared_data / "segy/volve10r12-full-twt-arb.sgy")
    assert line.geometry.startswith(
        "no inline and crossline numbers: a 2-D line by CDP number, 225 CDPs (1-225), every"
    )
    delayed = scan(shared_data / "segy_odd/segyio_delay-scalar.sgy")
    assert delayed.start == 1000.0
    penobscot = open_volume(shared_data / "segy/penobscot_xl1155.sgy")
    x, y = penobscot.coordinates() or pytest.fail("no coordinates")
    assert 728_000 < x.min() < x.max() < 743_000
    assert 4_889_000 < y.min() < y.max() < 4_900_000
    penobscot.close()


def test_long_traces_extended_headers_and_headers_alone(shared_data: Path) -> None:
    long = scan(shared_data / "segy_odd/segyio_long.sgy")
    assert (long.n_samples, long.n_traces, long.confidence) == (60000, 3, "guess")
    many = scan(shared_data / "segy_odd/segyio_multi-text.sgy")
    assert (many.n_traces, many.n_samples) == (1, 1)
    with pytest.raises(InputError, match="headers but no traces"):
        scan(shared_data / "segy_odd/segyio_text.sgy")


@pytest.mark.parametrize("line_bytes", [(9, 21), (9, 13), (17, 25), (5, 21), (181, 185), (221, 225), (233, 237)])
def test_line_numbers_anywhere_in_the_header(make_survey: MakeSurvey, line_bytes: tuple[int, int]) -> None:
    survey = make_survey(line_bytes=line_bytes)
    best = scan(survey.path).candidates[0]
    assert (best.inline_byte, best.crossline_byte) == line_bytes
    assert best.fit == 1.0


def test_two_byte_line_numbers_are_found(make_survey: MakeSurvey) -> None:
    survey = make_survey(line_bytes=(217, 221))
    data = bytearray(survey.path.read_bytes())
    for trace in range(54):
        set_word(data, trace, 217, 0)
        set_word(data, trace, 221, 0)
        set_word(data, trace, 219, 100 + trace // 9, width=2)
        set_word(data, trace, 223, 300 + trace % 9, width=2)
    survey.path.write_bytes(data)
    best = scan(survey.path).candidates[0]
    assert (best.n_inline, best.n_crossline, best.fit) == (6, 9, 1.0)


def test_the_textual_header_settles_swapped_bytes(make_survey: MakeSurvey) -> None:
    survey = make_survey(line_bytes=(193, 189), cards=["BYTES: INLINE 193-196, CROSSLINE 189-192"])
    best = scan(survey.path).candidates[0]
    assert (best.inline_byte, best.crossline_byte, best.n_inline) == (193, 189, 6)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("C37 INLINE: 189, XLINE: 193,", (189, 193)),
        ("C24 Inline number               : bytes 5-8\nC25 Xline number : bytes 21-24", (5, 21)),
        ("C24 ILINE 189 Integer - 4 byte\nC25 XLINE 193 Integer - 4 byte", (189, 193)),
        ("C 1 F3 INLINE 339, XL 300-1250", None),
        ("C 4 First inline: 10087  Last inline: 10155\nC 5 First xline:  2148   Last xline:  2352", None),
        ("nothing of the kind", None),
    ],
)
def test_cards_that_name_bytes(text: str, pair: tuple[int, int] | None) -> None:
    assert stated_pair(text) == pair


def test_random_sorting_holes_and_duplicates_still_rank_first(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    keep = np.random.default_rng(4).permutation(54)[:40]
    reorder_traces(survey.path, np.append(keep, keep[:2]))
    found = scan(survey.path)
    best = found.candidates[0]
    assert (best.inline_byte, best.crossline_byte, best.duplicates, best.holes) == (189, 193, 2, 14)
    assert found.kind == "volume"


def test_a_sampled_scan_says_that_it_is_one(make_survey: MakeSurvey) -> None:
    from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes

    axes = VolumeAxes(LineAxis(1, 1, 100), LineAxis(1, 1, 120), SampleAxis(0.0, 4.0, 8))
    survey = make_survey(axes)
    sampled, whole = scan(survey.path, sample_only=True), scan(survey.path)
    assert not sampled.complete
    assert whole.complete
    assert sampled.candidates[0].inline_byte == whole.candidates[0].inline_byte == 189
    assert (sampled.kind, sampled.layout) == (whole.kind, whole.layout)
    steps = list(scan_steps(survey.path))
    assert all(isinstance(step, Progress) for step in steps)
    assert steps[-1].done == steps[-1].total


def test_scan_as_plain_data(make_survey: MakeSurvey) -> None:
    import json

    document = json.loads(json.dumps(scan(make_survey().path).to_json()))
    assert document["candidates"][0]["inline_byte"] == 189
    assert document["geometry"].startswith("numbered lines, 6 inlines")


def test_npz_sections_and_gathers_scan_too(shared_data: Path, tmp_path: Path) -> None:
    line = scan(shared_data / "facies/f3_inline339_9class.npz")
    assert (line.kind, line.n_traces, line.n_samples, line.interval) == ("line", 951, 462, 4.0)
    assert "inline 339 x 951 crosslines (300-1250)" in line.geometry
    assert scan(shared_data / "facies/penobscot_il1075-1092_8class.npz").kind == "volume"
    assert scan(shared_data / "gathers/deepfb_obs_A.npz").kind == "gathers"
    with pytest.raises(InputError, match="does not exist"):
        scan(tmp_path / "none.npz")


def test_a_full_scan_of_a_large_file_is_remembered(make_survey: MakeSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
    from seisgui.seismic.trace_file import TraceFile

    axes = VolumeAxes(LineAxis(1, 1, 150), LineAxis(1, 1, 150), SampleAxis(0.0, 4.0, 4))
    live = np.ones((150, 150), dtype=bool)
    live[3, 100:] = False
    survey = make_survey(axes, live=live)
    first = scan(survey.path)
    read: list[int] = []
    whole = TraceFile.headers
    monkeypatch.setattr(TraceFile, "headers", lambda file, where: read.append(len(where)) or whole(file, where))
    assert scan(survey.path) == first
    assert sum(read) < 1000
    data = bytearray(survey.path.read_bytes())
    data[-1] ^= 1
    survey.path.write_bytes(data)
    scan(survey.path)
    assert sum(read) > 20_000


def test_pre_stack_positions_without_offsets_are_gathers(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    reorder_traces(survey.path, np.repeat(np.arange(54), 4))
    found = scan(survey.path)
    assert found.kind == "gathers"
    assert "54 inline-crossline positions" in found.geometry
