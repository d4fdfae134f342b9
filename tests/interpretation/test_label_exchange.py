"""Labels from files and back into files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from small_survey import AXES, CROSSLINE, INLINE, block, write_survey

from seisgui.errors import InputError, LockedError
from seisgui.interpretation.exchange import export_labels, import_labels, inspect_labels, read_mask
from seisgui.interpretation.facies import FaciesLabels, Source
from seisgui.interpretation.palettes import DRAMSCH2018
from seisgui.interpretation.project import Project
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.segy import open_volume

F3 = SectionRef(Orientation.INLINE, 339)


@pytest.fixture
def f3(tmp_path: Path, f3_line: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "f3") as made:
        made.add_volume(f3_line)
        yield made


def test_the_label_file_of_f3_comes_in_as_the_digitised_mask(f3: Project, f3_labels: Path, shared_data: Path):
    started = time.perf_counter()
    report = import_labels(f3, f3_labels)
    f3.wait_saved()
    assert time.perf_counter() - started < 2.0
    assert (report.points, report.duplicates, report.outside, report.conflicts) == (158_812, 17_701, 244, 0)
    assert report.points - report.duplicates == 141_111
    assert report.labelled == 140_989
    assert report.names_assumed
    assert report.classes == {number: name for number, (name, _) in enumerate(DRAMSCH2018)}
    labels = f3.labels()
    classes, provenance = labels.section(F3)
    truth = np.load(shared_data / "facies" / "f3_inline339_9class.npz")["labels"].T
    assert np.array_equal(classes, truth)
    assert set(np.unique(provenance[classes >= 0])) == {int(Source.IMPORTED)}
    assert [str(entry.ref) for entry in labels.labelled_sections()] == ["inline 339"]
    f3.journal.undo()
    assert labels.classes == []
    assert (labels.section(F3)[0] == -1).all()
    f3.journal.redo()
    assert np.array_equal(labels.section(F3)[0], truth)


def test_class_names_can_be_given(f3: Project, f3_labels: Path):
    report = import_labels(f3, f3_labels, class_map={0: "background", 7: "Zechstein"})
    assert (report.classes[0], report.classes[7], report.classes[8]) == ("background", "Zechstein", "steep dips")
    assert {item.id: item.name for item in f3.labels().classes} == report.classes


def test_names_that_exist_are_used_and_ids_are_not_taken_twice(f3: Project, f3_labels: Path):
    labels = f3.labels()
    labels.add_class("Salt")
    labels.add_class("gas chimney")
    report = import_labels(f3, f3_labels)
    assert report.ids[7] == 0
    assert report.ids[0] not in {0, 1}
    assert labels.class_counts()[0] == 7377
    assert len(labels.classes) == 10


def test_a_label_file_can_be_looked_at_before(f3_labels: Path):
    found = inspect_labels(f3_labels)
    assert found.format == "malenov"
    assert sum(found.counts.values()) == 158_812
    assert found.names[7] == "salt"
    assert found.names_assumed


def test_labels_that_were_there_are_counted_when_overwritten(f3: Project, f3_labels: Path):
    labels = f3.labels()
    labels.add_class("mine")
    labels.paint(F3, 100, 100, np.ones((100, 100), bool), 0)
    report = import_labels(f3, f3_labels)
    assert 0 < report.overwritten < 10_000
    f3.journal.undo()
    assert labels.class_counts() == {0: 10_000}


@pytest.fixture
def painted(labels: FaciesLabels) -> FaciesLabels:
    """Labels on two inlines and a crossline, three classes."""
    labels.paint(INLINE, 3, 5, block(20, 30), 0)
    labels.paint(SectionRef(Orientation.INLINE, 104), 10, 40, block(9, 20), 1)
    labels.paint(CROSSLINE, 1, 2, block(9, 9), 2)
    return labels


@pytest.mark.parametrize("name", ["out.ixz", "out.csv", "out.npz", "out.sgy", "classes"])
def test_what_goes_out_comes_back_the_same(project: Project, painted: FaciesLabels, tmp_path: Path, name: str):
    report = export_labels(project, tmp_path / name)
    assert report.points == sum(painted.class_counts().values())
    names = {item.id: item.name for item in painted.classes} if name == "out.ixz" else None
    back = import_labels(project, tmp_path / name, label_set="back", class_map=names)
    assert (back.points, back.duplicates, back.outside, back.conflicts) == (report.points, 0, 0, 0)
    other = project.labels("back")
    assert other.class_counts() == painted.class_counts()
    assert {item.id: item.name for item in other.classes} == {item.id: item.name for item in painted.classes}
    for number in AXES.inline.numbers:
        ref = SectionRef(Orientation.INLINE, int(number))
        assert np.array_equal(other.section(ref)[0], painted.section(ref)[0])
    assert not list(tmp_path.glob(".*"))


def test_colours_travel_in_csv_npz_and_beside_segy(project: Project, painted: FaciesLabels, tmp_path: Path):
    painted.recolour_class(1, "#abcdef")
    for name in ("out.csv", "out.npz", "out.sgy"):
        export_labels(project, tmp_path / name)
        import_labels(project, tmp_path / name, label_set=name)
        assert project.labels(name).facies_class(1).colour == "#abcdef"


def test_an_exported_class_volume_has_the_headers_of_the_survey(
    project: Project, painted: FaciesLabels, tmp_path: Path, survey_file: Path
):
    export_labels(project, tmp_path / "out.sgy")
    volume = open_volume(tmp_path / "out.sgy")
    assert volume.axes == AXES
    section = volume.section(INLINE)
    assert np.array_equal(section, painted.section(INLINE)[0])
    volume.close()


def test_masks_are_read_as_whole_sections(project: Project, painted: FaciesLabels, tmp_path: Path):
    export_labels(project, tmp_path / "out.npz")
    sections = dict(read_mask(tmp_path / "out.npz", AXES))
    assert all(ref.orientation is Orientation.INLINE for ref in sections)
    assert np.array_equal(sections[INLINE], painted.section(INLINE)[0])


def test_a_mask_of_a_crossline_is_read_as_a_crossline(tmp_path: Path):
    values = np.full((12, 70), -1)
    values[2:5, 10:20] = 4
    np.savez(
        tmp_path / "xl.npz",
        labels=values,
        inline=AXES.inline.numbers,
        crossline=np.array(320),
        t_ms=AXES.sample.values,
    )
    ((ref, section),) = read_mask(tmp_path / "xl.npz", AXES)
    assert ref == CROSSLINE
    assert np.array_equal(section, values)


def test_the_real_masks_are_read(shared_data: Path, f3_line: Path):
    axes = open_and_close(f3_line)
    ((ref, section),) = read_mask(shared_data / "facies" / "f3_inline339_9class.npz", axes)
    assert (ref, int((section >= 0).sum())) == (F3, 140_989)
    axes = open_and_close(shared_data / "segy" / "penobscot_il1075-1092_int8.sgy")
    sections = read_mask(shared_data / "facies" / "penobscot_il1075-1092_8class.npz", axes)
    assert [ref.number for ref, _ in sections] == list(range(1075, 1093))
    assert all((section >= 0).all() for _, section in sections)
    axes = open_and_close(shared_data / "segy" / "penobscot_xl1155.sgy")
    ((ref, section),) = read_mask(shared_data / "facies" / "penobscot_xl1155_il1075-1092_trueamp_labels.npz", axes)
    assert ref == SectionRef(Orientation.CROSSLINE, 1155)
    assert np.flatnonzero((section >= 0).any(axis=1)).tolist() == list(range(75, 93))


def open_and_close(path: Path) -> VolumeAxes:
    volume = open_volume(path)
    volume.close()
    return volume.axes


def test_rows_given_twice_and_rows_that_disagree_are_counted(project: Project, tmp_path: Path):
    file = tmp_path / "p.ixz"
    rows = ["110 310 40 0"] * 2 + ["110 311 40 1", "110 311 40 2", "110 312 999 1", "111 312 40 1", "110 312 40 1"]
    file.write_text("\n".join(rows))
    report = import_labels(project, file, class_map={0: "a", 1: "b", 2: "c"})
    # two rows are doubled; one lies below the last sample and one between two inlines
    assert (report.points, report.duplicates, report.outside, report.conflicts) == (7, 2, 2, 1)
    classes, _ = project.labels().section(INLINE)
    assert classes[10:13, 10].tolist() == [0, 2, 1]


def test_one_file_a_class_in_the_malenov_way(project: Project, tmp_path: Path):
    folder = tmp_path / "points"
    folder.mkdir()
    (folder / "multi_salt_ilxl.pts").write_text("110 310 40\n110 311 40\n")
    (folder / "multi_low_amp_dips_ilxl.pts").write_text("110 320 40\n")
    report = import_labels(project, folder)
    assert report.classes == {4: "low amplitude dips", 7: "salt"}
    single = import_labels(project, folder / "multi_salt_ilxl.pts", label_set="one")
    assert single.classes == {7: "salt"}
    assert project.labels("one").class_counts() == {7: 2}


def test_csv_may_name_its_classes_instead_of_numbering_them(project: Project, tmp_path: Path):
    file = tmp_path / "p.csv"
    file.write_text("IL;XL;TWT;Facies\n110;310;40;salt\n110;311;40;chalk\n110;312;40;salt\n")
    report = import_labels(project, file)
    assert report.classes == {0: "chalk", 1: "salt"}
    assert project.labels().class_counts() == {0: 1, 1: 2}


def test_import_names_its_step_and_goes_into_a_new_label_set(project: Project, painted: FaciesLabels, tmp_path: Path):
    export_labels(project, tmp_path / "out.csv")
    import_labels(project, tmp_path / "out.csv", label_set="second")
    assert project.journal.undo_text == "Import out.csv"
    assert {info.name for info in project.label_sets()} == {"default", "second"}


BAD_TEXT = {
    "empty.ixz": (b"", "is empty"),
    "comment.ixz": (b"# nothing here\n", "is empty"),
    "columns.ixz": (b"110 310\n110 311\n", "2 columns"),
    "ragged.ixz": (b"110 310 40 1\n110 310 44 1\n110 310 48\n", "line 3 has 3 columns"),
    "words.ixz": (b"110 310 40 1\n110 salt 44 1\n", "line 2"),
    "nan.ixz": (b"110 310 40 1\n110 310 nan 1\n", "point 2"),
    "fraction.ixz": (b"110 310 40 1.5\n", "no class id"),
    "large.ixz": (b"110 310 40 300\n", "300 in point 1 is no class id"),
    "elsewhere.ixz": (b"9000 310 40 1\n9001 310 40 1\n", "None of the 2 points"),
    "unlabelled.ixz": (b"110 310 40 -1\n", "holds no labels"),
    "binary.ixz": (bytes(range(256)) * 10, "no text file"),
    "header.csv": (b"a,b,c\n1,2,3\n", "are needed"),
    "short.csv": (b"inline,crossline,time,class\n110,310,40\n", "line 2 has 3 columns"),
    "word.csv": (b"inline,crossline,time,class\n110,x,40,1\n", "line 2: 'x' is no number"),
    "bare.csv": (b"inline,crossline,time,class\n", "no points"),
    "text.npz": (b"PK this is no archive", "no npz file"),
    "picture.sgy": (b"\x89PNG\r\n\x1a\n" + bytes(5000), ""),
}


@pytest.mark.parametrize("name", BAD_TEXT)
def test_a_bad_label_file_is_told_in_a_sentence_and_changes_nothing(project: Project, tmp_path: Path, name: str):
    data, sentence = BAD_TEXT[name]
    (tmp_path / name).write_bytes(data)
    revision = project.journal.revision
    with pytest.raises(InputError) as caught:
        import_labels(project, tmp_path / name)
    assert sentence in caught.value.sentence
    assert name.split(".")[0] in caught.value.sentence
    assert project.journal.revision == revision
    assert project.label_sets() == []


def bad_npz(kind: str) -> dict[str, np.ndarray]:
    good = {
        "labels": np.zeros((40, 70), dtype=np.int16),
        "inline": np.array(110),
        "crossline": AXES.crossline.numbers,
        "t_ms": AXES.sample.values,
    }
    changes = {
        "no labels": {"labels": np.array("text")},
        "no axis": {"t_ms": np.array("text")},
        "misfit": {"labels": np.zeros((41, 70))},
        "ambiguous": {"labels": np.zeros((40, 40)), "t_ms": AXES.sample.values[:40]},
        "amplitudes": {"labels": np.linspace(0, 1, 2800).reshape(40, 70)},
        "large ids": {"labels": np.full((40, 70), 1000)},
        "elsewhere": {"inline": np.array(9)},
    }
    return good | changes[kind]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("no labels", "no array 'labels'"),
        ("no axis", "no axis 't_ms'"),
        ("misfit", "does not fit the axes"),
        ("ambiguous", "cannot be told apart"),
        ("amplitudes", "holds fractions"),
        ("large ids", "class ids are 0 to 254"),
        ("elsewhere", "None of the 2,800 points"),
    ],
)
def test_a_bad_mask_is_told_in_a_sentence(project: Project, tmp_path: Path, kind: str, sentence: str):
    np.savez(tmp_path / "m.npz", **bad_npz(kind))
    with pytest.raises(InputError) as caught:
        import_labels(project, tmp_path / "m.npz")
    assert sentence in caught.value.sentence
    with pytest.raises(InputError):
        read_mask(tmp_path / "m.npz", AXES)


def test_an_order_makes_equal_lengths_clear(project: Project, tmp_path: Path):
    values = np.full((1, 40, 40), 3)
    values[0, :, 30:] = -1
    arrays = bad_npz("ambiguous") | {"labels": values, "order": np.array("inline crossline t_ms")}
    np.savez(tmp_path / "m.npz", **arrays)
    import_labels(project, tmp_path / "m.npz")
    classes, _ = project.labels().section(INLINE)
    assert (classes[:, :30] == 3).all()
    assert (classes[:, 30:] == -1).all()


def test_a_seismic_volume_is_no_class_volume(project: Project, survey_file: Path):
    with pytest.raises(InputError, match="fractions"):
        import_labels(project, survey_file)


def test_bad_requests_are_told_in_a_sentence(project: Project, labels: FaciesLabels, tmp_path: Path):
    with pytest.raises(InputError, match="does not exist"):
        import_labels(project, tmp_path / "nowhere.ixz")
    (tmp_path / "a.ixz").write_text("110 310 40 1\n")
    with pytest.raises(InputError, match="no label format"):
        import_labels(project, tmp_path / "a.ixz", format="shape")
    with pytest.raises(InputError, match="is empty"):
        export_labels(project, tmp_path / "out.csv")
    labels.paint(INLINE, 0, 0, block(), 1)
    with pytest.raises(InputError, match="no label format"):
        export_labels(project, tmp_path / "out.xyz")
    with pytest.raises(InputError, match="no folder"):
        export_labels(project, tmp_path / "none" / "out.csv")
    project.wait_saved()
    with Project.open(project.path, read_only=True) as looking, pytest.raises(LockedError):
        import_labels(looking, tmp_path / "a.ixz")


def test_an_export_that_fails_leaves_the_old_file(
    project: Project, painted: FaciesLabels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from seisgui.errors import FailureError
    from seisgui.interpretation import label_export

    out = tmp_path / "out.csv"
    out.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(label_export.os, "fsync", full)
    with pytest.raises(FailureError, match="No space left"):
        export_labels(project, out)
    assert out.read_text() == "old"
    assert not list(tmp_path.glob(".*"))


def test_a_class_volume_of_other_extent_lands_by_line_number(project: Project, tmp_path: Path):
    from seisgui.seismic.axes import LineAxis, SampleAxis
    from seisgui.seismic.segy_writer import write_segy

    axes = VolumeAxes(LineAxis(108, 2, 3), LineAxis(310, 1, 50), SampleAxis(20.0, 4.0, 100))
    values = np.full(axes.shape, -1.0, dtype=np.float32)
    values[1, :, 5:10] = 6
    write_segy(tmp_path / "part.sgy", values, axes)
    report = import_labels(project, tmp_path / "part.sgy")
    assert (report.points, report.outside, report.labelled) == (250, 100, 150)
    classes, _ = project.labels().section(INLINE)
    assert np.argwhere(classes == 6).min(axis=0).tolist() == [10, 10]
    assert np.argwhere(classes == 6).max(axis=0).tolist() == [39, 14]


def test_a_gather_file_of_another_survey_is_not_written(tmp_path: Path):
    with Project.create(tmp_path / "a") as project:
        project.add_volume(write_survey(tmp_path / "s.sgy"))
        with pytest.raises(InputError, match="is empty"):
            export_labels(project, tmp_path / "x.ixz")


@pytest.mark.parametrize("kind", ["u1", "i2", "f4"])
def test_255_means_unlabelled_in_masks(tmp_path: Path, kind: str):
    values = np.full((40, 70), 255).astype(kind)
    values[3, 4] = 2
    np.savez(tmp_path / "m.npz", **(bad_npz("elsewhere") | {"labels": values, "inline": np.array(110)}))
    ((_, section),) = read_mask(tmp_path / "m.npz", AXES)
    assert np.argwhere(section >= 0).tolist() == [[3, 4]]
