"""The guard: a retrain that is clearly worse does not pass unseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.runs import RunRecord
from seisgui.learning.guard import Figure, compare_figures, compare_runs

SPLIT = {"kind": "blocked", "hold_out": ["crossline:443-538"], "gap": 65}
CLASSES = (FaciesClass(0, "else", "#111111"), FaciesClass(7, "salt", "#222222"))


def run(**accuracies: tuple[float, int]) -> RunRecord:
    """A scored run; keyword arguments are class names with accuracy and pixels."""
    ids = {entry.name: str(entry.id) for entry in CLASSES}
    per_class: dict[str, Any] = {ids[name]: {"accuracy": value, "n": n} for name, (value, n) in accuracies.items()}
    metrics = {"held_out": {"per_class": per_class}}
    return RunRecord("r", "facies", "forest", "2024", "d", "l", split=SPLIT, classes=CLASSES, metrics=metrics)


def test_a_class_that_got_clearly_worse_keeps_the_present_run():
    before = run(salt=(0.9, 20000), **{"else": (0.8, 50000)})
    after = run(salt=(0.7, 20000), **{"else": (0.85, 50000)})
    verdict = compare_runs(before, after)
    assert verdict.comparable
    assert not verdict.replace
    assert [entry.unit for entry in verdict.worse] == ["salt"]
    assert "salt: accuracy 0.90 → 0.70" in verdict.sentence


def test_scatter_of_a_few_pixels_is_no_verdict():
    assert compare_runs(run(salt=(0.9, 900)), run(salt=(0.75, 900))).replace
    assert compare_runs(run(salt=(0.9, 90000)), run(salt=(0.86, 90000))).replace
    assert not compare_runs(run(salt=(0.9, 90000)), run(salt=(0.84, 90000))).replace


def test_a_class_that_is_not_told_any_more_is_lost():
    verdict = compare_runs(run(salt=(0.9, 40000)), run(**{"else": (0.9, 40000)}))
    assert [(entry.unit, entry.after) for entry in verdict.worse] == [("salt", 0.0)]


def test_another_held_out_area_or_no_score_is_not_comparable():
    before, after = run(salt=(0.9, 40000)), run(salt=(0.2, 40000))
    moved = replace(after, split={**SPLIT, "hold_out": ["crossline:700-800"]})
    for other in (moved, replace(after, label_set_id="m"), replace(after, metrics={})):
        verdict = compare_runs(before, other)
        assert (verdict.comparable, verdict.replace, verdict.sentence) == (False, True, "")


def test_the_comparison_knows_no_task():
    before = {"P": (Figure("F1", 0.95, 300), Figure("picks that are true", 0.97, 300)), "S": (Figure("F1", 0.8, 300),)}
    after = {"P": (Figure("F1", 0.96, 300), Figure("picks that are true", 0.80, 300)), "S": (Figure("F1", 0.9, 300),)}
    verdict = compare_figures(before, after)
    assert [(entry.unit, entry.name) for entry in verdict.worse] == [("P", "picks that are true")]
    assert verdict.better == ("S",)
