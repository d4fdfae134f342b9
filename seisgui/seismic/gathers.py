"""Pre-stack files: traces in gathers, told apart by a header word, with offsets."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.axes import SampleAxis
from seisgui.seismic.file_structure import read_structure
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.npz import is_npz, read_arrays
from seisgui.seismic.progress import finish
from seisgui.seismic.scan import SegyScan, cut_off_sentence, scan_of, survey_steps
from seisgui.seismic.trace_coordinates import scale_factor
from seisgui.seismic.trace_file import TraceFile
from seisgui.seismic.trace_kind import CHANNEL, OFFSET, gather_key
from seisgui.seismic.trace_words import Words
from seisgui.seismic.volume import FloatArray

SCALAR, SOURCE, RECEIVER = 71, (73, 77), (81, 85)


class Gathers(Protocol):
    """What every source of gathers offers."""

    @property
    def name(self) -> str: ...

    @property
    def n_gathers(self) -> int: ...

    @property
    def n_traces(self) -> int: ...

    @property
    def sample(self) -> SampleAxis: ...

    def title(self, index: int) -> str:
        """Words for one gather, such as 'field record 1012'."""
        ...

    def gather(self, index: int) -> FloatArray:
        """Amplitudes of one gather, (n_trace, n_sample) float32, in the order of the file."""
        ...

    def offsets(self, index: int) -> NDArray[np.float64] | None:
        """Source-receiver offsets of its traces, (n_trace,); None where the file has none."""
        ...

    def close(self) -> None: ...


class SegyGathers:
    """A pre-stack SEG-Y file.

    ``key_byte`` and ``key_name`` say which word tells gathers apart; ``keys`` (n_gathers, 1 or 2) int64 holds its
    value, or inline and crossline, in order of first appearance.
    """

    def __init__(self, file: TraceFile, scan: SegyScan, layout: SegyLayout, words: Words) -> None:
        self._file = file
        self.scan, self.layout = scan, layout
        self._words = words
        self.key_byte, self.key_name, _ = gather_key(self._words, file.structure.sort_code)
        columns = [self._words[189], self._words[193]] if self.key_byte == 189 else [self._words[self.key_byte]]
        self.keys, self._traces = _group(np.stack(columns, axis=1).astype(np.int64))
        self.sample = SampleAxis(scan.start, scan.interval, scan.n_samples, scan.domain, scan.unit)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def n_gathers(self) -> int:
        return len(self._traces)

    @property
    def n_traces(self) -> int:
        return self._file.structure.n_traces

    def title(self, index: int) -> str:
        return f"{self.key_name} {' / '.join(str(value) for value in self.keys[index].tolist())}"

    def positions(self, index: int) -> NDArray[np.int64]:
        """Positions in the file of a gather's traces, (n_trace,) int64."""
        return self._traces[index]

    def gather(self, index: int) -> FloatArray:
        self._file.check()
        amplitude = self._file.traces(self._traces[index])
        amplitude[np.isinf(amplitude)] = np.nan
        return amplitude

    def offsets(self, index: int) -> NDArray[np.float64] | None:
        offsets = self._words[OFFSET]
        return offsets[self._traces[index]].astype(np.float64) if (offsets != offsets[0]).any() else None

    def channels(self, index: int) -> NDArray[np.int64]:
        """Channel numbers of a gather's traces, (n_trace,)."""
        return self._words[CHANNEL][self._traces[index]].astype(np.int64)

    def source_and_receivers(self, index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Source (n_trace, 2) and receiver (n_trace, 2) x, y; None where the headers hold none."""
        traces = self._traces[index]
        factor = scale_factor(self._words[SCALAR][traces])[:, None]
        source, receiver = (
            np.stack([self._words[byte][traces] for byte in pair], axis=1) for pair in (SOURCE, RECEIVER)
        )
        return (source * factor, receiver * factor) if source.any() or receiver.any() else None

    def close(self) -> None:
        self._file.close()


def _group(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """Distinct rows in order of first appearance, and the positions of each."""
    distinct, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    order = np.argsort(inverse, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    appearance = np.argsort(first)
    return distinct[appearance], [members[index] for index in appearance.tolist()]


class NpzGathers:
    """Gathers in an npz: ``panel`` (n_sample, n_trace) or ``data`` (n_gather, n_trace, n_sample), with ``name``."""

    def __init__(self, path: Path, interval: float | None = None) -> None:
        self.path = path
        arrays = read_arrays(path, ("panel", "data", "name", "sample_ms", "offset"))
        if "panel" in arrays and arrays["panel"].ndim == 2:
            data = arrays["panel"].T[None]
        elif "data" in arrays and arrays["data"].ndim == 3:
            data = arrays["data"]
        else:
            raise InputError(f"{path.name} holds no gathers: an array 'panel' or 'data' is missing.")
        centre = 128.0 if data.dtype == np.uint8 else 0.0
        self._data = data.astype(np.float32) - np.float32(centre)
        self._names = [str(name) for name in np.atleast_1d(arrays.get("name", np.array([path.stem])))]
        self._offsets = arrays["offset"].astype(np.float64) if "offset" in arrays else None
        stated = float(arrays["sample_ms"].reshape(-1)[0]) if "sample_ms" in arrays else 0.0
        self.sample = SampleAxis(0.0, interval or stated or 1.0, self._data.shape[2])
        self.interval_stated = bool(interval or stated)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def n_gathers(self) -> int:
        return len(self._data)

    @property
    def n_traces(self) -> int:
        return int(self._data.shape[0] * self._data.shape[1])

    def title(self, index: int) -> str:
        return self._names[index] if index < len(self._names) else f"gather {index + 1}"

    def gather(self, index: int) -> FloatArray:
        return np.array(self._data[index])

    def offsets(self, index: int) -> NDArray[np.float64] | None:
        if self._offsets is None:
            return None
        return self._offsets[index] if self._offsets.ndim == 2 else self._offsets

    def close(self) -> None:
        """Nothing to release."""


def open_gathers(path: Path, layout: SegyLayout | None = None) -> SegyGathers | NpzGathers:
    """Open a pre-stack SEG-Y or an npz of gathers; raises ``InputError`` with a sentence where that cannot be."""
    path, layout = Path(path), layout or SegyLayout()
    if is_npz(path):
        return NpzGathers(path, layout.interval)
    file = TraceFile(read_structure(path, layout.byte_order))
    try:
        survey = finish(survey_steps(file, layout))
        scan = scan_of(survey)
        if scan.missing_bytes and not layout.repair:
            sentence = cut_off_sentence(file.structure)
            raise InputError(
                f"{path.name} cannot be opened as it is: {sentence}.", "Open it with repair, or copy it again."
            )
        if scan.interval <= 0.0:
            raise InputError(f"{path.name} gives no sample interval.", "State the interval when opening it.")
        return SegyGathers(file, scan, layout, survey.words)
    except BaseException:
        file.close()
        raise
