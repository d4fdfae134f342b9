"""Display copies hold the sections of the survey they were made of, and of no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from segy_surveys import Survey, reorder_traces, set_word

from seisgui.errors import FailureError, InputError
from seisgui.seismic import ingest
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.display_copies import DRAFT, WHOLE, CopyRecord, DisplayCopies
from seisgui.seismic.folder_lock import folder_lock
from seisgui.seismic.ingest import ingest_state, ingest_steps, needed_bytes
from seisgui.seismic.progress import finish
from seisgui.seismic.segy import open_segy
from seisgui.seismic.volume import ArrayVolume, Volume

MakeSurvey = Callable[..., Survey]
LARGE = VolumeAxes(LineAxis(50, 2, 120), LineAxis(900, 1, 200), SampleAxis(0.0, 4.0, 25))
BLOCKS = [pytest.param(1 << 20, id="one block"), pytest.param(2 * 9 * 25, id="inlines"), pytest.param(100, id="parts")]


def made(volume: Volume, folder: Path, **options: int) -> DisplayCopies:
    finish(ingest_steps(volume, folder, **options))
    copies = DisplayCopies.open(folder, volume)
    assert copies is not None
    return copies


def sections(volume: Volume) -> list[SectionRef]:
    axes = volume.axes
    return [
        *(SectionRef(Orientation.INLINE, number) for number in axes.inline.numbers.tolist()),
        *(SectionRef(Orientation.CROSSLINE, number) for number in axes.crossline.numbers.tolist()),
        *(SectionRef(Orientation.TIME, value) for value in axes.sample.values.tolist()),
    ]


def assert_copied(copies: DisplayCopies, volume: Volume) -> None:
    """Every section is the true one, coded."""
    for ref in sections(volume):
        codes = copies.codes(ref)
        assert codes.flags.c_contiguous
        assert np.array_equal(codes, copies.compander.encode(volume.section(ref))), ref


@pytest.mark.parametrize("block_bytes", BLOCKS)
@pytest.mark.parametrize("order", ["inline by inline", "crossline by crossline", "shuffled"])
def test_sections_in_all_directions_whatever_the_order_of_traces(
    make_survey: MakeSurvey, tmp_path: Path, order: str, block_bytes: int
) -> None:
    survey = make_survey()
    positions = {
        "inline by inline": np.arange(54),
        "crossline by crossline": np.arange(54).reshape(6, 9).T.ravel(),
        "shuffled": np.random.default_rng(0).permutation(54),
    }[order]
    reorder_traces(survey.path, positions)
    volume = open_segy(survey.path)
    copies = made(volume, tmp_path / "copies", block_bytes=block_bytes)
    assert_copied(copies, volume)
    table = copies.compander.table()
    shown = table[copies.codes(SectionRef(Orientation.INLINE, 103)).astype(np.int16) + 128]
    assert np.allclose(shown, survey.amplitude[3], rtol=0.05, atol=1.0)
    copies.close()
    volume.close()


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_holes_dead_traces_duplicates_and_infinite_samples(
    make_survey: MakeSurvey, tmp_path: Path, block_bytes: int
) -> None:
    live = np.ones((6, 9), dtype=bool)
    live[2, 3:7] = live[0, 0] = live[5] = False
    live[5, 8] = True
    survey = make_survey(live=live, sample_format=5)
    reorder_traces(survey.path, np.append(np.arange(live.sum()), [7, 7]))
    data = bytearray(survey.path.read_bytes())
    set_word(data, 20, 29, 2, width=2)
    data[3840:3848] = b"\x7f\x80\x00\x00\xff\x80\x00\x00"
    data[-100:] = b"\x42\x64\x00\x00" * 25
    survey.path.write_bytes(data)
    volume = open_segy(survey.path)
    copies = made(volume, tmp_path / "copies", block_bytes=block_bytes)
    assert_copied(copies, volume)
    assert (copies.codes(SectionRef(Orientation.TIME, 40))[2, 3:7] == -128).all()
    copies.close()
    volume.close()


@pytest.mark.parametrize("shape", [(1, 9), (6, 1), (1, 1)])
@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_lines_and_volumes_without_a_file(tmp_path: Path, shape: tuple[int, int], block_bytes: int) -> None:
    axes = VolumeAxes(LineAxis(12, 1, shape[0]), LineAxis(77, 1, shape[1]), SampleAxis(0.0, 2.0, 25))
    amplitude = np.random.default_rng(0).normal(size=axes.shape).astype(np.float32)
    amplitude[:, -1, 20:] = np.nan
    volume = ArrayVolume(amplitude, axes)
    copies = made(volume, tmp_path / "copies", block_bytes=block_bytes)
    assert_copied(copies, volume)
    copies.close()
    assert DisplayCopies.open(tmp_path / "copies", ArrayVolume(amplitude + 1, axes)) is None


def test_a_spike_that_no_sample_met_widens_the_range(
    make_survey: MakeSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "SAMPLED_TRACES", 2)
    survey = make_survey(sample_format=5)
    data = bytearray(survey.path.read_bytes())
    place = 3600 + 30 * 340 + 240
    data[place : place + 4] = np.array(1e7, dtype=">f4").tobytes()
    survey.path.write_bytes(data)
    volume = open_segy(survey.path)
    copies = made(volume, tmp_path / "copies", block_bytes=9 * 25)
    assert_copied(copies, volume)
    assert copies.compander.scale == pytest.approx(1e7)
    assert copies.codes(SectionRef(Orientation.INLINE, 103))[3, 0] == 127
    shown = copies.compander.table()[copies.codes(SectionRef(Orientation.INLINE, 100)).astype(np.int16) + 128]
    assert np.allclose(shown, survey.amplitude[0], rtol=0.1)
    assert len(list((tmp_path / "copies").glob("*.i8"))) == 3
    copies.close()
    volume.close()


def test_progress_ends_at_the_whole_and_tells_the_time_left(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    told = list(ingest_steps(volume, tmp_path, block_bytes=9 * 25))
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert (told[-1].done, told[-1].total, told[-1].eta_s) == (54, 54, 0.0)
    assert all(step.eta_s is not None for step in told)
    volume.close()


def test_an_ingest_that_was_closed_goes_on_where_it_was(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    assert ingest_state(tmp_path, volume).kind == "none"
    whole = made(volume, tmp_path / "whole", block_bytes=9 * 25)
    steps = ingest_steps(volume, tmp_path / "parts", block_bytes=9 * 25)
    while next(steps).done < 27:
        pass
    steps.close()
    state = ingest_state(tmp_path / "parts", volume)
    assert state.kind == "partial"
    assert 1 / 6 <= state.fraction <= 3 / 6
    assert DisplayCopies.open(tmp_path / "parts", volume) is None
    again = list(ingest_steps(volume, tmp_path / "parts"))
    assert again[0].done == round(state.fraction * 54) + 9
    assert ingest_state(tmp_path / "parts", volume).kind == "complete"
    resumed = DisplayCopies.open(tmp_path / "parts", volume)
    assert resumed is not None
    for ref in sections(volume):
        assert np.array_equal(resumed.codes(ref), whole.codes(ref))
    assert list(ingest_steps(volume, tmp_path / "parts")) == []
    whole.close()
    resumed.close()
    volume.close()


def test_a_block_is_recorded_only_when_it_is_written(
    make_survey: MakeSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = open_segy(make_survey().path)
    whole = made(volume, tmp_path / "whole")
    truth = np.stack([whole.codes(SectionRef(Orientation.INLINE, row)) for row in volume.axes.inline.numbers.tolist()])
    whole.close()
    write, recorded = CopyRecord.write, []

    def checked(record: CopyRecord, folder: Path, name: str) -> None:
        copies = {way: np.fromfile(record.file(folder, way), dtype=np.int8) for way in Orientation}
        done = slice(0, record.done)
        assert np.array_equal(copies[Orientation.INLINE].reshape(6, 9, 25)[done], truth[done])
        assert np.array_equal(copies[Orientation.CROSSLINE].reshape(9, 6, 25)[:, done].swapaxes(0, 1), truth[done])
        assert np.array_equal(np.moveaxis(copies[Orientation.TIME].reshape(25, 6, 9)[:, done], 0, 2), truth[done])
        recorded.append(record.done)
        write(record, folder, name)

    monkeypatch.setattr(CopyRecord, "write", checked)
    finish(ingest_steps(volume, tmp_path / "copies", block_bytes=9 * 25))
    assert recorded == [0, 1, 2, 3, 4, 5, 6, 6]
    volume.close()


def test_copies_of_a_file_that_has_changed_are_stale(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey()
    volume = open_segy(survey.path)
    made(volume, tmp_path / "copies").close()
    volume.close()
    data = bytearray(survey.path.read_bytes())
    data[-4:] = b"\x42\x64\x00\x00"
    survey.path.write_bytes(data)
    volume = open_segy(survey.path)
    assert DisplayCopies.open(tmp_path / "copies", volume) is None
    assert ingest_state(tmp_path / "copies", volume).kind == "stale"
    copies = made(volume, tmp_path / "copies")
    assert_copied(copies, volume)
    assert len(list((tmp_path / "copies").glob("*.i8"))) == 3
    copies.close()
    volume.close()


def test_a_draft_of_a_file_that_has_changed_is_not_gone_on_with(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey()
    volume = open_segy(survey.path)
    steps = ingest_steps(volume, tmp_path / "copies", block_bytes=9 * 25)
    while next(steps).done < 45:
        pass
    steps.close()
    volume.close()
    reorder_traces(survey.path, np.arange(54)[::-1])
    volume = open_segy(survey.path)
    assert ingest_state(tmp_path / "copies", volume).kind == "stale"
    copies = made(volume, tmp_path / "copies", block_bytes=9 * 25)
    assert_copied(copies, volume)
    copies.close()
    volume.close()


def test_other_header_bytes_make_other_copies(make_survey: MakeSurvey, tmp_path: Path) -> None:
    from seisgui.seismic.layout import SegyLayout

    survey = make_survey(VolumeAxes(LineAxis(1, 1, 6), LineAxis(1, 1, 6), SampleAxis(0.0, 4.0, 25)))
    volume, swapped = open_segy(survey.path), open_segy(survey.path, SegyLayout(193, 189))
    copies = made(volume, tmp_path)
    assert swapped.axes == volume.axes
    assert DisplayCopies.open(tmp_path, swapped) is None
    copies.close()
    volume.close()
    swapped.close()


def test_a_file_changed_during_ingest_ends_it(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey()
    volume = open_segy(survey.path)
    steps = ingest_steps(volume, tmp_path / "copies", block_bytes=9 * 25)
    next(steps)
    survey.path.write_bytes(survey.path.read_bytes())
    with pytest.raises(InputError, match="changed or replaced"):
        finish(steps)
    assert DisplayCopies.open(tmp_path / "copies", volume) is None
    volume.close()


@pytest.mark.parametrize(
    "damage", ["cut off", "zeroed", "removed", "record cut off", "record of a draft", "later version"]
)
def test_damaged_copies_are_none_and_made_again(make_survey: MakeSurvey, tmp_path: Path, damage: str) -> None:
    volume = open_segy(make_survey().path)
    folder = tmp_path / "copies"
    made(volume, folder).close()
    copy, record = next(folder.glob("*.time.i8")), folder / WHOLE
    document = json.loads(record.read_text())
    if damage == "cut off":
        copy.write_bytes(copy.read_bytes()[:-1])
    elif damage == "zeroed":
        copy.write_bytes(bytes(copy.stat().st_size))
    elif damage == "removed":
        copy.unlink()
    elif damage == "record cut off":
        record.write_bytes(record.read_bytes()[:-30])
    elif damage == "record of a draft":
        record.write_text(json.dumps({**document, "complete": False}))
    else:
        record.write_text(json.dumps({**document, "version": document["version"] + 1}))
    assert DisplayCopies.open(folder, volume) is None
    assert ingest_state(folder, volume).kind == "none"
    copies = made(volume, folder)
    assert_copied(copies, volume)
    copies.close()
    volume.close()


def test_a_copy_cut_off_while_it_is_open_is_an_error_and_no_crash(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    copies = made(volume, tmp_path / "copies")
    copy = next((tmp_path / "copies").glob("*.time.i8"))
    with copy.open("r+b") as file:
        file.truncate(100)
    with pytest.raises(FailureError, match="cut off"):
        copies.codes(SectionRef(Orientation.TIME, 80))
    copies.close()
    with pytest.raises(FailureError, match="closed"):
        copies.codes(SectionRef(Orientation.INLINE, 100))
    volume.close()


def test_threads_may_read_while_the_copies_are_closed(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    copies = made(volume, tmp_path / "copies")
    ref = SectionRef(Orientation.CROSSLINE, 304)
    truth = copies.codes(ref)

    def read_on() -> int:
        for count in range(100_000):
            try:
                assert np.array_equal(copies.codes(ref), truth)
            except FailureError:
                return count
        return -1

    with ThreadPoolExecutor(4) as pool:
        counts = [pool.submit(read_on) for _ in range(4)]
        copies.close()
        assert all(count.result() >= 0 for count in counts)
    volume.close()


def test_a_disk_without_room_is_refused(
    make_survey: MakeSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = open_segy(make_survey().path)
    need = needed_bytes(volume.axes)
    assert need == 3 * 6 * 9 * 25
    free = type("Usage", (), {"free": int(1.1 * need) - 1})()
    monkeypatch.setattr("shutil.disk_usage", lambda _: free)
    with pytest.raises(FailureError, match="Display copies need"):
        finish(ingest_steps(volume, tmp_path / "copies"))
    assert not list((tmp_path / "copies").glob("*.i8"))
    free.free += 1
    made(volume, tmp_path / "copies").close()
    volume.close()


def test_a_disk_that_refuses_is_told_in_a_sentence(make_survey: MakeSurvey, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="needs limits on file sizes")
    volume = open_segy(make_survey().path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(FailureError, match="could not be written"):
            finish(ingest_steps(volume, tmp_path / "copies"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert DisplayCopies.open(tmp_path / "copies", volume) is None
    made(volume, tmp_path / "copies").close()
    volume.close()


def test_one_ingest_at_a_time(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    steps = ingest_steps(volume, tmp_path, block_bytes=9 * 25)
    next(steps)
    with pytest.raises(FailureError, match="Another process"):
        finish(ingest_steps(volume, tmp_path))
    finish(steps)
    with folder_lock(tmp_path, "testing"):
        pass
    copies = DisplayCopies.open(tmp_path, volume)
    assert copies is not None
    assert_copied(copies, volume)
    assert not (tmp_path / DRAFT).exists()
    copies.close()
    volume.close()


def test_a_provisional_survey_is_confirmed_first(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey(LARGE)
    order = np.arange(24000)
    order[[7 * 200 + 20, 7 * 200 + 21]] = order[[7 * 200 + 21, 7 * 200 + 20]]
    reorder_traces(survey.path, order)
    volume = open_segy(survey.path)
    assert volume.provisional
    copies = made(volume, tmp_path / "copies")
    assert not volume.provisional
    ref = SectionRef(Orientation.INLINE, 64)
    assert np.array_equal(copies.codes(ref), copies.compander.encode(survey.amplitude[7]))
    copies.close()
    again = open_segy(survey.path)
    assert again.provisional
    reopened = DisplayCopies.open(tmp_path / "copies", again)
    assert reopened is not None
    reopened.close()
    again.close()
    volume.close()


def test_a_survey_whose_headers_contradict_the_first_look_is_refused(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey(LARGE)
    data = bytearray(survey.path.read_bytes())
    set_word(data, 7 * 200 + 20, 189, 5000)
    survey.path.write_bytes(data)
    volume = open_segy(survey.path)
    assert volume.provisional
    with pytest.raises(InputError, match="do not lie as their first headers suggested"):
        finish(ingest_steps(volume, tmp_path / "copies"))
    assert not (tmp_path / "copies").exists()
    volume.close()
