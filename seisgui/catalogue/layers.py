"""Rows of layer tables, with the counts that follow from their sizes."""

from __future__ import annotations

from seisgui.catalogue.infos import SEED_CLASSES, LayerInfo

Layers = tuple[LayerInfo, ...]
Group = tuple[str, ...]


def square(channels: int, side: int) -> str:
    """Shape of a layer's output."""
    return f"{channels} x {side} x {side}"


def convolution(
    name: str,
    path: str,
    sizes: tuple[int, int, int],
    output: str,
    group: Group,
    *,
    stride: int = 1,
    bias: bool = True,
    then: str = "",
) -> LayerInfo:
    """A convolution of ``sizes`` (input channels, filters, side)."""
    inputs, filters, side = sizes
    kind = f"convolution {filters} @ {side}x{side}" + (f", stride {stride}" if stride > 1 else "") + then
    return LayerInfo(name, kind, output, inputs * filters * side * side + bias * filters, path, group)


def norm(name: str, path: str, channels: int, output: str, group: Group, then: str = " + ReLU") -> LayerInfo:
    """A batch norm: scale, shift, mean and variance of every channel."""
    return LayerInfo(name, f"batch norm{then}", output, 4 * channels, path, group)


def dense(name: str, path: str, inputs: int, outputs: int, group: Group) -> LayerInfo:
    """A fully connected layer."""
    return LayerInfo(name, f"dense {outputs}", str(outputs), inputs * outputs + outputs, path, group)


def classes(inputs: int, *, then: str = "", normed: bool = False) -> Layers:
    """The last dense layer, with a batch norm of its own in the networks of 2018."""
    group = ("Classes",)
    last = dense("classes", "classes", inputs, SEED_CLASSES, group)
    if not normed:
        return (LayerInfo(last.name, last.kind + then, last.output, last.parameters, last.path, group),)
    return last, norm("classes norm", "classes_norm", SEED_CLASSES, str(SEED_CLASSES), group, " + softmax")
