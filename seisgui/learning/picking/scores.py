"""Scores of picks: precision, recall, F1 and residuals within a tolerance that is always told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

TOLERANCE_S = 0.1
Times = Mapping[Any, Iterable[float]]  # record -> times, in s
FAR = 1e6


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of one record: residuals (predicted minus true, s) of the pairs, picks and labels without a pair."""

    residuals: tuple[float, ...] = ()
    false: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class PhaseScores:
    """Scores of one phase. ``residual_*`` are of the pairs within ``tolerance``, in s; NaN where there are none.

    ``false_per_noise`` is the mean number of picks on a record without a label of this phase, NaN without such
    records (``n_noise``).
    """

    precision: float
    recall: float
    f1: float
    residual_mean: float
    residual_std: float
    true_positive: int
    false_positive: int
    false_negative: int
    n_true: int
    n_predicted: int
    false_per_noise: float
    n_noise: int
    tolerance: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def match(true: Iterable[float], predicted: Iterable[float], tolerance: float = TOLERANCE_S) -> Matched:
    """Pair labels and picks of one record and phase one to one, as many as possible, the nearest first."""
    labels, picks = np.sort(np.fromiter(true, float)), np.sort(np.fromiter(predicted, float))
    if not len(labels) or not len(picks):
        return Matched((), len(picks), len(labels))
    apart = picks[None, :] - labels[:, None]
    near = np.abs(apart) <= tolerance + 1e-9
    rows, columns = linear_sum_assignment(np.where(near, np.abs(apart), FAR))
    paired = near[rows, columns]
    residuals = apart[rows, columns][paired]
    return Matched(tuple(residuals.tolist()), len(picks) - len(residuals), len(labels) - len(residuals))


def match_maximum(
    true: Iterable[float], predicted: Iterable[tuple[float, float]], tolerance: float = TOLERANCE_S
) -> Matched:
    """The other count: of picks (time, probability) the surest alone counts, and a label is missed only where nothing
    was picked.
    """
    labels, picks = sorted(true), list(predicted)
    if not picks:
        return Matched((), 0, min(len(labels), 1))
    time = max(picks, key=lambda pick: pick[1])[0]
    residuals = [time - label for label in labels]
    nearest = min(residuals, key=abs, default=FAR)
    return Matched((nearest,)) if abs(nearest) <= tolerance + 1e-9 else Matched((), 1, 0)


def tally(true: Times, predicted: Times, tolerance: float = TOLERANCE_S) -> PhaseScores:
    """Scores of one phase over records; an outlying pick is one false positive and one false negative.

    Every record that was looked at is a key of ``true``, with no times where it has no label.
    """
    found = {key: match(times, predicted.get(key, ()), tolerance) for key, times in true.items()}
    return summarise(found, {key: not tuple(times) for key, times in true.items()}, tolerance)


def tally_maxima(
    true: Times, predicted: Mapping[Any, Iterable[tuple[float, float]]], tolerance: float = TOLERANCE_S
) -> PhaseScores:
    """As ``tally``, by the other count: one maximum a record, a miss only where nothing was picked."""
    found = {key: match_maximum(times, predicted.get(key, ()), tolerance) for key, times in true.items()}
    return summarise(found, {key: not tuple(times) for key, times in true.items()}, tolerance)


def shares_within(true: Times, predicted: Times, samples: int, rate: Mapping[Any, float]) -> float:
    """Share of the labels with a pick at most so many samples away; ``rate`` (Hz) by record."""
    found = {key: match(times, predicted.get(key, ()), samples / rate[key]) for key, times in true.items()}
    right = sum(len(matched.residuals) for matched in found.values())
    return _share(right, right + sum(matched.missed for matched in found.values()))


def summarise(found: Mapping[Any, Matched], empty: Mapping[Any, bool], tolerance: float) -> PhaseScores:
    """Scores of matched records; ``empty`` tells which have no label."""
    residuals = np.array([value for matched in found.values() for value in matched.residuals])
    false, missed = sum(matched.false for matched in found.values()), sum(matched.missed for matched in found.values())
    noise = [matched.false for key, matched in found.items() if empty[key]]
    return scores_of(residuals, false, missed, tolerance, noise)


def scores_of(
    residuals: NDArray[np.float64], false: int, missed: int, tolerance: float, noise: Iterable[int] = ()
) -> PhaseScores:
    """Scores from the residuals (n,) of the true positives and the counts of the others."""
    right, on_noise = len(residuals), list(noise)
    return PhaseScores(
        precision=_share(right, right + false),
        recall=_share(right, right + missed),
        f1=_share(2 * right, 2 * right + false + missed),
        residual_mean=float(np.mean(residuals)) if right else float("nan"),
        residual_std=float(np.std(residuals)) if right else float("nan"),
        true_positive=right,
        false_positive=false,
        false_negative=missed,
        n_true=right + missed,
        n_predicted=right + false,
        false_per_noise=_share(sum(on_noise), len(on_noise)) if on_noise else float("nan"),
        n_noise=len(on_noise),
        tolerance=tolerance,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
