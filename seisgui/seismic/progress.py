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

    @classmethod
    def since(cls, began: float, done: int, total: int, phrase: str) -> Progress:
        """With the time left as it follows from the pace since ``began`` (of ``time.perf_counter``)."""
        left = (time.perf_counter() - began) * (total - done) / done if done else None
        return cls(done, total, phrase, left)


def finish(steps: Generator[Any, None, T]) -> T:
    """Run the steps of long work to its outcome."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome: T = end.value
            return outcome
