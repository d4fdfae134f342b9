"""A snapshot holds every label once, in the orientation it was painted in, with its source and amplitudes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from layered import amplitudes, axes, inline, make_project

from seisgui.errors import InputError
from seisgui.interpretation.facies import Source
from seisgui.learning.snapshot import snapshot
from seisgui.seismic.axes import Orientation, SectionRef

N_INLINE = 80


@pytest.fixture
def project(tmp_path: Path):
    with make_project(tmp_path, n_inline=N_INLINE, strokes=False) as project:
        yield project


def crossline(number: int) -> SectionRef:
    return SectionRef(Orientation.CROSSLINE, number)


def test_nothing_painted_is_said(project):
    with pytest.raises(InputError, match="no labels"):
        snapshot(project.labels(), project.open_volume())


def test_labels_and_raw_amplitudes_of_a_painted_section(project):
    labels, volume = project.labels(), project.open_volume()
    first, second = labels.classes[0].id, labels.classes[1].id
    labels.paint(inline(110), 5, 7, np.ones((10, 4), bool), first)
    labels.paint(inline(110), 40, 7, np.ones((2, 3), bool), second, Source.IMPORTED)
    (section,) = snapshot(labels, volume)
    assert section.ref == inline(110)
    expected = np.full((240, 72), -1)
    expected[5:15, 7:11], expected[40:42, 7:10] = first, second
    assert (section.classes == expected).all()
    assert section.classes.dtype == np.int16
    assert (section.source == np.where(expected == first, 1, np.where(expected == second, 4, 0))).all()
    assert section.amplitude == pytest.approx(amplitudes(N_INLINE)[10], abs=1e-6)
    assert section.axes == axes(N_INLINE)


def test_crossing_sections_share_no_label_unless_asked(project):
    labels, volume = project.labels(), project.open_volume()
    class_id = labels.classes[0].id
    labels.paint(inline(110), 20, 10, np.ones((30, 5), bool), class_id)
    labels.paint(crossline(330), 0, 40, np.ones((60, 5), bool), class_id)
    found = {part.ref: int(part.labelled.sum()) for part in snapshot(labels, volume)}
    assert found == {inline(110): 150, crossline(330): 300}
    inlines = {part.ref: int(part.labelled.sum()) for part in snapshot(labels, volume, "inline")}
    assert inlines == {inline(100 + i): 155 if i == 10 else 5 for i in range(60)}
    crosslines = snapshot(labels, volume, "crossline")
    assert {part.ref.number for part in crosslines} == set(range(320, 350))
    both = snapshot(labels, volume, "both")
    assert len(both) == 60 + 30
    assert sum(int(part.labelled.sum()) for part in both) == 2 * 450


def test_both_is_one_way_where_the_other_is_too_short(tmp_path: Path):
    with make_project(tmp_path, n_inline=10) as project:
        found = snapshot(project.labels(), project.open_volume(), "both")
        assert {part.ref.orientation for part in found} == {Orientation.INLINE}


def test_labels_of_a_slice_are_read_on_a_few_inlines(project):
    labels, volume = project.labels(), project.open_volume()
    slice_ref = SectionRef(Orientation.TIME, 80.0)
    labels.paint(slice_ref, 0, 50, np.ones((64, 30), bool), labels.classes[0].id)
    found = snapshot(labels, volume)
    assert {part.ref.orientation for part in found} == {Orientation.INLINE}
    assert [part.ref.number for part in found] == list(range(100, 164, 4))
    assert {int(part.labelled.sum()) for part in found} == {30}
    assert (np.flatnonzero(found[0].labelled.any(axis=0)) == [20]).all()


def test_an_unknown_orientation_is_refused(project):
    project.labels().paint(inline(), 0, 0, np.ones((3, 3), bool), project.labels().classes[0].id)
    with pytest.raises(InputError, match="orientation"):
        snapshot(project.labels(), project.open_volume(), "diagonal")
