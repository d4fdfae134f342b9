"""Picks from the shell: in, out, back, and what is told of bad files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

NAMES = np.array(["NC_MCB_20190706", "NC_MDR_20190706", "NC_MCB_20190707"])


@pytest.fixture
def waves(tmp_path: Path, seisgui) -> tuple[Path, Path]:
    """A project with three records and the file that brings five picks for them."""
    file, project = tmp_path / "waves.npz", tmp_path / "waves.seisproj"
    data = np.random.default_rng(0).normal(size=(3, 3, 500)).astype(np.float32)
    np.savez(file, data=data, p=np.array([100, 200, -1]), s=np.array([150, 260, 300]), sampling_rate=50.0, name=NAMES)
    assert seisgui("new", project).status == 0
    assert seisgui("add-gathers", project, file).status == 0
    return project, file


@pytest.mark.parametrize("suffix", ["csv", "xml", "obs"])
def test_picks_of_the_data_go_out_and_come_back(waves: tuple[Path, Path], seisgui, tmp_path: Path, suffix: str):
    project, file = waves
    known = seisgui("import-picks", project, file, "--json").document
    assert (known["format"], known["added"], known["phases"]) == ("known", 5, {"P": 2, "S": 3})
    out = tmp_path / f"picks.{suffix}"
    written = seisgui("export-picks", project, out, "--json").document
    assert (written["picks"], written["records"]) == (5, 3)
    assert "no clock" in written["notices"][-1]
    again = seisgui("import-picks", project, out, "--pick-set", "again", "--json").document
    assert (again["read"], again["added"], again["missed"]) == (5, 5, 0)
    assert [one["phases"] for one in seisgui("info", project, "--json").document["datasets"][0]["pick_sets"]] == [
        {"P": 2, "S": 3}
    ] * 2
    assert "pick set again" in seisgui("info", project).out
    assert "Undone: Import picks" in seisgui("undo", project).out


def test_people_read_counts_and_notes(waves: tuple[Path, Path], seisgui, tmp_path: Path):
    project, _ = waves
    picks = tmp_path / "picks.csv"
    picks.write_text("file_name,phase_index,phase_type\ntrace 9,10,P\nrecord 9,10,P\n")
    outcome = seisgui("import-picks", project, picks)
    assert (outcome.status, outcome.out) == (2, "")
    assert "None of the picks of picks.csv can be used. 2 of 2 picks are of records or stations" in outcome.err


def test_a_word_of_a_file_that_is_no_segy_is_refused(waves: tuple[Path, Path], seisgui, tmp_path: Path):
    project, file = waves
    seisgui("import-picks", project, file)
    outcome = seisgui("export-picks", project, tmp_path / "out.sgy", "--byte", 233)
    assert outcome.status == 2
    assert "no traces of a SEG-Y or SU file" in outcome.err
    assert seisgui("export-picks", project, tmp_path / "out.sgy").status == 2
    assert not (tmp_path / "out.sgy").exists()
    assert seisgui("export-picks", project, tmp_path / "x.csv", "--format", "excel").status == 2
