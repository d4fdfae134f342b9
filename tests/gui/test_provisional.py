"""A large survey opens on a sample of its headers; the rest is read in the background, and the views follow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from section_helpers import open_workplace, settle

from seisgui.gui.main_window import MainWindow
from seisgui.gui.views.panes import PaneGrid
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(50, 2, 120), LineAxis(900, 1, 200), SampleAxis(0.0, 4.0, 25))
TRACE_BYTES = 240 + 4 * 25
DEAD = 2


def test_the_note_goes_and_dead_traces_become_holes_once_all_headers_are_read(qtbot, tmp_path: Path):
    file = tmp_path / "large.sgy"
    write_segy(file, np.random.default_rng(0).normal(size=AXES.shape).astype(np.float32), AXES)
    data = bytearray(file.read_bytes())
    at = 3600 + (5 * 200 + 33) * TRACE_BYTES + 28  # trace identification, bytes 29-30
    data[at : at + 2] = DEAD.to_bytes(2, "big")
    file.write_bytes(data)

    place = open_workplace(tmp_path, file)
    assert place.state.volume.provisional
    grid = PaneGrid(place.state, place.predictions)
    qtbot.addWidget(grid)
    grid.show()
    view = grid.views[0]
    view.set_ref(SectionRef(Orientation.TIME, 40))
    qtbot.waitUntil(lambda: not place.state.volume.provisional, timeout=20000)
    settle(qtbot, view)
    qtbot.waitUntil(lambda: view.amplitude is not None and bool(np.isnan(view.amplitude[5, 33])), timeout=5000)
    assert not any("provisional" in note for note in view.canvas.decoration.notes)
    assert not grid.positions.live[5, 33]
    grid.close()
    place.project.close()


def test_a_large_survey_is_shown_before_all_its_headers_are_read(qtbot, window: MainWindow, tmp_path: Path):
    file = tmp_path / "large.sgy"
    write_segy(file, np.random.default_rng(0).normal(size=AXES.shape).astype(np.float32), AXES)
    found = []
    window.bridge.finished.connect(lambda _job, result: found.append(result))
    window.open_paths([file])
    qtbot.waitUntil(lambda: window.state.volume is not None, timeout=30000)
    assert not found[0].complete
    assert window.state.volume.axes == AXES
    qtbot.waitUntil(lambda: not window.state.volume.provisional, timeout=20000)
