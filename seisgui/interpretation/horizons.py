"""Horizons and fault sticks from ASCII: ``IL XL Z`` or ``X Y Z``, with or without header lines."""

from __future__ import annotations

import io
import re
import sqlite3
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.label_points import read_text
from seisgui.seismic.axes import Domain, Orientation, SectionRef, VolumeAxes

Points = NDArray[np.float64]  # (n, 3): inline, crossline (line numbers), time or depth
Polyline = tuple[NDArray[np.float64], NDArray[np.float64]]  # lateral index, time or depth
Coordinates = tuple[NDArray[np.float64], NDArray[np.float64]]

COLOURS = ("#00e5ff", "#ffea00", "#76ff03", "#ff9100", "#e040fb", "#18ffff", "#ff80ab")
NULLS = (-999.25, -999.0, -9999.0, 9999.0, 1e30)
LARGEST_GAP = 10  # nodes of a decimated horizon that are bridged
STICK_REACH = 1.5  # lines on either side of a stick on which it is drawn
INSIDE_SHARE = 0.5  # of the points must lie on the survey
HEADER_WORDS = {
    "inline": ("inline", "il", "iline", "in-line", "line"),
    "crossline": ("crossline", "xl", "xline", "cross-line", "trace", "cdp"),
    "x": ("x", "easting", "cdp_x", "x-coordinate"),
    "y": ("y", "northing", "cdp_y", "y-coordinate"),
    "z": ("z", "time", "twt", "depth", "t", "z(ms)", "z(m)", "time(ms)", "depth(m)"),
    "stick": ("stick", "stick_number", "segment", "stickidx", "stick_nr"),
}


@dataclass(frozen=True, slots=True)
class Horizon:
    """A picked surface: points (n, 3) of inline, crossline and time or depth."""

    id: str
    dataset_id: str
    name: str
    points: Points
    colour: str = COLOURS[0]
    notes: tuple[str, ...] = ()

    def on_section(self, ref: SectionRef, axes: VolumeAxes) -> Polyline:
        """The horizon on a vertical section: lateral array index and time or depth, NaN in holes; empty on a slice."""
        if ref.orientation is Orientation.TIME:
            return np.empty(0), np.empty(0)
        grid = horizon_grid(GridKey(self.id, self.points), axes)
        line = (
            grid[axes.section_index(ref)] if ref.orientation is Orientation.INLINE else grid[:, axes.section_index(ref)]
        )
        return np.arange(len(line), dtype=np.float64), line.astype(np.float64)


@dataclass(frozen=True, slots=True)
class FaultSticks:
    """A fault picked as sticks: points (n, 3) and the number of the stick that each belongs to, (n,)."""

    id: str
    dataset_id: str
    name: str
    points: Points
    sticks: NDArray[np.int64]
    colour: str = COLOURS[0]
    notes: tuple[str, ...] = ()

    def on_section(self, ref: SectionRef, axes: VolumeAxes) -> list[Polyline]:
        """Sticks near a vertical section, each a polyline of lateral array index and time or depth."""
        if ref.orientation is Orientation.TIME:
            return []
        across, along = (0, 1) if ref.orientation is Orientation.INLINE else (1, 0)
        axis = (axes.inline, axes.crossline)
        found = []
        for number in np.unique(self.sticks):
            stick = self.points[self.sticks == number]
            distance = np.abs(stick[:, across] - ref.number) / axis[across].step
            near = stick[distance <= STICK_REACH]
            if len(near) > 1:
                found.append(((near[:, along] - axis[along].first) / axis[along].step, near[:, 2]))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class GridKey:
    """Points of one horizon as a cache key; horizons never change."""

    horizon_id: str
    points: Points = field(repr=False)

    def __hash__(self) -> int:
        return hash((self.horizon_id, id(self.points)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GridKey) and other.points is self.points


@lru_cache(maxsize=32)
def horizon_grid(key: GridKey, axes: VolumeAxes) -> NDArray[np.float32]:
    """Time or depth at every node (n_inline, n_crossline), NaN where the horizon is not; small gaps bridged."""
    points = key.points
    i = np.rint((points[:, 0] - axes.inline.first) / axes.inline.step).astype(np.int64)
    x = np.rint((points[:, 1] - axes.crossline.first) / axes.crossline.step).astype(np.int64)
    inside = (i >= 0) & (i < axes.inline.count) & (x >= 0) & (x < axes.crossline.count)
    grid = np.full((axes.inline.count, axes.crossline.count), np.nan, dtype=np.float32)
    grid[i[inside], x[inside]] = points[inside, 2]
    return bridged(bridged(grid).T).T


def bridged(grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gaps of at most ``LARGEST_GAP`` nodes along each row filled straight."""
    filled = grid.copy()
    for row in range(len(grid)):
        known = np.flatnonzero(np.isfinite(grid[row]))
        steps = np.diff(known)
        if len(known) < 2 or steps.max() == 1:
            continue
        values = np.interp(np.arange(grid.shape[1]), known, grid[row, known]).astype(np.float32)
        for first, step in zip(known[:-1], steps, strict=True):
            if 1 < step <= LARGEST_GAP:
                filled[row, first : first + step] = values[first : first + step]
    return filled


@dataclass(frozen=True, slots=True)
class HorizonFile:
    """What an ASCII file holds: points on lines, stick numbers (None for a horizon), and what was assumed."""

    points: Points
    sticks: NDArray[np.int64] | None
    notes: tuple[str, ...]


def read_horizon(path: Path, axes: VolumeAxes, coordinates: Coordinates | None = None) -> HorizonFile:
    """Read a horizon or fault sticks.

    Columns are told by a header line, else by their values: line numbers of ``axes``, else ``coordinates`` (x and y,
    each (n_inline, n_crossline)). A fourth column of small whole numbers, or blank lines between groups, make sticks.
    ``InputError`` where the points are not of this survey.
    """
    text = read_text(path)
    rows, groups, header = numeric_rows(text, path)
    columns = header_columns(header, rows.shape[1])
    notes: list[str] = []
    lines, z_column, stick_column = find_lines(rows, columns, axes, coordinates, path, notes)
    z = rows[:, z_column]
    known = np.isfinite(rows).all(axis=1) & (np.abs(z) < 1e20) & ~np.isin(z, NULLS)
    if not known.any():
        raise InputError(f"{path.name} holds no point with a time or depth.", "Choose another file.")
    sticks = rows[:, stick_column].astype(np.int64) if stick_column is not None else groups
    points = np.column_stack([lines, z])[known]
    points[:, 2] = in_axis_units(points[:, 2], axes, notes)
    return HorizonFile(points, None if sticks is None else sticks[known], tuple(notes))


def numeric_rows(text: str, path: Path) -> tuple[Points, NDArray[np.int64] | None, list[str]]:
    """Rows of numbers, the group of each row (None where no blank lines part them), words of the last header line."""
    header: list[str] = []
    kept: list[str] = []
    groups: list[int] = []
    group, fresh = 0, False
    for line in text.replace(",", " ").splitlines():
        words = line.split()
        if not words:
            fresh = bool(kept)
            continue
        if not is_number(words[0]):
            header = header if kept else re.split(r"[\s\"#!]+", line.strip('#! "\t'))
            continue
        group, fresh = group + int(fresh), False
        kept.append(line)
        groups.append(group)
    if not kept:
        raise InputError(f"{path.name} holds no lines of numbers.", "Horizons are lines of text: IL XL Z, or X Y Z.")
    try:
        rows = np.loadtxt(io.StringIO("\n".join(kept)), dtype=np.float64, ndmin=2)
    except ValueError as error:
        raise InputError(
            f"{path.name} cannot be read as columns of numbers: {error}.",
            "Horizons are lines of text: IL XL Z, or X Y Z.",
        ) from error
    if rows.shape[1] < 3:
        raise InputError(f"{path.name} has {rows.shape[1]} columns; a horizon needs three.", "IL XL Z, or X Y Z.")
    return rows, np.array(groups) if group else None, [word for word in header if word]


def is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def header_columns(header: list[str], n_columns: int) -> dict[str, int]:
    """Column of each role, where a header line names as many columns as there are."""
    if len(header) != n_columns:
        return {}
    roles: dict[str, int] = {}
    for index, word in enumerate(header):
        clean = word.strip("\"'(),:").casefold()
        role = next((role for role, words in HEADER_WORDS.items() if clean in words), None)
        if role is not None:
            roles.setdefault(role, index)
    return roles


def find_lines(
    rows: Points,
    columns: dict[str, int],
    axes: VolumeAxes,
    coordinates: Coordinates | None,
    path: Path,
    notes: list[str],
) -> tuple[Points, int, int | None]:
    """Line numbers (n, 2) of the rows, the column of time or depth, and that of the stick number."""
    n = rows.shape[1]
    if {"inline", "crossline", "z"} <= columns.keys():
        return rows[:, [columns["inline"], columns["crossline"]]], columns["z"], columns.get("stick")
    pairs = [(0, 1)] if n < 5 else [(0, 1), (2, 3)]
    for first, second in pairs:
        if share_on_lines(rows[:, first], rows[:, second], axes) >= INSIDE_SHARE:
            z_column = 4 if n >= 5 else 2
            return rows[:, [first, second]], z_column, stick_column(rows, z_column, columns)
    if coordinates is not None:
        x, y = columns.get("x", 0), columns.get("y", 1)
        lines = lines_from_coordinates(rows[:, x], rows[:, y], axes, coordinates)
        if share_on_lines(lines[:, 0], lines[:, 1], axes) >= INSIDE_SHARE:
            notes.append("Columns were taken as X Y Z.")
            z_column = columns.get("z", 2)
            return lines, z_column, stick_column(rows, z_column, columns)
    raise InputError(
        f"{path.name} does not lie on this survey: its first columns are neither its line numbers "
        f"(inlines {axes.inline.first}-{axes.inline.last}, crosslines {axes.crossline.first}-{axes.crossline.last}) "
        f"nor its coordinates{'' if coordinates is not None else ' (the survey has none)'}.",
        "Choose the dataset it belongs to.",
    )


def share_on_lines(inline: NDArray[np.float64], crossline: NDArray[np.float64], axes: VolumeAxes) -> float:
    """Share of the points within the lines of the survey."""
    half_i, half_x = axes.inline.step / 2, axes.crossline.step / 2
    inside = (inline >= axes.inline.first - half_i) & (inline <= axes.inline.last + half_i)
    inside &= (crossline >= axes.crossline.first - half_x) & (crossline <= axes.crossline.last + half_x)
    return float(inside.mean())


def stick_column(rows: Points, z_column: int, columns: dict[str, int]) -> int | None:
    """Column of stick numbers: named so, or the one after the depth if it holds few different whole numbers."""
    if "stick" in columns:
        return columns["stick"]
    after = z_column + 1
    if rows.shape[1] != after + 1:
        return None
    values = rows[:, after]
    whole = np.isfinite(values).all() and bool((values == np.rint(values)).all())
    return after if whole and 1 < len(np.unique(values)) <= len(values) / 2 else None


def lines_from_coordinates(
    x: NDArray[np.float64], y: NDArray[np.float64], axes: VolumeAxes, coordinates: Coordinates
) -> Points:
    """Fractional line numbers (n, 2) of points, by the plane that fits the survey's coordinates best."""
    grid_i, grid_x = np.meshgrid(axes.inline.numbers, axes.crossline.numbers, indexing="ij")
    known = np.isfinite(coordinates[0]) & np.isfinite(coordinates[1])
    middle = np.array([np.mean(grid[known]) for grid in coordinates])
    design = np.column_stack(
        [np.ones(known.sum()), coordinates[0][known] - middle[0], coordinates[1][known] - middle[1]]
    )
    target = np.column_stack([grid_i[known], grid_x[known]])
    solution, *_ = np.linalg.lstsq(design, target, rcond=None)
    return np.asarray(np.column_stack([np.ones(len(x)), x - middle[0], y - middle[1]]) @ solution)


def in_axis_units(z: NDArray[np.float64], axes: VolumeAxes, notes: list[str]) -> NDArray[np.float64]:
    """Times or depths as the axis has them: positive downwards, milliseconds."""
    axis = axes.sample
    if np.median(z) < 0 <= axis.last and axis.start >= 0:
        notes.append("Times or depths are negative in the file; the sign was turned.")
        z = -z
    if axis.domain is Domain.TIME and axis.unit == "ms" and np.abs(z).max() * 100 < max(axis.last, 1.0):
        notes.append("Times were taken as seconds.")
        z = z * 1000.0
    return z


def pack_points(points: Points, sticks: NDArray[np.int64] | None) -> bytes:
    """Points for the database."""
    buffer = io.BytesIO()
    arrays = {"points": points} if sticks is None else {"points": points, "sticks": sticks}
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack_points(data: bytes) -> tuple[Points, NDArray[np.int64] | None]:
    """The inverse of ``pack_points``."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return arrays["points"], arrays["sticks"] if "sticks" in arrays.files else None


def insert_horizon(
    connection: sqlite3.Connection, item: Horizon | FaultSticks, source: str, packed: bytes | None = None
) -> None:
    """Row of a new horizon or fault; ``packed`` are its points where somebody has packed them already."""
    sticks = item.sticks if isinstance(item, FaultSticks) else None
    connection.execute(
        "INSERT INTO horizons VALUES (?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM horizons))",
        (
            item.id,
            item.dataset_id,
            item.name,
            "horizon" if sticks is None else "fault",
            source,
            packed or pack_points(item.points, sticks),
        ),
    )


def read_stored(connection: sqlite3.Connection) -> list[Horizon | FaultSticks]:
    """All horizons and faults of a project."""
    found: list[Horizon | FaultSticks] = []
    query = "SELECT id, dataset_id, name, data FROM horizons ORDER BY position"
    for item_id, dataset_id, name, data in connection.execute(query):
        colour = COLOURS[len(found) % len(COLOURS)]
        points, sticks = unpack_points(data)
        if sticks is not None:
            found.append(FaultSticks(item_id, dataset_id, name, points, sticks, colour))
        else:
            found.append(Horizon(item_id, dataset_id, name, points, colour))
    return found
