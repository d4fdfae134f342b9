"""Facies labels of one label set: sparse voxels with class and provenance, painted and read by section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.bricks import Box, BrickStore, Key, Lattice, Mask, Packed, Triple
from seisgui.interpretation.census import Census, painted_code
from seisgui.interpretation.class_edits import ClassEditing
from seisgui.interpretation.classes import (
    LEAVE,
    UNLABELLED,
    FaciesClass,
    LabelSetInfo,
    Region,
    Source,
)
from seisgui.interpretation.edits import (
    Change,
    Edit,
    VoxelOperation,
    VoxelPatch,
    bounding_box,
    voxel_patch,
)
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

__all__ = ["LEAVE", "UNLABELLED", "FaciesClass", "FaciesLabels", "LabelSetInfo", "LabelledSection", "Region", "Source"]

ClassArray = NDArray[np.int16]
ProvenanceArray = NDArray[np.uint8]
SOURCE_BITS = 0b111
ORIENTATION_SHIFT = 4
CLASS_BITS = np.uint16(0xFF)
FEW_BRICKS = 50  # are counted in the time of a frame
MANY_VOXELS = 1_000_000


@dataclass(frozen=True, slots=True)
class Counting:
    """Labels to be counted, as they were after ``changes`` changes."""

    changes: int
    bricks: tuple[tuple[Triple, Packed], ...]

    def run(self) -> Census:
        """Count; in any thread."""
        return Census.of(self.bricks)


@dataclass(frozen=True, slots=True)
class LabelledSection:
    """A section that somebody painted on, with the number of voxels of each class painted in its orientation."""

    ref: SectionRef
    counts: dict[int, int]


class FaciesLabels(ClassEditing):
    """Labels of one label set in memory; every change goes through the project's journal.

    Belongs to the thread that opened the project. Array indices of ``paint`` and ``section`` are those of ``axes``.
    ``revision`` is the journal revision of the last change of this label set.
    """

    axes: VolumeAxes

    def __init__(self, project: Project, info: LabelSetInfo, lattice: Lattice) -> None:
        self._project = project
        self.info = info
        self.id = info.id
        self.dataset_id = info.dataset_id
        self.lattice = lattice
        self.revision = 0
        self.flushed = 0  # revision whose bricks are on disk
        self.classes: list[FaciesClass] = []
        self.next_class_id = 0
        self.seen = 0  # revision up to which the journal was read
        self.store = BrickStore()
        self._census: Census | None = None
        self._changes = 0  # of the store in memory: a census begun before one of them is of no use
        self._offset: Triple = (0, 0, 0)

    @property
    def project(self) -> Project:
        return self._project

    @property
    def project_path(self) -> Path:
        return self._project.path

    # ---- reading

    def section(self, ref: SectionRef) -> tuple[ClassArray, ProvenanceArray]:
        """Classes (-1 unlabelled) and provenance of a section of ``axes``.

        Both are (n_lateral, n_sample), or (n_inline, n_crossline) for a slice. Provenance: low three bits are a
        ``Source`` (0 none), bits 4-5 the orientation painted in (0 inline, 1 crossline, 2 time).
        """
        n_lateral, n_vertical = self.axes.section_shape(ref.orientation)
        return self.section_window(ref, slice(0, n_lateral), slice(0, n_vertical))

    def section_window(self, ref: SectionRef, lateral: slice, vertical: slice) -> tuple[ClassArray, ProvenanceArray]:
        """The same for a sub-rectangle given by array indices (clipped to the section)."""
        shape = self.axes.section_shape(ref.orientation)
        first, last, _ = lateral.indices(shape[0])
        top, bottom, _ = vertical.indices(shape[1])
        rectangle = (first, top, max(0, last - first), max(0, bottom - top))
        packed = self.store.read(self.section_box(ref, *rectangle)).reshape(rectangle[2:])
        classes = (packed & CLASS_BITS).view(np.int16)
        classes -= 1
        return classes, (packed >> 8).astype(np.uint8)

    def section_box(self, ref: SectionRef, lateral: int, vertical: int, width: int, height: int) -> Box:
        """Lattice box of a rectangle (array indices) of a section."""
        index = self.axes.section_index(ref)
        if ref.orientation is Orientation.INLINE:
            start, shape = (index, lateral, vertical), (1, width, height)
        elif ref.orientation is Orientation.CROSSLINE:
            start, shape = (lateral, index, vertical), (width, 1, height)
        else:
            start, shape = (lateral, vertical, index), (width, height, 1)
        o = self._offset
        return Box((start[0] + o[0], start[1] + o[1], start[2] + o[2]), shape)

    @property
    def offset(self) -> Triple:
        """Lattice node of the first sample of ``axes``."""
        return self._offset

    def labelled_sections(self) -> list[LabelledSection]:
        """Sections that carry labels, in the orientation they were painted in, sorted by orientation and number."""
        return [LabelledSection(self._ref(code, node), counts) for code, node, counts in self.census.sections()]

    def class_counts(self) -> dict[int, int]:
        """Labelled voxels of every class, 0 for classes without any."""
        counts = self.census.totals()
        return {item.id: counts.get(item.id, 0) for item in self.classes}

    @property
    def census(self) -> Census:
        """Counts a class and section; taken on first use, then kept up to date."""
        if self._census is None:
            self._census = Census.of(self.store.labelled())
        return self._census

    @property
    def counted(self) -> bool:
        """Whether counts can be told without delay; where not, ``begin_count`` counts in another thread."""
        return self._census is not None or len(self.store.bricks) <= FEW_BRICKS

    def begin_count(self) -> Counting:
        """A census to be taken in another thread (``run``) and handed back with ``take_count``."""
        return Counting(self._changes, tuple(self.store.labelled()))

    def take_count(self, counting: Counting, census: Census) -> bool:
        """Keep a census taken elsewhere; False, and it is dropped, where labels have changed meanwhile."""
        if counting.changes != self._changes:
            return False
        self._census = census
        return True

    def _ref(self, code: int, node: int) -> SectionRef:
        if code == 0:
            return SectionRef(Orientation.INLINE, self.lattice.inline + node * self.lattice.inline_step)
        if code == 1:
            return SectionRef(Orientation.CROSSLINE, self.lattice.crossline + node * self.lattice.crossline_step)
        return SectionRef(Orientation.TIME, self.lattice.sample + node * self.lattice.interval)

    # ---- painting

    def paint(
        self,
        ref: SectionRef,
        lateral0: int,
        vertical0: int,
        mask: Mask,
        class_id: int,
        source: Source = Source.HUMAN,
        *,
        neighbours: int = 0,
        restrict: str = "all",
        label: str = "Brush",
    ) -> Edit | None:
        """Paint one class (-1 erases) where ``mask`` (width, height) is True; one undo step.

        ``lateral0`` and ``vertical0`` are the section's array indices of ``mask[0, 0]``; what lies outside the section
        is cut off. ``neighbours`` lines on either side get the same. ``restrict`` is 'all', 'unlabelled' or
        'class:<id>'. None where nothing changes. ``InputError`` for an unknown class or restriction.
        """
        values = np.where(np.asarray(mask, dtype=bool), np.int16(class_id), np.int16(LEAVE))
        return self._paint(ref, lateral0, vertical0, values, source, label, neighbours, restrict)

    def paint_values(
        self,
        ref: SectionRef,
        lateral0: int,
        vertical0: int,
        values: NDArray[np.integer],
        source: Source = Source.HUMAN,
        label: str = "Fill",
        *,
        restrict: str = "all",
    ) -> Edit | None:
        """Paint ``values`` (width, height): class ids, -1 erases, -2 leaves what is there; one undo step."""
        return self._paint(ref, lateral0, vertical0, np.asarray(values, dtype=np.int16), source, label, 0, restrict)

    def paint_sections(
        self,
        sections: Sequence[tuple[SectionRef, NDArray[np.integer]]],
        source: Source,
        label: str,
        *,
        restrict: str = "all",
    ) -> Edit | None:
        """Paint values of whole sections (as ``paint_values`` takes them) in one undo step."""
        found = self.section_patches(sections, source, restrict=restrict)
        return self.apply_patches(tuple(chain.from_iterable(found)), label)

    def section_patches(
        self, sections: Sequence[tuple[SectionRef, NDArray[np.integer]]], source: Source, *, restrict: str = "all"
    ) -> Iterator[list[VoxelPatch]]:
        """What ``paint_sections`` paints, section by section, for ``apply_patches`` while no label changes."""
        for ref, values in sections:
            yield self._patches(ref, 0, 0, np.asarray(values, dtype=np.int16), source, 0, restrict)

    def _paint(
        self,
        ref: SectionRef,
        lateral0: int,
        vertical0: int,
        values: ClassArray,
        source: Source,
        label: str,
        neighbours: int,
        restrict: str,
    ) -> Edit | None:
        patches = self._patches(ref, lateral0, vertical0, values, source, neighbours, restrict)
        return self.apply_patches(tuple(patches), label)

    def _patches(
        self,
        ref: SectionRef,
        lateral0: int,
        vertical0: int,
        values: ClassArray,
        source: Source,
        neighbours: int,
        restrict: str,
    ) -> list[VoxelPatch]:
        if values.ndim != 2:
            raise ValueError(f"values have {values.ndim} dimensions, not 2")
        self.check_classes(values)
        width, height = self.axes.section_shape(ref.orientation)
        cut = values[max(0, -lateral0) : max(0, width - lateral0), max(0, -vertical0) : max(0, height - vertical0)]
        if not cut.size:
            return []
        after = pack(cut, source, ref.orientation)
        box = self.section_box(ref, max(0, lateral0), max(0, vertical0), *cut.shape)
        patches = []
        for line_box in self._neighbour_boxes(ref, box, neighbours):
            allowed = self._allowed(line_box, cut != LEAVE, restrict)
            patch = voxel_patch(self.store, line_box, allowed, after.reshape(line_box.shape))
            if patch is not None:
                patches.append(patch)
        return patches

    def _neighbour_boxes(self, ref: SectionRef, box: Box, neighbours: int) -> list[Box]:
        axis = (Orientation.INLINE, Orientation.CROSSLINE, Orientation.TIME).index(ref.orientation)
        index = self.axes.section_index(ref)
        first, last = max(0, index - neighbours), min(self.axes.shape[axis] - 1, index + neighbours)
        boxes = []
        for line in range(first, last + 1):
            start = list(box.start)
            start[axis] += line - index
            boxes.append(Box((start[0], start[1], start[2]), box.shape))
        return boxes

    def _allowed(self, box: Box, wanted: Mask, restrict: str) -> Mask:
        wanted = wanted.reshape(box.shape)
        if restrict == "all":
            return wanted
        present = self.store.read(box) & CLASS_BITS
        if restrict == "unlabelled":
            return np.asarray(wanted & (present == 0))
        kind, _, number = restrict.partition(":")
        if kind != "class" or not number.lstrip("-").isdigit():
            raise InputError(f"{restrict!r} is no restriction.", "Use 'all', 'unlabelled' or 'class:<id>'.")
        return np.asarray(wanted & (present == int(number) + 1))

    def check_classes(self, values: NDArray[np.integer]) -> None:
        """Raise ``InputError`` where ``values`` hold a class that the label set does not have."""
        lowest, highest = (int(values.min()), int(values.max())) if values.size else (LEAVE, LEAVE)
        known = {item.id for item in self.classes}
        used = {lowest}
        if lowest != highest:
            used = set((np.flatnonzero(np.bincount((values.astype(np.int64) - lowest).ravel())) + lowest).tolist())
        unknown = sorted(value for value in used if value not in known and value not in {UNLABELLED, LEAVE})
        if unknown:
            raise InputError(
                f"The label set {self.info.name!r} has no class {unknown[0]}.", "Add the class, then paint."
            )

    def apply_patches(self, patches: tuple[VoxelPatch, ...], label: str) -> Edit | None:
        """Make the patches one edit of the journal; None where there is none."""
        if not patches:
            return None
        operation = VoxelOperation(self.id, patches)
        region = self.lattice.region(bounding_box(patches))
        return self._project.journal.apply(Edit(label, self.dataset_id, self.id, (operation,), region))

    # ---- what the journal calls

    def write_patches(self, patches: Sequence[VoxelPatch], forward: bool) -> None:
        """Put patches in (or take them back) without a journal entry."""
        self._changes += 1
        if sum(patch.before.size for patch in patches) > MANY_VOXELS:
            self._census = None  # to count anew is as quick, and can be done elsewhere
        for patch in patches:
            old, new = (patch.before, patch.after) if forward else (patch.after, patch.before)
            values = np.zeros(patch.box.shape, dtype=np.uint16)
            values[patch.mask] = new
            self.store.write(patch.box, patch.mask, values)
            if self._census is not None:
                self._census.update(patch.box, patch.mask, old, new)

    def replace_store(self, lattice: Lattice, bricks: dict[Key, Packed]) -> None:
        """Take other bricks on another lattice, without a journal entry."""
        gone = set(self.store.bricks)
        self.store = BrickStore()
        self.store.bricks = bricks
        self.store.dirty = gone | set(bricks)
        self.lattice = lattice
        self._changes += 1
        self._census = None

    def set_axes(self, axes: VolumeAxes) -> None:
        """Show the labels on other axes of the same lattice."""
        self._offset = self.lattice.offset(axes)
        self.axes = axes

    def take_classes(self, classes: tuple[FaciesClass, ...]) -> None:
        """Take another list of classes, without a journal entry; ids given out stay given out."""
        self.classes = list(classes)
        self.next_class_id = max([self.next_class_id, *(item.id + 1 for item in classes)])

    def catch_up(self, revision: int | None = None) -> list[Change]:
        """In a read-only project: apply journal rows newer than those seen, up to ``revision``; what changed."""
        return self._project.catch_up(self, revision)


def pack(values: ClassArray, source: Source, orientation: Orientation) -> Packed:
    """Stored form of class ids: -1 (and -2) become 0, others carry source and orientation."""
    provenance = np.uint16((int(source) | (painted_code(orientation) << ORIENTATION_SHIFT)) << 8)
    return np.where(values < 0, np.uint16(0), (values + 1).astype(np.uint16) | provenance)
