"""What all record sets share: asking their table, grouping, and the window that a reading fills."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seisgui.seismic.record_table import STATION, Group, KnownPick, RecordTable, group_records
from seisgui.seismic.volume import FloatArray


class TableRecords:
    """A record set over its table; readers of formats derive from it and fill windows."""

    assumed_rate = False

    def __init__(
        self, name: str, table: RecordTable, groupings: tuple[str, ...], problems: tuple[str, ...] = ()
    ) -> None:
        self.name, self.table, self.groupings, self.problems = name, table, groupings, problems
        self._groups: dict[str, list[Group]] = {}

    @property
    def known_picks(self) -> tuple[KnownPick, ...]:
        """Picks that came with the data; none by default."""
        return ()

    def groups(self, by: str) -> list[Group]:
        """Records by shot, station or event; ``ValueError`` for a grouping that the set does not have."""
        if by not in self.groupings:
            raise ValueError(f"{self.name} is not grouped by {by!r} but by {', '.join(self.groupings)}")
        if by not in self._groups:
            table = self.table
            codes, titles = (table.station, table.stations) if by == STATION else (table.gather, table.gathers)
            self._groups[by] = group_records(codes, titles, table.offset)
        return self._groups[by]

    def window(self, indices: Sequence[int], first: int, count: int | None) -> FloatArray:
        """NaN for a reading, (n, component, count) float32; ``count`` None: to the end of the longest record."""
        if count is None:
            longest = int(self.table.n_samples[np.asarray(indices, dtype=np.int64)].max()) if len(indices) else 0
            count = max(longest - first, 0)
        return np.full((len(indices), len(self.table.components), count), np.nan, dtype=np.float32)

    def origin(self, index: int) -> tuple[Path, tuple[int, ...]] | None:
        """File of a record and the positions (0-based) of its traces there; None where the file has no traces."""
        del index
        return None

    def close(self) -> None:
        """Nothing to release by default."""
