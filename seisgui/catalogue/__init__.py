"""What the window must know of networks: names, layer trees, counts, freezing and defaults; plain data, no torch."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import EntryPoints, entry_points

from seisgui.catalogue.freezing import Branch, FreezePlan, FreezePreset, branch_factor, frozen_parameters
from seisgui.catalogue.imagenet import RESNET50, VGG16
from seisgui.catalogue.infos import SEED_CLASSES, LayerInfo, NetworkInfo, OfficialWeights
from seisgui.catalogue.phasenet import PHASENET
from seisgui.catalogue.sections import UNET, VGG16_UNET
from seisgui.catalogue.waldeland import WALDELAND, WALDELAND_SAME
from seisgui.errors import InputError

__all__ = [
    "ENTRY_POINTS",
    "SEED_CLASSES",
    "Branch",
    "FreezePlan",
    "FreezePreset",
    "LayerInfo",
    "NetworkInfo",
    "OfficialWeights",
    "branch_factor",
    "frozen_parameters",
    "network",
    "networks",
]

logger = logging.getLogger(__name__)

ENTRY_POINTS = "seisgui.networks"

FOREST = NetworkInfo(
    name="forest",
    title="Random forest (instant)",
    task="facies",
    description="Multi-scale amplitude, envelope, texture and position features; answers within a second. The default: "
    "with few labels it did best on held-out blocks.",
    build="",
    patch=1,
    receptive_field=65,
    uses_torch=False,
)

_OWN = (FOREST, WALDELAND, UNET, VGG16_UNET, VGG16, RESNET50, WALDELAND_SAME, PHASENET)


def networks(task: str | None = None) -> list[NetworkInfo]:
    """All networks of the program and of installed packages, the program's own first."""
    found = {info.name: info for info in _OWN}
    for point in _points(entry_points, tuple(sys.path)):
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


@lru_cache(maxsize=1)
def _points(find: Callable[..., EntryPoints], _path: tuple[str, ...]) -> EntryPoints:
    """Entry points of installed packages, looked for once: the metadata of all packages take 35 ms to read."""
    return find(group=ENTRY_POINTS)


def network(name: str) -> NetworkInfo:
    """One network by name; raises ``InputError`` naming the choices."""
    known = networks()
    for info in known:
        if info.name == name:
            return info
    choices = ", ".join(info.name for info in known)
    raise InputError(f"{name!r} is not a network of this program.", f"Choose one of: {choices}.")
