"""Coordinates of traces from their headers, with the scalar of byte 71."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.trace_words import Words

SCALAR = 71
PAIRS = ((181, 185), (73, 77), (81, 85))  # CDP, source, receiver: the first that is filled in


def scale_factor(scalar: NDArray[np.integer]) -> NDArray[np.float64]:
    """Byte 71 as a factor: positive multiplies, negative divides, 0 means 1."""
    size = np.abs(scalar).astype(np.float64)
    return np.where(scalar > 0, size, 1.0 / np.where(scalar < 0, size, 1.0))


def coordinates_of(words: Words) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """X and y of every trace, (n_trace,) float64 each; None where no coordinate word is filled in."""
    factor = scale_factor(words[SCALAR])
    for x_byte, y_byte in PAIRS:
        if x_byte not in words:
            continue
        x, y = words[x_byte], words[y_byte]
        if x.any() or y.any():
            return x * factor, y * factor
    return None


def coordinate_words(words: Words) -> Words:
    """Copies of the words that ``coordinates_of`` uses."""
    pair = next((pair for pair in PAIRS if any(words[byte].any() for byte in pair)), PAIRS[0])
    return {byte: words[byte].copy() for byte in (SCALAR, *pair)}


def plane_through(
    rows: NDArray[np.integer], columns: NDArray[np.integer], values: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """The least-squares plane through ``values`` at nodes (rows, columns), evaluated on the whole grid ``shape``."""
    centre = values.mean()
    design = np.stack([np.ones(len(rows)), rows, columns], axis=1)
    offset, per_row, per_column = np.linalg.lstsq(design, values - centre, rcond=None)[0]
    across, along = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(centre + offset + per_row * across + per_column * along)
