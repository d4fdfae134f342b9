"""The layers of one section mixed into one image: only what has changed, and only where it is looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from seisgui.gui.views.decimation import AMPLITUDE_OF_RANK, Pyramid, block_edges, blocks, first_set, louder, ranks_of
from seisgui.gui.views.mixing import UNLABELLED, ByteArray, Mixer, Style, value_count
from seisgui.gui.views.tiles import Part, TiledImage
from seisgui.seismic.display import HOLE, ZERO, to_uint8

KEPT_IMAGES = 8  # thinnings of a section that are kept: those in sight on either side, and those zoomed through
MOST_MADE = 4_000_000  # pixels of a section that is thinned as a whole when it is read

Window = tuple[slice, slice]  # lateral, vertical
Steps = tuple[float, float]  # samples a pixel, lateral and vertical, 1 or more


@dataclass(frozen=True)
class Overlay:
    """One value plane over the seismic: (n_vertical, n_lateral) uint8 into colours; 255 is transparent."""

    plane: Pyramid
    values: int  # one more than the largest value
    colours: ByteArray  # (256, 4) BGRA, alpha unused
    opacity: float

    @classmethod
    def plane_of(cls, values: ByteArray) -> tuple[Pyramid, int]:
        """``plane`` and ``values`` of (n_lateral, n_vertical) values."""
        plane = cv2.transpose(values)
        return Pyramid(plane, first_set), value_count(plane)


@dataclass(frozen=True)
class Ranks:
    """Amplitudes (n_vertical, n_lateral) ranked by size, by which the loudest sample is found, and their shades."""

    plane: Pyramid
    shades: ByteArray  # (65536,) shade of a rank
    made: dict[Steps, ByteArray] = field(default_factory=dict)  # whole sections as shades, thinned in advance

    @classmethod
    def of(cls, ranks: NDArray[np.uint16], clip: float) -> Ranks:
        """Of ranks (n_vertical, n_lateral) that are shown up to +-``clip``."""
        amplitude = np.clip(AMPLITUDE_OF_RANK, -2 * clip, 2 * clip)  # the largest float would overflow
        return cls(Pyramid(ranks, louder), to_uint8(amplitude, clip))

    def make(self, steps: Steps) -> None:
        """Thin the whole section in advance, off the window's thread, where that is not much more than is in sight."""
        rows, columns = (
            block_edges(0, blocks(count, step), step, count)
            for count, step in zip(self.plane.base.shape, steps[::-1], strict=True)
        )
        if len(rows) * len(columns) <= MOST_MADE:
            self.made[steps] = np.take(self.shades, self.plane.thinned(rows, columns, min(steps)))

    @classmethod
    def of_shades(cls, shade: ByteArray) -> Ranks:
        """Of a section that was not thinned so far: of shades that are clipped alike, the bright one."""
        return cls.of(np.take(ranks_of(amplitude_of_shades()), shade), float(ZERO))


class SectionPlanes:
    """Amplitude shades, labels and predictions of one section, and their mixture.

    All planes are (n_vertical, n_lateral), row by row as on the screen; callers speak (lateral, vertical) as the
    section arrays do. Where samples outnumber pixels the planes are thinned before they are mixed.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        rows = shape[::-1]
        self.shade: ByteArray | None = None  # 255 = hole; None: not read yet
        self._ranks: Ranks | None = None
        self.shade_colours = np.zeros((256, 4), np.uint8)
        self.seismic_opacity = 1.0
        self.background = (255, 255, 255)  # BGR
        self.labels = np.full(rows, UNLABELLED, np.uint8)
        self._shown = Pyramid(self.labels.copy(), first_set)  # labels as a gesture in progress would leave them
        self._preview_window: Window | None = None
        self._label_values = 0  # one more than the highest class seen so far
        self.label_colours = np.zeros((256, 4), np.uint8)
        self.label_opacity = 0.0
        self.overlays: list[Overlay] = []  # between seismic and labels, bottom first
        self.other_overlays: list[Overlay] | None = None  # those on the other side of a divider; None: no other side
        self._images: OrderedDict[tuple[Steps, bool], TiledImage] = OrderedDict()
        self._mixers: dict[bool, tuple[object, Mixer]] = {}

    # -- content -------------------------------------------------------------------------------------------------

    def set_shade(self, shade: ByteArray | None) -> None:
        """Take (n_lateral, n_vertical) shades, 255 = hole; None: not read yet."""
        self.take_shade(None if shade is None else cv2.transpose(np.ascontiguousarray(shade)))

    def take_shade(self, shade: ByteArray | None, ranks: Ranks | None = None) -> None:
        """Take shades (n_vertical, n_lateral), and the amplitudes to thin them by where these have been ranked."""
        self.shade, self._ranks = shade, ranks
        self.invalidate()

    def set_labels(self, window: Window, classes: NDArray[np.int16]) -> None:
        """Take classes (-1 = unlabelled) of a part of the section."""
        lateral, vertical = window
        # -1 becomes 255 in eight bits.
        highest = int(classes.max(initial=-1))
        self.labels[vertical, lateral] = UNLABELLED if highest < 0 else cv2.transpose(classes.astype(np.uint8))
        self._show_labels(window, highest + 1)

    def clear_labels(self) -> None:
        """Nothing is labelled."""
        self.labels[...] = UNLABELLED
        self._show_labels(self.whole())

    def add_preview(self, window: Window, mask: NDArray[np.bool_], class_id: int) -> None:
        """Show ``mask`` (n_lateral, n_vertical of the window) as ``class_id``; 255 as erased."""
        lateral, vertical = window
        self._shown.base[vertical, lateral][mask.T] = class_id
        self._preview_window = window if self._preview_window is None else union(self._preview_window, window)
        self._labels_changed(window, 0 if class_id == UNLABELLED else class_id + 1)

    def clear_preview(self) -> bool:
        """Show the labels as they are; whether there was anything to clear."""
        window, self._preview_window = self._preview_window, None
        if window is not None:
            self._show_labels(window)
        return window is not None

    def _show_labels(self, window: Window, values: int = 0) -> None:
        lateral, vertical = window
        self._shown.base[vertical, lateral] = self.labels[vertical, lateral]
        self._labels_changed(window, values)

    def _labels_changed(self, window: Window, values: int) -> None:
        self._label_values = max(self._label_values, values)
        self._shown.changed(window[1], window[0])
        self.invalidate(window)

    def whole(self) -> Window:
        return slice(0, self.shape[0]), slice(0, self.shape[1])

    def invalidate(self, window: Window | None = None) -> None:
        """Mix ``window`` (the whole section by default) anew before it is next seen."""
        lateral, vertical = window or self.whole()
        for ((step_lateral, step_vertical), _), image in self._images.items():
            image.invalidate(touched(vertical, step_vertical), touched(lateral, step_lateral))

    # -- pixels --------------------------------------------------------------------------------------------------

    @property
    def image(self) -> ByteArray:
        """(n_vertical, n_lateral, 4) uint8 BGRA: all layers mixed, a pixel a sample."""
        return self.pixels((1.0, 1.0), *self.whole())

    def has_image(self, steps: Steps, *, other: bool = False) -> bool:
        """Whether pixels at ``steps`` samples a pixel have been asked for lately."""
        return (steps, other) in self._images

    def image_shape(self, steps: Steps) -> tuple[int, int]:
        """(n_lateral, n_vertical) pixels of the whole section at ``steps`` samples a pixel."""
        return blocks(self.shape[0], steps[0]), blocks(self.shape[1], steps[1])

    def pixels(self, steps: Steps, columns: slice, rows: slice, *, other: bool = False) -> ByteArray:
        """(rows, columns, 4) BGRA: a part of the section thinned to ``steps`` samples a pixel.

        ``other``: with the overlays of the other side of the divider.
        """
        key = steps, other
        image = self._images.get(key)
        if image is None:
            image = self._images[key] = TiledImage(self.image_shape(steps)[::-1])
            if len(self._images) > KEPT_IMAGES:
                self._images.popitem(last=False)
        self._images.move_to_end(key)
        return image.pixels(rows, columns, lambda part: self._mixed(part, steps, other))

    def _mixed(self, part: Part, steps: Steps, other: bool) -> ByteArray:
        """A part of the image; the neighbours of its outermost pixels say whether those are edges."""
        counts = self.image_shape(steps)[::-1]
        wide = [slice(max(p.start - 1, 0), min(p.stop + 1, n)) for p, n in zip(part, counts, strict=True)]
        edges = [
            block_edges(wide[axis].start, wide[axis].stop, steps[1 - axis], self.shape[1 - axis]) for axis in (0, 1)
        ]
        step = min(steps)

        def thinned(plane: Pyramid) -> ByteArray:
            if steps == (1.0, 1.0):
                return plane.base[wide[0], wide[1]]
            return plane.thinned(edges[0], edges[1], step)

        shade = self._thinned_shade(thinned, (wide[0], wide[1]), steps)
        layers = self.layers(other)
        overlays = [thinned(overlay.plane) for overlay in layers]
        if self._label_values:
            labels = thinned(self._shown)
        else:
            labels = np.full((wide[0].stop - wide[0].start, wide[1].stop - wide[1].start), UNLABELLED, np.uint8)
        pixels = self._mixing(other).mixed(shade, overlays, labels)
        inside = [slice(p.start - w.start, p.stop - w.start) for p, w in zip(part, wide, strict=True)]
        return pixels[inside[0], inside[1]]

    def _thinned_shade(self, thinned: Callable[[Pyramid], ByteArray], part: Part, steps: Steps) -> ByteArray | None:
        if self.shade is None:
            return None
        if steps == (1.0, 1.0):
            return self.shade[part]
        if self._ranks is None:
            self._ranks = Ranks.of_shades(self.shade)
        if steps in self._ranks.made:
            return self._ranks.made[steps][part]
        return np.take(self._ranks.shades, thinned(self._ranks.plane))

    def layers(self, other: bool) -> list[Overlay]:
        """The overlays of one side of the divider."""
        return self.overlays if not other else self.other_overlays or []

    def _mixing(self, other: bool) -> Mixer:
        """The mixer for colours and opacities as they are, with its table of mixtures."""
        layers = self.layers(other)
        overlays = tuple((overlay.colours, overlay.opacity) for overlay in layers)
        values = (*(overlay.values for overlay in layers), self._label_values)
        style = Style(
            self.shade_colours,
            self.seismic_opacity,
            self.background,
            overlays,
            self.label_colours,
            self.label_opacity,
        )
        key = values, style.key
        if other not in self._mixers or self._mixers[other][0] != key:
            self._mixers[other] = key, Mixer(style, values)
        return self._mixers[other][1]


def amplitude_of_shades() -> NDArray[np.float32]:
    """(256,): distance of every shade from the centre, NaN for the hole."""
    amplitude = np.arange(256, dtype=np.float32) - ZERO
    amplitude[HOLE] = np.nan
    return amplitude


def touched(part: slice, step: float) -> slice:
    """Pixels that show samples of ``part``, and those beside them, whose edges depend on it."""
    return slice(max(int(part.start / step) - 1, 0), int(part.stop / step) + 2)


def union(one: Window, other: Window) -> Window:
    """The smallest window around two."""
    pairs = zip(one, other, strict=True)
    lateral, vertical = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in pairs)
    return lateral, vertical
