"""Records of shots: npz, SEG-Y and Seismic Unix, alone and together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from segy_surveys import Survey, set_word

from seisgui.errors import InputError
from seisgui.seismic import npz_arrays
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.record_table import NamedIds, NumberedIds, group_records, make_table
from seisgui.seismic.records import open_files, open_records
from seisgui.seismic.segy import scan

MakeSurvey = Callable[..., Survey]


@pytest.fixture
def shots(make_survey: MakeSurvey) -> Survey:
    """54 traces of 25 samples as six shots of nine traces, with offsets, channels and receivers."""
    survey = make_survey(name="line.sgy")
    data = bytearray(survey.path.read_bytes())
    for trace in range(54):
        set_word(data, trace, 9, 1001 + trace // 9)
        set_word(data, trace, 13, 1 + trace % 9)
        set_word(data, trace, 37, -25 * (9 - trace % 9))
        set_word(data, trace, 189, 0)
        set_word(data, trace, 193, 0)
        set_word(data, trace, 81, 7000 + 25 * (trace % 9 + trace // 9))
        set_word(data, trace, 85, 5)
    survey.path.write_bytes(data)
    return survey


def as_su(survey: Survey, path: Path, order: str) -> Path:
    """The traces without file headers, as floats, in a byte order."""
    flat = survey.amplitude.reshape(54, 25)
    with path.open("wb") as out:
        for number, samples in enumerate(flat):
            header = np.zeros(120, dtype=f"{order}i2")
            words = {9: 1001 + number // 9, 13: 1 + number % 9, 37: 25 * (number % 9)}
            for byte, value in words.items():
                header[(byte - 1) // 2 : (byte + 3) // 2] = np.array([value], dtype=f"{order}i4").view(f"{order}i2")
            header[(29 - 1) // 2], header[(115 - 1) // 2], header[(117 - 1) // 2] = 1, 25, 4000
            out.write(header.tobytes() + samples.astype(f"{order}f4").tobytes())
    return path


def test_a_shot_file_is_read_by_shot_station_and_window(shots: Survey) -> None:
    records = open_records([shots.path])
    flat = shots.amplitude.reshape(54, 25)
    assert (len(records.table), records.table.components, records.groupings) == (54, ("Z",), ("shot", "station"))
    group = records.groups("shot")[2]
    assert group.title == "field record 1003"
    assert np.array_equal(records.read(group.records.tolist())[:, 0], flat[18:27])
    assert records.table.offset[group.records].tolist() == [-225.0, -200, -175, -150, -125, -100, -75, -50, -25]
    window = records.read([3, 50], -2, 30)
    assert np.isnan(window[:, :, :2]).all()
    assert np.isnan(window[:, :, 27:]).all()
    assert np.array_equal(window[:, 0, 2:27], flat[[3, 50]])
    assert np.array_equal(records.read([7], 20, 3)[0, 0], flat[7, 20:23])
    assert records.read([1], 40, 5).shape == (1, 1, 5)
    assert len(records.groups("station")) == 14  # receivers that several shots share
    assert records.origin(12) == (shots.path, (12,))
    with pytest.raises(ValueError, match="not grouped by 'event'"):
        records.groups("event")
    records.close()
    with pytest.raises(InputError, match="closed"):
        records.read([0])


def test_ids_are_found_again(shots: Survey) -> None:
    records = open_records([shots.path])
    assert records.table.id_of(41) == "trace 42"
    assert records.table.index_of("trace 42") == 41
    for wrong in ("trace 0", "trace 55", "trace 042", "shot 3", ""):
        assert records.table.index_of(wrong) is None
    records.close()
    names = NamedIds(["b", "a", "b", "b 2"])
    assert [names.of(index) for index in range(4)] == ["b", "a", "b 3", "b 2"]
    assert [names.find(name) for name in ("a", "b", "b 2", "b 3", "c")] == [1, 0, 3, 2, None]


def test_half_a_million_records_cost_no_objects() -> None:
    n = 500_000
    shot = np.repeat(np.arange(n // 1000, dtype=np.int32), 1000)
    offset = np.tile(np.arange(1000.0)[::-1], n // 1000)
    table = make_table(np.full(n, 500.0), np.full(n, 2000), gathers=(shot, [str(i) for i in range(500)]), offset=offset)
    groups = group_records(table.gather, table.gathers, table.offset)
    assert len(groups) == 500
    assert groups[3].records[:2].tolist() == [3999, 3998]
    assert isinstance(table.ids, NumberedIds)
    assert table.index_of(table.id_of(n - 1)) == n - 1
    assert sum(getattr(table, name).nbytes for name in ("rate", "n_samples", "offset", "start", "gather")) < 20_000_000


@pytest.mark.parametrize("order", ["<", ">"])
def test_seismic_unix_of_either_byte_order(shots: Survey, tmp_path: Path, order: str) -> None:
    for name in ("shots.su", "shots.dat"):
        records = open_records([as_su(shots, tmp_path / name, order)])
        assert np.array_equal(records.read(range(54))[:, 0], shots.amplitude.reshape(54, 25))
        assert records.table.rate[0] == 250.0
        assert [group.title for group in records.groups("shot")][:2] == ["field record 1001", "field record 1002"]
        records.close()


def test_what_a_damaged_shot_file_says(shots: Survey, tmp_path: Path) -> None:
    data = bytearray(shots.path.read_bytes())
    set_word(data, 3, 29, 2, width=2)
    set_word(data, 7, 117, 2000, width=2)
    cut = tmp_path / "cut.sgy"
    cut.write_bytes(data[:-50])
    records = open_records([cut])
    assert len(records.table) == 53
    told = "; ".join(records.problems)
    assert "cut.sgy is cut off: its last trace lacks 50 of 340 bytes" in told
    assert "1 of 53 traces of cut.sgy are marked dead" in told
    assert "cut.sgy mixes 2 sampling rates, 250 to 500 Hz" in told
    records.close()
    short = tmp_path / "short.su"
    short.write_bytes(b"\0" * 100)
    with pytest.raises(InputError, match=r"short\.su is no Seismic Unix file, or it is cut off"):
        open_records([short])


@pytest.mark.parametrize("placed", [True, False])
def test_components_of_a_receiver_are_one_record(shots: Survey, placed: bool) -> None:
    data = bytearray(shots.path.read_bytes())
    for trace in range(54):  # six shots, three receivers of X, Z, Y each
        set_word(data, trace, 29, (14, 12, 13)[trace % 3], width=2)
        set_word(data, trace, 37, 100 * (trace % 9 // 3 + 1))
        set_word(data, trace, 81, 7000 + 25 * (trace % 9 // 3) if placed else 13 * trace)
    shots.path.write_bytes(data)
    records = open_records([shots.path])
    flat = shots.amplitude.reshape(54, 25)
    assert (len(records.table), records.table.components) == (18, ("X", "Y", "Z"))
    assert np.array_equal(records.read([4])[0], flat[[12, 14, 13]])
    assert np.array_equal(records.read([4, 0], 20, 10)[:, :, :5], flat[[[12, 14, 13], [0, 2, 1]], 20:])
    assert [group.records.tolist() for group in records.groups("shot")][:2] == [[0, 1, 2], [3, 4, 5]]
    assert (records.table.id_of(4), records.table.offset[4]) == ("record 5", 200.0)
    records.close()
    set_word(data, 13, 29, 11, width=2)  # a hydrophone where the vertical was: that record lacks Z
    shots.path.write_bytes(data)
    records = open_records([shots.path])
    if placed:
        assert records.table.components == ("X", "Y", "Z", "H")
        assert np.isnan(records.read([4])[0, 2]).all()
        assert np.array_equal(records.read([4])[0, 3], flat[13])
    else:
        assert len(records.table) == 54
    records.close()


def test_constant_and_broken_traces_are_told(make_survey: MakeSurvey) -> None:
    survey = make_survey(sample_format=5)
    data = bytearray(survey.path.read_bytes())
    for trace, values in ((4, np.full(25, 2.0)), (9, np.full(25, np.nan)), (11, [np.inf, *range(24)])):
        start = 3600 + trace * 340 + 240
        data[start : start + 100] = np.asarray(values, dtype=">f4").tobytes()
    set_word(data, 37, 109, 30_000, width=2)
    set_word(data, 37, 215, 30_000, width=2)  # a delay of ten days is none
    survey.path.write_bytes(data)
    records = open_records([survey.path])
    assert records.problems == (
        "1 of 54 traces of survey are dead",
        "2 of 54 traces of survey hold samples that are NaN, infinite or damaged; they are shown as gaps",
    )
    assert np.isnan(records.read([11])[0, 0, 0])
    assert not records.table.delay.any()
    records.close()


def test_no_interval_is_asked_for(shots: Survey) -> None:
    data = bytearray(shots.path.read_bytes())
    data[3216:3218] = b"\0\0"
    for trace in range(54):
        set_word(data, trace, 117, 0, width=2)
    shots.path.write_bytes(data)
    with pytest.raises(InputError, match="gives no sampling rate"):
        open_records([shots.path])
    for stated in ({"rate": 500.0}, {"layout": SegyLayout(interval=2.0)}):
        records = open_records([shots.path], **stated)
        assert records.table.rate[0] == 500.0
        records.close()
    with pytest.raises(InputError, match="no sampling rate"):
        open_records([shots.path], rate=-1.0)


def test_several_files_are_one_set(shots: Survey, tmp_path: Path) -> None:
    other = tmp_path / "more" / "line.sgy"
    other.parent.mkdir()
    other.write_bytes(shots.path.read_bytes())
    waves = tmp_path / "waves.npz"
    data = np.random.default_rng(1).normal(size=(2, 3, 40)).astype(np.float32)
    np.savez(waves, data=data, p=[5, -1], s=[9, np.nan], name=["NC_MCB_20190706", "NC_MDR_20190706"])
    bad = tmp_path / "notes.txt"
    bad.write_text("no seismic here\n" * 400)
    opened = open_files([shots.path, other, waves, bad])
    records, table = opened.records, opened.records.table
    assert opened.used == (shots.path, other, waves)
    assert "notes.txt is a text file, in none of the formats of records" in str(opened.refusals[0])
    assert any("notes.txt" in problem for problem in records.problems)
    assert any("several sampling rates (100, 250 Hz)" in problem for problem in records.problems)
    assert table.components == ("E", "N", "Z")
    assert [table.id_of(index) for index in (0, 54, 108)] == ["line/trace 1", "line 2/trace 1", "waves/NC_MCB_20190706"]
    assert table.index_of("line 2/trace 3") == 56
    samples = records.read([109, 2])
    assert np.array_equal(samples[0], data[1])
    assert np.isnan(samples[1, :2]).all()
    assert np.array_equal(samples[1, 2, :25], shots.amplitude.reshape(54, 25)[2])
    assert [group.title for group in records.groups("shot")][:2] == [
        "line: field record 1001",
        "line: field record 1002",
    ]
    assert [(pick.record_id, pick.phase, pick.time) for pick in records.known_picks][:2] == [
        ("waves/NC_MCB_20190706", "P", 0.05),
        ("waves/NC_MCB_20190706", "S", 0.09),
    ]
    assert records.origin(55) == (other, (1,))
    assert records.origin(108) is None
    records.close()


def test_waveforms_of_an_npz(tmp_path: Path) -> None:
    file = tmp_path / "set.npz"
    data = np.ones((3, 2, 50), dtype=np.float32) * np.arange(50, dtype=np.float32)
    data[1, 0] = 0.0
    data[2, 1, 7] = np.nan
    np.savez(
        file, data=data, sampling_rate=20.0, p=[10, 0, 49], s=[20, -1, 50], components=["X", "Z"],
        shot=[7, 7, 8], station=["A", "B", "A"], offset=[100.0, 50.0, 80.0],
    )  # fmt: skip
    records = open_records([file])
    assert (records.table.components, records.table.rate[0]) == (("X", "Z"), 20.0)
    assert [(group.title, group.records.tolist()) for group in records.groups("event")] == [
        ("shot 7", [1, 0]),
        ("shot 8", [2]),
    ]
    assert [group.title for group in records.groups("station")] == ["A", "B"]
    assert [(pick.phase, pick.time) for pick in records.known_picks] == [("P", 0.5), ("P", 0), ("P", 2.45), ("S", 1.0)]
    assert "1 of 3 records of set.npz have dead components (X)" in records.problems
    assert any("NaN" in problem for problem in records.problems)
    assert np.isnan(records.read([2])[0, 1, 7])


def test_odd_but_clear_npz(tmp_path: Path) -> None:
    file = tmp_path / "odd.npz"
    data = np.random.default_rng(0).normal(size=(2, 40, 3)).astype(np.float32)
    names = np.array(["a", None], dtype=object)
    np.savez(file, data=data, p=[3, 4], s=[0, 9], sampling_rate=[20.0, 50.0], name=names)
    records = open_records([file])
    assert np.array_equal(records.read([1])[0], data[1].T)
    assert records.table.rate.tolist() == [20.0, 50.0]
    assert [(pick.phase, pick.time) for pick in records.known_picks] == [("P", 0.15), ("P", 0.08), ("S", 0.18)]
    assert records.problems == (
        "the array 'name' of odd.npz cannot be read and is left out",
        "odd.npz mixes sampling rates, 20 to 50 Hz; each record keeps its own",
    )


@pytest.mark.parametrize("gathers", [False, True])
def test_a_large_npz_stays_in_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gathers: bool) -> None:
    monkeypatch.setattr(npz_arrays, "LARGE", 1000)
    data = np.random.default_rng(0).normal(size=(6, 3, 500))
    file = tmp_path / "large.npz"
    more = {"first_break": np.full((6, 3), 7)} if gathers else {"p": np.full(6, 7)}
    np.savez(file, data=data, sampling_rate=100.0, **more)
    records = open_records([file])
    assert isinstance(records._samples, npz_arrays.StoredSamples)
    wanted = data.reshape(18, 1, 500) if gathers else data
    got = records.read([4, 1], 450, 100)
    assert np.array_equal(got[:, :, :50], wanted[[4, 1], :, 450:].astype(np.float32))
    assert np.isnan(got[:, :, 50:]).all()
    assert len(records.known_picks) == len(wanted)
    packed = tmp_path / "packed.npz"
    np.savez_compressed(packed, data=data, sampling_rate=100.0, **more)
    held = open_records([packed])
    assert np.array_equal(held.read([2]), records.read([2]))
    records.close()
    with pytest.raises(InputError, match="closed"):
        records.read([0])


def test_gathers_of_an_npz_want_a_rate(tmp_path: Path) -> None:
    file = tmp_path / "obs.npz"
    data = np.random.default_rng(0).normal(size=(2, 5, 30))
    picks = np.array([[3, 4, 5, 6, 0], [0, 8, 9, 10, 11]])
    np.savez(file, data=data, first_break=picks, has_pick=picks > 0, name=["a", "b"])
    records = open_records([file])
    assert records.table.rate[0] == 1000.0
    assert records.problems == ("obs.npz gives no sampling rate; 1000 Hz is taken until you state one (--rate)",)
    stated = open_records([file], rate=250.0)
    assert stated.problems == ()
    assert len(stated.known_picks) == 8
    assert stated.known_picks[4].record_id == "trace 7"
    assert stated.known_picks[4].time == 8 / 250.0
    assert np.allclose(stated.read([6])[0, 0], data[1, 1])
    grey = tmp_path / "panel.npz"
    np.savez(grey, panel=np.full((30, 4), 130, np.uint8), fb_idx=[3, -1, 7, 2], valid=[1, 0, 1, 0], sample_ms=2.0)
    panel = open_records([grey])
    assert panel.read([0], 0, 2).tolist() == [[[2.0, 2.0]]]
    assert [(pick.record_id, pick.time) for pick in panel.known_picks] == [("trace 1", 0.006), ("trace 3", 0.014)]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"other": np.zeros(3)}, "holds no records"),
        ({"data": np.zeros((2, 5, 9)), "p": np.zeros(2)}, "has 5 components a record"),
        ({"data": np.zeros((2, 3, 9)), "sampling_rate": 0.0}, "holds what is no sampling rate"),
        ({"data": np.zeros((2, 3, 9)), "sampling_rate": [20.0, 50.0, 20.0]}, "holds what is no sampling rate"),
        ({"data": np.zeros((0, 3, 9))}, "holds no records"),
        ({"data": np.array([["a"]])}, "holds no records"),
    ],
)
def test_npz_that_cannot_be_records(tmp_path: Path, arrays: dict[str, object], sentence: str) -> None:
    file = tmp_path / "odd.npz"
    np.savez(file, **arrays)
    with pytest.raises(InputError, match=sentence):
        open_records([file])


def test_nothing_to_open(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No file of records was named"):
        open_records([])
    with pytest.raises(InputError, match="is an empty folder"):
        open_records([tmp_path])
    with pytest.raises(InputError, match="does not exist"):
        open_records([tmp_path / "gone.mseed"])


def test_real_shots(shared_data: Path) -> None:
    records = open_records([shared_data / "segy" / "viking_small.segy"])
    table = records.table
    assert (len(table), len(table.gathers), table.rate[0], table.has_clock) == (480, 4, 250.0, False)
    group = records.groups("shot")[1]
    assert group.title == "field record 4"
    offsets = table.offset[group.records]
    assert (offsets[0], offsets[-1]) == (-3237.0, -262.0)
    assert records.read(group.records.tolist()).shape == (120, 1, 600)
    records.close()


def test_real_gathers_by_position(shared_data: Path) -> None:
    records = open_records([shared_data / "segy_odd" / "segyio_small-ps.sgy"])
    assert records.groupings[0] == "position"
    assert [group.records.tolist() for group in records.groups("position")][:3] == [[0, 1], [2, 3], [4, 5]]
    records.close()
    stack = open_records([shared_data / "segy" / "f3-ebcidctest.sgy"])
    assert [group.title for group in stack.groups("position")] == ["inline 105", "inline 106"]
    stack.close()


def test_real_npz(shared_data: Path) -> None:
    obs = open_records([shared_data / "gathers" / "deepfb_obs_A.npz"], rate=200.0)
    assert (len(obs.table), len(obs.groups("shot")), len(obs.known_picks)) == (480, 15, 458)
    panels = sorted((shared_data / "gathers").glob("Halfmile*.npz"))
    land = open_records(panels)
    assert [len(group.records) for group in land.groups("shot")] == [101, 201]
    assert len(land.known_picks) == 205
    assert any("2 of 101 traces" in problem for problem in land.problems)
    ncedc = open_records([shared_data / "waveforms" / "ncedc_phasenet_3c_A.npz"])
    assert (ncedc.table.components, ncedc.table.station_of(0), len(ncedc.table.stations)) == (
        ("E", "N", "Z"),
        "BG.AL2",
        55,
    )
    assert {pick.time for pick in ncedc.known_picks if pick.phase == "P"} == {30.0}
    assert any("18 of 78 records" in problem and "(E, N)" in problem for problem in ncedc.problems)


def test_a_scan_tells_what_is_in_them(shots: Survey, tmp_path: Path, shared_data: Path) -> None:
    found = scan(as_su(shots, tmp_path / "x.su", "<"))
    assert (found.kind, found.format, found.n_traces) == ("gathers", "Seismic Unix", 54)
    assert found.geometry == "54 records of 1 component (Z) in 6 shots of 9 stations, 250 Hz"
    assert scan(shared_data / "gathers" / "deepfb_obs_A.npz").to_json()["format"] == "npz"
    folder = scan(shared_data / "gathers")
    assert (folder.kind, folder.n_traces) == ("gathers", 782)
