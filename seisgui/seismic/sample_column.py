"""One sample of every trace of a SEG-Y file through a memory map: what a time section is made of.

By ``pread`` a time section costs as much as the whole file, through a map as little as one cache line a trace. But a
file that shrinks under a map is a bus error that nothing catches, so that maps are for worker processes alone:
where one dies of it, the window reads the section itself and says what has happened to the file.
"""

from __future__ import annotations

import mmap
import os
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from seisgui.errors import InputError
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.mounts import on_network
from seisgui.seismic.progress import Progress
from seisgui.seismic.trace_file import AHEAD_BYTES, SPARSE_BYTES, ByteArray, FileIdentity, announce, identity_of
from seisgui.seismic.volume import FloatArray

FEW_TRACES = 50_000  # below, reading in place takes no longer than asking another process
TURN_S = 0.01  # how long others wait for their turn
KEEP_S = 30.0  # a map is worth keeping: the first run through it takes three times as long as the next
KEEPS = sys.platform != "win32"  # where a mapped file can be removed and replaced all the same


@dataclass(frozen=True, slots=True)
class SampleColumn:
    """Where one sample of each trace stands in a file: ``width`` bytes at ``first_byte + trace * trace_bytes``."""

    path: Path
    identity: FileIdentity
    first_byte: int
    trace_bytes: int
    n_traces: int
    width: int

    @property
    def file_bytes(self) -> int:
        """Size of the part of the file that holds the traces."""
        return self.n_traces * self.trace_bytes


@runtime_checkable
class ColumnVolume(Protocol):
    """A volume whose time sections can be made from a column of raw samples that another process has read."""

    def sample_column(self, ref: SectionRef) -> SampleColumn | None:
        """What to read for ``ref``; None where the section is to be read in place."""
        ...

    def slice_of(self, ref: SectionRef, raw: ByteArray) -> FloatArray:
        """The section, as ``Volume.section`` gives it, from the column (n_traces, width) uint8."""
        ...


class MappedFile:
    """A file mapped for reading; ``InputError`` where it is not the one that was asked for, or has changed since."""

    def __init__(self, path: Path, identity: FileIdentity) -> None:
        self.path, self.identity = path, identity
        self.readers = 0
        self._near = False  # all traces have been passed
        try:
            self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        except OSError as error:
            raise InputError(f"{path} cannot be opened: {error.strerror or error}.") from error
        try:
            self._check()
            self._map = mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ)
        except BaseException:
            os.close(self._descriptor)
            raise

    def _check(self) -> None:
        if identity_of(os.fstat(self._descriptor)) != self.identity:
            raise InputError(f"{self.path.name} was changed or replaced by another program while it was open.")

    def read(self, column: SampleColumn) -> Generator[Progress, None, ByteArray]:
        """The column (n_traces, width) uint8; yields after short pieces of work.

        Whether the file is still as it was is asked before every piece: a bus error is left to the rarest of cases.
        """
        raw = np.empty((column.n_traces, column.width), dtype=np.uint8)
        word = np.dtype((np.void, column.width))
        target, shape = raw.view(word)[:, 0], (column.n_traces,)
        source = np.ndarray(shape, word, self._map, column.first_byte, (column.trace_bytes,))
        step = max(1, AHEAD_BYTES // column.trace_bytes)
        turn = time.perf_counter()
        try:
            self._announce(column, 0, step)
            for low in range(0, column.n_traces, step):
                self._check()
                self._announce(column, low + step, step)
                target[low : low + step] = source[low : low + step]
                if time.perf_counter() - turn > TURN_S:
                    yield Progress(low, column.n_traces, "reading a time section")
                    turn = time.perf_counter()
        finally:
            del source  # a map that is still looked at cannot be closed
        self._near = True
        return raw

    def _announce(self, column: SampleColumn, first: int, count: int) -> None:
        """Have the system fetch traces before they are touched; page by page it takes five times as long."""
        count = min(count, column.n_traces - first)
        if self._near or count <= 0:
            return
        start, size = column.first_byte + first * column.trace_bytes, column.trace_bytes
        if size <= SPARSE_BYTES:
            announce(self._descriptor, [(start, count * size)])
        else:
            announce(self._descriptor, [(start + place * size, column.width) for place in range(count)])

    def close(self) -> None:
        self._map.close()
        os.close(self._descriptor)


class KeptMap:
    """The map that was asked for last, for a while: time sections are asked for in rows.

    Several readers that take turns in one thread share it, so that none touches pages for the first time in vain.
    """

    def __init__(self, seconds: float = KEEP_S) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: MappedFile | None = None
        self._timer: threading.Timer | None = None

    @contextmanager
    def lent(self, column: SampleColumn) -> Iterator[MappedFile | None]:
        """A map of the column's file; None where it is not to be mapped: on a network mount."""
        mapped = self._take(column)
        if mapped is None:
            yield None
            return
        try:
            yield mapped
        except BaseException:
            self._give_back(mapped, keep=False)
            raise
        self._give_back(mapped, keep=KEEPS)

    def close(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._keep(None)

    def _take(self, column: SampleColumn) -> MappedFile | None:
        with self._lock:
            kept = self._kept
            if kept is None or (kept.path, kept.identity) != (column.path, column.identity):
                if on_network(column.path):
                    return None
                kept = MappedFile(column.path, column.identity)
            kept.readers += 1
            self._keep(kept)
            return kept

    def _give_back(self, mapped: MappedFile, *, keep: bool) -> None:
        with self._lock:
            mapped.readers -= 1
            if mapped is self._kept:
                self._keep(mapped if keep else None)
            elif not mapped.readers:
                mapped.close()

    def _keep(self, mapped: MappedFile | None) -> None:
        """Let go of what was kept before, and of ``mapped`` when nobody has asked for it for a while."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        before, self._kept = self._kept, mapped
        if before is not None and before is not mapped and not before.readers:
            before.close()
        if mapped is not None and not mapped.readers:
            self._timer = threading.Timer(self._seconds, self._let_go, [mapped])
            self._timer.daemon = True
            self._timer.start()

    def _let_go(self, mapped: MappedFile) -> None:
        with self._lock:
            if self._kept is mapped and not mapped.readers:
                self._keep(None)
