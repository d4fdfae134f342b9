"""Batches for the training loop: windows around labelled pixels with the class of every output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seisgui.learning.recipes import Recipe
from seisgui.learning.sampling import PatchSampler, Pool
from seisgui.seismic.volume import BoolArray, FloatArray

LATTICE = 8  # pixels between two outputs of a window
IGNORED = -1
VALIDATION_CELL = 16  # validation pixels lie together in cells of this side
VALIDATION_SHARE = 0.1
LEAST_FOR_VALIDATION = 400  # labelled pixels below which all are trained on

TargetMap = NDArray[np.int64]


@dataclass(frozen=True)
class PixelSet:
    """Pixels whose patches are classified to see how training goes: inputs (n, channel, patch, patch), targets (n,)."""

    inputs: FloatArray
    targets: NDArray[np.int64]


class BatchSource:
    """Draws windows (n, channel, side, side) and targets (n,) or (n, lattice, lattice).

    Parameters
    ----------
    stacks : sequence of float32 arrays
        Network input of every section, (n_channel, n_lateral, n_sample).
    targets : sequence of int64 arrays
        Index of the class (not its id) of every pixel to learn, -1 elsewhere; (n_lateral, n_sample).
    patch : int
        Side of the network's patch.
    focus : sequence of bool arrays, optional
        Pixels that fill ``focus_share`` of every batch: the latest strokes.
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
    ) -> None:
        self.recipe = recipe
        side = patch + LATTICE * (recipe.lattice - 1)
        masks = [target >= 0 for target in targets]
        self._cutter = PatchSampler(stacks, targets, masks, side, seed=seed)
        self._pool = Pool.of(targets, masks)
        focused = Pool.of(targets, focus) if focus is not None else None
        self._focus = focused if focused is not None and len(focused.pixels) else None
        self._focus_share = focus_share
        self._generator = np.random.default_rng(seed)
        reach = LATTICE * (recipe.lattice // 2)
        self._offsets = np.arange(-reach, reach + 1, LATTICE)
        self._reach = reach
        self._targets = [np.pad(target, reach, constant_values=IGNORED) for target in targets]

    def draw(self, count: int) -> tuple[FloatArray, NDArray[np.int64]]:
        """``count`` windows and their targets."""
        from_focus = round(count * self._focus_share) if self._focus is not None else 0
        pixels = draw_pixels(self._pool, self._generator, count - from_focus, self.recipe.balance)
        if self._focus is not None and from_focus:
            pixels = np.concatenate(
                [pixels, draw_pixels(self._focus, self._generator, from_focus, self.recipe.balance)]
            )
        inputs = self._cutter.cut(pixels)
        targets = self._lattice_targets(pixels)
        return self._augmented(inputs, targets)

    def _lattice_targets(self, pixels: NDArray[np.int32]) -> NDArray[np.int64]:
        lateral = pixels[:, 1, None, None] + self._reach + self._offsets[:, None]
        sample = pixels[:, 2, None, None] + self._reach + self._offsets[None, :]
        targets = np.empty((len(pixels), len(self._offsets), len(self._offsets)), dtype=np.int64)
        for number, target in enumerate(self._targets):
            mine = pixels[:, 0] == number
            if mine.any():
                targets[mine] = target[lateral[mine], sample[mine]]
        return targets if self.recipe.lattice > 1 else targets[:, 0, 0]

    def _augmented(self, inputs: FloatArray, targets: NDArray[np.int64]) -> tuple[FloatArray, NDArray[np.int64]]:
        if self.recipe.flip:
            mirrored = self._generator.random(len(inputs)) < 0.5
            inputs[mirrored] = inputs[mirrored, :, ::-1]
            if targets.ndim == 3:
                targets[mirrored] = targets[mirrored, ::-1]
        if self.recipe.amplitude_jitter:
            gains = np.exp(self._generator.normal(0.0, self.recipe.amplitude_jitter, (len(inputs), 1, 1)))
            inputs[:, 0] *= gains.astype(np.float32)
        return inputs, targets


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
