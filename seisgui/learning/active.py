"""What to label next, for every task: places that stand for many unsure ones like them, not neighbours of each other.

Plain mean uncertainty keeps choosing neighbours. Here every place is described by what it looks like and where it
lies, and the next one is that which brings the unsure places nearest to a label: facility location, weighted by
uncertainty (greedy, as Wei, Iyer and Bilmes, 2015, do it for active learning).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 12  # principal components of the appearance that are kept

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """One place chosen: ``gain`` is the share of all unsureness-weighted distance to labels that it takes away."""

    index: int
    gain: float


def described(appearance: NDArray[np.floating], position: NDArray[np.floating]) -> Array:
    """Appearance (n, f) and position (n, p) in one space (n, <= 12 + p), each of unit spread as a whole.

    Every column of the appearance counts alike, whatever its unit; a column that never varies does not count.
    """
    looks = np.asarray(appearance, dtype=np.float64)
    looks = (looks - looks.mean(axis=0)) / np.maximum(looks.std(axis=0), 1e-12)
    looks[:, np.ptp(np.asarray(appearance), axis=0) == 0] = 0.0
    left, strength, _ = np.linalg.svd(looks, full_matrices=False)
    kept = left[:, :COMPONENTS] * strength[:COMPONENTS]
    kept /= max(np.sqrt((kept**2).sum(axis=1).mean()), 1e-12)
    place = np.asarray(position, dtype=np.float64)
    place = (place - place.mean(axis=0)) / np.maximum(place.std(axis=0), 1e-12)
    return np.concatenate([kept, place], axis=1)


def choose(
    places: Array, uncertainty: NDArray[np.floating], labelled: Sequence[int], candidates: Sequence[int], count: int
) -> list[Choice]:
    """At most ``count`` of the ``candidates``, best first, each chosen as if those before it were labelled already.

    ``places`` (n, d) as ``described`` makes them, ``uncertainty`` (n,) not negative, ``labelled`` and
    ``candidates`` are indices into both. Without labels the most typical place comes first.
    """
    among = np.array(sorted({*labelled, *candidates}), dtype=np.int64)
    if not len(among):
        return []
    distance = np.linalg.norm(places[among][:, None] - places[among][None], axis=2)
    weight = np.asarray(uncertainty, dtype=np.float64)[among] + 1e-9
    column = {int(index): number for number, index in enumerate(among)}
    known = [column[index] for index in labelled]
    nearest = distance[:, known].min(axis=1) if known else np.full(len(among), distance.max() + 1e-9)
    whole = max(float(weight @ nearest), 1e-12)
    left = [index for index in dict.fromkeys(candidates) if index not in set(labelled)]
    chosen: list[Choice] = []
    while left and len(chosen) < count:
        gains = [float(weight @ np.maximum(nearest - distance[:, column[index]], 0.0)) for index in left]
        best = int(np.argmax(gains))
        index = left.pop(best)
        chosen.append(Choice(index, gains[best] / whole))
        nearest = np.minimum(nearest, distance[:, column[index]])
    return chosen
