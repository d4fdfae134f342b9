"""Picks of some records at once, each by itself or followed across their gathers."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seisgui.learning.events import Progress
from seisgui.learning.picking.peaks import find_picks
from seisgui.learning.picking.pick_recipe import PickRecipe
from seisgui.learning.picking.picker_model import BATCH, PickerModel
from seisgui.learning.picking.resampled import Resampled
from seisgui.learning.picking.stitched import Stitching, stitch_steps
from seisgui.learning.picking.tracking import SMOOTH, track
from seisgui.seismic.records import SHOT, RecordSet


@dataclass(frozen=True, slots=True)
class CurvePick:
    """A pick on a record: ``time`` and ``uncertainty`` in s."""

    time: float
    probability: float
    uncertainty: float


@dataclass(frozen=True)
class Curves:
    """Probabilities of records by index: (n_arrival, samples) at ``rate`` Hz each, rows as ``phases``."""

    phases: tuple[str, ...]
    probability: dict[int, NDArray[np.float32]]
    rate: dict[int, float]


Found = dict[int, dict[str, list[CurvePick]]]  # by record, then phase


def gather_curves_steps(
    model: PickerModel, records: RecordSet, indices: Sequence[int], phrase: str = "Picking"
) -> Generator[Progress, None, Curves]:
    """Stitched probabilities of whole records that fit into memory together."""
    table = records.table
    curves = Curves(model.arrivals, {}, {})
    rows = [model.index_of(phase) for phase in model.arrivals]
    stitching = Stitching.of(model)
    alike: dict[tuple[float, int], list[int]] = {}
    for index in indices:
        alike.setdefault((float(table.rate[index]), int(table.n_samples[index])), []).append(index)
    done = 0
    for members in alike.values():
        for first in range(0, len(members), BATCH):
            some = members[first : first + BATCH]
            source = Resampled(records, some, model.rate, model.components)
            parts = []
            for _, probability in stitch_steps(model, source.read, len(some), source.longest, stitching):
                parts.append(probability[:, rows])
                yield Progress(done, len(indices), phrase)
            for index, curve in zip(some, np.concatenate(parts, axis=-1), strict=True):
                curves.probability[index], curves.rate[index] = curve, source.rate
            done += len(some)
    return curves


def picks_of_curves(curves: Curves, records: RecordSet, recipe: PickRecipe) -> Found:
    """Peaks above the threshold, or with ``recipe.track`` the arrival followed across each gather."""
    if recipe.track:
        return tracked_picks(curves, records, recipe)
    found: Found = {}
    for index, probability in curves.probability.items():
        rate = curves.rate[index]
        for phase, curve in zip(curves.phases, probability, strict=True):
            peaks = find_picks(curve, recipe.threshold, recipe.min_distance)
            picks = zip(peaks.time, peaks.probability, peaks.uncertainty, strict=True)
            found.setdefault(index, {})[phase] = [CurvePick(t / rate, float(p), u / rate) for t, p, u in picks]
    return found


def tracked_picks(curves: Curves, records: RecordSet, recipe: PickRecipe) -> Found:
    """One pick a record and phase at most, on a path across the gather; traces that bear out nothing have none."""
    found: Found = {index: {} for index in curves.probability}
    for members in gathers_of(curves.probability, records):
        rate = curves.rate[members[0]]
        longest = max(curves.probability[index].shape[-1] for index in members)
        waveforms = Resampled(records, members, rate, records.table.components).read(0, longest)[:, -1]
        smooth = recipe.track_smooth_ms * rate / 1000.0 or SMOOTH
        for row, phase in enumerate(curves.phases):
            gather = _level([curves.probability[index][row] for index in members])
            followed = track(gather, smooth=smooth, reject=recipe.track_reject)
            followed = followed.borne_out(waveforms, recipe.track_evidence)
            for place, index in enumerate(members):
                if np.isfinite(followed.sample[place]):
                    time, width = followed.sample[place] / rate, followed.uncertainty[place] / rate
                    pick = CurvePick(float(time), float(followed.probability[place]), float(width))
                    found[index].setdefault(phase, []).append(pick)
    return found


def gathers_of(probability: Mapping[int, object], records: RecordSet) -> list[list[int]]:
    """The records at hand by shot (or whatever they are grouped by), in the order in which they are shown."""
    by = SHOT if SHOT in records.groupings else records.groupings[0]
    groups = [[index for index in group.records.tolist() if index in probability] for group in records.groups(by)]
    return [members for members in groups if members]


def _level(curves: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Curves of one length (n, samples), the shorter ones ending in nothing."""
    longest = max(len(curve) for curve in curves)
    return np.stack([np.pad(curve, (0, longest - len(curve))) for curve in curves])
