"""A run's picks are scored against labels it did not see, whatever file they come in."""

import numpy as np
import pytest
from spikes import keep_run, predict, project_of, records_file, spike_picker, waveforms

from seisgui.errors import InputError
from seisgui.interpretation.pick_exchange import export_picks
from seisgui.interpretation.pick_operation import Pick
from seisgui.interpretation.project import Project
from seisgui.learning.picking.score_run import score_picks_steps
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.progress import finish

FOUND = [(3000, 3600), (4000, 4700), (5000, 5600), (6000, 6500)]


def score(project, labels=None, run_id="spikes", **options):
    return finish(score_picks_steps(project, run_id, labels, **options))


def test_perfect_picks_score_one_and_tell_the_tolerance(tmp_path):
    path = records_file(tmp_path / "a.npz", FOUND)
    with project_of(tmp_path, path) as project:
        predict(project)
        result = score(project, path)
    for phase in ("P", "S"):
        scores = result["scores"][phase]
        assert (scores["precision"], scores["recall"], scores["f1"]) == (1.0, 1.0, 1.0)
        assert abs(scores["residual_mean"]) < 0.02
        assert scores["within"] == {"1": 1.0, "3": 1.0, "5": 1.0}
    assert result["tolerance"] == result["scores"]["tolerance"] == 0.1
    assert result["windows"] == "stitched"


def test_residuals_are_predicted_minus_true_and_the_tolerance_decides(tmp_path):
    path = records_file(tmp_path / "a.npz", FOUND)
    shifted = [(p - 8, s) for p, s in FOUND]
    labels = records_file(tmp_path / "labels.npz", shifted, data=waveforms(FOUND))
    with project_of(tmp_path, path) as project:
        assert score(project, labels)["scores"]["P"]["residual_mean"] == pytest.approx(0.08, abs=0.006)
        strict = score(project, labels, tolerance=0.05)["scores"]["P"]
        assert (strict["true_positive"], strict["false_positive"], strict["false_negative"]) == (0, 4, 4)
        with pytest.raises(InputError, match="leaves no pick right"):
            score(project, labels, tolerance=0.0)


def test_records_without_a_label_count_false_picks(tmp_path):
    path = records_file(tmp_path / "a.npz", [(3000, 3600), (4000, 4700), (None, None)])
    labels = records_file(
        tmp_path / "labels.npz", [(3000, 3600), (None, 4700), (None, None)], data=waveforms([(None, None)] * 3)
    )
    with project_of(tmp_path, path) as project:
        scores = score(project, labels)["scores"]["P"]
    assert (scores["true_positive"], scores["false_positive"], scores["n_noise"]) == (1, 1, 2)
    assert scores["false_per_noise"] == scores["empty_picked"] == 0.5


def test_a_phase_without_labels_is_not_scored(tmp_path):
    path = records_file(tmp_path / "a.npz", FOUND)
    labels = records_file(tmp_path / "labels.npz", [(p, None) for p, _ in FOUND], data=waveforms(FOUND))
    with project_of(tmp_path, path) as project:
        result = score(project, labels)
    assert result["not_scored"] == ["S"]
    assert "S" not in result["scores"]


def test_labels_outside_the_window_do_not_count(tmp_path):
    path = records_file(tmp_path / "a.npz", [(1000, 8000)] * 3)
    with project_of(tmp_path, path) as project:
        predict(project, windows="one-per-record")
        result = score(project, path)
    assert result["scores"]["P"]["f1"] == 1.0
    assert result["not_scored"] == ["S"]


def test_records_that_the_run_learned_from_are_left_out(tmp_path):
    path = records_file(tmp_path / "a.npz", FOUND)
    with project_of(tmp_path, path) as project:
        dataset, table = project.gather_set().id, project.open_records().table
        learned = [table.id_of(0), table.id_of(2)]
        keep_run(project, spike_picker(), "tuned", dataset, split={"training_records": learned})
        result = score(project, path, "tuned")
        assert (result["records"], result["dropped"]) == (2, 2)
        everything = [table.id_of(row) for row in range(4)]
        keep_run(project, spike_picker(), "all", dataset, split={"training_records": everything})
        with pytest.raises(InputError, match="nothing to score"):
            score(project, path, "all")


def test_picks_of_the_project_and_their_export_score_alike(tmp_path):
    path = records_file(tmp_path / "a.npz", FOUND)
    with project_of(tmp_path, path) as project:
        with pytest.raises(InputError, match="Nobody has picked"):
            score(project)
        table = project.open_records().table
        picks = [Pick(0, table.id_of(row), "P", at) for row, at in ((0, 30.0), (1, 40.0), (2, 51.0))]
        picks.append(Pick(0, table.id_of(3), "P", 10.0, provenance="automatic"))
        project.picks().edit("pick", add=picks)
        project.wait_saved()
        own = score(project)
        export_picks(project, tmp_path / "picks.csv")
        exported = score(project, tmp_path / "picks.csv")
    assert own["records"] == 3
    assert own["scores"]["P"]["true_positive"] == exported["scores"]["P"]["true_positive"] == 2


def test_labels_of_records_with_other_names_go_by_their_order(tmp_path):
    path = records_file(tmp_path / "a.npz", FOUND)
    labels = records_file(tmp_path / "labels.npz", FOUND, name=np.array([f"other {row}" for row in range(4)]))
    fewer = records_file(tmp_path / "fewer.npz", FOUND[:2], name=np.array(["x", "y"]))
    with project_of(tmp_path, path) as project:
        assert score(project, labels)["scores"]["P"]["f1"] == 1.0
        with pytest.raises(InputError, match="None of the 2 records of fewer"):
            score(project, fewer)
        with pytest.raises(InputError, match="does not exist"):
            score(project, tmp_path / "nothing.npz")


def test_labels_of_a_file_whose_rate_was_stated_when_it_was_added_keep_their_samples(tmp_path):
    gather = tmp_path / "gather.npz"
    data = waveforms([(900 + 10 * row, None) for row in range(6)], 2000)[:, 2]
    first = np.array([[900 + 10 * row for row in range(6)]])
    np.savez(gather, data=data[None], first_break=first, has_pick=np.ones((1, 6), bool))
    with Project.create(tmp_path / "gather.seisproj") as project:
        dataset = project.add_gathers([gather], SegyLayout(interval=10.0))
        keep_run(project, spike_picker(), "spikes", dataset.id)
        scores = score(project, gather)["scores"]["P"]
    assert (scores["true_positive"], scores["false_negative"]) == (6, 0)
    assert abs(scores["residual_mean"]) < 0.02


def test_a_file_of_records_without_picks_is_a_sentence(tmp_path):
    path = records_file(tmp_path / "a.npz", FOUND)
    bare = tmp_path / "bare.npz"
    np.savez(bare, data=waveforms(FOUND), sampling_rate=100.0)
    with project_of(tmp_path, path) as project, pytest.raises(InputError, match="holds records, but no picks"):
        score(project, bare)
