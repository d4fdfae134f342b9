"""Picking: what the mouse and the keys do to arrivals of the gathers in view."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from seisgui.errors import SeisguiError
from seisgui.gui.actions import Actions
from seisgui.gui.controllers.gather_flow import GatherFlow
from seisgui.gui.desk import Desk
from seisgui.gui.panels.picks import PicksPanel
from seisgui.gui.pick_book import PickBook, Standing
from seisgui.gui.pick_editor import PickEditor
from seisgui.gui.tools.pick_tool import PickTool, mark_of
from seisgui.gui.views.gather import GATHER
from seisgui.gui.views.gather_pane import GatherPane
from seisgui.seismic.onset import REACH, onset_near

if TYPE_CHECKING:
    from seisgui.interpretation.edits import Change

TEN = 10
WIDER = 1.25  # of an uncertainty, by a key
FIRST_BAR = 2.0  # samples: the uncertainty that the key begins with


class PickFlow(QObject):
    """Holds the picks of the gathers in view and what the hand holds of them; ``changed`` after every edit."""

    opened = Signal()  # another pick set, or none
    changed = Signal()
    selected_changed = Signal(object)  # Standing | None

    def __init__(self, desk: Desk, gathers: GatherFlow, pane: GatherPane, panel: PicksPanel, window: QObject) -> None:
        super().__init__(window)
        self._desk, self._gathers, self._view, self._panel = desk, gathers, pane.view, panel
        self.picking = panel.picking
        self.book = PickBook()
        self.editor = PickEditor(self.book)
        self.tool = PickTool(self._view, self.book, self.picking, self.show_record, self)
        self.selected: Standing | None = None
        self.tool.chosen.connect(self.select)
        self.tool.placed.connect(self.place)
        self.tool.moved.connect(self.move)
        self.tool.stretched.connect(self.stretch)
        self._view.shown.connect(self.show_all)
        self._view.current_changed.connect(self._follow_current)
        self.picking.events.armed.connect(self._say)
        self.picking.events.one_each.connect(self._one_each_changed)
        desk.changed.connect(self._document_changed)
        desk.state.records_changed.connect(self.open)
        self._say()

    def commands(self) -> dict[str, Callable[..., object]]:
        return {
            "pick.p": lambda: self.arm("P"),
            "pick.s": lambda: self.arm("S"),
            "pick.look": self.escape,
            "pick.set": self.set_at_keyboard,
            "pick.snap_now": self.snap_selected,
            "pick.snap": lambda on: setattr(self.picking, "snap", on),
            "pick.delete": self.delete,
            "pick.left": lambda: self.step_trace(-1),
            "pick.right": lambda: self.step_trace(1),
            "pick.left_ten": lambda: self.step_trace(-TEN),
            "pick.right_ten": lambda: self.step_trace(TEN),
            "pick.earlier": lambda: self.nudge(-1),
            "pick.later": lambda: self.nudge(1),
            "pick.earlier_ten": lambda: self.nudge(-TEN),
            "pick.later_ten": lambda: self.nudge(TEN),
            "pick.up": lambda: self.set_polarity("up"),
            "pick.down": lambda: self.set_polarity("down"),
            "pick.wider": lambda: self.scale_uncertainty(WIDER),
            "pick.narrower": lambda: self.scale_uncertainty(1 / WIDER),
        }

    def show_states(self, actions: Actions) -> None:
        """Checked entries as things stand."""
        armed = {"P": "pick.p", "S": "pick.s"}.get(self.picking.armed, "pick.look")
        actions.set_checked(armed, True)
        actions.set_checked("pick.snap", self.picking.snap)

    # ---- the pick set

    def open(self, pick_set_id: str | None = None) -> None:
        """Take a pick set of the gathers in view (None: the first one), or none where there are no gathers."""
        state, project = self._desk.state, self._desk.project
        picks = None
        if project is not None and state.records is not None:
            try:
                picks = project.picks(pick_set_id, state.records_id)
            except SeisguiError as error:
                if not project.read_only:
                    self._desk.tell_error(error)
        self.selected = None
        self.book.open(picks, None if state.records is None else state.records.table)
        self.picking.one_each = self.book.one_each
        self.select(None)
        self.show_all()
        self.opened.emit()

    @property
    def writable(self) -> bool:
        """Whether picks can be set."""
        project = self._desk.project
        return self.book.picks is not None and project is not None and not project.read_only

    def _one_each_changed(self, on: bool) -> None:
        self.book.set_one_each(on)
        self.show_all()
        self.changed.emit()

    def _document_changed(self, change: Change) -> None:
        if change.kind != "picks" or self.book.picks is None or change.label_set_id != self.book.picks.id:
            return
        self.book.touched(change.records)
        in_view = set(self._view.record_ids)
        for record in change.records & in_view:
            self.show_record(record)
        if self.selected is not None:
            self.select(self.book.get(self.selected.key))
        self.changed.emit()

    def follow_step(self, change: Change) -> None:
        """After an undo or a redo of picks: bring a record that changed into view."""
        table = self.book.table
        if change.kind != "picks" or table is None or change.records & set(self._view.record_ids):
            return
        found = [index for record in change.records if (index := table.index_of(record)) is not None]
        if found:
            self._gathers.go_to_record(min(found))

    # ---- what is drawn

    def show_all(self) -> None:
        """Draw what stands on the records in view."""
        marked = filter(self.book.marked, self._view.record_ids)
        self._view.set_picks({record: self._marks(record) for record in marked})

    def show_record(self, record: str) -> None:
        """Draw what stands on one record."""
        self._view.set_record_picks(record, self._marks(record))

    def _marks(self, record: str) -> list[object]:
        chosen = self.selected.key if self.selected is not None else None
        return [mark_of(one, self.tool.bar_of(one) if one.key == chosen else None) for one in self.book.on(record)]

    # ---- what the hand holds

    def select(self, standing: Standing | None) -> None:
        """Take a pick or a proposal in hand: keys act on it."""
        before, self.selected = self.selected, standing
        self.tool.selected = standing.key if standing is not None else None
        self._view.set_selected(self.tool.selected)
        in_view = self._view.record_ids
        for record in {one.pick.record for one in (before, standing) if one is not None}:
            if record in in_view:
                self.show_record(record)
        if standing is not None and self.book.table is not None:
            index = self.book.table.index_of(standing.pick.record)
            if index is not None and standing.pick.record in in_view:
                self._view.set_current(index)
        self._panel.show_selected(self._text_of(standing) if standing is not None else "")
        self.selected_changed.emit(standing)

    def _text_of(self, standing: Standing) -> str:
        pick = standing.pick
        bits = [f"<b>{pick.phase}</b> on {pick.record}", f"{pick.time:.4f} s"]
        if pick.uncertainty:
            bits[1] += f" ± {1000 * pick.uncertainty:.3g} ms"
        bits += [pick.polarity, "proposed" if standing.proposed else pick.provenance]
        bits += [f"probability {pick.probability:.2f}"] if pick.probability is not None else []
        return " · ".join(filter(None, bits))

    def _follow_current(self, record: int) -> None:
        """The keyboard is on another trace: what stands there is taken in hand."""
        table = self.book.table
        if table is None or self.book.picks is None or not 0 <= record < len(table):
            return
        name = table.id_of(record)
        if self.selected is not None and self.selected.pick.record == name:
            return
        before = self.selected
        time = before.pick.time if before is not None else 0.0
        phase = self.picking.armed or (before.pick.phase if before is not None else "")
        self.select(self.book.nearest(name, time, phase))

    # ---- arming

    def arm(self, phase: str) -> None:
        """A click sets this phase from now on."""
        self.picking.armed = phase

    def escape(self) -> None:
        """Give up the gesture in progress, else put the phase down."""
        if not self.tool.cancel():
            self.picking.armed = ""

    def _say(self, *_: object) -> None:
        armed = self.picking.armed
        if armed:
            phrase = f"Click where {armed} begins, or drag along it over many traces. Esc: only look."
        else:
            phrase = "P or S, then click where it begins. A drag moves a pick, Delete takes it away."
        self._panel.say(phrase)

    # ---- gestures

    def attempt(self, edit: Callable[[], object]) -> bool:
        """Edit, and say why where that is not possible."""
        if not self.writable:
            self._desk.tell("These picks can only be looked at", "Open the project where it can be written.")
            return False
        return self._desk.attempt(edit)

    def place(self, places: Iterable[tuple[int, float]], component: int) -> None:
        """Set the phase in hand on records (index, s)."""
        table, phase = self.book.table, self.picking.armed
        found = [(index, time) for index, time in places]
        if table is None or not phase:
            return
        if self.picking.snap:
            found = [(index, self.snapped(index, time, component) or time) for index, time in found]
        keys: list[int | None] = []
        named = [(table.id_of(index), time) for index, time in found]
        if self.attempt(lambda: keys.append(self.editor.set_many(named, phase))):
            self.select(self.book.get(keys[0]) or self.selected)

    def move(self, standing: Standing, time: float) -> None:
        keys: list[int | None] = []
        if self.attempt(lambda: keys.append(self.editor.move(standing, time))):
            self.select(self.book.get(keys[0]))
        else:
            self.show_record(standing.pick.record)

    def stretch(self, standing: Standing, uncertainty: float) -> None:
        self._change(standing, f"Uncertainty of {standing.pick.phase}", uncertainty=round(uncertainty, 7))

    def _change(self, standing: Standing, text: str, **values: object) -> None:
        keys: list[int | None] = []
        if self.attempt(lambda: keys.append(self.editor.change(standing, text, **values))):
            self.select(self.book.get(keys[0]))

    # ---- keys

    def step_trace(self, steps: int) -> None:
        """The keyboard goes to another trace of the gather, or to another record."""
        self._view.step_current(steps)

    def nudge(self, samples: int) -> None:
        """Move what the hand holds by samples."""
        standing, table = self.selected, self.book.table
        index = table.index_of(standing.pick.record) if standing is not None and table is not None else None
        if index is None:
            self._desk.tell("There is no pick in hand", "Click one, or go to its trace with the arrows.")
            return
        self.move(standing, standing.pick.time + samples / float(table.rate[index]))

    def delete(self) -> None:
        standing = self.selected
        if standing is not None and self.attempt(lambda: self.editor.delete(standing)):
            self.select(self.book.nearest(standing.pick.record, standing.pick.time))

    def set_polarity(self, polarity: str) -> None:
        """First motion up or down; the same key again: unknown."""
        standing = self.selected
        if standing is not None:
            new = "" if standing.pick.polarity == polarity else polarity
            self._change(standing, f"Polarity of {standing.pick.phase}", polarity=new)

    def scale_uncertainty(self, factor: float) -> None:
        standing, table = self.selected, self.book.table
        if standing is None or table is None:
            return
        rate = float(table.rate[table.index_of(standing.pick.record)])
        present = standing.pick.uncertainty
        self.stretch(standing, present * factor if present else FIRST_BAR / rate)

    def set_at_keyboard(self) -> None:
        """Set the phase in hand on the trace that the keyboard is on: where the last one was, or in the middle."""
        if self._view.current < 0 or not self.picking.armed:
            self._desk.tell("There is no phase in hand", "Press P or S first.")
            return
        middle = sum(self._view.window) / 2
        time = self._last_time if self._last_time is not None else middle
        self.place([(self._view.current, time)], self._view.component)

    @property
    def _last_time(self) -> float | None:
        return self.selected.pick.time if self.selected is not None else None

    # ---- onsets

    def snapped(self, index: int, time: float, component: int) -> float | None:
        """The onset near a time of a record (s); None where none is found."""
        records = self._desk.state.records
        rate = float(records.table.rate[index])
        sample = round(time * rate)
        first = max(sample - 2 * REACH - 1, 0)
        try:
            piece = records.read([index], first, 4 * REACH + 3)[0, component]
        except SeisguiError:
            return None
        inside = int(records.table.n_samples[index]) - first
        found = onset_near(piece[: max(inside, 0)], sample - first)
        return None if found is None else (found + first) / rate

    def snap_selected(self) -> None:
        """Move what the hand holds to the onset nearby."""
        standing, table = self.selected, self.book.table
        if standing is None or table is None:
            return
        index = table.index_of(standing.pick.record)
        onset = self.snapped(index, standing.pick.time, self._component_for(standing.pick.phase, index))
        if onset is None:
            self._desk.tell(f"No onset was found near this {standing.pick.phase}", "Move it closer, or set it by eye.")
        else:
            self.move(standing, onset)

    def _component_for(self, phase: str, index: int) -> int:
        """The component in view in gathers; of traces the vertical one for P, a horizontal one that lives for S."""
        records = self._desk.state.records
        last = len(records.table.components) - 1
        if self._view.mode == GATHER or last == 0:
            return self._view.component
        if phase[:1].upper() != "S":
            return last
        samples = min(int(records.table.n_samples[index]), 4 * REACH)
        alive = np.ptp(np.nan_to_num(records.read([index], 0, samples)[0]), axis=1) > 0
        return int(np.argmax(alive)) if alive[:last].any() else last
