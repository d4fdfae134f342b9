"""The classical pickers beside the network: STA/LTA finds an arrival, the AIC of the samples around it places it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.records import RecordSet

SHORT = (5, 10, 20)  # samples
LONG = (50, 100, 200)
LEAST = (1.5, 2.0, 3.0, 4.0, 6.0)  # ratio from which an arrival is picked
AROUND = (20, 40)  # samples on both sides of the trigger in which the AIC is looked at
NEAR = 3  # samples: what counts as right where the parameters are chosen
MOST = 400  # traces on which they are chosen
FALSE_COST = 0.5  # of a pick on an empty trace, in right ones


@dataclass(frozen=True, slots=True)
class ClassicalPicker:
    """STA/LTA windows ``short`` and ``long``, the ratio ``least`` and the reach of the AIC, all in samples."""

    short: int = 10
    long: int = 100
    least: float = 3.0
    around: int = 40

    @classmethod
    def chosen(cls, records: RecordSet, known: Mapping[int, float | None]) -> ClassicalPicker:
        """The parameters that put most picks within three samples of those ``known`` (s; None: an empty trace)."""
        indices = list(known)[:: -(-len(known) // MOST)]
        traces = read_vertical(records, indices)
        rate = records.table.rate[indices]
        true = [None if known[index] is None else float(known[index] or 0.0) for index in indices]
        best, merit = cls(), -np.inf
        for short, long in product(SHORT, LONG):
            ratios = [ratio_of(trace, short, long) for trace in traces]
            for least, around in product(LEAST, AROUND):
                picker = cls(short, long, least, around)
                found = [picker.place(trace, ratio) for trace, ratio in zip(traces, ratios, strict=True)]
                own = _merit(found, true, rate)
                if own > merit:
                    best, merit = picker, own
        return best

    def pick(self, records: RecordSet, indices: Sequence[int]) -> dict[int, float]:
        """Times (s) of the records on which something arrives."""
        found = {}
        for index, trace in zip(indices, read_vertical(records, indices), strict=True):
            sample = self.place(trace, ratio_of(trace, self.short, self.long))
            if sample is not None:
                found[index] = sample / float(records.table.rate[index])
        return found

    def place(self, trace: NDArray[np.float64], ratio: NDArray[np.float64]) -> int | None:
        """Sample of the arrival on a trace; None where the ratio of STA and LTA stays below the least one."""
        above = np.flatnonzero(ratio >= self.least)
        if not len(above):
            return None
        trigger = int(above[0])
        low, high = max(trigger - self.around, 0), min(trigger + self.around, len(trace))
        if high - low < 8:
            return trigger
        return low + int(np.argmin(aic_of(trace[low:high])))


def ratio_of(trace: NDArray[np.float64], short: int, long: int) -> NDArray[np.float64]:
    """STA/LTA (samples,) as ObsPy computes it."""
    from obspy.signal.trigger import classic_sta_lta

    if len(trace) <= long:
        return np.zeros(len(trace))
    return np.asarray(classic_sta_lta(trace, short, long), np.float64)


def aic_of(trace: NDArray[np.float64]) -> NDArray[np.float64]:
    """Akaike's criterion (samples,) of a noise part that ends and a signal part that begins at each sample."""
    from obspy.signal.trigger import aic_simple

    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.asarray(aic_simple(trace + 0.0), np.float64)
    return np.where(np.isfinite(found), found, np.inf)


def read_vertical(records: RecordSet, indices: Sequence[int]) -> list[NDArray[np.float64]]:
    """The last component of records (Z), without their mean; gaps are 0."""
    traces = []
    for index in indices:
        trace = records.read([index], 0, int(records.table.n_samples[index]))[0, -1].astype(np.float64)
        there = np.isfinite(trace)
        mean = trace[there].mean() if there.any() else 0.0
        traces.append(np.where(there, trace - mean, 0.0))
    return traces


def _merit(found: Iterable[int | None], true: Iterable[float | None], rate: NDArray[np.float64]) -> float:
    merit = 0.0
    for sample, time, hertz in zip(found, true, rate.tolist(), strict=True):
        if sample is None:
            continue
        if time is None:
            merit -= FALSE_COST
        elif abs(sample - round(time * hertz)) <= NEAR:
            merit += 1.0
    return merit
