"""What the window must know of networks: names, layer trees, counts and defaults; plain data, no torch."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from importlib.metadata import entry_points

from seisgui.errors import InputError

logger = logging.getLogger(__name__)

ENTRY_POINTS = "seisgui.networks"
SEED_CLASSES = 9  # layer trees and counts are those of nine classes and one input channel


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """One layer of the tree: ``parameters`` as Keras counts them (batch norm four values a channel)."""

    name: str
    kind: str
    output: str
    parameters: int = 0


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """A network as plain data; ``build`` is 'package.module:function', resolved where torch may be imported.

    The function takes (n_class, channels) and returns a ``torch.nn.Module`` that maps patches
    (n, channels, patch, patch) to logits (n, n_class). A module with a method ``dense`` (see
    ``seisgui.networks.registry``) predicts whole sections at once, any other patch by patch.
    """

    name: str
    title: str
    task: str
    description: str
    build: str
    patch: int  # samples and traces of an input patch
    receptive_field: int
    uses_torch: bool = True
    offers_position: bool = True
    default_epochs: int = 1
    updates_per_epoch: int = 50
    layers: tuple[LayerInfo, ...] = ()
    settings: dict[str, float | int | str | bool] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """Parameters for nine classes and one input channel."""
        return sum(layer.parameters for layer in self.layers)


def _convolution(name: str, size: int, channels: int, output: str, stride: int) -> tuple[LayerInfo, ...]:
    count = 50 * channels * size * size + 50
    return (
        LayerInfo(name, f"convolution 50 @ {size}x{size}, stride {stride}", output, count),
        LayerInfo(f"{name} norm", "batch norm + ReLU", output, 200),
    )


def _dense(name: str, inputs: int, outputs: int, *, norm: str = "batch norm + ReLU") -> tuple[LayerInfo, ...]:
    layer = LayerInfo(name, f"dense {outputs}", str(outputs), inputs * outputs + outputs)
    return (layer, LayerInfo(f"{name} norm", norm, str(outputs), 4 * outputs)) if norm else (layer,)


def _waldeland_layers() -> tuple[LayerInfo, ...]:
    sides = ((1, 61), (2, 29), (2, 13), (2, 5), (1, 1))
    layers: tuple[LayerInfo, ...] = ()
    for number, (stride, side) in enumerate(sides, start=1):
        layers += _convolution(f"conv{number}", 5, 1 if number == 1 else 50, f"50 x {side} x {side}", stride)
    return (
        *layers,
        *_dense("dense1", 50, 50),
        *_dense("dense2", 50, 10),
        *_dense("classes", 10, SEED_CLASSES, norm=""),
    )


def _waldeland_same_layers() -> tuple[LayerInfo, ...]:
    layers = _convolution("conv1", 5, 1, "50 x 16 x 16", 4)
    for number, (side, rate) in enumerate(((8, 0.5), (4, 0.4), (2, 0.2)), start=2):
        convolution, norm = _convolution(f"conv{number}", 3, 50, f"50 x {side} x {side}", 2)
        layers += (convolution, LayerInfo(f"conv{number} dropout", f"dropout {rate:g}", convolution.output), norm)
    last, _ = _convolution("conv5", 3, 50, "50 x 1 x 1", 2)
    return (
        *layers,
        last,
        *_dense("dense1", 50, 50),
        *_dense("dense2", 50, 10),
        *_dense("classes", 10, SEED_CLASSES, norm="batch norm + softmax"),
    )


# measured on held-out blocks of F3 inline 339: neither mirror images nor random gains helped (dip direction and
# loudness tell classes apart there), label smoothing, weight decay and averaged weights did
_WALDELAND: dict[str, float | int | str | bool] = {
    "balance": 0.5,
    "schedule": "cosine",
    "label_smoothing": 0.1,
    "weight_decay": 0.02,
    "averaging": 0.98,
    "smooth_down": 3.0,
    "smooth_across": 60.0,
}

_OWN = (
    NetworkInfo(
        name="forest",
        title="Random forest (instant)",
        task="facies",
        description="Multi-scale amplitude, envelope, texture and position features; answers within a second.",
        build="",
        patch=1,
        receptive_field=65,
        uses_torch=False,
        layers=(),
    ),
    NetworkInfo(
        name="waldeland",
        title="Waldeland patch network",
        task="facies",
        description="Five valid 5x5 convolutions, seen from 65 x 65 samples; classifies whole sections densely.",
        build="seisgui.networks.waldeland:build_waldeland",
        patch=65,
        receptive_field=65,
        default_epochs=6,
        layers=_waldeland_layers(),
        settings=_WALDELAND,
    ),
    NetworkInfo(
        name="waldeland-same",
        title="Waldeland as published in 2018 (reproduction)",
        task="facies",
        description="Zero-padded inside the 64 x 64 patch, so every pixel needs a patch of its own: slow to predict.",
        build="seisgui.networks.waldeland:build_waldeland_same",
        patch=64,
        receptive_field=64,
        default_epochs=10,
        layers=_waldeland_same_layers(),
    ),
)


def networks(task: str | None = None) -> list[NetworkInfo]:
    """All networks of the program and of installed packages, the program's own first."""
    found = {info.name: info for info in _OWN}
    for point in entry_points(group=ENTRY_POINTS):
        try:
            loaded = point.load()
            info = loaded() if callable(loaded) else loaded
        except Exception as error:  # noqa: BLE001 - a third party's package may fail in any way; it must not stop us
            logger.warning("The network %r of an installed package cannot be loaded: %s", point.name, error)
            continue
        if not isinstance(info, NetworkInfo) or info.name in found:
            logger.warning("The network %r of an installed package is ignored: no or a second entry.", point.name)
            continue
        found[info.name] = info
    return [info for info in found.values() if task is None or info.task == task]


def network(name: str) -> NetworkInfo:
    """One network by name; raises ``InputError`` naming the choices."""
    known = networks()
    for info in known:
        if info.name == name:
            return info
    choices = ", ".join(info.name for info in known)
    raise InputError(f"{name!r} is not a network of this program.", f"Choose one of: {choices}.")
