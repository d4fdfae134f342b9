"""Agreement between two label sets."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from small_survey import INLINE, block, write_survey

from seisgui.errors import InputError
from seisgui.interpretation.facies import FaciesLabels
from seisgui.interpretation.label_comparison import AGREE, DISAGREE, NOT_COMPARED, compare_label_sets, disagreement
from seisgui.interpretation.project import Project


@pytest.fixture
def second(project: Project, labels: FaciesLabels) -> FaciesLabels:
    """Another person's labels: the same classes under other ids, and one more."""
    info = project.add_label_set(project.datasets()[0].id, "second look")
    made = project.labels(info.id)
    made.add_classes([(None, "Chalk", None), (None, "salt", None), (None, "else", None), (None, "channel", None)])
    return made


def painted(labels: FaciesLabels, seed: int, share: float) -> np.ndarray:
    """Names of the classes painted at random on an inline, '' where nothing is."""
    generator = np.random.default_rng(seed)
    values = generator.choice([entry.id for entry in labels.classes], size=(40, 70)).astype(np.int16)
    values[generator.random(values.shape) > share] = -1
    labels.paint_values(INLINE, 0, 0, values)
    names = {entry.id: entry.name.casefold() for entry in labels.classes} | {-1: ""}
    return np.vectorize(names.get)(values)


def test_agreement_and_kappa_are_those_of_scikit_learn(labels: FaciesLabels, second: FaciesLabels):
    one, other = painted(labels, 0, 0.6), painted(second, 1, 0.5)
    both = (one != "") & (other != "")
    found = compare_label_sets(labels, second)
    assert found.compared == both.sum()
    assert found.only_first == (one != "").sum() - both.sum()
    assert found.only_second == (other != "").sum() - both.sum()
    assert found.agreement == pytest.approx((one == other)[both].mean())
    assert found.kappa == pytest.approx(cohen_kappa_score(one[both], other[both]))
    salt = next(entry for entry in found.classes if entry.name == "salt")
    assert (salt.first, salt.second) == ((one[both] == "salt").sum(), (other[both] == "salt").sum())
    assert salt.both == ((one == "salt") & (other == "salt")).sum()
    assert found.to_json()["classes"][0]["name"] == "else"


def test_the_layer_shows_where_they_disagree(labels: FaciesLabels, second: FaciesLabels):
    salt, chalk = labels.class_named("salt").id, second.class_named("Chalk").id
    labels.paint(INLINE, 5, 5, block(10, 10), salt)
    second.paint(INLINE, 10, 5, block(10, 10), second.class_named("salt").id)
    second.paint(INLINE, 12, 5, block(1, 4), chalk)
    shown = disagreement(labels, second, INLINE, slice(0, 40), slice(0, 70))
    assert (shown == DISAGREE).sum() == 4
    assert (shown == AGREE).sum() == 50 - 4
    assert shown[12, 5] == DISAGREE
    assert shown[5, 5] == NOT_COMPARED
    part = disagreement(labels, second, INLINE, slice(10, 14), slice(5, 9))
    assert (part == shown[10:14, 5:9]).all()


def test_nothing_in_common_is_told(labels: FaciesLabels, second: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(3, 3), 0)
    found = compare_label_sets(labels, second)
    assert (found.compared, found.only_first, found.kappa) == (0, 9, None)
    assert found.sentence == "No voxel is labelled in both sets."


def test_one_class_alone_has_no_kappa(labels: FaciesLabels, second: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(3, 3), labels.class_named("salt").id)
    second.paint(INLINE, 0, 0, block(3, 3), second.class_named("salt").id)
    found = compare_label_sets(labels, second)
    assert (found.agreement, found.kappa) == (1.0, None)


def test_sets_of_different_datasets_are_refused(project: Project, labels: FaciesLabels, tmp_path):
    other = project.add_volume(write_survey(tmp_path / "other.sgy"), dataset="elsewhere")
    with pytest.raises(InputError, match="different datasets"):
        compare_label_sets(labels, project.labels(dataset_id=other.id))
