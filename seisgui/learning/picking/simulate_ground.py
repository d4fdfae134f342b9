"""Random ground to send elastic waves through: folded, tilted, faulted layers under a hilly surface; numpy only.

A family says which kinds of ground are drawn. Nothing here comes from any survey.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from seisgui.seismic.volume import FloatArray

Range = tuple[float, float]
AIR = 3  # rows of air above the highest place
SOURCE_CELLS = 4  # a source stands in one kind of rock, so that its near field is exact
MARGIN = 0.06  # of the width that sources and receivers keep from the sides


@dataclass(frozen=True, slots=True)
class Family:
    """What ground of a kind is like. Speeds in m/s; throws, folds and hills as shares of the depth of the model."""

    name: str
    layers: tuple[int, int]
    p_speed: Range  # at the top and at the bottom of the model, before the scatter of layers
    scatter: float  # of the layers' speeds, relative
    ratio: Range  # of P to S speed
    faults: tuple[int, int]
    throw: Range
    fold: float
    tilt: float  # largest slope of the layers
    hills: float  # highest minus lowest place of the surface; 0: flat
    roughness: Range  # relative standard deviation of speeds inside the layers


@dataclass(frozen=True, slots=True)
class Ground:
    """Speeds (m/s) and densities (kg/m³) of cells, (n_depth, n_across) float32, 0 in the air; ``surface`` (n_across,)
    is the first row of rock.
    """

    p_speed: FloatArray
    s_speed: FloatArray
    density: FloatArray
    surface: NDArray[np.int64]

    @property
    def air(self) -> NDArray[np.bool_]:
        """Cells above the surface, (n_depth, n_across)."""
        return np.arange(len(self.p_speed))[:, None] < self.surface[None, :]


@dataclass(frozen=True, slots=True)
class Line:
    """A source and its receivers as cells (row, column); receivers (n, 2) lie right below the surface."""

    source: tuple[int, int]
    receivers: NDArray[np.int64]


def random_ground(generator: np.random.Generator, family: Family, shape: tuple[int, int], fastest: float) -> Ground:
    """Ground of a family; ``fastest`` caps the P speed, which bounds the time step of the waves."""
    rows = shape[0]
    surface = random_surface(generator, family, shape)
    depth = geological_depth(generator, family, shape)
    n = int(generator.integers(family.layers[0], family.layers[1] + 1))
    edges = np.sort(generator.uniform(0.05, 0.95, n - 1)) * rows
    layer = np.searchsorted(edges, depth)
    middle = np.clip(
        np.asarray([depth[layer == number].mean() if (layer == number).any() else 0 for number in range(n)]) / rows,
        0,
        1,
    )
    top, bottom = family.p_speed
    p_of_layer = (top + (bottom - top) * middle) * np.exp(generator.normal(0, family.scatter, n))
    ratio_of_layer = generator.uniform(*family.ratio, n)
    density_of_layer = 310.0 * p_of_layer**0.25 * np.exp(generator.normal(0, 0.03, n))  # Gardner, scattered
    rough = 1.0 + roughness(generator, family, shape)
    p_speed = np.clip(p_of_layer[layer] * rough, 0.3 * top, fastest)
    air = np.arange(rows)[:, None] < surface[None, :]
    return Ground(
        np.where(air, 0, p_speed).astype(np.float32),
        np.where(air, 0, p_speed / ratio_of_layer[layer]).astype(np.float32),
        np.where(air, 0, density_of_layer[layer]).astype(np.float32),
        surface,
    )


def random_surface(generator: np.random.Generator, family: Family, shape: tuple[int, int]) -> NDArray[np.int64]:
    """First row of rock, (n_across,): smooth hills of two widths, or flat."""
    rows, columns = shape
    if not family.hills:
        return np.full(columns, AIR, dtype=np.int64)
    wide, narrow = (gaussian_filter1d(generator.normal(size=columns), columns / by, mode="wrap") for by in (8.0, 25.0))
    height = wide / np.ptp(wide) + generator.uniform(0.1, 0.4) * narrow / np.ptp(narrow)
    most = generator.uniform(0.3, 1.0) * family.hills * rows
    rows_down = np.rint(most * (height - height.min()) / np.ptp(height))
    return np.asarray(AIR + rows_down, dtype=np.int64)


def geological_depth(generator: np.random.Generator, family: Family, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Depth in rows before folding, tilting and faulting, (n_depth, n_across)."""
    rows, columns = shape
    z, x = np.meshgrid(np.arange(rows, dtype=float), np.arange(columns, dtype=float), indexing="ij")
    bent = gaussian_filter1d(generator.normal(size=columns), columns / 10.0, mode="wrap")
    depth = z - family.fold * generator.uniform(0, 1) * rows * bent / max(np.abs(bent).max(), 1e-9)
    depth -= generator.uniform(-1, 1) * family.tilt * (x - columns / 2)
    for _ in range(int(generator.integers(family.faults[0], family.faults[1] + 1))):
        slope = np.tan(np.deg2rad(generator.uniform(5, 40))) * generator.choice([-1, 1])
        beyond = x - generator.uniform(0.1, 0.9) * columns > slope * (z - rows / 2)
        depth -= np.where(beyond, generator.uniform(*family.throw) * rows * generator.choice([-1, 1]), 0.0)
    return np.asarray(depth)


def roughness(generator: np.random.Generator, family: Family, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Relative changes of speed inside layers, (n_depth, n_across)."""
    noise = gaussian_filter(generator.normal(size=shape), (generator.uniform(1, 3), generator.uniform(2, 8)))
    return np.asarray(generator.uniform(*family.roughness) * noise / noise.std())


def random_line(generator: np.random.Generator, ground: Ground, n_receiver: int, deep: Range) -> tuple[Ground, Line]:
    """A source between ``deep`` shares of the depth and a line of receivers; the ground gets one rock at the source."""
    rows, columns = ground.p_speed.shape
    lowest = int(ground.surface.max()) + 2 * SOURCE_CELLS
    row = int(np.clip(generator.uniform(*deep) * rows, lowest, rows - 1 - SOURCE_CELLS))
    column = int(generator.uniform(MARGIN, 1 - MARGIN) * columns)
    across = np.linspace(MARGIN * columns, (1 - MARGIN) * columns - 1, n_receiver)
    across = np.clip(np.rint(across + generator.uniform(-2, 2)), 0, columns - 1).astype(np.int64)
    receivers = np.stack([ground.surface[across] + 1, across], axis=1)
    return one_rock(ground, row, column), Line((row, column), receivers)


def one_rock(ground: Ground, row: int, column: int) -> Ground:
    """The same ground with the rock of one cell in a disc around it."""
    z, x = np.ogrid[: ground.p_speed.shape[0], : ground.p_speed.shape[1]]
    near = (np.hypot(z - row, x - column) <= SOURCE_CELLS + 1) & ~ground.air
    p_speed, s_speed, density = (
        np.where(near, field[row, column], field) for field in (ground.p_speed, ground.s_speed, ground.density)
    )
    return Ground(p_speed, s_speed, density, ground.surface)
