"""Workspaces: which panels stand where, what is in the middle, and which keys count."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal
from PySide6.QtWidgets import QMainWindow, QStackedWidget

from seisgui.gui import places
from seisgui.gui.commands import WORKSPACES, Workspace
from seisgui.gui.controllers.gather_flow import GatherFlow
from seisgui.gui.desk import Desk
from seisgui.gui.docks import DockLayout, Docks
from seisgui.gui.empty_state import EmptyState
from seisgui.gui.tool_bar import MainToolBar
from seisgui.gui.views.gather_pane import GatherPane
from seisgui.gui.views.panes import PaneGrid

KEY = "window.workspace"
SECTIONS, GATHERS = "sections", "gathers"


class WorkspaceFlow(QObject):
    """``entered`` when a workspace was gone to, ``changed`` when something else may be in the middle."""

    entered = Signal()
    changed = Signal()

    def __init__(
        self,
        desk: Desk,
        docks: Docks,
        centre: QStackedWidget,
        tools: MainToolBar,
        gathers: GatherFlow,
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._desk, self._docks, self._centre, self._tools, self._gathers = desk, docks, centre, tools, gathers
        self.empty = centre.findChild(EmptyState)
        self.panes = centre.findChild(PaneGrid)
        self.gather_pane = centre.findChild(GatherPane)
        self._left: dict[str, DockLayout] = {}  # panels as they were left, by workspace
        desk.shown.connect(self.show_centre)
        desk.state.records_changed.connect(self.show_centre)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {f"workspace.{space.name}": lambda space=space: self.enter(space.name) for space in WORKSPACES}

    @property
    def space(self) -> Workspace:
        return self._docks.workspace

    @property
    def in_gathers(self) -> bool:
        """Whether gathers, not sections, are in the middle."""
        return self.space.centre == GATHERS

    def enter(self, name: str) -> None:
        """Go to a workspace; asked for again it puts its panels where they belong."""
        space = next(space for space in WORKSPACES if space.name == name)
        if space is self.space:
            self._docks.arrange(space)
        else:
            self._left[self.space.name] = self._docks.layout()
            self._docks.restore(space, self._left.get(name))
        self._tools.show_workspace(name)
        state = self._desk.state
        if space.centre == GATHERS and state.records is None:
            self._gathers.open()
        self.show_centre()
        self.entered.emit()

    def show_gathers(self, dataset_id: str | None = None) -> None:
        """Go to the workspace of gathers with a gather set in view."""
        if self.space.centre != GATHERS:
            self.enter(next(space.name for space in WORKSPACES if space.centre == GATHERS))
        self._gathers.open(dataset_id)
        self.show_centre()

    def show_sections(self) -> None:
        """Go to a workspace of sections."""
        if self.space.centre != SECTIONS:
            self.enter(next(space.name for space in WORKSPACES if space.centre == SECTIONS))

    def show_centre(self) -> None:
        """Put what the workspace is about in the middle, or what to do next where there is nothing of it."""
        state = self._desk.state
        gathers = self.space.centre == GATHERS
        there = self._gathers.opening is not None or state.records is not None if gathers else state.volume is not None
        failed = gathers and not there and self.has_gathers()
        shown = self.gather_pane if gathers else self.panes
        self._centre.setCurrentWidget(shown if there or failed else self.empty)
        name = state.project.name if state.project is not None else None
        elsewhere = self.has_gathers() if not gathers else state.volume is not None
        self.empty.show_state(name, places.recent(), gathers=gathers, elsewhere=elsewhere)
        self.changed.emit()

    def has_gathers(self) -> bool:
        """Whether the project has gathers at all."""
        project = self._desk.project
        return project is not None and any(dataset.kind == "gathers" for dataset in project.datasets())

    # the project comes and goes

    def project_opened(self) -> None:
        """Where the project was left, or where its data belong."""
        project, state = self._desk.project, self._desk.state
        last = project.state(KEY)
        if self.has_gathers() and (state.volume is None or last == "picking"):
            self.show_gathers()
        elif state.volume is not None:
            self.show_sections()

    def project_closing(self) -> None:
        """Remember the workspace with the project, and let go of its records."""
        project = self._desk.project
        if not project.read_only:
            self._desk.attempt(lambda: project.set_state(KEY, self.space.name))
        self._gathers.keep()
        self.gather_pane.view.rest()

    # how it was left

    def keep(self, store: QSettings) -> None:
        """Remember the panels of every workspace."""
        self._left[self.space.name] = self._docks.layout()
        for name, layout in self._left.items():
            store.setValue(f"window.docks.{name}", layout.state)
            store.setValue(f"window.shown.{name}", ",".join(layout.shown))

    def restore(self, store: QSettings) -> bool:
        """Panels as they were left; False where the present workspace has not been left yet."""
        for space in WORKSPACES:
            state, shown = store.value(f"window.docks.{space.name}"), store.value(f"window.shown.{space.name}")
            if isinstance(state, QByteArray):
                self._left[space.name] = DockLayout(state, tuple(str(shown or "").split(",")))
        return self._docks.restore(self.space, self._left.get(self.space.name))
