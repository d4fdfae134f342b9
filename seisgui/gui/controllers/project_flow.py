"""Opening, closing and switching: which project, dataset, volume and label set the window is on."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from seisgui.errors import LockedError, SeisguiError
from seisgui.gui import places
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.locate import LocateDialog, Missing
from seisgui.gui.panels.project import Node
from seisgui.interpretation.facies import FaciesClass
from seisgui.interpretation.palettes import DEFAULT
from seisgui.interpretation.project import SUFFIX, Project

if TYPE_CHECKING:
    from seisgui.gui.controllers.copies_flow import CopiesState
    from seisgui.interpretation.datasets import Dataset
    from seisgui.interpretation.facies import FaciesLabels
    from seisgui.interpretation.journal import Change

logger = logging.getLogger(__name__)

FIRST_CLASSES = 3
PROJECT_FILES = f"Projects (*{SUFFIX} project.sqlite)"


class ProjectFlow(QObject):
    """Holds the open project; ``closing`` comes before it goes, ``opened`` after it has come.

    ``gathers_wanted`` and ``sections_wanted``: the user has asked for data of another workspace.
    """

    opened = Signal()
    closing = Signal()
    gathers_wanted = Signal(str)  # dataset
    sections_wanted = Signal()

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._window = desk, window
        desk.changed.connect(self._changed)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {
            "file.open_project": self.ask_open,
            "file.new_project": self.ask_new,
            "file.close_project": self.close,
            "file.save": self.save,
            "file.locate": self.locate,
        }

    # opening

    def ask_open(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, "Open project", str(start_folder()))
        if folder:
            self.open(Path(folder))

    def ask_new(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._window, "New project", str(start_folder() / f"project{SUFFIX}"), f"Project folder (*{SUFFIX})"
        )
        if name:
            self.create(Path(name))

    def open(self, path: Path, *, read_only: bool = False, break_lock: bool = False) -> bool:
        """Open a project folder in place of the present one; False, and why is said, where that fails."""
        try:
            project = Project.open(path, read_only=read_only, break_lock=break_lock)
        except LockedError as error:
            self._offer_read_only(path, error)
            return False
        except SeisguiError as error:
            self._desk.tell_error(error)
            return False
        self._take(project)
        return True

    def create(self, path: Path) -> bool:
        """Make an empty project and open it."""
        try:
            project = Project.create(path)
        except SeisguiError as error:
            self._desk.tell_error(error)
            return False
        self._take(project)
        return True

    def _offer_read_only(self, path: Path, error: LockedError) -> None:
        self._desk.tell(
            error.sentence,
            error.hint,
            "warning",
            (
                ("Open read-only", lambda: self.open(path, read_only=True)),
                ("Break the lock", lambda: self.open(path, break_lock=True)),
            ),
        )

    def _take(self, project: Project) -> None:
        self.close()
        places.remember(project.path)
        self._desk.listen(project)
        datasets = [dataset for dataset in project.datasets() if dataset.axes is not None]
        last = project.state("window.shown") or {}
        known = {dataset.id for dataset in datasets}
        chosen = last.get("dataset") if last.get("dataset") in known else (datasets[0].id if datasets else None)
        if chosen is None:
            self._desk.state.show(project, None)
        else:
            self.show(chosen, last.get("volume"), last.get("labels"), project)
        for notice in project.notices:
            self._desk.tell(notice)
        self._tell_sources(project)
        self.opened.emit()

    def _tell_sources(self, project: Project) -> None:
        if project.read_only:
            self._desk.tell(
                f"{project.name} is open read-only: you can look around, nothing can be changed.", stays=True
            )
        missing = project.missing_sources()
        if missing:
            names = ", ".join(file_name(record.absolute) for record in missing[:3])
            names += f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            self._desk.tell(
                f"{names} cannot be found where {'it was' if len(missing) == 1 else 'they were'}.",
                "Labels and runs are safe.",
                "warning",
                (("Locate…", self.locate),),
            )
        for record in project.changed_sources():
            self._desk.tell(
                f"{file_name(record.absolute)} has changed since it was added.",
                "Labels stay; runs made before may no longer fit.",
                "warning",
                (("Accept the changed file", lambda name=record.id: self._accept_changed(name)),),
            )

    def _accept_changed(self, volume_id: str) -> None:
        project = self._desk.project
        if project is not None and self._desk.attempt(lambda: project.accept_source(volume_id)):
            self._desk.predictions.forget()
            self.show(self._desk.state.dataset_id, volume_id)

    # showing

    def show(
        self,
        dataset_id: str | None,
        volume_id: str | None = None,
        label_set_id: str | None = None,
        project: Project | None = None,
    ) -> bool:
        """Put a volume with a label set on the window."""
        project = project or self._desk.project
        if project is None or dataset_id is None:
            return False
        try:
            dataset = project.dataset(dataset_id)
            record = next((r for r in dataset.volumes if r.id == volume_id), None) or first_volume(dataset)
            labels = self._labels(project, dataset, label_set_id)
        except SeisguiError as error:
            self._desk.state.show(project, None)
            self._desk.tell_error(error)
            return False
        try:
            volume = project.open_volume(record.id)
        except SeisguiError as error:
            self._desk.state.show(project, None, dataset.id, record.id, labels)
            if record.id not in {missing.id for missing in project.missing_sources()}:
                self._desk.tell_error(error)  # a missing file is told with an offer to locate it
            return False
        if record.id != self._desk.state.volume_id:
            self._desk.state.display.clip = 0.0  # set by hand for the amplitudes of another volume
        self._desk.state.show(project, volume, dataset.id, record.id, labels)
        if not project.read_only:
            project.set_state(
                "window.shown", {"dataset": dataset.id, "volume": record.id, "labels": labels.id if labels else None}
            )
        return True

    def _labels(self, project: Project, dataset: Dataset, label_set_id: str | None) -> FaciesLabels | None:
        if dataset.axes is None:
            return None
        sets = {info.id for info in project.label_sets(dataset.id)}
        if project.read_only and not sets:
            return None
        if not sets:
            project.add_label_set(dataset.id, "default", classes=first_classes())
        labels = project.labels(label_set_id if label_set_id in sets else None, dataset.id)
        if not labels.classes and not project.read_only:
            labels.add_classes([(None, entry.name, entry.colour) for entry in first_classes()])
        active = self._desk.state.active_class
        if labels.classes and active not in {entry.id for entry in labels.classes}:
            self._desk.state.active_class = labels.classes[0].id
        return labels

    def _changed(self, change: Change) -> None:
        state = self._desk.state
        if change.kind == "layout" and change.dataset_id == state.dataset_id:
            # header bytes were corrected, or that was taken back: the volume in view was closed
            self._desk.predictions.forget()
            self.show(change.dataset_id, state.volume_id, state.labels.id if state.labels else None)

    def follow(self, change: Change, what: str) -> None:
        """Undo and redo are seen: where they were about another dataset or label set, that one is shown."""
        state = self._desk.state
        if change.kind == "picks":
            if change.dataset_id and change.dataset_id != state.records_id:
                self.gathers_wanted.emit(change.dataset_id)
            return
        shown = change.dataset_id, change.label_set_id or (state.labels.id if state.labels else None)
        if not change.dataset_id or shown == (state.dataset_id, state.labels.id if state.labels else None):
            return
        name = self._desk.project.dataset(change.dataset_id).name
        if self.show(change.dataset_id, None, change.label_set_id):
            self._desk.tell(f"{what} on {name}, which is shown now.")

    def activate(self, node: Node) -> None:
        """A line of the project tree was double-clicked."""
        if node.kind not in ("volume", "labels", "dataset", "gathers"):
            return
        dataset_id = node.key[0]
        if self._desk.project.dataset(dataset_id).kind == "gathers":
            self.gathers_wanted.emit(dataset_id)
            return
        if node.kind == "volume":
            self.show(dataset_id, node.key[1])
        elif node.kind == "labels":
            self.show(dataset_id, self._desk.state.volume_id, node.key[1])
        else:
            self.show(dataset_id)
        self.sections_wanted.emit()

    # closing

    def save(self) -> None:
        """Wait until the disk has everything, and say so."""
        project = self._desk.project
        if project is not None and self._desk.attempt(project.wait_saved):
            self._desk.tell(f"Everything in {project.name} is on disk.", "Each stroke is saved by itself.")

    def close(self) -> None:
        """Close the project; what is being written is waited for."""
        project = self._desk.project
        if project is None:
            return
        self.closing.emit()
        self._desk.listen(None)
        self._desk.predictions.forget()
        self._desk.state.show(None, None)
        self._desk.attempt(project.close)

    def locate(self) -> None:
        """Ask where missing files are."""
        project = self._desk.project
        if project is None:
            return
        missing = [Missing(r.id, r.name, Path(r.absolute)) for r in project.missing_sources()]
        if not missing:
            self._desk.tell("All source files of this project are in their places.")
            return
        dialog = LocateDialog(missing, self._locate_one, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _locate_one(self, volume_id: str, path: Path) -> str:
        try:
            self._desk.project.locate(volume_id, path)
        except SeisguiError as error:
            return str(error)
        if self._desk.state.volume is None:
            record = self._desk.project.volume_record(volume_id)
            labels = self._desk.state.labels
            self.show(record.dataset_id, volume_id, labels.id if labels else None)
        return ""


def first_classes() -> list[FaciesClass]:
    """What a label set begins with, so that painting can start at once."""
    return [FaciesClass(number, f"Class {number + 1}", DEFAULT[number]) for number in range(FIRST_CLASSES)]


def first_volume(dataset: Dataset) -> object:
    """The first volume of a dataset; raises a sentence where it has none."""
    if not dataset.volumes:
        raise SeisguiError(f"The dataset {dataset.name} has no volume.", "Add a SEG-Y to it.")
    return dataset.volumes[0]


def project_nodes(
    project: Project,
    volume_id: str | None,
    label_set_id: str | None,
    copies: Mapping[str, CopiesState],
    gathers_id: str | None = None,
) -> list[Node]:
    """The project tree; ``copies`` by volume, of those that are large enough to have some.

    ``gathers_id`` is the dataset whose gathers are in view.
    """
    missing = {record.id for record in project.missing_sources()}
    sets = project.label_sets()
    children = [
        dataset_node(project, dataset, sets, missing, volume_id, label_set_id, copies, gathers_id)
        for dataset in project.datasets()
    ]
    if not children:
        children = [Node("note", "No data yet: File › Add volume")]
    title = f"{project.name} (read-only)" if project.read_only else project.name
    return [Node("project", title, (), str(project.path), children=tuple(children))]


def dataset_node(
    project: Project,
    dataset: Dataset,
    sets: Sequence[object],
    missing: set[str],
    volume_id: str | None,
    label_set_id: str | None,
    copies: Mapping[str, CopiesState],
    gathers_id: str | None,
) -> Node:
    """One dataset with all that belongs to it."""
    kind = "gathers" if dataset.axes is None else "volume"
    nodes = [
        Node(
            kind,
            record.name,
            (dataset.id, record.id),
            record.absolute,
            active=record.id == volume_id or (dataset.axes is None and dataset.id == gathers_id),
            problem=f"{record.absolute} is not there; use File › Locate missing sources"
            if record.id in missing
            else "",
            children=copies_nodes(dataset.id, record.id, copies.get(record.id), record.id == volume_id),
        )
        for record in dataset.volumes
    ]
    nodes += [
        Node(
            "labels", f"Labels: {info.name}", (dataset.id, info.id), f"by {info.author}", active=info.id == label_set_id
        )
        for info in sets
        if info.dataset_id == dataset.id
    ]
    nodes += [Node("horizon", horizon.name, (dataset.id,)) for horizon in project.horizons(dataset.id)]
    shape = f"{dataset.axes.shape[0]} × {dataset.axes.shape[1]} traces" if dataset.axes else "gathers"
    return Node("dataset", f"{dataset.name} ({shape})", (dataset.id,), children=tuple(nodes))


def copies_nodes(dataset_id: str, volume_id: str, state: CopiesState | None, active: bool) -> tuple[Node, ...]:
    """The line of a volume's display copies, where it may have some."""
    if state is None:
        return ()
    return (Node("copies", state.title, (dataset_id, volume_id), state.detail, active),)


def file_name(path: str) -> str:
    """The last part of a path of this or another system."""
    return path.replace("\\", "/").rpartition("/")[2]


def start_folder() -> Path:
    """Where a file chooser begins: beside the last project, or at home."""
    for path in places.recent():
        return path.parent
    return Path.home()


def own_project_path(file: Path) -> Path:
    """Where the project of a file without one is made: beside the file, or in the user's data folder."""
    beside = file.with_suffix("").with_name(f"{file.stem}{SUFFIX}")
    if beside.is_dir() or os.access(file.parent, os.W_OK):
        return beside
    folder = places.data_folder() / "projects"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / beside.name
