"""A training run: what it writes, what it says, how it stops, and what it refuses."""

import json

import numpy as np
import pytest
import torch
from layered import HOLD_OUT, QUICK, inline, make_project, paint, run_training

from seisgui.errors import InputError
from seisgui.interpretation.facies import Source
from seisgui.learning.batches import BatchSource, PixelSet, validation_masks
from seisgui.learning.checkpoint import WEIGHTS, read_checkpoint
from seisgui.learning.class_objective import ClassObjective, PixelLook
from seisgui.learning.events import Control, CurvePoint, Notice, Progress, RunSaved
from seisgui.learning.finetune import EarlyStopping, finetune
from seisgui.learning.model import FaciesModel, load_model
from seisgui.learning.recipes import Recipe
from seisgui.learning.requests import HoldOut, TrainRequest
from seisgui.learning.train import train
from seisgui.networks.waldeland import Waldeland

SCORES = ("loss", "mae", "accuracy", "mean_class_accuracy", "mean_iou", "frequency_weighted_iou", "mean_f1")


@pytest.mark.parametrize("network", ["forest", "waldeland", "waldeland-same"])
def test_a_run_is_in_the_ledger_with_all_figures(trained, network):
    project, records = trained
    record = project.run(records[network].id)
    assert record == records[network]
    assert [entry.name for entry in record.classes] == ["top", "middle", "bottom"]
    assert record.amplitude["rule"] == "P99"
    assert record.amplitude["value"] > 0
    assert record.split["hold_out"] == ["crossline:300-330"]
    for side in ("training", "held_out"):
        figures = record.metrics[side]
        assert all(np.isfinite(figures[name]) for name in SCORES)
        assert set(figures["per_class"]) == {"0", "1", "2"}
        assert np.sum(figures["confusion"]) == figures["n"]
    assert record.metrics["gap"] == 65
    assert len(record.metrics["baselines"]) >= 5
    json.dumps(record.to_json())


@pytest.mark.parametrize("network", ["forest", "waldeland", "waldeland-same"])
def test_a_run_is_a_model_again(trained, network):
    project, records = trained
    model = load_model(project, records[network].id, "cpu")
    assert isinstance(model, FaciesModel)
    assert model.network == network
    assert model.class_ids == (0, 1, 2)
    volume = project.open_volume()
    step = 4
    probabilities = model.predict(volume.section(inline()), inline(), volume.axes, step=step)
    assert probabilities.shape == (3, 60, 18)
    np.testing.assert_allclose(probabilities.sum(axis=0), 1.0, atol=1e-4)


def test_smoothed_models_are_scored_without_smoothing_too(trained):
    _, records = trained
    for name in ("forest", "waldeland"):
        metrics = records[name].metrics
        assert metrics["held_out_unsmoothed"]["n"] == metrics["held_out"]["n"]
        assert metrics["held_out_unsmoothed"]["loss"] != metrics["held_out"]["loss"]
    assert records["waldeland-same"].metrics["held_out_unsmoothed"] is None


def test_an_epoch_of_the_default_recipe_is_fifty_updates():
    from seisgui import catalogue

    assert Recipe.of(catalogue.network("waldeland")).updates_per_epoch == 50
    assert Recipe.of(catalogue.network("waldeland-same")).learning_rate == 1e-3


def test_events_come_every_update_and_every_epoch(project):
    events = []
    run_training(project, "waldeland", events, hold_out=HOLD_OUT, epochs=2, settings=QUICK)
    updates = {event.done for event in events if isinstance(event, Progress) and "Training" in event.phrase}
    assert updates == set(range(1, 9))
    points = [event for event in events if isinstance(event, CurvePoint)]
    assert [point.epoch for point in points] == [1, 2]
    assert {"loss", "accuracy", "mean_iou"} <= set(points[0].training)
    assert {"loss", "accuracy", "mean_iou"} <= set(points[0].held_out)
    assert isinstance(events[-1], RunSaved)


def test_learning_learns(project):
    record = run_training(
        project, "waldeland", hold_out=HOLD_OUT, epochs=1, settings={"updates_per_epoch": 30, "batch": 16}
    )
    assert record.metrics["pixel_accuracy"] > 0.8


def test_one_seed_one_network_another_seed_another(project):
    wishes = {"hold_out": HOLD_OUT, "epochs": 1, "settings": QUICK}
    states = []
    for seed in (5, 5, 6):
        torch.rand(7)  # the global generator must not matter
        record = run_training(project, "waldeland-same", seed=seed, **wishes)
        states.append(read_checkpoint(project.run_folder(record.id) / WEIGHTS)[0])
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not all(torch.equal(states[0][name], states[2][name]) for name in states[0])


def test_no_epochs_register_the_starting_weights(project):
    first = run_training(project, "waldeland", epochs=1, settings=QUICK)
    again = run_training(project, "waldeland", epochs=0, start_from=first.id)
    old, _ = read_checkpoint(project.run_folder(first.id) / WEIGHTS)
    new, _ = read_checkpoint(project.run_folder(again.id) / WEIGHTS)
    assert all(torch.equal(old[name], new[name]) for name in old)
    assert again.metrics["updates"] == 0
    assert again.start_from == first.id


def test_going_on_with_a_new_class_keeps_what_was_learnt(project):
    first = run_training(project, "waldeland", epochs=1, settings=QUICK)
    labels = project.labels()
    new = labels.add_class("salt", "#999999")
    labels.paint(inline(), 60, 30, np.ones((20, 10), dtype=bool), new if isinstance(new, int) else new.id)
    project.wait_saved()
    again = run_training(project, "waldeland", epochs=0, start_from=first.id)
    assert [entry.name for entry in again.classes] == ["top", "middle", "bottom", "salt"]
    old, _ = read_checkpoint(project.run_folder(first.id) / WEIGHTS)
    new_state, _ = read_checkpoint(project.run_folder(again.id) / WEIGHTS)
    assert torch.equal(new_state["classes.weight"][:3], old["classes.weight"])


def test_weights_can_come_from_a_file(project):
    first = run_training(project, "waldeland", epochs=1, settings=QUICK)
    path = project.run_folder(first.id) / WEIGHTS
    again = run_training(project, "waldeland", epochs=0, start_from=str(path))
    assert again.metrics["held_out"] == first.metrics["held_out"]


def test_stop_keeps_what_is_best_so_far(project):
    control, events = Control(), []
    steps = train(project, TrainRequest(project.path, network="waldeland", epochs=50, settings=QUICK), control)
    while True:
        try:
            events.append(next(steps))
        except StopIteration as outcome:
            record = outcome.value
            break
        if len(events) == 6:
            control.stop = True
    assert record.status == "stopped"
    assert 0 < record.metrics["updates"] < 12
    assert record.id in {each.id for each in project.runs()}


@pytest.mark.parametrize("network", ["forest", "waldeland"])
def test_discard_leaves_nothing(project, network):
    steps = train(project, TrainRequest(project.path, network=network, settings={}), Control())
    for _ in range(3):
        next(steps)
    steps.close()
    assert project.runs() == []
    runs = project.path / "runs"
    assert not runs.exists() or not list(runs.iterdir())


def test_position_is_told_and_adds_channels(project):
    record = run_training(project, "waldeland", position=True, epochs=1, settings=QUICK)
    state, info = read_checkpoint(project.run_folder(record.id) / WEIGHTS)
    assert info.position
    assert record.metrics["position"] is True
    assert record.settings["position"] is True
    assert state["features.0.0.weight"].shape[1] > 1


def test_few_labels_and_no_score_are_told(tmp_path):
    with make_project(tmp_path, strokes=False) as project:
        labels = project.labels()
        for class_id, sample in ((0, 5), (1, 30)):
            labels.paint(inline(), 10, sample, np.ones((4, 3), dtype=bool), class_id)
        project.wait_saved()
        events = []
        record = run_training(project, "waldeland", events, epochs=1, settings=QUICK)
    sentences = [event.sentence for event in events if isinstance(event, Notice)]
    assert "not scored: label a second area" in sentences
    assert "class top has 12 training pixels on 1 section" in sentences
    assert record.metrics["held_out"] is None
    assert record.metrics["scored"] is False


def test_accepted_labels_train_and_do_not_score(tmp_path):
    with make_project(tmp_path, strokes=False) as project:
        paint(project, 0, 30, source=Source.ACCEPTED)
        paint(project, 180, 60)
        record = run_training(project, "forest", hold_out=HOLD_OUT, settings={"trees": 5})
        assert record.metrics["held_out"] is None


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        ({"network": "waldelnad"}, "not a network"),
        ({"network": "waldeland", "start_from": "imagenet"}, "no imagenet weights"),
        ({"network": "waldeland", "start_from": "no-such-run"}, "neither a run"),
        ({"network": "forest", "start_from": "any"}, "always made anew"),
        ({"network": "waldeland", "settings": {"learning_speed": 1}}, "no training setting"),
        ({"network": "waldeland", "settings": {"learning_rate": "fast"}}, "learning_rate cannot be"),
        ({"network": "waldeland", "device": "cuda:7"}, "device"),
        ({"network": "waldeland", "split": "diagonal"}, "no way to split"),
        ({"network": "waldeland", "orientation": "diagonal"}, "orientation"),
        ({"network": "waldeland", "epochs": -1}, "epochs"),
        ({"network": "waldeland", "clip_rule": "P12"}, "clip rule"),
        ({"network": "forest", "settings": {"depth": 3}}, "no setting of the forest"),
        ({"network": "waldeland", "hold_out": (HoldOut("crossline", 300, 539),)}, "no label to train"),
        ({"network": "waldeland", "dataset_id": "elsewhere"}, "elsewhere"),
    ],
)
def test_what_cannot_be_trained_is_a_sentence(project, wishes, sentence):
    with pytest.raises(InputError, match=sentence):
        run_training(project, wishes.pop("network"), **wishes)
    assert project.runs() == []


def test_weights_of_another_network_are_refused(project):
    other = run_training(project, "waldeland-same", epochs=0)
    with pytest.raises(InputError, match="belongs to another network"):
        run_training(project, "waldeland", start_from=other.id)


def test_no_labels_and_one_class_are_sentences(tmp_path):
    with make_project(tmp_path, strokes=False) as project:
        with pytest.raises(InputError, match="no labels"):
            run_training(project, "waldeland")
        project.labels().paint(inline(), 5, 5, np.ones((9, 9), dtype=bool), 0)
        with pytest.raises(InputError, match="at least two classes; there is only top"):
            run_training(project, "waldeland")


def test_the_best_weights_are_restored_and_training_ends():
    recipe = Recipe(batch=4, updates_per_epoch=2, patience=3)
    generator = np.random.default_rng(0)
    stack = generator.normal(size=(1, 40, 40)).astype(np.float32)
    target = np.full((40, 40), -1)
    target[:10], target[30:] = 0, 1
    module = Waldeland(2)
    # labels the wrong way round: the better the network learns the worse its validation gets
    inputs = generator.normal(size=(8, 1, 65, 65)).astype(np.float32)
    wrong = PixelSet(inputs, np.zeros(8, dtype=np.int64))
    with torch.no_grad():
        module.classes.bias[:] = torch.tensor([9.0, -9.0])
    source = BatchSource([stack], [target], 65, recipe, seed=0)
    steps = finetune(
        module,
        source,
        run_id="r",
        objective=ClassObjective((0, 1), recipe),
        recipe=recipe,
        epochs=40,
        seed=0,
        device=torch.device("cpu"),
        validation=PixelLook(wrong, (0, 1)),
        held_out=None,
        control=Control(),
    )
    while True:
        try:
            next(steps)
        except StopIteration as outcome:
            result = outcome.value
            break
    losses = [point.training["validation_loss"] for point in result.history]
    assert result.stopped_early
    assert result.epochs < 40
    assert losses[result.best_epoch - 1] == min(losses)
    module.eval()
    with torch.inference_mode():
        found = torch.nn.functional.cross_entropy(module(torch.from_numpy(inputs)), torch.zeros(8, dtype=torch.long))
    assert float(found) == pytest.approx(min(losses), rel=1e-4)


def test_patience_counts_loss_and_accuracy():
    module = torch.nn.Linear(1, 1)
    stopping = EarlyStopping(2)
    told = [(1.0, 0.5), (1.1, 0.6), (1.2, 0.6), (1.3, 0.6)]
    ends = [
        stopping.told(epoch, {"loss": loss, "accuracy": accuracy}, module)
        for epoch, (loss, accuracy) in enumerate(told, 1)
    ]
    assert ends == [False, False, False, True]
    assert stopping.best_epoch == 1


def test_validation_cells_never_take_most_of_a_class():
    target = np.full((200, 200), -1)
    target[:, :100], target[:3, 150:153] = 0, 1
    for seed in range(20):
        mask = validation_masks([target], seed)[0]
        assert (mask & (target == 1)).sum() <= 4
        assert not mask[target < 0].any()
