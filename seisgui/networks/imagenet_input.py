"""How a seismic section is shown to a network that has learnt from photographs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the photographs torchvision's weights were made with


class GreyAsRgb(nn.Module):
    """Amplitudes (n, 1, h, w) of -1 to 1 as grey pictures (n, 3, h, w), normalised as the photographs were.

    Zero amplitude is middle grey. The figures are no part of the weights: they belong to torchvision's key layout.
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(STD)[:, None, None], persistent=False)

    def forward(self, amplitude: Tensor) -> Tensor:
        return (0.5 + 0.5 * amplitude - self.mean) / self.std


def middle(position: Tensor) -> Tensor:
    """Position channels (n, k, h, w) at the pixel a patch is about, (n, k)."""
    return position[:, :, position.shape[2] // 2, position.shape[3] // 2]


def he_weights(module: nn.Module) -> None:
    """Fresh weights for layers followed by ReLU (He et al. 2015)."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
