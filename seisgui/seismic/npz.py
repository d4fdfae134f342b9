"""Sections and small volumes kept as npz: ``seismic`` with ``inline``, ``crossline`` and ``t_ms``."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.axes import Domain, LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.volume import ArrayVolume

AXIS_NAMES = {
    "inline": ("inline", "il", "inlines"),
    "crossline": ("crossline", "xl", "crosslines"),
    "sample": ("t_ms", "t_seis_ms", "time", "t", "z_m"),
}
LARGEST = 2 << 30  # samples that are read into memory


def is_npz(path: Path) -> bool:
    """True for a zip archive named .npz."""
    return path.suffix.lower() == ".npz"


class NpzVolume(ArrayVolume):
    """A volume that came from an npz file."""

    path: Path
    layout: SegyLayout


def open_npz(path: Path, layout: SegyLayout | None = None) -> NpzVolume:
    """Open an npz with ``seismic`` of 2 or 3 axes; axes are matched by length, time runs last in the volume.

    Raises ``InputError`` where the array or an axis is missing, or lengths do not tell the axes apart.
    """
    layout = layout or SegyLayout()
    arrays = read_arrays(path, ("seismic", *(name for names in AXIS_NAMES.values() for name in names)))
    seismic = arrays.get("seismic")
    if seismic is None or seismic.ndim not in {2, 3} or seismic.size == 0:
        raise InputError(f"{path.name} has no array 'seismic' with two or three axes.", "See the guide for the format.")
    axes = {name: _axis(arrays, names) for name, names in AXIS_NAMES.items()}
    if axes["sample"] is None or len(axes["sample"]) < 1:
        raise InputError(f"{path.name} has no time axis: an array 't_ms' is missing.")
    if seismic.dtype == np.uint8:  # a grey image: mid-grey is zero amplitude
        seismic = seismic.astype(np.float32) - np.float32(128.0)
    amplitude, inline, crossline = _arrange(path, seismic, axes)
    volume = NpzVolume(
        amplitude,
        VolumeAxes(
            _line_axis(path, "inline", inline),
            _line_axis(path, "crossline", crossline),
            _sample_axis(path, axes["sample"], layout),
        ),
        path.stem,
    )
    volume.path, volume.layout = path, layout
    return volume


def read_arrays(path: Path, wanted: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Those arrays of an npz that are wanted; raises ``InputError`` where it cannot be read."""
    try:
        # opened here: numpy leaves a file open that turns out to be no archive
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files if name in wanted}
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist.", "Check the name, or locate the file.") from error
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, KeyError, MemoryError) as error:
        raise InputError(f"{path.name} cannot be read as npz: {error}.") from error


def _axis(arrays: dict[str, NDArray[Any]], names: tuple[str, ...]) -> NDArray[np.float64] | None:
    for name in names:
        if name in arrays and arrays[name].dtype.kind in "iuf":
            return np.atleast_1d(arrays[name]).astype(np.float64).reshape(-1)
    return None


def _arrange(
    path: Path, seismic: NDArray[Any], axes: dict[str, NDArray[np.float64] | None]
) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]:
    """The array as (inline, crossline, sample), with its two line axes."""
    inline, crossline, sample = axes["inline"], axes["crossline"], axes["sample"]
    assert sample is not None
    if seismic.ndim == 2:
        seismic = _trace_major(path, seismic, len(sample))
        n_lateral = len(seismic)
        if crossline is not None and len(crossline) == n_lateral and (inline is None or len(inline) == 1):
            return seismic[None], np.array([1.0]) if inline is None else inline, crossline
        if inline is not None and len(inline) == n_lateral:
            return seismic[:, None], inline, np.array([1.0]) if crossline is None or len(crossline) != 1 else crossline
        return seismic[None], np.array([1.0]), np.arange(1.0, n_lateral + 1)
    wanted = [
        axis if axis is not None else np.arange(1.0, n + 1)
        for axis, n in zip((inline, crossline), seismic.shape, strict=False)
    ]
    lengths = (len(wanted[0]), len(wanted[1]), len(sample))
    if seismic.shape != lengths:
        if sorted(seismic.shape) != sorted(lengths) or len(set(lengths)) != 3:
            raise InputError(f"{path.name}: 'seismic' {seismic.shape} does not fit its axes {lengths}.")
        seismic = seismic.transpose([seismic.shape.index(length) for length in lengths])
    return seismic, wanted[0], wanted[1]


def _trace_major(path: Path, section: NDArray[Any], n_sample: int) -> NDArray[Any]:
    if section.shape[0] == n_sample and section.shape[1] != n_sample:
        return section.T
    if section.shape[1] == n_sample:
        return section
    raise InputError(f"{path.name}: 'seismic' {section.shape} does not fit {n_sample} times in 't_ms'.")


def _line_axis(path: Path, name: str, values: NDArray[np.float64]) -> LineAxis:
    numbers = np.rint(values).astype(np.int64)
    steps = np.diff(numbers)
    if len(steps) and (steps[0] <= 0 or (steps != steps[0]).any()):
        raise InputError(f"{path.name}: the {name} numbers do not rise in equal steps.")
    return LineAxis(int(numbers[0]), int(steps[0]) if len(steps) else 1, len(numbers))


def _sample_axis(path: Path, values: NDArray[np.float64], layout: SegyLayout) -> SampleAxis:
    steps = np.diff(values)
    if len(steps) and (steps[0] <= 0 or not np.allclose(steps, steps[0], rtol=1e-3)):
        raise InputError(f"{path.name}: the times do not rise in equal steps.")
    interval = layout.interval or (float(steps.mean()) if len(steps) else 1.0)
    domain = layout.domain or Domain.TIME
    unit = layout.unit or ("ms" if domain is Domain.TIME else "m")
    start = layout.start if layout.start is not None else float(values[0])
    return SampleAxis(start, round(interval, 6), len(values), domain, unit)
