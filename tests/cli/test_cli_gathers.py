"""Shots and waveforms from the shell: scan, add, and what is told of odd files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import obspy
import pytest


@pytest.fixture
def project(tmp_path: Path, seisgui) -> Path:
    assert seisgui("new", tmp_path / "picks").status == 0
    return tmp_path / "picks.seisproj"


def day(path: Path) -> Path:
    start = obspy.UTCDateTime("2019-07-06")
    samples = np.random.default_rng(0).normal(0, 100, 20_000).astype(np.int32)
    stream = obspy.Stream(
        [
            obspy.Trace(samples, {"network": "NC", "station": "MCB", "channel": f"HH{c}", "sampling_rate": 100.0,
                                  "starttime": start})
            for c in "ENZ"
        ]
    )  # fmt: skip
    stream.write(str(path), format="MSEED")
    return path


def test_waveforms_are_scanned_and_added(project: Path, tmp_path: Path, seisgui) -> None:
    file = day(tmp_path / "day.mseed")
    scan = seisgui("scan", file, "--json").document
    assert (scan["format"], scan["kind"], scan["n_samples"], scan["interval"]) == ("miniSEED", "gathers", 20_000, 10.0)
    assert scan["geometry"] == "1 record of 3 components (E, N, Z) in 1 event of 1 station, 100 Hz"
    assert "day.mseed: gathers, " in seisgui("scan", file).out
    added = seisgui("add-gathers", project, file, "--json").document["dataset"]
    assert (added["kind"], added["records"], added["components"], added["problems"]) == (
        "gathers",
        1,
        ["E", "N", "Z"],
        [],
    )
    assert "1 gather, 100 Hz" in seisgui("add-gathers", project, file, "--dataset", "again").out
    assert [item["name"] for item in seisgui("info", project, "--json").document["datasets"]] == ["day", "again"]
    taken = seisgui("add-gathers", project, file, "--dataset", "again")
    assert (taken.status, "has a dataset 'again' already" in taken.err) == (2, True)


def test_a_folder_and_a_stated_rate(project: Path, tmp_path: Path, seisgui) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    for number in (1, 2):
        np.savez(folder / f"shot{number}.npz", panel=np.random.default_rng(number).normal(size=(50, 4)))
    (folder / "notes.txt").write_text("loud\n")
    unstated = seisgui("add-gathers", project, folder)
    assert unstated.status == 0
    assert "shot1.npz gives no sampling rate; 1000 Hz is taken until you state one (--rate)" in unstated.err
    assert "notes.txt is in none of the formats of records" in unstated.err
    assert "gathers shots (shots): 8 records of 1 component (Z) in 2 gathers, 1000 Hz" in unstated.out
    stated = seisgui("add-gathers", project, folder, "--rate", 250, "--dataset", "b", "--json").document["dataset"]
    assert stated["sampling_rates"] == [250.0]
    assert len(stated["volumes"]) == 2


def test_a_rate_is_stated_afterwards(project: Path, tmp_path: Path, seisgui) -> None:
    np.savez(tmp_path / "shot.npz", panel=np.random.default_rng(0).normal(size=(50, 4)))
    seisgui("add-gathers", project, tmp_path / "shot.npz")
    outcome = seisgui("set-layout", project, "--volume", "shot", "--start", 3)
    assert (outcome.status, "Of gathers only the sample interval can be corrected" in outcome.err) == (2, True)
    assert "250 samples a second" in seisgui("set-layout", project, "--volume", "shot", "--interval", 4).out


def test_what_is_no_record_is_refused_and_nothing_is_added(project: Path, tmp_path: Path, seisgui) -> None:
    (tmp_path / "notes.txt").write_text("no seismic\n")
    for arguments, sentence in (
        ((tmp_path / "notes.txt",), "is in none of the formats of records"),
        ((tmp_path / "gone.sac",), "does not exist"),
        ((day(tmp_path / "day.mseed"), "--rate", 0), "is no sampling rate"),
    ):
        outcome = seisgui("add-gathers", project, *arguments)
        assert (outcome.status, outcome.out) == (2, "")
        assert sentence in outcome.err
    assert seisgui("info", project, "--json").document["datasets"] == []
