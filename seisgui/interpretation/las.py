"""Well logs from LAS files, with units read from the header and checked against what rock can be.

Reading is lasio's (LAS 1.2, 2.0 and what it knows of 3.0). Units in which a curve is given decide how it is converted;
a curve without a unit is not guessed at: the caller is told, and may state one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError

Values = NDArray[np.float64]

FOOT = 0.3048
NULLS = (-999.25, -999.0, -9999.0, -9999.25)
VELOCITY_RANGE = (1400.0, 7000.0)  # m/s of rock; faster or slower than that, the unit is wrong
DENSITY_RANGE = (1000.0, 3500.0)  # kg/m³
BELIEVABLE = 0.9  # share of samples that must lie in range
LEAST_SAMPLES = 50

# written forms of units, lower case without blanks and dots, and the factor to SI
SLOWNESS = {"us/m": 1e-6, "µs/m": 1e-6, "usec/m": 1e-6, "us/ft": 1e-6 / FOOT, "µs/ft": 1e-6 / FOOT,
            "usec/ft": 1e-6 / FOOT, "us/f": 1e-6 / FOOT, "s/m": 1.0}  # fmt: skip
DENSITY = {"g/cm3": 1000.0, "g/cc": 1000.0, "g/c3": 1000.0, "gm/cc": 1000.0, "g/cm³": 1000.0, "kg/m3": 1.0,
           "kg/m³": 1.0, "k/m3": 1.0}  # fmt: skip
DEPTH = {"m": 1.0, "metres": 1.0, "meters": 1.0, "ft": FOOT, "f": FOOT, "feet": FOOT}
SLOWNESS_NAMES = ("dt", "dtc", "dtco", "ac", "dt4p", "dtcomp", "sonic")
DENSITY_NAMES = ("rhob", "rhoz", "den", "zden", "rho", "density")
VELOCITY_NAMES = ("vp", "velp", "pvel")
VELOCITY = {"m/s": 1.0, "km/s": 1000.0, "ft/s": FOOT}


@dataclass(frozen=True)
class Curve:
    """One log: ``values`` (n,) as written, NaN where the file has none; ``unit`` as written, '' for none."""

    name: str
    unit: str
    description: str
    values: Values


@dataclass(frozen=True)
class LasFile:
    """What a LAS file holds: measured depth (n,) in m, rising; curves; what the header says of the well.

    ``x`` and ``y`` are coordinates of the well head and ``kelly_bushing`` its height in m above datum, None where the
    header does not say. ``notes`` tells what was put right while reading.
    """

    path: Path
    well: str
    depth: Values
    curves: tuple[Curve, ...]
    kelly_bushing: float | None
    x: float | None
    y: float | None
    notes: tuple[str, ...] = ()

    def curve(self, name: str) -> Curve:
        """A curve by name, upper or lower case; ``InputError`` names the choices."""
        for curve in self.curves:
            if curve.name.lower() == name.lower():
                return curve
        names = ", ".join(curve.name for curve in self.curves)
        raise InputError(f"{self.path.name} has no curve {name!r}.", f"It has {names}.")

    def likely(self, names: tuple[str, ...]) -> Curve | None:
        """The first curve whose name is one of the usual ones."""
        by_name = {curve.name.lower(): curve for curve in self.curves}
        return next((by_name[name] for name in names if name in by_name), None)


def read_las(path: Path) -> LasFile:
    """Read a LAS file; raises ``InputError`` where it is none, has no depths, or fewer than 50 samples."""
    import lasio

    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} does not exist.", "Choose a LAS file.")
    try:
        las = lasio.read(str(path), engine="normal")
    except Exception as error:  # lasio raises whatever its parser meets in a damaged file
        raise InputError(
            f"{path.name} cannot be read as LAS: {_first_line(error)}.", "Export the well again."
        ) from error
    if not las.curves or las.index is None or not len(las.index):
        raise InputError(f"{path.name} holds no logs: the section ~A is empty.", "Export the well again.")
    notes: list[str] = []
    depth = np.asarray(las.index, dtype=np.float64) * _depth_factor(path, las, notes)
    null = _number(las.well.get("NULL", None))
    columns = [_cleaned(item.data, null) for item in las.curves[1:]]
    depth, columns = _rising(depth, columns, notes)
    if len(depth) < LEAST_SAMPLES:
        raise InputError(f"{path.name} has only {len(depth)} depths, too few for a well.", "Choose another file.")
    curves = tuple(
        Curve(str(item.original_mnemonic).strip(), _unit(item.unit), str(item.descr).strip(), values)
        for item, values in zip(las.curves[1:], columns, strict=True)
    )
    x, y = _coordinates(las)
    name = str(_value(las, "WELL") or path.stem).strip()
    return LasFile(path, name, depth, curves, _height(las), x, y, tuple(notes))


def velocity(las: LasFile, curve: Curve, unit: str | None = None) -> Values:
    """P velocity in m/s, (n,), from a sonic or velocity log; NaN where unknown.

    ``unit`` states what the header leaves out. ``InputError`` where the unit is unknown, or makes most velocities
    ones that no rock has.
    """
    stated = _unit(unit or curve.unit)
    if stated in VELOCITY:
        result = curve.values * VELOCITY[stated]
    elif stated in SLOWNESS:
        with np.errstate(divide="ignore", invalid="ignore"):
            result = 1.0 / (curve.values * SLOWNESS[stated])
    else:
        raise _no_unit(las, curve, "us/m or us/ft")
    return _in_range(las, curve, stated, result, VELOCITY_RANGE, "m/s", "velocities")


def density(las: LasFile, curve: Curve, unit: str | None = None) -> Values:
    """Density in kg/m³, (n,); NaN where unknown. Raises as ``velocity`` does."""
    stated = _unit(unit or curve.unit)
    if stated not in DENSITY:
        raise _no_unit(las, curve, "g/cm3 or kg/m3")
    return _in_range(las, curve, stated, curve.values * DENSITY[stated], DENSITY_RANGE, "kg/m³", "densities")


def impedance(las: LasFile, sonic: str | None = None, rhob: str | None = None, **units: str | None) -> Values:
    """Acoustic impedance in kg/m²/s, (n,), from sonic and density; NaN where either is unknown.

    ``sonic`` and ``rhob`` name curves (None: the usual names); ``sonic_unit`` and ``rhob_unit`` state units that the
    header leaves out. Raises ``InputError`` where a curve is missing or fewer than 50 samples are known.
    """
    slow = las.curve(sonic) if sonic else las.likely(SLOWNESS_NAMES + VELOCITY_NAMES)
    dense = las.curve(rhob) if rhob else las.likely(DENSITY_NAMES)
    missing = " and ".join(word for word, curve in (("sonic (DT)", slow), ("density (RHOB)", dense)) if curve is None)
    if slow is None or dense is None:
        names = ", ".join(curve.name for curve in las.curves) or "none"
        raise InputError(f"{las.path.name} has no {missing} log.", f"Name the curve; it has {names}.")
    result = velocity(las, slow, units.get("sonic_unit")) * density(las, dense, units.get("rhob_unit"))
    known = int(np.isfinite(result).sum())
    if known < LEAST_SAMPLES:
        raise InputError(
            f"{las.path.name}: {slow.name} and {dense.name} are both known at {known} depths only, "
            f"{LEAST_SAMPLES} are needed.",
            "Choose other curves, or another well.",
        )
    return np.asarray(result)


def _in_range(
    las: LasFile, curve: Curve, unit: str, values: Values, believed: tuple[float, float], si: str, what: str
) -> Values:
    with np.errstate(invalid="ignore"):
        inside = (values >= believed[0]) & (values <= believed[1])
    known = np.isfinite(values)
    if known.any() and inside.sum() < BELIEVABLE * known.sum():
        middle = float(np.median(values[known]))
        raise InputError(
            f"{curve.name} of {las.path.name}, read in {unit}, gives {what} around {middle:,.0f} {si}, "
            f"which no rock has ({believed[0]:,.0f} to {believed[1]:,.0f}).",
            "State the unit in which the curve is written.",
        )
    return np.where(inside, values, np.nan)


def _no_unit(las: LasFile, curve: Curve, choices: str) -> InputError:
    said = f"the unit {curve.unit!r}, which is not known" if curve.unit else "no unit"
    return InputError(f"{curve.name} of {las.path.name} has {said}.", f"State it, such as {choices}.")


def _depth_factor(path: Path, las: Any, notes: list[str]) -> float:
    unit = _unit(las.curves[0].unit) or _unit(getattr(las.well.get("STRT", None), "unit", ""))
    if not unit:
        notes.append("The header gives no unit of depth; metres are assumed.")
        return 1.0
    if unit not in DEPTH:
        raise InputError(f"{path.name} gives its depths in {unit!r}.", "Depths in m or ft are read.")
    return DEPTH[unit]


def _cleaned(data: Any, null: float | None) -> Values:
    """Numbers with nulls as NaN; words become NaN too."""
    try:
        values = np.array(data, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.array([_number(item) or np.nan for item in data], dtype=np.float64)
    for nothing in (*NULLS, null):
        if nothing is not None:
            values[np.isclose(values, nothing, rtol=1e-6)] = np.nan
    values[~np.isfinite(values)] = np.nan
    return values


def _rising(depth: Values, columns: list[Values], notes: list[str]) -> tuple[Values, list[Values]]:
    """Depths in rising order, each once, those of logs written upwards turned round."""
    known = np.isfinite(depth)
    order = np.flatnonzero(known)[np.argsort(depth[known], kind="stable")]
    unique = np.concatenate([[True], np.diff(depth[order]) > 0.0])
    if not known.all():
        notes.append(f"{int((~known).sum())} rows without a depth were left out.")
    if not unique.all():
        notes.append(f"{int((~unique).sum())} depths are written twice; the first of each is kept.")
    kept = order[unique]
    return depth[kept], [column[kept] for column in columns]


def _coordinates(las: Any) -> tuple[float | None, float | None]:
    """Well head from X and Y (XCOORD, YCOORD, ...), or from words in LOC such as 'X = 606554 Y = 6080126'."""
    for x_name, y_name in (("X", "Y"), ("XCOORD", "YCOORD"), ("XWELL", "YWELL"), ("SURFX", "SURFY")):
        x, y = _number(_value(las, x_name)), _number(_value(las, y_name))
        if x is not None and y is not None:
            return x, y
    number = r"([-+]?\d+(?:\.\d+)?)"
    found = re.search(rf"X\s*[=:]?\s*{number}\D+?Y\s*[=:]?\s*{number}", str(_value(las, "LOC") or ""), re.IGNORECASE)
    return (float(found[1]), float(found[2])) if found else (None, None)


def _height(las: Any) -> float | None:
    for name in ("EKB", "KB", "ELEV", "EREF", "APD"):
        height = _number(_value(las, name))
        if height is not None:
            unit = _unit(getattr(las.well.get(name, None), "unit", ""))
            return height * DEPTH.get(unit, 1.0)
    return None


def _value(las: Any, name: str) -> Any:
    for section in (las.well, las.params):
        if name in section:
            return section[name].value
    return None


def _number(item: Any) -> float | None:
    try:
        number = float(getattr(item, "value", item))
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _unit(text: str | None) -> str:
    return re.sub(r"[\s.]", "", str(text or "")).lower()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
