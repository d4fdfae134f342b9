"""All that a run has predicted of a dataset, inline by inline, whatever it is kept in (torch-free)."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import FailureError
from seisgui.learning import stored
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.volume import BoolArray

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

BLOCK_BYTES = 64e6  # of a predicted volume, read together


class PredictedVolume:
    """Classes and ``beside``, one more of ``stored.KINDS`` or the probability of a class, of a run's predictions.

    Sections that were predicted singly go before the predicted volume, inlines before crosslines; of single classes
    only the volume keeps probabilities. Blocks of the volume are read ahead; it is to be entered, so that this ends.
    """

    def __init__(
        self, project: Project, run_id: str, dataset_id: str, axes: VolumeAxes, beside: str | None = None
    ) -> None:
        self.axes = axes
        self.names = (stored.KINDS[stored.CLASS], *([beside] if beside else []))
        self._group = stored.predicted_volume(project, run_id, dataset_id)
        self._done = frozenset(self._group.done() if self._group is not None else ())
        self._inlines: dict[int, Path] = {}
        self._crosslines: dict[int, Path] = {}
        self._across: dict[int, NDArray[np.uint8]] = {}
        self._block, self._block_range = np.empty(0, dtype=np.uint8), range(0)
        self._reader = ThreadPoolExecutor(1, "prediction reader")
        self._ahead: Future[stored.ByteArray] | None = None
        self._ahead_from = -1
        if set(self.names) <= set(stored.KINDS):
            self._find_sections(project, run_id, dataset_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.shutdown(wait=True, cancel_futures=True)

    def _find_sections(self, project: Project, run_id: str, dataset_id: str) -> None:
        places = {Orientation.INLINE: self._inlines, Orientation.CROSSLINE: self._crosslines}
        for ref in stored.predicted_sections(project, run_id, dataset_id):
            path = stored.prediction_path(project, run_id, ref, dataset_id)
            if _is_on(self.axes, ref) and _shape(path) == (3, *self.axes.section_shape(ref.orientation)):
                places[ref.orientation][self.axes.section_index(ref)] = path

    def reached(self) -> BoolArray:
        """Traces (n_inline, n_crossline) on predicted sections and whole slabs; no prediction is read."""
        reached = np.zeros(self.axes.shape[:2], dtype=bool)
        reached[list(self._inlines)] = True
        reached[:, list(self._crosslines)] = True
        if self._group is not None:
            for slab in self._done:
                reached[self._group.layout.place(slab)[:2]] = True
        return reached

    def inline(self, index: int) -> stored.ByteArray:
        """(n_name, n_crossline, n_sample) uint8 of one inline in the order of ``names``; class 255: not predicted."""
        if index in self._inlines:
            path = self._inlines[index]
            found = stored.read_array(path)
            if found is None:
                raise FailureError(f"The prediction {path} cannot be read any more.", "Predict the section again.")
            return self._with_crosslines(found[self._rows], index)
        return self._with_crosslines(self._of_volume(index), index)

    @property
    def _rows(self) -> list[int]:
        return [stored.KINDS.index(name) for name in self.names]

    def _of_volume(self, index: int) -> stored.ByteArray:
        if self._group is None:
            return stored.empty_block(self.names, self.axes.shape[1:])
        if index not in self._block_range:
            self._block_range = self._range_with(index)
            if self._block_range.start != self._ahead_from:
                self._read_ahead(self._block_range.start)
            assert self._ahead is not None
            self._block = self._ahead.result()
            self._check_whole()
            self._read_ahead(self._block_range.stop)
        return self._block[:, index - self._block_range.start]

    def _check_whole(self) -> None:
        """What was whole at first must be whole after reading: a damaged or removed slab reads as not predicted."""
        assert self._group is not None
        if not self._done <= set(self._group.done()):
            raise FailureError(
                f"{self._group.path} is damaged, or was begun anew while it was read.",
                "Predict the whole volume, which does what is missing, then do this again.",
            )

    def _range_with(self, index: int) -> range:
        """The inlines that are read together with this one."""
        assert self._group is not None
        n_inline, n_crossline, n_sample = self.axes.shape
        at_once = self._group.layout.chunks[0]
        while at_once > 1 and at_once * len(self.names) * n_crossline * n_sample > BLOCK_BYTES:
            at_once //= 2
        first = index - index % at_once
        return range(first, min(first + at_once, n_inline))

    def _read_ahead(self, first: int) -> None:
        """Let the thread read the block that begins at this inline."""
        self._ahead_from = first
        if self._group is not None and first < self.axes.inline.count:
            block = self._range_with(first)
            where = [slice(block.start, block.stop), slice(None), slice(None)]
            self._ahead = self._reader.submit(stored.read_arrays, self._group, self.names, where)

    def _with_crosslines(self, section: stored.ByteArray, index: int) -> stored.ByteArray:
        """Traces without any class taken from predicted crosslines, where there are some."""
        columns = np.array(list(self._crosslines), dtype=np.int64)
        empty = columns[(section[stored.CLASS][columns] == stored.NOT_PREDICTED).all(axis=1)].tolist()
        if empty:
            section = section.copy()
        for column in empty:
            if column not in self._across:  # mapped: all crosslines of a survey would not fit into memory
                self._across[column] = np.load(self._crosslines[column], mmap_mode="r", allow_pickle=False)
            section[:, column] = self._across[column][self._rows, index]
        return section


def _is_on(axes: VolumeAxes, ref: SectionRef) -> bool:
    """Whether a section is a line of these axes."""
    lines = {Orientation.INLINE: axes.inline, Orientation.CROSSLINE: axes.crossline}
    return ref.orientation in lines and ref.number in lines[ref.orientation].numbers


def _shape(path: Path) -> tuple[int, ...]:
    """Shape of a stored array; () where it is damaged."""
    try:
        return tuple(np.load(path, mmap_mode="r", allow_pickle=False).shape)
    except (OSError, ValueError, EOFError):
        return ()
