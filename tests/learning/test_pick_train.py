"""The training of a picker: the ledger, held-out stations, strategies, stop, scratch beside, the live session."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from arrivals import HELD_OUT, QUICK, make_project, outcome_of, run_training, write_gathers, write_records

from seisgui.errors import InputError
from seisgui.interpretation.runs import RunRecord
from seisgui.learning.events import Control, CurvePoint, Notice, PicksStored, Progress, RunSaved
from seisgui.learning.guard import compare_runs
from seisgui.learning.live import live
from seisgui.learning.picking.pick_data import read_pick_data
from seisgui.learning.picking.pick_recipe import PickRecipe
from seisgui.learning.picking.picker_model import PickerModel, read_picker
from seisgui.learning.picking.stored_picks import read_predicted
from seisgui.learning.requests import HeldOutGroup, LiveRequest, LiveUpdate, TrainRequest
from seisgui.learning.revisions import revisions


@pytest.fixture
def project(tmp_path):
    with make_project(tmp_path, write_records(tmp_path / "records.npz")) as project:
        yield project


@pytest.fixture
def gathers(tmp_path):
    with make_project(tmp_path, write_gathers(tmp_path / "gathers.npz")) as project:
        yield project


def test_a_run_is_in_the_ledger_with_its_figures(project):
    events = []
    record = run_training(project, events, start_from="scratch")
    assert project.run(record.id) == record
    assert [entry.name for entry in record.classes] == ["N", "P", "S"]
    assert record.split["hold_out"] == ["station:AA.ST0"]
    assert len(record.split["training_records"]) == 8
    assert not any("ST0" in name for name in record.split["training_records"])
    assert {"precision", "recall", "f1", "residual_mean", "within"} <= set(record.metrics["held_out"]["P"])
    assert record.metrics["held_out"]["n"] == 2
    points = [event for event in events if isinstance(event, CurvePoint)]
    assert {"loss", "mae"} <= set(points[0].training)
    assert {"loss", "accuracy", "f1_P", "f1_S"} <= set(points[0].held_out)
    assert [event.done for event in events if isinstance(event, Progress) and "Training" in event.phrase] == [1, 2, 3]
    assert isinstance(events[-1], RunSaved)
    json.dumps(record.to_json())
    model = PickerModel.load(project, record.id, "cpu")
    assert (model.phases, model.components, model.rate) == (("N", "P", "S"), ("E", "N", "Z"), 100.0)


def test_learning_learns(project):
    settings = {"updates_per_epoch": 60, "batch": 8, "window": 512, "norms_learn": True}
    record = run_training(project, start_from="scratch", settings=settings)
    losses = record.metrics["history"][0]["training"]["loss"]
    fresh = run_training(project, start_from="scratch", epochs=0)
    assert fresh.metrics["updates"] == 0
    assert losses < 0.5
    assert record.metrics["training"]["P"]["recall"] > 0.5


def test_no_epochs_register_the_starting_weights(project):
    first = run_training(project, start_from="scratch")
    again = run_training(project, start_from=first.id, epochs=0)
    old, _ = read_picker(project.run_folder(first.id) / "weights.safetensors")
    new, _ = read_picker(project.run_folder(again.id) / "weights.safetensors")
    assert all(torch.equal(old[name], new[name]) for name in old)


def test_a_share_of_the_starting_weights_is_kept(project):
    first = run_training(project, start_from="scratch")
    states = {}
    for keep in (0.0, 0.5, 1.0):
        record = run_training(project, start_from=first.id, settings={**QUICK, "keep": keep, "retime": False})
        states[keep], _ = read_picker(project.run_folder(record.id) / "weights.safetensors")
    start, _ = read_picker(project.run_folder(first.id) / "weights.safetensors")
    name = "out.weight"
    torch.testing.assert_close(states[1.0][name], start[name])
    torch.testing.assert_close(states[0.5][name], (start[name] + states[0.0][name]) / 2)
    assert not torch.equal(states[0.0][name], start[name])


def test_strategies_freeze_and_begin_anew_as_they_say(project):
    first = run_training(project, start_from="scratch")
    start, _ = read_picker(project.run_folder(first.id) / "weights.safetensors")
    record = run_training(project, start_from=first.id, freeze="input-encoder", seed=7)
    state, _ = read_picker(project.run_folder(record.id) / "weights.safetensors")
    assert torch.equal(state["inc.weight"], start["inc.weight"])
    assert torch.equal(state["down_branch.2.0.weight"], start["down_branch.2.0.weight"])
    assert not torch.allclose(state["up_branch.1.0.weight"], start["up_branch.1.0.weight"], atol=0.02)


def test_one_seed_one_picker(project):
    states = []
    for seed in (3, 3, 4):
        torch.rand(5)
        record = run_training(project, start_from="scratch", seed=seed)
        states.append(read_picker(project.run_folder(record.id) / "weights.safetensors")[0])
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["out.weight"], states[2]["out.weight"])


def test_stop_keeps_what_is_best_so_far_and_closing_leaves_nothing(project):
    control = Control()
    request = TrainRequest(
        project.path, task="picking", network="phasenet", epochs=50, settings=QUICK, hold_out_groups=HELD_OUT
    )
    from seisgui.learning.train import train

    steps = train(project, request, control)
    for event in steps:
        if isinstance(event, Progress) and "Training" in event.phrase:
            control.stop = True
            break
    record = outcome_of(steps)
    assert record.status == "stopped"
    assert record.metrics["updates"] <= 2
    steps = train(project, request, Control())
    next(event for event in steps if isinstance(event, Progress))
    steps.close()
    assert [run.id for run in project.runs()] == [record.id]


def test_scratch_stands_beside_with_a_budget_of_its_own(project):
    first = run_training(project, start_from="scratch")
    events = []
    record = run_training(project, events, start_from=first.id, beside_scratch=True)
    beside = project.run(record.settings["beside"])
    assert beside.settings["beside"] == record.id
    assert beside.settings["learning_rate"] > record.settings["learning_rate"]
    assert beside.metrics["updates"] == 3 * record.metrics["updates"]
    assert beside.split["hold_out"] == record.split["hold_out"]
    assert any(isinstance(event, Notice) and "against" in event.sentence for event in events)


def test_no_station_is_on_both_sides(project):
    records = project.open_records()
    request = TrainRequest(project.path, task="picking", network="phasenet")
    data = read_pick_data(records, project.picks(), request, PickRecipe())
    sides = [{records.table.station_of(index) for index in side} for side in (data.split.training, data.split.held_out)]
    assert data.split.scored
    assert not sides[0] & sides[1]


@pytest.mark.parametrize(
    ("group", "told"),
    [(HeldOutGroup("station", "nowhere"), "no station"), (HeldOutGroup("shot", "1"), "not grouped by shot")],
)
def test_groups_that_do_not_exist_are_named(project, group, told):
    with pytest.raises(InputError, match=told):
        run_training(project, hold_out_groups=(group,))


def test_a_station_may_be_named_without_its_network(project):
    record = run_training(project, start_from="scratch", hold_out_groups=(HeldOutGroup("station", "st0"),))
    assert record.metrics["held_out"]["n"] == 2


def test_unpicked_traces_of_imported_gathers_are_empty(gathers):
    groups = (HeldOutGroup("shot", "gather 1"),)
    record = run_training(gathers, start_from="scratch", hold_out_groups=groups, settings={"updates_per_epoch": 2})
    held_out = record.metrics["held_out"]
    assert record.settings["track"]
    assert record.classes[1].name == "P"
    assert held_out["P"]["n_true"] == 10
    assert held_out["P"]["empty_picked"] is not None


def test_accepted_and_automatic_picks_count_less_and_never_score(project):
    picks = project.picks()
    records = project.open_records()
    first = [pick for pick in picks.all() if pick.record == records.table.id_of(0)]
    picks.edit("Accept", change=[replace(pick, provenance="accepted") for pick in first])
    request = TrainRequest(project.path, task="picking", network="phasenet", hold_out_groups=HELD_OUT)
    data = read_pick_data(records, picks, request, PickRecipe())
    assert data.picked[0].weight == 0.5
    assert 0 in data.split.held_out
    assert [each.index for each in data.held_out] == [5]


def test_the_guard_watches_f1_and_false_picks():
    def run(f1, empty):
        scores = {"f1": f1, "precision": f1, "n_true": 100, "n_predicted": 100, "empty_picked": empty, "n_noise": 50}
        split = {"kind": "blocked", "hold_out": ["station:A"], "gap": 0}
        return RunRecord("r", "picking", "phasenet", "", split=split, metrics={"held_out": {"P": scores}})

    assert compare_runs(run(0.9, 0.1), run(0.91, 0.1)).replace
    assert not compare_runs(run(0.9, 0.1), run(0.7, 0.1)).replace
    assert "no false pick" in compare_runs(run(0.9, 0.1), run(0.9, 0.6)).sentence


def test_a_live_session_picks_the_records_in_view_after_every_pick(project):
    records, picks = project.open_records(), project.picks()
    names = tuple(records.table.id_of(index) for index in (0, 1))
    start = run_training(project, start_from="scratch", epochs=0)
    request = TrainRequest(
        project.path, task="picking", network="phasenet", start_from=start.id, device="cpu", settings={"window": 512}
    )
    control, news = Control(), []
    steps = live(project, LiveRequest(request, records=names), lambda: news.pop() if news else None, control)
    told = next(event for event in steps if isinstance(event, PicksStored))
    found = read_predicted(project, told.run_id, told.dataset_id)
    assert set(found.looked) == set(names)
    pick = picks.of(names[0])[0]
    edit = picks.edit("Move", change=[replace(pick, time=pick.time + 0.05, provenance="manual")])
    news.append(LiveUpdate(edit.revision, records=names[:1]))
    again = next(event for event in steps if isinstance(event, PicksStored))
    assert set(read_predicted(project, again.run_id, again.dataset_id).looked) == set(names[:1])
    next(event for event in steps if isinstance(event, RunSaved))
    control.stop = True
    assert outcome_of(steps).status == "finished"
    assert len(revisions(project, told.run_id)) == 1
    assert np.isfinite(PickerModel.load(project, told.run_id, "cpu").predict_windows(np.ones((1, 3, 512)))).all()
