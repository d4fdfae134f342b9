"""Networks by name: the program's own and those of installed packages (entry points ``seisgui.networks``).

Channel 0 is the scaled amplitude, further ones tell position. A module of ``output`` 'section' maps tiles
(n, channels, h, w) to logits (n, n_class, h, w), see ``catalogue.NetworkInfo``. One of ``output`` 'patch' maps patches
(n, channels, patch, patch) to logits (n, n_class). Where that is a row of layers - (nested) ``nn.Sequential``, or a
method ``sequence`` that returns one - that neither pad the patch nor compare its places, whole sections are predicted
at once, see ``seisgui.networks.dense_twin``. A module of another kind may offer the same: ``dense(stack, step)``, a
generator that yields between short pieces of work and returns logits (n_class, ceil(h / step), ceil(w / step)) for a
stack (channels, h + patch - 1, w + patch - 1). Any other is run patch by patch. ``windows(batch)`` maps larger windows
to a lattice of logits (n, n_class, h', w') ``lattice`` pixels apart.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from seisgui import catalogue
from seisgui.errors import FailureError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn


def names() -> list[str]:
    """Names of all networks, as ``--network`` takes them."""
    return [info.name for info in catalogue.networks()]


def build(name: str, n_class: int, channels: int = 1) -> nn.Module:
    """A network with fresh weights from torch's global generator.

    Raises ``InputError`` where the name is unknown or no torch network, ``FailureError`` where a third party's
    function fails.
    """
    info = catalogue.network(name)
    if not info.uses_torch:
        raise InputError(f"{name!r} is no neural network and has no weights to build.")
    try:
        module_name, function_name = info.build.split(":")
        function = cast("Callable[[int, int], nn.Module]", getattr(import_module(module_name), function_name))
    except (ValueError, ImportError, AttributeError) as error:
        raise FailureError(f"The network {name!r} cannot be built from {info.build!r}: {error}") from error
    return function(n_class, channels)
