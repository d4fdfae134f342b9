"""A small U-Net (Ronneberger et al. 2015), and the decoder that it shares with larger encoders."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from seisgui.seismic.progress import finish

Result = TypeVar("Result")

WIDTHS = (16, 32, 48, 64, 96)  # channels of the levels, finest first


def stage(inputs: int, outputs: int) -> nn.Sequential:
    """Two 3x3 convolutions with batch norm and ReLU that keep the size."""
    layers: list[nn.Module] = []
    for count in (inputs, outputs):
        layers += [
            nn.Conv2d(count, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)


class Decoder(nn.ModuleList):
    """From the coarsest features up: twice the size, beside them the encoder's and the position, a stage.

    ``skips`` and ``widths`` are channels finest first; ``positions`` counts position channels.
    """

    def __init__(self, bottom: int, skips: Sequence[int], widths: Sequence[int], positions: int) -> None:
        below = (*widths[1:], bottom)
        stages = [
            stage(lower + skip + positions, width) for lower, skip, width in zip(below, skips, widths, strict=True)
        ]
        super().__init__(reversed(stages))

    def last_inputs(self, bottom: Tensor, skips: Sequence[Tensor], position: Tensor) -> Generator[None, None, Tensor]:
        """What the last stage takes (n, channels, h, w), of the encoder's features (finest first) and position."""
        found = bottom
        for number, (layer, skip) in enumerate(zip(self, reversed(skips), strict=True), start=1):
            parts = [functional.interpolate(found, scale_factor=2.0), skip]
            if position.shape[1]:
                parts.append(functional.avg_pool2d(position, position.shape[2] // skip.shape[2]))
            found = torch.cat(parts, 1)
            if number < len(self):
                found = layer(found)
            yield
        return found


def filled_up(batch: Tensor, multiple: int) -> Tensor:
    """A batch whose height and width are multiples of ``multiple``, its last row and column repeated."""
    height, width = batch.shape[2:]
    pads = (0, -width % multiple, 0, -height % multiple)
    return functional.pad(batch, pads, mode="replicate") if any(pads) else batch


class SectionNetwork(nn.Module):
    """An encoder of the amplitude, a decoder that also sees position, and a 1x1 convolution that tells the classes.

    Channel 0 is the amplitude, all that the encoder sees: it can come from elsewhere with and without position.
    Further channels tell position and join every stage of the decoder.
    """

    multiple: int
    n_level: int
    decoder: Decoder
    classes: nn.Conv2d
    head_reach = 2  # pixels that the head sees on every side of its own

    def level_steps(self, amplitude: Tensor) -> Generator[None, None, list[Tensor]]:
        """What the levels of the encoder see of (n, 1, h, w), finest first; h and w multiples of ``multiple``."""
        raise NotImplementedError

    @property
    def head(self) -> nn.Module:
        """The last stage of the decoder: what ``classes`` stands on."""
        return self.decoder[-1]

    def feature_steps(self, tiles: Tensor) -> Generator[float, None, Tensor]:
        """What the head takes (n, n_feature, h, w) of tiles (n, channels, h, w); yields the fraction done."""
        features = yield from self._filled_features(tiles)
        return features[:, :, : tiles.shape[2], : tiles.shape[3]]

    def _filled_features(self, tiles: Tensor) -> Generator[float, None, Tensor]:
        filled = filled_up(tiles, self.multiple)
        *skips, bottom = yield from _counted(self.level_steps(filled[:, :1]), 0.0, 0.4 / self.n_level)
        return (yield from _counted(self.decoder.last_inputs(bottom, skips, filled[:, 1:]), 0.4, 0.4 / len(skips)))

    def steps(self, tiles: Tensor) -> Generator[float, None, Tensor]:
        """As calling the network; yields the fraction done after every stage."""
        features = yield from self._filled_features(tiles)
        logits: Tensor = self.classes(self.head(features))
        return logits[:, :, : tiles.shape[2], : tiles.shape[3]]

    def forward(self, tiles: Tensor) -> Tensor:
        """Logits (n, n_class, h, w) of tiles (n, channels, h, w) of any size."""
        return finish(self.steps(tiles))

    def classify_features(self, features: Tensor) -> Tensor:
        """Logits (n_class, h, w) of features (n_feature, h, w)."""
        logits: Tensor = self.classes(self.head(features[None]))[0]
        return logits


def _counted(work: Generator[None, None, Result], start: float, share: float) -> Generator[float, None, Result]:
    done = 0
    while True:
        try:
            next(work)
        except StopIteration as outcome:
            result: Result = outcome.value
            return result
        done += 1
        yield min(start + done * share, 1.0)


class UNet(SectionNetwork):
    """Five levels of 16 to 96 channels, about half a million parameters."""

    multiple = 2 ** (len(WIDTHS) - 1)
    n_level = len(WIDTHS)

    def __init__(self, n_class: int, channels: int = 1) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(
            stage(inputs, width) for inputs, width in zip((1, *WIDTHS[:-1]), WIDTHS, strict=True)
        )
        self.decoder = Decoder(WIDTHS[-1], WIDTHS[:-1], WIDTHS[:-1], channels - 1)
        self.classes = nn.Conv2d(WIDTHS[0], n_class, 1)

    def level_steps(self, amplitude: Tensor) -> Generator[None, None, list[Tensor]]:
        """See ``SectionNetwork.level_steps``."""
        levels: list[Tensor] = []
        for level in self.encoder:
            levels.append(level(functional.max_pool2d(levels[-1], 2) if levels else amplitude))
            yield
        return levels

    def features(self, amplitude: Tensor) -> list[Tensor]:
        """``level_steps`` at once."""
        return finish(self.level_steps(amplitude))


def build_unet(n_class: int, channels: int = 1) -> nn.Module:
    """See ``UNet``."""
    return UNet(n_class, channels)
