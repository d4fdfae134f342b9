"""A model meets a dataset it was not trained on: amplitude scale, sample interval, domain, orientation."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from seisgui.errors import InputError
from seisgui.learning.evaluation import predict_steps
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.axes import SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.progress import Progress
from seisgui.seismic.volume import FloatArray, Volume

if TYPE_CHECKING:
    from seisgui.learning.dense import NetworkModel
    from seisgui.learning.forest import ForestModel
    from seisgui.learning.together import Together

    # every model that the program loads has a ``scale``
    OwnModel = NetworkModel | ForestModel | Together

SAME_INTERVAL = 0.01  # relative difference that is none


@dataclass(frozen=True)
class Adapted:
    """A model made fit for a volume, and sentences that tell what that took."""

    model: OwnModel
    axes: VolumeAxes
    notices: tuple[str, ...]

    def predict_steps(
        self, amplitude: FloatArray, ref: SectionRef, step: int = 1
    ) -> Generator[Progress, None, FloatArray]:
        """Probabilities (n_class, ceil(n_lateral / step), ceil(n_sample / step)) of a section of the volume."""
        scale, sample = self.model.scale, self.axes.sample
        if same_interval(scale.interval, sample.interval):
            return (yield from predict_steps(self.model, amplitude, ref, self.axes, step))
        resampled, axes = resample(amplitude, self.axes, scale.interval)
        found = yield from predict_steps(self.model, resampled, ref, axes, step)
        wanted = np.arange(0, sample.count, step) * sample.interval / (scale.interval * step)
        nearest = np.clip(np.rint(wanted).astype(np.int64), 0, found.shape[2] - 1)
        return found[:, :, nearest]


def adapt(model: OwnModel, volume: Volume, *, trained_here: bool) -> Adapted:
    """Fit a model to a volume.

    A dataset it was not trained on gets its own clip value by the same rule. Raises ``InputError`` where time meets
    depth or units differ.
    """
    trained, sample = model.scale, volume.axes.sample
    if sample.domain.value != trained.domain or sample.unit != trained.unit:
        raise InputError(
            f"This run was trained on {trained.domain} ({trained.unit}), {volume.name} is in "
            f"{sample.domain.value} ({sample.unit}).",
            "Train on labels of this survey.",
        )
    notices = []
    if not trained_here:
        value = AmplitudeScale.of(volume, trained.rule).value
        model = model.with_scale(replace(trained, value=value))
        notices.append(
            f"{volume.name} is not the survey of the training: clipped at its own {trained.rule}, {value:.4g}, "
            f"instead of {trained.value:.4g}"
        )
    if not same_interval(trained.interval, sample.interval):
        notices.append(
            f"trained at {trained.interval:g} {trained.unit} a sample, {volume.name} has {sample.interval:g}: "
            "resampled for prediction"
        )
    return Adapted(model, volume.axes, tuple(notices))


def orientation_notice(trained: str, ref: SectionRef) -> str:
    """A sentence where a section runs another way than those of the training; '' where not."""
    if trained in ("both", ref.orientation.value):
        return ""
    return (
        f"trained on {trained}s, predicting an {ref.orientation.value}"
        if ref.orientation.value == "inline"
        else (f"trained on {trained}s, predicting a {ref.orientation.value}")
    )


def same_interval(one: float, other: float) -> bool:
    """Whether two sample intervals count as equal."""
    return abs(one - other) <= SAME_INTERVAL * one


def resample(amplitude: FloatArray, axes: VolumeAxes, interval: float) -> tuple[FloatArray, VolumeAxes]:
    """A section (n_lateral, n_sample) on another sample interval, NaN as 0, and the axes it then has."""
    sample = axes.sample
    ratio = interval / sample.interval
    source = np.nan_to_num(amplitude, nan=0.0)
    if ratio > 1.0:
        # what the coarser interval cannot carry would fold back
        source = gaussian_filter1d(source, 0.5 * np.sqrt(ratio**2 - 1.0), axis=1)
    count = int((sample.count - 1) / ratio + 1e-9) + 1
    spline = CubicSpline(np.arange(sample.count), source, axis=1)
    values = spline(np.arange(count) * ratio).astype(np.float32)
    fitted = SampleAxis(sample.start, interval, count, sample.domain, sample.unit)
    return values, replace(axes, sample=fitted)
