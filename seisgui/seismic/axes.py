"""Where a sample lies: line numbers and two-way time or depth, and sections through them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Orientation(StrEnum):
    """The way a section cuts the survey."""

    INLINE = "inline"
    CROSSLINE = "crossline"
    TIME = "time"  # horizontal slice, also of a depth volume


class Domain(StrEnum):
    """What the vertical axis measures."""

    TIME = "time"
    DEPTH = "depth"


@dataclass(frozen=True, slots=True)
class SectionRef:
    """One section of a volume: a line number, or a time (ms) or depth (m, ft) of a horizontal slice."""

    orientation: Orientation
    number: float

    def __str__(self) -> str:
        return f"{self.orientation.value} {self.number:.10g}"


@dataclass(frozen=True, slots=True)
class LineAxis:
    """Regular line numbers ``first, first + step, ...``; step is positive, files may store them in any order."""

    first: int
    step: int
    count: int

    @property
    def last(self) -> int:
        return self.first + self.step * (self.count - 1)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """All line numbers, shape (count,)."""
        return self.first + self.step * np.arange(self.count, dtype=np.int64)

    def index(self, number: float) -> int:
        """Index of the line nearest to ``number``, clipped to the axis."""
        return int(np.clip(round((number - self.first) / self.step), 0, self.count - 1))


@dataclass(frozen=True, slots=True)
class SampleAxis:
    """Regular samples along a trace: start and interval in ``unit`` (ms, m or ft)."""

    start: float
    interval: float
    count: int
    domain: Domain = Domain.TIME
    unit: str = "ms"

    @property
    def last(self) -> float:
        return self.start + self.interval * (self.count - 1)

    @property
    def values(self) -> NDArray[np.float64]:
        """All times or depths, shape (count,)."""
        return self.start + self.interval * np.arange(self.count, dtype=np.float64)

    def index(self, value: float) -> int:
        """Index of the sample nearest to ``value``, clipped to the axis."""
        return int(np.clip(round((value - self.start) / self.interval), 0, self.count - 1))


@dataclass(frozen=True, slots=True)
class VolumeAxes:
    """The three axes of a survey or 2-D line (a line has one inline; its crosslines are CDP or trace numbers).

    ``numbered`` is False where the file names no lines and trace positions stand in for them.
    """

    inline: LineAxis
    crossline: LineAxis
    sample: SampleAxis
    numbered: bool = True

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_inline, n_crossline, n_sample)."""
        return self.inline.count, self.crossline.count, self.sample.count

    @property
    def orientations(self) -> tuple[Orientation, ...]:
        """The orientations in which a section has an area, the most useful first."""
        n_inline, n_crossline, _ = self.shape
        if n_inline > 1 and n_crossline > 1:
            return Orientation.INLINE, Orientation.CROSSLINE, Orientation.TIME
        return (Orientation.CROSSLINE,) if n_inline > 1 else (Orientation.INLINE,)

    def section_shape(self, orientation: Orientation) -> tuple[int, int]:
        """(n_lateral, n_sample) of a vertical section; (n_inline, n_crossline) of a horizontal slice."""
        n_inline, n_crossline, n_sample = self.shape
        if orientation is Orientation.INLINE:
            return n_crossline, n_sample
        if orientation is Orientation.CROSSLINE:
            return n_inline, n_sample
        return n_inline, n_crossline

    def section_index(self, ref: SectionRef) -> int:
        """Array index of the section along its own axis (nearest, clipped)."""
        if ref.orientation is Orientation.INLINE:
            return self.inline.index(ref.number)
        if ref.orientation is Orientation.CROSSLINE:
            return self.crossline.index(ref.number)
        return self.sample.index(ref.number)

    def middle(self) -> SectionRef:
        """The section that is shown first: the middle one of the first useful orientation."""
        orientation = self.orientations[0]
        axis = self.inline if orientation is Orientation.INLINE else self.crossline
        return SectionRef(orientation, int(axis.numbers[axis.count // 2]))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> VolumeAxes:
        sample = dict(document["sample"])
        sample["domain"] = Domain(sample["domain"])
        return cls(
            LineAxis(**document["inline"]),
            LineAxis(**document["crossline"]),
            SampleAxis(**sample),
            bool(document.get("numbered", True)),
        )
