"""Files that are odd, broken, or change under the window: a section, a question or a sentence, never a traceback."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from window_driver import WindowDriver

from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(100, 1, 6), LineAxis(300, 1, 80), SampleAxis(0.0, 4.0, 100))
LONG = VolumeAxes(LineAxis(100, 1, 40), AXES.crossline, AXES.sample)  # long enough to be harmed while predicted
JARGON = re.compile(r"Traceback|Error\b|Exception|errno|unexpected error|NoneType|0x[0-9a-f]+|<[a-z]", re.IGNORECASE)


@pytest.fixture(autouse=True)
def nothing_unforeseen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No log of the window's process says that something went wrong which nobody had thought of."""
    with caplog.at_level(logging.INFO):
        yield
    wrong = [record for record in caplog.get_records("call") if record.exc_info or record.levelno >= logging.ERROR]
    assert not wrong, [record.getMessage() for record in wrong]


def write_survey(path: Path, seed: int = 0, axes: VolumeAxes = AXES, sample_format: int = 5) -> Path:
    amplitude = np.random.default_rng(seed).normal(scale=500.0, size=axes.shape).astype(np.float32)
    write_segy(path, amplitude, axes, sample_format=sample_format)
    return path


def assert_clear(sentence: str, name: str) -> None:
    """A sentence a geophysicist understands, about this file."""
    assert name in sentence, sentence
    assert not JARGON.search(sentence), sentence
    assert sentence.rstrip().endswith((".", "!", "?")), sentence
    assert len(sentence.split()) >= 4, sentence


def open_whatever_comes(driver: WindowDriver, path: Path) -> str:
    """Open a file and agree with what the window proposes; 'section', 'gathers' or 'said', each checked."""
    heard = len(driver.heard)
    outcome = driver.open(path)
    if outcome == "dialog":
        dialog = driver.window.open_flow.dialog
        assert dialog.geometry_line.text()
        if not dialog.open_button.isEnabled():
            assert "cut off" in dialog.open_button.toolTip()
            dialog.repair.click()
        heard = len(driver.heard)
        driver.accept_dialog()
        driver.wait(lambda: len(driver.heard) > heard, 20)
    told = driver.heard[heard:]
    assert any(path.name in sentence or path.stem in sentence for sentence in told), told
    for sentence in told:
        assert not JARGON.search(sentence), sentence
    if outcome == "said":
        return "said"
    if outcome == "gathers" or any("pre-stack gathers" in sentence for sentence in told):
        assert any(dataset.kind == "gathers" for dataset in driver.state.project.datasets())
        return "gathers"
    driver.wait(lambda: driver.view.at_rest, 20)
    assert driver.view_says == ""
    assert np.isfinite(driver.view.amplitude).any()
    return "section"


def test_every_odd_file_opens_or_is_explained(open_window, shared_data, tmp_path):
    driver = open_window()
    outcomes = {}
    for source in sorted((shared_data / "segy_odd").iterdir()):
        outcomes[source.name] = open_whatever_comes(driver, Path(shutil.copy(source, tmp_path)))
        assert driver.window.isVisible()
    assert {name for name, outcome in outcomes.items() if outcome == "said"} == {"segyio_text.sgy"}
    gathers = {name for name, outcome in outcomes.items() if outcome == "gathers"}
    assert gathers == {f"segyio_{name}.sgy" for name in ("1x1", "1xN", "Mx1", "shot-gather", "small-ps")}
    assert len(outcomes) == 20


def broken_files(folder: Path) -> list[Path]:
    """Files that are no SEG-Y, or not all of one."""
    good = write_survey(folder / "good.sgy")
    empty = folder / "empty.sgy"
    empty.touch()
    picture = folder / "picture.sgy"
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    assert image.save(str(picture), "PNG")
    text = folder / "report.sgy"
    text.write_text("This is a report about inline 339, and no seismic.\n" * 400)
    zeros = folder / "zeros.sgy"
    zeros.write_bytes(bytes(20_000))
    header = folder / "header.sgy"
    header.write_bytes(good.read_bytes()[:3400])
    absurd = folder / "absurd.sgy"
    claim = bytearray(good.read_bytes()[:9000])
    claim[3220:3222] = claim[3600 + 114 : 3600 + 116] = b"\x7f\xff"  # samples a trace
    absurd.write_bytes(claim)
    npz = folder / "broken.npz"
    npz.write_bytes(b"PK\x03\x04 not an archive")
    return [empty, picture, text, zeros, header, absurd, npz, folder / "missing.sgy"]


def test_what_is_no_segy_is_said_in_a_sentence_and_the_next_file_opens(open_window, tmp_path):
    driver = open_window()
    good = 0
    for path in broken_files(tmp_path):
        heard = len(driver.heard)
        assert driver.open(path) == "said", path
        told = driver.heard[heard:]
        assert len(told) == 1, told
        assert_clear(told[0], path.name)
        good += 1
        assert driver.open(write_survey(tmp_path / f"next{good}.sgy", good)) == "section"
    assert sorted(path.stem for path in tmp_path.glob("*.seisproj")) == sorted(f"next{n + 1}" for n in range(good))


def test_a_truncated_file_is_repaired_only_when_the_user_says_so(open_window, tmp_path):
    driver = open_window()
    for kept in ("all but 100 bytes", "half"):
        path = write_survey(tmp_path / f"{kept.split()[0]}.sgy")
        os.truncate(path, path.stat().st_size - 100 if kept != "half" else path.stat().st_size // 2 - 1)
        before = driver.state.project
        assert driver.open(path) == "dialog"
        dialog = driver.window.open_flow.dialog
        assert not dialog.open_button.isEnabled()
        assert "the file is cut off" in dialog.problems.text()
        assert driver.state.project is before
        dialog.repair.click()
        driver.accept_dialog()
        driver.wait(lambda name=f"{path.stem}.seisproj": any(name in text for text in driver.heard), 20)
        driver.wait(lambda: driver.view.at_rest, 20)
        assert driver.view_says == ""
        assert np.isfinite(driver.view.amplitude).any()


# a file that changes while the window shows it


def removed(path: Path) -> None:
    path.unlink()


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def replaced(path: Path) -> None:
    """Another survey of other size and format under the same name."""
    axes = VolumeAxes(LineAxis(7, 1, 3), LineAxis(9, 1, 40), SampleAxis(0.0, 2.0, 60))
    write_survey(path.with_name("other.tmp"), 5, axes, 1).replace(path)


def replaced_by_text(path: Path) -> None:
    path.unlink()
    path.write_text("no seismic any more\n" * 3000)


HARM = [removed, truncated, emptied, replaced, replaced_by_text]


def paint_two_classes(driver: WindowDriver) -> None:
    driver.key(Qt.Key.Key_B)
    for key, sample in (("1", 80), ("2", 280)):
        driver.key(key)
        driver.stroke([(310, sample), (370, sample)])
    driver.wait_saved()


def choose(driver: WindowDriver, network: str, epochs: int = 0) -> None:
    panel = driver.window.training
    panel.network.setCurrentIndex(panel.network.findData(network))
    panel.epochs.setValue(epochs)


def look_around(driver: WindowDriver) -> None:
    """Step, zoom, other orientations, repaint."""
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
        driver.key(key)
    driver.window.run_command("view.zoom_in")
    driver.view.canvas.repaint()
    driver.wait(lambda: driver.view_says, 10)
    assert_clear(driver.view_says, "survey.sgy")
    for name in ("view.crossline", "view.time", "view.fit", "view.flip", "view.inline"):
        driver.window.run_command(name)
        driver.window.grab()


def restore_and_go_on(driver: WindowDriver, path: Path, painted: int, axes: VolumeAxes = AXES) -> None:
    """The good file again: its project opens with all labels."""
    write_survey(path, axes=axes)
    driver.window.run_command("file.close_project")
    assert driver.open(path) == "section"
    driver.wait(lambda: driver.view.at_rest and not driver.view_says, 20)
    assert labelled(driver) == painted
    assert not driver.state.project.changed_sources()


def labelled(driver: WindowDriver) -> int:
    return sum(driver.state.labels.class_counts().values())


def painted_survey(driver: WindowDriver, folder: Path, axes: VolumeAxes = AXES) -> tuple[Path, int]:
    """A survey of its own in the window, with two classes painted; the file and the number of labelled samples."""
    folder.mkdir()
    survey = write_survey(folder / "survey.sgy", axes=axes)
    assert driver.open(survey) == "section"
    paint_two_classes(driver)
    return survey, labelled(driver)


def test_a_file_that_changes_while_it_is_shown(open_window, tmp_path):
    driver = open_window()
    for harm in HARM:
        survey, painted = painted_survey(driver, tmp_path / harm.__name__)
        harm(survey)
        look_around(driver)
        driver.wait(lambda: driver.view_says, 10)
        driver.stroke([(320, 200), (330, 200)])  # nobody paints on what cannot be seen
        assert labelled(driver) == painted
        assert driver.open(write_survey(survey.with_name("next.sgy"), 3)) == "section"
        restore_and_go_on(driver, survey, painted)


def test_a_project_whose_file_was_harmed_meanwhile_says_so_and_keeps_its_labels(open_window, tmp_path):
    driver = open_window()
    for harm in HARM:
        survey, painted = painted_survey(driver, tmp_path / harm.__name__)
        project = driver.state.project.path
        driver.window.run_command("file.close_project")
        harm(survey)
        heard = len(driver.heard)
        driver.window.open_paths([project])
        driver.wait(lambda heard=heard: len(driver.heard) > heard, 10)
        for sentence in driver.heard[heard:]:
            assert_clear(sentence, "survey.sgy")
        assert labelled(driver) == painted
        driver.window.grab()
        restore_and_go_on(driver, survey, painted)


def test_a_stroke_in_progress_is_kept_when_the_section_or_the_project_goes(open_window, tmp_path):
    driver = open_window()
    survey, painted = painted_survey(driver, tmp_path / "stroke")
    canvas = driver.view.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=driver.pixel(320, 200))
    removed(survey)
    driver.view.reload()
    driver.wait(lambda: driver.view_says, 10)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=driver.pixel(320, 200))
    once = labelled(driver)
    assert once > painted
    write_survey(survey)
    driver.window.run_command("file.close_project")
    assert driver.open(survey) == "section"
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=driver.pixel(350, 200))
    driver.key(Qt.Key.Key_W, "control")
    assert driver.state.project is None
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert driver.open(survey) == "section"
    assert labelled(driver) > once


def trained(driver: WindowDriver) -> str:
    """A forest on what is painted; its run."""
    before = driver.state.run_id
    choose(driver, "forest")
    driver.key(Qt.Key.Key_T, "control")
    driver.wait(lambda: driver.state.run_id not in (None, before) and driver.overlay() is not None, 120)
    driver.wait(lambda: not driver.window.training_flow.running, 60)
    return driver.state.run_id


@pytest.mark.slow
def test_a_file_that_changes_while_predicting_and_before_training(open_window, tmp_path):
    driver = open_window()
    survey, painted = painted_survey(driver, tmp_path / "survey", LONG)
    run = trained(driver)
    for harm in (truncated, removed, replaced):
        heard = len(driver.heard)
        driver.window.run_command("review.predict_volume")
        driver.wait(driver.window.survey_flow.dialog.start.isEnabled, 20)
        QTest.mouseClick(driver.window.survey_flow.dialog.start, Qt.MouseButton.LeftButton)
        driver.activate()
        driver.wait(lambda: any(job.progress is not None for job in driver.window.jobs.visible()), 60)
        harm(survey)
        driver.wait(lambda: not driver.window.jobs.visible(), 60)
        driver.wait(lambda heard=heard: len(driver.heard) > heard, 10)
        assert_clear(driver.heard[-1], "survey.sgy")
        for name in ("review.predict", "train.start"):
            heard = len(driver.heard)
            driver.window.run_command(name)
            driver.wait(lambda heard=heard: len(driver.heard) > heard, 60)
            driver.wait(lambda: not driver.window.jobs.jobs, 60)
            assert_clear(driver.heard[-1], "survey.sgy")
        assert [record.id for record in driver.state.project.runs()] == [run]
        restore_and_go_on(driver, survey, painted, LONG)
        driver.window.runs_flow.make_current(run)
        driver.wait(lambda: driver.overlay() is not None, 60)
    assert trained(driver) != run


@pytest.mark.slow
def test_a_file_truncated_in_the_middle_of_training_does_not_end_the_window(open_window, tmp_path):
    driver = open_window()
    survey, painted = painted_survey(driver, tmp_path / "middle")
    choose(driver, "waldeland", 10_000)
    driver.key(Qt.Key.Key_T, "control")
    job = driver.window.training_flow.job
    driver.wait(lambda: job.progress is not None and job.progress.done > 0, 120)
    heard = len(driver.heard)
    truncated(survey)
    driver.window.run_command("train.stop")
    driver.wait(lambda: not driver.window.training_flow.running, 90)
    driver.wait(lambda: driver.state.run_id is not None, 10)  # all that a training reads is read at its start
    driver.wait(lambda: len(driver.heard) > heard, 30)  # but the section cannot be predicted
    assert_clear(driver.heard[-1], "survey.sgy")
    restore_and_go_on(driver, survey, painted)
    assert [record.network for record in driver.state.project.runs()] == ["waldeland"]
