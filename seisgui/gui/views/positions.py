"""Coordinates of the traces, read once off the window's thread: for read-out, scale bar and map."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from seisgui.errors import SeisguiError

if TYPE_CHECKING:
    from seisgui.seismic.volume import Volume

log = logging.getLogger(__name__)

HEAD_START_S = 0.3  # of the first section of a large survey over reading the rest of its headers
Coordinates = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Spacing:
    """Metres (or the file's unit) between neighbouring traces along inlines' and crosslines' numbers; nan: unknown."""

    inline: float = np.nan
    crossline: float = np.nan


class SurveyPositions(QObject):
    """x and y of every trace of the volume in view, None until they have been read or where there are none.

    A survey that was opened on a sample of its headers is read to the end here: ``confirmed`` once its traces are
    known to lie as presumed (holes may have come to light), ``contradicted`` with a sentence where they do not.
    """

    ready = Signal()
    confirmed = Signal()
    contradicted = Signal(str)
    _read = Signal(object, object)
    _checked = Signal(object, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.coordinates: Coordinates | None = None
        self.live: NDArray[np.bool_] | None = None
        self.spacing = Spacing()
        self._volume: Volume | None = None
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._read.connect(self._take)
        self._checked.connect(self._tell)

    def follow(self, volume: Volume | None) -> None:
        """Read the coordinates of another volume."""
        if volume is self._volume:
            return
        self._volume = volume
        self.coordinates, self.live, self.spacing = None, None, Spacing()
        if volume is not None:
            thread = threading.Thread(target=self._work, args=(volume,), name="survey positions", daemon=True)
            self._threads = [*(other for other in self._threads if other.is_alive()), thread]
            thread.start()

    def close(self) -> None:
        """Wait for the reading to end; its result is dropped."""
        self._volume = None
        self._closing.set()
        for thread in self._threads:
            thread.join()

    def _work(self, volume: Volume) -> None:
        try:
            if getattr(getattr(volume, "source", volume), "provisional", False):
                self._closing.wait(HEAD_START_S)
            self._read_positions(volume)
            if self._confirm(volume):
                self._read_positions(volume)
        except (SeisguiError, OSError, ValueError) as error:
            if volume is self._volume:  # else it was closed meanwhile
                log.warning("no coordinates of %s: %s", volume.name, error)

    def _read_positions(self, volume: Volume) -> None:
        coordinates = volume.coordinates()
        found = coordinates, spacing_of(coordinates), volume.live_traces()
        if volume is self._volume:
            self._read.emit(volume, found)

    def _confirm(self, volume: Volume) -> bool:
        """Read the headers that were not read at opening; whether they say more than before."""
        source = getattr(volume, "source", volume)  # of a volume on the axes of its dataset
        if not getattr(source, "provisional", False):
            return False
        steps = source.confirm_steps()
        while volume is self._volume:
            try:
                next(steps)
            except StopIteration as outcome:
                if volume is self._volume:
                    self._checked.emit(volume, bool(outcome.value))
                return bool(outcome.value)
        return False

    def _tell(self, volume: Volume, same: bool) -> None:
        if volume is not self._volume:
            return
        if same:
            self.confirmed.emit()
        else:
            source = getattr(volume, "source", volume)
            self.contradicted.emit(str(source.other_geometry()))

    def _take(self, volume: Volume, found: tuple[Coordinates | None, Spacing, NDArray[np.bool_]]) -> None:
        if volume is self._volume:
            self.coordinates, self.spacing, self.live = found
            self.ready.emit()


def spacing_of(coordinates: Coordinates | None) -> Spacing:
    """Median distance of neighbouring traces in both directions."""
    if coordinates is None:
        return Spacing()
    x, y = coordinates
    found = []
    for axis in (0, 1):
        distance = np.hypot(np.diff(x, axis=axis), np.diff(y, axis=axis))
        distance = distance[np.isfinite(distance) & (distance > 0)]
        found.append(float(np.median(distance)) if distance.size else float("nan"))
    return Spacing(*found)
