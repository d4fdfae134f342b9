"""Writing a label set: MalenoV points, one file a class, CSV, npz mask, SEG-Y class volume."""

from __future__ import annotations

import csv
import io
import os
import shutil
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import FailureError, InputError
from seisgui.interpretation.bricks import Box
from seisgui.interpretation.classes import FaciesClass, Source
from seisgui.interpretation.facies import SOURCE_BITS, FaciesLabels
from seisgui.seismic.axes import Domain, Orientation, SectionRef
from seisgui.seismic.export import export_segy
from seisgui.seismic.progress import Progress
from seisgui.seismic.segy import SegyVolume

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

PHRASE = "writing labels"


@dataclass(frozen=True, slots=True)
class LabelExportReport:
    """What was written: labelled voxels, and how many of each class."""

    path: Path
    format: str
    points: int
    counts: dict[int, int]


@dataclass(frozen=True, slots=True)
class PointRows:
    """Labelled voxels of one inline, arrays (n,)."""

    inline: int
    crossline: NDArray[np.int64]
    sample: NDArray[np.float64]
    class_id: NDArray[np.int16]
    source: NDArray[np.uint8]


Steps = Generator[Progress, None, None]


def write_labels(
    project: Project, labels: FaciesLabels, out: Path, label_format: str
) -> Generator[Progress, None, LabelExportReport]:
    """Write labels in one of the formats; closing the generator leaves nothing, and what was there before."""
    counts = {i: n for i, n in labels.class_counts().items() if n}
    if not counts:
        raise InputError(f"The label set {labels.info.name!r} is empty.", "Paint or import labels first.")
    if not out.parent.is_dir():
        raise InputError(f"There is no folder {out.parent}.", "Make it, or choose another place.")
    if label_format == "malenov" and out.suffix.lower() not in {"", ".pts"}:
        yield from write_text(out, malenov_text, labels)
    elif label_format == "malenov":
        yield from write_class_files(out, labels)
    elif label_format == "csv":
        yield from write_text(out, csv_text, labels)
    elif label_format == "npz":
        yield Progress(0, 1, PHRASE)
        write_npz(out, labels)
    else:
        yield from write_segy_classes(project, labels, out)
    return LabelExportReport(out, label_format, sum(counts.values()), counts)


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A temporary path that becomes ``out`` when all went well, and vanishes otherwise."""
    partial = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield partial
        if partial.is_dir() and out.is_dir():
            shutil.rmtree(out)
        partial.replace(out)
    except OSError as error:
        raise FailureError(
            f"{out} cannot be written: {error.strerror or error}.", "Free space, or go elsewhere."
        ) from error
    finally:
        if partial.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            partial.unlink(missing_ok=True)


def point_rows(labels: FaciesLabels) -> Iterator[PointRows]:
    """Labelled voxels inline by inline, in line, trace and time order."""
    axes = labels.axes
    for inline in labelled_inlines(labels):
        classes, provenance = labels.section(SectionRef(Orientation.INLINE, inline))
        x, z = np.nonzero(classes >= 0)
        yield PointRows(
            inline,
            axes.crossline.numbers[x],
            axes.sample.values[z],
            classes[x, z],
            provenance[x, z] & np.uint8(SOURCE_BITS),
        )


def labelled_inlines(labels: FaciesLabels) -> list[int]:
    """Inline numbers with labels, whatever they were painted in."""
    hit = np.zeros(labels.axes.inline.count, dtype=bool)
    for start, brick in labels.store.labelled():
        for row in np.flatnonzero((brick != 0).any(axis=(1, 2))):
            index = start[0] + int(row) - labels.offset[0]
            if 0 <= index < len(hit):
                hit[index] = True
    return [int(number) for number in labels.axes.inline.numbers[hit]]


def write_text(out: Path, chunks: Callable[[FaciesLabels], Iterator[str]], labels: FaciesLabels) -> Steps:
    """Write text inline by inline."""
    total = len(labelled_inlines(labels))
    with replacing(out) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        for done, text in enumerate(chunks(labels)):
            file.write(text)
            yield Progress(min(done, total), total, PHRASE)
        file.flush()
        os.fsync(file.fileno())


def malenov_text(labels: FaciesLabels) -> Iterator[str]:
    """Lines ``inline crossline time class``."""
    for rows in point_rows(labels):
        columns = zip(rows.crossline.tolist(), rows.sample.tolist(), rows.class_id.tolist(), strict=True)
        yield "".join(f"{rows.inline} {x} {z:.10g} {c}\n" for x, z, c in columns)


def csv_text(labels: FaciesLabels) -> Iterator[str]:
    """A header and lines ``inline,crossline,time_ms,class,name,source,colour``."""
    axis = labels.axes.sample
    sample_name = "time_ms" if axis.domain is Domain.TIME else f"depth_{axis.unit}"
    yield f"inline,crossline,{sample_name},class,name,source,colour\n"
    classes = {item.id: item for item in labels.classes}
    for rows in point_rows(labels):
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        columns = (rows.crossline.tolist(), rows.sample.tolist(), rows.class_id.tolist(), rows.source.tolist())
        for x, z, c, s in zip(*columns, strict=True):
            item = classes[c]
            writer.writerow([rows.inline, x, f"{z:.10g}", c, item.name, Source(s).name.lower(), item.colour])
        yield buffer.getvalue()


def write_class_files(out: Path, labels: FaciesLabels) -> Steps:
    """A folder with one ``.pts`` file a class, rows ``inline crossline time`` below a comment with its id and name."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; one .pts file a class needs a folder.", "Choose another name.")
    lines: dict[int, list[str]] = {}
    total = len(labelled_inlines(labels))
    for done, rows in enumerate(point_rows(labels)):
        yield Progress(done, total, PHRASE)
        for item in labels.classes:
            mine = rows.class_id == item.id
            columns = zip(rows.crossline[mine].tolist(), rows.sample[mine].tolist(), strict=True)
            lines.setdefault(item.id, []).extend(f"{rows.inline} {x} {z:.10g}\n" for x, z in columns)
    with replacing(out) as partial:
        partial.mkdir()
        for item in labels.classes:
            if lines.get(item.id):
                content = f"# class {item.id} {item.name}\n" + "".join(lines[item.id])
                (partial / file_name_of(item)).write_text(content, encoding="utf-8")


def file_name_of(item: FaciesClass) -> str:
    """'low amplitude dips' -> ``multi_low_amplitude_dips_ilxl.pts``."""
    word = "".join(letter if letter.isalnum() or letter in "-+." else "_" for letter in item.name)
    return f"multi_{word}_ilxl.pts"


def write_npz(out: Path, labels: FaciesLabels) -> None:
    """An npz mask of the box around all labels: ``labels`` (inline, crossline, sample) int16, its axes, the classes."""
    axes = labels.axes
    low, high = labelled_box(labels)
    o = labels.offset
    shape = (high[0] - low[0], high[1] - low[1], high[2] - low[2])
    packed = labels.store.read(Box((low[0] + o[0], low[1] + o[1], low[2] + o[2]), shape))
    unit = "t_ms" if axes.sample.domain is Domain.TIME else "depth"
    arrays = {
        "labels": (packed & 0xFF).astype(np.int16) - np.int16(1),
        "source": ((packed >> 8) & SOURCE_BITS).astype(np.uint8),
        "inline": axes.inline.numbers[low[0] : high[0]],
        "crossline": axes.crossline.numbers[low[1] : high[1]],
        unit: axes.sample.values[low[2] : high[2]],
        "order": np.array(f"inline crossline {unit}"),
        "class_ids": np.array([item.id for item in labels.classes]),
        "class_names": np.array([item.name for item in labels.classes]),
        "class_colours": np.array([item.colour for item in labels.classes]),
    }
    with replacing(out) as partial, partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def labelled_box(labels: FaciesLabels) -> tuple[list[int], list[int]]:
    """First and one past the last index of labels on each axis."""
    low, high = list(labels.axes.shape), [0, 0, 0]
    for start, brick in labels.store.labelled():
        for axis in range(3):
            others = tuple(other for other in range(3) if other != axis)
            hit = np.flatnonzero((brick != 0).any(axis=others))
            if len(hit):
                low[axis] = min(low[axis], start[axis] + int(hit[0]) - labels.offset[axis])
                high[axis] = max(high[axis], start[axis] + int(hit[-1]) + 1 - labels.offset[axis])
    return low, high


def write_segy_classes(project: Project, labels: FaciesLabels, out: Path) -> Steps:
    """A SEG-Y volume with the headers of the dataset's first volume and class ids as samples, -1 unlabelled."""
    source = project.open_volume(None, labels.dataset_id)
    if not isinstance(source, SegyVolume):
        raise InputError(f"{source.name} is no SEG-Y file whose headers could be used.", "Export as npz or CSV.")
    numbers = source.axes.inline.numbers

    def section_values(index: int) -> NDArray[np.int16]:
        return labels.section(SectionRef(Orientation.INLINE, int(numbers[index])))[0]

    highest = max(item.id for item in labels.classes)
    sidecar = {"kind": "labels", "label_set": labels.info.name, "classes": [item.to_json() for item in labels.classes]}
    cards = [f"FACIES LABELS {labels.info.name}, CLASS IDS, -1 UNLABELLED"]
    yield from export_segy(
        source, out, section_values, sample_format="int8" if highest < 128 else "int16", cards=cards, sidecar=sidecar
    )
