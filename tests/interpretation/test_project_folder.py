"""The project folder: made, opened, locked, moved; its sources found again."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from small_survey import AXES, INLINE, block, write_survey

from seisgui.errors import InputError, LockedError
from seisgui.interpretation import database, writer
from seisgui.interpretation.facies import FaciesLabels
from seisgui.interpretation.project import Project
from seisgui.seismic import mounts
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.mounts import file_system
from seisgui.seismic.segy import SegyLayout


def test_a_project_is_a_folder_with_the_suffix(tmp_path: Path):
    with Project.create(tmp_path / "north") as made:
        assert made.path.name == "north.seisproj"
        assert made.name == "north"
        assert (made.path / "project.sqlite").is_file()
    with Project.open(tmp_path / "north") as again:
        assert again.path.name == "north.seisproj"
    with pytest.raises(InputError, match="exists already"):
        Project.create(tmp_path / "north")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "does not exist"), ("folder", "is no project"), ("text", "cannot be read"), ("foreign", "another program")],
)
def test_what_is_no_project_is_told_in_a_sentence(tmp_path: Path, content: str | None, sentence: str):
    folder = tmp_path / "x.seisproj"
    if content:
        folder.mkdir()
    if content == "text":
        (folder / "project.sqlite").write_bytes(b"this is not a database" * 50)
    if content == "foreign":
        connection = sqlite3.connect(folder / "project.sqlite")
        connection.execute("PRAGMA user_version = 3")
        connection.execute("CREATE TABLE t (x)")
        connection.close()
    with pytest.raises(InputError, match=sentence):
        Project.open(folder)
    with pytest.raises(InputError, match=sentence):
        Project.open(folder, read_only=True)
    assert not (folder / "lock.json").exists()


def test_a_project_of_a_newer_program_is_refused_and_left_alone(project: Project):
    project.close()
    connection = sqlite3.connect(project.path / "project.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (project.path / "project.sqlite").read_bytes()
    with pytest.raises(InputError, match="newer version"):
        Project.open(project.path)
    assert (project.path / "project.sqlite").read_bytes() == before


def test_an_older_schema_is_migrated_and_a_copy_kept(project: Project, monkeypatch: pytest.MonkeyPatch):
    labels = project.labels()
    labels.add_class("salt")
    project.close()
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, "CREATE TABLE later (id TEXT PRIMARY KEY);"))
    with pytest.raises(InputError, match="older version"):
        Project.open(project.path, read_only=True)
    with Project.open(project.path) as migrated:
        assert [item.name for item in migrated.labels().classes] == ["salt"]
        assert migrated._reader.execute("SELECT count(*) FROM later").fetchone()[0] == 0
    assert (project.path / f"project.schema{len(database.MIGRATIONS) - 1}.bak").is_file()


def test_a_migration_that_fails_leaves_the_old_schema(project: Project, monkeypatch: pytest.MonkeyPatch):
    project.close()
    bad = (*database.MIGRATIONS, "CREATE TABLE later (id TEXT); CREATE TABLE later (id TEXT);")
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", bad)
        with pytest.raises(InputError, match="cannot be read"):
            Project.open(project.path)
    with Project.open(project.path) as again:
        assert again.dataset().axes == AXES


def test_the_second_opener_is_told_who_has_it(project: Project):
    with pytest.raises(LockedError, match=f"open for writing in process {os.getpid()}"):
        Project.open(project.path)
    with pytest.raises(LockedError):
        Project.open(project.path, break_lock=True)
    with Project.open(project.path, read_only=True) as looking:
        assert looking.dataset().axes == AXES


HOLDER = """
    import sys, time
    from pathlib import Path
    from seisgui.interpretation.project import Project
    project = Project.open(Path(sys.argv[1]))
    print("open", flush=True)
    time.sleep(60)
"""


def test_a_lock_of_a_living_process_holds_and_that_of_a_dead_one_is_taken_over(project: Project):
    project.close()
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLDER), str(project.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(LockedError, match=f"process {holder.pid}"):
            Project.open(project.path)
        with Project.open(project.path, read_only=True) as looking:
            assert looking.dataset().name == "survey"
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    finally:
        holder.kill()
        holder.stdout.close()
    with Project.open(project.path) as again:
        assert json.loads((again.path / "lock.json").read_text())["pid"] == os.getpid()
    assert not (project.path / "lock.json").exists()


def write_lock(folder: Path, **changes: object) -> Path:
    path = folder / "lock.json"
    path.touch()
    document = {
        "host": "another-host",
        "pid": 1,
        "started": 0.0,
        "heartbeat": time.time(),
        "token": "t",
        "node": path.stat().st_ino,
    }
    path.write_text(json.dumps(document | changes))
    return path


def test_a_quiet_lock_of_another_host_is_broken_on_request_only(project: Project):
    project.close()
    write_lock(project.path, heartbeat=time.time() - 600)
    with pytest.raises(LockedError, match="no sign of life for 10 minutes"):
        Project.open(project.path)
    Project.open(project.path, break_lock=True).close()
    write_lock(project.path)
    with pytest.raises(LockedError, match="on another-host"):
        Project.open(project.path, break_lock=True)


def test_a_lock_copied_with_the_folder_is_nobodys(project: Project, tmp_path: Path):
    project.wait_saved()
    copy = shutil.copytree(project.path, tmp_path / "copy.seisproj")
    assert (copy / "lock.json").exists()
    with Project.open(copy) as opened:
        assert opened.dataset().axes == AXES


def test_a_pid_that_was_given_to_another_process_does_not_hold_the_lock(project: Project):
    project.close()
    started = psutil.Process(os.getpid()).create_time() - 5000
    write_lock(project.path, host=platform.node(), pid=os.getpid(), started=started)
    Project.open(project.path).close()


def test_whoever_lost_the_project_stops_writing(
    project: Project, labels: FaciesLabels, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writer, "CHECK_S", -1.0)
    project.wait_saved()
    other = database.connect(project.path / "project.sqlite", read_only=False)
    other.execute("UPDATE meta SET value = 'somebody else' WHERE key = 'writer'")
    other.close()
    labels.paint(INLINE, 0, 0, block(), 1)
    with pytest.raises(LockedError, match="Another process writes"):
        project.wait_saved(2.0)
    with pytest.raises(LockedError):
        project.close()
    with Project.open(project.path) as again:
        assert again.labels().class_counts()[1] == 0


def test_the_heartbeat_notices_a_lock_that_was_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writer, "HEARTBEAT_S", 0.05)
    project = Project.create(tmp_path / "a")
    told: list[str] = []
    project.trouble.connect(told.append)
    write_lock(project.path)
    for _ in range(100):
        if told:
            break
        time.sleep(0.02)
    assert "taken over by process 1 on another-host" in told[0]
    with pytest.raises(LockedError, match="taken over"):
        project.set_state("view", 1)
    project.close()
    assert (project.path / "lock.json").exists()  # it is the other one's


def test_files_are_found_again_when_project_and_segy_move_together(tmp_path: Path):
    here = tmp_path / "here"
    (here / "segy").mkdir(parents=True)
    with Project.create(here / "a.seisproj") as project:
        project.add_volume(write_survey(here / "segy" / "s.sgy"))
        labels = project.labels()
        labels.add_class("salt")
        labels.paint(INLINE, 0, 0, block(), 0)
    there = tmp_path / "there"
    here.rename(there)
    with Project.open(there / "a.seisproj") as moved:
        assert moved.missing_sources() == []
        assert moved.open_volume().section(INLINE).shape == (40, 70)
        assert moved.labels().class_counts() == {0: 48}


def test_a_missing_file_leaves_the_labels_and_can_be_located(project: Project, labels: FaciesLabels, survey_file: Path):
    labels.paint(INLINE, 0, 0, block(), 1)
    project.close()
    elsewhere = survey_file.with_name("moved") / "renamed.sgy"
    elsewhere.parent.mkdir()
    survey_file.rename(elsewhere)
    with Project.open(project.path) as again:
        assert [record.name for record in again.missing_sources()] == ["survey"]
        assert again.labels().class_counts()[1] == 48
        with pytest.raises(InputError, match=r"survey is missing.*Locate"):
            again.open_volume()
        shorter = VolumeAxes(AXES.inline, AXES.crossline, SampleAxis(0, 2, 50))
        other = write_survey(survey_file.with_name("other.sgy"), shorter)
        with pytest.raises(InputError, match="not the file"):
            again.locate("survey", other)
        with pytest.raises(InputError, match="does not exist"):
            again.locate("survey", survey_file)
        again.locate("survey", elsewhere)
        assert again.missing_sources() == []
        assert np.isfinite(again.open_volume().section(INLINE)).all()
    with Project.open(project.path) as third:
        assert third.source_path("survey") == elsewhere


def test_a_changed_file_is_reported_and_labels_stay(project: Project, labels: FaciesLabels, survey_file: Path):
    labels.paint(INLINE, 0, 0, block(), 1)
    assert project.changed_sources() == []
    project.close()
    data = bytearray(survey_file.read_bytes())
    data[3600 + 240 : 3600 + 400] = bytes(160)
    survey_file.write_bytes(data)
    with Project.open(project.path) as again:
        assert [record.id for record in again.changed_sources()] == ["survey"]
        assert again.labels().class_counts()[1] == 48
        again.accept_source("survey")
        assert again.changed_sources() == []


def test_a_file_replaced_by_one_with_other_lines_is_not_opened_under_the_labels(project: Project, survey_file: Path):
    project.close()
    write_survey(survey_file, VolumeAxes(LineAxis(100, 2, 5), AXES.crossline, AXES.sample))
    with Project.open(project.path) as again:
        with pytest.raises(InputError, match="lines or samples differ"):
            again.open_volume()
        with pytest.raises(InputError, match="other lines"):
            again.accept_source("survey")


def test_several_datasets_are_asked_for_by_name(project: Project, tmp_path: Path, survey_file: Path):
    line = VolumeAxes(LineAxis(7, 1, 1), LineAxis(1, 1, 30), AXES.sample)
    added = project.add_volume(write_survey(tmp_path / "line.sgy", line))
    assert (added.kind, added.axes.shape) == ("line", (1, 30, 70))
    with pytest.raises(InputError, match=r"several datasets.*'survey', 'line'"):
        project.dataset()
    with pytest.raises(InputError, match="no dataset 'west'"):
        project.dataset("west")
    assert project.dataset("line").id == "line"
    assert project.labels(None, "line").axes == added.axes
    assert project.labels(None, "survey").id != project.labels(None, "line").id
    assert project.add_volume(survey_file).id == "survey"
    assert len(project.datasets()) == 2


def test_a_second_volume_must_share_the_lattice_of_its_dataset(project: Project, tmp_path: Path):
    far = project.add_volume(write_survey(tmp_path / "far.sgy"), dataset="survey")
    assert [record.name for record in far.volumes] == ["survey", "far"]
    assert project.open_volume("far").axes == AXES
    other = write_survey(tmp_path / "other.sgy", VolumeAxes(AXES.inline, AXES.crossline, SampleAxis(0, 2, 70)))
    with pytest.raises(InputError, match="does not have the lines and samples"):
        project.add_volume(other, dataset="survey")
    project.close()
    with Project.open(project.path) as again:
        assert [record.name for record in again.dataset().volumes] == ["survey", "far"]


def test_the_layout_of_a_volume_is_remembered(tmp_path: Path):
    file = write_survey(tmp_path / "odd.sgy", line_bytes=(9, 21))
    with Project.create(tmp_path / "a") as project:
        assert project.add_volume(file, SegyLayout(inline_byte=9, crossline_byte=21)).axes == AXES
    with Project.open(tmp_path / "a") as again:
        assert again.open_volume().axes == AXES
        assert again.volume_record().layout["inline_byte"] == 9


def test_gathers_are_a_dataset_without_facies_labels(project: Project, shared_data: Path):
    added = project.add_gathers([shared_data / "segy" / "viking_small.segy"])
    assert (added.kind, added.axes) == ("gathers", None)
    with pytest.raises(InputError, match="gathers"):
        project.labels(None, added.id)
    with pytest.raises(InputError, match="gathers"):
        project.open_volume(None, added.id)


def test_view_state_is_kept(project: Project):
    assert project.state("view") is None
    project.set_state("view", {"line": 110, "layers": ["labels"]})
    project.close()
    with Project.open(project.path, read_only=True) as again:
        assert again.state("view") == {"line": 110, "layers": ["labels"]}
        again.set_state("view", {})


def test_tmp_is_swept_by_the_writer_only(project: Project):
    left = project.tmp_folder / "old.npy"
    left.write_bytes(b"x")
    Project.open(project.path, read_only=True).close()
    assert left.exists()
    project.close()
    Project.open(project.path).close()
    assert not left.exists()


def test_a_folder_that_nobody_may_write_opens_read_only(project: Project, labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(), 1)
    project.close()
    connection = database.connect_immutable(project.path / "project.sqlite", (project.path / "project.sqlite").as_uri())
    assert connection.execute("SELECT count(*) FROM bricks").fetchone()[0] > 0
    connection.close()


def test_network_mounts_are_known_by_their_longest_mount_point():
    table = "/dev/sda1 / ext4 rw 0 0\nserver:/x /data nfs4 rw 0 0\n/dev/sdb /data/local\\040disk ext4 rw 0 0\n"
    assert file_system(Path("/home/me/p.seisproj"), table) == "ext4"
    assert file_system(Path("/data/p.seisproj"), table) == "nfs4"
    assert file_system(Path("/data/local disk/p.seisproj"), table) == "ext4"
    assert file_system(Path("/database/p.seisproj"), table) == "ext4"


def test_on_a_network_mount_the_journal_mode_is_truncate_and_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    table = tmp_path / "mounts"
    table.write_text(f"server:/x {tmp_path} nfs4 rw 0 0\n")
    with Project.create(tmp_path / "local") as local:
        assert local._writer.mode == "WAL"
    monkeypatch.setattr(mounts, "MOUNTS", table)
    with Project.create(tmp_path / "far") as far:
        assert far._writer.mode == "TRUNCATE"
        assert len(far.notices) == 1
        assert "network drive" in far.notices[0]
        far.add_volume(write_survey(tmp_path / "s.sgy"))
        far.labels().add_class("salt")
        far.labels().paint(INLINE, 0, 0, block(), 0)
        far.wait_saved()
        with Project.open(far.path, read_only=True) as looking:
            assert looking.labels().class_counts() == {0: 48}
    assert not list(far.path.glob("*-wal"))


def test_damaged_bricks_are_rebuilt_from_the_journal(
    project: Project, labels: FaciesLabels, caplog: pytest.LogCaptureFixture
):
    labels.paint(INLINE, 0, 0, block(), 1)
    labels.paint(INLINE, 4, 0, block(), 2)
    counts = labels.class_counts()
    project.close()
    connection = sqlite3.connect(project.path / "project.sqlite")
    connection.execute("UPDATE bricks SET data = x'00112233'")
    connection.commit()
    connection.close()
    with Project.open(project.path) as again:
        assert again.labels().class_counts() == counts
        assert [item.name for item in again.labels().classes] == ["else", "salt", "chalk"]
    assert "rebuilt from the journal" in caplog.text


def test_a_damaged_database_is_told_in_a_sentence(project: Project, labels: FaciesLabels):
    for number in range(20):
        labels.paint(INLINE, number, number, np.random.default_rng(number).random((20, 20)) > 0.5, number % 3)
    project.close()
    file = project.path / "project.sqlite"
    data = bytearray(file.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    file.write_bytes(data)
    with pytest.raises(InputError, match="cannot be read"), Project.open(project.path) as again:
        again.labels()


def test_files_beside_a_located_one_are_found_too(project: Project, tmp_path: Path, survey_file: Path):
    line = write_survey(tmp_path / "line.sgy", VolumeAxes(LineAxis(7, 1, 1), LineAxis(1, 1, 30), AXES.sample))
    project.add_volume(line)
    project.close()
    (tmp_path / "new").mkdir()
    survey_file.rename(tmp_path / "new" / "survey.sgy")
    line.rename(tmp_path / "new" / "line.sgy")
    with Project.open(project.path) as again:
        assert len(again.missing_sources()) == 2
        again.locate("survey", tmp_path / "new" / "survey.sgy")
        assert again.missing_sources() == []
        assert again.open_volume("line").axes.shape == (1, 30, 70)


def test_a_folder_left_by_a_process_that_died_while_making_it_can_be_made_again(tmp_path: Path):
    (tmp_path / "a.seisproj").mkdir()
    write_lock(tmp_path / "a.seisproj", host=platform.node(), pid=2**22 + 5)
    with Project.create(tmp_path / "a") as project:
        assert project.datasets() == []


def test_surveys_a_crooked_line_and_gathers_live_in_one_project(tmp_path: Path, shared_data: Path):
    segy = shared_data / "segy"
    with Project.create(tmp_path / "a") as project:
        project.add_volume(segy / "f3_23x18_int16.sgy")
        project.add_volume(segy / "volve10-migvel-depth-sub3d.sgy")
        project.add_volume(segy / "volve10r12-full-twt-arb.sgy")
        project.add_gathers([segy / "viking_small.segy"])
        for dataset in project.datasets()[:3]:
            labels = project.labels(None, dataset.id)
            labels.add_class(dataset.name)
            labels.paint(dataset.axes.middle(), 1, 1, block(), 0)
    with Project.open(tmp_path / "a") as again:
        assert [item.kind for item in again.datasets()] == ["survey", "survey", "line", "gathers"]
        assert again.missing_sources() == again.changed_sources() == []
        for dataset in again.datasets()[:3]:
            labels = again.labels(None, dataset.id)
            assert labels.class_counts() == {0: 48}
            assert (
                labels.section(dataset.axes.middle())[0].shape
                == again.open_volume(None, dataset.id).section(dataset.axes.middle()).shape
            )
        again.journal.undo()
        assert again.labels(None, again.datasets()[2].id).class_counts() == {0: 0}
        assert again.labels(None, again.datasets()[0].id).class_counts() == {0: 48}


def test_a_volume_that_covers_a_part_of_its_dataset_is_shown_on_its_axes(project: Project, tmp_path: Path):
    part = VolumeAxes(LineAxis(108, 4, 3), LineAxis(310, 1, 50), SampleAxis(40.0, 4.0, 100))
    project.add_volume(write_survey(tmp_path / "impedance.sgy", part), dataset="survey")
    project.close()
    with Project.open(project.path) as again:
        volume = again.open_volume("impedance")
        assert volume.axes == AXES
        section = volume.section(SectionRef(Orientation.INLINE, 112))
        assert np.isfinite(section[10:, 10:]).all()
        assert np.isnan(section[:10]).all()
        assert np.isnan(section[:, :10]).all()
        own = volume.source.section(SectionRef(Orientation.INLINE, 112))
        assert np.array_equal(section[10:, 10:], own[:30, :60])
        assert np.isnan(volume.section(SectionRef(Orientation.INLINE, 110))).all()
        slice_ = volume.section(SectionRef(Orientation.TIME, 80.0))
        assert np.argwhere(np.isfinite(slice_)).min(axis=0).tolist() == [4, 10]
        assert np.array_equal(volume.live_traces(), np.isfinite(slice_))
