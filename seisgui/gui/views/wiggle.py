"""Traces as wiggles with variable area, drawn into one mask whatever their number."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from seisgui.gui.views.viewport import Viewport

LEAST_SPACING = 6.0  # pixels between drawn traces
OVERLAP = 1.4  # excursion at the clip, in trace spacings
SHIFT = 4  # sub-pixel bits of cv2


def wiggle_mask(amplitude: NDArray[np.float32], clip: float, view: Viewport, ratio: float) -> NDArray[np.uint8]:
    """(height, width) device pixels, 255 on the traces and their positive lobes.

    ``amplitude`` is (n_lateral, n_vertical); where traces lie closer than six pixels every n-th is drawn. ``ratio`` is
    device pixels per pixel.
    """
    width, height = max(round(view.width * ratio), 1), max(round(view.height * ratio), 1)
    mask = np.zeros((height, width), np.uint8)
    lateral, vertical = view.visible_slices(*amplitude.shape)
    if lateral.start >= lateral.stop or vertical.start >= vertical.stop:
        return mask
    per_trace = abs(view.lateral_scale) * ratio
    stride = max(int(np.ceil(LEAST_SPACING * ratio / per_trace)), 1)
    samples = np.arange(vertical.start, vertical.stop)
    y = (samples + 0.5 - view.top) * view.vertical_scale * ratio
    excursion = OVERLAP * per_trace * stride / clip
    for index in range(lateral.start - lateral.start % stride, lateral.stop, stride):
        trace = amplitude[index, vertical]
        if np.isfinite(trace).all():
            base = (index + 0.5 - view.left) * view.lateral_scale * ratio
            draw_trace(mask, base, np.clip(trace, -clip, clip) * excursion, y)
    return mask


def draw_trace(mask: NDArray[np.uint8], base: float, offset: NDArray[np.floating], y: NDArray[np.floating]) -> None:
    """One trace: a line, and its positive lobes filled down to the base line."""
    scale = 1 << SHIFT
    line = np.stack([base + offset, y], axis=1) * scale
    cv2.polylines(mask, [line.astype(np.int32)], False, 255, 1, cv2.LINE_AA, SHIFT)
    lobes = np.stack([base + np.maximum(offset, 0), y], axis=1)
    ends = np.array([[base, y[-1]], [base, y[0]]])
    outline = np.concatenate([lobes, ends]) * scale
    cv2.fillPoly(mask, [outline.astype(np.int32)], 255, cv2.LINE_AA, SHIFT)


def lay(pixels: NDArray[np.uint8], mask: NDArray[np.uint8], colour: tuple[int, int, int]) -> None:
    """Ink BGRA ``pixels`` in place with ``colour`` (BGR) where ``mask`` says so."""
    share = mask[..., None].astype(np.uint16)
    ink = np.array([*colour, 255], np.uint16)
    pixels[...] = ((pixels * (255 - share) + ink * share) // 255).astype(np.uint8)
