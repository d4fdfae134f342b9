"""Layer trees and defaults of the patch networks of Waldeland et al. (2018)."""

from __future__ import annotations

from seisgui.catalogue.infos import LayerInfo, NetworkInfo, Settings
from seisgui.catalogue.layers import Layers, classes, convolution, dense, norm, square

FILTERS = 50
ENCODER, HEAD = ("Convolutions",), ("Dense layers",)


def _valid_layers() -> Layers:
    sides = ((1, 61), (2, 29), (2, 13), (2, 5), (1, 1))
    rows: Layers = ()
    for number, (stride, side) in enumerate(sides):
        name, path, output = f"conv{number + 1}", f"features.{number}", square(FILTERS, side)
        group = (*ENCODER, f"Convolution {number + 1}")
        sizes = (FILTERS if number else 1, FILTERS, 5)
        rows += (
            convolution(name, f"{path}.0", sizes, output, group, stride=stride),
            norm(f"{name} norm", f"{path}.1", FILTERS, output, group),
        )
    return (
        *rows,
        dense("dense1", "head.0.0", 50, 50, HEAD),
        norm("dense1 norm", "head.0.1", 50, "50", HEAD),
        dense("dense2", "head.1.0", 50, 10, HEAD),
        norm("dense2 norm", "head.1.1", 10, "10", HEAD),
        *classes(10),
    )


def _same_layers() -> Layers:
    output = square(FILTERS, 16)
    rows: Layers = (
        convolution("conv1", "features.0", (1, FILTERS, 5), output, ENCODER, stride=4),
        norm("conv1 norm", "features.1", FILTERS, output, ENCODER),
    )
    for number, (side, rate) in enumerate(((8, 0.5), (4, 0.4), (2, 0.2))):
        name, first, output = f"conv{number + 2}", 3 + 4 * number, square(FILTERS, side)
        rows += (
            convolution(name, f"features.{first}", (FILTERS, FILTERS, 3), output, ENCODER, stride=2),
            LayerInfo(f"{name} dropout", f"dropout {rate:g}", output, path=f"features.{first + 1}", group=ENCODER),
            norm(f"{name} norm", f"features.{first + 2}", FILTERS, output, ENCODER),
        )
    return (
        *rows,
        convolution("conv5", "features.15", (FILTERS, FILTERS, 3), square(FILTERS, 1), ENCODER, stride=2),
        dense("dense1", "head.0", FILTERS, 50, HEAD),
        norm("dense1 norm", "head.1", 50, "50", HEAD),
        dense("dense2", "head.3", 50, 10, HEAD),
        norm("dense2 norm", "head.4", 10, "10", HEAD),
        *classes(10, normed=True),
    )


# measured on held-out blocks of F3 inline 339: neither mirror images nor random gains helped (dip direction and
# loudness tell classes apart there), label smoothing, weight decay and averaged weights did
_SETTINGS: Settings = {
    "balance": 0.5,
    "schedule": "cosine",
    "label_smoothing": 0.1,
    "weight_decay": 0.02,
    "averaging": 0.98,
    "smooth_down": 3.0,
    "smooth_across": 60.0,
}

WALDELAND = NetworkInfo(
    name="waldeland",
    title="Waldeland patch network",
    task="facies",
    description="Five valid 5x5 convolutions, seen from 65 x 65 samples; classifies whole sections densely.",
    build="seisgui.networks.waldeland:build_waldeland",
    patch=65,
    receptive_field=65,
    default_epochs=6,
    layers=_valid_layers(),
    settings=_SETTINGS,
    encoder=("features",),
)

WALDELAND_SAME = NetworkInfo(
    name="waldeland-same",
    title="Waldeland as published in 2018 (reproduction)",
    task="facies",
    description="Zero-padded inside the 64 x 64 patch, so every pixel needs a patch of its own: slow to predict.",
    build="seisgui.networks.waldeland:build_waldeland_same",
    patch=64,
    receptive_field=64,
    default_epochs=10,
    layers=_same_layers(),
    encoder=("features",),
    class_layers=("classes", "classes_norm"),
)
