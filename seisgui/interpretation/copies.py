"""The display copies of a project's volumes: where they lie, which are at hand, and making them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from seisgui.errors import SeisguiError
from seisgui.interpretation.sources import ProjectSources
from seisgui.seismic.cache_folder import cache_folder
from seisgui.seismic.display_copies import WHOLE, DisplayCopies
from seisgui.seismic.ingest import ingest_steps
from seisgui.seismic.mounts import on_network
from seisgui.seismic.progress import Progress
from seisgui.seismic.volume import Volume


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for a volume when its record had this stamp; None where the copies are of no use."""

    volume: Volume
    stamp: tuple[int, int]
    copies: DisplayCopies | None


class DisplayCopiesMixin(ProjectSources):
    """The part of a project that is about display copies; any thread may ask."""

    _closed: bool
    _display_root: Path | None = None

    def __init__(self) -> None:
        self._copies: dict[str, _Found] = {}
        self._copies_lock = threading.Lock()

    def display_folder(self, volume_id: str) -> Path:
        """Folder of a volume's display copies (it need not exist); can be rebuilt.

        In the project, or where that lies on a network drive, in the user's cache folder.
        """
        if self._display_root is None:
            project = hashlib.sha256(str(self.path).encode()).hexdigest()[:16]
            near = not on_network(self.path)
            self._display_root = self.path / "display" if near else cache_folder() / "display" / project
        return self._display_root / self.volume_record(volume_id).id

    def display_copies(self, volume_id: str | None = None, dataset_id: str | None = None) -> DisplayCopies | None:
        """The whole display copies of a volume (None: the first of the dataset); None where there are none.

        Cheap to ask again: they are opened once and closed with the project, or when they are made anew.
        """
        record = self.volume_record(volume_id, dataset_id)
        with self._copies_lock:
            found = self._copies.get(record.id)
            now = None if self._closed else self._look(record.id, found)
            if now is not found:
                self._close(record.id)
            if now is None:
                return None
            self._copies[record.id] = now
            return now.copies

    def _look(self, volume_id: str, found: _Found | None) -> _Found | None:
        """What there is now: ``found`` itself where nothing has changed since."""
        folder = self.display_folder(volume_id)
        try:
            status = (folder / WHOLE).stat()
            volume = self.open_volume(volume_id)
        except (OSError, SeisguiError):
            return None
        stamp = status.st_mtime_ns, status.st_ino
        if found is not None and found.volume is volume and found.stamp == stamp:
            return found
        return _Found(volume, stamp, DisplayCopies.open(folder, volume))

    def _close(self, volume_id: str) -> None:
        old = self._copies.pop(volume_id, None)
        if old is not None and old.copies is not None:
            old.copies.close()

    def close_display_copies(self, volume_id: str | None = None) -> None:
        """Let go of the copies of a volume (None: of all), so that they can be removed; asking opens them again."""
        with self._copies_lock:
            for each in list(self._copies) if volume_id is None else [volume_id]:
                self._close(each)


def ingest_project_steps(project_path: Path, volume_id: str) -> Generator[Progress, None, Path]:
    """Make the display copies of a volume of a project, beside a window that has it open; see ``ingest_steps``."""
    from seisgui.interpretation.project import Project

    project = Project.open(project_path, read_only=True)
    try:
        return (yield from ingest_steps(project.open_volume(volume_id), project.display_folder(volume_id)))
    finally:
        project.close()
