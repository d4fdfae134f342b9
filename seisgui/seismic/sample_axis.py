"""The vertical axis of a SEG-Y file: interval and start, and whether it measures time or depth."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from seisgui.seismic.axes import Domain
from seisgui.seismic.file_structure import FileStructure
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.trace_words import Words

DELAY, TIME_SCALAR = 109, 215
FEET = 2
DEPTH_NAME = re.compile(r"(?:^|[^a-z])(depth|psdm|tvd(?:ss)?|kpsdm|rtm)(?:[^a-z]|$)", re.IGNORECASE)
TIME_NAME = re.compile(r"(?:^|[^a-z])(time|twt|pstm|kpstm|owt)(?:[^a-z]|$)", re.IGNORECASE)
DEPTH_TEXT = re.compile(
    r"\b(depth domain|domain\s*[:=]\s*depth|depth (?:migrat|convert|volume|section|cube|slice|sampl|interval)\w*"
    r"|psdm|(?:pre-?stack|kirchhoff|stack|converted to|in) depth\b|depth stack|depth step|depth seg-?y"
    r"|sample (?:rate|interval)[^\n]{0,20}\b\d+(?:\.\d+)?\s*(?:m|ft|metres?|meters?|feet)\b)",
    re.IGNORECASE,
)
TIME_TEXT = re.compile(
    r"\b(time domain|domain\s*[:=]\s*time|time (?:migrat|volume|section|cube)\w*|pstm|two-?\s?way time|twt"
    r"|(?:in|to) time|scaled to time|depth to time)\b",
    re.IGNORECASE,
)
COARSEST_TIME = 10_000  # µs: reflection data are never sampled more coarsely, depth volumes often are


@dataclass(frozen=True, slots=True)
class AxisGuess:
    """The vertical axis: ``interval`` and ``start`` in ``unit``; interval 0 means the file does not say."""

    interval: float
    start: float
    domain: Domain
    unit: str
    problems: tuple[str, ...]


def guess_axis(structure: FileStructure, textual: str, words: Words, layout: SegyLayout) -> AxisGuess:
    """The axis as the layout, else the headers, else names and intervals suggest."""
    domain = layout.domain or guess_domain(structure, textual)
    unit = layout.unit or ("ms" if domain is Domain.TIME else "ft" if structure.measurement == FEET else "m")
    problems: list[str] = []
    interval = layout.interval if layout.interval is not None else _interval(structure, domain)
    if interval <= 0.0:
        problems.append(f"the sample interval is zero in both headers; state it ({unit}) to open the file")
    start = layout.start if layout.start is not None else _start(words, problems)
    return AxisGuess(float(interval), float(start), domain, unit, tuple(problems))


def guess_domain(structure: FileStructure, textual: str) -> Domain:
    """Time, unless file name, textual header or a very coarse interval speak for depth."""
    name = structure.path.stem
    score = 2 * bool(DEPTH_NAME.search(name)) - 2 * bool(TIME_NAME.search(name))
    score += 2 * bool(DEPTH_TEXT.search(textual)) - 2 * bool(TIME_TEXT.search(textual))
    score += structure.interval_us > COARSEST_TIME
    return Domain.DEPTH if score > 0 else Domain.TIME


def _interval(structure: FileStructure, domain: Domain) -> float:
    """µs -> ms; in depth the word is mm (or thousandths of a foot), in some files whole metres."""
    raw = structure.interval_us
    if domain is Domain.DEPTH and raw < 200:
        return float(raw)
    return raw / 1000.0


def _start(words: Words, problems: list[str]) -> float:
    """Delay recording time, scaled by byte 215 (negative divides)."""
    delay = words[DELAY].astype(np.float64)
    scalar = words[TIME_SCALAR].astype(np.float64)
    factor = np.where(scalar < 0, 1.0 / np.where(scalar < 0, -scalar, 1.0), np.where(scalar > 0, scalar, 1.0))
    starts = delay * factor
    if starts.min() != starts.max():
        problems.append(f"traces start at different delays ({starts.min():g} to {starts.max():g}); the first is used")
    return float(starts[0])
