"""Words on the command line become values, or one sentence."""

from __future__ import annotations

import pytest

from seisgui.cli.options import make_layout, parse_class_map, parse_hold_out, parse_settings, parse_size
from seisgui.errors import InputError
from seisgui.learning.requests import HoldOut
from seisgui.seismic.axes import Domain


def test_held_out_areas_may_be_repeated_or_joined():
    expected = (HoldOut("inline", 100, 120), HoldOut("crossline", 443, 538))
    assert parse_hold_out(["inline:100-120", "crossline:443-538"]) == (expected, ())
    assert parse_hold_out(["inline:100-120 | crossline:538-443"]) == (expected, ())
    assert parse_hold_out(["inline:7"]) == ((HoldOut("inline", 7, 7),), ())
    assert parse_hold_out(["crossline:-20--10"]) == ((HoldOut("crossline", -20, -10),), ())
    assert parse_hold_out(None) == ((), ())


def test_stations_and_shots_are_held_out_by_name():
    lines, groups = parse_hold_out(["station:NC.MCB,BK.CVS", "station:PB.B045"], "picking")
    assert lines == ()
    assert [str(group) for group in groups] == ["station:NC.MCB", "station:BK.CVS", "station:PB.B045"]
    with pytest.raises(InputError, match="does not name held-out records"):
        parse_hold_out(["inline:7"], "picking")


@pytest.mark.parametrize("text", ["line:1-2", "inline", "inline:a-b", "inline:1-2-3", ""])
def test_a_held_out_area_that_cannot_be_read_is_named(text: str):
    with pytest.raises(InputError, match="does not name a held-out area"):
        parse_hold_out([text])


def test_class_mappings_keep_names_with_blanks():
    assert parse_class_map(["0=else", "2=high amplitude continuous"]) == {0: "else", 2: "high amplitude continuous"}
    assert parse_class_map([]) is None


@pytest.mark.parametrize("texts", [["salt"], ["x=salt"], ["7="], ["-1=salt"], ["255=salt"], ["7=salt", "7=chalk"]])
def test_a_class_mapping_that_cannot_be_read_is_refused(texts: list[str]):
    with pytest.raises(InputError, match="--class"):
        parse_class_map(texts)


def test_sizes_are_in_pixels_and_bounded():
    assert parse_size("1600x1000") == (1600, 1000)
    for text in ("big", "10x10", "99999x1000", "1600"):
        with pytest.raises(InputError, match="--size"):
            parse_size(text)


def test_settings_find_out_numbers_and_booleans():
    settings = parse_settings(["learning-rate=3e-4", "trees=25", "smooth=true", "features=local"])
    assert settings == {"learning_rate": 3e-4, "trees": 25, "smooth": True, "features": "local"}
    assert isinstance(settings["trees"], int)


def test_a_layout_is_only_made_where_something_was_given():
    nothing = (None, None, 4, None, None, None, None, None, False)
    assert make_layout(*nothing) is None
    layout = make_layout(9, 21, 4, "depth", "m", 5.0, None, None, False)
    assert layout is not None
    assert (layout.inline_byte, layout.crossline_byte, layout.domain) == (9, 21, Domain.DEPTH)


def test_header_bytes_go_together():
    with pytest.raises(InputError, match="go together"):
        make_layout(189, None, 4, None, None, None, None, None, False)
