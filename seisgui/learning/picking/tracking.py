"""One arrival followed across a gather: a path through the probabilities that changes little from trace to trace."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SMOOTH = 0.7  # samples: standard deviation of the change of the arrival from one trace to the next
REJECT = 0.02  # probability near the path below which a trace is left without a pick
EVIDENCE = 0.4  # see ``evidence``: below it, too
REACH = 12  # samples that the path may go from one trace to the next
NEAR = 6  # samples on both sides of the path where a trace may bear it out
FLOOR = 1e-3  # probability below which a trace says nothing: it can veto no path
NEIGHBOURS = 3  # traces on both sides through which a straight moveout is laid
ROUNDS = 3  # of laying lines through what is near the last ones
LEAST_WEIGHT = 0.01  # of a trace without any probability in that
BEFORE, GAP, AFTER = 100, 5, 30  # samples in which amplitudes before and after the path are compared
LEAD, TAIL = 10, 40  # samples around the path that are compared with those of the neighbours


@dataclass(frozen=True, slots=True)
class Track:
    """The arrival on every trace: ``sample`` (n,) with a fraction, NaN where a trace is left without a pick.

    ``path`` (n,) is there on every trace; ``probability`` (n,) is the highest one near it, ``total`` (n,) their sum,
    ``uncertainty`` (n,) one standard deviation in samples.
    """

    sample: FloatArray
    path: FloatArray
    probability: FloatArray
    total: FloatArray
    uncertainty: FloatArray

    def borne_out(self, waveforms: NDArray[np.floating], least: float = EVIDENCE) -> Track:
        """The track without the picks whose ``evidence`` in the waveforms (n, samples) is less than ``least``."""
        kept = evidence(waveforms, self.path, self.total) >= least
        return replace(self, sample=np.where(kept, self.sample, np.nan))


def track(
    probability: NDArray[np.floating], *, smooth: float = SMOOTH, reject: float = REJECT, near: int = NEAR
) -> Track:
    """Follow the arrival across neighbouring traces with probabilities (n_trace, n_sample).

    The path has the highest sum of the logarithms of the probabilities, less half the square of its change from trace
    to trace in units of ``smooth`` samples. The pick lies on a straight line through what the neighbouring traces say
    within ``near`` samples of the path, weighted with their probabilities: what one trace says alone is noisier. A
    trace on which nothing near the path reaches ``reject`` gets no pick. NaN counts as nothing.
    """
    curves = np.nan_to_num(np.asarray(probability, np.float64), nan=0.0)
    n_trace, n_sample = curves.shape
    if not n_trace or not n_sample:
        empty = np.zeros(n_trace)
        return Track(np.full(n_trace, np.nan), empty, empty, empty, empty)
    path = best_path(np.log(curves + FLOOR), smooth)
    line = path.astype(np.float64)
    for _ in range(ROUNDS):  # the path takes corners short; what lies near it does not
        centre, height, total, width = _around(curves, np.round(line).astype(np.int64), near)
        line = local_lines(centre, height + LEAST_WEIGHT)
    return Track(np.where(height >= reject, line, np.nan), line, height, total, width)


def best_path(score: FloatArray, smooth: float) -> NDArray[np.int64]:
    """Sample (n_trace,) on every trace of the path with the highest sum of ``score`` (n_trace, n_sample).

    Each step of d samples costs (d / ``smooth``)^2 / 2.
    """
    n_trace, n_sample = score.shape
    reach = min(REACH, n_sample - 1)
    steps = np.arange(-reach, reach + 1)
    cost = 0.5 * np.square(steps / smooth)
    came = np.zeros((n_trace, n_sample), np.int32)
    total = score[0].copy()
    for trace in range(1, n_trace):
        held = np.pad(total, reach, constant_values=-np.inf)
        choices = np.lib.stride_tricks.sliding_window_view(held, len(steps)) - cost
        best = choices.argmax(axis=1)
        came[trace] = np.arange(n_sample) + steps[best]
        total = choices[np.arange(n_sample), best] + score[trace]
    path = np.zeros(n_trace, np.int64)
    path[-1] = int(total.argmax())
    for trace in range(n_trace - 1, 0, -1):
        path[trace - 1] = came[trace, path[trace]]
    return path


def local_lines(centre: FloatArray, weight: FloatArray, neighbours: int = NEIGHBOURS) -> FloatArray:
    """Values (n,) of straight lines through ``centre`` (n,) and its neighbours on both sides, with their weights."""
    offsets = np.arange(-neighbours, neighbours + 1)
    places = np.arange(len(centre))[:, None] + offsets
    inside = (places >= 0) & (places < len(centre))
    places = np.clip(places, 0, len(centre) - 1)
    share = np.where(inside, weight[places], 0.0)
    share /= share.sum(axis=1, keepdims=True)
    values = centre[places]
    mean, middle = (share * values).sum(axis=1), (share * offsets).sum(axis=1)
    away = offsets - middle[:, None]
    spread = (share * np.square(away)).sum(axis=1)
    slope = (share * away * (values - mean[:, None])).sum(axis=1) / np.maximum(spread, 1e-12)
    return np.asarray(mean - slope * middle)


def evidence(waveforms: NDArray[np.floating], path: FloatArray, total: FloatArray) -> FloatArray:
    """How sure it is that each trace (n, samples) has the arrival of a path (n,), as a sum of logarithms (n,).

    The probability near the path, the ratio of the amplitudes after it and before it, and how like the neighbours'
    traces around the path this one is (correlation, -1 to 1). 0 is a probability of 1 without any of the other two.
    """
    traces = np.nan_to_num(np.asarray(waveforms, np.float64), nan=0.0)
    start = np.round(path).astype(np.int64)
    after, before = _piece(traces, start, 0, AFTER), _piece(traces, start, -BEFORE, -GAP)
    louder = np.log(_rms(after) + 1e-12) - np.log(_rms(before) + 1e-12)
    return np.asarray(np.log(total + 0.05) + np.clip(louder, -3.0, 3.0) + likeness(_piece(traces, start, -LEAD, TAIL)))


def likeness(pieces: FloatArray, neighbours: int = NEIGHBOURS) -> FloatArray:
    """Correlation (n,) of each row with the mean of those beside it; 0 where there are none, or it is dead."""
    away = pieces - pieces.mean(axis=1, keepdims=True)
    size = np.sqrt(np.square(away).sum(axis=1, keepdims=True))
    unit = np.where(size > 0, away / np.where(size > 0, size, 1.0), 0.0)
    n = len(unit)
    beside = np.abs(np.arange(n)[:, None] - np.arange(n)) <= neighbours
    np.fill_diagonal(beside, val=False)
    mean = beside @ unit
    length = np.sqrt(np.square(mean).sum(axis=1))
    return np.asarray((unit * mean).sum(axis=1) / np.where(length > 0, length, 1.0))


def _piece(traces: FloatArray, start: NDArray[np.int64], first: int, last: int) -> FloatArray:
    """Samples [start + first, start + last) of each trace; those beyond its ends are the outermost ones."""
    places = np.clip(start[:, None] + np.arange(first, last), 0, traces.shape[1] - 1)
    return np.take_along_axis(traces, places, axis=1)


def _rms(pieces: FloatArray) -> FloatArray:
    return np.asarray(np.std(pieces, axis=1))


def _around(
    curves: FloatArray, path: NDArray[np.int64], near: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Centre, highest value, sum and standard deviation of the probability within ``near`` samples of the path."""
    offsets = np.arange(-near, near + 1)
    places = path[:, None] + offsets
    inside = (places >= 0) & (places < curves.shape[1])
    around = np.where(inside, np.take_along_axis(curves, np.clip(places, 0, curves.shape[1] - 1), axis=1), 0.0)
    total = around.sum(axis=1)
    weight = np.maximum(total, 1e-12)
    centre = (around * offsets).sum(axis=1) / weight
    spread = np.sqrt((around * np.square(offsets - centre[:, None])).sum(axis=1) / weight)
    return path + centre, around.max(axis=1), total, np.maximum(spread, 0.5)
