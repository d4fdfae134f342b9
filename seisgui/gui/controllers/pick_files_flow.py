"""Picks from files and into files, and further pick sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from seisgui.errors import SeisguiError
from seisgui.gui.controllers.pick_flow import PickFlow
from seisgui.gui.controllers.project_flow import start_folder
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.header_word import HeaderWordDialog
from seisgui.gui.panels.picks import PicksPanel

if TYPE_CHECKING:
    from seisgui.interpretation.pick_exchange import PickExport, PicksOfFile
    from seisgui.interpretation.pick_headers import HeaderWord

IN_FILES = "Picks (*.csv *.xml *.qml *.obs *.nll *.sgy *.segy *.su *.npz);;All files (*)"
OUT_FILES = "PhaseNet CSV (*.csv);;QuakeML (*.xml);;NonLinLoc (*.obs);;SEG-Y with first breaks (*.sgy *.segy *.su)"
TRACES = {".sgy", ".segy", ".seg", ".su"}


class PickFilesFlow(QObject):
    """Asks for files, reads and writes them off the window's thread."""

    def __init__(self, desk: Desk, picks: PickFlow, panel: PicksPanel, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._picks, self._window = desk, picks, window
        panel.new_pick_set.connect(self.ask_pick_set)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {
            "file.import_picks": self.ask_import,
            "file.export_picks": self.ask_export,
            "edit.pick_set_add": self.ask_pick_set,
        }

    def ask_pick_set(self) -> None:
        name, agreed = QInputDialog.getText(self._window, "New pick set", "Name of the interpreter or the purpose")
        if agreed and name.strip():
            self.add_pick_set(name.strip())
        else:
            self._picks.opened.emit()  # the list shows the present one again

    def add_pick_set(self, name: str) -> None:
        """Make a pick set for the gathers in view, and take it in hand."""
        project, dataset_id = self._desk.project, self._desk.state.records_id
        if project is not None and self._desk.attempt(lambda: project.add_pick_set(dataset_id, name)):
            self._picks.open(name)

    # ---- in

    def ask_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Import picks", str(start_folder()), IN_FILES)
        if not name:
            return
        path = Path(name)
        if path.suffix.casefold() in TRACES:
            self._ask_word("Import first breaks", lambda word: self.import_file(path, word))
        else:
            self.import_file(path)

    def import_file(self, path: Path, word: HeaderWord | None = None) -> None:
        """Read a file beside the window, then put its picks into the pick set in hand as one undo step."""
        records, picks = self._desk.state.records, self._picks.book.picks
        if records is None or picks is None:
            return

        def read() -> PicksOfFile:
            from seisgui.interpretation.pick_exchange import read_pick_file

            return read_pick_file(path, records, None, word)

        def keep(found: PicksOfFile) -> None:
            from seisgui.interpretation.pick_exchange import keep_picks

            if self._picks.book.picks is picks:
                self._picks.attempt(
                    lambda: self._kept(keep_picks(self._desk.project, picks.dataset_id, picks.id, found, records.table))
                )

        self._desk.background.run(read, keep, self._desk.tell_error)

    def _kept(self, report: object) -> None:
        there = f", {report.present:,} were there already" if report.present else ""
        level = "warning" if report.missed else "information"
        sentence = f"Imported {report.added:,} of {report.read:,} picks of {report.file.name}{there}."
        self._desk.tell(sentence, " ".join(report.notes) or "One undo takes them back.", level)

    # ---- out

    def ask_export(self) -> None:
        name, chosen = QFileDialog.getSaveFileName(
            self._window, "Export picks", str(start_folder() / "picks.csv"), OUT_FILES
        )
        if not name:
            return
        path = Path(name)
        if not path.suffix:
            path = path.with_suffix(chosen.partition("*")[2].partition(" ")[0].rstrip(")") or ".csv")
        if path.suffix.casefold() in TRACES:
            self._ask_word("Export first breaks", lambda word: self.export(path, word))
        else:
            self.export(path)

    def export(self, path: Path, word: HeaderWord | None = None) -> None:
        """Write the pick set in hand, beside the window."""
        project, picks = self._desk.project, self._picks.book.picks
        records = self._desk.state.records
        if project is None or picks is None or records is None:
            return
        from seisgui.interpretation.pick_exchange import on_records

        placed, notes = on_records(picks, records.table)

        def write() -> PickExport:
            from seisgui.interpretation.pick_exchange import write_picks_file

            return write_picks_file(path, placed, records, picks.info, word=word, notes=notes)

        def wrote(report: PickExport) -> None:
            self._desk.tell(
                f"Wrote {report.picks:,} picks of {report.records:,} records to {path.name}.", " ".join(report.notes)
            )

        self._desk.background.run(write, wrote, self._desk.tell_error)

    def _ask_word(self, title: str, then: Callable[[HeaderWord], None]) -> None:
        dialog = HeaderWordDialog(title, self._window)

        def chosen() -> None:
            try:
                word = dialog.word()
            except SeisguiError as error:
                self._desk.tell_error(error)
                return
            then(word)

        dialog.accepted.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
