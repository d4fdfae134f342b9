"""What is exported of a run is what is kept of it: sections first, then the volume, block by block."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from seisgui.errors import FailureError, InputError
from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.project import Project
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning import predicted, stored
from seisgui.learning.export import export_prediction
from seisgui.learning.predicted import PredictedVolume
from seisgui.learning.slabs import SlabLayout
from seisgui.learning.volume_store import open_store, write_slab
from seisgui.seismic.axes import LineAxis, Orientation, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.export import ExportReport
from seisgui.seismic.progress import finish
from seisgui.seismic.segy import open_volume
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(100, 2, 45), LineAxis(300, 1, 12), SampleAxis(0.0, 4.0, 20))
RUN = "run"
OF_SAND = stored.probability_name(1)


@pytest.fixture
def project(tmp_path):
    """A project with a survey of 45 inlines and a run that has predicted nothing yet."""
    source = tmp_path / "survey.sgy"
    write_segy(source, np.ones(AXES.shape, dtype=np.float32), AXES, sample_format=5)
    with Project.create(tmp_path / "p.seisproj") as project:
        dataset = project.add_volume(source)
        classes = tuple(FaciesClass(number, name, "#808080") for number, name in enumerate(("salt", "sand", "shale")))
        write_run(project.run_folder(RUN), RunRecord(RUN, "facies", "forest", "2026", dataset.id, classes=classes))
        yield project


def prediction(seed: int = 0, names: int = 3) -> np.ndarray:
    """(n_name, n_inline, n_crossline, n_sample) uint8: class 0-2, and figures."""
    block = np.random.default_rng(seed).integers(0, 256, (names, *AXES.shape), dtype=np.uint8)
    block[stored.CLASS] %= 3
    return block


def keep_volume(project: Project, whole: np.ndarray, way: Orientation, slabs: range | None = None) -> None:
    """Write slabs of a prediction, all of them unless told otherwise."""
    layout = SlabLayout.of(AXES, way)
    names = (*stored.KINDS, OF_SAND)[: len(whole)]
    group = open_store(stored.volume_path(project, RUN, project.dataset().id), layout, names, "key")
    for slab in slabs or range(layout.slabs):
        part = whole[(slice(None), *layout.place(slab))]
        write_slab(group, slab, np.moveaxis(part, 1 + layout.axis, 1))


def keep_section(project: Project, ref: SectionRef, section: np.ndarray) -> Path:
    return stored.write_array(stored.prediction_path(project, RUN, ref, project.dataset().id), section)


def inlines_of(project: Project, beside: str | None = "entropy") -> np.ndarray:
    """(n_name, n_inline, n_crossline, n_sample) as it would be exported."""
    with PredictedVolume(project, RUN, project.dataset().id, AXES, beside) as found:
        return np.stack([found.inline(index) for index in range(AXES.inline.count)], axis=1)


def test_a_survey_begun_anew_while_it_is_read_is_not_taken_for_whole(project, monkeypatch):
    monkeypatch.setattr(predicted, "BLOCK_BYTES", 1)
    keep_volume(project, prediction(), Orientation.INLINE)
    layout = SlabLayout.of(AXES, Orientation.INLINE)
    with PredictedVolume(project, RUN, project.dataset().id, AXES) as found:
        found.inline(0)
        open_store(stored.volume_path(project, RUN, project.dataset().id), layout, stored.KINDS, "another")
        with pytest.raises(FailureError, match="was begun anew while it was read"):
            [found.inline(index) for index in range(1, AXES.inline.count)]


def export(project: Project, out: Path, *arguments: object, **wishes: object) -> ExportReport:
    return finish(export_prediction(project, RUN, out, *arguments, **wishes))


def samples_of(path: Path) -> np.ndarray:
    volume = open_volume(path)
    numbers = volume.axes.inline.numbers
    values = np.stack([volume.section(SectionRef(Orientation.INLINE, int(number))) for number in numbers])
    volume.close()
    return values


@pytest.mark.parametrize("way", [Orientation.INLINE, Orientation.CROSSLINE])
@pytest.mark.parametrize("block_bytes", [1, 3000, 1e9])
def test_a_volume_is_read_in_blocks_of_any_size(project, monkeypatch, way, block_bytes):
    monkeypatch.setattr(predicted, "BLOCK_BYTES", block_bytes)
    whole = prediction()
    keep_volume(project, whole, way)
    assert np.array_equal(inlines_of(project), whole[[stored.CLASS, stored.ENTROPY]])
    assert np.array_equal(inlines_of(project, None), whole[:1])


def test_inlines_in_any_order(project):
    whole = prediction()
    keep_volume(project, whole, Orientation.INLINE)
    with PredictedVolume(project, RUN, project.dataset().id, AXES) as found:
        for index in (44, 0, 17, 16, 15, 3, 44):
            assert np.array_equal(found.inline(index), whole[:1, index])


def test_slabs_that_are_not_whole_count_for_nothing(project, tmp_path):
    whole = prediction()
    keep_volume(project, whole, Orientation.INLINE, range(2, 5))
    rows = SlabLayout.of(AXES, Orientation.INLINE).thickness * np.array([2, 5])
    found = inlines_of(project, None)
    assert np.array_equal(found[:, slice(*rows)], whole[:1, slice(*rows)])
    assert (np.delete(found, np.arange(*rows), axis=1) == stored.NOT_PREDICTED).all()
    traces = int(rows[1] - rows[0]) * 12
    with pytest.raises(InputError, match=f"predicted {traces} of 540 traces"):
        export(project, tmp_path / "out.sgy")
    report = export(project, tmp_path / "out.sgy", partial=True)
    assert report.fraction_predicted == pytest.approx(traces / 540)
    assert np.array_equal(samples_of(tmp_path / "out.sgy"), found[0].view(np.int8))


def test_single_sections_go_before_the_volume_and_inlines_before_crosslines(project, tmp_path):
    whole, inline, across = prediction(0), prediction(1), prediction(2)
    keep_volume(project, whole, Orientation.INLINE, range(2))
    keep_section(project, SectionRef(Orientation.INLINE, 102), inline[:, 1])
    keep_section(project, SectionRef(Orientation.INLINE, 188), inline[:, 44])
    for column in range(12):
        keep_section(project, SectionRef(Orientation.CROSSLINE, 300 + column), across[:, :, column])
    expected = across.copy()
    of_volume = 2 * SlabLayout.of(AXES, Orientation.INLINE).thickness
    expected[:, :of_volume] = whole[:, :of_volume]
    expected[:, [1, 44]] = inline[:, [1, 44]]
    assert np.array_equal(inlines_of(project), expected[[stored.CLASS, stored.ENTROPY]])
    export(project, tmp_path / "out.sgy")
    assert np.array_equal(samples_of(tmp_path / "out.sgy"), expected[stored.CLASS])


def test_a_damaged_section_is_not_taken_for_predicted(project, tmp_path):
    keep_volume(project, prediction(), Orientation.INLINE, range(8))
    path = keep_section(project, SectionRef(Orientation.INLINE, 188), prediction()[:, 44])
    with PredictedVolume(project, RUN, project.dataset().id, AXES) as found:
        assert found.reached()[44].all()
        os.truncate(path, 200)
        with pytest.raises(FailureError, match="cannot be read any more"):
            found.inline(44)
    with PredictedVolume(project, RUN, project.dataset().id, AXES) as found:
        assert not found.reached()[44].any()


def test_sections_of_other_lines_and_shapes_are_left_alone(project):
    keep_section(project, SectionRef(Orientation.INLINE, 101), prediction()[:, 0])
    keep_section(project, SectionRef(Orientation.INLINE, 104), prediction()[:, 0, :5])
    with PredictedVolume(project, RUN, project.dataset().id, AXES) as found:
        assert not found.reached().any()


@pytest.mark.parametrize(("sample_format", "one"), [("ieee", 1.0), ("int8", 100), ("int16", 10000), ("ibm", 1.0)])
def test_the_probability_of_one_class(project, tmp_path, sample_format, one):
    whole = prediction(names=4)
    whole[stored.CLASS, 7] = stored.NOT_PREDICTED
    keep_volume(project, whole, Orientation.INLINE)
    keep_section(project, SectionRef(Orientation.INLINE, 100), prediction(1)[:, 0])
    export(project, tmp_path / "out.sgy", "probability", sample_format, class_id=1)
    expected = whole[3] * (one / 255)
    expected[7] = -1
    np.testing.assert_allclose(samples_of(tmp_path / "out.sgy"), expected, atol=0.5 if one > 1 else 1e-6)


def test_a_class_whose_probability_was_not_kept_is_refused(project, tmp_path):
    keep_volume(project, prediction(names=4), Orientation.INLINE)
    with pytest.raises(InputError, match="kept no probability of class 2"):
        export(project, tmp_path / "out.sgy", "probability", class_id=2)
    with pytest.raises(InputError, match="uncertainty is not of one class"):
        export(project, tmp_path / "out.sgy", "uncertainty", class_id=1)
    assert not (tmp_path / "out.sgy").exists()


def test_a_cancelled_export_ends_its_reader(project, tmp_path):
    keep_volume(project, prediction(), Orientation.INLINE)
    steps = export_prediction(project, RUN, tmp_path / "out.sgy")
    while next(steps).done < 20:
        pass
    steps.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.seisproj", "survey.sgy"]
