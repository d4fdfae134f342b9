"""Picks in and out: what a file says comes back, and what it says wrongly is told in a sentence."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seisgui.errors import InputError
from seisgui.interpretation.pick_csv import COLUMNS, read_rows, write_csv
from seisgui.interpretation.pick_events import (
    catalogue_of,
    read_nonlinloc,
    read_quakeml,
    write_nonlinloc,
    write_quakeml,
)
from seisgui.interpretation.pick_exchange import export_picks, import_picks
from seisgui.interpretation.pick_headers import HeaderWord
from seisgui.interpretation.pick_matching import AMBIGUOUS, OUTSIDE, UNKNOWN, match_picks
from seisgui.interpretation.picks import Pick
from seisgui.interpretation.project import Project
from seisgui.seismic.record_table import NamedIds, RecordTable, make_table

START = 1562383193.04  # 2019-07-06T03:19:53.04
N_TRACES, N_SAMPLES, INTERVAL_US = 12, 250, 4000


@pytest.fixture
def stations() -> RecordTable:
    """Six records of 30 s at 100 Hz: two events at three stations, one of them without a network."""
    return make_table(
        np.full(6, 100.0),
        np.full(6, 3000),
        stations=(np.array([0, 1, 2, 0, 1, 2], np.int32), ("NC.MCB", "NC.MDR", "well 7")),
        gathers=(np.array([0, 0, 0, 1, 1, 1], np.int32), ("first", "second")),
        start=START + np.repeat([0.0, 600.0], 3),
        components=("E", "N", "Z"),
        ids=NamedIds([f"{event}/{station}" for event in "ab" for station in ("MCB", "MDR", "7")]),
    )


PICKS = (
    Pick(1, "a/MCB", "P", 3.001234, 0.02, "up"),
    Pick(2, "a/MCB", "S", 7.5, None, "", "accepted", 0.875, "run-7"),
    Pick(3, "a/7", "P", 29.99, 0.5, "down", "imported", None, None, "smi:org.gfz/autopick"),
    Pick(4, "b/MCB", "Pn", 0.0, None, "", "automatic", 0.31, None, "sta-lta"),
)


def rows_of(table: RecordTable) -> list[tuple[int, Pick]]:
    return [(table.index_of(pick.record), pick) for pick in PICKS]


def assert_same(found: list[Pick], kept: tuple[str, ...], within: float = 1e-6) -> None:
    """Equal record, phase and time, and equal in what the format keeps."""
    assert len(found) == len(PICKS)
    for pick, original in zip(found, PICKS, strict=True):
        assert (pick.record, pick.phase) == (original.record, original.phase)
        assert pick.time == pytest.approx(original.time, abs=within)
        for name in kept:
            assert getattr(pick, name) == getattr(original, name), (original.id, name)


def test_csv_has_the_columns_of_phasenet_and_comes_back(stations: RecordTable):
    text = io.StringIO()
    write_csv(text, rows_of(stations), stations)
    lines = text.getvalue().splitlines()
    assert lines[0] == "file_name,begin_time,station_id,phase_index,phase_time,phase_score,phase_type"
    assert lines[2] == "a/MCB,2019-07-06T03:19:53.040000,NC.MCB,750,2019-07-06T03:20:00.540000,0.875,S"
    text.seek(0)
    found = match_picks(read_rows(text, "picks.csv"), stations)
    assert_same(found.picks, ())
    assert [pick.probability for pick in found.picks] == [1.0, 0.875, 1.0, 0.31]
    assert {pick.provenance for pick in found.picks} == {"imported"}


def test_csv_with_details_keeps_what_the_interpreter_said(stations: RecordTable):
    text = io.StringIO()
    write_csv(text, rows_of(stations), stations, details=True)
    text.seek(0)
    assert_same(match_picks(read_rows(text, "x"), stations).picks, ("uncertainty", "polarity", "provenance"))


def test_csv_of_phasenet_finds_records_by_station_and_time(stations: RecordTable):
    text = (
        "station_id\tphase_time\tphase_score\tphase_type\tphase_polarity\n"
        "NC.MDR..HH\t2019-07-06T03:29:55.040\t0.9\tP\t0.1\n"
        "MCB\t2019-07-06T03:20:00.040Z\t0.8\tS\t0.1\n"
        "Well 7\t2019-07-06T05:29:54.040+02:00\t0.7\tP\t0.1\n"
    )
    found = match_picks(read_rows(io.StringIO(text), "x"), stations).picks
    assert [(pick.record, round(pick.time, 6)) for pick in found] == [("b/MDR", 2.0), ("a/MCB", 7.0), ("b/7", 1.0)]


def test_quakeml_read_back_by_obspy_is_equal_and_valid(stations: RecordTable, tmp_path: Path):
    from obspy import read_events

    catalogue = catalogue_of(rows_of(stations), stations, "calaveras")
    file = tmp_path / "picks.xml"
    file.write_bytes(write_quakeml(catalogue))
    again = read_events(str(file))
    assert again == catalogue
    first = again[0].picks[0]
    assert str(first.time) == "2019-07-06T03:19:56.041234Z"
    assert (first.waveform_id.network_code, first.waveform_id.station_code) == ("NC", "MCB")
    assert (first.phase_hint, first.polarity, first.evaluation_mode) == ("P", "positive", "manual")
    assert first.time_errors.uncertainty == 0.02
    assert [pick.evaluation_mode for event in again for pick in event.picks] == [
        "manual", "automatic", "manual", "automatic",
    ]  # fmt: skip
    assert str(again[0].picks[1].method_id) == "smi:local/seisgui/run/run-7"
    again.write(io.BytesIO(), format="QUAKEML", validate=True)
    kept = ("uncertainty", "polarity", "provenance", "probability", "run_id", "method")
    assert_same(match_picks(read_quakeml(file), stations).picks, kept)


def test_quakeml_of_another_program_finds_records_by_station_and_time(stations: RecordTable, tmp_path: Path):
    from obspy import UTCDateTime
    from obspy.core.event import Catalog, Event, QuantityError, WaveformStreamID
    from obspy.core.event import Pick as EventPick

    picks = [
        EventPick(time=UTCDateTime(START + 602.5), waveform_id=WaveformStreamID("NC", "MDR", "", "HHZ"),
                  phase_hint="Sg", evaluation_mode="automatic",
                  time_errors=QuantityError(lower_uncertainty=0.1, upper_uncertainty=0.3)),
        EventPick(time=UTCDateTime(START), waveform_id=WaveformStreamID("BK", "MDR"), phase_hint="P"),
    ]  # fmt: skip
    file = tmp_path / "other.xml"
    Catalog(events=[Event(picks=picks)]).write(str(file), format="QUAKEML")
    found = match_picks(read_quakeml(file), stations)
    (pick,) = found.picks
    assert (pick.record, pick.phase, pick.provenance) == ("b/MDR", "Sg", "automatic")
    assert (pick.time, pick.uncertainty) == pytest.approx((2.5, 0.2))
    assert found.missed == {UNKNOWN: 1}  # a station of that name in another network is another station


def test_nonlinloc_comes_back_and_holds_several_events(stations: RecordTable, tmp_path: Path):
    file = tmp_path / "picks.obs"
    file.write_bytes(write_nonlinloc(catalogue_of(rows_of(stations), stations, "calaveras")))
    lines = file.read_text().splitlines()
    assert lines[1].split()[:11] == ["MCB", "?", "?", "?", "P", "u", "20190706", "0319", "56.0412", "GAU", "2.00e-02"]
    assert [line for line in lines if line.startswith("PUBLIC_ID")] == [
        "PUBLIC_ID smi:local/seisgui/calaveras/event/1", "PUBLIC_ID smi:local/seisgui/calaveras/event/2",
    ]  # fmt: skip
    found = match_picks(read_nonlinloc(file), stations).picks
    found = [next(pick for pick in found if (pick.record, pick.phase) == (p.record, p.phase)) for p in PICKS]
    assert_same(found, ("uncertainty", "polarity"), within=1e-4)


def test_what_finds_no_record_is_counted_and_told(stations: RecordTable):
    text = (
        "file_name,station_id,phase_time,phase_type\n"
        ",NC.XYZ,2019-07-06T03:19:54,P\n,NC.MCB,2019-07-06T04:19:54,P\na/MCB,,2019-07-06T03:20:54,S\n"
    )
    found = match_picks(read_rows(io.StringIO(text), "picks.csv"), stations)
    assert found.picks == []
    assert found.missed == {UNKNOWN: 1, OUTSIDE: 2}
    assert found.sentences()[0] == (f"1 of 3 picks {UNKNOWN}; the first is P on NC.XYZ (picks.csv, line 2).")


def test_a_pick_between_two_records_of_a_station_is_not_guessed():
    twice = make_table(
        np.full(2, 100.0), np.full(2, 3000), stations=(np.zeros(2, np.int32), ("NC.MCB",)), start=np.array([0.0, 10.0])
    )
    text = "station_id,begin_time,phase_time,phase_type\nNC.MCB,{},1970-01-01T00:00:15,P\n"
    found = match_picks(read_rows(io.StringIO(text.format("")), "x"), twice)
    assert found.missed == {AMBIGUOUS: 1}
    found = match_picks(read_rows(io.StringIO(text.format("1970-01-01T00:00:10")), "x"), twice)
    assert [(pick.record, pick.time) for pick in found.picks] == [("trace 2", 5.0)]


# ---- projects


def gather_file(path: Path, byte_order: str = ">") -> Path:
    """A SEG-Y file of one shot: twelve traces of a second, 4 ms, 24 ms delay; noise in unused header bytes."""
    random = np.random.default_rng(5)
    content = b" " * 3200 + bytearray(400)
    content = bytearray(content)
    struct.pack_into(f"{byte_order}h", content, 3216, INTERVAL_US)
    struct.pack_into(f"{byte_order}h", content, 3220, N_SAMPLES)
    struct.pack_into(f"{byte_order}h", content, 3224, 5)
    for trace in range(N_TRACES):
        header = bytearray(240)
        header[232:240] = random.integers(0, 256, 8, dtype=np.uint8).tobytes()
        struct.pack_into(f"{byte_order}iii", header, 0, trace + 1, trace + 1, 7)
        struct.pack_into(f"{byte_order}i", header, 12, trace + 1)
        struct.pack_into(f"{byte_order}h", header, 28, 1)
        struct.pack_into(f"{byte_order}i", header, 36, 25 * trace)
        struct.pack_into(f"{byte_order}hh", header, 114, N_SAMPLES, INTERVAL_US)
        struct.pack_into(f"{byte_order}h", header, 108, 24)
        content += header + random.normal(size=N_SAMPLES).astype(f"{byte_order}f4").tobytes()
    path.write_bytes(content)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return gather_file(tmp_path / "shot.sgy")


@pytest.fixture
def project(tmp_path: Path, data: Path) -> Iterator[Project]:
    """A project with one shot; first breaks on all traces but two."""
    made = Project.create(tmp_path / "area.seisproj")
    made.add_gathers([data])
    breaks = [Pick(0, f"trace {n + 1}", "P", 0.1 + 0.0125 * n) for n in range(N_TRACES) if n not in {3, 9}]
    made.picks().edit("Pick", add=[*breaks, Pick(0, "trace 1", "S", 0.9)])
    yield made
    made.close()


TIMES = [0.1 + 0.0125 * n for n in range(N_TRACES) if n not in {3, 9}]


@pytest.mark.parametrize(
    ("word", "within"),
    [
        (HeaderWord(233, 4, "ms", empty=-1), 0.000501),
        (HeaderWord(237, 2, "ms"), 0.000501),
        (HeaderWord(181, 4, "us"), 5e-7),
        (HeaderWord(221, 2, "samples"), 0.002),
    ],
)
@pytest.mark.parametrize("byte_order", [">", "<"])
def test_first_breaks_go_into_a_header_word_and_no_other_byte_changes(
    project: Project, data: Path, tmp_path: Path, word: HeaderWord, within: float, byte_order: str
):
    gather_file(data, byte_order)
    out = tmp_path / "picked.sgy"
    report = export_picks(project, out, word=word)
    assert (report.picks, report.records, report.format) == (10, 10, "segy-header")
    before, after = (np.frombuffer(file.read_bytes(), np.uint8) for file in (data, out))
    assert len(before) == len(after)
    position = (np.flatnonzero(before != after) - 3600) % (240 + 4 * N_SAMPLES)
    assert set(position.tolist()) <= set(range(word.byte - 1, word.last_byte))
    raw = [after[3600 + n * 1240 + word.byte - 1 :][: word.width].tobytes() for n in range(N_TRACES)]
    values = [int.from_bytes(word_of, "big" if byte_order == ">" else "little", signed=True) for word_of in raw]
    assert (values[3], values[9]) == (word.empty, word.empty)
    unit = {"ms": 1e3, "us": 1e6, "samples": 250.0}[word.unit]
    delay = 0.0 if word.unit == "samples" else 0.024
    assert values[0] == round((0.1 + delay) * unit)
    imported = import_picks(project, out, pick_set="again", word=word)
    assert (imported.read, imported.added, imported.missed) == (10, 10, 0)
    assert [pick.time for pick in project.picks("again").all()] == pytest.approx(TIMES, abs=within)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ((233, 2, "us"), "2 bytes hold -32768 to 32767"),
        ((114, 4, "ms"), "hold the number of samples"),
        ((239, 4, "ms"), "outside the trace header"),
        ((233, 3, "ms"), "2 or 4 bytes"),
        ((233, 4, "s"), "no unit"),
        ((233, 2, "ms", "P", 40000), "does not fit"),
        ((233, 4, "ms", "P", 124), "means that there is none"),
    ],
)
def test_a_header_word_that_cannot_hold_the_picks_is_refused(
    project: Project, tmp_path: Path, word: tuple, sentence: str
):
    with pytest.raises(InputError, match=sentence):
        export_picks(project, tmp_path / "out.sgy", word=HeaderWord(*word))
    assert not list(tmp_path.glob("*out.sgy*"))


def test_first_breaks_of_three_component_shots_go_to_every_component(tmp_path: Path):
    data = gather_file(tmp_path / "shot.sgy")
    content = bytearray(data.read_bytes())
    for trace in range(N_TRACES):  # four receivers, components 12 to 14 of each
        header = 3600 + trace * (240 + 4 * N_SAMPLES)
        struct.pack_into(">h", content, header + 28, 12 + trace % 3)
        struct.pack_into(">i", content, header + 12, trace // 3 + 1)
        struct.pack_into(">ii", content, header + 80, 100 + trace // 3, 7)
    data.write_bytes(content)
    with Project.create(tmp_path / "three.seisproj") as project:
        project.add_gathers([data])
        table = project.open_records().table
        assert (len(table), len(table.components)) == (4, 3)
        project.picks().edit("Pick", add=[Pick(0, table.id_of(1), "P", 0.2)])
        out = tmp_path / "picked.sgy"
        export_picks(project, out, word=HeaderWord(181))
        raw = out.read_bytes()
        starts = [3600 + trace * (240 + 4 * N_SAMPLES) + 180 for trace in range(N_TRACES)]
        assert [struct.unpack_from(">i", raw, at)[0] for at in starts] == [0, 0, 0, 224, 224, 224, *[0] * 6]
        again = import_picks(project, out, pick_set="again", word=HeaderWord(181))
        assert (again.read, again.added) == (1, 1)


def test_the_data_file_itself_is_never_overwritten(project: Project, data: Path):
    before = data.read_bytes()
    with pytest.raises(InputError, match="never changed"):
        export_picks(project, data, word=HeaderWord(233))
    assert data.read_bytes() == before


def test_words_that_held_something_else_are_told(project: Project, tmp_path: Path):
    (note,) = export_picks(project, tmp_path / "out.sgy", word=HeaderWord(233)).notes
    assert note == "12 traces held something else in bytes 233-236 before."


@pytest.mark.parametrize("name", ["picks.csv", "picks.xml", "picks.obs"])
def test_a_project_takes_its_own_picks_back_once(project: Project, tmp_path: Path, name: str):
    out = tmp_path / name
    report = export_picks(project, out)
    assert report.phases == {"P": 10, "S": 1}
    first = import_picks(project, out, pick_set="again")
    assert (first.read, first.added, first.present) == (11, 11, 0)
    again = import_picks(project, out, pick_set="again")
    assert (again.added, again.present) == (0, 11)
    assert {(p.record, p.phase, round(p.time, 4)) for p in project.picks("again").all()} == {
        (p.record, p.phase, round(p.time, 4)) for p in project.picks("default").all()
    }
    project.journal.undo()
    assert len(project.picks("again")) == 0


def test_rejected_picks_are_not_written(project: Project, tmp_path: Path):
    picks = project.picks()
    picks.edit("Reject", change=[replace(pick, provenance="rejected") for pick in picks.all()[1:]])
    assert export_picks(project, tmp_path / "out.csv").picks == 1
    picks.edit("Delete", remove=[picks.all()[0].id])
    with pytest.raises(InputError, match="nothing to write"):
        export_picks(project, tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "station,phase\n1,P\n", "no column phase_type, no column file_name or station_id"),
        ("a.csv", "file_name,phase_time,phase_type\nx,yesterday,P\n", "line 2: phase_time 'yesterday' is no time"),
        ("a.csv", "file_name,phase_index,phase_type\nx,nan,P\n", "line 2: phase_index 'nan' is no number"),
        ("a.csv", "file_name,phase_index,phase_type\nx,,P\n", "neither a phase_time nor a phase_index"),
        ("a.csv", "file_name,phase_index,phase_type\nx,1,\n", "the phase_type is empty"),
        ("a.csv", "file_name,phase_index,phase_type,phase_score\ntrace 1,1,P,7\n", "line 2: .* probability 7.0"),
        ("a.csv", "file_name,phase_index,phase_type\ntrace 99,1,P\n", "None of the picks of a.csv can be used"),
        ("a.csv", "file_name,phase_index,phase_type\ntrace 1,250,P\n", "lie outside their record"),
        ("a.csv", "", "no column"),
        ("a.csv", "file_name,phase_index,phase_type\n", "holds no picks"),
        ("a.xml", "<quakeml", "cannot be read as QuakeML"),
        ("a.obs", "STA ? ? ? P\n", "line 1 is no NonLinLoc observation"),
        ("a.obs", "STA ? ? ? P ? 20191306 0000 1.0 GAU 0 0 0 0\n", "no NonLinLoc observation"),
        ("a.png", "\x89PNG", "PNG|no format|cannot"),
    ],
)
def test_a_bad_file_of_picks_is_told_in_a_sentence(
    project: Project, tmp_path: Path, name: str, content: str, sentence: str
):
    file = tmp_path / name
    file.write_text(content, encoding="latin-1")
    revision = project.journal.revision
    with pytest.raises(InputError, match=sentence):
        import_picks(project, file)
    assert project.journal.revision == revision


def test_header_words_need_to_be_named_and_a_file_with_as_many_traces(project: Project, data: Path, tmp_path: Path):
    with pytest.raises(InputError, match="not said in which"):
        import_picks(project, data, file_format="segy-header")
    short = tmp_path / "short.sgy"
    short.write_bytes(data.read_bytes()[:-1240])
    with pytest.raises(InputError, match="11 traces, and the files of the dataset 12"):
        import_picks(project, short, word=HeaderWord(233))
    with pytest.raises(InputError, match="brings no picks"):
        import_picks(project, data)
    with pytest.raises(InputError, match="does not exist"):
        import_picks(project, tmp_path / "gone.csv")


def test_the_picks_that_the_data_bring_are_imported_on_request(tmp_path: Path):
    file = tmp_path / "waves.npz"
    data = np.random.default_rng(0).normal(size=(3, 3, 500)).astype(np.float32)
    np.savez(file, data=data, p=np.array([100, 200, -1]), s=np.array([150, 260, 300]), sampling_rate=50.0)
    with Project.create(tmp_path / "waves.seisproj") as project:
        project.add_gathers([file])
        report = import_picks(project, file)
        assert (report.format, report.added, report.phases) == ("known", 5, {"P": 2, "S": 3})
        times = [(pick.phase, pick.time) for pick in project.picks().all()]
        assert sorted(times) == [("P", 2.0), ("P", 4.0), ("S", 3.0), ("S", 5.2), ("S", 6.0)]
        assert project.journal.undo_text == "Import waves.npz"


def test_no_warning_escapes_and_a_name_without_a_format_is_refused(project: Project, tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export_picks(project, tmp_path / "out.obs")
    with pytest.raises(InputError, match="does not tell its format"):
        export_picks(project, tmp_path / "out.dat")
    with pytest.raises(InputError, match="no folder"):
        export_picks(project, tmp_path / "gone" / "out.csv")
    assert COLUMNS[0] == "file_name"
