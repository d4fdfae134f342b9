"""One, two or four panes side by side, linked unless told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFrame, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from seisgui.gui.views.header import MAP, PaneHeader
from seisgui.gui.views.listeners import Listeners
from seisgui.gui.views.map import SurveyMap
from seisgui.gui.views.positions import SurveyPositions
from seisgui.gui.views.reader import SectionReader
from seisgui.gui.views.section import SectionView
from seisgui.seismic.axes import Orientation, SectionRef

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.predictions import PredictionStore

LAYOUTS = (1, 2, 4)
FIRST_KINDS = (Orientation.INLINE, Orientation.CROSSLINE, Orientation.TIME, MAP)


class MapPane(QWidget):
    """The map under a header row that leads back to a section."""

    def __init__(self, state: WorkbenchState, positions: SurveyPositions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = PaneHeader(self)
        self.map = SurveyMap(state, positions, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.map, 1)


class Pane(QStackedWidget):
    """A section, or the map."""

    def __init__(
        self,
        state: WorkbenchState,
        predictions: PredictionStore,
        reader: SectionReader,
        positions: SurveyPositions,
    ) -> None:
        super().__init__()
        self._state = state
        self.view = SectionView(state, predictions, self, reader=reader, positions=positions)
        self.map_pane = MapPane(state, positions, self)
        self.addWidget(self.view)
        self.addWidget(self.map_pane)
        self.view.kind_requested.connect(self.show_kind)
        self.map_pane.header.kind_requested.connect(self.show_kind)

    @property
    def shows_map(self) -> bool:
        return self.currentWidget() is self.map_pane

    def show_kind(self, kind: str) -> None:
        """Show an orientation or 'map'."""
        volume = self._state.volume
        if kind == MAP:
            self.map_pane.header.show_map(volume.axes if volume is not None else None)
            self.setCurrentWidget(self.map_pane)
            return
        self.setCurrentWidget(self.view)
        if volume is not None:
            self.view.set_orientation(Orientation(kind))
            self.view.header.show_frame(self.view.frame)

    def shut_down(self) -> None:
        self.view.shut_down()
        self.map_pane.map.shut_down()


class PaneGrid(QFrame):
    """The panes of a window.

    ``cursor``, ``said`` and ``area_drawn`` are those of all views; ``refs_changed``: others are in sight.
    """

    cursor = Signal(object)
    said = Signal(str)
    area_drawn = Signal(object, object)
    refs_changed = Signal()
    active_changed = Signal(object)  # SectionView

    def __init__(self, state: WorkbenchState, predictions: PredictionStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view.panes")
        self._state = state
        self._predictions = predictions
        self.reader = SectionReader(self)
        self.positions = SurveyPositions(self)
        self.positions.contradicted.connect(self.said)
        self._linked = True
        self._spreading = False
        self.panes: list[Pane] = []
        self._active = 0
        self._columns = QSplitter(Qt.Orientation.Vertical, self)
        self._rows = [QSplitter(Qt.Orientation.Horizontal, self._columns) for _ in range(2)]
        for splitter in (self._columns, *self._rows):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._columns)
        self._listeners = Listeners()
        self.destroyed.connect(self._listeners.release)
        self.set_layout(1)

    # -- layout --------------------------------------------------------------------------------------------------

    def set_layout(self, count: int) -> None:
        """Show 1, 2 or 4 panes; those that remain keep their sections."""
        if count not in LAYOUTS:
            raise ValueError(f"{count} panes: choose 1, 2 or 4")
        while len(self.panes) > count:
            pane = self.panes.pop()
            pane.shut_down()
            pane.hide()
            pane.setParent(None)
            pane.deleteLater()
        while len(self.panes) < count:
            self._add_pane()
        self._rows[1].setVisible(count == 4)
        for splitter in (self._columns, *self._rows):
            splitter.setSizes([1000] * splitter.count())
        self._active = min(self._active, count - 1)
        self._mark_active()
        # Connected last, so that the views have the new survey when the grid looks at them.
        self._listeners.release()
        self._listeners.on(self._state.shown, self._show_survey)
        self._refs_changed()

    def _add_pane(self) -> None:
        index = len(self.panes)
        pane = Pane(self._state, self._predictions, self.reader, self.positions)
        self.panes.append(pane)
        view = pane.view
        view.canvas.installEventFilter(self)
        view.cursor.connect(self.cursor)
        view.said.connect(self.said)
        view.area_drawn.connect(self.area_drawn)
        view.ref_changed.connect(lambda ref, source=view: self._spread_ref(source, ref))
        view.window_changed.connect(lambda source=view: self._spread_window(source))
        view.place_chosen.connect(self.go_to)
        pane.map_pane.map.place_chosen.connect(self.go_to)
        pane.currentChanged.connect(self._refs_changed)
        self._rows[index // 2].addWidget(pane)
        self._first_kind(index)
        pane.show()

    def _first_kind(self, index: int) -> None:
        """Inline, crossline, slice and map; a 2-D line has its section and the map."""
        volume = self._state.volume
        if volume is None:
            return
        kinds = volume.axes.orientations if len(volume.axes.orientations) > 1 else volume.axes.orientations[:1]
        kind = (*kinds, MAP)[min(index, len(kinds))] if len(kinds) > 1 else (kinds[0], MAP)[index % 2]
        self.panes[index].show_kind(kind)

    def _show_survey(self) -> None:
        for index, pane in enumerate(self.panes):
            frame = pane.view.frame
            if index and frame is not None and not pane.shows_map and frame.ref == self.panes[0].view.ref:
                self._first_kind(index)
            if pane.shows_map:
                pane.show_kind(MAP)
        self._refs_changed()

    # -- active view ---------------------------------------------------------------------------------------------

    @property
    def active_view(self) -> SectionView:
        """The section view that was clicked last."""
        return self.panes[self._active].view

    @property
    def views(self) -> list[SectionView]:
        """The section views in sight."""
        return [pane.view for pane in self.panes if not pane.shows_map]

    @property
    def refs(self) -> tuple[SectionRef, ...]:
        """The sections in sight, the active one first."""
        ordered = sorted(self.views, key=lambda view: view is not self.active_view)
        return tuple(dict.fromkeys(view.ref for view in ordered if view.ref is not None))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.MouseButtonPress):
            for index, pane in enumerate(self.panes):
                if pane.view.canvas is watched and index != self._active:
                    self._active = index
                    self._mark_active()
                    self.active_changed.emit(pane.view)
        return False

    def _mark_active(self) -> None:
        """A line under the header of the pane that keys and menus go to, where there are several."""
        for index, pane in enumerate(self.panes):
            pane.view.header.marked = index == self._active and len(self.panes) > 1

    # -- linking -------------------------------------------------------------------------------------------------

    @property
    def linked(self) -> bool:
        """Whether crosshair, zoom and line numbers are shared."""
        return self._linked

    @linked.setter
    def linked(self, linked: bool) -> None:
        self._linked = linked
        for pane in self.panes:
            pane.view.follows_crosshair = linked
        if linked:
            self._spread_window(self.active_view)

    def go_to(self, inline: float, crossline: float, sample: float) -> None:
        """Let all panes pass through a place; nan leaves an orientation where it is."""
        numbers = {Orientation.INLINE: inline, Orientation.CROSSLINE: crossline, Orientation.TIME: sample}
        for view in self.views:
            if view.ref is not None and np.isfinite(numbers[view.ref.orientation]):
                view.set_ref(SectionRef(view.ref.orientation, numbers[view.ref.orientation]))

    def _spread_ref(self, source: SectionView, ref: SectionRef) -> None:
        if self._linked and not self._spreading:
            self._spreading = True
            for view in self.views:
                if view is not source and view.ref is not None and view.ref.orientation is ref.orientation:
                    view.set_ref(ref)
            self._spreading = False
        self._refs_changed()

    def _spread_window(self, source: SectionView) -> None:
        if not self._linked or self._spreading or source.frame is None:
            return
        self._spreading = True
        for view in self.views:
            if view is source or view.frame is None:
                continue
            if source.canvas.fit_to_pane:
                view.fit()
            else:
                view.set_ranges(source.ranges())
        self._spreading = False

    def _refs_changed(self, *_: object) -> None:
        refs = list(self.refs)
        for pane in self.panes:
            pane.map_pane.map.set_shown(refs)
            pane.view.set_marks([ref for ref in refs if ref != pane.view.ref])
        self.refs_changed.emit()

    # -- end -----------------------------------------------------------------------------------------------------

    def shut_down(self) -> None:
        """Keep strokes in progress, stop listening, join the reading threads."""
        self._listeners.release()
        for pane in self.panes:
            pane.shut_down()
        self.reader.close()
        self.positions.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)
