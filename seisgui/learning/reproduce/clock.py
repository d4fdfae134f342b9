"""How far an experiment of many rows has come, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

from seisgui.interpretation.project import Project
from seisgui.interpretation.runs import RunRecord
from seisgui.learning.events import Control, Event, Progress
from seisgui.learning.requests import TrainRequest
from seisgui.learning.train import train

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


def within_time(project: Project, request: TrainRequest, limit: float | None) -> Generator[Event, None, RunRecord]:
    """One run of the program's own training that stops learning after ``limit`` seconds; its pauses do not count."""
    control, spent = Control(), 0.0
    steps = train(project, request, control)
    while True:
        asked = time.monotonic()
        try:
            event = next(steps)
        except StopIteration as outcome:
            record: RunRecord = outcome.value
            return record
        spent += time.monotonic() - asked
        control.stop = limit is not None and spent > limit
        yield event
