"""Records in npz files: waveforms (record, component, sample) and gathers (gather, trace, sample) or one panel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.npz_arrays import HeldSamples, NpzArrays, Samples, StoredSamples, read_npz
from seisgui.seismic.record_table import (
    EVENT,
    SHOT,
    STATION,
    KnownPick,
    NamedIds,
    RecordTable,
    codes_of,
    make_table,
)
from seisgui.seismic.sample_faults import fault_sentences
from seisgui.seismic.table_records import TableRecords
from seisgui.seismic.volume import FloatArray

SAMPLES = ("data", "panel")
RATES = ("sampling_rate", "sample_ms", "dt_ms", "dt")
PICKS = ("p", "s", "first_break", "has_pick", "fb_idx", "valid")
NAMES = ("name", "channels", "components", "station", "shot", "event", "offset", "start_time")
PICK_ARRAYS = (("P", "p", ""), ("S", "s", ""), ("P", "first_break", "has_pick"), ("P", "fb_idx", "valid"))
WAVEFORM_RATE = 100.0  # Hz, where an npz of waveforms does not say
GATHER_RATE = 1000.0  # Hz, taken for gathers until somebody states one
FULL_NAME = re.compile(r"([A-Z0-9]{1,2})[_.]([A-Z0-9]{1,5})[_.]\d{8,}")  # network, station, time
COMPONENTS = {1: ("Z",), 2: ("X", "Z"), 3: ("E", "N", "Z")}


@dataclass(frozen=True, slots=True)
class _Contents:
    """An npz laid out as records: ``samples`` (n, component, sample) of any type."""

    path: Path
    samples: Samples
    arrays: dict[str, NDArray[Any]]
    per_gather: int  # traces a gather; 0 for waveforms

    @property
    def n(self) -> int:
        return self.samples.shape[0]


class NpzRecords(TableRecords):
    """Waveforms or gathers of one npz; large ones that are not compressed are read by window."""

    def __init__(self, contents: _Contents, table: RecordTable, problems: tuple[str, ...]) -> None:
        groupings = (SHOT,) if contents.per_gather else (EVENT, STATION)
        super().__init__(contents.path.stem, table, groupings, problems)
        self.path = contents.path
        self._samples = contents.samples
        self._centre = 128 if contents.samples.dtype == np.uint8 else 0  # a grey image: mid-grey is zero
        self._arrays = contents.arrays

    def read(self, indices: Sequence[int], first: int = 0, count: int | None = None) -> FloatArray:
        out = self.window(indices, first, count)
        begin, end = max(first, 0), min(first + out.shape[2], self._samples.shape[2])
        if end > begin and len(indices):
            piece = self._samples.read(indices, begin, end).astype(np.float32)
            piece -= np.float32(self._centre)
            piece[~np.isfinite(piece)] = np.nan
            out[:, :, begin - first : end - first] = piece
        return out

    def close(self) -> None:
        self._samples.close()

    @property
    def known_picks(self) -> tuple[KnownPick, ...]:
        return tuple(self._picks())

    def _picks(self) -> Iterator[KnownPick]:
        table, arrays = self.table, self._arrays
        for phase, name, mask in PICK_ARRAYS:
            sample = _column(arrays, name, len(table))
            if sample is None:
                continue
            stated = _column(arrays, mask, len(table))
            least = 0 if name == "p" or stated is not None else 1  # an unmarked 0 means that there is none
            there = np.isfinite(sample) & (sample >= least) & (sample < table.n_samples)
            there &= True if stated is None else stated != 0
            for index in np.flatnonzero(there).tolist():
                yield KnownPick(table.id_of(index), phase, float(sample[index] / table.rate[index]))


def open_npz_records(path: Path, rate: float | None = None) -> NpzRecords:
    """Open waveforms or gathers of an npz; ``rate`` (Hz) overrules what it says.

    ``InputError`` where it holds neither, or cannot be read.
    """
    found = read_npz(path, (*SAMPLES, *RATES, *PICKS, *NAMES), "data")
    contents = _laid_out(path, found)
    problems = [f"the array '{name}' of {path.name} cannot be read and is left out" for name in found.unreadable]
    rates = _rates(contents, rate)
    assumed = rates is None and contents.per_gather > 0
    if rates is None:
        rates = np.full(contents.n, GATHER_RATE if contents.per_gather else WAVEFORM_RATE)
        if contents.per_gather:
            problems.append(
                f"{path.name} gives no sampling rate; {rates[0]:g} Hz is taken until you state one (--rate)"
            )
    elif (rates != rates[0]).any():
        problems.append(
            f"{path.name} mixes sampling rates, {rates.min():g} to {rates.max():g} Hz; each record keeps its own"
        )
    table = _gather_table(contents, rates) if contents.per_gather else _waveform_table(contents, rates)
    problems += _faults(contents, table)
    records = NpzRecords(contents, table, tuple(problems))
    records.assumed_rate = assumed
    return records


def _laid_out(path: Path, found: NpzArrays) -> _Contents:
    arrays = found.arrays
    if found.stored is not None:
        return _as_records(path, found.stored, arrays)
    panel = arrays.get("panel")
    if panel is not None and panel.ndim == 2 and panel.dtype.kind in "iuf" and panel.size:
        return _Contents(path, HeldSamples(panel.T[:, None, :]), arrays, panel.shape[1])
    data = arrays.get("data")
    if data is None or data.ndim not in {2, 3} or data.dtype.kind not in "iuf" or not data.size:
        raise InputError(
            f"{path.name} holds no records: it has no array 'data' (records, components, samples), or 'panel' "
            "(samples, traces).",
            "See the guide for the format.",
        )
    if data.ndim == 3 and data.shape[2] <= 3 < data.shape[1] and _is_of_waveforms(arrays):
        data = data.transpose(0, 2, 1)  # (records, samples, components)
    return _as_records(path, HeldSamples(data), arrays)


def _is_of_waveforms(arrays: dict[str, NDArray[Any]]) -> bool:
    return any(name in arrays for name in ("p", "s", "channels", "components"))


def _as_records(path: Path, samples: HeldSamples | StoredSamples, arrays: dict[str, NDArray[Any]]) -> _Contents:
    """Records of ``data``: waveforms (n, sample) or (n, component, sample), or gathers (gather, trace, sample)."""
    shape = samples.shape
    if len(shape) == 2:
        return _Contents(path, _reshaped(samples, (shape[0], 1, shape[1])), arrays, 0)
    traced = any(name in arrays and arrays[name].shape == shape[:2] for name in ("first_break", "fb_idx", "offset"))
    if not traced and (shape[1] <= 3 or _is_of_waveforms(arrays)):
        if shape[1] > 3:
            raise InputError(f"{path.name} has {shape[1]} components a record; one to three can be shown.")
        return _Contents(path, samples, arrays, 0)
    return _Contents(path, _reshaped(samples, (shape[0] * shape[1], 1, shape[2])), arrays, shape[1])


def _reshaped(samples: HeldSamples | StoredSamples, shape: tuple[int, ...]) -> Samples:
    if isinstance(samples, StoredSamples):
        return samples.with_shape(shape)
    return HeldSamples(samples.array.reshape(shape))


def _rates(contents: _Contents, rate: float | None) -> NDArray[np.float64] | None:
    """Hz of every record by the first array that tells it; None where none does."""
    n, arrays, path = contents.n, contents.arrays, contents.path
    if rate is not None:
        return np.full(n, float(rate))
    for name in RATES:
        if name in arrays and arrays[name].size and arrays[name].dtype.kind in "iuf":
            values = arrays[name].reshape(-1).astype(np.float64)
            values = np.full(n, values[0]) if (values == values[0]).all() else values
            if len(values) != n or not (np.isfinite(values) & (values > 0.0)).all():
                raise InputError(f"{path.name}: '{name}' holds what is no sampling rate.", "State one: --rate")
            return values if name == "sampling_rate" else (1.0 if name == "dt" else 1000.0) / values
    return None


def _column(arrays: dict[str, NDArray[Any]], name: str, n: int) -> NDArray[np.float64] | None:
    """A number a record, or None where there is none or not one for each."""
    array = arrays.get(name)
    if array is None or array.size != n or array.dtype.kind not in "iufb":
        return None
    return array.reshape(-1).astype(np.float64)


def _texts(arrays: dict[str, NDArray[Any]], name: str, n: int) -> NDArray[np.str_] | None:
    array = arrays.get(name)
    if array is None or array.size != n or array.dtype.kind not in "USiu":
        return None
    flat = array.reshape(-1)
    return np.char.decode(flat, "utf-8", "replace") if flat.dtype.kind == "S" else flat.astype(np.str_)


def _gather_table(contents: _Contents, rates: NDArray[np.float64]) -> RecordTable:
    n, traces = contents.n, contents.per_gather
    n_gather = n // traces
    names = _texts(contents.arrays, "name", n_gather)
    titles = [contents.path.stem] if n_gather == 1 else [f"gather {index + 1}" for index in range(n_gather)]
    gathers = np.repeat(np.arange(n_gather, dtype=np.int32), traces)
    receivers = np.tile(np.arange(traces, dtype=np.int32), n_gather)
    offset = _column(contents.arrays, "offset", n)
    if offset is None and (common := _column(contents.arrays, "offset", traces)) is not None:
        offset = np.tile(common, n_gather)
    return make_table(
        rates,
        np.full(n, contents.samples.shape[2]),
        stations=(receivers, [f"receiver {index + 1}" for index in range(traces)]),
        gathers=(gathers, titles if names is None else names.tolist()),
        offset=offset,
    )


def _waveform_table(contents: _Contents, rates: NDArray[np.float64]) -> RecordTable:
    arrays, n = contents.arrays, contents.n
    names = _texts(arrays, "name", n)
    stations = _texts(arrays, "station", n)
    found = [FULL_NAME.match(name) for name in names.tolist()] if names is not None and stations is None else []
    if found and all(found):
        stations = np.array([f"{match[1]}.{match[2]}" for match in found if match], dtype=np.str_)
    stations = np.full(n, "station") if stations is None else stations
    gathers = _texts(arrays, "event", n)
    if gathers is None and (shots := _texts(arrays, "shot", n)) is not None:
        gathers = np.char.add("shot ", shots)
    gathers = names if gathers is None else gathers
    station, first_station = codes_of(stations)
    gather, first_gather = codes_of(np.full(n, contents.path.stem) if gathers is None else gathers)
    titles = [contents.path.stem] if gathers is None else gathers[first_gather].tolist()
    return make_table(
        rates,
        np.full(n, contents.samples.shape[2]),
        stations=(station, stations[first_station].tolist()),
        gathers=(gather, titles),
        start=_column(arrays, "start_time", n),
        offset=_column(arrays, "offset", n),
        components=_components(contents),
        ids=NamedIds(names) if names is not None else None,
    )


def _components(contents: _Contents) -> tuple[str, ...]:
    """As the file names them, else by their number: Z, X Z, E N Z."""
    n = contents.samples.shape[1]
    stated = contents.arrays.get("components")
    if stated is not None and stated.size == n and len({str(name) for name in stated.reshape(-1)}) == n:
        return tuple(str(name) for name in stated.reshape(-1))
    channels = _texts(contents.arrays, "channels", contents.n)
    if channels is not None:
        letters = tuple(part[-1:].upper() for part in str(channels[0]).split("_"))
        if len(letters) == n == len(set(letters)):
            return letters
    return COMPONENTS[n]


def _faults(contents: _Contents, table: RecordTable) -> list[str]:
    """Sentences on dead components and NaN, found block by block in what is held in memory."""
    if not isinstance(contents.samples, HeldSamples):
        return []
    data = contents.samples.array
    dead = np.zeros(data.shape[:2], dtype=bool)
    broken = np.zeros(data.shape[:2], dtype=bool)
    for low in range(0, len(data), 256):
        block = data[low : low + 256]
        dead[low : low + 256] = (block == block[:, :, :1]).all(axis=2)
        if data.dtype.kind == "f":
            broken[low : low + 256] = ~np.isfinite(block).all(axis=2)
    noun = "traces" if contents.per_gather else "records"
    return fault_sentences(contents.path.name, table.components, dead, np.atleast_1d(broken.any(axis=1)), noun)
