"""Has a retrain made it worse: held-out figures of two runs compared unit by unit, for every task (torch-free).

A unit is what a task scores apart: a facies class, a phase, a well. Pixels of one body are no independent witnesses,
so a drop counts as clear only where it is larger than what so many independent patches would scatter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seisgui.interpretation.runs import RunRecord

CLEAR_DROP = 0.05  # of a figure between 0 and 1, however many samples there are
PATCH_PIXELS = 400  # labelled pixels that stand for one independent witness: a patch of 20 x 20
KEPT_SPLIT = ("kind", "hold_out", "gap")


@dataclass(frozen=True, slots=True)
class Figure:
    """A held-out figure of one unit, the larger the better: ``value`` in 0-1, resting on ``witnesses`` of them."""

    name: str  # such as 'accuracy'
    value: float
    witnesses: float


@dataclass(frozen=True, slots=True)
class Worse:
    """One unit that has become clearly worse."""

    unit: str
    name: str
    before: float
    after: float

    def __str__(self) -> str:
        return f"{self.unit}: {self.name} {self.before:.2f} → {self.after:.2f}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``comparable`` is False where the two were not scored on the same held-out area: nothing can be said then."""

    comparable: bool
    worse: tuple[Worse, ...] = ()
    better: tuple[str, ...] = ()

    @property
    def replace(self) -> bool:
        """Whether the new run may take the place of the present one unasked."""
        return not self.worse

    @property
    def sentence(self) -> str:
        """What to tell; empty where nothing is wrong."""
        if not self.worse:
            return ""
        listed = "; ".join(str(entry) for entry in self.worse[:3])
        more = f" and {len(self.worse) - 3} more" if len(self.worse) > 3 else ""
        return f"The new run is clearly worse on held-out labels ({listed}{more}). The present one stays."


Figures = Mapping[str, tuple[Figure, ...]]


def compare_figures(before: Figures, after: Figures) -> Verdict:
    """Compare units that both have; one that the new run can no longer score counts as lost (value 0)."""
    worse, better = [], []
    for unit, figures in before.items():
        new = {figure.name: figure for figure in after.get(unit, ())}
        for figure in figures:
            found = new.get(figure.name, Figure(figure.name, 0.0, figure.witnesses))
            drop = figure.value - found.value
            if drop > clear_drop(figure, found):
                worse.append(Worse(unit, figure.name, figure.value, found.value))
            elif -drop > clear_drop(figure, found):
                better.append(unit)
    worse.sort(key=lambda entry: entry.after - entry.before)
    return Verdict(True, tuple(worse), tuple(dict.fromkeys(better)))


def clear_drop(before: Figure, after: Figure) -> float:
    """The drop that one standard error of the difference of two shares does not explain, at least 0.05."""
    variances = [
        max(figure.value * (1.0 - figure.value), 0.01) / max(figure.witnesses, 1.0) for figure in (before, after)
    ]
    return max(CLEAR_DROP, math.sqrt(sum(variances)))


def compare_runs(before: RunRecord, after: RunRecord) -> Verdict:
    """Compare two runs of one task; not comparable where task, dataset, label set or held-out area differ."""
    same = (before.task, before.dataset_id, before.label_set_id) == (after.task, after.dataset_id, after.label_set_id)
    split = all(before.split.get(name) == after.split.get(name) for name in KEPT_SPLIT)
    read = READERS.get(before.task)
    if not same or not split or read is None:
        return Verdict(False)
    figures = read(before), read(after)
    if not all(figures):
        return Verdict(False)
    return compare_figures(*figures)


def facies_figures(record: RunRecord) -> Figures:
    """Accuracy of every class on held-out labels; empty where the run was not scored."""
    held_out: dict[str, Any] = record.metrics.get("held_out") or {}
    names = {str(entry.id): entry.name for entry in record.classes}
    found: dict[str, tuple[Figure, ...]] = {}
    for class_id, scores in (held_out.get("per_class") or {}).items():
        value, n = scores.get("accuracy"), int(scores.get("n") or 0)
        if value is not None and n:
            found[names.get(class_id, class_id)] = (Figure("accuracy", float(value), n / PATCH_PIXELS),)
    return found


def pick_figures(record: RunRecord) -> Figures:
    """F1 and precision of every phase on held-out records, and the share of empty records left without a false pick."""
    found: dict[str, tuple[Figure, ...]] = {}
    for phase, scores in (record.metrics.get("held_out") or {}).items():
        if not isinstance(scores, dict) or not scores.get("n_true"):
            continue
        figures = [
            Figure("F1", float(scores["f1"]), float(scores["n_true"])),
            Figure("precision", float(scores["precision"]), float(max(scores["n_predicted"], 1))),
        ]
        if scores.get("empty_picked") is not None:
            figures.append(Figure("no false pick", 1.0 - float(scores["empty_picked"]), float(scores["n_noise"])))
        found[phase] = tuple(figures)
    return found


READERS: dict[str, Callable[[RunRecord], Figures]] = {"facies": facies_figures, "picking": pick_figures}
