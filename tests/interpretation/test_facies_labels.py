"""Painting, reading and counting labels."""

from __future__ import annotations

import numpy as np
import pytest
from small_survey import AXES, CROSSLINE, INLINE, TIME, block

from seisgui.errors import InputError, LockedError
from seisgui.interpretation.facies import FaciesLabels, Source
from seisgui.interpretation.project import Project
from seisgui.seismic.axes import Orientation, SectionRef


def test_a_stroke_is_seen_on_every_section_that_crosses_it(labels: FaciesLabels):
    labels.paint(INLINE, 18, 15, block(), 1)
    on_inline, provenance = labels.section(INLINE)
    assert on_inline.shape == (40, 70)
    assert on_inline.dtype == np.int16
    assert provenance.dtype == np.uint8
    assert (on_inline[18:26, 15:21] == 1).all()
    assert (on_inline >= 0).sum() == 48
    assert set(np.unique(provenance[on_inline >= 0])) == {int(Source.HUMAN)}
    on_crossline, _ = labels.section(CROSSLINE)
    assert on_crossline.shape == (12, 70)
    assert np.flatnonzero((on_crossline == 1).any(axis=1)).tolist() == [5]
    on_slice, _ = labels.section(TIME)
    assert on_slice.shape == (12, 40)
    assert np.argwhere(on_slice == 1)[:, 1].tolist() == list(range(18, 26))


def test_provenance_keeps_source_and_orientation_painted_in(labels: FaciesLabels):
    labels.paint(CROSSLINE, 2, 3, block(2, 2), 2, Source.ACCEPTED)
    labels.paint(TIME, 8, 5, block(2, 2), 0, Source.AUTO)
    _, on_crossline = labels.section(CROSSLINE)
    assert on_crossline[2, 3] == Source.ACCEPTED | (1 << 4)
    _, on_slice = labels.section(TIME)
    assert on_slice[8, 5] == Source.AUTO | (2 << 4)


def test_what_lies_outside_the_section_is_cut_off(labels: FaciesLabels):
    labels.paint(INLINE, -3, -2, block(8, 6), 1)
    labels.paint(INLINE, 36, 66, block(20, 20), 1)
    classes, _ = labels.section(INLINE)
    assert (classes[:5, :4] == 1).all()
    assert (classes[36:, 66:] == 1).all()
    assert (classes == 1).sum() == 20 + 16
    assert labels.paint(INLINE, 60, 5, block(), 1) is None


def test_neighbouring_lines_get_the_same_and_stop_at_the_edge(labels: FaciesLabels):
    first = SectionRef(Orientation.INLINE, 100)
    edit = labels.paint(first, 4, 4, block(3, 3), 1, neighbours=2)
    assert edit is not None
    painted = [ref.ref.number for ref in labels.labelled_sections()]
    assert painted == [100, 102, 104]
    assert edit.region.inline == (100, 104)
    assert edit.region.crossline == (304, 306)
    assert edit.region.sample == (16.0, 24.0)


def test_painting_can_be_restricted(labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(4, 4), 0)
    labels.paint(INLINE, 0, 0, block(8, 4), 1, restrict="unlabelled")
    assert labels.class_counts() == {0: 16, 1: 16, 2: 0}
    labels.paint(INLINE, 0, 0, block(8, 8), 2, restrict="class:1")
    assert labels.class_counts() == {0: 16, 1: 0, 2: 16}
    labels.paint(INLINE, 0, 0, block(8, 2), -1, restrict="class:0")
    assert labels.class_counts() == {0: 8, 1: 0, 2: 16}
    with pytest.raises(InputError, match="no restriction"):
        labels.paint(INLINE, 0, 0, block(), 1, restrict="everything")


def test_an_edit_that_changes_nothing_is_no_undo_step(project: Project, labels: FaciesLabels):
    labels.paint(INLINE, 3, 3, block(), 1)
    revision = project.journal.revision
    assert labels.paint(INLINE, 3, 3, block(), 1) is None
    assert labels.paint(INLINE, 30, 3, block(), -1) is None
    assert project.journal.revision == revision


def test_values_paint_several_classes_leave_and_erase(labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(3, 1), 2)
    labels.paint_values(INLINE, 0, 0, np.array([[0], [-1], [-2], [1]]), Source.ACCEPTED, "Accept")
    classes, provenance = labels.section(INLINE)
    assert classes[:4, 0].tolist() == [0, -1, 2, 1]
    assert provenance[:4, 0].tolist() == [Source.ACCEPTED, 0, Source.HUMAN, Source.ACCEPTED]


def test_a_class_that_does_not_exist_cannot_be_painted(labels: FaciesLabels):
    with pytest.raises(InputError, match="no class 7"):
        labels.paint(INLINE, 0, 0, block(), 7)


def test_a_window_of_a_section_equals_that_part_of_it(labels: FaciesLabels):
    labels.paint(INLINE, 10, 10, block(20, 50), 1)
    whole, provenance = labels.section(INLINE)
    part, part_provenance = labels.section_window(INLINE, slice(5, 17), slice(8, 1000))
    assert np.array_equal(part, whole[5:17, 8:])
    assert np.array_equal(part_provenance, provenance[5:17, 8:])


def test_counts_follow_painting_over_erasing_and_undo(project: Project, labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(10, 10), 0)
    labels.paint(CROSSLINE, 0, 0, block(12, 5), 1)  # crossline 320 lies outside the first stroke
    assert labels.class_counts() == {0: 100, 1: 60, 2: 0}
    labels.paint(SectionRef(Orientation.CROSSLINE, 305), 0, 0, block(12, 5), 2)
    sections = {str(section.ref): section.counts for section in labels.labelled_sections()}
    assert sections == {"inline 110": {0: 95}, "crossline 305": {2: 60}, "crossline 320": {1: 60}}
    project.journal.undo()
    sections = {str(section.ref): section.counts for section in labels.labelled_sections()}
    assert sections == {"inline 110": {0: 100}, "crossline 320": {1: 60}}


def test_class_ids_are_never_reused(project: Project, labels: FaciesLabels):
    added = labels.add_class("gas", "#AABBCC")
    assert (added.id, added.colour) == (3, "#aabbcc")
    project.journal.undo()
    assert [item.id for item in labels.classes] == [0, 1, 2]
    assert labels.add_class("oil").id == 4


def test_classes_are_renamed_recoloured_and_hidden_as_undoable_edits(project: Project, labels: FaciesLabels):
    labels.rename_class(1, "halite")
    labels.recolour_class(1, "#123456")
    labels.hide_class(1)
    item = labels.facies_class(1)
    assert (item.name, item.colour, item.hidden) == ("halite", "#123456", True)
    for _ in range(3):
        project.journal.undo()
    assert labels.facies_class(1).name == "salt"
    assert not labels.facies_class(1).hidden
    with pytest.raises(InputError, match="already"):
        labels.rename_class(1, "Chalk")
    with pytest.raises(InputError, match="not a colour"):
        labels.recolour_class(1, "red")


def test_merging_recodes_the_labels_and_undo_brings_both_back(project: Project, labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(5, 5), 1, Source.ACCEPTED)
    labels.paint(INLINE, 10, 0, block(5, 5), 2)
    before, _ = labels.section(INLINE)
    labels.merge_class(1, 2)
    classes, provenance = labels.section(INLINE)
    assert [item.id for item in labels.classes] == [0, 2]
    assert (classes[:5, :5] == 2).all()
    assert (provenance[:5, :5] == Source.ACCEPTED).all()
    assert labels.class_counts() == {0: 0, 2: 50}
    project.journal.undo()
    assert np.array_equal(labels.section(INLINE)[0], before)
    assert labels.class_counts() == {0: 0, 1: 25, 2: 25}


def test_removing_a_class_erases_its_labels(labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(5, 5), 1)
    labels.remove_class(1)
    assert (labels.section(INLINE)[0] == -1).all()
    assert labels.class_counts() == {0: 0, 2: 0}


def test_label_sets_are_apart(project: Project, labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(), 1)
    other = project.labels(project.add_label_set(None, "second look").id)
    assert other.class_counts() == {}
    other.add_class("mine")
    other.paint(INLINE, 0, 0, block(2, 2), 0)
    assert labels.class_counts()[1] == 48
    assert {info.name for info in project.label_sets()} == {"default", "second look"}
    with pytest.raises(InputError, match="already"):
        project.add_label_set(None, "default")


def test_a_read_only_project_refuses_paint(project: Project, labels: FaciesLabels):
    project.wait_saved()
    with Project.open(project.path, read_only=True) as looking, pytest.raises(LockedError, match="read-only"):
        looking.labels().paint(INLINE, 0, 0, block(), 1)


def test_axes_are_those_of_the_dataset(project: Project, labels: FaciesLabels):
    assert labels.axes == AXES == project.dataset().axes


def test_counts_taken_at_once_equal_those_kept_stroke_by_stroke(project: Project, labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(20, 30), 0)
    labels.paint(CROSSLINE, 0, 0, block(12, 50), 1)
    labels.paint(TIME, 3, 3, block(8, 30), 2, Source.AUTO)
    labels.paint(INLINE, 10, 15, block(9, 9), -1)
    kept = labels.labelled_sections()
    project.close()
    with Project.open(project.path) as again:
        assert again.labels().labelled_sections() == kept
        assert len(kept) == 3
