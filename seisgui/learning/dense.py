"""A torch network as a facies model: whole sections in, class probabilities out."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from seisgui.catalogue import NetworkInfo
from seisgui.learning.ages import SMOOTHED_ALONG, ages_of, smoothed_steps
from seisgui.learning.regularise import regularised
from seisgui.learning.sampling import position_channels
from seisgui.learning.whole_sections import section_steps, tile_work
from seisgui.networks.dense_twin import has_twin, twin_of
from seisgui.networks.device import autocast, out_of_memory_told
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.axes import SectionRef, VolumeAxes
from seisgui.seismic.progress import Progress, finish
from seisgui.seismic.volume import FloatArray

PATCHES_AT_ONCE = 128
SCORING_FLOPS = 2.5e12  # that a score may take on a side: half a minute of one core
LEAST_SCORED, MOST_SCORED = 300, 4000
AGE = "age"
AGE_CHANNELS = 3
WAVES = "waves"  # sines and cosines of relative age: layers of a few samples stand out in them
OCTAVES = (1, 2, 4, 8, 16)


def section_stack(
    amplitude: FloatArray, scale: AmplitudeScale, ref: SectionRef, axes: VolumeAxes, lines: tuple[str, ...] | None
) -> FloatArray:
    """Network input (n_channel, n_lateral, n_sample): scaled amplitudes, then position channels.

    ``lines`` names the line axes among the position channels beside two-way time, 'age' for relative geological time
    and 'waves' for its sines and cosines; None for no position at all.
    """
    scaled = scale.apply(amplitude)
    parts = [scaled[None]]
    if lines is not None:
        parts.append(position_channels(ref, axes, [name for name in lines if name not in (AGE, WAVES)]))
    if lines is not None and (AGE in lines or WAVES in lines):
        ages = ages_of(scaled) * np.float32(2.0 / max(scaled.shape[1] - 1, 1)) - np.float32(1.0)
        if AGE in lines:
            parts.append(ages)
        if WAVES in lines:
            angles = np.multiply.outer(np.asarray(OCTAVES, dtype=np.float32) * np.float32(np.pi), ages[SMOOTHED_ALONG])
            parts += [np.sin(angles), np.cos(angles)]
    return np.concatenate(parts)


def channel_count(lines: tuple[str, ...] | None) -> int:
    """Channels of ``section_stack``."""
    if lines is None:
        return 1
    special = {AGE: AGE_CHANNELS, WAVES: 2 * len(OCTAVES)}
    return 2 + sum(special.get(name, 1) for name in lines)


@dataclass(frozen=True)
class NetworkModel:
    """A network with everything it needs to predict; see ``seisgui.learning.model.SteppedModel``."""

    module: nn.Module
    info: NetworkInfo
    class_ids: tuple[int, ...]
    scale: AmplitudeScale
    lines: tuple[str, ...] | None
    device: torch.device
    smoothing: tuple[float, float] = (0.0, 0.0)  # along reflectors: samples, traces; zeros: none
    mirrored: bool = False
    regularise: float = 0.0  # see ``regularise.regularised``

    @property
    def network(self) -> str:
        return self.info.name

    @property
    def uses_position(self) -> bool:
        return self.lines is not None

    def unsmoothed(self) -> NetworkModel | None:
        """The same network without the smoothing along reflectors and the regularisation; None where it has none."""
        return replace(self, smoothing=(0.0, 0.0), regularise=0.0) if self.smooths else None

    @property
    def smooths(self) -> bool:
        """Whether what the network says is smoothed."""
        return any(self.smoothing) or self.regularise > 0.0

    def with_scale(self, scale: AmplitudeScale) -> NetworkModel:
        """The same network for amplitudes of another dataset."""
        return replace(self, scale=scale)

    def predict(self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1) -> FloatArray:
        """Class probabilities, see ``FaciesModel.predict``."""
        return np.asarray(finish(self.predict_steps(amplitude, ref, axes, step=step)))

    def predict_steps(
        self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1
    ) -> Generator[Progress, None, FloatArray]:
        """As ``predict``, yielding after every short piece of work."""
        stack = section_stack(amplitude, self.scale, ref, axes, self.lines)
        total = np.asarray((yield from self.probability_steps(stack, step)).cpu().numpy())
        return (yield from self.smoothed_steps(total, amplitude, step))

    def smoothed_steps(
        self, probabilities: FloatArray, amplitude: FloatArray, step: int = 1
    ) -> Generator[Progress, None, FloatArray]:
        """Probabilities at every ``step``-th pixel of a section, smoothed as this model's are."""
        live = np.isfinite(amplitude)
        if any(self.smoothing):
            ages = ages_of(self.scale.apply(amplitude))
            work = smoothed_steps(probabilities, live, ages, *self.smoothing, step)
            while True:
                try:
                    fraction = next(work)
                except StopIteration as outcome:
                    probabilities = np.asarray(outcome.value)
                    break
                yield Progress(int(1000 * fraction), 1000, "Smoothing along reflectors")
        return regularised(probabilities, live, self.regularise, step) if self.regularise else probabilities

    def probability_steps(self, stack: FloatArray, step: int = 1) -> Generator[Progress, None, Tensor]:
        """Class probabilities (n_class, ceil(h / step), ceil(w / step)) float32 of a stack, on the model's device.

        Mirror averaging included, smoothing not.
        """
        views = (stack, stack[:, ::-1]) if self.mirrored and step == 1 else (stack,)
        total = torch.zeros(())
        for number, view in enumerate(views):
            logits = yield from self._logits(view, step, number / len(views), 1 / len(views))
            with torch.inference_mode():
                found = torch.softmax(logits.float(), 0)
                total = found if number == 0 else total + found.flip(1)
        with torch.inference_mode():
            return total / len(views)

    def logits(self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1) -> FloatArray:
        """What the network says before softmax, mirror averaging and smoothing: (n_class, h, w) float32."""
        steps = self._logits(section_stack(amplitude, self.scale, ref, axes, self.lines), step, 0.0, 1.0)
        while True:
            try:
                next(steps)
            except StopIteration as outcome:
                return np.asarray(outcome.value.float().cpu().numpy())

    def features_steps(
        self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1
    ) -> Generator[Progress, None, Tensor]:
        """Dense features (n_feature, h, w) of a network that tells them from its head."""
        module: Any = self.module
        module.eval()
        stack = section_stack(amplitude, self.scale, ref, axes, self.lines)
        if self.sees_sections:
            whole = torch.from_numpy(stack).to(self.device)
            features = yield from self._stepped(section_steps(module.feature_steps, self.info, whole), 0.0, 1.0)
            return features[:, ::step, ::step]
        work = module.dense_features(torch.from_numpy(self._padded(stack)).to(self.device), step)
        return (yield from self._stepped(work, 0.0, 1.0))

    @property
    def sees_sections(self) -> bool:
        """Whether the network maps sections as a whole; a coarse result then costs as much as a full one."""
        return self.info.output == "section"

    @property
    def by_pixel(self) -> bool:
        """Whether every pixel needs a patch of its own: found once a network."""
        return not (self.sees_sections or self._has_own_dense or has_twin(self.module, self.info.patch))

    @property
    def _has_own_dense(self) -> bool:
        return callable(getattr(type(self.module), "dense", None))

    def most_scored(self) -> int:
        """See ``evaluation.PixelModel``; the cost of a pixel is that of its patch."""
        patch = torch.zeros((1, channel_count(self.lines), self.info.patch, self.info.patch), device=self.device)
        self.module.eval()
        with torch.inference_mode(), FlopCounterMode(display=False) as counter:
            self.module(patch)
        return int(np.clip(SCORING_FLOPS / max(counter.get_total_flops(), 1), LEAST_SCORED, MOST_SCORED))

    def predict_pixels(
        self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, pixels: NDArray[np.int64]
    ) -> Generator[Progress, None, FloatArray]:
        """Probabilities (n_class, n) of pixels (n, 2) of lateral and sample index, without smoothing."""
        windows = self._windows(self._padded(section_stack(amplitude, self.scale, ref, axes, self.lines)))
        parts = [np.empty((0, len(self.class_ids)), dtype=np.float32)]
        self.module.eval()
        for first in range(0, len(pixels), PATCHES_AT_ONCE):
            lateral, sample = pixels[first : first + PATCHES_AT_ONCE].T
            with torch.inference_mode(), autocast(self.device), out_of_memory_told():
                logits = self._classify(windows, lateral, sample)
                parts.append(torch.softmax(logits, 1).cpu().numpy())
            yield Progress(first, len(pixels), "Predicting labelled pixels")
        return np.concatenate(parts).T

    def _padded(self, stack: FloatArray) -> FloatArray:
        before = self.info.patch // 2
        after = self.info.patch - before - 1
        return np.pad(stack, ((0, 0), (before, after), (before, after)))

    def _windows(self, padded: FloatArray) -> FloatArray:
        """Every patch, a view (n_channel, n_lateral, n_sample, patch, patch)."""
        return sliding_window_view(padded, (self.info.patch, self.info.patch), axis=(1, 2))

    def _classify(self, windows: FloatArray, lateral: NDArray[np.int64], sample: NDArray[np.int64]) -> Tensor:
        patches = np.ascontiguousarray(windows[:, lateral, sample].swapaxes(0, 1))
        logits: Tensor = self.module(torch.from_numpy(patches).to(self.device)).float()
        return logits

    def _logits(self, stack: FloatArray, step: int, start: float, share: float) -> Generator[Progress, None, Tensor]:
        self.module.eval()
        if self.sees_sections:
            work = self._at_once(stack, step)
        else:
            padded = self._padded(stack)
            work = self._patch_loop(padded, step) if self.by_pixel else self._dense(padded, step)
        return (yield from self._stepped(work, start, share))

    def _at_once(self, stack: FloatArray, step: int) -> Generator[float, None, Tensor]:
        whole = torch.from_numpy(np.ascontiguousarray(stack)).to(self.device)
        logits = yield from section_steps(tile_work(self.module), self.info, whole)
        return logits[:, ::step, ::step]

    def _stepped(
        self, work: Generator[float, None, Tensor], start: float, share: float
    ) -> Generator[Progress, None, Tensor]:
        while True:
            # the modes are entered anew for every piece: between two pieces other work may use torch
            with torch.inference_mode(), autocast(self.device), out_of_memory_told():
                try:
                    fraction = next(work)
                except StopIteration as outcome:
                    logits: Tensor = outcome.value
                    return logits
            yield Progress(int(1000 * (start + fraction * share)), 1000, "Predicting")

    def _dense(self, padded: FloatArray, step: int) -> Generator[float, None, Tensor]:
        module: Any = self.module
        dense = module.dense if self._has_own_dense else twin_of(self.module, self.info.patch).steps
        logits: Tensor = yield from dense(torch.from_numpy(padded).to(self.device), step)
        return logits.contiguous()

    def _patch_loop(self, padded: FloatArray, step: int) -> Generator[float, None, Tensor]:
        windows = self._windows(padded)[:, ::step, ::step]
        height, width = windows.shape[1:3]
        flat = np.arange(height * width)
        parts = []
        for first in range(0, len(flat), PATCHES_AT_ONCE):
            lateral, sample = np.divmod(flat[first : first + PATCHES_AT_ONCE], width)
            parts.append(self._classify(windows, lateral, sample))
            yield min(1.0, (first + PATCHES_AT_ONCE) / len(flat))
        return torch.cat(parts).T.reshape(-1, height, width)
