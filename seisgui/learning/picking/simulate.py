"""Simulated records with exact arrival times, written as npz shot by shot."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from seisgui.errors import FailureError, InputError
from seisgui.learning.picking.simulate_ground import Ground, Line, random_ground, random_line
from seisgui.learning.picking.simulate_presets import Preset
from seisgui.learning.picking.simulate_shots import arrival_times, check_packages, shoot
from seisgui.seismic.progress import Pace, Progress
from seisgui.seismic.volume import FloatArray

ROOM = 1.1  # free space wanted, as a multiple of the file
CODA = (1.25, 1.6)  # how long a shot is followed, in S times of its farthest receiver
FADED = 0.1  # of what is followed fades out at the end
HORIZONTAL = "X"


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one shot: ``data`` (n, n_component, n_sample) float32; ``p`` and ``s`` (n,) in samples, with
    fractions; ``offset`` (n,) horizontal distance in m; ``receiver`` (n,) numbers along the line.
    """

    data: FloatArray
    p: NDArray[np.float64]
    s: NDArray[np.float64]
    offset: NDArray[np.float64]
    receiver: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Written:
    """What was simulated."""

    path: Path
    records: int
    shots: int
    n_bytes: int


def simulate_steps(preset: Preset, path: Path, seed: int = 0) -> Generator[Progress, None, Written]:
    """Write the records of a preset as npz, in the memory of one shot; a yield after every shot.

    The same preset and seed give the same records, and a smaller number the first of them. Closing the generator
    leaves nothing behind. Raises ``InputError`` without Deepwave or for a path that cannot be written,
    ``FailureError`` where there is no room.
    """
    check_packages()
    check_path(path, preset)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            yield from _write_steps(preset, archive, seed)
        partial.replace(path)
    except OSError as error:
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return Written(path, preset.n_record, preset.n_shot, path.stat().st_size)


def check_path(path: Path, preset: Preset) -> None:
    """Refuse what could only fail later: a wrong ending, a missing folder, a full disk."""
    if path.suffix.lower() != ".npz":
        raise InputError(f"{path.name} should end in .npz.", f"Write {path.stem}.npz.")
    if not path.parent.is_dir():
        raise InputError(f"The folder {path.parent} does not exist.", "Make it, or name another place.")
    if path.is_dir():
        raise InputError(f"{path} is a folder.", "Name a file in it.")
    free = shutil.disk_usage(path.parent).free
    if free < ROOM * preset.n_bytes:
        needed = preset.n_bytes / 1e6
        raise FailureError(
            f"{preset.n_record} records need {needed:.0f} MB; {path.parent} has {free / 1e6:.0f} MB free.",
            "Make room, or simulate fewer records with -n.",
        )


def _write_steps(preset: Preset, archive: zipfile.ZipFile, seed: int) -> Generator[Progress, None, None]:
    """Amplitudes go straight to the archive; what is small is kept until the end."""
    small: list[tuple[int, Records]] = []
    pace = Pace()
    phrase = f"simulating {preset.n_record} records of {preset.n_shot} shots"
    with archive.open("data.npy", "w", force_zip64=True) as member:
        shape = (preset.n_record, len(preset.components), preset.n_sample)
        npy.write_array_header_2_0(member, {"descr": "<f4", "fortran_order": False, "shape": shape})
        for shot in range(preset.n_shot):
            yield from pace.tell(shot, preset.n_shot, phrase)
            left = preset.n_record - shot * preset.receivers
            records = records_of_shot(preset, seed, shot, min(left, preset.receivers))
            member.write(np.ascontiguousarray(records.data, dtype="<f4").tobytes())
            small.append((shot + 1, Records(records.data[:0], records.p, records.s, records.offset, records.receiver)))
    for name, array in _arrays_of(preset, small).items():
        with archive.open(f"{name}.npy", "w") as member:
            npy.write_array(member, array, allow_pickle=False)
    yield from pace.tell(preset.n_shot, preset.n_shot, phrase)


def _arrays_of(preset: Preset, small: list[tuple[int, Records]]) -> dict[str, NDArray[Any]]:
    shots = np.concatenate([np.full(len(records.p), number) for number, records in small])
    receivers = np.concatenate([records.receiver for _, records in small])
    return {
        "p": np.concatenate([records.p for _, records in small]),
        "s": np.concatenate([records.s for _, records in small]),
        "sampling_rate": np.asarray(preset.rate),
        "components": np.asarray(preset.components),
        "offset": np.concatenate([records.offset for _, records in small]),
        "shot": shots,
        "station": np.asarray([f"R{number:03d}" for number in receivers]),
        "event": np.asarray([f"shot {number:04d}" for number in shots]),
        "name": np.asarray([f"shot{shot:04d}_R{number:03d}" for shot, number in zip(shots, receivers, strict=True)]),
    }


def records_of_shot(preset: Preset, seed: int, shot: int, wanted: int) -> Records:
    """The first ``wanted`` records of a shot; every shot has its own ground, and draws its numbers by itself."""
    generator = np.random.default_rng([seed, shot])
    ground, line = ground_of_shot(preset, generator)
    spacing = float(generator.uniform(*preset.spacing))
    frequency = float(generator.uniform(*preset.frequency)) * preset.spacing[0] / spacing
    first = int(generator.uniform(*preset.before) * preset.rate)
    p_time, s_time = (arrival_times(speed, spacing, line) for speed in (ground.p_speed, ground.s_speed))
    followed = int(preset.rate * s_time.max() * generator.uniform(*CODA))
    followed = min(followed, preset.n_sample - first)
    angle = float(generator.uniform(0, 2 * np.pi))
    waves = shoot(ground, line, spacing, preset.rate, followed, frequency, angle, preset.fastest)
    offset = np.abs(line.receivers[:, 1] - line.source[1]) * spacing
    data = recorded(generator, preset, waves, first)
    numbers = np.arange(1, preset.receivers + 1)
    p, s = (in_record(first + preset.rate * times, first + followed) for times in (p_time, s_time))
    chosen = np.s_[:wanted]
    return Records(data[chosen], p[chosen], s[chosen], offset[chosen], numbers[chosen])


def ground_of_shot(preset: Preset, generator: np.random.Generator) -> tuple[Ground, Line]:
    """Where a shot is fired; the first numbers that ``default_rng([seed, shot])`` draws."""
    ground = random_ground(generator, preset.family, preset.shape, preset.fastest)
    return random_line(generator, ground, preset.receivers, preset.deep)


def in_record(sample: NDArray[np.float64], end: int) -> NDArray[np.float64]:
    """Arrivals in samples; NaN for those that come after the waves were followed."""
    return np.where(sample < end, sample, np.nan)


def recorded(generator: np.random.Generator, preset: Preset, waves: FloatArray, first: int) -> FloatArray:
    """Records (n, n_component, n_sample) of ``waves`` whose origin is sample ``first``: components, noise, quiet ends.

    Z points upwards. E and N are the horizontal motion seen from a random direction; across it there is only noise.
    """
    n, _, followed = waves.shape
    fade = np.ones(followed, dtype=np.float32)
    n_faded = max(1, int(FADED * followed))
    fade[-n_faded:] = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, n_faded))
    along, up = waves[:, 0] * fade, -waves[:, 1] * fade
    azimuth = generator.uniform(0, 2 * np.pi, (n, 1))
    parts = {HORIZONTAL: along, "E": along * np.sin(azimuth), "N": along * np.cos(azimuth), "Z": up}
    data = np.zeros((n, len(preset.components), preset.n_sample), dtype=np.float32)
    for number, name in enumerate(preset.components):
        data[:, number, first : first + followed] = parts[name]
    data /= np.maximum(np.abs(data).max(axis=(1, 2), keepdims=True), np.finfo(np.float32).tiny)
    if preset.snr is not None:
        data += noise(generator, data[..., first : first + followed], preset.snr, data.shape)
    blind = generator.random(n) < preset.vertical_only
    horizontal = [number for number, name in enumerate(preset.components) if name != "Z"]
    for number in horizontal:
        data[blind, number] = 0
    return data


def noise(
    generator: np.random.Generator, signal: FloatArray, snr: tuple[float, float], shape: tuple[int, ...]
) -> FloatArray:
    """Gaussian noise whose amplitudes fall with a random power of frequency; rms of the signal / 10^(SNR / 20)."""
    n = shape[0]
    power = generator.uniform(0.0, 1.2, (n, 1, 1))
    frequency = np.maximum(np.fft.rfftfreq(shape[-1]), 0.005)
    made = np.fft.irfft(np.fft.rfft(generator.normal(size=shape)) * frequency**-power, shape[-1])
    made /= made.std(axis=(1, 2), keepdims=True)
    wanted = signal.std(axis=(1, 2), keepdims=True) / 10 ** (generator.uniform(*snr, (n, 1, 1)) / 20)
    return np.asarray(made * wanted, dtype=np.float32)
