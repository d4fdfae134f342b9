"""Patches drawn around labelled pixels: vectorised, balanced over classes, repeatable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.volume import BoolArray, FloatArray

LINE_AXES = ("inline", "crossline")


def position_channels(ref: SectionRef, axes: VolumeAxes, lines: Sequence[str] = LINE_AXES) -> FloatArray:
    """Where every pixel of a vertical section lies, (1 + len(lines), n_lateral, n_sample) float32 in [-1, 1].

    The first channel is two-way time or depth, then one for each line axis named in ``lines``; -1 and 1 are the
    ends of the survey's axes.
    """
    if ref.orientation is Orientation.TIME:
        raise InputError("Position channels exist for vertical sections only.")
    n_lateral, n_sample = axes.section_shape(ref.orientation)
    channels = np.empty((1 + len(lines), n_lateral, n_sample), dtype=np.float32)
    channels[0] = spread(n_sample)
    for channel, name in zip(channels[1:], lines, strict=True):
        axis = axes.inline if name == "inline" else axes.crossline
        if ref.orientation.value == name:
            channel[:] = spread(axis.count)[axis.index(ref.number)]
        else:
            channel[:] = spread(axis.count)[:, None]
    return channels


def spread(count: int) -> NDArray[np.float32]:
    """``count`` values from -1 to 1, shape (count,); 0 for a single one."""
    return np.linspace(-1.0, 1.0, count, dtype=np.float32) if count > 1 else np.zeros(1, dtype=np.float32)


def varying_lines(refs: Sequence[SectionRef]) -> tuple[str, ...]:
    """Line axes along which the given vertical sections vary: a single inline says nothing about inline numbers."""
    ways = {ref.orientation for ref in refs}
    numbers = {way: {ref.number for ref in refs if ref.orientation is way} for way in ways}
    found = []
    for name, own, other in (
        ("inline", Orientation.INLINE, Orientation.CROSSLINE),
        ("crossline", Orientation.CROSSLINE, Orientation.INLINE),
    ):
        if other in ways or len(numbers.get(own, ())) > 1:
            found.append(name)
    return tuple(found)


class PatchSampler:
    """Draws patches centred on labelled pixels.

    Parameters
    ----------
    sections : sequence of float32 arrays
        Scaled input, (n_lateral, n_sample) or (n_channel, n_lateral, n_sample) each. Borders are zero-padded.
    classes : sequence of int16 arrays
        (n_lateral, n_sample) class ids.
    masks : sequence of bool arrays
        Pixels that may be drawn.
    size : int
        Patch side. The labelled pixel stands at index ``size // 2`` of both sides.
    class_balanced : bool
        Draw every class equally often; otherwise every pixel.
    seed : int
        Two samplers of one seed draw the same patches.
    focus, focus_share
        Pixels (masks as above) that fill this share of every draw, such as the latest strokes.

    Raises
    ------
    InputError
        Where no pixel may be drawn.
    """

    def __init__(
        self,
        sections: Sequence[FloatArray],
        classes: Sequence[NDArray[np.integer]],
        masks: Sequence[BoolArray],
        size: int = 65,
        *,
        class_balanced: bool = True,
        seed: int = 0,
        focus: Sequence[BoolArray] | None = None,
        focus_share: float = 0.0,
    ) -> None:
        self.size = size
        self.class_balanced = class_balanced
        self.seed = seed
        self._generator = np.random.default_rng(seed)
        before, after = size // 2, size - size // 2 - 1
        self._windows = []
        for section in sections:
            stacked = section[None] if section.ndim == 2 else section
            padded = np.pad(stacked.astype(np.float32, copy=False), ((0, 0), (before, after), (before, after)))
            # (n_lateral, n_sample, n_channel, size, size), a view
            self._windows.append(sliding_window_view(padded, (size, size), axis=(1, 2)).transpose(1, 2, 0, 3, 4))
        self._pool = Pool.of(classes, masks)
        if len(self._pool.pixels) == 0:
            raise InputError("There are no labelled pixels to draw patches from.")
        self._focus = Pool.of(classes, focus) if focus is not None else None
        has_focus = self._focus is not None and len(self._focus.pixels) > 0
        self._focus_share = focus_share if has_focus else 0.0

    @property
    def class_ids(self) -> tuple[int, ...]:
        """Ids of the classes that are drawn, ascending."""
        ids = set(self._pool.ids.tolist())
        if self._focus is not None:
            ids |= set(self._focus.ids.tolist())
        return tuple(sorted(ids))

    def draw(self, n: int) -> tuple[FloatArray, NDArray[np.int64]]:
        """``n`` patches (n, n_channel, size, size) float32 and their class ids (n,) int64."""
        from_focus = round(n * self._focus_share)
        drawn = [self._pool.draw(self._generator, n - from_focus, self.class_balanced)]
        if from_focus and self._focus is not None:
            drawn.append(self._focus.draw(self._generator, from_focus, self.class_balanced))
        pixels = np.concatenate([picked for picked, _ in drawn])
        classes = np.concatenate([ids for _, ids in drawn])
        return self.cut(pixels), classes

    def cut(self, pixels: NDArray[np.int32]) -> FloatArray:
        """Patches around given pixels (n, 3) of section, lateral and sample index."""
        if len(self._windows) == 1:
            return self._windows[0][pixels[:, 1], pixels[:, 2]]
        out = np.empty((len(pixels), self._windows[0].shape[2], self.size, self.size), dtype=np.float32)
        for number, windows in enumerate(self._windows):
            mine = np.flatnonzero(pixels[:, 0] == number)
            if len(mine):
                out[mine] = windows[pixels[mine, 1], pixels[mine, 2]]
        return out


@dataclass(frozen=True, slots=True)
class Pool:
    """Pixels (n, 3) of section, lateral and sample index, sorted by class; class i owns ``sizes[i]`` of them."""

    ids: NDArray[np.int64]
    sizes: NDArray[np.int64]
    pixels: NDArray[np.int32]

    @classmethod
    def of(cls, classes: Sequence[NDArray[np.integer]], masks: Sequence[BoolArray]) -> Pool:
        """The masked pixels of all sections."""
        parts, values = [], []
        for number, (section_classes, mask) in enumerate(zip(classes, masks, strict=True)):
            lateral, sample = np.nonzero(mask & (section_classes >= 0))
            parts.append(np.column_stack([np.full(len(lateral), number), lateral, sample]).astype(np.int32))
            values.append(section_classes[lateral, sample].astype(np.int64))
        everything = np.concatenate(values) if values else np.zeros(0, dtype=np.int64)
        order = np.argsort(everything, kind="stable")
        ids, sizes = np.unique(everything, return_counts=True)
        pixels = np.concatenate(parts)[order] if parts else np.zeros((0, 3), dtype=np.int32)
        return cls(ids, sizes.astype(np.int64), pixels)

    def draw(
        self, generator: np.random.Generator, n: int, class_balanced: bool
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """``n`` pixels (n, 3) with replacement and their class ids (n,)."""
        if class_balanced:
            which = generator.integers(len(self.ids), size=n)
            start = np.cumsum(self.sizes) - self.sizes
            place = start[which] + (generator.random(n) * self.sizes[which]).astype(np.int64)
        else:
            place = generator.integers(len(self.pixels), size=n)
            which = np.searchsorted(np.cumsum(self.sizes), place, side="right")
        return self.pixels[place], self.ids[which]
