"""How far long work has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` steps, with a phrase such as 'training waldeland'."""

    done: int
    total: int
    phrase: str = ""
    eta_s: float | None = None
