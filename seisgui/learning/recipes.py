"""How a network is trained: named numbers with defaults from the catalogue, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from seisgui.catalogue import NetworkInfo
from seisgui.errors import InputError

Setting = float | int | str | bool
MOST_TILE = 2048
MOST_SHIFT = 32
MOST_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """What every task's training needs: batches, optimiser, averaging, early end."""

    batch: int = 32  # windows in one update
    optimiser: str = "adamw"  # adamw | sgd; without weight decay adamw is Adam
    learning_rate: float = 1e-3
    momentum: float = 0.9  # of sgd
    nesterov: bool = False  # of sgd
    schedule: str = "constant"  # constant | cosine | inverse
    decay: float = 0.0  # inverse: the learning rate divided by (1 + decay * updates), Keras' ``decay``
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    accepted_weight: float = 0.5  # of labels accepted from predictions, where a person's own and imported ones count 1
    automatic_weight: float = 0.3  # of labels that the program made
    bfloat16: bool = False  # updates in half precision on the CPU: twice as fast where it has AMX, slower elsewhere
    averaging: float = 0.0  # decay of the running average of the weights; 0 takes the last ones
    settle: int = 0  # batches after every epoch from which the averaged weights' batch norms take their statistics
    patience: int = 3  # epochs without a better validation loss or accuracy before training ends; 0: never
    updates_per_epoch: int = 50

    @classmethod
    def of(cls, info: NetworkInfo, settings: Mapping[str, Setting] | None = None) -> Self:
        """The recipe of a network with some settings changed.

        Raises ``InputError`` for a setting that does not exist or has no sense.
        """
        recipe = cls().changed({"updates_per_epoch": info.updates_per_epoch, **info.settings})
        return recipe.changed(settings or {})

    def changed(self, settings: Mapping[str, Setting]) -> Self:
        """The same recipe with other values, converted to the type of the default."""
        known = {entry.name for entry in fields(self)}
        values: dict[str, Any] = {}
        for name, value in settings.items():
            if name not in known:
                raise InputError(f"{name!r} is no training setting.", f"Settings are: {', '.join(sorted(known))}.")
            values[name] = _converted(name, value, getattr(self, name))
        recipe = replace(self, **values)
        recipe.check()
        return recipe

    def check(self) -> None:
        """Raise ``InputError`` for values without sense."""
        if self.optimiser not in {"adamw", "sgd"}:
            raise InputError(f"{self.optimiser!r} is no optimiser.", "Choose adamw or sgd.")
        if self.schedule not in {"constant", "cosine", "inverse"}:
            raise InputError(f"{self.schedule!r} is no learning-rate schedule.", "Choose constant, cosine or inverse.")
        if self.batch < 1 or self.updates_per_epoch < 1:
            raise InputError("batch must be at least 1 and updates_per_epoch at least 1.")
        if not 0.0 < self.learning_rate <= 1.0:
            raise InputError(f"learning_rate must lie between 0 and 1, not {self.learning_rate:g}.")
        if not 0.0 <= self.momentum < 1.0 or self.decay < 0.0:
            raise InputError("momentum must lie from 0 to below 1, and decay must not be negative.")
        if self.nesterov and not self.momentum:
            raise InputError("nesterov needs a momentum above 0.")
        if not 0.0 <= self.averaging < 1.0 or not 0.0 <= self.label_smoothing < 1.0:
            raise InputError("averaging and label_smoothing must lie from 0 to below 1.")
        if not all(0.0 <= weight <= MOST_WEIGHT for weight in (self.accepted_weight, self.automatic_weight)):
            raise InputError(f"accepted_weight and automatic_weight must lie from 0 to {MOST_WEIGHT:g}.")

    def to_json(self) -> dict[str, Setting]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Recipe(TrainingRecipe):
    """Numbers of one training of facies; ``NetworkInfo.settings`` holds those of a network that differ from these."""

    lattice: int = 1  # outputs along a side of a window; 1 draws single patches
    tile: int = 0  # side of the tiles of networks that see whole sections; 0: as the network says
    rim: int = 0  # pixels along the edge of a tile that nothing is learnt from: they miss what lies beyond it
    balance: float = 1.0  # 0: classes drawn as often as they are labelled; 1: equally often
    class_weight: float = 0.0  # 0: every labelled pixel of a batch counts the same; 1: every class
    flip: bool = False  # half of the windows mirrored left to right
    amplitude_jitter: float = 0.0  # standard deviation of the logarithm of a random gain
    stretch: float = 0.0  # windows stretched or squeezed in time by up to this share
    shift: int = 0  # traces and samples; patches lie up to so far off their label, tiles off their told position
    smooth_down: float = 0.0  # standard deviations of the smoothing of probabilities along reflectors: samples
    smooth_across: float = 0.0  # and traces
    forest: float = 0.0  # share of the probabilities that comes from a forest grown on the same labels
    regularise: float = 0.0  # light smoothing of probabilities in all directions, standard deviation in pixels
    checked: int = 256  # labelled pixels looked at after every epoch, for validation and on the held-out side
    scored: int = 0  # labelled pixels a side that a network which predicts patch by patch is scored on; 0: by its cost
    mirrored: bool = False  # predictions averaged over the section and its mirror image

    def check(self) -> None:
        """Raise ``InputError`` for values without sense."""
        TrainingRecipe.check(self)
        if self.lattice < 1 or self.lattice % 2 == 0:
            raise InputError(f"lattice must be an odd number from 1 on, not {self.lattice}.")
        self._check_windows()

    def _check_windows(self) -> None:
        if (self.tile and not 16 <= self.tile <= MOST_TILE) or not 0 <= self.rim <= (self.tile or MOST_TILE) // 4:
            raise InputError(f"tile must be 0 or lie from 16 to {MOST_TILE}, rim from 0 to a quarter of it.")
        if not 0.0 <= self.stretch <= 0.5 or self.amplitude_jitter < 0.0 or not 0 <= self.shift <= MOST_SHIFT:
            raise InputError(
                f"stretch must lie from 0 to .5, shift from 0 to {MOST_SHIFT}, amplitude_jitter must not be negative."
            )
        if self.scored < 0:
            raise InputError(f"scored must not be negative, but is {self.scored}.")
        if not 0.0 <= self.regularise <= MOST_SHIFT:
            raise InputError(f"regularise must lie from 0 to {MOST_SHIFT} pixels, not {self.regularise:g}.")
        if not 0.0 <= self.forest < 1.0:
            raise InputError(f"forest must lie from 0 to below 1, not {self.forest:g}.")

    @property
    def smoothing(self) -> tuple[float, float]:
        """Samples down and traces across."""
        return self.smooth_down, self.smooth_across


def _converted(name: str, value: Setting, default: Setting) -> Setting:
    if isinstance(default, bool):
        if isinstance(value, str):
            return value.strip().lower() in {"1", "true", "yes", "on"}
        return bool(value)
    try:
        return type(default)(value)
    except ValueError as error:
        raise InputError(f"The setting {name} cannot be {value!r}.") from error
