"""What the traces of a file are: a survey on a grid, a 2-D line, or gathers before stack."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seisgui.seismic.file_structure import FileStructure
from seisgui.seismic.geometry import (
    GeometryCandidate,
    IntArray,
    distinct_values,
    evaluate,
    line_numbers,
    not_filled_in,
)
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.trace_words import Words

STANDARD = (189, 193)
RECORD, CHANNEL, CDP, OFFSET = 9, 13, 21, 37
STACKED = 4  # trace sorting code
AS_RECORDED = (1, 5)  # trace sorting codes: as recorded, common source point
TRACE_ID, DEAD = 29, 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Kind, the sentence about the geometry, how sure, the layout that opens the file so, and remarks."""

    kind: str
    geometry: str
    confidence: str
    layout: SegyLayout
    problems: tuple[str, ...] = ()


def judge(
    structure: FileStructure,
    words: Words,
    candidates: list[GeometryCandidate],
    stated: tuple[int, int] | None,
    layout: SegyLayout,
) -> Verdict:
    """Settle what the file is; what ``layout`` says overrules the evidence."""
    best = candidates[0] if candidates else None
    if layout.kind == "gathers" or (
        layout.kind is None and not layout.inline_byte and _pre_stack(structure, words, best, stated)
    ):
        return _gathers(structure, words, layout)
    if layout.inline_byte and best:
        return _numbered(best, stated, layout, words, structure.n_traces)
    if layout.kind != "line" and best and _usable(best):
        return _numbered(best, stated, layout, words, structure.n_traces)
    return _unnumbered_line(structure, words, layout)


def _usable(candidate: GeometryCandidate) -> bool:
    nodes = candidate.n_inline * candidate.n_crossline
    n_trace = nodes - candidate.holes + candidate.duplicates
    if not_filled_in(candidate) and (_bytes(candidate) != STANDARD or nodes == 1):
        return False
    return candidate.duplicates <= 0.1 * n_trace and candidate.holes <= 0.8 * nodes


def _varies(values: IntArray) -> bool:
    return bool((values != values[0]).any())


def _pre_stack(
    structure: FileStructure,
    words: Words,
    best: GeometryCandidate | None,
    stated: tuple[int, int] | None,
) -> bool:
    """True where several traces share a position or the headers are those of field records."""
    n_trace = len(words[CDP])
    if n_trace < 2:
        return False
    standard = evaluate(words[STANDARD[0]], words[STANDARD[1]], STANDARD, 4)
    numbered = _varies(words[189]) or _varies(words[193])
    for trusted in (standard if numbered else None, best if best and _bytes(best) == stated else None):
        if trusted and trusted.duplicates == 0:
            return False
    if numbered and standard and standard.duplicates > 0.5 * structure.n_traces:
        return True
    if structure.sort_code == STACKED and best and _usable(best) and best.duplicates == 0:
        return False
    cdp_unique = len(distinct_values(words[CDP])) == n_trace
    if _varies(words[OFFSET]) and not cdp_unique:
        return True
    recorded = _varies(words[CHANNEL]) and len(distinct_values(words[RECORD])) < n_trace
    if structure.sort_code in AS_RECORDED and recorded and not cdp_unique:
        return True
    if numbered or _varies(words[CDP]) or not recorded:
        return False
    grid = evaluate(words[RECORD], words[CHANNEL], (RECORD, CHANNEL), 4)
    return grid is None or grid.holes > 0 or grid.duplicates > 0


def _bytes(candidate: GeometryCandidate) -> tuple[int, int]:
    return candidate.inline_byte, candidate.crossline_byte


def _gathers(structure: FileStructure, words: Words, layout: SegyLayout) -> Verdict:
    """Words for a pre-stack file: by which header its gathers are told apart, how many, the offsets."""
    byte, name, count = gather_key(words, structure.sort_code)
    n_trace = structure.n_traces
    offsets = words[OFFSET]
    sentence = f"pre-stack gathers: {n_trace} traces in {count} {name}{'' if count == 1 else 's'} (byte {byte})"
    if _varies(offsets):
        sentence += f", offsets {offsets.min()} to {offsets.max()}"
    confidence = "likely" if _varies(offsets) or structure.sort_code in AS_RECORDED else "guess"
    return Verdict(
        "gathers", sentence, confidence, replace(layout, kind="gathers", inline_byte=None, crossline_byte=None)
    )


def gather_key(words: Words, sort_code: int = 0) -> tuple[int, str, int]:
    """The header word that changes from gather to gather: (byte, what it counts, number of gathers)."""
    n_trace = len(words[CDP])
    if _varies(words[189]) or _varies(words[193]):
        pairs = (words[189].astype(np.int64) << 32) + words[193]
        return 189, "inline-crossline position", len(distinct_values(pairs))
    choices = [(RECORD, "field record"), (17, "source point"), (CDP, "CDP")]
    if sort_code in {2, 3, 4}:
        choices = [choices[2], *choices[:2]]
    for byte, name in choices:
        count = len(distinct_values(words[byte]))
        if 1 < count < n_trace:
            return byte, name, count
    return RECORD, "field record", 1


def _numbered(
    best: GeometryCandidate, stated: tuple[int, int] | None, layout: SegyLayout, words: Words, n_trace: int
) -> Verdict:
    """A survey or single line whose line numbers stand in the headers."""
    layout = replace(layout, inline_byte=best.inline_byte, crossline_byte=best.crossline_byte, width=best.width)
    single = best.n_inline == 1 or best.n_crossline == 1
    kind = "line" if single else "volume"
    sentence = f"{_lines(best, n_trace)}, {_nodes(best)} (bytes {best.inline_byte} and {best.crossline_byte})"
    problems = []
    if best.duplicates:
        problems.append(f"{best.duplicates} traces repeat a position; the first trace of each is shown")
    dead = int(np.count_nonzero(words[TRACE_ID] == DEAD))
    if dead:
        problems.append(f"{dead} traces are marked dead and shown as holes")
    return Verdict(kind, sentence, _confidence(best, stated, n_trace), replace(layout, kind=kind), tuple(problems))


def _lines(best: GeometryCandidate, n_trace: int) -> str:
    if n_trace == 1:
        return f"a single trace at inline {best.inline_first}, crossline {best.crossline_first}"
    if best.n_inline == 1 and _bytes(best) == (RECORD, CDP):
        return f"no inline and crossline numbers: a 2-D line by CDP number, {_span('CDP', best, 'crossline')}"
    if best.n_inline == 1:
        return f"a single inline, {best.inline_first}, of {_span('crossline', best, 'crossline')}"
    if best.n_crossline == 1:
        return f"a single crossline, {best.crossline_first}, of {_span('inline', best, 'inline')}"
    return f"numbered lines, {_span('inline', best, 'inline')} x {_span('crossline', best, 'crossline')}"


def _span(noun: str, best: GeometryCandidate, axis: str) -> str:
    count, first, last, step = (
        getattr(best, f"{part}{axis}{rest}")
        for part, rest in (("n_", ""), ("", "_first"), ("", "_last"), ("", "_step"))
    )
    step_text = f" step {step}" if step > 1 and count > 1 else ""
    return f"{count} {noun}s ({first}-{last}{step_text})"


def _nodes(best: GeometryCandidate) -> str:
    nodes = best.n_inline * best.n_crossline
    parts = []
    if best.holes:
        parts.append(f"{best.holes} of {nodes} nodes without a trace")
    if best.duplicates:
        parts.append(f"{best.duplicates} traces on a node already taken")
    return ", ".join(parts) or "every trace on its own node"


def _confidence(best: GeometryCandidate, stated: tuple[int, int] | None, n_trace: int) -> str:
    alone = 1.0 - best.duplicates / n_trace
    if _bytes(best) in {STANDARD, stated} and alone == 1.0 and not not_filled_in(best) and n_trace > 1:
        return "certain"
    filled = best.holes <= 0.5 * best.n_inline * best.n_crossline
    return "likely" if alone >= 0.98 and filled and not not_filled_in(best) else "guess"


def _unnumbered_line(structure: FileStructure, words: Words, layout: SegyLayout) -> Verdict:
    """A 2-D line: by CDP where the CDPs form an axis, else by the order of the traces."""
    n_trace = len(words[CDP])
    axis = line_numbers(words[CDP])
    by_cdp = layout.crossline_byte == CDP or (
        layout.crossline_byte is None and axis.distinct == n_trace > 1 and axis.count <= 2 * n_trace
    )
    if by_cdp:
        sentence = (
            f"no inline numbers: a 2-D line of {n_trace} traces by CDP number ({axis.first}-{axis.last}, byte 21)"
        )
        return Verdict("line", sentence, "likely", replace(layout, kind="line", inline_byte=None, crossline_byte=CDP))
    sentence = f"no line numbers in the headers: a 2-D line of {structure.n_traces} traces by trace number"
    if n_trace == 1:
        sentence = "no line numbers in the headers: a single trace"
    return Verdict("line", sentence, "guess", replace(layout, kind="line", inline_byte=None, crossline_byte=None))
