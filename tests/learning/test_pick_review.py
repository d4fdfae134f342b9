"""Picks off the moveout of their shot are flagged and replaced; the next records worth picking are named."""

import numpy as np
import pytest
from spikes import predict, project_of, records_file, waveforms

from seisgui.errors import InputError
from seisgui.interpretation.pick_operation import Pick
from seisgui.learning.picking.moveout import FITS, fit_moveout
from seisgui.learning.picking.review_picks import ReviewOptions, apply_review, review_steps
from seisgui.learning.picking.suggest_records import suggest_records_steps
from seisgui.seismic.progress import finish

OFFSETS = np.linspace(-1500.0, 1500.0, 60)
WRONG = (4, 21, 40, 55)


def first_breaks(velocity=2000.0, deeper=4000.0):
    """Direct arrivals near the shot, refracted ones farther out, in s."""
    distance = np.abs(OFFSETS)
    return 0.1 + np.minimum(distance / velocity, 0.2 + distance / deeper)


@pytest.fixture
def shot(tmp_path):
    """A project with two shots of 30 records whose P follow a moveout, but for some; predicted."""
    true = np.round(1000 + 100.0 * np.tile(np.abs(np.linspace(50.0, 1500.0, 30)) / 800.0, 2)).astype(int)
    placed = true.copy()
    placed[[5, 12, 40]] += [300, -250, 400]
    arrivals = [(int(at), None) for at in placed]
    arrays = {"offset": np.tile(np.linspace(50.0, 1500.0, 30), 2), "shot": np.repeat([1, 2], 30)}
    names = np.array([f"r{row:02d}" for row in range(60)])
    path = records_file(tmp_path / "shots.npz", arrivals, data=waveforms(arrivals, 2500), name=names, **arrays)
    with project_of(tmp_path, path) as project:
        predict(project)
        yield project, true / 100.0


def review(project, **options):
    return finish(review_steps(project, "spikes", project.picks(), ReviewOptions(**options)))


@pytest.mark.parametrize("phase", ["P", "S", "first break"])
@pytest.mark.parametrize("way", FITS)
def test_gross_errors_are_flagged_and_replaced_by_what_the_others_say(way, phase):
    true = first_breaks(*((2000.0, 4000.0) if phase != "S" else (1100.0, 2200.0)))
    times = true + np.random.default_rng(0).normal(0.0, 0.003, len(true))
    times[list(WRONG)] += [0.3, -0.2, 0.25, 0.5]
    found = fit_moveout(OFFSETS, times, phase=phase, way=way, interval=0.002)
    assert set(WRONG) <= set(np.flatnonzero(found.outlier))
    assert found.outlier.sum() <= len(WRONG) + 3
    assert np.abs(found.replaced - true)[list(WRONG)].max() < 0.03
    assert found.spread < 0.04


@pytest.mark.parametrize("way", FITS)
def test_good_picks_are_left_alone(way):
    times = 0.1 + np.abs(OFFSETS) / 2000.0 + np.random.default_rng(1).normal(0.0, 0.002, len(OFFSETS))
    assert not fit_moveout(OFFSETS, times, way=way, interval=0.002).outlier.any()


def test_few_picks_or_one_offset_say_nothing():
    assert fit_moveout(np.arange(5.0), np.arange(5.0)) is None
    assert fit_moveout(np.full(20, 100.0), np.arange(20.0)) is None
    with pytest.raises(InputError, match="no way to fit"):
        fit_moveout(OFFSETS, OFFSETS, way="eye")


def test_times_without_any_moveout_end_in_no_error():
    times = np.random.default_rng(0).uniform(0.0, 5.0, len(OFFSETS))
    for way in FITS:
        found = fit_moveout(OFFSETS, times, way=way)
        assert found is None or np.isfinite(found.replaced).all()


def test_a_review_makes_automatic_picks_and_gives_outliers_the_time_of_the_moveout(shot):
    project, true = shot
    result = review(project)
    assert {record for group in result.groups for record in group.outliers} == {"r05", "r12", "r40"}
    assert [(group.phase, group.picks) for group in result.groups] == [("P", 30), ("P", 30)]
    picks = project.picks()
    assert apply_review(picks, result) == 60
    for row in (5, 12, 40):
        (pick,) = picks.of(f"r{row:02d}")
        assert pick.time == pytest.approx(true[row], abs=0.05)
        assert (pick.provenance, pick.method, pick.weight, pick.run_id) == ("automatic", "moveout", 0.3, "spikes")
        assert pick.probability is None
    (good,) = picks.of("r00")
    assert (good.provenance, good.method, good.weight) == ("automatic", "picker", 1.0)
    assert good.time == pytest.approx(true[0], abs=0.02)


def test_a_second_review_takes_the_place_of_the_first_in_one_undo_step(shot):
    project, _ = shot
    picks = project.picks()
    apply_review(picks, review(project))
    apply_review(picks, review(project, weight=0.1))
    assert len(picks) == 60
    assert {pick.weight for pick in picks.all() if pick.method == "moveout"} == {0.1}
    project.journal.undo()
    assert {pick.weight for pick in picks.all() if pick.method == "moveout"} == {0.3}
    project.journal.undo()
    assert len(picks) == 0


def test_what_people_picked_or_refused_is_left_to_them(shot):
    project, _ = shot
    picks = project.picks()
    theirs = [Pick(0, "r05", "P", 10.5), Pick(0, "r06", "P", 10.0 + 6.89 / 8, provenance="rejected")]
    refused = next(pick for pick in review(project).picks if pick.record == "r06")
    theirs[1] = Pick(0, "r06", "P", refused.time, provenance="rejected")
    picks.edit("by hand", add=theirs)
    result = review(project)
    assert result.skipped == 2
    assert {"r05", "r06"}.isdisjoint(pick.record for pick in result.picks)
    apply_review(picks, result)
    assert picks.of("r05")[0].provenance == "manual"
    assert not picks.of("r06")


def test_sure_picks_on_the_moveout_are_accepted_where_that_is_asked_for(shot):
    project, _ = shot
    told = review(project, accept=0.9).to_json()
    assert (told["picks"], told["accepted"], told["replaced"]) == (60, 57, 3)


def test_a_review_without_offsets_shots_or_predictions_is_a_sentence(tmp_path, shot):
    project, _ = shot
    with pytest.raises(InputError, match="not grouped by station"):
        review(project, by="station")
    with pytest.raises(InputError, match="from 0 to 1"):
        review(project, accept=7.0)
    bare = records_file(tmp_path / "bare.npz", [(3000, None)] * 3, shot=np.zeros(3, np.int64))
    with project_of(tmp_path, bare, name="bare") as other:
        with pytest.raises(InputError, match="has picked nothing here yet"):
            review(other)
        predict(other)
        with pytest.raises(InputError, match="have no offsets"):
            review(other)


def test_suggestions_name_unsure_records_that_nobody_picked(shot):
    project, _ = shot
    project.picks().edit("by hand", add=[Pick(0, "r00", "P", 10.0), Pick(0, "r05", "P", 11.0)])
    found = finish(suggest_records_steps(project, "spikes", 4))
    assert len(found) == 4
    assert {"r00", "r05"}.isdisjoint(entry.record for entry in found)
    assert {"r12", "r40"} & {entry.record for entry in found}
    reasons = {entry.record: entry.reasons for entry in found}
    for record in {"r12", "r40"} & set(reasons):
        assert reasons[record][0] == "a pick lies off the moveout of its shot"
    assert all(entry.reasons and entry.gain >= 0.0 for entry in found)


def test_suggestions_predict_first_and_end_where_all_is_picked(tmp_path):
    path = records_file(tmp_path / "a.npz", [(3000, None), (4000, None), (None, None)])
    with project_of(tmp_path, path) as project:
        found = finish(suggest_records_steps(project, "spikes", 9))
        assert len(found) == 3
        empty = project.open_records().table.id_of(2)
        assert next(entry for entry in found if entry.record == empty).reasons == ("no P was found", "no S was found")
        names = [project.open_records().table.id_of(row) for row in range(3)]
        project.picks().edit("all", add=[Pick(0, name, "P", 30.0) for name in names])
        with pytest.raises(InputError, match="carries picks already"):
            finish(suggest_records_steps(project, "spikes"))
        with pytest.raises(InputError, match="cannot be made"):
            finish(suggest_records_steps(project, "spikes", 0))
