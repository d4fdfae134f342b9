"""Section views and panes on a small survey in a real project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from section_helpers import AXES, Workplace, amplitude_of, open_workplace, settle

from seisgui.gui.app import create_window
from seisgui.gui.main_window import MainWindow
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


@pytest.fixture
def window(qtbot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MainWindow]:
    """The whole window, shown, with nothing open and preferences of its own."""
    monkeypatch.setenv("SEISGUI_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("SEISGUI_DATA", str(tmp_path / "data"))
    widget = create_window()
    widget.resize(1366, 768)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget
    if not widget.close():  # a training runs
        widget.shut_down()
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def open_window(qtbot, window: MainWindow, tmp_path: Path) -> MainWindow:
    """The window on a project with a survey of nine inlines, 60 crosslines and 80 samples, at rest."""
    file = tmp_path / "survey.sgy"
    write_segy(file, amplitude_of(AXES), AXES)
    window.project_flow.create(tmp_path / "survey.seisproj")
    dataset = window.state.project.add_volume(file)
    assert window.project_flow.show(dataset.id)
    settle(qtbot, *window.panes.views)
    return window
