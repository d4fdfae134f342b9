"""A window on gathers, its picks, and proposals of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gather_helpers import at_rest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from seisgui.gui.controllers.pick_flow import PickFlow
from seisgui.gui.main_window import MainWindow
from seisgui.gui.views.gather import GatherView, PickMark
from seisgui.interpretation.picks import Pick, Picks
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning.picking.stored_picks import PredictedPick, PredictedPicks, folder_of, write_predicted

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


class Hand:
    """What a person at the window sees and presses."""

    def __init__(self, qtbot, window: MainWindow, file: Path, mode: str = "gather") -> None:
        self.qtbot, self.window = qtbot, window
        project = file.parent / "work.seisproj"
        window.project_flow.create(project)
        self.dataset = window.state.project.add_gathers([file]).id
        window.workspaces.show_gathers(self.dataset)
        qtbot.waitUntil(lambda: window.state.records is not None, timeout=8000)
        window.commands[f"gather.{mode}"].trigger()
        at_rest(qtbot, self.view)
        self.view.setFocus()
        window.activateWindow()
        qtbot.waitUntil(window.commands["pick.p"].isEnabled, timeout=5000)

    @property
    def view(self) -> GatherView:
        return self.window.gather_pane.view

    @property
    def flow(self) -> PickFlow:
        return self.window.picking.hand

    @property
    def picks(self) -> Picks:
        return self.window.state.project.picks(None, self.dataset)

    def name(self, record: int) -> str:
        return self.window.state.records.table.id_of(record)

    def on(self, record: int) -> tuple[Pick, ...]:
        return self.picks.of(self.name(record))

    def marks(self, record: int) -> tuple[PickMark, ...]:
        """What is drawn on a record."""
        return self.view.layer.marks.get(self.name(record), ())

    def press(self, *keys: Qt.Key | str, modifier: Qt.KeyboardModifier = NONE) -> None:
        """Real key events to the view."""
        for key in keys:
            code = getattr(Key, f"Key_{key}") if isinstance(key, str) else key
            QTest.keyClick(self.view, code, modifier)

    def click(self, record: int, time: float) -> None:
        """A real click on a time of a record."""
        QTest.mouseClick(self.view, Qt.MouseButton.LeftButton, NONE, self.view.pos_of(record, time).toPoint())

    def do(self, command_id: str) -> None:
        """A command, when the window has had its turn."""
        QApplication.processEvents()
        self.window.commands[command_id].trigger()

    @property
    def pixel(self) -> float:
        """Seconds that a pixel is high."""
        return self.view.seconds_per_pixel()

    @property
    def selected(self) -> Pick | None:
        return self.flow.selected.pick if self.flow.selected is not None else None

    def propose(self, proposals: Sequence[tuple[int, str, float, float]], run_id: str = "run-1", curves=None) -> None:
        """Let a run have picked (record, phase, time, probability), and wait until it proposes."""
        project = self.window.state.project
        predicted = tuple(PredictedPick(self.name(r), phase, time, p, 0.004) for r, phase, time, p in proposals)
        looked = {self.name(r): (0.0, 1.0) for r, *_ in proposals}
        write_predicted(
            folder_of(project, run_id, self.dataset), PredictedPicks(predicted, looked, ("P", "S"), {}, curves or {})
        )
        write_run(project.run_folder(run_id), picking_run(run_id, self.dataset))
        project.runs()
        self.qtbot.waitUntil(lambda: self.flow.book.waiting() > 0, timeout=5000)


def picking_run(run_id: str, dataset_id: str) -> RunRecord:
    """A finished run of a picker."""
    return RunRecord(run_id, "picking", "phasenet", "2026-01-01T00:00:00+00:00", dataset_id=dataset_id)
