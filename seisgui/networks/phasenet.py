"""PhaseNet (Zhu & Beroza 2018), with the tensor names of SeisBench's, so that published files of weights load."""

from __future__ import annotations

from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

KERNEL, STRIDE, DEPTH, ROOT = 7, 4, 5, 8
EPSILON = 1e-3  # that of the published network's batch norms


def _same(inputs: int, outputs: int, *, bias: bool = False) -> nn.Conv1d:
    return nn.Conv1d(inputs, outputs, KERNEL, padding=KERNEL // 2, bias=bias)


def _norm(channels: int) -> nn.BatchNorm1d:
    return nn.BatchNorm1d(channels, eps=EPSILON)


class PhaseNet(nn.Module):
    """A U-Net along time: kernel 7, stride 4, five levels of 8 to 128 filters, skips by concatenation.

    Takes (n, channels, samples) with any number of samples and returns logits (n, n_class, samples); softmax over
    the classes gives probabilities. 268,443 trainable parameters with three channels and three classes.
    """

    def __init__(self, n_class: int = 3, channels: int = 3) -> None:
        super().__init__()
        self.channels, self.n_class = channels, n_class
        filters = [ROOT * 2**level for level in range(DEPTH)]
        self.inc = _same(channels, ROOT, bias=True)
        self.in_bn: nn.Module = _norm(ROOT)
        self.down_branch = nn.ModuleList()
        last = ROOT
        for level, count in enumerate(filters):
            level_layers: list[nn.Module] = [_same(last, count), _norm(count)]
            if level < DEPTH - 1:
                level_layers += [nn.Conv1d(count, count, KERNEL, STRIDE, bias=False), _norm(count)]
            self.down_branch.append(nn.ModuleList(level_layers))
            last = count
        self.up_branch = nn.ModuleList()
        for count in reversed(filters[:-1]):
            up = nn.ConvTranspose1d(last, count, KERNEL, STRIDE, bias=False)
            self.up_branch.append(nn.ModuleList([up, _norm(count), _same(2 * count, count), _norm(count)]))
            last = count
        self.out = nn.Conv1d(last, n_class, 1)

    def forward(self, windows: Tensor) -> Tensor:
        """Logits (n, n_class, samples) of scaled windows (n, channels, samples)."""
        found = _relu(self.in_bn(self.inc(windows)))
        skips = []
        for level in levels_of(self.down_branch):
            found = _relu(level[1](level[0](found)))
            if len(level) > 2:
                skips.append(found)
                found = _relu(level[3](level[2](_padded(found))))
        for level, skip in zip(levels_of(self.up_branch), reversed(skips), strict=True):
            found = _relu(level[1](_cropped(level[0](found), skip.shape[-1])))
            found = _relu(level[3](level[2](torch.cat([skip, found], dim=1))))
        logits: Tensor = self.out(found)
        return logits

    def probabilities(self, windows: Tensor) -> Tensor:
        """(n, n_class, samples), summing to 1 over the classes."""
        return torch.softmax(self(windows), dim=1)

    def folded(self) -> PhaseNet:
        """A copy for prediction whose convolutions have taken in the batch norms that follow them."""
        copy = deepcopy(self).eval()
        copy.inc, copy.in_bn = _fused(copy.inc, copy.in_bn), nn.Identity()
        for level in (*levels_of(copy.down_branch), *levels_of(copy.up_branch)):
            for index in range(0, len(level), 2):
                level[index], level[index + 1] = _fused(level[index], level[index + 1]), nn.Identity()
        return copy.requires_grad_(requires_grad=False)


def levels_of(branch: nn.ModuleList) -> list[nn.ModuleList]:
    """The levels of a branch, each its layers and norms in turn."""
    return [cast("nn.ModuleList", level) for level in branch]


def _fused(layer: nn.Module, norm: nn.Module) -> nn.Conv1d:
    return fuse_conv_bn_eval(
        cast("nn.Conv1d", layer), cast("nn.BatchNorm1d", norm), isinstance(layer, nn.ConvTranspose1d)
    )


def _relu(values: Tensor) -> Tensor:
    return functional.relu(values, inplace=not torch.is_grad_enabled())


def padding(samples: int) -> tuple[int, int]:
    """Zeros before and after, so that a strided convolution gives ceil(samples / 4); the odd one at the end."""
    total = max((-(-samples // STRIDE) - 1) * STRIDE + KERNEL - samples, 0)
    return total // 2, total - total // 2


def cropping(inputs: int, samples: int) -> int:
    """First sample kept of a transposed convolution of ``inputs``: past its margin, and half of what is too long."""
    return (KERNEL - STRIDE) // 2 + (STRIDE * inputs - samples) // 2


def _padded(values: Tensor) -> Tensor:
    return functional.pad(values, padding(values.shape[-1]))


def _cropped(values: Tensor, samples: int) -> Tensor:
    first = cropping((values.shape[-1] - KERNEL) // STRIDE + 1, samples)
    return values[..., first : first + samples]


def build_phasenet(n_class: int = 3, channels: int = 3) -> nn.Module:
    """See ``PhaseNet``."""
    return PhaseNet(n_class, channels)
