"""`seisgui reproduce` from end to end on a tiny survey, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from seisgui.learning import baselines
from seisgui.learning.reproduce import budgets, pictures


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(pictures, "CELLS", {True: 20, False: 100})
    monkeypatch.setattr(baselines, "FOREST_TREES", 4)
    # ResNet50 from scratch takes a minute, even for one update
    monkeypatch.setattr(budgets, "starts_of", lambda name: ("scratch" if name == "waldeland-same" else "imagenet",))


@pytest.fixture
def few(tiny: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """The survey and few of its points."""
    survey, points = tiny
    lines = points.read_text().splitlines()
    (tmp_path / "few.ixz").write_text("\n".join(lines[::97]) + "\n")
    return survey, tmp_path / "few.ixz"


def test_every_network_has_a_row_and_absent_weights_are_never_made_up(seisgui, few, tmp_path):
    survey, points = few
    out = tmp_path / "out"
    options = ("--networks", "waldeland-same,resnet50", "--seeds", 1, "--minutes", 0.01, "--device", "cpu")
    outcome = seisgui(
        "reproduce", "dramsch2018", "--source", survey, "--labels", points, "--out", out, *options, "--json"
    )
    assert outcome.status == 0, outcome.err
    rows = [row for row in outcome.document["rows"] if row["kind"] == "network"]
    assert {(row["network"], row["start"], row["split"]) for row in rows} == {
        (network, start, split)
        for network, start in (("waldeland-same", "scratch"), ("resnet50", "imagenet"))
        for split in ("random", "blocked")
    }
    for row in rows:
        assert row["measured"] is (row["start"] == "scratch")
        if row["start"] == "imagenet":
            assert row["note"] == "not measured: no ImageNet weights"
            assert "accuracy" not in row
    assert Path(outcome.document["page"]).is_file()
    assert any("--weights resnet50=FILE" in notice for notice in outcome.document["notices"])
    again = seisgui(
        "reproduce",
        "dramsch2018",
        "--source",
        survey,
        "--labels",
        points,
        "--out",
        out,
        *options[:-2],
        "--device",
        "cpu",
    )
    assert again.status == 0
    assert "Rows that are there already: 2; left: 0" in again.err
    assert "resnet50 from ImageNet: not measured: no ImageNet weights" in again.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nobody1999",), "EXPERIMENT 'nobody1999' is not one of dramsch2018"),
        (("dramsch2018",), "The experiment needs a survey and its labels."),
        (("dramsch2018", "--budget", "huge"), "'huge' is no budget."),
        (("dramsch2018", "--networks", "alexnet"), "'alexnet' is no network of this paper."),
        (("dramsch2018", "--weights", "vgg16"), "--weights 'vgg16' is not understood."),
        (("dramsch2018", "--source", "no.sgy", "--labels", "no.ixz"), "The survey no.sgy does not exist."),
        (("dramsch2018", "--data", "nowhere"), "There is no folder nowhere."),
        (("dramsch2018", "--data", "a", "--source", "b"), "--data names a folder, --source and --labels name files."),
    ],
)
def test_bad_input_is_a_sentence(seisgui, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    outcome = seisgui("reproduce", *arguments)
    assert outcome.status == 2
    assert sentence in outcome.err
    assert not list(tmp_path.glob("dramsch2018*")), "nothing is left behind"


def test_labels_of_another_survey_are_refused_and_leave_no_half_project(seisgui, few, tmp_path):
    survey, _ = few
    (tmp_path / "far.ixz").write_text("900 300 0 1\n900 301 0 2\n")
    out = tmp_path / "out"
    outcome = seisgui(
        "reproduce", "dramsch2018", "--source", survey, "--labels", tmp_path / "far.ixz", "--out", out, "--seeds", 1
    )
    assert outcome.status == 2
    assert "None of the 2 points of far.ixz lies in the dataset" in outcome.err
    assert not (out / "f3.seisproj").exists()


def test_another_budget_needs_another_folder(seisgui, few, tmp_path):
    survey, points = few
    out = tmp_path / "out"
    (out / "rows").mkdir(parents=True)
    (out / "plan.json").write_text('{"experiment": "dramsch2018", "budget": {"name": "paper"}, "files": {}}')
    outcome = seisgui("reproduce", "dramsch2018", "--source", survey, "--labels", points, "--out", out)
    assert outcome.status == 2
    assert "holds rows that were made otherwise (budget, files)" in outcome.err
