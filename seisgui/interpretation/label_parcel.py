"""Parsed labels on their way from the data process to the window: patches in one file, the rest in a message."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seisgui.errors import FailureError
from seisgui.interpretation.exchange import LabelFile, ParsedLabels, Patch, Tally, class_names, parse_labels
from seisgui.seismic.axes import Orientation, VolumeAxes
from seisgui.seismic.progress import Progress

DTYPE = np.dtype("<i2")


@dataclass(frozen=True, slots=True)
class LabelParcel:
    """Labels of ``path`` on ``axes``; ``arrays`` holds the values of all patches one after the other, int16.

    ``places`` are (inline, crossline, sample, width, height) of each patch, in array indices.
    """

    path: Path
    format: str
    axes: VolumeAxes
    orientation: Orientation
    tally: Tally
    names: dict[int, str]
    colours: dict[int, str]
    arrays: Path
    places: tuple[tuple[int, int, int, int, int], ...]

    def look(self) -> LabelFile:
        """What the file holds within the survey, for a dialog."""
        names, assumed = class_names(self.format, self.tally.counts, self.names, None)
        return LabelFile(self.format, dict(sorted(self.tally.counts.items())), names, assumed)

    def open(self) -> ParsedLabels:
        """The labels, their values memory-mapped; ``FailureError`` where the file of values is gone."""
        try:
            values = np.memmap(self.arrays, dtype=DTYPE, mode="r")
        except (OSError, ValueError) as error:
            raise FailureError(f"What was read of {self.path.name} is gone.", "Import it again.") from error
        patches, at = [], 0
        for inline, crossline, sample, width, height in self.places:
            part = values[at : at + width * height].reshape(width, height)
            patches.append(Patch(inline, crossline, sample, part))
            at += width * height
        return ParsedLabels(
            self.path, self.format, self.axes, patches, self.orientation, self.tally, self.names, self.colours
        )

    def discard(self) -> None:
        """Remove the file of values."""
        self.arrays.unlink(missing_ok=True)


def parse_steps(path: Path, axes: VolumeAxes, arrays: Path) -> Generator[Progress, None, LabelParcel]:
    """Parse a label file in the data process and leave the values in ``arrays``; raises as ``parse_labels``."""
    yield Progress(0, 2, f"reading {path.name}")
    parsed = parse_labels(path, axes)
    yield Progress(1, 2, "handing over")
    try:
        with arrays.open("wb") as file:
            for patch in parsed.patches:
                file.write(np.ascontiguousarray(patch.values, dtype=DTYPE).data)
    except OSError as error:
        arrays.unlink(missing_ok=True)
        sentence = f"The labels of {path.name} cannot be handed over: {error.strerror or error}."
        raise FailureError(sentence, "Check the free space of the project's disk.") from error
    places = tuple((p.inline, p.crossline, p.sample, *p.values.shape) for p in parsed.patches)
    return LabelParcel(
        path, parsed.format, axes, parsed.orientation, parsed.tally, parsed.names, parsed.colours, arrays, places
    )
