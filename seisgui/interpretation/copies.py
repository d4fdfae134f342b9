"""The display copies of a project's volumes: where they lie, which are at hand, and making them."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from seisgui.errors import SeisguiError
from seisgui.interpretation import database
from seisgui.interpretation.sources import ProjectSources
from seisgui.seismic.cache_folder import cache_folder
from seisgui.seismic.display_copies import WHOLE, DisplayCopies
from seisgui.seismic.ingest import ingest_steps
from seisgui.seismic.progress import Progress
from seisgui.seismic.volume import Volume


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for a volume when its record had this stamp; None where the copies are of no use."""

    volume: Volume
    stamp: tuple[int, int]
    copies: DisplayCopies | None


class DisplayCopiesMixin(ProjectSources):
    """The part of a project that is about display copies."""

    _copies: dict[str, _Found]
    _display_root: Path | None = None

    def display_folder(self, volume_id: str) -> Path:
        """Folder of a volume's display copies (it need not exist); can be rebuilt.

        In the project, or where that lies on a network drive, in the user's cache folder.
        """
        if self._display_root is None:
            project = hashlib.sha256(str(self.path).encode()).hexdigest()[:16]
            near = not database.on_network(self.path)
            self._display_root = self.path / "display" if near else cache_folder() / "display" / project
        return self._display_root / self.volume_record(volume_id).id

    def display_copies(self, volume_id: str | None = None, dataset_id: str | None = None) -> DisplayCopies | None:
        """The whole display copies of a volume (None: the first of the dataset); None where there are none.

        Cheap to ask again: they are opened once and closed with the project, or when they are made anew.
        """
        record = self.volume_record(volume_id, dataset_id)
        folder = self.display_folder(record.id)
        try:
            status = (folder / WHOLE).stat()
            volume = self.open_volume(record.id)
        except (OSError, SeisguiError):
            return self._remember(record.id, None)
        stamp = status.st_mtime_ns, status.st_ino
        found = self._copies.get(record.id)
        if found is None or found.volume is not volume or found.stamp != stamp:
            return self._remember(record.id, _Found(volume, stamp, DisplayCopies.open(folder, volume)))
        return found.copies

    def _remember(self, volume_id: str, found: _Found | None) -> DisplayCopies | None:
        old = self._copies.pop(volume_id, None)
        if old is not None and old.copies is not None:
            old.copies.close()
        if found is None:
            return None
        self._copies[volume_id] = found
        return found.copies

    def close_display_copies(self, volume_id: str) -> None:
        """Let go of the copies of a volume, so that they can be removed; they are opened again when asked for."""
        self._remember(volume_id, None)

    def close_copies(self) -> None:
        """Close all display copies."""
        for volume_id in list(self._copies):
            self._remember(volume_id, None)


def ingest_project_steps(project_path: Path, volume_id: str) -> Generator[Progress, None, Path]:
    """Make the display copies of a volume of a project, beside a window that has it open; see ``ingest_steps``."""
    from seisgui.interpretation.project import Project

    project = Project.open(project_path, read_only=True)
    try:
        return (yield from ingest_steps(project.open_volume(volume_id), project.display_folder(volume_id)))
    finally:
        project.close()
