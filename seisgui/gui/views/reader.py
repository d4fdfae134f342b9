"""Reads sections off the window's thread: one thread, immutable request and result, stale requests dropped."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from seisgui.errors import SeisguiError
from seisgui.gui.views.shading import Shaded, Shading, shade
from seisgui.seismic.axes import SectionRef

if TYPE_CHECKING:
    from seisgui.seismic.volume import FloatArray, Volume

log = logging.getLogger(__name__)

IDLE_S = 1.0  # the thread ends by itself after this long without a request


@dataclass(frozen=True, slots=True)
class SectionRequest:
    """Read ``ref`` of ``volume`` and shade it; ``amplitude`` is given where only the shading has changed."""

    pane: int
    token: int
    volume: Volume
    ref: SectionRef
    shading: Shading
    amplitude: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class SectionResult:
    """True amplitudes (n_lateral, n_vertical) and how they are drawn, or why there are none."""

    pane: int
    token: int
    ref: SectionRef
    amplitude: FloatArray | None = None
    shaded: Shaded | None = None
    sentence: str = ""
    hint: str = ""


class SectionReader(QObject):
    """One reading thread for all panes of a window; of each pane only the newest request counts."""

    ready = Signal(object)  # SectionResult, delivered in the receiver's thread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Condition()
        self._waiting: dict[int, SectionRequest] = {}
        self._thread: threading.Thread | None = None
        self._closed = False
        self.served = 0
        self.dropped = 0

    def submit(self, request: SectionRequest) -> None:
        """Queue a request; an older one of the same pane that has not begun is dropped."""
        with self._lock:
            if self._closed:
                return
            if self._waiting.pop(request.pane, None) is not None:
                self.dropped += 1
            self._waiting[request.pane] = request
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="section reader", daemon=True)
                self._thread.start()
            self._lock.notify()

    def close(self) -> None:
        """Forget what waits and join the thread."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            self._lock.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        try:
            while (request := self._next()) is not None:
                result = read(request)
                with self._lock:
                    if self._closed:
                        break
                    self.served += 1
                    # Emitted under the lock: close() must not return while a result is on its way out.
                    try:
                        self.ready.emit(result)
                    except RuntimeError:  # the widget that owned this reader was deleted without being closed
                        break
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None  # whatever ended it, the next request starts another

    def _next(self) -> SectionRequest | None:
        with self._lock:
            if not self._waiting and not self._closed:
                self._lock.wait(IDLE_S)
            if self._closed or not self._waiting:
                self._thread = None
                return None
            return self._waiting.pop(next(iter(self._waiting)))


def read(request: SectionRequest) -> SectionResult:
    """Serve one request; whatever goes wrong becomes a sentence."""
    try:
        amplitude = request.amplitude
        if amplitude is None:
            amplitude = request.volume.section(request.ref)
        shaded = shade(amplitude, request.shading)
    except SeisguiError as error:
        return SectionResult(request.pane, request.token, request.ref, sentence=error.sentence, hint=error.hint)
    except (OSError, ValueError, ArithmeticError, MemoryError) as error:
        log.exception("could not read %s", request.ref)
        sentence = f"{request.ref} of {request.volume.name} could not be read: {error}."
        return SectionResult(request.pane, request.token, request.ref, sentence=sentence, hint="Open the file again.")
    return SectionResult(request.pane, request.token, request.ref, amplitude, shaded)
