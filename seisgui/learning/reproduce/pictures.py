"""Sections with labels and predictions as PNG, drawn without a display."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Generator, Sequence
from math import ceil, sqrt
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from seisgui import catalogue
from seisgui.errors import FailureError
from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.project import Project
from seisgui.learning.evaluation import predict_steps
from seisgui.learning.model import load_model
from seisgui.learning.reproduce.folder import Document
from seisgui.learning.requests import HoldOut
from seisgui.learning.splits import lines_of
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.display import to_uint8
from seisgui.seismic.progress import Progress
from seisgui.seismic.volume import BoolArray, FloatArray

LOOKED_AT = (SectionRef(Orientation.INLINE, 500), SectionRef(Orientation.CROSSLINE, 500))  # the paper's figures
BIG = 1_000_000  # parameters above which only few pixels of a picture are predicted
CELLS = {True: 800, False: 30_000}  # predicted pixels of a picture, of big networks and others
SHARE = 0.45  # of the class colour over the seismic
OUTSIDE, UNLABELLED = 255, -1
Classes = NDArray[np.int16]
Picture = NDArray[np.uint8]


def picture_refs(project: Project) -> list[SectionRef]:
    """The labelled sections, and those that the paper shows where the survey has them."""
    axes = project.dataset().axes
    if axes is None:
        return []
    refs = [
        entry.ref for entry in project.labels().labelled_sections() if entry.ref.orientation is not Orientation.TIME
    ]
    return refs[:1] + [ref for ref in LOOKED_AT if has_line(axes, ref) and ref not in refs[:1]]


def has_line(axes: VolumeAxes, ref: SectionRef) -> bool:
    """Whether a survey has this very line, and more than one of its kind."""
    axis = axes.inline if ref.orientation is Orientation.INLINE else axes.crossline
    return axis.count > 1 and axis.numbers[axis.index(ref.number)] == ref.number and min(axes.shape[:2]) > 1


def predict_steps_of(
    project: Project, result: Document, path: Path, device: str | None
) -> Generator[Progress, None, None]:
    """Write the classes that a run tells for the pictures: one uint8 array a section, and the step between pixels."""
    model = load_model(project, result["run"], device)
    volume = project.open_volume()
    ids = np.asarray(model.class_ids, dtype=np.uint8)
    most = CELLS[catalogue.network(result["network"]).parameters > BIG]
    arrays: dict[str, NDArray[np.integer]] = {}
    for ref in picture_refs(project):
        amplitude = volume.section(ref)
        step = max(1, ceil(sqrt(amplitude.size / most)))
        probabilities = yield from predict_steps(model, amplitude, ref, volume.axes, step)
        arrays[str(ref)] = ids[probabilities.argmax(axis=0)]
        arrays[f"{ref} step"] = np.asarray([step])
    partial = path.with_name(f".{path.name}")
    try:
        with partial.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        partial.replace(path)
    except OSError as error:
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)


def read_predicted(path: Path, ref: SectionRef) -> tuple[NDArray[np.uint8], int] | None:
    """Classes of every ``step``-th pixel of a section, and the step; None where they were not kept."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return np.asarray(file[str(ref)]), int(file[f"{ref} step"][0])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def grey(amplitude: FloatArray, scale: AmplitudeScale) -> Picture:
    """(n_sample, n_lateral, 3) of a section (n_lateral, n_sample): troughs dark, peaks bright, holes white."""
    shades = np.ascontiguousarray(to_uint8(amplitude, scale.value).T)
    return np.asarray(cv2.cvtColor(shades, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


def overlaid(picture: Picture, classes: Classes, colours: Sequence[FaciesClass]) -> Picture:
    """Class colours over a section; ``classes`` (n_lateral, n_sample), -1 where there is none."""
    table = np.zeros((256, 3), dtype=np.float32)
    for entry in colours:
        red, green, blue = (int(entry.colour[first : first + 2], 16) for first in (1, 3, 5))
        table[entry.id] = blue, green, red
    painted = classes.T != UNLABELLED
    mixed = picture.astype(np.float32)
    mixed[painted] = (1 - SHARE) * mixed[painted] + SHARE * table[np.clip(classes.T, 0, 255)[painted]]
    return np.rint(mixed).astype(np.uint8)


def whole(cells: NDArray[np.uint8], step: int, shape: tuple[int, int]) -> Classes:
    """Every ``step``-th pixel spread over the section it was taken from."""
    spread = np.repeat(np.repeat(cells.astype(np.int16), step, axis=0), step, axis=1)
    return spread[: shape[0], : shape[1]]


def held_out_traces(blocks: Sequence[str], ref: SectionRef, axes: VolumeAxes) -> BoolArray:
    """Traces of a section that lie in a held-out block, (n_lateral,)."""
    inside = np.zeros(axes.section_shape(ref.orientation)[0], dtype=bool)
    for block in map(HoldOut.parse, blocks):
        lines = lines_of(ref, axes, block.axis)
        inside |= (lines >= block.first) & (lines <= block.last)
    return inside


def marked(picture: Picture, inside: BoolArray) -> Picture:
    """A bar above and below the traces that are held out."""
    bar = np.where(inside[None, :, None], np.uint8(0), np.uint8(235))
    strip = np.broadcast_to(bar, (8, len(inside), 3)).astype(np.uint8)
    return np.concatenate([strip, picture, strip])


def data_url(picture: Picture) -> str:
    """A PNG that lies in the page itself."""
    done, encoded = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise FailureError("A picture of the report could not be encoded.")
    return "data:image/png;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")
