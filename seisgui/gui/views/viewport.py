"""Which part of a section is seen, and where on the screen: positions to pixels and back."""

from __future__ import annotations

from dataclasses import dataclass, replace

MOST_PIXELS_PER_SAMPLE = 64.0


@dataclass(frozen=True, slots=True)
class Viewport:
    """The visible window in positions (``left..right`` lateral, ``top..bottom`` vertical) and its pixel rectangle.

    ``left > right`` mirrors the section, ``top > bottom`` lets the vertical axis grow upwards.
    """

    left: float
    right: float
    top: float
    bottom: float
    x: float
    y: float
    width: float
    height: float

    @property
    def lateral_scale(self) -> float:
        """Pixels per trace; negative where mirrored."""
        return self.width / (self.right - self.left)

    @property
    def vertical_scale(self) -> float:
        """Pixels per sample; negative where upwards."""
        return self.height / (self.bottom - self.top)

    def pixel(self, lateral: float, vertical: float) -> tuple[float, float]:
        return (
            self.x + (lateral - self.left) * self.lateral_scale,
            self.y + (vertical - self.top) * self.vertical_scale,
        )

    def position(self, x: float, y: float) -> tuple[float, float]:
        return self.left + (x - self.x) / self.lateral_scale, self.top + (y - self.y) / self.vertical_scale

    def panned(self, dx: float, dy: float) -> Viewport:
        """Moved with the mouse by ``dx, dy`` pixels."""
        lateral, vertical = dx / self.lateral_scale, dy / self.vertical_scale
        return replace(
            self,
            left=self.left - lateral,
            right=self.right - lateral,
            top=self.top - vertical,
            bottom=self.bottom - vertical,
        )

    def zoomed(self, factor_x: float, factor_y: float, x: float, y: float) -> Viewport:
        """Magnified about a pixel; factors above 1 come closer."""
        lateral, vertical = self.position(x, y)
        factor_x = min(factor_x, MOST_PIXELS_PER_SAMPLE / abs(self.lateral_scale))
        factor_y = min(factor_y, MOST_PIXELS_PER_SAMPLE / abs(self.vertical_scale))
        return replace(
            self,
            left=lateral - (lateral - self.left) / factor_x,
            right=lateral + (self.right - lateral) / factor_x,
            top=vertical - (vertical - self.top) / factor_y,
            bottom=vertical + (self.bottom - vertical) / factor_y,
        )

    def within(self, n_lateral: int, n_vertical: int) -> Viewport:
        """Held so that the section stays in sight: never smaller than a third of the pane, never panned away."""
        left, right = held(self.left, self.right, n_lateral)
        top, bottom = held(self.top, self.bottom, n_vertical)
        return replace(self, left=left, right=right, top=top, bottom=bottom)

    def placed(self, x: float, y: float, width: float, height: float) -> Viewport:
        """The same window on another pixel rectangle."""
        return replace(self, x=x, y=y, width=max(width, 1.0), height=max(height, 1.0))

    def lateral_range(self) -> tuple[float, float]:
        return min(self.left, self.right), max(self.left, self.right)

    def vertical_range(self) -> tuple[float, float]:
        return min(self.top, self.bottom), max(self.top, self.bottom)

    def with_ranges(self, lateral: tuple[float, float] | None, vertical: tuple[float, float] | None) -> Viewport:
        """Other ranges (low, high) in the same directions."""
        left, right, top, bottom = self.left, self.right, self.top, self.bottom
        if lateral is not None:
            left, right = lateral if left < right else lateral[::-1]
        if vertical is not None:
            top, bottom = vertical if top < bottom else vertical[::-1]
        return replace(self, left=left, right=right, top=top, bottom=bottom)

    def visible_slices(self, n_lateral: int, n_vertical: int) -> tuple[slice, slice]:
        """The samples in sight, as slices of the section's array (possibly empty)."""
        (l0, l1), (v0, v1) = self.lateral_range(), self.vertical_range()
        return (
            slice(min(max(int(l0), 0), n_lateral), min(max(int(-(-l1 // 1)), 0), n_lateral)),
            slice(min(max(int(v0), 0), n_vertical), min(max(int(-(-v1 // 1)), 0), n_vertical)),
        )


def held(start: float, end: float, count: int) -> tuple[float, float]:
    """A window over ``0..count``: at most three times as wide, and always over at least some of it."""
    sign = 1.0 if end >= start else -1.0
    span = min(abs(end - start), 3.0 * count)
    middle = (start + end) / 2
    low, high = 0.0, float(count)
    if span >= count:
        middle = min(max(middle, high - span / 2), low + span / 2)
    else:
        middle = min(max(middle, low), high)
    return middle - sign * span / 2, middle + sign * span / 2


def fitted(
    shape: tuple[int, int], rect: tuple[float, float, float, float], *, upwards: bool, flip: bool, equal: float = 0.0
) -> Viewport:
    """The whole section in a pixel rectangle (x, y, width, height).

    ``equal`` > 0 keeps the aspect: the height of one sample over the width of one trace, in pixels.
    """
    x, y, width, height = rect
    n_lateral, n_vertical = map(float, shape)
    lateral, vertical = (0.0, n_lateral), (0.0, n_vertical)
    if equal > 0 and width > 1 and height > 1:
        per_trace = min(width / n_lateral, height / (n_vertical * equal))
        lateral = centred(n_lateral, width / per_trace)
        vertical = centred(n_vertical, height / (per_trace * equal))
    left, right = lateral[::-1] if flip else lateral
    top, bottom = vertical[::-1] if upwards else vertical
    return Viewport(left, right, top, bottom, x, y, max(width, 1.0), max(height, 1.0))


def centred(count: float, span: float) -> tuple[float, float]:
    return (count - span) / 2, (count + span) / 2
