"""Labels as arrays: npz masks with their axes, and SEG-Y volumes of class ids."""

from __future__ import annotations

import itertools
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.classes import LARGEST_ID, UNLABELLED
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.segy import SegyLayout, open_volume
from seisgui.seismic.volume import Volume

AXIS_NAMES = (("inline", "il"), ("crossline", "xl"), ("t_ms", "time", "t", "z_m", "z", "depth"))
NO_CLASS = 255  # a common value for "unlabelled"
Numbers = NDArray[np.float64]
Classes = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class MaskSlab:
    """Classes of one inline: (n_crossline, n_sample) int16 with -1 unlabelled, and its axes in numbers."""

    inline: float
    crossline: Numbers
    sample: Numbers
    classes: Classes


@dataclass(frozen=True, slots=True)
class LabelMask:
    """A mask read slab by slab; ``names`` and ``colours`` by class id, as far as the file tells them."""

    inlines: Numbers
    crosslines: Numbers
    samples: Numbers
    source: NDArray[np.integer[Any]] | Volume
    path: Path
    names: dict[int, str] = field(default_factory=dict)
    colours: dict[int, str] = field(default_factory=dict)

    def slabs(self) -> Iterator[MaskSlab]:
        """Classes inline by inline."""
        for index, inline in enumerate(self.inlines):
            classes = self._classes(index, float(inline))
            yield MaskSlab(float(inline), self.crosslines, self.samples, classes)

    def _classes(self, index: int, inline: float) -> Classes:
        if isinstance(self.source, np.ndarray):
            return checked_classes(self.source[index], self.path)
        section = self.source.section(SectionRef(Orientation.INLINE, inline))
        return checked_classes(np.where(np.isnan(section), UNLABELLED, section), self.path)

    def close(self) -> None:
        if not isinstance(self.source, np.ndarray):
            self.source.close()


def checked_classes(values: NDArray[Any], path: Path) -> Classes:
    """Values as class ids; ``InputError`` where they are none (amplitudes, for example)."""
    if values.dtype == np.uint8:
        values = values.astype(np.int16)  # -1 must fit
    rounded = np.rint(values)
    if not np.array_equal(rounded, values):
        raise InputError(
            f"{path.name} holds fractions, as amplitudes do; class ids are whole numbers.",
            "Choose a file of classes.",
        )
    rounded = np.where(rounded == NO_CLASS, UNLABELLED, rounded)
    if values.size and (rounded.max() > LARGEST_ID or rounded.min() < -128):
        raise InputError(
            f"{path.name} holds {rounded.max():g} and {rounded.min():g}; class ids are 0 to 254.",
            "Choose a file of classes.",
        )
    return np.where(rounded < 0, UNLABELLED, rounded).astype(np.int16)


def read_npz(path: Path) -> LabelMask:
    """An npz with ``labels`` and the axes ``inline``, ``crossline``, ``t_ms``, matched by length.

    Where lengths do not tell the axes apart the array ``order`` (such as 'inline crossline t_ms') does; without it
    that is an ``InputError``.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files if name != "seismic"}
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", "Check the name.") from error
    except (ValueError, zipfile.BadZipFile, EOFError, KeyError) as error:
        raise InputError(f"{path.name} is no npz file that can be read: {error}.", "Save it again.") from error
    labels = arrays.get("labels")
    if labels is None or labels.dtype.kind not in "iufb" or labels.size == 0:
        raise InputError(f"{path.name} has no array 'labels'.", "Save the class ids as 'labels'.")
    axes = [find_axis(arrays, names, path) for names in AXIS_NAMES]
    cube = arrange(labels, axes, str(arrays["order"]) if "order" in arrays else "", path)
    names, colours = told_classes(arrays)
    return LabelMask(axes[0], axes[1], axes[2], cube, path, names, colours)


def find_axis(arrays: dict[str, NDArray[Any]], names: tuple[str, ...], path: Path) -> Numbers:
    """One axis as numbers."""
    for name in names:
        if name in arrays and arrays[name].dtype.kind in "iuf":
            return np.atleast_1d(arrays[name]).astype(np.float64).reshape(-1)
    raise InputError(
        f"{path.name} has no axis {names[0]!r}.", "Save the axes inline, crossline and t_ms with the labels."
    )


def arrange(labels: NDArray[Any], axes: list[Numbers], order: str, path: Path) -> NDArray[Any]:
    """The labels as (inline, crossline, sample), dimensions matched to axes by their lengths."""
    lengths = [len(axis) for axis in axes]
    words = order.split()
    if len(words) == labels.ndim == 3:
        places = [next((i for i, names in enumerate(AXIS_NAMES) if word in names), -1) for word in words]
        if sorted(places) == [0, 1, 2] and [lengths[place] for place in places] == list(labels.shape):
            return labels.transpose(np.argsort(places))
    squeezed = labels.reshape([n for n in labels.shape if n > 1])
    long = [axis for axis in range(3) if lengths[axis] > 1]
    fits = [way for way in itertools.permutations(long) if [lengths[axis] for axis in way] == list(squeezed.shape)]
    if len(fits) > 1:
        raise InputError(
            f"{path.name}: the axes of 'labels' {labels.shape} cannot be told apart by their lengths.",
            "Add an array 'order', for example 'inline crossline t_ms'.",
        )
    if not fits:
        raise InputError(
            f"{path.name}: 'labels' {labels.shape} does not fit the axes inline ({lengths[0]}), "
            f"crossline ({lengths[1]}) and t_ms ({lengths[2]}).",
            "Save the axes of this array.",
        )
    return squeezed.transpose(np.argsort(fits[0])).reshape(lengths)


def told_classes(arrays: dict[str, NDArray[Any]]) -> tuple[dict[int, str], dict[int, str]]:
    """Names and colours that our own npz carries."""
    if "class_ids" not in arrays or "class_names" not in arrays:
        return {}, {}
    ids = [int(i) for i in arrays["class_ids"].reshape(-1)]
    names = dict(zip(ids, map(str, arrays["class_names"].reshape(-1)), strict=False))
    colours = arrays.get("class_colours")
    return names, {} if colours is None else dict(zip(ids, map(str, colours.reshape(-1)), strict=False))


def read_segy(path: Path, layout: SegyLayout | None = None) -> LabelMask:
    """A SEG-Y volume of class ids (-1 where there is none); names from the .json beside it, where there is one."""
    volume = open_volume(path, layout)
    axes = volume.axes
    names, colours = sidecar_classes(path)
    return LabelMask(
        axes.inline.numbers.astype(np.float64),
        axes.crossline.numbers.astype(np.float64),
        axes.sample.values,
        volume,
        path,
        names,
        colours,
    )


def sidecar_classes(path: Path) -> tuple[dict[int, str], dict[int, str]]:
    """Names and colours from the .json that the program writes beside an export."""
    try:
        document = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        classes = document.get("classes", [])
        names = {int(item["id"]): str(item["name"]) for item in classes}
        return names, {int(item["id"]): str(item["colour"]) for item in classes if "colour" in item}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, {}
