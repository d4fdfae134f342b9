"""Records of any length under sliding windows, whose probabilities are averaged into one curve without seams."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seisgui.learning.picking.normalise import FloatArray
from seisgui.learning.picking.picker_model import PickerModel
from seisgui.learning.picking.requests import STEP

Read = Callable[[int, int], FloatArray]  # first sample, count -> (n, component, count)
EDGE, RAMP = 50, 100  # samples at both ends of a window that do not count, and that count less


@dataclass(frozen=True, slots=True)
class Stitching:
    """How windows lie: ``samples`` long, ``step`` apart, weights from 0 at ``edge`` to 1 after ``ramp`` samples."""

    samples: int
    step: int
    edge: int = EDGE
    ramp: int = RAMP

    @classmethod
    def of(cls, model: PickerModel, step: int | None = None) -> Stitching:
        """A quarter of a window apart, or as asked; never so far that a sample would be left out."""
        edge = min(EDGE, model.samples // 16)
        widest = model.samples - 2 * edge - 1
        return cls(model.samples, min(step or round(STEP * model.samples), widest), edge, min(RAMP, 2 * edge))

    def starts(self, length: int) -> NDArray[np.int64]:
        """First samples of the windows over ``length`` samples: the last one ends with them."""
        if length <= self.samples:
            return np.zeros(1, np.int64)
        last = length - self.samples
        regular = np.arange(0, last, self.step, dtype=np.int64)
        return np.append(regular, last)

    def weights(self, count: int) -> FloatArray:
        """Weight (count,) of every sample of a window; the ends of a record have little else to go by."""
        from_end = np.minimum(np.arange(count), np.arange(count)[::-1])
        found = np.clip((from_end - self.edge + 1) / max(self.ramp, 1), 1e-4, 1.0)
        return found.astype(np.float32)


def stitch_steps(
    model: PickerModel, read: Read, rows: int, length: int, stitching: Stitching
) -> Generator[tuple[int, FloatArray], None, None]:
    """Probabilities of records (``rows``, component, ``length``) that ``read`` hands out, from their first sample on.

    Yields ``(first, probability (n, n_phase, count))``, stretch after stretch without gaps or overlap. Only a few
    windows are held at a time, whatever the length. Where a record has no samples, noise is certain.
    """
    samples = min(stitching.samples, length)
    starts, weights = stitching.starts(length), stitching.weights(samples)
    noise = model.phases.index("N") if "N" in model.phases else None
    total = weight = there = None
    begin, place, at_once = 0, 0, max(1, model.at_once // rows)
    while place < len(starts):
        some = starts[place : place + at_once]
        place += len(some)
        end = int(some[-1]) + samples
        values = read(int(some[0]), end - int(some[0]))
        total, weight, there = _grown(total, weight, there, values, len(model.phases), end - begin)
        windows = np.stack([values[..., first : first + samples] for first in (some - some[0]).tolist()])
        told = model.predict_windows(windows.reshape(-1, *windows.shape[2:]))
        told = told.reshape(*windows.shape[:2], *told.shape[1:])
        for first, probability in zip((some - begin).tolist(), told, strict=True):
            total[..., first : first + samples] += probability * weights
            weight[first : first + samples] += weights
        final = (int(starts[place]) if place < len(starts) else length) - begin
        done = total[..., :final] / weight[:final]
        _silence(done, there[:, :final], noise)
        yield begin, done
        total, weight, there = total[..., final:], weight[final:], there[:, final:]
        begin += final


def _grown(
    total: FloatArray | None,
    weight: FloatArray | None,
    there: NDArray[np.bool_] | None,
    values: FloatArray,
    n_phase: int,
    count: int,
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Sums, weights and where samples are, carried on to ``count`` samples, the last of which are ``values``."""
    sums = np.zeros((len(values), n_phase, count), np.float32)
    weights, known = np.zeros(count, np.float32), np.zeros((len(values), count), np.bool_)
    if total is not None and weight is not None and there is not None:
        sums[..., : total.shape[-1]], weights[: len(weight)], known[:, : there.shape[-1]] = total, weight, there
    known[:, count - values.shape[-1] :] |= np.isfinite(values).any(axis=1)
    return sums, weights, known


def _silence(probability: FloatArray, there: NDArray[np.bool_], noise: int | None) -> None:
    """Nothing arrives where nothing was recorded."""
    rows, samples = np.nonzero(~there)
    probability[rows, :, samples] = 0.0
    if noise is not None:
        probability[rows, noise, samples] = 1.0
