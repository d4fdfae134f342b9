"""What a prediction or a label set is held against, as value planes: arrays only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

ByteArray = NDArray[np.uint8]
CLASS, CONFIDENCE = 0, 1
NOTHING = 255
LEVELS = 4  # of how sure both runs are where they differ


def matching(one: Mapping[int, str], other: Mapping[int, str]) -> tuple[ByteArray, ByteArray]:
    """Two tables (256,) that take class ids of two runs to common numbers, by name; 255 stays 255."""
    places: dict[str, int] = {}
    tables = []
    for names in (one, other):
        table = np.full(256, NOTHING, dtype=np.uint8)
        for class_id, name in names.items():
            table[class_id] = places.setdefault(name.strip().casefold(), len(places))
        tables.append(table)
    return tables[0], tables[1]


def difference(one: ByteArray, other: ByteArray, tables: tuple[ByteArray, ByteArray]) -> ByteArray:
    """Where two predictions (3, n_lateral, n_vertical) name different classes: 0-3 by how sure the less sure one is.

    255 where they agree, or where one of them says nothing.
    """
    first, second = tables[0][one[CLASS]], tables[1][other[CLASS]]
    differs = (one[CLASS] != NOTHING) & (other[CLASS] != NOTHING) & (first != second)
    sure = np.minimum(one[CONFIDENCE], other[CONFIDENCE]) // (256 // LEVELS)
    return np.where(differs, sure, np.uint8(NOTHING))


def where_it_wins(prediction: ByteArray, class_id: int) -> ByteArray:
    """Probability of a class as far as a stored prediction tells it: where that class is the predicted one."""
    return np.where(prediction[CLASS] == class_id, np.minimum(prediction[CONFIDENCE], NOTHING - 1), np.uint8(NOTHING))
