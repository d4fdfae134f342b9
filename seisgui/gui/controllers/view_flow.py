"""View commands: orientation, lines, zoom, panes, layers, theme, readout."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from seisgui.gui import places
from seisgui.gui.actions import Actions
from seisgui.gui.controllers.gather_flow import GatherFlow
from seisgui.gui.controllers.workspace_flow import WorkspaceFlow
from seisgui.gui.desk import Desk
from seisgui.gui.status_bar import Bar, Readout
from seisgui.gui.theme import CHOICES
from seisgui.gui.views.class_colours import FALLBACK_COLOUR, predicted_classes
from seisgui.gui.views.panes import LAYOUTS, PaneGrid
from seisgui.seismic.axes import Orientation

ZOOM = 1.4
LAYERS = ("labels", "prediction", "entropy", "probability", "difference", "disagreement", "horizons")


class ViewFlow(QObject):
    """What the View menu does, and what follows the cursor."""

    def __init__(
        self, desk: Desk, panes: PaneGrid, gathers: GatherFlow, workspaces: WorkspaceFlow, bar: Bar, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._desk, self._panes, self._bar = desk, panes, bar
        self._gathers, self._workspaces = gathers, workspaces
        panes.cursor.connect(self._read)
        desk.shown.connect(lambda: bar.show_readout(Readout()))  # what was read belonged to another survey
        panes.said.connect(lambda sentence: desk.tell(sentence) if sentence else None)

    def commands(self) -> dict[str, Callable[..., object]]:
        state, panes = self._desk.state, self._panes
        handlers: dict[str, Callable[..., object]] = {
            "view.inline": lambda: self.show_kind(Orientation.INLINE.value),
            "view.crossline": lambda: self.show_kind(Orientation.CROSSLINE.value),
            "view.time": lambda: self.show_kind(Orientation.TIME.value),
            "view.map": lambda: self.show_kind("map"),
            "view.next": lambda: self.step(1),
            "view.previous": lambda: self.step(-1),
            "view.next_ten": lambda: self.step(10),
            "view.previous_ten": lambda: self.step(-10),
            "view.fit": self.fit,
            "view.zoom_in": lambda: self.zoom(ZOOM),
            "view.zoom_out": lambda: self.zoom(1 / ZOOM),
            "view.flip": lambda on: setattr(state.display, "flip", on),
            "view.linked": lambda on: setattr(panes, "linked", on),
        }
        for count in LAYOUTS:
            handlers[f"view.panes{count}"] = lambda count=count: panes.set_layout(count)
        for name in LAYERS:
            handlers[f"view.{name}"] = lambda on, name=name: setattr(state.layer(name), "visible", on)
        for choice in CHOICES:
            handlers[f"theme.{choice}"] = lambda choice=choice: self.choose_theme(choice)
        return handlers

    def show_kind(self, kind: str) -> None:
        """Show an orientation or the map in the active pane; a 2-D line has one orientation only."""
        volume = self._desk.state.volume
        if volume is None:
            return
        if kind != "map" and Orientation(kind) not in volume.axes.orientations:
            self._desk.tell(f"This is a single line: there is no {'slice' if kind == 'time' else kind} to show.")
            return
        self.active_pane().show_kind(kind)

    def active_pane(self) -> object:
        return next(pane for pane in self._panes.panes if pane.view is self._panes.active_view)

    def step(self, steps: int) -> None:
        """Go to another line, or to another gather or record."""
        if self._workspaces.in_gathers:
            self._gathers.step(steps)
        else:
            self._panes.active_view.step(steps)

    def zoom(self, factor: float) -> None:
        """Magnify about the middle."""
        view = self._workspaces.gather_pane.view if self._workspaces.in_gathers else self._panes.active_view
        view.zoom(factor)

    def fit(self) -> None:
        """Show whole sections, in all panes where they are linked, or the whole gather."""
        if self._workspaces.in_gathers:
            self._workspaces.gather_pane.view.fit()
            return
        for view in self._panes.views if self._panes.linked else [self._panes.active_view]:
            view.fit()

    def choose_theme(self, choice: str) -> None:
        """Take a theme and remember it."""
        self._desk.theme.choice = choice
        places.settings().setValue("theme", choice)

    def show_states(self, actions: Actions) -> None:
        """Checked entries as things stand."""
        state = self._desk.state
        actions.set_checked("view.flip", state.display.flip)
        actions.set_checked("view.linked", self._panes.linked)
        actions.set_checked(f"view.panes{len(self._panes.panes)}", True)
        actions.set_checked(f"theme.{self._desk.theme.choice}", True)
        for name in LAYERS:
            actions.set_checked(f"view.{name}", state.layer(name).visible)
        restrict = state.brush.restrict if state.brush.restrict in ("all", "unlabelled") else "class"
        actions.set_checked(f"label.restrict_{restrict}", True)
        if state.tool in actions.by_id:
            actions.set_checked(state.tool, True)

    def _read(self, found: object) -> None:
        """Show what lies under the cursor."""
        if found is None:
            self._bar.show_readout(Readout())
            return
        state = self._desk.state
        labelled = {entry.name: entry.colour for entry in state.labels.classes} if state.labels else {}
        predicted = {entry.name: entry.colour for entry in predicted_classes(state).values()}
        self._bar.show_readout(
            Readout(
                position=f"IL {found.inline}&nbsp; XL {found.crossline}&nbsp; {found.sample:.10g} {found.unit}",
                coordinates=f"X {found.x:,.0f}&nbsp; Y {found.y:,.0f}" if found.x is not None else "",
                amplitude=found.amplitude_text,
                label=f"{found.class_name} ({found.provenance})" if found.provenance else found.class_name or "",
                label_colour=labelled.get(found.class_name, FALLBACK_COLOUR),
                prediction=f"{found.predicted_name} {found.probability:.2f}" if found.predicted_name else "",
                prediction_colour=predicted.get(found.predicted_name, FALLBACK_COLOUR),
            )
        )
