"""Scores of a picker on records with known arrivals, with noise added to them or not."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seisgui.learning.picking.augment import with_noise
from seisgui.learning.picking.normalise import FloatArray
from seisgui.learning.picking.peaks import find_picks
from seisgui.learning.picking.picker_model import BATCH, PickerModel
from seisgui.learning.picking.resampled import Resampled
from seisgui.learning.picking.scores import PhaseScores, tally, tally_maxima
from seisgui.learning.picking.stitched import Stitching, stitch_steps
from seisgui.learning.reproduce.huynh_plan import PHASES
from seisgui.seismic.progress import Progress
from seisgui.seismic.records import RecordSet

Picked = dict[str, dict[int, list[tuple[float, float]]]]  # phase -> record -> (time in s, probability)
Arrivals = Mapping[str, Mapping[int, Sequence[float]]]  # phase -> record -> times in s; all records are keys


@dataclass(frozen=True, slots=True)
class Rule:
    """How curves become picks, and picks scores: ``distance`` in samples, ``tolerance`` in s."""

    threshold: float
    distance: int
    tolerance: float


def arrivals_of(records: RecordSet, indices: Sequence[int]) -> dict[str, dict[int, list[float]]]:
    """Arrivals that came with the records, by phase and record."""
    found: dict[str, dict[int, list[float]]] = {phase: {index: [] for index in indices} for phase in PHASES}
    for pick in records.known_picks:
        index = records.table.index_of(pick.record_id)
        if pick.phase in found and index in found[pick.phase]:
            found[pick.phase][index].append(pick.time)
    return found


def pick_steps(
    model: PickerModel, records: RecordSet, indices: Sequence[int], rule: Rule, snr: float | None, seed: int
) -> Generator[Progress, None, Picked]:
    """Picks of whole records under sliding windows; ``snr`` in dB of noise that is added first."""
    found: Picked = {phase: {} for phase in PHASES}
    generator = np.random.default_rng(seed)
    for first in range(0, len(indices), BATCH):
        some = list(indices[first : first + BATCH])
        source = Resampled(records, some, model.rate, model.components)
        values = source.read(0, source.longest)
        if snr is not None:
            values = np.stack([with_noise(each, snr, generator) for each in values])
        curves = stitched(model, values)
        for phase in PHASES:
            for index, curve in zip(some, curves[:, model.index_of(phase)], strict=True):
                peaks = find_picks(curve, rule.threshold, rule.distance)
                times = (peaks.time / source.rate).tolist()
                found[phase][index] = list(zip(times, peaks.probability.tolist(), strict=True))
        yield Progress(first + len(some), len(indices), "scoring")
    return found


def stitched(model: PickerModel, values: FloatArray) -> FloatArray:
    """Curves of probability (n, n_phase, samples) of records (n, component, samples)."""
    steps = stitch_steps(
        model,
        lambda first, count: values[..., first : first + count],
        len(values),
        values.shape[-1],
        Stitching.of(model),
    )
    return np.concatenate([curve for _, curve in steps], axis=-1)


def score(picked: Picked, arrivals: Arrivals, tolerance: float) -> dict[str, dict[str, PhaseScores]]:
    """Both counts of the paper: 'count' (an outlying pick is false, and its label is missed), 'maximum' (one pick a
    record, a miss only where nothing was picked); of each the phases.
    """
    outcome: dict[str, dict[str, PhaseScores]] = {"count": {}, "maximum": {}}
    for phase in PHASES:
        times: dict[Any, list[float]] = {index: list(there) for index, there in arrivals[phase].items()}
        sure: dict[Any, list[tuple[float, float]]] = dict(picked[phase])
        outcome["count"][phase] = tally(times, {index: [time for time, _ in sure[index]] for index in sure}, tolerance)
        outcome["maximum"][phase] = tally_maxima(times, sure, tolerance)
    return outcome
