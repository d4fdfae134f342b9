"""Brush strokes as an interpreter draws them: a few per class, along the layers, on one section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from seisgui.seismic.volume import BoolArray

BRUSH_TRACES, BRUSH_SAMPLES = 4, 3  # half axes of the elliptical brush
STROKE_TRACES = (20, 60)  # shortest and longest stroke


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke: a class, and the painted pixels as a mask at (lateral0, vertical0) of the section."""

    class_id: int
    lateral0: int
    vertical0: int
    mask: BoolArray


def strokes_of(truth: NDArray[np.integer], per_class: int = 3, seed: int = 0) -> list[Stroke]:
    """Strokes for every class of a section, classes in turn.

    Parameters
    ----------
    truth : (n_lateral, n_sample) integer
        What the interpreter sees; a stroke follows the middle of its class and stays clear of the borders.
    per_class : int
        Strokes a class, fewer where a class is too thin to paint.
    seed : int
        The same seed draws the same strokes.
    """
    random = np.random.default_rng(seed)
    brush = ellipse(BRUSH_TRACES, BRUSH_SAMPLES)
    drawn = []
    for class_id in (int(value) for value in np.unique(truth) if value >= 0):
        inside = ndimage.binary_erosion(truth == class_id, structure=brush, border_value=1)
        for _ in range(per_class):
            stroke = draw(inside, class_id, brush, random)
            if stroke is not None:
                drawn.append(stroke)
    return drawn


def ellipse(traces: int, samples: int) -> BoolArray:
    """(2 traces + 1, 2 samples + 1) mask of an ellipse with these half axes."""
    lateral, vertical = np.ogrid[-traces : traces + 1, -samples : samples + 1]
    return np.asarray((lateral / (traces + 0.5)) ** 2 + (vertical / (samples + 0.5)) ** 2 <= 1.0)


def draw(inside: BoolArray, class_id: int, brush: BoolArray, random: np.random.Generator) -> Stroke | None:
    """One stroke through ``inside``, the places where the brush touches this class only; None where there is none."""
    places = np.argwhere(inside)
    if not len(places):
        return None
    lateral, vertical = (int(value) for value in places[random.integers(len(places))])
    path = np.zeros_like(inside)
    for step in range(int(random.integers(*STROKE_TRACES))):
        if lateral + step >= inside.shape[0]:
            break
        near = np.flatnonzero(inside[lateral + step, max(vertical - 2, 0) : vertical + 3])
        if not near.size:
            break
        vertical = max(vertical - 2, 0) + int(near[len(near) // 2])
        path[lateral + step, vertical] = True
    painted = ndimage.binary_dilation(path, structure=brush)
    rows, columns = (np.flatnonzero(painted.any(axis=axis)) for axis in (1, 0))
    window = painted[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Stroke(class_id, int(rows[0]), int(columns[0]), np.ascontiguousarray(window))
