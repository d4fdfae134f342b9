"""Batches for the training loop: windows around labelled pixels with the class of every output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.classes import Source
from seisgui.learning.augmentation import Changes, cut, reach_of
from seisgui.learning.recipes import Recipe
from seisgui.learning.sampling import PatchSampler, Pool
from seisgui.seismic.volume import BoolArray, FloatArray

LATTICE = 8  # pixels between two outputs of a window
IGNORED = -1
VALIDATION_CELL = 16  # validation pixels lie together in cells of this side
VALIDATION_SHARE = 0.1
LEAST_FOR_VALIDATION = 400  # labelled pixels below which all are trained on
PATCHES_AT_ONCE = 64

TargetMap = NDArray[np.int64]
WeightMap = FloatArray


@dataclass(frozen=True)
class Batch:
    """Windows and what is wanted of them; weights None: all are 1.

    Facies: inputs (n, channel, side, side), targets (n,) or (n, h, w) int64, -1 ignored, weights as targets. Picking:
    inputs (n, channel, sample), targets (n, class, sample) probabilities, weights (n,).
    """

    inputs: FloatArray
    targets: NDArray[Any]
    weights: FloatArray | None = None


@dataclass(frozen=True)
class PixelSet:
    """Windows looked at to see how training goes: inputs (n, channel, side, side), targets (n,) or (n, side, side)."""

    inputs: FloatArray
    targets: NDArray[np.int64]
    at_once: int = PATCHES_AT_ONCE


class WindowSource(Protocol):
    """Where the windows of a training come from."""

    def draw(self, count: int) -> Batch:
        """``count`` windows and their targets."""
        ...


class Draw:
    """Labelled pixels at random, a share of them from the focus: the latest strokes.

    Parameters
    ----------
    targets : sequence of int64 arrays
        Index of the class (not its id) of every pixel to learn, -1 elsewhere; (n_lateral, n_sample).
    focus : sequence of bool arrays, optional
        Pixels that fill ``focus_share`` of every draw.

    Raises
    ------
    InputError
        Where there is no pixel to learn.
    """

    def __init__(
        self,
        targets: Sequence[TargetMap],
        balance: float,
        generator: np.random.Generator,
        focus: Sequence[BoolArray] | None = None,
        focus_share: float = 0.0,
    ) -> None:
        self._pool = Pool.of(targets, [target >= 0 for target in targets])
        if len(self._pool.pixels) == 0:
            raise InputError("There are no labelled pixels to draw patches from.")
        focused = Pool.of(targets, focus) if focus is not None else None
        self._focus = focused if focused is not None and len(focused.pixels) else None
        self._focus_share = focus_share
        self._balance = balance
        self._generator = generator

    def pixels(self, count: int) -> NDArray[np.int32]:
        """Pixels (count, 3) of section, lateral and sample index."""
        from_focus = round(count * self._focus_share) if self._focus is not None else 0
        pixels = draw_pixels(self._pool, self._generator, count - from_focus, self._balance)
        if self._focus is not None and from_focus:
            focused = draw_pixels(self._focus, self._generator, from_focus, self._balance)
            pixels = np.concatenate([pixels, focused])
        return pixels


class BatchSource:
    """Draws windows (n, channel, side, side) and targets (n,) or (n, lattice, lattice) for patch networks.

    Parameters
    ----------
    stacks : sequence of float32 arrays
        Network input of every section, (n_channel, n_lateral, n_sample).
    targets, focus, focus_share
        See ``Draw``.
    patch : int
        Side of the network's patch.
    weights : sequence of float32 arrays, optional
        How much every pixel counts, as ``targets``.
    """

    def __init__(
        self,
        stacks: Sequence[FloatArray],
        targets: Sequence[TargetMap],
        patch: int,
        recipe: Recipe,
        seed: int,
        focus: Sequence[BoolArray] | None = None,
        focus_share: float = 0.0,
        weights: Sequence[WeightMap] | None = None,
    ) -> None:
        self.recipe = recipe
        self._generator = np.random.default_rng(seed)
        self._draw = Draw(targets, recipe.balance, self._generator, focus, focus_share)
        self._side = patch + LATTICE * (recipe.lattice - 1)
        self._pad = self._side // 2 + reach_of(recipe, self._side)
        pads = ((0, 0), (self._pad, self._pad), (self._pad, self._pad))
        self._stacks = [np.pad(stack, pads) for stack in stacks]
        reach = LATTICE * (recipe.lattice // 2)
        self._offsets = np.arange(-reach, reach + 1, LATTICE)
        self._reach = reach + reach_of(recipe, 2 * reach)
        self._targets = [np.pad(target, self._reach, constant_values=IGNORED) for target in targets]
        self._weights = None if weights is None else [np.pad(each, self._reach) for each in weights]

    def draw(self, count: int) -> Batch:
        """``count`` windows and their targets."""
        pixels = self._draw.pixels(count)
        changes = Changes.draw(self.recipe, self._generator, count)
        middle, sides = self._side // 2, (self._side, self._side)
        inputs = np.empty((count, len(self._stacks[0]), *sides), dtype=np.float32)
        for number, (section, lateral, sample) in enumerate(pixels.tolist()):
            across, down = changes.shifts[number].tolist()
            first = lateral - middle + across, sample - middle + down
            inputs[number] = cut(
                self._stacks[section], self._pad, first, sides, float(changes.stretches[number]), middle
            )
        inputs[:, 0] *= changes.gains[:, None, None]
        inputs[changes.mirrored] = inputs[changes.mirrored, :, ::-1]
        targets = self._lattice_values(self._targets, pixels, changes)
        weights = None if self._weights is None else self._lattice_values(self._weights, pixels, changes)
        if self.recipe.lattice == 1:
            return Batch(inputs, targets[:, 0, 0], None if weights is None else weights[:, 0, 0])
        return Batch(inputs, targets, weights)

    def _lattice_values(
        self, maps: Sequence[NDArray[Any]], pixels: NDArray[np.int32], changes: Changes
    ) -> NDArray[Any]:
        """Values (n, lattice, lattice) of padded maps at the outputs of every window."""
        lateral = pixels[:, 1, None, None] + self._reach + self._offsets[:, None]
        stretched = np.rint(changes.stretches[:, None] * self._offsets).astype(np.int64)
        sample = pixels[:, 2, None, None] + self._reach + stretched[:, None, :]
        values = np.empty((len(pixels), len(self._offsets), len(self._offsets)), dtype=maps[0].dtype)
        for number, plane in enumerate(maps):
            mine = pixels[:, 0] == number
            if mine.any():
                values[mine] = plane[lateral[mine], sample[mine]]
        values[changes.mirrored] = values[changes.mirrored, ::-1]
        return values


def draw_pixels(pool: Pool, generator: np.random.Generator, count: int, balance: float) -> NDArray[np.int32]:
    """Pixels (count, 3); classes drawn as often as they are labelled (0) up to equally often (1)."""
    share = (pool.sizes / pool.sizes.sum()) ** (1.0 - balance)
    which = generator.choice(len(pool.sizes), size=count, p=share / share.sum())
    start = np.cumsum(pool.sizes) - pool.sizes
    place = start[which] + (generator.random(count) * pool.sizes[which]).astype(np.int64)
    return np.asarray(pool.pixels[place])


def validation_masks(targets: Sequence[TargetMap], seed: int) -> list[BoolArray]:
    """Cells of training labels set aside to end training at the right time; they never count as a score.

    Empty masks where there are too few labels, and classes that live in one cell are never taken whole.
    """
    generator = np.random.default_rng(seed)
    total = sum(int((target >= 0).sum()) for target in targets)
    if total < LEAST_FOR_VALIDATION:
        return [np.zeros(target.shape, dtype=bool) for target in targets]
    masks = []
    for target in targets:
        cells = tuple(-(-side // VALIDATION_CELL) for side in target.shape)
        drawn = generator.random(cells) < VALIDATION_SHARE
        full = np.kron(drawn, np.ones((VALIDATION_CELL, VALIDATION_CELL), dtype=bool))
        masks.append(full[: target.shape[0], : target.shape[1]] & (target >= 0))
    for index in {int(index) for target in targets for index in np.unique(target) if index >= 0}:
        of_class = [target == index for target in targets]
        taken = sum(int((mask & own).sum()) for mask, own in zip(masks, of_class, strict=True))
        if taken > sum(int(own.sum()) for own in of_class) // 2:
            masks = [mask & ~own for mask, own in zip(masks, of_class, strict=True)]
    return masks


def pixel_set(
    stacks: Sequence[FloatArray],
    targets: Sequence[TargetMap],
    masks: Sequence[BoolArray],
    patch: int,
    most: int,
    seed: int,
) -> PixelSet | None:
    """At most ``most`` of the masked pixels, drawn at random; None where there is none."""
    pool = Pool.of(targets, masks)
    if not len(pool.pixels):
        return None
    chosen = np.arange(len(pool.pixels))
    if len(chosen) > most:
        chosen = np.random.default_rng(seed).choice(len(chosen), most, replace=False)
    pixels = pool.pixels[chosen]
    classes = np.repeat(pool.ids, pool.sizes)[chosen]
    cutter = PatchSampler(stacks, targets, masks, patch, seed=seed)
    return PixelSet(cutter.cut(pixels), classes)


def source_weights(sources: Sequence[NDArray[np.uint8]], recipe: Recipe) -> list[WeightMap] | None:
    """How much every label counts by who put it there; None where all count 1."""
    table = np.ones(256, dtype=np.float32)
    table[Source.ACCEPTED], table[Source.AUTO] = recipe.accepted_weight, recipe.automatic_weight
    weights = [table[source] for source in sources]
    return weights if any((weight != 1.0).any() for weight in weights) else None
