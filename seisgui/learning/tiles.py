"""Tiles for networks that see sections as a whole: where they lie, what is known of them, how they are changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.learning.augmentation import Changes, cut, reach_of
from seisgui.learning.batches import IGNORED, Batch, Draw, PixelSet, TargetMap, WeightMap
from seisgui.learning.recipes import Recipe
from seisgui.seismic.volume import BoolArray, FloatArray

LOOKED_AT = 2  # sides of a training tile that a tile looked at has: fewer pixels near its edge
MOST_LOOKED_AT = 6  # tiles after every epoch


class TileSource:
    """Draws tiles (n, channel, h, w) and the class of every pixel (n, h, w), -1 where it is not known.

    A tile lies anywhere around the labelled pixel it was drawn for, inside the section; sections smaller than a tile
    are continued with their last trace and sample.

    Parameters
    ----------
    stacks : sequence of float32 arrays
        Network input of every section, (n_channel, n_lateral, n_sample).
    targets, focus, focus_share
        See ``Draw``.
    tile : int
        Side of a tile; shorter where every section is.
    weights : sequence of float32 arrays, optional
        How much every pixel counts, as ``targets``.
    """

    def __init__(
        self,
        stacks: Sequence[FloatArray],
        targets: Sequence[TargetMap],
        tile: int,
        recipe: Recipe,
        seed: int,
        focus: Sequence[BoolArray] | None = None,
        focus_share: float = 0.0,
        weights: Sequence[WeightMap] | None = None,
    ) -> None:
        self.recipe = recipe
        self._generator = np.random.default_rng(seed)
        self._draw = Draw(targets, recipe.balance, self._generator, focus, focus_share)
        self._shapes = [target.shape for target in targets]
        self.sides = tile_sides(self._shapes, recipe.tile or tile)
        self._rims = tuple(min(recipe.rim, (side - 1) // 2) for side in self.sides)
        lacking = max(max(self.sides[0] - shape[0], self.sides[1] - shape[1]) for shape in self._shapes)
        self._pad = reach_of(recipe, max(self.sides)) + max(lacking, 0)
        pads = (self._pad, self._pad)
        self._stacks = [np.pad(stack, ((0, 0), pads, pads), mode="edge") for stack in stacks]
        self._targets = [np.pad(target, self._pad, constant_values=IGNORED) for target in targets]
        self._weights = None if weights is None else [np.pad(each, self._pad) for each in weights]

    def draw(self, count: int) -> Batch:
        """``count`` tiles and their targets."""
        pixels = self._draw.pixels(count)
        changes = Changes.draw(self.recipe, self._generator, count)
        inputs = np.empty((count, len(self._stacks[0]), *self.sides), dtype=np.float32)
        targets = np.empty((count, *self.sides), dtype=np.int64)
        weights = None if self._weights is None else np.empty((count, *self.sides), dtype=np.float32)
        for number, (section, lateral, sample) in enumerate(pixels.tolist()):
            first = self._corner(section, lateral, sample)
            stretch, about = float(changes.stretches[number]), (self.sides[1] - 1) / 2
            stack = self._stacks[section]
            inputs[number, :1] = cut(stack[:1], self._pad, first, self.sides, stretch, about)
            across, down = changes.shifts[number].tolist()
            elsewhere = first[0] + across, first[1] + down
            inputs[number, 1:] = cut(stack[1:], self._pad, elsewhere, self.sides, stretch, about)
            rows = first[0] + self._pad + np.arange(self.sides[0])[:, None]
            place = np.rint(about + (np.arange(self.sides[1]) - about) * stretch).astype(np.int64)
            columns = first[1] + self._pad + place[None, :]
            targets[number] = self._targets[section][rows, columns]
            targets[number][~self._learnt(section, first)] = IGNORED
            if weights is not None and self._weights is not None:
                weights[number] = self._weights[section][rows, columns]
        inputs[:, 0] *= changes.gains[:, None, None]
        inputs[changes.mirrored] = inputs[changes.mirrored, :, ::-1]
        targets[changes.mirrored] = targets[changes.mirrored, ::-1]
        if weights is not None:
            weights[changes.mirrored] = weights[changes.mirrored, ::-1]
        return Batch(inputs, targets, weights)

    def _learnt(self, section: int, first: tuple[int, int]) -> BoolArray:
        """Pixels (*sides) of a tile that are no nearer than the rim to an edge at which the section goes on."""
        inside = []
        for start, side, rim, count in zip(first, self.sides, self._rims, self._shapes[section], strict=True):
            place = np.arange(side)
            after, before = place >= rim, place < side - rim
            inside.append((after | (start == 0)) & (before | (start + side >= count)))
        return np.asarray(inside[0][:, None] & inside[1][None, :])

    def _corner(self, section: int, lateral: int, sample: int) -> tuple[int, int]:
        """First lateral and sample of a tile around a pixel, inside the section where that is large enough."""
        wanted = [
            place - rim - int(self._generator.integers(side - 2 * rim))
            for place, side, rim in zip((lateral, sample), self.sides, self._rims, strict=True)
        ]
        across, down = (
            min(max(first, 0), max(0, count - side))
            for first, count, side in zip(wanted, self._shapes[section], self.sides, strict=True)
        )
        return across, down


def tile_sides(shapes: Sequence[tuple[int, ...]], tile: int) -> tuple[int, int]:
    """Traces and samples of a tile: no more than the longest section has."""
    return min(tile, max(shape[0] for shape in shapes)), min(tile, max(shape[1] for shape in shapes))


def tile_set(stacks: Sequence[FloatArray], targets: Sequence[TargetMap], tile: int) -> PixelSet | None:
    """The tiles that hold most labelled pixels, at most ``MOST_LOOKED_AT``; None where nothing is labelled."""
    sides = tile_sides([target.shape for target in targets], LOOKED_AT * tile)
    found: list[tuple[int, int, tuple[int, int]]] = []
    for number, target in enumerate(targets):
        for first in corners(target.shape, sides):
            count = int((window(target, first, sides) >= 0).sum())
            found.append((count, number, first))
    best = sorted((entry for entry in found if entry[0]), key=lambda entry: -entry[0])[:MOST_LOOKED_AT]
    if not best:
        return None
    inputs = np.empty((len(best), len(stacks[0]), *sides), dtype=np.float32)
    wanted = np.full((len(best), *sides), IGNORED, dtype=np.int64)
    for place, (_, number, first) in enumerate(best):
        piece = window(stacks[number], first, sides)
        pads = [(0, side - have) for side, have in zip(sides, piece.shape[1:], strict=True)]
        inputs[place] = np.pad(piece, [(0, 0), *pads], mode="edge")
        known = window(targets[number], first, sides)
        wanted[place, : known.shape[0], : known.shape[1]] = known
    return PixelSet(inputs, wanted, at_once=1)


def corners(shape: tuple[int, ...], sides: tuple[int, int]) -> list[tuple[int, int]]:
    """First trace and sample of the tiles of a grid over a section, each inside it."""
    lateral, sample = (
        sorted({min(first, max(0, count - side)) for first in range(0, count, side)})
        for count, side in zip(shape, sides, strict=True)
    )
    return [(across, down) for across in lateral for down in sample]


def window(array: NDArray[Any], first: tuple[int, int], sides: tuple[int, int]) -> NDArray[Any]:
    """A part of an array's last two axes."""
    return array[..., first[0] : first[0] + sides[0], first[1] : first[1] + sides[1]]
