"""Labels: undo and redo, classes, import and export, jumps between labelled sections."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QFileDialog, QInputDialog, QWidget

from seisgui.errors import SeisguiError
from seisgui.gui.controllers.project_flow import start_folder
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.import_labels import ImportLabelsDialog
from seisgui.gui.views.panes import PaneGrid
from seisgui.interpretation.edits import Change
from seisgui.interpretation.facies import FaciesClass, FaciesLabels
from seisgui.jobs.messages import DATA, CallRequest
from seisgui.seismic.axes import SectionRef

if TYPE_CHECKING:
    from seisgui.interpretation.census import Census
    from seisgui.interpretation.label_parcel import LabelParcel

COUNT_MS = 250  # counts follow a stroke after this long, not at every stroke
LABEL_FILES = "Labels (*.ixz *.pts *.txt *.csv *.npz *.sgy *.segy);;All files (*)"
RECOUNTS = 3  # tries to count labels that somebody goes on painting
STEP = 1.3  # of the brush size
EXPORT = "seisgui.interpretation.exchange:export_labels_steps"
PARSE = "seisgui.interpretation.label_parcel:parse_steps"
_parcels = itertools.count()


class LabelFlow(QObject):
    """``counted`` when figures of the label set are fresh; ``edited`` at every change of labels or classes."""

    counted = Signal()
    stepped = Signal(object, str)  # Change of an undo or a redo, and what it did
    classes_changed = Signal()

    def __init__(self, desk: Desk, panes: PaneGrid, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._panes, self._window = desk, panes, window
        self._previous_tool = "label.eraser"
        self._tool = desk.state.tool
        self._timer = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._timer.timeout.connect(self._count)
        self._recounts = 0
        self._sought: FaciesLabels | None = None  # imported just now: a labelled section is shown once they are counted
        self.counted.connect(self._go_to_labels)
        desk.changed.connect(self._changed)
        desk.shown.connect(self._shown)
        desk.state.tool_changed.connect(self._tool_changed)

    def commands(self) -> dict[str, Callable[..., object]]:
        state = self._desk.state
        handlers: dict[str, Callable[..., object]] = {
            "edit.undo": self.undo,
            "edit.redo": self.redo,
            "edit.class_add": self.ask_add,
            "edit.class_rename": self.ask_rename,
            "edit.class_recolour": self.ask_recolour,
            "edit.class_merge": self.ask_merge,
            "edit.label_set_add": self.ask_label_set,
            "file.import_labels": self.ask_import,
            "file.export_labels": self.ask_export,
            "label.swap_tool": self.swap_tool,
            "label.bigger": lambda: self.scale_brush(STEP),
            "label.smaller": lambda: self.scale_brush(1 / STEP),
            "label.restrict_all": lambda: setattr(state.brush, "restrict", "all"),
            "label.restrict_unlabelled": lambda: setattr(state.brush, "restrict", "unlabelled"),
            "label.restrict_class": self.ask_restrict,
            "label.next_labelled": lambda: self.jump(1),
            "label.previous_labelled": lambda: self.jump(-1),
        }
        for tool in TOOLS:
            handlers[tool] = lambda tool=tool: setattr(state, "tool", tool)
        for number in range(1, 10):
            handlers[f"label.class{number}"] = lambda number=number: self.choose_key(number)
        return handlers

    @property
    def labels(self) -> FaciesLabels | None:
        return self._desk.state.labels

    @property
    def active(self) -> FaciesClass | None:
        """The class in hand."""
        labels = self.labels
        wanted = self._desk.state.active_class
        return next((entry for entry in labels.classes if entry.id == wanted), None) if labels else None

    def _changed(self, change: object) -> None:
        if change.kind in ("labels", "layout"):
            self._timer.start()
        elif change.kind == "classes":
            self.classes_changed.emit()
            self._timer.start()

    def _shown(self) -> None:
        self.classes_changed.emit()
        self._timer.stop()
        self._count()

    def _count(self) -> None:
        """Have fresh figures; many labels are counted in a thread, again where they change meanwhile."""
        labels = self.labels
        if labels is None or labels.counted:
            self._recounts = 0
            self.counted.emit()
            return
        counting = labels.begin_count()

        def take(census: Census) -> None:
            if labels is not self.labels:
                return
            self._recounts += 1
            if labels.take_count(counting, census) or self._recounts >= RECOUNTS:
                self._recounts = 0
                self._desk.project.announce(Change("counts", labels.dataset_id, labels.id))
                self.counted.emit()  # after as many strokes it is counted here and now
            else:
                self._count()

        self._desk.background.run(counting.run, take)

    # history

    def undo(self) -> None:
        project = self._desk.project
        if project is not None:
            self._step(project.journal.undo, f"{project.journal.undo_text} was taken back")

    def redo(self) -> None:
        project = self._desk.project
        if project is not None:
            self._step(project.journal.redo, f"{project.journal.redo_text} was done again")

    def _step(self, step: Callable[[], Change | None], what: str) -> None:
        try:
            change = step()
        except SeisguiError as error:
            self._desk.tell_error(error)
            return
        if change is not None:
            self.stepped.emit(change, what)

    # tools

    def _tool_changed(self, tool: str) -> None:
        self._previous_tool, self._tool = self._tool, tool

    def swap_tool(self) -> None:
        """Back to the tool used before."""
        self._desk.state.tool = self._previous_tool

    def scale_brush(self, factor: float) -> None:
        """Enlarge or shrink both sides of the brush by at least one."""
        brush = self._desk.state.brush
        way = 1 if factor > 1 else -1
        for name in ("traces", "samples"):
            value = getattr(brush, name)
            scaled = round(value * factor)
            setattr(brush, name, min(max(scaled if scaled != value else value + way, 1), 301))

    def ask_restrict(self) -> None:
        """Paint only over one class."""
        entry = self._ask_class("Paint only over", [c for c in self.labels.classes if c is not self.active])
        self._desk.state.brush.restrict = f"class:{entry.id}" if entry else "all"

    # classes

    def choose_key(self, number: int) -> None:
        """Take the class with this number of the list; one beyond the end is added."""
        labels = self.labels
        if labels is None:
            return
        if number > len(labels.classes):
            missing = range(len(labels.classes) + 1, number + 1)
            taken = {entry.name.casefold() for entry in labels.classes}
            names = [next(n for n in _names(i) if n.casefold() not in taken) for i in missing]
            if not self._desk.attempt(lambda: labels.add_classes([(None, name, None) for name in names])):
                return
            self._desk.tell(f"Added {', '.join(names)}.", "Double-click a name in the Classes panel to change it.")
        self._desk.state.active_class = labels.classes[number - 1].id

    def ask_add(self) -> None:
        name, agreed = QInputDialog.getText(self._window, "Add class", "Name of the facies class")
        if agreed and name.strip():
            self.add(name)

    def add(self, name: str, colour: str | None = None) -> None:
        """Add a class and take it in hand."""
        labels = self.labels
        if labels is not None and self._desk.attempt(lambda: labels.add_class(name, colour)):
            self._desk.state.active_class = labels.classes[-1].id

    def ask_rename(self) -> None:
        entry = self.active
        if entry is not None:
            name, agreed = QInputDialog.getText(self._window, "Rename class", "New name", text=entry.name)
            if agreed:
                self.rename(entry.id, name)

    def rename(self, class_id: int, name: str) -> None:
        """Rename a class; a refused name leaves the old one in the list."""
        labels = self.labels
        if labels is not None and not self._desk.attempt(lambda: labels.rename_class(class_id, name)):
            self.classes_changed.emit()

    def ask_recolour(self) -> None:
        entry = self.active
        if entry is None:
            return
        colour = QColorDialog.getColor(QColor(entry.colour), self._window, f"Colour of {entry.name}")
        if colour.isValid():
            self._desk.attempt(lambda: self.labels.recolour_class(entry.id, colour.name()))

    def ask_merge(self) -> None:
        entry = self.active
        if entry is None:
            return
        into = self._ask_class(
            f"Give all pixels of {entry.name} to", [c for c in self.labels.classes if c is not entry]
        )
        if into is not None:
            self.merge(entry.id, into.id)

    def merge(self, class_id: int, into: int) -> None:
        """Give one class's pixels to another, as one undoable edit."""
        if self._desk.attempt(lambda: self.labels.merge_class(class_id, into)):
            self._desk.state.active_class = into

    def hide(self, class_id: int, hidden: bool) -> None:
        self._desk.attempt(lambda: self.labels.hide_class(class_id, hidden))

    def _ask_class(self, question: str, choices: list[FaciesClass]) -> FaciesClass | None:
        if not choices:
            return None
        names = [entry.name for entry in choices]
        name, agreed = QInputDialog.getItem(self._window, "Class", question, names, 0, False)
        return choices[names.index(name)] if agreed else None

    def ask_label_set(self) -> None:
        name, agreed = QInputDialog.getText(self._window, "New label set", "Name of the label set")
        if agreed and name.strip():
            self.add_label_set(name.strip())

    def add_label_set(self, name: str) -> None:
        """Make a label set with the classes of the present one, and show it."""
        project, present = self._desk.project, self.labels
        if project is None or present is None:
            return
        try:
            info = project.add_label_set(present.dataset_id, name)
            made = project.labels(info.id)
            made.add_classes([(entry.id, entry.name, entry.colour) for entry in present.classes])
        except SeisguiError as error:
            self._desk.tell_error(error)
            return
        state = self._desk.state
        state.show(project, state.volume, state.dataset_id, state.volume_id, made)

    # import and export

    def ask_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Import labels", str(start_folder()), LABEL_FILES)
        if name:
            self.import_file(Path(name))

    def import_file(self, path: Path) -> None:
        """Show what the file's ids become; import when the user agrees."""
        self._read(path, self._ask_names)

    def _read(self, path: Path, read: Callable[[FaciesLabels, LabelParcel], None]) -> None:
        """Parse a label file in the data process, then ``read`` with the label set that is in view now."""
        project, labels = self._desk.project, self.labels
        if project is None or labels is None or self._desk.state.volume is None:
            return
        arrays = project.tmp_folder / f"{os.getpid()}-labels-{next(_parcels)}.i16"
        axes = project.dataset(labels.dataset_id).axes

        def parsed(parcel: LabelParcel) -> None:
            if self._desk.project is project:
                read(labels, parcel)
            else:
                parcel.discard()

        request = CallRequest(PARSE, {"path": path, "axes": axes, "arrays": arrays}, DATA)
        self._desk.jobs.start(request, f"Reading {path.name}", on_finished=parsed)

    def _ask_names(self, labels: FaciesLabels, parcel: LabelParcel) -> None:
        look = parcel.look()
        why = "Check the names: files order their classes differently."
        if look.names_assumed:
            why = "The file names no classes; these are the names of the 2018 paper in its order. Check them."
        dialog = ImportLabelsDialog(parcel.path, look.counts, look.names, why, self._window)
        dialog.chosen.connect(lambda names: self._put(labels, parcel, names))
        dialog.finished.connect(lambda _: parcel.discard())
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _put(self, labels: FaciesLabels, parcel: LabelParcel, names: dict[int, str]) -> None:
        """Put what was read into the label set."""
        from seisgui.interpretation import exchange

        project = self._desk.project
        try:
            report = exchange.apply_labels(project, parcel.open(), labels.dataset_id, labels.id, names)
        except SeisguiError as error:
            self._desk.tell_error(error)
            return
        aside = [
            f"{count:,} {what}"
            for count, what in (
                (report.duplicates, "listed twice"),
                (report.outside, "outside the survey"),
                (report.conflicts, "with conflicting classes"),
            )
            if count
        ]
        self._desk.tell(
            f"Imported {report.points:,} labelled samples from {parcel.path.name}"
            + (f" ({', '.join(aside)})." if aside else "."),
            "One undo takes them back.",
        )
        if labels is self.labels:
            self._desk.state.active_class = labels.classes[0].id if labels.classes else 0
            self._sought = labels

    def _go_to_labels(self) -> None:
        """After an import: where no labelled section is in sight, show the first one."""
        labels, self._sought = self._sought, None
        if labels is None or labels is not self.labels:
            return
        refs = [section.ref for section in labels.labelled_sections()]
        if refs and not set(refs) & set(self._panes.refs):
            self.go_to(refs[0])

    def ask_export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export labels", str(start_folder() / "labels.csv"), LABEL_FILES
        )
        if name:
            self.export(Path(name))

    def export(self, path: Path) -> None:
        """Write the label set in view, in the data process."""
        project, labels = self._desk.project, self.labels
        if project is None or labels is None or not self._desk.attempt(project.wait_saved):
            return
        arguments = {"project_path": project.path, "out": path, "dataset": labels.dataset_id, "label_set": labels.id}
        self._desk.jobs.start(
            CallRequest(EXPORT, arguments, DATA),
            f"Exporting labels to {path.name}",
            on_finished=lambda report: self._desk.tell(f"The labels are in {report.path}."),
        )

    # going there

    def go_to(self, ref: SectionRef) -> None:
        """Show a section in the pane that shows this orientation, else in the active one."""
        views = self._panes.views or [self._panes.active_view]
        same = [view for view in views if view.ref is not None and view.ref.orientation is ref.orientation]
        (same or [self._panes.active_view])[0].set_ref(ref)

    def jump(self, way: int) -> None:
        """To the next or previous labelled section of the active pane's orientation."""
        labels, here = self.labels, self._panes.active_view.ref
        if labels is None or here is None or not labels.counted:
            return
        refs = [s.ref for s in labels.labelled_sections() if s.ref.orientation is here.orientation]
        numbers = sorted(ref.number for ref in refs)
        ahead = [n for n in numbers if (n > here.number if way > 0 else n < here.number)]
        if not ahead:
            self._desk.tell(f"No labelled {here.orientation.value} {'after' if way > 0 else 'before'} this one.")
            return
        self.go_to(SectionRef(here.orientation, ahead[0] if way > 0 else ahead[-1]))


TOOLS = (
    "label.brush",
    "label.eraser",
    "label.line",
    "label.polygon",
    "label.fill",
    "label.fill_between",
    "view.pan",
    "view.zoom",
)


def _names(number: int) -> list[str]:
    """Names to try for a new class."""
    return [f"Class {n}" for n in range(number, number + 300)]
