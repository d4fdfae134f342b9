"""What a picker learns from: targets, windows, augmentation, and the loss they are put to."""

import numpy as np
import pytest
import torch
from arrivals import write_gathers, write_records

from seisgui.errors import InputError
from seisgui.learning.picking.augment import horizontals, stacked, stretched, with_noise
from seisgui.learning.picking.normalise import WaveformScale
from seisgui.learning.picking.objective import PickObjective
from seisgui.learning.picking.pick_data import PickedRecord
from seisgui.learning.picking.pick_recipe import PickRecipe
from seisgui.learning.picking.targets import target
from seisgui.learning.picking.windows import PickWindows, WindowShape
from seisgui.seismic.records import open_records

PHASES = ("N", "P", "S")


def source_of(tmp_path, seed=1, picked=None, samples=512, **settings):
    records = open_records([write_records(tmp_path / "records.npz")])
    times = {}
    for pick in records.known_picks:
        times.setdefault(records.table.index_of(pick.record_id), {})[pick.phase] = (pick.time,)
    known = picked or [PickedRecord(index, each) for index, each in times.items()]
    shape = WindowShape(samples, 100.0, ("E", "N", "Z"), PHASES, WaveformScale())
    plain = {"flip": 0.0, "noise": 0.0, "noise_windows": 0.0}
    return PickWindows(records, known, shape, PickRecipe().changed({**plain, **settings}), seed)


def test_a_target_is_a_bell_that_ends_at_its_half_width():
    found = target(200, PHASES, {"P": (50.0,), "S": (120.25,)}, 6.0, 15.0)
    assert found[1, 50] == 1.0
    assert found[1, 56] == pytest.approx(np.exp(-0.5))
    assert found[1, 65] > 0
    assert found[1, 66] == 0
    assert found[2, 120] > found[2, 121]
    np.testing.assert_allclose(found.sum(axis=0), 1.0, atol=1e-6)


def test_overlapping_bells_still_sum_to_one():
    found = target(100, PHASES, {"P": (50.0,), "S": (53.0,)}, 6.0, 15.0)
    np.testing.assert_allclose(found.sum(axis=0), 1.0, atol=1e-6)
    assert (found >= 0).all()


def test_widths_are_told_in_milliseconds():
    recipe = PickRecipe().changed({"sigma_ms": 40.0})
    assert recipe.bump(100.0) == pytest.approx((4.0, 10.0))
    assert recipe.bump(500.0) == pytest.approx((20.0, 50.0))
    assert PickRecipe().bump(100.0) == pytest.approx((6.0, 15.0))


def test_noise_has_the_asked_signal_to_noise_ratio():
    generator = np.random.default_rng(0)
    window = np.sin(np.arange(20000) / 7.0)[None].astype(np.float32) * np.array([[3.0], [0.2]], np.float32)
    for snr in (0.0, 6.0, 20.0):
        noise = with_noise(window, snr, generator) - window
        ratio = np.sqrt(np.mean(window**2, axis=1) / np.mean(noise**2, axis=1))
        np.testing.assert_allclose(20 * np.log10(ratio), snr, atol=0.2)


def test_changes_keep_what_they_shall():
    window = np.zeros((2, 100), np.float32)
    window[:, 40] = 2.0
    assert stretched(window, 1.5)[0].argmax() == 60
    other = np.zeros((2, 100), np.float32)
    other[0, 10] = -7.0
    assert stacked(window, other, 0.5)[0, 10] == pytest.approx(-1.0)
    assert horizontals(("E", "N", "Z")) == (0, 1)
    assert horizontals(("X", "Z")) is None


def test_the_largest_change_of_energy_is_where_the_target_says(tmp_path):
    batch = source_of(tmp_path).draw(24)
    assert batch.inputs.shape == (24, 3, 512)
    places = set()
    for window, wanted in zip(batch.inputs, batch.targets, strict=True):
        if wanted[1].max() < 1.0:
            continue
        place = int(wanted[1].argmax())
        places.add(place)
        if 20 <= place <= 490:
            before, after = (
                np.abs(window[2, max(place - 20, 0) : place]).max(),
                np.abs(window[2, place : place + 20]).max(),
            )
            assert after > 2 * before
    assert len(places) > 8  # never where the record has it


def test_noise_windows_hold_no_arrival(tmp_path):
    batch = source_of(tmp_path, noise_windows=1.0, samples=256).draw(8)
    assert (batch.targets[:, 0] == 1.0).all()
    assert np.abs(batch.inputs).max() < 6.0


def test_a_phase_that_nobody_told_is_not_held_against_the_network(tmp_path):
    picked = [PickedRecord(0, {"P": (3.0,)}), PickedRecord(1, {"P": (3.0,), "S": (5.0,)})]
    batch = source_of(tmp_path, picked=picked).draw(16)
    unknown = np.isnan(batch.targets[:, 2]).all(axis=1)
    assert 0 < unknown.sum() < 16
    assert not np.isnan(batch.targets[:, :2]).any()


def test_moved_targets_leave_the_records_alone(tmp_path):
    plain = source_of(tmp_path).draw(6)
    records = open_records([tmp_path / "records.npz"])
    times = {}
    for pick in records.known_picks:
        times.setdefault(records.table.index_of(pick.record_id), {})[pick.phase] = (pick.time,)
    shape = WindowShape(512, 100.0, ("E", "N", "Z"), PHASES, WaveformScale())
    recipe = PickRecipe().changed({"flip": 0.0, "noise": 0.0, "noise_windows": 0.0})
    known = [PickedRecord(index, each) for index, each in times.items()]
    moved = PickWindows(records, known, shape, recipe, 1, moved={"P": -3.0}).draw(6)
    np.testing.assert_array_equal(plain.inputs, moved.inputs)
    inside = (plain.targets[:, 1].argmax(axis=1) > 3) & (plain.targets[:, 1].max(axis=1) == 1)
    assert (plain.targets[inside, 1].argmax(axis=1) - moved.targets[inside, 1].argmax(axis=1) == 3).all()


def test_one_seed_the_same_windows(tmp_path):
    first, again, other = (source_of(tmp_path, seed).draw(4).inputs for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_short_traces_are_continued_with_nothing(tmp_path):
    records = open_records([write_gathers(tmp_path / "gathers.npz")])
    known = [PickedRecord(records.table.index_of(pick.record_id), {"P": (pick.time,)}) for pick in records.known_picks]
    shape = WindowShape(1024, 1000.0, ("Z",), ("N", "P"), WaveformScale())
    batch = PickWindows(records, known, shape, PickRecipe(), 0).draw(8)
    assert np.isfinite(batch.inputs).all()
    assert batch.inputs.shape == (8, 1, 1024)


def test_the_loss_is_the_cross_entropy_of_two_distributions():
    objective = PickObjective(PHASES)
    logits = torch.randn(2, 3, 50)
    wanted = torch.softmax(torch.randn(2, 3, 50), dim=1)
    expected = torch.nn.functional.cross_entropy(logits, wanted)
    torch.testing.assert_close(objective.loss(logits, wanted, None, objective.tally()), expected)
    half = objective.loss(logits, wanted, torch.tensor([1.0, 0.0]), objective.tally())
    torch.testing.assert_close(half, torch.nn.functional.cross_entropy(logits[:1], wanted[:1]))


def test_the_loss_does_not_tell_noise_from_an_unknown_phase():
    objective = PickObjective(PHASES)
    wanted = torch.tensor([[1.0], [0.0], [float("nan")]]).expand(3, 40)[None]
    losses = []
    for noise, unknown in ((4.0, 0.0), (0.0, 4.0)):
        logits = torch.tensor([[noise], [0.0], [unknown]]).expand(3, 40)[None]
        losses.append(float(objective.loss(logits, wanted, None, objective.tally())))
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"empties": "perhaps"}, "empties"), ({"noise": 2.0}, "share"), ({"window": 9}, "window"), ({"tile": 4}, "tile")],
)
def test_settings_without_sense_are_refused(settings, told):
    with pytest.raises(InputError, match=told):
        PickRecipe().changed(settings)
