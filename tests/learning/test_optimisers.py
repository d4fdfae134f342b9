"""Recipes choose the optimiser and its rate; those of the ImageNet networks are the paper's."""

import numpy as np
import pytest
import torch
from torch import nn

from seisgui import catalogue
from seisgui.errors import InputError
from seisgui.learning.batches import Batch
from seisgui.learning.class_objective import ClassObjective, ClassTally
from seisgui.learning.finetune import Trainer
from seisgui.learning.optimisers import learning_rate, make_optimiser
from seisgui.learning.recipes import Recipe


@pytest.mark.parametrize(("network", "rate"), [("vgg16", 1e-4), ("resnet50", 1e-3)])
def test_imagenet_networks_learn_as_in_the_paper(network, rate):
    recipe = Recipe.of(catalogue.network(network))
    optimiser = make_optimiser([{"params": [nn.Parameter(torch.zeros(1))]}], recipe)
    assert isinstance(optimiser, torch.optim.SGD)
    (group,) = optimiser.param_groups
    assert (group["lr"], group["momentum"], group["nesterov"], group["weight_decay"]) == (rate, 0.9, True, 0.0)
    assert learning_rate(recipe, 0, 100) == rate
    assert learning_rate(recipe, 9000, 9000) == pytest.approx(rate / 1.009)


def test_other_networks_learn_by_adam_along_a_cosine():
    recipe = Recipe.of(catalogue.network("waldeland"))
    optimiser = make_optimiser([{"params": [nn.Parameter(torch.zeros(1))]}], recipe)
    assert isinstance(optimiser, torch.optim.AdamW)
    assert [learning_rate(recipe, done, 100) for done in (0, 50, 100, 200)] == pytest.approx([1e-3, 5e-4, 1e-6, 1e-6])


def test_a_trainer_steps_as_its_recipe_says():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    inputs = np.random.default_rng(0).random((3, 1, 2, 2), dtype=np.float32)
    targets = np.array([0, 1, 1])
    logits = module(torch.from_numpy(inputs))
    nn.functional.cross_entropy(logits, torch.from_numpy(targets)).backward()
    gradient = {name: tensor.grad.clone() for name, tensor in module.named_parameters()}
    recipe = Recipe(optimiser="sgd", momentum=0.0, learning_rate=0.5, schedule="inverse", decay=1.0)
    trainer = Trainer(module, ClassObjective((0, 1), recipe), recipe, torch.device("cpu"), 10)
    trainer.update(Batch(inputs, targets), ClassTally((0, 1)))
    for name, tensor in module.state_dict().items():
        torch.testing.assert_close(tensor, before[name] - 0.5 * gradient[name])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"optimiser": "adam-w"}, "no optimiser"),
        ({"schedule": "linear"}, "no learning-rate schedule"),
        ({"momentum": 1.0}, "momentum"),
        ({"decay": -1.0}, "decay"),
        ({"nesterov": True, "momentum": 0.0}, "nesterov"),
    ],
)
def test_settings_without_sense_are_refused(settings, told):
    with pytest.raises(InputError, match=told):
        Recipe().changed(settings)


@pytest.mark.parametrize("network", [info.name for info in catalogue.networks() if info.output == "patch"])
def test_every_patch_network_has_a_recipe(network):
    assert Recipe.of(catalogue.network(network)).updates_per_epoch > 0
