"""Scores are those of the textbook, and a class that one side lacks is neither 0 nor 1."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from seisgui.learning.metrics import confusion, facies_scores

pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@given(pairs)
def test_all_figures_agree_with_scikit_learn(drawn):
    truth, predicted = (np.array(values) for values in zip(*drawn, strict=True))
    present = sorted(set(truth.tolist()))
    scores = facies_scores(confusion(truth, predicted, range(4)), range(4))
    assert scores.pixel_accuracy == pytest.approx(sk.accuracy_score(truth, predicted))
    assert scores.mean_class_accuracy == pytest.approx(
        sk.recall_score(truth, predicted, labels=present, average="macro", zero_division=0)
    )
    iou = sk.jaccard_score(truth, predicted, labels=present, average=None, zero_division=0)
    assert scores.mean_iou == pytest.approx(iou.mean())
    counts = np.array([(truth == class_id).sum() for class_id in present])
    assert scores.frequency_weighted_iou == pytest.approx((iou * counts).sum() / counts.sum())
    f1 = sk.f1_score(truth, predicted, labels=present, average=None, zero_division=0)
    assert [scores.per_class[class_id].f1 for class_id in present] == pytest.approx(f1)


def test_confusion_has_true_classes_in_rows_in_the_order_asked_for():
    truth = np.array([[7, 7], [2, -1]])
    predicted = np.array([[7, 2], [2, 2]])
    assert confusion(truth, predicted, [7, 2]).tolist() == [[1, 1], [0, 1]]


def test_a_class_that_was_never_trained_is_left_out_of_every_figure():
    truth = np.array([0] * 8 + [5] * 92)
    predicted = np.array([0] * 6 + [1] * 2 + [1] * 92)
    scores = facies_scores(confusion(truth, predicted, [0, 1, 5]), [0, 1, 5], trained=[0, 1])
    assert scores.not_scorable == (1, 5)
    assert set(scores.per_class) == {0}
    assert scores.pixel_accuracy == scores.mean_class_accuracy == pytest.approx(6 / 8)
    assert scores.mean_iou == pytest.approx(6 / 8)
    assert (scores.n, scores.n_not_scorable) == (8, 92)


def test_a_trained_class_that_is_not_there_to_be_found_does_not_lift_the_mean():
    truth, predicted = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    two = facies_scores(confusion(truth, predicted, [0, 1]), [0, 1])
    three = facies_scores(confusion(truth, predicted, [0, 1, 2]), [0, 1, 2])
    assert three.mean_iou == two.mean_iou
    assert three.not_scorable == (2,)


def test_nothing_scorable_is_null_in_json_and_missing_in_the_summary():
    scores = facies_scores(np.zeros((2, 2), dtype=np.int64), [0, 1])
    assert json.loads(json.dumps(scores.to_json()))["mean_iou"] is None
    assert scores.summary() == {}


def test_json_names_classes_and_keeps_every_figure():
    document = facies_scores(np.array([[3, 1], [0, 4]]), [4, 9]).to_json()
    assert document["per_class"]["4"] == {"iou": 0.75, "accuracy": 0.75, "precision": 1.0, "f1": 6 / 7, "n": 4}
    assert {"pixel_accuracy", "mean_class_accuracy", "mean_iou", "frequency_weighted_iou"} <= document.keys()


def test_a_prediction_of_an_unknown_class_or_another_shape_is_refused():
    with pytest.raises(ValueError, match="not among"):
        confusion(np.array([0]), np.array([3]), [0, 1])
    with pytest.raises(ValueError, match="shape"):
        confusion(np.zeros((2, 2), int), np.zeros(3, int), [0])
