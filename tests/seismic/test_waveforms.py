"""Waveforms of stations: miniSEED, SAC, SEG-2 and SeisBench, whole, in windows and damaged."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path

import h5py
import numpy as np
import obspy
import pytest
from waveform_files import START, noise, seg2, seisbench, trace, write

from seisgui.errors import InputError
from seisgui.seismic import open_files, records_segy
from seisgui.seismic.open_files import OpenFiles
from seisgui.seismic.records import open_records
from seisgui.seismic.segy import scan
from seisgui.seismic.waveform_mseed import read_mseed

EXAMPLES = Path(obspy.__file__).parent / "io"


def test_components_lie_side_by_side_on_one_clock(tmp_path: Path) -> None:
    e, n, z = noise(3000, 1), noise(3000, 2), noise(2500, 3)
    files = [
        write(tmp_path / "e.mseed", trace(e, "HHE"), encoding="STEIM2"),
        write(tmp_path / "n.mseed", trace(n, "HHN"), encoding="STEIM1", reclen=256),
        write(tmp_path / "z.mseed", trace(z, "HHZ", 2.0), trace(noise(900), "LHZ", 1.0, sampling_rate=1.0)),
    ]
    records = open_records(files)
    table = records.table
    assert table.components == ("E", "N", "Z")
    assert [table.id_of(i) for i in range(2)] == [
        "NC.MCB.HH/2019-07-06T03:19:53.04",
        "NC.MCB.LH/2019-07-06T03:19:54.04",
    ]
    assert table.index_of("NC.MCB.LH/2019-07-06T03:19:54.04") == 1
    assert (table.stations, table.has_clock, table.start[0]) == (("NC.MCB",), True, START.timestamp)
    samples = records.read([0])[0]
    assert np.array_equal(samples[:2], np.stack([e, n]).astype(np.float32))
    assert np.isnan(samples[2, :200]).all()
    assert np.array_equal(samples[2, 200:2700], z)
    assert np.array_equal(records.read([0], 1234, 77)[0, 1], n[1234:1311])
    assert any("sampling rates are mixed (1, 100 Hz)" in problem for problem in records.problems)
    assert [group.records.tolist() for group in records.groups("event")] == [[0, 1]]
    records.close()
    with pytest.raises(InputError, match="closed"):
        records.read([0])


def test_gaps_overlaps_and_breaks_are_told(tmp_path: Path) -> None:
    first, second, late = noise(2000, 1), noise(1500, 2), noise(1000, 3)
    file = write(
        tmp_path / "day.mseed",
        trace(first),
        trace(second, after=25.0),
        trace(late, after=3600.0),
        trace(noise(300, 4), "HHN", 10.0),
        trace(noise(300, 5), "HHN", 12.0),
    )
    records = open_records([file])
    assert records.table.n_samples.tolist() == [4000, 1000]
    samples = records.read([0])[0, 1]
    assert np.array_equal(samples[:2000], first)
    assert np.isnan(samples[2000:2500]).all()
    assert np.array_equal(samples[2500:], second)
    overlap = records.read([0], 1000, 500)[0, 0]
    assert np.array_equal(overlap[:300], noise(300, 4))
    assert np.array_equal(overlap[300:], noise(300, 5)[100:])
    told = "; ".join(records.problems)
    assert "gap of 5 s in NC.MCB.HHZ at 2019-07-06 03:20:13.04" in told
    assert "overlap of clocks of 1 s in NC.MCB.HHN at 2019-07-06 03:20:06.04; the earlier samples are shown" in told
    assert [group.title for group in records.groups("event")] == ["2019-07-06 03:19:53", "2019-07-06 04:19:53"]
    records.close()


def test_dead_components_nan_and_other_names(tmp_path: Path) -> None:
    broken = np.random.default_rng(0).normal(size=500)
    broken[40:45] = np.nan
    file = write(
        tmp_path / "odd.mseed",
        trace(np.zeros(500), "HH1", location="00"),
        trace(np.full(500, 3.0), "HH2", location="00"),
        trace(broken, location="00"),
        encoding="FLOAT64",
    )
    records = open_records([file])
    assert records.table.components == ("E", "N", "Z")
    told = "; ".join(records.problems)
    assert "components 1 and 2 of NC.MCB.00.HH are shown as N and E, not rotated" in told
    assert "1 of 1 records of odd have dead components (E, N)" in told
    assert "1 of 1 records of odd hold samples that are NaN" in told
    assert np.isnan(records.read([0], 40, 5)[0, 2]).all()
    records.close()


def test_no_samples_and_a_cut_file(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.mseed", trace(noise(5000)), reclen=512)
    data = whole.read_bytes()
    cut = tmp_path / "cut.mseed"
    cut.write_bytes(data[:-200])
    records = open_records([cut])
    assert any("cut.mseed is cut off within its last record" in problem for problem in records.problems)
    kept = int(records.table.n_samples[0])
    assert 4000 < kept < 5000
    assert np.array_equal(records.read([0])[0, 0], noise(5000)[:kept])
    records.close()
    empty = tmp_path / "empty.mseed"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match=r"empty\.mseed is empty \(0 bytes\)"):
        open_records([empty])
    headers = bytearray(data[:512])
    headers[30:32] = b"\0\0"
    (tmp_path / "headers.mseed").write_bytes(headers)
    with pytest.raises(InputError, match="holds no samples"):
        open_records([tmp_path / "headers.mseed"])
    (tmp_path / "new.mseed").write_bytes(b"MS\x03" + b"\0" * 600)
    with pytest.raises(InputError, match="miniSEED 3, which cannot be read yet"):
        open_records([tmp_path / "new.mseed"])
    damaged = bytearray(data)
    damaged[512 * 3 + 64 : 512 * 4] = b"\xff" * (512 - 64)
    (tmp_path / "damaged.mseed").write_bytes(damaged)
    rest = open_records([tmp_path / "damaged.mseed"])
    samples = rest.read([0])[0, 0]
    lost = np.flatnonzero(np.isnan(samples))
    assert 100 < len(lost) == lost[-1] - lost[0] + 1 < 400
    there = np.isfinite(samples)
    assert np.array_equal(samples[there], noise(5000)[there])
    assert any("hold samples that are NaN, infinite or damaged" in problem for problem in rest.problems)
    rest.close()


def test_records_of_several_lengths(tmp_path: Path) -> None:
    parts = [trace(noise(1000, 1)), trace(noise(1000, 2), after=10.0)]
    one = write(tmp_path / "a", parts[0], reclen=512).read_bytes()
    two = write(tmp_path / "b", parts[1], reclen=4096, byteorder="<").read_bytes()
    both = tmp_path / "both.mseed"
    both.write_bytes(one + two)
    records = open_records([both])
    assert np.array_equal(records.read([0])[0, 0], np.concatenate([noise(1000, 1), noise(1000, 2)]))
    assert records.problems == ()
    records.close()


def test_what_obspy_reads_of_its_examples_is_read_here_too() -> None:
    examples = sorted((EXAMPLES / "mseed" / "tests" / "data").glob("**/*"))
    if not examples:
        pytest.skip("ObsPy came without its examples")
    compared = 0
    for file in examples:
        if not file.is_file() or "infinite" in file.name or file.stat().st_size > 1_000_000:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                stream = obspy.read(str(file), format="MSEED")
            segments, _ = read_mseed(file)
        except Exception:  # noqa: BLE001  one of the two does not read it, and says so in its way
            continue
        wanted = {}
        for part in stream:
            if part.data.dtype.kind in "if":
                wanted.setdefault(part.stats.channel, []).append(part)
        for channel, parts in wanted.items():
            mine = [segment for segment in segments if segment.channel.code == channel]
            if sum(len(part) for part in parts) != sum(segment.count for segment in mine):
                continue  # a rate of zero, or an overlap that was cut
            for part in parts:
                begin = part.stats.starttime.timestamp
                segment = next((s for s in mine if s.start - 1e-3 <= begin < s.end), None)
                if segment is not None:
                    skip = round((begin - segment.start) * segment.rate)
                    assert np.array_equal(
                        segment.source.read(skip, len(part)), part.data.astype(np.float32), equal_nan=True
                    ), file.name
                    compared += 1
    assert compared > 40


def test_threads_read_at_once(tmp_path: Path) -> None:
    samples = noise(60_000)
    records = open_records([write(tmp_path / "long.mseed", trace(samples), reclen=512)])
    wrong = []

    def look(seed: int) -> None:
        places = np.random.default_rng(seed).integers(0, 59_000, 40).tolist()
        read = [records.read([0], first, 1000)[0, 0] for first in places]
        wrong.extend(
            first
            for first, got in zip(places, read, strict=True)
            if not np.array_equal(got, samples[first : first + 1000])
        )

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong
    records.close()


def test_sac_with_picks_and_a_distance(tmp_path: Path) -> None:
    for number, channel in enumerate(("BHE", "BHN", "BHZ")):
        one = trace(noise(400, number).astype(np.float32), channel, sampling_rate=20.0)
        one.stats.sac = {"a": 3.5, "t0": 8.25, "kt0": "IS", "t1": 9.0, "kt1": "Lg", "dist": 12.5, "b": 1.0}
        one.write(str(tmp_path / f"{channel}.sac"), format="SAC", byteorder="<>"[number % 2])
    records = open_records([tmp_path])
    table = records.table
    assert (len(table), table.components, table.rate[0], table.offset[0]) == (1, ("E", "N", "Z"), 20.0, 12_500.0)
    assert np.array_equal(records.read([0], 100, 50)[0, 1], noise(400, 1)[100:150])
    assert {(pick.phase, round(pick.time, 3)) for pick in records.known_picks} == {("P", 2.5), ("S", 7.25)}
    records.close()
    cut = tmp_path / "BHZ.sac"
    cut.write_bytes(cut.read_bytes()[:-40])
    records = open_records([cut])
    assert records.problems == ("BHZ.sac is cut off: 10 of its 400 samples are missing",)
    assert records.table.n_samples.tolist() == [390]
    records.close()


def test_few_of_many_files_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = OpenFiles(3)
    for module in (open_files, records_segy):
        monkeypatch.setattr(module, "FILES", pool)
    for number in range(8):
        one = trace(noise(50, number).astype(np.float32), station=f"S{number}")
        one.write(str(tmp_path / f"{number}.sac"), format="SAC")
    records = open_records([tmp_path])
    assert len(records.table) == 8
    samples = records.read([*range(8), *range(8)], 10, 20)[:, 0]
    assert np.array_equal(samples[:8], np.stack([noise(50, number)[10:30] for number in range(8)]))
    assert np.array_equal(samples[:8], samples[8:])
    assert len(pool) == 3
    (tmp_path / "2.sac").write_bytes(b"another file")
    (tmp_path / "3.sac").unlink()
    for index, sentence in ((2, "2.sac was changed or replaced while it was open"), (3, "3.sac is gone")):
        with pytest.raises(InputError, match=sentence):
            records.read([index])
    assert np.isfinite(records.read([7])).all()
    records.close()
    assert len(pool) == 0


def test_damaged_headers_are_told_and_never_hang(tmp_path: Path) -> None:
    one = trace(noise(400).astype(np.float32))
    one.stats.sac = {"stla": 37.0, "stlo": -122.0, "evla": 38.0, "evlo": -121.0}
    one.write(str(tmp_path / "far.sac"), format="SAC")
    data = bytearray((tmp_path / "far.sac").read_bytes())
    data[4 * 32 : 4 * 33] = np.array([1e30], dtype="<f4").tobytes()  # a longitude
    (tmp_path / "far.sac").write_bytes(data)
    records = open_records([tmp_path / "far.sac"])
    assert np.array_equal(records.read([0])[0, 0], noise(400))
    records.close()
    data[280:284] = np.array([58_000], dtype="<i4").tobytes()  # a year
    (tmp_path / "late.sac").write_bytes(data)
    records = open_records([tmp_path / "late.sac"])
    assert not records.table.has_clock
    records.close()
    mseed = bytearray(write(tmp_path / "a.mseed", trace(noise(3000)), reclen=512).read_bytes())
    whole = open_records([tmp_path / "a.mseed"]).table.n_samples[0]
    mseed[512 + 20 : 512 + 22] = (40_000).to_bytes(2, "big")
    mseed[8] = 0xFF
    (tmp_path / "b.mseed").write_bytes(mseed)
    records = open_records([tmp_path / "b.mseed"])
    assert any("1 of" in problem and "damaged headers" in problem for problem in records.problems)
    assert 0 < records.table.n_samples.sum() < whole
    assert np.isfinite(records.read([0])[0, 0, :100]).all()
    records.close()


def test_sac_without_a_date(tmp_path: Path) -> None:
    examples = EXAMPLES / "sac" / "tests" / "data"
    file = examples / "interpolation_test_random_waveform_delta_0.01_npts_50.sac"
    if not file.is_file():
        pytest.skip("ObsPy came without its examples")
    records = open_records([file])
    assert not records.table.has_clock
    assert records.table.gather_of(0) == "FUNCGEN:RANDOM"
    assert np.array_equal(records.read([0])[0, 0], obspy.read(str(file))[0].data)
    records.close()


def test_seg2_shots(tmp_path: Path) -> None:
    shots = np.random.default_rng(0).normal(size=(2, 5, 64)).astype(np.float32)
    files = [seg2(tmp_path / f"10{number}.dat", each) for number, each in enumerate(shots)]
    records = open_records(files)
    table = records.table
    assert (len(table), table.rate[0], table.n_samples[0], table.has_clock) == (10, 2000.0, 64, True)
    assert [(group.title, len(group.records)) for group in records.groups("shot")] == [("100", 5), ("101", 5)]
    assert [group.title for group in records.groups("station")][:2] == ["channel 1", "channel 2"]
    assert table.offset[:5].tolist() == [-10.0, -5.0, 0.0, 5.0, 10.0]
    assert table.delay[0] == -0.01
    assert table.id_of(7) == "101/trace 3"
    assert np.array_equal(records.read([7], 10, 20)[0, 0], shots[1, 2, 10:30])
    records.close()
    damaged = tmp_path / "damaged.sg2"
    damaged.write_bytes(files[0].read_bytes()[:300])
    with pytest.raises(InputError, match=r"damaged\.sg2 cannot be read as SEG-2") as caught:
        open_records([damaged])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bucket", [True, False])
@pytest.mark.parametrize("named", ["", "metadata.csv", "waveforms.hdf5"])
def test_seisbench_data_sets(tmp_path: Path, bucket: bool, named: str) -> None:
    folder = tmp_path / "ridgecrest"
    data = seisbench(folder, bucket=bucket)
    found = scan(folder / named if named else folder)
    assert found.geometry == "3 records of 3 components (E, N, Z) in 2 events of 2 stations, 50 to 100 Hz, with 4 picks"
    records = open_records([folder / named if named else folder])
    table = records.table
    assert (table.components, table.n_samples.tolist()) == (("E", "N", "Z"), [200, 200, 150])
    assert table.rate.tolist() == [50.0, 50.0, 100.0]
    assert (table.offset[0], table.has_clock) == (21_500.0, True)
    assert [group.title for group in records.groups("station")] == ["CI.CCC", "CI.LRL"]
    assert [group.records.tolist() for group in records.groups("event")] == [[0, 1], [2]]
    assert np.array_equal(records.read([1], 20, 60)[0], data[1, ::-1, 20:80])
    last = records.read([2], 100, 100)[0]
    assert np.array_equal(last[:, :50], data[2, ::-1, 100:150])
    assert np.isnan(last[:, 50:]).all()
    picks = [(pick.record_id, pick.phase, pick.time) for pick in records.known_picks]
    assert picks[0] == (table.id_of(0), "P", 0.8)
    assert picks[-1] == (table.id_of(2), "S", 1.49)
    assert len(picks) == 4
    told = "; ".join(records.problems)
    assert "1 of 4 traces of the metadata are not in waveforms.hdf5" in told
    assert "sampling rates are mixed in ridgecrest" in told
    records.close()
    with pytest.raises(InputError, match="closed"):
        records.read([0])


def test_seisbench_names_are_indices_and_orders_may_be_lists(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    data = np.random.default_rng(5).normal(size=(2, 90, 3)).astype(np.float32)
    with h5py.File(folder / "waveformsA.hdf5", "w") as file:
        file["data_format/component_order"] = np.array([b"E", b"1", b"Z"])
        file["data_format/dimension_order"] = "NWC"
        file["data_format/sampling_rate"] = 25
        file["data/block"] = data
    (folder / "metadataA.csv").write_text('trace_name,station_code\n"block$1,10:80",ABC\n"block$0",DEF\n')
    records = open_records([folder])
    assert records.table.n_samples.tolist() == [70, 90]
    assert records.table.rate.tolist() == [25.0, 25.0]
    assert records.table.components == ("E", "N", "Z")
    assert np.array_equal(records.read([0], 5, 20)[0], data[1, 15:35].T)
    assert np.array_equal(records.read([1])[0], data[0].T)
    records.close()


def test_seisbench_data_sets_that_are_incomplete(tmp_path: Path) -> None:
    seisbench(tmp_path / "a", bucket=True)
    (tmp_path / "a" / "metadata.csv").unlink()
    with pytest.raises(InputError, match=r"without metadata\.csv beside it"):
        open_records([tmp_path / "a" / "waveforms.hdf5"])
    seisbench(tmp_path / "b", bucket=True)
    (tmp_path / "b" / "metadata.csv").write_text("name,rate\nx,1\n")
    with pytest.raises(InputError, match="has no column trace_name"):
        open_records([tmp_path / "b"])
    seisbench(tmp_path / "c", bucket=True)
    whole = (tmp_path / "c" / "waveforms.hdf5").read_bytes()
    (tmp_path / "c" / "waveforms.hdf5").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(InputError, match="cannot be read as HDF5"):
        open_records([tmp_path / "c"])
