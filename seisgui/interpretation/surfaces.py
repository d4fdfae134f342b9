"""The horizons and faults of a project."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from seisgui.errors import InputError, SeisguiError
from seisgui.interpretation.datasets import free_name, slug
from seisgui.interpretation.edits import Change
from seisgui.interpretation.horizons import COLOURS, FaultSticks, Horizon, insert_horizon, read_horizon, read_stored
from seisgui.interpretation.sources import ProjectSources


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
        if target.axes is None:
            raise InputError(f"{target.name!r} holds gathers; a horizon needs a survey.", "Choose a survey or line.")
        try:
            coordinates = self.open_volume(None, target.id).coordinates()
        except SeisguiError:
            coordinates = None  # line numbers do without the amplitudes
        content = read_horizon(Path(file), target.axes, coordinates)
        known = self._stored(None)
        name = free_name(name or Path(file).stem, {item.name for item in known if item.dataset_id == target.id})
        key = slug(f"{target.id}-{name}", {item.id for item in known})
        colour = COLOURS[len(known) % len(COLOURS)]
        item: Horizon | FaultSticks
        if content.sticks is None:
            item = Horizon(key, target.id, name, content.points, colour, content.notes)
        else:
            item = FaultSticks(key, target.id, name, content.points, content.sticks, colour, content.notes)
        self.submit(lambda connection: insert_horizon(connection, item, str(Path(file).resolve())))
        self.wait_saved()
        self._surfaces = [*known, item]
        self.announce(Change("horizons", target.id))
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


def delete_horizon(connection: sqlite3.Connection, horizon_id: str) -> None:
    """Remove one row."""
    connection.execute("DELETE FROM horizons WHERE id = ?", (horizon_id,))
