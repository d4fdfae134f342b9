"""Open SEG-Y files and npz sections as volumes; the front door of this room."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.file_structure import FileStructure, read_structure
from seisgui.seismic.geometry import GeometryCandidate
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.npz import is_npz, open_npz
from seisgui.seismic.scan import (
    DEAD,
    TRACE_ID,
    HeaderSurvey,
    SegyScan,
    cut_off_sentence,
    scan,
    scan_of,
    scan_steps,
    survey_steps,
)
from seisgui.seismic.trace_coordinates import coordinates_of
from seisgui.seismic.trace_file import TraceFile
from seisgui.seismic.trace_words import Words, finish, read_words
from seisgui.seismic.volume import BoolArray, FloatArray, Volume

__all__ = [
    "FileStructure",
    "GeometryCandidate",
    "SegyLayout",
    "SegyScan",
    "SegyVolume",
    "fingerprint",
    "open_volume",
    "read_structure",
    "scan",
    "scan_steps",
]

FINGERPRINT_TRACES = 64


class SegyVolume:
    """A survey or 2-D line read from SEG-Y by ``pread``.

    ``trace_index`` (n_inline, n_crossline) int64 is the position in the file of each node's trace, -1 in holes;
    ``node_of_trace`` (n_traces,) int64 is the flat node of each trace, duplicates included, -1 for none.
    """

    def __init__(self, file: TraceFile, survey: HeaderSurvey, axes: VolumeAxes, node: NDArray[np.int64]) -> None:
        self._file = file
        self._axes = axes
        self._words = survey.words
        self.scan = scan_of(survey)
        self.layout = survey.verdict.layout
        self.node_of_trace = node
        self.trace_index = _index_of(node, axes)
        self._live = self._find_live()

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def structure(self) -> FileStructure:
        """Byte order, format, sizes of the file."""
        return self._file.structure

    @property
    def file(self) -> TraceFile:
        """The open file, for reading headers and raw traces."""
        return self._file

    @property
    def axes(self) -> VolumeAxes:
        return self._axes

    @property
    def fingerprint(self) -> dict[str, Any]:
        """Size and hashes by which the source is recognised."""
        return _segy_fingerprint(self._file)

    def _find_live(self) -> BoolArray:
        present = self.trace_index >= 0
        dead = self._words[TRACE_ID] == DEAD
        if dead.any() and not dead.all():
            present &= ~dead[np.maximum(self.trace_index, 0)]
        return np.asarray(present)

    def section(self, ref: SectionRef) -> FloatArray:
        self._file.check()
        index = self._axes.section_index(ref)
        if ref.orientation is Orientation.INLINE:
            return self._vertical(self.trace_index[index], self._live[index])
        if ref.orientation is Orientation.CROSSLINE:
            return self._vertical(self.trace_index[:, index], self._live[:, index])
        out = np.full(self.trace_index.shape, np.nan, dtype=np.float32)
        out[self._live] = self._file.samples(self.trace_index[self._live], index)
        return _holes_for_infinite(out)

    def _vertical(self, positions: NDArray[np.int64], live: BoolArray) -> FloatArray:
        if live.all():
            return _holes_for_infinite(self._file.traces(positions))
        out = np.full((len(positions), self._axes.sample.count), np.nan, dtype=np.float32)
        out[live] = self._file.traces(positions[live])
        return _holes_for_infinite(out)

    def live_traces(self) -> BoolArray:
        return self._live.copy()

    def coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        found = coordinates_of(self._words)
        if found is None:
            return None
        present = self.trace_index >= 0
        grids = []
        for values in found:
            grid = np.full(self.trace_index.shape, np.nan)
            grid[present] = values[self.trace_index[present]]
            grids.append(grid)
        return grids[0], grids[1]

    def sample_traces(self, count: int, seed: int = 0) -> FloatArray:
        self._file.check()
        positions = np.sort(self.trace_index[self._live])
        if len(positions) > count:
            positions = np.sort(np.random.default_rng(seed).choice(positions, count, replace=False))
        return self._file.traces(positions)

    def close(self) -> None:
        self._file.close()


def _holes_for_infinite(amplitude: FloatArray) -> FloatArray:
    """Infinite samples become NaN: a hole, never an amplitude."""
    infinite = np.isinf(amplitude)
    if infinite.any():
        amplitude[infinite] = np.nan
    return amplitude


def _index_of(node: NDArray[np.int64], axes: VolumeAxes) -> NDArray[np.int64]:
    """First trace of every node, -1 where there is none."""
    n_inline, n_crossline, _ = axes.shape
    index = np.full(n_inline * n_crossline, -1, dtype=np.int64)
    index[node[::-1]] = np.arange(len(node) - 1, -1, -1)
    return index.reshape(n_inline, n_crossline)


def open_volume(path: Path, layout: SegyLayout | None = None) -> Volume:
    """Open a SEG-Y file or an npz section as a volume.

    Raises ``InputError`` with one sentence: no SEG-Y, cut off (unless ``layout.repair``), pre-stack gathers, no
    sample interval, bytes that number no grid.
    """
    path = Path(path)
    if is_npz(path):
        return open_npz(path, layout)
    return open_segy(path, layout)


def open_segy(path: Path, layout: SegyLayout | None = None) -> SegyVolume:
    """Open a SEG-Y file; as ``open_volume``."""
    layout = layout or SegyLayout()
    structure = read_structure(Path(path), layout.byte_order)
    file = TraceFile(structure)
    try:
        survey = finish(survey_steps(file, layout))
        _refuse_unless_volume(survey, layout)
        axes, node = _lay_out(file, survey)
        return SegyVolume(file, survey, axes, node)
    except BaseException:
        file.close()
        raise


def _refuse_unless_volume(survey: HeaderSurvey, layout: SegyLayout) -> None:
    name = survey.structure.path.name
    if survey.structure.trailing and not layout.repair:
        sentence = cut_off_sentence(survey.structure)
        raise InputError(f"{name} cannot be opened as it is: {sentence}.", "Open it with repair, or copy it again.")
    if survey.verdict.kind == "gathers":
        raise InputError(
            f"{name} holds {survey.verdict.geometry}; it is no survey of stacked traces.", "Add it as gathers instead."
        )
    if survey.axis.interval <= 0.0:
        raise InputError(
            f"{name} gives no sample interval: it is zero in the binary header and in the traces.",
            "State the interval when opening it.",
        )


def _lay_out(file: TraceFile, survey: HeaderSurvey) -> tuple[VolumeAxes, NDArray[np.int64]]:
    """The axes, and the flat node of every trace."""
    axis, layout, structure = survey.axis, survey.verdict.layout, survey.structure
    sample = SampleAxis(axis.start, axis.interval, structure.n_samples, axis.domain, axis.unit)
    words = _line_words(file, survey, layout)
    inline, crossline = (_line_axis(words[0]), _line_axis(words[1]))
    node = (words[0] - inline.first) // inline.step * crossline.count + (words[1] - crossline.first) // crossline.step
    numbered = layout.crossline_byte is not None
    return VolumeAxes(inline, crossline, sample, numbered), node


def _line_words(
    file: TraceFile, survey: HeaderSurvey, layout: SegyLayout
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Inline and crossline number of each trace; 1 and the trace number where the file names none."""
    n = survey.structure.n_traces
    needed = [byte for byte in (layout.inline_byte, layout.crossline_byte) if byte is not None]
    words: Words = dict(survey.words)
    if layout.width != 4 or any(byte not in words for byte in needed):
        words |= finish(read_words(file, [(byte, layout.width) for byte in needed]))
    inline = words[layout.inline_byte] if layout.inline_byte else np.ones(n, dtype=np.int64)
    crossline = words[layout.crossline_byte] if layout.crossline_byte else np.arange(1, n + 1, dtype=np.int64)
    return inline, crossline


def _line_axis(values: NDArray[np.int64]) -> LineAxis:
    from seisgui.seismic.geometry import line_numbers

    found = line_numbers(values)
    return LineAxis(found.first, found.step, found.count)


def fingerprint(path: Path) -> dict[str, Any]:
    """What recognises a source again: size, hash of the binary header, hash of 64 sampled traces.

    Raises ``InputError`` where the file cannot be read.
    """
    path = Path(path)
    if is_npz(path):
        return _plain_fingerprint(path)
    file = TraceFile(read_structure(path))
    try:
        return _segy_fingerprint(file)
    finally:
        file.close()


def _segy_fingerprint(file: TraceFile) -> dict[str, Any]:
    structure = file.structure
    places = np.unique(np.linspace(0, structure.n_traces - 1, FINGERPRINT_TRACES).astype(np.int64))
    traces = hashlib.sha256()
    for place in places.tolist():
        traces.update(file.read_bytes(structure.data_offset + place * structure.trace_bytes, structure.trace_bytes))
    binary = hashlib.sha256(file.read_bytes(3200, 400)).hexdigest()
    return {"size": structure.size, "binary_header": binary, "traces": traces.hexdigest()}


def _plain_fingerprint(path: Path) -> dict[str, Any]:
    """Fingerprint of a file that is no SEG-Y: its content in 64 pieces."""
    try:
        size = path.stat().st_size
        digest = hashlib.sha256()
        with path.open("rb") as file:
            for place in np.linspace(0, max(size - 4096, 0), FINGERPRINT_TRACES).astype(np.int64).tolist():
                file.seek(place)
                digest.update(file.read(4096))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    return {"size": size, "binary_header": "", "traces": digest.hexdigest()}
