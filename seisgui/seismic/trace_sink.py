"""A new SEG-Y file, written from large blocks of traces by a thread of its own."""

from __future__ import annotations

import contextlib
import errno
import os
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.past_cache import ALIGNMENT, aligned, open_past_cache, open_through_cache, refused
from seisgui.seismic.read_back import Written

ByteArray = NDArray[np.uint8]
IndexArray = NDArray[np.int64]

BUFFER_BYTES = 8 << 20
BUFFERS = 3  # one is filled while the others are written


class TraceSink:
    """Writes a file of ``size``: ``head`` and then traces of ``trace_bytes`` each at their positions.

    ``straight`` promises that positions come as 0, 1, 2 ... without a gap. ``rows`` hands out memory to fill, which
    is written once later ``rows`` need room. Every call may raise ``OSError``: writing that failed is told late.
    """

    def __init__(self, path: Path, head: bytes, trace_bytes: int, size: int, *, straight: bool) -> None:
        self._path, self._trace_bytes, self._data_offset = path, trace_bytes, len(head)
        self._straight = straight
        if straight:
            self._descriptor, self._past_cache = open_past_cache(path, os.O_RDWR | os.O_CREAT)
        else:
            self._descriptor, self._past_cache = _reserved(path, size), False
        capacity = max(BUFFER_BYTES, 2 * max(trace_bytes, len(head)) + ALIGNMENT)
        self._buffers = deque(aligned(capacity) for _ in range(BUFFERS))
        self._filled = 0
        self._stretches: list[tuple[int, int]] = []  # offset in the file, and size, of what the buffer holds in turn
        self._pending: deque[Future[None]] = deque()
        self._written: list[NDArray[np.int64]] = []
        self._thread = ThreadPoolExecutor(1, "SEG-Y writer")
        self._room(len(head))[:] = np.frombuffer(head, dtype=np.uint8)
        self._stretches.append((0, len(head)))

    @property
    def most_rows(self) -> int:
        """Traces that ``rows`` can be asked for at once."""
        return (BUFFER_BYTES // 2) // self._trace_bytes or 1

    def rows(self, positions: IndexArray) -> ByteArray:
        """Memory (n, trace_bytes) uint8 for the traces at ``positions``, to be filled before the next call."""
        block = self._room(len(positions) * self._trace_bytes)
        for low, high in _runs(positions):
            offset = self._data_offset + int(positions[low]) * self._trace_bytes
            self._append(offset, (high - low) * self._trace_bytes)
        return block.reshape(len(positions), self._trace_bytes)

    def _append(self, offset: int, size: int) -> None:
        if self._stretches:
            start, before = self._stretches[-1]
            if start + before == offset:
                self._stretches[-1] = start, before + size
                return
        self._stretches.append((offset, size))

    def _room(self, size: int) -> ByteArray:
        if self._filled + size > len(self._buffers[0]):
            self._turn()
        self._filled += size
        return self._buffers[0][self._filled - size : self._filled]

    def _turn(self) -> None:
        """Give the buffer to the thread and take a free one; what fills no whole page is carried over."""
        full, stretches = self._buffers[0], self._stretches
        self._buffers.rotate(-1)
        rest = self._filled % ALIGNMENT if self._straight else 0
        filled, self._filled, self._stretches = self._filled - rest, rest, []
        if rest:
            offset, size = stretches.pop()
            if size > rest:
                stretches.append((offset, size - rest))
            self._stretches.append((offset + size - rest, rest))
        self._pending.append(self._thread.submit(self._write, full[:filled], stretches))
        if len(self._pending) == BUFFERS:
            self._pending.popleft().result()
        self._buffers[0][:rest] = full[filled : filled + rest]

    def _write(self, block: ByteArray, stretches: list[tuple[int, int]]) -> None:
        """In the thread: write the stretches that lie in ``block`` one after the other."""
        sums = np.empty((len(stretches), 3), dtype=np.int64)  # offset, size, CRC-32
        low = 0
        for number, (offset, size) in enumerate(stretches):
            part = block[low : low + size]
            sums[number] = offset, size, zlib.crc32(part.data)
            self._write_at(part, offset)
            low += size
        self._written.append(sums)

    def _write_at(self, part: ByteArray, offset: int) -> None:
        view = part.data
        while view:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            try:
                done = os.write(self._descriptor, view)
            except OSError as error:
                if not (self._past_cache and refused(error)):
                    raise
                self._through_cache()  # this file system takes no such writes after all
                continue
            view, offset = view[done:], offset + done

    def _through_cache(self) -> None:
        """Go on through the page cache: for tails, and where the file system does not write past it."""
        if self._past_cache:
            again = open_through_cache(self._path, os.O_RDWR)
            os.close(self._descriptor)
            self._descriptor, self._past_cache = again, False

    def finish(self) -> Written:
        """Write what is left and bring all of it to the disk."""
        self._turn()
        if self._filled:  # the part of a page at the end
            self._thread.submit(self._through_cache).result()
            tail, self._filled = self._buffers[0][: self._filled], 0
            self._pending.append(self._thread.submit(self._write, tail, self._stretches))
        while self._pending:
            self._pending.popleft().result()
        os.fsync(self._descriptor)
        return Written(np.concatenate(self._written))

    def close(self) -> None:
        """End the thread and close the file, whatever was written of it."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def _reserved(path: Path, size: int) -> int:
    """A descriptor of a file whose room is taken at once: scattered writing would tear it into pieces."""
    descriptor = open_through_cache(path, os.O_RDWR | os.O_CREAT)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.EOPNOTSUPP}:
            os.close(descriptor)
            raise
    return descriptor


def _runs(positions: IndexArray) -> Iterator[tuple[int, int]]:
    """Bounds of the parts of ``positions`` that count up by one."""
    breaks = (np.flatnonzero(np.diff(positions) != 1) + 1).tolist()
    return zip([0, *breaks], [*breaks, len(positions)], strict=True)
