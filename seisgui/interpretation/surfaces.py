"""The horizons and faults of a project."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from seisgui.errors import FailureError, InputError, SeisguiError
from seisgui.interpretation.datasets import Dataset, free_name, slug
from seisgui.interpretation.edits import Change
from seisgui.interpretation.horizons import (
    COLOURS,
    FaultSticks,
    Horizon,
    HorizonFile,
    insert_horizon,
    pack_points,
    read_horizon,
    read_stored,
    unpack_points,
)
from seisgui.interpretation.sources import ProjectSources
from seisgui.seismic.progress import Progress


class SurfacesMixin(ProjectSources):
    """The part of a project that is about horizons and faults."""

    _reader: sqlite3.Connection
    _surfaces: list[Horizon | FaultSticks] | None = None

    def horizons(self, dataset_id: str | None = None) -> list[Horizon]:
        """Horizons of a dataset (None: of all)."""
        return [item for item in self._stored(dataset_id) if isinstance(item, Horizon)]

    def fault_sticks(self, dataset_id: str | None = None) -> list[FaultSticks]:
        """Faults of a dataset (None: of all)."""
        return [item for item in self._stored(dataset_id) if isinstance(item, FaultSticks)]

    def _stored(self, dataset_id: str | None) -> list[Horizon | FaultSticks]:
        if self._surfaces is None:
            self._surfaces = read_stored(self._reader)
        return [item for item in self._surfaces if dataset_id in {None, item.dataset_id}]

    def add_horizon(self, file: Path, dataset: str | None = None, name: str | None = None) -> Horizon | FaultSticks:
        """Add a horizon or fault sticks from ASCII (``IL XL Z`` or ``X Y Z``).

        ``InputError`` where the file holds no points of the dataset. What was assumed stands in ``notes``.
        """
        self.require_writable()
        target = self.dataset(dataset)
        item = self._keep_surface(Path(file), target.id, self.read_surface(Path(file), target), name)
        self.wait_saved()
        return item

    def take_surface(self, parcel: SurfaceParcel, content: HorizonFile) -> Horizon | FaultSticks:
        """Add a horizon or fault that another process has read (``read_surface_steps``); ``content`` is its points."""
        self.require_writable()
        return self._keep_surface(parcel.file, parcel.dataset_id, content, None, parcel.packed.read_bytes())

    def read_surface(self, file: Path, target: Dataset) -> HorizonFile:
        """The points of a file on a dataset, nothing is kept; raises as ``add_horizon``."""
        if target.axes is None:
            raise InputError(f"{target.name!r} holds gathers; a horizon needs a survey.", "Choose a survey or line.")
        try:
            coordinates = self.open_volume(None, target.id).coordinates()
        except SeisguiError:
            coordinates = None  # line numbers do without the amplitudes
        return read_horizon(file, target.axes, coordinates)

    def _keep_surface(
        self, file: Path, dataset_id: str, content: HorizonFile, name: str | None, packed: bytes | None = None
    ) -> Horizon | FaultSticks:
        known = self._stored(None)
        name = free_name(name or file.stem, {item.name for item in known if item.dataset_id == dataset_id})
        key = slug(f"{dataset_id}-{name}", {item.id for item in known})
        colour = COLOURS[len(known) % len(COLOURS)]
        item: Horizon | FaultSticks
        if content.sticks is None:
            item = Horizon(key, dataset_id, name, content.points, colour, content.notes)
        else:
            item = FaultSticks(key, dataset_id, name, content.points, content.sticks, colour, content.notes)
        self.submit(lambda connection: insert_horizon(connection, item, str(file.resolve()), packed))
        self._surfaces = [*known, item]
        self.announce(Change("horizons", dataset_id))
        return item

    def remove_horizon(self, horizon_id: str) -> None:
        """Take a horizon or fault away; ``InputError`` where there is none of that id."""
        self.require_writable()
        known = self._stored(None)
        item = next((item for item in known if item.id == horizon_id), None)
        if item is None:
            raise InputError(f"There is no horizon {horizon_id!r}.", "List the horizons first.")
        self.submit(lambda connection: delete_horizon(connection, horizon_id))
        self._surfaces = [other for other in known if other is not item]
        self.announce(Change("horizons", item.dataset_id))


@dataclass(frozen=True, slots=True)
class SurfaceParcel:
    """A horizon or fault on its way from the data process: its points are in the file ``packed``."""

    file: Path
    dataset_id: str
    packed: Path
    notes: tuple[str, ...]

    def open(self) -> HorizonFile:
        """The points; ``FailureError`` where the file is gone."""
        try:
            points, sticks = unpack_points(self.packed.read_bytes())
        except (OSError, ValueError) as error:
            raise FailureError(f"What was read of {self.file.name} is gone.", "Add it again.") from error
        return HorizonFile(points, sticks, self.notes)

    def discard(self) -> None:
        """Remove the file of points."""
        self.packed.unlink(missing_ok=True)


def read_surface_steps(
    project_path: Path, file: Path, dataset_id: str, packed: Path
) -> Generator[Progress, None, SurfaceParcel]:
    """Read a horizon or fault sticks beside a window, and leave the points in ``packed``; raises as ``add_horizon``."""
    from seisgui.interpretation.project import Project

    yield Progress(0, 2, f"reading {file.name}")
    project = Project.open(project_path, read_only=True)
    try:
        content = project.read_surface(file, project.dataset(dataset_id))
    finally:
        project.close()
    yield Progress(1, 2, "handing over")
    try:
        packed.write_bytes(pack_points(content.points, content.sticks))
    except OSError as error:
        packed.unlink(missing_ok=True)
        sentence = f"The points of {file.name} cannot be handed over: {error.strerror or error}."
        raise FailureError(sentence, "Check the free space of the project's disk.") from error
    return SurfaceParcel(file, dataset_id, packed, content.notes)


def delete_horizon(connection: sqlite3.Connection, horizon_id: str) -> None:
    """Remove one row."""
    connection.execute("DELETE FROM horizons WHERE id = ?", (horizon_id,))
