"""How much of a dataset a run has predicted, told from file names and metadata alone (torch-free, no array is read)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seisgui.learning.stored import predicted_sections, volume_path
from seisgui.seismic.axes import Orientation, VolumeAxes

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project


def coverage(project: Project, run_id: str, dataset_id: str) -> tuple[int, int]:
    """Predicted and all sections of the orientation that is covered best; (0, 0) for gathers."""
    axes = project.dataset(dataset_id).axes
    if axes is None:
        return 0, 0
    totals = {Orientation.INLINE: axes.inline.count, Orientation.CROSSLINE: axes.crossline.count}
    counts = dict.fromkeys(totals, 0)
    for ref in predicted_sections(project, run_id, dataset_id):
        if ref.orientation in counts:
            counts[ref.orientation] += 1
    found = [(count, totals[way]) for way, count in counts.items()]
    found.append(volume_coverage(volume_path(project, run_id, dataset_id), axes))
    return max(found, key=lambda item: item[0] / item[1])


def volume_coverage(path: Path, axes: VolumeAxes) -> tuple[int, int]:
    """Predicted and all sections of a whole-volume prediction, along the axis it was written."""
    attributes = _document(path / "zarr.json").get("attributes") or {}
    grid = _document(path / "class" / "zarr.json").get("chunk_grid") or {}
    chunks = (grid.get("configuration") or {}).get("chunk_shape") or ()
    try:
        along_crosslines = json.loads(attributes["key"])["way"] == Orientation.CROSSLINE.value
        done = [int(first) for first in attributes["done"]]
        slab = int(chunks[1 if along_crosslines else 0])
    except (KeyError, TypeError, ValueError, IndexError):
        return 0, axes.inline.count
    total = axes.crossline.count if along_crosslines else axes.inline.count
    return sum(min(slab, total - first) for first in done), total


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
