"""VGG16 and ResNet50 are the published networks: counts, names of tensors, how they see sections and position."""

import pytest
import torch
from torch import nn

from seisgui import catalogue
from seisgui.networks import registry
from seisgui.networks.imagenet_input import MEAN, STD, GreyAsRgb
from seisgui.networks.resnet50 import ResNet50
from seisgui.networks.vgg16 import Vgg16
from seisgui.networks.weights import count_as_keras

KERAS_RESNET50 = 23_616_569  # with a bias in each of its 53 convolutions
TORCHVISION_VGG16 = [(0, 64), (2, 64), (5, 128), (7, 128), (10, 256), (12, 256), (14, 256)] + [
    (place, 512) for place in (17, 19, 21, 24, 26, 28)
]


@pytest.fixture(scope="module")
def vgg16():
    torch.manual_seed(0)
    return Vgg16(9).eval()


@pytest.fixture(scope="module")
def resnet50():
    torch.manual_seed(0)
    return ResNet50(9).eval()


def test_vgg16_has_the_published_count(vgg16):
    assert count_as_keras(vgg16) == catalogue.network("vgg16").parameters == 15_242_605


def test_resnet50_has_the_published_count_but_for_the_biases_that_keras_gives_its_convolutions(resnet50):
    convolutions = [layer for layer in resnet50.modules() if isinstance(layer, nn.Conv2d)]
    biases = sum(layer.out_channels for layer in convolutions)
    assert (len(convolutions), biases) == (53, 26_560)
    assert all(layer.bias is None for layer in convolutions)
    assert count_as_keras(resnet50) == catalogue.network("resnet50").parameters == KERAS_RESNET50 - biases == 23_590_009


def test_vgg16_has_torchvisions_names_and_shapes(vgg16):
    state = vgg16.state_dict()
    inputs = 3
    for place, filters in TORCHVISION_VGG16:
        assert state[f"features.{place}.weight"].shape == (filters, inputs, 3, 3)
        assert state[f"features.{place}.bias"].shape == (filters,)
        inputs = filters
    assert sum(name.startswith("features.") for name in state) == 26


def test_resnet50_has_torchvisions_names_and_shapes(resnet50):
    state = resnet50.state_dict()
    expected = {
        "conv1.weight": (64, 3, 7, 7),
        "bn1.running_var": (64,),
        "layer1.0.conv1.weight": (64, 64, 1, 1),
        "layer1.0.downsample.0.weight": (256, 64, 1, 1),
        "layer1.0.downsample.1.weight": (256,),
        "layer2.0.conv2.weight": (128, 128, 3, 3),
        "layer2.3.bn3.bias": (512,),
        "layer3.5.conv3.weight": (1024, 256, 1, 1),
        "layer4.0.downsample.0.weight": (2048, 1024, 1, 1),
        "layer4.2.bn3.running_mean": (2048,),
    }
    assert {name: tuple(state[name].shape) for name in expected} == expected
    encoder = catalogue.network("resnet50").encoder
    of_encoder = [name for name in state if name.split(".")[0] in encoder]
    assert len(of_encoder) == 53 + 53 * 5  # torchvision's 320 tensors but fc.weight and fc.bias
    assert resnet50.layer2[0].conv2.stride == (2, 2)


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "unet", "vgg16-unet", "waldeland", "waldeland-same"])
def test_the_tree_of_the_catalogue_is_the_module(name):
    info = catalogue.network(name)
    module = registry.build(name, catalogue.SEED_CLASSES)
    modules = dict(module.named_modules())
    for layer in info.layers:
        assert count_as_keras(modules[layer.path]) == layer.parameters, layer
    assert sum(branch.parameters for branch in info.tree) == count_as_keras(module)
    for path in (*info.encoder, *info.class_layers):
        assert path in modules


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
@pytest.mark.parametrize(("n_class", "channels"), [(2, 1), (9, 6)])
def test_patches_become_logits(name, n_class, channels):
    module = registry.build(name, n_class, channels).eval()
    with torch.inference_mode():
        assert module(torch.rand(2, channels, 64, 64)).shape == (2, n_class)


def test_a_section_is_shown_as_a_grey_picture_normalised_as_the_photographs_were():
    shown = GreyAsRgb()(torch.tensor([-1.0, 0.0, 1.0]).reshape(1, 1, 1, 3))
    for channel, (mean, std) in enumerate(zip(MEAN, STD, strict=True)):
        expected = torch.tensor([(grey - mean) / std for grey in (0.0, 0.5, 1.0)])
        torch.testing.assert_close(shown[0, channel, 0], expected)


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_position_is_taken_at_the_pixel_the_patch_is_about_and_never_seen_by_the_convolutions(name):
    torch.manual_seed(1)
    module = registry.build(name, 4, 3).eval()
    patches = torch.rand(1, 3, 64, 64)
    elsewhere, there = patches.clone(), patches.clone()
    elsewhere[:, 1:, :32] = 9.0
    there[:, 1, 32, 32] += 5.0
    with torch.inference_mode():
        told = module(patches)
        torch.testing.assert_close(module(elsewhere), told)
        assert (module(there) - told).abs().max() > 1e-4
    alone = registry.build(name, 4, 1).state_dict()
    for tensor_name, tensor in module.state_dict().items():
        if tensor_name.split(".")[0] != "head":
            assert tensor.shape == alone[tensor_name].shape, tensor_name
