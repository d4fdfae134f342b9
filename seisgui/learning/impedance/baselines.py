"""What a network has to beat: the mean of the labels, straight lines between them, ridge regression on windows.

Ridge is more than a foil: from a handful of labelled traces it is hard to beat, and it can be chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from seisgui.errors import InputError
from seisgui.learning.impedance.scores import filled_along_traces
from seisgui.learning.impedance.structure import Beds, carried_model

Grid = NDArray[np.float64]
Labels = Mapping[int, NDArray[np.floating]]  # impedance (n_sample,) by trace index, NaN where unknown

INTEGRAL_HZ = (2.0, 4.0, 8.0)  # lower edges of the integrated seismic
WINDOW = 20  # samples on either side
PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)


def mean_of_labels(labels: Labels, shape: tuple[int, int]) -> Grid:
    """The mean of the labelled traces at every sample, (n_trace, n_sample); level beyond what is labelled."""
    stacked = np.stack([np.asarray(log, dtype=np.float64) for log in labels.values()])
    known = np.isfinite(stacked)
    count = known.sum(axis=0)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.broadcast_to(filled_along_traces(mean[None]), shape)


def interpolated(labels: Labels, shape: tuple[int, int]) -> Grid:
    """Straight lines between labelled traces at every sample, level beyond the first and last of them."""
    traces = sorted(labels)
    logs = filled_along_traces(np.stack([labels[trace] for trace in traces]))
    places = np.arange(shape[0])
    return np.stack([np.interp(places, traces, logs[:, sample]) for sample in range(shape[1])], axis=1)


def integrated(seismic: NDArray[np.floating], interval_ms: float, edge_hz: float) -> Grid:
    """The running sum of traces (n_trace, n_sample) above ``edge_hz``: what impedance looks like within the band."""
    summed = np.cumsum(np.nan_to_num(np.asarray(seismic, dtype=np.float64)), axis=1)
    sections = signal.butter(2, edge_hz * interval_ms / 500.0, "high", output="sos")
    return np.asarray(signal.sosfiltfilt(sections, summed, axis=1, padlen=min(summed.shape[1] - 1, 150)))


def low_passed(section: Grid, interval_ms: float, edge_hz: float) -> Grid:
    """The part below ``edge_hz`` of every trace, zero phase."""
    sections = signal.butter(2, edge_hz * interval_ms / 500.0, "low", output="sos")
    return np.asarray(signal.sosfiltfilt(sections, section, axis=1, padlen=min(section.shape[1] - 1, 150)))


@dataclass(frozen=True)
class RidgeSettings:
    """What ridge regression looks at; ``low_hz`` 0 leaves the low-frequency model out, ``penalty`` 0 chooses one."""

    window: int = WINDOW
    integral: bool = True
    time: bool = True
    low_hz: float = 8.0
    penalty: float = 0.0


@dataclass
class TraceRidge:
    """Ridge regression of log-impedance on a window of seismic, its integral, time and the logs carried along beds.

    The carried logs of a labelled trace come from the other labelled traces while the regression is fitted, as they do
    everywhere else when it predicts: otherwise it would learn to copy.
    """

    settings: RidgeSettings = field(default_factory=RidgeSettings)
    penalty: float = 0.0

    def predict(self, seismic: NDArray[np.floating], labels: Labels, interval_ms: float) -> Grid:
        """Impedance (n_trace, n_sample) everywhere from the labelled traces; raises ``InputError`` without labels."""
        labels = {trace: np.log(log) for trace, log in labels.items() if np.isfinite(log).any()}
        if not labels:
            raise InputError("No trace has a known impedance.", "Tie a well, or choose traces of an impedance section.")
        fixed = self._features(seismic, interval_ms)
        rows, moving = self._training_rows(seismic, labels, interval_ms)
        truth = [labels[trace][np.isfinite(labels[trace])] for trace in labels]
        stacked = [
            np.concatenate([fixed[trace][np.isfinite(labels[trace])], extra], axis=1)
            for trace, extra in zip(labels, rows, strict=True)
        ]
        scaler = StandardScaler().fit(np.concatenate(stacked))
        scaled = [scaler.transform(row) for row in stacked]
        self.penalty = self.settings.penalty or _chosen_penalty(scaled, truth)
        model = Ridge(alpha=self.penalty).fit(np.concatenate(scaled), np.concatenate(truth))
        everywhere = np.concatenate([fixed, moving], axis=2)
        flat = model.predict(scaler.transform(everywhere.reshape(-1, everywhere.shape[2])))
        return np.asarray(np.exp(flat.reshape(seismic.shape)))

    def _features(self, seismic: NDArray[np.floating], interval_ms: float) -> Grid:
        """What seismic alone tells, (n_trace, n_sample, n_feature)."""
        amplitude = np.nan_to_num(np.asarray(seismic, dtype=np.float64))
        reach = self.settings.window
        padded = np.pad(amplitude, ((0, 0), (reach, reach)), mode="edge")
        parts = [np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1)]
        if self.settings.integral:
            parts += [integrated(amplitude, interval_ms, edge)[..., None] for edge in INTEGRAL_HZ]
        if self.settings.time:
            parts.append(np.broadcast_to(np.arange(amplitude.shape[1], dtype=np.float64), amplitude.shape)[..., None])
        return np.concatenate(parts, axis=2)

    def _training_rows(
        self, seismic: NDArray[np.floating], labels: Labels, interval_ms: float
    ) -> tuple[list[Grid], Grid]:
        """The carried logs at the labelled samples of each labelled trace, and everywhere."""
        if not self.settings.low_hz:
            empty = [np.empty((int(np.isfinite(log).sum()), 0)) for log in labels.values()]
            return empty, np.empty((*seismic.shape, 0))
        beds = Beds.of(seismic)
        rows = []
        for trace, log in labels.items():
            others = {other: labels[other] for other in labels if other != trace} or {trace: log}
            rows.append(self._carried(beds, others, interval_ms)[trace][np.isfinite(log)])
        return rows, self._carried(beds, labels, interval_ms)

    def _carried(self, beds: Beds, labels: Labels, interval_ms: float) -> Grid:
        values, moved = carried_model(beds, dict(labels))
        return np.stack([low_passed(values, interval_ms, self.settings.low_hz), moved], axis=2)


def _chosen_penalty(rows: list[Grid], truth: list[NDArray[np.floating]]) -> float:
    """The penalty that tells left-out traces best; the middle one where there is a single trace."""
    if len(rows) < 2:
        return PENALTIES[len(PENALTIES) // 2]
    errors = []
    for penalty in PENALTIES:
        error = 0.0
        for left_out in range(len(rows)):
            others = [number for number in range(len(rows)) if number != left_out]
            model = Ridge(alpha=penalty).fit(
                np.concatenate([rows[number] for number in others]),
                np.concatenate([truth[number] for number in others]),
            )
            error += float(((model.predict(rows[left_out]) - truth[left_out]) ** 2).sum())
        errors.append(error)
    return PENALTIES[int(np.argmin(errors))]
