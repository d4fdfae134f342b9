"""Traces of several components in one file: which of them belong to one receiver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.record_table import codes_of, join_components
from seisgui.seismic.trace_words import Words

TRACE_ID = 29
NAMES = {11: "H", 12: "Z", 13: "Y", 14: "X", 15: "Z", 16: "T", 17: "R"}  # pressure; vertical, cross-line, in-line ...
PLACE = (9, 17, 21, 37, 73, 77, 81, 85)  # what traces of one shot at one receiver have in common

IndexArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TraceComponents:
    """``traces`` (n_record, n_component): positions in the file, -1 where a record lacks the component."""

    names: tuple[str, ...]
    traces: IndexArray

    @property
    def first(self) -> IndexArray:
        """The trace that comes first of every record, (n_record,)."""
        return np.asarray(np.where(self.traces < 0, np.iinfo(np.int64).max, self.traces).min(axis=1))


def components_of(words: Words) -> TraceComponents:
    """By the trace identification (byte 29), where it tells of several components; else every trace is a record."""
    n = len(words[TRACE_ID])
    single = TraceComponents(("Z",), np.arange(n, dtype=np.int64)[:, None])
    present = np.unique(words[TRACE_ID]).tolist()
    if len(present) < 2 or not all(code in NAMES for code in present):
        return single
    names = join_components([(NAMES[code],) for code in present])
    if len(names) < len(present):
        return single
    column = np.zeros(n, dtype=np.int64)
    for code in present:
        column[words[TRACE_ID] == code] = names.index(NAMES[code])
    for record in (_by_place(words), _by_turns(column)):
        if record is not None and (found := _arranged(names, column, record)) is not None:
            return found
    return single


def _by_place(words: Words) -> NDArray[np.int32]:
    """Record of every trace: those of one shot at one place."""
    return codes_of(np.stack([words[byte] for byte in PLACE], axis=1))[0]


def _by_turns(column: IndexArray) -> NDArray[np.int32] | None:
    """Record of every trace where components take turns; None where they do not."""
    n_component = int(column.max()) + 1
    if len(column) % n_component or (column.reshape(-1, n_component) != column[:n_component]).any():
        return None
    return np.repeat(np.arange(len(column) // n_component, dtype=np.int32), n_component)


def _arranged(names: Sequence[str], column: IndexArray, record: NDArray[np.int32]) -> TraceComponents | None:
    """None where a record would have two traces of one component, or none has more than one."""
    n_record = int(record.max()) + 1
    cells = record.astype(np.int64) * len(names) + column
    if len(np.unique(cells)) < len(cells) or n_record == len(record):
        return None
    traces = np.full(n_record * len(names), -1, dtype=np.int64)
    traces[cells] = np.arange(len(cells))
    return TraceComponents(tuple(names), traces.reshape(n_record, len(names)))
