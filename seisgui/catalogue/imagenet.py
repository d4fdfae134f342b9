"""Layer trees, freeze presets and official weights of the ImageNet networks of Dramsch & Lüthje (2018)."""

from __future__ import annotations

from seisgui.catalogue.freezing import FreezePreset
from seisgui.catalogue.infos import LayerInfo, NetworkInfo, OfficialWeights, Settings
from seisgui.catalogue.layers import Group, Layers, classes, convolution, dense, norm, square

ENCODER, HEAD = "Convolutions", ("Dense layers",)
VGG_BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))  # filters and convolutions of each block
RESNET_STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))  # inner filters and blocks of each stage
EXPANSION = 4
PYTORCH = "torchvision, BSD 3-Clause"

VGG16_IMAGENET = OfficialWeights(
    "imagenet", "ImageNet (torchvision, 2017)", "vgg16-397923af.pth", "397923af", 528, PYTORCH
)

# weight decay 0: the paper's "very low weight decay" is Keras' ``decay``, which is a schedule
_SGD: Settings = {
    "optimiser": "sgd",
    "momentum": 0.9,
    "nesterov": True,
    "schedule": "inverse",
    "decay": 1e-6,
    "weight_decay": 0.0,
}


def vgg16_convolutions(side: int, *, last_pool: bool = True) -> Layers:
    """The thirteen convolutions on inputs of one side, named as in the paper, at torchvision's paths."""
    rows: Layers = ()
    inputs, place = 3, 0
    for block, (filters, count) in enumerate(VGG_BLOCKS, start=1):
        group = (ENCODER, f"Block {block}")
        for number in range(1, count + 1):
            name, output = f"block{block} conv{number}", square(filters, side)
            rows += (convolution(name, f"features.{place}", (inputs, filters, 3), output, group, then=" + ReLU"),)
            inputs, place = filters, place + 2
        side //= 2
        if block < len(VGG_BLOCKS) or last_pool:
            rows += (
                LayerInfo(f"block{block} pool", "max pool 2x2", square(filters, side), 0, f"features.{place}", group),
            )
        place += 1
    return rows


def _vgg16_layers() -> Layers:
    return (
        *vgg16_convolutions(64),
        dense("dense1", "head.0", 2048, 256, HEAD),
        norm("dense1 norm", "head.1", 256, "256", HEAD),
        LayerInfo("dense1 dropout", "dropout 0.5", "256", path="head.3", group=HEAD),
        *classes(256, normed=True),
    )


def _bottleneck(path: str, inputs: int, filters: int, side: int, group: Group) -> Layers:
    """One residual block; the first of a stage has a convolution in its shortcut."""
    outer, output = EXPANSION * filters, square(filters, side)
    rows: Layers = ()
    for number, sizes in enumerate(((inputs, filters, 1), (filters, filters, 3), (filters, outer, 1)), start=1):
        shape = square(outer, side) if number == 3 else output
        rows += (
            convolution(f"conv{number}", f"{path}.conv{number}", sizes, shape, group, bias=False),
            norm(f"conv{number} norm", f"{path}.bn{number}", sizes[1], shape, group, "" if number == 3 else " + ReLU"),
        )
    if inputs == outer:
        return rows
    shape, shortcut = square(outer, side), (*group, "Shortcut")
    return (
        *rows,
        convolution("shortcut", f"{path}.downsample.0", (inputs, outer, 1), shape, shortcut, bias=False),
        norm("shortcut norm", f"{path}.downsample.1", outer, shape, shortcut, ""),
    )


def _resnet50_layers() -> Layers:
    stem = (ENCODER, "Stem")
    rows: Layers = (
        convolution("conv1", "conv1", (3, 64, 7), square(64, 32), stem, stride=2, bias=False),
        norm("conv1 norm", "bn1", 64, square(64, 32), stem),
        LayerInfo("pool", "max pool 3x3, stride 2", square(64, 16), 0, "maxpool", stem),
    )
    inputs, side = 64, 16
    for stage, (filters, count) in enumerate(RESNET_STAGES, start=1):
        for block in range(count):
            # the paper, as Keras does, counts the stem as stage 1
            group = (ENCODER, f"Stage {stage + 1}", f"Block {block + 1}")
            rows += _bottleneck(f"layer{stage}.{block}", inputs, filters, side, group)
            inputs = EXPANSION * filters
        side //= 2
    return (
        *rows,
        norm("features norm", "head.norm", inputs, str(inputs), HEAD),
        dense("dense1", "head.dense", inputs, 10, HEAD),
        norm("dense1 norm", "head.dense_norm", 10, "10", HEAD),
        *classes(10, normed=True),
    )


VGG16 = NetworkInfo(
    name="vgg16",
    title="VGG16 (transfer from photographs)",
    task="facies",
    description="The ImageNet convolutions of VGG16 on 64 x 64 patches; predicts pixel by pixel: slow.",
    build="seisgui.networks.vgg16:build_vgg16",
    patch=64,
    receptive_field=64,
    default_epochs=4,
    layers=_vgg16_layers(),
    settings={**_SGD, "learning_rate": 1e-4},
    encoder=("features",),
    family="vgg16",
    class_layers=("classes", "classes_norm"),
    freezing=(
        FreezePreset(
            "dramsch2018-vgg16",
            "Dramsch & Lüthje 2018: up to the first convolution of block 3",
            tuple(f"features.{place}" for place in range(11)),
        ),
    ),
    official=(VGG16_IMAGENET,),
)

RESNET50 = NetworkInfo(
    name="resnet50",
    title="ResNet50 (transfer from photographs)",
    task="facies",
    description="The ImageNet convolutions of ResNet50 on 64 x 64 patches; predicts pixel by pixel: slow.",
    build="seisgui.networks.resnet50:build_resnet50",
    patch=64,
    receptive_field=64,
    default_epochs=4,
    layers=_resnet50_layers(),
    settings={**_SGD, "learning_rate": 1e-3},
    encoder=("conv1", "bn1", "layer1", "layer2", "layer3", "layer4"),
    class_layers=("classes", "classes_norm"),
    freezing=(
        FreezePreset(
            "dramsch2018-resnet50",
            "Dramsch & Lüthje 2018: stem, stage 2, first block of stage 3 but its shortcut",
            ("conv1", "bn1", "layer1", "layer2.0"),
            ("layer2.0.downsample",),
        ),
    ),
    official=(
        OfficialWeights("imagenet", "ImageNet (torchvision, 2017)", "resnet50-0676ba61.pth", "0676ba61", 98, PYTORCH),
        OfficialWeights(
            "imagenet-v2", "ImageNet (torchvision, 2021)", "resnet50-11ad3fa6.pth", "11ad3fa6", 98, PYTORCH
        ),
    ),
)
