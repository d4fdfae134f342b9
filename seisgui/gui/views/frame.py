"""Where a section lies in the survey: from array positions to line numbers and time or depth, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seisgui.seismic.axes import Domain, LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes

if TYPE_CHECKING:
    from seisgui.interpretation.facies import Region

LINE_TITLES = {"inline": "Inline", "crossline": "Crossline"}


@dataclass(frozen=True, slots=True)
class SectionFrame:
    """A section and its two axes.

    Positions are continuous: sample ``i`` of an array covers ``i..i+1``, its centre is ``i + .5``. ``lateral`` counts
    along the first axis of the section's array, ``vertical`` along the second.
    """

    ref: SectionRef
    axes: VolumeAxes

    @property
    def shape(self) -> tuple[int, int]:
        """(n_lateral, n_vertical)."""
        return self.axes.section_shape(self.ref.orientation)

    @property
    def lateral_name(self) -> str:
        """'inline' or 'crossline'."""
        return "crossline" if self.ref.orientation is Orientation.INLINE else "inline"

    @property
    def vertical_name(self) -> str:
        """'sample', or 'crossline' on a horizontal slice."""
        return "crossline" if self.ref.orientation is Orientation.TIME else "sample"

    @property
    def lateral_axis(self) -> LineAxis:
        return self.axes.crossline if self.lateral_name == "crossline" else self.axes.inline

    @property
    def vertical_axis(self) -> LineAxis | SampleAxis:
        return self.axes.sample if self.vertical_name == "sample" else self.axes.crossline

    @property
    def lateral_title(self) -> str:
        return line_title(self.lateral_name, self.axes)

    @property
    def vertical_title(self) -> str:
        if self.vertical_name != "sample":
            return line_title(self.vertical_name, self.axes)
        return sample_title(self.axes.sample)

    @property
    def upwards(self) -> bool:
        """Whether the vertical axis grows upwards, as on a map."""
        return self.ref.orientation is Orientation.TIME

    @property
    def title(self) -> str:
        """Such as 'Inline 339' or 'Time slice 1084 ms'."""
        return section_title(self.ref, self.axes)

    def lateral_value(self, lateral: float) -> float:
        return value_at(self.lateral_axis, lateral)

    def vertical_value(self, vertical: float) -> float:
        return value_at(self.vertical_axis, vertical)

    def lateral_position(self, value: float) -> float:
        return position_of(self.lateral_axis, value)

    def vertical_position(self, value: float) -> float:
        return position_of(self.vertical_axis, value)

    def contains(self, lateral: float, vertical: float) -> bool:
        n_lateral, n_vertical = self.shape
        return 0 <= lateral < n_lateral and 0 <= vertical < n_vertical

    def indices(self, lateral: float, vertical: float) -> tuple[int, int, int]:
        """Array indices (inline, crossline, sample) of a position; it must lie inside the section."""
        i, j, across = int(lateral), int(vertical), self.axes.section_index(self.ref)
        if self.ref.orientation is Orientation.INLINE:
            return across, i, j
        if self.ref.orientation is Orientation.CROSSLINE:
            return i, across, j
        return i, j, across

    def place(self, lateral: float, vertical: float) -> tuple[float, float, float]:
        """(inline, crossline, time or depth) of a position, continuous."""
        lateral_value, vertical_value = self.lateral_value(lateral), self.vertical_value(vertical)
        if self.ref.orientation is Orientation.INLINE:
            return self.ref.number, lateral_value, vertical_value
        if self.ref.orientation is Orientation.CROSSLINE:
            return lateral_value, self.ref.number, vertical_value
        return lateral_value, vertical_value, self.ref.number

    def project(self, inline: float, crossline: float, sample: float) -> tuple[float, float]:
        """Position (lateral, vertical) of a point of the survey, seen perpendicular to the section."""
        lateral = crossline if self.lateral_name == "crossline" else inline
        vertical = sample if self.vertical_name == "sample" else crossline
        return self.lateral_position(lateral), self.vertical_position(vertical)

    def window_of(self, region: Region) -> tuple[slice, slice] | None:
        """The part of the section's array that lies in ``region``; None where they do not meet."""
        across = {Orientation.INLINE: "inline", Orientation.CROSSLINE: "crossline"}.get(self.ref.orientation, "sample")
        axis = getattr(self.axes, across)
        first, last = getattr(region, across)
        here = value_at(axis, self.axes.section_index(self.ref) + 0.5)
        tolerance = 0.5 * abs(step_of(axis))
        if not first - tolerance < here < last + tolerance:
            return None
        lateral = clipped_slice(self.lateral_axis, getattr(region, self.lateral_name))
        vertical = clipped_slice(self.vertical_axis, getattr(region, self.vertical_name))
        return (lateral, vertical) if lateral and vertical else None

    def moved(self, steps: int) -> SectionRef:
        """The section ``steps`` lines (or samples) further, held at the ends of the survey."""
        axis = across_axis(self.axes, self.ref.orientation)
        index = min(max(self.axes.section_index(self.ref) + steps, 0), axis.count - 1)
        return SectionRef(self.ref.orientation, tidy(value_at(axis, index + 0.5)))


def across_axis(axes: VolumeAxes, orientation: Orientation) -> LineAxis | SampleAxis:
    """The axis along which sections of an orientation are numbered."""
    if orientation is Orientation.INLINE:
        return axes.inline
    return axes.crossline if orientation is Orientation.CROSSLINE else axes.sample


def step_of(axis: LineAxis | SampleAxis) -> float:
    return axis.interval if isinstance(axis, SampleAxis) else axis.step


def first_of(axis: LineAxis | SampleAxis) -> float:
    return axis.start if isinstance(axis, SampleAxis) else axis.first


def value_at(axis: LineAxis | SampleAxis, position: float) -> float:
    return first_of(axis) + step_of(axis) * (position - 0.5)


def position_of(axis: LineAxis | SampleAxis, value: float) -> float:
    return (value - first_of(axis)) / step_of(axis) + 0.5


def clipped_slice(axis: LineAxis | SampleAxis, bounds: tuple[float, float]) -> slice | None:
    """Indices of the samples within ``bounds`` (inclusive); None where there are none."""
    low = max(round(position_of(axis, bounds[0]) - 0.5), 0)
    high = min(round(position_of(axis, bounds[1]) - 0.5), axis.count - 1)
    return slice(low, high + 1) if high >= low else None


def tidy(value: float) -> float:
    """Whole numbers as such, so that section numbers compare equal."""
    return int(value) if float(value).is_integer() else round(value, 6)


def line_title(name: str, axes: VolumeAxes) -> str:
    """'Inline' or 'Crossline', or 'Trace' where the file names no lines."""
    if axes.numbered:
        return LINE_TITLES[name]
    return "Trace position" if name == "crossline" or axes.inline.count > 1 else "Position"


def sample_title(axis: SampleAxis) -> str:
    return f"Depth ({axis.unit})" if axis.domain is Domain.DEPTH else f"Two-way time ({axis.unit})"


def section_title(ref: SectionRef, axes: VolumeAxes) -> str:
    """Such as 'Inline 339', 'Crossline 640', 'Time slice 1084 ms' or 'Depth slice 2400 m'."""
    if ref.orientation is Orientation.TIME:
        kind = "Depth" if axes.sample.domain is Domain.DEPTH else "Time"
        return f"{kind} slice {ref.number:.10g} {axes.sample.unit}"
    return f"{LINE_TITLES[ref.orientation.value]} {ref.number:.10g}"
