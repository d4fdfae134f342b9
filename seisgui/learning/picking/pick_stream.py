"""Picks of a curve that comes in stretches: the same, one by one, as those of the whole curve."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seisgui.learning.picking.peaks import Peaks, find_picks

LONGEST = 1 << 20  # samples held back where a curve never comes to rest


@dataclass
class PickStream:
    """Give it stretches of a curve, from its first sample on; it hands back picks as soon as nothing can change them.

    A pick is final once the curve has stayed low for so long that neither its height nor its rivals within ``mpd``
    samples depend on what follows.
    """

    mph: float
    mpd: int
    _held: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    _first: int = 0

    def add(self, curve: NDArray[np.float32]) -> Peaks:
        """Final picks among those up to the end of ``curve`` (count,); indices count from the start of the record."""
        self._held = np.concatenate([self._held, curve])
        return self._cut(self._rest())

    def end(self) -> Peaks:
        """The picks that are left when the curve has ended."""
        return self._cut(len(self._held))

    def _rest(self) -> int:
        """The middle of the last quiet stretch; 0 where there is none."""
        long = 2 * self.mpd + 2
        loud = np.flatnonzero(self._held >= 0.5 * self.mph)
        ends = np.concatenate([[-1], loud, [len(self._held)]])
        quiet = np.flatnonzero(np.diff(ends) > long)
        if len(quiet):
            return int(ends[quiet[-1]] + ends[quiet[-1] + 1]) // 2 + 1
        if len(self._held) <= LONGEST:
            return 0
        return LONGEST // 2 + int(np.argmin(self._held[LONGEST // 2 :])) + 1

    def _cut(self, cut: int) -> Peaks:
        found = find_picks(self._held[:cut], self.mph, self.mpd).shifted(self._first)
        self._held, self._first = self._held[cut:], self._first + cut
        return found
