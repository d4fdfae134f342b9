"""A SEG-Y volume gives the amplitudes that were written, in every format, order and orientation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from segy_surveys import Survey, reorder_traces, set_word

from seisgui.errors import InputError
from seisgui.seismic import pread
from seisgui.seismic.axes import Domain, LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.progress import finish
from seisgui.seismic.sample_format import FORMATS
from seisgui.seismic.segy import SegyVolume, fingerprint, open_segy, open_volume, opening_steps
from seisgui.seismic.volume import Volume

MakeSurvey = Callable[..., Survey]


def assert_same(volume: Volume, survey: Survey) -> None:
    """Every section of the volume equals the array it was written from."""
    axes, truth = survey.axes, survey.amplitude
    assert volume.axes == axes
    for row, number in enumerate(axes.inline.numbers):
        assert np.array_equal(volume.section(SectionRef(Orientation.INLINE, int(number))), truth[row], equal_nan=True)
    for column, number in enumerate(axes.crossline.numbers):
        got = volume.section(SectionRef(Orientation.CROSSLINE, int(number)))
        assert np.array_equal(got, truth[:, column], equal_nan=True)
    for sample, value in enumerate(axes.sample.values):
        got = volume.section(SectionRef(Orientation.TIME, float(value)))
        assert np.array_equal(got, truth[:, :, sample], equal_nan=True)


@pytest.mark.parametrize("byte_order", ["big", "little"])
@pytest.mark.parametrize("code", sorted(FORMATS))
def test_every_sample_format_in_both_byte_orders(make_survey: MakeSurvey, code: int, byte_order: str) -> None:
    survey = make_survey(sample_format=code, byte_order=byte_order)
    if code != 1 and FORMATS[code].kind[0] in "iu":
        limits = np.iinfo(FORMATS[code].kind)
        survey.amplitude[...] = np.clip(np.rint(survey.amplitude), limits.min, limits.max)
    volume = open_segy(survey.path)
    assert (volume.structure.sample_format, volume.structure.byte_order) == (code, byte_order)
    assert_same(volume, survey)
    volume.close()


@pytest.mark.parametrize("order", ["crossline by crossline", "descending", "shuffled"])
def test_traces_in_any_order(make_survey: MakeSurvey, order: str) -> None:
    survey = make_survey()
    positions = {
        "crossline by crossline": np.arange(54).reshape(6, 9).T.ravel(),
        "descending": np.arange(54)[::-1],
        "shuffled": np.random.default_rng(0).permutation(54),
    }[order]
    reorder_traces(survey.path, positions)
    volume = open_volume(survey.path)
    assert_same(volume, survey)
    volume.close()


def test_nodes_without_a_trace_are_holes(make_survey: MakeSurvey) -> None:
    live = np.ones((6, 9), dtype=bool)
    live[2, 3:7] = live[0, 0] = live[:, 8] = False
    live[3, 8] = True
    survey = make_survey(live=live)
    survey.amplitude[~live] = np.nan
    volume = open_segy(survey.path)
    assert_same(volume, survey)
    assert np.array_equal(volume.live_traces(), live)
    assert (volume.trace_index[~live] == -1).all()
    assert len(volume.sample_traces(1000)) == live.sum()
    volume.close()


def test_dead_traces_are_holes_but_keep_their_place(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    data = bytearray(survey.path.read_bytes())
    set_word(data, 10, 29, 2, width=2)
    survey.path.write_bytes(data)
    survey.amplitude[1, 1] = np.nan
    volume = open_segy(survey.path)
    assert_same(volume, survey)
    assert volume.scan.dead_traces == 1
    assert volume.trace_index[1, 1] == 10
    volume.close()


def test_the_first_of_two_traces_on_a_node_is_shown(make_survey: MakeSurvey) -> None:
    survey = make_survey()
    reorder_traces(survey.path, np.append(np.arange(54), [7, 7]))
    data = bytearray(survey.path.read_bytes())
    data[-100:] = b"\x42\x64\x00\x00" * 25
    survey.path.write_bytes(data)
    volume = open_segy(survey.path)
    assert volume.scan.candidates[0].duplicates == 2
    assert any("repeat a position" in problem for problem in volume.scan.problems)
    assert_same(volume, survey)
    volume.close()


def test_infinite_samples_are_holes(make_survey: MakeSurvey) -> None:
    survey = make_survey(sample_format=5)
    data = bytearray(survey.path.read_bytes())
    data[3600 + 240 : 3600 + 248] = b"\x7f\x80\x00\x00\xff\x80\x00\x00"
    survey.path.write_bytes(data)
    survey.amplitude[0, 0, :2] = np.nan
    volume = open_volume(survey.path)
    assert_same(volume, survey)
    volume.close()


@pytest.mark.parametrize("shape", [(1, 9), (6, 1), (1, 1)])
def test_single_lines_and_a_single_trace(make_survey: MakeSurvey, shape: tuple[int, int]) -> None:
    axes = VolumeAxes(LineAxis(12, 1, shape[0]), LineAxis(77, 1, shape[1]), SampleAxis(0.0, 2.0, 25))
    survey = make_survey(axes)
    volume = open_segy(survey.path)
    assert volume.scan.kind == "line"
    assert_same(volume, survey)
    volume.close()


def test_a_file_without_line_numbers_is_a_line_by_trace_number(make_survey: MakeSurvey) -> None:
    axes = VolumeAxes(LineAxis(1, 1, 1), LineAxis(1, 1, 9), SampleAxis(0.0, 2.0, 25), numbered=False)
    survey = make_survey(axes)
    volume = open_segy(survey.path)
    assert_same(volume, survey)
    assert volume.scan.confidence == "guess"
    assert "trace number" in volume.scan.geometry
    volume.close()


def test_coordinates_follow_scalar_and_grid(make_survey: MakeSurvey) -> None:
    x, y = np.meshgrid(np.arange(6) * 25.0 + 600_000.25, np.arange(9) * 12.5 + 6e6, indexing="ij")
    survey = make_survey(coordinates=(x, y))
    volume = open_segy(survey.path)
    found = volume.coordinates()
    assert found is not None
    assert np.allclose(found[0], x)
    assert np.allclose(found[1], y)
    volume.close()


def test_depth_and_start_come_from_the_headers(make_survey: MakeSurvey) -> None:
    axes = VolumeAxes(LineAxis(1, 1, 3), LineAxis(1, 1, 4), SampleAxis(120.0, 5.0, 25, Domain.DEPTH, "m"))
    survey = make_survey(axes, cards=["DOMAIN: DEPTH"])
    volume = open_volume(survey.path)
    assert_same(volume, survey)
    volume.close()


def test_the_layout_overrules_the_headers(make_survey: MakeSurvey) -> None:
    survey = make_survey(line_bytes=(9, 21))
    layout = SegyLayout(21, 9, interval=2.0, start=500.0, domain=Domain.DEPTH, unit="ft")
    volume = open_segy(survey.path, layout)
    assert volume.axes.inline == survey.axes.crossline
    assert volume.axes.crossline == survey.axes.inline
    assert volume.axes.sample == SampleAxis(500.0, 2.0, 25, Domain.DEPTH, "ft")
    assert SegyLayout.from_json(volume.layout.to_json()) == volume.layout
    volume.close()
    data = bytearray(survey.path.read_bytes())
    for trace in range(54):
        set_word(data, trace, 73, trace**4)
    survey.path.write_bytes(data)
    with pytest.raises(InputError, match="do not number the lines"):
        open_volume(survey.path, SegyLayout(73, 5))
    with pytest.raises(InputError, match="does not lie in"):
        open_volume(survey.path, SegyLayout(239, 5))


def test_reopening_with_the_remembered_layout_gives_the_same_axes(make_survey: MakeSurvey) -> None:
    for survey in (make_survey(), make_survey(name="other.sgy", line_bytes=(5, 233))):
        first = open_segy(survey.path)
        again = open_segy(survey.path, SegyLayout.from_json(first.layout.to_json()))
        assert first.axes == again.axes
        first.close()
        again.close()


def test_fingerprint_tells_files_apart(make_survey: MakeSurvey) -> None:
    one, other = make_survey(), make_survey(name="other.sgy")
    assert fingerprint(one.path) == fingerprint(other.path)
    data = bytearray(other.path.read_bytes())
    data[-1] ^= 1
    other.path.write_bytes(data)
    assert fingerprint(one.path) != fingerprint(other.path)


def test_real_files_agree_with_segyio(shared_data: Path) -> None:
    segyio = pytest.importorskip("segyio")
    for name in ("f3-ebcidctest", "f3_inline339_digitised", "penobscot_xl1155", "volve10r12-full-twt-arb"):
        path = shared_data / "segy" / f"{name}.sgy"
        volume = open_volume(path)
        assert isinstance(volume, SegyVolume)
        with segyio.open(str(path), ignore_geometry=True) as other:
            order = volume.trace_index.ravel()
            theirs = np.stack([other.trace[int(position)].copy() for position in order])
        n_inline, n_crossline, n_sample = volume.axes.shape
        for row in range(n_inline):
            ref = SectionRef(Orientation.INLINE, int(volume.axes.inline.numbers[row]))
            part = theirs.reshape(n_inline, n_crossline, n_sample)[row]
            assert np.allclose(volume.section(ref), part, rtol=1e-6)
        volume.close()


LARGE = VolumeAxes(LineAxis(50, 2, 120), LineAxis(900, 1, 200), SampleAxis(0.0, 4.0, 25))


def test_a_large_survey_opens_on_a_sample_and_is_confirmed(make_survey: MakeSurvey) -> None:
    x, y = np.meshgrid(np.arange(120) * 25.0 + 6e5, np.arange(200) * 12.5 + 6e6, indexing="ij")
    survey = make_survey(LARGE, coordinates=(x, y + x / 1000))
    volume = open_segy(survey.path)
    assert volume.provisional
    assert not volume.scan.complete
    assert volume.axes == LARGE
    rows = (SectionRef(Orientation.INLINE, 50), SectionRef(Orientation.CROSSLINE, 1000))
    assert np.array_equal(volume.section(rows[0]), survey.amplitude[0])
    assert np.array_equal(volume.section(rows[1]), survey.amplitude[:, 100])
    found = volume.coordinates()
    assert found is not None
    assert np.allclose(found[0], x, atol=0.02)
    assert np.allclose(found[1], y + x / 1000, atol=0.02)
    assert finish(volume.confirm_steps())
    assert not volume.provisional
    assert volume.scan.complete
    assert np.array_equal(volume.section(rows[1]), survey.amplitude[:, 100])
    volume.close()


def test_a_section_of_a_provisional_survey_shows_dead_traces_as_holes(make_survey: MakeSurvey) -> None:
    survey = make_survey(LARGE)
    data = bytearray(survey.path.read_bytes())
    set_word(data, 5 * 200 + 33, 29, 2, width=2)
    survey.path.write_bytes(data)
    volume = open_segy(survey.path)
    assert volume.provisional
    assert np.isnan(volume.section(SectionRef(Orientation.INLINE, 60))[33]).all()
    assert finish(volume.confirm_steps())
    assert not volume.live_traces()[5, 33]
    volume.close()


def test_traces_swapped_between_the_sampled_ones_are_noticed(make_survey: MakeSurvey) -> None:
    survey = make_survey(LARGE)
    order = np.arange(24000)
    order[[7 * 200 + 20, 7 * 200 + 21]] = order[[7 * 200 + 21, 7 * 200 + 20]]
    reorder_traces(survey.path, order)
    volume = open_segy(survey.path)
    assert volume.provisional
    assert np.array_equal(volume.section(SectionRef(Orientation.INLINE, 64)), survey.amplitude[7])
    assert not volume.provisional
    volume.close()


def test_a_survey_whose_sample_misled_is_read_whole_when_opened_again(
    make_survey: MakeSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEISGUI_CACHE", str(tmp_path / "cache"))
    survey = make_survey(LARGE)
    data = bytearray(survey.path.read_bytes())
    set_word(data, 7 * 200 + 20, 189, 400)  # one trace, not in the sample, far off the survey
    survey.path.write_bytes(data)
    assert not finish(opening_steps(survey.path)).complete
    volume = open_segy(survey.path)
    assert volume.provisional
    with pytest.raises(InputError, match="do not lie as their first headers suggested"):
        volume.section(SectionRef(Orientation.INLINE, 64))
    volume.close()

    again = open_segy(survey.path)
    assert not again.provisional
    assert again.axes.inline.last == 400
    assert np.array_equal(again.section(SectionRef(Orientation.INLINE, 400))[20], survey.amplitude[7, 20])
    assert finish(opening_steps(survey.path)).complete
    again.close()


def test_a_large_survey_with_holes_is_read_whole(make_survey: MakeSurvey) -> None:
    live = np.ones((120, 200), dtype=bool)
    live[60, 50:] = False
    survey = make_survey(LARGE, live=live)
    survey.amplitude[~live] = np.nan
    volume = open_segy(survey.path)
    assert not volume.provisional
    assert np.array_equal(volume.live_traces(), live)
    assert np.array_equal(volume.section(SectionRef(Orientation.TIME, 40)), survey.amplitude[:, :, 10], equal_nan=True)
    volume.close()


def test_closing_under_a_reader_never_lets_it_read_another_file(
    make_survey: MakeSurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system gives the number of a closed file to the next one that is opened."""
    survey, other = make_survey(name="one.sgy"), make_survey(name="other.sgy")
    data = bytearray(other.path.read_bytes())
    data[3600:] = bytes(len(data) - 3600)
    volume = open_segy(survey.path)
    other.path.write_bytes(data)
    reading, closed, pread_into = threading.Event(), threading.Event(), pread.pread_into

    def late(descriptor: int, view: memoryview, offset: int, lock: threading.Lock) -> int:
        reading.set()
        assert closed.wait(10)
        return pread_into(descriptor, view, offset, lock)

    monkeypatch.setattr(pread, "pread_into", late)
    with ThreadPoolExecutor(1) as pool:
        section = pool.submit(volume.section, SectionRef(Orientation.INLINE, 100))
        assert reading.wait(10)
        volume.close()
        with other.path.open("rb"):
            closed.set()
            assert np.array_equal(section.result(), survey.amplitude[0])
    with pytest.raises(InputError, match="has been closed"):
        volume.section(SectionRef(Orientation.INLINE, 100))
