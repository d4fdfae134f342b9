"""The dilated twin of a strided patch network: whole sections at once, every pixel as from the patch around it.

A strided network seen from every pixel computes the same values over and over. Its twin computes each once: a stride
of s becomes a grid that stays dense, and the windows of all later layers are spread by s ("à trous").
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from math import prod

import torch
from torch import Tensor, nn

from seisgui.networks.patch_layers import Convolution, Layer, NoTwinError, Pair, Pool, read_layers
from seisgui.networks.row_stages import Flow, Stage, is_window, stages_of
from seisgui.networks.toom_cook import Scratch

__all__ = ["DenseTwin", "NoTwinError", "has_twin", "twin_of"]

BAND_VALUES = {"cpu": 1_600_000, "cuda": 64_000_000}  # of one layer's output, computed between two yields
TILE_VALUES = {"cpu": 48_000_000, "cuda": 512_000_000}  # held at once beside the stack and the result
LEAST_TILE = 4  # patches wide
BANDS_HELD = 7  # a band as it comes in, as it goes out, and the products of a convolution between


@dataclass(frozen=True)
class DenseTwin:
    """A network for patches (n, channels, rows, columns), made ready for whole sections.

    ``patch`` is rows and columns of a patch; ``lattice`` rows and columns between two outputs of the strided network
    on a window larger than its patch; ``n_out`` the outputs a pixel. Weights are copies, batch norms are folded.
    """

    patch: Pair
    lattice: Pair
    n_out: int
    layers: tuple[Layer, ...] = field(repr=False)
    _prepared: dict[int, list[Stage]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, module: nn.Module, patch: int | Pair) -> DenseTwin:
        """The twin of a module as its weights are now, in the state of evaluation.

        The module is a row of layers: (nested) ``nn.Sequential``, or anything with a method ``sequence`` that returns
        one. Raises ``NoTwinError`` naming the layer that cannot be made dense.
        """
        sides = (patch, patch) if isinstance(patch, int) else patch
        layers = read_layers(module, sides)
        strides = [layer.stride for layer in layers if isinstance(layer, Convolution | Pool)]
        lattice = prod(stride[0] for stride in strides), prod(stride[1] for stride in strides)
        n_out = next(layer.outputs for layer in reversed(layers) if isinstance(layer, Convolution))
        return cls(sides, lattice, n_out, tuple(layers))

    def steps(self, stack: Tensor, step: int = 1) -> Generator[float, None, Tensor]:
        """Outputs (n_out, ceil(h / step), ceil(w / step)) of a stack (channels, h + rows - 1, w + columns - 1).

        Element [:, i, j] equals the output of the patch whose first value is [i * step, j * step]. Yields the
        fraction done after every short piece of work. Rows pass in bands; a stack too wide is cut into tiles of
        columns that overlap by a patch. Beside the stack and the result (channels last in memory) at most about
        ``TILE_VALUES`` + ``BANDS_HELD`` * ``BAND_VALUES`` values are held (about 300 MB in float32 on the CPU),
        or those of a tile of ``LEAST_TILE`` patches where that is more.
        """
        height, width = stack.shape[1] - self.patch[0] + 1, stack.shape[2] - self.patch[1] + 1
        if step < 1 or min(height, width) < 1:
            raise ValueError(f"no output of a stack {tuple(stack.shape)} at step {step}")
        stack = stack.detach()
        if not any(is_window(layer) for layer in self.layers):
            stack, step, height, width = stack[:, ::step, ::step], 1, -(-height // step), -(-width // step)
        rows, columns = -(-height // step), -(-width // step)
        stages, parts = self._stages(step), []
        room = _columns_at_once(stages, stack) - self.patch[1]
        at_once = max(LEAST_TILE * self.patch[1], room, step) // step
        for first in range(0, columns, at_once):
            sides = rows, min(at_once, columns - first)
            for fraction in (tile := _Tile(stages, stack[:, :, first * step :], sides)).run():
                yield (first + fraction * sides[1]) / columns
            parts.append(tile.result)
        return (parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)).permute(2, 0, 1)

    def dense(self, stack: Tensor, step: int = 1) -> Tensor:
        """As ``steps``, in one go."""
        work = self.steps(stack, step)
        while True:
            try:
                next(work)
            except StopIteration as outcome:
                found: Tensor = outcome.value
                return found

    def _stages(self, step: int) -> list[Stage]:
        if step not in self._prepared:
            self._prepared[step] = stages_of(self.layers, step)
        return self._prepared[step]


class _Tile:
    """``sides`` rows and columns of output, found band by band of rows."""

    def __init__(self, stages: Sequence[Stage], stack: Tensor, sides: Pair) -> None:
        needed = sides
        for stage in reversed(stages):
            needed = stage.needed(needed)
        self.stages, self.stack = stages, stack[:, : needed[0], : needed[1]]
        self.bands: list[Tensor] = []

    @property
    def result(self) -> Tensor:
        """(rows, columns, n_out), once run."""
        return torch.cat(self.bands)

    def run(self) -> Generator[float, None, None]:
        """Find the result; yields the fraction done."""
        scratch = Scratch()
        flows = [Flow(stage, scratch) for stage in self.stages]
        height = self.stack.shape[1]
        at_once = _rows_at_once(self.stages, self.stack)
        for first in range(0, height, at_once):
            following = min(first + at_once, height)
            band = self.stack[:, first:following].permute(1, 2, 0).contiguous()
            for number, flow in enumerate(flows, start=1):
                pieces = []
                for piece in flow.take(band, last=following == height):
                    pieces.append(piece)
                    yield (first + (following - first) * number / len(flows)) / height
                band = pieces[0] if len(pieces) == 1 else torch.cat(pieces)
                if not len(band) and following < height:
                    break
            else:
                self.bands.append(band)


def _channels(stages: Sequence[Stage], channels: int) -> list[int]:
    """Channels that come into each stage, and those that leave the last."""
    found = [channels]
    for stage in stages:
        found.append(stage.outputs or found[-1])
    return found


def _block(stages: Sequence[Stage]) -> int:
    """Rows of the stack that keep every stage at work: the largest multiple that one of them waits for."""
    blocks, spacing = [1], 1
    for stage in stages:
        spacing *= stage.stride[0]
        blocks.append(stage.block * spacing)
    return max(blocks)


def _rows_at_once(stages: Sequence[Stage], stack: Tensor) -> int:
    """Rows of a band."""
    rows = BAND_VALUES[stack.device.type] / (max(_channels(stages, len(stack))) * stack.shape[2])
    block = _block(stages)
    return max(block, round(rows / block) * block)


def _columns_at_once(stages: Sequence[Stage], stack: Tensor) -> int:
    """Columns of the stack in a tile: so many that what a tile holds stays below ``TILE_VALUES``."""
    channels = _channels(stages, len(stack))
    block = _block(stages)
    # rows that wait are held with the band that they came in
    windows = [(stage, coming) for stage, coming in zip(stages, channels, strict=False) if stage.reach[0]]
    held = sum((stage.reach[0] + block) * coming for stage, coming in windows)
    return TILE_VALUES[stack.device.type] // (held + BANDS_HELD * block * max(channels))


@dataclass(frozen=True)
class _Known:
    """What was found of a module; ``refusal`` where it has no twin, whatever its weights."""

    patch: Pair
    weights: tuple[Tensor, ...]
    twin: DenseTwin | None
    refusal: tuple[str, ...] = ()


_known: weakref.WeakKeyDictionary[nn.Module, _Known] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def twin_of(module: nn.Module, patch: int | Pair) -> DenseTwin:
    """The twin of a module, kept for as long as the module lives and made anew when its weights have changed.

    Raises ``NoTwinError`` as ``DenseTwin.of`` does; that, too, is found once a module.
    """
    sides = (patch, patch) if isinstance(patch, int) else patch
    weights = tuple(tensor.detach() for tensor in (*module.parameters(), *module.buffers()))
    with _lock:
        known = _known.get(module)
        if known is None or known.patch != sides or (known.twin is not None and not _same(known.weights, weights)):
            known = _known[module] = _look(module, sides, weights)
    if known.twin is None:
        raise NoTwinError(*known.refusal)
    return known.twin


def has_twin(module: nn.Module, patch: int | Pair) -> bool:
    """Whether a module can be made dense."""
    try:
        twin_of(module, patch)
    except NoTwinError:
        return False
    return True


def _look(module: nn.Module, patch: Pair, weights: tuple[Tensor, ...]) -> _Known:
    try:
        twin = DenseTwin.of(module, patch)
    except NoTwinError as refusal:
        return _Known(patch, (), None, (refusal.sentence, refusal.hint))
    return _Known(patch, tuple(tensor.clone() for tensor in weights), twin)


def _same(some: tuple[Tensor, ...], others: tuple[Tensor, ...]) -> bool:
    return len(some) == len(others) and all(
        one.device == other.device and torch.equal(one, other) for one, other in zip(some, others, strict=True)
    )
