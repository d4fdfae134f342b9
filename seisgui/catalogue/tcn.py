"""The temporal convolutional networks for impedance: sizes, layer trees, defaults; plain data."""

from __future__ import annotations

from seisgui.catalogue.freezing import FreezePreset
from seisgui.catalogue.infos import LayerInfo, NetworkInfo

KERNEL = 5
DROPOUT = 0.2
MUSTAFA_CHANNELS = (3, 5, 5, 5, 6, 6)
WIDE_CHANNELS = (32,) * 7


def receptive_field(widths: tuple[int, ...]) -> int:
    """Samples that one output depends on: two convolutions a block, the dilation doubling."""
    return 1 + 2 * (KERNEL - 1) * ((1 << len(widths)) - 1)


def _layers(widths: tuple[int, ...]) -> tuple[LayerInfo, ...]:
    rows: list[LayerInfo] = []
    inputs = 1
    for number, width in enumerate(widths):
        group = (f"Block {number + 1}",)
        output = f"{width} x samples"
        for place, source in (("conv1", inputs), ("conv2", width)):
            kind = f"convolution {width} @ {KERNEL}, dilation {2**number}, weight norm + ReLU"
            count = source * width * KERNEL + 2 * width  # directions, lengths and biases
            path = f"blocks.{number}.{place}"
            rows.append(LayerInfo(f"block{number + 1} {place}", kind, output, count, path, group))
        if inputs != width:
            count = inputs * width + width
            path = f"blocks.{number}.skip"
            rows.append(LayerInfo(f"block{number + 1} skip", "convolution 1", output, count, path, group))
        inputs = width
    rows.append(LayerInfo("output", "convolution 1 @ 1", "1 x samples", inputs + 1, "output", ("Output",)))
    return tuple(rows)


def _presets(widths: tuple[int, ...]) -> tuple[FreezePreset, ...]:
    early = tuple(f"blocks.{number}" for number in range(len(widths) // 2))
    return (
        FreezePreset("early-blocks", "First half of the blocks frozen", early),
        FreezePreset("all-but-output", "Only the output layer learns", ("blocks",)),
    )


_SETTINGS: dict[str, float | int | str | bool] = {"learning_rate": 1e-3, "weight_decay": 1e-4, "patience": 100}

MUSTAFA2019 = NetworkInfo(
    name="tcn-mustafa2019",
    title="TCN of Mustafa et al. (2019), causal",
    task="impedance",
    description="Six small causal blocks; the network of the papers on impedance.",
    build="seisgui.networks.tcn:build_mustafa2019",
    patch=1,
    receptive_field=receptive_field(MUSTAFA_CHANNELS),
    offers_position=False,
    default_epochs=20,
    layers=_layers(MUSTAFA_CHANNELS),
    settings=_SETTINGS,
    output="trace",
    class_layers=("output",),
    freezing=_presets(MUSTAFA_CHANNELS),
)

TCN = NetworkInfo(
    name="tcn",
    title="Wide TCN",
    task="impedance",
    description="Seven blocks of 32 channels that see both sides of a sample.",
    build="seisgui.networks.tcn:build_wide",
    patch=1,
    receptive_field=receptive_field(WIDE_CHANNELS),
    offers_position=False,
    default_epochs=20,
    layers=_layers(WIDE_CHANNELS),
    settings=_SETTINGS,
    output="trace",
    class_layers=("output",),
    freezing=_presets(WIDE_CHANNELS),
)
