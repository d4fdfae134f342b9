"""A project finds the display copies of its volumes, and only those that are true."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from small_survey import AXES, CROSSLINE, INLINE, TIME, write_survey

from seisgui.errors import FailureError
from seisgui.interpretation.copies import ingest_project_steps
from seisgui.interpretation.project import Project
from seisgui.seismic.axes import LineAxis, Orientation, SectionRef, VolumeAxes
from seisgui.seismic.ingest import ingest_state
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.progress import finish


def test_copies_made_beside_an_open_project_are_found_and_kept_open(project: Project) -> None:
    assert project.display_copies() is None
    folder = finish(ingest_project_steps(project.path, "survey"))
    assert folder == project.display_folder("survey")
    assert folder.is_relative_to(project.path)
    copies = project.display_copies()
    assert copies is not None
    assert project.display_copies("survey") is copies
    volume = project.open_volume()
    for ref in (INLINE, CROSSLINE, TIME):
        assert np.array_equal(copies.codes(ref), copies.compander.encode(volume.section(ref)))
    project.close()
    with pytest.raises(FailureError, match="closed"):
        copies.codes(INLINE)


def test_copies_of_a_source_that_has_changed_are_not_served(project: Project, survey_file: Path) -> None:
    finish(ingest_project_steps(project.path, "survey"))
    assert project.display_copies() is not None
    path = project.path
    project.close()
    os.utime(survey_file, ns=(1, 1))
    with Project.open(path, read_only=True) as again:
        assert again.display_copies() is None
        finish(ingest_project_steps(path, "survey"))
        assert again.display_copies() is not None


def test_copies_removed_under_an_open_project_are_not_missed(project: Project) -> None:
    folder = finish(ingest_project_steps(project.path, "survey"))
    assert project.display_copies() is not None
    for file in folder.iterdir():
        file.unlink()
    assert project.display_copies() is None


def test_a_corrected_layout_makes_the_copies_stale(project: Project) -> None:
    finish(ingest_project_steps(project.path, "survey"))
    project.change_layout("survey", SegyLayout(193, 189))
    assert project.display_copies() is None
    folder = project.display_folder("survey")
    assert ingest_state(folder, project.open_volume()).kind == "stale"


def test_a_volume_on_the_axes_of_its_dataset_is_copied_on_them(project: Project, tmp_path: Path) -> None:
    part = VolumeAxes(LineAxis(104, 2, 5), LineAxis(310, 1, 12), AXES.sample)
    project.add_volume(write_survey(tmp_path / "part.sgy", part), dataset="survey")
    finish(ingest_project_steps(project.path, "part"))
    copies = project.display_copies("part")
    assert copies is not None
    assert copies.axes == AXES
    volume = project.open_volume("part")
    for ref in (INLINE, TIME, SectionRef(Orientation.INLINE, 100)):
        assert np.array_equal(copies.codes(ref), copies.compander.encode(volume.section(ref)))
