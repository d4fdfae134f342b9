"""What every source of amplitudes offers, whatever file it comes from."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


@runtime_checkable
class Volume(Protocol):
    """A 3-D survey, a 2-D line, or an array of either."""

    @property
    def name(self) -> str: ...

    @property
    def axes(self) -> VolumeAxes: ...

    def section(self, ref: SectionRef) -> FloatArray:
        """True amplitudes, NaN where there is no live trace.

        Vertical sections are (n_lateral, n_sample) float32, slices (n_inline, n_crossline) float32.
        Raises ``SeisguiError`` where the file can no longer be read.
        """
        ...

    def live_traces(self) -> BoolArray:
        """(n_inline, n_crossline): True where a live trace exists."""
        ...

    def coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """X and y, each (n_inline, n_crossline) float64 with NaN in holes; None where the file has none."""
        ...

    def sample_traces(self, count: int, seed: int = 0) -> FloatArray:
        """At most ``count`` live traces drawn at random, (n, n_sample) float32, for statistics."""
        ...

    def close(self) -> None: ...


class ArrayVolume:
    """A volume held in memory: amplitudes (n_inline, n_crossline, n_sample)."""

    def __init__(
        self,
        amplitude: NDArray[np.floating],
        axes: VolumeAxes,
        name: str = "array",
        coordinates: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    ) -> None:
        if amplitude.shape != axes.shape:
            raise ValueError(f"amplitude {amplitude.shape} does not fit axes {axes.shape}")
        self._amplitude = np.asarray(amplitude, dtype=np.float32)
        self._axes = axes
        self._name = name
        self._coordinates = coordinates

    @property
    def name(self) -> str:
        return self._name

    @property
    def axes(self) -> VolumeAxes:
        return self._axes

    def section(self, ref: SectionRef) -> FloatArray:
        index = self._axes.section_index(ref)
        cut: tuple[int | slice, ...] = (slice(None), slice(None), index)
        if ref.orientation is Orientation.INLINE:
            cut = (index,)
        elif ref.orientation is Orientation.CROSSLINE:
            cut = (slice(None), index)
        return np.array(self._amplitude[cut], dtype=np.float32)

    def live_traces(self) -> BoolArray:
        return np.asarray(np.isfinite(self._amplitude).any(axis=2))

    def coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        return self._coordinates

    def sample_traces(self, count: int, seed: int = 0) -> FloatArray:
        traces = self._amplitude[self.live_traces()]
        if len(traces) > count:
            traces = traces[np.sort(np.random.default_rng(seed).choice(len(traces), count, replace=False))]
        return np.asarray(traces)

    def close(self) -> None:
        """Nothing to release."""
