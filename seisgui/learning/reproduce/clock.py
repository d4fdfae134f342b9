"""How far an experiment of many rows has come, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

from seisgui.learning.events import Event, Progress

MOST = 0.9  # of a row's share that its own progress may fill: training is not all of it


class Clock:
    """Progress of all rows together, from the share of the expected seconds that is behind."""

    def __init__(self, total: float) -> None:
        self._total, self._done, self._began = max(total, 1.0), 0.0, time.monotonic()

    def told(self, work: Generator[Event, None, Any], phrase: str, seconds: float) -> Generator[Event, None, Any]:
        """The outcome of ``work``, with its progress told as part of the whole; its own sentences are left out."""
        share = 0.0
        while True:
            try:
                event = next(work)
            except StopIteration as outcome:
                self._done += seconds
                return outcome.value
            if isinstance(event, Progress) and event.total:
                share = max(share, min(event.done / event.total, 1.0) * MOST)
                behind = (self._done + share * seconds) / self._total
                spent = time.monotonic() - self._began
                left = spent / behind - spent if behind > 0.01 else None
                yield Progress(int(1000 * behind), 1000, f"{phrase}: {event.phrase}", left)
