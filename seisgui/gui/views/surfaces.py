"""Horizons and fault sticks where they meet a section: Qt-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.gui.views.frame import SectionFrame

if TYPE_CHECKING:
    from seisgui.interpretation.horizons import Polyline
    from seisgui.interpretation.project import Project


@dataclass(frozen=True, slots=True)
class SurfaceLine:
    """Positions (n, 2) of lateral and vertical, NaN where a horizon is absent."""

    points: NDArray[np.float64]
    name: str
    colour: str
    fault: bool = False


def lines_on(frame: SectionFrame, project: Project, dataset_id: str) -> list[SurfaceLine]:
    """Every horizon and stick that meets a vertical section; none on slices."""
    if frame.upwards:
        return []
    found = []
    for horizon in project.horizons(dataset_id):
        points = as_positions(horizon.on_section(frame.ref, frame.axes), frame)
        if np.isfinite(points).all(axis=1).any():
            found.append(SurfaceLine(points, horizon.name, horizon.colour))
    for fault in project.fault_sticks(dataset_id):
        sticks = fault.on_section(frame.ref, frame.axes)
        found += [SurfaceLine(as_positions(stick, frame), fault.name, fault.colour, fault=True) for stick in sticks]
    return found


def as_positions(line: Polyline, frame: SectionFrame) -> NDArray[np.float64]:
    """(n, 2) positions from lateral indices and times or depths."""
    lateral, values = line
    axis = frame.axes.sample
    return np.stack([lateral + 0.5, (values - axis.start) / axis.interval + 0.5], axis=1)


def depths_on_traces(line: SurfaceLine, n_lateral: int) -> NDArray[np.float64]:
    """Vertical position (n_lateral,) of a horizon on every trace, NaN where it is absent."""
    depths = np.full(n_lateral, np.nan)
    index = np.floor(line.points[:, 0]).astype(np.int64)
    inside = (index >= 0) & (index < n_lateral)
    depths[index[inside]] = line.points[inside, 1]
    return depths
