"""A patch network read as a plain list of layers, batch norms folded into their neighbours."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from seisgui.errors import InputError

Pair = tuple[int, int]


class NoTwinError(InputError):
    """A network that can only be run patch by patch; the sentence names the layer that is to blame."""


@runtime_checkable
class Sequenced(Protocol):
    """A module that computes the same as a row of its layers."""

    def sequence(self) -> nn.Sequential: ...


@dataclass(frozen=True, slots=True)
class Convolution:
    """A valid convolution; ``weight`` (outputs, inputs / groups, rows, columns), ``bias`` (outputs,)."""

    weight: Tensor
    bias: Tensor
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    groups: int = 1

    @property
    def size(self) -> Pair:
        return self.weight.shape[2], self.weight.shape[3]

    @property
    def outputs(self) -> int:
        return self.weight.shape[0]


@dataclass(frozen=True, slots=True)
class Pool:
    """The maximum of a window, or its sum divided by ``divisor`` where there is one."""

    size: Pair
    stride: Pair
    dilation: Pair = (1, 1)
    divisor: int | None = None


@dataclass(frozen=True, slots=True)
class Affine:
    """``scale`` * value + ``shift``, both (channels,)."""

    scale: Tensor
    shift: Tensor


@dataclass(frozen=True, slots=True)
class Pointwise:
    """A function of values (..., channels) that looks at no neighbour; ``in_place`` where it may overwrite them."""

    function: Callable[[Tensor], Tensor]
    in_place: Callable[[Tensor], Tensor]


Layer = Convolution | Pool | Affine | Pointwise

_ELEMENTWISE: tuple[type[nn.Module], ...] = (
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.RReLU, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish),
    *(nn.Sigmoid, nn.LogSigmoid, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh, nn.Tanh, nn.Tanhshrink),
    *(nn.Softplus, nn.Softsign, nn.Softshrink, nn.Hardshrink, nn.Threshold),
)
_NOTHING: tuple[type[nn.Module], ...] = (
    *(nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout),
)


def read_layers(module: nn.Module, patch: Pair) -> list[Layer]:
    """The layers that patches (n, channels, *patch) pass, folded where possible; weights are copies.

    Raises ``NoTwinError`` where a layer looks beyond the patch's own values or cannot be put in a row with the others.
    """
    reader = _Reader(patch)
    for name, layer in _leaves(module, ""):
        reader.read(name, layer)
    reader.end()
    return _folded(reader.layers)


def _leaves(module: nn.Module, name: str) -> Iterator[tuple[str, nn.Module]]:
    """Layers in the order in which values pass them, with their names in the tree."""
    if module._forward_hooks or module._forward_pre_hooks:
        raise NoTwinError(f"The layer {_called(name, module)} has a hook, so what it does is not known.")
    row = module.sequence() if isinstance(module, Sequenced) else module
    if isinstance(row, nn.Sequential) and not _has_own_way(row):
        for key, child in row.named_children():
            yield from _leaves(child, f"{name}.{key}" if name else key)
    else:
        yield name, module


def _called(name: str, layer: nn.Module) -> str:
    return f"{name} ({type(layer).__name__})" if name else type(layer).__name__


def _has_own_way(layer: nn.Module) -> bool:
    """Whether a layer computes otherwise than the class of torch that it derives from."""
    for kind in type(layer).__mro__:
        if kind.__module__.startswith("torch.nn.modules."):
            return False
        if {"forward", "__call__", "_conv_forward"} & vars(kind).keys():
            return True
    return True


def _pair(value: int | Sequence[int]) -> Pair:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def reach_of(size: Pair, dilation: Pair) -> Pair:
    """Rows and columns that a window needs beyond its first."""
    return (size[0] - 1) * dilation[0], (size[1] - 1) * dilation[1]


class _Reader:
    """Follows the shape of a patch from layer to layer."""

    def __init__(self, patch: Pair) -> None:
        self.side, self.channels, self.flat = patch, 0, False  # no channels: not known yet
        self.layers: list[Layer] = []

    def read(self, name: str, layer: nn.Module) -> None:
        self.called = _called(name, layer)
        if _has_own_way(layer):
            raise self._refuse("computes in a way of its own")
        if isinstance(layer, nn.Conv2d):
            self._convolution(layer)
        elif isinstance(layer, nn.Linear):
            self._linear(layer)
        elif isinstance(layer, nn.BatchNorm2d | nn.BatchNorm1d):
            self._batch_norm(layer)
        elif isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
            self._pool(layer)
        elif isinstance(layer, nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d):
            self._adaptive_pool(layer)
        elif isinstance(layer, nn.Flatten):
            self._flatten(layer)
        elif not isinstance(layer, _NOTHING):
            self._pointwise(layer)

    def end(self) -> None:
        if self.side != (1, 1):
            raise NoTwinError(f"The network leaves {self.side[0]} x {self.side[1]} values of its patch, not one.")
        if not self.channels:
            raise NoTwinError("The network has no layer with weights.")

    def _refuse(self, why: str) -> NoTwinError:
        return NoTwinError(f"The layer {self.called} {why}.")

    def _takes(self, channels: int) -> None:
        if self.channels not in (0, channels):
            raise self._refuse(f"takes {channels} channels and gets {self.channels}")
        self.channels = channels

    def _slide(self, size: Pair, stride: Pair, dilation: Pair, *, ceil: bool = False) -> None:
        """Move a window over the patch: what is left of it."""
        if self.flat:
            raise self._refuse("comes after the patch has been flattened")
        room = [side - reach - 1 for side, reach in zip(self.side, reach_of(size, dilation), strict=True)]
        if min(room) < 0:
            raise self._refuse(f"is larger than the {self.side[0]} x {self.side[1]} values that reach it")
        if ceil and any(left % each for left, each in zip(room, stride, strict=True)):
            raise self._refuse("rounds up (ceil_mode) and so looks beyond the edge of the patch")
        self.side = room[0] // stride[0] + 1, room[1] // stride[1] + 1

    def _convolution(self, layer: nn.Conv2d) -> None:
        size, stride, dilation = _pair(layer.kernel_size), _pair(layer.stride), _pair(layer.dilation)
        padding = reach_of(size, dilation) if layer.padding == "same" else layer.padding
        if padding != "valid" and any(_pair(padding)):  # type: ignore[arg-type]
            raise self._refuse("pads the patch, and what is padded differs from patch to patch")
        self._takes(layer.in_channels)
        self._slide(size, stride, dilation)
        bias = torch.zeros_like(layer.weight[:, 0, 0, 0]) if layer.bias is None else layer.bias
        weight = layer.weight.detach().clone()
        self.layers.append(Convolution(weight, bias.detach().clone(), stride, dilation, layer.groups))
        self.channels = layer.out_channels

    def _linear(self, layer: nn.Linear) -> None:
        values = self.side[0] * self.side[1]
        if not self.flat or layer.in_features % values:
            raise self._refuse("does not see the patch as one row of values")
        self._takes(layer.in_features // values)
        bias = layer.weight.new_zeros(layer.out_features) if layer.bias is None else layer.bias
        weight = layer.weight.detach().clone().reshape(layer.out_features, -1, *self.side)
        self.layers.append(Convolution(weight, bias.detach().clone()))
        self.side, self.channels = (1, 1), layer.out_features

    def _batch_norm(self, layer: nn.BatchNorm2d | nn.BatchNorm1d) -> None:
        if layer.running_mean is None or layer.running_var is None:
            raise self._refuse("takes its statistics from the batch it is in")
        if self.flat != isinstance(layer, nn.BatchNorm1d) or (self.flat and self.side != (1, 1)):
            raise self._refuse("normalises values of a patch one by one")
        self._takes(layer.num_features)
        mean, variance = layer.running_mean.detach().double(), layer.running_var.detach().double()
        scale = torch.rsqrt(variance + layer.eps)
        scale = scale if layer.weight is None else scale * layer.weight.detach().double()
        shift = -mean * scale
        shift = shift if layer.bias is None else shift + layer.bias.detach().double()
        dtype = layer.running_mean.dtype
        self.layers.append(Affine(scale.to(dtype), shift.to(dtype)))

    def _pool(self, layer: nn.MaxPool2d | nn.AvgPool2d) -> None:
        size = _pair(layer.kernel_size)
        stride = _pair(layer.stride if layer.stride is not None else layer.kernel_size)
        if any(_pair(layer.padding)):
            raise self._refuse("pads the patch, and what is padded differs from patch to patch")
        if isinstance(layer, nn.AvgPool2d):
            pool = Pool(size, stride, divisor=layer.divisor_override or size[0] * size[1])
        elif layer.return_indices:
            raise self._refuse("returns indices beside values")
        else:
            pool = Pool(size, stride, _pair(layer.dilation))
        self._slide(size, stride, pool.dilation, ceil=layer.ceil_mode)
        self.layers.append(pool)

    def _adaptive_pool(self, layer: nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d) -> None:
        wanted = layer.output_size if isinstance(layer.output_size, tuple) else (layer.output_size,) * 2
        if wanted != (1, 1) or getattr(layer, "return_indices", False):
            raise self._refuse("makes more of the patch than one value a channel")
        divisor = self.side[0] * self.side[1] if isinstance(layer, nn.AdaptiveAvgPool2d) else None
        pool = Pool(self.side, (1, 1), divisor=divisor)
        self._slide(pool.size, pool.stride, pool.dilation)
        self.layers.append(pool)

    def _flatten(self, layer: nn.Flatten) -> None:
        if layer.start_dim != 1 or layer.end_dim not in (-1, 1 if self.flat else 3):
            raise self._refuse("does not flatten all values of a patch")
        self.flat = True

    def _pointwise(self, layer: nn.Module) -> None:
        if isinstance(layer, _ELEMENTWISE):
            self.layers.append(Pointwise(_activation(layer, in_place=False), _activation(layer, in_place=True)))
        elif isinstance(layer, nn.PReLU) and (layer.num_parameters == 1 or self.side == (1, 1) or not self.flat):
            slope = layer.weight.detach().clone()
            self.layers.append(_always(lambda values: torch.where(values > 0, values, values * slope)))
        elif isinstance(layer, nn.Softmax | nn.LogSoftmax | nn.Softmax2d):
            self._softmax(layer)
        else:
            raise self._refuse("is none that is known to look the same from every patch")

    def _softmax(self, layer: nn.Softmax | nn.LogSoftmax | nn.Softmax2d) -> None:
        over = -3 if isinstance(layer, nn.Softmax2d) else layer.dim
        channels = (1, -1) if self.flat else (1, -3)
        if over not in channels or (self.flat and self.side != (1, 1)):
            raise self._refuse("compares values of different places in the patch")
        function = torch.log_softmax if isinstance(layer, nn.LogSoftmax) else torch.softmax
        self.layers.append(_always(lambda values: function(values, -1)))


def _always(function: Callable[[Tensor], Tensor]) -> Pointwise:
    return Pointwise(function, function)


def _activation(layer: nn.Module, *, in_place: bool) -> nn.Module:
    """A copy that overwrites its input or leaves it alone, whatever the original does; off duty in training."""
    own: Any = copy.copy(layer).eval()
    if hasattr(own, "inplace"):
        own.inplace = in_place
    activation: nn.Module = own
    return activation


def _folded(layers: list[Layer]) -> list[Layer]:
    """The same layers with every affine step in the convolution before it, else after it, where there is one."""
    folded: list[Layer] = []
    for layer in layers:
        before = folded[-1] if folded else None
        if isinstance(layer, Affine) and isinstance(before, Convolution):
            folded[-1] = _scaled_outputs(before, layer)
        elif isinstance(layer, Affine) and isinstance(before, Affine):
            folded[-1] = Affine(layer.scale * before.scale, layer.scale * before.shift + layer.shift)
        elif isinstance(layer, Convolution) and isinstance(before, Affine):
            folded[-1] = _scaled_inputs(layer, before)
        else:
            folded.append(layer)
    return folded


def _scaled_outputs(layer: Convolution, after: Affine) -> Convolution:
    weight = layer.weight.double() * after.scale.double()[:, None, None, None]
    bias = layer.bias.double() * after.scale.double() + after.shift.double()
    return replace(layer, weight=weight.to(layer.weight.dtype), bias=bias.to(layer.bias.dtype))


def _scaled_inputs(layer: Convolution, before: Affine) -> Convolution:
    weight = layer.weight.double()
    # (outputs, inputs / groups): the channels that every output sees
    scale, shift = (
        values.double().reshape(layer.groups, -1).repeat_interleave(layer.outputs // layer.groups, 0)
        for values in (before.scale, before.shift)
    )
    bias = layer.bias.double() + (weight * shift[:, :, None, None]).sum((1, 2, 3))
    weight = weight * scale[:, :, None, None]
    return replace(layer, weight=weight.to(layer.weight.dtype), bias=bias.to(layer.bias.dtype))
