"""What cannot be done is said in a sentence, with exit status 2, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seisgui.interpretation.project import Project
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.segy_writer import write_segy

AXES = VolumeAxes(LineAxis(10, 1, 2), LineAxis(300, 1, 120), SampleAxis(0.0, 4.0, 64))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(4000)


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    path = tmp_path / "noise.sgy"
    write_segy(path, np.random.default_rng(0).normal(0, 1000, AXES.shape).astype(np.float32), AXES)
    return path


@pytest.fixture
def project(seisgui, tmp_path: Path, survey: Path) -> Path:
    path = tmp_path / "noise.seisproj"
    assert seisgui("new", path, "--volume", survey).status == 0
    return path


def refused(outcome, *words: str) -> None:
    """Status 2, one sentence on stderr with these words, nothing on stdout."""
    assert outcome.status == 2, outcome
    assert outcome.out == ""
    assert outcome.err.startswith("Error: ")
    assert "Traceback" not in outcome.err
    for word in words:
        assert word in outcome.err, outcome.err


def test_files_that_are_no_segy(seisgui, tmp_path: Path):
    picture, empty = tmp_path / "picture.sgy", tmp_path / "empty.sgy"
    picture.write_bytes(PNG)
    empty.touch()
    for file in (picture, empty, tmp_path / "missing.sgy"):
        refused(seisgui("scan", file), file.name)
        refused(seisgui("scan", file, "--json"), file.name)
    refused(seisgui("scan", tmp_path), "empty.sgy")  # of a folder the first file that cannot be read


def test_a_project_is_not_left_half_made(seisgui, tmp_path: Path):
    picture = tmp_path / "picture.sgy"
    picture.write_bytes(PNG)
    refused(seisgui("new", tmp_path / "half", "--volume", picture), "picture.sgy")
    refused(seisgui("new", tmp_path / "half", "--volume", tmp_path / "missing.sgy"), "missing.sgy")
    assert not (tmp_path / "half.seisproj").exists()


def test_a_project_is_not_overwritten(seisgui, project: Path):
    refused(seisgui("new", project), "exists already")
    refused(seisgui("new", project.with_suffix("")), "exists already")


def test_a_truncated_file_offers_the_repair(seisgui, tmp_path: Path, survey: Path):
    short = tmp_path / "short.sgy"
    short.write_bytes(survey.read_bytes()[:-100])
    refused(seisgui("new", tmp_path / "short", "--volume", short), "short.sgy")
    assert seisgui("new", tmp_path / "short", "--volume", short, "--repair").status == 0


def test_label_files_that_cannot_be_read(seisgui, tmp_path: Path, project: Path):
    nonsense = tmp_path / "nonsense.ixz"
    nonsense.write_text("this is no label file\n")
    refused(seisgui("import-labels", project, nonsense), "nonsense.ixz")
    refused(seisgui("import-labels", project, tmp_path / "missing.ixz"), "missing.ixz")
    refused(seisgui("import-labels", project, nonsense, "--format", "word"), "--format")


def test_class_mappings_that_do_not_fit(seisgui, tmp_path: Path, project: Path):
    points = write_points(tmp_path, classes=(0, 1))
    refused(seisgui("import-labels", project, points, "--class", "salt"), "--class")
    refused(seisgui("import-labels", project, points, "--class", "7=salt"), "no class number 7", "0, 1")


def write_points(folder: Path, classes: tuple[int, ...]) -> Path:
    """MalenoV points: a stripe of crosslines for each class on inline 10."""
    points = folder / "points.ixz"
    rows = [
        f"10 {300 + 30 * index + offset} {4 * sample} {number}"
        for index, number in enumerate(classes)
        for offset in range(20)
        for sample in range(10, 50)
    ]
    points.write_text("\n".join(rows) + "\n")
    return points


def test_training_needs_labels_of_two_classes(seisgui, tmp_path: Path, project: Path):
    refused(seisgui("train", project), "label")
    points = write_points(tmp_path, classes=(0,))
    assert seisgui("import-labels", project, points, "--class", "0=else").status == 0
    refused(seisgui("train", project), "class")
    assert seisgui("runs", project, "--json").document == {"runs": []}


def test_words_that_name_nothing(seisgui, project: Path):
    refused(seisgui("train", project, "--network", "gpt"), "'gpt'", "waldeland")
    refused(seisgui("train", project, "--split", "odd"), "blocked")
    refused(seisgui("train", project, "--hold-out", "trace:1-2"), "held-out")
    refused(seisgui("train", project, "--dataset", "nowhere"), "nowhere")
    refused(seisgui("predict", project, "--run", "x", "--volume"), "runs")
    refused(seisgui("score", project, "--run", "x"), "runs")
    refused(seisgui("export", project, "--run", "x", project.parent / "out.sgy"), "runs")
    refused(seisgui("predict", project, "--run", "x"), "runs")
    for option, value in (("--with", "y"), ("--probability", "0"), ("--scheduler", "threads"), ("--workers", "2")):
        words = ("predict", project, "--run", "x", "--inline", "10", option, value)
        refused(seisgui(*words), f"{option} is for whole surveys", "--volume")
    cluster = ("--volume", "--scheduler", "tcp://localhost:1", "--workers", "2")
    refused(seisgui("predict", project, "--run", "x", *cluster), "--workers counts threads of this computer")
    assert not (project.parent / "out.sgy").exists()


def test_runs_and_lines_that_do_not_exist(seisgui, tmp_path: Path, project: Path):
    points = write_points(tmp_path, classes=(0, 1))
    names = ("--class", "0=else", "--class", "1=salt")
    assert seisgui("import-labels", project, points, *names).status == 0
    refused(seisgui("train", project, "--network", "waldeland", "--from", "latest"), "no runs yet")
    assert seisgui("train", project, "--set", "trees=5").status == 0
    refused(seisgui("predict", project, "--run", "nothing", "--volume"), "'nothing'", "Runs:")
    volume = ("predict", project, "--run", "latest", "--volume")
    refused(seisgui(*volume, "--with", "nothing"), "'nothing'", "Runs:")
    refused(seisgui(*volume, "--probability", "sand"), "no class 'sand'", "0 (else), 1 (salt)")
    refused(seisgui(*volume, "--scheduler", "localhost"), "'localhost' is no scheduler", "tcp://host:8786")
    refused(seisgui("predict", project, "--run", "latest", "--inline", "99"), "inline 99", "10 to 11")
    refused(seisgui("export", project, "--run", "latest", tmp_path / "out.sgy"), "predicted nothing")
    assert seisgui("predict", project, "--run", "latest", "--inline", "10").status == 0
    refused(seisgui("export", project, "--run", "latest", tmp_path / "out.sgy"), "--partial")
    refused(seisgui("export", project, "--run", "latest", tmp_path / "no" / "out.sgy"), "out.sgy")
    assert list(tmp_path.glob("out*")) == []


def test_a_project_that_is_open_elsewhere(seisgui, tmp_path: Path, project: Path):
    points = write_points(tmp_path, classes=(0, 1))
    names = ("--class", "0=else", "--class", "1=salt")
    assert seisgui("import-labels", project, points, *names).status == 0
    holder = Project.open(project)
    try:
        refused(seisgui("import-labels", project, points, *names), "noise.seisproj")
        assert (
            seisgui("train", project, "--set", "trees=5").status == 0
        )  # what only reads, or makes runs, works beside the window
        assert len(seisgui("runs", project, "--json").document["runs"]) == 1
    finally:
        holder.close()


def test_a_survey_that_has_moved_is_located(seisgui, tmp_path: Path, project: Path, survey: Path):
    points = write_points(tmp_path, classes=(0, 1))
    assert seisgui("import-labels", project, points, "--class", "0=else", "--class", "1=salt").status == 0
    (tmp_path / "elsewhere").mkdir()
    moved = survey.rename(tmp_path / "elsewhere" / "other name.sgy")
    refused(seisgui("train", project), "noise.sgy")
    assert seisgui("locate", project, moved).status == 0
    assert seisgui("train", project, "--set", "trees=5").status == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_half_written(seisgui, tmp_path: Path, project: Path, number: int):
    points = write_points(tmp_path, classes=(0, 1))
    assert seisgui("import-labels", project, points, "--class", "0=else", "--class", "1=salt").status == 0
    command = [sys.executable, "-m", "seisgui.cli.main", "train", project, "--network", "waldeland", "--epochs", "500"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    # a shell that runs the tests in the background lets its children ignore Ctrl+C
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        [*command, "--json", "--progress"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    signal.signal(signal.SIGINT, before)
    assert process.stdout is not None
    while "progress" not in (line := process.stdout.readline()):
        assert line, process.communicate()[1]
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert error.startswith("Error: Interrupted")
    assert seisgui("runs", project, "--json").document == {"runs": []}
    assert [path.name for path in (project / "runs").iterdir()] == []
