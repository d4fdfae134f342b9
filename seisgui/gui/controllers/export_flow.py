"""Export: ask what, let the data process write and verify it, report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from seisgui.errors import SeisguiError
from seisgui.gui.controllers.project_flow import start_folder
from seisgui.gui.controllers.runs_flow import RunsFlow, run_title
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.export import ExportChoice, ExportDialog
from seisgui.gui.views.panes import PaneGrid
from seisgui.jobs.messages import ExportRequest
from seisgui.learning.coverage import coverage


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
        dialog.chosen.connect(self.export)
        dialog.predict_wanted.connect(self.predict_wanted)
        dialog.finished.connect(self._closed)
        self._show_coverage(dialog, dialog.choice.run_id)
        self.dialog = dialog
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
        predicted, total = coverage(self._desk.project, run_id, self._desk.state.dataset_id)
        dialog.show_coverage(predicted / max(total, 1), predicted, total)

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
        self._desk.jobs.start(request, f"Exporting {choice.out.name}", on_finished=self._exported)

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
