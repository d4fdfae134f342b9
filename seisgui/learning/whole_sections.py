"""Networks that see sections as a whole put to work on sections of any size: at once, or in tiles that fit."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn

from seisgui.catalogue import NetworkInfo

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


def section_logits(
    module: nn.Module, info: NetworkInfo, stack: Tensor, most: int | None = None
) -> Generator[float, None, Tensor]:
    """Logits (n_class, h, w) of a stack (channels, h, w), every pixel as if the section was seen at once.

    Yields the fraction done after every layer group of networks that tell them apart (``steps``), else every tile.
    """
    height, width = stack.shape[1:]
    tiles = tiles_of((height, width), info.multiple, info.halo, most or MOST_PIXELS[stack.device.type])
    result: Tensor | None = None
    for number, tile in enumerate(tiles):
        part = yield from _one(module, stack[(slice(None), *tile.read)][None], number, len(tiles))
        if len(tiles) == 1:
            return part
        if result is None:
            result = torch.empty((len(part), height, width), dtype=part.dtype, device=part.device)
        result[(slice(None), *tile.kept)] = part[(slice(None), *tile.inner)]
    assert result is not None
    return result


def _one(module: nn.Module, batch: Tensor, number: int, of: int) -> Generator[float, None, Tensor]:
    own: Any = module
    if not hasattr(module, "steps"):
        logits: Tensor = own(batch)[0]
        yield (number + 1) / of
        return logits
    work = own.steps(batch)
    while True:
        try:
            fraction: float = next(work)
        except StopIteration as outcome:
            found: Tensor = outcome.value[0]
            return found
        yield (number + fraction) / of
