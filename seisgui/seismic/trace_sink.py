"""A new SEG-Y file, written trace by trace from large blocks by a thread of its own, and read back.

A file written front to back goes past the page cache where the system allows it: that is as fast as the disk, takes
no memory from the programs around, and what is read back afterwards comes from the disk.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ByteArray = NDArray[np.uint8]
IndexArray = NDArray[np.int64]

BUFFER_BYTES = 8 << 20
BUFFERS = 3  # one is filled while the others are written
ALIGNMENT = 4096  # of addresses, offsets and sizes that go past the page cache
PAST_CACHE = getattr(os, "O_DIRECT", 0)
PLAIN = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class TraceSink:
    """Writes ``head`` and then traces of ``trace_bytes`` each at their positions.

    ``straight`` promises that positions come as 0, 1, 2 ... without a gap. ``rows`` hands out memory to fill, which
    is written once later ``rows`` need room. Every call may raise ``OSError``: writing that failed is told late.
    """

    def __init__(self, path: Path, head: bytes, trace_bytes: int, *, straight: bool) -> None:
        self._path, self._trace_bytes, self._data_offset = path, trace_bytes, len(head)
        self._straight = straight
        self._past_cache = straight and PAST_CACHE != 0
        self._descriptor = self._open_new()
        capacity = max(BUFFER_BYTES, 2 * max(trace_bytes, len(head)) + ALIGNMENT)
        self._buffers = deque(_aligned(capacity) for _ in range(BUFFERS))
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

    def _open_new(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | PLAIN
        if self._past_cache:
            try:
                return os.open(self._path, flags | PAST_CACHE, 0o666)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                self._past_cache = False
        return os.open(self._path, flags, 0o666)

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
            stretches.append((offset, size - rest))
            self._stretches.append((offset + size - rest, rest))
        self._pending.append(self._thread.submit(self._write, full[:filled], stretches))
        if len(self._pending) == BUFFERS:
            self._pending.popleft().result()
        self._buffers[0][:rest] = full[filled : filled + rest]

    def _write(self, block: ByteArray, stretches: list[tuple[int, int]]) -> None:
        """In the thread: write the stretches that lie in ``block`` one after the other."""
        sums = np.empty((len(stretches), 3), dtype=np.int64)
        low = 0
        for number, (offset, size) in enumerate(stretches):
            part = block[low : low + size]
            sums[number] = offset, size, zlib.crc32(part)
            self._write_at(part, offset)
            low += size
        self._written.append(sums)

    def _write_at(self, part: ByteArray, offset: int) -> None:
        view = memoryview(part)
        while view:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            try:
                done = os.write(self._descriptor, view)
            except OSError as error:
                if error.errno != errno.EINVAL or not self._past_cache:
                    raise
                self._through_cache()  # this file system takes no such writes after all
                continue
            view, offset = view[done:], offset + done

    def _through_cache(self) -> None:
        """Go on through the page cache: for tails, and where the file system does not write past it."""
        if self._past_cache:
            again = os.open(self._path, os.O_RDWR | PLAIN)
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


class Written:
    """What was written where: check sums by which the file is read back."""

    def __init__(self, stretches: NDArray[np.int64]) -> None:
        """``stretches`` (n, 3): offset, size and CRC-32 of each."""
        self._stretches = stretches[np.argsort(stretches[:, 0])]

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return int(self._stretches[:, 1].sum())

    def problems(self, path: Path) -> Iterator[tuple[int, str]]:
        """Read ``path`` back from the disk: bytes read so far, and what is wrong with it ('' where nothing is)."""
        if path.stat().st_size != self.size:
            yield 0, f"{path.stat().st_size} bytes instead of {self.size}"
            return
        done = 0
        with path.open("rb", buffering=0) as file:
            if hasattr(os, "posix_fadvise"):  # not from memory
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            for low, high in self._groups():
                offset, sizes, sums = done, self._stretches[low:high, 1], self._stretches[low:high, 2]
                data = memoryview(_read(file, int(sizes.sum())))
                done += len(data)
                ends = np.cumsum(sizes).tolist()
                for start, end, expected in zip([0, *ends[:-1]], ends, sums.tolist(), strict=True):
                    if zlib.crc32(data[start:end]) != expected:
                        yield done, f"bytes {offset + start} to {offset + end} differ"
                        return
                yield done, ""

    def _groups(self) -> Iterator[tuple[int, int]]:
        """Neighbouring stretches to be read together."""
        ends = np.cumsum(self._stretches[:, 1])
        low, n = 0, len(ends)
        while low < n:
            before = int(ends[low - 1]) if low else 0
            high = max(low + 1, int(np.searchsorted(ends, before + BUFFER_BYTES, "right")))
            yield low, high
            low = high


def _aligned(size: int) -> ByteArray:
    raw = np.empty(size + ALIGNMENT, dtype=np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size]


def _runs(positions: IndexArray) -> Iterator[tuple[int, int]]:
    """Bounds of the parts of ``positions`` that count up by one."""
    breaks = (np.flatnonzero(np.diff(positions) != 1) + 1).tolist()
    return zip([0, *breaks], [*breaks, len(positions)], strict=True)


def _read(file: io.FileIO, size: int) -> ByteArray:
    """The next ``size`` bytes, fewer at the end of the file."""
    out = np.empty(size, dtype=np.uint8)
    view, done = memoryview(out), 0
    while got := file.readinto(view[done:]):
        done += got
    return out[:done]
