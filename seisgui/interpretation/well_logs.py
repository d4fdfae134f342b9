"""Logs of wells on the samples of a seismic trace."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from seisgui.errors import InputError
from seisgui.interpretation.depth_time import DepthTime
from seisgui.interpretation.las import LEAST_SAMPLES
from seisgui.seismic.axes import SampleAxis

Values = NDArray[np.float64]

FINE = 8  # steps of the grid on which a log is filtered, for each seismic sample
PASSED = 0.8  # share of Nyquist that the anti-alias filter lets through
KNOWN = 0.5  # share of a sample's interval that the log must cover


def log_at_samples(
    depth: Values, log: Values, table: DepthTime, axis: SampleAxis, name: str = "The well"
) -> NDArray[np.float64]:
    """A log (n,) in measured depth on the samples of a trace, (axis.count,), NaN where it is not known.

    The log is put on a fine grid of two-way time, filtered (zero phase) below the Nyquist frequency of the seismic and
    then sampled, so that thin beds are averaged and not aliased. Raises ``InputError`` where fewer than 50 samples of
    the log are known, or none lies within the times of the trace.
    """
    known = np.isfinite(log)
    if int(known.sum()) < LEAST_SAMPLES:
        raise InputError(
            f"{name} has {int(known.sum())} known log samples; at least {LEAST_SAMPLES} are needed.",
            "Choose another curve.",
        )
    time = table.time_at(depth)
    step = axis.interval / FINE
    first, last = axis.start - 0.5 * axis.interval, axis.start + (axis.count - 0.5) * axis.interval
    if time[known].max() < first or time[known].min() > last:
        raise InputError(
            f"{name} lies at {time[known].min():,.0f} to {time[known].max():,.0f} ms, outside the seismic "
            f"({axis.start:,.0f} to {axis.last:,.0f} ms).",
            "Check the depth-time table and its units.",
        )
    fine = np.arange(first + 0.5 * step, last, step)
    values = np.interp(fine, time[known], log[known])
    gap = np.interp(fine, time, known.astype(np.float64), left=0.0, right=0.0) > KNOWN
    sections = signal.butter(4, PASSED / FINE, output="sos")
    smooth = signal.sosfiltfilt(sections, values, padtype="even", padlen=min(len(values) - 1, 8 * FINE))
    centres = np.arange(axis.count) * FINE + FINE // 2
    sampled = 0.5 * (smooth[centres] + smooth[centres - 1])
    covered = gap.reshape(axis.count, FINE).mean(axis=1)
    return np.where(covered >= KNOWN, sampled, np.nan)
