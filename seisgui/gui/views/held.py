"""Sections that have been read lately or ahead of the motion, within a bound of memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from seisgui.seismic.axes import SectionRef

if TYPE_CHECKING:
    from seisgui.seismic.volume import FloatArray, Volume

MOST_BYTES = 192 * 1024 * 1024


class HeldSections:
    """True amplitudes of sections of one volume; those least recently asked for go first.

    A section counts only while the file is the one it was read from: what became of the file meanwhile comes to
    light when it is read again.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._lock = threading.Lock()
        self._most_bytes = most_bytes
        self._held: OrderedDict[SectionRef, FloatArray] = OrderedDict()
        self._bytes = 0
        self._volume: Volume | None = None
        self._mark: object = None

    def get(self, volume: Volume, ref: SectionRef) -> FloatArray | None:
        """Amplitudes of a section; None where they are not held."""
        mark = file_mark(volume)
        with self._lock:
            if volume is not self._volume or mark != self._mark or ref not in self._held:
                return None
            self._held.move_to_end(ref)
            return self._held[ref]

    def put(self, volume: Volume, ref: SectionRef, amplitude: FloatArray) -> None:
        """Hold a section that has just been read."""
        mark = file_mark(volume)
        with self._lock:
            if volume is not self._volume or mark != self._mark:
                self._forget()
                self._volume, self._mark = volume, mark
            if amplitude.nbytes > self._most_bytes // 4 or ref in self._held:
                return  # a few giants would drive out everything else
            self._held[ref] = amplitude
            self._bytes += amplitude.nbytes
            while self._bytes > self._most_bytes:
                self._bytes -= self._held.popitem(last=False)[1].nbytes

    def forget(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._held.clear()
        self._bytes = 0
        self._volume = self._mark = None


def file_mark(volume: Volume) -> object:
    """What changes with the file of a volume; nothing equals the mark of a file that is gone."""
    source = getattr(volume, "source", volume)  # of a volume on the axes of its dataset
    path = getattr(source, "path", None)
    if path is None:
        return None
    try:
        found = Path(path).stat()
    except OSError:
        return object()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, getattr(source, "provisional", False)
