"""The data process reads a column of samples for the window, through a memory map."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from seisgui.jobs.messages import Progress
from seisgui.jobs.scratch import put_array
from seisgui.seismic.sample_column import KeptMap, SampleColumn

_maps = KeptMap()


def column_steps(column: SampleColumn, folder: Path) -> Generator[Progress, None, Path | None]:
    """Read a column into an array file in ``folder``, (n_traces, width) uint8, and return its path.

    None where the file is not to be mapped, since it lies on a network mount. ``InputError`` where it has been changed
    or replaced since the window opened it.
    """
    mapped = _maps.take(column)
    if mapped is None:
        return None
    try:
        steps = mapped.read(column)
        while True:
            try:
                yield Progress(next(steps), column.n_traces, "reading a time section")
            except StopIteration as end:
                raw = end.value
                break
    except BaseException:
        mapped.close()
        raise
    _maps.give_back(mapped)
    return put_array(folder, raw)
