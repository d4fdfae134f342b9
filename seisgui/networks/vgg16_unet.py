"""The convolutions of VGG16 as encoder of a U-Net."""

from __future__ import annotations

from torch import Tensor, nn

from seisgui.networks.imagenet_input import GreyAsRgb
from seisgui.networks.unet import Decoder, filled_up
from seisgui.networks.vgg16 import BLOCKS, vgg16_features

WIDTHS = (32, 64, 128, 256)  # channels of the decoder, finest first


class Vgg16UNet(nn.Module):
    """Encoder with torchvision's names ('features.0.weight'), decoder with skips from the first four blocks.

    As in ``UNet`` channel 0 is the amplitude and all that the encoder sees; position joins the decoder.
    """

    multiple = 2 ** (len(BLOCKS) - 1)

    def __init__(self, n_class: int, channels: int = 1) -> None:
        super().__init__()
        self.grey = GreyAsRgb()
        self.features = vgg16_features()[:-1]  # nothing lies below the last pool
        skips = [filters for filters, _ in BLOCKS[:-1]]
        self.decoder = Decoder(BLOCKS[-1][0], skips, WIDTHS, channels - 1)
        self.classes = nn.Conv2d(WIDTHS[0], n_class, 1)

    def levels(self, amplitude: Tensor) -> list[Tensor]:
        """What the five blocks see of (n, 1, h, w), finest first; h and w multiples of ``multiple``."""
        found, levels = self.grey(amplitude), []
        for layer in self.features.children():
            if isinstance(layer, nn.MaxPool2d):
                levels.append(found)
            found = layer(found)
        return [*levels, found]

    def forward(self, tiles: Tensor) -> Tensor:
        """Logits (n, n_class, h, w) of tiles (n, channels, h, w) of any size."""
        height, width = tiles.shape[2:]
        filled = filled_up(tiles, self.multiple)
        *skips, bottom = self.levels(filled[:, :1])
        logits: Tensor = self.classes(self.decoder(bottom, skips, filled[:, 1:]))
        return logits[:, :, :height, :width]


def build_vgg16_unet(n_class: int, channels: int = 1) -> nn.Module:
    """See ``Vgg16UNet``."""
    return Vgg16UNet(n_class, channels)
