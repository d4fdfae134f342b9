"""Networks that see sections as a whole put to work on sections of any size: at once, or in tiles that fit."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn

from seisgui.catalogue import NetworkInfo

TileWork = Callable[[Tensor], Generator[float, None, Tensor]]
MOST_PIXELS = {"cpu": 700_000, "cuda": 4_000_000}  # of a tile with its halo: .3 to .8 kB each


@dataclass(frozen=True, slots=True)
class Tile:
    """Pixels ``read`` and, of those, the ones that are ``kept``: first and last + 1 of traces and of samples."""

    read: tuple[slice, slice]
    kept: tuple[slice, slice]

    @property
    def inner(self) -> tuple[slice, slice]:
        """The kept pixels within those read."""
        (across, down), (kept_across, kept_down) = self.read, self.kept
        return (
            slice(kept_across.start - across.start, kept_across.stop - across.start),
            slice(kept_down.start - down.start, kept_down.stop - down.start),
        )


def tiles_of(shape: tuple[int, int], multiple: int, halo: int, most: int) -> list[Tile]:
    """Tiles that together keep every pixel of a section once; one tile where the section has at most ``most`` pixels.

    Each starts at a multiple of ``multiple`` and reads ``halo`` more pixels on every side, as far as there are any.
    """
    sides = kept_sides(shape, multiple, halo, most)
    ways = [
        [
            (
                slice(max(0, (first - halo) // multiple * multiple), min(count, first + side + halo)),
                slice(first, min(count, first + side)),
            )
            for first in range(0, count, side)
        ]
        for count, side in zip(shape, sides, strict=True)
    ]
    return [Tile((across[0], down[0]), (across[1], down[1])) for across in ways[0] for down in ways[1]]


def kept_sides(shape: tuple[int, int], multiple: int, halo: int, most: int) -> tuple[int, int]:
    """Traces and samples that a tile keeps, so that with the halo it has at most ``most`` pixels where possible."""
    if shape[0] * shape[1] <= most:
        return shape
    border = 2 * halo + multiple  # what rounding down to a multiple reads beside the halo
    if shape[1] * (border + multiple) <= most:
        return whole(most // shape[1] - border, multiple), shape[1]
    side = whole(isqrt(most) - border, multiple)
    return side, side


def whole(count: int, multiple: int) -> int:
    """The largest multiple that is not larger, at least one."""
    return max(multiple, count // multiple * multiple)


def section_steps(
    work: TileWork, info: NetworkInfo, stack: Tensor, most: int | None = None
) -> Generator[float, None, Tensor]:
    """What ``work`` makes of a stack (channels, h, w), (n, h, w): every pixel as if the section was seen at once.

    ``work`` takes a tile (1, channels, h', w') and returns (1, n, h', w'). Yields the fraction done.
    """
    height, width = stack.shape[1:]
    tiles = tiles_of((height, width), info.multiple, info.halo, most or MOST_PIXELS[stack.device.type])
    result: Tensor | None = None
    for number, tile in enumerate(tiles):
        part = yield from _counted(work(stack[(slice(None), *tile.read)][None]), number, len(tiles))
        if len(tiles) == 1:
            return part[0]
        if result is None:
            result = torch.empty((part.shape[1], height, width), dtype=part.dtype, device=part.device)
        result[(slice(None), *tile.kept)] = part[0][(slice(None), *tile.inner)]
    assert result is not None
    return result


def tile_work(module: nn.Module) -> TileWork:
    """Logits of a tile, stage by stage where the network tells its stages apart (``steps``)."""
    own: Any = module
    return own.steps if hasattr(module, "steps") else partial(_at_once, module)


def _at_once(module: nn.Module, tile: Tensor) -> Generator[float, None, Tensor]:
    logits: Tensor = module(tile)
    yield 1.0
    return logits


def _counted(work: Generator[float, None, Tensor], number: int, of: int) -> Generator[float, None, Tensor]:
    while True:
        try:
            fraction = next(work)
        except StopIteration as outcome:
            found: Tensor = outcome.value
            return found
        yield (number + fraction) / of
