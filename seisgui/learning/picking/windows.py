"""Training windows of a picker: random extracts of records with what is wanted of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.learning.batches import Batch
from seisgui.learning.picking.augment import horizontals, stacked, stretched, with_noise
from seisgui.learning.picking.normalise import WaveformScale
from seisgui.learning.picking.pick_data import NOISE, PickedRecord
from seisgui.learning.picking.pick_recipe import PickRecipe
from seisgui.learning.picking.resampled import Resampled
from seisgui.learning.picking.targets import target
from seisgui.seismic.records import RecordSet

FloatArray = NDArray[np.float32]
KEPT_VALUES = 1 << 27  # numbers of training records that are held in memory; larger ones are read window by window
FIRST_FROM, FIRST_TO = 0.1, 2 / 3  # where in a window the first arrival mostly lies
LEAST_NOISE = 0.25  # of a window, that a quiet stretch must have to become a noise window
STACK_RATIOS = 0.2, 1.0  # peak amplitude of a second event, in those of the first
GUARD_S = 0.5  # before an arrival; no noise window comes nearer


@dataclass(frozen=True, slots=True)
class WindowShape:
    """What a network takes: samples at ``rate`` Hz of ``components``, answers in the order of ``phases``."""

    samples: int
    rate: float
    components: tuple[str, ...]
    phases: tuple[str, ...]
    scale: WaveformScale


@dataclass(frozen=True, slots=True)
class Extract:
    """A window as it was cut: values (C, samples), arrivals in its samples a phase, phases nobody has told."""

    values: FloatArray
    arrivals: dict[str, tuple[float, ...]]
    unknown: tuple[str, ...]
    weight: float


class RecordReader:
    """Records at the network's rate, in memory where they are small enough."""

    def __init__(self, records: RecordSet, picked: Sequence[PickedRecord], shape: WindowShape) -> None:
        indices = [each.index for each in picked]
        rates = records.table.rate[indices] if indices else np.zeros(0)
        self._parts: dict[float, Resampled] = {}
        self._places: dict[int, tuple[float, int]] = {}
        for rate in np.unique(rates).tolist():
            some = [index for index, own in zip(indices, rates.tolist(), strict=True) if own == rate]
            self._parts[rate] = Resampled(records, some, shape.rate, shape.components)
            self._places |= {index: (rate, row) for row, index in enumerate(some)}
        values = sum(int(part.n_samples.sum()) for part in self._parts.values()) * len(shape.components)
        self._kept: dict[int, FloatArray] | None = {} if values <= KEPT_VALUES else None

    def length(self, index: int) -> int:
        rate, row = self._places[index]
        return int(self._parts[rate].n_samples[row])

    def rate(self, index: int) -> float:
        """Samples a second of what is handed out."""
        return self._parts[self._places[index][0]].rate

    def read(self, index: int, first: int, count: int) -> FloatArray:
        """Samples [first, first + count), which may lie outside the record: (C, count), NaN where nothing is."""
        rate, row = self._places[index]
        part, length = self._parts[rate], self.length(index)
        low, high = max(first, 0), min(first + count, length)
        if self._kept is None:
            inner = part.read_some([row], low, max(high - low, 0))[0]
        else:
            if index not in self._kept:
                self._kept[index] = part.read_some([row], 0, length)[0]
            inner = self._kept[index][:, low : max(high, low)]
        return np.pad(inner, ((0, 0), (low - first, count - (low - first) - inner.shape[1])), constant_values=np.nan)


class PickWindows:
    """Where the windows of a picker's training come from: ``draw`` hands out scaled windows and their targets.

    ``focus`` are indices of records that fill ``focus_share`` of every batch: the latest picks.
    ``moved`` are samples a phase that targets lie behind the picks. Raises ``InputError`` where no record has a pick.
    """

    def __init__(
        self,
        records: RecordSet,
        picked: Sequence[PickedRecord],
        shape: WindowShape,
        recipe: PickRecipe,
        seed: int,
        focus: Sequence[int] = (),
        focus_share: float = 0.0,
        moved: Mapping[str, float] | None = None,
    ) -> None:
        self._moved = dict(moved or {})
        self._picked = [each for each in picked if each.times]
        self._empty = [each for each in picked if each.empty]
        if not self._picked:
            raise InputError("There are no picks to train on.", "Pick a few arrivals.")
        self._reader = RecordReader(records, picked, shape)
        self._shape, self._recipe = shape, recipe
        self._random = np.random.default_rng(seed)
        latest = set(focus)
        self._focus = [each for each in self._picked if each.index in latest]
        self._focus_share = focus_share if self._focus else 0.0
        self._pair = horizontals(shape.components)
        self._again: list[PickedRecord] = []

    def draw(self, count: int) -> Batch:
        """``count`` windows (n, C, samples), targets (n, n_phase, samples) and weights (n,)."""
        return self._batch([self._changed(self._extract()) for _ in range(count)])

    def window_of(self, record: PickedRecord) -> tuple[Batch, dict[str, tuple[float, ...]]]:
        """A window of one record and the samples of the arrivals in it, by phase."""
        extract = self._with_arrival(record)
        last = self._shape.samples - 1
        inside = {
            phase: tuple(place for place in places if 0.0 <= place <= last)
            for phase, places in extract.arrivals.items()
        }
        return self._batch([self._changed(extract)]), inside

    def _batch(self, extracts: Sequence[Extract]) -> Batch:
        windows = np.stack([each.values for each in extracts])
        sigma, half_width = self._recipe.bump(self._shape.rate)
        targets = [
            target(self._shape.samples, self._shape.phases, self._wanted(each), sigma, half_width, each.unknown)
            for each in extracts
        ]
        weights = np.array([each.weight for each in extracts], np.float32)
        return Batch(self._shape.scale.apply(windows), np.stack(targets), weights)

    def _wanted(self, extract: Extract) -> dict[str, tuple[float, ...]]:
        """Arrivals where the network shall put them."""
        return {
            phase: tuple(place + self._moved.get(phase, 0.0) for place in places)
            for phase, places in extract.arrivals.items()
        }

    # ---- cutting

    def _extract(self) -> Extract:
        if self._random.random() < self._recipe.noise_windows:
            quiet = self._quiet()
            if quiet is not None:
                return quiet
        return self._with_arrival(self._next())

    def _next(self) -> PickedRecord:
        if not self._again:
            pool = self._focus if self._random.random() < self._focus_share else self._picked
            self._again = [pool[int(self._random.integers(len(pool)))]] * self._recipe.extracts
        return self._again.pop()

    def _with_arrival(self, record: PickedRecord) -> Extract:
        """A window that holds the first arrival, mostly with room for the others after it."""
        samples, rate = self._shape.samples, self._reader.rate(record.index)
        first, last = (round((time or 0.0) * rate) for time in (record.first, record.last))
        if self._random.random() < self._recipe.anywhere:
            place = int(self._random.integers(samples))
        else:
            low = round(FIRST_FROM * samples)
            fits = samples - (last - first) - 1
            high = max(low, min(round(FIRST_TO * samples), fits - low // 2))
            place = int(self._random.integers(low, high + 1))
        return self._cut(record, first - self._bounded(first - place, record, first))

    def _bounded(self, start: int, record: PickedRecord, first: int) -> int:
        """``first`` minus a start of the window that leaves not much of it outside the record."""
        samples, length = self._shape.samples, self._reader.length(record.index)
        margin = samples // 8
        low, high = -margin, max(length - samples + margin, -margin)
        return first - min(max(start, low), high)

    def _cut(self, record: PickedRecord, start: int) -> Extract:
        rate = self._reader.rate(record.index)
        arrivals = {phase: tuple(time * rate - start for time in times) for phase, times in record.times.items()}
        lacking = [phase for phase in self._shape.phases if phase not in record.times and phase != NOISE]
        unknown = () if record.empty else tuple(lacking)
        return Extract(self._reader.read(record.index, start, self._shape.samples), arrivals, unknown, record.weight)

    def _quiet(self) -> Extract | None:
        """A window without any arrival: an empty record, or what comes before the first arrival, repeated if short."""
        samples = self._shape.samples
        if self._empty and self._random.random() < 0.5:
            record = self._empty[int(self._random.integers(len(self._empty)))]
            room = max(self._reader.length(record.index) - samples, 0)
            return self._cut(record, int(self._random.integers(room + 1)))
        record = self._picked[int(self._random.integers(len(self._picked)))]
        rate = self._reader.rate(record.index)
        _, half_width = self._recipe.bump(rate)
        quiet = int((record.first or 0.0) * rate - max(half_width, GUARD_S * rate * (rate <= 250.0)))
        if quiet < LEAST_NOISE * samples:
            return None
        start = int(self._random.integers(max(quiet - samples, 0) + 1))
        values = self._reader.read(record.index, start, min(quiet, samples))
        values = np.pad(values, ((0, 0), (0, samples - values.shape[1])), mode="symmetric")
        return Extract(values, {}, (), record.weight)

    # ---- changing

    def _changed(self, extract: Extract) -> Extract:
        recipe, values, arrivals = self._recipe, extract.values, dict(extract.arrivals)
        there = np.isfinite(values)
        values = np.where(there, values, np.float32(0.0))
        mean = values.sum(-1, keepdims=True) / np.maximum(there.sum(-1, keepdims=True), 1)
        values = np.where(there, values - mean, 0.0).astype(np.float32)
        unknown = extract.unknown
        if recipe.stretch and self._random.random() < 0.5:
            factor = float(np.exp(self._random.uniform(-1, 1) * np.log1p(recipe.stretch)))
            values = stretched(values, factor)
            arrivals = {phase: tuple(place * factor for place in places) for phase, places in arrivals.items()}
        if self._random.random() < recipe.stack:
            other = self._with_arrival(self._next())
            values = stacked(values, np.nan_to_num(other.values), float(self._random.uniform(*STACK_RATIOS)))
            for phase, places in other.arrivals.items():
                arrivals[phase] = (*arrivals.get(phase, ()), *places)
            unknown = tuple(dict.fromkeys((*unknown, *other.unknown)))
        if self._random.random() < recipe.noise:
            values = with_noise(values, self._random.uniform(recipe.snr_least, recipe.snr_most), self._random)
        if self._random.random() < recipe.flip:
            values = -values
        if self._pair is not None:
            first, second = self._pair
            if self._random.random() < recipe.swap:
                values[[first, second]] = values[[second, first]]
            if self._random.random() < recipe.vertical_only:
                values[[first, second]] = 0.0
        return Extract(values, arrivals, unknown, extract.weight)
