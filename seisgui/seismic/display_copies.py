"""A survey in 8 bits, three times over, so that a section in any direction is one piece of a file.

Copies serve motion only; true amplitudes come from the source itself. They can be made again at any time
(``seisgui.seismic.ingest``) and are believed only where they were made from this very source.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seisgui.errors import FailureError, InputError
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.companding import CodeArray, Compander
from seisgui.seismic.durable import write_durably
from seisgui.seismic.pread import ReadFile
from seisgui.seismic.source_mark import source_mark
from seisgui.seismic.volume import Volume

VERSION = 1
PIECE, PIECES = 4096, 16  # bytes, and how many of them are looked at to recognise a copy
WHOLE = "copies.json"  # written last: its presence makes the copies whole
DRAFT = "ingest.json"  # how far an unfinished ingest has come


@dataclass(frozen=True)
class CopyRecord:
    """What stands in the .json beside the copies.

    ``generation`` names the three files; ``block`` is (inlines, crosslines) written at a time, of which ``done``
    are safely on the disk; ``digests`` are of pieces of the whole files.
    """

    axes: VolumeAxes
    compander: Compander
    source: dict[str, Any]
    generation: str
    block: tuple[int, int]
    done: int = 0
    digests: tuple[str, ...] = ()

    @classmethod
    def new(cls, volume: Volume, compander: Compander, block: tuple[int, int]) -> CopyRecord:
        """The record of copies yet to be made."""
        return cls(volume.axes, compander, source_mark(volume), uuid.uuid4().hex[:12], block)

    def file(self, folder: Path, orientation: Orientation) -> Path:
        """The copy whose sections of this orientation are contiguous."""
        return folder / f"{self.generation}.{orientation.value}.i8"

    def files_whole(self, folder: Path) -> bool:
        """True where all three files are there, as long as they should be, and hold what they held when finished."""
        size = int(np.prod(self.axes.shape, dtype=np.int64))
        files = [self.file(folder, way) for way in Orientation]
        try:
            if any(file.stat().st_size != size for file in files):
                return False
            return not self.digests or self.digests == tuple(digest_of(file) for file in files)
        except OSError:
            return False

    def fits(self, volume: Volume) -> bool:
        """True where these are copies of this volume: same axes, same source, unchanged since."""
        if self.axes != volume.axes:
            return False
        try:
            return self.source == source_mark(volume)
        except InputError:
            return False

    def write(self, folder: Path, name: str) -> None:
        """Put the record on disk under ``name``, whole or not at all."""
        document = {
            "version": VERSION,
            "complete": name == WHOLE,
            "axes": self.axes.to_json(),
            "compander": self.compander.to_json(),
            "source": self.source,
            "generation": self.generation,
            "block": self.block,
            "done": self.done,
            "digests": self.digests,
        }
        write_durably(folder / name, json.dumps(document, indent=1).encode())


def read_record(folder: Path, name: str) -> CopyRecord | None:
    """A record as written; None where there is none, or none that this program can read."""
    try:
        document = json.loads((folder / name).read_bytes())
        if document["version"] != VERSION or document["complete"] != (name == WHOLE):
            return None
        block = (int(document["block"][0]), int(document["block"][1]))
        return CopyRecord(
            VolumeAxes.from_json(document["axes"]),
            Compander.from_json(document["compander"]),
            dict(document["source"]),
            str(document["generation"]),
            block,
            int(document["done"]),
            tuple(document["digests"]),
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def digest_of(file: Path) -> str:
    """Hash of pieces spread over a file: enough to notice one restored as zeros, or another one."""
    digest = hashlib.sha256()
    with file.open("rb", buffering=0) as source:
        for place in np.linspace(0, max(file.stat().st_size - PIECE, 0), PIECES).astype(np.int64).tolist():
            source.seek(place)
            digest.update(source.read(PIECE))
    return digest.hexdigest()


class DisplayCopies:
    """Whole copies, open for reading from any thread.

    Sections are read by ``pread`` in one piece, which is as fast as a map and cannot end in a bus error.
    """

    def __init__(self, folder: Path, record: CopyRecord) -> None:
        self.folder = folder
        self.axes = record.axes
        self.compander = record.compander
        self._files: dict[Orientation, ReadFile] = {}
        for way in Orientation:
            self._files[way] = ReadFile(record.file(folder, way))

    @classmethod
    def open(cls, folder: Path, volume: Volume) -> DisplayCopies | None:
        """The copies of a volume; None where there are none, or not whole, or not of this source as it is now."""
        record = read_record(folder, WHOLE)
        if record is None or not record.files_whole(folder) or not record.fits(volume):
            return None
        try:
            return cls(folder, record)
        except OSError:
            return None

    def codes(self, ref: SectionRef) -> CodeArray:
        """Codes of a section, a contiguous array of its own, -128 in holes.

        Vertical sections (n_lateral, n_sample) int8, slices (n_inline, n_crossline) int8. Raises ``FailureError``
        where the copies are closed or can no longer be read: make do with the source.
        """
        file = self._files.get(ref.orientation)
        if file is None:
            raise FailureError("The display copies have been closed.", "Open the project again.")
        codes = np.empty(self.axes.section_shape(ref.orientation), dtype=np.int8)
        try:
            whole = file.read_into(memoryview(codes.data).cast("B"), self.axes.section_index(ref) * codes.size)
        except OSError as error:
            raise FailureError(f"The display copies in {self.folder} cannot be read: {error.strerror}.") from error
        if not whole:
            raise FailureError(f"The display copies in {self.folder} are cut off.", "Make them again.")
        return codes

    def close(self) -> None:
        """Close the files, each as soon as nobody reads it any more."""
        self._files = {}
