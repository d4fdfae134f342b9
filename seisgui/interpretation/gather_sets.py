"""The records of a project's gather sets: opened once, closed with the project."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seisgui.errors import InputError
from seisgui.interpretation.datasets import Dataset
from seisgui.interpretation.sources import ProjectSources, layout_of
from seisgui.seismic.fingerprint import fingerprint
from seisgui.seismic.records import RecordSet, open_records, record_files


@dataclass(frozen=True, slots=True)
class _Opened:
    """Records as they were opened from these places."""

    places: tuple[Path, ...]
    records: RecordSet


class GatherSetsMixin(ProjectSources):
    """The part of a project that is about records for picking; any thread may ask."""

    _closed: bool

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
        dataset = self.gather_set(dataset_id)
        places = tuple(self._find(record) or Path(record.absolute) for record in dataset.volumes)
        with self._records_lock:
            known = self._records.get(dataset.id)
            if known is not None and known.places == places:
                return known.records
            layout = layout_of(dataset.volumes[0]) if dataset.volumes else None
            records = open_records(places, layout, names=[record.name for record in dataset.volumes])
            if known is not None:
                self._replaced_records.append(known.records)  # a view may still be reading it
            self._records[dataset.id] = _Opened(places, records)
            return records

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
            for records in [*(opened.records for opened in self._records.values()), *self._replaced_records]:
                records.close()
            self._records.clear()
            self._replaced_records.clear()


def gather_files(paths: Sequence[Path]) -> list[tuple[Path, dict[str, Any]]]:
    """The files meant by files and folders, with their fingerprints; ``InputError`` where one cannot be read."""
    return [(file, fingerprint(file)) for path in paths for file in record_files(Path(path))]
