"""PhaseNet made ready to predict on a CPU: samples outermost in memory, batch norms folded, no transposed convolutions.

A convolution transposed with stride 4 is a plain one with two taps and four times the filters, whose output is read
with the four as neighbouring samples; with the channels innermost that takes no copy.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from seisgui.networks.phasenet import KERNEL, STRIDE, PhaseNet, cropping, levels_of, padding

Taps = tuple[Tensor, Tensor | None]  # weight (outputs, inputs, 1, taps) with the channels innermost, bias


class ReadyPhaseNet(nn.Module):
    """The same logits as a ``PhaseNet`` in evaluation mode, within rounding; it does not learn."""

    def __init__(self, network: PhaseNet) -> None:
        super().__init__()
        folded = network.folded()
        self.inc = _plain(folded.inc)
        self.down = [[_plain(layer) for layer in level[::2]] for level in levels_of(folded.down_branch)]
        self.up = [(_spread(level[0]), _plain(level[2])) for level in levels_of(folded.up_branch)]
        self.out = _plain(folded.out)

    def forward(self, windows: Tensor) -> Tensor:
        """Logits (n, n_class, samples) of scaled windows (n, channels, samples)."""
        found = windows[:, :, None].contiguous(memory_format=torch.channels_last)
        found = _same(found, self.inc).relu_()
        skips = []
        for same, *strided in self.down:
            found = _same(found, same).relu_()
            if strided:
                skips.append(found)
                found = _strided(found, strided[0]).relu_()
        for (spread, same), skip in zip(self.up, reversed(skips), strict=True):
            raised = _raised(found, spread, skip.shape[-1]).relu_()
            found = _same(torch.cat([skip, raised], dim=1), same).relu_()
        return functional.conv2d(found, *self.out)[:, :, 0]


def _taps(weight: Tensor, bias: Tensor | None) -> Taps:
    kept = weight.detach()[:, :, None].contiguous(memory_format=torch.channels_last)
    return kept, None if bias is None else bias.detach().clone()


def _plain(layer: nn.Module) -> Taps:
    convolution = cast("nn.Conv1d", layer)
    return _taps(convolution.weight, convolution.bias)


def _spread(layer: nn.Module) -> Taps:
    """A transposed convolution (inputs, outputs, 7) of stride 4 as a plain one with two taps and 4 x the outputs."""
    transposed = cast("nn.ConvTranspose1d", layer)
    weight, bias = transposed.weight.detach(), cast("Tensor", transposed.bias).detach()
    inputs, outputs, _ = weight.shape
    spread = weight.new_zeros(STRIDE, outputs, inputs, 2)
    for place in range(STRIDE):
        spread[place, :, :, 1] = weight[:, :, place].T
        if place + STRIDE < KERNEL:
            spread[place, :, :, 0] = weight[:, :, place + STRIDE].T
    return _taps(spread.reshape(STRIDE * outputs, inputs, 2), bias.repeat(STRIDE))


def _same(values: Tensor, taps: Taps) -> Tensor:
    return functional.conv2d(values, *taps, padding=(0, KERNEL // 2))


def _strided(values: Tensor, taps: Taps) -> Tensor:
    """A convolution of stride 4 that gives ceil(samples / 4)."""
    before, after = padding(values.shape[-1])
    weight, bias = taps
    if before < after:  # one more tap, of zeros, makes both sides alike
        weight = functional.pad(weight, (1, 0)).contiguous(memory_format=torch.channels_last)
    return functional.conv2d(values, weight, bias, stride=(1, STRIDE), padding=(0, after))


def _raised(values: Tensor, taps: Taps, samples: int) -> Tensor:
    """(n, outputs, 1, samples) of values (n, inputs, 1, about samples / 4)."""
    four = functional.conv2d(values, *taps, padding=(0, 1))
    n, channels, _, count = four.shape
    flat = four.permute(0, 2, 3, 1).reshape(n, 1, count * STRIDE, channels // STRIDE).permute(0, 3, 1, 2)
    first = cropping(values.shape[-1], samples)
    return flat[..., first : first + samples]
