"""Simulated sections: what pretraining learns from."""

from __future__ import annotations

import numpy as np

from seisgui import catalogue
from seisgui.learning.model_library import built_in_cards
from seisgui.learning.simulated import CHARACTERS, beds, geological_depth, simulated_section
from seisgui.learning.starting_weights import give_weights, start_steps
from seisgui.networks import registry
from seisgui.seismic.progress import finish


def test_the_same_seed_gives_the_same_section():
    one, two, other = (simulated_section(np.random.default_rng(seed), (96, 120)) for seed in (3, 3, 4))
    assert (one.amplitude == two.amplitude).all()
    assert (one.character == two.character).all()
    assert not np.array_equal(one.amplitude, other.amplitude)


def test_amplitudes_are_scaled_and_every_sample_has_a_character():
    seen = set()
    for seed in range(6):
        section = simulated_section(np.random.default_rng(seed), (96, 120))
        assert section.amplitude.shape == section.character.shape == (96, 120)
        assert section.amplitude.dtype == np.float32
        assert np.abs(section.amplitude).max() == 1.0
        assert 0.001 < (np.abs(section.amplitude) == 1.0).mean() < 0.03
        seen |= set(np.unique(section.character).tolist())
    assert seen == set(range(len(CHARACTERS)))


def test_characters_differ_in_what_tells_them_apart():
    generator = np.random.default_rng(0)
    depth = np.broadcast_to(np.arange(128.0, dtype=np.float32), (128, 128)).copy()
    filled = {name: beds(generator, name, depth) for name in CHARACTERS}

    def alike(name: str) -> float:
        """Correlation of neighbouring traces."""
        first, second = filled[name][:-4].ravel(), filled[name][4:].ravel()
        return float(np.corrcoef(first, second)[0, 1])

    assert filled["transparent"].std() < 0.2 * filled["strong continuous"].std()
    assert alike("weak continuous") > 0.9
    assert alike("chaotic") < 0.6
    assert alike("steeply dipping") < alike("gently dipping")


def test_faults_and_folds_move_the_layers():
    depth = geological_depth(np.random.default_rng(1), (128, 128))
    assert np.ptp(depth[:, 64]) > 5
    assert (np.diff(depth, axis=1) > 0).mean() > 0.95


def test_the_weights_that_ship_fit_the_small_unet_and_say_what_they_are():
    (card,) = (card for card in built_in_cards() if card.task == "facies")
    assert card.at_hand
    assert (card.network, card.classes, card.position) == ("unet", CHARACTERS, False)
    assert 1e6 * card.megabytes < 10 * 2**20
    unet = catalogue.network("unet")
    module = registry.build("unet", 4, 1)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    report = give_weights(finish(start_steps(None, "built-in", unet)), module, unet, (0, 1, 2, 3))
    assert not report.unexpected
    assert report.values > 0.99 * report.of
    assert not report.other_shape
    changed = {name for name, tensor in module.state_dict().items() if not tensor.equal(before[name])}
    assert {name.split(".")[0] for name in changed} == {"encoder", "decoder"}
