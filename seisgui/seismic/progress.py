"""How far long work has come."""

from __future__ import annotations

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


def finish(steps: Generator[Any, None, T]) -> T:
    """Run the steps of long work to its outcome."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome: T = end.value
            return outcome
