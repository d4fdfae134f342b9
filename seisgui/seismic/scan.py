"""``scan``: what a SEG-Y file is, how its traces lie, how sure that is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic import words_cache
from seisgui.seismic.axes import Domain
from seisgui.seismic.file_structure import FileStructure, decode_text, read_structure
from seisgui.seismic.geometry import (
    NAMED_BYTES,
    GeometryCandidate,
    best_first,
    distinct_values,
    evaluate,
    not_filled_in,
    rank,
    stated_pair,
    usual_pairs,
)
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.progress import Progress, finish
from seisgui.seismic.regular import RegularGrid, regular_grid
from seisgui.seismic.sample_axis import AxisGuess, guess_axis
from seisgui.seismic.trace_file import TraceFile
from seisgui.seismic.trace_kind import Verdict, judge
from seisgui.seismic.trace_words import Words, read_words, word_column

TRACE_ID, OFFSET, SCALAR, DELAY, SAMPLES, INTERVAL, TIME_SCALAR = 29, 37, 71, 109, 115, 117, 215
SCANNED = (*((byte, 4) for byte in NAMED_BYTES), (TRACE_ID, 2), (SCALAR, 2), (DELAY, 2), (TIME_SCALAR, 2))
DEAD = 2
SEARCHED_TRACES = 50_000  # traces in which unusual bytes are searched for line numbers
SAMPLED_RUNS, RUN = 48, 16
POLARITIES = {1: "an increase of pressure is a negative number", 2: "an increase of pressure is a positive number"}


@dataclass(frozen=True, slots=True)
class SegyScan:
    """What a SEG-Y file says of itself and what was found in its trace headers.

    ``interval`` and ``start`` are in ``unit``; ``kind`` is 'volume', 'line' or 'gathers'; ``complete`` is False
    where only a sample of the headers was read, or the file is cut off (``missing_bytes`` > 0).
    """

    path: Path
    size: int
    revision: float
    sample_format: int
    byte_order: str
    n_traces: int
    n_samples: int
    interval: float
    start: float
    domain: Domain
    unit: str
    kind: str
    geometry: str
    confidence: str
    candidates: tuple[GeometryCandidate, ...]
    problems: tuple[str, ...]
    textual: str
    complete: bool
    dead_traces: int
    missing_bytes: int
    layout: SegyLayout
    polarity: str = ""
    format: str = "SEG-Y"

    def to_json(self) -> dict[str, Any]:
        """Plain data for the command line."""
        return {
            "path": str(self.path),
            "format": self.format,
            "size": self.size,
            "revision": self.revision,
            "sample_format": self.sample_format,
            "byte_order": self.byte_order,
            "n_traces": self.n_traces,
            "n_samples": self.n_samples,
            "interval": self.interval,
            "start": self.start,
            "domain": self.domain.value,
            "unit": self.unit,
            "kind": self.kind,
            "geometry": self.geometry,
            "confidence": self.confidence,
            "candidates": [candidate.to_json() for candidate in self.candidates],
            "problems": list(self.problems),
            "textual": self.textual,
            "complete": self.complete,
            "dead_traces": self.dead_traces,
            "missing_bytes": self.missing_bytes,
            "layout": self.layout.to_json(),
            "polarity": self.polarity,
        }


@dataclass(frozen=True, slots=True)
class HeaderSurvey:
    """The words behind a scan: by byte, of the traces at ``positions`` (all of them unless sampled)."""

    structure: FileStructure
    textual: str
    words: Words
    candidates: tuple[GeometryCandidate, ...]
    axis: AxisGuess
    verdict: Verdict
    sampled: bool
    positions: NDArray[np.int64] | None = None
    regular: RegularGrid | None = None


def scan_segy_steps(path: Path, *, sample_only: bool = False) -> Generator[Progress, None, SegyScan]:
    """Scan a SEG-Y file in steps; its outcome is the ``SegyScan``."""
    structure = read_structure(path)
    file = TraceFile(structure)
    try:
        survey = yield from survey_steps(file, sample_only=sample_only)
    finally:
        file.close()
    return scan_of(survey)


def survey_steps(
    file: TraceFile, layout: SegyLayout | None = None, *, sample_only: bool = False
) -> Generator[Progress, None, HeaderSurvey]:
    """Read the trace headers and rank the ways to number the lines; ``layout`` overrules what is found."""
    structure = file.structure
    layout = layout or SegyLayout()
    check_trace_lengths(file)
    textual = decode_text(file.read_bytes(0, 3200), structure.text_encoding)
    few = structure.n_traces <= SAMPLED_RUNS * RUN
    sampled = sample_only and not few
    positions = sample_positions(structure.n_traces) if sampled else None
    words = yield from _scanned_words(file, positions)
    stated = stated_pair(textual)
    if stated:
        extra = [(byte, 4) for byte in stated if byte not in words]
        words |= yield from read_words(file, extra, positions)
    candidates = rank(words, 4, stated, structure.n_traces)
    regular = None
    if sampled and positions is not None:
        regular, candidates = _sampled_geometry(file, layout, positions, words, candidates, stated)
    elif layout.inline_byte and layout.crossline_byte:
        chosen = yield from _chosen(file, layout)
        candidates = [chosen, *(entry for entry in candidates if not same_bytes(entry, chosen))]
    elif not any(entry.fit > 0.9 and not not_filled_in(entry) for entry in candidates):
        candidates = best_first(candidates + _unusual_bytes(file, words), stated)
    axis = guess_axis(structure, textual, words, layout)
    verdict = judge(structure, words, candidates, stated, layout)
    return HeaderSurvey(structure, textual, words, tuple(candidates), axis, verdict, sampled, positions, regular)


def _scanned_words(file: TraceFile, positions: NDArray[np.int64] | None) -> Generator[Progress, None, Words]:
    """The words a scan looks at, from the cache where all traces of a large file were read before."""
    if positions is not None:
        return (yield from read_words(file, SCANNED, positions))
    kept = words_cache.load(file, SCANNED)
    if kept is None:
        kept = yield from read_words(file, SCANNED)
        words_cache.store(file, SCANNED, kept)
    return kept


def _sampled_geometry(
    file: TraceFile,
    layout: SegyLayout,
    positions: NDArray[np.int64],
    words: Words,
    candidates: list[GeometryCandidate],
    stated: tuple[int, int] | None,
) -> tuple[RegularGrid | None, list[GeometryCandidate]]:
    """Try the chosen pair, or the usual ones, for a survey in perfect order; exact where one fits."""
    pairs, width = usual_pairs(stated), 4
    if layout.inline_byte and layout.crossline_byte:
        pairs, width = [(layout.inline_byte, layout.crossline_byte)], layout.width
    found: list[RegularGrid] = []
    for pair in pairs:
        columns = words
        if width != 4 or any(byte not in words for byte in pair):
            columns = finish(read_words(file, [(byte, width) for byte in pair], positions))
        grid = regular_grid(file, pair, width, positions, columns)
        if grid is not None:
            found.append(grid)
    by_pair = {grid.pair: grid for grid in found}
    exact = [grid.candidate() for grid in found]
    rest = [entry for entry in candidates if not any(same_bytes(entry, other) for other in exact)]
    ranked = best_first(exact + rest, stated)
    best = by_pair.get((ranked[0].inline_byte, ranked[0].crossline_byte)) if ranked else None
    return best, ranked


def same_bytes(a: GeometryCandidate, b: GeometryCandidate) -> bool:
    """True where two candidates read the same words."""
    return (a.inline_byte, a.crossline_byte, a.width) == (b.inline_byte, b.crossline_byte, b.width)


def sample_positions(n_traces: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Runs of neighbouring traces spread over the file, its first and last traces among them."""
    starts = np.linspace(0, n_traces - RUN, SAMPLED_RUNS).astype(np.int64)
    return np.asarray(np.unique(starts[:, None] + np.arange(RUN)))


def _chosen(file: TraceFile, layout: SegyLayout) -> Generator[Progress, None, GeometryCandidate]:
    """The pair that the user named; raises ``InputError`` where it cannot be a grid."""
    inline_byte, crossline_byte = layout.inline_byte or 0, layout.crossline_byte or 0
    for byte in (inline_byte, crossline_byte):
        if not 1 <= byte <= 241 - layout.width:
            raise InputError(f"Byte {byte} does not lie in the 240-byte trace header.", "Choose bytes from 1 to 237.")
    words = yield from read_words(file, [(inline_byte, layout.width), (crossline_byte, layout.width)])
    pair = (inline_byte, crossline_byte)
    candidate = evaluate(words[inline_byte], words[crossline_byte], pair, layout.width)
    if candidate is None:
        raise InputError(
            f"In {file.path.name}, bytes {inline_byte} and {crossline_byte} do not number the lines of a regular grid.",
            "Choose other bytes; `seisgui scan` lists those that fit.",
        )
    return candidate


def _unusual_bytes(file: TraceFile, known: Words) -> list[GeometryCandidate]:
    """Search every word of the header, 4 and 2 bytes wide, for a pair that grids the traces."""
    n = min(file.structure.n_traces, SEARCHED_TRACES)
    headers = file.headers(np.arange(n))
    order = file.structure.byte_order
    found: list[GeometryCandidate] = []
    for width in (4, 2):
        bytes_ = [byte for byte in range(1, 242 - width, 2) if width == 2 or byte not in known]
        words = {byte: word_column(headers, byte, width, order) for byte in bytes_}
        varying = {byte: column for byte, column in words.items() if len(distinct_values(column)) > 1}
        if n == file.structure.n_traces and varying:
            found += [entry for entry in rank(varying, width) if entry.fit > 0.9]
    return found


def check_trace_lengths(file: TraceFile) -> None:
    """Refuse a file whose traces do not have the length its headers claim.

    Only a file that the trace length does not divide is suspect; where the trace headers stand at the expected
    places it is merely cut off, and can be repaired by dropping the incomplete last trace.
    """
    structure = file.structure
    if structure.trailing == 0:
        return
    if structure.n_traces == 0:
        raise InputError(f"{structure.path.name} is cut off within its first trace.", "Copy or export it again.")
    places = np.unique(np.linspace(0, structure.n_traces - 1, 9).astype(np.int64))
    headers = file.headers(places)
    same = (headers[1:, 114:118] == headers[0, 114:118]).all(axis=1)
    if len(same) and same.mean() < 0.75:
        raise InputError(
            f"{structure.path.name} claims {structure.n_samples} samples a trace, which does not divide the file: "
            "its traces have another length, or lengths that differ.",
            "Export it again with traces of one length.",
        )


def cut_off_sentence(structure: FileStructure) -> str:
    """What is missing at the end of a cut-off file."""
    missing = structure.trace_bytes - structure.trailing
    return (
        f"the file is cut off: its last trace ({structure.n_traces + 1}) lacks {missing} of {structure.trace_bytes} "
        f"bytes; repairing drops that trace and keeps {structure.n_traces}"
    )


def scan_of(survey: HeaderSurvey) -> SegyScan:
    """The public scan of a header survey."""
    structure, axis, verdict = survey.structure, survey.axis, survey.verdict
    problems = [*structure.problems, *axis.problems, *verdict.problems]
    if structure.trailing:
        problems.insert(0, cut_off_sentence(structure))
    return SegyScan(
        path=structure.path,
        size=structure.size,
        revision=structure.revision,
        sample_format=structure.sample_format,
        byte_order=structure.byte_order,
        n_traces=structure.n_traces,
        n_samples=structure.n_samples,
        interval=axis.interval,
        start=axis.start,
        domain=axis.domain,
        unit=axis.unit,
        kind=verdict.kind,
        geometry=verdict.geometry,
        confidence=verdict.confidence,
        candidates=survey.candidates,
        problems=tuple(problems),
        textual=survey.textual,
        complete=not survey.sampled and not structure.trailing,
        dead_traces=int(np.count_nonzero(survey.words[TRACE_ID] == DEAD)),
        missing_bytes=structure.trace_bytes - structure.trailing if structure.trailing else 0,
        layout=verdict.layout,
        polarity=POLARITIES.get(structure.polarity, ""),
    )
