"""Small surveys written by the program, with amplitudes that name their own place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seisgui.seismic.axes import VolumeAxes


@dataclass(frozen=True)
class Survey:
    path: Path
    axes: VolumeAxes
    amplitude: np.ndarray  # (n_inline, n_crossline, n_sample) float32


def telling_amplitude(axes: VolumeAxes) -> np.ndarray:
    """Amplitudes that differ at every sample and are exact in every format: row * 40 + column + sample / 8."""
    n_inline, n_crossline, n_sample = axes.shape
    row, column, sample = np.ogrid[:n_inline, :n_crossline, :n_sample]
    return (row * 40 + column + sample / 8 - 50).astype(np.float32)


def set_word(data: bytearray, trace: int, byte: int, value: int, *, n_sample: int = 25, width: int = 4) -> None:
    """Set one word of a trace header of a 4-byte file without extended headers."""
    start = 3600 + trace * (240 + 4 * n_sample) + byte - 1
    data[start : start + width] = value.to_bytes(width, "big", signed=True)


def reorder_traces(path: Path, order: np.ndarray, n_sample: int = 25) -> None:
    """Rewrite a 4-byte file with its traces picked in another order."""
    data = path.read_bytes()
    traces = np.frombuffer(data[3600:], dtype=np.uint8).reshape(-1, 240 + 4 * n_sample)
    path.write_bytes(data[:3600] + traces[order].tobytes())
