"""How far long work has come."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` steps, with a phrase such as 'training waldeland'."""

    done: int
    total: int
    phrase: str = ""
    eta_s: float | None = None


class Pace:
    """Tells progress with the time left as it follows from the work done so far; pauses do not count as work."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def tell(self, done: int, total: int, phrase: str) -> Generator[Progress, None, None]:
        """Yield one ``Progress``; how long it is until that is asked on is a pause."""
        told = time.perf_counter()
        left = (told - self._began) * (total - done) / done if done else None
        yield Progress(done, total, phrase, left)
        self._began += time.perf_counter() - told


def finish(steps: Generator[Any, None, T]) -> T:
    """Run the steps of long work to its outcome."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome: T = end.value
            return outcome
