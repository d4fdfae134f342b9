"""Layer tree, defaults and the six transfer strategies of PhaseNet."""

from __future__ import annotations

from seisgui.catalogue.freezing import FreezePreset
from seisgui.catalogue.infos import LayerInfo, NetworkInfo, Settings
from seisgui.catalogue.layers import Layers

KERNEL, DEPTH, ROOT, SAMPLES = 7, 5, 8, 3001
CHANNELS, PHASES = 3, ("N", "P", "S")  # those that counts and layers are told for


def _row(name: str, path: str, kind: str, output: str, parameters: int, group: tuple[str, ...]) -> LayerInfo:
    return LayerInfo(name, kind, output, parameters, path, group)


def _layers() -> Layers:
    lengths = [SAMPLES]
    for _ in range(DEPTH - 1):
        lengths.append(-(-lengths[-1] // 4))
    filters = [ROOT * 2**level for level in range(DEPTH)]
    group: tuple[str, ...] = ("Input",)
    shape = f"{ROOT} x {SAMPLES}"
    rows: Layers = (
        _row("input", "inc", f"convolution {ROOT} @ {KERNEL}", shape, (CHANNELS * KERNEL + 1) * ROOT, group),
        _row("input norm", "in_bn", "batch norm + ReLU", shape, 4 * ROOT, group),
    )
    last = ROOT
    for level, count in enumerate(filters):
        group, path = ("Encoder", f"Level {level + 1}"), f"down_branch.{level}"
        rows += _pair(f"down {level + 1}", path, 0, (last, count), f"{count} x {lengths[level]}", group)
        if level < DEPTH - 1:
            shape = f"{count} x {lengths[level + 1]}"
            rows += _pair(f"stride {level + 1}", path, 2, (count, count), shape, group, ", stride 4")
        last = count
    for number, count in enumerate(reversed(filters[:-1])):
        group, path = ("Decoder", f"Level {DEPTH - 1 - number}"), f"up_branch.{number}"
        shape = f"{count} x {lengths[DEPTH - 2 - number]}"
        rows += _pair(f"up {number + 1}", path, 0, (last, count), shape, group, ", transposed, stride 4")
        rows += _pair(f"merge {number + 1}", path, 2, (2 * count, count), shape, group)
        last = count
    out = _row("phases", "out", "convolution 3 @ 1 + softmax", f"3 x {SAMPLES}", (last + 1) * len(PHASES), ("Phases",))
    return (*rows, out)


def _pair(
    name: str, path: str, index: int, sizes: tuple[int, int], output: str, group: tuple[str, ...], then: str = ""
) -> Layers:
    """A convolution without bias and the batch norm after it."""
    inputs, count = sizes
    return (
        _row(name, f"{path}.{index}", f"convolution {count} @ {KERNEL}{then}", output, inputs * count * KERNEL, group),
        _row(f"{name} norm", f"{path}.{index + 1}", "batch norm + ReLU", output, 4 * count, group),
    )


INPUT, ENCODER, DECODER, OUTPUT = ("inc", "in_bn"), ("down_branch",), ("up_branch",), ("out",)
DEEPEST = ("down_branch.4", "up_branch.0")

# The paper does not tell which encoder and decoder layers its last row freezes: here the two deepest levels of both.
STRATEGIES = (
    FreezePreset("scratch", "From scratch: nothing loaded, all learns", fresh=(*INPUT, *ENCODER, *DECODER, *OUTPUT)),
    FreezePreset("tune-all", "All loaded, all learns"),
    FreezePreset("two-deepest", "All loaded, the two deepest layers frozen", DEEPEST),
    FreezePreset(
        "down-up-two-deepest",
        "Encoder and decoder loaded, the two deepest layers frozen",
        DEEPEST,
        fresh=(*INPUT, *OUTPUT),
    ),
    FreezePreset("input-encoder", "Input and encoder loaded and frozen", (*INPUT, *ENCODER), fresh=(*DECODER, *OUTPUT)),
    FreezePreset(
        "some-encoder-decoder",
        "All loaded, some encoder and decoder layers frozen",
        ("down_branch.3", "down_branch.4", "up_branch.0", "up_branch.1"),
    ),
)

_SETTINGS: Settings = {
    "threshold": 0.5,
    "min_distance": 50,
    "batch": 16,
    "learning_rate": 5e-4,
    "schedule": "cosine",
    "averaging": 0.98,
    "keep": 0.4,
    "patience": 0,
}

PHASENET = NetworkInfo(
    name="phasenet",
    title="PhaseNet",
    task="picking",
    description="A U-Net along time that tells noise, P and S at every sample of one- or three-component records.",
    build="seisgui.networks.phasenet:build_phasenet",
    patch=SAMPLES,
    receptive_field=3063,
    offers_position=False,
    default_epochs=6,
    layers=_layers(),
    settings=_SETTINGS,
    output="record",
    multiple=256,
    encoder=(*INPUT, *ENCODER),
    class_layers=OUTPUT,
    freezing=STRATEGIES,
    counted_for=(len(PHASES), CHANNELS),
)
