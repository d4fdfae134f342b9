"""Predicting, scoring, reviewing and suggesting picks from the shell."""

import json
import statistics
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "learning"))
from spikes import project_of, records_file, waveforms

ARRIVALS = [(1000 + 12 * row, None) for row in range(12)]


@pytest.fixture
def shots(tmp_path):
    """A project with a run and two shots of six records, and the file of its labels."""
    arrivals = [*ARRIVALS[:11], (1500, None)]
    path = records_file(
        tmp_path / "shots.npz",
        arrivals,
        data=waveforms(arrivals, 2500),
        name=np.array([f"r{row:02d}" for row in range(12)]),
        offset=np.arange(12) * 100.0,
        shot=np.zeros(12, np.int64),
    )
    project_of(tmp_path, path).close()
    return tmp_path / "spikes.seisproj", path


def test_predict_and_score_print_the_agreed_json(shots, seisgui):
    project, labels = shots
    told = seisgui("predict", project, "--run", "spikes", "--windows", "stitched", "--threshold", 0.4, "--json")
    assert told.document["picks"] == {"P": 12, "S": 0}
    assert told.document["threshold"] == 0.4
    scored = seisgui("score", project, "--run", "spikes", "--labels", labels, "--tolerance", 0.05, "--json").document
    assert scored["tolerance"] == scored["scores"]["tolerance"] == 0.05
    assert scored["scores"]["P"]["f1"] == 1.0
    assert set(scored["scores"]["P"]) >= {"precision", "recall", "f1", "residual_mean", "residual_std"}
    assert scored["not_scored"] == ["S"]


def test_people_read_scores_with_their_tolerance(shots, seisgui):
    project, labels = shots
    assert "12 P, 0 S on 12 records" in seisgui("predict", project, "--run", "latest").out
    out = seisgui("score", project, "--run", "latest", "--labels", labels).out
    assert "Tolerance 0.1 s" in out
    assert "Not scored, as there is no label: S." in out


def test_one_window_a_record_repeats_with_its_seed(shots, seisgui):
    project, _ = shots
    options = ("predict", project, "--run", "spikes", "--windows", "one-per-record", "--json")
    first, again = (seisgui(*options, "--seed", 5).document for _ in range(2))
    assert first == again
    assert (first["windows"], first["seed"]) == ("one-per-record", 5)


def test_picks_off_the_moveout_are_told_and_kept_as_automatic(shots, seisgui):
    project, _ = shots
    seisgui("predict", project, "--run", "spikes")
    dry = seisgui("review-picks", project, "--run", "spikes", "--dry-run", "--json").document
    assert (dry["kept"], dry["picks"], dry["replaced"]) == (False, 12, 1)
    assert dry["groups"][0]["outliers"] == ["r11"]
    out = seisgui("review-picks", project, "--run", "spikes", "--fit", "ransac", "--weight", 0.2).out
    assert "12 picks are now automatic picks" in out
    assert "Undone: Review 12 picks" in seisgui("undo", project).out


def test_records_are_suggested(shots, seisgui):
    project, _ = shots
    found = seisgui("suggest", project, "--run", "spikes", "-n", 3, "--json").document["suggestions"]
    assert len(found) == 3
    assert all(entry["record"].startswith("r") and entry["reasons"] for entry in found)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("predict", "--inline", 3), "--inline is for sections"),
        (("predict", "--volume"), "--volume is for sections"),
        (("predict", "--windows", "some"), "no way to lay windows"),
        (("predict", "--threshold", 2), "no probability"),
        (("score", "--tolerance", 0), "leaves no pick right"),
        (("review-picks", "--fit", "eye"), "no way to fit"),
        (("review-picks", "--by", "station"), "not grouped by station"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(shots, seisgui, arguments, told):
    project, _ = shots
    seisgui("predict", project, "--run", "spikes")
    outcome = seisgui(arguments[0], project, "--run", "spikes", *arguments[1:])
    assert outcome.status == 2
    assert told in outcome.err


def test_the_published_weights_reach_the_published_scores(shared_data, seisgui, tmp_path):
    project, records = tmp_path / "ncedc", shared_data / "waveforms" / "ncedc_phasenet_3c_A.npz"
    weights = shared_data / "weights" / "phasenet_original_ncedc.pt"
    assert seisgui("new", project).status == 0
    assert seisgui("add-gathers", project, records).status == 0
    assert seisgui("train", project, "--task", "picking", "--epochs", 0, "--from", weights).status == 0

    def scores(*options):
        assert seisgui("predict", project, "--run", "latest", "--threshold", 0.5, *options).status == 0
        out = seisgui("score", project, "--run", "latest", "--labels", records, "--tolerance", 0.1, "--json").out
        return {phase: json.loads(out)["scores"][phase]["f1"] for phase in "PS"}

    stitched = scores("--windows", "stitched")
    assert stitched["P"] >= 0.87
    assert stitched["S"] >= 0.735
    ones = [scores("--windows", "one-per-record", "--seed", seed) for seed in range(3)]
    assert statistics.mean(each["P"] for each in ones) == pytest.approx(0.902, abs=0.02)
    assert statistics.mean(each["S"] for each in ones) == pytest.approx(0.771, abs=0.03)
