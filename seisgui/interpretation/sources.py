"""The files of a project: adding them, finding them again, correcting how they are read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seisgui.errors import InputError
from seisgui.interpretation.aligned import AlignedVolume, require_alignable
from seisgui.interpretation.bricks import Lattice
from seisgui.interpretation.datasets import (
    Dataset,
    VolumeRecord,
    free_name,
    relative_to,
    slug,
    write_dataset,
    write_volume,
)
from seisgui.interpretation.edits import Change
from seisgui.interpretation.writer import Job
from seisgui.seismic.axes import VolumeAxes
from seisgui.seismic.segy import SegyLayout, SegyVolume, fingerprint, open_segy, open_volume
from seisgui.seismic.volume import Volume

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A file that is open: its amplitudes, and the fingerprint it is known by."""

    volume: Volume
    mark: dict[str, Any]


def open_source(file: Path, layout: SegyLayout | None) -> OpenedSource:
    """Open a file for ``add_volume``, in any thread; raises as that."""
    volume = open_volume(file, layout)
    try:
        return OpenedSource(volume, fingerprint(file))
    except BaseException:
        volume.close()
        raise


class ProjectSources:
    """The part of a project that is about datasets and the files behind them."""

    path: Path
    read_only: bool
    _datasets: dict[str, Dataset]
    _volumes: dict[str, Volume]
    _retired: list[Volume]

    def submit(self, job: Job, revision: int | None = None) -> None:
        raise NotImplementedError

    def require_writable(self) -> None:
        raise NotImplementedError

    def wait_saved(self, timeout: float = 10.0) -> None:
        raise NotImplementedError

    def announce(self, change: Change) -> None:
        raise NotImplementedError

    # ---- asking

    def datasets(self) -> list[Dataset]:
        """All datasets, in the order in which they were added."""
        return list(self._datasets.values())

    def dataset(self, id_or_name: str | None = None) -> Dataset:
        """A dataset by id or name; None: the only one. ``InputError`` names the choices."""
        if id_or_name is None:
            return self._only_dataset()
        found = self._datasets.get(id_or_name) or next(
            (item for item in self._datasets.values() if item.name == id_or_name), None
        )
        if found is None:
            raise InputError(f"{self.path.name} has no dataset {id_or_name!r}.", self._choices())
        return found

    def _only_dataset(self) -> Dataset:
        if not self._datasets:
            raise InputError(f"{self.path.name} has no dataset yet.", "Add a SEG-Y file first.")
        if len(self._datasets) > 1:
            raise InputError(f"{self.path.name} has several datasets; say which one.", self._choices())
        return next(iter(self._datasets.values()))

    def _choices(self) -> str:
        names = ", ".join(f"{item.name!r}" for item in self._datasets.values())
        return f"Choose one of {names}." if names else "Add a SEG-Y file first."

    def volume_record(self, volume_id: str | None = None, dataset_id: str | None = None) -> VolumeRecord:
        """A volume by id or name; None: the first one of the dataset."""
        if volume_id is None:
            dataset = self.dataset(dataset_id)
            if not dataset.volumes:
                raise InputError(f"The dataset {dataset.name!r} has no volume.", "Add a SEG-Y file to it.")
            return dataset.volumes[0]
        datasets = self.datasets() if dataset_id is None else [self.dataset(dataset_id)]
        records = [record for item in datasets for record in item.volumes]
        for record in records:
            if volume_id in {record.id, record.name}:
                return record
        names = ", ".join(f"{record.id!r}" for record in records) or "none"
        raise InputError(f"{self.path.name} has no volume {volume_id!r}.", f"There are: {names}.")

    # ---- adding

    def add_volume(
        self,
        file: Path,
        layout: SegyLayout | None = None,
        dataset: str | None = None,
        source: OpenedSource | None = None,
    ) -> Dataset:
        """Add a SEG-Y or npz file, to a dataset or as a new one (None); returns the dataset.

        In a dataset that is there it is shown on that one's axes, NaN where it has nothing. A file that is there
        already is not added twice. ``source`` is the file where it has been opened, in another thread, already; it is
        the project's from now on. ``InputError`` where it cannot be opened, or shares no line or sample with
        ``dataset``, or has another sample interval.
        """
        self.require_writable()
        file = Path(file)
        source = source or open_source(file, layout)
        volume = source.volume
        try:
            known = self._already_there(file, volume, dataset)
            if known is not None:
                volume.close()
                return known
            target = self._target(volume, dataset)
            record = self._record(file, source, target)
        except BaseException:
            volume.close()
            raise
        self._volumes[record.id] = on_axes(volume, target.axes)
        return self._keep(target.with_volume(record))

    def _already_there(self, file: Path, volume: Volume, dataset: str | None) -> Dataset | None:
        for item in self._datasets.values():
            for record in item.volumes:
                if record.absolute == str(file.resolve()) and record.axes == volume.axes:
                    if dataset is not None and dataset not in {item.id, item.name}:
                        raise InputError(
                            f"{file.name} is in the dataset {item.name!r} already.", "Leave the dataset out."
                        )
                    return item
        return None

    def _target(self, volume: Volume, dataset: str | None) -> Dataset:
        if dataset is None:
            return self._new_dataset(volume.name, kind_of(volume.axes), volume.axes)
        try:
            target = self.dataset(dataset)
        except InputError:
            # a name that nobody has yet makes a new dataset
            return self._new_dataset(dataset, kind_of(volume.axes), volume.axes)
        if target.axes is None:
            raise InputError(f"The dataset {target.name!r} holds gathers.", "Add the volume as a dataset of its own.")
        require_alignable(volume.axes, target.axes, volume.name)
        return target

    def _new_dataset(self, name: str, kind: str, axes: VolumeAxes | None) -> Dataset:
        name = free_name(name, {item.name for item in self._datasets.values()})
        return Dataset(slug(name, self._datasets), name, kind, axes)

    def _record(self, file: Path, source: OpenedSource, dataset: Dataset) -> VolumeRecord:
        volume = source.volume
        layout = getattr(volume, "layout", None)
        return self._file_record(file, volume.name, dataset, layout, volume.axes, source.mark)

    def _file_record(
        self,
        file: Path,
        name: str,
        dataset: Dataset,
        layout: SegyLayout | None,
        axes: VolumeAxes | None,
        mark: dict[str, Any],
    ) -> VolumeRecord:
        taken = {record.id for item in self._datasets.values() for record in item.volumes}
        taken |= {record.id for record in dataset.volumes}
        return VolumeRecord(
            slug(name, taken),
            dataset.id,
            free_name(name, {record.name for record in dataset.volumes}),
            relative_to(file, self.path),
            str(file.resolve()),
            mark,
            layout.to_json() if layout is not None else None,
            axes,
        )

    def add_gathers(
        self,
        files: Sequence[Path],
        layout: SegyLayout | None = None,
        name: str | None = None,
        marks: Sequence[dict[str, Any]] | None = None,
    ) -> Dataset:
        """Add files of records as one dataset of gathers; ``marks`` are their fingerprints, where taken already.

        Several files, or those of a folder, are found and tried by ``gather_files``.
        """
        self.require_writable()
        if not files:
            raise InputError("No file of records was named.", "Name one or more files.")
        dataset = self._new_dataset(name or Path(files[0]).stem, "gathers", None)
        marks = marks or [fingerprint(Path(file)) for file in files]
        for file, mark in zip(files, marks, strict=True):
            dataset = dataset.with_volume(self._file_record(Path(file), Path(file).stem, dataset, layout, None, mark))
        return self._keep(dataset)

    def _keep(self, dataset: Dataset) -> Dataset:
        self._datasets[dataset.id] = dataset
        self.submit(lambda connection: write_dataset(connection, dataset))
        self.wait_saved()  # another process may be told of it at once
        self.announce(Change("datasets", dataset.id))
        return dataset

    # ---- finding

    def source_path(self, volume_id: str) -> Path:
        """Where the file of a volume is now; ``InputError`` where it is missing."""
        record = self.volume_record(volume_id)
        found = self._find(record)
        if found is None:
            raise missing(record)
        return found

    def _find(self, record: VolumeRecord) -> Path | None:
        there = [place for place in record.places(self.path) if place.is_file()]
        if len(there) > 1:
            # an older copy may lie at one of the places
            there.sort(key=lambda place: not recognised(place, record))
        return there[0] if there else None

    def open_volume(self, volume_id: str | None = None, dataset_id: str | None = None) -> Volume:
        """The amplitudes of a volume (None: the first of the dataset), opened once and kept until the project closes.

        ``InputError`` where the file is missing (hint: locate it) or cannot be read.
        """
        record = self.volume_record(volume_id, dataset_id)
        volume = self._volumes.get(record.id)
        if volume is None:
            if record.axes is None:
                raise InputError(f"{record.name} holds gathers, no section.", "Open it in the gather view.")
            volume = on_axes(self._open_again(record, record.axes), self._datasets[record.dataset_id].axes)
            self._volumes[record.id] = volume
        return volume

    def _open_again(self, record: VolumeRecord, axes: VolumeAxes) -> Volume:
        place = self.source_path(record.id)
        volume = open_volume(place, layout_of(record))
        if isinstance(volume, SegyVolume) and not same_axes(volume.axes, axes):
            volume.close()  # added by a sample of its headers that misled: labels lie on those lines until corrected
            volume = open_segy(place, layout_of(record), as_sampled=True)
        if not same_axes(volume.axes, axes):
            volume.close()
            raise InputError(
                f"{place} is another file than the one that was added: its lines or samples differ. "
                "Labels and runs are untouched.",
                "Put the old file back, locate it, or add this one as a dataset of its own.",
            )
        return volume

    def missing_sources(self) -> list[VolumeRecord]:
        """Volumes whose file is not where it was."""
        return [record for item in self.datasets() for record in item.volumes if self._find(record) is None]

    def changed_sources(self) -> list[VolumeRecord]:
        """Volumes whose file is there but is not the one that was added (by size, header and sampled traces)."""
        found = []
        for item in self.datasets():
            for record in item.volumes:
                place = self._find(record)
                if place is not None and not recognised(place, record):
                    found.append(record)
        return found

    def locate(self, volume_id: str, new_path: Path, *, accept_changed: bool = False) -> None:
        """Say where the file of a volume is now; others that are missing and lie beside it are found as well.

        ``InputError`` where that is another file, unless ``accept_changed``: then its labels stay and its fingerprint
        is the new one.
        """
        self.require_writable()
        record = self.volume_record(volume_id)
        new_path = Path(new_path)
        if not new_path.is_file():
            raise InputError(f"{new_path} does not exist.", "Choose the SEG-Y file.")
        new = fingerprint(new_path)
        if new != record.fingerprint and not accept_changed:
            raise InputError(
                f"{new_path} is not the file that was added as {record.name!r}.",
                "Choose another file, or accept it as a changed source.",
            )
        if accept_changed:
            self._check_axes(record, new_path)
        self._move(record, new_path, new)
        for other in self.missing_sources():
            beside = new_path.parent / Path(other.absolute.replace("\\", "/")).name
            if beside.is_file() and recognised(beside, other):
                self._move(other, beside, other.fingerprint)

    def accept_source(self, volume_id: str) -> None:
        """Take a changed file as the source from now on; labels stay, runs made before are marked."""
        record = self.volume_record(volume_id)
        self.locate(record.id, self.source_path(record.id), accept_changed=True)
        self.mark_runs(record.dataset_id, f"made before {record.name} changed")
        self.forget_predictions(record.dataset_id)

    def mark_runs(self, dataset_id: str, note: str) -> None:
        raise NotImplementedError

    def forget_predictions(self, dataset_id: str) -> None:
        raise NotImplementedError

    def _check_axes(self, record: VolumeRecord, file: Path) -> None:
        if record.axes is None:
            return
        volume = open_volume(file, layout_of(record))
        axes = volume.axes
        volume.close()
        if not same_axes(axes, record.axes):
            raise InputError(
                f"{file.name} has other lines or samples than {record.name!r}.", "Add it as a dataset of its own."
            )

    def _move(self, record: VolumeRecord, place: Path, mark: dict[str, Any]) -> None:
        self._forget_volume(record.id)
        record = replace(
            record, relative=relative_to(place, self.path), absolute=str(place.resolve()), fingerprint=mark
        )
        dataset = self._datasets[record.dataset_id].with_volume(record)
        self._datasets[dataset.id] = dataset
        self.submit(lambda connection: write_volume(connection, record))
        self.wait_saved()
        self.announce(Change("datasets", dataset.id))

    def _forget_volume(self, volume_id: str) -> None:
        volume = self._volumes.pop(volume_id, None)
        if volume is not None:
            self._retired.append(volume)  # a view may still be reading it


def on_axes(volume: Volume, axes: VolumeAxes | None) -> Volume:
    """The volume itself where it has the axes of its dataset, else shown on them."""
    return volume if axes is None or same_axes(axes, volume.axes) else AlignedVolume(volume, axes)


def kind_of(axes: VolumeAxes) -> str:
    """'survey' where both line axes have several lines, else 'line'."""
    return "survey" if min(axes.inline.count, axes.crossline.count) > 1 else "line"


def same_axes(a: VolumeAxes, b: VolumeAxes) -> bool:
    """True for equal lines and samples, whether the file numbers them or not."""
    if a.shape != b.shape or a.sample.domain is not b.sample.domain:
        return False
    try:
        return Lattice.of(a).offset(b) == (0, 0, 0)
    except InputError:
        return False


def layout_of(record: VolumeRecord) -> SegyLayout | None:
    """The layout that a volume is opened with."""
    return SegyLayout.from_json(record.layout) if record.layout is not None else None


def recognised(place: Path, record: VolumeRecord) -> bool:
    """True where the file at ``place`` is the one that was added."""
    try:
        found: dict[str, Any] = fingerprint(place)
    except InputError:
        return False
    return found == record.fingerprint


def missing(record: VolumeRecord) -> InputError:
    """The sentence for a file that is not there."""
    return InputError(
        f"{record.name} is missing: there is no file {record.absolute}. Labels and runs are untouched.",
        "Locate the file, or put it back.",
    )
