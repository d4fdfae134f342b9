"""Scores of a picker on the records that trained it and on those held out: whole records, as in prediction."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from seisgui.learning.events import Progress
from seisgui.learning.picking.gather_picks import gather_curves_steps, picks_of_curves
from seisgui.learning.picking.pick_data import NOISE, PickData, PickedRecord
from seisgui.learning.picking.pick_recipe import PickRecipe
from seisgui.learning.picking.picker_model import PickerModel
from seisgui.learning.picking.scores import shares_within, tally

MOST = 512  # records a side
TOLERANCE_SAMPLES = 10  # 0.1 s at 100 Hz
SAMPLES = (1, 3, 5)


def measure_steps(model: PickerModel, recipe: PickRecipe, data: PickData) -> Generator[Progress, None, dict[str, Any]]:
    """``training`` and ``held_out`` (None where nothing is) scores by phase, with their tolerance."""
    metrics: dict[str, Any] = {}
    for side, picked in (("training", data.training), ("held_out", data.held_out)):
        metrics[side] = None
        if any(each.times for each in picked):
            metrics[side] = yield from _side_steps(model, recipe, data, picked, side)
    best = metrics["held_out"] or {}
    return metrics | {phase: scores for phase, scores in best.items() if isinstance(scores, dict)}


def _side_steps(
    model: PickerModel, recipe: PickRecipe, data: PickData, picked: Sequence[PickedRecord], side: str
) -> Generator[Progress, None, dict[str, Any]]:
    table = data.records.table
    some = picked[:: -(-len(picked) // MOST)]
    indices = [each.index for each in some]
    curves = yield from gather_curves_steps(model, data.records, indices, f"Scoring {side.replace('_', '-')} records")
    found = picks_of_curves(curves, data.records, recipe)
    rate = {each.index: float(table.rate[each.index]) for each in some}
    tolerance = TOLERANCE_SAMPLES / model.rate
    scores: dict[str, Any] = {}
    for phase in model.phases:
        if phase == NOISE:
            continue
        # a record that others have this phase on, and this one not, tells nothing
        true = {each.index: each.times.get(phase, ()) for each in some if phase in each.times or each.empty}
        if not any(true.values()):
            continue
        times = {
            index: [round(pick.time * rate[index]) / rate[index] for pick in found.get(index, {}).get(phase, ())]
            for index in true
        }
        empty = [index for index, each in true.items() if not each]
        scores[phase] = {
            **tally(true, times, tolerance).to_json(),
            "within": {str(n): shares_within(true, times, n, rate) for n in SAMPLES},
            "empty_picked": sum(bool(times[index]) for index in empty) / len(empty) if empty else None,
        }
    f1 = {f"f1_{phase}": each["f1"] for phase, each in scores.items()}
    return {**scores, **f1, "accuracy": float(np.mean(list(f1.values()))), "tolerance": tolerance, "n": len(some)}
