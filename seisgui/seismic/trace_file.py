"""Reading traces and trace headers of one open SEG-Y file by ``pread``.

Foreign files are never memory-mapped here: a file that shrinks under a map is a bus error that nothing catches, and
where whole traces are read a map is no faster: from a cold disk a crossline takes it a second, announced reads a
hundredth of one. Time sections, which are, may come by way of a worker (``sample_column``).
Every read says in a sentence what happened when the file has changed, shrunk or gone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.file_structure import TRACE_HEADER_BYTES, FileStructure
from seisgui.seismic.ibm import as_slice
from seisgui.seismic.pread import ReadFile
from seisgui.seismic.sample_format import decode_rows
from seisgui.seismic.volume import FloatArray

BLOCK_BYTES = 2 << 20  # most that one read asks for: larger blocks leave the cache before they are decoded
GAP_BYTES = 16 << 10  # gaps up to this are read through rather than jumped over
SMALL_TRACE = 6 << 10  # traces up to this are read whole where only a few bytes of each are needed
SPARSE_BYTES = 16 << 10  # pieces further apart than this are cheaper to fetch one by one than with all between them
AHEAD_BYTES = 8 << 20  # how far ahead of reading the system is told what comes
AHEAD_PIECES = 2000
HAS_ADVICE = hasattr(os, "posix_fadvise")

FileIdentity = tuple[int, ...]  # device, number, size and modification time (ns)
ByteArray = NDArray[np.uint8]
IndexArray = NDArray[np.int64]
Take = Callable[[ByteArray, IndexArray, IndexArray], None]  # bytes as read, rows of them, rows of the result


class TraceFile:
    """An open SEG-Y file: traces by their position in the file (0-based)."""

    def __init__(self, structure: FileStructure) -> None:
        self.structure = structure
        self._identity: FileIdentity = ()
        self._file: ReadFile | None = self._open()

    @property
    def path(self) -> Path:
        return self.structure.path

    @property
    def identity(self) -> FileIdentity:
        """Which file it was, and its state, when it was opened."""
        return self._identity

    @property
    def modified_ns(self) -> int:
        """Modification time of the file when it was opened, in ns."""
        return self._identity[-1]

    def _open(self) -> ReadFile:
        try:
            file = ReadFile(self.path)
        except OSError as error:
            raise InputError(f"{self.path} cannot be opened: {error.strerror or error}.") from error
        status = os.fstat(file.descriptor)
        self._identity = identity_of(status)
        if status.st_size != self.structure.size:
            raise self._changed()
        return file

    def close(self) -> None:
        """Close the file, as soon as nobody reads it any more; reading afterwards raises ``InputError``."""
        self._file = None

    def _opened(self) -> ReadFile:
        file = self._file
        if file is None:
            raise InputError(f"{self.path.name} has been closed.", "Open it again.")
        return file

    def check(self) -> None:
        """Raise ``InputError`` where the file has been removed, replaced or changed since it was opened."""
        self._opened()
        try:
            status = os.stat(self.path)  # noqa: PTH116  a tenth of Path.stat's cost, on every read
        except OSError as error:
            raise InputError(
                f"{self.path.name} is gone: it was moved, renamed or removed while open ({self.path}).",
                "Put it back, or locate it under its new name.",
            ) from error
        if identity_of(status) != self._identity:
            raise self._changed()

    def _changed(self) -> InputError:
        return InputError(
            f"{self.path.name} was changed or replaced by another program while it was open.",
            "Open it again; labels are kept.",
        )

    def _read_into(self, buffer: ByteArray, offset: int) -> None:
        """Fill a contiguous buffer from the file."""
        file = self._opened()
        try:
            whole = file.read_into(memoryview(buffer.data).cast("B"), offset)
        except OSError as error:
            raise InputError(f"{self.path.name} cannot be read: {error.strerror or error}.") from error
        if not whole:
            raise InputError(
                f"{self.path.name} ends early: it has been truncated since it was opened.",
                "Copy it again, then open it again.",
            )

    def _announce(self, offsets: list[int], width: int) -> None:
        """Have the system fetch pieces side by side before they are read: the disk is idle between single reads."""
        if len(offsets) < 2:
            return
        file = self._opened()
        span = offsets[-1] - offsets[0] + width
        if span <= SPARSE_BYTES * len(offsets):
            announce(file.descriptor, [(offsets[0], span)])
        else:
            announce(file.descriptor, [(offset, width) for offset in offsets])

    def read_bytes(self, offset: int, count: int) -> bytes:
        """Bytes of the file as they are; raises ``InputError`` where it is shorter."""
        buffer = np.empty(count, dtype=np.uint8)
        self._read_into(buffer, offset)
        return buffer.tobytes()

    def blocks(self, first: int, count: int) -> Iterator[tuple[int, ByteArray]]:
        """Consecutive whole traces in pieces: (position of the first, (n, trace_bytes) uint8)."""
        size = self.structure.trace_bytes
        step = max(1, BLOCK_BYTES // size)
        for start in range(first, first + count, step):
            block = np.empty((min(step, first + count - start), size), dtype=np.uint8)
            self._read_into(block, self.structure.data_offset + start * size)
            yield start, block

    def traces(self, positions: IndexArray) -> FloatArray:
        """Amplitudes of the traces at ``positions``, (n, n_sample) float32."""
        structure = self.structure
        out = np.empty((len(positions), structure.n_samples), dtype=np.float32)

        def take(block: ByteArray, source: IndexArray, target: IndexArray) -> None:
            self._decode(block, source, TRACE_HEADER_BYTES, out, target)

        self._gather(positions, 0, structure.trace_bytes, take)
        return out

    def windows(self, positions: IndexArray, first: int, count: int) -> FloatArray:
        """Samples [first, first + count) of the traces at ``positions``, (n, count) float32."""
        width = self.structure.sample_width
        start = TRACE_HEADER_BYTES + first * width
        out = np.empty((len(positions), count), dtype=np.float32)

        def take(block: ByteArray, source: IndexArray, target: IndexArray) -> None:
            whole = block.shape[1] == self.structure.trace_bytes
            self._decode(block, source, start if whole else 0, out, target)

        self._gather(positions, start, count * width, take)
        return out

    def traces_with_headers(self, positions: IndexArray) -> tuple[ByteArray, FloatArray]:
        """Trace headers (n, 240) uint8 and amplitudes (n, n_sample) float32 in one pass."""
        structure = self.structure
        headers = np.empty((len(positions), TRACE_HEADER_BYTES), dtype=np.uint8)
        amplitude = np.empty((len(positions), structure.n_samples), dtype=np.float32)

        def take(block: ByteArray, source: IndexArray, target: IndexArray) -> None:
            headers[as_slice(target)] = block[as_slice(source), :TRACE_HEADER_BYTES]
            self._decode(block, source, TRACE_HEADER_BYTES, amplitude, target)

        self._gather(positions, 0, structure.trace_bytes, take)
        return headers, amplitude

    def headers(self, positions: IndexArray) -> ByteArray:
        """Trace headers at ``positions``, (n, 240) uint8."""
        out = np.empty((len(positions), TRACE_HEADER_BYTES), dtype=np.uint8)

        def take(block: ByteArray, source: IndexArray, target: IndexArray) -> None:
            out[as_slice(target)] = block[as_slice(source), :TRACE_HEADER_BYTES]

        self._gather(positions, 0, TRACE_HEADER_BYTES, take)
        return out

    def samples(self, positions: IndexArray, sample: int) -> FloatArray:
        """One sample of each trace at ``positions``, (n,) float32."""
        width = self.structure.sample_width
        start = TRACE_HEADER_BYTES + sample * width
        out = np.empty((len(positions), 1), dtype=np.float32)

        def take(block: ByteArray, source: IndexArray, target: IndexArray) -> None:
            self._decode(block, source, start if block.shape[1] > width else 0, out, target)

        self._gather(positions, start, width, take)
        return out[:, 0]

    def decode_samples(self, raw: ByteArray) -> FloatArray:
        """Amplitudes (n,) float32 of samples as they stand in the file, (n, sample width) uint8."""
        out, row = np.empty((1, len(raw)), dtype=np.float32), np.zeros(1, dtype=np.int64)
        self._decode(np.ascontiguousarray(raw).reshape(1, -1), row, 0, out, row)
        return out.reshape(-1)

    def _decode(self, block: ByteArray, source: IndexArray, skip: int, out: FloatArray, target: IndexArray) -> None:
        structure = self.structure
        decode_rows(block, source, skip, structure.sample_format, structure.byte_order, out, target)

    def _gather(self, positions: IndexArray, start: int, width: int, take: Take) -> None:
        """Read bytes [start, start + width) of each trace; neighbours in one read, the others one by one."""
        size = self.structure.trace_bytes
        order = np.argsort(positions, kind="stable")
        ordered = np.asarray(positions)[order]
        if len(ordered) and (ordered[0] < 0 or ordered[-1] >= self.structure.n_traces):
            raise ValueError(f"trace positions outside 0..{self.structure.n_traces - 1}")
        gaps = np.diff(ordered) * size - width
        worth_joining = gaps <= (GAP_BYTES if width > SMALL_TRACE or size <= SMALL_TRACE else 0)
        breaks = np.flatnonzero(~worth_joining) + 1
        bounds = np.concatenate([[0], breaks, [len(ordered)]]) if len(ordered) else np.zeros(1, dtype=np.int64)
        single = np.diff(bounds) == 1
        for low, high in zip(bounds[:-1][~single].tolist(), bounds[1:][~single].tolist(), strict=True):
            self._take_run(order[low:high], ordered[low:high], take)
        self._take_singles(order, ordered, bounds[:-1][single], start, width, take)

    def _take_run(self, order: IndexArray, ordered: IndexArray, take: Take) -> None:
        """Whole traces from the first to the last of a run, those between that nobody asked for among them."""
        first, last = int(ordered[0]), int(ordered[-1])
        for block_first, block in self.blocks(first, last - first + 1):
            low, high = np.searchsorted(ordered, [block_first, block_first + len(block)])
            if high > low:
                take(block, ordered[low:high] - block_first, order[low:high])

    def _take_singles(
        self, order: IndexArray, ordered: IndexArray, which: IndexArray, start: int, width: int, take: Take
    ) -> None:
        if not len(which):
            return
        offsets = self.structure.data_offset + start + ordered[which] * self.structure.trace_bytes
        spacing = max(1, int(offsets[-1] - offsets[0]) // len(which))
        pieces = AHEAD_PIECES if spacing > SPARSE_BYTES else AHEAD_BYTES // spacing
        step = max(1, min(pieces, BLOCK_BYTES // width))
        self._announce(offsets[:step].tolist(), width)
        for low in range(0, len(which), step):
            self._announce(offsets[low + step : low + 2 * step].tolist(), width)
            part = which[low : low + step]
            raw = np.empty((len(part), width), dtype=np.uint8)
            for row, offset in zip(raw, offsets[low : low + step].tolist(), strict=True):
                self._read_into(row, offset)
            take(raw, np.arange(len(part)), order[part])


def announce(descriptor: int, pieces: Iterable[tuple[int, int]]) -> None:
    """Have the system fetch pieces of a file, (offset, count) in bytes, side by side, where it can."""
    if HAS_ADVICE:
        for offset, count in pieces:
            os.posix_fadvise(descriptor, offset, count, os.POSIX_FADV_WILLNEED)


def identity_of(status: os.stat_result) -> FileIdentity:
    """What changes where a file is replaced or written to."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
