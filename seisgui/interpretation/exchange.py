"""Labels from files and into files: MalenoV points, CSV, npz masks, SEG-Y class volumes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.bricks import Box, Mask
from seisgui.interpretation.classes import LEAVE, UNLABELLED, FaciesClass, Source
from seisgui.interpretation.edits import (
    ClassOperation,
    Edit,
    Operation,
    VoxelOperation,
    VoxelPatch,
    bounding_box,
    voxel_patch,
)
from seisgui.interpretation.facies import FaciesLabels, pack
from seisgui.interpretation.label_export import LabelExportReport as ExportReport
from seisgui.interpretation.label_export import write_labels
from seisgui.interpretation.label_masks import LabelMask, MaskSlab, read_npz, read_segy
from seisgui.interpretation.label_points import LabelPoints, read_csv, read_malenov
from seisgui.interpretation.palettes import DRAMSCH2018
from seisgui.seismic.axes import LineAxis, Orientation, SectionRef, VolumeAxes
from seisgui.seismic.progress import Progress, finish

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

__all__ = ["ExportReport", "ImportReport", "LabelFile", "export_labels", "import_labels", "inspect_labels", "read_mask"]

FORMATS = ("malenov", "csv", "segy", "npz")
SUFFIXES = {
    ".ixz": "malenov", ".pts": "malenov", ".txt": "malenov", ".dat": "malenov", ".csv": "csv", ".tsv": "csv",
    ".npz": "npz", ".sgy": "segy", ".segy": "segy", ".seg": "segy",
}  # fmt: skip
READERS: dict[str, Callable[[Path], LabelPoints | LabelMask]] = {
    "malenov": read_malenov,
    "csv": read_csv,
    "npz": read_npz,
    "segy": read_segy,
}
LINE_TOLERANCE = 0.01  # of a step


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was read: ``points`` labelled points in the file, ``duplicates`` of them listed again, ``outside`` of them
    beyond the lines or samples of the dataset, ``conflicts`` voxels with two different classes (the last one counts),
    ``labelled`` voxels that carry the file's labels now, ``overwritten`` voxels that carried another label before.
    ``classes`` maps ids of the file to names in the label set, ``ids`` to its class ids.
    """

    points: int
    duplicates: int
    outside: int
    conflicts: int
    classes: dict[int, str]
    labelled: int = 0
    overwritten: int = 0
    ids: dict[int, int] = field(default_factory=dict)
    format: str = ""
    names_assumed: bool = False  # the file tells no names; those of the 2018 paper were taken


@dataclass(frozen=True, slots=True)
class LabelFile:
    """What a label file holds, for a dialog: format, points a class id, and the names to begin with."""

    format: str
    counts: dict[int, int]
    names: dict[int, str]
    names_assumed: bool


@dataclass(frozen=True, slots=True)
class Patch:
    """Labels on one inline in array indices: ``values`` (width, height) int16, -2 where the file says nothing."""

    inline: int
    crossline: int
    sample: int
    values: NDArray[np.int16]


@dataclass
class Tally:
    """Counts taken while a file is read."""

    points: int = 0
    duplicates: int = 0
    outside: int = 0
    conflicts: int = 0
    counts: dict[int, int] = field(default_factory=dict)

    def add(self, values: NDArray[np.integer]) -> None:
        ids, counts = np.unique(values, return_counts=True)
        for i, n in zip(ids.tolist(), counts.tolist(), strict=True):
            self.counts[i] = self.counts.get(i, 0) + n


@dataclass(frozen=True, slots=True)
class ParsedLabels:
    """Labels of a file on the axes of a dataset, with the file's own class ids; nothing is in a project yet."""

    path: Path
    format: str
    axes: VolumeAxes
    patches: list[Patch]
    orientation: Orientation
    tally: Tally
    names: dict[int, str]  # as far as the file tells them
    colours: dict[int, str]


def detect_format(path: Path) -> str:
    """Format of a label file, by its name, else by its first bytes."""
    if path.is_dir():
        return "malenov"
    if not path.is_file():
        raise InputError(f"{path} does not exist.", "Check the name.")
    known = SUFFIXES.get(path.suffix.lower())
    if known is not None:
        return known
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", "Check the name.") from error
    if head.startswith(b"PK"):
        return "npz"
    if b"\0" in head:
        return "segy"
    first = head.split(b"\n", 1)[0]
    return "csv" if any(letter in first for letter in b",;") else "malenov"


def read_file(path: Path, label_format: str | None) -> tuple[str, LabelPoints | LabelMask]:
    """Read a label file of a given or detected format."""
    label_format = label_format or detect_format(path)
    if label_format not in FORMATS:
        raise InputError(f"{label_format!r} is no label format.", f"Choose one of {', '.join(FORMATS)}.")
    if not path.exists():
        raise InputError(f"{path} does not exist.", "Check the name.")
    return label_format, READERS[label_format](path)


def inspect_labels(file: Path, format: str | None = None) -> LabelFile:  # noqa: A002 - the word of the command line
    """What a label file holds, without importing it."""
    label_format, content = read_file(Path(file), format)
    tally = Tally()
    if isinstance(content, LabelPoints):
        tally.counts = content.counts()
    else:
        for slab in content.slabs():
            tally.add(slab.classes)
        content.close()
    tally.counts.pop(UNLABELLED, None)
    names, assumed = class_names(label_format, tally.counts, content.names, None)
    return LabelFile(label_format, dict(sorted(tally.counts.items())), names, assumed)


def class_names(
    label_format: str, counts: dict[int, int], told: dict[int, str], wanted: dict[int, str] | None
) -> tuple[dict[int, str], bool]:
    """Names of a file's ids: as wanted, as it tells, of the 2018 paper (points with ids 0 to 8), else 'class n'."""
    wanted = wanted or {}
    malenov = label_format == "malenov" and not told and all(0 <= i < len(DRAMSCH2018) for i in counts)
    names, assumed = {}, False
    for i in sorted(counts):
        name = wanted.get(i) or told.get(i)
        if name is None and malenov:
            name, assumed = DRAMSCH2018[i][0], True
        names[i] = name or f"class {i}"
    return names, assumed


def import_labels(
    project: Project,
    file: Path,
    *,
    dataset: str | None = None,
    label_set: str | None = None,
    format: str | None = None,  # noqa: A002 - the word of the command line
    class_map: dict[int, str] | None = None,
) -> ImportReport:
    """Read labels from a file into a label set, as one undo step.

    ``class_map`` names ids of the file; a class of that name is used or made. A label set that does not exist is
    made. ``InputError`` where the file is damaged, or none of its points lies in the dataset.
    """
    project.require_writable()
    target = project.dataset(dataset)
    if target.axes is None:
        raise InputError(f"{target.name!r} holds gathers; facies labels need sections.", "Choose a survey or line.")
    parsed = parse_labels(Path(file), target.axes, format)
    return apply_labels(project, parsed, target.id, label_set, class_map)


def parse_labels(
    path: Path,
    axes: VolumeAxes,
    format: str | None = None,  # noqa: A002 - the word of the command line
) -> ParsedLabels:
    """Read a label file onto the axes of a dataset, without a project; raises as ``import_labels``."""
    label_format, content = read_file(path, format)
    tally = Tally()
    try:
        patches = list(patches_of(content, axes, tally))
    finally:
        if isinstance(content, LabelMask):
            content.close()
    if not patches:
        raise nothing_inside(path, tally, axes)
    orientation = orientation_of(patches)
    return ParsedLabels(path, label_format, axes, patches, orientation, tally, content.names, content.colours)


def apply_labels(
    project: Project,
    parsed: ParsedLabels,
    dataset_id: str,
    label_set: str | None = None,
    class_map: dict[int, str] | None = None,
) -> ImportReport:
    """Put parsed labels into a label set, as one undo step; ``InputError`` where the dataset has other axes now."""
    if project.dataset(dataset_id).axes != parsed.axes:
        raise InputError(f"The lines or samples have changed since {parsed.path.name} was read.", "Import it again.")
    labels = labels_for(project, label_set, dataset_id)
    tally = parsed.tally
    names, assumed = class_names(parsed.format, tally.counts, parsed.names, class_map)
    added, ids = new_classes(labels, names, parsed.colours)
    labelled, overwritten = apply_import(labels, parsed, ids, added)
    return ImportReport(
        tally.points, tally.duplicates, tally.outside, tally.conflicts, names, labelled, overwritten, ids,
        parsed.format, assumed,
    )  # fmt: skip


def labels_for(project: Project, label_set: str | None, dataset_id: str) -> FaciesLabels:
    """The label set to fill; one that is named and does not exist is made."""
    known = {name for info in project.label_sets(dataset_id) for name in (info.id, info.name)}
    if label_set is not None and label_set not in known:
        return project.labels(project.add_label_set(dataset_id, label_set).id)
    return project.labels(label_set, dataset_id)


def nothing_inside(path: Path, tally: Tally, axes: VolumeAxes) -> InputError:
    """The sentence for a file that belongs to another survey."""
    if not tally.points:
        return InputError(f"{path.name} holds no labels.", "Choose another file.")
    return InputError(
        f"None of the {tally.points:,} points of {path.name} lies in the dataset (inlines {axes.inline.first}-"
        f"{axes.inline.last}, crosslines {axes.crossline.first}-{axes.crossline.last}, "
        f"{axes.sample.start:g}-{axes.sample.last:g} {axes.sample.unit}).",
        "Choose another dataset, or correct its header bytes.",
    )


def new_classes(
    labels: FaciesLabels, names: dict[int, str], colours: dict[int, str]
) -> tuple[list[FaciesClass], dict[int, int]]:
    """Classes to be made for the names of a file, and the class id of each file id (the same where it is free)."""
    classes, added = list(labels.classes), []
    paper = dict(DRAMSCH2018)
    free, ids = labels.next_class_id, {}
    for file_id, name in sorted(names.items()):
        same = next((item for item in classes if item.name.casefold() == name.strip().casefold()), None)
        if same is None:
            wanted = file_id if file_id >= free else None
            colour = colours.get(file_id) or paper.get(name)
            same, free = labels.new_class(classes, free, wanted, name, colour)
            classes.append(same)
            added.append(same)
        ids[file_id] = same.id
    return added, ids


def apply_import(
    labels: FaciesLabels, parsed: ParsedLabels, ids: dict[int, int], added: list[FaciesClass]
) -> tuple[int, int]:
    """Make the import one edit; labelled and overwritten voxels."""
    table = np.full(256 + 2, LEAVE, dtype=np.int16)
    for file_id, class_id in ids.items():
        table[file_id] = class_id
    changed: list[VoxelPatch] = []
    labelled = overwritten = 0
    i0, x0, z0 = labels.offset
    for patch in parsed.patches:
        values = table[patch.values]
        wanted: Mask = values != LEAVE
        box = Box((i0 + patch.inline, x0 + patch.crossline, z0 + patch.sample), (1, *values.shape))
        found = voxel_patch(labels.store, box, wanted[None], pack(values, Source.IMPORTED, parsed.orientation)[None])
        labelled += int(wanted.sum())
        if found is not None:
            changed.append(found)
            old, new = found.before & 0xFF, found.after & 0xFF
            overwritten += int(((old != 0) & (old != new)).sum())
    operations: list[Operation] = []
    if added:
        operations.append(ClassOperation(labels.id, tuple(labels.classes), (*labels.classes, *added)))
    if changed:
        operations.append(VoxelOperation(labels.id, tuple(changed)))
    if operations:
        region = labels.lattice.region(bounding_box(tuple(changed))) if changed else None
        labels.project.journal.apply(
            Edit(f"Import {parsed.path.name}", labels.dataset_id, labels.id, tuple(operations), region)
        )
    return labelled, overwritten


def orientation_of(patches: list[Patch]) -> Orientation:
    """Orientation that labels were painted in: along the lines that are fewer."""
    crosslines: set[int] = set()
    for patch in patches:
        hit = np.flatnonzero((patch.values != LEAVE).any(axis=1))
        crosslines.update((patch.crossline + hit).tolist())
    return Orientation.CROSSLINE if len(crosslines) < len({patch.inline for patch in patches}) else Orientation.INLINE


def patches_of(content: LabelPoints | LabelMask, axes: VolumeAxes, tally: Tally) -> Iterator[Patch]:
    """Labels of a file on the axes of a dataset, one patch an inline."""
    if isinstance(content, LabelPoints):
        yield from point_patches(content, axes, tally)
        return
    for slab in content.slabs():
        patch = slab_patch(slab, axes, tally)
        if patch is not None:
            yield patch


def line_index(numbers: NDArray[np.float64], axis: LineAxis) -> NDArray[np.int64]:
    """Index of each line number, -1 where the axis has no such line."""
    place = (numbers - axis.first) / axis.step
    index = np.rint(place)
    inside = (np.abs(place - index) <= LINE_TOLERANCE) & (index >= 0) & (index < axis.count)
    return np.where(inside, index, -1).astype(np.int64)


def sample_index(values: NDArray[np.float64], axes: VolumeAxes) -> NDArray[np.int64]:
    """Index of the nearest sample, -1 beyond the first and last."""
    index = np.rint((values - axes.sample.start) / axes.sample.interval)
    return np.where((index >= 0) & (index < axes.sample.count), index, -1).astype(np.int64)


def point_patches(points: LabelPoints, axes: VolumeAxes, tally: Tally) -> Iterator[Patch]:
    """Patches of a list of points; of two rows for one voxel the later one counts."""
    kept = points.class_id != UNLABELLED
    inline, crossline, sample = points.inline[kept], points.crossline[kept], points.sample[kept]
    classes = points.class_id[kept]
    tally.points = len(classes)
    tally.duplicates = tally.points - count_distinct(inline, crossline, sample)
    i, x, z = line_index(inline, axes.inline), line_index(crossline, axes.crossline), sample_index(sample, axes)
    inside = (i >= 0) & (x >= 0) & (z >= 0)
    tally.outside = int((~inside).sum())
    if not inside.any():
        return
    i, x, z, classes = i[inside], x[inside], z[inside], classes[inside]
    node = np.ravel_multi_index((i, x, z), axes.shape)
    order = np.argsort(node, kind="stable")
    node, classes = node[order], classes[order]
    again = np.zeros(len(node), dtype=bool)  # the same voxel follows
    again[:-1] = node[1:] == node[:-1]
    differs = np.flatnonzero(again[:-1] & (classes[1:] != classes[:-1]))
    tally.conflicts = len(np.unique(node[differs]))
    node, classes = node[~again], classes[~again]
    tally.add(classes)
    i, x, z = np.unravel_index(node, axes.shape)
    starts = np.flatnonzero(np.diff(i, prepend=-1))
    for first, last in zip(starts, [*starts[1:], len(i)], strict=True):
        yield point_patch(int(i[first]), x[first:last], z[first:last], classes[first:last])


def count_distinct(*columns: NDArray[np.float64]) -> int:
    """Number of distinct rows."""
    if not len(columns[0]):
        return 0
    order = np.lexsort(columns)
    new = np.zeros(len(order) - 1, dtype=bool)
    for column in columns:
        ordered = column[order]
        new |= ordered[1:] != ordered[:-1]
    return int(new.sum()) + 1


def point_patch(inline: int, x: NDArray[np.intp], z: NDArray[np.intp], classes: NDArray[np.int64]) -> Patch:
    """Points of one inline as a small dense array."""
    x0, z0 = int(x.min()), int(z.min())
    values = np.full((int(x.max()) - x0 + 1, int(z.max()) - z0 + 1), LEAVE, dtype=np.int16)
    values[x - x0, z - z0] = classes
    return Patch(inline, x0, z0, values)


def slab_patch(slab: MaskSlab, axes: VolumeAxes, tally: Tally) -> Patch | None:
    """One inline of a mask on the axes of the dataset; None where nothing of it lies there."""
    labelled = slab.classes != UNLABELLED
    n = int(labelled.sum())
    if not n:
        return None
    tally.points += n
    i = int(line_index(np.array([slab.inline]), axes.inline)[0])
    x, z = line_index(slab.crossline, axes.crossline), sample_index(slab.sample, axes)
    keep_x, keep_z = x >= 0, z >= 0
    inside = slab.classes[np.ix_(keep_x, keep_z)]
    n_inside = int((inside != UNLABELLED).sum()) if i >= 0 else 0
    tally.outside += n - n_inside
    if not n_inside:
        return None
    x, z = x[keep_x], z[keep_z]
    values = np.full((int(np.ptp(x)) + 1, int(np.ptp(z)) + 1), LEAVE, dtype=np.int16)
    x0, z0 = int(x.min()), int(z.min())
    values[np.ix_(x - x0, z - z0)] = np.where(inside == UNLABELLED, LEAVE, inside)
    tally.add(inside[inside != UNLABELLED])
    return Patch(i, x0, z0, values)


def read_mask(
    file: Path,
    axes: VolumeAxes,
    format: str | None = None,  # noqa: A002 - the word of the command line
) -> list[tuple[SectionRef, NDArray[np.int16]]]:
    """Labels of a file as whole sections of ``axes``, with the file's own class ids and -1 elsewhere.

    Sections are (n_lateral, n_sample), inlines or crosslines, whichever are fewer. Raises as ``import_labels``.
    """
    parsed = parse_labels(Path(file), axes, format)
    orientation = parsed.orientation
    sections: dict[int, NDArray[np.int16]] = {}
    for patch in parsed.patches:
        place_patch(sections, patch, orientation, axes)
    line_axis = axes.inline if orientation is Orientation.INLINE else axes.crossline
    return [(SectionRef(orientation, int(line_axis.numbers[index])), sections[index]) for index in sorted(sections)]


def place_patch(
    sections: dict[int, NDArray[np.int16]], patch: Patch, orientation: Orientation, axes: VolumeAxes
) -> None:
    """Put the labels of one inline into the sections they lie on."""
    shape = axes.section_shape(orientation)
    z = slice(patch.sample, patch.sample + patch.values.shape[1])
    if orientation is Orientation.INLINE:
        section = sections.setdefault(patch.inline, np.full(shape, UNLABELLED, dtype=np.int16))
        window = section[patch.crossline : patch.crossline + patch.values.shape[0], z]
        np.copyto(window, patch.values, where=patch.values != LEAVE)
        return
    for row, values in enumerate(patch.values):
        if (values != LEAVE).any():
            section = sections.setdefault(patch.crossline + row, np.full(shape, UNLABELLED, dtype=np.int16))
            np.copyto(section[patch.inline, z], values, where=values != LEAVE)


def export_labels(
    project: Project,
    out: Path,
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    dataset: str | None = None,
    label_set: str | None = None,
) -> ExportReport:
    """Write a label set to a file (a folder of one .pts file a class where ``out`` has no suffix or ends in .pts).

    Written beside it and renamed when complete. ``InputError`` where there are no labels or the format is unknown.
    """
    labels = project.labels(label_set, dataset)
    return finish(write_labels(project, labels, Path(out), export_format(Path(out), format)))


def export_labels_steps(
    project_path: Path, out: Path, dataset: str, label_set: str
) -> Generator[Progress, None, ExportReport]:
    """The same beside a window that has the project open: what is on the disk of its labels."""
    from seisgui.interpretation.project import Project

    label_format = export_format(out, None)
    yield Progress(0, 1, "reading labels")
    project = Project.open(project_path, read_only=True)
    try:
        return (yield from write_labels(project, project.labels(label_set, dataset), out, label_format))
    finally:
        project.close()


def export_format(out: Path, told: str | None) -> str:
    """The format that a name stands for, unless one is told; ``InputError`` where neither is one."""
    label_format = told or SUFFIXES.get(out.suffix.lower())
    if label_format is None and not out.suffix:
        label_format = "malenov"
    if label_format not in FORMATS:
        raise InputError(f"The name {out.name} tells no label format.", f"Choose one of {', '.join(FORMATS)}.")
    return label_format
