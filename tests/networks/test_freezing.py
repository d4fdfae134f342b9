"""What a plan freezes stays bit for bit what it was, and batch norms do what the plan says."""

import copy
import itertools

import pytest
import torch
from torch import nn
from torch.nn import functional

from seisgui import catalogue
from seisgui.catalogue.freezing import FreezePlan, branch_factor, frozen_parameters, leaves
from seisgui.errors import InputError
from seisgui.learning.optimisers import make_optimiser
from seisgui.learning.recipes import Recipe
from seisgui.networks import registry
from seisgui.networks.freezing import apply_plan, branches_of, tree_steps
from seisgui.seismic.progress import finish

TORCH_NETWORKS = [info.name for info in catalogue.networks() if info.uses_torch]
PRESETS = [(name, preset.name) for name in TORCH_NETWORKS for preset in catalogue.network(name).presets]


class Small(nn.Module):
    """An encoder with batch norm and a head, quick to train."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.head = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.classes = nn.Linear(4, 3)

    def forward(self, batch):
        return self.classes(self.head(self.encoder(batch)).mean((2, 3)))


@pytest.fixture
def small():
    torch.manual_seed(2)
    return Small()


def learn(applied, steps=3, side=8, channels=1, n_class=3, recipe=None, weight_decay=0.1):
    """A few real updates with weight decay and momentum, both of which may touch tensors without a gradient."""
    recipe = recipe or Recipe(optimiser="sgd", learning_rate=0.05, weight_decay=weight_decay)
    optimiser = make_optimiser(applied.groups(recipe.learning_rate), recipe)
    generator = torch.Generator().manual_seed(4)
    for _ in range(steps):
        applied.train()
        batch = torch.rand(4, channels, side, side, generator=generator)
        logits = applied.module(batch)
        targets = torch.randint(n_class, (4, *logits.shape[2:]), generator=generator)
        optimiser.zero_grad()
        functional.cross_entropy(logits, targets).backward()
        optimiser.step()


def changed(before, module):
    """Names of tensors that are not bit for bit what they were."""
    return {name for name, tensor in module.state_dict().items() if not torch.equal(tensor, before[name])}


@pytest.mark.parametrize(("network", "preset"), PRESETS)
def test_every_preset_freezes_what_the_tree_says(network, preset):
    info = catalogue.network(network)
    plan = info.plan(preset)
    module = registry.build(network, *info.counted_for)
    applied = apply_plan(module, plan)
    state = module.state_dict()
    counted = sum(state[name].numel() for name in applied.frozen if not name.endswith("num_batches_tracked"))
    assert counted == frozen_parameters(info.tree, plan)
    assert {name for name, tensor in module.named_parameters() if not tensor.requires_grad} <= set(applied.frozen)
    learning = sum(tensor.numel() for group in applied.groups(1.0) for tensor in group["params"])
    assert learning == sum(tensor.numel() for tensor in module.parameters() if tensor.requires_grad) > 0


def test_dramsch2018_freezes_555328_parameters_of_vgg16():
    info = catalogue.network("vgg16")
    module = registry.build("vgg16", 9)
    applied = apply_plan(module, info.plan("dramsch2018-vgg16"))
    assert frozen_parameters(info.tree, applied.plan) == 555_328
    assert set(applied.frozen) == {
        f"features.{place}.{kind}" for place in (0, 2, 5, 7, 10) for kind in ("weight", "bias")
    }


def test_dramsch2018_freezes_resnet50_up_to_the_third_convolution_of_stage_3_but_not_its_shortcut():
    module = registry.build("resnet50", 9)
    applied = apply_plan(module, catalogue.network("resnet50").plan("dramsch2018-resnet50"))
    frozen = {name.rpartition(".")[0] for name in applied.frozen}
    block = [f"layer2.0.{kind}{number}" for kind in ("conv", "bn") for number in (1, 2, 3)]
    assert {"conv1", "bn1", "layer1.2.bn3", "layer1.0.downsample.1", *block} <= frozen
    assert not {"layer2.0.downsample.0", "layer2.0.downsample.1", "layer2.1.conv1", "head.norm"} & frozen
    assert len(frozen) == 2 + (3 * 6 + 2) + 6
    learnt = {name for name, tensor in module.named_parameters() if tensor.requires_grad}
    assert {"layer2.0.downsample.0.weight", "layer2.1.conv1.weight", "classes.weight"} <= learnt
    # stem, stage 2 with its shortcut, first block of stage 3 without
    convolutions = 64 * 3 * 49 + (64 * 64 + 64 * 256 + 64 * 576 + 64 * 256) + 2 * (256 * 64 + 64 * 576 + 64 * 256)
    convolutions += 256 * 128 + 128 * 128 * 9 + 128 * 512
    norms = 4 * (64 + (64 + 64 + 256 + 256) + 2 * (64 + 64 + 256) + 128 + 128 + 512)
    assert frozen_parameters(catalogue.network("resnet50").tree, applied.plan) == convolutions + norms == 477_120


@pytest.mark.parametrize(
    ("network", "preset", "side"),
    [
        ("waldeland", "encoder", 65),
        ("waldeland-same", "all-but-head", 64),
        ("unet", "encoder", 32),
        ("unet", "all-but-head", 32),
        ("resnet50", "dramsch2018-resnet50", 64),
        ("vgg16", "dramsch2018-vgg16", 64),
    ],
)
def test_frozen_tensors_are_bit_identical_after_training(network, preset, side):
    module = registry.build(network, 3)
    applied = apply_plan(module, catalogue.network(network).plan(preset))
    before = copy.deepcopy(module.state_dict())
    learn(applied, steps=2, side=side, recipe=Recipe.of(catalogue.network("vgg16"), {"learning_rate": 0.01}))
    touched = changed(before, module)
    assert not touched & set(applied.frozen)
    learning = {name for name, tensor in module.named_parameters() if tensor.requires_grad}
    assert len(touched & learning) > 0.5 * len(learning)


def test_frozen_batch_norms_keep_their_statistics_and_use_them(small):
    applied = apply_plan(small, FreezePlan((("encoder", 0.0),)))
    before = copy.deepcopy(small.state_dict())
    learn(applied)
    assert {name for name in before if name.startswith("encoder.")} == set(applied.frozen)
    assert not changed(before, small) & set(applied.frozen)
    applied.train()
    batch = torch.rand(4, 1, 8, 8) * 5
    trained = small.encoder(batch)
    small.eval()
    assert torch.equal(small.encoder(batch), trained)


def test_the_old_policy_normalises_with_the_batch_and_predicts_with_stored_statistics(small):
    applied = apply_plan(small, FreezePlan((("encoder", 0.0),), "batch"))
    before = copy.deepcopy(small.state_dict())
    learn(applied)
    assert "encoder.1.running_mean" in applied.frozen
    assert not changed(before, small) & set(applied.frozen)
    batch = torch.rand(4, 1, 8, 8) * 5
    applied.train()
    trained = small.encoder[:2](batch)
    small.eval()
    torch.testing.assert_close(trained.mean((0, 2, 3)), torch.zeros(4), atol=1e-5, rtol=0)
    assert (small.encoder[:2](batch) - trained).abs().max() > 0.1


def test_the_oldest_policy_changes_the_stored_statistics_too(small):
    applied = apply_plan(small, FreezePlan((("encoder", 0.0),), "batch-updated"))
    before = copy.deepcopy(small.state_dict())
    learn(applied)
    touched = changed(before, small)
    assert {"encoder.1.running_mean", "encoder.1.running_var", "encoder.1.num_batches_tracked"} <= touched
    assert not {"encoder.0.weight", "encoder.0.bias", "encoder.1.weight", "encoder.1.bias"} & touched
    assert not touched & set(applied.frozen)


def test_a_later_plan_replaces_an_earlier_one(small):
    apply_plan(small, FreezePlan((("encoder", 0.0),), "batch"))
    applied = apply_plan(small, FreezePlan())
    before = copy.deepcopy(small.state_dict())
    learn(applied)
    assert applied.frozen == ()
    assert {"encoder.0.weight", "encoder.1.running_mean"} <= changed(before, small)


def test_branches_learn_at_their_own_rate(small):
    applied = apply_plan(small, FreezePlan((("encoder", 0.1), ("encoder.1", 0.0))))
    groups = {group["factor"]: group for group in applied.groups(0.5)}
    assert {factor: group["lr"] for factor, group in groups.items()} == {0.1: pytest.approx(0.05), 1.0: 0.5}
    assert sum(tensor.numel() for tensor in groups[0.1]["params"]) == 40
    before = copy.deepcopy(small.state_dict())
    learn(applied, steps=1, weight_decay=0.0)
    slow = {name: tensor - before[name] for name, tensor in small.state_dict().items()}
    other = Small()
    other.load_state_dict(before)
    learn(apply_plan(other, FreezePlan((("encoder.1", 0.0),))), steps=1, weight_decay=0.0)
    torch.testing.assert_close(
        slow["encoder.0.weight"] * 10,
        other.encoder[0].weight.detach() - before["encoder.0.weight"],
        rtol=1e-3,
        atol=1e-6,
    )


def test_the_longest_path_decides_and_a_change_by_hand_drops_what_lies_below():
    plan = FreezePlan((("layer2.0", 0.0), ("layer2.0.downsample", 1.0)), preset="theirs")
    assert [plan.factor(path) for path in ("layer2.0.conv1", "layer2.0.downsample.0.weight", "layer2.01", "x")] == [
        0.0,
        1.0,
        1.0,
        1.0,
    ]
    by_hand = plan.with_factor(["layer2"], 0.0)
    assert by_hand.factor("layer2.0.downsample.0") == 0.0
    assert by_hand.preset == ""
    assert FreezePlan.from_json(plan.to_json()) == plan


def test_a_branch_of_the_tree_knows_whether_all_below_it_is_frozen():
    info = catalogue.network("vgg16")
    plan = info.plan("dramsch2018-vgg16")
    convolutions, *rest = info.tree
    states = {block.title: branch_factor(block, plan) for block in convolutions.children}
    assert states == {"Block 1": 0.0, "Block 2": 0.0, "Block 3": None, "Block 4": 1.0, "Block 5": 1.0}
    assert branch_factor(convolutions, plan) is None
    assert [branch_factor(branch, plan) for branch in rest] == [1.0, 1.0]
    thawed = plan.with_factor(convolutions.paths, 0.25)
    assert branch_factor(convolutions, thawed) == 0.25
    assert sum(leaf.parameters for leaf in leaves(convolutions)) == convolutions.parameters == 14_714_688


@pytest.mark.parametrize(
    ("factors", "norms", "told"),
    [
        ((("nowhere", 0.0),), "eval", "nowhere"),
        ((("encoder", 0.0), ("head", 0.0), ("classes", 0.0)), "eval", "nothing would learn"),
        ((("encoder", -1.0),), "eval", "factor"),
        ((("encoder", float("nan")),), "eval", "factor"),
        ((), "sometimes", "batch norms"),
    ],
)
def test_plans_without_sense_are_refused(small, factors, norms, told):
    with pytest.raises(InputError, match=told):
        apply_plan(small, FreezePlan(factors, norms))


def test_an_unknown_preset_names_the_choices():
    with pytest.raises(InputError, match="dramsch2018-vgg16, none, encoder, all-but-head"):
        catalogue.network("vgg16").plan("dramsch")
    assert catalogue.network("forest").presets == ()


def test_a_network_without_a_tree_in_the_catalogue_is_described_by_its_module():
    (encoder, head, last) = branches_of(Small())
    assert (encoder.title, encoder.paths, encoder.parameters) == ("encoder", ("encoder",), 40 + 16)
    assert [leaf.paths for leaf in itertools.chain(leaves(encoder), leaves(head), leaves(last))] == [
        ("encoder.0",),
        ("encoder.1",),
        ("head.0",),
        ("head.1",),
        ("classes",),
    ]
    plan = FreezePlan((("encoder", 0.0),))
    assert frozen_parameters((encoder, head, last), plan) == 56
    tree = finish(tree_steps("unet", 9, 1))
    assert sum(branch.parameters for branch in tree) == catalogue.network("unet").parameters
