"""How much work a repetition of Dramsch & Lüthje (2018) may be, and the rows that it consists of; torch-free."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from seisgui import catalogue
from seisgui.errors import InputError
from seisgui.learning.requests import HoldOut
from seisgui.seismic.axes import VolumeAxes

NETWORKS = ("waldeland-same", "vgg16", "resnet50")
SPLITS = ("random", "blocked")
SCRATCH, IMAGENET = "scratch", "imagenet"
LAYOUT_A = (HoldOut("crossline", 443, 538), HoldOut("crossline", 775, 870), HoldOut("crossline", 1060, 1155))

# loss, mean absolute error of the class probabilities, accuracy: Dramsch & Lüthje (2018), table 1
PAPER: dict[str, dict[str, tuple[float, float, float]]] = {
    "waldeland-same": {"train": (0.001, 0.000, 1.000), "test": (0.003, 0.000, 0.999)},
    "vgg16": {"train": (0.010, 0.005, 0.998), "test": (0.127, 0.026, 1.000)},
    "resnet50": {"train": (0.011, 0.001, 1.000), "test": (14.166, 0.195, 0.121)},
}

LEAST_PER_EPOCH, MOST_EPOCHS = 50, 20

# all labelled pixels are drawn alike, as in the paper, which knows no balancing of classes
_COMMON: dict[str, float | int | str | bool] = {"balance": 0.0, "patience": 3}


@dataclass(frozen=True, slots=True)
class Budget:
    """Batches, updates and epochs; ``minutes`` bounds the rows of one network together (None: no bound)."""

    name: str
    epochs: int
    updates_per_epoch: int
    batch: int
    batch_of: dict[str, int] = field(default_factory=dict)
    minutes: float | None = None
    checked: int = 256  # labelled pixels looked at after every epoch
    scored: int = 0  # labelled pixels a side that scores of VGG16 and ResNet50 look at; 0: by the cost of a pixel

    def settings(self, network: str) -> dict[str, float | int | str | bool]:
        """Training settings of a network, over those of the catalogue."""
        return {
            **_COMMON,
            "batch": self.batch_of.get(network, self.batch),
            "updates_per_epoch": self.updates_per_epoch,
            "checked": self.checked,
            "scored": self.scored if catalogue.network(network).official else 0,
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "epochs": self.epochs,
            "updates_per_epoch": self.updates_per_epoch,
            "batch": {network: self.batch_of.get(network, self.batch) for network in NETWORKS},
            "minutes": self.minutes,
        }

    def with_updates(self, updates: int) -> Budget:
        """At most so many updates a run, in epochs of 50 or, where that makes more than 20, of a twentieth."""
        per_epoch = min(updates, max(LEAST_PER_EPOCH, math.ceil(updates / MOST_EPOCHS)))
        return replace(self, updates_per_epoch=per_epoch, epochs=updates // per_epoch)

    def sentence(self) -> str:
        """The budget in words."""
        others = "".join(f" ({network}: {size})" for network, size in self.batch_of.items())
        bound = "" if self.minutes is None else f", at most {self.minutes:g} minutes a network, shared by its rows"
        return (
            f"batches of {self.batch}{others}, {self.updates_per_epoch} updates an epoch, at most {self.epochs} "
            f"epochs{bound}; training ends early after 3 epochs without a better validation loss or accuracy"
        )


BUDGETS = {
    "paper": Budget("paper", 20, 450, 256, {"resnet50": 50}),
    "cpu": Budget("cpu", 4, 50, 32, minutes=10.0, checked=128, scored=500),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One training run; ``norms`` is what frozen batch norms do."""

    network: str
    start: str  # scratch | imagenet | other: trained here on another survey
    split: str
    seed: int
    norms: str = "eval"

    @property
    def key(self) -> str:
        """File name of its figures."""
        rest = "" if self.norms == "eval" and self.start != "other" else f"-{self.norms}"
        return f"{self.network}-{self.start}{rest}-{self.split}-{self.seed}"

    @property
    def freeze(self) -> str | None:
        """The paper's freeze preset, where there is something worth keeping."""
        presets = catalogue.network(self.network).freezing
        return presets[0].name if presets and self.start != SCRATCH else None

    def __str__(self) -> str:
        return f"{self.network} from {self.start}, {self.split} split, seed {self.seed}"


def budget_named(name: str) -> Budget:
    """A budget by name; ``InputError`` names the choices."""
    if name not in BUDGETS:
        raise InputError(f"{name!r} is no budget.", f"Choose one of {', '.join(BUDGETS)}.")
    return BUDGETS[name]


def checked_networks(names: Sequence[str]) -> tuple[str, ...]:
    """The networks of the paper that are wanted, in its order; all of them for none."""
    unknown = [name for name in names if name not in NETWORKS]
    if unknown:
        raise InputError(f"{unknown[0]!r} is no network of this paper.", f"Choose from {', '.join(NETWORKS)}.")
    return tuple(name for name in NETWORKS if not names or name in names)


def starts_of(network: str) -> tuple[str, ...]:
    """What a network begins with: the paper's weights, and a scratch run of the same budget beside them."""
    return (IMAGENET, SCRATCH) if catalogue.network(network).official else (SCRATCH,)


def plan_rows(networks: Sequence[str], seeds: Sequence[int]) -> list[Row]:
    """All rows, seed by seed, so that what is interrupted has whole tables of fewer seeds."""
    return [
        Row(network, start, split, seed)
        for seed in seeds
        for network in networks
        for start in starts_of(network)
        for split in SPLITS
    ]


def hold_out_of(axes: VolumeAxes) -> tuple[HoldOut, ...]:
    """Layout A of the F3 line where the survey has these crosslines; () leaves the choice to the labels."""
    first, last = axes.crossline.first, axes.crossline.last
    fits = first <= LAYOUT_A[0].first - 65 and last >= LAYOUT_A[-1].last + 65 and axes.crossline.step == 1
    return LAYOUT_A if fits else ()
