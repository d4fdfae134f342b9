"""Difference of two runs, probability of one class: the arrays."""

from __future__ import annotations

import numpy as np

from seisgui.gui.views.predictions import PredictionStore
from seisgui.gui.views.review_planes import difference, matching, where_it_wins
from seisgui.learning.events import PartialPrediction
from seisgui.seismic.axes import Orientation, SectionRef

REF = SectionRef(Orientation.INLINE, 100)


def test_classes_of_two_runs_are_matched_by_name():
    one, other = matching({0: "Salt", 1: "sand"}, {0: "sand ", 5: "salt", 6: "shale"})
    assert one[0] == other[5]
    assert one[1] == other[0]
    assert other[6] not in set(one[:2].tolist())
    assert one[255] == other[255] == 255


def test_where_runs_differ_is_graded_by_the_less_sure_one():
    one = np.array([[[0, 0, 1, 255]], [[255, 255, 100, 0]]], np.uint8)
    other = np.array([[[0, 1, 0, 0]], [[255, 250, 255, 255]]], np.uint8)
    tables = matching({0: "a", 1: "b"}, {0: "a", 1: "b"})
    assert difference(one, other, tables).tolist() == [[255, 3, 1, 255]]
    swapped = matching({0: "a", 1: "b"}, {0: "b", 1: "a"})
    assert difference(one, other, swapped).tolist() == [[3, 255, 255, 255]]


def test_a_stored_prediction_tells_a_probability_only_where_the_class_wins():
    prediction = np.array([[[0, 1, 255]], [[255, 200, 0]]], np.uint8)
    assert where_it_wins(prediction, 0).tolist() == [[254, 255, 255]]
    assert where_it_wins(prediction, 1).tolist() == [[255, 200, 255]]


def test_probabilities_older_than_the_prediction_in_view_are_not_shown(tmp_path):
    store, told = PredictionStore(), []
    store.changed.connect(told.append)
    old = PartialPrediction("run", REF, 1, tmp_path, 3, "survey", "forest")
    store.put_probabilities(old, {0: np.zeros((2, 2), np.uint8), 1: np.ones((2, 2), np.uint8)})
    assert told == [REF], "told once for all classes"
    assert store.probability("run", REF, "survey", 1).tolist() == [[1, 1], [1, 1]]
    assert store.probability("run", REF, "survey", 2) is None
    newer = PartialPrediction("run", REF, 1, tmp_path, 4, "survey", "forest")
    store.put_array(newer, np.zeros((3, 2, 2), np.uint8))
    assert store.probability("run", REF, "survey", 1) is None
    store.forget("run")
    assert store.entry("run", REF, "survey") is None
