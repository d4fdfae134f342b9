"""VGG16 (Simonyan & Zisserman 2015) as a classifier of patches, as Dramsch & Lüthje (2018) used it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seisgui.networks.imagenet_input import GreyAsRgb, he_weights, middle

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))  # filters and convolutions of each block
PATCH = 64
FLAT = 512 * (PATCH // 32) ** 2
DENSE = 256


def vgg16_features() -> nn.Sequential:
    """The convolutions with torchvision's names: 'features.0.weight' to 'features.28.bias'."""
    layers: list[nn.Module] = []
    inputs = 3
    for filters, count in BLOCKS:
        for _ in range(count):
            layers += [nn.Conv2d(inputs, filters, 3, padding=1), nn.ReLU(inplace=True)]
            inputs = filters
        layers.append(nn.MaxPool2d(2))
    features = nn.Sequential(*layers)
    he_weights(features)
    return features


class Vgg16(nn.Module):
    """Convolutions of VGG16, dense 256 with dropout, dense n; batch norms as Keras' (eps 1e-3).

    Channel 0 is the amplitude. Further channels tell position; the convolutions never see them, their values at the
    patch's middle pixel join the dense layers, so that transferred weights mean the same with and without position.
    """

    def __init__(self, n_class: int, channels: int = 1) -> None:
        super().__init__()
        self.grey = GreyAsRgb()
        self.features = vgg16_features()
        self.head = nn.Sequential(
            nn.Linear(FLAT + channels - 1, DENSE),
            nn.BatchNorm1d(DENSE, eps=1e-3),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
        )
        self.classes = nn.Linear(DENSE, n_class)
        self.classes_norm = nn.BatchNorm1d(n_class, eps=1e-3)

    def forward(self, patches: Tensor) -> Tensor:
        """Logits (n, n_class) of patches (n, channels, 64, 64)."""
        seen = self.features(self.grey(patches[:, :1])).flatten(1)
        logits: Tensor = self.classes_norm(self.classes(self.head(torch.cat([seen, middle(patches[:, 1:])], 1))))
        return logits


def build_vgg16(n_class: int, channels: int = 1) -> nn.Module:
    """See ``Vgg16``."""
    return Vgg16(n_class, channels)
