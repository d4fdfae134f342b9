"""A time section through a memory map equals the one by pread; what must not be mapped is refused."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from segy_surveys import Survey, reorder_traces, set_word

from seisgui.errors import InputError
from seisgui.interpretation.aligned import AlignedVolume
from seisgui.seismic import mounts, sample_column, segy_volume
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.progress import finish
from seisgui.seismic.sample_column import ColumnVolume, KeptMap
from seisgui.seismic.sample_format import FORMATS
from seisgui.seismic.segy import SegyVolume, open_segy

MakeSurvey = Callable[..., Survey]


@pytest.fixture(autouse=True)
def small_files_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segy_volume, "FEW_TRACES", 0)
    monkeypatch.setattr(sample_column, "AHEAD_BYTES", 2000)  # several pieces
    monkeypatch.setattr(sample_column, "TURN_S", 0.0)


@pytest.fixture
def maps() -> Iterator[KeptMap]:
    made = KeptMap()
    yield made
    made.close()


def time_refs(volume: ColumnVolume) -> list[SectionRef]:
    return [SectionRef(Orientation.TIME, float(value)) for value in volume.axes.sample.values]


def mapped(volume: ColumnVolume, ref: SectionRef, maps: KeptMap) -> np.ndarray:
    column = volume.sample_column(ref)
    with maps.lent(column) as file:
        return volume.slice_of(ref, finish(file.read(column)))


def assert_same_slices(path: Path, maps: KeptMap) -> SegyVolume:
    volume = open_segy(path)
    assert isinstance(volume, ColumnVolume)
    for ref in time_refs(volume):
        got = mapped(volume, ref, maps)
        assert got.dtype == np.float32
        assert np.array_equal(got, volume.section(ref), equal_nan=True)
    volume.close()
    return volume


@pytest.mark.parametrize("byte_order", ["big", "little"])
@pytest.mark.parametrize("code", sorted(FORMATS))
def test_every_format_in_both_byte_orders(make_survey: MakeSurvey, maps: KeptMap, code: int, byte_order: str) -> None:
    survey = make_survey(sample_format=code, byte_order=byte_order)
    volume = assert_same_slices(survey.path, maps)
    assert volume.structure.byte_order == byte_order


def test_holes_dead_traces_duplicates_infinite_samples_and_any_order(make_survey: MakeSurvey, maps: KeptMap) -> None:
    live = np.ones((6, 9), dtype=bool)
    live[2, 3:7] = live[0, 0] = live[:5, 8] = False
    survey = make_survey(live=live, sample_format=5)
    reorder_traces(survey.path, np.append(np.random.default_rng(0).permutation(live.sum()), [7, 7, 9]))
    data = bytearray(survey.path.read_bytes())
    set_word(data, 10, 29, 2, width=2)
    data[3600 + 240 : 3600 + 248] = b"\x7f\x80\x00\x00\xff\x80\x00\x00"
    survey.path.write_bytes(data)
    volume = assert_same_slices(survey.path, maps)
    assert volume.scan.dead_traces == 1
    assert volume.scan.candidates[0].duplicates == 3


@pytest.mark.parametrize("shape", [(1, 9), (6, 1), (1, 1)])
def test_lines_and_a_single_trace(make_survey: MakeSurvey, maps: KeptMap, shape: tuple[int, int]) -> None:
    axes = VolumeAxes(LineAxis(12, 1, shape[0]), LineAxis(77, 1, shape[1]), SampleAxis(0.0, 2.0, 25))
    assert_same_slices(make_survey(axes).path, maps)


def test_long_traces_are_announced_one_by_one(
    make_survey: MakeSurvey, maps: KeptMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_column, "SPARSE_BYTES", 100)
    assert_same_slices(make_survey().path, maps)


def test_a_volume_on_the_axes_of_its_dataset(make_survey: MakeSurvey, maps: KeptMap) -> None:
    source = open_segy(make_survey().path)
    axes = VolumeAxes(LineAxis(98, 1, 10), LineAxis(300, 2, 12), SampleAxis(-8.0, 4.0, 30))
    volume = AlignedVolume(source, axes)
    refs = time_refs(volume)
    assert [ref for ref in refs if volume.sample_column(ref) is None] == [*refs[:2], *refs[-3:]]
    for ref in refs[2:-3]:
        assert np.array_equal(mapped(volume, ref, maps), volume.section(ref), equal_nan=True)
    source.close()


def test_a_column_outlives_the_confirmation_of_the_headers(
    make_survey: MakeSurvey, maps: KeptMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dead traces that the sample has not told of are holes in a section whose column was read before."""
    monkeypatch.setattr(sample_column, "AHEAD_BYTES", 1 << 20)
    survey = make_survey(VolumeAxes(LineAxis(50, 2, 120), LineAxis(900, 1, 200), SampleAxis(0.0, 4.0, 25)))
    data = bytearray(survey.path.read_bytes())
    set_word(data, 5 * 200 + 33, 29, 2, width=2)
    survey.path.write_bytes(data)
    volume = open_segy(survey.path)
    ref = SectionRef(Orientation.TIME, 8.0)
    column = volume.sample_column(ref)
    with maps.lent(column) as file:
        raw = finish(file.read(column))
    assert volume.provisional
    assert np.array_equal(volume.slice_of(ref, raw), survey.amplitude[:, :, 2])
    assert finish(volume.confirm_steps())
    got = volume.slice_of(ref, raw)
    assert np.isnan(got[5, 33])
    assert np.isnan(got).sum() == 1
    assert np.array_equal(got, volume.section(ref), equal_nan=True)
    volume.close()


def test_vertical_sections_and_small_files_have_no_column(
    make_survey: MakeSurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = open_segy(make_survey().path)
    assert volume.sample_column(SectionRef(Orientation.INLINE, 102)) is None
    assert volume.sample_column(SectionRef(Orientation.CROSSLINE, 302)) is None
    monkeypatch.setattr(segy_volume, "FEW_TRACES", 55)
    assert volume.sample_column(SectionRef(Orientation.TIME, 8.0)) is None
    monkeypatch.setattr(segy_volume, "FEW_TRACES", 54)
    assert volume.sample_column(SectionRef(Orientation.TIME, 8.0)) is not None
    volume.close()


def test_a_column_of_another_shape_is_no_section(make_survey: MakeSurvey) -> None:
    volume = open_segy(make_survey().path)
    with pytest.raises(ValueError, match="not the shape"):
        volume.slice_of(SectionRef(Orientation.TIME, 8.0), np.zeros((53, 4), np.uint8))
    volume.close()


def test_a_file_that_shrinks_while_it_is_read_is_noticed_before_the_next_piece(
    make_survey: MakeSurvey, maps: KeptMap
) -> None:
    survey = make_survey()
    volume = open_segy(survey.path)
    column = volume.sample_column(SectionRef(Orientation.TIME, 8.0))

    def read() -> Iterator[object]:
        with maps.lent(column) as file:
            yield from file.read(column)

    steps = read()
    next(steps)
    os.truncate(survey.path, 4000)
    with pytest.raises(InputError, match="changed or replaced"):
        next(steps)
    assert maps._kept is None
    volume.close()


@pytest.mark.parametrize("change", ["replaced", "written to", "gone"])
def test_another_file_than_the_window_has_opened_is_refused(
    make_survey: MakeSurvey, maps: KeptMap, change: str
) -> None:
    survey = make_survey()
    volume = open_segy(survey.path)
    ref = SectionRef(Orientation.TIME, 8.0)
    column, raw = volume.sample_column(ref), np.zeros((54, 4), np.uint8)
    data = survey.path.read_bytes()
    if change == "written to":
        os.utime(survey.path, (1, 1))
    else:
        survey.path.unlink()
    if change == "replaced":
        survey.path.write_bytes(data)
    with pytest.raises(InputError, match="cannot be opened" if change == "gone" else "changed or replaced"):
        maps.lent(column).__enter__()
    with pytest.raises(InputError):
        volume.slice_of(ref, raw)
    volume.close()


def test_a_file_on_a_network_mount_is_not_mapped(
    make_survey: MakeSurvey, maps: KeptMap, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    volume = open_segy(make_survey().path)
    table = tmp_path / "mounts"
    table.write_text(f"server:/x {tmp_path.resolve()} nfs4 rw 0 0\n")
    monkeypatch.setattr(mounts, "MOUNTS", table)
    with maps.lent(volume.sample_column(SectionRef(Orientation.TIME, 8.0))) as file:
        assert file is None
    volume.close()


def test_readers_that_take_turns_share_a_map_and_the_last_one_is_kept(make_survey: MakeSurvey, maps: KeptMap) -> None:
    volume, other = open_segy(make_survey().path), open_segy(make_survey(name="other.sgy").path)
    ref = SectionRef(Orientation.TIME, 8.0)
    column, foreign = volume.sample_column(ref), other.sample_column(ref)
    with maps.lent(column) as first:
        steps = first.read(column)
        next(steps)
        with maps.lent(column) as second, maps.lent(foreign) as third:
            assert second is first
            assert third is not first
            finish(third.read(foreign))
        assert np.array_equal(volume.slice_of(ref, finish(steps)), volume.section(ref))
    with pytest.raises(ValueError, match="closed"):
        first._map[0]
    if sample_column.KEEPS:
        assert maps._kept is third
    volume.close()
    other.close()


def test_a_map_that_nobody_asks_for_is_let_go(make_survey: MakeSurvey) -> None:
    maps = KeptMap(0.05)
    volume = open_segy(make_survey().path)
    column = volume.sample_column(SectionRef(Orientation.TIME, 8.0))
    with maps.lent(column) as file:
        finish(file.read(column))
    until = time.monotonic() + 5
    while maps._kept is not None:
        assert time.monotonic() < until
        time.sleep(0.01)
    with pytest.raises(ValueError, match="closed"):
        file._map[0]
    volume.close()


def test_a_reader_that_is_closed_on_its_way_leaves_nothing_open(make_survey: MakeSurvey, maps: KeptMap) -> None:
    volume = open_segy(make_survey().path)
    column = volume.sample_column(SectionRef(Orientation.TIME, 8.0))

    def read() -> Iterator[object]:
        with maps.lent(column) as file:
            yield from file.read(column)

    steps = read()
    next(steps)
    file = maps._kept
    steps.close()
    assert maps._kept is None
    with pytest.raises(ValueError, match="closed"):
        file._map[0]
    volume.close()
