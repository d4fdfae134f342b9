"""Picks of whole data sets: records under sliding windows or one window each, kept with the run."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from seisgui.errors import InputError
from seisgui.learning.events import Control, Notice, PicksStored, Progress
from seisgui.learning.picking.gather_picks import gather_curves_steps, gathers_of, tracked_picks
from seisgui.learning.picking.normalise import FloatArray
from seisgui.learning.picking.one_window import draw_starts, known_arrivals
from seisgui.learning.picking.peaks import Peaks, find_picks
from seisgui.learning.picking.pick_recipe import PickRecipe
from seisgui.learning.picking.pick_stream import PickStream
from seisgui.learning.picking.picker_model import BATCH, PickerModel
from seisgui.learning.picking.requests import ONE_PER_RECORD, THRESHOLD, PickPredictRequest
from seisgui.learning.picking.resampled import Resampled
from seisgui.learning.picking.stitched import Stitching, stitch_steps
from seisgui.learning.picking.stored_picks import (
    CURVES,
    CurveWriter,
    PredictedPick,
    PredictedPicks,
    folder_of,
    write_predicted,
)

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord
    from seisgui.seismic.records import RecordSet

logger = logging.getLogger(__name__)

SHORT = 16  # windows: records up to that long are predicted several together
TRACKING = ("track_smooth_ms", "track_reject", "track_evidence")
ROOM = 256 << 20  # bytes that curves may take without being asked for
Event = Progress | Notice


@dataclass
class Work:
    """A prediction under way."""

    project: Project
    request: PickPredictRequest
    record: RunRecord
    dataset_id: str
    records: RecordSet
    model: PickerModel
    indices: list[int]
    threshold: float
    curves: CurveWriter | None = None
    picks: list[PredictedPick] = field(default_factory=list)
    looked: dict[str, tuple[float, float]] = field(default_factory=dict)
    done: int = 0

    def keep(self, index: int, phase: str, peaks: Peaks, rate: float, first: int = 0) -> None:
        """Picks of one record and phase, counted in samples from ``first`` on."""
        record = self.records.table.id_of(index)
        for time, probability, width in zip(peaks.time, peaks.probability, peaks.uncertainty, strict=True):
            self.picks.append(
                PredictedPick(record, phase, float(first + time) / rate, float(probability), float(width) / rate)
            )

    def look(self, index: int, first: int, count: int, rate: float) -> None:
        self.looked[self.records.table.id_of(index)] = (first / rate, (first + count - 1) / rate)

    def told(self, samples: int, phrase: str = "Picking") -> Progress:
        self.done += samples
        return Progress(self.done, max(self.total, self.done), phrase)

    @property
    def tracks(self) -> bool:
        """Whether picks follow arrivals across gathers."""
        asked = self.request.track
        own = bool(self.record.settings.get("track", False))
        return (own if asked is None else asked) and self.request.windows != ONE_PER_RECORD

    @property
    def total(self) -> int:
        return int(self.records.table.n_samples[self.indices].sum())


def predict_records(
    project: Project, request: PickPredictRequest, control: Control
) -> Generator[Event | PicksStored, None, PredictedPicks]:
    """Pick the records of a request and keep picks (and curves) under ``predictions/<run>/<dataset>/``.

    Closing the generator, or ``control.stop``, leaves what was there before. Raises ``InputError`` where the run, its
    weights or the records cannot be used.
    """
    work = prepare(project, request)
    for problem in work.records.problems:
        yield Notice(problem)
    folder = folder_of(project, work.record.id, work.dataset_id)
    folder.mkdir(parents=True, exist_ok=True)
    if request.curves or (request.curves is None and _curve_bytes(work) <= ROOM):
        work.curves = CurveWriter(folder)
    try:
        for event in steps_of(work):
            yield event
            if control.stop:
                return PredictedPicks((), {}, work.model.arrivals)
        found = PredictedPicks(
            tuple(_ordered(work)),
            work.looked,
            work.model.arrivals,
            _settings(work),
            work.curves.places if work.curves else {},
        )
        if work.curves is not None:
            work.curves.finish()
        else:
            (folder / CURVES).unlink(missing_ok=True)
        path = write_predicted(folder, found)
    finally:
        if work.curves is not None:
            work.curves.discard()
    counts = {phase: sum(pick.phase == phase for pick in found.picks) for phase in found.phases}
    yield PicksStored(work.record.id, work.dataset_id, path, counts)
    return found


def prepare(project: Project, request: PickPredictRequest) -> Work:
    """The run's picker and the records it shall pick."""
    request.check()
    record = project.run(request.run_id)
    model = PickerModel.load(project, record.id, request.device)
    dataset = project.gather_set(request.dataset_id)
    records = project.open_records(dataset.id)
    indices = [index for index in _chosen(records, request.records) if records.table.n_samples[index] > 0]
    if not indices:
        raise InputError(f"The records of {records.name} hold no samples.", "Choose other records.")
    threshold = request.threshold or float(record.settings.get("threshold", THRESHOLD))
    return Work(project, request, record, dataset.id, records, model, indices, threshold)


def _chosen(records: RecordSet, names: tuple[str, ...] | None) -> list[int]:
    if names is None:
        return list(range(len(records.table)))
    found = {name: records.table.index_of(name) for name in names}
    unknown = [name for name, index in found.items() if index is None]
    if unknown:
        raise InputError(
            f"There is no record {unknown[0]!r} in {records.name}.", "List the records to see their names."
        )
    return [index for index in found.values() if index is not None]


def steps_of(work: Work) -> Generator[Event, None, None]:
    """The steps that the request asks for."""
    if work.request.windows == ONE_PER_RECORD:
        return one_window_steps(work)
    return tracked_steps(work) if work.tracks else stitched_steps(work)


def stitched_steps(work: Work) -> Generator[Event, None, None]:
    """Whole records: short ones of one length together, long ones stretch by stretch."""
    stitching = Stitching.of(work.model, work.request.step)
    for indices in batches(work):
        source = Resampled(work.records, indices, work.model.rate, work.model.components)
        length = source.longest
        streams = [
            {phase: PickStream(work.threshold, work.request.distance) for phase in work.model.arrivals} for _ in indices
        ]
        rows = [work.model.index_of(phase) for phase in work.model.arrivals]
        whole: list[FloatArray] = []
        if work.curves is not None and len(indices) == 1:
            work.curves.begin(work.records.table.id_of(indices[0]), source.rate)
        for _, probability in stitch_steps(work.model, source.read, len(indices), length, stitching):
            curves = probability[:, rows]
            for index, stream, curve in zip(indices, streams, curves, strict=True):
                for number, phase in enumerate(work.model.arrivals):
                    work.keep(index, phase, stream[phase].add(curve[number]), source.rate)
            if work.curves is not None:
                if len(indices) == 1:
                    work.curves.go_on(work.records.table.id_of(indices[0]), curves[0])
                else:
                    whole.append(curves)
            yield work.told(round(probability.shape[-1] * len(indices) * _own_share(work, indices, source)))
        for index, stream in zip(indices, streams, strict=True):
            work.look(index, 0, length, source.rate)
            for phase, each in stream.items():
                work.keep(index, phase, each.end(), source.rate)
        if work.curves is not None and whole:
            for index, curve in zip(indices, np.concatenate(whole, axis=-1), strict=True):
                work.curves.add(work.records.table.id_of(index), curve, source.rate)


def _own_share(work: Work, indices: Sequence[int], source: Resampled) -> float:
    """Samples of the records for one that was predicted."""
    return float(work.records.table.rate[indices[0]]) / source.rate


def batches(work: Work) -> Iterable[list[int]]:
    """Records of one rate and length: several together where they are short, one by one where they are long."""
    table = work.records.table
    most = SHORT * work.model.samples
    alike: dict[tuple[float, int], list[int]] = {}
    for index in work.indices:
        alike.setdefault((float(table.rate[index]), int(table.n_samples[index])), []).append(index)
    for (_, length), members in alike.items():
        together = max(1, min(BATCH, 4 * most // max(length, 1))) if length <= most else 1
        for first in range(0, len(members), together):
            yield members[first : first + together]


def one_window_steps(work: Work) -> Generator[Event, None, None]:
    """One window a record."""
    arrivals = known_arrivals(work.project, work.dataset_id, work.records)
    model, table = work.model, work.records.table
    by_rate: dict[float, list[int]] = {}
    for index in work.indices:
        by_rate.setdefault(float(table.rate[index]), []).append(index)
    drawn = np.random.default_rng(work.request.seed).random(len(table))
    for own_rate, members in by_rate.items():
        source = Resampled(work.records, members, model.rate, model.components)
        first_p = [arrivals.get(table.id_of(index)) for index in members]
        starts = draw_starts(drawn[members], first_p, source.n_samples, model.samples, source.rate)
        for place in range(0, len(members), BATCH):
            rows = range(place, min(place + BATCH, len(members)))
            windows = np.concatenate([source.read_some([row], int(starts[row]), model.samples) for row in rows])
            told = model.predict_windows(windows)
            for row, probability in zip(rows, told, strict=True):
                _keep_window(work, members[row], int(starts[row]), probability, source)
            yield work.told(round(len(windows) * model.samples * own_rate / source.rate))


def tracked_steps(work: Work) -> Generator[Event, None, None]:
    """One arrival a phase followed across each gather; traces that do not bear it out are left without a pick."""
    settings = {name: work.record.settings[name] for name in TRACKING if name in work.record.settings}
    if work.request.threshold is not None:
        settings["track_reject"] = work.request.threshold
    recipe = replace(PickRecipe(), track=True, **settings)
    for members in gathers_of(dict.fromkeys(work.indices), work.records):
        curves = yield from gather_curves_steps(work.model, work.records, members)
        found = tracked_picks(curves, work.records, recipe)
        for index in members:
            record, rate = work.records.table.id_of(index), curves.rate[index]
            work.look(index, 0, curves.probability[index].shape[-1], rate)
            for phase, picks in found[index].items():
                work.picks += [PredictedPick(record, phase, p.time, p.probability, p.uncertainty) for p in picks]
            if work.curves is not None:
                work.curves.add(record, curves.probability[index], rate)
        yield work.told(int(work.records.table.n_samples[members].sum()))


def _keep_window(work: Work, index: int, first: int, probability: FloatArray, source: Resampled) -> None:
    work.look(index, first, probability.shape[-1], source.rate)
    curves = np.stack([probability[work.model.index_of(phase)] for phase in work.model.arrivals])
    for phase, curve in zip(work.model.arrivals, curves, strict=True):
        work.keep(index, phase, find_picks(curve, work.threshold, work.request.distance), source.rate, first)
    if work.curves is not None:
        whole = np.pad(curves, ((0, 0), (first, 0)))
        work.curves.add(work.records.table.id_of(index), whole, source.rate)


def _ordered(work: Work) -> list[PredictedPick]:
    """Record by record as in the data, in order of time."""
    place = {work.records.table.id_of(index): index for index in work.indices}
    return sorted(work.picks, key=lambda pick: (place[pick.record], pick.time, pick.phase))


def _settings(work: Work) -> dict[str, float | int | str | bool]:
    request = work.request
    return {
        "windows": request.windows,
        "track": work.tracks,
        "seed": request.seed,
        "threshold": work.threshold,
        "distance": request.distance,
        "samples": work.model.samples,
        "step": 0 if request.windows == ONE_PER_RECORD else Stitching.of(work.model, request.step).step,
        "rate": work.model.rate,
    }


def _curve_bytes(work: Work) -> int:
    table = work.records.table
    seconds = table.n_samples[work.indices] / np.maximum(table.rate[work.indices], 1e-9)
    return int(seconds.sum() * work.model.rate * len(work.model.arrivals))
