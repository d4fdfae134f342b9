"""Making the display copies of a volume: one pass over its file, in blocks of inlines, resumable at every block."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import FailureError, InputError
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.companding import Compander
from seisgui.seismic.display_copies import DRAFT, WHOLE, CopyRecord, read_record
from seisgui.seismic.folder_lock import folder_lock
from seisgui.seismic.ingest_draft import Block, BlockCodes, Draft, block_shape, blocks_of, needed_bytes
from seisgui.seismic.progress import Progress
from seisgui.seismic.segy_volume import SegyVolume
from seisgui.seismic.source_mark import origin_of
from seisgui.seismic.volume import FloatArray, Volume

__all__ = ["IngestState", "ingest_state", "ingest_steps", "needed_bytes"]

BLOCK_BYTES = 32 << 20  # codes written and made to last together
PIECE_BYTES = 8 << 20  # amplitudes read and coded at once
AHEAD = 2  # pieces read before they are wanted
SAMPLED_TRACES = 512
STEP_S = 0.05
PHRASE = "making display copies"


@dataclass(frozen=True, slots=True)
class IngestState:
    """``kind`` is 'none', 'partial', 'complete' or 'stale' (of another source); ``fraction`` is what is done of it."""

    kind: str
    fraction: float


def ingest_state(folder: Path, volume: Volume) -> IngestState:
    """How far the copies of a volume have come."""
    whole, draft = read_record(folder, WHOLE), read_record(folder, DRAFT)
    if whole is not None and whole.fits(volume):
        return IngestState("complete", 1.0) if whole.files_whole(folder) else IngestState("none", 0.0)
    if draft is not None and draft.fits(volume):
        if not draft.files_whole(folder):
            return IngestState("none", 0.0)
        return IngestState("partial", draft.done / len(blocks_of(draft.axes, draft.block)))
    return IngestState("none" if whole is None and draft is None else "stale", 0.0)


def ingest_steps(volume: Volume, folder: Path, *, block_bytes: int = BLOCK_BYTES) -> Generator[Progress, None, Path]:
    """Make the display copies of ``volume`` in ``folder``, or go on with what an earlier ingest left there.

    Closing the generator, or the end of the process, keeps the blocks that are finished; copies that are whole
    already are left alone, those of a source that has changed are made anew. The outcome is the folder. Raises
    ``InputError`` where the source cannot be read or its geometry is contradicted, ``FailureError`` where the
    disk has no room or another process is at it.
    """
    yield from _confirm(volume)
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with folder_lock(folder, "making display copies"):
            if ingest_state(folder, volume).kind != "complete":
                yield from _make(volume, folder, block_bytes)
    return folder


def _confirm(volume: Volume) -> Generator[Progress, None, None]:
    """Read all headers of a provisional survey: copies of a guess would be believed for years."""
    origin = origin_of(volume)
    if isinstance(origin, SegyVolume) and not (yield from origin.confirm_steps()):
        raise origin.other_geometry()


def _make(volume: Volume, folder: Path, block_bytes: int) -> Generator[Progress, None, None]:
    draft = Draft.resume(folder, volume)
    if draft is None:
        draft = _start(volume, folder, block_bytes, None)
    try:
        if not (yield from _fill(volume, draft)):
            peak = yield from _peak_steps(volume, draft)
            draft.close()
            draft = _start(volume, folder, block_bytes, peak)
            if not (yield from _fill(volume, draft)):
                raise _changed(volume)
        if not draft.record.fits(volume):
            raise _changed(volume)
        draft.finish()
    finally:
        draft.close()


def _changed(volume: Volume) -> InputError:
    return InputError(f"{volume.name} was changed while its display copies were made.", "Open it again.")


def _start(volume: Volume, folder: Path, block_bytes: int, peak: float | None) -> Draft:
    compander = Compander.of(volume.sample_traces(SAMPLED_TRACES), peak)
    return Draft.start(folder, CopyRecord.new(volume, compander, block_shape(volume.axes, block_bytes)))


def _fill(volume: Volume, draft: Draft) -> Generator[Progress, None, bool]:
    """Write the blocks that are missing; False where an amplitude lies beyond the range of the codes.

    One thread reads ahead, one waits for the disk; neither outlives the generator.
    """
    from seisgui.seismic.ingest_compiled import encode_traces

    table = draft.record.compander.code_table()
    limit = np.float32(draft.record.compander.scale).view(np.uint32)
    pace, codes = _Pace(draft), BlockCodes(draft.record.block, volume.axes.sample.count)
    saving: Future[None] | None = None
    with _pool("read ahead") as readers, _pool("sync") as savers:
        for number, block in list(enumerate(draft.blocks))[draft.record.done :]:
            codes.clear(block.shape)
            for piece, amplitude in _read_ahead(pieces(volume, block), readers):
                if encode_traces(amplitude, piece.nodes, table, codes.inlines, codes.crosslines) > limit:
                    return False
                yield pace.progress(len(piece.nodes))
            draft.write(block, codes)
            if saving is not None:
                yield from pace.wait(saving)
            saving = savers.submit(draft.commit, number + 1)
            yield pace.finished(block)
        if saving is not None:
            yield from pace.wait(saving)
    return True


def _peak_steps(volume: Volume, draft: Draft) -> Generator[Progress, None, float]:
    """The largest absolute amplitude of the volume: one pass, so that no third one is needed."""
    pace = _Pace(draft, "finding the largest amplitude", from_start=True)
    peak = 0.0
    with _pool("read ahead") as readers:
        for block in draft.blocks:
            for piece, amplitude in _read_ahead(pieces(volume, block), readers):
                size = np.abs(amplitude)
                peak = max(peak, float(np.max(size, where=np.isfinite(size), initial=0.0)))
                yield pace.progress(len(piece.nodes))
            yield pace.finished(block)
    return peak


class _Pace:
    """Tells how many traces are done and how long the rest will take."""

    def __init__(self, draft: Draft, phrase: str = PHRASE, *, from_start: bool = False) -> None:
        blocks = draft.blocks
        self._phrase = phrase
        self._total = sum(block.n_nodes for block in blocks)
        self._before = 0 if from_start else sum(block.n_nodes for block in blocks[: draft.record.done])
        self._whole, self._part = self._before, 0
        self._began = time.monotonic()

    def progress(self, traces: int) -> Progress:
        """After ``traces`` more of the present block."""
        self._part += traces
        return self._now()

    def finished(self, block: Block) -> Progress:
        """After the whole block, its holes included."""
        self._whole, self._part = self._whole + block.n_nodes, 0
        return self._now()

    def wait(self, saving: Future[None]) -> Generator[Progress, None, None]:
        """Until the disk has a block, in steps so short that the job can be cancelled and others take their turn."""
        while not saving.done():
            wait([saving], timeout=STEP_S)
            yield self._now()
        saving.result()

    def _now(self) -> Progress:
        done = self._whole + self._part
        rate = (done - self._before) / max(time.monotonic() - self._began, 1e-6)
        return Progress(done, self._total, self._phrase, (self._total - done) / rate if rate > 0 else None)


@dataclass(frozen=True, slots=True)
class Piece:
    """Traces to be read at once: their nodes within the block, and what reads them, (n, n_sample) float32."""

    nodes: NDArray[np.int64]
    read: Callable[[], FloatArray]


def pieces(volume: Volume, block: Block) -> Iterator[Piece]:
    """The traces of a block in the order of the file, holes left out."""
    rows = slice(block.first_row, block.last_row)
    columns = slice(block.first_column, block.last_column)
    if not isinstance(volume, SegyVolume):
        yield from _pieces_by_inline(volume, rows, columns)
        return
    nodes = np.flatnonzero(volume.live_traces()[rows, columns])
    positions = volume.trace_index[rows, columns].reshape(-1)[nodes]
    order = np.argsort(positions, kind="stable")
    count = max(1, PIECE_BYTES // (4 * volume.axes.sample.count))
    for start in range(0, len(order), count):
        part = order[start : start + count]
        yield Piece(nodes[part], partial(_traces, volume, positions[part]))


def _traces(volume: SegyVolume, positions: NDArray[np.int64]) -> FloatArray:
    volume.file.check()
    return volume.file.traces(positions)


def _pieces_by_inline(volume: Volume, rows: slice, columns: slice) -> Iterator[Piece]:
    n_column = columns.stop - columns.start
    for row, number in enumerate(volume.axes.inline.numbers[rows].tolist()):
        nodes = row * n_column + np.arange(n_column, dtype=np.int64)
        yield Piece(nodes, partial(_section_part, volume, number, columns))


def _section_part(volume: Volume, number: int, columns: slice) -> FloatArray:
    return np.ascontiguousarray(volume.section(SectionRef(Orientation.INLINE, number))[columns])


def _read_ahead(wanted: Iterator[Piece], pool: ThreadPoolExecutor) -> Iterator[tuple[Piece, FloatArray]]:
    """Each piece with its amplitudes, while the pool reads the next ones."""
    waiting: list[tuple[Piece, Future[FloatArray]]] = []
    for piece in wanted:
        waiting.append((piece, pool.submit(piece.read)))
        if len(waiting) > AHEAD:
            first, future = waiting.pop(0)
            yield first, future.result()
    for piece, future in waiting:
        yield piece, future.result()


@contextlib.contextmanager
def _pool(name: str) -> Iterator[ThreadPoolExecutor]:
    """One thread; what it has not begun is dropped where the work ends early."""
    pool = ThreadPoolExecutor(1, thread_name_prefix=name)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn an error of the system into a sentence."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = "the disk is full" if full else (error.strerror or str(error))
        raise FailureError(
            f"The display copies in {folder} could not be written: {reason}.",
            "Free some space or choose another disk." if full else "",
        ) from error
