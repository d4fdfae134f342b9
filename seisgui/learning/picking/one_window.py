"""One window a record, drawn so that a known P lies well inside: how published scores of pickers are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.seismic.records import RecordSet

SURE = ("manual", "accepted", "imported")
EARLIEST, LATEST = 0.1, 2.0 / 3.0  # where the arrival may lie, as a share of the window: 300 to 2000 of 3001 samples


def known_arrivals(project: Project, dataset_id: str, records: RecordSet) -> dict[str, float]:
    """First P of each record in s after its first sample: as people picked it, else as it came with the data."""
    sets = project.pick_sets(dataset_id)
    picks = project.picks(sets[0].id, dataset_id).all() if sets else ()
    human = [pick for pick in picks if pick.provenance in SURE]
    told = (
        *((pick.record_id, pick.phase, pick.time) for pick in records.known_picks),
        *((pick.record, pick.phase, pick.time) for pick in sorted(human, key=lambda pick: -pick.time)),
    )
    return {record: time for record, phase, time in told if phase == "P"}


def draw_starts(
    drawn: NDArray[np.float64],
    arrivals: Sequence[float | None],
    n_samples: NDArray[np.int64],
    samples: int,
    rate: float,
) -> NDArray[np.int64]:
    """First sample (n,) of a window of ``samples`` in each record of ``n_samples`` (n,).

    ``drawn`` (n,) are random numbers of 0 to 1, ``arrivals`` in s. A record without one is cut anywhere; windows stay
    within their record where it is long enough.
    """
    first, last = round(EARLIEST * samples), round(LATEST * (samples - 1))
    inside = first + np.floor(drawn * (last - first + 1)).astype(np.int64)
    most = np.maximum(n_samples - samples, 0)
    starts = np.floor(drawn * (most + 1)).astype(np.int64)
    for row, time in enumerate(arrivals):
        if time is not None:
            starts[row] = round(time * rate) - inside[row]
    limited: NDArray[np.int64] = np.clip(starts, 0, most)
    return limited
