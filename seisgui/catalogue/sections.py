"""Layer trees and defaults of the networks that predict sections as a whole."""

from __future__ import annotations

from seisgui.catalogue.imagenet import VGG16_IMAGENET, VGG_BLOCKS, vgg16_convolutions
from seisgui.catalogue.infos import SEED_CLASSES, LayerInfo, NetworkInfo, Settings
from seisgui.catalogue.layers import Group, Layers, convolution, norm, square

TILE = 128
MULTIPLE = 16  # four times half the size
WIDTHS = (16, 32, 48, 64, 96)  # channels of the small U-Net, finest first
VGG_WIDTHS = (32, 64, 128, 256)  # channels of the decoder on VGG16, finest first


def _stage(title: str, path: str, inputs: int, width: int, side: int, group: Group) -> Layers:
    rows: Layers = ()
    for number, (channels, place) in enumerate(((inputs, 0), (width, 3)), start=1):
        name, output = f"{title} conv{number}", square(width, side)
        rows += (
            convolution(name, f"{path}.{place}", (channels, width, 3), output, group, bias=False),
            norm(f"{name} norm", f"{path}.{place + 1}", width, output, group),
        )
    return rows


def _encoder(widths: tuple[int, ...]) -> Layers:
    rows: Layers = ()
    inputs = 1
    for level, width in enumerate(widths):
        group = ("Encoder", f"Level {level + 1}")
        rows += _stage(f"down{level + 1}", f"encoder.{level}", inputs, width, TILE >> level, group)
        inputs = width
    return rows


def _decoder(bottom: int, skips: tuple[int, ...], widths: tuple[int, ...]) -> Layers:
    """Rows from the coarsest stage on; ``skips`` and ``widths`` finest first."""
    rows: Layers = ()
    below = bottom
    for number, level in enumerate(reversed(range(len(widths)))):
        group = ("Decoder", f"Level {level + 1}")
        inputs = below + skips[level]
        rows += _stage(f"up{level + 1}", f"decoder.{number}", inputs, widths[level], TILE >> level, group)
        below = widths[level]
    output = square(SEED_CLASSES, TILE)
    return (*rows, convolution("classes", "classes", (below, SEED_CLASSES, 1), output, ("Classes",)))


def _vgg16_unet_layers() -> Layers:
    skips = tuple(filters for filters, _ in VGG_BLOCKS[:4])
    encoder: Layers = tuple(
        LayerInfo(row.name, row.kind, row.output, row.parameters, row.path, ("Encoder", *row.group[1:]))
        for row in vgg16_convolutions(TILE, last_pool=False)
    )
    return (*encoder, *_decoder(VGG_BLOCKS[4][0], skips, VGG_WIDTHS))


# tried on held-out blocks of F3 inline 339: without changes of the tiles a section is learnt by heart
_SETTINGS: Settings = {
    "batch": 4,
    "learning_rate": 2e-3,
    "balance": 0.5,
    "schedule": "cosine",
    "label_smoothing": 0.1,
    "weight_decay": 0.02,
    "averaging": 0.98,
    "settle": 20,
    "flip": True,
    "amplitude_jitter": 0.3,
    "stretch": 0.15,
}

UNET = NetworkInfo(
    name="unet",
    title="Small U-Net (whole sections)",
    task="facies",
    description="Five levels of 16 to 96 channels; learns from tiles and predicts a section at once.",
    build="seisgui.networks.unet:build_unet",
    patch=TILE,
    receptive_field=215,
    default_epochs=6,
    layers=(*_encoder(WIDTHS), *_decoder(WIDTHS[-1], WIDTHS[:-1], WIDTHS[:-1])),
    settings=_SETTINGS,
    output="section",
    multiple=MULTIPLE,
    halo=112,
    encoder=("encoder",),
)

VGG16_UNET = NetworkInfo(
    name="vgg16-unet",
    title="U-Net on VGG16 (whole sections)",
    task="facies",
    description="The ImageNet convolutions of VGG16 as encoder of a U-Net; learns from tiles, predicts at once.",
    build="seisgui.networks.vgg16_unet:build_vgg16_unet",
    patch=TILE,
    receptive_field=271,
    default_epochs=4,
    layers=_vgg16_unet_layers(),
    settings={**_SETTINGS, "learning_rate": 3e-4},
    output="section",
    multiple=MULTIPLE,
    halo=144,
    encoder=("features",),
    family="vgg16",
    official=(VGG16_IMAGENET,),
)
