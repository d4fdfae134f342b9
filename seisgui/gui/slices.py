"""True amplitudes of time sections by way of the data process, which may map the file; no Qt here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seisgui.errors import SeisguiError
from seisgui.jobs.errors import WorkerGoneError
from seisgui.jobs.messages import DATA, CallRequest, Priority
from seisgui.jobs.scratch import take_array
from seisgui.seismic.sample_column import KEEP_S, KEEPS, ColumnVolume

if TYPE_CHECKING:
    from seisgui.jobs.client import Answer, JobClient
    from seisgui.seismic.axes import SectionRef
    from seisgui.seismic.sample_column import SampleColumn
    from seisgui.seismic.trace_file import ByteArray, FileIdentity
    from seisgui.seismic.volume import FloatArray, Volume

log = logging.getLogger(__name__)

COLUMN_STEPS = "seisgui.jobs.column:column_steps"
START_S = 0.15  # how long a busy process is waited for; reading in place takes three times as long
SILENT_S = 1.0  # how long one that has started may tell nothing: a cold disk shows progress
PREPARED_BYTES = 4 << 30  # larger files are not run through before somebody rests on a section
HUNG_S = 2.5  # a process that tells nothing for so long is not asked at all
LOOK_S = 0.01


class OvertakenError(Exception):
    """Something newer is to be read: this section need not come any more."""


class SliceService:
    """Fetches time sections of large SEG-Y files through the data process; from any thread.

    ``folder`` tells where arrays travel, None where nowhere.
    """

    def __init__(self, client: JobClient, folder: Callable[[], Path | None]) -> None:
        self._client, self._folder = client, folder
        self._stopped = threading.Event()
        self._refused: set[FileIdentity] = set()
        self._near: tuple[FileIdentity, float] | None = None  # the file that was mapped last, and when
        self.fetched = 0

    def fetch(self, volume: Volume, ref: SectionRef, overtaken: Callable[[], bool]) -> FloatArray | None:
        """The section as ``volume.section(ref)`` would give it; None where that is what should be called.

        None: another section than of time, a small file, one on a network mount, one that has changed; a process that
        is not ready, busy, or has died. Raises ``OvertakenError`` soon after ``overtaken`` says so or after ``stop``.
        """
        if not isinstance(volume, ColumnVolume):
            return None
        try:
            column = volume.sample_column(ref)
            if column is None or column.identity in self._refused or not self._ready():
                return None
            self._near = column.identity, time.monotonic()
            raw = self._column(column, overtaken)
            if raw is None:
                return None
            section = volume.slice_of(ref, raw)
        except (SeisguiError, OSError, ValueError, RuntimeError) as error:
            log.info("%s is read in place: %s", ref, error)  # which says what is the matter with the file
            return None
        self.fetched += 1
        return section

    def prepare(self, volume: Volume, ref: SectionRef) -> None:
        """Time sections pass by in display copies: map the file, so that the true one comes quickly at rest."""
        column = volume.sample_column(ref) if isinstance(volume, ColumnVolume) else None
        if column is None or not KEEPS or column.identity in self._refused or column.file_bytes > PREPARED_BYTES:
            return
        now, near = time.monotonic(), self._near
        if near is not None and near[0] == column.identity and now - near[1] < KEEP_S / 2:
            return
        folder = self._folder()
        if folder is not None and self._ready():
            self._near = column.identity, now
            self._ask(column, folder).outcome.add_done_callback(remove_array)

    def stop(self) -> None:
        """Let those go who wait."""
        self._stopped.set()

    def _ready(self) -> bool:
        """Whether the process runs and has loaded what it needs; otherwise it is started for the next time."""
        status = self._client.status
        if status is None:
            self._client.start()
        return status is not None and status.ready and self._client.silent_s < HUNG_S

    def _column(self, column: SampleColumn, overtaken: Callable[[], bool]) -> ByteArray | None:
        folder = self._folder()
        if folder is None:
            return None
        answer = self._ask(column, folder)
        try:
            path = self._wait(answer, overtaken)
        except (OvertakenError, TimeoutError) as reason:
            self._abandon(answer)
            if isinstance(reason, OvertakenError):
                raise
            log.info("the data process is busy")
            return None
        if path is None:
            self._refused.add(column.identity)
            return None
        return take_array(path)

    def _ask(self, column: SampleColumn, folder: Path) -> Answer:
        request = CallRequest(COLUMN_STEPS, {"column": column, "folder": folder}, DATA)
        answer = self._client.ask(request, Priority.VISIBLE)

        def note(outcome: Future[Any]) -> None:
            if isinstance(outcome.exception(), WorkerGoneError) and answer.heard is not None:
                self._refused.add(column.identity)  # perhaps a bad disk: not a second time

        answer.outcome.add_done_callback(note)
        return answer

    def _wait(self, answer: Answer, overtaken: Callable[[], bool]) -> Path | None:
        """The outcome of a job; ``TimeoutError`` where reading in place is better now."""
        asked = time.monotonic()
        while True:
            try:
                path: Path | None = answer.outcome.result(LOOK_S)
                return path
            except TimeoutError:
                now, heard = time.monotonic(), answer.heard
                if self._stopped.is_set() or overtaken():
                    raise OvertakenError from None
                if now - asked > START_S if heard is None else now - heard > SILENT_S:
                    raise

    def _abandon(self, answer: Answer) -> None:
        self._client.cancel(answer.job_id)
        answer.outcome.add_done_callback(remove_array)


def remove_array(outcome: Future[Any]) -> None:
    """Nobody takes this array any more."""
    if outcome.exception() is None and (path := outcome.result()) is not None:
        path.unlink(missing_ok=True)
