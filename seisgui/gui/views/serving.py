"""Where the section on the screen comes from: display copies while lines pass by, true amplitudes at rest."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.reader import (
    COPIES_AHEAD,
    SECTIONS_AHEAD,
    AheadRequest,
    CopiesRequest,
    CopiesResult,
    SectionReader,
    SectionRequest,
    SectionResult,
    order,
)
from seisgui.gui.views.shading import Scale, Shading
from seisgui.seismic.axes import Orientation

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.canvas import Canvas
    from seisgui.seismic.display_copies import DisplayCopies
    from seisgui.seismic.volume import FloatArray, Volume

REST_MS = 60  # true amplitudes are asked for this long after the last step


class Serving(QObject):
    """The requests of one pane, and what becomes of them. ``served``: a ``SectionResult`` to be shown."""

    served = Signal(object)
    _numbers = itertools.count()

    def __init__(self, reader: SectionReader, state: WorkbenchState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._state = state
        self._pane = next(self._numbers)
        self._token = 0
        self._volume: Volume | None = None
        self._copies: DisplayCopies | None = None
        self._scales: dict[tuple[Orientation, Shading], Scale] = {}  # without gain: as sections were shown last
        self._asked: SectionRequest | None = None
        self._frame: SectionFrame | None = None
        self._stride = 0  # lines of the last step
        self._shown = (0, True)  # token of what was served last, and whether it was true: only newer and better counts
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._ask_true)
        reader.ready.connect(self._take)
        reader.found.connect(self._take_copies)

    @property
    def has_copies(self) -> bool:
        """Whether moving is served from display copies."""
        return self._copies is not None

    def follow(self, volume: Volume | None) -> None:
        """Serve another volume, from its display copies where the project has them."""
        self._volume, self._copies, self._frame = volume, None, None
        self._scales.clear()
        self._turn_away()
        self.look_for_copies()

    def look_for_copies(self) -> None:
        """Display copies may have been made since."""
        state = self._state
        if self._volume is not None and state.project is not None and self._volume is state.volume:
            self._reader.find_copies(CopiesRequest(state.project, self._volume, state.volume_id, state.dataset_id))

    def request(self, frame: SectionFrame, amplitude: FloatArray | None, canvas: Canvas, *, expand: bool) -> None:
        """Show a section on ``canvas``; with ``amplitude`` it has been read and is only to be shaded anew."""
        if self._frame is None or (self._frame.axes, self._frame.ref.orientation) != (
            frame.axes,
            frame.ref.orientation,
        ):
            self._turn_away()
        self._stride = self._stride_to(frame)
        self._frame = frame
        self._token += 1
        vertical = frame.ref.orientation is not Orientation.TIME
        shading = Shading.of(self._state.display, frame.axes.sample, vertical=vertical)
        copies = self._copies if amplitude is None else None
        self._asked = SectionRequest(
            self._pane,
            self._token,
            self._volume,
            frame.ref,
            shading,
            amplitude,
            copies,
            self._scales.get(scale_key(frame.ref.orientation, shading)),
            canvas.thins,
            canvas.steps(),
            expand,
        )
        self._reader.submit(self._asked)
        if copies is not None:
            self._rest.start()

    def stop(self) -> None:
        """Ask for nothing more, and take nothing that is on its way."""
        self._turn_away()

    def _turn_away(self) -> None:
        self._rest.stop()
        self._token += 1
        self._shown = self._token, True

    def _ask_true(self) -> None:
        """Motion has paused."""
        self._reader.submit(replace(self._asked, copies=None, usual=None))

    def _stride_to(self, frame: SectionFrame) -> int:
        before = self._frame
        if before is None or before.axes != frame.axes or before.ref.orientation is not frame.ref.orientation:
            return 0
        return frame.axes.section_index(frame.ref) - frame.axes.section_index(before.ref) or self._stride

    def _take(self, result: SectionResult) -> None:
        """Lines passed on the way are shown too: steps may come faster than lines can be read."""
        newest = result.token == self._token
        if result.pane != self._pane or order(result) <= self._shown or self._reader.overtaken(result):
            return
        if result.shaded is None and not newest:
            return
        self._shown = order(result)
        if newest and not result.rough:
            self._rest.stop()
        if result.shaded is not None:
            self._scales[scale_key(result.ref.orientation, self._asked.shading)] = result.shaded.scale
        self.served.emit(result)
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Bring near the lines that come next if the motion goes on."""
        frame = self._frame
        if frame is None or not self._stride or (self._shown == (self._token, True) and self._copies is not None):
            return
        count = COPIES_AHEAD if self._copies is not None else SECTIONS_AHEAD
        refs = dict.fromkeys(frame.moved(self._stride * step) for step in range(1, count + 1))
        refs.pop(frame.ref, None)
        self._reader.read_ahead(AheadRequest(self._volume, tuple(refs), self._copies))

    def _take_copies(self, result: CopiesResult) -> None:
        if result.volume is self._volume:
            self._copies = result.copies


def scale_key(orientation: Orientation, shading: Shading) -> tuple[Orientation, Shading]:
    """Sections of one direction under one clip rule share a scale; gain comes on top of it."""
    return orientation, replace(shading, gain_db=0.0)
