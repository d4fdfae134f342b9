"""Display copies in the making: three files, and a record of the blocks that are safely on the disk."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seisgui.errors import FailureError
from seisgui.seismic.axes import Orientation, VolumeAxes
from seisgui.seismic.companding import HOLE, CodeArray
from seisgui.seismic.display_copies import DRAFT, WHOLE, CopyRecord, digest_of, read_record
from seisgui.seismic.volume import Volume

ROOM = 1.1  # free space wanted, as a share of the need
ENDING = ".i8"


@dataclass(frozen=True, slots=True)
class Block:
    """Inlines [first_row, last_row) and crosslines [first_column, last_column) by index."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.last_row - self.first_row, self.last_column - self.first_column

    @property
    def n_nodes(self) -> int:
        return self.shape[0] * self.shape[1]


def needed_bytes(axes: VolumeAxes) -> int:
    """Disk space of the copies of a volume with these axes."""
    return len(Orientation) * int(np.prod(axes.shape, dtype=np.int64))


def block_shape(axes: VolumeAxes, block_bytes: int) -> tuple[int, int]:
    """(inlines, crosslines) of a block of at most about ``block_bytes`` codes, all blocks nearly alike."""
    n_inline, n_crossline, n_sample = axes.shape
    rows = max(1, min(n_inline, block_bytes // (n_crossline * n_sample)))
    rows = -(-n_inline // -(-n_inline // rows))
    columns = max(1, min(n_crossline, block_bytes // n_sample)) if rows == 1 else n_crossline
    return rows, columns


def blocks_of(axes: VolumeAxes, shape: tuple[int, int]) -> list[Block]:
    """The blocks in the order in which they are written."""
    n_inline, n_crossline, _ = axes.shape
    return [
        Block(row, min(row + shape[0], n_inline), column, min(column + shape[1], n_crossline))
        for row in range(0, n_inline, shape[0])
        for column in range(0, n_crossline, shape[1])
    ]


class BlockCodes:
    """Room for the codes of one block after another: fresh memory would cost more than the coding.

    ``inlines`` (n_row, n_column, n_sample) and ``crosslines`` (n_column, n_row, n_sample) are filled from outside.
    """

    def __init__(self, largest: tuple[int, int], n_sample: int) -> None:
        size = largest[0] * largest[1] * n_sample
        self._memory = [np.empty(size, dtype=np.int8) for _ in Orientation]
        self._n_sample = n_sample
        self.clear(largest)

    def clear(self, shape: tuple[int, int]) -> None:
        """Make room for a block of this shape, all holes."""
        size = shape[0] * shape[1] * self._n_sample
        inlines, crosslines, slices = (memory[:size] for memory in self._memory)
        self.inlines = inlines.reshape(*shape, self._n_sample)
        self.crosslines = crosslines.reshape(*shape[::-1], self._n_sample)
        self._slices = slices.reshape(self._n_sample, *shape)
        inlines.fill(HOLE)
        crosslines.fill(HOLE)

    def slices(self) -> CodeArray:
        """The block as (n_sample, n_row, n_column)."""
        import cv2  # a tenth of a second, which the window need not wait

        n_node = self.inlines.shape[0] * self.inlines.shape[1]
        traces, samples = self.inlines.reshape(n_node, -1), self._slices.reshape(-1, n_node)
        cv2.transpose(traces.view(np.uint8), samples.view(np.uint8))
        return self._slices


class Draft:
    """Unfinished copies in ``folder``, whose lock the caller holds."""

    def __init__(self, folder: Path, record: CopyRecord) -> None:
        self.folder = folder
        self.record = record
        self._files: dict[Orientation, io.FileIO] = {}
        for way in Orientation:
            self._files[way] = io.FileIO(record.file(folder, way), "r+")

    @classmethod
    def resume(cls, folder: Path, volume: Volume) -> Draft | None:
        """What an earlier ingest of this very source has left; None where that is of no use."""
        record = read_record(folder, DRAFT)
        if record is None or not record.files_whole(folder) or not record.fits(volume):
            return None
        return cls(folder, record)

    @classmethod
    def start(cls, folder: Path, record: CopyRecord) -> Draft:
        """Begin anew; what lay in the folder is removed. ``FailureError`` where the disk has no room."""
        (folder / WHOLE).unlink(missing_ok=True)
        (folder / DRAFT).unlink(missing_ok=True)
        sweep(folder, None)
        check_room(folder, needed_bytes(record.axes))
        size = int(np.prod(record.axes.shape, dtype=np.int64))
        for way in Orientation:
            with record.file(folder, way).open("wb") as file:
                reserve(file.fileno(), size)
        record.write(folder, DRAFT)
        return cls(folder, record)

    @property
    def blocks(self) -> list[Block]:
        """All blocks, of which the first ``record.done`` are on the disk."""
        return blocks_of(self.record.axes, self.record.block)

    def write(self, block: Block, codes: BlockCodes) -> None:
        """Write a block; ``commit`` makes it last."""
        n_inline, n_crossline, n_sample = self.record.axes.shape
        inline, crossline, time = (self._files[way] for way in Orientation)
        for row, line in enumerate(codes.inlines):
            place = (block.first_row + row) * n_crossline + block.first_column
            write_at(inline, line, place * n_sample)
        for column, line in enumerate(codes.crosslines):
            place = (block.first_column + column) * n_inline + block.first_row
            write_at(crossline, line, place * n_sample)
        for sample, cut in enumerate(codes.slices()):
            place = (sample * n_inline + block.first_row) * n_crossline + block.first_column
            if block.shape[1] == n_crossline:
                write_at(time, cut, place)
            else:
                for row, piece in enumerate(cut):
                    write_at(time, piece, place + row * n_crossline)

    def commit(self, done: int) -> None:
        """Record that the first ``done`` blocks are written, once the disk has them."""
        for file in self._files.values():
            (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(file.fileno())
        self.record = replace(self.record, done=done)
        self.record.write(self.folder, DRAFT)

    def finish(self) -> None:
        """Declare the copies whole."""
        digests = tuple(digest_of(self.record.file(self.folder, way)) for way in Orientation)
        self.record = replace(self.record, digests=digests)
        self.record.write(self.folder, WHOLE)
        (self.folder / DRAFT).unlink(missing_ok=True)
        sweep(self.folder, self.record)

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def write_at(file: io.FileIO, codes: CodeArray, offset: int) -> None:
    """Write contiguous codes at a place of a file."""
    view = memoryview(codes.data).cast("B")
    file.seek(offset)
    while len(view):
        view = view[file.write(view) or 0 :]


def reserve(descriptor: int, size: int) -> None:
    """Make a file as long as it will be, in one piece of the disk where the system can."""
    if hasattr(os, "posix_fallocate"):
        with contextlib.suppress(OSError):
            os.posix_fallocate(descriptor, 0, size)
            return
    os.ftruncate(descriptor, size)


def check_room(folder: Path, need: int) -> None:
    """Raise ``FailureError`` where the disk of ``folder`` cannot hold ``need`` bytes more."""
    free = shutil.disk_usage(folder).free
    if free < ROOM * need:
        raise FailureError(
            f"Display copies need {need / 1e9:.2f} GB in {folder}, where {free / 1e9:.2f} GB are free.",
            "Free some space, or move the project to a larger disk.",
        )


def sweep(folder: Path, keep: CopyRecord | None) -> None:
    """Remove the files of other generations; one that a window still reads goes when it is closed."""
    kept = set() if keep is None else {keep.file(folder, way) for way in Orientation}
    for path in [*folder.glob(f"*{ENDING}"), *folder.glob(".*.part")]:
        if path not in kept:
            with contextlib.suppress(OSError):
                path.unlink()
