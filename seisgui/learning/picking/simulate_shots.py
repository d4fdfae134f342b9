"""One elastic shot (P-SV waves in two dimensions, by Deepwave) with exact arrival times from the eikonal equation."""

from __future__ import annotations

import importlib.util
import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.signal import resample_poly

from seisgui.errors import FailureError, InputError
from seisgui.learning.picking.simulate_ground import SOURCE_CELLS, Ground, Line
from seisgui.seismic.volume import FloatArray

NEEDED = {"deepwave": "deepwave", "skfmm": "scikit-fmm"}
COURANT = 0.6  # as Deepwave takes it
CONTRAST = 1.15  # where densities differ, Deepwave counts on waves that much faster than those of either rock
FINER = 2  # cells of the eikonal in a cell of the waves, each way
ABSORBING = 20  # cells beyond the sides and the bottom that take the waves away


def missing_packages() -> tuple[str, ...]:
    """What simulation needs and is not installed."""
    return tuple(package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None)


def check_packages() -> None:
    """Raises ``InputError`` where simulation cannot run."""
    missing = missing_packages()
    if missing:
        raise InputError(
            f"Simulated records need packages that are not installed: {', '.join(missing)}.",
            "Install the program with its extra: pip install 'seisgui[simulate]' (scikit-fmm is compiled on the way).",
        )


def arrival_times(speed: FloatArray, spacing: float, line: Line) -> NDArray[np.float64]:
    """First-arrival times (n_receiver,) in seconds through ``speed`` (n_depth, n_across) in m/s, 0 in the air.

    The fast marching method starts from a circle around the source, inside which the time is known.
    """
    import skfmm

    fine = np.repeat(np.repeat(speed.astype(np.float64), FINER, axis=0), FINER, axis=1)
    shift = (FINER - 1) / 2  # the middle of a cell among the finer ones
    z, x = (((np.arange(count) - shift) / FINER) for count in fine.shape)
    row, column = line.source
    radius = (np.hypot(z[:, None] - row, x[None, :] - column) - SOURCE_CELLS) * spacing
    air = fine <= 0
    times = skfmm.travel_time(np.ma.MaskedArray(radius, air), np.where(air, 1.0, fine), dx=spacing / FINER, order=2)
    # cells of air next to the surface take the time of the rock below them, so that interpolation stays in the rock
    filled = np.ma.filled(times, np.nan)
    first = air.sum(axis=0)
    across = np.arange(fine.shape[1])
    for above in range(1, FINER + 1):
        filled[np.maximum(first - above, 0), across] = filled[first, across]
    places = (line.receivers * FINER + shift).T
    return np.asarray(map_coordinates(filled, places, order=1)) + SOURCE_CELLS * spacing / float(speed[row, column])


def wavelet(frequency: float, rate: float, n_sample: int) -> FloatArray:
    """A force in time that begins smoothly and exactly at sample 0 and lasts one period (Küpper's, two extrema)."""
    phase = 2 * np.pi * frequency * np.arange(n_sample) / rate
    return np.where(phase <= 2 * np.pi, np.sin(phase) - 0.5 * np.sin(2 * phase), 0.0).astype(np.float32)


def time_steps(spacing: float, rate: float, fastest: float) -> int:
    """Steps of the waves in a sample of the records.

    Deepwave's own resampling is periodic: what still moves at the end of a shot would come back before its P waves.
    """
    return max(1, math.ceil(math.sqrt(2) * CONTRAST * fastest / (COURANT * spacing * rate)))


def shoot(
    ground: Ground,
    line: Line,
    spacing: float,
    rate: float,
    n_sample: int,
    frequency: float,
    angle: float,
    fastest: float,
) -> FloatArray:
    """Waves of a point force at ``angle`` (radians from vertical) as the receivers record them, from its beginning on.

    Velocities (n_receiver, 2, n_sample) float32, X to the right and Z downwards. ``spacing`` in m, ``rate`` in Hz,
    ``frequency`` of the wavelet in Hz; ``fastest`` P speed that the time step allows for.
    Raises ``FailureError`` where the waves grow without bound.
    """
    import deepwave
    import torch

    p_speed, s_speed, density = map(torch.from_numpy, (ground.p_speed, ground.s_speed, ground.density))
    lame = deepwave.vpvsrho_to_lambmubuoyancy(p_speed, s_speed, density)
    finer = time_steps(spacing, rate, fastest)
    force = torch.from_numpy(wavelet(frequency, finer * rate, finer * n_sample))[None, None]
    source = torch.tensor([[line.source]])
    receivers = torch.from_numpy(line.receivers)[None]
    with torch.no_grad():
        out = deepwave.elastic(
            *lame,
            spacing,
            1 / (finer * rate),
            source_amplitudes_x=float(np.sin(angle)) * force,
            source_amplitudes_y=float(np.cos(angle)) * force,
            source_locations_x=source,
            source_locations_y=source,
            receiver_locations_x=receivers,
            receiver_locations_y=receivers,
            accuracy=4,
            pml_width=[0, ABSORBING, ABSORBING, ABSORBING],
            boundary=["rigid", "pml", "pml", "pml"],  # the top lies in air, so its kind does not matter
            pml_freq=frequency,
            max_vel=CONTRAST * fastest,
            check_output_finite=False,
        )
    records = torch.stack([out.receivers["x"][0], out.receivers["y"][0]], dim=1).numpy()
    if not np.isfinite(records).all():
        raise FailureError("A simulated shot grew without bound.", "Choose another seed, or a finer grid.")
    return np.asarray(resample_poly(records, 1, finer, axis=-1)[..., :n_sample], dtype=np.float32)
