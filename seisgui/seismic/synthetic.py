"""The sample survey: a made-up basin with layers, clinoforms, faults, a salt body and channels, with known facies.

Everything is computed from a seed, so the survey ships as this recipe rather than as a file. A reflectivity is
laid out in geological time (one value a thin bed, with slow lateral change), carried into two-way time by
structure (dip, folds, salt uplift, fault throw), convolved with a wavelet that loses high frequencies with
time, and covered with band-limited noise.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.progress import Progress
from seisgui.seismic.segy_writer import write_segy
from seisgui.seismic.volume import FloatArray

Grid = NDArray[np.float64]

CLASS_NAMES = ("parallel beds", "clinoforms", "low amplitude shale", "high amplitude carbonate", "salt")
PARALLEL, CLINOFORMS, SHALE, CARBONATE, SALT = range(5)
AXES = VolumeAxes(LineAxis(100, 1, 40), LineAxis(1000, 2, 200), SampleAxis(0.0, 4.0, 256))
BIN = 25.0  # metres between lines
ORIGIN, AZIMUTH = (612_400.0, 6_078_250.0), 25.0  # corner and direction of the inlines
THIN_BED = 1.0  # ms of geological time a reflectivity value stands for
PEAK_AMPLITUDE = 8000.0

CARDS = (
    "SEISGUI SAMPLE SURVEY - SYNTHETIC, NOT MEASURED DATA",
    "",
    "LINES:      INLINES 100-139 STEP 1, CROSSLINES 1000-1398 STEP 2",
    "BYTES:      INLINE 189-192, CROSSLINE 193-196, CDP X 181-184, CDP Y 185-188",
    "COORDINATES: SCALAR -100 AT BYTE 71, METRES, LOCAL GRID, BIN 25 M X 25 M",
    "SAMPLES:    256 A TRACE, 4 MS, FIRST AT 0 MS, DOMAIN: TIME",
    "FORMAT:     4-BYTE IBM FLOATING POINT, SEG-Y REVISION 1",
    "POLARITY:   AN INCREASE OF IMPEDANCE IS A POSITIVE NUMBER (PEAK)",
    "WAVELET:    RICKER, ZERO PHASE, PEAK 38 HZ AT THE TOP TO 22 HZ AT THE BASE",
    "CONTENT:    BEDS, CLINOFORMS, SHALE, CARBONATE; TWO FAULTS; A SALT DIAPIR",
)


@dataclass(frozen=True)
class SampleSurvey:
    """The survey on disk and the truth about it: ``classes`` (n_inline, n_crossline, n_sample) int16."""

    path: Path
    axes: VolumeAxes
    classes: NDArray[np.int16]
    class_names: tuple[str, ...] = CLASS_NAMES


def ricker(frequency: float, interval_ms: float, half_length_ms: float = 60.0) -> Grid:
    """Zero-phase Ricker wavelet of a peak frequency in Hz, odd length, 1 at its centre."""
    n = round(half_length_ms / interval_ms)
    squared = (np.pi * frequency * interval_ms / 1000.0 * np.arange(-n, n + 1)) ** 2
    return np.asarray((1.0 - 2.0 * squared) * np.exp(-squared))


def make_sample_survey(path: Path, seed: int = 0) -> SampleSurvey:
    """Compute the sample survey, write it to ``path`` as SEG-Y and return it with its true classes.

    40 inlines x 200 crosslines x 256 samples of 4 ms. Raises ``FailureError`` where it cannot be written.
    """
    amplitude, classes = sample_survey_arrays(seed)
    write_segy(path, amplitude, AXES, cards=CARDS, coordinates=sample_coordinates())
    return SampleSurvey(Path(path), AXES, classes)


def sample_survey_steps(path: Path, seed: int = 0) -> Generator[Progress, None, Path]:
    """``make_sample_survey`` for the data process; its outcome is the path."""
    yield Progress(0, 1, "computing amplitudes")
    return make_sample_survey(Path(path), seed).path


def sample_coordinates() -> tuple[Grid, Grid]:
    """X and Y of every node in metres, (n_inline, n_crossline) each, on a rotated grid."""
    across, along = np.meshgrid(np.arange(AXES.inline.count), np.arange(AXES.crossline.count), indexing="ij")
    angle = np.deg2rad(AZIMUTH)
    x = ORIGIN[0] + BIN * (along * np.cos(angle) - across * np.sin(angle))
    y = ORIGIN[1] + BIN * (along * np.sin(angle) + across * np.cos(angle))
    return x, y


def sample_survey_arrays(seed: int = 0) -> tuple[FloatArray, NDArray[np.int16]]:
    """Amplitudes float32 and true classes int16, both (n_inline, n_crossline, n_sample)."""
    rng = np.random.default_rng(seed)
    age, salt, border = _structure(rng)
    horizons = _horizons(rng)
    classes = _classes(age, salt, horizons)
    reflectivity = _reflectivity(age, classes, horizons, rng)
    reflectivity = _emplace_salt(reflectivity, salt, border, rng)
    amplitude = _convolve(reflectivity)
    amplitude = _add_noise(amplitude, classes, rng)
    amplitude *= PEAK_AMPLITUDE / np.percentile(np.abs(amplitude), 99.5)
    return amplitude.astype(np.float32), classes


def _smooth_noise(shape: tuple[int, ...], sigma: tuple[float, ...], rng: np.random.Generator) -> Grid:
    """Smooth noise of unit standard deviation: cubic splines through random values some 2.5 sigma apart."""
    coarse = rng.standard_normal([int(np.ceil(n / (2.5 * width))) + 3 for n, width in zip(shape, sigma, strict=True)])
    noise = coarse
    for axis, (n, width) in enumerate(zip(shape, sigma, strict=True)):
        places = 1.0 + np.arange(n) / (2.5 * width)
        noise = _splined(noise, places, axis)
    return np.asarray(noise / noise.std())


def _splined(values: Grid, places: Grid, axis: int) -> Grid:
    """Catmull-Rom interpolation along one axis at fractional places."""
    left = np.minimum(places.astype(np.int64), values.shape[axis] - 3)
    t = (places - left).reshape([-1 if dimension == axis else 1 for dimension in range(values.ndim)])
    before, here, there, beyond = (np.take(values, left + step, axis=axis) for step in (-1, 0, 1, 2))
    slope, bend = 0.5 * (there - before), before - 2.5 * here + 2.0 * there - 0.5 * beyond
    return np.asarray(here + t * (slope + t * (bend + t * (0.5 * (beyond - before) + 1.5 * (here - there)))))


def _nodes() -> tuple[Grid, Grid, Grid]:
    """Inline, crossline (0..1 each) and time in ms, broadcastable to the survey."""
    n_inline, n_crossline, _ = AXES.shape
    y = np.linspace(0.0, 1.0, n_inline)[:, None, None]
    x = np.linspace(0.0, 1.0, n_crossline)[None, :, None]
    return y, x, AXES.sample.values[None, None, :]


def _structure(rng: np.random.Generator) -> tuple[Grid, NDArray[np.bool_], Grid]:
    """Geological age of every sample in ms of undisturbed depth, the salt body, and its distance function."""
    y, x, t = _nodes()
    n_inline, n_crossline, _ = AXES.shape
    depth = t / AXES.sample.last
    salt, distance = _salt_body(y, x, t, rng)
    regional = 55.0 * (x - 0.5) + 18.0 * np.sin(2.0 * np.pi * (0.9 * x + 0.35 * y) + 0.6)
    undulation = 7.0 * _smooth_noise((n_inline, n_crossline), (7.0, 16.0), rng)[:, :, None]
    uplift = 120.0 * np.exp(-((x - 0.70 - 0.05 * (y - 0.5)) ** 2) / 0.012) * np.clip(depth * 1.5 - 0.25, 0.0, 1.0)
    age = t - (0.35 + 0.65 * depth) * (regional + undulation) + uplift
    for place, dip, throw, top in ((0.20, 0.10, 44.0, 250.0), (0.40, -0.07, 26.0, 420.0)):
        plane = place + 0.06 * (y - 0.5) + dip * depth
        grows = np.clip((t - top) / 250.0, 0.0, 1.0)
        side = x > plane if dip > 0 else x < plane
        age = age - throw * grows * side
    return age, salt, distance


def _salt_body(y: Grid, x: Grid, t: Grid, rng: np.random.Generator) -> tuple[NDArray[np.bool_], Grid]:
    """A diapir with an overhanging top: inside, and a distance that is negative inside (in ms of time)."""
    top = 400.0 + 60.0 * (y - 0.5) ** 2 * 4.0
    rough = _smooth_noise(AXES.shape, (5.0, 7.0, 12.0), rng)
    centre = 0.70 + 0.05 * (y - 0.5) + 0.03 * np.sin(t / 170.0)
    below = np.clip((t - top) / 620.0, 0.0, 1.0)
    width = 0.055 + 0.075 * below**1.6 + 0.045 * np.exp(-(((t - top - 90.0) / 90.0) ** 2))
    lateral = (np.abs(x - centre) / width - 1.0) * 90.0
    cap = (top - t) + 55.0 * (np.abs(x - centre) / width) ** 2
    distance = np.maximum(lateral, cap) + 9.0 * rough
    return np.asarray(distance < 0.0), distance


def _horizons(rng: np.random.Generator) -> dict[str, float]:
    """Ages of the boundaries between the units, in ms."""
    jitter = rng.uniform(-8.0, 8.0, 4)
    return {
        "clinoform top": 270.0 + jitter[0],
        "clinoform base": 430.0 + jitter[1],
        "shale base": 590.0 + jitter[2],
        "carbonate base": 740.0 + jitter[3],
    }


def _classes(age: Grid, salt: NDArray[np.bool_], horizons: dict[str, float]) -> NDArray[np.int16]:
    bounds = [horizons[name] for name in ("clinoform top", "clinoform base", "shale base", "carbonate base")]
    unit = np.searchsorted(bounds, age.ravel()).reshape(age.shape)
    classes = np.array([PARALLEL, CLINOFORMS, SHALE, CARBONATE, PARALLEL], dtype=np.int16)[unit]
    classes[salt] = SALT
    return classes


def _reflectivity(age: Grid, classes: NDArray[np.int16], horizons: dict[str, float], rng: np.random.Generator) -> Grid:
    """Reflection coefficients by unit: beds read at the age of each sample, clinoforms at a dipping age."""
    oldest = 1800
    beds = _bed_series(oldest, rng)
    lateral = [1.0 + 0.35 * _smooth_noise(AXES.shape, (8.0, 18.0, 6.0), rng) for _ in range(2)]
    strength = np.array([0.66, 0.75, 0.13, 1.75, 0.0])[classes]
    foresets = _foreset_age(age, horizons)
    clino = classes == CLINOFORMS
    series = _read(beds[0], age) * lateral[0]
    series = np.where(clino, _read(beds[1], foresets) * lateral[1], series)
    series = np.where(classes == CARBONATE, _read(beds[2], age) * lateral[0], series)
    boundaries = np.zeros_like(age)
    for name, coefficient in (
        ("clinoform top", 0.9),
        ("clinoform base", -0.8),
        ("shale base", 2.6),
        ("carbonate base", -2.0),
    ):
        boundaries += coefficient * np.exp(-(((age - horizons[name]) / 3.0) ** 2))
    faded = 1.0 - 0.25 * np.abs(_smooth_noise(AXES.shape, (10.0, 14.0, 20.0), rng))
    return np.asarray((strength * series + boundaries) * np.clip(faded, 0.2, 1.0))


def _foreset_age(age: Grid, horizons: dict[str, float]) -> Grid:
    """Age of foresets that build out to the right: steepest in the middle of their unit, flat at top and toe."""
    y, x, _ = _nodes()
    thickness = horizons["clinoform base"] - horizons["clinoform top"]
    within = np.clip((age - horizons["clinoform top"]) / thickness, 0.0, 1.0)
    bent = within + 0.25 * ((2.0 * within - 1.0) ** 3 + 1.0)
    return np.asarray(thickness * bent - 330.0 * (x + 0.12 * y) + 600.0)


def _bed_series(length: int, rng: np.random.Generator) -> list[Grid]:
    """Three reflectivity series over geological time: sparse strong beds among many weak ones."""
    series = []
    for spacing, tail, width in ((8, 1.3, 2.4), (22, 1.2, 7.0), (14, 1.1, 2.4)):
        beds = np.zeros(length)
        places = np.cumsum(1 + rng.poisson(spacing, length // spacing))
        places = places[places < length]
        beds[places] = np.sign(rng.standard_normal(len(places))) * np.abs(rng.standard_normal(len(places))) ** tail
        beds += 0.12 * rng.standard_normal(length)
        smooth = ndimage.gaussian_filter1d(beds, width)  # no thinner than the samples can tell
        series.append(smooth / smooth.std())
    return series


def _read(series: Grid, age: Grid) -> Grid:
    """Values of a series at fractional ages."""
    offset = 300.0  # ages start below zero where structure lifts them
    return np.asarray(np.interp((age + offset) / THIN_BED, np.arange(len(series)), series))


def _emplace_salt(reflectivity: Grid, salt: NDArray[np.bool_], distance: Grid, rng: np.random.Generator) -> Grid:
    """Salt: a strong, broken top, weak chaos within, and sediments dimmed against the flanks."""
    chaos = 0.22 * _smooth_noise(AXES.shape, (1.2, 2.5, 1.0), rng)
    broken = np.clip(1.0 + 0.45 * _smooth_noise(AXES.shape, (3.0, 5.0, 6.0), rng), 0.1, None)
    falling = -np.gradient(distance, axis=2) / AXES.sample.interval
    edge = 3.4 * np.exp(-((distance / 5.0) ** 2)) * np.clip(falling, -0.5, 1.0) * broken
    flank = np.clip(distance / 30.0, 0.15, 1.0)
    return np.where(salt, chaos, reflectivity * flank) + edge


def _convolve(reflectivity: Grid) -> Grid:
    """Convolution along time with a Ricker wavelet whose peak frequency falls from 38 to 22 Hz."""
    interval = AXES.sample.interval
    parts = [ndimage.convolve1d(reflectivity, ricker(f, interval), axis=2, mode="nearest") for f in (38.0, 30.0, 22.0)]
    depth = np.linspace(0.0, 2.0, AXES.sample.count)
    weights = [np.clip(1.0 - np.abs(depth - place), 0.0, 1.0) for place in range(3)]
    return np.asarray(sum(part * weight for part, weight in zip(parts, weights, strict=True)))


def _add_noise(amplitude: Grid, classes: NDArray[np.int16], rng: np.random.Generator) -> Grid:
    """Band-limited random noise, stronger with depth and in the salt, and a slight footprint along inlines."""
    level = 0.10 * amplitude.std()
    random = ndimage.convolve1d(rng.standard_normal(AXES.shape), ricker(28.0, AXES.sample.interval), axis=2)
    random = ndimage.gaussian_filter1d(random, 0.7, axis=1)
    depth = np.linspace(0.7, 1.7, AXES.sample.count)
    footprint = 1.0 + 0.05 * np.sin(np.arange(AXES.inline.count) * np.pi)[:, None, None]
    noisy = amplitude * footprint + level * depth * random / random.std() * np.where(classes == SALT, 1.6, 1.0)
    return np.asarray(noisy)
