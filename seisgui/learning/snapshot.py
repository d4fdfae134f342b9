"""One short snapshot of labels and amplitudes: what a training run reads, once, before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.volume import BoolArray, FloatArray, Volume

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesLabels

UNLABELLED = -1
SOURCE_BITS = 0b111
ORIENTATION_SHIFT = 4
ORIENTATION_BITS = 0b11
PAINTED_IN = (Orientation.INLINE, Orientation.CROSSLINE, Orientation.TIME)
MOST_SLICE_SECTIONS = 16  # inlines cut through labels that were painted on a horizontal slice
SHORTEST_LATERAL = 65  # traces an orientation needs before 'both' takes it


@dataclass(frozen=True, slots=True)
class LabelledSection:
    """A vertical section with its labels.

    ``amplitude`` (n_lateral, n_sample) float32 raw, NaN in holes; ``classes`` int16 with -1 unlabelled;
    ``source`` uint8 values of ``interpretation.facies.Source``, 0 where unlabelled; ``axes`` of the survey.
    """

    ref: SectionRef
    amplitude: FloatArray
    classes: NDArray[np.int16]
    source: NDArray[np.uint8]
    axes: VolumeAxes

    @property
    def labelled(self) -> BoolArray:
        """(n_lateral, n_sample) True where a class stands."""
        return np.asarray(self.classes != UNLABELLED)


def snapshot(labels: FaciesLabels, volume: Volume, orientation: str | None = None) -> list[LabelledSection]:
    """Labels and raw amplitudes of every vertical section that carries labels.

    Parameters
    ----------
    labels : FaciesLabels
        The label set, at whatever revision it stands.
    volume : Volume
        Where the amplitudes come from; its axes are those of the label set.
    orientation : {None, 'inline', 'crossline', 'both'}
        None takes every label in the orientation it was painted in (labels painted on a horizontal slice
        are read on a few inlines through it); 'inline' and 'crossline' read all labels on such sections; 'both'
        takes both where both lateral axes are long enough.

    Raises
    ------
    InputError
        Where nothing is labelled, or the orientation is unknown.
    """
    refs = wanted_refs(labels, volume.axes, orientation)
    sections = [read_section(labels, volume, ref, ways) for ref, ways in refs]
    sections = [section for section in sections if section.labelled.any()]
    if not sections:
        raise InputError("There are no labels to train on.", "Paint a few strokes of two classes or more.")
    return sections


def wanted_refs(
    labels: FaciesLabels, axes: VolumeAxes, orientation: str | None
) -> list[tuple[SectionRef, frozenset[Orientation]]]:
    """Sections to read, each with the painting orientations whose labels it contributes."""
    painted = [entry.ref for entry in labels.labelled_sections()]
    every = frozenset(PAINTED_IN)
    if orientation is None:
        return as_painted(labels, axes, painted)
    if orientation not in {"inline", "crossline", "both"}:
        raise InputError(f"{orientation!r} is no orientation to train in.", "Choose inline, crossline or both.")
    wanted = [Orientation.INLINE, Orientation.CROSSLINE] if orientation == "both" else [Orientation(orientation)]
    if orientation == "both":
        long_enough = [way for way in wanted if axes.section_shape(way)[0] >= SHORTEST_LATERAL]
        wanted = long_enough or [axes.orientations[0]]
    return [(ref, every) for way in wanted for ref in crossing(labels, axes, painted, way)]


def as_painted(
    labels: FaciesLabels, axes: VolumeAxes, painted: Iterable[SectionRef]
) -> list[tuple[SectionRef, frozenset[Orientation]]]:
    """Every vertical section as painted; slices by evenly spaced inlines (crosslines on a one-crossline survey)."""
    refs = list(painted)
    chosen: dict[SectionRef, set[Orientation]] = {
        ref: {ref.orientation} for ref in refs if ref.orientation is not Orientation.TIME
    }
    slices = [ref for ref in refs if ref.orientation is Orientation.TIME]
    if slices:
        way = axes.orientations[0]
        through = crossing(labels, axes, slices, way)
        step = max(1, -(-len(through) // MOST_SLICE_SECTIONS))
        for ref in through[::step]:
            chosen.setdefault(ref, set()).add(Orientation.TIME)
    return [(ref, frozenset(ways)) for ref, ways in chosen.items()]


def crossing(
    labels: FaciesLabels, axes: VolumeAxes, painted: Iterable[SectionRef], way: Orientation
) -> list[SectionRef]:
    """Sections of one vertical orientation that touch labels found on the ``painted`` sections, in line order."""
    line_axis = axes.inline if way is Orientation.INLINE else axes.crossline
    hit = np.zeros(line_axis.count, dtype=bool)
    for ref in painted:
        if ref.orientation is way:
            hit[line_axis.index(ref.number)] = True
            continue
        classes, _ = labels.section(ref)
        along = 1 if ref.orientation is not Orientation.TIME or way is Orientation.INLINE else 0
        hit |= (classes != UNLABELLED).any(axis=along)
    return [SectionRef(way, int(number)) for number in line_axis.numbers[hit]]


def read_section(
    labels: FaciesLabels, volume: Volume, ref: SectionRef, ways: frozenset[Orientation]
) -> LabelledSection:
    """One section with those of its labels that were painted in one of ``ways``."""
    return replace(read_labels(labels, ref, ways), amplitude=volume.section(ref), axes=volume.axes)


def read_labels(labels: FaciesLabels, ref: SectionRef, ways: frozenset[Orientation]) -> LabelledSection:
    """The same without amplitudes: (0, 0) of them."""
    classes, provenance = labels.section(ref)
    code = (provenance >> ORIENTATION_SHIFT) & ORIENTATION_BITS
    mine = (classes != UNLABELLED) & np.isin(code, [PAINTED_IN.index(way) for way in ways])
    return LabelledSection(
        ref,
        np.empty((0, 0), dtype=np.float32),
        np.where(mine, classes, UNLABELLED).astype(np.int16),
        np.where(mine, provenance & SOURCE_BITS, 0).astype(np.uint8),
        labels.axes,
    )
