"""Project folders: make one, add surveys, lines, gathers and horizons to it, mend its sources."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seisgui.cli.options import (
    BreakLockOption,
    ByteOrderOption,
    CrosslineByteOption,
    DatasetOption,
    DomainOption,
    InlineByteOption,
    IntervalOption,
    JsonOption,
    ProjectArgument,
    RepairOption,
    StartOption,
    UnitOption,
    WidthOption,
    make_layout,
)
from seisgui.cli.output import Output, plain
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.datasets import Dataset
    from seisgui.interpretation.project import Project
    from seisgui.seismic.layout import SegyLayout

SUFFIX = ".seisproj"
VolumeFile = Annotated[Path, typer.Argument(metavar="FILE", help="SEG-Y, or npz with a section.")]


def project_path(path: Path) -> Path:
    """The folder meant by ``path``; the suffix may be left out."""
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def existing_project(path: Path) -> Path:
    """The project folder, which must be there."""
    folder = path if path.suffix == SUFFIX or path.is_dir() else project_path(path)
    if not folder.exists():
        raise InputError(f"There is no project {folder}.", f"Make one: seisgui new {folder.name} --volume FILE.sgy")
    if not folder.is_dir():
        raise InputError(f"{folder} is not a project folder.", "A project is a folder named NAME.seisproj.")
    return folder


@contextmanager
def opened(path: Path, *, writes: bool, break_lock: bool = False) -> Iterator[Project]:
    """The project, closed afterwards; reading never takes the lock, so it works beside an open window."""
    folder = existing_project(path)
    from seisgui.interpretation.project import Project

    project = Project.open(folder, read_only=not writes, break_lock=break_lock)
    try:
        yield project
    finally:
        project.close()


def new(
    project: ProjectArgument,
    volume: Annotated[
        Path | None, typer.Option("--volume", metavar="FILE", help="A survey or line to begin with.")
    ] = None,
    inline_byte: InlineByteOption = None,
    crossline_byte: CrosslineByteOption = None,
    width: WidthOption = 4,
    domain: DomainOption = None,
    unit: UnitOption = None,
    interval: IntervalOption = None,
    start: StartOption = None,
    byte_order: ByteOrderOption = None,
    repair: RepairOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a project, with a survey or line in it."""
    from seisgui.interpretation.project import Project

    layout = make_layout(inline_byte, crossline_byte, width, domain, unit, interval, start, byte_order, repair)
    if volume is not None and not volume.exists():
        raise InputError(f"{volume} does not exist.")
    folder = project_path(project)
    if folder.exists():
        raise InputError(f"{folder} exists already.", f"Add to it with: seisgui add-volume {folder} FILE")
    output = Output(as_json)
    try:
        made = Project.create(folder)
        try:
            dataset = made.add_volume(volume, layout) if volume is not None else None
        finally:
            made.close()
    except BaseException:
        # no half-made project stays behind; the folder was not there before
        shutil.rmtree(folder, ignore_errors=True)
        raise
    output.document({"project": folder, "dataset": describe_dataset(dataset) if dataset else None})
    output.say(f"Made {folder}.")
    if dataset is not None:
        say_dataset(dataset, output)


def add_volume(
    project: ProjectArgument,
    file: VolumeFile,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="NAME", help="Add to this dataset (another stack, an attribute).")
    ] = None,
    inline_byte: InlineByteOption = None,
    crossline_byte: CrosslineByteOption = None,
    width: WidthOption = 4,
    domain: DomainOption = None,
    unit: UnitOption = None,
    interval: IntervalOption = None,
    start: StartOption = None,
    byte_order: ByteOrderOption = None,
    repair: RepairOption = False,
    break_lock: BreakLockOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add a survey or line; or with --dataset another volume on the axes of one that is there."""
    layout = make_layout(inline_byte, crossline_byte, width, domain, unit, interval, start, byte_order, repair)
    output = Output(as_json)
    with opened(project, writes=True, break_lock=break_lock) as document:
        added = document.add_volume(file, layout, dataset)
    output.document({"dataset": describe_dataset(added)})
    say_dataset(added, output)


def add_horizon(
    project: ProjectArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="ASCII rows: inline crossline z, or x y z.")],
    dataset: DatasetOption = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Default: the file's name.")] = None,
    break_lock: BreakLockOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add a horizon or fault sticks."""
    output = Output(as_json)
    with opened(project, writes=True, break_lock=break_lock) as document:
        surface = document.add_horizon(file, dataset, name)
        document.wait_saved()
    output.document({"horizon": surface.name, "kind": type(surface).__name__})
    output.say(f"Added {surface.name} from {file.name}.")


def info(project: ProjectArgument, as_json: JsonOption = False) -> None:
    """Datasets, volumes, label sets, labelled sections, pick sets and runs of a project."""
    output = Output(as_json)
    with opened(project, writes=False) as document:
        datasets = [full_dataset(document, dataset) for dataset in document.datasets()]
        missing = [volume.id for volume in document.missing_sources()]
        run_ids = [run.id for run in document.runs()]
        folder = document.path
    output.document({"project": folder, "datasets": datasets, "missing_sources": missing, "runs": run_ids})
    output.say(f"{folder}")
    for dataset in datasets:
        say_full_dataset(dataset, output)
    output.say(f"Runs: {', '.join(run_ids) or 'none'}")


def full_dataset(document: Project, dataset: Dataset) -> dict[str, Any]:
    """A dataset with its volumes' sources and what is labelled in it."""
    description = describe_dataset(dataset)
    if dataset.axes is None:
        description["pick_sets"] = [
            {"id": info.id, "name": info.name, "phases": document.picks(info.id).counts()}
            for info in document.pick_sets(dataset.id)
        ]
        return description
    description["label_sets"] = []
    for label_set in document.label_sets(dataset.id):
        labels = document.labels(label_set.id)
        names = {facies.id: facies.name for facies in labels.classes}
        sections = [
            {"section": str(section.ref), "classes": {names.get(i, str(i)): n for i, n in section.counts.items()}}
            for section in labels.labelled_sections()
        ]
        counts = {names.get(i, str(i)): n for i, n in labels.class_counts().items()}
        description["label_sets"].append(
            {"id": label_set.id, "name": label_set.name, "classes": counts, "sections": sections}
        )
    return description


def say_full_dataset(dataset: dict[str, Any], output: Output) -> None:
    """A dataset of ``info`` as lines for people."""
    output.say(f"{dataset['kind']} {dataset['name']} ({dataset['id']}): {dataset['extent']}")
    for volume in dataset["volumes"]:
        output.say(f"  volume {volume['id']}: {volume['source']}")
    for pick_set in dataset.get("pick_sets", []):
        counts = ", ".join(f"{count:,} {phase}" for phase, count in sorted(pick_set["phases"].items()))
        output.say(f"  pick set {pick_set['name']} ({pick_set['id']}): {counts or 'no picks'}")
    for label_set in dataset.get("label_sets", []):
        total = sum(label_set["classes"].values())
        output.say(f"  label set {label_set['name']} ({label_set['id']}): {total:,} samples")
        for name, count in label_set["classes"].items():
            output.say(f"    {name}: {count:,}")
        for section in label_set["sections"]:
            output.say(f"    on {section['section']}: {sum(section['classes'].values()):,}")


def locate(
    project: ProjectArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the file is now.")],
    volume: Annotated[
        str | None, typer.Option("--volume", metavar="ID", help="Which source; may be left out where one is missing.")
    ] = None,
    break_lock: BreakLockOption = False,
) -> None:
    """Tell a project where a file that has moved is now."""
    with opened(project, writes=True, break_lock=break_lock) as document:
        missing = [record.id for record in document.missing_sources()]
        if volume is None and len(missing) != 1:
            hint = f"Missing: {', '.join(missing)}." if missing else "`seisgui info PROJECT` lists the sources."
            raise InputError("Say which source with --volume.", hint)
        document.locate(volume or missing[0], file)
    Output().say(f"{volume or missing[0]} is now read from {file}.")


def set_layout(
    project: ProjectArgument,
    volume: Annotated[str, typer.Option("--volume", metavar="ID", help="Which volume (see `seisgui info`).")],
    inline_byte: InlineByteOption = None,
    crossline_byte: CrosslineByteOption = None,
    width: WidthOption = 4,
    domain: DomainOption = None,
    unit: UnitOption = None,
    interval: IntervalOption = None,
    start: StartOption = None,
    byte_order: ByteOrderOption = None,
    repair: RepairOption = False,
    break_lock: BreakLockOption = False,
    as_json: JsonOption = False,
) -> None:
    """Correct how a file's headers are read; labels move to the same traces, and `undo` takes it back."""
    layout = make_layout(inline_byte, crossline_byte, width, domain, unit, interval, start, byte_order, repair)
    if layout is None:
        raise InputError("Nothing to correct was given.", "For example: --inline-byte 9 --crossline-byte 21")
    output = Output(as_json)
    with opened(project, writes=True, break_lock=break_lock) as document:
        if document.dataset(document.volume_record(volume).dataset_id).kind == "gathers":
            state_rate(document, volume, layout, output)
            return
        report = document.change_layout(volume, layout)
        document.wait_saved()
        changed = document.dataset(document.volume_record(volume).dataset_id)
    output.document({"dataset": describe_dataset(changed), **plain(report)})
    say_dataset(changed, output)
    output.say(f"{report.moved:,} labelled samples moved with their traces, {report.lost:,} have no place any more.")


def state_rate(document: Project, volume: str, layout: SegyLayout, output: Output) -> None:
    """Of gathers only the sampling rate can be corrected, for all files of the set."""
    if layout.interval is None:
        raise InputError("Of gathers only the sample interval can be corrected.", "State it in ms: --interval 2")
    changed = document.state_rate(1000.0 / layout.interval, document.volume_record(volume).dataset_id)
    output.document({"dataset": describe_dataset(changed)})
    output.say(f"{changed.name} is read with {1000.0 / layout.interval:g} samples a second.")


def describe_dataset(dataset: Dataset) -> dict[str, Any]:
    """A dataset as JSON knows it."""
    return {
        "id": dataset.id,
        "name": dataset.name,
        "kind": dataset.kind,
        "extent": extent(dataset),
        "axes": dataset.axes.to_json() if dataset.axes else None,
        "volumes": [{"id": volume.id, "name": volume.name, "source": volume.absolute} for volume in dataset.volumes],
    }


def extent(dataset: Dataset) -> str:
    """The axes in words."""
    if dataset.axes is None:
        return "shots or waveforms"
    axes = dataset.axes
    lines = [
        f"{name} {axis.first}" if axis.count == 1 else f"{name}s {axis.first}-{axis.last} step {axis.step}"
        for name, axis in (("inline", axes.inline), ("crossline", axes.crossline))
    ]
    sample = axes.sample
    return f"{', '.join(lines)}, {sample.start:g}-{sample.last:g} {sample.unit} every {sample.interval:g}"


def say_dataset(dataset: Dataset, output: Output) -> None:
    """A dataset in one line for people."""
    output.say(f"{dataset.kind} {dataset.name} ({dataset.id}): {extent(dataset)}")
