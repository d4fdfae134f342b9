"""Starting weights and frozen branches through real training runs, and the run from scratch beside them."""

import numpy as np
import pytest
import torch
from layered import HOLD_OUT, QUICK, run_training

from seisgui import catalogue
from seisgui.catalogue.freezing import FreezePlan
from seisgui.errors import InputError
from seisgui.learning.checkpoint import WEIGHTS, read_checkpoint
from seisgui.learning.events import Notice, RunSaved
from seisgui.networks import registry
from seisgui.networks.freezing import apply_plan

SHORT = {**QUICK, "updates_per_epoch": 2, "batch": 2, "averaging": 0.5}


def state_of(project, record):
    return read_checkpoint(project.run_folder(record.id) / WEIGHTS)[0]


@pytest.mark.parametrize(
    ("network", "freeze", "norms"),
    [
        ("unet", "encoder", "eval"),
        ("unet", "all-but-head", "batch"),
        ("waldeland", "encoder", "batch-updated"),
        ("waldeland", "features.0=frozen;head=0.1", "eval"),
    ],
)
def test_what_is_frozen_is_bit_identical_after_training(project, network, freeze, norms):
    start = run_training(project, network, epochs=1, settings=SHORT)
    record = run_training(
        project, network, epochs=1, settings=SHORT, start_from=start.id, freeze=freeze, norms=norms, seed=1
    )
    before, after = state_of(project, start), state_of(project, record)
    plan = FreezePlan.from_json(record.settings["plan"])
    frozen = apply_plan(registry.build(network, 3), plan).frozen
    assert frozen
    assert all(torch.equal(before[name], after[name]) for name in frozen)
    learnt = [name for name in before if name not in frozen and before[name].is_floating_point()]
    assert sum(not torch.equal(before[name], after[name]) for name in learnt) > 0.9 * len(learnt)
    assert plan.frozen_norms == norms


def test_a_run_tells_where_it_began(project):
    start = run_training(project, "unet", epochs=0)
    events = []
    record = run_training(project, "unet", events, epochs=0, start_from=start.id, position=True)
    assert record.start_from == start.id
    assert record.settings["started_from"] == f"run {start.id}"
    assert "tensors" in record.settings["loaded"]
    assert record.settings["loaded"] in [event.sentence for event in events if isinstance(event, Notice)]
    before, after = state_of(project, start), state_of(project, record)
    encoder = [name for name in before if name.startswith("encoder.")]
    assert encoder
    assert all(torch.equal(before[name], after[name]) for name in encoder)


def test_a_file_gives_the_body_and_not_the_classes(project):
    start = run_training(project, "unet", epochs=1, settings=SHORT)
    path = project.run_folder(start.id) / WEIGHTS
    record = run_training(project, "unet", epochs=0, start_from=str(path), seed=3)
    before, after = state_of(project, start), state_of(project, record)
    assert torch.equal(before["decoder.0.0.weight"], after["decoder.0.0.weight"])
    assert not torch.equal(before["classes.weight"], after["classes.weight"])


def test_a_run_from_scratch_stands_beside_the_transferred_one(project):
    start = run_training(project, "unet", epochs=1, settings=SHORT, seed=7)
    events = []
    record = run_training(
        project,
        "unet",
        events,
        epochs=1,
        settings=SHORT,
        hold_out=HOLD_OUT,
        start_from=start.id,
        freeze="encoder",
        beside_scratch=True,
    )
    beside = project.run(record.settings["beside"])
    assert beside.settings["beside"] == record.id
    assert [event.run_id for event in events if isinstance(event, RunSaved)] == [record.id, beside.id]
    assert (beside.start_from, beside.settings["plan"]["factors"]) == ("scratch", {})
    assert (beside.seed, beside.label_revision, beside.split) == (record.seed, record.label_revision, record.split)
    assert beside.metrics["updates"] == record.metrics["updates"]
    assert beside.metrics["baselines"] == record.metrics["baselines"]
    told = [event.sentence for event in events if isinstance(event, Notice)][-1]
    assert record.id in told
    assert beside.id in told
    assert "from scratch" in told
    assert project.run(record.id) == record


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        ({"freeze": "dramsch"}, "no freeze preset"),
        ({"freeze": "encodre=frozen"}, "encodre"),
        ({"freeze": "encoder=icy"}, "does not say how"),
        ({"freeze": "encoder", "norms": "cold"}, "no way to treat"),
        ({"freeze": "encoder=frozen;decoder=frozen;classes=frozen"}, "nothing would learn"),
        ({"beside_scratch": True}, "from scratch needs none"),
        ({"settings": {"stretch": 2.0}}, "stretch must lie"),
        ({"settings": {"regularise": -1}}, "regularise must lie"),
    ],
)
def test_what_cannot_be_transferred_is_a_sentence(project, wishes, sentence):
    with pytest.raises(InputError, match=sentence):
        run_training(project, "unet", epochs=1, **{"settings": SHORT, **wishes})
    assert project.runs() == []


def test_plans_are_written_in_one_line_and_read_again():
    plan = FreezePlan((("encoder", 0.0), ("decoder.1", 1.0), ("classes", 0.1)))
    assert plan.to_text() == "encoder=frozen;decoder.1=trained;classes=0.1"
    assert FreezePlan.from_text(plan.to_text()) == plan
    assert catalogue.network("unet").plan("encoder=frozen", "batch").frozen_norms == "batch"


def test_dear_patches_are_scored_on_fewer_pixels():
    from seisgui.learning.dense import LEAST_SCORED, MOST_SCORED, NetworkModel
    from seisgui.learning.evaluation import thinned

    counts = {}
    for name in ("waldeland-same", "vgg16"):
        info = catalogue.network(name)
        with torch.device("meta"):
            module = registry.build(name, 3)
        model = NetworkModel(module, info, (0, 1, 2), None, None, torch.device("meta"))
        counts[name] = model.most_scored()
    assert counts["waldeland-same"] == MOST_SCORED
    assert LEAST_SCORED <= counts["vgg16"] < 1500
    masks = [np.ones((50, 100), dtype=bool), np.eye(60, dtype=bool)]
    chosen = thinned(masks, 1000)
    assert abs(sum(int(mask.sum()) for mask in chosen) - 1000) <= 2
    assert all((mask <= whole).all() for mask, whole in zip(chosen, masks, strict=True))
