"""Datasets of a project and the files they come from."""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from seisgui.seismic.axes import VolumeAxes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VolumeRecord:
    """One file of amplitudes: where it was when it was added, and how to know it again.

    ``relative`` is relative to the project folder, with forward slashes; None where the file lies on another drive.
    ``layout`` is the JSON of the ``SegyLayout`` it is opened with; ``axes`` are those it had.
    """

    id: str
    dataset_id: str
    name: str
    relative: str | None
    absolute: str
    fingerprint: dict[str, Any]
    layout: dict[str, Any] | None
    axes: VolumeAxes | None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "axes": self.axes.to_json() if self.axes else None}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> VolumeRecord:
        axes = document["axes"]
        return cls(**{**document, "axes": VolumeAxes.from_json(axes) if axes else None})

    def places(self, project: Path) -> list[Path]:
        """Where the file may be, the likeliest first: beside the project, then where it was."""
        found = [] if self.relative is None else [Path(os.path.normpath(project.resolve() / self.relative))]
        absolute = Path(self.absolute)
        return found if absolute in found else [*found, absolute]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A survey, a 2-D line or a set of gathers: its axes and its volumes (the first one defines the axes)."""

    id: str
    name: str
    kind: str  # survey | line | gathers
    axes: VolumeAxes | None
    volumes: tuple[VolumeRecord, ...] = ()

    def to_json(self) -> dict[str, Any]:
        volumes = [record.to_json() for record in self.volumes]
        return {**asdict(self), "axes": self.axes.to_json() if self.axes else None, "volumes": volumes}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Dataset:
        axes = document["axes"]
        volumes = tuple(VolumeRecord.from_json(record) for record in document["volumes"])
        return cls(**{**document, "axes": VolumeAxes.from_json(axes) if axes else None, "volumes": volumes})

    def volume(self, volume_id: str) -> VolumeRecord | None:
        return next((record for record in self.volumes if record.id == volume_id), None)

    def with_volume(self, record: VolumeRecord) -> Dataset:
        """The dataset with a volume added, or replaced where the id is known."""
        if self.volume(record.id) is None:
            return replace(self, volumes=(*self.volumes, record))
        return replace(self, volumes=tuple(record if old.id == record.id else old for old in self.volumes))

    def laid_out_as(self, other: Dataset) -> Dataset:
        """Axes, kind and layouts of ``other``; names, places and volumes added since stay."""
        dataset = replace(self, axes=other.axes, kind=other.kind)
        for record in other.volumes:
            mine = self.volume(record.id)
            if mine is not None:
                dataset = dataset.with_volume(replace(mine, layout=record.layout, axes=record.axes))
        return dataset


def slug(name: str, taken: Collection[str] = ()) -> str:
    """A name made safe for files and command lines, different from those taken."""
    base = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "data"
    candidate, number = base, 2
    while candidate in taken:
        candidate, number = f"{base}-{number}", number + 1
    return candidate


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken."""
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name} {number}", number + 1
    return candidate


def relative_to(file: Path, project: Path) -> str | None:
    """Path of a file relative to the project folder, with forward slashes; None across drives."""
    try:
        return Path(os.path.relpath(file.resolve(), project.resolve())).as_posix()
    except ValueError:
        return None


def read_datasets(connection: sqlite3.Connection) -> list[Dataset]:
    """All datasets with their volumes, in the order in which they were added."""
    datasets = {
        row[0]: Dataset(row[0], row[1], row[2], axes_of(row[3]))
        for row in connection.execute("SELECT id, name, kind, axes FROM datasets ORDER BY position")
    }
    query = "SELECT id, dataset_id, name, relative, absolute, fingerprint, layout, axes FROM volumes ORDER BY position"
    for row in connection.execute(query):
        layout = json.loads(row[6]) if row[6] else None
        record = VolumeRecord(row[0], row[1], row[2], row[3], row[4], json.loads(row[5]), layout, axes_of(row[7]))
        datasets[record.dataset_id] = datasets[record.dataset_id].with_volume(record)
    return list(datasets.values())


def axes_of(text: str | None) -> VolumeAxes | None:
    """Axes from their JSON text."""
    return VolumeAxes.from_json(json.loads(text)) if text else None


def axes_text(axes: VolumeAxes | None) -> str | None:
    """JSON text of axes."""
    return json.dumps(axes.to_json()) if axes else None


def write_dataset(connection: sqlite3.Connection, dataset: Dataset) -> None:
    """Insert or update a dataset and its volumes."""
    connection.execute(
        "INSERT INTO datasets (id, name, kind, axes, position) "
        "VALUES (?, ?, ?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM datasets)) "
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, axes = excluded.axes",
        (dataset.id, dataset.name, dataset.kind, axes_text(dataset.axes)),
    )
    for record in dataset.volumes:
        write_volume(connection, record)


def write_volume(connection: sqlite3.Connection, record: VolumeRecord) -> None:
    """Insert or update one volume."""
    layout = json.dumps(record.layout) if record.layout is not None else None
    connection.execute(
        "INSERT INTO volumes (id, dataset_id, name, relative, absolute, fingerprint, layout, axes, position) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM volumes)) "
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, relative = excluded.relative, "
        "absolute = excluded.absolute, fingerprint = excluded.fingerprint, layout = excluded.layout, "
        "axes = excluded.axes",
        (
            record.id,
            record.dataset_id,
            record.name,
            record.relative,
            record.absolute,
            json.dumps(record.fingerprint),
            layout,
            axes_text(record.axes),
        ),
    )


def write_layouts(connection: sqlite3.Connection, dataset: Dataset) -> None:
    """Update the axes of a dataset, and layouts and axes of its volumes."""
    connection.execute(
        "UPDATE datasets SET axes = ?, kind = ? WHERE id = ?", (axes_text(dataset.axes), dataset.kind, dataset.id)
    )
    for record in dataset.volumes:
        layout = json.dumps(record.layout) if record.layout is not None else None
        connection.execute(
            "UPDATE volumes SET layout = ?, axes = ? WHERE id = ?", (layout, axes_text(record.axes), record.id)
        )
