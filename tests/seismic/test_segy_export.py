"""An export has the source's headers byte for byte, other samples, and never spoils what was there before."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from segy_surveys import Survey, reorder_traces, set_word

from seisgui.errors import FailureError, InputError
from seisgui.seismic import export, export_writer
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.export import ExportReport, export_segy
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.progress import finish
from seisgui.seismic.segy import SegyVolume, open_segy

MakeSurvey = Callable[..., Survey]
CARDS = ["SEISGUI 0.1 RUN 7 FACIES", "CLASSES 0=SHALE 1=SALT"]


def classes_of(volume: SegyVolume) -> np.ndarray:
    n_inline, n_crossline, n_sample = volume.axes.shape
    row, column, sample = np.ogrid[:n_inline, :n_crossline, :n_sample]
    return ((row + column + sample // 5) % 4).astype(np.float32)


def run(volume: SegyVolume, out: Path, values: np.ndarray, sample_format: str = "int8", **more: object) -> ExportReport:
    options = {"cards": CARDS, "sidecar": {"run": "r7"}} | more
    return finish(export_segy(volume, out, lambda row: values[row], sample_format=sample_format, **options))  # type: ignore[arg-type]


def trace_headers(path: Path, n_sample: int, width: int) -> np.ndarray:
    data = np.frombuffer(path.read_bytes()[3600:], dtype=np.uint8)
    return data.reshape(-1, 240 + n_sample * width)[:, :240]


def read_back(path: Path) -> np.ndarray:
    volume = open_segy(path)
    sections = [volume.section(SectionRef(volume.axes.orientations[0], int(n))) for n in volume.axes.inline.numbers]
    volume.close()
    return np.stack(sections)


@pytest.mark.parametrize("byte_order", ["big", "little"])
@pytest.mark.parametrize(
    ("sample_format", "code", "width"), [("int8", 8, 1), ("int16", 3, 2), ("ieee", 5, 4), ("ibm", 1, 4)]
)
def test_headers_byte_for_byte_and_samples_as_given(
    make_survey: MakeSurvey, tmp_path: Path, sample_format: str, code: int, width: int, byte_order: str
) -> None:
    survey = make_survey(cards=["MY SURVEY"], byte_order=byte_order)
    volume = open_segy(survey.path)
    values, out = classes_of(volume), tmp_path / "out.sgy"
    report = run(volume, out, values, sample_format)
    source, result = survey.path.read_bytes(), out.read_bytes()
    assert np.array_equal(trace_headers(survey.path, 25, 4), trace_headers(out, 25, width))
    changed = [place for place in range(3200, 3600) if source[place] != result[place]]
    assert set(changed) <= {3224, 3225}
    assert int.from_bytes(result[3224:3226], byte_order) == code  # type: ignore[arg-type]
    assert np.array_equal(read_back(out), values)
    assert (report.traces, report.fraction_predicted) == (54, 1.0)
    volume.close()


def test_two_blank_cards_and_the_rest_untouched(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey(cards=["MY SURVEY", "", "SECOND", ""])
    volume = open_segy(survey.path)
    run(volume, tmp_path / "out.sgy", classes_of(volume), cards=[*CARDS, "A THIRD ONE"])
    before = survey.path.read_bytes()[:3200].decode("cp037")
    after = (tmp_path / "out.sgy").read_bytes()[:3200].decode("cp037")
    differing = [card for card in range(40) if before[card * 80 : card * 80 + 80] != after[card * 80 : card * 80 + 80]]
    assert differing == [1, 3]
    assert after[80:160].startswith("C 2 SEISGUI 0.1 RUN 7")
    assert after[240:320].startswith("C 4 CLASSES 0=SHALE")
    volume.close()


def test_a_full_textual_header_stays_as_it_is(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey(cards=[f"CARD {number}" for number in range(40)])
    volume = open_segy(survey.path)
    run(volume, tmp_path / "out.sgy", classes_of(volume))
    assert survey.path.read_bytes()[:3200] == (tmp_path / "out.sgy").read_bytes()[:3200]
    sidecar = json.loads((tmp_path / "out.json").read_text())
    assert sidecar["textual_cards"] == []
    assert (sidecar["run"], sidecar["fraction_predicted"], sidecar["verified"]) == ("r7", 1.0, True)
    volume.close()


def test_revision_is_raised_where_the_format_needs_it(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey()
    data = bytearray(survey.path.read_bytes())
    data[3500:3502] = b"\x00\x00"
    survey.path.write_bytes(data)
    volume = open_segy(survey.path)
    for name, revision in (("int8", b"\x01\x00"), ("ieee", b"\x01\x00"), ("int16", b"\x00\x00"), ("ibm", b"\x00\x00")):
        run(volume, tmp_path / "out.sgy", classes_of(volume), name)
        assert (tmp_path / "out.sgy").read_bytes()[3500:3502] == revision
    volume.close()


def test_no_value_holes_dead_and_repeated_traces(make_survey: MakeSurvey, tmp_path: Path) -> None:
    live = np.ones((6, 9), dtype=bool)
    live[3, 4] = False
    survey = make_survey(live=live)
    reorder_traces(survey.path, np.append(np.random.default_rng(0).permutation(53), [5]))
    data = bytearray(survey.path.read_bytes())
    set_word(data, 0, 29, 2, width=2)
    survey.path.write_bytes(data)
    volume = open_segy(survey.path)
    values = classes_of(volume)
    values[2, :, 10:] = np.nan
    report = run(volume, tmp_path / "out.sgy", values)
    written = np.frombuffer((tmp_path / "out.sgy").read_bytes()[3600:], dtype=np.int8).reshape(54, 265)[:, 240:]
    rows, columns = np.divmod(volume.node_of_trace, 9)
    expected = np.nan_to_num(values[rows, columns], nan=-1)
    expected[0] = -1
    assert np.array_equal(written, expected)
    assert report.fraction_predicted == pytest.approx((expected >= 0).mean())
    assert np.array_equal(trace_headers(survey.path, 25, 4), trace_headers(tmp_path / "out.sgy", 25, 1))
    volume.close()


@pytest.mark.parametrize("together", [1, 2, 6])
def test_a_file_sorted_by_crossline(
    make_survey: MakeSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(export_writer, "GROUP_BYTES", together * 9 * 25 * 4)
    survey = make_survey()
    reorder_traces(survey.path, np.arange(54).reshape(6, 9).T.ravel())
    volume = open_segy(survey.path)
    values = classes_of(volume)
    run(volume, tmp_path / "out.sgy", values)
    assert np.array_equal(read_back(tmp_path / "out.sgy"), values)
    assert np.array_equal(trace_headers(survey.path, 25, 4), trace_headers(tmp_path / "out.sgy", 25, 1))
    volume.close()


def test_extended_headers_and_repaired_files(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey()
    data = survey.path.read_bytes()
    extended = data[:3504] + b"\x00\x01" + data[3506:3600] + b"\x40" * 3200 + data[3600:-7]
    survey.path.write_bytes(extended)
    volume = open_segy(survey.path, SegyLayout(repair=True))
    run(volume, tmp_path / "out.sgy", classes_of(volume), "ieee")
    result = (tmp_path / "out.sgy").read_bytes()
    assert result[3600:6800] == b"\x40" * 3200
    assert len(result) == 6800 + 53 * 340
    volume.close()


def test_values_that_do_not_fit_are_refused(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    with pytest.raises(InputError, match="do not fit 1-byte integers"):
        run(volume, tmp_path / "out.sgy", classes_of(volume) + 200)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["survey.sgy"]
    volume.close()


def test_the_source_and_bad_places_are_refused(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey()
    volume = open_segy(survey.path)
    before = survey.path.read_bytes()
    for out, sentence in (
        (survey.path, "is the source itself"),
        (tmp_path / "nowhere" / "out.sgy", "does not exist"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(InputError, match=sentence):
            run(volume, out, classes_of(volume))
    with pytest.raises(InputError, match="no sample format"):
        run(volume, tmp_path / "out.sgy", classes_of(volume), "float")
    assert survey.path.read_bytes() == before
    volume.close()


def test_cancelling_leaves_the_old_file(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    out = tmp_path / "out.sgy"
    out.write_bytes(b"what was there before")
    values = classes_of(volume)
    steps = export_segy(volume, out, lambda row: values[row], sample_format="int8", cards=CARDS, sidecar={})
    for _ in range(3):
        next(steps)
    steps.close()
    assert out.read_bytes() == b"what was there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.sgy", "survey.sgy"]
    volume.close()


@pytest.fixture
def no_file_above_10_kb() -> Iterator[None]:
    """The system itself refuses to write more: what a full disk does, without filling one."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


def test_running_out_of_room_leaves_the_old_file(
    make_survey: MakeSurvey, tmp_path: Path, no_file_above_10_kb: None, request: pytest.FixtureRequest
) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    volume = open_segy(make_survey().path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    out = tmp_path / "out.sgy"
    out.write_bytes(b"what was there before")
    with pytest.raises(FailureError, match="could not be written") as caught:
        run(volume, out, classes_of(volume), "ieee")
    assert "unchanged" in caught.value.sentence
    assert out.read_bytes() == b"what was there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.sgy", "survey.sgy"]
    volume.close()


def test_a_folder_that_vanishes_is_told(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    values, folder = classes_of(volume), tmp_path / "stick"
    folder.mkdir()
    steps = export_segy(volume, folder / "out.sgy", lambda row: values[row], sample_format="int8", cards=[], sidecar={})
    next(steps)
    shutil.rmtree(folder)
    with pytest.raises(FailureError, match=r"the folder .* has gone"):
        finish(steps)
    assert not folder.exists()
    volume.close()


@pytest.mark.parametrize("accident", ["changed", "gone", "ends early"])
def test_a_source_that_changes_midway_stops_the_export(make_survey: MakeSurvey, tmp_path: Path, accident: str) -> None:
    survey = make_survey()
    volume = open_segy(survey.path)
    values, out = classes_of(volume), tmp_path / "exports" / "out.sgy"
    out.parent.mkdir()
    out.write_bytes(b"what was there before")
    steps = export_segy(volume, out, lambda row: values[row], sample_format="int8", cards=CARDS, sidecar={})
    for _ in range(3):
        next(steps)
    if accident == "changed":
        survey.path.touch()
    elif accident == "gone":
        survey.path.unlink()
    else:
        os.truncate(survey.path, 4000)
    with pytest.raises(InputError, match=r"was changed or replaced|is gone|ends early"):
        finish(steps)
    assert out.read_bytes() == b"what was there before"
    assert list(out.parent.iterdir()) == [out]
    volume.close()


def test_a_change_after_the_last_trace_counts_too(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey()
    volume = open_segy(survey.path)
    values, out = classes_of(volume), tmp_path / "out.sgy"
    steps = export_segy(volume, out, lambda row: values[row], sample_format="int8", cards=CARDS, sidecar={})
    while next(steps).phrase != "verifying":
        pass
    survey.path.touch()
    with pytest.raises(InputError, match="was changed or replaced"):
        finish(steps)
    assert not out.exists()
    volume.close()


def test_an_old_sidecar_outlives_a_file_that_cannot_take_its_name(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    values, out = classes_of(volume), tmp_path / "out.sgy"
    run(volume, out, values, sidecar={"run": "old"})
    steps = export_segy(volume, out, lambda row: values[row], sample_format="int8", cards=CARDS, sidecar={"run": "new"})
    while next(steps).phrase != "verifying":
        pass
    out.unlink()
    out.mkdir()
    with pytest.raises(FailureError, match="could not be written"):
        finish(steps)
    assert json.loads((tmp_path / "out.json").read_text())["run"] == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "out.sgy", "survey.sgy"]
    volume.close()


def test_the_time_left_is_told(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    values = classes_of(volume)
    steps = export_segy(
        volume, tmp_path / "out.sgy", lambda row: values[row], sample_format="int8", cards=CARDS, sidecar={}
    )
    told = []
    for step in steps:
        if step.phrase == "writing SEG-Y":
            told.append(step)
        time.sleep(0.1)  # a pause, which is no work
    assert [step.done for step in told] == list(range(7))
    assert told[0].eta_s is None
    assert all(step.eta_s and 0 < step.eta_s < 0.2 for step in told[2:-1])
    volume.close()


@pytest.mark.parametrize("sample_format", ["int8", "int16", "ieee", "ibm"])
def test_integers_are_written_as_they_are(make_survey: MakeSurvey, tmp_path: Path, sample_format: str) -> None:
    live = np.ones((6, 9), dtype=bool)
    live[0, 0] = False
    volume = open_segy(make_survey(live=live).path)
    values = classes_of(volume).astype(np.int16)
    values[2, 3, 4:] = -1
    report = run(volume, tmp_path / "out.sgy", values, sample_format)
    found = read_back(tmp_path / "out.sgy")
    assert np.array_equal(found[volume.live_traces()], values[volume.live_traces()])
    assert report.fraction_predicted == pytest.approx(1 - 21 / (53 * 25))
    volume.close()


def test_too_little_room_is_said_beforehand(
    make_survey: MakeSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = open_segy(make_survey().path)
    monkeypatch.setattr(export, "ROOM_FACTOR", 1e15)
    with pytest.raises(FailureError, match="MB free"):
        run(volume, tmp_path / "out.sgy", classes_of(volume))
    volume.close()


def test_a_file_that_reads_back_wrong_is_discarded(make_survey: MakeSurvey, tmp_path: Path) -> None:
    volume = open_segy(make_survey().path)
    values, out = classes_of(volume), tmp_path / "out.sgy"
    steps = export_segy(volume, out, lambda row: values[row], sample_format="int8", cards=CARDS, sidecar={})
    step = next(steps)
    while step.done < step.total:
        step = next(steps)
    draft = next(path for path in tmp_path.iterdir() if path.suffix == ".part")
    data = bytearray(draft.read_bytes())
    data[3600 + 240 + 10] ^= 0x55
    draft.write_bytes(data)
    with pytest.raises(FailureError, match="did not read back as written"):
        finish(steps)
    assert not out.exists()
    assert not draft.exists()
    volume.close()


def test_real_line(f3_line: Path, tmp_path: Path) -> None:
    volume = open_segy(f3_line)
    values = classes_of(volume)
    report = run(volume, tmp_path / "out.sgy", values)
    assert np.array_equal(read_back(tmp_path / "out.sgy"), values)
    assert np.array_equal(trace_headers(f3_line, 462, 4), trace_headers(tmp_path / "out.sgy", 462, 1))
    assert report.traces == 951
    volume.close()


def test_values_whose_sum_no_float_holds(make_survey: MakeSurvey, tmp_path: Path) -> None:
    survey = make_survey()
    volume = open_segy(survey.path)
    values = np.full(volume.axes.shape, 3e38, dtype=np.float32)
    values[1] *= -1
    values[2, 0, 0] = np.nan
    report = run(volume, tmp_path / "out.sgy", values, "ieee")
    assert report.fraction_predicted == 1 - 1 / values.size
    assert np.array_equal(read_back(tmp_path / "out.sgy"), np.where(np.isfinite(values), values, -1))
    volume.close()
