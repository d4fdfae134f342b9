"""The patch networks are the published ones, and the dense one tells exactly what its patches tell."""

import pytest
import torch

from seisgui import catalogue
from seisgui.networks import registry
from seisgui.networks.waldeland import PATCH, Waldeland, WaldelandSame
from seisgui.networks.weights import copy_state, count_as_keras, take_over


def settled(module: torch.nn.Module) -> torch.nn.Module:
    """Batch norms as after some training: no statistic at its start value."""
    torch.manual_seed(3)
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
            layer.running_mean.normal_(0.0, 0.2)
            layer.running_var.uniform_(0.3, 2.0)
            torch.nn.init.uniform_(layer.weight, 0.5, 2.0)
            torch.nn.init.normal_(layer.bias, 0.0, 0.2)
    return module.eval()


def dense(module: Waldeland, stack: torch.Tensor, step: int = 1) -> torch.Tensor:
    work = module.dense(stack, step)
    with torch.inference_mode():
        while True:
            try:
                next(work)
            except StopIteration as outcome:
                return outcome.value


@pytest.mark.parametrize("name", ["waldeland", "waldeland-same"])
@pytest.mark.parametrize("n_class", [2, 9])
def test_layer_tree_of_the_catalogue_counts_as_the_module(name, n_class):
    module = registry.build(name, n_class)
    if n_class == catalogue.SEED_CLASSES:
        assert count_as_keras(module) == catalogue.network(name).parameters
    assert module(torch.zeros(2, 1, *[catalogue.network(name).patch] * 2)).shape == (2, n_class)


def test_the_published_network_has_the_published_count():
    assert count_as_keras(WaldelandSame(9)) == 95_735


@pytest.mark.parametrize("step", [1, 2, 4, 8])
@pytest.mark.parametrize("channels", [1, 3])
def test_dense_prediction_equals_the_patch_loop(step, channels):
    module = settled(Waldeland(9, channels))
    height, width = 17, 19
    stack = torch.rand(channels, height + PATCH - 1, width + PATCH - 1) * 2 - 1
    found = dense(module, stack, step)
    assert found.shape == (9, -(-height // step), -(-width // step))
    patches = stack.unfold(1, PATCH, step).unfold(2, PATCH, step).permute(1, 2, 0, 3, 4)
    with torch.inference_mode():
        loop = torch.cat([module(row.contiguous()) for row in patches])
    expected = loop.T.reshape(found.shape)
    assert expected.std() > 0.01
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_receptive_field_is_65():
    module = settled(Waldeland(3))
    patch = torch.rand(1, 1, PATCH, PATCH, requires_grad=True)
    module(patch)[0].abs().sum().backward()
    touched = patch.grad[0, 0] != 0
    assert touched[0].any()
    assert touched[-1].any()
    assert touched[:, 0].any()
    assert touched[:, -1].any()


def test_dense_work_is_cut_into_many_small_pieces():
    module = settled(Waldeland(4))
    with torch.inference_mode():
        pieces = list(module.dense(torch.rand(1, 64 + 951, 64 + 462)))
    assert len(pieces) > 60
    assert pieces == sorted(pieces)
    assert pieces[-1] == pytest.approx(1.0)


def test_new_class_grows_the_head_and_keeps_the_old_rows():
    old = settled(Waldeland(2))
    new = Waldeland(3)
    take_over(new, copy_state(old), (4, 7), (4, 5, 7))
    new.eval()
    patches = torch.rand(5, 1, PATCH, PATCH)
    with torch.inference_mode():
        torch.testing.assert_close(new(patches)[:, [0, 2]], old(patches))


def test_new_class_grows_a_head_with_batch_norm_as_well():
    old = settled(WaldelandSame(2))
    new = WaldelandSame(3)
    take_over(new, copy_state(old), (0, 1), (0, 1, 2))
    new.eval()
    patches = torch.rand(5, 1, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(new(patches)[:, :2], old(patches))
