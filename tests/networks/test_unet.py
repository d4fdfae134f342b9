"""The U-Nets tell every pixel of a section, and a tile with its halo tells what the section tells."""

import functools

import pytest
import torch
from torch import nn

from seisgui import catalogue
from seisgui.networks import registry
from seisgui.networks.vgg16 import Vgg16
from seisgui.networks.weights import load_matching

NAMES = ["unet", "vgg16-unet"]


@functools.cache
def settled(name, n_class=3, channels=1):
    """A network whose batch norms are not at their start values."""
    torch.manual_seed(5)
    module = registry.build(name, n_class, channels)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0.0, 0.2)
            layer.running_var.uniform_(0.5, 1.5)
    return module.eval()


def transparent(name):
    """A network through which every influence passes: positive weights, no ReLU that is off."""
    module = registry.build(name, 1).eval()
    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.fill_(1.0 / layer.weight[0].numel())
                if layer.bias is not None:
                    layer.bias.fill_(0.01)
    return module.double()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("height", "width"), [(16, 32), (37, 5), (1, 1), (50, 63)])
@pytest.mark.parametrize("channels", [1, 4])
def test_tiles_of_any_size_become_logits_of_their_pixels(name, height, width, channels):
    module = settled(name, 3, channels)
    with torch.inference_mode():
        assert module(torch.rand(2, channels, height, width)).shape == (2, 3, height, width)


@pytest.mark.parametrize("name", NAMES)
def test_a_size_that_is_no_multiple_is_filled_up_with_the_last_row_and_column(name):
    module = settled(name)
    section = torch.rand(1, 1, 29, 37)
    with torch.inference_mode():
        found = module(section)
        filled = module(nn.functional.pad(section, (0, 11, 0, 3), mode="replicate"))
    assert found.std() > 0.001
    torch.testing.assert_close(found, filled[:, :, :29, :37])


@pytest.mark.parametrize("name", NAMES)
def test_the_halo_of_the_catalogue_holds_all_that_a_pixel_sees(name):
    info, module = catalogue.network(name), transparent(name)
    rows = info.halo + torch.tensor([2, 6])  # where influence goes farthest in the one and the other
    flat = torch.full((2, 1, 2 * info.halo + info.multiple, 16), 0.5, dtype=torch.float64)
    bumped = flat.clone()
    bumped[[0, 1], 0, rows] = 1e6
    with torch.inference_mode():
        changed = (module(bumped) != module(flat)).any(3)[:, 0]  # of one shape: rounded alike
    reach = max(int((torch.nonzero(seen)[:, 0] - row).abs().max()) for seen, row in zip(changed, rows, strict=True))
    assert info.halo - info.multiple < reach <= info.halo
    assert info.halo % info.multiple == 0
    assert info.receptive_field == 2 * reach + 1


@pytest.mark.parametrize("channels", [1, 3])
def test_a_tile_with_its_halo_tells_what_the_section_tells(channels):
    info, module = catalogue.network("unet"), settled("unet", 3, channels)
    section = torch.rand(1, channels, 384, 48)
    first, last = 144, 240
    tile = section[:, :, first - info.halo : last + info.halo]
    with torch.inference_mode():
        whole, part = module(section), module(tile)
    assert whole.std() > 0.01
    torch.testing.assert_close(
        part[:, :, info.halo : info.halo + last - first], whole[:, :, first:last], rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("name", NAMES)
def test_position_reaches_every_pixel_and_not_the_encoder(name):
    module = settled(name, 3, 3)
    tile = torch.rand(1, 3, 32, 32)
    moved = tile.clone()
    moved[:, 1, :, 20:] += 1.0
    with torch.inference_mode():
        change = (module(moved) - module(tile)).abs().amax((0, 1, 2))
    assert (change[20:] > 1e-5).all()
    alone = registry.build(name, 3).state_dict()
    encoder = catalogue.network(name).encoder[0]
    for tensor_name, tensor in module.state_dict().items():
        if tensor_name.startswith(encoder):
            assert tensor.shape == alone[tensor_name].shape


def test_the_encoder_of_the_vgg16_unet_is_that_of_vgg16():
    patch_network, section_network = Vgg16(9).eval(), registry.build("vgg16-unet", 3).eval()
    report = load_matching(
        section_network, patch_network.state_dict(), "a run", encoder=("features",), fresh=("classes",)
    )
    assert len(report.loaded) == 26
    tile = torch.rand(1, 1, 64, 64)
    with torch.inference_mode():
        deepest = section_network.levels(tile)[-1]
        torch.testing.assert_close(
            nn.functional.max_pool2d(deepest, 2), patch_network.features(patch_network.grey(tile))
        )


def test_the_small_unet_is_small():
    assert 200_000 < catalogue.network("unet").parameters < 600_000
