"""Accepting predictions and filling between sections: what becomes a label, with which provenance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seisgui.errors import InputError
from seisgui.interpretation.classes import FaciesClass, Source
from seisgui.interpretation.facies import FaciesLabels
from seisgui.interpretation.project import Project
from seisgui.interpretation.runs import RunRecord
from seisgui.learning.review import accept, between_sections, propagate, translated
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(10, 1, 9), LineAxis(100, 1, 60), SampleAxis(0.0, 4.0, 50))
LINE = SectionRef(Orientation.INLINE, 12)


@pytest.fixture
def labels(tmp_path: Path) -> FaciesLabels:
    amplitude = np.random.default_rng(0).normal(size=AXES.shape).astype(np.float32)
    write_segy(tmp_path / "survey.sgy", amplitude, AXES)
    with Project.create(tmp_path / "area.seisproj") as project:
        project.add_volume(tmp_path / "survey.sgy")
        found = project.labels()
        found.add_classes([(None, "sand", None), (None, "shale", None)])
        yield found


def prediction() -> np.ndarray:
    """Class 0 left, 1 right; confidence rising with the sample; the last ten samples are not predicted."""
    stored = np.zeros((3, 60, 50), np.uint8)
    stored[0, 30:] = 1
    stored[0, :, 40:] = 255
    stored[1] = np.linspace(0, 255, 50).astype(np.uint8)
    return stored


def test_only_the_confident_part_is_accepted_and_human_labels_stay(labels: FaciesLabels):
    labels.paint(LINE, 0, 38, np.ones((5, 2), bool), 1)
    edit = accept(labels, LINE, prediction(), 0.75)
    classes, provenance = labels.section(LINE)
    confident = (prediction()[1] >= 0.75 * 255) & (prediction()[0] != 255)
    assert ((classes >= 0) == confident).all()
    assert (classes[:5, 38:40] == 1).all()
    assert set(np.unique(provenance[:5, 38:40] & 7)) == {int(Source.HUMAN)}
    rest = confident.copy()
    rest[:5, 38:40] = False
    assert (classes[rest] == prediction()[0][rest]).all()
    assert set(np.unique(provenance[rest] & 7)) == {int(Source.ACCEPTED)}
    assert edit is not None
    labels.project.journal.undo()
    assert (labels.section(LINE)[0] >= 0).sum() == 10


def test_a_lasso_and_a_class_narrow_what_is_accepted(labels: FaciesLabels):
    area = np.zeros((60, 50), bool)
    area[20:40, 30:45] = True
    accept(labels, LINE, prediction(), 0.0, area=area, class_id=1)
    classes, _ = labels.section(LINE)
    assert ((classes == 1) == (area & (prediction()[0] == 1))).all()
    assert not (classes == 0).any()


def test_nothing_confident_is_no_edit(labels: FaciesLabels):
    before = labels.project.journal.revision
    assert accept(labels, LINE, prediction(), 1.0) is None
    assert labels.project.journal.revision == before
    with pytest.raises(InputError, match="does not exist"):
        accept(labels, LINE, prediction(), 1.2)


def test_classes_of_another_label_set_are_matched_by_name(labels: FaciesLabels):
    classes = (FaciesClass(0, "Shale", "#111111"), FaciesClass(1, "sand", "#222222"))
    record = RunRecord("r", "facies", "forest", "2024", label_set_id="elsewhere", classes=classes)
    found = translated(prediction(), record, labels)
    sand, shale = (labels.class_named(name).id for name in ("sand", "shale"))
    assert set(np.unique(found[0, :30, :40])) == {shale}
    assert set(np.unique(found[0, 30:, :40])) == {sand}
    assert set(np.unique(found[0, :, 40:])) == {255}
    unknown = (FaciesClass(0, "salt", "#111111"), FaciesClass(1, "sand", "#222222"))
    with pytest.raises(InputError, match="no class salt"):
        translated(prediction(), RunRecord("r", "facies", "forest", "2024", classes=unknown), labels)


def test_a_body_that_moves_is_interpolated_between_its_places():
    first, second = (np.full((60, 50), -1, np.int16) for _ in range(2))
    first[10:20, 10:30], second[30:40, 10:30] = 3, 3
    halfway = between_sections(first, second, 1)[0]
    assert not (halfway == 3).any()  # two places that do not overlap claim nothing
    second[:] = -1
    second[14:24, 10:30] = 3
    halfway = between_sections(first, second, 1)[0]
    across = np.flatnonzero((halfway == 3).any(axis=1))
    assert (across[0], across[-1]) == (12, 21)
    assert set(np.unique(halfway)) == {-1, 3}


def test_propagation_is_one_undo_step_and_keeps_what_is_there(labels: FaciesLabels):
    refs = [SectionRef(Orientation.INLINE, number) for number in range(10, 19)]
    for ref in (refs[1], refs[5]):
        labels.paint(ref, 10, 10, np.ones((20, 20), bool), 0)
        labels.paint(ref, 30, 10, np.ones((20, 20), bool), 1)
    labels.paint(refs[3], 12, 12, np.ones((2, 2), bool), 1)
    propagate(labels, refs[5], refs[1])
    for ref in refs[2:5]:
        classes, provenance = labels.section(ref)
        assert (classes[31:49, 11:29] == 1).all()
        assert set(np.unique(provenance[31:49, 11:29] & 7)) == {int(Source.AUTO)}
    assert (labels.section(refs[3])[0][12:14, 12:14] == 1).all()
    assert (labels.section(refs[6])[0] == -1).all()
    labels.project.journal.undo()
    assert (labels.section(refs[2])[0] == -1).all()
    assert (labels.section(refs[3])[0] >= 0).sum() == 4


def test_pairs_that_cannot_be_filled_are_refused(labels: FaciesLabels):
    inline = [SectionRef(Orientation.INLINE, number) for number in (10, 11, 14)]
    with pytest.raises(InputError, match="not parallel"):
        propagate(labels, inline[0], SectionRef(Orientation.CROSSLINE, 110))
    with pytest.raises(InputError, match="lie 0 lines"):
        propagate(labels, inline[0], inline[1])
    labels.paint(inline[0], 5, 5, np.ones((9, 9), bool), 0)
    labels.paint(inline[2], 5, 5, np.ones((9, 9), bool), 1)
    with pytest.raises(InputError, match="share no labelled class"):
        propagate(labels, inline[0], inline[2])
