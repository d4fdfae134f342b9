"""The quick half of live learning: the head of a network learns from features its convolutions saw before."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from seisgui.learning.batches import IGNORED, TargetMap, draw_pixels
from seisgui.learning.events import Progress
from seisgui.learning.sampling import Pool
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.volume import BoolArray

BATCH = 512
LEARNING_RATE = 4e-3  # in the beginning; it falls to a small share
LEAST_RATE = 0.05
STEPS_AT_ONCE = 10  # between two yields
MOST_BYTES = 600_000_000  # of features that are kept: 88 MB for 951 traces of 462 samples of fifty
REPLAY_BALANCE = 0.5
ANCHORS = 2048  # unlabelled pixels that should stay what they were: one stroke says little about the rest
ANCHOR_SHARE = 0.35  # of every batch


def has_quick_head(module: nn.Module) -> bool:
    """Whether a network tells features and head apart."""
    features = hasattr(module, "dense_features") or hasattr(module, "feature_steps")
    return features and hasattr(module, "classify_features")


def head_of(module: nn.Module) -> nn.Sequential:
    """The layers from the features to the logits: convolutions that keep the size."""
    own: Any = module
    return nn.Sequential(*([own.head] if hasattr(module, "head") else []), own.classes)


def reach_of_head(module: nn.Module) -> int:
    """Pixels that the head sees on every side of its own."""
    return int(getattr(module, "head_reach", 0))


class FeatureMaps:
    """Dense features (n_feature, n_lateral, n_sample) of the sections predicted last."""

    def __init__(self) -> None:
        self._maps: dict[SectionRef, Tensor] = {}

    def put(self, ref: SectionRef, features: Tensor) -> None:
        self._maps.pop(ref, None)
        self._maps[ref] = features
        while sum(kept.nbytes for kept in self._maps.values()) > MOST_BYTES:
            del self._maps[next(iter(self._maps))]

    def get(self, ref: SectionRef) -> Tensor | None:
        return self._maps.get(ref)

    def clear(self) -> None:
        self._maps.clear()


def learn_head(
    module: nn.Module,
    maps: Sequence[Tensor],
    targets: Sequence[TargetMap],
    focus: Sequence[BoolArray],
    focus_share: float,
    seed: int,
    seconds: float,
    least: int,
    most: int,
) -> Generator[Progress, None, int]:
    """Train the head of a module on labelled pixels of feature maps; returns the number of updates.

    ``targets`` and ``focus`` (n_lateral, n_sample) belong to ``maps`` one by one. ``focus_share`` of a batch comes
    from the focus, a part from pixels without label that should stay as they are, the rest from all labels, so that
    nothing else is forgotten. Ends after ``seconds``, but not before ``least`` nor after ``most`` updates. Batch norms
    keep their statistics: a batch of strokes is not what a section looks like.
    """
    generator = np.random.default_rng(seed)
    pool = Pool.of(targets, [target != IGNORED for target in targets])
    focused = Pool.of(targets, focus)
    if not len(pool.pixels):
        return 0
    head = head_of(module)
    parameters = [parameter for parameter in head.parameters() if parameter.requires_grad]
    if not parameters:
        return 0
    head.eval()
    optimiser = torch.optim.AdamW(parameters, LEARNING_RATE)
    reach = reach_of_head(module)
    began = time.monotonic()
    count = round(BATCH * focus_share) if len(focused.pixels) else 0
    anchors = Anchors.of(head, maps, targets, generator, reach) if count else None
    n_anchor = round(BATCH * ANCHOR_SHARE) if anchors is not None else 0
    for number in range(most):
        done = max(number / most, min(number / least, (time.monotonic() - began) / seconds))
        if done >= 1.0:
            return number
        replayed = draw_pixels(pool, generator, BATCH - count - n_anchor, REPLAY_BALANCE)
        features, wanted = gathered(maps, targets, replayed, reach)
        if count:
            strokes = gathered(maps, targets, draw_pixels(focused, generator, count, 1.0), reach)
            features, wanted = torch.cat([strokes[0], features]), torch.cat([strokes[1], wanted])
        loss = functional.cross_entropy(outputs(head, features), wanted)
        if anchors is not None:
            loss = loss + n_anchor / len(wanted) * anchors.loss(head, generator, n_anchor)
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * max(1.0 - done, LEAST_RATE)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        if number % STEPS_AT_ONCE == STEPS_AT_ONCE - 1:
            yield Progress(number + 1, most, "Live: learning from the strokes")
    return most


@dataclass(frozen=True)
class Anchors:
    """Windows of features (n, n_feature, side, side) without label, and what was said of them (n, n_class)."""

    features: Tensor
    said: Tensor

    @classmethod
    def of(
        cls,
        head: nn.Module,
        maps: Sequence[Tensor],
        targets: Sequence[TargetMap],
        generator: np.random.Generator,
        reach: int,
    ) -> Anchors | None:
        """Pixels at random, with what the head says of them now; None where all are labelled."""
        places = generator.random((ANCHORS, 3)) * [[len(maps), 1.0, 1.0]]
        section = places[:, 0].astype(np.int32)
        sizes = np.asarray([target.shape for target in targets])[section]
        pixels = np.column_stack([section, (places[:, 1:] * sizes).astype(np.int32)])
        features, known = gathered(maps, targets, pixels, reach)
        features = features[known == IGNORED]
        if not len(features):
            return None
        with torch.no_grad():
            return cls(features, torch.softmax(outputs(head, features), 1))

    def loss(self, head: nn.Module, generator: np.random.Generator, count: int) -> Tensor:
        """Cross-entropy of some of them to what was said."""
        drawn = torch.from_numpy(generator.integers(len(self.features), size=count))
        return functional.cross_entropy(outputs(head, self.features[drawn]), self.said[drawn])


def outputs(head: nn.Module, features: Tensor) -> Tensor:
    """Logits (n, n_class) of the middle pixels of windows of features."""
    with unpadded(head):
        logits: Tensor = head(features)
    return logits.flatten(1)


@contextmanager
def unpadded(head: nn.Module) -> Generator[None, None, None]:
    """Convolutions that lose their border: of a window just large enough, one pixel is left."""
    convolutions = [layer for layer in head.modules() if isinstance(layer, nn.Conv2d)]
    paddings = [layer.padding for layer in convolutions]
    for layer in convolutions:
        layer.padding = (0, 0)
    try:
        yield
    finally:
        for layer, padding in zip(convolutions, paddings, strict=True):
            layer.padding = padding


def gathered(
    maps: Sequence[Tensor], targets: Sequence[TargetMap], pixels: NDArray[np.int32], reach: int = 0
) -> tuple[Tensor, Tensor]:
    """Windows (n, n_feature, side, side) of features around pixels (n, 3) of section, lateral and sample index.

    The side is ``2 * reach + 1``, zeros lie outside a section; with them targets (n,).
    """
    features, wanted = [], []
    around = torch.arange(-reach, reach + 1)
    for number, (feature_map, target) in enumerate(zip(maps, targets, strict=True)):
        mine = pixels[pixels[:, 0] == number]
        places, inside = [], []
        for count, middle in zip(target.shape, mine.T[1:], strict=True):
            place = torch.from_numpy(middle.astype(np.int64))[:, None] + around
            inside.append((place >= 0) & (place < count))
            places.append(place.clamp(0, count - 1))
        known = (inside[0][:, :, None] & inside[1][:, None, :]).to(feature_map.device)
        windows = feature_map[:, places[0][:, :, None], places[1][:, None, :]]
        features.append((windows * known).movedim(1, 0))  # a copy: features made in inference mode cannot be trained on
        wanted.append(torch.from_numpy(target[mine[:, 1], mine[:, 2]]).to(feature_map.device))
    return torch.cat(features), torch.cat(wanted)
