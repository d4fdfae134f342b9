"""Runs written by other processes are taken into the ledger."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from seisgui.errors import InputError
from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.project import Project
from seisgui.interpretation.runs import RunRecord, read_run, write_run

RECORD = RunRecord(
    id="forest-1",
    task="facies",
    network="forest",
    created="2026-01-02T10:00:00+00:00",
    dataset_id="survey",
    label_set_id="survey-default",
    label_revision=4,
    classes=(FaciesClass(0, "else", "#112233"),),
    metrics={"held_out": {"mean_iou": 0.5}},
)


def test_a_record_is_the_same_after_writing_and_reading(tmp_path: Path):
    write_run(tmp_path / "r", RECORD)
    assert read_run(tmp_path / "r") == RECORD
    assert [file.name for file in (tmp_path / "r").iterdir()] == ["run.json"]


def test_runs_are_adopted_oldest_first_and_outlive_their_folder(project: Project):
    later = replace(RECORD, id="forest-2", created="2026-01-03T10:00:00+00:00")
    for record in (later, RECORD):
        write_run(project.run_folder(record.id), record)
    assert [record.id for record in project.runs()] == ["forest-1", "forest-2"]
    write_run(project.run_folder("forest-2"), replace(later, status="stopped"))
    assert project.runs()[1].status == "stopped"
    project.wait_saved()
    shutil.rmtree(project.run_folder("forest-1"))
    project.close()
    with Project.open(project.path, read_only=True) as looking:
        assert [record.id for record in looking.runs()] == ["forest-1", "forest-2"]
        assert looking.run("forest-1") == RECORD


def test_a_reader_sees_runs_that_nobody_adopted_yet(project: Project):
    write_run(project.run_folder("forest-1"), RECORD)
    with Project.open(project.path, read_only=True) as looking:
        assert looking.runs() == [RECORD]


def test_a_damaged_run_hides_no_other(project: Project, caplog: pytest.LogCaptureFixture):
    write_run(project.run_folder("forest-1"), RECORD)
    broken = project.run_folder("broken")
    broken.mkdir()
    (broken / "run.json").write_text("{")
    assert project.runs() == [RECORD]
    assert "is damaged" in caplog.text
    with pytest.raises(InputError, match="damaged"):
        project.run("broken")


def test_an_unknown_run_is_told_with_the_choices(project: Project):
    write_run(project.run_folder("forest-1"), RECORD)
    with pytest.raises(InputError, match=r"no run 'nothing'.*forest-1"):
        project.run("nothing")
    with pytest.raises(InputError, match="no name of a run"):
        project.run("../elsewhere")


def test_runs_are_marked_when_their_source_changed(project: Project, survey_file: Path):
    write_run(project.run_folder("forest-1"), RECORD)
    data = bytearray(survey_file.read_bytes())
    data[3600 + 240 : 3600 + 400] = bytes(160)
    survey_file.write_bytes(data)
    project.accept_source("survey")
    assert "before survey changed" in project.run("forest-1").notes


def test_what_a_killed_training_left_is_swept_after_a_day(tmp_path):
    project = Project.create(tmp_path / "survey.seisproj")
    old, young = (project.path / "runs" / name for name in (".old.partial", ".young.partial"))
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    project.close()
    Project.open(project.path).close()
    assert not old.exists()
    assert young.exists()
