"""Which records and which time are seen, and where: gathers with time down, traces with time to the right."""

from __future__ import annotations

from dataclasses import dataclass, replace

MOST_PIXELS_PER_UNIT = 400.0  # a trace is never drawn wider than this
LEAST_SECONDS = 1e-4


@dataclass(frozen=True, slots=True)
class GatherWindow:
    """The visible part and its pixel rectangle.

    ``first..last`` runs across the traces (trace ``k`` of evenly spaced ones covers ``k..k+1``), ``t0..t1`` along them
    in seconds. ``upright`` gathers have time downwards; else time runs to the right and the first row is on top.
    """

    first: float
    last: float
    t0: float
    t1: float
    x: float
    y: float
    width: float
    height: float
    upright: bool = True

    @property
    def across(self) -> float:
        """Pixels of the rectangle across the traces."""
        return self.width if self.upright else self.height

    @property
    def along(self) -> float:
        """Pixels of the rectangle along the traces."""
        return self.height if self.upright else self.width

    @property
    def per_unit(self) -> float:
        """Pixels from one trace to the next."""
        return self.across / (self.last - self.first)

    @property
    def per_second(self) -> float:
        return self.along / (self.t1 - self.t0)

    def pixel(self, place: float, time: float) -> tuple[float, float]:
        """x, y of a place across the traces and a time."""
        across, along = (place - self.first) * self.per_unit, (time - self.t0) * self.per_second
        return (self.x + across, self.y + along) if self.upright else (self.x + along, self.y + across)

    def position(self, x: float, y: float) -> tuple[float, float]:
        """Place across the traces and time of a pixel."""
        across, along = (x - self.x, y - self.y) if self.upright else (y - self.y, x - self.x)
        return self.first + across / self.per_unit, self.t0 + along / self.per_second

    def panned(self, dx: float, dy: float) -> GatherWindow:
        """Moved with the mouse by ``dx, dy`` pixels."""
        across, along = (dx, dy) if self.upright else (dy, dx)
        place, time = across / self.per_unit, along / self.per_second
        return replace(self, first=self.first - place, last=self.last - place, t0=self.t0 - time, t1=self.t1 - time)

    def zoomed(self, across: float, along: float, x: float, y: float) -> GatherWindow:
        """Magnified about a pixel; factors above 1 come closer."""
        place, time = self.position(x, y)
        across = min(across, MOST_PIXELS_PER_UNIT / self.per_unit)
        along = min(along, (self.t1 - self.t0) / LEAST_SECONDS)
        return replace(
            self,
            first=place - (place - self.first) / across,
            last=place + (self.last - place) / across,
            t0=time - (time - self.t0) / along,
            t1=time + (self.t1 - time) / along,
        )

    def within(self, places: float, start: float, end: float) -> GatherWindow:
        """Held so that the traces ``0..places`` and the time ``start..end`` stay in sight."""
        first, last = held(self.first, self.last, 0.0, places)
        t0, t1 = held(self.t0, self.t1, start, end)
        return replace(self, first=first, last=last, t0=t0, t1=t1)

    def placed(self, x: float, y: float, width: float, height: float) -> GatherWindow:
        """The same part on another rectangle."""
        return replace(self, x=x, y=y, width=max(width, 1.0), height=max(height, 1.0))


def held(low: float, high: float, start: float, end: float) -> tuple[float, float]:
    """A window no wider than ``start..end`` and within it."""
    span = min(high - low, end - start)
    low = min(max(low, start), end - span)
    return low, low + span
