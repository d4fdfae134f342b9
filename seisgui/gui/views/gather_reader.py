"""Pictures of gathers and records, made in a thread: the one that is wanted first, then its neighbours in advance."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from seisgui.errors import FailureError, SeisguiError
from seisgui.gui.views.picture import Picture, PictureRequest, looks_through, make_picture
from seisgui.gui.views.reading import ReadingThread
from seisgui.seismic.volume import FloatArray

logger = logging.getLogger(__name__)

MOST_BYTES = 400_000_000  # of pictures that are kept
WAIT_S = 10.0  # for what is being read when a file is about to be closed
PARTIAL_S = 0.3  # between pictures of a record that is being looked through
WANTED, AHEAD = "wanted", "ahead"


@dataclass(frozen=True)
class Delivery:
    """A picture, or why there is none."""

    request: PictureRequest
    picture: Picture | None  # partial ones are followed by others
    sentence: str = ""
    hint: str = ""


class GatherReader(QObject):
    """Of several wants only the newest counts; what was made is kept within a bound. ``ready``: a ``Delivery``."""

    ready = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._closing = False
        self._kept: OrderedDict[tuple[object, ...], Picture] = OrderedDict()
        self._thread = ReadingThread("gather reader", self._serve, self.ready.emit)
        self._ahead = ReadingThread("gather reader ahead", self._prepare, lambda _: None)

    @property
    def idle(self) -> bool:
        return self._thread.idle and self._ahead.idle

    def kept(self, request: PictureRequest) -> Picture | None:
        """The picture, if it has been made."""
        with self._lock:
            picture = self._kept.get(request.key)
            if picture is not None:
                self._kept.move_to_end(request.key)
            return picture

    def want(self, request: PictureRequest) -> None:
        """Make a picture as soon as can be."""
        self._ahead.drop(AHEAD)
        self._thread.submit(WANTED, request)

    def prepare(self, requests: tuple[PictureRequest, ...]) -> None:
        """Make pictures that may be wanted next."""
        self._ahead.submit(AHEAD, requests)

    def forget(self) -> None:
        """Another set of records is shown."""
        self._ahead.drop(AHEAD)
        self._thread.drop(WANTED)
        with self._lock:
            self._kept.clear()

    def wait(self) -> None:
        """Until nothing is read any more."""
        give_up = time.monotonic() + WAIT_S
        self._closing = True
        while not self.idle and time.monotonic() < give_up:
            time.sleep(0.002)
        self._closing = False

    def close(self) -> None:
        self._closing = True
        self._thread.close()
        self._ahead.close()

    def _serve(self, request: PictureRequest) -> Delivery | None:
        try:
            if self.kept(request) is None and looks_through(request) and not self._look_through(request):
                return None
            return Delivery(request, self.kept(request) or self._made(request))
        except SeisguiError as error:
            return Delivery(request, None, error.sentence, error.hint)
        except (OSError, MemoryError, ValueError) as error:
            logger.exception("a picture of %s", request.source.name)
            failure = FailureError(f"{request.source.name} could not be read: {error or type(error).__name__}.")
            return Delivery(request, None, failure.sentence, failure.hint)

    def _look_through(self, request: PictureRequest) -> bool:
        """Look through long records, showing how far it has come; False where something else is wanted by now."""
        told = time.monotonic()
        for progress in request.pyramid.build_steps(request.records):
            if self._thread.waits or self._closing:
                return False
            if time.monotonic() - told >= PARTIAL_S:
                picture = make_picture(request, patient=False)
                note = f"Reading long records for the first time: {100 * progress.done // max(progress.total, 1)} %"
                self.ready.emit(Delivery(request, replace(picture, notes=(note,))))
                told = time.monotonic()
            if not looks_through(request):
                break
        return True

    def _prepare(self, requests: tuple[PictureRequest, ...]) -> None:
        for request in requests:
            if self._ahead.waits or not self._thread.idle:
                return  # something else is wanted by now
            if self.kept(request) is None and not looks_through(request):
                try:
                    self._made(request)
                except (SeisguiError, OSError, MemoryError, ValueError) as error:
                    logger.debug("not in advance: %s", error)  # it is told when it is wanted

    def _made(self, request: PictureRequest) -> Picture:
        picture = make_picture(request, self._raw(request))
        with self._lock:
            self._kept[request.key] = picture
            while len(self._kept) > 1 and sum(kept.bytes for kept in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)
        return picture

    def _raw(self, request: PictureRequest) -> FloatArray | None:
        """Amplitudes that were read for another look at the same records."""
        with self._lock:
            for picture in reversed(self._kept.values()):
                if picture.raw is not None and picture.request.data_key == request.data_key:
                    return picture.raw
        return None
