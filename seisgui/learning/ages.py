"""Relative geological time of the sections used last: taken once, used as network input and for smoothing."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Generator

import numpy as np

from seisgui.learning.stratigraphy import Flattening, relative_ages
from seisgui.seismic.volume import BoolArray, FloatArray

KEPT = 8
SMOOTHED_ALONG = 1  # which of the relative ages smoothing follows
LEAST_WEIGHT = 1e-4
_kept: OrderedDict[tuple[tuple[int, ...], bytes], FloatArray] = OrderedDict()


def ages_of(scaled: FloatArray) -> FloatArray:
    """``stratigraphy.relative_ages`` (3, n_lateral, n_sample) of a scaled section; shared, do not write to it."""
    scaled = np.ascontiguousarray(scaled)
    key = scaled.shape, hashlib.blake2b(scaled.tobytes(), digest_size=16).digest()
    ages = _kept.pop(key, None)
    if ages is None:
        ages = relative_ages(scaled)
    _kept[key] = ages
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return ages


def smoothed_steps(
    probabilities: FloatArray, live: BoolArray, ages: FloatArray, down: float, across: float, step: int
) -> Generator[float, None, FloatArray]:
    """Probabilities averaged along reflectors; yields the fraction done after every class.

    ``probabilities`` (n_class, ...) stand at every ``step``-th pixel of ``live`` and ``ages``; ``down`` and ``across``
    are standard deviations in samples and traces. Holes weigh nothing.
    """
    flattening = Flattening.of(ages[SMOOTHED_ALONG, ::step, ::step] / np.float32(step))
    down, across = max(down / step, 0.3), max(across / step, 0.3)
    weight = live[::step, ::step].astype(np.float32)
    share = np.maximum(flattening.average(weight, down, across), LEAST_WEIGHT)
    result = np.empty_like(probabilities)
    for number, plane in enumerate(probabilities):
        averaged = flattening.average(plane * weight, down, across) / share
        result[number] = np.where(share > 2 * LEAST_WEIGHT, averaged, plane)
        yield (number + 1) / len(probabilities)
    result /= np.maximum(result.sum(axis=0), 1e-6)
    return result
