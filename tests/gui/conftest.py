"""Section views and panes on a small survey in a real project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from section_helpers import AXES, Workplace, amplitude_of, open_workplace, settle

from seisgui.gui.views.panes import PaneGrid
from seisgui.gui.views.section import SectionView
from seisgui.seismic.segy_writer import write_segy


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    """A project with a survey of nine inlines, 60 crosslines numbered in steps of four, 80 samples."""
    file = tmp_path / "survey.sgy"
    write_segy(file, amplitude_of(AXES), AXES)
    place = open_workplace(tmp_path, file)
    yield place
    place.project.close()


@pytest.fixture
def f3_workplace(tmp_path: Path, f3_line: Path) -> Iterator[Workplace]:
    """A project with the real F3 line."""
    place = open_workplace(tmp_path, f3_line)
    yield place
    place.project.close()


@pytest.fixture
def view(qtbot, workplace: Workplace) -> Iterator[SectionView]:
    """A section view on the middle inline, at rest."""
    widget = SectionView(workplace.state, workplace.predictions)
    qtbot.addWidget(widget)
    widget.resize(700, 500)
    widget.show()
    settle(qtbot, widget)
    yield widget
    widget.close()


@pytest.fixture
def grid(qtbot, workplace: Workplace) -> Iterator[PaneGrid]:
    """Panes on the same survey."""
    widget = PaneGrid(workplace.state, workplace.predictions)
    qtbot.addWidget(widget)
    widget.resize(1000, 700)
    widget.show()
    settle(qtbot, *widget.views)
    yield widget
    widget.close()
