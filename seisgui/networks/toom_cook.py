"""Convolution along rows with fewer multiplications (Toom-Cook, known to networks as Winograd's), on the CPU.

``outputs`` rows of a convolution with ``taps`` rows are found from ``outputs + taps - 1`` products instead of
``outputs * taps``: rows of input and of weights are seen as polynomials, evaluated at as many points, multiplied and
interpolated. Four rows of a 5 x 5 convolution cost 8 products instead of 20, at about twice the rounding error.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor
from torch.nn import functional

POINTS = (1.0, 0.0, -1.0, 2.0, -2.0, 0.5, -0.5)  # and infinity; the bias rides on the first
MOST_OUTPUTS = 4  # more rows at once save little and round badly
MOST_PRODUCTS = len(POINTS) + 1


def outputs_at_once(taps: int) -> int:
    """Rows found together; 1 where nothing is gained."""
    return max(1, min(MOST_OUTPUTS, MOST_PRODUCTS + 1 - taps)) if taps > 1 else 1


def transforms(outputs: int, taps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Matrices to (products, ...) from input rows and from weight rows, and to (outputs, products); float64."""
    count = outputs + taps - 1

    def powers(columns: int) -> Tensor:
        points = torch.tensor(POINTS[: count - 1], dtype=torch.float64)
        at_infinity = torch.zeros(1, columns, dtype=torch.float64)
        at_infinity[0, -1] = 1.0
        return torch.cat([points[:, None] ** torch.arange(columns), at_infinity])

    data, weights, result = torch.linalg.inv(powers(count)).T, powers(taps), powers(outputs).T
    # rows of similar size round best; powers of two cost nothing
    for_data = torch.exp2(data.abs().sum(1).log2().round())
    for_weights = torch.exp2(weights.abs().sum(1).log2().round())
    return data / for_data[:, None], weights / for_weights[:, None], result * (for_data * for_weights)


class Scratch:
    """Memory that is used again and again: fresh memory costs as much time as what is written to it."""

    def __init__(self) -> None:
        self._kept: dict[str, Tensor] = {}

    def take(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """A contiguous tensor with anything in it, until the next one of that name is taken."""
        kept = self._kept.get(name)
        if kept is None or len(kept) < prod(shape):
            kept = self._kept[name] = like.new_empty(prod(shape))
        return kept[: prod(shape)].view(shape)


@dataclass(frozen=True)
class RowConvolution:
    """A convolution of stride 1 and dilation ``dilation`` along rows, any stride and dilation along columns."""

    taps: int
    dilation: int
    across: tuple[int, int]  # stride and dilation of columns
    data: Tensor
    result: Tensor
    weights: list[Tensor]  # one (outputs, inputs, 1, columns) a product
    bias: Tensor

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor, dilation: int, across: tuple[int, int]) -> RowConvolution:
        """From weights (outputs, inputs, rows, columns) and bias (outputs,)."""
        taps = weight.shape[2]
        data, kernel, result = transforms(outputs_at_once(taps), taps)
        products = torch.einsum("kr,oirc->koic", kernel, weight.double().cpu()).to(weight.dtype)
        weights = [each[:, :, None].contiguous(memory_format=torch.channels_last) for each in products]
        dtype = weight.dtype
        scaled = (bias.double() / result[0, 0]).to(dtype)  # at the point 1 every power is 1: all rows get the bias
        return cls(taps, dilation, across, data.to(dtype), result.to(dtype), weights, scaled)

    @property
    def block(self) -> int:
        """Output rows that cost the least together: a multiple of this."""
        return len(self.result) * self.dilation

    def pays(self, rows: int) -> bool:
        """Whether ``rows`` output rows are cheaper this way than one by one."""
        tiles = -(-rows // self.block) * self.dilation
        return tiles * len(self.data) < rows * self.taps

    def __call__(self, rows: Tensor, count: int, scratch: Scratch) -> Tensor:
        """``count`` output rows (count, width', outputs) of rows (height, width, inputs), contiguous."""
        blocks = -(-count // self.block)
        lacking = blocks * self.block + (self.taps - 1) * self.dilation - len(rows)
        if lacking > 0:
            rows = torch.cat([rows, rows.new_zeros(lacking, *rows.shape[1:])])
        firsts = [block * self.block + phase for block in range(blocks) for phase in range(self.dilation)]
        products = self._multiplied(self._evaluated(rows, firsts, scratch), scratch)
        result = rows.new_empty(blocks * self.block, *products.shape[2:])
        flat, products = result.flatten(1), products.flatten(2)
        for tile, first in enumerate(firsts):
            torch.mm(self.result, products[:, tile], out=flat[self._rows_from(first, len(self.result))])
        return result[:count]

    def _rows_from(self, first: int, count: int) -> slice:
        return slice(first, first + (count - 1) * self.dilation + 1, self.dilation)

    def _evaluated(self, rows: Tensor, firsts: list[int], scratch: Scratch) -> Tensor:
        """(products, tiles, width, inputs) of rows (height, width, inputs)."""
        found = scratch.take("points", (len(self.data), len(firsts), *rows.shape[1:]), rows)
        flat, points = rows.flatten(1), found.flatten(2)
        for tile, first in enumerate(firsts):
            torch.mm(self.data, flat[self._rows_from(first, len(self.data))], out=points[:, tile])
        return found

    def _multiplied(self, points: Tensor, scratch: Scratch) -> Tensor:
        """(products, tiles, width', outputs) of (products, tiles, width, inputs)."""
        (stride, dilation), (outputs, _, _, size) = self.across, self.weights[0].shape
        count, tiles, width, _ = points.shape
        shape = count, tiles, (width - (size - 1) * dilation - 1) // stride + 1, outputs
        found = scratch.take("products", shape, points)
        for number, (rows, weight) in enumerate(zip(points, self.weights, strict=True)):
            images = rows[None].permute(0, 3, 1, 2)
            bias = self.bias if number == 0 else None
            piece = functional.conv2d(images, weight, bias, (1, stride), 0, (1, dilation))
            found[number] = piece[0].permute(1, 2, 0)
        return found
