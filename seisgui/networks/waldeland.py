"""The patch networks of Waldeland et al. (2018): one that classifies whole sections densely, and the published one."""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor, nn
from torch.nn import functional

from seisgui.networks.dense_twin import twin_of
from seisgui.networks.patch_layers import Convolution, Pointwise, read_layers

FILTERS = 50
PATCH = 65
STRIDES = (1, 2, 2, 2, 1)
LATTICE = 8  # pixels between two outputs of the strided network


def _block(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Waldeland(nn.Module):
    """Five valid 5x5 convolutions of 50 filters, then dense 50, 10, n as 1x1 convolutions; receptive field 65."""

    lattice = LATTICE

    def __init__(self, n_class: int, channels: int = 1) -> None:
        super().__init__()
        inputs = (channels, *[FILTERS] * 4)
        self.features = nn.Sequential(
            *[_block(count, FILTERS, 5, stride) for count, stride in zip(inputs, STRIDES, strict=True)]
        )
        self.head = nn.Sequential(_block(FILTERS, 50, 1), _block(50, 10, 1))
        self.classes = nn.Conv2d(10, n_class, 1)

    def windows(self, batch: Tensor) -> Tensor:
        """Logits (n, n_class, h, w) of windows (n, channels, 65 + 8 (h - 1), 65 + 8 (w - 1)), 8 pixels apart."""
        logits: Tensor = self.classes(self.head(self.features(batch)))
        return logits

    def forward(self, patches: Tensor) -> Tensor:
        """Logits (n, n_class) of patches (n, channels, 65, 65)."""
        return self.windows(patches).flatten(2)[:, :, 0]

    def sequence(self) -> nn.Sequential:
        """The same as one row of layers, see ``seisgui.networks.dense_twin``."""
        return nn.Sequential(self.features, self.head, self.classes)

    def dense(self, stack: Tensor, step: int = 1) -> Generator[float, None, Tensor]:
        """Logits (n_class, ceil(h / step), ceil(w / step)) of a stack (channels, h + 64, w + 64).

        Every output equals that of the patch around its pixel. Yields the fraction done after every short piece of
        work.
        """
        return (yield from twin_of(self, PATCH).steps(stack, step))

    def dense_features(self, stack: Tensor, step: int = 1) -> Generator[float, None, Tensor]:
        """As ``dense``, but what the convolutions see: (50, ceil(h / step), ceil(w / step)), input of the head."""
        return (yield from twin_of(self.features, PATCH).steps(stack, step))

    def classify_features(self, features: Tensor) -> Tensor:
        """Logits (n_class, h, w) of dense features (50, h, w)."""
        found = features.flatten(1)
        for layer in read_layers(nn.Sequential(self.head, self.classes), (1, 1)):
            if isinstance(layer, Convolution):  # of single pixels: a matrix product, fastest with pixels last
                found = torch.addmm(layer.bias[:, None], layer.weight[:, :, 0, 0], found)
            elif isinstance(layer, Pointwise):
                found = layer.in_place(found)
        return found.reshape(-1, *features.shape[1:])


class _SameConv(nn.Conv2d):
    """A strided convolution padded as Keras' 'same': the odd row and column at the end."""

    def forward(self, batch: Tensor) -> Tensor:
        pads = []
        for axis in (3, 2):
            side, size, stride = batch.shape[axis], self.kernel_size[axis - 2], self.stride[axis - 2]
            total = max((-(-side // stride) - 1) * stride + size - side, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(functional.pad(batch, pads))


class WaldelandSame(nn.Module):
    """The network as published in 2018: 64 x 64 patches, 'same' padding, 95,735 parameters for nine classes."""

    def __init__(self, n_class: int, channels: int = 1) -> None:
        super().__init__()
        layers: list[nn.Module] = [_SameConv(channels, FILTERS, 5, 4), _norm2d(), nn.ReLU(inplace=True)]
        for rate in (0.5, 0.4, 0.2):
            layers += [_SameConv(FILTERS, FILTERS, 3, 2), nn.Dropout(rate), _norm2d(), nn.ReLU(inplace=True)]
        self.features = nn.Sequential(*layers, _SameConv(FILTERS, FILTERS, 3, 2), nn.Flatten())
        self.head = nn.Sequential(
            *[nn.Linear(FILTERS, 50), _norm1d(50), nn.ReLU(inplace=True)],
            *[nn.Linear(50, 10), _norm1d(10), nn.ReLU(inplace=True)],
        )
        self.classes = nn.Linear(10, n_class)
        self.classes_norm = _norm1d(n_class)

    def forward(self, patches: Tensor) -> Tensor:
        """Logits (n, n_class) of patches (n, channels, 64, 64)."""
        logits: Tensor = self.classes_norm(self.classes(self.head(self.features(patches))))
        return logits


def _norm2d() -> nn.BatchNorm2d:
    return nn.BatchNorm2d(FILTERS, eps=1e-3)


def _norm1d(count: int) -> nn.BatchNorm1d:
    return nn.BatchNorm1d(count, eps=1e-3)


def build_waldeland(n_class: int, channels: int = 1) -> nn.Module:
    """The default patch network, see ``Waldeland``."""
    return Waldeland(n_class, channels)


def build_waldeland_same(n_class: int, channels: int = 1) -> nn.Module:
    """The published network, see ``WaldelandSame``."""
    return WaldelandSame(n_class, channels)
