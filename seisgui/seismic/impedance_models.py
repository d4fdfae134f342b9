"""Two made-up impedance models to learn inversion on: a faulted margin and a thrust belt, each from a fixed seed.

Beds are laid out in geological time, every one with its own impedance and a slow lateral change, and carried into
two-way time by structure. The margin has sea water, growth faults, an angular unconformity and lenses; the thrust
belt has no water, carbonates and shales in strong contrast, and sheets that bring old beds over young ones, so that
neither a trend nor lateral interpolation of a few traces explains it. Seismic is reflectivity convolved with a
zero-phase Ricker wavelet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from seisgui.errors import InputError
from seisgui.seismic.synthetic import ricker

Grid = NDArray[np.float64]

INTERVAL_MS = 4.0
FINE = 4  # samples of the model a sample of the result: beds thinner than a sample are averaged, not aliased
N_TRACE, N_SAMPLE = 600, 500
WATER = 1.5e6  # kg/m²/s: 1500 m/s x 1000 kg/m³
LEAST, MOST = 1.7e6, 17.0e6  # kg/m²/s of rock, as in soft mud and tight carbonate


@dataclass(frozen=True)
class ImpedanceModel:
    """Acoustic impedance (n_trace, n_sample) float32 in kg/m²/s, two-way time from 0 in steps of ``interval_ms``.

    ``seabed`` (n_trace,) int64 is the first sample below the water, 0 where there is none.
    """

    name: str
    impedance: NDArray[np.float32]
    interval_ms: float
    seabed: NDArray[np.int64]

    @property
    def rock(self) -> NDArray[np.bool_]:
        """True below the seabed, (n_trace, n_sample)."""
        return np.arange(self.impedance.shape[1])[None, :] >= self.seabed[:, None]


def post_stack(
    impedance: NDArray[np.floating],
    interval_ms: float,
    frequency: float = 27.0,
    noise: float = 0.0,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Zero-phase seismic of an impedance section (n_trace, n_sample), in the same shape.

    Normal-incidence reflectivity (Z2 - Z1) / (Z2 + Z1), placed on the lower sample, convolved with a Ricker wavelet
    of peak ``frequency`` in Hz. ``noise`` is the standard deviation of white noise as a share of that of the signal.
    """
    impedance = np.asarray(impedance, dtype=np.float64)
    reflectivity = np.zeros_like(impedance)
    reflectivity[:, 1:] = np.diff(impedance, axis=1) / (impedance[:, 1:] + impedance[:, :-1])
    seismic = signal.fftconvolve(reflectivity, ricker(frequency, interval_ms)[None, :], mode="same", axes=1)
    if noise > 0.0:
        seismic = seismic + np.random.default_rng(seed).normal(0.0, noise * seismic.std(), seismic.shape)
    return seismic.astype(np.float32)


def margin(seed: int = 1) -> ImpedanceModel:
    """Layered and faulted: water, a drape, growth faults over tilted blocks, lenses of sand and of carbonate."""
    rng = np.random.default_rng(seed)
    x, t = _grid()
    seabed = 0.16 + 0.10 * x[:, :1] + 0.02 * np.sin(5.0 * x[:, :1] + 1.0)
    age = t - seabed
    for place, lean, throw in ((0.14, 0.07, 0.10), (0.31, -0.06, 0.13), (0.52, 0.08, 0.17), (0.71, -0.05, 0.11),
                               (0.86, 0.06, 0.14)):  # fmt: skip
        beyond = x > place + lean * t
        age = age - np.sign(lean) * beyond * throw * np.clip(age / 0.7, 0.0, 1.0)
    unconformity = 0.62 + 0.06 * np.sin(4.0 * x) + 0.05 * x
    below = age > unconformity
    tilted = age + 0.95 * (x - 0.5) + 0.09 * np.sin(9.0 * x + 0.6) + 0.4
    age = np.where(below, tilted + 0.25, age + 0.05 * np.sin(6.0 * x))
    logarithm = _beds(age, x, _Beds(thickness=0.016, contrast=0.15, lateral=0.12), rng)
    logarithm += np.log(2.7e6) + 0.50 * np.clip(t - seabed, 0.0, None)
    logarithm += _lenses(x, age, rng, number=30, size=0.3)
    impedance = np.clip(np.exp(logarithm), LEAST, MOST)
    impedance = np.where(t < seabed, WATER, impedance)
    return _model("margin", impedance, np.ceil(seabed[:, 0] / (INTERVAL_MS * 1e-3)))


def thrust_belt(seed: int = 2) -> ImpedanceModel:
    """Sheets of strong and weak rock thrust over each other along listric faults, no water, a weathered top."""
    rng = np.random.default_rng(seed)
    x, t = _grid()

    def undeformed(at_x: Grid, at_t: Grid) -> Grid:
        return at_t + 0.08 * np.sin(3.0 * at_x + 0.4) + 0.10 * (at_x - 0.5)

    place: Callable[[Grid, Grid], Grid] = undeformed
    for toe, reach, step, bend in ((0.12, 0.40, 0.20, 0.05), (0.34, 0.36, 0.27, 0.07), (0.56, 0.38, 0.23, 0.06),
                                   (0.76, 0.34, 0.25, 0.05)):  # fmt: skip
        place = _thrust(place, toe, reach, step, bend)
    age = place(x, t)
    logarithm = _beds(age, x, _Beds(thickness=0.030, contrast=0.22, lateral=0.12), rng)
    logarithm += np.log(7.0e6) + 0.30 * np.sin(7.5 * age) + 0.10 * t
    logarithm -= 0.35 * np.exp(-t / 0.05)
    logarithm += _lenses(x, age, rng, number=14, size=0.25)
    return _model("thrust belt", np.clip(np.exp(logarithm), LEAST, MOST), np.zeros(x.shape[0]))


MODELS: dict[str, Callable[[], ImpedanceModel]] = {"margin": margin, "thrust-belt": thrust_belt}


def built_in(name: str) -> ImpedanceModel:
    """A model by name; ``InputError`` names the choices."""
    if name not in MODELS:
        raise InputError(f"{name!r} is no built-in impedance model.", f"Choose one of {', '.join(MODELS)}.")
    return MODELS[name]()


@dataclass(frozen=True, slots=True)
class _Beds:
    """Mean ``thickness`` in s, standard deviation of the log-impedance between beds, and along one bed."""

    thickness: float
    contrast: float
    lateral: float


def _grid() -> tuple[Grid, Grid]:
    """Distance 0-1 and two-way time in s, (n_trace, n_sample * FINE) each."""
    x = np.linspace(0.0, 1.0, N_TRACE)
    t = (np.arange(N_SAMPLE * FINE) + 0.5) * INTERVAL_MS * 1e-3 / FINE
    return np.broadcast_to(x[:, None], (N_TRACE, len(t))), np.broadcast_to(t[None, :], (N_TRACE, len(t)))


def _beds(age: Grid, x: Grid, beds: _Beds, rng: np.random.Generator) -> Grid:
    """Log-impedance of blocky beds by age, each with a slow lateral change of its own."""
    first, last = float(age.min()), float(age.max())
    tops = first + np.cumsum(rng.gamma(2.0, beds.thickness / 2.0, int(3.0 * (last - first) / beds.thickness) + 8))
    number = np.searchsorted(tops, age)
    n = len(tops) + 1
    # neighbouring beds resemble each other in cycles, as marl and limestone do
    base = ndimage.gaussian_filter1d(rng.standard_normal(n), 1.0)
    base = beds.contrast * (0.6 * rng.standard_normal(n) + 0.8 * base / base.std())
    along = ndimage.gaussian_filter1d(rng.standard_normal((n, 64)), 7.0, axis=1, mode="reflect")
    along = ndimage.gaussian_filter1d(along, 1.5, axis=0)
    along *= beds.lateral / along.std()
    column = np.clip(x * 63.0, 0.0, 62.999)
    left = column.astype(np.int64)
    share = column - left
    change = (1.0 - share) * along[number, left] + share * along[number, left + 1]
    return np.asarray(base[number] + change)


def _lenses(x: Grid, age: Grid, rng: np.random.Generator, number: int, size: float) -> Grid:
    """Bodies that pinch out within a part of the section: channels, reefs, gas sands."""
    total = np.zeros_like(age)
    first, last = np.quantile(age, (0.1, 0.9))
    for _ in range(number):
        middle, depth = rng.uniform(0.0, 1.0), rng.uniform(first, last)
        width, height = rng.uniform(0.03, 0.09), rng.uniform(0.012, 0.03)
        inside = ((x - middle) / width) ** 2 + ((age - depth) / height) ** 2 < 1.0
        total[inside] = rng.choice([-1.0, 1.0]) * size * rng.uniform(0.5, 1.0)
    return total


def _thrust(before: Callable[[Grid, Grid], Grid], toe: float, reach: float, step: float, bend: float
            ) -> Callable[[Grid, Grid], Grid]:  # fmt: skip
    """Ages after a sheet above a listric fault has moved up and along it, folding as it bends.

    The fault leaves the surface at ``toe`` and flattens at ``reach`` further; ``step`` in s is how far old beds rise.
    """

    def after(x: Grid, t: Grid) -> Grid:
        ramp = np.clip((x - toe) / reach, 0.0, None)
        fault = 1.5 * (1.0 - np.exp(-2.2 * ramp))
        sheet = (x > toe) & (t < fault)
        fold = step * np.exp(-(((x - toe) / (0.8 * reach)) ** 2)) + bend * np.sin(10.0 * (x - toe))
        return np.where(sheet, before(x + 0.25 * step, t + fold + 0.6 * step), before(x, t))

    return after


def _model(name: str, impedance: Grid, seabed: NDArray[np.floating]) -> ImpedanceModel:
    averaged = impedance.reshape(N_TRACE, N_SAMPLE, FINE).mean(axis=2)
    return ImpedanceModel(name, averaged.astype(np.float32), INTERVAL_MS, seabed.astype(np.int64))
