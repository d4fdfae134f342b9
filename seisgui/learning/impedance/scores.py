"""How well an impedance section is told: correlation and the true coefficient of determination."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from seisgui.errors import InputError

Grid = NDArray[np.floating]
Mask = NDArray[np.bool_]

LEAST_SAMPLES = 8  # of a trace that gets a score of its own
EDGE_HZ = 8.0  # lower edge of the band of usual seismic


@dataclass(frozen=True, slots=True)
class ImpedanceScores:
    """Scores over all samples together, and the median and worst trace.

    ``pcc`` is Pearson's correlation, ``r2`` = 1 - SSE / SST (Wang et al. 2022, equations 5 and 6); the column that
    the paper calls r² is ``pcc_squared``. A score is NaN where the truth is constant.
    """

    pcc: float
    r2: float
    pcc_squared: float
    pcc_median: float
    pcc_worst: float
    r2_median: float
    r2_worst: float
    traces: int
    samples: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def impedance_scores(truth: Grid, predicted: Grid, scored: Mask) -> ImpedanceScores:
    """Scores of ``predicted`` where ``scored``; all (n_trace, n_sample).

    Raises ``InputError`` where nothing is scored, or a scored sample was not predicted.
    """
    scored = scored & np.isfinite(truth)
    if not scored.any():
        raise InputError("No sample with a known impedance is left to be scored.", "Hold out other traces or wells.")
    if not np.isfinite(predicted[scored]).all():
        raise InputError("Some of the samples to be scored were not predicted.")
    pairs = [
        (truth[trace, mask].astype(np.float64), predicted[trace, mask].astype(np.float64))
        for trace, mask in enumerate(scored)
        if mask.sum() >= LEAST_SAMPLES
    ]
    all_truth, all_predicted = truth[scored].astype(np.float64), predicted[scored].astype(np.float64)
    correlations = np.array([pcc(*pair) for pair in pairs]) if pairs else np.array([np.nan])
    determinations = np.array([r2(*pair) for pair in pairs]) if pairs else np.array([np.nan])
    whole = pcc(all_truth, all_predicted)
    return ImpedanceScores(
        pcc=whole,
        r2=r2(all_truth, all_predicted),
        pcc_squared=whole**2,
        pcc_median=_of_known(np.median, correlations),
        pcc_worst=_of_known(np.min, correlations),
        r2_median=_of_known(np.median, determinations),
        r2_worst=_of_known(np.min, determinations),
        traces=len(pairs),
        samples=len(all_truth),
    )


def pcc(truth: Grid, predicted: Grid) -> float:
    """Pearson's correlation; NaN where one of the two is constant."""
    a, b = truth - truth.mean(), predicted - predicted.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0.0 else float("nan")


def r2(truth: Grid, predicted: Grid) -> float:
    """1 - SSE / SST; NaN where the truth is constant."""
    total = float(((truth - truth.mean()) ** 2).sum())
    return 1.0 - float(((truth - predicted) ** 2).sum()) / total if total > 0.0 else float("nan")


def high_passed(impedance: Grid, interval_ms: float, edge_hz: float = EDGE_HZ) -> NDArray[np.float64]:
    """The part above ``edge_hz`` of every trace (n_trace, n_sample), zero phase; NaN stays NaN.

    Holes are filled straight before filtering: a step to nothing would ring.
    """
    nyquist = 500.0 / interval_ms
    if not 0.0 < edge_hz < nyquist:
        raise InputError(
            f"An edge of {edge_hz:g} Hz makes no sense at {interval_ms:g} ms a sample.",
            f"Choose one below {nyquist:g} Hz.",
        )
    sections = signal.butter(2, edge_hz / nyquist, "high", output="sos")
    filled = filled_along_traces(impedance)
    result = np.full(filled.shape, np.nan)
    known = np.isfinite(filled).all(axis=1)
    if known.any():
        padding = min(filled.shape[1] - 1, 3 * int(nyquist / edge_hz) + 9)
        result[known] = signal.sosfiltfilt(sections, filled[known], axis=1, padlen=padding)
    return np.where(np.isfinite(impedance), result, np.nan)


def filled_along_traces(section: Grid) -> NDArray[np.float64]:
    """Holes of each trace filled straight between its known samples and level beyond; empty traces stay NaN."""
    filled = np.array(section, dtype=np.float64)
    places = np.arange(filled.shape[1])
    for trace in filled:
        known = np.isfinite(trace)
        if known.any() and not known.all():
            trace[~known] = np.interp(places[~known], places[known], trace[known])
    return filled


def _of_known(function: Any, values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(function(known)) if len(known) else float("nan")
