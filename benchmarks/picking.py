"""Continuous three-component records through PhaseNet, beside the window loop of batch 1 and SeisBench's annotate()."""

from __future__ import annotations

from benchmarks.registry import Result, not_measured

PROMISE = "picking: >= 2.5 x the batch-1 window loop, >= .9 x SeisBench's annotate() where installed, same picks"


def measure() -> Result:
    return not_measured("the program does not pick arrivals yet")
