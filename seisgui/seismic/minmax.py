"""Smallest and largest samples of long records in steps of 32, so that a day of data is drawn as fast as a minute.

They are found piece by piece, by whoever asks or in advance, and kept in a folder of things that can be made again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.progress import Progress
from seisgui.seismic.records import RecordSet
from seisgui.seismic.volume import FloatArray

STEP = 32  # samples a pair of the finest level
COARSER = 8  # pairs of one level in a pair of the next
PIECE = 1 << 18  # samples that are looked at in one go: a multiple of every level's step
N_LEVELS = 4  # steps of 32, 256, 2048 and 16,384 samples
LONG = 1 << 16  # records up to this are read instead
KEPT_RECORDS = 64
MAGIC = b"seisgui minmax 1"

log = logging.getLogger(__name__)


class PyramidReader:
    """Envelopes of records at any zoom; any thread may ask.

    ``folder`` and ``key`` (which must change when the files do) say where pyramids are kept; None: in memory only.
    """

    def __init__(self, records: RecordSet, folder: Path | None = None, key: str = "") -> None:
        self._records = records
        self._folder, self._key = folder, key
        self._pyramids: OrderedDict[int, _Pyramid] = OrderedDict()
        self._lock = threading.Lock()

    def envelope(
        self, indices: Sequence[int], first: int, count: int, columns: int, *, patient: bool = True
    ) -> FloatArray:
        """Smallest and largest sample of every column: (n, component, columns, 2) float32.

        Column i holds samples first + i * count / columns and on, at least one. Where a column holds fewer than 64
        samples it is exact, else its edges are moved to whole steps, by less than 32 samples or an eighth of a column.
        NaN where there is nothing, and, unless ``patient``, where the samples have not been looked at yet.
        """
        out = np.full((len(indices), len(self._records.table.components), columns, 2), np.nan, dtype=np.float32)
        if not len(indices) or columns < 1 or count < 1:
            return out
        edges = first + np.arange(columns + 1, dtype=np.int64) * count // columns
        level = self._level(count / columns)
        short = [row for row, index in enumerate(indices) if level < 0 or not self._is_long(int(index))]
        if short:
            samples = self._records.read([int(indices[row]) for row in short], first, count)
            out[short] = _of_columns(np.stack([samples, samples], axis=-1), edges - first)
        for row, index in enumerate(indices):
            if row not in short:
                pyramid = self._pyramid(int(index))
                if patient:
                    for piece in pyramid.missing(first, count):
                        self._look_at(pyramid, piece)
                out[row] = pyramid.envelope(edges, level)
        return out

    def is_complete(self, indices: Sequence[int], first: int, count: int, columns: int) -> bool:
        """Whether an envelope would show everything without reading more than its own samples."""
        if columns < 1 or self._level(count / columns) < 0:
            return True
        return not any(
            self._is_long(int(index)) and self._pyramid(int(index)).missing(first, count) for index in indices
        )

    def build_steps(self, indices: Sequence[int] | None = None) -> Generator[Progress, None, None]:
        """Look at records (None: all) in advance, in short steps; may be stopped at any time."""
        chosen = [int(i) for i in (range(len(self._records.table)) if indices is None else indices)]
        chosen = [index for index in chosen if self._is_long(index)]
        counts = self._records.table.n_samples[chosen]
        total, done = int(counts.sum()), 0
        for index, count in zip(chosen, counts.tolist(), strict=True):
            pyramid = self._pyramid(index)
            missing = pyramid.missing(0, count)
            done += count - min(count, len(missing) * PIECE)
            for piece in missing:
                self._look_at(pyramid, piece)
                done = min(done + PIECE, total)
                yield Progress(done, total, "looking through the records")

    def close(self) -> None:
        """Let go of the files; asking opens them again."""
        with self._lock:
            self._pyramids.clear()

    def _is_long(self, index: int) -> bool:
        return bool(self._records.table.n_samples[index] > LONG)

    @staticmethod
    def _level(samples_a_column: float) -> int:
        """The coarsest level of which a column holds eight steps or more; -1: the samples themselves."""
        if samples_a_column < 2 * STEP:
            return -1
        level = 0
        while level + 1 < N_LEVELS and samples_a_column >= 8 * STEP * COARSER ** (level + 1):
            level += 1
        return level

    def _pyramid(self, index: int) -> _Pyramid:
        with self._lock:
            pyramid = self._pyramids.get(index)
            if pyramid is None:
                table = self._records.table
                pyramid = _Pyramid(index, len(table.components), int(table.n_samples[index]), self._file(index))
                self._pyramids[index] = pyramid
                while len(self._pyramids) > KEPT_RECORDS:
                    self._pyramids.popitem(last=False)
            self._pyramids.move_to_end(index)
            return pyramid

    def _file(self, index: int) -> Path | None:
        if self._folder is None:
            return None
        record = f"{self._key}\n{self._records.table.id_of(index)}"
        return self._folder / f"{hashlib.sha256(record.encode()).hexdigest()[:24]}.minmax"

    def _look_at(self, pyramid: _Pyramid, piece: int) -> None:
        first = piece * PIECE
        samples = self._records.read([pyramid.index], first, min(PIECE, pyramid.n_samples - first))
        pyramid.put(piece, samples[0])


class _Pyramid:
    """The levels of one record: (component, step, 2) float32 each, and which pieces have been looked at."""

    def __init__(self, index: int, n_components: int, n_samples: int, file: Path | None) -> None:
        self.index, self.n_samples = index, n_samples
        self._n_pieces = -(-n_samples // PIECE)
        shape = (n_components, self._n_pieces * (PIECE // STEP), 2)
        self._base, self._done = _storage(file, shape, self._n_pieces)
        self._levels = [self._base]
        for _ in range(1, N_LEVELS):
            shape = (n_components, shape[1] // COARSER, 2)
            self._levels.append(np.full(shape, np.nan, dtype=np.float32))
        for piece in np.flatnonzero(self._done).tolist():
            self._fill_upper(piece)

    def missing(self, first: int, count: int) -> list[int]:
        """Pieces of these samples that nobody has looked at."""
        low, high = max(first, 0) // PIECE, -(-min(first + count, self.n_samples) // PIECE)
        return [piece for piece in range(low, high) if not self._done[piece]]

    def put(self, piece: int, samples: FloatArray) -> None:
        """Take the samples of a piece, (component, n)."""
        n_steps = -(-samples.shape[1] // STEP)
        padded = samples
        if samples.shape[1] < n_steps * STEP:
            padded = np.full((len(samples), n_steps * STEP), np.nan, dtype=np.float32)
            padded[:, : samples.shape[1]] = samples
        low = piece * (PIECE // STEP)
        self._base[:, low : low + n_steps] = _paired(padded.reshape(len(samples), n_steps, STEP))
        self._fill_upper(piece)
        self._done[piece] = 1

    def _fill_upper(self, piece: int) -> None:
        for level in range(1, N_LEVELS):
            n_steps = PIECE // (STEP * COARSER**level)
            finer = self._levels[level - 1][:, piece * n_steps * COARSER : (piece + 1) * n_steps * COARSER]
            steps = finer.reshape(len(finer), n_steps, COARSER, 2)
            part = self._levels[level][:, piece * n_steps : (piece + 1) * n_steps]
            part[..., 0], part[..., 1] = np.fmin.reduce(steps[..., 0], axis=2), np.fmax.reduce(steps[..., 1], axis=2)

    def envelope(self, edges: NDArray[np.int64], level: int) -> FloatArray:
        """(component, column, 2) from a level; columns end at whole steps."""
        step = STEP * COARSER**level
        pairs = self._levels[level]
        there = -(-self.n_samples // step)
        begin = edges[:-1] // step
        end = np.maximum(edges[1:] // step, begin + 1)
        begin, end = np.clip(begin, 0, there), np.clip(end, 0, there)
        out = np.full((len(pairs), len(begin), 2), np.nan, dtype=np.float32)
        inside = np.flatnonzero(end > begin)  # neighbours, for columns follow one another
        if len(inside):
            low, high = int(begin[inside[0]]), int(end[inside[-1]])
            out[:, inside] = _of_columns(pairs[:, low:high], np.append(begin[inside], high) - low)
        return out


def _paired(samples: FloatArray) -> FloatArray:
    """Smallest and largest along the last axis, as a new last axis; NaN where there is no number."""
    return np.stack([np.fmin.reduce(samples, axis=-1), np.fmax.reduce(samples, axis=-1)], axis=-1)


def _of_columns(pairs: FloatArray, edges: NDArray[np.int64]) -> FloatArray:
    """Smallest of pairs[..., 0] and largest of pairs[..., 1] in [edges[i], edges[i + 1]), at least one of them.

    ``pairs`` (..., n, 2), ``edges`` (columns + 1,) within 0 and n -> (..., columns, 2).
    """
    n = pairs.shape[-2]
    starts = np.minimum(edges[:-1], n - 1)
    low = np.fmin.reduceat(pairs[..., : max(int(edges[-1]), int(starts[-1]) + 1), 0], starts, axis=-1)
    high = np.fmax.reduceat(pairs[..., : max(int(edges[-1]), int(starts[-1]) + 1), 1], starts, axis=-1)
    return np.stack([low, high], axis=-1)


def _storage(file: Path | None, shape: tuple[int, int, int], n_pieces: int) -> tuple[FloatArray, NDArray[np.uint8]]:
    """Finest level and marks of finished pieces, kept in ``file`` where that can be written, else in memory."""
    n_bytes = 4 * shape[0] * shape[1] * shape[2]
    if file is not None:
        try:
            return _mapped(file, shape, n_bytes, n_pieces)
        except OSError as error:
            log.info("the smallest and largest samples are kept in memory only: %s", error)
    return np.full(shape, np.nan, dtype=np.float32), np.zeros(n_pieces, dtype=np.uint8)


def _mapped(
    file: Path, shape: tuple[int, int, int], n_bytes: int, n_pieces: int
) -> tuple[FloatArray, NDArray[np.uint8]]:
    size = n_bytes + n_pieces + len(MAGIC)
    if not file.is_file() or file.stat().st_size != size or _tail(file) != MAGIC:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{uuid.uuid4().hex[:8]}.part")
        with draft.open("wb") as out:
            for _ in range(shape[0] * n_pieces):
                out.write(np.full(2 * PIECE // STEP, np.nan, dtype=np.float32).data)
            out.write(bytes(n_pieces) + MAGIC)
        draft.replace(file)
    whole = np.memmap(file, dtype=np.uint8, mode="r+", shape=(size,))
    return whole[:n_bytes].view(np.float32).reshape(shape), whole[n_bytes : n_bytes + n_pieces]


def _tail(file: Path) -> bytes:
    with file.open("rb") as opened:
        opened.seek(-len(MAGIC), 2)
        return opened.read()
