"""A small survey written for each test, and a project that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_survey import write_survey

from seisgui.interpretation.facies import FaciesLabels
from seisgui.interpretation.project import Project


@pytest.fixture
def survey_file(tmp_path: Path) -> Path:
    return write_survey(tmp_path / "survey.sgy")


@pytest.fixture
def project(tmp_path: Path, survey_file: Path) -> Iterator[Project]:
    """A project with one survey; closed after the test."""
    made = Project.create(tmp_path / "area.seisproj")
    made.add_volume(survey_file)
    yield made
    made.close()


@pytest.fixture
def labels(project: Project) -> FaciesLabels:
    """The default label set with three classes, ids 0 to 2."""
    found = project.labels()
    found.add_classes([(None, "else", None), (None, "salt", None), (None, "chalk", None)])
    return found
