"""How much of a dataset a run has predicted, told from file names and metadata alone (torch-free, no array is read)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seisgui.learning.slabs import SlabGroup
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
    group = SlabGroup.read(path)
    if group is None or group.layout.axes != axes:
        return 0, axes.inline.count
    return sum(len(group.layout.section_range(slab)) for slab in group.done()), group.layout.sections
