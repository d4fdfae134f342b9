"""Picks of a shot against the offsets of its records: which of them lie off the moveout, and what would lie on it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import HuberRegressor, LinearRegression, RANSACRegressor
from sklearn.svm import SVR

from seisgui.errors import InputError

Array = NDArray[np.float64]

HUBER, RANSAC = "huber", "ransac"
FITS = (HUBER, RANSAC)
EPSILON = {"P": 1.75, "S": 1.65}  # Huynh (2021)
USUAL_EPSILON = 1.75
PENALTY = {"P": 200.0, "S": 800.0}  # C of the support vectors, Huynh (2021)
USUAL_PENALTY = 200.0
LEAST = 6  # picks of a phase in a shot below which nothing is said of them
OUTSIDE = 3.0  # robust standard deviations from the moveout beyond which a pick is an outlier
LEAST_SPREAD = 2.0  # samples: no moveout is known better
TUBE = 0.02  # of the spread of times: what a support-vector regression does not mind


@dataclass(frozen=True, slots=True)
class Moveout:
    """What a shot's picks of one phase say together: arrays (n,) as the offsets and times given.

    ``fitted`` s is the robust moveout, ``spread`` s the robust standard deviation from it, ``outlier`` flags picks too
    far off, ``replaced`` s is the support-vector regression through the others at every offset.
    """

    fitted: Array
    spread: float
    outlier: NDArray[np.bool_]
    replaced: Array


def fit_moveout(
    offset: Array,
    time: Array,
    *,
    phase: str = "P",
    way: str = HUBER,
    outside: float = OUTSIDE,
    interval: float = 0.01,
    seed: int = 0,
    epsilon: float | None = None,
    penalty: float | None = None,
) -> Moveout | None:
    """Fit arrival times (n,) in s against offsets (n,) in m; None where there are too few to say anything.

    The robust fit ('huber' or 'ransac') is linear in the distance and in a hyperbola of it, so that direct, refracted
    and reflected arrivals can follow it. ``interval`` is that of the samples in s, ``epsilon`` of the Huber loss and
    ``penalty`` of the support vectors are those of the paper where they are not given.
    """
    if way not in FITS:
        raise InputError(f"{way!r} is no way to fit a moveout.", f"Choose {' or '.join(FITS)}.")
    distance = np.abs(np.asarray(offset, np.float64))
    times = np.asarray(time, np.float64)
    if len(times) < LEAST or np.ptp(distance) <= 0.0:
        return None
    terms = _terms(distance)
    fitted = _robust(terms, times, way, EPSILON.get(phase, USUAL_EPSILON) if epsilon is None else epsilon, seed)
    residual = times - fitted
    spread = max(1.4826 * float(np.median(np.abs(residual))), LEAST_SPREAD * interval)
    outlier = np.abs(residual) > outside * spread
    kept = ~outlier
    if kept.sum() < LEAST:
        return None
    replaced = _supported(distance, times, kept, PENALTY.get(phase, USUAL_PENALTY) if penalty is None else penalty)
    return Moveout(fitted, spread, outlier, replaced)


def _terms(distance: Array) -> Array:
    """Distance and its bend (n, 2), each of unit spread."""
    scale = max(float(distance.max()), 1e-9)
    near = distance / scale
    return np.stack([near, np.sqrt(near**2 + 0.05)], axis=1)


def _robust(terms: Array, times: Array, way: str, epsilon: float, seed: int) -> Array:
    centre, size = float(np.median(times)), max(float(np.ptp(times)), 1e-9)
    wanted = (times - centre) / size
    if way == RANSAC:
        model = RANSACRegressor(LinearRegression(), random_state=seed, min_samples=0.5, max_trials=200)
    else:
        model = HuberRegressor(epsilon=epsilon, alpha=1e-6, max_iter=1000)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a fit that is nearly there will do
            found: Array = model.fit(terms, wanted).predict(terms)
    except ValueError:  # nothing that most of them agree on
        found = np.full(len(times), float(np.median(wanted)))
    return centre + size * found


def _supported(distance: Array, times: Array, kept: NDArray[np.bool_], penalty: float) -> Array:
    """Support-vector regression of time on distance through the picks that are kept, at all distances."""
    scale, centre = max(float(distance.max()), 1e-9), float(times[kept].mean())
    size = max(float(np.ptp(times[kept])), 1e-9)
    model = SVR(C=penalty, epsilon=TUBE, gamma=2.0)
    model.fit(distance[kept, None] / scale, (times[kept] - centre) / size)
    found: Array = centre + size * model.predict(distance[:, None] / scale)
    return found
