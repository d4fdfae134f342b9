"""What a repetition of Huynh (2021) consists of: strategies, data base, budgets, published scores; no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from seisgui.catalogue.phasenet import STRATEGIES
from seisgui.errors import InputError
from seisgui.learning.picking.simulate_ground import Family
from seisgui.learning.picking.simulate_presets import FLAT, HILLY, HUYNH, PLAIN, Preset

NAME = "huynh2021"
SCRATCH = "scratch"
PHASES = ("P", "S")
PRESET = HUYNH
SNRS: tuple[float | None, ...] = (None, 20.0, 10.0, 5.0, 0.0)  # dB, None: no noise added
WITH, WITHOUT = "with", "without"  # topography in the models of training
BEFORE = "before"  # the starting weights as they are, on real records

# precision, recall, F1 of P and of S: Huynh (2021), 480 test records
PAPER: dict[str, dict[str, tuple[float, float, float]]] = {
    "scratch": {"P": (0.694, 0.612, 0.650), "S": (0.965, 0.980, 0.973)},
    "tune-all": {"P": (0.595, 0.535, 0.564), "S": (0.983, 0.987, 0.985)},
    "two-deepest": {"P": (0.636, 0.548, 0.589), "S": (0.983, 1.0, 0.991)},
    "down-up-two-deepest": {"P": (0.562, 0.518, 0.539), "S": (0.967, 0.963, 0.965)},
    "input-encoder": {"P": (0.540, 0.414, 0.469), "S": (0.980, 0.985, 0.982)},
    "some-encoder-decoder": {"P": (0.640, 0.557, 0.596), "S": (0.998, 0.980, 0.989)},
}
TITLES = {preset.name: preset.title for preset in STRATEGIES}


@dataclass(frozen=True, slots=True)
class Budget:
    """Records of the data base and updates of a run. ``source`` records are pretrained on, ``training`` fine-tuned on.

    ``threshold`` and ``distance`` (samples) make picks of curves, ``tolerance`` is in s: the paper's on simulated
    records, the usual tenth of a second on real ones.
    """

    name: str
    source: int
    training: int
    test: int
    pretraining_epochs: int
    epochs: int
    updates_per_epoch: int
    batch: int
    seconds: float  # that a run usually takes, for the time left
    window: int = 1500
    sigma_ms: float = 2.0
    half_width_ms: float = 4.0
    scratch_rate: float = 1e-2
    transfer_rate: float = 3e-3
    threshold: float = 0.5
    distance: int = 50
    tolerance: float = 0.0025
    real_tolerance: float = 0.1
    real_epochs: int = 3  # on real records, of which there are few; from scratch three times as many
    arrival_weight: float = (
        10.0  # in the loss: bumps are 17 of 1,500 samples, and a short training would leave them low
    )
    noise: float = 0.5  # share of training windows with white noise of so many dB
    snr_least: float = 0.0
    snr_most: float = 30.0
    minutes: float | None = None  # for all runs together

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentence(self) -> str:
        """The budget in words."""
        bound = "" if self.minutes is None else f", at most {self.minutes:g} minutes for all runs"
        return (
            f"{self.source} records to pretrain on, {self.training} to learn from, {self.test} to test; batches of "
            f"{self.batch} windows of {self.window} samples, {self.epochs * self.updates_per_epoch} updates a run "
            f"after {self.pretraining_epochs * self.updates_per_epoch} of pretraining{bound}"
        )

    def with_updates(self, updates: int) -> Budget:
        """At most so many updates a run, of fine-tuning as of pretraining."""
        per_epoch = max(1, min(updates, self.updates_per_epoch))
        epochs = max(1, updates // per_epoch)
        return replace(self, updates_per_epoch=per_epoch, epochs=epochs, pretraining_epochs=epochs, real_epochs=epochs)

    def epochs_of(self, strategy: str, *, real: bool) -> int:
        """Epochs of a run."""
        if strategy == BEFORE:
            return 0
        return (3 if strategy == SCRATCH else 1) * self.real_epochs if real else self.epochs

    def settings(self, strategy: str, *, real: bool = False) -> dict[str, float | int | str | bool]:
        """Training settings of a run, over those of the catalogue, which stand as they are for real records."""
        common: dict[str, float | int | str | bool] = {
            "updates_per_epoch": self.updates_per_epoch,
            "threshold": self.threshold,
            "min_distance": self.distance,
        }
        if real:
            return common
        return common | {
            "batch": self.batch,
            "learning_rate": self.scratch_rate if strategy == SCRATCH else self.transfer_rate,
            "patience": 0,
            "schedule": "cosine",
            "keep": 0.0,
            "norms_learn": True,
            "arrival_weight": self.arrival_weight,
            "window": self.window,
            "sigma_ms": self.sigma_ms,
            "half_width_ms": self.half_width_ms,
            "noise": self.noise,
            "snr_least": self.snr_least,
            "snr_most": self.snr_most,
        }


BUDGETS = {
    "paper": Budget("paper", 3890, 3890, 480, 20, 20, 200, 20, 600.0, real_epochs=10),
    "cpu": Budget("cpu", 480, 480, 240, 10, 6, 50, 20, 40.0),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the simulated data base."""

    name: str
    family: Family
    n_record: int
    seed: int

    @property
    def preset(self) -> Preset:
        """How it is simulated."""
        return replace(PRESET, family=self.family, n_record=self.n_record)


def parts_of(budget: Budget) -> tuple[Part, ...]:
    """Source family, target family to learn from and to test on, and the target family without topography."""
    return (
        Part("source", PLAIN, budget.source, 101),
        Part("training", HILLY, budget.training, 102),
        Part("test", HILLY, budget.test, 103),
        Part("flat", FLAT, budget.training, 104),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One training run: on ``part`` of the data base, or on 'real' records."""

    strategy: str
    seed: int
    part: str = "training"

    @property
    def key(self) -> str:
        """File name of its figures."""
        return f"{self.part}-{self.strategy}-{self.seed}"

    def __str__(self) -> str:
        where = {"training": "", "flat": ", without topography", "real": ", real records"}[self.part]
        return f"{self.strategy}{where}, seed {self.seed}"


def plan_rows(strategies: Sequence[str], seeds: Sequence[int], *, real: bool) -> list[Row]:
    """All runs, seed by seed, so that what is interrupted has seeds that are complete."""
    rows = [Row(strategy, seed) for seed in seeds for strategy in strategies]
    rows += [Row(SCRATCH, seed, "flat") for seed in seeds if SCRATCH in strategies]
    if real:
        rows += [Row(strategy, seed, "real") for seed in seeds for strategy in (BEFORE, *strategies)]
    return rows


def budget_named(name: str) -> Budget:
    """A budget by name; ``InputError`` names the choices."""
    if name not in BUDGETS:
        raise InputError(f"{name!r} is no budget.", f"Choose one of {', '.join(BUDGETS)}.")
    return BUDGETS[name]


def checked_strategies(names: Sequence[str]) -> tuple[str, ...]:
    """The strategies that are wanted, in the paper's order and always with scratch beside; all of them for none."""
    unknown = [name for name in names if name not in PAPER]
    if unknown:
        raise InputError(f"{unknown[0]!r} is no strategy of this paper.", f"Choose from {', '.join(PAPER)}.")
    return tuple(name for name in PAPER if not names or name in names or name == SCRATCH)
