"""What a gather view draws: amplitudes of some records on one time axis, scaled, and where each record stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from seisgui.gui.views.decimation import ranks_of
from seisgui.gui.views.planes import Ranks, SectionPlanes
from seisgui.seismic.display import to_uint8
from seisgui.seismic.gather_display import RecordLook, clips, shown
from seisgui.seismic.volume import FloatArray

if TYPE_CHECKING:
    from seisgui.seismic.minmax import PyramidReader
    from seisgui.seismic.records import RecordSet, RecordTable

IndexArray = NDArray[np.int64]
DoubleArray = NDArray[np.float64]

MOST_SAMPLES = 24_000_000  # of a picture that is held as samples; beyond, only its window is
MOST_WINDOW = 3_000_000  # samples that are drawn as traces; beyond, their extremes in every stretch of time are
TRACES_AT_ONCE = 64
MOST_CELLS = 6  # cells of an evenly spaced density a trace, where traces stand by offset
HOLE_SPACINGS = 1.5  # traces further apart than this leave a gap


@dataclass(frozen=True)
class PictureRequest:
    """Which records, how processed, and which time (seconds from the start of the picture; None: all of it).

    ``upright`` is a gather of the component ``component``; otherwise all components are shown over each other.
    ``columns`` pixels along time are at hand.
    """

    source: RecordSet
    pyramid: PyramidReader | None
    records: IndexArray
    look: RecordLook
    upright: bool
    component: int = 0
    by_offset: bool = False
    window: tuple[float, float] | None = None
    columns: int = 1000

    @property
    def data_key(self) -> tuple[object, ...]:
        """Equal where the same amplitudes have to be read."""
        return id(self.source), self.records.tobytes(), self.window, self.columns if self.window else 0

    @property
    def key(self) -> tuple[object, ...]:
        """Equal where the same picture comes out."""
        return *self.data_key, self.look, self.upright, self.component if self.upright else -1, self.by_offset


@dataclass(frozen=True)
class TimeAxis:
    """The common time of some records: ``delays`` (n,) s from its start to their first samples, its rate and end.

    Records of one event are shown by the clock; where starts are further apart than a record is long, or the file has
    no clock, every record begins at 0, or ``lead`` s after its shot.
    """

    rate: float
    delays: DoubleArray
    end: float
    lead: float = 0.0

    @classmethod
    def of(cls, table: RecordTable, records: IndexArray) -> TimeAxis:
        rate = float(table.rate[records].max())
        lengths = (table.n_samples[records] - 1) / table.rate[records]
        if table.has_clock:
            delays = np.zeros(len(records))
            starts = table.start[records] - table.start[records].min()
            if starts.max() <= lengths.max():
                delays = np.round(starts * rate) / rate
            return cls(rate, delays, float((delays + lengths).max()))
        lead = float(table.delay[records].min())
        delays = np.round((table.delay[records] - lead) * rate) / rate
        return cls(rate, delays, float((delays + lengths).max()), lead)

    @property
    def n_samples(self) -> int:
        return round(self.end * self.rate) + 1


@dataclass(frozen=True)
class Picture:
    """Amplitudes to be drawn, 1 being the clip.

    ``low`` and ``high`` (n, components, m) float32 are the same array where these are samples; otherwise the extremes
    of ``m`` stretches of time. Element ``i`` belongs to the time ``start + i / rate``. ``raw`` (n, components, m) are
    the amplitudes of the file, where they are samples. ``places`` (n,) are the middles of the traces across, within
    0..``extent``; ``density`` has ``cell`` units a column.
    """

    request: PictureRequest
    axis: TimeAxis
    start: float
    rate: float
    low: FloatArray
    high: FloatArray
    raw: FloatArray | None
    scales: NDArray[np.float32]  # (n, components): what amplitudes were divided by
    components: tuple[int, ...]
    places: DoubleArray
    extent: float
    density: SectionPlanes | None = None
    cell: float = 1.0
    notes: tuple[str, ...] = ()
    partial: bool = False  # part of a long record has not been looked at yet

    @property
    def sampled(self) -> bool:
        return self.low is self.high

    @property
    def end(self) -> float:
        return self.start + (self.low.shape[2] - 1) / self.rate

    @property
    def complete(self) -> bool:
        """Whether all the time there is has been read as samples."""
        return self.request.window is None

    @property
    def bytes(self) -> int:
        planes = 4 * self.low.shape[0] * self.low.shape[2] if self.density is not None else 0
        return (
            self.low.nbytes
            + (0 if self.sampled else self.high.nbytes)
            + planes
            + (self.raw.nbytes if self.raw is not None else 0)
        )


def fits_whole(source: RecordSet, records: IndexArray, *, upright: bool) -> bool:
    """Whether all samples of these records are held at once; of traces, whether all of them are drawn at once."""
    axis = TimeAxis.of(source.table, records)
    most = MOST_SAMPLES if upright else MOST_WINDOW
    return len(records) * len(source.table.components) * axis.n_samples <= most


def looks_through(request: PictureRequest) -> bool:
    """Whether long records must be looked through before their extremes are known."""
    axis = TimeAxis.of(request.source.table, request.records)
    first, count = _range(request, axis)
    if request.pyramid is None or _few(request, count):
        return False
    return not request.pyramid.is_complete(request.records, first, count, _columns(request, axis, count))


def make_picture(request: PictureRequest, raw: FloatArray | None = None, *, patient: bool = True) -> Picture:
    """Read (unless ``raw`` has been read before) and process; raises the sentences of the record set.

    Without ``patient`` long records are shown as far as they have been looked at.
    """
    table = request.source.table
    axis = TimeAxis.of(table, request.records)
    components = (request.component,) if request.upright else tuple(range(len(table.components)))
    first, count = _range(request, axis)
    if request.pyramid is not None and not _few(request, count):
        return _extremes(request, axis, components, (first, count), patient=patient)
    if raw is None:
        raw = _read(request, axis, first, count)
    part = raw[:, list(components)] if len(components) < raw.shape[1] else raw
    amplitude = shown(part, axis.rate, request.look)
    scales = _scales(amplitude, request)
    amplitude /= scales[:, :, None]
    places, extent = _places(request)
    density, cell = _density(amplitude[:, 0], places, extent, request.by_offset) if request.upright else (None, 1.0)
    start = first / axis.rate
    return Picture(
        request, axis, start, axis.rate, amplitude, amplitude, raw, scales, components, places, extent, density, cell
    )


def _few(request: PictureRequest, count: int) -> bool:
    """Whether ``count`` samples of each record are read and drawn as such."""
    most = MOST_WINDOW if request.window else MOST_SAMPLES
    return len(request.records) * len(request.source.table.components) * count <= most


def _columns(request: PictureRequest, axis: TimeAxis, count: int) -> int:
    """Stretches of time, about two a pixel."""
    pages = count / max((request.window[1] - request.window[0]) * axis.rate, 1.0) if request.window else 1.0
    return min(max(round(2 * request.columns * pages), 2), count)


def _range(request: PictureRequest, axis: TimeAxis) -> tuple[int, int]:
    """First sample and number of samples on the common axis; with a window as much again on either side."""
    if request.window is None:
        return 0, axis.n_samples
    t0, t1 = request.window
    span = t1 - t0
    first = max(int(np.floor((t0 - span) * axis.rate)), 0)
    last = min(int(np.ceil((t1 + span) * axis.rate)), axis.n_samples - 1)
    return first, max(last - first + 1, 2)


def _read(request: PictureRequest, axis: TimeAxis, first: int, count: int) -> FloatArray:
    """Amplitudes (n, all components, count) on the common axis; lower rates are interpolated for the eye."""
    table, records = request.source.table, request.records
    rates = table.rate[records]
    shifts = np.round(axis.delays * axis.rate).astype(np.int64)
    if not shifts.any() and (rates == axis.rate).all():
        return request.source.read(records, first, count)
    out = np.full((len(records), len(table.components), count), np.nan, np.float32)
    times = (first + np.arange(count)) / axis.rate
    kinds = np.stack([shifts, rates], axis=1)
    for shift, rate in np.unique(kinds, axis=0):
        members = np.flatnonzero((kinds == (shift, rate)).all(axis=1))
        begin = times[0] - shift / axis.rate
        lead = max(int(np.floor(begin * rate)), 0)
        need = int(np.ceil((times[-1] - shift / axis.rate) * rate)) + 1 - lead
        if need < 2:
            continue
        part = request.source.read(records[members], lead, need)
        if rate == axis.rate:
            skip = max(int(shift) - first, 0)
            got = part[:, :, : count - skip]
            out[members, :, skip : skip + got.shape[2]] = got
        else:
            at = (times - shift / axis.rate) * rate - lead
            out[members] = _interpolated(part, at)
    return out


def _interpolated(samples: FloatArray, at: DoubleArray) -> FloatArray:
    """Values between samples (..., m) at positions ``at``; NaN outside."""
    last = samples.shape[-1] - 1
    before = np.clip(np.floor(at).astype(np.intp), 0, last - 1)
    share = np.clip(at - before, 0.0, 1.0).astype(np.float32)
    value: FloatArray = samples[..., before] * (1 - share) + samples[..., before + 1] * share
    value[..., (at < 0) | (at > last)] = np.nan
    return value


def _extremes(
    request: PictureRequest, axis: TimeAxis, components: tuple[int, ...], span: tuple[int, int], *, patient: bool
) -> Picture:
    """Long records: the smallest and largest sample of every stretch of ``span`` (first, count)."""
    first, count = span
    columns = _columns(request, axis, count)
    found = request.pyramid.envelope(request.records, first, count, columns, patient=patient)[:, list(components)]
    low, high = found[..., 0].copy(), found[..., 1].copy()
    middle = np.nan_to_num(np.nanmean((low + high) / 2, axis=2, keepdims=True)) if np.isfinite(low).any() else 0.0
    low -= middle
    high -= middle
    scales = _scales(np.maximum(np.abs(low), np.abs(high)), request)
    low /= scales[:, :, None]
    high /= scales[:, :, None]
    rate = columns / count * axis.rate
    notes = ("Bandpass and AGC are shown when you zoom in",) if request.look.filtered or request.look.agc_s else ()
    places, extent = _places(request)
    start = first / axis.rate + 0.5 / rate
    picture = Picture(request, axis, start, rate, low, high, None, scales, components, places, extent, notes=notes)
    return picture if patient else replace(picture, partial=True)


def _scales(amplitude: FloatArray, request: PictureRequest) -> NDArray[np.float32]:
    """(n, components): the clip of every trace of a gather, less its gain; traces are scaled to what is in view."""
    n, components, _ = amplitude.shape
    look = request.look
    if not request.upright:
        return np.ones((n, components), np.float32)
    found = np.stack([clips(amplitude[:, c], look.clip_rule, look.normalise) for c in range(components)], axis=1)
    return np.asarray(found / np.float32(look.factor), np.float32).reshape(n, components)


def _places(request: PictureRequest) -> tuple[DoubleArray, float]:
    """Middles of the traces across, and how far they reach; one unit is a trace, or the usual step of offsets."""
    n = len(request.records)
    even = np.arange(n) + 0.5
    if not (request.upright and request.by_offset) or n < 2:
        return even, float(n)
    offsets = request.source.table.offset[request.records]
    steps = np.diff(np.unique(offsets[np.isfinite(offsets)]))
    if not np.isfinite(offsets).all() or not steps.size:
        return even, float(n)
    places = (offsets - offsets.min()) / float(np.median(steps)) + 0.5
    return places, float(places.max() + 0.5)


def _density(amplitude: FloatArray, places: DoubleArray, extent: float, by_offset: bool) -> tuple[SectionPlanes, float]:
    """Traces (n, m) as a section; by offset in even columns, each showing the nearest trace or a gap."""
    cell = 1.0
    if by_offset and len(places) > 1:
        columns = int(min(np.ceil(extent) * 2, MOST_CELLS * len(places)))
        cell = extent / columns
        at = (np.arange(columns) + 0.5) * cell
        order = np.argsort(places, kind="stable")
        right = np.clip(np.searchsorted(places[order], at), 1, len(places) - 1)
        nearer = np.where(at - places[order][right - 1] <= places[order][right] - at, right - 1, right)
        amplitude = amplitude[order[nearer]]
        amplitude[np.abs(places[order[nearer]] - at) > HOLE_SPACINGS] = np.nan
    planes = SectionPlanes(amplitude.shape)
    ranked, shades = np.empty(amplitude.shape, np.uint16), np.empty(amplitude.shape, np.uint8)
    for start in range(0, len(amplitude), TRACES_AT_ONCE):
        part = slice(start, start + TRACES_AT_ONCE)
        ranked[part], shades[part] = ranks_of(amplitude[part]), to_uint8(amplitude[part], 1.0)
    planes.take_shade(cv2.transpose(shades), Ranks.of(cv2.transpose(ranked), 1.0))
    return planes, cell
