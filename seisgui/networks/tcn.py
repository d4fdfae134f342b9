"""Temporal convolutional network: residual blocks of dilated 1-D convolutions, a trace in, a trace out.

Bai et al. (2018), arXiv 1803.01271, as Mustafa et al. (2019), arXiv 1906.02684, and Wang et al. (2022) use it for
impedance: each block is twice convolution, weight norm, ReLU, dropout, beside a skip (1x1 where the channel counts
differ); the dilation doubles from block to block; a 1x1 convolution ends in one output.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from seisgui.catalogue.tcn import DROPOUT, KERNEL, MUSTAFA_CHANNELS, WIDE_CHANNELS


class Block(nn.Module):
    """Two dilated convolutions with a skip; equal length in and out.

    ``causal`` pads before the trace only, so that no output sees later samples; otherwise both sides alike: the whole
    trace is known when it is inverted, and the wavelet reaches to both sides of an interface.
    """

    def __init__(self, inputs: int, outputs: int, dilation: int, *, causal: bool, dropout: float) -> None:
        super().__init__()
        reach = (KERNEL - 1) * dilation
        self._padding = (reach, 0) if causal else (reach // 2, reach // 2)
        self.conv1 = weight_norm(nn.Conv1d(inputs, outputs, KERNEL, dilation=dilation))
        self.conv2 = weight_norm(nn.Conv1d(outputs, outputs, KERNEL, dilation=dilation))
        self.dropout = nn.Dropout(dropout)
        self.skip = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, trace: torch.Tensor) -> torch.Tensor:
        """(n, inputs, samples) to (n, outputs, samples)."""
        inner = trace
        for convolution in (self.conv1, self.conv2):
            inner = self.dropout(functional.relu(convolution(functional.pad(inner, self._padding))))
        return functional.relu(inner + self.skip(trace))


class Tcn(nn.Module):
    """(n, channels, samples) of any length to (n, outputs, samples)."""

    def __init__(
        self,
        outputs: int,
        channels: int,
        widths: tuple[int, ...],
        *,
        causal: bool,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__()
        blocks = []
        inputs = channels
        for number, width in enumerate(widths):
            blocks.append(Block(inputs, width, 2**number, causal=causal, dropout=dropout))
            inputs = width
        self.blocks = nn.Sequential(*blocks)
        self.output = nn.Conv1d(inputs, outputs, 1)

    def forward(self, traces: torch.Tensor) -> torch.Tensor:
        """Scaled impedance at every sample."""
        return cast("torch.Tensor", self.output(self.blocks(traces)))


def build_mustafa2019(outputs: int = 1, channels: int = 1) -> Tcn:
    """The small causal network of Mustafa et al. (2019), section 4."""
    return Tcn(outputs, channels, MUSTAFA_CHANNELS, causal=True)


def build_wide(outputs: int = 1, channels: int = 1) -> Tcn:
    """Seven wider blocks, not causal."""
    return Tcn(outputs, channels, WIDE_CHANNELS, causal=False)
