"""The quick half of live learning: the head of a network learns from features its convolutions saw before."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
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
LEARNING_RATE = 2e-3
LEARNT = 0.97  # accuracy on the latest strokes from which the head has learnt them: more would cost the other labels
STEPS_AT_ONCE = 10  # between two yields
MOST_SECTIONS = 4  # whose features are kept: 88 MB for 951 traces of 462 samples
REPLAY_BALANCE = 0.5


def has_quick_head(module: nn.Module) -> bool:
    """Whether a network tells features and head apart."""
    features = hasattr(module, "dense_features") or hasattr(module, "feature_steps")
    return features and hasattr(module, "classify_features")


def head_of(module: nn.Module) -> nn.Sequential:
    """The layers from the features to the logits: all 1x1 convolutions."""
    own: Any = module
    return nn.Sequential(*([own.head] if hasattr(module, "head") else []), own.classes)


class FeatureMaps:
    """Dense features (n_feature, n_lateral, n_sample) of the sections predicted last."""

    def __init__(self) -> None:
        self._maps: dict[SectionRef, Tensor] = {}

    def put(self, ref: SectionRef, features: Tensor) -> None:
        self._maps.pop(ref, None)
        self._maps[ref] = features
        while len(self._maps) > MOST_SECTIONS:
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
    from the focus, the rest from all labels, so that nothing else is forgotten; ends once the focus is learnt.
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
    optimiser = torch.optim.AdamW(parameters, LEARNING_RATE)
    ends = time.monotonic() + seconds
    learnt = 0
    count = round(BATCH * focus_share) if len(focused.pixels) else 0
    for number in range(most):
        if (number >= least and time.monotonic() >= ends) or learnt >= STEPS_AT_ONCE:
            return number
        features, wanted = gathered(maps, targets, draw_pixels(pool, generator, BATCH - count, REPLAY_BALANCE))
        if count:
            strokes = gathered(maps, targets, draw_pixels(focused, generator, count, 1.0))
            features, wanted = torch.cat([strokes[0], features]), torch.cat([strokes[1], wanted])
        for layer in head.modules():
            layer.training = all(parameter.requires_grad for parameter in layer.parameters())
        logits = head(features[:, :, None, None]).flatten(1)
        loss = functional.cross_entropy(logits, wanted)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        if count:
            right = (logits[:count].argmax(1) == wanted[:count]).float().mean()
            learnt = learnt + 1 if float(right) >= LEARNT else 0
        if number % STEPS_AT_ONCE == STEPS_AT_ONCE - 1:
            yield Progress(number + 1, most, "Live: learning from the strokes")
    return most


def gathered(maps: Sequence[Tensor], targets: Sequence[TargetMap], pixels: NDArray[np.int32]) -> tuple[Tensor, Tensor]:
    """Features (n, n_feature) and targets (n,) of pixels (n, 3) of section, lateral and sample index."""
    features, wanted = [], []
    for number, (feature_map, target) in enumerate(zip(maps, targets, strict=True)):
        mine = pixels[pixels[:, 0] == number]
        lateral, sample = torch.from_numpy(mine[:, 1].astype(np.int64)), torch.from_numpy(mine[:, 2].astype(np.int64))
        # a copy: features made in inference mode cannot take part in training
        features.append(feature_map[:, lateral, sample].T.clone())
        wanted.append(torch.from_numpy(target[mine[:, 1], mine[:, 2]]).to(feature_map.device))
    return torch.cat(features), torch.cat(wanted)
