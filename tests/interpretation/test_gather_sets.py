"""Records of a project: opened once, known again wherever their files lie, told of what is missing."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from small_survey import AXES, write_survey

from seisgui.errors import InputError
from seisgui.interpretation.gather_sets import gather_files
from seisgui.interpretation.pick_operation import Pick
from seisgui.interpretation.project import Project
from seisgui.seismic.layout import SegyLayout


def waves(path: Path, seed: int = 0, n: int = 2) -> Path:
    data = np.random.default_rng(seed).normal(size=(n, 1, 300)).astype(np.float32)
    np.savez(path, data=data, sampling_rate=50.0, p=np.full(n, 30))
    return path


@pytest.fixture
def project(tmp_path: Path):
    (tmp_path / "data").mkdir()
    with Project.create(tmp_path / "area") as made:
        yield made


def test_records_are_opened_once_and_closed_with_the_project(project: Project, tmp_path: Path) -> None:
    added = project.add_gathers([waves(tmp_path / "data" / "a.npz")])
    records = project.open_records()
    assert project.open_records(added.id) is records
    assert records.table.id_of(1) == "trace 2"
    found = []
    thread = threading.Thread(target=lambda: found.append(project.open_records()))
    thread.start()
    thread.join()
    assert found == [records]
    project.close_records()
    assert project.open_records() is not records


def test_the_only_set_of_gathers_is_meant_beside_surveys(project: Project, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no dataset"):
        project.open_records()
    survey = project.add_volume(write_survey(tmp_path / "data" / "survey.sgy", AXES))
    with pytest.raises(InputError, match="is a survey; it has no records to pick on"):
        project.open_records(survey.id)
    project.add_gathers([waves(tmp_path / "data" / "a.npz")])
    assert len(project.open_records().table) == 2
    project.add_gathers([waves(tmp_path / "data" / "b.npz", n=3)], name="more")
    with pytest.raises(InputError, match="several datasets"):
        project.open_records()
    assert len(project.open_records("more").table) == 3


def test_ids_stay_when_files_are_renamed_or_missing(project: Project, tmp_path: Path) -> None:
    first, second = waves(tmp_path / "data" / "a.npz"), waves(tmp_path / "data" / "b.npz", 1, 3)
    added = project.add_gathers([first, second], name="both")
    before = project.open_records()
    ids = [before.table.id_of(index) for index in range(5)]
    assert ids == ["a/trace 1", "a/trace 2", "b/trace 1", "b/trace 2", "b/trace 3"]
    moved = second.rename(tmp_path / "data" / "renamed.npz")
    project.close_records()
    rest = project.open_records()
    assert len(rest.table) == 2
    assert any("b.npz does not exist" in problem for problem in rest.problems)
    assert rest.table.id_of(0) == "a/trace 1"
    project.locate(added.volumes[1].id, moved)
    again = project.open_records()
    assert [again.table.id_of(index) for index in range(5)] == ids
    project.close_records()
    first.unlink()
    moved.unlink()
    with pytest.raises(InputError, match="does not exist"):
        project.open_records()


def test_a_stated_rate_is_kept(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "data" / "obs.npz"
    np.savez(file, data=np.random.default_rng(0).normal(size=(2, 8, 100)))
    project.add_gathers([file], SegyLayout(kind="gathers", interval=1000.0 / 200.0))
    path = project.path
    project.close()
    with Project.open(path, read_only=True) as again:
        records = again.open_records()
        assert records.table.rate[0] == 200.0
        assert records.problems == ()


def test_what_cannot_be_used_is_left_out_and_told(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "readme.txt").write_text("Recorded in July.\n")
    np.savez(folder / "other.npz", something=np.zeros(3))
    waves(folder / "a.npz")
    found = gather_files([folder])
    assert [file.name for file in found.files] == ["a.npz"]
    assert (found.n_records, found.components, found.rates, found.known_picks) == (2, ("Z",), (50.0,), 2)
    assert len(found.problems) == len(found.left_out) == 2
    for number in range(9):
        (folder / f"{number}.log").write_text("rain\n")
    assert gather_files([folder]).left_out[-1] == "6 more files cannot be used"
    assert gather_files([tmp_path]).n_records == 2  # the project beside the data is no record
    added = project.add_gathers(found.files, marks=found.marks)
    assert project.changed_sources() == []
    assert added.volumes[0].fingerprint == found.marks[0]
    with pytest.raises(InputError, match="is in none of the formats"):
        gather_files([folder / "readme.txt"])


def test_envelopes_of_long_records_are_kept_in_the_project(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "data" / "long.npz"
    data = np.random.default_rng(0).normal(size=(1, 1, 200_000)).astype(np.float32)
    np.savez(file, data=data)
    project.add_gathers([file])
    wanted = project.record_pyramid().envelope([0], 0, 200_000, 100)
    path = project.path
    project.close()
    assert len(list((path / "display" / "records").glob("*.minmax"))) == 1
    with Project.open(path, read_only=True) as again:
        kept = again.record_pyramid()
        assert kept.is_complete([0], 0, 200_000, 100)
        assert np.array_equal(kept.envelope([0], 0, 200_000, 100, patient=False), wanted)
    np.savez(file, data=data * 2)
    with Project.open(path, read_only=True) as changed:
        assert not changed.record_pyramid().is_complete([0], 0, 200_000, 100)


def test_a_rate_may_be_stated_until_there_are_picks(project: Project, tmp_path: Path) -> None:
    files = []
    for name in ("a", "b"):
        files.append(tmp_path / "data" / f"{name}.npz")
        np.savez(files[-1], data=np.random.default_rng(0).normal(size=(2, 8, 100)))
    added = project.add_gathers(files)
    before = project.open_records()
    assert before.assumed_rate
    assert before.table.rate[0] == 1000.0
    told = []
    project.changed.connect(told.append)
    project.state_rate(250.0)
    after = project.open_records()
    assert after is not before
    assert (after.assumed_rate, after.problems, set(after.table.rate.tolist())) == (False, (), {250.0})
    assert [change.kind for change in told] == ["datasets"]
    with pytest.raises(InputError, match="no sampling rate"):
        project.state_rate(0.0)
    project.picks().edit("Pick", add=[Pick(0, "a/trace 1", "P", 0.1)])
    with pytest.raises(InputError, match="has picks, which would no longer lie where they were set"):
        project.state_rate(500.0)
    path = project.path
    project.close()
    with Project.open(path, read_only=True) as again:
        assert again.open_records(added.id).table.rate[0] == 250.0
