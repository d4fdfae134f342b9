"""The convolutions of VGG16 as encoder of a U-Net."""

from __future__ import annotations

from collections.abc import Generator

from torch import Tensor, nn

from seisgui.networks.imagenet_input import GreyAsRgb
from seisgui.networks.unet import Decoder, SectionNetwork
from seisgui.networks.vgg16 import BLOCKS, vgg16_features
from seisgui.seismic.progress import finish

WIDTHS = (32, 64, 128, 256)  # channels of the decoder, finest first


class Vgg16UNet(SectionNetwork):
    """Encoder with torchvision's names ('features.0.weight'), decoder with skips from the first four blocks."""

    multiple = 2 ** (len(BLOCKS) - 1)
    n_level = sum(count for _, count in BLOCKS)

    def __init__(self, n_class: int, channels: int = 1) -> None:
        super().__init__()
        self.grey = GreyAsRgb()
        self.features = vgg16_features()[:-1]  # nothing lies below the last pool
        skips = [filters for filters, _ in BLOCKS[:-1]]
        self.decoder = Decoder(BLOCKS[-1][0], skips, WIDTHS, channels - 1)
        self.classes = nn.Conv2d(WIDTHS[0], n_class, 1)

    def level_steps(self, amplitude: Tensor) -> Generator[None, None, list[Tensor]]:
        """See ``SectionNetwork.level_steps``; yields after every convolution."""
        found, levels = self.grey(amplitude), []
        for layer in self.features.children():
            if isinstance(layer, nn.MaxPool2d):
                levels.append(found)
            found = layer(found)
            if isinstance(layer, nn.Conv2d):
                yield
        return [*levels, found]

    def levels(self, amplitude: Tensor) -> list[Tensor]:
        """``level_steps`` at once."""
        return finish(self.level_steps(amplitude))


def build_vgg16_unet(n_class: int, channels: int = 1) -> nn.Module:
    """See ``Vgg16UNet``."""
    return Vgg16UNet(n_class, channels)
