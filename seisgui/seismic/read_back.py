"""Proof that a file holds what was written: every byte read back from the disk and compared by check sums."""

from __future__ import annotations

import os
import threading
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.past_cache import ALIGNMENT, aligned, open_past_cache, open_through_cache, refused
from seisgui.seismic.pread import pread_into

ByteArray = NDArray[np.uint8]

BLOCK_BYTES = 4 << 20
READERS = 2


class Written:
    """The stretches of a file that was written: offset, size and CRC-32 of each."""

    def __init__(self, stretches: NDArray[np.int64]) -> None:
        """``stretches`` (n, 3) int64, in any order; together they are the whole file."""
        self._stretches = stretches[np.argsort(stretches[:, 0])]

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return int(self._stretches[:, 1].sum())

    def problems(self, path: Path) -> Iterator[tuple[int, str]]:
        """Read ``path`` from the disk: bytes compared so far, and what is wrong with them ('' where nothing is)."""
        found = path.stat().st_size
        if found != self.size:
            yield 0, f"{found} bytes instead of {self.size}"
            return
        stretches = iter(self._stretches.tolist())
        offset, left, expected = next(stretches)
        done = found_sum = 0
        with _FromDisk(path) as disk:
            for block in disk.blocks(self.size):
                view = block.data
                while view:
                    found_sum = zlib.crc32(view[:left], found_sum)
                    taken = min(left, len(view))
                    view, left, done = view[taken:], left - taken, done + taken
                    if left == 0:
                        if found_sum != expected:
                            yield done, f"bytes {offset} to {done} differ"
                            return
                        offset, left, expected = next(stretches, (done, found, 0))
                        found_sum = 0
                yield done, ""
        if done < found:
            yield done, f"it ends after {done} bytes"


class _FromDisk:
    """A file read front to back, from the disk and not from memory, a few blocks ahead."""

    def __init__(self, path: Path) -> None:
        self._descriptor = _open(path)
        self._lock = threading.Lock()
        self._readers = ThreadPoolExecutor(READERS, "read back")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._readers.shutdown(wait=True, cancel_futures=True)
        os.close(self._descriptor)

    def blocks(self, size: int) -> Iterator[ByteArray]:
        """The first ``size`` bytes; a block is valid until the next is asked for."""
        buffers = deque(aligned(BLOCK_BYTES) for _ in range(READERS + 1))
        ahead: deque[Future[ByteArray]] = deque()
        for offset in range(0, size, BLOCK_BYTES):
            ahead.append(self._readers.submit(self._read, buffers[0], offset, min(BLOCK_BYTES, size - offset)))
            buffers.rotate(-1)
            if len(ahead) > READERS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    def _read(self, buffer: ByteArray, offset: int, size: int) -> ByteArray:
        """In a thread: ``size`` bytes, fewer where the file ends; past the cache only whole pages can be asked for."""
        done = 0
        while done < size and (got := pread_into(self._descriptor, buffer[done:].data, offset + done, self._lock)):
            done += got
        return buffer[: min(done, size)]


def _open(path: Path) -> int:
    """A descriptor that reads from the disk: past the page cache, or through one that has been emptied."""
    descriptor, direct = open_past_cache(path, os.O_RDONLY)
    if direct:
        try:
            os.preadv(descriptor, [aligned(ALIGNMENT).data], 0)
        except OSError as error:
            os.close(descriptor)
            if not refused(error):
                raise
            descriptor, direct = open_through_cache(path, os.O_RDONLY), False
    if not direct and hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    return descriptor
