"""The data process reads a column of samples for the window, through a memory map."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from seisgui.jobs.scratch import put_array
from seisgui.seismic.progress import Progress
from seisgui.seismic.sample_column import KeptMap, SampleColumn

_maps = KeptMap()


def column_steps(column: SampleColumn, folder: Path) -> Generator[Progress, None, Path | None]:
    """Read a column into an array file in ``folder``, (n_traces, width) uint8, and return its path.

    None where the file is not to be mapped, since it lies on a network mount. ``InputError`` where it has been changed
    or replaced since the window opened it.
    """
    with _maps.lent(column) as mapped:
        if mapped is None:
            return None
        raw = yield from mapped.read(column)
    return put_array(folder, raw)
