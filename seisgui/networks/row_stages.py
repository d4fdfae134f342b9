"""Layers of a dense twin as stages that the rows of a section pass, a band at a time, nothing computed twice.

Bands are (rows, columns, channels), contiguous: the memory order in which convolutions are fastest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import gcd, prod
from operator import floordiv, mul

import torch
from torch import Tensor
from torch.nn import functional

from seisgui.networks.patch_layers import Affine, Convolution, Layer, Pair, Pointwise, Pool, reach_of
from seisgui.networks.toom_cook import RowConvolution, Scratch, outputs_at_once

PIECE_PRODUCTS = {"cpu": 2.5e9, "cuda": 1e12}  # multiplications between two yields
FAST_CHANNELS = 16  # in and out, from which convolutions with fewer multiplications are worth their transforms
MOST_ROWS_AT_ONCE = 256


class Stage:
    """A layer at its place in the grid: how its rows and columns are spaced."""

    size: Pair = (1, 1)
    block = 1  # output rows are found in multiples of this while more are to come
    outputs = 0  # channels; 0: as many as come in

    def __init__(self, stride: Pair = (1, 1), dilation: Pair = (1, 1)) -> None:
        self.stride, self.dilation = stride, dilation
        self.reach = reach_of(self.size, dilation)

    def needed(self, count: Pair) -> Pair:
        """Rows and columns of input for so many of output."""
        rows, columns = ((count[axis] - 1) * self.stride[axis] + self.reach[axis] + 1 for axis in (0, 1))
        return rows, columns

    def found(self, sides: tuple[int, ...]) -> Pair:
        """Rows and columns of output from so many of input."""
        rows, columns = (max(0, (sides[axis] - self.reach[axis] - 1) // self.stride[axis] + 1) for axis in (0, 1))
        return rows, columns

    def rows_at_once(self, rows: Tensor) -> int:
        """Output rows that a short piece of work may find."""
        a_row = self.found(tuple(rows.shape))[1] * prod(self.size) * rows.shape[2] * (self.outputs or 1)
        number = int(PIECE_PRODUCTS[rows.device.type] // a_row)
        return max(self.block, number - number % self.block)

    def compute(self, rows: Tensor, scratch: Scratch, /) -> Tensor:
        """Rows of output from the rows of input that they need."""
        raise NotImplementedError


class Flow:
    """Rows on their way through one stage: those that wait for more are held."""

    def __init__(self, stage: Stage, scratch: Scratch) -> None:
        self.stage, self.scratch = stage, scratch
        self._held: Tensor | None = None
        self._skipped = 0  # rows still to come that no window looks at

    def take(self, rows: Tensor, *, last: bool) -> Iterator[Tensor]:
        """Output rows that can be told now, in pieces that are quick to find; the ``last`` call tells the rest."""
        stage, rows = self.stage, self._joined(rows)
        count, width = stage.found(tuple(rows.shape))
        count -= 0 if last else count % stage.block
        used = count * stage.stride[0]
        self._held, self._skipped = rows[used:], max(0, used - len(rows))
        if not count:
            yield rows.new_empty(0, width, stage.outputs or rows.shape[2])
            return
        at_once = stage.rows_at_once(rows)
        for first in range(0, count, at_once):
            number, start = min(at_once, count - first), first * stage.stride[0]
            yield stage.compute(rows[start : start + stage.needed((number, 1))[0]], self.scratch)

    def _joined(self, rows: Tensor) -> Tensor:
        skipped = min(self._skipped, len(rows))
        self._skipped -= skipped
        rows = rows[skipped:]
        return rows if self._held is None or not len(self._held) else torch.cat([self._held, rows])


class ConvolutionStage(Stage):
    """A valid convolution, by rows with fewer multiplications where that pays."""

    def __init__(self, layer: Convolution, stride: Pair, dilation: Pair) -> None:
        self.size, self.outputs = layer.size, layer.outputs
        super().__init__(stride, dilation)
        self._groups, self._bias = layer.groups, layer.bias
        self._weight = layer.weight.contiguous(memory_format=torch.channels_last)
        self._fast = _fast(layer, stride, dilation)
        self.block = self._fast.block if self._fast is not None else 1

    def compute(self, rows: Tensor, scratch: Scratch, /) -> Tensor:
        count = self.found(tuple(rows.shape))[0]
        if self._fast is not None and self._fast.pays(count):
            return self._fast(rows, count, scratch)
        if self.size == self.stride == (1, 1) and self._groups == 1:
            return functional.linear(rows, self._weight[:, :, 0, 0], self._bias)
        images = rows[None].permute(0, 3, 1, 2)
        found = functional.conv2d(images, self._weight, self._bias, self.stride, 0, self.dilation, self._groups)
        return _band(found)


class PoolStage(Stage):
    """The maximum or the mean of a window."""

    def __init__(self, layer: Pool, stride: Pair, dilation: Pair) -> None:
        self.size, self._divisor = layer.size, layer.divisor
        super().__init__(stride, dilation)

    def compute(self, rows: Tensor, _: Scratch, /) -> Tensor:
        if self._divisor is None:
            images = rows[None].permute(0, 3, 1, 2)
            return _band(functional.max_pool2d(images, self.size, self.stride, 0, self.dilation))
        # torch has no dilated average: rows are summed, then columns
        height, width = self.found(tuple(rows.shape))
        found = self._summed(self._summed(rows, 0, height), 1, width)
        return found.div_(self._divisor)

    def _summed(self, rows: Tensor, axis: int, count: int) -> Tensor:
        span = (count - 1) * self.stride[axis] + 1
        found: Tensor | None = None
        for number in range(self.size[axis]):
            window = rows.narrow(axis, number * self.dilation[axis], span)
            window = window[:: self.stride[0]] if axis == 0 else window[:, :: self.stride[1]]
            found = window.clone(memory_format=torch.contiguous_format) if found is None else found.add_(window)
        assert found is not None
        return found


class PointStage(Stage):
    """What looks at no neighbour; overwrites its rows where they are another stage's output."""

    def __init__(self, layer: Pointwise | Affine, *, owned: bool) -> None:
        super().__init__()
        self._layer, self._owned = layer, owned

    def compute(self, rows: Tensor, _: Scratch, /) -> Tensor:
        if isinstance(self._layer, Affine):
            return torch.addcmul(self._layer.shift, rows, self._layer.scale)
        return self._layer.in_place(rows) if self._owned else self._layer.function(rows)


def stages_of(layers: Sequence[Layer], step: int) -> list[Stage]:
    """Stages that tell every ``step``-th row and column of what the layers tell of the patch around each.

    Strides that divide what is left of the step are kept, the others spread the windows of all later layers.
    """
    windows = [number for number, layer in enumerate(layers) if is_window(layer)]
    left, spread = (step, step), (1, 1)
    stages: list[Stage] = []
    for number, layer in enumerate(layers):
        if not isinstance(layer, Convolution | Pool):
            stages.append(PointStage(layer, owned=number > 0))
            continue
        # nothing after the last window looks at neighbours: there the whole step can be taken
        kept = left if windows and number == windows[-1] else _each(gcd, layer.stride, left)
        dilation = _each(mul, layer.dilation, spread)
        if isinstance(layer, Convolution):
            stages.append(ConvolutionStage(layer, kept, dilation))
        else:
            stages.append(PoolStage(layer, kept, dilation))
        spread = _each(floordiv, _each(mul, spread, layer.stride), _each(gcd, layer.stride, kept))
        left = _each(floordiv, left, kept)
    return stages


def is_window(layer: Layer) -> bool:
    """Whether a layer looks at neighbours or thins out the grid."""
    return isinstance(layer, Convolution | Pool) and (layer.size != (1, 1) or layer.stride != (1, 1))


def _each(function: Callable[[int, int], int], one: Pair, other: Pair) -> Pair:
    return function(one[0], other[0]), function(one[1], other[1])


def _band(images: Tensor) -> Tensor:
    return images[0].permute(1, 2, 0).contiguous()


def _fast(layer: Convolution, stride: Pair, dilation: Pair) -> RowConvolution | None:
    channels = min(layer.weight.shape[0], layer.weight.shape[1])
    if layer.weight.device.type != "cpu" or layer.groups > 1 or stride[0] > 1 or channels < FAST_CHANNELS:
        return None
    if outputs_at_once(layer.weight.shape[2]) == 1:  # nothing to gain: of one row, or of more than there are points
        return None
    found = RowConvolution.of(layer.weight, layer.bias, dilation[0], (stride[1], dilation[1]))
    return found if found.pays(found.block) and found.block <= MOST_ROWS_AT_ONCE else None
