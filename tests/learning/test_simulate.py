"""Simulated records: times against what is known, files that are whole or not there, the same seed twice."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from seisgui.cli.main import run
from seisgui.errors import FailureError, InputError
from seisgui.learning.picking import simulate_shots
from seisgui.learning.picking.simulate import check_path, noise, simulate_steps
from seisgui.learning.picking.simulate_ground import Ground, Line, random_ground, random_line
from seisgui.learning.picking.simulate_presets import FLAT, HILLY, HUYNH, PRESETS, preset_named
from seisgui.learning.picking.simulate_shots import arrival_times, missing_packages, shoot
from seisgui.seismic.progress import finish

needs_deepwave = pytest.mark.skipif(
    bool(missing_packages()), reason=f"not installed: {', '.join(missing_packages())} (extra 'simulate')"
)
SPACING, RATE, P_SPEED, S_SPEED, FREQUENCY = 2.0, 2000.0, 3000.0, 1700.0, 45.0
TINY = replace(HUYNH, shape=(70, 110), receivers=5, n_record=12, n_sample=1501)


def uniform(surface: np.ndarray, rows: int = 110) -> Ground:
    """One rock under a surface."""
    air = np.arange(rows)[:, None] < surface[None]
    fields = (np.where(air, 0, value).astype(np.float32) for value in (P_SPEED, S_SPEED, 2200.0))
    return Ground(*fields, surface)


def hills() -> np.ndarray:
    return (3 + 6 * (1 + np.sin(np.arange(180) / 20))).astype(np.int64)


def line_on(surface: np.ndarray) -> Line:
    across = np.arange(12, 170, 12)
    return Line((80, 60), np.stack([surface[across] + 1, across], axis=1))


def distances(line: Line) -> np.ndarray:
    return SPACING * np.hypot(*(line.receivers - np.asarray(line.source)).T)


@needs_deepwave
@pytest.mark.parametrize("surface", [np.full(180, 3), hills()], ids=["flat", "hilly"])
def test_times_in_one_rock_are_distance_over_speed(surface):
    line = line_on(surface)
    ground = uniform(surface)
    for speed, field in ((P_SPEED, ground.p_speed), (S_SPEED, ground.s_speed)):
        error = arrival_times(field, SPACING, line) - distances(line) / speed
        assert np.abs(error).max() < 1e-4  # a fifth of a sample of 0.5 ms


@needs_deepwave
def test_times_through_two_layers_follow_snell():
    """Straight down through a boundary: the sum of both layers' times."""
    speed = np.full((110, 180), 2000.0, dtype=np.float32)
    speed[:3], speed[40:] = 0, 4000.0
    found = arrival_times(speed, SPACING, Line((90, 60), np.array([[4, 60]])))[0]
    assert found == pytest.approx(SPACING * (35.5 / 2000 + 50.5 / 4000), abs=2e-4)


@needs_deepwave
def test_waves_begin_where_the_times_say():
    """Nothing before the P time, and the first movement within a tenth of a period after it."""
    surface = np.full(180, 3)
    line = line_on(surface)
    ground = uniform(surface)
    waves = shoot(ground, line, SPACING, RATE, 500, FREQUENCY, 0.8, 4600.0)
    strength = np.hypot(waves[:, 0], waves[:, 1])
    for record, p, s in zip(strength, RATE * distances(line) / P_SPEED, RATE * distances(line) / S_SPEED, strict=True):
        period = RATE / FREQUENCY
        of_p = record[int(p) : int(min(p + period, s))].max()
        assert record[: int(p) - 2].max() < 3e-3 * of_p
        first = np.flatnonzero(record > 0.02 * of_p)[0]
        assert -1 <= first - p < 0.1 * period + 2


@needs_deepwave
def test_a_force_sends_p_along_itself_and_s_across():
    source, parallel, across = np.array([80, 60]), np.array([25, 5]), np.array([25, 115])
    waves = shoot(
        uniform(np.full(180, 3)), Line((80, 60), np.stack([parallel, across])), 2.0, RATE, 500, 45.0, np.pi / 4, 4600.0
    )
    for record, receiver, speed in zip(waves, (parallel, across), (P_SPEED, S_SPEED), strict=True):
        down, right = receiver - source
        ray = np.array([right, down]) / np.hypot(right, down)
        first = int(RATE * SPACING * np.hypot(right, down) / speed)
        window = slice(first, first + int(RATE / FREQUENCY))
        along, beside = (np.abs(side @ record[:, window]).max() for side in (ray, np.array([-ray[1], ray[0]])))
        assert (along > 5 * beside) if speed == P_SPEED else (beside > 3 * along)


def test_ground_is_what_its_family_says():
    generator = np.random.default_rng(3)
    for family in (HILLY, FLAT):
        ground = random_ground(generator, family, (150, 300), 4600.0)
        ground, line = random_line(generator, ground, 24, (0.35, 0.95))
        rock = ~ground.air
        assert (np.ptp(ground.surface) > 0) == (family is HILLY)
        assert (ground.p_speed[ground.air] == 0).all()
        assert ground.p_speed[rock].min() > 0.2 * family.p_speed[0]
        assert ground.p_speed.max() <= 4600.0
        ratio = ground.p_speed[rock] / ground.s_speed[rock]
        assert family.ratio[0] - 1e-3 <= ratio.min() <= ratio.max() <= family.ratio[1] + 1e-3
        assert ratio.std() > 0.01
        assert (line.receivers[:, 0] == ground.surface[line.receivers[:, 1]] + 1).all()
        assert line.source[0] > ground.surface[line.source[1]]
        near = ground.p_speed[line.source[0] - 3 : line.source[0] + 4, line.source[1]]
        assert (near == near[0]).all()


@needs_deepwave
def test_a_file_of_records(tmp_path):
    path = tmp_path / "records.npz"
    events = list(simulate_steps(TINY, path, seed=4))
    assert [(event.done, event.total) for event in events] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["records.npz"]
    assert path.stat().st_size <= TINY.n_bytes
    with np.load(path, allow_pickle=False) as file:
        data, p, s = file["data"], file["p"], file["s"]
        assert data.shape == (12, 2, 1501)
        assert data.dtype == np.float32
        assert float(file["sampling_rate"]) == 2000.0
        assert file["shot"].tolist() == [1] * 5 + [2] * 5 + [3] * 2
        assert list(file["components"]) == ["X", "Z"]
        assert (file["offset"] >= 0).all()
        assert len(set(file["name"].tolist())) == 12
    assert (p < s).all()
    for record, arrival in zip(data, p, strict=True):
        assert np.abs(record[:, : int(arrival) - 2]).max() < 1e-3 * np.abs(record).max()
        assert np.abs(record).max() == pytest.approx(1.0)


@needs_deepwave
def test_the_same_seed_gives_the_same_records_and_fewer_are_the_first(tmp_path):
    loaded = []
    for name, preset, seed in (
        ("a", TINY, 7),
        ("b", replace(TINY, n_record=7), 7),
        ("c", replace(TINY, n_record=7), 8),
    ):
        finish(simulate_steps(preset, tmp_path / f"{name}.npz", seed))
        with np.load(tmp_path / f"{name}.npz") as file:
            loaded.append((file["data"], file["p"]))
    np.testing.assert_array_equal(loaded[0][0][:7], loaded[1][0])
    np.testing.assert_array_equal(loaded[0][1][:7], loaded[1][1])
    assert not np.array_equal(loaded[1][1], loaded[2][1])


@needs_deepwave
def test_interrupting_leaves_nothing_behind(tmp_path):
    (tmp_path / "records.npz").write_bytes(b"what was there before")
    steps = simulate_steps(TINY, tmp_path / "records.npz", seed=0)
    next(steps)
    next(steps)
    assert len(list(tmp_path.iterdir())) == 2
    steps.close()
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"what was there before"]


@needs_deepwave
def test_three_components_with_noise(tmp_path):
    preset = replace(
        TINY, components=("E", "N", "Z"), n_record=10, snr=(10.0, 10.0), vertical_only=0.5, before=(0.2, 0.2)
    )
    finish(simulate_steps(preset, tmp_path / "records.npz", seed=1))
    with np.load(tmp_path / "records.npz") as file:
        data, p = file["data"], file["p"]
    blind = (data[:, :2] == 0).all(axis=(1, 2))
    assert 0 < blind.sum() < 10
    assert (data[:, 2, : int(p.min())].std(axis=1) > 0).all()


def test_noise_is_as_loud_as_asked():
    generator = np.random.default_rng(0)
    signal = generator.normal(size=(40, 2, 500)).astype(np.float32)
    made = noise(generator, signal, (20.0, 20.0), (40, 2, 4000))
    assert made.std() / signal.std() == pytest.approx(0.1, rel=0.05)


@pytest.mark.parametrize(
    ("name", "words"),
    [("records.sgy", "end in .npz"), ("nowhere/records.npz", "does not exist"), ("x.npz", "is a folder")],
)
def test_bad_paths_are_refused(tmp_path, name, words):
    (tmp_path / "x.npz").mkdir()
    with pytest.raises(InputError, match=words):
        check_path(tmp_path / name, TINY)


def test_a_full_disk_is_told_before(tmp_path):
    with pytest.raises(FailureError, match="MB free"):
        check_path(tmp_path / "records.npz", replace(TINY, n_record=10**10))


def test_without_deepwave_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(simulate_shots, "NEEDED", {"no_such_module_here": "deepwave"})
    with pytest.raises(InputError, match=r"deepwave.*seisgui\[simulate\]"):
        finish(simulate_steps(TINY, tmp_path / "records.npz"))
    assert not list(tmp_path.iterdir())


def test_presets_are_named_once_and_found():
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert preset_named("huynh2021").n_record == 3890 + 480
    with pytest.raises(InputError, match="huynh2021-small"):
        preset_named("huynh")


@needs_deepwave
def test_the_command_writes_what_it_says(tmp_path, capsys):
    out = tmp_path / "records.npz"
    assert run(["simulate", str(out), "--preset", "huynh2021-plain", "-n", "2", "--seed", "5", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["records"], document["shots"], document["seed"]) == (2, 1, 5)
    assert document["n_bytes"] == out.stat().st_size


def test_the_command_complains_in_a_sentence(tmp_path, capsys):
    assert run(["simulate", str(tmp_path / "records.npz"), "--preset", "nonsense"]) == 2
    assert "no preset" in capsys.readouterr().err
