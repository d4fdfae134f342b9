"""From what a file says of a pick to the record that it belongs to."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.pick_operation import Pick, require_valid
from seisgui.seismic.record_table import RecordTable

HALF = 0.5  # of a sample: how far beyond its record a pick may lie


@dataclass(frozen=True, slots=True)
class FilePick:
    """One pick as a file tells it; what the file leaves out is None or ''.

    Either ``moment`` (POSIX s) or ``sample`` (0-based) or ``time`` (s after the first sample) is given; ``begin`` is
    the POSIX time that the file gives for the first sample.
    """

    place: str  # 'line 12': for sentences
    phase: str
    record: str = ""
    station: str = ""
    moment: float | None = None
    begin: float | None = None
    sample: float | None = None
    time: float | None = None
    uncertainty: float | None = None
    polarity: str = ""
    provenance: str = "imported"
    probability: float | None = None
    method: str = ""
    run_id: str | None = None
    gather: int | None = None  # number of its gather or event in the dataset, where the file tells it


@dataclass
class Matched:
    """Picks on records (ids 0), and how many found none: by reason, with the first of each as an example."""

    picks: list[Pick] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def read(self) -> int:
        return len(self.picks) + sum(self.missed.values())

    def miss(self, reason: str, example: str) -> None:
        self.missed[reason] += 1
        self.examples.setdefault(reason, example)

    def sentences(self) -> list[str]:
        """One sentence a reason."""
        return [
            f"{count:,} of {self.read:,} picks {reason}; the first is {self.examples[reason]}."
            for reason, count in self.missed.items()
        ]


UNKNOWN = "are of records or stations that the dataset does not have"
OUTSIDE = "lie outside their record"
AMBIGUOUS = "may belong to several records of their station"


def match_picks(picks: Iterable[FilePick], table: RecordTable) -> Matched:
    """Put the picks of a file on the records of a table; ``InputError`` where one says something impossible."""
    finder = RecordFinder(table)
    matched = Matched()
    for pick in picks:
        who = f"{pick.phase} on {pick.record or pick.station or 'no station'} ({pick.place})"
        index = finder.find(pick)
        if isinstance(index, str):
            matched.miss(index, who)
            continue
        time = finder.time_on(index, pick)
        if not finder.holds(index, time):
            end = (int(table.n_samples[index]) - 1) / float(table.rate[index])
            matched.miss(OUTSIDE, f"{who} at {time:.6g} s, where the record ends at {end:.6g} s")
            continue
        matched.picks.append(placed(pick, table.id_of(index), max(time, 0.0)))
    return matched


def placed(pick: FilePick, record: str, time: float) -> Pick:
    """The pick on its record; ``InputError`` with its place in the file where it is impossible."""
    made = Pick(
        0,
        record,
        pick.phase.strip(),
        time,
        pick.uncertainty,
        pick.polarity,
        pick.provenance,
        pick.probability,
        pick.run_id,
        pick.method,
    )
    try:
        require_valid(made)
    except InputError as error:
        raise InputError(f"{pick.place}: {error.sentence}", error.hint) from error
    return made


class RecordFinder:
    """Finds records by their id, or by station and time."""

    def __init__(self, table: RecordTable) -> None:
        self.table = table

    def find(self, pick: FilePick) -> int | str:
        """Index of the record, or the reason why there is none."""
        for name in dict.fromkeys((pick.record, pick.record.rpartition(".")[0])):
            index = self.table.index_of(name) if name else None
            if index is not None:
                return index
        candidates = self._of_station(pick.station)
        if pick.gather is not None:
            candidates = candidates[self.table.gather[candidates] == pick.gather]
        if not len(candidates):
            return UNKNOWN
        if len(candidates) == 1:
            return int(candidates[0])
        if not self.table.has_clock or pick.moment is None:
            return AMBIGUOUS
        return self._by_time(candidates, pick)

    def _by_time(self, candidates: NDArray[np.int64], pick: FilePick) -> int | str:
        moment = pick.moment or 0.0
        start, rate = self.table.start[candidates], self.table.rate[candidates]
        sample = (moment - start) * rate
        inside = candidates[(sample >= -HALF) & (sample <= self.table.n_samples[candidates] - HALF)]
        if len(inside) > 1 and pick.begin is not None:
            inside = inside[np.abs(self.table.start[inside] - pick.begin) < HALF / self.table.rate[inside]]
        if len(inside) == 1:
            return int(inside[0])
        return AMBIGUOUS if len(inside) else OUTSIDE

    def time_on(self, index: int, pick: FilePick) -> float:
        """Time of the pick (s) after the first sample of the record."""
        if pick.time is not None:
            return pick.time
        if pick.moment is not None:
            if self.table.has_clock:
                return pick.moment - float(self.table.start[index])
            return pick.moment - (pick.begin or 0.0)
        return (pick.sample or 0.0) / float(self.table.rate[index])

    def holds(self, index: int, time: float) -> bool:
        """Whether a time (s after the first sample) lies in the record."""
        sample = time * float(self.table.rate[index])
        return -HALF <= sample <= int(self.table.n_samples[index]) - HALF

    def _of_station(self, station: str) -> NDArray[np.int64]:
        name = spelled(station)
        network, code = seed_codes(name)
        codes = self._stations.get(name, []) or self._stations.get(f"{network}.{code}", [])
        if not codes and code:
            # a network that only one of the two tells is no contradiction
            codes = self._codes.get(code, []) if not network else self._stations.get(code, [])
        return np.concatenate([self._records_of(number) for number in codes]) if codes else np.zeros(0, np.int64)

    def _records_of(self, code: int) -> NDArray[np.int64]:
        order, bounds = self._by_station
        return order[bounds[code] : bounds[code + 1]]

    @cached_property
    def _by_station(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.table.station, kind="stable").astype(np.int64)
        return order, np.searchsorted(self.table.station[order], np.arange(len(self.table.stations) + 1))

    @cached_property
    def _stations(self) -> dict[str, list[int]]:
        """Codes of stations by their name, with its network where it has one."""
        known: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(self.table.stations):
            network, code = seed_codes(spelled(name))
            for way in {spelled(name), f"{network}.{code}" if network else code} - {""}:
                known[way].append(number)
        return known

    @cached_property
    def _codes(self) -> dict[str, list[int]]:
        """Codes of stations by their name without a network."""
        known: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(self.table.stations):
            known[seed_codes(spelled(name))[1]].append(number)
        return known


SEED = re.compile(
    r"([a-z0-9]{1,2})\.([a-z0-9-]{1,8})(\..*)?", re.IGNORECASE
)  # network, station, and perhaps location and channel


def spelled(station: str) -> str:
    """A station's name as all formats can write it: no spaces, no capitals."""
    return "_".join(station.split()).casefold()


def seed_codes(name: str) -> tuple[str, str]:
    """Network and station of 'ci.ccc..hh'; other names are a station without a network."""
    match = SEED.fullmatch(name)
    return (match[1], match[2]) if match else ("", name)
