"""Dead components and samples that are no numbers, told in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.record_table import RecordTable
from seisgui.seismic.volume import FloatArray

FEW_SAMPLES = 1 << 21  # sets on disk up to this many are searched when they are opened
AT_ONCE = 1 << 19


class Readable(Protocol):
    """As much of a record set as is needed here."""

    name: str
    table: RecordTable

    def read(self, indices: Sequence[int], first: int = 0, count: int | None = None) -> FloatArray: ...


def sample_faults(records: Readable, noun: str, known: NDArray[np.bool_] | None = None) -> list[str]:
    """Sentences on dead components and on samples that are no numbers, of a set of few samples; reads them all.

    Records that are ``known`` (n,) to be dead are not told again.
    """
    table = records.table
    n_components = len(table.components)
    if int(table.n_samples.sum()) * n_components > FEW_SAMPLES:
        return []
    dead = np.zeros((len(table), n_components), dtype=bool)
    broken = np.zeros(len(table), dtype=bool)
    step = max(1, AT_ONCE // max(int(table.n_samples.max()) * n_components, 1))
    for low in range(0, len(table), step):
        rows = range(low, min(low + step, len(table)))
        for row, samples in zip(rows, records.read(rows), strict=True):
            own = samples[:, : table.n_samples[row]]
            lacking = np.isnan(own).all(axis=1)  # a component that the record does not have
            dead[row] = (own == own[:, :1]).all(axis=1) & (own.shape[1] > 1)
            broken[row] = bool(np.isnan(own[~lacking]).any()) or bool(lacking.all())
    if known is not None:
        dead[known] = False
    return fault_sentences(records.name, table.components, dead, broken, noun)


def fault_sentences(
    name: str, components: Sequence[str], dead: NDArray[np.bool_], broken: NDArray[np.bool_], noun: str
) -> list[str]:
    """Sentences of what was found: ``dead`` (n, n_component), ``broken`` (n,)."""
    problems = []
    if dead.any():
        which = ", ".join(component for component, some in zip(components, dead.T, strict=True) if some.any())
        told = "are dead" if len(components) == 1 else f"have dead components ({which})"
        problems.append(f"{int(dead.any(axis=1).sum())} of {len(dead)} {noun} of {name} {told}")
    if broken.any():
        problems.append(
            f"{int(broken.sum())} of {len(dead)} {noun} of {name} hold samples that are NaN, infinite or damaged; "
            "they are shown as gaps"
        )
    return problems
