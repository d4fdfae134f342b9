"""The records of a project's gather sets: opened once, closed with the project."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seisgui.errors import InputError
from seisgui.interpretation.copies import DisplayCopiesMixin
from seisgui.interpretation.datasets import Dataset
from seisgui.interpretation.sources import layout_of
from seisgui.seismic.fingerprint import fingerprint
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.minmax import PyramidReader
from seisgui.seismic.records import RecordSet, open_files, open_records, told_of


@dataclass(frozen=True, slots=True)
class _Opened:
    """Records as they were opened from these places, with these layouts."""

    places: tuple[Path, ...]
    layouts: tuple[dict[str, Any] | None, ...]
    records: RecordSet
    pyramid: PyramidReader


class GatherSetsMixin(DisplayCopiesMixin):
    """The part of a project that is about records for picking; any thread may ask."""

    def __init__(self) -> None:
        super().__init__()
        self._records: dict[str, _Opened] = {}
        self._replaced_records: list[RecordSet] = []
        self._records_lock = threading.Lock()

    def open_records(self, dataset_id: str | None = None) -> RecordSet:
        """The records of a gather set (None: the only dataset, or the only one of gathers), kept until closing.

        Files that are missing or cannot be used are named in its ``problems``; ``InputError`` where all are, or the
        dataset is a survey.
        """
        return self._opened(self.gather_set(dataset_id)).records

    def record_pyramid(self, dataset_id: str | None = None) -> PyramidReader:
        """Envelopes of those records at any zoom, kept beside the display copies; see ``open_records``."""
        return self._opened(self.gather_set(dataset_id)).pyramid

    def _opened(self, dataset: Dataset) -> _Opened:
        places = tuple(self._find(record) or Path(record.absolute) for record in dataset.volumes)
        layouts = tuple(record.layout for record in dataset.volumes)
        with self._records_lock:
            known = self._records.get(dataset.id)
            if known is not None and (known.places, known.layouts) == (places, layouts):
                return known
            layout = layout_of(dataset.volumes[0]) if dataset.volumes else None
            records = open_records(places, layout, names=[record.name for record in dataset.volumes])
            if known is not None:
                self._replaced_records.append(known.records)  # a view may still be reading it
            opened = _Opened(
                places, layouts, records, PyramidReader(records, self._pyramid_folder(dataset), _key(dataset, places))
            )
            self._records[dataset.id] = opened
            return opened

    def _pyramid_folder(self, dataset: Dataset) -> Path:
        return self.display_folder(dataset.volumes[0].id).parent / "records"

    def state_rate(self, rate: float, dataset_id: str | None = None) -> Dataset:
        """State the sampling rate (Hz) of a gather set whose files give none or a wrong one.

        ``InputError`` where it has picks, which are kept in seconds and would come to lie elsewhere.
        """
        self.require_writable()
        dataset = self.gather_set(dataset_id)
        if not 0.0 < rate < 1e9:
            raise InputError(f"{rate:g} Hz is no sampling rate.", "State it in Hz, for example 250.")
        if self.n_picks(dataset.id):
            raise InputError(
                f"{dataset.name} has picks, which would no longer lie where they were set.",
                "Add the files again with the right rate, or undo the picks.",
            )
        for record in dataset.volumes:
            layout = replace(layout_of(record) or SegyLayout(kind="gathers"), interval=1000.0 / rate)
            dataset = dataset.with_volume(replace(record, layout=layout.to_json()))
        return self._keep(dataset)

    def n_picks(self, dataset_id: str) -> int:
        """Number of picks of a dataset in all of its pick sets."""
        raise NotImplementedError

    def gather_set(self, dataset_id: str | None = None) -> Dataset:
        """A dataset of gathers; None: the only one there is. ``InputError`` names the choices."""
        found = [dataset for dataset in self.datasets() if dataset.kind == "gathers"]
        if dataset_id is None and len(found) == 1:
            return found[0]
        dataset = self.dataset(dataset_id)
        if dataset.kind != "gathers":
            hint = f"Choose one of {', '.join(repr(item.name) for item in found)}." if found else "Add gathers first."
            raise InputError(f"{dataset.name!r} is a {dataset.kind}; it has no records to pick on.", hint)
        return dataset

    def close_records(self) -> None:
        """Close all records; asking opens them again."""
        with self._records_lock:
            for opened in self._records.values():
                opened.pyramid.close()
            for records in [*(opened.records for opened in self._records.values()), *self._replaced_records]:
                records.close()
            self._records.clear()
            self._replaced_records.clear()


def _key(dataset: Dataset, places: Sequence[Path]) -> str:
    """Changes whenever one of the files does."""
    modified = [place.stat().st_mtime_ns if place.is_file() else 0 for place in places]
    return json.dumps([[record.fingerprint for record in dataset.volumes], modified], sort_keys=True)


@dataclass(frozen=True, slots=True)
class GatherFiles:
    """Files that hold records, with their fingerprints, and what was found in them."""

    files: tuple[Path, ...]
    marks: tuple[dict[str, Any], ...]
    n_records: int
    n_gathers: int
    n_stations: int
    components: tuple[str, ...]
    rates: tuple[float, ...]
    known_picks: int
    problems: tuple[str, ...]
    left_out: tuple[str, ...]  # those of the problems that are files which cannot be used


def gather_files(paths: Sequence[Path], layout: SegyLayout | None = None) -> GatherFiles:
    """Look into files and folders before they are added to a project; any thread may do it.

    What cannot be used is left out and told in ``problems``; ``InputError`` where nothing is left.
    """
    opened = open_files(paths, layout)
    records = opened.records
    try:
        table = records.table
        return GatherFiles(
            opened.used,
            tuple(fingerprint(file) for file in opened.used),
            len(table),
            len(table.gathers),
            len(table.stations),
            table.components,
            tuple(np.unique(np.round(table.rate, 6)).tolist()),
            len(records.known_picks),
            records.problems,
            tuple(told_of(opened.refusals)),
        )
    finally:
        records.close()
