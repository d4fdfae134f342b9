"""From a file to a section on the screen: scan, ask where it is not certain, make or extend a project, show."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from seisgui.errors import SeisguiError
from seisgui.gui import places
from seisgui.gui.controllers.project_flow import ProjectFlow, own_project_path, start_folder
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.headers import HeadersDialog
from seisgui.gui.dialogs.open_segy import OpenSegyDialog
from seisgui.interpretation.gather_sets import GatherFiles, gather_files
from seisgui.interpretation.project import SUFFIX, Project
from seisgui.interpretation.sources import OpenedSource, open_source
from seisgui.jobs.messages import DATA, CallRequest, Failed, Priority, Progress, ScanRequest
from seisgui.seismic.npz import is_npz, open_npz
from seisgui.seismic.record_files import RecordFormat, format_of
from seisgui.seismic.segy import SegyLayout, SegyScan

if TYPE_CHECKING:
    from seisgui.interpretation.horizons import HorizonFile
    from seisgui.interpretation.surfaces import SurfaceParcel

logger = logging.getLogger(__name__)

SURVEYS = "*.sgy *.segy *.SGY *.SEGY *.npz"
WAVEFORMS = "*.su *.SU *.sg2 *.SG2 *.seg2 *.mseed *.miniseed *.ms *.sac *.SAC *.h5 *.hdf5"
FILES = f"Seismic, waveforms and projects ({SURVEYS} {WAVEFORMS} *{SUFFIX});;All files (*)"
SAMPLE = "seisgui.seismic.synthetic:sample_survey_steps"
SURFACE = "seisgui.interpretation.surfaces:read_surface_steps"
OPENING = "seisgui.seismic.segy:opening_steps"
PREVIEW = "seisgui.seismic.preview:header_sample_steps"
_parcels = itertools.count()


class OpenFlow(QObject):
    """Files in; ``file_shown`` when the first section of one is on its way to the screen.

    ``gathers_added``: files of shots or waveforms are in the project.
    """

    file_shown = Signal(object)  # Path
    gathers_added = Signal(str)  # dataset
    sample_opened = Signal()

    def __init__(self, desk: Desk, projects: ProjectFlow, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._projects, self._window = desk, projects, window
        self.dialog: OpenSegyDialog | None = None
        self._waiting: list[Path] = []  # files still to be opened of those asked for together
        self._own_project = True

    def commands(self) -> dict[str, Callable[..., object]]:
        return {
            "file.open": self.ask_open,
            "file.sample": self.open_sample,
            "file.add_volume": self.ask_add,
            "file.add_gathers": self.ask_gathers,
            "file.add_horizon": self.ask_horizon,
            "file.headers": self.show_headers,
            "file.layout": self.correct_layout,
        }

    # entering

    def ask_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", str(start_folder()), FILES)
        if name:
            self.open_paths([Path(name)])

    def ask_add(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Add volume", str(start_folder()), FILES)
        if name:
            self.open_file(Path(name), own_project=False)

    def open_paths(self, paths: Iterable[Path]) -> None:
        """Open projects and files; the first file makes its own project, the others are added to it."""
        self._waiting = list(paths)
        self._own_project = True
        self._open_next()

    def _open_next(self) -> None:
        """The next of the files that were asked for together; they are opened one after the other."""
        while self._waiting:
            path = self._waiting.pop(0)
            if path.suffix == SUFFIX or path.name == "project.sqlite" or (path / "project.sqlite").is_file():
                self._projects.open(path)
                self._own_project = False
            else:
                self.open_file(path, own_project=self._own_project)
                return

    def open_file(self, path: Path, *, own_project: bool = True, ask: bool = False) -> None:
        """Scan a file and open it; without a project of its own it joins the open one."""
        project = self._desk.project
        if not own_project and project is None:
            own_project = True
        if own_project and not ask and self._reopen(path):
            self._own_project = False
            self._open_next()
            return
        if ask:
            self._scan(path, own_project=own_project, ask=ask)
            return
        waiting = list(self._waiting)

        def sorted_out(found: list[Path]) -> None:
            if not found:
                self._scan(path, own_project=own_project, ask=ask)
                return
            self._waiting = self._waiting[len(found) - 1 :]
            self._add_gathers(found, own_project=own_project, then=self._added)

        def failed(error: SeisguiError) -> None:
            self._desk.tell_error(error)
            self._open_next()

        self._desk.background.run(lambda: waveforms_among([path, *waiting]), sorted_out, failed)

    def _added(self, done: bool) -> None:
        if done:
            self._own_project = False
        self._open_next()

    def _reopen(self, path: Path) -> bool:
        """A file that has its project already goes on where it was left."""
        folder = own_project_path(path)
        if not (folder / "project.sqlite").is_file():
            return False
        if self._desk.project is None or self._desk.project.path != folder.resolve():
            if not self._projects.open(folder):
                return True
            self._desk.tell(f"{path.name} goes on in its project {folder.name}.")
        return any(
            Path(record.absolute) == path.resolve() for item in self._desk.project.datasets() for record in item.volumes
        )

    # scanning

    def _scan(self, path: Path, *, own_project: bool, ask: bool, whole: bool = False) -> None:
        ask = ask or places.settings().value("ask_before_opening", "false") == "true"

        def scanned(scan: SegyScan) -> None:
            if is_npz(path) and scan.kind != "gathers":  # named axes: there are no bytes to choose
                self._add(path, None, None, own_project=own_project)
            elif opens_unasked(scan) and not ask:
                self._add(path, scan.layout, None, own_project=own_project, scan=scan)
            elif not (whole or ask or scan.complete):  # a guess from a sample: ask by what all headers say
                self._scan(path, own_project=own_project, ask=False, whole=True)
            else:
                self._ask(path, scan, own_project=own_project)

        def failed(failure: Failed) -> None:
            self._desk.tell_failure(failure)
            self._open_next()

        # all headers are read where the user is asked; else a sample may do, and the rest follows when it is shown
        request = ScanRequest(path) if ask or whole else CallRequest(OPENING, {"path": path}, DATA)
        self._desk.jobs.start(
            request, f"Scanning {path.name}", on_finished=scanned, on_failed=failed, priority=Priority.VISIBLE
        )

    def _ask(self, path: Path, scan: SegyScan, *, own_project: bool) -> None:
        project = None if own_project else self._desk.project
        datasets = [(item.id, item.name) for item in project.datasets() if item.axes] if project else []
        dialog = self._show_dialog(path, datasets)
        dialog.show_scan(scan)
        dialog.layout_chosen.connect(
            lambda layout: self._add(path, layout, dialog.dataset.currentData(), own_project=own_project)
        )
        dialog.rejected.connect(self._open_next)

    def _show_dialog(self, path: Path, datasets: list[tuple[str, str]]) -> OpenSegyDialog:
        dialog = OpenSegyDialog(path, self._desk.theme, datasets, self._window)
        dialog.headers_requested.connect(lambda: self.show_headers(path))
        dialog.finished.connect(lambda _: self._dialog_closed(dialog))
        self.dialog = dialog
        dialog.open()

        def failed(failure: Failed) -> None:
            dialog.map.show_note(failure.sentence)

        request = CallRequest(PREVIEW, {"path": path}, DATA)
        self._desk.jobs.start(
            request,
            f"Reading headers of {path.name}",
            on_finished=lambda sample: self.dialog is dialog and dialog.show_sample(sample),
            on_failed=failed,
            priority=Priority.VISIBLE,
            quiet=True,
        )
        return dialog

    def _dialog_closed(self, dialog: OpenSegyDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()

    # adding

    def _add(
        self,
        path: Path,
        layout: SegyLayout | None,
        dataset: str | None,
        *,
        own_project: bool,
        scan: SegyScan | None = None,
    ) -> None:
        """Put a file into its project and show it, then go on with the next one."""
        added = self._added

        def failed(error: SeisguiError) -> None:
            self._desk.tell_error(error)
            self._open_next()

        if layout is not None and layout.kind == "gathers":
            found = scan.geometry if scan is not None else "pre-stack gathers"
            self._add_gathers([path], layout, own_project=own_project, then=added, geometry=found)
            return
        self._desk.background.run(
            lambda: open_source(path, layout),
            lambda source: added(self._add_opened(path, source, dataset, own_project=own_project, scan=scan)),
            failed,
        )

    def _add_opened(
        self, path: Path, source: OpenedSource, dataset: str | None, *, own_project: bool, scan: SegyScan | None
    ) -> bool:
        """Put a file that is open now into its project and show it; False, and why is said, where that fails."""
        try:
            project = self._project_for(path, own_project=own_project)
            if project is None:
                source.volume.close()
                return False
            added = project.add_volume(path, None, dataset, source)
        except SeisguiError as error:
            self._desk.tell_error(error)
            return False
        record = next((r for r in added.volumes if Path(r.absolute) == path.resolve()), added.volumes[-1])
        if self._projects.show(added.id, record.id):
            self._say_opened(path, project, scan, own_project=own_project)
            self.file_shown.emit(path)
        return True

    def _project_for(self, path: Path, *, own_project: bool) -> Project | None:
        """The project a file goes into; its own one is made where there is none."""
        if not own_project:
            return self._desk.project
        folder = own_project_path(path)
        present = self._desk.project
        if present is not None and present.path == folder.resolve():
            return present
        opened = self._projects.open(folder) if folder.is_dir() else self._projects.create(folder)
        return self._desk.project if opened else None

    def _say_opened(self, path: Path, project: Project, scan: SegyScan | None, *, own_project: bool) -> None:
        found = f"{path.name}: {scan.geometry}. " if scan is not None else ""
        place = f"Labels and runs are kept in {project.path}." if own_project else ""
        shown = self._desk.state.dataset_id, self._desk.state.volume_id

        def check() -> None:
            if self._desk.state.volume_id == shown[1] or self._projects.show(*shown):
                self.correct_layout()

        answers = (("Check geometry…", check),) if scan is not None else ()
        if found or place:
            self._desk.tell(f"{found}{place}", answers=answers)

    def _add_gathers(
        self,
        paths: list[Path],
        layout: SegyLayout | None = None,
        *,
        own_project: bool,
        then: Callable[[bool], None] = lambda _: None,
        geometry: str = "",
    ) -> None:
        """Put files of shots or waveforms into a project; ``then`` is told whether they are there.

        ``geometry`` is what a scan has found out.
        """

        def add(found: GatherFiles) -> None:
            try:
                project = self._project_for(paths[0], own_project=own_project)
                if project is None:
                    then(False)
                    return
                name = paths[0].name if len(paths) == 1 and paths[0].is_dir() else None
                dataset = project.add_gathers(found.files, layout, name, found.marks)
            except SeisguiError as error:
                failed(error)
                return
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            place = f"Picks and runs are kept in {project.path}." if own_project else ""
            what = f"{geometry}; " if geometry else ""
            self._desk.tell(f"{paths[0].name}{more}: {what}in the project as {dataset.name}. {place}".strip())
            for sentence in found.left_out[:3]:
                self._desk.tell(sentence, level="warning")
            self.gathers_added.emit(dataset.id)
            then(True)

        def failed(error: SeisguiError) -> None:
            self._desk.tell_error(error)
            then(False)

        self._desk.background.run(lambda: gather_files(paths, layout), add, failed)

    def ask_gathers(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self._window, "Add gathers", str(start_folder()), FILES)
        if names:
            self._add_gathers([Path(name) for name in names], own_project=False)

    def ask_horizon(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            "Add horizon or fault sticks",
            str(start_folder()),
            "Text (*.txt *.dat *.asc *.xyz *);;All (*)",
        )
        if name:
            self.add_horizon(Path(name))

    def add_horizon(self, path: Path) -> None:
        """Load an ASCII horizon into the dataset in view; it is read in the data process."""
        project, dataset_id = self._desk.project, self._desk.state.dataset_id
        if project is None or dataset_id is None:
            return
        packed = project.tmp_folder / f"{os.getpid()}-surface-{next(_parcels)}.npz"

        def kept(parcel: SurfaceParcel, content: HorizonFile) -> None:
            if self._desk.project is project and self._desk.attempt(lambda: project.take_surface(parcel, content)):
                self._desk.tell(f"{path.name} is in the project.", " ".join(parcel.notes))
            parcel.discard()

        def read(parcel: SurfaceParcel) -> None:
            self._desk.background.run(parcel.open, lambda content: kept(parcel, content), self._desk.tell_error)

        arguments = {"project_path": project.path, "file": path, "dataset_id": dataset_id, "packed": packed}
        request = CallRequest(SURFACE, arguments, DATA)
        self._desk.jobs.start(request, f"Reading {path.name}", on_finished=read, priority=Priority.VISIBLE)

    # the sample survey

    def open_sample(self) -> None:
        """Make the sample survey in the user's data folder and open it; it is made once."""
        path = places.data_folder() / "sample" / "sample_survey.sgy"
        if path.is_file():
            self._sample_made(path)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        self._desk.jobs.start(
            CallRequest(SAMPLE, {"path": path}, DATA),
            "Making the sample survey",
            on_finished=lambda _: self._sample_made(path),
        )

    def _sample_made(self, path: Path) -> None:
        self.open_file(path)
        self.sample_opened.emit()

    # headers

    def show_headers(self, path: Path | None = None) -> None:
        """The headers of a file, or of the volume in view."""
        if path is None:
            project, volume_id = self._desk.project, self._desk.state.volume_id
            if project is None or volume_id is None:
                return
            try:
                path = project.source_path(volume_id)
            except SeisguiError as error:
                self._desk.tell_error(error)
                return
        if path.suffix.lower() == ".npz":
            self._desk.tell(f"{path.name} is an npz section: it has no SEG-Y headers.")
            return

        def show() -> None:
            dialog = HeadersDialog(path, self._window)
            dialog.finished.connect(dialog.deleteLater)
            dialog.show()

        self._desk.attempt(show)

    def correct_layout(self) -> None:
        """Show the open dialog for the volume in view; labels follow their traces."""
        project, volume_id = self._desk.project, self._desk.state.volume_id
        if project is None or volume_id is None:
            return
        try:
            path = project.source_path(volume_id)
        except SeisguiError as error:
            self._desk.tell_error(error)
            return
        record = project.volume_record(volume_id)
        before = SegyLayout.from_json(record.layout) if record.layout else None
        if before is None:
            self._desk.tell(f"{path.name} has no header bytes to correct.")
            return
        dialog = self._show_dialog(path, [])
        dialog.setWindowTitle(f"Header bytes of {path.name}")
        dialog.open_button.setText("Use these")

        def scanned(scan: SegyScan) -> None:
            if self.dialog is dialog:
                dialog.show_scan(scan, before)

        def progress(event: object) -> None:
            if self.dialog is dialog and isinstance(event, Progress):
                dialog.show_progress(event.done / max(event.total, 1), event.phrase)

        dialog.layout_chosen.connect(lambda layout: self._change_layout(volume_id, layout))
        self._desk.jobs.start(ScanRequest(path), f"Scanning {path.name}", on_finished=scanned, on_event=progress)

    def _change_layout(self, volume_id: str, layout: SegyLayout) -> None:
        project = self._desk.project
        if project is None:
            return
        try:
            report = project.change_layout(volume_id, layout)
        except SeisguiError as error:
            self._desk.tell_error(error)
            return
        where = "labels are on the same traces as before"
        if report.lost:
            where = f"{report.moved:,} labelled samples are on the same traces as before, {report.lost:,} have no trace"
        self._desk.tell(f"The header bytes were corrected; {where}.", "Undo takes it back.")


def opens_unasked(scan: SegyScan) -> bool:
    """Whether what a scan found out is enough: gathers need no line numbers, so that a likely finding will do."""
    enough = ("certain", "likely") if scan.kind == "gathers" else ("certain",)
    return scan.confidence in enough and scan.missing_bytes == 0


def waveforms_among(paths: list[Path]) -> list[Path]:
    """The leading files or folders that hold shots or waveforms which no scan of SEG-Y headers has to tell apart."""
    return list(itertools.takewhile(holds_waveforms, paths))


def holds_waveforms(path: Path) -> bool:
    """Whether a file is one of waveforms, or a folder of anything but a project; SEG-Y is left to its scan."""
    if path.is_dir():
        return not (path / "project.sqlite").is_file()
    kind = format_of(path)
    if kind is RecordFormat.NPZ:
        try:
            open_npz(path).close()
        except SeisguiError:
            return True  # no section: its reader as records says what it is
        return False
    return kind is not RecordFormat.SEGY
