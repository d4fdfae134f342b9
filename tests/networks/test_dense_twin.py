"""The dense twin of a patch network tells of every pixel what the network tells of the patch around it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seisgui.networks import dense_twin, row_stages
from seisgui.networks.dense_twin import DenseTwin, NoTwinError, twin_of
from seisgui.networks.waldeland import Waldeland
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.segy import open_volume

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


class Padded(nn.Conv2d):
    """A convolution that pads by itself."""

    def forward(self, batch: Tensor) -> Tensor:
        return super().forward(nn.functional.pad(batch, (1, 1, 1, 1)))


class Residual(nn.Module):
    """A branch that is added to its input."""

    def __init__(self) -> None:
        super().__init__()
        self.branch = nn.Conv2d(1, 1, 1)

    def forward(self, batch: Tensor) -> Tensor:
        return batch + self.branch(batch)


def hooked() -> nn.Module:
    layer = nn.Conv2d(1, 2, 5)
    layer.register_forward_hook(lambda *_: None)
    return layer


REFUSED = {
    r"1 \(Conv2d\) pads": lambda: [nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3)],
    r"0 \(Conv2d\) pads": lambda: [nn.Conv2d(1, 2, 3, padding="same"), nn.Conv2d(2, 2, 5)],
    r"0 \(MaxPool2d\) pads": lambda: [nn.MaxPool2d(3, 1, padding=1), nn.Conv2d(1, 2, 5)],
    r"0 \(AvgPool2d\) rounds up": lambda: [nn.AvgPool2d(2, 2, ceil_mode=True), nn.Conv2d(1, 2, 3)],
    r"0 \(MaxPool2d\) returns indices": lambda: [nn.MaxPool2d(3, return_indices=True)],
    r"0\.1 \(Padded\) computes in a way of its own": lambda: [nn.Sequential(nn.ReLU(), Padded(1, 2, 3))],
    r"0 \(Residual\) computes in a way of its own": lambda: [Residual(), nn.Conv2d(1, 2, 5)],
    r"0 \(Conv2d\) has a hook": lambda: [hooked()],
    r"1 \(InstanceNorm2d\) is none that is known": lambda: [
        nn.Conv2d(1, 2, 3),
        nn.InstanceNorm2d(2),
        nn.Conv2d(2, 2, 3),
    ],
    r"0 \(LSTM\)": lambda: [nn.LSTM(5, 3)],
    r"0 \(BatchNorm2d\) takes its statistics from the batch": lambda: [nn.BatchNorm2d(1, track_running_stats=False)],
    r"1 \(BatchNorm1d\) normalises": lambda: [nn.Flatten(), nn.BatchNorm1d(25), nn.Linear(25, 2)],
    r"1 \(Softmax\) compares": lambda: [nn.Conv2d(1, 2, 3), nn.Softmax(-1), nn.Conv2d(2, 2, 3)],
    r"1 \(Softmax2d\) compares": lambda: [nn.Flatten(), nn.Softmax2d(), nn.Linear(25, 2)],
    r"1 \(AdaptiveAvgPool2d\) makes more": lambda: [nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(2)],
    r"0 \(Flatten\) does not flatten": lambda: [nn.Flatten(2), nn.Linear(25, 3)],
    r"0 \(Linear\) does not see": lambda: [nn.Linear(5, 3)],
    r"1 \(Linear\) does not see": lambda: [nn.Flatten(), nn.Linear(26, 3)],
    r"2 \(Linear\) takes 3 channels and gets 2": lambda: [nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(27, 3)],
    r"1 \(Conv2d\) comes after": lambda: [nn.Flatten(), nn.Conv2d(1, 2, 5)],
    r"0 \(Conv2d\) is larger than the 5 x 5 values": lambda: [nn.Conv2d(1, 2, 6)],
    "leaves 3 x 3 values": lambda: [nn.Conv2d(1, 2, 3)],
    "no layer with weights": lambda: [nn.AdaptiveAvgPool2d(1)],
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_a_network_without_a_twin_is_refused_by_the_name_of_its_layer(sentence):
    with pytest.raises(NoTwinError, match=sentence):
        DenseTwin.of(nn.Sequential(*REFUSED[sentence]()), 5)


def test_patch_lattice_and_outputs_are_told():
    layers = nn.Conv2d(1, 4, (3, 2), (2, 3)), nn.MaxPool2d((2, 1), (1, 2)), nn.Flatten(), nn.Linear(4 * 2 * 1, 5)
    twin = DenseTwin.of(nn.Sequential(*layers), (7, 4))
    assert (twin.patch, twin.lattice, twin.n_out) == ((7, 4), (2, 6), 5)


def test_softmax_over_channels_and_weights_that_are_computed_have_a_twin():
    convolution = nn.utils.parametrizations.weight_norm(nn.Conv2d(2, 3, 4, 2))
    module = settled(nn.Sequential(convolution, nn.Softmax(1), nn.Conv2d(3, 3, 3), nn.Flatten(), nn.LogSoftmax(-1)))
    case = Case(module.double(), (8, 8), torch.randn(2, 15, 13, dtype=torch.float64), 1)
    torch.testing.assert_close(DenseTwin.of(module, 8).dense(case.stack), case.patch_loop(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("stack", "step"), [((1, 4, 9), 1), ((1, 9, 4), 1), ((1, 9, 9), 0)])
def test_a_stack_smaller_than_a_patch_has_no_output(stack, step):
    with pytest.raises(ValueError, match="no output"):
        DenseTwin.of(nn.Conv2d(1, 2, 5), 5).dense(torch.zeros(stack), step)


@pytest.mark.parametrize("step", [1, 3, 8])
def test_bands_and_tiles_leave_no_seam(step, monkeypatch):
    torch.manual_seed(1)
    twin = DenseTwin.of(settled(Waldeland(4)).double(), 65)
    stack = torch.randn(1, 64 + 70, 64 + 150, dtype=torch.float64)
    whole = twin.dense(stack, step)
    monkeypatch.setattr(dense_twin, "LEAST_TILE", 0)
    monkeypatch.setitem(dense_twin.TILE_VALUES, "cpu", 100 * 15_000)
    monkeypatch.setitem(dense_twin.BAND_VALUES, "cpu", 50 * 100 * 5)
    monkeypatch.setitem(row_stages.PIECE_PRODUCTS, "cpu", 5_000_000)
    pieces = list(twin.steps(stack, step))
    assert len(pieces) > 2 * len(list(twin.layers))
    torch.testing.assert_close(twin.dense(stack, step), whole, rtol=0, atol=1e-9)


def test_a_twin_is_kept_until_weights_change_and_forgotten_with_its_module():
    module = Waldeland(2)
    twin = twin_of(module, 65)
    assert twin_of(module, 65) is twin
    stack = torch.randn(1, 66, 66)
    before = twin.dense(stack)
    module.features[0][1].running_var.data.mul_(2.0)  # a change that torch does not count
    assert not torch.allclose(twin_of(module, 65).dense(stack), before)
    assert torch.equal(twin.dense(stack), before)
    gone = weakref.ref(module)
    del module
    gc.collect()
    assert gone() is None


def test_the_twin_of_a_module_in_training_is_that_of_its_evaluation():
    module = settled(Waldeland(3))
    stack = torch.randn(1, 67, 66)
    evaluated = DenseTwin.of(module, 65).dense(stack)
    state = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    assert torch.equal(DenseTwin.of(module.train(), 65).dense(stack), evaluated)
    assert all(torch.equal(tensor, state[name]) for name, tensor in module.state_dict().items())


def test_logits_of_the_f3_line_in_single_precision(f3_line):
    """Batch norms as trained on the line, logits up to about 10: float32 rounds both ways differently."""
    volume = open_volume(f3_line)
    amplitude = volume.section(SectionRef(Orientation.INLINE, 339))[800:]
    volume.close()
    torch.manual_seed(0)
    module = Waldeland(9)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None  # the mean of all batches
    stack = torch.from_numpy(np.pad(amplitude / np.abs(amplitude).max(), 32).astype(np.float32))[None]
    patches = stack.unfold(1, 65, 50).unfold(2, 65, 50).permute(1, 2, 0, 3, 4).flatten(0, 1).contiguous()
    with torch.no_grad():
        for _ in range(2):
            module.train()(patches)
        module.eval().classes.weight *= 8.0 / module(patches).abs().max()
        found = twin_of(module, 65).dense(stack)[:, ::50, ::50].flatten(1).T
        expected = module(patches)
    assert expected.abs().max() > 5.0
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rows", [7, 8, 9, 14])
def test_windows_of_many_rows(rows):
    """A dense head on a large map, with as many channels as quick convolutions have."""
    torch.manual_seed(0)
    head = nn.Linear(16 * rows * 5, 16)
    module = nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Flatten(), head, nn.Linear(16, 3)).double().eval()
    stack = torch.randn(1, rows + 2 + 40, 7 + 3, dtype=torch.float64)
    with torch.no_grad():
        found = DenseTwin.of(module, (rows + 2, 7)).dense(stack)
        patches = stack.unfold(1, rows + 2, 1).unfold(2, 7, 1).permute(1, 2, 0, 3, 4)
        expected = module(patches.reshape(-1, 1, rows + 2, 7)).reshape(*patches.shape[:2], 3).permute(2, 0, 1)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)
