"""Colour maps for amplitudes, each (256, 3) uint8; entry 127 is zero amplitude, entry 255 (a hole) is left to views.

The diverging maps are made in Oklab, so that equal steps of amplitude look equally large on either side of zero.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

ColourMap = NDArray[np.uint8]
Values = NDArray[np.float64]

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _linear(stops: list[tuple[float, str]]) -> ColourMap:
    """Straight lines in sRGB between colours at places 0..1."""
    places = np.array([place for place, _ in stops])
    colours = np.array([_rgb(colour) for _, colour in stops])
    return _sample(places, colours, lambda values: values)


def _perceptual(stops: list[tuple[float, str]]) -> ColourMap:
    """Straight lines in Oklab between colours at places 0..1."""
    places = np.array([place for place, _ in stops])
    lab = np.cbrt(_decoded(np.array([_rgb(colour) for _, colour in stops])) @ _TO_LMS.T) @ _TO_LAB.T

    def back(values: NDArray[np.float64]) -> NDArray[np.float64]:
        lms = (values @ np.linalg.inv(_TO_LAB).T) ** 3
        return _encoded(np.clip(lms @ np.linalg.inv(_TO_LMS).T, 0.0, 1.0))

    return _sample(places, lab, back)


def _sample(places: NDArray[np.float64], values: NDArray[np.float64], back: Callable[[Values], Values]) -> ColourMap:
    at = np.minimum(np.arange(256) / 254.0, 1.0)
    channels = np.stack([np.interp(at, places, values[:, channel]) for channel in range(3)], axis=1)
    return np.asarray(np.rint(255.0 * np.clip(back(channels), 0.0, 1.0)), dtype=np.uint8)


def _rgb(colour: str) -> list[float]:
    return [int(colour[start : start + 2], 16) / 255.0 for start in (1, 3, 5)]


def _decoded(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _encoded(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


COLOUR_MAPS: dict[str, ColourMap] = {
    "grey": _linear([(0.0, "#000000"), (1.0, "#ffffff")]),
    "grey reversed": _linear([(0.0, "#ffffff"), (1.0, "#000000")]),
    "seismic": _linear([(0.0, "#00004c"), (0.25, "#0000ff"), (0.5, "#ffffff"), (0.75, "#ff0000"), (1.0, "#7f0000")]),
    "red-white-blue": _linear([(0.0, "#c80000"), (0.5, "#ffffff"), (1.0, "#0000c8")]),
    "red-white-black": _linear([(0.0, "#c80000"), (0.5, "#ffffff"), (1.0, "#000000")]),
    "brown-white-teal": _perceptual(
        [(0.0, "#5a3405"), (0.25, "#c4893b"), (0.5, "#f7f5f2"), (0.75, "#4ba59b"), (1.0, "#003c36")]
    ),
    "blue-white-orange": _perceptual(
        [(0.0, "#0b2c6b"), (0.25, "#4a90d0"), (0.5, "#f7f7f7"), (0.75, "#e8873a"), (1.0, "#6b2503")]
    ),
    "cyan-black-yellow": _perceptual(
        [(0.0, "#9fe8ff"), (0.25, "#1f77c9"), (0.5, "#101014"), (0.75, "#c96a1f"), (1.0, "#ffef9f")]
    ),
    "night to day": _perceptual(
        [(0.0, "#0d0829"), (0.25, "#472c7a"), (0.5, "#23898e"), (0.75, "#6cc75a"), (1.0, "#fde725")]
    ),
    "ember": _perceptual([(0.0, "#050310"), (0.3, "#651a63"), (0.6, "#d3443f"), (0.85, "#fca636"), (1.0, "#fdf6c3")]),
}
DIVERGING = (
    "seismic",
    "red-white-blue",
    "red-white-black",
    "brown-white-teal",
    "blue-white-orange",
    "cyan-black-yellow",
)


def colour_map(name: str) -> ColourMap:
    """The map of that name; grey where there is none."""
    return COLOUR_MAPS.get(name, COLOUR_MAPS["grey"])
