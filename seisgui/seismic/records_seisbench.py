"""Data sets in the SeisBench format: ``metadata.csv`` with a row a trace, samples in ``waveforms.hdf5``."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.obspy_reader import first_line
from seisgui.seismic.record_table import (
    EVENT,
    STATION,
    KnownPick,
    NamedIds,
    RecordTable,
    codes_of,
    join_components,
    make_table,
)
from seisgui.seismic.sample_faults import sample_faults
from seisgui.seismic.table_records import TableRecords
from seisgui.seismic.volume import FloatArray

WAVEFORMS, METADATA = "waveforms", "metadata"
WANTED = {
    "name": ("trace_name",),
    "chunk": ("trace_chunk",),
    "network": ("station_network_code", "network_code"),
    "station": ("station_code",),
    "location": ("station_location_code",),
    "event": ("source_id", "source_origin_time"),
    "rate": ("trace_sampling_rate_hz",),
    "dt": ("trace_dt_s",),
    "count": ("trace_npts",),
    "start": ("trace_start_time",),
    "order": ("trace_component_order",),
    "offset_km": ("path_ep_distance_km",),
}
ARRIVAL = re.compile(r"trace_(p|pg|pn|s|sg|sn)_arrival_sample", re.IGNORECASE)
LETTERS = {"1": "N", "2": "E"}
MOST_COMPONENTS = 4
DAMAGE = (KeyError, OSError, RuntimeError, ValueError, IndexError, TypeError, MemoryError)  # what h5py raises for it

TextArray = NDArray[np.str_]


def seisbench_files(folder: Path) -> list[Path]:
    """The sample files of a data set, one a chunk; none where the folder is no such data set."""
    return [file for file in sorted(folder.glob(f"{WAVEFORMS}*.hdf5")) if metadata_of(file).is_file()]


def metadata_of(waveforms: Path) -> Path:
    """``metadata<chunk>.csv`` of ``waveforms<chunk>.hdf5``."""
    return waveforms.with_name(f"{METADATA}{waveforms.stem.removeprefix(WAVEFORMS)}.csv")


def waveforms_of(metadata: Path) -> Path:
    """``waveforms<chunk>.hdf5`` of ``metadata<chunk>.csv``."""
    return metadata.with_name(f"{WAVEFORMS}{metadata.stem.removeprefix(METADATA)}.hdf5")


def is_metadata(path: Path) -> bool:
    """True for the metadata of a data set whose samples lie beside it."""
    return path.suffix.lower() == ".csv" and path.stem.startswith(METADATA) and waveforms_of(path).is_file()


@dataclass(frozen=True, slots=True)
class _Samples:
    """Where samples lie: dataset of the file, row in it (-1: the whole dataset), first sample, how its axes run."""

    dataset: TextArray
    row: NDArray[np.int64]
    first: NDArray[np.int64]
    component_axis_first: bool
    slots: tuple[NDArray[np.int64], ...]  # for every component order: place in the set's components, -1 for none
    order: NDArray[np.int32]


class SeisBenchRecords(TableRecords):
    """A SeisBench data set; samples are read from the HDF5 file as they are asked for."""

    def __init__(
        self, file: Any, path: Path, table: RecordTable, samples: _Samples, picks: _Arrivals, problems: tuple[str, ...]
    ) -> None:
        super().__init__(path.parent.name, table, (EVENT, STATION), problems)
        self.path = path
        self._file: Any = file
        self._samples, self._arrivals = samples, picks

    def read(self, indices: Sequence[int], first: int = 0, count: int | None = None) -> FloatArray:
        out = self.window(indices, first, count)
        if self._file is None:
            raise InputError(f"{self.path} has been closed.", "Open it again.")
        for row, index in enumerate(indices):
            begin, end = max(first, 0), min(first + out.shape[2], int(self.table.n_samples[index]))
            if end > begin:
                piece = self._piece(int(index), begin, end)
                slots = self._samples.slots[int(self._samples.order[index])][: len(piece)]
                known = slots >= 0
                out[row, slots[known], begin - first : begin - first + piece.shape[1]] = piece[known]
        out[np.isinf(out)] = np.nan
        return out

    def _piece(self, index: int, begin: int, end: int) -> FloatArray:
        """Samples [begin, end) of a trace as the file has its components, (component, sample)."""
        samples = self._samples
        row, skip = int(samples.row[index]), int(samples.first[index])
        begin, end = begin + skip, end + skip
        try:
            data = self._file["data"][str(samples.dataset[index])]
            which = () if row < 0 else (row,)
            if data.ndim - len(which) == 1:
                return np.asarray(data[(*which, slice(begin, end))], dtype=np.float32)[None]
            if samples.component_axis_first:
                return np.asarray(data[(*which, slice(None), slice(begin, end))], dtype=np.float32)
            return np.asarray(data[(*which, slice(begin, end))], dtype=np.float32).T
        except DAMAGE as error:
            name = self.table.id_of(index)
            raise InputError(f"{self.path.name}: the samples of {name} cannot be read: {first_line(error)}.") from error

    @property
    def known_picks(self) -> tuple[KnownPick, ...]:
        return tuple(self._arrivals.picks(self.table))

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """Arrival samples by phase, (n,) float64 each, NaN where there is none."""

    samples: tuple[tuple[str, NDArray[np.float64]], ...]

    def picks(self, table: RecordTable) -> Iterator[KnownPick]:
        for phase, sample in self.samples:
            there = np.isfinite(sample) & (sample >= 0) & (sample < table.n_samples)
            for index in np.flatnonzero(there).tolist():
                yield KnownPick(table.id_of(index), phase, float(sample[index] / table.rate[index]))


def open_seisbench(path: Path, rate: float | None = None) -> SeisBenchRecords:
    """Open ``waveforms<chunk>.hdf5`` with the metadata beside it; ``rate`` (Hz) overrules them.

    ``InputError`` where one of the two files is missing, damaged, or has no traces.
    """
    columns = _columns(metadata_of(path), path)
    file = _opened(path)
    try:
        return _opened_set(path, file, columns, rate)
    except DAMAGE as error:
        file.close()
        raise InputError(f"{path} is damaged: {first_line(error)}.", "Copy it again.") from error
    except BaseException:
        file.close()
        raise


def _opened_set(path: Path, file: Any, columns: dict[str, TextArray], rate: float | None) -> SeisBenchRecords:
    """The records of a data set whose two files are open."""
    about = _data_format(file)
    kept, problems = _there(columns, file, path)
    names = columns["name"][kept]
    columns = {name: column[kept] for name, column in columns.items()}
    rates = _rates(columns, about, rate, path)
    places = _places(names, about.get("dimension_order", "NCW"))
    counts = _counts(columns, places, file)
    orders = columns.get("order", np.full(len(names), about.get("component_order", "ZNE")))
    orders = np.where(orders == "", about.get("component_order", "ZNE"), orders)
    components, slots, order = _components(orders)
    table = _table(columns, rates, counts, components)
    samples = _Samples(places.dataset, places.row, places.first, places.axes == "CW", slots, order)
    if len(np.unique(rates)) > 1:
        problems.append(f"sampling rates are mixed in {path.parent.name}; each record keeps its own")
    records = SeisBenchRecords(file, path, table, samples, _arrivals(columns), tuple(problems))
    records.problems += tuple(sample_faults(records, "records"))
    return records


def _columns(metadata: Path, path: Path) -> dict[str, TextArray]:
    """The columns of the metadata that are used, as texts."""
    try:
        with metadata.open(newline="", encoding="utf-8", errors="replace") as text:
            reader = csv.reader(text)
            header = next(reader, [])
            chosen = {
                name: header.index(found)
                for name, titles in WANTED.items()
                if (found := next((title for title in titles if title in header), None)) is not None
            }
            chosen |= {title: place for place, title in enumerate(header) if ARRIVAL.fullmatch(title)}
            rows = [[row[place] for place in chosen.values()] for row in reader if len(row) == len(header)]
    except (OSError, csv.Error) as error:
        raise InputError(f"{metadata} cannot be read: {error}.", f"It belongs beside {path.name}.") from error
    if "name" not in chosen:
        raise InputError(f"{metadata} has no column trace_name.", "It is no metadata of a SeisBench data set.")
    if not rows:
        raise InputError(f"{metadata} lists no traces.")
    return {name: np.array(column, dtype=np.str_) for name, column in zip(chosen, zip(*rows, strict=True), strict=True)}


def _opened(path: Path) -> Any:
    import h5py

    try:
        file = h5py.File(path, "r")
        has_data = "data" in file
    except DAMAGE as error:
        raise InputError(
            f"{path} cannot be read as HDF5: {first_line(error)}.", "It may be damaged; copy it again."
        ) from error
    if not has_data:
        file.close()
        raise InputError(f"{path} has no group 'data': it is no file of a SeisBench data set.")
    return file


def _data_format(file: Any) -> dict[str, str]:
    """Scalars of the group ``data_format`` as texts."""
    group = file.get("data_format")
    found = {}
    for name in () if group is None else group:
        value = group[name][()]
        parts = value.reshape(-1).tolist() if isinstance(value, np.ndarray) else [value]
        found[name] = "".join(part.decode() if isinstance(part, bytes) else str(part) for part in parts)
    return found


def _there(columns: dict[str, TextArray], file: Any, path: Path) -> tuple[NDArray[np.bool_], list[str]]:
    """Traces whose dataset is in the file, and a sentence on the others."""
    dataset = np.array([name.partition("$")[0] for name in columns["name"].tolist()], dtype=np.str_)
    distinct, inverse = np.unique(dataset, return_inverse=True)
    group = file["data"]
    known = np.array([name in group for name in distinct.tolist()], dtype=bool)
    kept = known[inverse.reshape(-1)]
    chunk = path.stem.removeprefix(WAVEFORMS)
    if "chunk" in columns:
        kept &= (columns["chunk"] == chunk) | (columns["chunk"] == "")
    if not kept.any():
        raise InputError(f"{path.name} holds none of the traces that its metadata list.", "Do the two belong together?")
    lost = int((~known[inverse.reshape(-1)]).sum())
    return kept, [f"{lost} of {len(kept)} traces of the metadata are not in {path.name}"] if lost else []


@dataclass(frozen=True, slots=True)
class _Places:
    """What trace names say: dataset, row (-1: none), first sample and number of samples (-1: not said)."""

    dataset: TextArray
    row: NDArray[np.int64]
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    axes: str  # 'CW' or 'WC': how components and samples of one trace run


def _places(names: TextArray, dimension_order: str) -> _Places:
    """Places of names like 'trace1', or 'bucket0$12,:3,:9001', which are indices as Python writes them."""
    n = len(names)
    axes = "".join(axis for axis in dimension_order if axis in "CW") or "CW"
    row, first, count = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    dataset = []
    for index, name in enumerate(names.tolist()):
        block, _, text = name.partition("$")
        dataset.append(block)
        parts = [part.strip() for part in text.split(",")]
        if parts[0].isdigit():
            row[index] = int(parts.pop(0))
        ends = dict(zip(axes, parts, strict=False)).get("W", "").partition(":")
        first[index] = int(ends[0]) if ends[0].isdigit() else 0
        count[index] = int(ends[2]) - first[index] if ends[2].isdigit() else -1
    return _Places(np.array(dataset, dtype=np.str_), row, first, count, axes)


def _numbers(column: TextArray | None, n: int) -> NDArray[np.float64]:
    """Texts as numbers; NaN where there is none."""
    out = np.full(n, np.nan)
    for index, text in enumerate([] if column is None else column.tolist()):
        try:
            out[index] = float(text)
        except ValueError:
            continue
    return out


def _rates(columns: dict[str, TextArray], about: dict[str, str], rate: float | None, path: Path) -> NDArray[np.float64]:
    n = len(columns["name"])
    if rate is not None:
        return np.full(n, rate)
    found = _numbers(columns.get("rate"), n)
    with np.errstate(divide="ignore"):
        found = np.where(np.isfinite(found), found, 1.0 / _numbers(columns.get("dt"), n))
    general = _numbers(np.array([about.get("sampling_rate", "")]), 1)[0]
    found = np.where(np.isfinite(found), found, general)
    if not (np.isfinite(found) & (found > 0)).all():
        raise InputError(f"{path.parent.name} gives no sampling rate for some traces.", "State one: --rate")
    return found


def _counts(columns: dict[str, TextArray], places: _Places, file: Any) -> NDArray[np.int64]:
    """Samples a trace: by its name, the metadata, or the shape of its dataset."""
    told = _numbers(columns.get("count"), len(places.row))
    counts = np.where(places.count > 0, places.count, np.where(np.isfinite(told), told, -1)).astype(np.int64)
    for index in np.flatnonzero(counts < 0).tolist():
        shape = file["data"][str(places.dataset[index])].shape
        whole = shape[-1] if places.axes.endswith("W") or len(shape) == 1 else shape[-2]
        counts[index] = whole - places.first[index]
    return counts


def _components(orders: TextArray) -> tuple[tuple[str, ...], tuple[NDArray[np.int64], ...], NDArray[np.int32]]:
    distinct, inverse = np.unique(orders, return_inverse=True)
    letters = [[LETTERS.get(letter, letter) for letter in order.upper()] for order in distinct.tolist()]
    components = join_components([tuple(each) for each in letters])[:MOST_COMPONENTS]
    slots = tuple(
        np.array([components.index(letter) if letter in components else -1 for letter in each], dtype=np.int64)
        for each in letters
    )
    return components, slots, inverse.reshape(-1).astype(np.int32)


def _table(
    columns: dict[str, TextArray], rates: NDArray[np.float64], counts: NDArray[np.int64], components: tuple[str, ...]
) -> RecordTable:
    n = len(rates)
    none = np.full(n, "", dtype=np.str_)
    network, code = columns.get("network", none), columns.get("station", none)
    stations = np.where(network == "", code, np.char.add(np.char.add(network, "."), code))
    stations = np.where(stations == "", "station", stations)
    station, first_station = codes_of(stations)
    events = columns.get("event", none)
    events = np.where(events == "", "no event", events)
    gather, first_event = codes_of(events)
    starts = np.array([_posix(text) for text in columns["start"].tolist()]) if "start" in columns else None
    return make_table(
        rates,
        counts,
        stations=(station, stations[first_station].tolist()),
        gathers=(gather, events[first_event].tolist()),
        start=starts if starts is not None and np.isfinite(starts).all() else None,
        offset=_numbers(columns.get("offset_km"), n) * 1000.0,
        components=components,
        ids=NamedIds(columns["name"]),
    )


def _posix(text: str) -> float:
    """POSIX time of an ISO text; NaN where it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return float("nan")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _arrivals(columns: dict[str, TextArray]) -> _Arrivals:
    """The first P and the first S of every trace, whether they are called p, Pg or Pn."""
    n = len(columns["name"])
    first: dict[str, NDArray[np.float64]] = {}
    for title, column in columns.items():
        match = ARRIVAL.fullmatch(title)
        if match:
            phase = match[1][0].upper()
            first[phase] = np.fmin(first.get(phase, np.full(n, np.nan)), _numbers(column, n))
    return _Arrivals(tuple(first.items()))
