"""Which header words number the lines: candidates ranked by how well the traces fill a regular grid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.integer]  # header words, 32 bits wide: differences are taken in 64

KNOWN_PAIRS: tuple[tuple[int, int], ...] = ((189, 193), (9, 21), (9, 13), (17, 25), (5, 21), (181, 185), (17, 21))
NAMED_BYTES = (1, 5, 9, 13, 17, 21, 25, 37, 73, 77, 81, 85, 181, 185, 189, 193, 197)
SEQUENCE_BYTES = (1, 5)  # trace counters: they number traces, seldom lines
LEAST_FILL = 0.02  # share of the grid's nodes that must hold a trace
MOST_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class GeometryCandidate:
    """A pair of trace-header words read as inline and crossline numbers.

    ``fit`` is 1 where every trace sits alone on a node of a full regular grid. ``holes`` counts nodes without a
    trace, ``duplicates`` traces beyond the first on their node. Steps are positive.
    """

    inline_byte: int
    crossline_byte: int
    width: int
    fit: float
    n_inline: int
    n_crossline: int
    inline_first: int
    inline_last: int
    inline_step: int
    crossline_first: int
    crossline_last: int
    crossline_step: int
    holes: int
    duplicates: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LineNumbers:
    """One header word over all traces, as a regular axis: first, step (> 0), count."""

    first: int
    step: int
    count: int
    distinct: int

    @property
    def last(self) -> int:
        return self.first + self.step * (self.count - 1)


def line_numbers(values: IntArray) -> LineNumbers:
    """The regular axis on which all values lie."""
    distinct = distinct_values(values)
    steps = np.diff(distinct)
    step = int(np.gcd.reduce(steps)) if len(steps) else 1
    count = int((distinct[-1] - distinct[0]) // step) + 1
    return LineNumbers(int(distinct[0]), step, count, len(distinct))


def distinct_values(values: IntArray) -> NDArray[np.int64]:
    """Sorted distinct values; by counting where their range is small, which is ten times faster than sorting."""
    low, high = int(values.min()), int(values.max())
    if high - low <= 4 * len(values) + 1000:
        return np.flatnonzero(np.bincount(values - low)) + low
    return np.asarray(np.unique(values), dtype=np.int64)


def evaluate(
    inline: IntArray, crossline: IntArray, bytes_: tuple[int, int], width: int, n_traces: int | None = None
) -> GeometryCandidate | None:
    """How well a pair of words grids the traces; None where they do not at all.

    ``inline`` and ``crossline`` are the words of all traces, (n_trace,) each; ``bytes_`` is where they stand.
    Where the words are a sample of ``n_traces``, holes and duplicates are estimates.
    """
    return _evaluate(inline, crossline, (line_numbers(inline), line_numbers(crossline)), bytes_, width, n_traces)


def _evaluate(
    inline: IntArray,
    crossline: IntArray,
    axes: tuple[LineNumbers, LineNumbers],
    bytes_: tuple[int, int],
    width: int,
    n_traces: int | None,
) -> GeometryCandidate | None:
    a, b = axes
    total, nodes = n_traces or len(inline), a.count * b.count
    if nodes > max(total / LEAST_FILL, 64):
        return None
    node = (inline.astype(np.int64) - a.first) // a.step
    node *= b.count
    node += (crossline.astype(np.int64) - b.first) // b.step
    alone = len(distinct_values(node)) / len(inline)
    occupied = min(round(alone * total), nodes)
    fill = occupied / nodes
    return GeometryCandidate(
        *bytes_,
        width,
        round(alone * (0.8 + 0.2 * fill), 4),
        a.count,
        b.count,
        a.first,
        a.last,
        a.step,
        b.first,
        b.last,
        b.step,
        nodes - occupied,
        total - occupied,
    )


def preference(candidate: GeometryCandidate, stated: tuple[int, int] | None) -> float:
    """What habit adds to the fit, so that equal fits fall to the usual bytes."""
    pair = (candidate.inline_byte, candidate.crossline_byte)
    bonus = {known: 0.1 - 0.01 * place for place, known in enumerate(KNOWN_PAIRS)}.get(pair, 0.0)
    if pair == stated:
        bonus = max(bonus, 0.15)
    counts_traces = candidate.inline_byte in SEQUENCE_BYTES or candidate.crossline_byte in SEQUENCE_BYTES
    if counts_traces and pair not in KNOWN_PAIRS and pair != stated:
        bonus -= 0.2
    if candidate.width == 2:
        bonus -= 0.05
    if not_filled_in(candidate):
        bonus -= 0.3
    if max(candidate.inline_step, candidate.crossline_step) >= 1 << 16:  # a word read two bytes too late
        bonus -= 0.08
    return bonus


def not_filled_in(candidate: GeometryCandidate) -> bool:
    """True where one of the words is simply not filled in."""
    inline_empty = candidate.n_inline == 1 and candidate.inline_first == 0
    crossline_empty = candidate.n_crossline == 1 and candidate.crossline_first == 0
    return inline_empty or crossline_empty


def rank(
    words: Mapping[int, IntArray],
    width: int = 4,
    stated: tuple[int, int] | None = None,
    n_traces: int | None = None,
) -> list[GeometryCandidate]:
    """Candidates from 4-byte (or 2-byte) words by their byte, each (n_trace,); the best first.

    ``stated`` is the pair that the textual header names; ``n_traces`` as in ``evaluate``.
    """
    pairs = usual_pairs(stated)
    found = _evaluate_pairs(words, pairs, width, n_traces)
    if not any(entry.fit > 0.9 and _is_numbered(entry) for entry in found):
        found += _evaluate_pairs(words, _promising_pairs(words, pairs), width, n_traces)
    found = [entry for entry in found if not _both_empty(entry)]
    return best_first(found, stated)


def usual_pairs(stated: tuple[int, int] | None) -> list[tuple[int, int]]:
    """The pairs worth trying first: the stated one, the known ones, and those swapped."""
    pairs = [*KNOWN_PAIRS, *((b, a) for a, b in KNOWN_PAIRS)]
    return [stated, *(pair for pair in pairs if pair != stated)] if stated else pairs


def best_first(found: list[GeometryCandidate], stated: tuple[int, int] | None) -> list[GeometryCandidate]:
    """Candidates by fit and habit, at most ``MOST_CANDIDATES``."""
    stated = None if stated and _says_the_same(found, stated) else stated
    return sorted(found, key=lambda entry: entry.fit + preference(entry, stated), reverse=True)[:MOST_CANDIDATES]


def _evaluate_pairs(
    words: Mapping[int, IntArray], pairs: list[tuple[int, int]], width: int, n_traces: int | None
) -> list[GeometryCandidate]:
    found = []
    pairs = [pair for pair in dict.fromkeys(pairs) if pair[0] in words and pair[1] in words]
    axes = {byte: line_numbers(words[byte]) for byte in {byte for pair in pairs for byte in pair}}
    for pair in pairs:
        inline, crossline = pair
        candidate = _evaluate(words[inline], words[crossline], (axes[inline], axes[crossline]), pair, width, n_traces)
        if candidate is not None:
            found.append(candidate)
    return found


def _says_the_same(found: list[GeometryCandidate], stated: tuple[int, int]) -> bool:
    """True where the standard bytes hold the very numbers of the stated ones; then the standard ones will do."""
    axes = {
        (entry.inline_byte, entry.crossline_byte): (
            entry.inline_first,
            entry.inline_last,
            entry.inline_step,
            entry.crossline_first,
            entry.crossline_last,
            entry.fit,
        )
        for entry in found
    }
    return stated != KNOWN_PAIRS[0] and stated in axes and axes.get(KNOWN_PAIRS[0]) == axes[stated]


def _is_numbered(candidate: GeometryCandidate) -> bool:
    return not not_filled_in(candidate)


def _both_empty(candidate: GeometryCandidate) -> bool:
    return candidate.n_inline == 1 and candidate.n_crossline == 1 and not_filled_in(candidate)


def _promising_pairs(words: Mapping[int, IntArray], tried: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pairs of words that vary like line numbers: a slow word that repeats, and a fast one."""
    n_trace = len(next(iter(words.values())))
    axes: dict[int, LineNumbers] = {}
    for byte, values in words.items():
        if byte in SEQUENCE_BYTES and n_trace > 1 and len(distinct_values(values)) == n_trace:
            continue
        axis = line_numbers(values)
        if axis.distinct > 1 and axis.count <= 4 * axis.distinct and axis.first > -(10**7):
            axes[byte] = axis
    shapes: dict[tuple[int, int, int], int] = {}
    for byte, axis in axes.items():  # of words with the same axis, the first named one will do
        shapes.setdefault((axis.first, axis.step, axis.count), byte)
    bytes_ = sorted(shapes.values())[:14]
    pairs = [
        (slow, fast)
        for slow in bytes_
        for fast in bytes_
        if slow != fast
        and axes[slow].distinct <= axes[fast].distinct
        and 0.5 * n_trace <= axes[slow].distinct * axes[fast].distinct <= n_trace / LEAST_FILL
    ]
    return [pair for pair in pairs if pair not in tried]


_INLINE = re.compile(r"\b(?:in-?\s?line|iline|il)\b[^\d\n]{0,40}?(\d{1,3})(?:\s*-\s*(\d{1,3}))?", re.IGNORECASE)
_CROSSLINE = re.compile(
    r"\b(?:cross-?\s?line|crossline|x-?line|xl)\b[^\d\n]{0,40}?(\d{1,3})(?:\s*-\s*(\d{1,3}))?", re.IGNORECASE
)


def stated_pair(textual: str) -> tuple[int, int] | None:
    """The bytes that the textual header names for inline and crossline, or None.

    Cards such as 'INLINE: 189, XLINE: 193' or 'Inline number : bytes 5-8'; a line number such as 'Inline 339'
    is not mistaken for a byte unless it looks like one, and a wrong guess costs nothing: the grid decides.
    """
    inline, crossline = _stated_byte(_INLINE, textual), _stated_byte(_CROSSLINE, textual)
    return (inline, crossline) if inline and crossline and inline != crossline else None


def _stated_byte(pattern: re.Pattern[str], textual: str) -> int | None:
    for match in pattern.finditer(textual):
        first, last = int(match.group(1)), match.group(2)
        if not 1 <= first <= 237 or first % 2 == 0:
            continue
        if last is not None and int(last) - first not in {1, 3}:
            continue
        if last is not None or first in NAMED_BYTES or "byte" in match.group(0).lower():
            return first
    return None
