"""What happens to training windows: targets follow the pixels, nothing is turned upside down, weights count."""

import numpy as np
import pytest

from seisgui.learning.batches import BatchSource, source_weights
from seisgui.learning.class_objective import ClassObjective, ClassTally
from seisgui.learning.finetune import Trainer
from seisgui.learning.recipes import Recipe
from seisgui.learning.tiles import TileSource, tile_set

CHANGES = {"flip": True, "amplitude_jitter": 0.3, "stretch": 0.2, "shift": 3}


def coded(n_lateral=90, n_sample=70):
    """A section whose amplitude tells its pixel, with position channels, and classes that follow from the sample."""
    lateral, sample = np.mgrid[:n_lateral, :n_sample].astype(np.float32)
    stack = np.stack([1 + 1000 * lateral + sample, sample, lateral])
    return stack, (sample // 10).astype(np.int64)


@pytest.mark.parametrize("name", ["flip", "stretch", "shift", "amplitude_jitter"])
def test_each_change_is_a_switch(name):
    stack, target = coded()
    plain = TileSource([stack], [target], 32, Recipe(), seed=1).draw(8).inputs
    changed = TileSource([stack], [target], 32, Recipe().changed({name: CHANGES[name]}), seed=1).draw(8).inputs
    assert plain.shape == changed.shape
    assert not np.array_equal(plain, changed)


@pytest.mark.parametrize("changes", [{}, {"flip": True}, {"stretch": 0.2}, {"flip": True, "stretch": 0.2}])
def test_the_target_of_a_tile_belongs_to_its_pixel(changes):
    stack, target = coded()
    batch = TileSource([stack], [target], 32, Recipe().changed(changes), seed=2).draw(16)
    sample = batch.inputs[:, 1]
    known = batch.targets >= 0
    assert known.mean() > 0.8
    # between two samples a stretched tile shows both: half a sample of play
    wrong = np.abs(sample[known] - (10 * batch.targets[known] + 4.5)) > 5.01
    assert not wrong.any()


def test_later_samples_stay_below_earlier_ones():
    stack, target = coded()
    batch = TileSource([stack], [target], 32, Recipe().changed(CHANGES), seed=3).draw(32)
    steps = np.diff(batch.inputs[:, 1], axis=2)
    assert (steps >= 0).all()
    across = np.diff(batch.inputs[:, 2], axis=1)
    assert {bool((tile >= 0).all()) for tile in across} == {True, False}


def test_a_stretched_tile_stretches_by_no_more_than_asked():
    stack, target = coded()
    batch = TileSource([stack], [target], 32, Recipe().changed({"stretch": 0.2}), seed=4).draw(64)
    pace = np.median(np.diff(batch.inputs[:, 1], axis=2), axis=(1, 2))
    assert 1 / 1.2 - 1e-4 <= pace.min() < 0.95
    assert 1.05 < pace.max() <= 1.2 + 1e-4


def test_a_shifted_tile_is_told_another_position():
    stack, target = coded()
    batch = TileSource([stack], [target], 32, Recipe().changed({"shift": 3}), seed=5).draw(64)
    sample = (batch.inputs[:, 0] - 1) % 1000
    moved = np.unique((batch.inputs[:, 1] - sample)[:, 16, 16])
    assert moved.min() == -3
    assert moved.max() == 3


@pytest.mark.parametrize("changes", [{}, {"flip": True}, {"stretch": 0.2}, {"lattice": 3}, {"lattice": 3, **CHANGES}])
def test_the_target_of_a_patch_is_that_of_its_middle(changes):
    stack, target = coded()
    recipe = Recipe().changed({**changes, "shift": 0})
    batch = BatchSource([stack], [target], 9, recipe, seed=6).draw(64)
    middle = batch.inputs.shape[2] // 2
    targets = batch.targets if recipe.lattice == 1 else batch.targets[:, 1, 1]
    assert np.array_equal(targets, batch.inputs[:, 1, middle, middle] // 10)


def test_small_sections_are_continued_and_not_learnt_from_there():
    small, target = coded(20, 12)
    large, other = coded()
    batch = TileSource([small, large], [target, np.full_like(other, -1)], 32, Recipe(), seed=7).draw(4)
    assert batch.inputs.shape == (4, 3, 32, 32)
    assert (batch.targets[:, 20:] == -1).all()
    assert (batch.targets[:, :, 12:] == -1).all()
    assert (batch.inputs[:, :, 25] == batch.inputs[:, :, 19]).all()


def test_rare_classes_are_in_the_tiles_as_often_as_balance_says():
    stack, _ = coded(400, 40)
    target = np.zeros((400, 40), dtype=np.int64)
    target[380:390, :5] = 1
    seen = {}
    for balance in (0.0, 1.0):
        source = TileSource([stack], [target], 8, Recipe(balance=balance), seed=8)
        seen[balance] = np.mean([(source.draw(16).targets == 1).any(axis=(1, 2)).mean() for _ in range(10)])
    assert seen[0.0] < 0.1
    assert seen[1.0] > 0.4


def test_labels_count_by_who_made_them():
    sources = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    weights = source_weights([sources], Recipe())
    np.testing.assert_allclose(weights[0], [[1.0, 0.5], [0.3, 1.0]])
    assert source_weights([np.ones((2, 2), dtype=np.uint8)], Recipe()) is None


def test_a_label_of_no_weight_teaches_nothing():
    import torch

    stack, _ = coded(40, 40)
    target = np.where(np.arange(40) < 20, 0, 1)[:, None].repeat(40, axis=1).astype(np.int64)
    weights = (target == 0).astype(np.float32)
    recipe = Recipe(learning_rate=0.5, optimiser="sgd", momentum=0.0)
    module = torch.nn.Conv2d(3, 2, 1)
    before = module.bias.detach().clone()
    source = TileSource([stack * 0], [target], 16, recipe, seed=9, weights=[weights])
    trainer = Trainer(module, ClassObjective((0, 1), recipe), recipe, torch.device("cpu"), 5)
    for _ in range(5):
        trainer.update(source.draw(4), ClassTally((0, 1)))
    change = (module.bias - before).detach()
    assert change[0] > 0.1  # towards class 0 alone, although half of the labels are class 1
    assert change[1] < -0.1


def test_tiles_looked_at_hold_the_labels():
    stack, target = coded(300, 70)
    sparse = np.full_like(target, -1)
    sparse[100:104, 10:20] = 1
    found = tile_set([stack], [sparse], 16)
    assert found.inputs.shape[1:] == (3, 32, 32)
    assert (found.targets >= 0).sum() >= 40
    assert tile_set([stack], [np.full_like(target, -1)], 16) is None
