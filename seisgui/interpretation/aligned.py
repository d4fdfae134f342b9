"""A volume shown on the lines and samples of its dataset, of which it covers a part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.axes import LineAxis, Orientation, SectionRef, VolumeAxes
from seisgui.seismic.sample_column import ColumnVolume, SampleColumn
from seisgui.seismic.trace_file import ByteArray
from seisgui.seismic.volume import BoolArray, FloatArray, Volume

ALIGNMENT = 1e-3  # of a step


class AlignedVolume:
    """``source`` on other axes of the same lattice: NaN and no live trace where it has nothing."""

    def __init__(self, source: Volume, axes: VolumeAxes) -> None:
        self.source = source
        self._axes = axes
        self._inline = places(axes.inline, source.axes.inline)
        self._crossline = places(axes.crossline, source.axes.crossline)
        self._sample = sample_places(axes, source.axes)

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def axes(self) -> VolumeAxes:
        return self._axes

    def section(self, ref: SectionRef) -> FloatArray:
        """As ``Volume.section``, on the axes of the dataset."""
        own = self._own_ref(ref)
        return self._placed(ref, None if own is None else self.source.section(own))

    def sample_column(self, ref: SectionRef) -> SampleColumn | None:
        """As ``ColumnVolume.sample_column``: the column of the source."""
        own = self._own_ref(ref)
        return self.source.sample_column(own) if own is not None and isinstance(self.source, ColumnVolume) else None

    def slice_of(self, ref: SectionRef, raw: ByteArray) -> FloatArray:
        """As ``ColumnVolume.slice_of``, where ``sample_column`` has named a column of the source."""
        own, source = self._own_ref(ref), self.source
        if own is None or not isinstance(source, ColumnVolume):
            raise ValueError(f"{ref} of {self.name} is not made from a column")
        return self._placed(ref, source.slice_of(own, raw))

    def _placed(self, ref: SectionRef, values: FloatArray | None) -> FloatArray:
        """A section of the source on the axes of the dataset; None: it has none."""
        out = np.full(self._axes.section_shape(ref.orientation), np.nan, dtype=np.float32)
        if values is None:
            return out
        across, down = self._spread(ref.orientation)
        rows, columns = np.flatnonzero(across >= 0), np.flatnonzero(down >= 0)
        out[np.ix_(rows, columns)] = values[np.ix_(across[rows], down[columns])]
        return out

    def _spread(self, orientation: Orientation) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if orientation is Orientation.INLINE:
            return self._crossline, self._sample
        if orientation is Orientation.CROSSLINE:
            return self._inline, self._sample
        return self._inline, self._crossline

    def _own_ref(self, ref: SectionRef) -> SectionRef | None:
        """The section of the source with the number of the dataset's nearest section; None where it has none."""
        index = self._axes.section_index(ref)
        if ref.orientation is Orientation.TIME:
            return (
                SectionRef(ref.orientation, float(self._axes.sample.values[index]))
                if self._sample[index] >= 0
                else None
            )
        inline = ref.orientation is Orientation.INLINE
        axis, place = (self._axes.inline, self._inline) if inline else (self._axes.crossline, self._crossline)
        return SectionRef(ref.orientation, int(axis.numbers[index])) if place[index] >= 0 else None

    def _on_grid(self, values: NDArray[np.generic], empty: float | bool) -> NDArray[np.generic]:
        out = np.full(self._axes.shape[:2], empty, dtype=values.dtype)
        rows, columns = np.flatnonzero(self._inline >= 0), np.flatnonzero(self._crossline >= 0)
        out[np.ix_(rows, columns)] = values[np.ix_(self._inline[rows], self._crossline[columns])]
        return out

    def live_traces(self) -> BoolArray:
        """As ``Volume.live_traces``."""
        return np.asarray(self._on_grid(self.source.live_traces(), False), dtype=bool)

    def coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """As ``Volume.coordinates``; NaN where the source has no trace."""
        found = self.source.coordinates()
        if found is None:
            return None
        x, y = (np.asarray(self._on_grid(grid, np.nan), dtype=np.float64) for grid in found)
        return x, y

    def sample_traces(self, count: int, seed: int = 0) -> FloatArray:
        """As ``Volume.sample_traces``; traces keep the source's own samples, for statistics."""
        return self.source.sample_traces(count, seed)

    def close(self) -> None:
        self.source.close()


def places(axis: LineAxis, own: LineAxis) -> NDArray[np.int64]:
    """Index in ``own`` of every line of ``axis``, -1 where it has no such line."""
    index, rest = np.divmod(axis.numbers - own.first, own.step)
    return np.where((rest == 0) & (index >= 0) & (index < own.count), index, -1)


def sample_places(axes: VolumeAxes, own: VolumeAxes) -> NDArray[np.int64]:
    """The same for samples; both have one interval and lie on one lattice."""
    index = np.rint((axes.sample.values - own.sample.start) / own.sample.interval).astype(np.int64)
    return np.where((index >= 0) & (index < own.sample.count), index, -1)


def require_alignable(own: VolumeAxes, axes: VolumeAxes, name: str) -> None:
    """Raise ``InputError`` unless a volume with axes ``own`` shares lines and samples with ``axes``."""
    a, b = own.sample, axes.sample
    distance = (a.start - b.start) / b.interval
    fits = a.domain is b.domain and a.unit == b.unit and abs(a.interval - b.interval) <= ALIGNMENT * b.interval
    fits = fits and abs(distance - round(distance)) <= ALIGNMENT
    shared = (places(axes.inline, own.inline), places(axes.crossline, own.crossline), sample_places(axes, own))
    if not fits or any((index < 0).all() for index in shared):
        raise InputError(
            f"{name} does not have the lines and samples of this dataset.",
            "Add it as a dataset of its own, or correct its header bytes.",
        )
