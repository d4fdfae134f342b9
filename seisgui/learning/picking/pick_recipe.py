"""How a picker is trained: named numbers with defaults from the catalogue; torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seisgui.catalogue import NetworkInfo
from seisgui.errors import InputError
from seisgui.learning.picking.tracking import EVIDENCE, REJECT
from seisgui.learning.recipes import Setting, TrainingRecipe

SIGMA, HALF_WIDTH = 6.0, 15.0  # samples: the bump of Zhu & Beroza (2018)
EMPTIES = ("auto", "yes", "no")
MOST_SAMPLES = 1 << 17
FROM_SCRATCH: dict[str, Setting] = {"learning_rate": 1e-2, "norms_learn": True, "keep": 0.0}
# of gathers of single-component traces: a large learning rate and norms that follow, for these records are unlike those
# that the weights were trained on, and picks that follow the arrival across the gather
FIRST_BREAKS: dict[str, Setting] = {
    "learning_rate": 1e-2,
    "norms_learn": True,
    "keep": 0.0,
    "window": 1024,
    "sigma": 3.0,
    "flip": 0.0,
    "noise": 0.0,
    "noise_windows": 0.1,
    "track": True,
}
SCRATCH_EPOCHS = 3  # a run from scratch has so many times the epochs, or it is no opponent


@dataclass(frozen=True, slots=True)
class PickRecipe(TrainingRecipe):
    """Numbers of one training of a picker; ``NetworkInfo.settings`` holds those of a network that differ from these."""

    window: int = 0  # samples of a training window; 0: as the weights to start from, not longer than the records
    rate: float = 0.0  # Hz the network works at; 0: that of its weights, of records above 2.5 times it their own
    sigma_ms: float = 0.0  # standard deviation of the bump around an arrival; 0: ``sigma`` samples
    half_width_ms: float = 0.0  # beyond it the target is 0; 0: 2.5 times the standard deviation
    sigma: float = SIGMA  # samples
    noise_windows: float = 0.05  # share of windows without any arrival
    anywhere: float = 0.3  # share of the others where the first arrival may lie anywhere in the window
    extracts: int = 1  # windows drawn from a record before the next one is drawn
    flip: float = 0.5  # share of windows times -1
    noise: float = 0.3  # share of windows to which white noise is added
    snr_least: float = 0.0  # dB of that noise
    snr_most: float = 20.0
    stack: float = 0.0  # share of windows with a second event added
    stretch: float = 0.0  # half of the windows stretched or squeezed in time by up to this share
    swap: float = 0.0  # share of windows with the two horizontal components exchanged
    vertical_only: float = 0.0  # share of windows whose horizontal components are silenced
    arrival_weight: float = 1.0  # of the classes that are arrivals in the loss
    agc_ms: float = 0.0  # amplitudes levelled in a running window; 0: not
    empties: str = "auto"  # whether unpicked records beside picked ones are empty; auto: where the picks are imported
    track: bool = False  # picks follow the arrival across a gather
    track_smooth_ms: float = 0.0  # standard deviation of a moveout's change from trace to trace; 0: 0.7 samples
    track_reject: float = REJECT  # probability below which a tracked trace is left without a pick
    track_evidence: float = EVIDENCE  # and evidence of probability, amplitude and likeness below which it is, too
    threshold: float = 0.5  # least probability of a pick
    min_distance: int = 50  # samples between two picks of a phase
    norms_learn: bool = False  # batch norms take the statistics of the batches, as from scratch they must
    keep: float = 0.0  # share of the starting weights in the final ones
    retime: bool = True  # targets moved so that what is kept of the starting weights' lateness is made up for

    @classmethod
    def picking(
        cls,
        info: NetworkInfo,
        settings: Mapping[str, Setting] | None = None,
        *,
        scratch: bool = False,
        first_breaks: bool = False,
    ) -> PickRecipe:
        """The recipe of a picker; from scratch, and of first breaks, it has settings of its own.

        Raises ``InputError``.
        """
        recipe = cls().changed({"updates_per_epoch": info.updates_per_epoch, **info.settings})
        usual = {**(FROM_SCRATCH if scratch else {}), **(FIRST_BREAKS if first_breaks else {})}
        return recipe.changed({**usual, **(settings or {})})

    def check(self) -> None:
        """Raise ``InputError`` for values without sense."""
        TrainingRecipe.check(self)
        if self.empties not in EMPTIES:
            raise InputError(f"empties cannot be {self.empties!r}.", f"Choose {', '.join(EMPTIES)}.")
        shares = (
            "noise_windows",
            "anywhere",
            "flip",
            "noise",
            "stack",
            "swap",
            "vertical_only",
            "track_reject",
            "keep",
        )
        for name in shares:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputError(f"{name} is a share from 0 to 1, not {getattr(self, name):g}.")
        if self.window and not 64 <= self.window <= MOST_SAMPLES:
            raise InputError(f"window must be 0 or lie from 64 to {MOST_SAMPLES} samples, not {self.window}.")
        if (
            self.sigma <= 0.0
            or min(self.rate, self.sigma_ms, self.half_width_ms, self.agc_ms, self.track_smooth_ms) < 0.0
        ):
            raise InputError(
                "rate, sigma_ms, half_width_ms, agc_ms and track_smooth_ms must not be negative, sigma above 0."
            )
        if self.snr_least > self.snr_most or not 0.0 <= self.stretch <= 0.5 or self.extracts < 1:
            raise InputError("snr_least must not exceed snr_most, stretch lies from 0 to .5, extracts from 1 on.")
        if not 0.0 < self.threshold < 1.0 or self.min_distance < 0 or not 0.0 < self.arrival_weight <= 100.0:
            raise InputError("threshold lies between 0 and 1, min_distance from 0 on, arrival_weight from 0 to 100.")

    def bump(self, rate: float) -> tuple[float, float]:
        """Standard deviation and half width of a target in samples at ``rate`` Hz."""
        sigma = self.sigma_ms * rate / 1000.0 or self.sigma
        return sigma, self.half_width_ms * rate / 1000.0 or sigma * HALF_WIDTH / SIGMA

    def agc(self, rate: float) -> int:
        """Samples of the levelling window at ``rate`` Hz; 0: none."""
        return max(3, round(self.agc_ms * rate / 1000.0)) if self.agc_ms else 0
