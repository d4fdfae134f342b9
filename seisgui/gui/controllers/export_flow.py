"""Export: ask what, let the data process write and verify it, report."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from seisgui.errors import SeisguiError
from seisgui.gui.controllers.project_flow import start_folder
from seisgui.gui.controllers.runs_flow import RunsFlow
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.export import ExportChoice, ExportDialog
from seisgui.gui.views.panes import PaneGrid
from seisgui.gui.words import run_title
from seisgui.jobs.messages import ExportRequest
from seisgui.learning.coverage import coverage
from seisgui.seismic.file_structure import read_structure
from seisgui.seismic.sample_format import FORMATS, export_code

ROOM = 1.05  # free space wanted, as a multiple of what is written


class ExportFlow(QObject):
    """Predictions as SEG-Y, and pictures."""

    exported = Signal()
    predict_wanted = Signal(str)  # run whose whole volume is to be predicted before it is exported

    def __init__(self, desk: Desk, runs: RunsFlow, panes: PaneGrid, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._runs, self._panes, self._window = desk, runs, panes, window
        self.dialog: ExportDialog | None = None

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"file.export": self.ask, "file.picture": self.ask_picture}

    def ask(self) -> None:
        """Show the export dialog for the current run."""
        project, dataset_id = self._desk.project, self._desk.state.dataset_id
        if project is None or dataset_id is None:
            return
        runs = [(record.id, run_title(record)) for record in reversed(self._runs.records)]
        dialog = ExportDialog(runs, self._desk.state.run_id, self._source(), self._window)
        dialog.run_changed.connect(lambda run_id: self._show_coverage(dialog, run_id))
        dialog.target_changed.connect(lambda: self._show_room(dialog))
        dialog.chosen.connect(self.export)
        dialog.predict_wanted.connect(self.predict_wanted)
        dialog.finished.connect(self._closed)
        self.dialog = dialog
        self._show_coverage(dialog, dialog.choice.run_id)
        self._show_room(dialog)
        dialog.open()

    def _closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _source(self) -> Path:
        """The file that the export stands beside."""
        try:
            return self._desk.project.source_path(self._desk.state.volume_id)
        except SeisguiError:
            return start_folder() / "prediction"

    def _show_coverage(self, dialog: ExportDialog, run_id: str) -> None:
        project, dataset_id = self._desk.project, self._desk.state.dataset_id

        def found(covered: tuple[int, int]) -> None:
            predicted, total = covered
            if self.dialog is dialog and dialog.choice.run_id == run_id:
                dialog.show_coverage(predicted / max(total, 1), predicted, total)

        self._desk.background.run(lambda: coverage(project, run_id, dataset_id), found)

    def _show_room(self, dialog: ExportDialog) -> None:
        """How large the file will be and what its disk has free; asked off the window's thread, disks may sleep."""
        project, choice = self._desk.project, dialog.choice
        try:
            source = project.source_path(project.volume_record(None, self._desk.state.dataset_id).id)
        except SeisguiError:
            return

        def found(room: tuple[int, int]) -> None:
            if self.dialog is dialog and dialog.choice == choice:
                size, free = room
                dialog.show_room(size, free, fits=free >= ROOM * size)

        def failed(_: SeisguiError) -> None:
            if self.dialog is dialog and dialog.choice == choice:
                dialog.forget_room()

        self._desk.background.run(lambda: room_for(source, choice), found, failed)

    def export(self, choice: ExportChoice) -> None:
        """Write the file in the data process and say what came of it."""
        project = self._desk.project
        if choice.out.exists() and not self._may_replace(choice.out):
            return
        if not choice.out.parent.is_dir():
            self._desk.tell(f"The folder {choice.out.parent} does not exist.", "Choose another place.", "error")
            return
        request = ExportRequest(
            project.path,
            choice.run_id,
            choice.out,
            choice.kind,
            choice.sample_format,
            choice.partial,
            self._desk.state.dataset_id,
        )
        self._desk.jobs.start(
            request,
            f"Exporting {choice.out.name}",
            on_finished=self._exported,
            detail=f"To {choice.out}, verified before it takes that name. Cancel leaves nothing.",
            pausable=True,
        )

    def _may_replace(self, path: Path) -> bool:
        question = f"{path.name} exists. Replace it? The old file stays until the new one is verified."
        return QMessageBox.question(self._window, "Export", question) == QMessageBox.StandardButton.Yes

    def _exported(self, report: object) -> None:
        self.exported.emit()
        folder = QUrl.fromLocalFile(str(report.path.parent))
        self._desk.tell(
            f"Wrote and verified {report.path}: {report.traces:,} traces, "
            f"{100 * report.fraction_predicted:.1f} % predicted.",
            f"Settings are in {report.sidecar.name}.",
            answers=(("Open folder", lambda: QDesktopServices.openUrl(folder)),),
            stays=True,
        )

    # pictures

    def ask_picture(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save picture", str(start_folder() / "section.png"), "PNG (*.png)"
        )
        if name:
            self.save_picture(Path(name))

    def save_picture(self, path: Path) -> None:
        """Save what the views show."""
        if self._panes.grab().save(str(path)):
            self._desk.tell(f"The picture is in {path}.")
        else:
            self._desk.tell(f"{path} could not be written.", "Choose a folder that can be written.", "error")


def room_for(source: Path, choice: ExportChoice) -> tuple[int, int]:
    """Bytes of the file to be written and bytes free where it goes; raises where the source or the folder is gone."""
    structure = read_structure(source)
    width = FORMATS[export_code(choice.sample_format)].width
    size = structure.size + structure.n_traces * structure.n_samples * (width - structure.sample_width)
    return size, shutil.disk_usage(choice.out.parent).free
