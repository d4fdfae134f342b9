"""ResNet50 (He et al. 2016) as a classifier of patches, as Dramsch & Lüthje (2018) used it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seisgui.networks.imagenet_input import GreyAsRgb, he_weights, middle

STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))  # inner filters, blocks, stride of the first block
EXPANSION = 4
FLAT = 512 * EXPANSION
DENSE = 10


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolution beside a shortcut; the stride is in the 3x3 one, as in torchvision's weights."""

    def __init__(self, inputs: int, filters: int, stride: int) -> None:
        super().__init__()
        outputs = EXPANSION * filters
        self.conv1 = nn.Conv2d(inputs, filters, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.conv3 = nn.Conv2d(filters, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Sequential | None = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, batch: Tensor) -> Tensor:
        found = self.relu(self.bn1(self.conv1(batch)))
        found = self.relu(self.bn2(self.conv2(found)))
        shortcut = batch if self.downsample is None else self.downsample(batch)
        summed: Tensor = self.relu(self.bn3(self.conv3(found)) + shortcut)
        return summed


class PooledHead(nn.Module):
    """Batch norm and ReLU of the pooled features, then, with the position beside them, dense 10."""

    def __init__(self, inputs: int, outputs: int, positions: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(inputs, eps=1e-3)
        self.dense = nn.Linear(inputs + positions, outputs)
        self.dense_norm = nn.BatchNorm1d(outputs, eps=1e-3)

    def forward(self, features: Tensor, position: Tensor) -> Tensor:
        joined = torch.cat([torch.relu(self.norm(features)), position], 1)
        return torch.relu(self.dense_norm(self.dense(joined)))


class ResNet50(nn.Module):
    """Convolutions of ResNet50, average pool, dense 10, dense n; torchvision's names ('layer1.0.conv1.weight').

    Position joins behind the convolutions, as in ``Vgg16``.
    """

    def __init__(self, n_class: int, channels: int = 1) -> None:
        super().__init__()
        self.grey = GreyAsRgb()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        stages = []
        inputs = 64
        for filters, count, stride in STAGES:
            first = Bottleneck(inputs, filters, stride)
            inputs = EXPANSION * filters
            stages.append(nn.Sequential(first, *[Bottleneck(inputs, filters, 1) for _ in range(count - 1)]))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.head = PooledHead(FLAT, DENSE, channels - 1)
        self.classes = nn.Linear(DENSE, n_class)
        self.classes_norm = nn.BatchNorm1d(n_class, eps=1e-3)
        he_weights(self)

    def features(self, amplitude: Tensor) -> Tensor:
        """What the convolutions see of amplitudes (n, 1, h, w): (n, 2048, h / 32, w / 32)."""
        found = self.maxpool(torch.relu(self.bn1(self.conv1(self.grey(amplitude)))))
        seen: Tensor = self.layer4(self.layer3(self.layer2(self.layer1(found))))
        return seen

    def forward(self, patches: Tensor) -> Tensor:
        """Logits (n, n_class) of patches (n, channels, 64, 64)."""
        pooled = self.features(patches[:, :1]).mean((2, 3))
        logits: Tensor = self.classes_norm(self.classes(self.head(pooled, middle(patches[:, 1:]))))
        return logits


def build_resnet50(n_class: int, channels: int = 1) -> nn.Module:
    """See ``ResNet50``."""
    return ResNet50(n_class, channels)
