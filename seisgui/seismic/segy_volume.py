"""A survey or 2-D line read from SEG-Y."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic import words_cache
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.file_structure import TRACE_HEADER_BYTES, FileStructure
from seisgui.seismic.fingerprint import segy_fingerprint
from seisgui.seismic.geometry import line_numbers
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.progress import Progress, finish
from seisgui.seismic.regular import RegularGrid
from seisgui.seismic.sample_column import FEW_TRACES, SampleColumn
from seisgui.seismic.sample_format import FORMATS
from seisgui.seismic.scan import DEAD, TRACE_ID, HeaderSurvey, SegyScan, scan_of, survey_steps
from seisgui.seismic.trace_coordinates import coordinate_words, coordinates_of, plane_through
from seisgui.seismic.trace_file import ByteArray, TraceFile
from seisgui.seismic.trace_grid import RegularTraces, TraceGrid, trace_grid
from seisgui.seismic.trace_words import WordArray, Words, read_words, word_column
from seisgui.seismic.volume import BoolArray, FloatArray

IntArray = NDArray[np.int64]
PATIENCE_S = 1.0  # how long reading the headers waits for a section, step by step


class SegyVolume:
    """A survey or 2-D line read from SEG-Y by ``pread``.

    A volume is ``provisional`` while only a sample of its headers has been read; ``confirm_steps`` reads the rest,
    and every vertical section checks the headers it passes.
    """

    def __init__(self, file: TraceFile, survey: HeaderSurvey) -> None:
        self._file = file
        self._lock = threading.RLock()  # a section is read by the old headers or by the new ones
        self._undisturbed = threading.Event()  # no section is being read
        self._undisturbed.set()
        self._adopt(survey)

    def _adopt(self, survey: HeaderSurvey) -> None:
        self.scan: SegyScan = scan_of(survey)
        self.layout: SegyLayout = survey.verdict.layout
        self.provisional = survey.sampled
        self._axes, self._traces = _lay_out(self._file, survey)
        regular = isinstance(self._traces, RegularTraces)
        self._live = np.ones(self._traces.shape, dtype=np.bool_) if regular else self._traces.index >= 0
        if not survey.sampled:
            self._mark_dead(survey.words[TRACE_ID] == DEAD)
        # of a large survey all other words together would take several hundred MB
        self._survey = replace(survey, words=coordinate_words(survey.words))

    def _mark_dead(self, dead: BoolArray) -> None:
        """Dead traces are holes, unless every trace says so, in which case none is believed."""
        if dead.any() and not dead.all():
            self._live = self._live & ~dead[np.maximum(self._traces.index, 0)]

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
    def trace_index(self) -> IntArray:
        """Position in the file of each node's trace, -1 in holes, (n_inline, n_crossline)."""
        return self._traces.index

    @property
    def node_of_trace(self) -> IntArray:
        """Flat node of each trace in the file, duplicates included, (n_traces,)."""
        return self._traces.node

    @property
    def fingerprint(self) -> dict[str, Any]:
        """Size and hashes by which the source is recognised."""
        return segy_fingerprint(self._file)

    def section(self, ref: SectionRef) -> FloatArray:
        with self._lock:
            self._undisturbed.clear()
            try:
                return self._section(ref)
            finally:
                self._undisturbed.set()

    def _section(self, ref: SectionRef) -> FloatArray:
        self._file.check()
        index = self._axes.section_index(ref)
        if ref.orientation is Orientation.TIME:
            return self._spread(lambda positions: self._file.samples(positions, index))
        along_inline = ref.orientation is Orientation.INLINE
        positions = self._traces.inline(index) if along_inline else self._traces.crossline(index)
        if self.provisional:
            return self._provisional_section(ref, positions)
        return self._without_infinite(
            self._vertical(positions, self._live[index] if along_inline else self._live[:, index])
        )

    def sample_column(self, ref: SectionRef) -> SampleColumn | None:
        """Where the samples of a time section stand; None where the section is as quickly read in place."""
        structure = self.structure
        if ref.orientation is not Orientation.TIME or structure.n_traces < FEW_TRACES:
            return None
        first = structure.data_offset + TRACE_HEADER_BYTES + self._axes.section_index(ref) * structure.sample_width
        return SampleColumn(
            self.path, self._file.identity, first, structure.trace_bytes, structure.n_traces, structure.sample_width
        )

    def slice_of(self, ref: SectionRef, raw: ByteArray) -> FloatArray:
        """A time section, as ``section`` gives it, from the column of its samples (n_traces, width) uint8.

        The column is read by trace, not by line, so that the headers may have been confirmed meanwhile.
        """
        if raw.shape != (self.structure.n_traces, self.structure.sample_width):
            raise ValueError(f"{raw.shape} is not the shape of a column for {ref}")
        with self._lock:
            self._file.check()
            amplitude = self._file.decode_samples(raw)
            return self._spread(lambda positions: amplitude[positions])

    def _spread(self, samples_at: Callable[[IntArray], FloatArray]) -> FloatArray:
        """A slice (n_inline, n_crossline), from what gives the samples (n,) of live traces by their positions."""
        if self._live.all():
            out = samples_at(self._traces.index.reshape(-1)).reshape(self._traces.shape)
        else:
            out = np.full(self._traces.shape, np.nan, dtype=np.float32)
            out[self._live] = samples_at(self._traces.index[self._live])
        return self._without_infinite(out)

    def _vertical(self, positions: IntArray, live: BoolArray) -> FloatArray:
        if live.all():
            return self._file.traces(positions)
        out = np.full((len(positions), self._axes.sample.count), np.nan, dtype=np.float32)
        out[live] = self._file.traces(positions[live])
        return out

    def _provisional_section(self, ref: SectionRef, positions: IntArray) -> FloatArray:
        """A vertical section whose headers are checked against the presumed order on the way."""
        headers, amplitude = self._file.traces_with_headers(positions)
        regular, order = self._survey.regular, self.structure.byte_order
        if regular is not None:
            expected = regular.numbers(positions)
            found = [word_column(headers, byte, regular.width, order) for byte in regular.pair]
            if not (np.array_equal(expected[0], found[0]) and np.array_equal(expected[1], found[1])):
                if not finish(self._confirm_steps(patient=False)):
                    raise self.other_geometry()
                return self.section(ref)
        dead = word_column(headers, TRACE_ID, 2, order) == DEAD
        if dead.any() and not dead.all():
            amplitude[dead] = np.nan
        return self._without_infinite(amplitude)

    def _without_infinite(self, amplitude: FloatArray) -> FloatArray:
        """Infinite samples become NaN: a hole, never an amplitude. IBM floats and integers know none."""
        if FORMATS[self.structure.sample_format].kind.startswith("f"):
            infinite = np.isinf(amplitude)
            if infinite.any():
                amplitude[infinite] = np.nan
        return amplitude

    def other_geometry(self) -> InputError:
        """What to raise where all headers contradict the sample."""
        return InputError(
            f"The traces of {self.path.name} do not lie as their first headers suggested.",
            "Correct its header bytes (in the File menu), or open it again: all its headers count then.",
        )

    def confirm_steps(self) -> Generator[Progress, None, bool]:
        """Read all trace headers of a provisional volume and take over what they say.

        Returns True where the axes are the same as before (holes, dead traces and trace positions may differ);
        False where they are not: the volume is then left as it was, and the file should be opened again, which
        then goes by all headers.
        """
        return (yield from self._confirm_steps(patient=True))

    def _confirm_steps(self, *, patient: bool) -> Generator[Progress, None, bool]:
        """Read all headers; where ``patient``, sections that are asked for meanwhile go first."""
        if not self.provisional:
            return True
        steps = survey_steps(self._file, self.layout)
        while True:
            if patient:
                self._undisturbed.wait(PATIENCE_S)
            try:
                yield next(steps)
            except StopIteration as outcome:
                survey: HeaderSurvey = outcome.value
                break
        axes, _ = _lay_out(self._file, survey)
        if axes != self._axes:
            words_cache.mark_misleading(self._file)
            return False
        with self._lock:
            self._adopt(survey)
        return True

    def live_traces(self) -> BoolArray:
        return self._live.copy()

    def coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        found = coordinates_of(self._survey.words)
        if found is None:
            return None
        regular, sampled = self._survey.regular, self._survey.positions
        if regular is not None and sampled is not None:
            return self._coordinates_from_sample(found, sampled, regular)
        index = self._traces.index
        x, y = (np.where(index >= 0, values[index], np.nan) for values in found)
        return x, y

    def _coordinates_from_sample(
        self, found: tuple[NDArray[np.float64], NDArray[np.float64]], positions: IntArray, regular: RegularGrid
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A provisional survey's coordinates: the plane through those of the sampled traces."""
        inline, crossline = regular.numbers(positions)
        rows = (inline - self._axes.inline.first) // self._axes.inline.step
        columns = (crossline - self._axes.crossline.first) // self._axes.crossline.step
        x, y = (plane_through(rows, columns, values, self._traces.shape) for values in found)
        return x, y

    def sample_traces(self, count: int, seed: int = 0) -> FloatArray:
        self._file.check()
        positions = np.sort(self._traces.index[self._live])
        if len(positions) > count:
            positions = np.sort(np.random.default_rng(seed).choice(positions, count, replace=False))
        return self._without_infinite(self._file.traces(positions))

    def close(self) -> None:
        self._file.close()


def _lay_out(file: TraceFile, survey: HeaderSurvey) -> tuple[VolumeAxes, TraceGrid]:
    """The axes, and which trace stands where."""
    axis, layout, structure = survey.axis, survey.verdict.layout, survey.structure
    sample = SampleAxis(axis.start, axis.interval, structure.n_samples, axis.domain, axis.unit)
    numbered = layout.crossline_byte is not None
    if survey.regular is not None:
        inline, crossline = survey.regular.axes()
        return VolumeAxes(inline, crossline, sample, numbered), RegularTraces.of(survey.regular)
    numbers = _numbers(file, survey, layout)
    inline, crossline = _line_axis(numbers[0]), _line_axis(numbers[1])
    node = (numbers[0].astype(np.int64) - inline.first) // inline.step
    node *= crossline.count
    node += (numbers[1].astype(np.int64) - crossline.first) // crossline.step
    return VolumeAxes(inline, crossline, sample, numbered), trace_grid(node, (inline.count, crossline.count))


def _numbers(file: TraceFile, survey: HeaderSurvey, layout: SegyLayout) -> tuple[WordArray, WordArray]:
    """Inline and crossline number of each trace; 1 and the trace number where the file names none."""
    n = survey.structure.n_traces
    needed = [byte for byte in (layout.inline_byte, layout.crossline_byte) if byte is not None]
    words: Words = dict(survey.words)
    if layout.width != 4 or any(byte not in words for byte in needed):
        words |= finish(read_words(file, [(byte, layout.width) for byte in needed]))
    inline = words[layout.inline_byte] if layout.inline_byte else np.ones(n, dtype=np.int32)
    crossline = words[layout.crossline_byte] if layout.crossline_byte else np.arange(1, n + 1, dtype=np.int32)
    return inline, crossline


def _line_axis(values: WordArray) -> LineAxis:
    found = line_numbers(values)
    return LineAxis(found.first, found.step, found.count)
