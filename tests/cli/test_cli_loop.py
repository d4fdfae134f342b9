"""The whole facies loop by command: project, labels, training, prediction, score, export, and what was written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.segy import open_volume

SAMPLES = 96  # of a trace of the survey


def test_from_a_survey_to_an_exported_survey(seisgui, tmp_path: Path, tiny, trained):
    project, (survey, _) = trained, tiny
    record = seisgui("runs", project, "--json").document["runs"][0]
    run = record["id"]
    assert (record["task"], record["network"]) == ("facies", "forest")
    assert record["metrics"]["pixel_accuracy"] > 0.9

    predicted = seisgui("predict", project, "--run", run, "--volume", "--json").document
    assert (predicted["run"], predicted["volume"]) == (run, True)

    out = tmp_path / "facies.sgy"
    exported = seisgui("export", project, "--run", "latest", out, "--format", "int8", "--json").document
    assert exported["fraction_predicted"] == 1.0
    written = open_volume(out).section(SectionRef(Orientation.INLINE, 12))
    truth = np.repeat([0, 1, 2], 32)[None, :]
    assert (written == truth).mean() > 0.9
    assert headers_of(out) == headers_of(survey)


def test_the_probability_of_one_class(seisgui, tmp_path: Path, trained) -> None:
    out = tmp_path / "probability.sgy"
    wish = ("export", trained, "--run", "latest", out, "--kind", "probability", "--class")
    seisgui("predict", trained, "--run", "latest", "--volume", "--probability", "1")
    refused = seisgui(*wish, "no such class")
    assert (refused.status != 0, "has no class" in refused.err) == (True, True)
    assert seisgui(*wish, "1", "--json").document["class"] == 1
    written = open_volume(out).section(SectionRef(Orientation.INLINE, 12))
    assert 0 <= written.min() < 0.3
    assert written[:, 40:56].mean() > 0.7
    assert written[:, :24].mean() < 0.3


def headers_of(path: Path) -> list[bytes]:
    """The 240 bytes before every trace of a file written by these tests."""
    scan_format = int.from_bytes(path.read_bytes()[3224:3226], "big")
    width = {1: 4, 5: 4, 8: 1, 3: 2}[scan_format] * SAMPLES + 240
    traces = path.read_bytes()[3600:]
    return [traces[start : start + 240] for start in range(0, len(traces), width)]


def test_labels_go_out_and_come_back(seisgui, tmp_path: Path, tiny, trained):
    project = trained
    _, points = tiny
    out = tmp_path / "labels.csv"
    assert seisgui("export-labels", project, out, "--format", "csv").status == 0
    copy = tmp_path / "copy.seisproj"
    seisgui("new", copy, "--volume", tiny[0])
    report = seisgui("import-labels", copy, out, "--json").document
    assert report["points"] == len(points.read_text().splitlines())
    info = seisgui("info", copy, "--json").document
    counts = info["datasets"][0]["label_sets"][0]["classes"]
    assert sum(counts.values()) == report["points"]
    assert set(counts) == {"banded", "weak", "chaotic"}


def test_undo_takes_an_import_back_and_redo_brings_it_again(seisgui, trained):
    project = trained

    def labelled() -> int:
        sets = seisgui("info", project, "--json").document["datasets"][0]["label_sets"]
        return sum(sum(each["classes"].values()) for each in sets)

    before = labelled()
    assert before > 0
    assert seisgui("undo", project).status == 0
    assert labelled() == 0
    assert seisgui("redo", project).status == 0
    assert labelled() == before


def test_classes_are_renamed_and_merged_by_name(seisgui, trained):
    project = trained
    rows = seisgui("classes", project, "--rename", "weak=low amplitude", "--merge", "chaotic=banded", "--json").document
    names = {row["name"]: row["count"] for row in rows["classes"]}
    assert "low amplitude" in names
    assert names.get("chaotic", 0) == 0
    assert seisgui("classes", project, "--rename", "nothing=else").status == 2


def test_training_tells_its_progress_as_json_lines(seisgui, trained):
    project = trained
    lines = [
        json.loads(line)
        for line in seisgui("train", project, "--set", "trees=5", "--json", "--progress").out.splitlines()
    ]
    assert lines[0]["event"] == "progress"
    assert lines[-1]["run"]["network"] == "forest"


def test_a_run_that_was_given_no_epochs_is_registered(seisgui, trained):
    project = trained
    outcome = seisgui("train", project, "--network", "waldeland", "--epochs", "0", "--json")
    assert outcome.status == 0, outcome.err
    runs = seisgui("runs", project, "--json").document["runs"]
    assert [run["network"] for run in runs] == ["forest", "waldeland"]


@pytest.mark.slow
def test_the_real_line(seisgui, tmp_path: Path, f3_line: Path, f3_labels: Path):
    """F3 inline 339 with its published labels, layout A of the benchmark, by the forest."""
    project = tmp_path / "f3.seisproj"
    assert seisgui("new", project, "--volume", f3_line).status == 0
    report = seisgui("import-labels", project, f3_labels, "--format", "malenov", "--json").document
    assert (report["points"], report["labelled"]) == (158_812, 140_989)
    held_out = ("crossline:443-538", "crossline:775-870", "crossline:1060-1155")
    options = [word for area in held_out for word in ("--hold-out", area)]
    assert seisgui("train", project, "--network", "forest", *options).status == 0
    run = seisgui("runs", project, "--json").document["runs"][-1]
    assert run["metrics"]["pixel_accuracy"] > 0.75
    assert seisgui("predict", project, "--run", run["id"], "--inline", "339").status == 0
    scores = seisgui("score", project, "--run", run["id"], "--labels", f3_labels, "--json").document["scores"]
    assert scores["gap"] == 65
    assert scores["dropped"] > 0
    assert {"pixel_accuracy", "mean_class_accuracy", "mean_iou", "per_class"} <= set(scores)
    out = tmp_path / "facies.sgy"
    assert seisgui("export", project, "--run", run["id"], out).status == 0
    classes = open_volume(out).section(SectionRef(Orientation.INLINE, 339))
    assert set(np.unique(classes)) <= set(range(-1, 9))
