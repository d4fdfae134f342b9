"""The dense twin of a patch network tells of every pixel what the network tells of the patch around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seisgui.networks import dense_twin, row_stages
from seisgui.networks.dense_twin import DenseTwin

ARCHITECTURES = 300
AT_ONCE = 10  # to a test
LARGEST_PATCH = 30
ACTIVATIONS = (
    *(nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SELU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Hardtanh),
    *(nn.Identity, nn.Mish, nn.Softsign, nn.PReLU),
)


@dataclass(frozen=True)
class Case:
    """A network in the state of evaluation, its patch, and a stack that it is to be run over at a step."""

    module: nn.Module
    patch: tuple[int, int]
    stack: Tensor
    step: int

    def patch_loop(self) -> Tensor:
        """What the network says of every patch: (n_out, h', w')."""
        (rows, columns), step = self.patch, self.step
        patches = self.stack.unfold(1, rows, step).unfold(2, columns, step)
        lattice = patches.shape[1:3]
        with torch.inference_mode():
            found = self.module(patches.permute(1, 2, 0, 3, 4).flatten(0, 1).contiguous())
        return found.flatten(1).T.unflatten(1, lattice)


@dataclass
class Drawing:
    """One random network: layers from the patch to the outputs, and the windows that say how large the patch is."""

    random: np.random.Generator

    def case(self) -> Case:
        while True:
            found = self._drawn()
            if max(found.patch) <= LARGEST_PATCH:
                return found

    def _drawn(self) -> Case:
        self.windows: list[tuple[tuple[int, int], tuple[int, int], tuple[int, int], bool]] = []
        channels = first = self._one_of(1, 1, 2, 3)
        layers: list[nn.Module] = [self._activation(channels)] if self._chance(0.2) else []
        for _ in range(self.random.integers(1, 7)):
            block, channels = self._block(channels)
            layers += block
        left = self._pair(1, 2)
        layers += self._head(channels, left)
        torch.manual_seed(int(self.random.integers(2**31)))
        module = settled(self._nested(layers).double())
        patch = self._patch(left)
        sides = self._pair(1, 9)
        stack = torch.randn(first, sides[0] + patch[0] - 1, sides[1] + patch[1] - 1, dtype=torch.float64)
        return Case(module, patch, stack, self._one_of(1, 1, 1, 2, 3, 4, 5, 6, 8))

    def _patch(self, left: tuple[int, int]) -> tuple[int, int]:
        sides = left
        for size, stride, dilation, exact in reversed(self.windows):
            idle = (0, 0) if exact else tuple(int(self.random.integers(each)) for each in stride)
            sides = tuple(
                (sides[axis] - 1) * stride[axis] + (size[axis] - 1) * dilation[axis] + 1 + idle[axis] for axis in (0, 1)
            )
        return sides[0], sides[1]

    def _block(self, channels: int) -> tuple[list[nn.Module], int]:
        layers: list[nn.Module] = []
        if self._chance(0.15):
            layers.append(nn.BatchNorm2d(channels, affine=self._chance(0.8)))
        if self._chance(0.75):
            layer, channels = self._convolution(channels)
        else:
            layer = self._pool()
        layers.append(layer)
        extras = (nn.BatchNorm2d(channels, affine=self._chance(0.8)), self._activation(channels), nn.Dropout2d(0.3))
        chosen = [extra for extra, share in zip(extras, (0.6, 0.8, 0.2), strict=True) if self._chance(share)]
        if self._chance(0.3):
            self.random.shuffle(chosen)
        return layers + chosen, channels

    def _convolution(self, channels: int) -> tuple[nn.Module, int]:
        groups = self._one_of(*[each for each in (1, 1, 1, 2, 3) if channels % each == 0])
        outputs = groups * self._one_of(1, 2, 4)
        size, stride, dilation = self._window(5)
        padding = "same" if size == stride == (1, 1) else self._one_of(0, "valid")
        bias = self._chance(0.7)
        return nn.Conv2d(channels, outputs, size, stride, padding, dilation, groups, bias), outputs

    def _pool(self) -> nn.Module:
        average, ceil = self._chance(0.5), self._chance(0.3)
        size, stride, dilation = self._window(3, spread=not average, exact=ceil)
        if average:
            return nn.AvgPool2d(size, stride, ceil_mode=ceil, divisor_override=self._one_of(None, None, 3))
        return nn.MaxPool2d(size, stride, dilation=dilation, ceil_mode=ceil)

    def _window(
        self, largest: int, *, spread: bool = True, exact: bool = False
    ) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        size = self._pair(1, largest)
        stride = (1, 1) if self._chance(0.4) else self._pair(1, 3)
        dilation = self._pair(1, 2) if spread and self._chance(0.3) else (1, 1)
        self.windows.append((size, stride, dilation, exact))
        return size, stride, dilation

    def _head(self, channels: int, left: tuple[int, int]) -> list[nn.Module]:
        outputs = int(self.random.integers(1, 5))
        kind = self._one_of("dense", "dense", "pool", "convolution")
        if kind == "convolution":
            return [nn.Conv2d(channels, outputs, left), nn.Flatten()]
        layers: list[nn.Module] = []
        if kind == "pool":
            layers.append(self._one_of(nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d((1, 1))))
        widths = [channels if kind == "pool" else channels * left[0] * left[1]]
        widths += [int(each) for each in self.random.integers(1, 6, self.random.integers(0, 3))]
        layers.append(nn.Flatten())
        if self._chance(0.3):
            layers += [nn.ReLU(inplace=True), nn.Dropout(0.4)]
        for before, after in pairwise([*widths, outputs]):
            layers += [nn.Linear(before, after, bias=self._chance(0.7)), nn.BatchNorm1d(after), self._activation(after)]
        return layers[: -self._one_of(1, 2)]

    def _activation(self, channels: int) -> nn.Module:
        kind = ACTIVATIONS[self.random.integers(len(ACTIVATIONS))]
        if kind is nn.PReLU:
            return nn.PReLU(self._one_of(1, channels))
        return kind(inplace=True) if kind in (nn.ReLU, nn.ELU, nn.SiLU) and self._chance(0.5) else kind()

    def _nested(self, layers: list[nn.Module]) -> nn.Module:
        if len(layers) < 3 or self._chance(0.3):
            return nn.Sequential(*layers)
        cut = int(self.random.integers(1, len(layers)))
        return nn.Sequential(self._nested(layers[:cut]), *layers[cut:])

    def _pair(self, least: int, most: int) -> tuple[int, int]:
        one, other = self.random.integers(least, most + 1, 2)
        return int(one), int(other)

    def _chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def _one_of(self, *choices):
        return choices[self.random.integers(len(choices))]


def settled(module: nn.Module) -> nn.Module:
    """Batch norms as after some training: no statistic at its start value."""
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d | nn.BatchNorm1d):
            layer.running_mean.normal_(0.0, 0.5)
            layer.running_var.uniform_(0.3, 2.0)
            if layer.affine:
                nn.init.uniform_(layer.weight, 0.5, 2.0)
                nn.init.normal_(layer.bias, 0.0, 0.5)
    return module.eval()


@pytest.fixture(autouse=True)
def one_thread():
    """Networks this small are slower with more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@contextmanager
def small_pieces(random: np.random.Generator) -> Iterator[None]:
    """Bands of few rows, tiles of few columns, and convolutions with fewer multiplications for few channels too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(dense_twin.BAND_VALUES, "cpu", int(random.integers(1, 2000)))
        patch.setitem(dense_twin.TILE_VALUES, "cpu", int(random.integers(1, 20_000)))
        patch.setattr(dense_twin, "LEAST_TILE", 0)
        patch.setitem(row_stages.PIECE_PRODUCTS, "cpu", int(random.integers(1, 100_000)))
        patch.setattr(row_stages, "FAST_CHANNELS", int(random.integers(1, 4)))
        yield


@pytest.mark.parametrize("first", range(0, ARCHITECTURES, AT_ONCE))
def test_the_twin_of_any_network_equals_the_patch_loop(first):
    for seed in range(first, first + AT_ONCE):
        random = np.random.default_rng(seed)
        case = Drawing(random).case()
        before = case.stack.clone()
        with torch.inference_mode(), small_pieces(random) if seed % 3 else nullcontext():
            twin = DenseTwin.of(case.module, case.patch)
            found = twin.dense(case.stack, case.step)
        expected = case.patch_loop()
        assert found.shape == expected.shape == (twin.n_out, *expected.shape[1:]), f"seed {seed}"
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9, msg=f"seed {seed}")
        assert torch.equal(case.stack, before), f"seed {seed}"
