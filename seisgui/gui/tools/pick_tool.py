"""The mouse that picks: a click sets, a drag moves, the end of a bar says how uncertain, a line picks many traces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from seisgui.gui.pick_book import PickBook, Picking, Standing
from seisgui.gui.views.gather import GATHER, GatherView, PickMark, Touch

if TYPE_CHECKING:
    from collections.abc import Sequence

GRAB = 7.0  # pixels along time within which a mark is taken
MOVED = 3.0  # pixels that a hand may shake without dragging
BAR_GRAB = 6.0
SHORT_BAR = 12.0  # pixels of the bar that the chosen pick has where nobody has said how uncertain it is


@dataclass
class Gesture:
    """One press until its release; ``held`` is the mark that was pressed, ``bar`` its uncertainty was."""

    start: Touch
    now: Touch
    page: object  # the records that were in view
    held: Standing | None = None
    bar: bool = False
    dragged: bool = False
    path: dict[int, float] = field(default_factory=dict)  # times in the picture by position in the gather


class PickTool(QObject):
    """Turns touches of one view into intents; previews while the button is down.

    ``chosen`` a mark (or None) was clicked; ``placed`` a list of (record, time) to be set, of one or many records;
    ``moved`` a mark to a time; ``stretched`` a mark's uncertainty (s).
    """

    chosen = Signal(object)  # Standing | None
    placed = Signal(list, int)  # [(record index, time)], component
    moved = Signal(object, float)  # Standing, time
    stretched = Signal(object, float)

    def __init__(
        self, view: GatherView, book: PickBook, picking: Picking, show: Callable[[str], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._view, self._book, self._picking, self._show = view, book, picking, show
        self.selected: int | None = None
        self._gesture: Gesture | None = None
        self._previewed: set[str] = set()
        view.pressed.connect(self.press)
        view.moved.connect(self.move)
        view.released.connect(self.release)

    # ---- touches

    def press(self, touch: Touch) -> None:
        if touch.button is not Qt.MouseButton.LeftButton or self._book.picks is None:
            return
        held, bar = self.hit(touch)
        if held is None and not self._picking.armed:
            self.chosen.emit(None)
            return  # the view moves the picture
        touch.taken = True
        self._gesture = Gesture(touch, touch, self._page, held, bar)
        if held is not None and not bar:
            self.chosen.emit(held)

    def move(self, touch: Touch) -> None:
        gesture = self._gesture
        if gesture is None or self._page != gesture.page:
            self.cancel()  # a key has turned the page meanwhile
            return
        if gesture.held is None and self._view.mode == GATHER:
            self._cross(gesture.path, gesture.now, touch)
        gesture.now = touch
        away = touch.point - gesture.start.point
        gesture.dragged = gesture.dragged or max(abs(away.x()), abs(away.y())) > MOVED
        if gesture.dragged:
            self._preview(gesture)

    def release(self, touch: Touch) -> None:
        if self._gesture is None or self._page != self._gesture.page:
            self.cancel()
            return
        gesture, self._gesture = self._gesture, None
        gesture.now = touch
        previewed, self._previewed = self._previewed, set()
        if gesture.held is None:
            self.placed.emit(self.line(gesture), gesture.start.component)
        elif gesture.dragged and gesture.bar:
            self.stretched.emit(gesture.held, self._uncertainty(gesture))
        elif gesture.dragged:
            self.moved.emit(gesture.held, self._time(gesture))
        for record in previewed:
            self._show(record)

    def cancel(self) -> bool:
        """Forget the gesture in progress and leave no trace; False where there is none."""
        gesture, self._gesture = self._gesture, None
        for record in self._previewed:
            self._show(record)
        self._previewed = set()
        return gesture is not None

    # ---- what is under the mouse

    def hit(self, touch: Touch) -> tuple[Standing | None, bool]:
        """The mark that a press takes, and whether it takes the end of its bar; while armed of that phase only."""
        pixel = self._view.seconds_per_pixel()
        standing = self._book.on(self._id(touch.record))
        if self._picking.armed:
            standing = [one for one in standing if one.pick.phase == self._picking.armed]
        best = min(standing, key=lambda one: abs(one.pick.time - touch.time), default=None)
        away = abs(best.pick.time - touch.time) / pixel if best is not None else np.inf
        chosen = next((one for one in standing if one.key == self.selected), None)
        if chosen is not None and away > GRAB / 2:
            half = self.bar_of(chosen)
            for end in (chosen.pick.time - half, chosen.pick.time + half):
                if abs(end - touch.time) / pixel <= BAR_GRAB:
                    return chosen, True
        return (best, False) if away <= GRAB else (None, False)

    def bar_of(self, standing: Standing) -> float:
        """Half the bar (s) that a chosen mark is drawn with: there is always an end to be dragged."""
        return standing.pick.uncertainty or SHORT_BAR * self._view.seconds_per_pixel()

    @property
    def _page(self) -> tuple[str, int, int]:
        """What tells the records in view from others."""
        records = self._view.records
        return self._view.mode, len(records), int(records[0]) if len(records) else -1

    def _id(self, record: int) -> str:
        return self._view.source.table.id_of(record)

    # ---- what a gesture means

    def _time(self, gesture: Gesture) -> float:
        """Where a dragged mark is: it keeps its distance from the mouse."""
        return gesture.held.pick.time + (self._time_on(gesture) - gesture.start.time)

    def _time_on(self, gesture: Gesture) -> float:
        """Time of the mouse on the record that was pressed, on whatever trace it is now."""
        return gesture.now.time + self._begin(gesture.now.record) - self._begin(gesture.start.record)

    def _begin(self, record: int) -> float:
        """Time in the picture (s) of the first sample of a record."""
        point = self._view.pos_of(record, 0.0)
        return self._view.view.position(point.x(), point.y())[1]

    def _uncertainty(self, gesture: Gesture) -> float:
        return abs(self._time_on(gesture) - gesture.held.pick.time)

    def line(self, gesture: Gesture) -> list[tuple[int, float]]:
        """(record, time) of every trace that the mouse has crossed; of one where it is a click."""
        if self._view.mode != GATHER or not gesture.dragged:
            return [(gesture.start.record, self._time_on(gesture) if gesture.dragged else gesture.start.time)]
        path = gesture.path
        if gesture.now.modifiers & Qt.KeyboardModifier.ShiftModifier:
            path = {}
            self._cross(path, gesture.start, gesture.now)
        records = self._view.records
        return [(int(records[at]), path[at] - self._begin(int(records[at]))) for at in sorted(path)]

    def _cross(self, path: dict[int, float], start: Touch, end: Touch) -> None:
        """Times in the picture of the traces between two touches, by position in the gather."""
        records = self._view.records
        first, last = (int(np.flatnonzero(records == touch.record)[0]) for touch in (start, end))
        times = [touch.time + self._begin(touch.record) for touch in (start, end)]
        places = [self._view.place_of(position) for position in (first, last)]
        for position in range(first, last, 1 if last > first else -1):
            share = (self._view.place_of(position) - places[0]) / ((places[1] - places[0]) or 1.0)
            path[position] = times[0] + share * (times[1] - times[0])
        path[last] = times[1]

    # ---- preview

    def _preview(self, gesture: Gesture) -> None:
        if gesture.held is None:
            self._preview_line(gesture)
            return
        pick = gesture.held.pick
        changed = (
            replace(pick, uncertainty=self._uncertainty(gesture))
            if gesture.bar
            else replace(pick, time=self._time(gesture))
        )
        marks = [mark_of(one) for one in self._book.on(pick.record) if one.key != gesture.held.key]
        mark = mark_of(Standing(gesture.held.key, changed))
        self._put(pick.record, [*marks, mark])

    def _preview_line(self, gesture: Gesture) -> None:
        phase, now = self._picking.armed, {}
        for record, time in self.line(gesture):
            now[self._id(record)] = time
        for gone in self._previewed - set(now):
            self._show(gone)
        self._previewed &= set(now)
        for record, time in now.items():
            others = [mark_of(one) for one in self._book.on(record) if one.pick.phase != phase]
            self._put(record, [*others, PickMark(None, phase, time)])

    def _put(self, record: str, marks: Sequence[PickMark]) -> None:
        self._previewed.add(record)
        self._view.set_record_picks(record, marks)


def mark_of(standing: Standing, uncertainty: float | None = None) -> PickMark:
    """How a pick or a proposal is drawn; ``uncertainty`` in place of none."""
    pick = standing.pick
    return PickMark(
        standing.key,
        pick.phase,
        pick.time,
        pick.uncertainty or uncertainty,
        pick.polarity,
        pick.provenance,
        pick.probability,
    )
