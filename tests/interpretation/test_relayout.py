"""Header bytes corrected after painting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_survey import AXES, CROSSLINE, INLINE, block, write_survey

from seisgui.errors import InputError
from seisgui.interpretation.facies import FaciesClass
from seisgui.interpretation.project import Project
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.progress import finish
from seisgui.seismic.segy import SegyLayout, SegyVolume
from seisgui.seismic.segy_writer import write_segy

RIGHT = SegyLayout(inline_byte=189, crossline_byte=193)
SWAPPED = SegyLayout(inline_byte=193, crossline_byte=189)
NO_LINES = SegyLayout(kind="line")


def by_trace(project: Project) -> dict[tuple[int, int], int]:
    """Class of every labelled sample by (trace in the file, sample)."""
    volume, labels = project.open_volume(), project.labels()
    assert isinstance(volume, SegyVolume)
    found = {}
    for index, number in enumerate(volume.axes.inline.numbers):
        classes, _ = labels.section(SectionRef(Orientation.INLINE, int(number)))
        for x, z in np.argwhere(classes >= 0):
            found[int(volume.trace_index[index, x]), int(z)] = int(classes[x, z])
    return found


@pytest.mark.parametrize("wrong", [SWAPPED, NO_LINES])
def test_labels_land_on_the_same_traces(tmp_path: Path, wrong: SegyLayout):
    with Project.create(tmp_path / "a") as project:
        project.add_volume(write_survey(tmp_path / "s.sgy"), wrong)
        labels = project.labels()
        labels.add_classes([(None, "a", None), (None, "b", None)])
        ref = labels.axes.middle()
        width = labels.axes.section_shape(ref.orientation)[0]
        labels.paint(ref, 2, 5, block(width - 3, 20), 0)
        labels.paint(ref, 4, 50, block(3, 9), 1)
        before, wrong_axes = by_trace(project), labels.axes
        report = project.change_layout("s", RIGHT)
        assert (report.moved, report.lost, report.axes) == (len(before), 0, AXES)
        assert labels.axes == AXES == project.dataset().axes
        assert project.dataset().kind == "survey"
        assert by_trace(project) == before
        project.journal.undo()
        assert labels.axes == wrong_axes == project.open_volume().axes
        assert by_trace(project) == before
        project.journal.redo()
        assert by_trace(project) == before
    with Project.open(tmp_path / "a") as again:
        assert again.labels().axes == AXES
        assert by_trace(again) == before
        again.journal.undo()
        assert again.open_volume().axes == wrong_axes
        assert by_trace(again) == before
        again.journal.undo()
        assert len(by_trace(again)) == len(before) - (27 if wrong is SWAPPED else 0) or wrong is NO_LINES


def test_the_orientation_painted_in_turns_with_the_lines(tmp_path: Path):
    with Project.create(tmp_path / "a") as project:
        project.add_volume(write_survey(tmp_path / "s.sgy"), SWAPPED)
        labels = project.labels()
        labels.add_class("a")
        labels.paint(SectionRef(Orientation.INLINE, 320), 0, 0, block(), 0)  # truly a crossline
        assert [str(entry.ref) for entry in labels.labelled_sections()] == ["inline 320"]
        project.change_layout("s", RIGHT)
        assert [str(entry.ref) for entry in labels.labelled_sections()] == ["crossline 320"]
        assert (labels.section(CROSSLINE)[0][:8, :6] == 0).all()


def test_a_corrected_interval_keeps_the_sample(project: Project):
    labels = project.labels()
    labels.add_class("a")
    labels.paint(INLINE, 3, 10, block(), 0)
    project.change_layout("survey", SegyLayout(inline_byte=189, crossline_byte=193, interval=2.0, start=100.0))
    assert labels.axes.sample == SampleAxis(100.0, 2.0, 70)
    assert np.argwhere(labels.section(INLINE)[0] == 0).min(axis=0).tolist() == [3, 10]
    assert project.open_volume().axes.sample.interval == 2.0


def test_painting_goes_on_after_the_correction_and_everything_can_be_undone(tmp_path: Path):
    with Project.create(tmp_path / "a") as project:
        project.add_volume(write_survey(tmp_path / "s.sgy"), SWAPPED)
        labels = project.labels()
        labels.add_class("a")
        labels.paint(SectionRef(Orientation.INLINE, 320), 0, 0, block(), 0)
        project.change_layout("s", RIGHT)
        labels.paint(INLINE, 0, 30, block(), 0)
        assert labels.class_counts() == {0: 96}
        project.flush()
        project.wait_saved()
        with Project.open(project.path, read_only=True) as looking:
            assert looking.labels().class_counts() == {0: 96}
            assert looking.labels().axes == AXES
        for expected in (48, 48, 0):
            project.journal.undo()
            assert labels.class_counts() == {0: expected}
        project.journal.redo()
        project.journal.redo()
        assert [str(entry.ref) for entry in labels.labelled_sections()] == ["crossline 320"]


def test_a_reader_follows_the_correction(tmp_path: Path):
    with Project.create(tmp_path / "a") as project:
        project.add_volume(write_survey(tmp_path / "s.sgy"), SWAPPED)
        labels = project.labels()
        labels.add_class("a")
        labels.paint(SectionRef(Orientation.INLINE, 320), 0, 0, block(), 0)
        project.wait_saved()
        with Project.open(project.path, read_only=True) as looking:
            seen = looking.labels()
            project.change_layout("s", RIGHT)
            labels.paint(INLINE, 0, 30, block(), 0)
            project.wait_saved()
            assert [change.kind for change in seen.catch_up()] == ["layout", "labels"]
            assert seen.axes == AXES
            assert np.array_equal(seen.section(INLINE)[0], labels.section(INLINE)[0])
            assert looking.open_volume().axes == AXES


def test_labels_whose_trace_has_no_place_are_counted_and_come_back_by_undo(tmp_path: Path):
    live = np.ones(AXES.shape[:2], dtype=bool)
    live[5, 10:] = False
    with Project.create(tmp_path / "a") as project:
        project.add_volume(write_survey(tmp_path / "s.sgy", live=live))
        labels = project.labels()
        labels.add_class("a")
        labels.paint(INLINE, 0, 0, block(20, 10), 0)  # half of it where there are no traces
        report = project.change_layout("s", SWAPPED)
        assert (report.moved, report.lost) == (100, 100)
        project.journal.undo()
        assert labels.class_counts() == {0: 200}


def test_every_volume_of_the_dataset_must_fit(tmp_path: Path):
    with Project.create(tmp_path / "a") as project:
        square = VolumeAxes(LineAxis(1, 1, 12), LineAxis(1, 1, 12), AXES.sample)
        project.add_volume(write_survey(tmp_path / "near.sgy", square), SWAPPED)
        odd = write_survey(tmp_path / "far.sgy", square, line_bytes=(9, 21))
        project.add_volume(odd, SegyLayout(inline_byte=9, crossline_byte=21), dataset="near")
        with pytest.raises(InputError):
            project.change_layout("near", RIGHT)
        assert project.dataset().axes == square
        assert not project.journal.can_undo
        with pytest.raises(InputError):
            project.change_layout("near", SegyLayout(inline_byte=1, crossline_byte=9000))


def test_traces_that_share_a_node_do_not_pile_their_labels_up(tmp_path: Path):
    with Project.create(tmp_path / "a") as project:
        project.add_volume(write_survey(tmp_path / "s.sgy"))
        labels = project.labels()
        labels.add_class("a")
        labels.paint(INLINE, 0, 0, block(20, 10), 0)
        report = project.change_layout("s", SegyLayout(inline_byte=189, crossline_byte=189))
        assert report.moved + report.lost == 200
        assert report.moved == labels.class_counts()[0] <= 10
        project.journal.undo()
        assert labels.class_counts() == {0: 200}


def test_predictions_of_other_lines_are_forgotten(tmp_path: Path):
    with Project.create(tmp_path / "a") as project:
        project.add_volume(write_survey(tmp_path / "s.sgy"), SWAPPED)
        kept = project.prediction_folder("run") / "s" / "inline_105.npy"
        other = project.prediction_folder("run") / "t" / "inline_105.npy"
        for change in (lambda: project.change_layout("s", RIGHT), project.journal.undo):
            for file in (kept, other):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
            change()
            assert not kept.exists()
            assert other.exists()


def test_classes_to_begin_with_are_no_step_of_undo(tmp_path: Path):
    first = [FaciesClass(0, "sand", "#111111"), FaciesClass(1, "shale", "#eeeeee")]
    with Project.create(tmp_path / "a") as project:
        project.add_volume(write_survey(tmp_path / "s.sgy"))
        project.add_label_set(None, "mine", classes=first)
        labels = project.labels("mine")
        assert (labels.classes, project.journal.can_undo) == (first, False)
        assert labels.add_class("salt").id == 2
        project.journal.undo()
    with Project.open(tmp_path / "a") as again:
        assert again.labels("mine").classes == first


def test_a_file_whose_sampled_headers_misled_is_corrected_after_it_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SEISGUI_CACHE", str(tmp_path / "cache"))
    axes = VolumeAxes(LineAxis(50, 2, 120), LineAxis(900, 1, 200), SampleAxis(0.0, 4.0, 25))
    file, byte = tmp_path / "s.sgy", 3600 + (7 * 200 + 20) * (240 + 4 * 25) + 188
    write_segy(file, np.ones(axes.shape, np.float32), axes)
    with file.open("r+b") as out:  # one trace that no sample meets lies far off the survey
        out.seek(byte)
        out.write((400).to_bytes(4, "big"))
    with Project.create(tmp_path / "a") as project:
        project.add_volume(file)
        labels = project.labels()
        labels.add_class("a")
        labels.paint(SectionRef(Orientation.INLINE, 64), 15, 5, block(), 0)
        before = by_trace(project)
        volume = project.open_volume()
        assert isinstance(volume, SegyVolume)
        assert not finish(volume.confirm_steps())
    with Project.open(tmp_path / "a") as again:
        assert again.open_volume().axes == axes
        assert by_trace(again) == before
        report = again.change_layout("s", RIGHT)
        assert (report.moved, report.lost) == (len(before), 0)
        assert again.open_volume().axes.inline.last == 400
        assert by_trace(again) == before
