"""The patch networks of Waldeland et al. (2018): one that classifies whole sections densely, and the published one."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

FILTERS = 50
PATCH = 65
STRIDES = (1, 2, 2, 2, 1)
LATTICE = 8  # pixels between two outputs of the strided network
CHUNK_VALUES = 1_500_000  # values of one layer's output computed between two yields
TILE_VALUES = 60_000_000  # values of one layer held at once


@dataclass(frozen=True, slots=True)
class FoldedLayer:
    """A convolution with its batch norm folded in."""

    weight: Tensor
    bias: Tensor
    stride: int
    rectified: bool


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

    def folded(self) -> list[FoldedLayer]:
        """All layers in order, batch norm folded into the convolutions before it."""
        layers = []
        for block in (*self.features, *self.head):
            convolution, norm = block[0], block[1]
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight = convolution.weight * scale[:, None, None, None]
            bias = (convolution.bias - norm.running_mean) * scale + norm.bias
            layers.append(FoldedLayer(weight.detach(), bias.detach(), convolution.stride[0], rectified=True))
        last = self.classes
        assert last.bias is not None
        return [*layers, FoldedLayer(last.weight.detach(), last.bias.detach(), 1, rectified=False)]

    def dense(self, stack: Tensor, step: int = 1) -> Generator[float, None, Tensor]:
        """Logits (n_class, ceil(h / step), ceil(w / step)) of a stack (channels, h + 64, w + 64).

        Strides up to ``step`` (1, 2, 4 or 8) are kept, the others become dilations, so every output equals that
        of the patch around its pixel. Yields the fraction done after every short piece of work.
        """
        return (yield from self._through(self.folded(), stack, step))

    def dense_features(self, stack: Tensor, step: int = 1) -> Generator[float, None, Tensor]:
        """As ``dense``, but what the convolutions see: (50, ceil(h / step), ceil(w / step)), input of the head."""
        return (yield from self._through(self.folded()[: len(STRIDES)], stack, step))

    def classify_features(self, features: Tensor) -> Tensor:
        """Logits (n_class, h, w) of dense features (50, h, w)."""
        found = features.flatten(1)
        for layer in self.folded()[len(STRIDES) :]:
            found = torch.addmm(layer.bias[:, None], layer.weight[:, :, 0, 0], found)
            found = found.relu_() if layer.rectified else found
        return found.reshape(-1, *features.shape[1:])

    @staticmethod
    def _through(layers: list[FoldedLayer], stack: Tensor, step: int) -> Generator[float, None, Tensor]:
        if step not in (1, 2, 4, 8):
            raise ValueError(f"step {step} is none of 1, 2, 4, 8")
        height, width = stack.shape[1] - PATCH + 1, stack.shape[2] - PATCH + 1
        rows = max(LATTICE, TILE_VALUES // (FILTERS * (width + PATCH)) // LATTICE * LATTICE)
        edges = [*range(0, height, rows), height]
        parts = []
        for first, last in pairwise(edges):
            tile = stack[:, first : last + PATCH - 1][None].contiguous(memory_format=torch.channels_last)
            for fraction in (work := _Tile(layers, tile, step)).run():
                yield (first + fraction * (last - first)) / height
            parts.append(work.output[0])
        return torch.cat(parts, dim=1)


class _Tile:
    """One tile going through the folded layers, chunk by chunk of rows, nothing computed twice."""

    def __init__(self, layers: list[FoldedLayer], tile: Tensor, step: int) -> None:
        self.layers, self.output, self.step = layers, tile, step

    def run(self) -> Generator[float, None, None]:
        reached, dilation = 1, 1
        for number, layer in enumerate(self.layers):
            stride = layer.stride if reached * layer.stride <= self.step else 1
            for fraction in self._convolve(layer, stride, dilation):
                yield (number + fraction) / len(self.layers)
            reached *= stride
            dilation *= layer.stride // stride

    def _convolve(self, layer: FoldedLayer, stride: int, dilation: int) -> Generator[float, None, None]:
        reach = (layer.weight.shape[-1] - 1) * dilation
        source = self.output
        height = (source.shape[2] - reach - 1) // stride + 1
        width = (source.shape[3] - reach - 1) // stride + 1
        target = torch.empty(
            (1, layer.weight.shape[0], height, width),
            dtype=source.dtype,
            device=source.device,
            memory_format=torch.channels_last,
        )
        rows = max(1, CHUNK_VALUES // (FILTERS * width)) if source.device.type == "cpu" else height
        for first in range(0, height, rows):
            last = min(first + rows, height)
            window = source[:, :, first * stride : (last - 1) * stride + reach + 1]
            piece = functional.conv2d(window, layer.weight, layer.bias, stride, 0, dilation)
            target[:, :, first:last] = piece.relu_() if layer.rectified else piece
            yield last / height
        self.output = target


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
