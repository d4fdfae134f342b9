"""Files that are no SEG-Y, damaged, or change while they are open: one sentence each, and never a crash."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from segy_surveys import Survey, set_word

from seisgui.errors import InputError, SeisguiError
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.records_segy import open_segy_records
from seisgui.seismic.segy import open_segy, open_volume, scan

MakeSurvey = Callable[..., Survey]


def patched(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


def words(value: int) -> bytes:
    return struct.pack(">h", value)


REFUSED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "is empty"),
    "a picture": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(9000), "is a PNG image"),
    "text": (lambda _: b"10 20 30 a list of horizons\n" * 400, "is a text file"),
    "zeros": (lambda _: bytes(100_000), "is not SEG-Y"),
    "noise": (lambda _: b"\xff" * 100_000, "is not SEG-Y"),
    "too short": (lambda data: data[:3000], "the file headers alone take 3600"),
    "no traces": (lambda data: data[:3600], "headers but no traces"),
    "cut in the first header": (lambda data: data[:3700], "cut off within its first trace header"),
    "cut in the first trace": (lambda data: data[:3900], "cut off in its first trace"),
    "unknown format": (lambda data: patched(data, 3224, words(77)), "sample format code 77"),
    "no format": (lambda data: patched(data, 3224, words(0)), "names no sample format"),
    "obsolete format": (lambda data: patched(data, 3224, words(4)), "fixed point with gain"),
    "wrong sample count": (
        lambda data: patched(patched(data, 3220, words(31)), 3600 + 114, words(31)),
        "does not divide the file",
    ),
    "absurd sample count": (
        lambda data: patched(patched(data, 3220, b"\xff\xff"), 3600 + 114, b"\xff\xff"),
        "claims 65535 samples a trace",
    ),
    "no sample count": (
        lambda data: patched(patched(data, 3220, words(0)), 3600 + 114, words(0)),
        "gives no number of samples",
    ),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_what_is_no_segy_is_refused_in_a_sentence(make_survey: MakeSurvey, case: str) -> None:
    survey = make_survey()
    damage, sentence = REFUSED[case]
    survey.path.write_bytes(damage(survey.path.read_bytes()))
    for look in (scan, open_volume, open_segy_records):
        with pytest.raises(InputError, match=sentence) as caught:
            look(survey.path)
        assert survey.path.name in caught.value.sentence
        assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        scan(tmp_path / "nowhere.sgy")
    with pytest.raises(InputError, match="is a folder"):
        open_volume(tmp_path)


def test_absurd_extended_headers_are_ignored_and_told(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    survey.path.write_bytes(patched(survey.path.read_bytes(), 3504, words(9999)))
    assert any("9999 extended textual headers" in problem for problem in scan(survey.path).problems)
    open_volume(survey.path).close()


def test_the_trace_length_that_divides_the_file_wins(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    survey.path.write_bytes(patched(survey.path.read_bytes(), 3220, words(24)))
    found = scan(survey.path)
    assert found.n_samples == 25
    assert any("says 24 samples" in problem for problem in found.problems)


def test_a_zero_interval_is_told_and_can_be_stated(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    data = bytearray(patched(survey.path.read_bytes(), 3216, words(0)))
    for trace in range(54):
        set_word(data, trace, 117, 0, width=2)
    survey.path.write_bytes(data)
    assert any("sample interval is zero" in problem for problem in scan(survey.path).problems)
    with pytest.raises(InputError, match="gives no sample interval"):
        open_volume(survey.path)
    volume = open_volume(survey.path, SegyLayout(interval=4.0))
    assert volume.axes == survey.axes
    volume.close()


@pytest.mark.parametrize("lost", [1, 100, 339])
def test_a_cut_off_last_trace_can_be_repaired(make_survey: MakeSurvey, lost: int) -> None:
    survey = make_survey()
    survey.path.write_bytes(survey.path.read_bytes()[:-lost])
    found = scan(survey.path)
    assert not found.complete
    assert found.missing_bytes == lost
    assert f"lacks {lost} of 340 bytes" in found.problems[0]
    with pytest.raises(InputError, match="cut off") as caught:
        open_volume(survey.path)
    assert "repair" in caught.value.hint
    volume = open_segy(survey.path, SegyLayout(repair=True))
    assert volume.layout.repair
    assert volume.axes == survey.axes
    assert np.isnan(volume.section(SectionRef(Orientation.INLINE, 105))[8]).all()
    assert np.isfinite(volume.section(SectionRef(Orientation.INLINE, 105))[:8]).all()
    volume.close()


def every_section(path_changed: Callable[[], None], volume_path: Path) -> None:
    """Open, change the file, and look in all three directions."""
    volume = open_volume(volume_path)
    path_changed()
    for ref in (
        SectionRef(Orientation.INLINE, 102),
        SectionRef(Orientation.CROSSLINE, 304),
        SectionRef(Orientation.TIME, 40),
    ):
        with pytest.raises(InputError) as caught:
            volume.section(ref)
        assert volume_path.name in caught.value.sentence
    with pytest.raises(InputError):
        volume.sample_traces(10)
    volume.close()


def test_a_file_removed_while_open(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    every_section(survey.path.unlink, survey.path)


def test_a_file_truncated_while_open(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    every_section(lambda: os.truncate(survey.path, 5000), survey.path)


def test_a_file_replaced_while_open(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey, other = make_survey(), make_survey(name="other.sgy", sample_format=3)
    every_section(lambda: shutil.move(other.path, survey.path), survey.path)


def test_a_closed_volume_says_so(make_survey: MakeSurvey) -> None:
    volume = open_volume(make_survey().path)
    volume.close()
    volume.close()
    with pytest.raises(InputError, match="has been closed"):
        volume.section(volume.axes.middle())


def test_a_file_without_read_permission(make_survey: MakeSurvey) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    survey = make_survey()
    survey.path.chmod(0)
    with pytest.raises(InputError, match="may not be read"):
        scan(survey.path)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"amplitude": np.zeros((3, 4))}, "has no array 'seismic'"),
        ({"seismic": np.zeros((3, 4))}, "has no time axis"),
        ({"seismic": np.zeros((3, 4)), "t_ms": np.arange(7)}, "does not fit 7 times"),
        ({"seismic": np.zeros((3, 4)), "t_ms": np.array([0, 4, 9, 12])}, "do not rise in equal steps"),
        ({"seismic": np.zeros((3, 4, 5)), "t_ms": np.arange(9)}, "does not fit its axes"),
    ],
)
def test_npz_that_is_no_section(tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str) -> None:
    path = tmp_path / "section.npz"
    np.savez(path, **arrays)
    with pytest.raises(InputError, match=sentence):
        open_volume(path)


def test_npz_that_is_no_npz(tmp_path: Path) -> None:
    path = tmp_path / "section.npz"
    path.write_bytes(b"not a zip archive")
    with pytest.raises(SeisguiError, match=r"section\.npz"):
        open_volume(path)
